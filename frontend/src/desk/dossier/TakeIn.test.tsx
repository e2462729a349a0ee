import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { counter, type Due } from '../../api/counter'
import { dossier, onDesk, paper } from '../testing'
import { TakeInPage } from './TakeInPage'

const due: Due = { due: Date.UTC(2026, 10, 26, 10), text: '17 giờ, thứ Năm 26/11/2026', reasons: [{ code: 'holiday', vi: '24/11 là ngày nghỉ lễ.', en: '24/11 is a holiday.' }], calendar: '2026.2', clock: 'trusted' }
const d = dossier({ steps: ['taken_in', 'supplement_requested'], components: [paper('a'), paper('b'), paper('c', { state: 'missing', scans: [] })] })
const send = vi.spyOn(counter, 'step')
const ask = vi.spyOn(counter, 'due')
const keys = (text: string) => userEvent.keyboard(text)

beforeEach(() => {
  send.mockReset().mockResolvedValue(dossier({ revision: 4 }))
  ask.mockReset().mockResolvedValue(due)
  vi.spyOn(counter, 'dossier').mockResolvedValue(d)
})

async function open() {
  const shown = onDesk(<TakeInPage id="d1" />)
  await screen.findByText('Còn 3 giấy chưa đối chiếu')
  return shown
}

it('shows the date and its reasons before there is a button, and takes in by two letters', async () => {
  const { history } = await open()
  expect(await screen.findByText('24/11 là ngày nghỉ lễ.')).toBeVisible()
  await keys('y') // a
  expect(screen.getByRole('img', { name: 'Ảnh 1: Giấy b' })).toBeVisible()
  await keys('1n1y') // back to a, twice another mind; on to b
  await keys('y') // b
  await keys('n') // c is still not there
  expect(screen.queryByRole('button', { name: /iếp nhận/ })).toBeNull() // and what is missing cannot be taken in
  screen.getByRole('button', { name: /^3Giấy c|^Giấy c/ }).focus()
  await keys('k') // this case does not need it
  expect(screen.getByText('Đã đối chiếu đủ')).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: /^Tiếp nhận, hẹn trả/ }))
  await waitFor(() => expect(history.at(-1)).toBe('/d/d1'))
  const yes = { originals: 0, copies: 1, compared: true }
  expect(send).toHaveBeenCalledWith('d1', 'taken_in', { revision: 3, compared: { a: yes, b: yes, c: { originals: 0, copies: 0, compared: false, state: 'not_applicable' } } })
})

it('does not take in what nobody looked at', async () => {
  await open()
  await keys('y')
  await userEvent.click(await screen.findByRole('button', { name: /^Tiếp nhận, hẹn trả/ }))
  expect(send).not.toHaveBeenCalled()
  expect(screen.getByText('Chưa đối chiếu: Giấy b')).toBeVisible()
})

it('asks about a doubtful clock first, and stops where it is wrong', async () => {
  ask.mockResolvedValue({ ...due, clock: 'jumped', clock_doubt: true, now: Date.UTC(2026, 10, 23, 1, 5) })
  await open()
  expect(await screen.findByText(/Máy đang chỉ 23\/11\/2026 08:05/)).toBeVisible()
  expect(screen.queryByText('24/11 là ngày nghỉ lễ.')).toBeNull()
  await userEvent.click(screen.getByRole('button', { name: 'Không đúng' }))
  expect(screen.getByText(/Chỉnh lại ngày giờ/)).toBeVisible()
  expect(screen.getByRole('button', { name: /Tiếp nhận/ })).toBeDisabled()
  await userEvent.click(screen.getByRole('button', { name: 'Đúng giờ này' }))
  screen.getByRole('button', { name: /Giấy a$/, current: true }).focus()
  await keys('yyy')
  await userEvent.click(screen.getByRole('button', { name: /^Tiếp nhận, hẹn trả/ }))
  expect(send.mock.calls[0]?.[2]).toMatchObject({ confirm_clock: true })
})

it('carries the papers that are not right into one supplement request', async () => {
  const { history } = await open()
  await keys('nyn')
  await userEvent.click(screen.getByRole('button', { name: 'Lập phiếu yêu cầu bổ sung' }))
  expect(history.at(-1)).toBe('/d/d1')
  expect(send).not.toHaveBeenCalled()
})
