import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '../api/client'
import { queue, type Board, type QueueRow } from '../api/queue'
import { LanguageProvider } from '../text/language'
import { BoardView } from './QueuePage'

const text = (viet: string, en = viet) => ({ vi: viet, en })
const row = (id: number, label: string, change: Partial<QueueRow> = {}): QueueRow => ({
  id, label, letter: label.slice(0, 1), service: text('Hộ tịch'), state: 'valid', priority: false, lost: false, at: Date.UTC(2026, 10, 23, 2), ...change,
})
const board: Board = {
  series: 4, day: '2026-11-23', today: '2026-11-23', doubt: false, practice: false,
  services: [{ code: 'ho_tich', letter: 'A', icon: '', name: text('Hộ tịch'), hint: text(''), wait: { ahead: 2, known: false, text: text('') } }],
  unconfirmed: [row(7, 'A007', { state: 'printing', lost: true })],
  waiting: [row(8, 'A008'), row(9, 'A009', { priority: true })],
  called: [row(5, 'A005', { state: 'called', counter: 1, calls: 1 }), row(6, 'A006', { state: 'called', counter: 3, calls: 2 })],
  ended: { served: 4, absent: 1 },
}

const call = vi.spyOn(queue, 'call')
const step = vi.spyOn(queue, 'step')
const beginDay = vi.spyOn(queue, 'beginDay')

beforeEach(() => {
  sessionStorage.clear()
  for (const spy of [call, step, beginDay]) spy.mockReset()
  call.mockResolvedValue(row(8, 'A008'))
  step.mockResolvedValue(row(7, 'A007'))
  beginDay.mockResolvedValue({ series: 5 })
})

const show = (one: Board = board) =>
  render(<QueryClientProvider client={new QueryClient()}><LanguageProvider><BoardView board={one} /></LanguageProvider></QueryClientProvider>)

it('calls the next for the counter that has this number, so that a second tap is harmless', async () => {
  show()
  await userEvent.click(screen.getByRole('button', { name: /Gọi số tiếp/ }))
  expect(call).toHaveBeenCalledWith({ counter: 1, after: 5, letters: [], ticket: undefined })
})

it('calls by the chosen services and remembers the counter', async () => {
  show()
  await userEvent.selectOptions(screen.getByRole('combobox'), '3')
  await userEvent.click(screen.getByRole('checkbox', { name: /Hộ tịch/ }))
  await userEvent.keyboard('g')
  expect(call).toHaveBeenCalledWith({ counter: 3, after: 6, letters: ['A'], ticket: undefined })
  expect(sessionStorage.getItem('bendo.counter')).toBe('3')
})

it('leaves priority to the officer', async () => {
  show()
  expect(screen.getAllByText('Xin mời trước')).toHaveLength(1)
  await userEvent.click(screen.getByRole('button', { name: 'Gọi A009' }))
  expect(call).toHaveBeenCalledWith({ counter: 1, after: 5, letters: [], ticket: 9 })
})

it('confirms what the printer did not', async () => {
  show()
  expect(screen.getByRole('heading', { name: '1 số chờ cán bộ xác nhận' })).toBeInTheDocument()
  expect(screen.getByText(/máy in chưa trả lời/)).toBeInTheDocument()
  await userEvent.click(screen.getByRole('button', { name: 'Xác nhận A007' }))
  expect(step).toHaveBeenCalledWith(7, 'confirm')
  await userEvent.click(screen.getByRole('button', { name: 'Bỏ A007' }))
  expect(step).toHaveBeenCalledWith(7, 'void')
})

it('ends a call in both ways', async () => {
  show()
  await userEvent.click(screen.getByRole('button', { name: 'Vắng mặt' }))
  expect(step).toHaveBeenCalledWith(5, 'absent')
  await userEvent.keyboard('x')
  expect(step).toHaveBeenCalledWith(5, 'served')
})

it('says what was refused', async () => {
  call.mockRejectedValue(new Problem(409, 'queue_moved', text('Hàng chờ vừa thay đổi.'), text('Xem lại hàng chờ.')))
  show()
  await userEvent.click(screen.getByRole('button', { name: /Gọi số tiếp/ }))
  expect(await screen.findByRole('alert')).toHaveTextContent('Hàng chờ vừa thay đổi.')
})

it('begins another day only on a second tap, and only in doubt', async () => {
  const { unmount } = show()
  expect(screen.queryByRole('button', { name: /ngày mới/ })).toBeNull()
  unmount()
  const ahead = show({ ...board, day: '2026-11-26' }) // the clock was ahead when the numbers began
  expect(screen.getByRole('button', { name: /ngày mới/ })).toBeInTheDocument()
  ahead.unmount()
  show({ ...board, doubt: true })
  await userEvent.click(screen.getByRole('button', { name: 'Bắt đầu dãy số của ngày mới' }))
  expect(beginDay).not.toHaveBeenCalled()
  await userEvent.click(screen.getByRole('button', { name: 'Chắc chắn, bắt đầu' }))
  expect(beginDay).toHaveBeenCalledWith(4)
})
