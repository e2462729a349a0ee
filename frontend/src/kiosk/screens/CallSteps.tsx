// A call-back request, one question a screen. Continue and Back both save first, so nothing is ever lost.
import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { Info } from 'lucide-react'
import { useLocation } from 'wouter'
import { callProcedure, type CallChoices } from '../../api/calls'
import { desk, type Draft } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { ChooseOne } from '../../components/Choice/Choice'
import { TextEntry } from '../../components/Keyboard/TextEntry'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { NumberPad } from '../../components/Pads/NumberPad'
import { ProblemNotice } from '../../components/Problems/Problems'
import { showPhone } from '../../form/show'
import { useText, type Localized } from '../../text/language'
import { useDraft, useProcedure, useSave } from '../draft'
import { NextButton, Screen } from '../parts/Screen'
import { useVisit } from '../visit'
import { useCallChoices } from './Call'
import { textOf } from './FeedbackSteps'
import { useStep } from '../parts/useStep'

export const callSteps = ['text', 'phone', 'when', 'name', 'send'] as const
export type CallStep = (typeof callSteps)[number]

interface StepProps {
  id: string
  draft: Draft
  choices: CallChoices
}

/** useCallBack reads the draft and the words of the screens. */
export function useCallBack(id: string) {
  const draft = useDraft(id)
  const choices = useCallChoices()
  const is = draft.data?.procedure === callProcedure
  return {
    draft: is ? draft.data : undefined,
    choices: choices.data,
    error: draft.error ?? choices.error,
    retry: () => void Promise.all([draft.refetch(), choices.refetch()]),
  }
}

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
  const begin = useStep({
    mutationFn: async (text: string) => {
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
      words={words}
      max={choices.data.max_text}
      busy={begin.isPending}
      error={begin.error}
      onBack={() => window.history.back()}
      onNext={(text) => begin.mutate(text)}
    />
  )
}

interface AskProps {
  about: string
  words: string
  max: number
  busy: boolean
  error: Error | null
  told?: Localized[]
  onBack: (text: string) => void
  onNext: (text: string) => void
}

function Ask({ about, words, max, busy, error, told = [], onBack, onNext }: AskProps) {
  const { t, pick } = useText()
  const [text, setText] = useState(words)
  const [tried, setTried] = useState(false)
  const name = useAboutName(about)
  const empty = text.trim() === ''
  const left = max - [...text].length
  const next = () => {
    setTried(true)
    if (!empty || about) onNext(text)
  }
  return (
    <Screen
      eyebrow={t('k.tile.call')}
      title={t('k.call.text')}
      help={name ? undefined : t('k.call.text.help')}
      helpId="help"
      back={() => onBack(text)}
      next={<NextButton busy={busy} onClick={next} />}
      aside={empty && about && <Button look="quiet" onClick={next}>{t('k.call.text.skip')}</Button>}
    >
      {error && <ProblemNotice error={error} />}
      {tried && empty && !about && <Notice tone="harm" title={t('k.call.text.needed')} />}
      {told.map((message) => <Notice key={pick(message)} tone="harm" title={pick(message)} />)}
      {name && <p className="k-cardhint"><Info aria-hidden />{t('k.call.text.about', { name })}</p>}
      {left < 100 && <p className="k-help" role="status">{t('k.call.text.left', { n: Math.max(0, left) })}</p>}
      <TextEntry labelledBy="title" describedBy={name ? undefined : 'help'} multiline value={text} maxLength={max} onChange={setText} autoFocus />
    </Screen>
  )
}

export function CallText({ id }: { id: string }) {
  return <WithCall id={id} step={Text} />
}
export function CallPhone({ id }: { id: string }) {
  return <WithCall id={id} step={Phone} />
}
export function CallWhen({ id }: { id: string }) {
  return <WithCall id={id} step={When} />
}
export function CallName({ id }: { id: string }) {
  return <WithCall id={id} step={Name} />
}

function WithCall({ id, step: Step }: { id: string; step: (props: StepProps) => React.ReactNode }) {
  const { t } = useText()
  const { draft, choices, error, retry } = useCallBack(id)
  if (draft && choices) return <Step id={id} draft={draft} choices={choices} />
  return <Screen eyebrow={t('k.tile.call')} title={t('common.loading')} back="/call">{error ? <ProblemNotice error={error} retry={retry} /> : <Loading />}</Screen>
}

/** useLeave goes to the next question, or back to where a change was asked for. */
function useLeave(id: string) {
  const [, go] = useLocation()
  const visit = useVisit()
  return (to: CallStep | '/call') => {
    go(visit.returnTo ?? (to === '/call' ? to : `/c/${id}/${to}`))
    visit.setReturnTo(undefined)
  }
}

function Text({ id, draft, choices }: StepProps) {
  const save = useSave(id)
  const leave = useLeave(id)
  const [told, setTold] = useState<Localized[]>([])
  const move = async (text: string, to: CallStep | '/call') => {
    if (text !== textOf(draft, 'text')) {
      const saved = await save.field.mutateAsync({ field: 'text', value: text === '' ? undefined : text })
      const wrong = (saved.problems ?? []).filter((p) => p.code !== 'required').map((p) => p.message)
      if (wrong.length > 0 && to !== '/call') return setTold(wrong)
    }
    leave(to)
  }
  return (
    <Ask
      about={textOf(draft, 'about')}
      words={textOf(draft, 'text')}
      max={choices.max_text}
      busy={save.field.isPending}
      error={save.field.error}
      told={told}
      onBack={(text) => void move(text, '/call').catch(() => undefined)}
      onNext={(text) => void move(text, 'phone').catch(() => undefined)}
    />
  )
}

function Phone({ id, draft }: StepProps) {
  const { t, pick } = useText()
  const save = useSave(id)
  const leave = useLeave(id)
  const [phone, setPhone] = useState(draft.applicant?.phone ?? '')
  const [told, setTold] = useState<Localized>()
  const move = useStep({
    mutationFn: async (to: CallStep) => {
      const applicant = { ...draft.applicant, phone, evidence: 'typed' }
      const saved = await desk.saveApplicant(id, applicant)
      await save.person.mutateAsync({ applicant })
      const wrong = saved.problems?.find((p) => 'field' in p && p.field === 'phone')
      if (to === 'when' && wrong) return setTold(wrong.message)
      leave(to)
    },
  })
  const next = () => (phone === '' ? setTold({ vi: t('k.call.phone.needed'), en: t('k.call.phone.needed') }) : move.mutate('when'))
  const back = () => (phone === (draft.applicant?.phone ?? '') ? leave('text') : move.mutate('text'))
  return (
    <Screen
      eyebrow={t('k.tile.call')}
      title={t('k.call.phone')}
      help={t('k.call.phone.help')}
      helpId="help"
      back={back}
      next={<NextButton busy={move.isPending} onClick={next} />}
    >
      {move.isError && <ProblemNotice error={move.error} />}
      {told && <Notice tone="harm" title={pick(told)} />}
      <NumberPad labelledBy="title" describedBy="help" value={phone} onChange={(value) => { setPhone(value); setTold(undefined) }} maxLength={11} show={showPhone} invalid={told !== undefined} onDone={next} />
    </Screen>
  )
}

function When({ id, draft, choices }: StepProps) {
  const { t, pick } = useText()
  const save = useSave(id)
  const leave = useLeave(id)
  const [when, setWhen] = useState(textOf(draft, 'when'))
  const move = async (to: CallStep) => {
    if (when !== '' && when !== textOf(draft, 'when')) await save.field.mutateAsync({ field: 'when', value: when })
    leave(to)
  }
  const go = (to: CallStep) => void move(to).catch(() => undefined)
  return (
    <Screen
      eyebrow={t('k.tile.call')}
      title={t('k.call.when')}
      help={t('k.call.when.help')}
      width="narrow"
      back={() => go('phone')}
      next={<NextButton busy={save.field.isPending} disabled={when === ''} onClick={() => go('name')} />}
    >
      {save.field.isError && <ProblemNotice error={save.field.error} />}
      <ChooseOne labelledBy="title" value={when || undefined} onChange={setWhen} options={choices.times.map((one) => ({ value: one.code, label: pick(one.name) }))} />
    </Screen>
  )
}

function Name({ id, draft }: StepProps) {
  const { t } = useText()
  const save = useSave(id)
  const leave = useLeave(id)
  const [name, setName] = useState(draft.applicant?.full_name ?? '')
  const move = async (to: CallStep) => {
    if (name.trim() !== (draft.applicant?.full_name ?? '')) await save.person.mutateAsync({ applicant: { ...draft.applicant, full_name: name.trim(), evidence: 'typed' } })
    leave(to)
  }
  const go = (to: CallStep) => void move(to).catch(() => undefined)
  return (
    <Screen
      eyebrow={t('k.tile.call')}
      title={<>{t('k.call.name')} <span className="k-optional">({t('common.optional')})</span></>}
      help={t('k.call.name.help')}
      helpId="help"
      back={() => go('when')}
      next={<NextButton busy={save.person.isPending} onClick={() => go('send')} />}
      aside={name === '' && <Button look="quiet" onClick={() => go('send')}>{t('common.skip')}</Button>}
    >
      {save.person.isError && <ProblemNotice error={save.person.error} />}
      <TextEntry labelledBy="title" describedBy="help" value={name} onChange={setName} capitals="words" maxLength={100} autoFocus onDone={() => go('send')} />
    </Screen>
  )
}
