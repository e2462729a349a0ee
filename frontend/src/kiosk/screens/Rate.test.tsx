import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '../../api/client'
import { feedback, type Opinion, type Rating, type SlipRating } from '../../api/feedback'
import { desk } from '../../api/kiosk'
import { LanguageProvider, type Language } from '../../text/language'
import { ComfortProvider } from '../parts/Comfort'
import { RateForm } from '../parts/RateForm'
import { VisitProvider } from '../visit'
import { RateVisit } from './Rate'

const text = (viet: string, en = viet) => ({ vi: viet, en })
const scores = [[5, 'Rất hài lòng', 'Very satisfied'], [4, 'Hài lòng', 'Satisfied'], [3, 'Bình thường', 'Neither'], [2, 'Không hài lòng', 'Dissatisfied'], [1, 'Rất không hài lòng', 'Very dissatisfied']] as const
const kept = (opinion: Opinion, more: Partial<Rating> = {}): Rating => ({ ...opinion, at: Date.UTC(2026, 10, 23, 2), changes: 0, sent: false, ...more })

const show = (what: React.ReactNode, language: Language = 'vi') =>
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <LanguageProvider initial={language}><ComfortProvider><VisitProvider>{what}</VisitProvider></ComfortProvider></LanguageProvider>
    </QueryClientProvider>,
  )

const visitRating = vi.spyOn(feedback, 'visitRating')
const rateVisit = vi.spyOn(feedback, 'rateVisit')

beforeEach(() => {
  vi.spyOn(desk, 'status').mockReturnValue(new Promise(() => undefined))
  vi.spyOn(feedback, 'ratingChoices').mockResolvedValue({
    scores: scores.map(([score, viet, en]) => ({ score, name: text(viet, en) })),
    reasons: [{ code: 'time', name: text('Thời gian giải quyết', 'How long it took') }, { code: 'attitude', name: text('Thái độ của cán bộ') }],
  })
  visitRating.mockReset().mockResolvedValue({ rating: null })
  rateVisit.mockReset().mockImplementation(async (opinion) => ({ rating: kept(opinion) }))
})

it('asks for a face and nothing else, and says what is kept', async () => {
  show(<RateVisit />)
  expect(await screen.findAllByRole('radio')).toHaveLength(5)
  expect(screen.queryByRole('textbox')).toBeNull()
  expect(screen.queryByRole('checkbox')).toBeNull() // what it is about comes after the face
  await userEvent.click(screen.getByRole('button', { name: 'Gửi đánh giá' }))
  expect(screen.getByText('Xin chạm vào một khuôn mặt trước.')).toBeInTheDocument()
  expect(rateVisit).not.toHaveBeenCalled()
  await userEvent.click(screen.getByRole('radio', { name: 'Không hài lòng' }))
  await userEvent.click(screen.getByRole('checkbox', { name: 'Thái độ của cán bộ' }))
  await userEvent.click(screen.getByRole('button', { name: 'Gửi đánh giá' }))
  expect(rateVisit).toHaveBeenCalledWith({ score: 2, reasons: ['attitude'] })
  expect(await screen.findByRole('heading', { name: 'Cảm ơn bà con đã đánh giá' })).toBeInTheDocument()
  expect(screen.getByText('Đã lưu tại xã lúc 23/11/2026 09:00')).toBeInTheDocument()
  expect(screen.getByText(/Chưa rời xã/)).toBeInTheDocument()
  expect(document.body.textContent).not.toMatch(/đã gửi lên tỉnh|thành công/i)
})

it('a face alone is enough', async () => {
  show(<RateVisit />, 'en')
  await userEvent.click(await screen.findByRole('radio', { name: 'Very satisfied' }))
  await userEvent.click(screen.getByRole('button', { name: 'Send the rating' }))
  expect(rateVisit).toHaveBeenCalledWith({ score: 5, reasons: [] })
})

it('is changed from what is kept, and says how often it was', async () => {
  visitRating.mockResolvedValue({ rating: kept({ score: 4, reasons: ['time'] }, { changes: 1 }) })
  rateVisit.mockImplementation(async (opinion) => ({ rating: kept(opinion, { changes: 2 }) }))
  show(<RateVisit />)
  await userEvent.click(await screen.findByRole('button', { name: 'Đổi đánh giá' }))
  expect(screen.getByRole('radio', { name: 'Hài lòng' })).toBeChecked()
  expect(screen.getByRole('checkbox', { name: 'Thời gian giải quyết' })).toBeChecked()
  await userEvent.click(screen.getByRole('radio', { name: 'Bình thường' }))
  await userEvent.click(screen.getByRole('button', { name: 'Gửi đánh giá' }))
  expect(await screen.findByText('Đã đổi 2 lần; lần cuối được tính.')).toBeInTheDocument()
})

it('keeps the face when saving failed, and says what to do', async () => {
  rateVisit.mockRejectedValue(new Problem(507, 'disk_full', text('Máy hết chỗ lưu.'), text('Báo cho cán bộ.')))
  show(<RateVisit />)
  await userEvent.click(await screen.findByRole('radio', { name: 'Hài lòng' }))
  await userEvent.click(screen.getByRole('button', { name: 'Gửi đánh giá' }))
  expect(await screen.findByText('Máy hết chỗ lưu.')).toBeInTheDocument()
  expect(screen.getByRole('radio', { name: 'Hài lòng' })).toBeChecked()
  expect(screen.queryByText(/Cảm ơn/)).toBeNull()
})

it.each([
  ['has left', { sent: true }, /không đổi được nữa/],
  ['was changed as often as it may be', { changes: 5 }, /Chưa rời xã/],
] as const)('offers no change when it %s', async (_, more, said) => {
  const rating: SlipRating['rating'] = kept({ score: 3, reasons: [] }, more)
  show(<RateForm eyebrow="" back="/rate" rating={rating} busy={false} error={null} onSave={async () => undefined} />)
  expect(await screen.findByText(said)).toBeInTheDocument()
  expect(screen.queryByRole('button', { name: 'Đổi đánh giá' })).toBeNull()
})
