import { render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { LanguageProvider } from '../../text/language'
import { Acks, type Copies } from './Acks'

const show = (copies: Copies) => render(<LanguageProvider><Acks acks={[{ code: 'saved_at_commune', done: true, at: Date.UTC(2026, 10, 22, 2, 5) }]} copies={copies} /></LanguageProvider>)

it('says of a stick only that it was copied, and marks no stage by it', () => {
  show({ places: 1, copied_at: Date.UTC(2026, 10, 22, 3, 40) })
  expect(screen.getByText('đã chép USB lúc 22/11/2026 10:40, chưa có xác nhận')).toBeVisible()
  expect(screen.getAllByRole('listitem').filter((stage) => stage.dataset.done === 'true')).toHaveLength(1)
})

it('tells a resident of two places and never of one', () => {
  const { unmount } = show({ places: 1 })
  expect(screen.queryByText(/nơi/)).toBeNull()
  unmount()
  show({ places: 2 })
  expect(screen.getByText('giữ ở 2 nơi')).toBeVisible()
})
