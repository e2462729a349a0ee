import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { desk, type LifeEvent, type Procedure, type ProcedurePage } from '../../api/kiosk'
import { LanguageProvider, type Language } from '../../text/language'
import { ComfortProvider } from '../parts/Comfort'
import { EventTiles, Pages } from './Find'
import { Nothing } from './FindWords'
import { Facts } from './ProcedureScreen'

const text = (viet: string, en = viet) => ({ vi: viet, en })
const rowOf = (n: number) => ({ code: `1.00000${n}`, name: text(`Thủ tục số ${n}`), short: text(`Việc ${n}`), plain: text(`Làm việc ${n}`, `Do ${n}`), field: text('Hộ tịch'), modelled: n % 2 === 0, life_events: [] })
const events: LifeEvent[] = ['birth', 'land'].map((id) => ({ id, title: text(`Chuyện ${id}`), say: text(`Kể về ${id}.`), icon: 'baby', first_page: true, procedures: ['1.001193'] }))

const show = (what: React.ReactNode, language: Language = 'vi') =>
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <LanguageProvider initial={language}><ComfortProvider>{what}</ComfortProvider></LanguageProvider>
    </QueryClientProvider>,
  )

const procedures = vi.spyOn(desk, 'procedures')
vi.spyOn(desk, 'lifeEvents').mockResolvedValue(events)

beforeEach(() => {
  procedures.mockReset()
  procedures.mockImplementation(async ({ offset = 0, limit = 6 }): Promise<ProcedurePage> => ({ total: 8, rows: [1, 2, 3, 4, 5, 6, 7, 8].slice(offset, offset + limit).map(rowOf) }))
})

it('shows one page, says how many there are, and turns pages without scrolling', async () => {
  show(<Pages query={{ field: 'Hộ tịch' }} />)
  expect(await screen.findByText('Làm việc 1')).toBeInTheDocument()
  expect(screen.getAllByRole('listitem')).toHaveLength(6)
  expect(screen.getByText('8 việc · Trang 1 trên 2')).toBeInTheDocument()
  expect(screen.getByRole('button', { name: 'Trang trước' })).toBeDisabled()
  await userEvent.click(screen.getByRole('button', { name: 'Trang sau' }))
  expect(await screen.findByText('Làm việc 7')).toBeInTheDocument()
  expect(screen.getAllByRole('listitem')).toHaveLength(2)
  expect(screen.getByRole('button', { name: 'Trang sau' })).toBeDisabled()
  expect(procedures).toHaveBeenLastCalledWith({ field: 'Hộ tịch', offset: 6, limit: 6 })
})

it('names a procedure in people’s words first and as the law does below', async () => {
  show(<Pages query={{ event: 'birth' }} />, 'en')
  const first = (await screen.findByText('Do 1')).closest('button')
  expect(within(first as HTMLElement).getByText('Thủ tục số 1')).toBeInTheDocument()
  expect(within(first as HTMLElement).getByText('General form')).toBeInTheDocument()
})

it('tells a life event with the sentence that is read aloud', () => {
  show(<EventTiles label="x" events={events} base="/find/info" />)
  expect(screen.getByRole('button', { name: /Chuyện birth\s*Kể về birth\./ })).toBeInTheDocument()
})

it('never ends at nothing: what is near, what it may be about, and a person', async () => {
  show(<Nothing base="/find/info" found={{ total: 0, rows: [], near: { rows: [rowOf(3)], events: ['land', 'gone'] } }} />)
  expect(await screen.findByText('Chuyện land')).toBeInTheDocument()
  expect(screen.getByText('Làm việc 3')).toBeInTheDocument()
  expect(screen.queryByText('Chuyện birth')).toBeNull()
  expect(screen.getByText(/gọi cán bộ/)).toBeInTheDocument()
})

const stated: Procedure = {
  code: '1.004194', name: text('Đăng ký tạm trú'), short: text('Tạm trú'), field: text('Cư trú'), authority: text('Công an cấp xã'), receiver: text('Công an cấp xã'), route: 'x', desk: 'x',
  time: { text: text('3 ngày làm việc') }, fee: { text: text('10.000 đồng') }, form: { code: 'general', version: '1' }, verified: true, modelled: false,
  decision: '9354/QĐ-BCA-C06', results: ['Thông báo kết quả'], remarks: [text('Nộp qua mạng: 7.000 đồng.')], next: text('Xin hỏi cán bộ, hoặc ghi đơn chung.'),
  components: [
    { id: 'p1', name: text('Tờ khai CT01'), kind: 'nop', originals: 1, copies: 2 },
    { id: 'p2', name: text('Giấy tờ chỗ ở'), kind: 'trinh', originals: 0, copies: 0, condition: text('nếu có'), replaced_by_data: text('CSDL dân cư') },
    { id: 'p3', name: text('Thông tin ly hôn'), kind: 'dulieu', originals: 0, copies: 0 },
    { id: 'p4', name: text('Biên bản'), kind: 'nop', originals: 1, copies: 0, condition: text('trẻ bị bỏ rơi'), always: true },
  ],
}

it('says what to bring, how many, when, and what is only looked up', () => {
  show(<Facts p={stated} />)
  for (const said of ['nộp · 1 bản chính, 2 bản sao', 'đưa xem rồi cầm về · chưa ghi số bản', 'Khi nào cần: nếu có', 'Khỏi mang nếu tra được: CSDL dân cư', 'cán bộ tra trong dữ liệu, khỏi mang',
    '3 ngày làm việc', '10.000 đồng', 'Thông báo kết quả', 'Nộp qua mạng: 7.000 đồng.', 'Xin hỏi cán bộ, hoặc ghi đơn chung.']) {
    expect(screen.getByText(said)).toBeInTheDocument()
  }
  expect(screen.getByText(/Quyết định công bố: 9354\/QĐ-BCA-C06/)).toBeInTheDocument()
  expect(screen.queryByText(/trẻ bị bỏ rơi/), 'a condition that already holds').toBeNull()
})

it('says that something is not stated, and to ask', () => {
  show(<Facts p={{ ...stated, time: undefined, fee: undefined, authority: '', decision: '', results: null, remarks: null, components: null, verified: false }} />)
  expect(screen.getAllByText('Chưa có trong danh mục, xin hỏi cán bộ')).toHaveLength(3)
  expect(screen.getByText(/không ghi số quyết định/)).toBeInTheDocument()
  expect(screen.getByText(/đang rà lại/)).toBeInTheDocument()
})
