import { act, fireEvent, screen } from '@testing-library/react'
import { useQuery } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Problem } from '../../api/client'
import { counter, counterClient, type Session } from '../../api/counter'
import { onDesk } from '../testing'
import { Locked } from './Locked'
import { SessionProvider, useShift } from './session'
import { SignIn } from './SignIn'
import { useIdleLock } from './useIdleLock'

const who = { id: 'p1', name: 'Nguyễn Thị Tập Sự', roles: ['clerk'], acts: ['read'] }
const signedIn: Session = { state: 'in', who, locks_after_s: 300 }
const both = (text: string) => ({ vi: text, en: text })

beforeEach(() => {
  vi.useFakeTimers({ shouldAdvanceTime: true })
  vi.spyOn(counter, 'session').mockResolvedValue(signedIn)
  vi.spyOn(counter, 'lock').mockImplementation(async () => {
    vi.mocked(counter.session).mockResolvedValue({ ...signedIn, state: 'locked' })
    return undefined
  })
})
afterEach(() => vi.useRealTimers())

function Work() {
  const { session, lock } = useShift()
  useIdleLock(session?.state === 'in' ? session.locks_after_s : 0, lock)
  const name = useQuery({ queryKey: ['counter', 'dossier', 'd1'], queryFn: async () => 'NGUYỄN VĂN MẪU', enabled: session?.state === 'in' })
  if (session?.state !== 'in') return <p>{session?.state}</p>
  return <p>{name.data}</p>
}

const shown = () => onDesk(<SessionProvider><Work /></SessionProvider>)

it('is absent where the machine knows nothing of staff', async () => {
  vi.mocked(counter.session).mockRejectedValue(new Problem(404, 'not_here', both(''), both('')))
  shown()
  expect(await screen.findByText('absent')).toBeVisible()
})

it('locks a screen nobody touches, and forgets what was read', async () => {
  const { queries } = shown()
  expect(await screen.findByText('NGUYỄN VĂN MẪU')).toBeVisible()
  await act(() => vi.advanceTimersByTimeAsync(200_000))
  fireEvent.keyDown(window, { key: 'a' })
  await act(() => vi.advanceTimersByTimeAsync(200_000))
  expect(counter.lock).not.toHaveBeenCalled() // touched in between
  await act(() => vi.advanceTimersByTimeAsync(101_000))
  expect(counter.lock).toHaveBeenCalledTimes(1)
  expect(await screen.findByText('locked')).toBeVisible()
  expect(queries.getQueryCache().findAll({ queryKey: ['counter'] }).filter((q) => q.state.data !== undefined)).toEqual([])
})

it('is not opened again by an answer from before the lock', async () => {
  let answer: (session: Session) => void = () => undefined
  const { queries } = shown()
  await screen.findByText('NGUYỄN VĂN MẪU')
  vi.mocked(counter.session).mockImplementationOnce(() => new Promise((done) => { answer = done }))
  void queries.invalidateQueries({ queryKey: ['session'] }) // asked while the session was open
  await act(() => vi.advanceTimersByTimeAsync(301_000))
  await act(async () => answer(signedIn))
  expect(screen.getByText('locked')).toBeVisible()
})

it('goes when the server has locked or ended the session', async () => {
  shown()
  await screen.findByText('NGUYỄN VĂN MẪU')
  vi.mocked(counter.session).mockResolvedValue({ state: 'none', locks_after_s: 300 })
  await act(async () => counterClient.onLost?.('sign_in'))
  expect(await screen.findByText('none')).toBeVisible()
  expect(document.body.textContent).not.toContain('MẪU')
})

it('counts down where there were too many wrong tries, and takes none meanwhile', async () => {
  const enter = vi.spyOn(counter, 'unlock').mockRejectedValue(new Problem(429, 'wait', both('Đã ghi sai nhiều lần.'), both(''), 40))
  onDesk(<SessionProvider><Locked session={{ ...signedIn, state: 'locked' }} /></SessionProvider>)
  const pin = screen.getByLabelText('Mã PIN')
  fireEvent.change(pin, { target: { value: '9999' } })
  fireEvent.click(screen.getByRole('button', { name: 'Mở khóa' }))
  expect(await screen.findByText('0:40')).toBeVisible()
  expect(pin).toHaveValue('')
  fireEvent.change(pin, { target: { value: '2468' } })
  expect(screen.getByRole('button', { name: 'Mở khóa' })).toBeDisabled()
  await act(() => vi.advanceTimersByTimeAsync(41_000))
  expect(screen.getByRole('button', { name: 'Mở khóa' })).toBeEnabled()
  expect(enter).toHaveBeenCalledTimes(1)
})

it('begins a shift only with a PIN that was written twice the same', async () => {
  const enter = vi.spyOn(counter, 'signIn').mockResolvedValue(signedIn)
  onDesk(<SessionProvider><SignIn session={{ state: 'none', locks_after_s: 300 }} /></SessionProvider>)
  const fill = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })
  fill('Tên đăng nhập', ' tap.su ')
  fill('Mật khẩu', 'bí mật')
  fill('Chọn mã PIN', '2468')
  fill('Ghi lại mã PIN', '2467')
  fireEvent.click(screen.getByRole('button', { name: 'Vào ca' }))
  expect(screen.getAllByText('Hai lần ghi mã PIN không giống nhau.').length).toBeGreaterThan(0)
  expect(enter).not.toHaveBeenCalled()
  fill('Ghi lại mã PIN', '2468')
  fireEvent.click(screen.getByRole('button', { name: 'Vào ca' }))
  await act(() => vi.advanceTimersByTimeAsync(10))
  expect(enter).toHaveBeenCalledWith({ login: 'tap.su', password: 'bí mật', pin: '2468' })
})
