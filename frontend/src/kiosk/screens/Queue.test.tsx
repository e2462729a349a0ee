import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '../../api/client'
import { desk } from '../../api/kiosk'
import { queue, type QueueNow, type Ticket, type TicketState } from '../../api/queue'
import { LanguageProvider, type Language } from '../../text/language'
import { ComfortProvider } from '../parts/Comfort'
import { VisitProvider } from '../visit'
import { Services } from './Queue'
import { Rest, Take } from './QueueTake'
import { Facts, Number, phaseOf, TicketScreen } from './QueueTicket'

const text = (viet: string, en = viet) => ({ vi: viet, en })
const service = (code: string, letter: string, name: string, ahead: number, known = false) => ({
  code, letter, icon: 'users', name: text(name), hint: text('Khai sinh, sao y'),
  wait: { ahead, known, text: known ? text('Chờ khoảng 15–25 phút', 'About 15–25 minutes') : text('Chưa ước được thời gian chờ') },
})
const civil = service('ho_tich', 'A', 'Hộ tịch, chứng thực', 3, true)
const now: QueueNow = {
  services: [civil, service('khac', 'E', 'Việc khác', 0), service('ket_qua', 'N', 'Nhận kết quả', 2)],
  calling: [{ label: 'A009', counter: 2 }],
  priority: { offer: true, groups: [text('Người cao tuổi'), text('Phụ nữ mang thai')] },
  practice: false,
}
const ticket: Ticket = {
  key: 'k', label: 'A012', service: text('Hộ tịch, chứng thực'), state: 'valid', by: 'printer', priority: false, prints: 1, printer: true, lost: false,
  at: Date.UTC(2026, 10, 23, 2), doubt: false, over: false, practice: false, wait: { ahead: 3, known: true, low: 15, high: 25, text: text('Chờ khoảng 15–25 phút') },
}

const show = (what: React.ReactNode, language: Language = 'vi') =>
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <LanguageProvider initial={language}><ComfortProvider><VisitProvider>{what}</VisitProvider></ComfortProvider></LanguageProvider>
    </QueryClientProvider>,
  )

const take = vi.spyOn(queue, 'take')
const again = vi.spyOn(queue, 'printAgain')
const giveUp = vi.spyOn(queue, 'giveUp')

beforeEach(() => {
  for (const spy of [take, again, giveUp]) spy.mockReset()
  vi.spyOn(desk, 'status').mockReturnValue(new Promise(() => undefined))
  window.location.hash = ''
})

it('shows how many wait, a range only where there is one, and who is being called', () => {
  show(<Services now={now} />)
  expect(screen.getByRole('button', { name: /Hộ tịch/ })).toHaveTextContent('3 người đang chờ. Chờ khoảng 15–25 phút')
  expect(screen.getByRole('button', { name: /Việc khác/ })).toHaveTextContent('Chưa có ai chờ')
  expect(screen.getByRole('button', { name: /Nhận kết quả/ })).toHaveTextContent(/2 người đang chờ$/)
  expect(screen.getByText('A009').parentElement).toHaveTextContent('A009 quầy 2')
})

it('asks for no reason, and takes the number with the same touch', async () => {
  take.mockResolvedValue(ticket)
  show(<Take now={now} service={civil} />)
  expect(screen.getByText(/Máy không hỏi lý do/)).toBeInTheDocument()
  expect(within(screen.getByRole('list')).getAllByRole('listitem').map((li) => li.textContent)).toEqual(['Người cao tuổi', 'Phụ nữ mang thai'])
  expect(screen.queryByRole('checkbox')).toBeNull()
  expect(screen.queryByRole('textbox')).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: 'Có, xin mời trước' }))
  expect(take).toHaveBeenCalledWith({ key: expect.stringMatching(/^[0-9a-f-]{36}$/), service: 'ho_tich', priority: true, language: 'vi' })
})

it('asks again with the same key when an answer was lost', async () => {
  take.mockRejectedValueOnce(new Problem(0, 'unreachable', text('Máy này chưa trả lời.'), text('Thử lại.'))).mockResolvedValueOnce(ticket)
  show(<Take now={now} service={civil} />)
  await userEvent.click(screen.getByRole('button', { name: 'Không, lấy số thường' }))
  expect(screen.queryByRole('button', { name: 'Không, lấy số thường' })).toBeNull() // one wish, one way to repeat it
  await userEvent.click(await screen.findByRole('button', { name: 'Thử lại' }))
  expect(take).toHaveBeenCalledTimes(2)
  expect(take.mock.calls[1]).toEqual(take.mock.calls[0])
})

it('has one button where no priority is offered', () => {
  show(<Take now={{ ...now, priority: { offer: false, groups: [] } }} service={civil} />)
  expect(screen.getByRole('button', { name: 'Lấy số' })).toBeEnabled()
  expect(screen.queryByText(/mời trước/)).toBeNull()
})

it('rests in a friendly way and then goes on', () => {
  vi.useFakeTimers()
  const go = vi.fn<() => void>()
  show(<Rest error={new Problem(429, 'too_many_numbers', text('Máy nghỉ một chút.'), text('Chờ giây lát.'), 3)} again={go} />)
  const button = screen.getByRole('button', { name: 'Chờ 3 giây' })
  expect(button).toBeDisabled()
  act(() => void vi.advanceTimersByTime(3000))
  expect(button).toBeEnabled()
  button.click()
  expect(go).toHaveBeenCalledTimes(1)
  vi.useRealTimers()
})

it.each([
  ['drawn', {}, 'drawn'],
  ['printing', {}, 'printing'],
  ['printing', { lost: true }, 'silent'],
  ['valid', { over: true }, 'over'],
  ['void', {}, 'void'],
] as const)('a number that is %s %o is told as %s', (state, change, want) => {
  expect(phaseOf({ ...ticket, state, ...change }, false)).toBe(want)
})

it('a printer that keeps silent is the officer’s business', () => {
  expect(phaseOf({ ...ticket, state: 'printing' }, true)).toBe('silent')
  expect(phaseOf({ ...ticket, state: 'valid' }, true)).toBe('valid')
})

it.each(['drawn', 'silent', 'printing'] as const)('a number that is %s is never shown as valid', (phase) => {
  const { container } = show(<><Number ticket={{ ...ticket, by: undefined }} phase={phase} /><Facts ticket={{ ...ticket, by: undefined }} phase={phase} /></>)
  expect(screen.getByText('CHƯA CÓ HIỆU LỰC')).toBeInTheDocument()
  expect(container.querySelector('[data-good]')).toBeNull()
  expect(container.textContent).not.toMatch(/người trước bà con|phút/)
})

it.each([
  ['valid', 'printer', 'Mời bà con lấy phiếu số', 'Còn 3 người trước bà con'],
  ['valid', 'staff', 'Cán bộ đã xác nhận số', 'Nhớ số này.'],
  ['called', 'printer', 'Đang mời: bà con vào quầy 2', 'A012'],
] as const)('%s by %s', (state, by, title, fact) => {
  const { container } = show(<TicketScreen ticket={{ ...ticket, state, by, counter: 2 }} changed={() => undefined} />)
  expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent(title)
  expect(container).toHaveTextContent(fact)
  expect(screen.queryByText('CHƯA CÓ HIỆU LỰC')).toBeNull()
  expect(screen.queryByRole('button', { name: 'In lại' })).toBeNull()
})

it('offers another paper, giving up, and the officer, when nothing was printed', async () => {
  const drawn: Ticket = { ...ticket, state: 'drawn', by: undefined }
  const changed = vi.fn<(t: Ticket) => void>()
  again.mockResolvedValue({ ...drawn, state: 'printing' })
  giveUp.mockResolvedValue({ ...drawn, state: 'void' })
  show(<TicketScreen ticket={drawn} changed={changed} />, 'en')
  expect(screen.getByText('The printer could not print the ticket.')).toBeInTheDocument()
  expect(screen.getByText(/Ask an officer to confirm it/)).toBeInTheDocument()
  await userEvent.click(screen.getByRole('button', { name: 'Print again' }))
  expect(again).toHaveBeenCalledWith('k', 'en')
  await userEvent.click(screen.getByRole('button', { name: 'Give it up' }))
  expect(giveUp).toHaveBeenCalledWith('k')
  expect(changed.mock.calls.map(([one]) => one.state)).toEqual(['printing', 'void'])
})

it.each([
  [{ prints: 0, printer: false }, /không in được phiếu số/],
  [{ prints: 3, printer: false }, /chưa in được phiếu/],
] as const)('offers no paper where there is none: %o', (change, why) => {
  show(<TicketScreen ticket={{ ...ticket, state: 'drawn', by: undefined, ...change }} changed={() => undefined} />)
  expect(screen.getByText(why)).toBeInTheDocument()
  expect(screen.queryByRole('button', { name: 'In lại' })).toBeNull()
})

it.each(['absent', 'void', 'served'] satisfies TicketState[])('has words for a number that is %s', (state) => {
  show(<TicketScreen ticket={{ ...ticket, state }} changed={() => undefined} />)
  expect(screen.getByRole('heading', { level: 1 }).textContent).toMatch(/^Số này/)
})
