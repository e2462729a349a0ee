// The questions of a procedure as the server sends them (internal/form). The
// screen only shows and collects; which questions are asked and what is wrong
// with an answer is decided by the server, so that there is one judge.
import type { Localized } from '../text/language'

type Words = Partial<Localized>

export type FieldType =
  | 'text' | 'name' | 'date' | 'partial_date' | 'citizen_id' | 'phone' | 'address'
  | 'enum' | 'boolean' | 'integer' | 'money' | 'repeat' | 'paper_ref'

export interface Option {
  value: string
  label: Words
  aliases?: string[]
  hidden?: boolean
}

export interface Condition {
  text: Words
  expr: string
}

export interface Field {
  id: string
  label: Words
  help?: Words
  type: FieldType
  required?: boolean
  multiple?: boolean
  options?: Option[]
  when?: Condition
  from_card?: { person: string; field: CardField }
  sensitive?: string
  privacy?: Words
  default?: Value
  derive?: string
  /** what the machine writes before the first question */
  prefill?: string
  read_only?: boolean
  audience?: string
  min_items?: number
  max_items?: number
  items?: Field[]
  data_option?: Words
  /** issued_from limits a suggestion to cards of that day and later */
  suggest?: { text: Words; issued_from?: string }[]
  multiline?: boolean
  unit?: string
  max_length?: number
}

export type CardField = 'number' | 'name' | 'birth_date' | 'sex' | 'residence' | 'issue_date' | 'issue_place'

export interface Section {
  id: string
  title: Words
  audience?: string
  fields: Field[]
}

export interface Case {
  id: string
  name: Words
  choose?: Words
  /** the procedure this case is really filed with */
  procedure?: string
}

/** a situation in which a form is not the right one; see the pack */
export interface Elsewhere {
  id: string
  cases?: string[]
  field?: string
  /** its code where the pack holds it */
  procedure?: string
  /** its code where the pack does not; empty: not known */
  code?: string
  name: Words
  why: Words
  office?: Words
  bring?: Words[]
}

export interface Form {
  code: string
  version: string
  name: Words
  sections: Section[]
  cases?: Case[] | null
  elsewhere?: Elsewhere[] | null
  declarations?: { id: string; text: Words; plain?: Words }[] | null
}

export interface Address {
  country?: string
  province_code?: string
  commune_code?: string
  detail?: string
  raw_text?: string
}

export interface PaperAnswer {
  state?: string
  paper?: string
  note?: string
}

export type Row = Record<string, Value>
export type Value = string | number | boolean | string[] | Address | PaperAnswer | PaperAnswer[] | Row[] | null | undefined
export type Answers = Record<string, Value>

/** isEmpty: nothing was answered. false and 0 are answers. */
export function isEmpty(value: Value): boolean {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  if (typeof value === 'object') return Object.values(value).every((part) => isEmpty(part as Value))
  return false
}

/** residentAnswers: a person at the screen is asked this field. */
export function residentAnswers(field: Field): boolean {
  return !field.read_only && !field.derive && field.audience !== 'staff'
}

const sameRow = /^item\.(\w+) == '([^']*)'$/

/**
 * cellAsked: a question inside a row that hangs on another one of the same row. The rows are judged by
 * the server when they are kept; this only spares the person a question whose condition plainly does
 * not hold. A condition it cannot read is asked, with its words beside it.
 */
export function cellAsked(item: Field, row: Row): boolean {
  const [, other, value] = sameRow.exec(item.when?.expr ?? '') ?? []
  return other === undefined || row[other] === value
}
