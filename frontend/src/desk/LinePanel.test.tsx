import { render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { LanguageProvider } from '../text/language'
import { LinePanel } from './LinePanel'

it('says in words what the picture shows, and what to do', () => {
  render(<LanguageProvider><LinePanel line={{ state: 'offline', since: Date.UTC(2026, 10, 22, 1, 33), problem: 'agent_not_running' }} /></LanguageProvider>)
  expect(screen.getByRole('img', { name: 'Thuyền đậu lại bến xã vì mất đường truyền' })).toBeVisible()
  expect(screen.getByText('Mất đường truyền')).toBeVisible()
  expect(screen.getByText('từ 22/11/2026 08:33')).toBeVisible()
  expect(screen.getByText(/Dịch vụ gửi chưa chạy/)).toBeVisible()
})

it('explains a problem it has no words for without a code', () => {
  render(<LanguageProvider><LinePanel line={{ state: 'offline', problem: 'quota_of_2031' }} /></LanguageProvider>)
  expect(screen.queryByText(/quota/)).toBeNull()
  expect(screen.getByText(/hồ sơ vẫn an toàn tại xã/)).toBeVisible()
})
