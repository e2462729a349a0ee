import { useState } from 'react'
import { useQuery } from '@tanstack/react-query'
import { Send } from 'lucide-react'
import { useLocation } from 'wouter'
import { Problem } from '../../api/client'
import { desk } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { ChooseMany } from '../../components/Choice/Choice'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { showPhone } from '../../form/show'
import { useText } from '../../text/language'
import { useStatus } from '../draft'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { consentVersion } from './Consent'
import { photosOf, textOf, usePetition, type PetitionStep } from './FeedbackSteps'
import { useStep } from '../parts/useStep'

/** PetitionSend reads everything back, lists what is wrong, and sends. */
export function PetitionSend({ id }: { id: string }) {
  const { t, pick, beside } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const status = useStatus().data
  const { draft, choices, error, retry } = usePetition(id)
  const judged = useQuery({ queryKey: ['judge', id], queryFn: () => desk.judge(id), staleTime: 0, gcTime: 0 })
  const [agreed, setAgreed] = useState(false)
  const [reminded, setReminded] = useState(false)
  const send = useStep({
    mutationFn: () => desk.submit(id, { consent: { version: status?.consent ?? consentVersion } }),
    onSuccess: (filed) => {
      visit.keepDraft(undefined)
      visit.setFiled(filed)
      go('/feedback/done')
    },
    onError: (failure) => {
      if (failure instanceof Problem && failure.code === 'petition_unfinished') void judged.refetch()
    },
  })
  if (!draft || !choices || !judged.data) {
    const failure = error ?? judged.error
    return <Screen eyebrow={t('k.tile.feedback')} title={t('k.f.check')} back={`/f/${id}/wish`}>{failure ? <ProblemNotice error={failure} retry={() => { retry(); void judged.refetch() }} /> : <Loading />}</Screen>
  }
  const change = (step: PetitionStep) => {
    visit.setReturnTo(`/f/${id}/send`)
    go(`/f/${id}/${step}`)
  }
  const problems = judged.data.problems ?? []
  const person = draft.applicant
  const rows: { step: PetitionStep | undefined; label: string; shown: string }[] = [
    { step: undefined, label: t('k.f.check.topic'), shown: pick(choices.topics.find((c) => c.code === textOf(draft, 'topic'))?.name) },
    { step: 'text', label: t('k.f.check.text'), shown: textOf(draft, 'text').trim() },
    { step: 'photos', label: t('k.f.check.photos'), shown: t('k.f.check.count', { n: photosOf(draft, choices).length }) },
    { step: 'name', label: t('k.f.check.name'), shown: person?.full_name ?? '' },
    { step: 'phone', label: t('k.f.phone'), shown: person?.phone ? showPhone(person.phone) : '' },
    ...(person?.address || (person?.full_name && !person.phone) ? [{ step: 'address', label: t('k.who.address'), shown: person.address ?? '' } as const] : []),
    { step: 'wish', label: t('k.f.check.wish'), shown: pick(choices.wishes.find((c) => c.code === textOf(draft, 'publish'))?.name) },
  ]
  return (
    <Screen
      eyebrow={t('k.tile.feedback')}
      title={t('k.f.check')}
      back={`/f/${id}/wish`}
      next={problems.length === 0 && (
        <NextButton busy={send.isPending} icon={<Send aria-hidden />} onClick={() => (agreed ? send.mutate() : setReminded(true))}>{t('k.f.send')}</NextButton>
      )}
    >
      {send.isPending ? <Loading label={t('k.f.sending')} /> : (
        <>
          {send.isError && <ProblemNotice error={send.error} retry={() => send.mutate()} />}
          {problems.length > 0 && (
            <Notice tone="harm" title={t('k.f.wrong')}>
              {problems.map((p) => <p key={`${p.field} ${p.code}`}>{pick(p.message)}</p>)}
            </Notice>
          )}
          <dl className="k-table k-petition">
            {rows.map((row) => (
              <div key={row.label}>
                <dt>{row.label}</dt>
                <dd data-personal className={row.shown ? 'k-petition__text' : 'k-table__empty'}>{row.shown || t('common.none')}</dd>
                {row.step && <dd><Button look="quiet" onClick={() => row.step && change(row.step)}>{t('common.change')}<span className="bd-hidden"> {row.label}</span></Button></dd>}
              </div>
            ))}
          </dl>
          {reminded && !agreed && <Notice tone="harm" title={t('k.f.agree.missing')} />}
          {problems.length === 0 && (
            <ChooseMany label={t('k.f.check')} options={[{ value: 'yes', label: t('k.f.agree'), hint: beside('k.f.agree') }]} value={agreed ? ['yes'] : []} onChange={(v) => setAgreed(v.length > 0)} />
          )}
        </>
      )}
    </Screen>
  )
}
