import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { Router } from 'wouter'
import { useHashLocation } from 'wouter/use-hash-location'
import { Problem } from '../../api/client'
import { feedback } from '../../api/feedback'
import { desk, type Draft, type Judged } from '../../api/kiosk'
import { LanguageProvider, type Language } from '../../text/language'
import { ComfortProvider } from '../parts/Comfort'
import { VisitProvider } from '../visit'
import { Feedback } from './Feedback'
import { PetitionSend } from './FeedbackSend'
import { PetitionName, PetitionPhotos, PetitionText, PetitionWish } from './FeedbackSteps'

const text = (viet: string, en = viet) => ({ vi: viet, en })
const choices = {
  procedure: 'PAKN', photo: 'photo', max_text: 4000, max_photos: 5, name_required: true,
  topics: [{ code: 'place', name: text('Đường sá, môi trường, trật tự', 'Roads, environment, order') }],
  wishes: [{ code: 'no_name', name: text('Không nêu tên') }, { code: 'named', name: text('Nêu cả tên') }, { code: 'no', name: text('Không công khai') }],
}
const draft: Draft = {
  id: 'd1', procedure: 'PAKN', kind: 'filing', slip: '00017-4820-93316', answers: { topic: 'place', text: 'Cầu ấp 3 hỏng', publish: 'no_name' },
  applicant: { full_name: 'Nguyễn Thị Én', phone: '0912345678' }, components: [{ id: 'photo', scans: [] }], visible: [],
}

const show = (what: React.ReactNode, language: Language = 'vi') =>
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <LanguageProvider initial={language}>
        <ComfortProvider><VisitProvider><Router hook={useHashLocation}>{what}</Router></VisitProvider></ComfortProvider>
      </LanguageProvider>
    </QueryClientProvider>,
  )

const read = vi.spyOn(desk, 'draft')
const saveField = vi.spyOn(desk, 'saveField')
const saveApplicant = vi.spyOn(desk, 'saveApplicant')
const judge = vi.spyOn(desk, 'judge')
const submit = vi.spyOn(desk, 'submit')
const petitionChoices = vi.spyOn(feedback, 'petitionChoices')
const problem = (field: string, message: string): Judged => ({ where: 'answers', field, code: 'required', message: text(message) })

beforeEach(() => {
  window.location.hash = ''
  vi.spyOn(desk, 'status').mockReturnValue(new Promise(() => undefined))
  read.mockReset().mockResolvedValue(draft)
  saveField.mockReset().mockResolvedValue({ saved: true, problems: [] })
  saveApplicant.mockReset().mockResolvedValue({ saved: true, problems: [] })
  judge.mockReset().mockResolvedValue({ problems: [] })
  submit.mockReset().mockReturnValue(new Promise(() => undefined))
  petitionChoices.mockReset().mockResolvedValue(choices)
})

it('begins with what it is about; the draft is kept from then on', async () => {
  const begin = vi.spyOn(desk, 'beginDraft').mockResolvedValue({ id: 'd1' })
  show(<Feedback />)
  await userEvent.click(await screen.findByRole('button', { name: 'Đường sá, môi trường, trật tự' }))
  expect(begin).toHaveBeenCalledWith({ procedure: 'PAKN', language: 'vi' })
  expect(saveField).toHaveBeenCalledWith('d1', 'topic', 'place', 'typed')
  expect(window.location.hash).toBe('#/f/d1/text')
})

it('saves the text before it goes on, and before it goes back', async () => {
  read.mockResolvedValue({ ...draft, answers: { topic: 'place' } })
  for (const [button, to] of [['Tiếp tục', '#/f/d1/photos'], ['Quay lại', '#/feedback']] as const) {
    saveField.mockClear()
    const { unmount } = show(<PetitionText id="d1" />)
    await userEvent.type(await screen.findByRole('textbox'), 'Cầu hỏng')
    await userEvent.click(screen.getByRole('button', { name: button }))
    expect(saveField).toHaveBeenCalledWith('d1', 'text', 'Cầu hỏng', 'typed')
    await vi.waitFor(() => expect(window.location.hash).toBe(to))
    unmount()
  }
})

it('stays where it is when saving failed', async () => {
  saveField.mockRejectedValue(new Problem(0, 'unreachable', text('Máy này chưa trả lời.'), text('Thử lại.')))
  show(<PetitionText id="d1" />)
  await userEvent.type(await screen.findByRole('textbox'), '!')
  await userEvent.click(screen.getByRole('button', { name: 'Tiếp tục' }))
  expect(await screen.findByText('Máy này chưa trả lời.')).toBeInTheDocument()
  expect(screen.getByRole('textbox')).toHaveValue('Cầu ấp 3 hỏng!')
})

it('needs words or a picture', async () => {
  read.mockResolvedValue({ ...draft, answers: { topic: 'place' } })
  show(<PetitionPhotos id="d1" />)
  await userEvent.click(await screen.findByRole('button', { name: 'Không có ảnh, tiếp tục' }))
  expect(screen.getByText('Chưa viết gì thì cần ít nhất một ảnh.')).toBeInTheDocument()
})

it('takes no more pictures than one petition carries', async () => {
  vi.spyOn(desk, 'scan').mockReturnValue(new Promise(() => undefined))
  const scans = [1, 2, 3, 4, 5].map((n) => ({ sha256: `s${n}`, name: 'a.jpg', length: 1, mime: 'image/jpeg' }))
  read.mockResolvedValue({ ...draft, components: [{ id: 'photo', scans }] })
  show(<PetitionPhotos id="d1" />)
  expect(await screen.findByText(/Đã đủ số ảnh/)).toBeInTheDocument()
  expect(screen.queryByRole('button', { name: /Chụp/ })).toBeNull()
})

it('says why a name is asked for, and lets it be left out only where the office may', async () => {
  read.mockResolvedValue({ ...draft, applicant: null })
  const { unmount } = show(<PetitionName id="d1" />)
  expect(await screen.findByText(/Không muốn để tên, xin nói với cán bộ/)).toBeInTheDocument()
  expect(screen.getByRole('button', { name: 'Tiếp tục' })).toBeDisabled()
  unmount()
  petitionChoices.mockResolvedValue({ ...choices, name_required: false })
  show(<PetitionName id="d1" />)
  await userEvent.click(await screen.findByRole('button', { name: 'Bỏ qua câu này' }))
  expect(saveApplicant).not.toHaveBeenCalled()
  await vi.waitFor(() => expect(window.location.hash).toBe('#/f/d1/wish'))
})

it('offers no publication of a name that is not there', async () => {
  read.mockResolvedValue({ ...draft, applicant: null, answers: { topic: 'place', text: 'a' } })
  show(<PetitionWish id="d1" />)
  expect(await screen.findAllByRole('radio')).toHaveLength(2)
  expect(screen.queryByRole('radio', { name: 'Nêu cả tên' })).toBeNull()
  expect(screen.getByRole('button', { name: 'Tiếp tục' })).toBeDisabled() // nothing is chosen for anybody
})

it('lists everything that is wrong and sends nothing', async () => {
  judge.mockResolvedValue({ problems: [problem('text', 'Chưa có nội dung.'), problem('publish', 'Chưa chọn công khai.')] })
  show(<PetitionSend id="d1" />)
  expect(await screen.findByText('Chưa có nội dung.')).toBeInTheDocument()
  expect(screen.getByText('Chưa chọn công khai.')).toBeInTheDocument()
  expect(screen.queryByRole('button', { name: 'Gửi phản ánh' })).toBeNull()
})

it('reads everything back and sends only what was agreed to', async () => {
  show(<PetitionSend id="d1" />)
  for (const shown of ['Đường sá, môi trường, trật tự', 'Cầu ấp 3 hỏng', 'không có', 'Nguyễn Thị Én', '0912 345 678', 'Không nêu tên']) {
    expect(await screen.findByText(shown)).toBeInTheDocument()
  }
  await userEvent.click(screen.getByRole('button', { name: 'Gửi phản ánh' }))
  expect(screen.getByText('Xin chạm vào ô đồng ý trước khi gửi.')).toBeInTheDocument()
  expect(submit).not.toHaveBeenCalled()
  await userEvent.click(screen.getByRole('checkbox'))
  await userEvent.click(screen.getByRole('button', { name: 'Gửi phản ánh' }))
  expect(submit).toHaveBeenCalledWith('d1', { consent: { version: 'c1' } })
})
