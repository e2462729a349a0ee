// The order of the screens of one declaration. Pure: the form, what the server
// says is asked, what is answered, and which questions the person has seen.
import { isEmpty, residentAnswers, type Answers, type Field, type Form, type PaperAnswer, type Section, type Value } from './model'

/** Asked is what the flow needs to know of a draft. */
export interface Asked {
  visible: string[]
  answers: Answers
  evidence?: Record<string, string>
  /** what the machine fills where nothing was answered: a copy of another answer, a computed value */
  derived?: Answers
}

export type Step = { kind: 'question'; section: Section; field: Field } | { kind: 'check'; section: Section }

export interface Place {
  step: Step
  index: number
  /** parts and questions in words for the person: part 2 of 6, question 3 of 9 */
  part: number
  parts: number
  question: number
  questions: number
}

/** askedSections are the sections with at least one question for the resident. */
export function askedSections(form: Form, visible: string[]): { section: Section; fields: Field[] }[] {
  const seen = new Set(visible)
  return form.sections
    .filter((section) => section.audience !== 'staff')
    .map((section) => ({ section, fields: section.fields.filter((f) => seen.has(f.id) && residentAnswers(f)) }))
    .filter(({ fields }) => fields.length > 0)
}

/** readSections are the asked sections with what the machine writes into the declaration beside them. */
export function readSections(form: Form, draft: Asked): { section: Section; fields: Field[] }[] {
  const seen = new Set(draft.visible)
  return form.sections
    .filter((section) => section.audience !== 'staff')
    .map((section) => ({ section, fields: section.fields.filter((f) => seen.has(f.id) && (residentAnswers(f) || writtenByMachine(f, draft))) }))
    .filter(({ fields }) => fields.length > 0)
}

function writtenByMachine(field: Field, draft: Asked): boolean {
  const sentence = field.derive !== undefined || field.prefill?.startsWith('declaration.')
  return Boolean(sentence) && field.audience !== 'staff' && !isEmpty(held(field, draft))
}

/** held is what a question holds: the answer, else what the machine fills. */
export function held(field: Field, { answers, derived }: Pick<Asked, 'answers' | 'derived'>): Value {
  return isEmpty(answers[field.id]) ? (derived?.[field.id] ?? answers[field.id]) : answers[field.id]
}

/**
 * steps lists the screens. A question the machine has answered (a usual value,
 * the card, or what was said elsewhere in the form) is not asked again; it stands on the section's check screen,
 * where it can be changed. A question once seen stays, so going back is steady.
 */
export function steps(form: Form, draft: Asked, visited: ReadonlySet<string>): Step[] {
  return askedSections(form, draft.visible).flatMap(({ section, fields }) => {
    const asked = fields.filter((field) => visited.has(field.id) || !answeredByMachine(field, draft))
    const questions: Step[] = asked.map((field) => ({ kind: 'question', section, field }))
    const check: Step[] = asked.length < fields.length || fields.length > 1 ? [{ kind: 'check', section }] : []
    return [...questions, ...check]
  })
}

/** machineEvidence: answers that came with these words were not given by hand. */
const machineEvidence = new Set(['prefilled', 'qr'])

function answeredByMachine(field: Field, { answers, evidence, derived }: Asked): boolean {
  if (field.type === 'repeat') return false
  // which paper the case calls for says nothing about whether it is here
  if (field.type === 'paper_ref' && [answers[field.id] as PaperAnswer | PaperAnswer[]].flat().some((paper) => !paper?.state)) return false
  if (isEmpty(answers[field.id])) return !isEmpty(derived?.[field.id])
  return machineEvidence.has(evidence?.[field.id] ?? '')
}

/** stepKey names a step for the address line. */
export function stepKey(step: Step): string {
  return step.kind === 'question' ? `q/${step.field.id}` : `check/${step.section.id}`
}

/** place finds a step by its key and counts for the progress line. */
export function place(list: Step[], key: string): Place | undefined {
  const index = list.findIndex((step) => stepKey(step) === key)
  const step = list[index]
  if (!step) return undefined
  const sections = [...new Set(list.map((s) => s.section.id))]
  const inPart = list.filter((s) => s.section.id === step.section.id && s.kind === 'question')
  return {
    step,
    index,
    part: sections.indexOf(step.section.id) + 1,
    parts: sections.length,
    question: step.kind === 'question' ? inPart.indexOf(step) + 1 : inPart.length,
    questions: inPart.length,
  }
}
