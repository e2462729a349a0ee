import { render, screen } from '@testing-library/react'
import { describe, expect, it } from 'vitest'
import { LanguageProvider, type Language } from '../../text/language'
import { SlipVerdict } from './SlipVerdict'
import { verdicts } from './SlipVerdict.examples'

const show = (name: keyof typeof verdicts, language: Language = 'vi') =>
  render(<LanguageProvider initial={language}><SlipVerdict verdict={verdicts[name]} heading /></LanguageProvider>).container.textContent ?? ''

it('says of a genuine slip who received it, when, and that it fits the book', () => {
  show('own')
  for (const fact of ['Phiếu thật', '66001-4827-19303', 'Khai sinh', 'UBND xã Giao Long', '22/11/2026 08:33', 'Hồ sơ có trong sổ của máy này và khớp với phiếu.']) {
    expect(screen.getByText(fact)).toBeInTheDocument()
  }
})

it.each(['unchecked', 'withdrawn', 'suspended', 'practice', 'damaged', 'card', 'other', 'none'] as const)('never calls %s a forgery, nor genuine', (name) => {
  for (const language of ['vi', 'en'] as const) {
    const text = show(name, language)
    expect(text).not.toMatch(/làm giả|giả mạo|forged|Phiếu thật|is genuine/)
  }
})

it('tells of an altered one what to do and shows none of its claims', () => {
  const text = show('altered')
  expect(text).toMatch(/Không nhận phiếu này.*đưa phiếu cho cán bộ/s)
  expect(text).not.toMatch(/\d{5}-\d{4}/)
})

it('marks the number of an unchecked slip as unproven and says which list was asked', () => {
  const text = show('unchecked')
  expect(text).toContain('chưa kiểm được66001-4827-19303')
  expect(text).toContain('chưa có danh sách máy của tỉnh')
})

describe('odd times', () => {
  it('blames no clock that it cannot know', () => {
    expect(show('doubt')).toContain('Chưa biết đồng hồ nào sai')
  })
  it.each(['future', 'absurd'] as const)('keeps the signature apart from the %s time', (name) => {
    expect(show(name)).toContain('Chữ ký vẫn đúng')
  })
})

it('sends a slip that the book contradicts to a person', () => {
  const text = show('differs')
  expect(text).toContain('sổ ghi khác')
  expect(text).not.toContain('Phiếu thật')
})
