// A letter is what somebody sends without a form: a petition, a request to be called back. Both ask one
// question a screen, and Continue and Back both save first, so nothing is ever lost.
import { useState, type ReactNode } from 'react'
import type { UseQueryResult } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { desk, type Draft, type Person, type Saved } from '../../api/kiosk'
import { Button } from '../../components/Button/Button'
import { ChooseOne } from '../../components/Choice/Choice'
import { TextEntry } from '../../components/Keyboard/TextEntry'
import { Loading } from '../../components/Loading/Loading'
import { Notice } from '../../components/Notice/Notice'
import { NumberPad } from '../../components/Pads/NumberPad'
import { ProblemNotice } from '../../components/Problems/Problems'
import { showPhone } from '../../form/show'
import { useText, type Localized } from '../../text/language'
import { useDraft, useSave } from '../draft'
import { useVisit } from '../visit'
import { NextButton, Screen } from './Screen'
import { useStep } from './useStep'

/** textOf reads a typed answer of a letter. */
export const textOf = (draft: Draft, field: string) => (typeof draft.answers[field] === 'string' ? draft.answers[field] : '')

/** useLetter reads the draft of one kind of letter and the words of its screens. */
export function useLetter<Choices>(id: string, procedure: string, choices: UseQueryResult<Choices>) {
  const draft = useDraft(id)
  return {
    draft: draft.data?.procedure === procedure ? draft.data : undefined,
    choices: choices.data,
    error: draft.error ?? choices.error,
    retry: () => void Promise.all([draft.refetch(), choices.refetch()]),
  }
}

export interface StepProps<Choices> {
  id: string
  draft: Draft
  choices: Choices
}

/** WithLetter shows a question as soon as what it needs is read. */
export function WithLetter<Choices>({ id, letter, eyebrow, home, step: Step }: { id: string; letter: ReturnType<typeof useLetter<Choices>>; eyebrow: string; home: string; step: (props: StepProps<Choices>) => ReactNode }) {
  const { t } = useText()
  const { draft, choices, error, retry } = letter
  if (draft && choices) return <Step id={id} draft={draft} choices={choices} />
  return <Screen eyebrow={eyebrow} title={t('common.loading')} back={home}>{error ? <ProblemNotice error={error} retry={retry} /> : <Loading />}</Screen>
}

/** useLeave goes to a step below base, to an address, or back to where a change was asked for. */
export function useLeave(base: string) {
  const [, go] = useLocation()
  const visit = useVisit()
  return (to: string) => {
    go(visit.returnTo ?? (to.startsWith('/') ? to : `${base}/${to}`))
    visit.setReturnTo(undefined)
  }
}

/** useWords saves the words and answers whether they were refused; what is missing is told at the end. */
export function useWords(id: string, draft: Draft) {
  const save = useSave(id)
  const [told, setTold] = useState<Localized[]>([])
  const store = async (text: string) => {
    if (text === textOf(draft, 'text')) return true
    const saved = await save.field.mutateAsync({ field: 'text', value: text === '' ? undefined : text })
    const wrong = (saved.problems ?? []).filter((p) => p.code !== 'required').map((p) => p.message)
    if (wrong.length === 0 || told.length > 0) return true
    setTold(wrong)
    return false
  }
  return { store, told, forget: () => setTold([]), busy: save.field.isPending, error: save.field.error }
}

/** useChoice keeps one chosen code of a list. */
export function useChoice(id: string, draft: Draft, field: string) {
  const save = useSave(id)
  const [value, setValue] = useState(textOf(draft, field))
  const store = async () => {
    if (value !== '' && value !== textOf(draft, field)) await save.field.mutateAsync({ field, value })
  }
  return { value, setValue, store, busy: save.field.isPending, error: save.field.error }
}

/** usePerson saves what is known of the sender when a question of it is left. */
export function usePerson(id: string, draft: Draft) {
  const save = useSave(id)
  const store = async (change: Partial<Person>) => {
    const before = draft.applicant ?? {}
    const next: Person = { ...before, evidence: 'typed', ...change }
    const changed = (Object.keys(change) as (keyof Person)[]).some((key) => (before[key] ?? '') !== (next[key] ?? ''))
    if (changed) await save.person.mutateAsync({ applicant: next })
  }
  return { store, busy: save.person.isPending, error: save.person.error }
}

interface AskProps {
  eyebrow: string
  title: ReactNode
  help?: string
  busy: boolean
  error: unknown
  back: () => void
  next: () => void
}

interface AskTextProps extends AskProps {
  value: string
  onChange: (text: string) => void
  max: number
  /** the way on without a word, where there is one */
  skip?: { say: string; go: () => void } | false
  told: ReactNode
  /** how much may still be written, once it is little */
  left?: string | false
  capitals?: 'words'
  multiline?: boolean
  disabled?: boolean
}

/** AskText is a question answered by writing. */
export function AskText({ eyebrow, title, help, busy, error, back, next, value, onChange, max, skip, told, left, capitals, multiline, disabled }: AskTextProps) {
  return (
    <Screen
      eyebrow={eyebrow}
      title={title}
      help={help}
      helpId="help"
      back={back}
      next={<NextButton busy={busy} disabled={disabled} onClick={next} />}
      aside={skip && <Button look="quiet" onClick={skip.go}>{skip.say}</Button>}
    >
      {error ? <ProblemNotice error={error} /> : null}
      {told}
      {left && <p className="k-help" role="status">{left}</p>}
      <TextEntry labelledBy="title" describedBy={help ? 'help' : undefined} multiline={multiline} capitals={capitals} value={value} maxLength={max} onChange={onChange} autoFocus onDone={multiline ? undefined : () => !disabled && next()} />
    </Screen>
  )
}

/** Told lists what was refused. */
export function Told({ told }: { told: Localized[] }) {
  const { pick } = useText()
  return told.map((message) => <Notice key={pick(message)} tone="harm" title={pick(message)} />)
}

/** AskChoice is a question answered by one touch. */
export function AskChoice({ eyebrow, title, help, busy, error, back, next, value, onChange, options }: AskProps & { value: string; onChange: (code: string) => void; options: { code: string; name: Localized }[] }) {
  const { pick, beside } = useText()
  return (
    <Screen
      eyebrow={eyebrow}
      title={title}
      help={help}
      width="narrow"
      back={back}
      next={<NextButton busy={busy} disabled={value === ''} onClick={next} />}
    >
      {error ? <ProblemNotice error={error} /> : null}
      <ChooseOne labelledBy="title" value={value || undefined} onChange={onChange} options={options.map((one) => ({ value: one.code, label: pick(one.name), hint: beside(one.name) }))} />
    </Screen>
  )
}

interface AskPhoneProps {
  id: string
  draft: Draft
  base: string
  eyebrow: string
  title: string
  help: string
  /** what is said when the field is empty; without it the question may be skipped */
  needed?: string
  back: string
  next: (phone: string) => string
}

/** AskPhone asks for a number to reach the sender; a wrong one is told once, and where it is needed until it is right. */
export function AskPhone({ id, draft, base, eyebrow, title, help, needed, back, next }: AskPhoneProps) {
  const { t, pick } = useText()
  const { refresh } = useSave(id)
  const leave = useLeave(base)
  const kept = draft.applicant?.phone ?? ''
  const [phone, setPhone] = useState(kept)
  const [told, setTold] = useState<Localized | 'missing'>()
  const move = useStep({
    mutationFn: async (on: boolean) => {
      const saved = phone !== kept || (on && needed) ? await desk.saveApplicant(id, { evidence: 'typed', ...draft.applicant, phone }) : undefined
      if (saved) await refresh()
      const wrong = on && phone !== '' && (needed || !told) ? phoneProblem(saved) : undefined
      if (wrong) return setTold(wrong)
      leave(on ? next(phone) : back)
    },
  })
  const on = () => (needed && phone === '' ? setTold('missing') : move.mutate(true))
  return (
    <Screen
      eyebrow={eyebrow}
      title={title}
      help={help}
      helpId="help"
      back={() => move.mutate(false)}
      next={<NextButton busy={move.isPending} onClick={on} />}
      aside={!needed && phone === '' && <Button look="quiet" onClick={on}>{t('common.skip')}</Button>}
    >
      {move.isError && <ProblemNotice error={move.error} />}
      {told && <Notice tone="harm" title={told === 'missing' ? needed : pick(told)} />}
      <NumberPad labelledBy="title" describedBy="help" value={phone} onChange={(value) => { setPhone(value); setTold(undefined) }} maxLength={11} show={showPhone} invalid={told !== undefined} onDone={on} />
    </Screen>
  )
}

const phoneProblem = (saved: Saved | undefined) => saved?.problems?.find((p) => 'field' in p && p.field === 'phone')?.message
