import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { languages } from '../../api/languages'
import { desk, type Status } from '../../api/kiosk'
import { LanguageProvider } from '../../text/language'
import { ComfortProvider } from '../parts/Comfort'
import { VisitProvider } from '../visit'
import { practiceMS, Welcome } from './Welcome'

vi.mock('../voice/Listen', async (original) => ({ ...(await original<object>()), Listen: () => null }))
const fetched = vi.fn<typeof fetch>()
const begun = () => fetched.mock.calls.filter(([path]) => String(path) === '/api/visits').map(([, options]) => new Headers(options?.headers).get('X-Practice') ?? '-')

async function show() {
  const shown = render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <LanguageProvider><ComfortProvider><VisitProvider renew={() => Promise.resolve(false)}><Welcome /></VisitProvider></ComfortProvider></LanguageProvider>
    </QueryClientProvider>,
  )
  await screen.findByRole('button', { name: 'Tập làm thử' })
  return shown
}
const touch = (name: string | RegExp) => {
  const button = screen.getByRole('button', { name })
  fireEvent.pointerDown(button)
  fireEvent.click(button)
}

beforeEach(() => {
  sessionStorage.clear()
  vi.spyOn(languages, 'list').mockReturnValue(new Promise(() => undefined))
  vi.spyOn(desk, 'status').mockResolvedValue({ office: { commune: '', name: '', province: '' }, enrolled: true, practice: false, practice_offered: true } as unknown as Status)
  vi.stubGlobal('fetch', fetched.mockReset().mockImplementation((path) => Promise.resolve(String(path) === '/api/visits' ? Response.json({ token: 't' }) : new Response(null, { status: 204 }))))
})
afterEach(() => void vi.useRealTimers())

it('forgets the wish to practise when nobody touches the screen, and only then', async () => {
  await show()
  vi.useFakeTimers()
  touch('Tập làm thử')
  act(() => void vi.advanceTimersByTime(practiceMS - 1))
  fireEvent.pointerDown(document.body)
  act(() => void vi.advanceTimersByTime(practiceMS - 1))
  expect(screen.getByRole('button', { name: 'Thôi tập thử' })).toHaveAttribute('aria-pressed', 'true')
  act(() => void vi.advanceTimersByTime(1))
  expect(screen.getByRole('button', { name: 'Tập làm thử' })).toHaveAttribute('aria-pressed', 'false')
  vi.useRealTimers()
  touch(/^Tiếng Việt/)
  await waitFor(() => expect(begun()).toEqual(['-']))
})

it('takes its question away too, and leaves no timer behind', async () => {
  const shown = await show()
  touch('Tập làm thử')
  touch(/^English/)
  await screen.findByRole('dialog', { name: 'Practice: nothing is filed' })
  vi.useFakeTimers()
  fireEvent.pointerDown(document.body)
  act(() => void vi.advanceTimersByTime(practiceMS))
  expect(screen.queryByRole('dialog')).toBeNull()
  expect(screen.getByRole('button', { name: 'Tập làm thử' })).toBeVisible()
  const set = vi.spyOn(window, 'setTimeout')
  const cleared = vi.spyOn(window, 'clearTimeout')
  touch('Tập làm thử')
  const timer = set.mock.results[set.mock.calls.findLastIndex(([, ms]) => ms === practiceMS)]?.value
  shown.unmount()
  expect(timer).toBeDefined()
  expect(cleared).toHaveBeenCalledWith(timer)
  expect(begun()).toEqual([])
})

it.each([
  ['Tập thử', '1'],
  ['Làm thật', '-'],
])('asks whoever touches a language in practice; "%s" begins what it says', async (name, mark) => {
  await show()
  touch('Tập làm thử')
  touch(/^Tiếng Việt/)
  await screen.findByRole('dialog', { name: 'Tập thử: không nộp thật' })
  expect(begun()).toEqual([])
  touch(name)
  await waitFor(() => expect(begun()).toEqual([mark]))
})
