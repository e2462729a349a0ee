import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { PhoneCall, PhoneIncoming, PhoneMissed, Send } from 'lucide-react'
import { useLocation } from 'wouter'
import { Problem } from '../../api/client'
import type { CallBack } from '../../api/calls'
import { desk } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { ChooseMany } from '../../components/Choice/Choice'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { showPhone } from '../../form/show'
import { formatMoment } from '../../text/format'
import { useText } from '../../text/language'
import { useStatus } from '../draft'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { useAboutName, useCallBack, type CallStep } from './CallSteps'
import { consentVersion } from './Consent'
import { textOf } from './FeedbackSteps'
import { useStep } from '../parts/useStep'

/** CallSend reads everything back, lists what is wrong, and sends. */
export function CallSend({ id }: { id: string }) {
  const { t, pick, beside } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const status = useStatus().data
  const { draft, choices, error, retry } = useCallBack(id)
  const about = useAboutName(draft ? textOf(draft, 'about') : '')
  const judged = useQuery({ queryKey: ['judge', id], queryFn: () => desk.judge(id), staleTime: 0, gcTime: 0 })
  const [agreed, setAgreed] = useState(false)
  const [reminded, setReminded] = useState(false)
  const send = useStep({
    mutationFn: () => desk.submit(id, { consent: { version: status?.consent ?? consentVersion } }),
    onSuccess: (filed) => {
      visit.keepDraft(undefined)
      visit.setFiled(filed)
      go('/call/done')
    },
    onError: (failure) => {
      if (failure instanceof Problem && failure.code === 'call_unfinished') void judged.refetch()
    },
  })
  if (!draft || !choices || !judged.data) {
    const failure = error ?? judged.error
    return <Screen eyebrow={t('k.tile.call')} title={t('k.call.check')} back={`/c/${id}/name`}>{failure ? <ProblemNotice error={failure} retry={() => { retry(); void judged.refetch() }} /> : <Loading />}</Screen>
  }
  const change = (step: CallStep) => {
    visit.setReturnTo(`/c/${id}/send`)
    go(`/c/${id}/${step}`)
  }
  const problems = judged.data.problems ?? []
  const person = draft.applicant
  const rows: { step?: CallStep; label: string; shown: string }[] = [
    ...(about ? [{ label: t('k.call.check.about'), shown: about }] : []),
    { step: 'text', label: t('k.call.check.text'), shown: textOf(draft, 'text').trim() },
    { step: 'phone', label: t('k.call.check.phone'), shown: person?.phone ? showPhone(person.phone) : '' },
    { step: 'when', label: t('k.call.check.when'), shown: pick(choices.times.find((one) => one.code === textOf(draft, 'when'))?.name) },
    { step: 'name', label: t('k.call.check.name'), shown: person?.full_name ?? '' },
  ]
  return (
    <Screen
      eyebrow={t('k.tile.call')}
      title={t('k.call.check')}
      back={`/c/${id}/name`}
      next={problems.length === 0 && (
        <NextButton busy={send.isPending} icon={<Send aria-hidden />} onClick={() => (agreed ? send.mutate() : setReminded(true))}>{t('k.call.send')}</NextButton>
      )}
    >
      {send.isPending ? <Loading label={t('k.call.sending')} /> : (
        <>
          {send.isError && <ProblemNotice error={send.error} retry={() => send.mutate()} />}
          {problems.length > 0 && (
            <Notice tone="harm" title={t('k.call.wrong')}>
              {problems.map((p) => <p key={`${p.field} ${p.code}`}>{pick(p.message)}</p>)}
            </Notice>
          )}
          <dl className="k-table k-petition k-callcheck">
            {rows.map((row) => (
              <div key={row.label}>
                <dt>{row.label}</dt>
                <dd data-personal className={row.shown ? 'k-petition__text' : 'k-table__empty'}>{row.shown || t('common.none')}</dd>
                {!row.step && <dd />}
                {row.step && <dd><Button look="quiet" onClick={() => row.step && change(row.step)}>{t('common.change')}<span className="bd-hidden"> {row.label}</span></Button></dd>}
              </div>
            ))}
          </dl>
          {reminded && !agreed && <Notice tone="harm" title={t('k.call.agree.missing')} />}
          {problems.length === 0 && (
            <ChooseMany label={t('k.call.check')} options={[{ value: 'yes', label: t('k.call.agree'), hint: beside('k.call.agree') }]} value={agreed ? ['yes'] : []} onChange={(v) => setAgreed(v.length > 0)} />
          )}
        </>
      )}
    </Screen>
  )
}

/** CallCard is what became of a request: each call, and the answer in the officer's own words. */
export function CallCard({ call }: { call: CallBack }) {
  const { t } = useText()
  const { calls, reply, missed } = call
  const told = calls.some((one) => one.reached) || reply
  return (
    <section className={told ? 'k-card k-card--gold' : 'k-card'} data-personal>
      <h2><PhoneIncoming aria-hidden />{t('k.call.card')}</h2>
      {calls.length === 0 && !reply && <p>{t('k.call.card.none')}</p>}
      {missed && <Notice title={t('k.call.card.missed', { n: calls.filter((one) => !one.reached).length })}>{t('k.call.card.missed.next')}</Notice>}
      {reply && (
        <div className="k-callreply">
          <h3>{t('k.call.card.reply')}</h3>
          <p className="k-petition__text k-callreply__text">{reply.text}</p>
          <p className="k-help">{[reply.office, formatMoment(reply.at)].filter(Boolean).join(' · ')}</p>
        </div>
      )}
      {calls.length > 0 && (
        <ul className="k-calls">
          {calls.map((one) => (
            <li key={one.at}>
              {one.reached ? <PhoneCall aria-hidden /> : <PhoneMissed aria-hidden />}
              <div>
                <strong>{t(one.reached ? 'k.call.card.reached' : 'k.call.card.notReached')}</strong>
                <p className="k-help">{[one.office, formatMoment(one.at)].filter(Boolean).join(' · ')}</p>
                {one.text && <p className="k-petition__text">{one.text}</p>}
              </div>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
