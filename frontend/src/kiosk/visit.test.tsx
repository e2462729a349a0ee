import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useEffect } from 'react'
import { act, render } from '@testing-library/react'
import { beforeEach, expect, it, vi } from 'vitest'
import { desk } from '../api/kiosk'
import { useVisit, VisitProvider, type Visit } from './visit'

const fetched = vi.fn<typeof fetch>()
const marks = () => fetched.mock.calls.map(([path, options]) => `${options?.method} ${String(path)} ${new Headers(options?.headers).get('X-Practice') ?? '-'}`)
let visit: Visit
const held = (now: Visit) => {
  visit = now
}

function Hold({ tell }: { tell: (now: Visit) => void }) {
  const now = useVisit()
  useEffect(() => tell(now))
  return null
}

const show = (queries = new QueryClient()) =>
  render(<QueryClientProvider client={queries}><VisitProvider renew={() => Promise.resolve(false)}><Hold tell={held} /></VisitProvider></QueryClientProvider>)

beforeEach(() => {
  sessionStorage.clear()
  vi.stubGlobal('fetch', fetched.mockReset().mockImplementation((path) => Promise.resolve(String(path) === '/api/visits' ? Response.json({ token: 't' }) : new Response(null, { status: 204 }))))
})

it('every call of a visit that practises says so, from the first to its goodbye; the next one’s do not', async () => {
  show()
  await act(() => visit.begin('vi', true))
  await act(() => desk.heartbeat())
  await act(() => visit.end())
  await act(() => desk.heartbeat())
  await act(() => visit.begin('vi'))
  expect(marks()).toEqual(['POST /api/visits 1', 'POST /api/heartbeat 1', 'DELETE /api/visits/current 1', 'POST /api/heartbeat -', 'POST /api/visits -'])
})

it('a page that comes back after a crash goes on practising', async () => {
  show().unmount()
  const first = show()
  await act(() => visit.begin('km', true))
  first.unmount()
  fetched.mockClear()
  show()
  await act(() => desk.heartbeat())
  expect(visit.active).toBe(true)
  expect(marks()).toEqual(['POST /api/heartbeat 1'])
})

it('a practice that cannot begin leaves the next call the office’s', async () => {
  show()
  fetched.mockImplementationOnce(() => Promise.resolve(new Response('{}', { status: 503 })))
  await act(() => visit.begin('vi', true).catch(() => undefined))
  await act(() => visit.begin('vi'))
  expect(marks()).toEqual(['POST /api/visits 1', 'POST /api/visits -'])
})

it('what the desk said in practice is not known to the next visit, which asks again', async () => {
  const queries = new QueryClient()
  const status = ['public', 'status']
  show(queries)
  await act(() => visit.begin('vi', true))
  expect(visit.practice).toBe(true)
  queries.setQueryData(status, { practice: true })
  queries.setQueryData(['public', 'queue', 'all'], {})
  await act(() => visit.end())
  expect(visit.practice).toBe(false)
  expect(queries.getQueryData(status)).toBeUndefined()
  expect(queries.getQueryData(['public', 'queue', 'all'])).toBeUndefined()
  queries.setQueryData(status, { practice: false })
  await act(() => visit.begin('vi'))
  expect(queries.getQueryState(status)?.isInvalidated).toBe(true)
  await act(() => visit.end())
  expect(queries.getQueryData(status)).toEqual({ practice: false })
})
