import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Router } from 'wouter'
import { client, desk, type Status } from '../../api/kiosk'
import { LanguageProvider } from '../../text/language'
import * as senses from '../senses'
import { foreign, setTrail, turnAway, useTrail } from '../trail'
import { useVisit, VisitProvider } from '../visit'
import { ComfortProvider } from './Comfort'
import { IdleWatch, mostExtensions, warningSeconds } from './IdleWatch'

const idle = 60
const status = { office: { commune: '', name: '', province: '' }, idle_seconds: idle, enrolled: true } as unknown as Status
const renew = vi.fn<() => Promise<boolean>>()
const chime = vi.spyOn(senses, 'chime')
let queries: QueryClient

function Secret() {
  const { active, begin, keepDraft } = useVisit()
  return (
    <>
      <button type="button" onClick={() => void begin('vi').then(() => keepDraft('d1'))}>begin</button>
      <p>{active ? 'Nguyễn Thị Kín' : 'nobody'}</p>
    </>
  )
}

const seconds = (n: number) => act(() => vi.advanceTimersByTimeAsync(n * 1000))

beforeEach(async () => {
  vi.useFakeTimers()
  sessionStorage.clear()
  window.location.hash = ''
  vi.spyOn(desk, 'status').mockResolvedValue(status)
  vi.spyOn(desk, 'beginVisit').mockResolvedValue({ token: 't1' })
  vi.spyOn(desk, 'endVisit').mockReset().mockResolvedValue(undefined)
  chime.mockReset().mockReturnValue(undefined)
  renew.mockReset().mockResolvedValue(false)
  queries = new QueryClient()
  queries.setQueryData(['public', 'status'], status)
  render(
    <QueryClientProvider client={queries}>
      <LanguageProvider initial="vi">
        <ComfortProvider><VisitProvider renew={renew}><Router hook={useTrail}><IdleWatch><Secret /></IdleWatch></Router></VisitProvider></ComfortProvider>
      </LanguageProvider>
    </QueryClientProvider>,
  )
  fireEvent.click(screen.getByRole('button', { name: 'begin' }))
  await seconds(0)
})
afterEach(() => vi.useRealTimers())

it('warns by sight and sound, twice', async () => {
  await seconds(idle - 1)
  expect(screen.queryByRole('dialog')).toBeNull()
  await seconds(2)
  expect(screen.getByRole('dialog')).toHaveTextContent('Bà con còn ở đó không?')
  expect(chime.mock.calls).toEqual([[2]])
  await seconds(warningSeconds - 10)
  expect(chime.mock.calls).toEqual([[2], [1]])
})

it('may be extended ten times running; then it is wiped', async () => {
  for (let i = 0; i < mostExtensions; i++) {
    await seconds(idle + 1)
    fireEvent.pointerDown(window) // a touch beside the buttons answers nothing
    fireEvent.click(screen.getByRole('button', { name: 'Tôi còn ở đây' }))
    await seconds(1)
    expect(screen.queryByRole('dialog')).toBeNull()
  }
  await seconds(idle + 1)
  expect(screen.queryByRole('button', { name: 'Tôi còn ở đây' })).toBeNull()
  expect(screen.getByRole('dialog')).toHaveTextContent('không gia hạn thêm được')
  await seconds(warningSeconds + 1)
  expect(screen.getByRole('heading')).toHaveTextContent('Màn hình đã được xóa sạch')
  expect(document.body.textContent).not.toContain('Nguyễn Thị Kín')
  expect(desk.endVisit).toHaveBeenCalledTimes(1)
})

it('counts anew when anything else was done', async () => {
  for (let i = 0; i < mostExtensions + 2; i++) {
    await seconds(idle + 1)
    fireEvent.click(screen.getByRole('button', { name: 'Tôi còn ở đây' }))
    await seconds(1)
    if (i === 5) fireEvent.pointerDown(window)
  }
  expect(desk.endVisit).not.toHaveBeenCalled()
})

it('shows nothing and begins nothing until the page is new', async () => {
  let done: (renewed: boolean) => void = () => undefined
  renew.mockReturnValue(new Promise((r) => { done = r }))
  queries.setQueryData(['draft', 'd1'], { name: 'Nguyễn Thị Kín' })
  const sent = queries.getMutationCache().build(queries, { mutationFn: () => Promise.resolve('Nguyễn Thị Kín') })
  await sent.execute(undefined)
  await seconds(idle + 1)
  fireEvent.click(screen.getByRole('button', { name: 'Tôi xong rồi' }))
  await seconds(1)
  expect(screen.queryByRole('button')).toBeNull()
  expect(queries.getQueryCache().getAll().map((q) => q.queryKey[0])).toEqual(['public'])
  expect(queries.getMutationCache().getAll()).toEqual([])
  expect(sessionStorage.length).toBe(0)
  done(false)
  await seconds(1)
  expect(screen.getByText('nobody')).toBeVisible()
})

it('a page made new after blanking is still blank', async () => {
  await seconds(idle + warningSeconds + 1)
  expect(sessionStorage.length).toBe(1) // that it was blanked, nothing else
  fireEvent.click(screen.getByRole('button', { name: 'Bắt đầu lại' }))
  expect(sessionStorage.length).toBe(0)
})

it('forgets when the desk has forgotten, and says goodbye to nobody', async () => {
  await act(async () => client.onLost?.('no_visit'))
  await seconds(1)
  expect(screen.getByText('nobody')).toBeVisible()
  expect(renew).toHaveBeenCalledTimes(1)
  expect(desk.endVisit).not.toHaveBeenCalled()
  await act(async () => client.onLost?.('no_visit'))
  expect(renew).toHaveBeenCalledTimes(1)
})

it('another visit’s steps lead to the start', () => {
  setTrail('one')
  window.history.pushState({ visit: 'one' }, '', '#/d/ID/who')
  expect(foreign()).toBe(false)
  setTrail('two')
  expect(foreign()).toBe(true)
  turnAway()
  expect(window.location.hash).toBe('#/')
  setTrail(undefined)
  window.history.pushState({ visit: 'two' }, '', '#/procedure/1.000656')
  expect(foreign()).toBe(true)
  window.history.pushState(null, '', '#/home') // the program's own
  expect(foreign()).toBe(false)
})
