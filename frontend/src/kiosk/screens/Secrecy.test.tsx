import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { Router } from 'wouter'
import { desk, type Procedure } from '../../api/kiosk'
import type { Form } from '../../form/model'
import { LanguageProvider } from '../../text/language'
import { ComfortProvider } from '../parts/Comfort'
import * as senses from '../senses'
import { useTrail } from '../trail'
import { VisitProvider } from '../visit'
import { Secrecy } from './Secrecy'

const begin = vi.spyOn(desk, 'beginDraft')
const chime = vi.spyOn(senses, 'chime')
const calls = vi.fn<typeof fetch>()

function show(assisted?: 'health') {
  const queries = new QueryClient()
  queries.setQueryDefaults(['public'], { staleTime: Infinity })
  queries.setQueryData(['public', 'procedure', '1.000656', undefined], { code: '1.000656', short: { vi: 'Khai tử', en: 'Death' }, assisted } as unknown as Procedure)
  queries.setQueryData(['public', 'form', '1.000656', undefined], { cases: [{ id: 'a' }] } as unknown as Form)
  queries.setQueryData(['public', 'status'], { office: {} })
  render(
    <QueryClientProvider client={queries}>
      <LanguageProvider initial="vi"><ComfortProvider><VisitProvider renew={() => Promise.resolve(false)}><Router hook={useTrail}><Secrecy code="1.000656" /></Router></VisitProvider></ComfortProvider></LanguageProvider>
    </QueryClientProvider>,
  )
}

beforeEach(() => {
  window.location.hash = '#/procedure/1.000656/secret'
  begin.mockReset().mockResolvedValue({ id: 'd1' })
  chime.mockReset().mockReturnValue(undefined)
  vi.stubGlobal('fetch', calls.mockReset().mockReturnValue(new Promise(() => undefined)))
})

it('everyday papers begin a draft that says so', async () => {
  show()
  await userEvent.click(screen.getByRole('button', { name: /^Không có/ }))
  await waitFor(() => expect(window.location.hash).toBe('#/d/d1/who'))
  expect(begin).toHaveBeenCalledWith({ procedure: '1.000656', case: 'a', language: 'vi', secret: false })
})

it('a form that begins with an officer still does', async () => {
  show('health')
  await userEvent.click(screen.getByRole('button', { name: /^Không có/ }))
  await vi.waitFor(() => expect(window.location.hash).toBe('#/procedure/1.000656/with'))
  expect(begin).not.toHaveBeenCalled()
})

it.each([
  [/^Có dấu mật/, 'Việc mật không làm ở máy này'],
  [/^Tôi không rõ/, 'Xin hỏi cán bộ trước khi làm'],
])('%s ends at a human and asks the desk for nothing', async (answer, title) => {
  show()
  await userEvent.click(screen.getByRole('button', { name: answer }))
  expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent(title)
  expect(screen.getByText('Máy không lưu gì về việc này.')).toBeVisible()
  await userEvent.click(screen.getByRole('button', { name: 'Gọi cán bộ tới' }))
  expect(chime).toHaveBeenCalledWith(3)
  expect(begin).not.toHaveBeenCalled()
  const sent = calls.mock.calls.filter(([, options]) => options?.method !== 'GET')
  expect(sent).toEqual([])
  await userEvent.click(screen.getByRole('button', { name: 'Xong, xóa màn hình' }))
  expect(window.location.hash).toBe('#/')
})
