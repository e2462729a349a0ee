import { act, render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { LanguageProvider, pickText, say, useText } from './language'
import { messages, type MessageKey } from './messages'
import { installPack } from './packs'
import { sayingOf } from './spoken'

const pack = (strings: Partial<Record<MessageKey, string>>, code = 'km') => ({ language: { code, name: code, state: 'draft' as const, missing: 0 }, strings, texts: { 'Sinh con': 'សម្រាលកូន' } })

function Probe() {
  const { t, pick, beside } = useText()
  return <p>{[t('common.back'), pick({ vi: 'Sinh con', en: 'Having a baby' }), beside('common.back') ?? '-', beside('common.next') ?? '-'].join('|')}</p>
}

it('gives every screen its words when a pack comes, and Vietnamese before and where one is missing', () => {
  render(<LanguageProvider initial="km"><Probe /></LanguageProvider>)
  expect(screen.getByText('Quay lại|Sinh con|-|-')).toBeInTheDocument()
  act(() => installPack(pack({ 'common.back': 'ត្រឡប់ក្រោយ' })))
  expect(screen.getByText('ត្រឡប់ក្រោយ|សម្រាលកូន|Quay lại|-')).toBeInTheDocument()
  expect(sayingOf('ត្រឡប់ក្រោយ')).toEqual({ language: 'km', vi: 'Quay lại' })
  expect(say('km', 'common.next')).toEqual({ text: 'Tiếp tục', language: 'vi' })
})

it('stands in Vietnamese for what this browser cannot format', () => {
  installPack(pack({ 'k.idle.body': '{n, plural, other {# ' }, 'stt'))
  expect(say('stt', 'k.idle.body', { n: 3 })).toEqual({ text: 'Còn 3 giây nữa màn hình sẽ xóa sạch để giữ kín giấy tờ của bà con.', language: 'vi' })
})

it('shows markup as the letters it is made of', () => {
  installPack(pack({ 'common.back': '<b>x</b>' }, 'jra'))
  const { container } = render(<LanguageProvider initial="jra"><Probe /></LanguageProvider>)
  expect(container.querySelector('b')).toBeNull()
  expect(container.textContent).toContain('<b>x</b>')
})

it('reads a server text in the language it has', () => {
  expect(pickText('en', { vi: 'Chào' })).toBe('Chào')
  expect(pickText('xx', { vi: 'Chào', en: 'Hello' })).toBe('Chào')
  expect(Object.keys(messages).length).toBeGreaterThan(300)
})
