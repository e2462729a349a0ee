import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen, waitFor } from '@testing-library/react'
import { beforeEach, expect, it, vi } from 'vitest'
import { desk, type Status } from '../../api/kiosk'
import { verify, type Verdict } from '../../api/verify'
import { KeyboardProvider } from '../../components/Keyboard/TextEntry'
import { LanguageProvider } from '../../text/language'
import type { ScreenProps } from '../parts/Screen'
import { Verify } from './Verify'

// the frame has tests of its own; here only what it frames counts
vi.mock('../parts/Screen', () => ({
  Screen: ({ title, children, aside, next }: ScreenProps) => <main><h1 id="title">{title}</h1>{children}{aside}{next}</main>,
  NextButton: ({ busy, ...rest }: React.ComponentProps<'button'> & { busy?: boolean }) => <button type="button" data-busy={busy} {...rest} />,
}))

const code = `https://tinh.example/t/${'AQ'.padEnd(156, 'x')}`
const genuine: Verdict = { code: 'genuine', signed: true, slip: '66001-4827-19303', procedure: { code: '1.001193', name: { vi: 'Khai sinh', en: 'Birth' } }, at: 1, office: 'UBND xã Giao Long', own: true, book: 'fits' }
const judge = vi.spyOn(verify, 'slip')
const status = vi.spyOn(desk, 'status')

const show = () =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <LanguageProvider><KeyboardProvider><Verify /></KeyboardProvider></LanguageProvider>
    </QueryClientProvider>,
  )

/** scan types a text as a hand scanner does. */
function scan(text: string) {
  for (const key of text) fireEvent.keyDown(window, { key })
  fireEvent.keyDown(window, { key: 'Enter' })
}

beforeEach(() => {
  vi.clearAllMocks()
  status.mockResolvedValue({ office: { commune: '', name: '', province: '' }, line: { state: 'offline' } } as unknown as Status)
  judge.mockResolvedValue(genuine)
})

it('judges what a hand scanner reads, and the next slip on top of the answer', async () => {
  show()
  expect(screen.getByText('Cho máy đọc mã trên phiếu')).toBeInTheDocument()
  scan(code)
  expect(await screen.findByRole('heading', { level: 1, name: 'Phiếu thật' })).toBeInTheDocument()
  expect(judge.mock.calls[0]?.[0]).toBe(code)
  judge.mockResolvedValue({ code: 'altered', signed: false })
  scan(code.replace('x', 'y'))
  expect(await screen.findByRole('heading', { level: 1, name: 'Không nhận phiếu này' })).toBeInTheDocument()
  expect(screen.queryByText('UBND xã Giao Long')).toBeNull()
})

it('shows no camera where the machine cannot read codes with it', async () => {
  show()
  await waitFor(() => expect(status).toHaveBeenCalled())
  expect(screen.queryByText('Đưa phiếu trước máy ảnh')).toBeNull()
  expect(screen.getByText('Máy quét cầm tay')).toBeInTheDocument()
})

it('takes a typed code', async () => {
  show()
  fireEvent.click(screen.getByRole('button', { name: 'Gõ mã' }))
  fireEvent.change(screen.getByRole('textbox'), { target: { value: 'AQab' } })
  fireEvent.click(screen.getByRole('button', { name: 'Kiểm tra' }))
  expect(await screen.findByRole('heading', { level: 1, name: 'Phiếu thật' })).toBeInTheDocument()
  expect(judge.mock.calls[0]?.[0]).toBe('AQab')
})

it('goes back to asking, not away', async () => {
  show()
  scan(code)
  fireEvent.click(await screen.findByRole('button', { name: 'Kiểm tra phiếu khác' }))
  expect(screen.getByText('Cho máy đọc mã trên phiếu')).toBeInTheDocument()
})
