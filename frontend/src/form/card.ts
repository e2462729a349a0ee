// Filling the form from a citizen card (quét căn cước).
import type { Card, Evidence, Person } from '../api/kiosk'
import { putTogether, takeApart } from '../text/composer/syllable'
import { isEmpty, type Address, type Answers, type Field, type Form, type Row, type Value } from './model'

export type Datum = Partial<Record<'number' | 'name' | 'birth_date' | 'sex' | 'residence' | 'issue_date', string>>

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
    if (isPlaced(answers[field.id])) continue // somebody chose the commune; the card's line knows less
    const value = field.type === 'repeat' ? firstRow(field, person, datum, answers) : cell(field, person, datum)
    if (!isEmpty(value)) out.push({ field: field.id, value, evidence })
  }
  return out
}

/** replaced is what fillings took the place of and said otherwise, as it was, to be put back if somebody wishes. */
export function replaced(form: Form, answers: Answers, evidence: Record<string, string> | undefined, filled: Filling[]): Filling[] {
  const fields = new Map(form.sections.flatMap((s) => s.fields).map((f) => [f.id, f]))
  return filled.flatMap(({ field, value }) => {
    const was = answers[field]
    if (isEmpty(was) || JSON.stringify(was) === JSON.stringify(value)) return []
    if (fields.get(field)?.type === 'name' && spelling(String(was)) === spelling(String(value))) return []
    return [{ field, value: was, evidence: evidence?.[field] === 'qr' ? 'qr' : 'typed' }]
  })
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
  if (!source || source.person !== person) return undefined
  if (source.field === 'issue_place') return issuer(field, datum.issue_date)
  const text = datum[source.field]
  if (!text) return undefined
  if (field.type === 'address') return { country: 'VN', raw_text: text }
  return text
}

/** issuer is who issued a card of that day, by the form's own list, the latest first; the card does not name it. */
function issuer(field: Field, day: string | undefined): Value {
  return day ? field.suggest?.find((s) => day >= (s.issued_from ?? ''))?.text.vi : undefined
}

function isPlaced(value: Value): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Boolean((value as Address).commune_code)
}

export type Compared = 'full_name' | 'citizen_id' | 'birth_date' | 'sex'

export interface Difference {
  field: Compared
  typed: string
  card: string
}

/**
 * differences lists where a person's particulars and a card disagree. Nothing typed
 * is no disagreement, neither is a year alone that fits, capitals, or the two ways
 * of writing a tone (Thủy, Thuỷ). A lost mark is one: Hoa and Hòa are two people.
 */
export function differences(person: Person, card: Card): Difference[] {
  const pairs: [Compared, string | undefined, string][] = [
    ['full_name', person.full_name, card.name],
    ['citizen_id', person.citizen_id, card.number],
    ['birth_date', person.birth_date, card.birth_date],
    ['sex', person.sex, card.sex],
  ]
  return pairs.flatMap(([field, typed, onCard]) => {
    const written = typed?.trim() ?? ''
    return written === '' || onCard === '' || agree(field, written, onCard) ? [] : [{ field, typed: written, card: onCard }]
  })
}

function agree(field: Compared, typed: string, card: string): boolean {
  if (field === 'full_name') return spelling(typed) === spelling(card)
  if (field === 'birth_date') return card === typed || card.startsWith(`${typed}-`)
  if (field === 'citizen_id') return typed.replace(/\s/g, '') === card
  return typed === card
}

/** spelling is a name as it is compared: small letters, tones in one style. */
function spelling(name: string): string {
  return name
    .normalize('NFC')
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => putTogether(takeApart(word), 'old'))
    .join(' ')
}
