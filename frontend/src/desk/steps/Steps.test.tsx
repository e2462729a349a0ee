import { screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '../../api/client'
import { counter } from '../../api/counter'
import { dossier, onDesk } from '../testing'
import { Steps } from './Steps'

const send = vi.spyOn(counter, 'step')
const both = (text: string) => ({ vi: text, en: text })
const changed = new Problem(409, 'changed', both('Hồ sơ vừa được người khác xử lý.'), both(''))
const button = (name: string | RegExp) => screen.getByRole('button', { name })

beforeEach(() => send.mockReset().mockResolvedValue(dossier()))

it('offers what the server allows and nothing else', () => {
  onDesk(<Steps d={dossier({ steps: ['taken_in', 'supplement_requested', 'note', 'a_step_of_2031'] })} />)
  expect(screen.getAllByRole('button').map((b) => b.textContent)).toEqual(['Đối chiếu và tiếp nhận', 'Yêu cầu bổ sung', 'Ghi chú nội bộ'])
})

it('says where the next step is taken when nothing can be done here', () => {
  onDesk(<Steps d={dossier({ row: { ...dossier().row, holder: 'province' } })} />)
  expect(screen.getByText(/Nơi khác đang giữ/)).toBeVisible()
})

it('asks for everything at once: coded, in the words the resident will read', async () => {
  send.mockResolvedValue(dossier({ revision: 4 }))
  onDesk(<Steps d={dossier({ steps: ['supplement_requested'] })} />)
  await userEvent.click(button('Yêu cầu bổ sung'))
  const preview = () => within(screen.getByText('Người dân sẽ đọc').parentElement as HTMLElement).getAllByRole('listitem').map((li) => li.textContent)
  expect(preview()).toEqual(['Giấy b chưa có, xin nộp.']) // what is missing is there from the start
  await userEvent.click(screen.getByRole('checkbox', { name: 'Giấy a' }))
  await userEvent.click(within(screen.getByRole('radiogroup', { name: 'Lý do: Giấy a' })).getByRole('radio', { name: 'Khác' }))
  await userEvent.click(button('Ghi yêu cầu bổ sung'))
  expect(send).not.toHaveBeenCalled()
  expect(screen.getAllByText('Xin ghi rõ cho “Giấy a”.').length).toBe(2) // at the top and at the field
  await userEvent.type(screen.getAllByLabelText('Ghi rõ thêm')[0] as HTMLElement, 'thiếu trang 2.')
  expect(preview()).toEqual(['Giấy a cần bổ sung: thiếu trang 2.', 'Giấy b chưa có, xin nộp.'])
  await userEvent.click(button('Ghi yêu cầu bổ sung'))
  expect(send).toHaveBeenCalledWith('d1', 'supplement_requested', { revision: 3, reasons: [{ component: 'a', code: 'other', text: 'thiếu trang 2.' }, { component: 'b', code: 'missing', text: '' }], text: '' })
})

it('tells what another did meanwhile, keeps what was typed, and sends only after it was seen', async () => {
  send.mockRejectedValueOnce(changed).mockResolvedValue(dossier({ revision: 5 }))
  const d = dossier({ steps: ['note'] })
  const { show } = onDesk(<Steps d={d} />)
  await userEvent.click(button('Ghi chú nội bộ'))
  await userEvent.type(screen.getByLabelText('Nội dung'), 'Hẹn chiều nay')
  await userEvent.click(button('Lưu ghi chú'))
  show(<Steps d={{ ...d, revision: 4, journal: [...(d.journal ?? []), { at: 2, who: 'Trần Văn Lãnh Đạo', text: both('Đã quyết định') }] }} />)
  expect(screen.getByText('Đã quyết định')).toBeVisible()
  expect(screen.getByText('Trần Văn Lãnh Đạo')).toBeVisible()
  expect(screen.queryByText('Đã nộp tại xã')).toBeNull() // only what is new
  expect(screen.getByLabelText('Nội dung')).toHaveValue('Hẹn chiều nay')
  expect(button('Lưu ghi chú')).toBeDisabled()
  await userEvent.click(button('Đã xem, làm tiếp'))
  await userEvent.click(button('Lưu ghi chú'))
  expect(send.mock.calls.map((c) => (c[2] as { revision: number }).revision)).toEqual([3, 4])
})

it('keeps a half-written step while another dossier is served, and forgets it when it is given up', async () => {
  const d = dossier({ steps: ['stopped'] })
  const { show } = onDesk(<Steps key="1" d={d} />)
  await userEvent.click(button('Dừng giải quyết'))
  await userEvent.type(screen.getByLabelText('Lý do'), 'Người dân yêu cầu')
  show(<Steps key="2" d={dossier({ row: { ...d.row, id: 'd2' }, steps: ['note'] })} />)
  expect(screen.queryByLabelText('Lý do')).toBeNull()
  show(<Steps key="1b" d={d} />)
  expect(screen.getByLabelText('Lý do')).toHaveValue('Người dân yêu cầu')
  await userEvent.click(button('Không, quay lại'))
  show(<Steps key="1c" d={d} />)
  expect(screen.queryByLabelText('Lý do')).toBeNull()
})

it('asks for a second person where the office wants one, and never keeps their password', async () => {
  send.mockRejectedValueOnce(new Problem(409, 'second_needed', both('Từ chối cần người thứ hai.'), both(''))).mockResolvedValue(dossier())
  onDesk(<Steps d={dossier({ steps: ['refused'] })} />)
  await userEvent.click(button('Từ chối tiếp nhận'))
  await userEvent.type(screen.getByLabelText('Lý do'), 'Không thuộc thẩm quyền')
  await userEvent.click(button('Từ chối hồ sơ'))
  await userEvent.type(await screen.findByLabelText('Tên đăng nhập'), 'tap.truong')
  await userEvent.type(screen.getByLabelText('Mật khẩu'), '0000')
  await userEvent.click(button('Từ chối hồ sơ'))
  expect(send.mock.calls[1]?.[2]).toEqual({ revision: 3, reason: 'Không thuộc thẩm quyền', second: { login: 'tap.truong', password: '0000' } })
})

it('answers a wish of the resident, and declines only with a reason', async () => {
  send.mockResolvedValue(dossier())
  onDesk(<Steps d={dossier({ steps: ['accepted', 'declined'], pending: [{ event: 'e1', type: 'withdrawal_requested', at: 5 }] })} />)
  await userEvent.click(button('Không đồng ý'))
  expect(send).not.toHaveBeenCalled()
  await userEvent.type(screen.getByLabelText(/^Lý do/), 'Đã có quyết định')
  await userEvent.click(button('Không đồng ý'))
  expect(send).toHaveBeenCalledWith('d1', 'declined', { revision: 3, event: 'e1', reason: 'Đã có quyết định' })
})
