import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { verify, type Print } from '../api/verify'
import { LanguageProvider } from '../text/language'
import { CheckSlip, PrintTable } from './SlipsPage'

const judge = vi.spyOn(verify, 'slip')
const show = (node: React.ReactNode) =>
  render(<QueryClientProvider client={new QueryClient()}><LanguageProvider>{node}</LanguageProvider></QueryClientProvider>)

beforeEach(() => {
  judge.mockClear()
  judge.mockResolvedValue({ code: 'altered', signed: false })
})

it('judges one scan after another without a hand on the mouse', async () => {
  show(<CheckSlip />)
  const field = screen.getByLabelText('Mã trên phiếu, hoặc địa chỉ trong mã')
  expect(field).toHaveFocus()
  await userEvent.keyboard('https://x.example/t/AQone{Enter}')
  expect(await screen.findByRole('heading', { name: 'Không nhận phiếu này' })).toBeInTheDocument()
  expect(field).toHaveFocus()
  await userEvent.keyboard('AQtwo{Enter}')
  await waitFor(() => expect(judge.mock.calls.map((c) => c[0])).toEqual(['https://x.example/t/AQone', 'AQtwo']))
})

it('calls a print what is known of it', () => {
  const job = (print: number, over: Partial<Print>): Print => ({ print, kind: 'slip', subject: '00017-4820-93316', copy: 1, state: 'printed', told_by: 'system', at: 1, ...over })
  show(<PrintTable prints={[job(4, { copy: 3, told_by: 'person' }), job(3, { state: 'unknown', kind: 'draft_slip' }), job(2, { state: 'failed', detail: 'no such queue' }), job(1, { kind: 'of a later program' })]} />)
  for (const words of ['in lại lần 2', 'người nhìn thấy giấy', 'chưa biết có ra giấy không', 'Phiếu nháp', 'không in được', 'no such queue', 'Giấy khác']) {
    expect(screen.getByText(words)).toBeInTheDocument()
  }
  expect(screen.getAllByText('đã in')).toHaveLength(2)
})
