import { expect, it } from 'vitest'
import { fold, formatBytes, formatMoment, formatNumber, formatPlainDate, formatRate, formatSlip, groupDigits } from './format'

it('writes numbers and times as Vietnamese papers do', () => {
  expect(formatNumber(1234567)).toBe('1.234.567')
  expect(formatNumber(999)).toBe('999')
  expect(formatMoment(Date.UTC(2026, 10, 22, 2, 5))).toBe('22/11/2026 09:05')
  expect(formatMoment(Date.UTC(2026, 10, 22, 17, 30))).toBe('23/11/2026 00:30')
  expect(formatPlainDate('1990-03-14')).toBe('14/03/1990')
  expect(formatPlainDate('1990-03')).toBe('03/1990')
  expect(formatPlainDate('1990')).toBe('1990')
  expect(formatBytes(812)).toBe('812 B')
  expect(formatBytes(348_912)).toBe('349 kB')
  expect(formatBytes(1_250_000)).toBe('1,3 MB')
  expect(formatRate(128_000)).toBe('128 kbit/s')
  expect(formatRate(2_340_000)).toBe('2,3 Mbit/s')
})

it('groups numbers people read aloud', () => {
  expect(groupDigits('083090999001')).toBe('083 090 999 001')
  expect(formatSlip('12345678901234')).toBe('12345-6789-01234')
  expect(formatSlip('123456')).toBe('12345-6')
})

it('folds for searching', () => {
  for (const [text, folded] of [['Nguyễn Thị Đượm', 'nguyen thi duom'], ['Hoà Bình', 'hoa binh'], ['Ấp Giồng Trôm', 'ap giong trom']] as const) {
    expect(fold(text)).toBe(folded)
  }
})
