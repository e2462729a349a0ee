import { expect, it } from 'vitest'
import { formatMoment } from '../../text/format'
import { parseDay } from './day'

it.each([
  ['26/11/2026', '26/11/2026 17:00'],
  ['1-2-27', '01/02/2027 17:00'],
  ['26.11.2026', '26/11/2026 17:00'],
  ['26112026', '26/11/2026 17:00'],
  [' 29/2/2028 ', '29/02/2028 17:00'],
] as const)('%s is a day at the office', (text, want) => {
  const at = parseDay(text)
  expect(at && formatMoment(at)).toBe(want)
})

it.each(['', '31/2/2026', '29/2/2027', '11/26/2026', '2026-11-26', 'mai', '26/11', '26/11/026'])('%s is none', (text) => {
  expect(parseDay(text)).toBeUndefined()
})
