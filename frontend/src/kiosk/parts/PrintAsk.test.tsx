import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { verify, type Print, type PrintState } from '../../api/verify'
import { LanguageProvider } from '../../text/language'
import { patienceMs, PrintAsk } from './PrintAsk'

const job = (state: PrintState): Print => ({ print: 7, kind: 'slip', subject: '00017-4820-93316', copy: 1, state })
const now = vi.spyOn(verify, 'print')
const seen = vi.spyOn(verify, 'seen')
const onAgain = vi.fn()
const onClose = vi.fn()

const show = () =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <LanguageProvider><PrintAsk print={7} onAgain={onAgain} onClose={onClose} /></LanguageProvider>
    </QueryClientProvider>,
  )

beforeEach(() => {
  vi.clearAllMocks()
  seen.mockResolvedValue(job('printed'))
})
afterEach(() => {
  vi.useRealTimers()
})

it('calls nothing printed before somebody said so', async () => {
  now.mockResolvedValue(job('accepted'))
  show()
  expect(await screen.findByText('Đang in')).toBeInTheDocument()
  expect(document.body.textContent).not.toMatch(/đã in xong|Đã in xong/)
})

it.each([['printed', /Máy in báo đã in xong/], ['unknown', /không biết giấy đã ra hay chưa/]] as const)('asks at the tray when the print is %s', async (state, words) => {
  now.mockResolvedValue(job(state))
  show()
  expect(await screen.findByText(words)).toBeInTheDocument()
  await userEvent.click(screen.getByRole('button', { name: 'Có giấy rồi', hidden: true }))
  expect(seen).toHaveBeenCalledWith(7, true)
  expect(onClose).toHaveBeenCalledWith('yes')
})

it('sends an empty tray to an officer and offers another print', async () => {
  now.mockResolvedValue(job('printed'))
  show()
  await userEvent.click(await screen.findByRole('button', { name: 'Chưa có giấy', hidden: true }))
  expect(seen).toHaveBeenCalledWith(7, false)
  expect(await screen.findByText(/gọi cán bộ xem máy in/)).toBeInTheDocument()
  await userEvent.click(screen.getByRole('button', { name: 'In lại', hidden: true }))
  expect(onAgain).toHaveBeenCalled()
})

it('tells a failure without asking', async () => {
  now.mockResolvedValue(job('failed'))
  show()
  expect(await screen.findByText('Chưa in được')).toBeInTheDocument()
  expect(screen.queryByText('Có giấy rồi')).toBeNull()
})

it('asks when the printer stays silent', async () => {
  vi.useFakeTimers()
  now.mockResolvedValue(job('accepted'))
  show()
  await act(() => vi.advanceTimersByTimeAsync(patienceMs + 100))
  expect(screen.getByText(/không biết giấy đã ra hay chưa/)).toBeInTheDocument()
})
