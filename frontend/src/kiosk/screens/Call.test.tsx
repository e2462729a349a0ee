import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { Router } from 'wouter'
import { memoryLocation } from 'wouter/memory-location'
import { calls, type CallBack, type CallChoices } from '../../api/calls'
import { desk, type Draft, type Procedure, type Status } from '../../api/kiosk'
import { KeyboardProvider } from '../../components/Keyboard/TextEntry'
import { LanguageProvider, type Language } from '../../text/language'
import { ComfortProvider } from '../parts/Comfort'
import { VisitProvider } from '../visit'
import { Call, CallAbout, CallPart } from './Call'
import { CallCard } from '../parts/CallCard'
import { CallSend } from './CallSend'
import { CallBegin, CallPhone, CallText } from './CallSteps'

const text = (viet: string, en = viet) => ({ vi: viet, en })
const choices: CallChoices = { procedure: 'GOILAI', number: '1022', times: [{ code: 'any', name: text('Lúc nào cũng được', 'Any time') }], max_text: 500 }
const procedure = {
  code: '1.001193', name: text('Thủ tục đăng ký khai sinh'), short: text('Khai sinh'), plain: text('Làm giấy khai sinh'), components: [], time: { text: text('Trong ngày') }, fee: { text: text('') },
  receiver: text('Bộ phận Một cửa'), authority: text('UBND cấp xã'), remarks: [text('Nộp qua mạng: 7.000 đồng.')], verified: true, modelled: true,
} as unknown as Procedure
const draft = { id: 'd1', kind: 'filing', procedure: 'GOILAI', answers: { text: 'Mấy ngày?', when: 'any' }, applicant: null, components: [], visible: [] } as unknown as Draft

const choicesOf = vi.spyOn(calls, 'choices')
const begin = vi.spyOn(desk, 'beginDraft')
const saveField = vi.spyOn(desk, 'saveField')
const saveApplicant = vi.spyOn(desk, 'saveApplicant')
vi.spyOn(desk, 'status').mockResolvedValue({ office: { commune: '', name: 'UBND xã Giao Long', province: '' }, line: { state: 'offline' }, languages: [] } as unknown as Status)
vi.spyOn(desk, 'procedure').mockResolvedValue(procedure)
vi.spyOn(desk, 'draft').mockResolvedValue(draft)
const judge = vi.spyOn(desk, 'judge')

beforeEach(() => {
  for (const spy of [choicesOf, begin, saveField, saveApplicant, judge]) spy.mockReset()
  choicesOf.mockResolvedValue(choices)
  begin.mockResolvedValue({ id: 'd1' })
  saveField.mockResolvedValue({ saved: true })
  saveApplicant.mockResolvedValue({ saved: true, problems: [] })
  judge.mockResolvedValue({ problems: [] })
})

function show(what: React.ReactNode, { language = 'vi' as Language, kept = {} as Record<string, string> } = {}) {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  for (const [key, value] of Object.entries(kept)) queries.setQueryData(['kept', key], value)
  const place = memoryLocation({ path: '/call', record: true })
  render(
    <QueryClientProvider client={queries}>
      <LanguageProvider initial={language}><ComfortProvider><VisitProvider><KeyboardProvider><Router hook={place.hook}>{what}</Router></KeyboardProvider></VisitProvider></ComfortProvider></LanguageProvider>
    </QueryClientProvider>,
  )
  return place
}

it('says that it cannot call, shows the number, and nothing of hours that nobody knows', async () => {
  show(<Call />)
  expect(await screen.findByText('1022')).toBeInTheDocument()
  expect(screen.getByText('Máy này không gọi điện được.')).toBeInTheDocument()
  expect(screen.queryByText(/Có người nghe máy/)).toBeNull()
})

it('shows the hours that are configured', async () => {
  choicesOf.mockResolvedValue({ ...choices, hours: text('7 giờ đến 17 giờ', '7 to 17') })
  show(<Call />, { language: 'en' })
  expect(await screen.findByText('Somebody answers: 7 to 17')).toBeInTheDocument()
})

it('answers the four questions in short, says what is not stated, and opens each', async () => {
  const place = show(<CallAbout code="1.001193" />)
  expect(await screen.findByRole('button', { name: /Mất bao lâu\s*Trong ngày/ })).toBeInTheDocument()
  expect(screen.getByRole('button', { name: /Giấy tờ cần mang\s*Không cần mang giấy nào/ })).toBeInTheDocument()
  await userEvent.click(screen.getByRole('button', { name: /Mất bao nhiêu tiền\s*Danh mục chưa ghi/ }))
  expect(place.history?.at(-1)).toBe('/call/about/1.001193/fee')
})

it('a part that is not stated leads to a person', async () => {
  show(<CallPart code="1.001193" part="fee" />)
  expect(await screen.findByText('Danh mục chưa ghi điều này.')).toBeInTheDocument()
  expect(screen.getByText('Nộp qua mạng: 7.000 đồng.')).toBeInTheDocument()
  expect(screen.getByRole('button', { name: 'Chưa rõ, nhờ gọi lại' })).toBeInTheDocument()
})

it('asks for a few words where no procedure was chosen, and begins nothing without them', async () => {
  show(<CallBegin />)
  await userEvent.click(await screen.findByRole('button', { name: 'Tiếp tục' }))
  expect(screen.getByText(/Xin viết vài chữ/)).toBeInTheDocument()
  expect(begin).not.toHaveBeenCalled()
})

it('takes the procedure as the question', async () => {
  const place = show(<CallBegin />, { kept: { 'call-about': '1.001193' } })
  expect(await screen.findByText('Về: Làm giấy khai sinh')).toBeInTheDocument()
  await userEvent.click(screen.getByRole('button', { name: 'Không viết, cán bộ tự hỏi' }))
  await vi.waitFor(() => expect(place.history?.at(-1)).toBe('/c/d1/phone'), 20_000)
  expect(saveField.mock.calls).toEqual([['d1', 'about', '1.001193', 'typed']])
})

it('does not go on with a number that cannot be called', async () => {
  saveApplicant.mockResolvedValue({ saved: true, problems: [{ field: 'phone', code: 'phone_length', message: text('Số điện thoại có 10 số.') } as never] })
  const place = show(<CallPhone id="d1" />)
  await userEvent.click(await screen.findByRole('button', { name: 'Tiếp tục' }))
  expect(screen.getByText(/Xin bấm số điện thoại/)).toBeInTheDocument()
  await userEvent.type(screen.getByRole('textbox'), '0912')
  await userEvent.click(screen.getByRole('button', { name: 'Tiếp tục' }))
  expect(await screen.findByText('Số điện thoại có 10 số.')).toBeInTheDocument()
  expect(place.history?.at(-1)).toBe('/call')
})

it('tells once what is refused of the words; the second time they stand and are listed at the end', async () => {
  saveField.mockResolvedValue({ saved: true, problems: [{ code: 'too_long', message: text('Dài quá.') }] })
  const place = show(<CallText id="d1" />)
  await userEvent.type(await screen.findByRole('textbox'), '!')
  await userEvent.click(screen.getByRole('button', { name: 'Tiếp tục' }))
  expect(await screen.findByText('Dài quá.')).toBeInTheDocument()
  expect(place.history?.at(-1)).toBe('/call')
  await userEvent.click(screen.getByRole('button', { name: 'Tiếp tục' }))
  await vi.waitFor(() => expect(place.history?.at(-1)).toBe('/c/d1/phone'), 20_000)
})

it('saves a number that is not right yet when somebody goes back, and does not hold her up', async () => {
  saveApplicant.mockResolvedValue({ saved: true, problems: [{ field: 'phone', code: 'phone_length', message: text('Số điện thoại có 10 số.') } as never] })
  const place = show(<CallPhone id="d1" />)
  await userEvent.type(await screen.findByRole('textbox'), '0912')
  await userEvent.click(screen.getByRole('button', { name: 'Quay lại' }))
  await vi.waitFor(() => expect(place.history?.at(-1)).toBe('/c/d1/text'), 20_000)
  expect(saveApplicant).toHaveBeenCalledWith('d1', { evidence: 'typed', phone: '0912' })
})

it('sends nothing while something is missing', async () => {
  judge.mockResolvedValue({ problems: [{ where: 'applicant', field: 'phone', code: 'required', message: text('Chưa có số điện thoại để gọi lại.') }] })
  show(<CallSend id="d1" />)
  expect(await screen.findByText('Chưa có số điện thoại để gọi lại.')).toBeInTheDocument()
  expect(screen.queryByRole('button', { name: 'Gửi yêu cầu' })).toBeNull()
})

it('tells what became of a request: nothing yet, twice in vain, an answer first', async () => {
  const vain = (at: number) => ({ at, reached: false, office: '1022' })
  const one: CallBack = { calls: [] }
  const { rerender } = render(<LanguageProvider><CallCard call={one} /></LanguageProvider>)
  expect(screen.getByText(/chưa nhận tin nào về cuộc gọi/)).toBeInTheDocument()
  rerender(<LanguageProvider><CallCard call={{ calls: [vain(1), vain(2)], missed: true }} /></LanguageProvider>)
  expect(screen.getByText('Cán bộ đã gọi 2 lần mà chưa gặp bà con')).toBeInTheDocument()
  rerender(<LanguageProvider><CallCard call={{ calls: [vain(1)], reply: { at: 3, text: 'Làm tại xã.' } }} /></LanguageProvider>)
  const answer = screen.getByText('Làm tại xã.')
  expect(answer.compareDocumentPosition(screen.getByText('Đã gọi, chưa gặp')) & Node.DOCUMENT_POSITION_FOLLOWING).toBeTruthy()
})
