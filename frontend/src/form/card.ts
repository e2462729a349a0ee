// Filling the form from a citizen card (quét căn cước).
import type { Card, Evidence, Person } from '../api/kiosk'
import { isEmpty, type Answers, type Field, type Form, type Row, type Value } from './model'

/** The person of a form who is normally the one standing at the kiosk. */
const standing = ['requester', 'declarant', 'subject', 'owner', 'applicant', 'beneficiary']

export type Datum = Partial<Record<'number' | 'name' | 'birth_date' | 'sex' | 'residence' | 'issue_date', string>>

/** personAtKiosk names whose card the applicant's data belongs to, if the form asks for one. */
export function personAtKiosk(form: Form): string | undefined {
  const named = new Set(allFields(form).map((f) => f.from_card?.person))
  return standing.find((person) => named.has(person))
}

/** datumOfCard and datumOfPerson give what is known about somebody. */
export function datumOfCard(card: Card): Datum {
  return { number: card.number, name: card.name, birth_date: card.birth_date, sex: card.sex, residence: card.residence, issue_date: card.issue_date }
}

export function datumOfPerson(person: Person): Datum {
  return { number: person.citizen_id, name: person.full_name, birth_date: person.birth_date, sex: person.sex, residence: person.address }
}

export interface Filling {
  field: string
  value: Value
  evidence: Evidence
}

/** fillings are the answers a person's data gives. An answer that is there already is kept. */
export function fillings(form: Form, person: string, datum: Datum, answers: Answers, evidence: Evidence, overwrite = false): Filling[] {
  const out: Filling[] = []
  for (const field of form.sections.flatMap((s) => s.fields)) {
    if (!overwrite && !isEmpty(answers[field.id]) && field.default === undefined) continue
    const value = field.type === 'repeat' ? firstRow(field, person, datum, answers) : cell(field, person, datum)
    if (!isEmpty(value)) out.push({ field: field.id, value, evidence })
  }
  return out
}

function firstRow(field: Field, person: string, datum: Datum, answers: Answers): Value {
  if (!isEmpty(answers[field.id])) return undefined
  const row: Row = {}
  for (const item of field.items ?? []) {
    const value = cell(item, person, datum)
    if (!isEmpty(value)) row[item.id] = value
  }
  return Object.keys(row).length > 0 ? [row] : undefined
}

function cell(field: Field, person: string, datum: Datum): Value {
  const source = field.from_card
  if (!source || source.person !== person || source.field === 'issue_place') return undefined
  const text = datum[source.field]
  if (!text) return undefined
  if (field.type === 'address') return { country: 'VN', raw_text: text }
  return text
}

function allFields(form: Form): Field[] {
  return form.sections.flatMap((s) => s.fields).flatMap((f) => [f, ...(f.items ?? [])])
}
