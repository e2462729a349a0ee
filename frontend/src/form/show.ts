// An answer in words, as it is read back.
import { formatNumber, formatPlainDate, groupDigits } from '../text/format'
import { pickText, translate, type Language } from '../text/language'
import { communeName, provinceName } from '../places/places'
import type { Address, Field, PaperAnswer, Row, Value } from './model'
import { isEmpty } from './model'

/** showValue writes an answer; '' when there is none. */
export function showValue(field: Field, value: Value, language: Language): string {
  if (isEmpty(value)) return ''
  switch (field.type) {
    case 'date':
    case 'partial_date':
      return formatPlainDate(String(value))
    case 'boolean':
      return translate(language, value ? 'common.yes' : 'common.no')
    case 'integer':
      return formatNumber(Number(value))
    case 'money':
      return `${formatNumber(Number(value))} đ`
    case 'citizen_id':
      return /^\d+$/.test(String(value)) ? groupDigits(String(value)) : String(value)
    case 'phone':
      return showPhone(String(value))
    case 'enum':
      return [value].flat().map((one) => optionLabel(field, String(one), language)).join(', ')
    case 'address':
      return showAddress(value as Address)
    case 'paper_ref':
      return [value as PaperAnswer | PaperAnswer[]].flat().map((one) => showPaper(field, one, language)).join('; ')
    case 'repeat':
      return (value as Row[]).map((row) => showRow(field, row, language)).join('; ')
    default:
      return String(value)
  }
}

export function showPhone(digits: string): string {
  return digits.replace(/^(\d{4})(\d{3})(\d+)$/, '$1 $2 $3')
}

/** showAddress joins detail, commune and province, or keeps the written line. */
export function showAddress(address: Address): string {
  const parts = [address.detail, communeName(address.commune_code), provinceName(address.province_code)].filter(Boolean)
  const placed = parts.join(', ')
  if (!address.raw_text) return placed
  return placed && !address.raw_text.includes(placed) ? `${address.raw_text} (${placed})` : address.raw_text
}

/** showRow is one row of a list in one line. */
export function showRow(field: Field, row: Row, language: Language): string {
  return (field.items ?? [])
    .filter((item) => item.audience !== 'staff')
    .map((item) => showValue(item, row[item.id], language))
    .filter(Boolean)
    .join(' · ')
}

function optionLabel(field: Field, value: string, language: Language): string {
  const option = field.options?.find((o) => o.value === value)
  return option ? pickText(language, option.label) : value
}

const paperStates = { provided: 'k.q.paper.have', replaced_by_data: 'k.q.paper.data', to_be_looked_up: 'k.q.paper.lookup', missing: 'k.q.paper.missing' } as const

function showPaper(field: Field, answer: PaperAnswer, language: Language): string {
  const state = paperStates[answer.state as keyof typeof paperStates]
  return [answer.paper ? optionLabel(field, answer.paper, language) : '', state ? translate(language, state) : '', answer.note ?? '']
    .filter(Boolean)
    .join(' – ')
}
