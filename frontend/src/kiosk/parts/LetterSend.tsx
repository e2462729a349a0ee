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
import { useText } from '../../text/language'
import { consentVersion } from '../screens/Consent'
import { useVisit } from '../visit'
import { PrivacyNotice } from './PrivacyNotice'
import { NextButton, Screen } from './Screen'
import { useStep } from './useStep'

export interface LetterRow {
  /** where it is changed; a row without one stays as it is */
  step?: string
  label: string
  shown: string
}

export interface LetterSendProps {
  id: string
  /** the messages of this kind of letter start with it: `k.f`, `k.call` */
  words: 'k.f' | 'k.call'
  eyebrow: string
  /** the address of its questions, and of what is shown when it is sent */
  base: string
  lastStep: string
  done: string
  /** what the desk answers when something is missing after all */
  unfinished: string
  /** undefined while the draft is read */
  rows: LetterRow[] | undefined
  error: unknown
  retry: () => void
}

/** LetterSend reads everything back, lists what is wrong, asks for consent, and sends. */
export function LetterSend({ id, words, eyebrow, base, lastStep, done, unfinished, rows, error, retry }: LetterSendProps) {
  const { t, beside } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const judged = useQuery({ queryKey: ['judge', id], queryFn: () => desk.judge(id), staleTime: 0, gcTime: 0 })
  const [agreed, setAgreed] = useState(false)
  const [reminded, setReminded] = useState(false)
  const send = useStep({
    mutationFn: () => desk.submit(id, { consent: { version: consentVersion } }),
    onSuccess: (filed) => {
      visit.keepDraft(undefined)
      visit.setFiled(filed)
      go(done)
    },
    onError: (failure) => {
      if (failure instanceof Problem && failure.code === unfinished) void judged.refetch()
    },
  })
  const title = t(`${words}.check`)
  const back = `${base}/${lastStep}`
  if (!rows || !judged.data) {
    const failure = error ?? judged.error
    return <Screen eyebrow={eyebrow} title={title} back={back}>{failure ? <ProblemNotice error={failure} retry={() => { retry(); void judged.refetch() }} /> : <Loading />}</Screen>
  }
  const change = (step: string) => {
    visit.setReturnTo(`${base}/send`)
    go(`${base}/${step}`)
  }
  const problems = judged.data.problems ?? []
  const whole = problems.length === 0
  return (
    <Screen
      eyebrow={eyebrow}
      title={title}
      back={back}
      aside={<PrivacyNotice />}
      next={whole && (
        <NextButton busy={send.isPending} icon={<Send aria-hidden />} onClick={() => (agreed ? send.mutate() : setReminded(true))}>{t(`${words}.send`)}</NextButton>
      )}
    >
      {send.isPending ? <Loading label={t(`${words}.sending`)} /> : (
        <>
          {send.isError && <ProblemNotice error={send.error} retry={() => send.mutate()} />}
          {!whole && <Problems problems={problems} title={t(`${words}.wrong`)} />}
          <LetterTable rows={rows} change={change} />
          {reminded && !agreed && <Notice tone="harm" title={t(`${words}.agree.missing`)} />}
          {whole && (
            <ChooseMany label={title} options={[{ value: 'yes', label: t(`${words}.agree`), hint: beside(`${words}.agree`) }]} value={agreed ? ['yes'] : []} onChange={(v) => setAgreed(v.length > 0)} />
          )}
        </>
      )}
    </Screen>
  )
}

function Problems({ problems, title }: { problems: NonNullable<Awaited<ReturnType<typeof desk.judge>>['problems']>; title: string }) {
  const { pick } = useText()
  return (
    <Notice tone="harm" title={title}>
      {problems.map((p) => <p key={`${p.field} ${p.code}`}>{pick(p.message)}</p>)}
    </Notice>
  )
}

function LetterTable({ rows, change }: { rows: LetterRow[]; change: (step: string) => void }) {
  const { t } = useText()
  return (
    <dl className="k-table k-letter">
      {rows.map(({ step, label, shown }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd data-personal className={shown ? 'k-letter__text' : 'k-table__empty'}>{shown || t('common.none')}</dd>
          {step && <dd><Button look="quiet" onClick={() => change(step)}>{t('common.change')}<span className="bd-hidden"> {label}</span></Button></dd>}
        </div>
      ))}
    </dl>
  )
}
