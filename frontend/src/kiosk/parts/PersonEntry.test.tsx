import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, cleanup, createEvent, fireEvent, render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '../../api/client'
import { desk, type Card, type Person, type Status } from '../../api/kiosk'
import { LanguageProvider } from '../../text/language'
import { unknown } from '../card'
import { PersonEntry } from './PersonEntry'
import type { ScreenProps } from './Screen'

vi.mock('./Screen', () => ({
  Screen: ({ title, children, aside, next }: ScreenProps) => <main><h1 id="title">{title}</h1>{children}{aside}{next}</main>,
  NextButton: ({ busy, children, ...rest }: React.ComponentProps<'button'> & { busy?: boolean }) => <button type="button" data-busy={busy} {...rest}>{children ?? 'Tiếp tục'}</button>,
}))

const card: Card = { kind: 'qr', number: '083090999001', name: 'NGUYỄN VĂN MẪU', birth_date: '1990-03-14', sex: 'male', residence: 'Ấp 1, Xã Giao Long, Vĩnh Long', issue_date: '2025-07-01' }
const code = '083090999001|320999001|NGUYỄN VĂN MẪU|14031990|Nam|Ấp 1, Xã Giao Long, Vĩnh Long|01072025'
const readCard = vi.spyOn(desk, 'readCard')
const status = vi.spyOn(desk, 'status')
const nextScan = vi.spyOn(desk, 'nextScan')
const done = vi.fn()

function show(person: Person | null = null) {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <LanguageProvider>
        <PersonEntry title="Bà con là ai?" person={person} busy={false} error={null} onBack={() => undefined} onDone={done} />
      </LanguageProvider>
    </QueryClientProvider>,
  )
}

// The keys carry the scanner's own times: how long this machine takes to draw must not count.
let clock = 1_000_000
function stroke(on: Element | Window, init: KeyboardEventInit, afterMs = 5) {
  const event = createEvent.keyDown(on, init)
  Object.defineProperty(event, 'timeStamp', { value: (clock += afterMs) })
  fireEvent(on, event)
}
function scan(text: string) {
  clock += 1000
  for (const key of text) stroke(document.activeElement ?? window, { key })
  stroke(document.activeElement ?? window, { key: 'Enter' })
}
const press = (name: string | RegExp) => userEvent.click(screen.getByRole('button', { name }))

beforeEach(() => {
  vi.clearAllMocks()
  readCard.mockResolvedValue(card)
  status.mockResolvedValue({ office: { commune: '', name: '', province: '' } } as unknown as Status)
  nextScan.mockReturnValue(new Promise(() => undefined))
})

it('a card fills in everything but the phone and counts as read from its code', async () => {
  show()
  scan(code)
  expect(await screen.findByRole('heading', { name: 'Số điện thoại' })).toBeVisible()
  await press('Tiếp tục')
  await press('Đúng rồi, tiếp tục')
  expect(done).toHaveBeenCalledWith(expect.objectContaining({ full_name: 'NGUYỄN VĂN MẪU', evidence: 'qr' }), card)
})

it('a card that differs from what was typed says so, and the person decides', async () => {
  show({ full_name: 'Nguyễn Văn Mậu', birth_date: '1990', phone: '0912345678', evidence: 'typed' })
  scan(code)
  expect(await screen.findByText('Họ, chữ đệm, tên: thẻ ghi NGUYỄN VĂN MẪU, bà con ghi Nguyễn Văn Mậu')).toBeVisible()
  expect(screen.queryByText(/Ngày sinh: thẻ ghi/)).toBeNull()
  await press('Giữ điều tôi đã ghi')
  expect(screen.getByText('Điều đang ghi khác với thẻ.')).toBeVisible()
  expect(screen.getByText('Bà con tự ghi')).toBeVisible()
  await press('Đúng rồi, tiếp tục')
  expect(done).toHaveBeenLastCalledWith(expect.objectContaining({ full_name: 'Nguyễn Văn Mậu', evidence: 'typed' }), undefined)
  await press('Ghi theo thẻ')
  await press('Đúng rồi, tiếp tục')
  expect(done).toHaveBeenLastCalledWith(expect.objectContaining({ full_name: 'NGUYỄN VĂN MẪU', evidence: 'qr' }), card)
})

it('what is changed by hand after the card is no longer called read', async () => {
  show({ phone: '0912345678' })
  scan(code)
  await screen.findByText('Đọc từ mã QR của thẻ')
  await press(/^Sửa\s*Họ, chữ đệm, tên/)
  fireEvent.change(screen.getByRole('textbox'), { target: { value: 'Nguyễn Văn Mẫn' } })
  await press('Tiếp tục')
  expect(screen.getByText('Bà con tự ghi')).toBeVisible()
  await press('Đúng rồi, tiếp tục')
  expect(done).toHaveBeenCalledWith(expect.objectContaining({ evidence: 'typed' }), undefined)
})

it('takes out of a field what the scanner typed into it', async () => {
  show()
  await press('Tôi tự ghi, không có thẻ')
  const field = screen.getByRole<HTMLInputElement>('textbox')
  fireEvent.change(field, { target: { value: 'Lê' } })
  clock += 1000
  for (const key of code) {
    stroke(field, { key })
    fireEvent.change(field, { target: { value: field.value + key } })
  }
  expect(field.value).toContain('083090999001|')
  readCard.mockRejectedValue(new Problem(422, 'card_truncated', { vi: 'Mới đọc được một phần', en: '' }, { vi: '', en: '' }))
  stroke(field, { key: 'Enter' })
  expect(await screen.findByText('Mới đọc được một phần')).toBeVisible()
  expect(field).toHaveValue('Lê')
})

it('a text that an input method ate goes to the desk with its holes, and the answer is shown', async () => {
  readCard.mockRejectedValue(new Problem(422, 'card_garbled', { vi: 'Máy quét gõ sai chữ.', en: '' }, { vi: 'Xin tắt bộ gõ', en: '' }))
  show()
  clock += 1000
  for (const key of code) stroke(window, key === 'Ễ' ? { key: 'Process', isComposing: true } : { key })
  stroke(window, { key: 'Enter' })
  expect(await screen.findByText('Máy quét gõ sai chữ.')).toBeVisible()
  expect(readCard.mock.calls[0]?.[0]).toBe(code.replace('Ễ', unknown))
})

it('a serial scanner is asked while the screen stands, and what it reads is a card like any other', async () => {
  status.mockResolvedValue({ office: { commune: '', name: '', province: '' }, scanner: true } as unknown as Status)
  nextScan.mockResolvedValueOnce({ text: code })
  show()
  expect(await screen.findByRole('heading', { name: 'Số điện thoại' })).toBeVisible()
  expect(readCard.mock.calls[0]?.[0]).toBe(code)
  await waitFor(() => expect(nextScan).toHaveBeenCalledTimes(2))
})

it('a scanner that another screen took is asked for again while the screen stands, and no longer', async () => {
  status.mockResolvedValue({ office: { commune: '', name: '', province: '' }, scanner: true } as unknown as Status)
  vi.useFakeTimers()
  try {
    nextScan.mockResolvedValue({ taken: true })
    show()
    await act(() => vi.advanceTimersByTimeAsync(100))
    expect(nextScan).toHaveBeenCalledTimes(1)
    nextScan.mockResolvedValueOnce({ text: code })
    await act(() => vi.advanceTimersByTimeAsync(3000))
    expect(readCard.mock.calls[0]?.[0]).toBe(code)
    cleanup()
    const asked = nextScan.mock.calls.length
    await vi.advanceTimersByTimeAsync(10_000)
    expect(nextScan).toHaveBeenCalledTimes(asked)
  } finally {
    vi.useRealTimers()
  }
})

it('the camera is offered only where the machine can read codes', async () => {
  show()
  await waitFor(() => expect(status).toHaveBeenCalled())
  expect(screen.queryByRole('button', { name: 'Đọc thẻ bằng máy ảnh' })).toBeNull()
})
