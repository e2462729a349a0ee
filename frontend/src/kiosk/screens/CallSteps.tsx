// A call-back request, one question a screen.
import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { Info } from 'lucide-react'
import { useLocation } from 'wouter'
import { callProcedure, type CallChoices } from '../../api/calls'
import { desk } from '../../api/kiosk'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { ProblemNotice } from '../../components/Problems/Problems'
import { useText, type Localized } from '../../text/language'
import { useProcedure } from '../draft'
import { AskChoice, AskPhone, AskText, textOf, Told, useChoice, useLeave, useLetter, usePerson, useWords, WithLetter, type StepProps } from '../parts/LetterSteps'
import { Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { useCallChoices } from './Call'
import { useStep } from '../parts/useStep'

type Props = StepProps<CallChoices>

/** useCallBack reads the draft and the words of the screens. */
export const useCallBack = (id: string) => useLetter(id, callProcedure, useCallChoices())

/** useAboutName is the name of the procedure a request is about, as people call it. */
export function useAboutName(code: string) {
  const { pick } = useText()
  const p = useProcedure(code || undefined).data
  return code && p ? pick(p.plain) || pick(p.short) || pick(p.name) : ''
}

/** CallBegin asks the question before there is a draft: it is on disk from Continue on. */
export function CallBegin() {
  const { t, language } = useText()
  const [, go] = useLocation()
  const visit = useVisit()
  const queries = useQueryClient()
  const choices = useCallChoices()
  const about = queries.getQueryData<string>(['kept', 'call-about']) ?? ''
  const words = queries.getQueryData<string>(['kept', 'call-words']) ?? ''
  const [text, setText] = useState(words)
  const begin = useStep({
    mutationFn: async () => {
      const { id } = await desk.beginDraft({ procedure: callProcedure, language })
      visit.keepDraft(id)
      if (about) await desk.saveField(id, 'about', about, 'typed')
      if (text.trim()) await desk.saveField(id, 'text', text, 'typed')
      return id
    },
    onSuccess: (id) => go(`/c/${id}/phone`),
  })
  if (!choices.data) {
    return <Screen eyebrow={t('k.tile.call')} title={t('k.call.text')} back="/call">{choices.isError ? <ProblemNotice error={choices.error} retry={() => void choices.refetch()} /> : <Loading />}</Screen>
  }
  return (
    <Ask
      about={about}
      text={text}
      onChange={setText}
      max={choices.data.max_text}
      busy={begin.isPending}
      error={begin.error}
      onBack={() => window.history.back()}
      onNext={() => begin.mutate()}
    />
  )
}

interface AskProps {
  about: string
  text: string
  onChange: (text: string) => void
  max: number
  busy: boolean
  error: unknown
  told?: Localized[]
  onBack: () => void
  onNext: () => void
}

function Ask({ about, text, onChange, max, busy, error, told = [], onBack, onNext }: AskProps) {
  const { t } = useText()
  const [tried, setTried] = useState(false)
  const name = useAboutName(about)
  const empty = text.trim() === ''
  const left = max - [...text].length
  const next = () => {
    setTried(true)
    if (!empty || about) onNext()
  }
  return (
    <AskText
      eyebrow={t('k.tile.call')}
      title={t('k.call.text')}
      help={name ? undefined : t('k.call.text.help')}
      busy={busy}
      error={error}
      back={onBack}
      next={next}
      value={text}
      onChange={onChange}
      max={max}
      multiline
      skip={empty && about !== '' && { say: t('k.call.text.skip'), go: next }}
      left={left < 100 && t('k.call.text.left', { n: Math.max(0, left) })}
      told={
        <>
          {tried && empty && !about && <Notice tone="harm" title={t('k.call.text.needed')} />}
          <Told told={told} />
          {name && <p className="k-cardhint" data-personal><Info aria-hidden />{t('k.call.text.about', { name })}</p>}
        </>
      }
    />
  )
}

export function CallText({ id }: { id: string }) {
  return <Step id={id} step={Text} />
}
export function CallPhone({ id }: { id: string }) {
  return <Step id={id} step={Phone} />
}
export function CallWhen({ id }: { id: string }) {
  return <Step id={id} step={When} />
}
export function CallName({ id }: { id: string }) {
  return <Step id={id} step={Name} />
}

function Step({ id, step }: { id: string; step: (props: Props) => React.ReactNode }) {
  const { t } = useText()
  return <WithLetter id={id} letter={useCallBack(id)} eyebrow={t('k.tile.call')} home="/call" step={step} />
}

function Text({ id, draft, choices }: Props) {
  const leave = useLeave(`/c/${id}`)
  const words = useWords(id, draft)
  const [text, setText] = useState(textOf(draft, 'text'))
  const move = (to: string) => void words.store(text).then((kept) => (kept || to === '/call') && leave(to)).catch(() => undefined)
  return (
    <Ask
      about={textOf(draft, 'about')}
      text={text}
      onChange={(next) => { setText(next); words.forget() }}
      max={choices.max_text}
      busy={words.busy}
      error={words.error}
      told={words.told}
      onBack={() => move('/call')}
      onNext={() => move('phone')}
    />
  )
}

function Phone({ id, draft }: Props) {
  const { t } = useText()
  return (
    <AskPhone
      id={id}
      draft={draft}
      base={`/c/${id}`}
      eyebrow={t('k.tile.call')}
      title={t('k.call.phone')}
      help={t('k.call.phone.help')}
      needed={t('k.call.phone.needed')}
      back="text"
      next={() => 'when'}
    />
  )
}

function When({ id, draft, choices }: Props) {
  const { t } = useText()
  const leave = useLeave(`/c/${id}`)
  const when = useChoice(id, draft, 'when')
  const move = (to: string) => void when.store().then(() => leave(to)).catch(() => undefined)
  return (
    <AskChoice
      eyebrow={t('k.tile.call')}
      title={t('k.call.when')}
      help={t('k.call.when.help')}
      busy={when.busy}
      error={when.error}
      back={() => move('phone')}
      next={() => move('name')}
      value={when.value}
      onChange={when.setValue}
      options={choices.times}
    />
  )
}

function Name({ id, draft }: Props) {
  const { t } = useText()
  const leave = useLeave(`/c/${id}`)
  const person = usePerson(id, draft)
  const [name, setName] = useState(draft.applicant?.full_name ?? '')
  const move = (to: string) => void person.store({ full_name: name.trim() }).then(() => leave(to)).catch(() => undefined)
  return (
    <AskText
      eyebrow={t('k.tile.call')}
      title={<>{t('k.call.name')} <span className="k-optional">({t('common.optional')})</span></>}
      help={t('k.call.name.help')}
      busy={person.busy}
      error={person.error}
      back={() => move('when')}
      next={() => move('send')}
      value={name}
      onChange={setName}
      max={100}
      capitals="words"
      skip={name === '' && { say: t('common.skip'), go: () => move('send') }}
      told={null}
    />
  )
}
