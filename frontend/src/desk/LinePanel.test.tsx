import { render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { LanguageProvider } from '../text/language'
import { LinePanel, moodOf } from './LinePanel'

it.each([
  [{ state: 'up', rate_bps: 512_000 }, 'up'],
  [{ state: 'up', rate_bps: 40_000 }, 'slow'],
  [{ state: 'up' }, 'up'], // not measured is not slow
  [{ state: 'down', rate_bps: 512_000 }, 'down'],
  [{ state: 'captive' }, 'down'],
  [{ state: 'unknown' }, 'unknown'],
  [{ state: 'a word of a newer agent' }, 'unknown'],
] as const)('%o is %s', (line, mood) => {
  expect(moodOf(line)).toBe(mood)
})

it('says in words what the picture shows, and what to do', () => {
  render(<LanguageProvider><LinePanel line={{ state: 'down', since: Date.UTC(2026, 10, 22, 1, 33), problem: 'agent_not_running' }} /></LanguageProvider>)
  expect(screen.getByRole('img', { name: 'Thuyền đậu lại bến xã vì mất đường truyền' })).toBeVisible()
  expect(screen.getByText('Mất đường truyền')).toBeVisible()
  expect(screen.getByText('từ 22/11/2026 08:33')).toBeVisible()
  expect(screen.getByText(/Dịch vụ gửi chưa chạy/)).toBeVisible()
})

it('explains a problem it has no words for without a code', () => {
  render(<LanguageProvider><LinePanel line={{ state: 'down', problem: 'quota_of_2031' }} /></LanguageProvider>)
  expect(screen.queryByText(/quota/)).toBeNull()
  expect(screen.getByText(/hồ sơ vẫn an toàn tại xã/)).toBeVisible()
})
