import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { Router } from 'wouter'
import { desk, type Procedure } from '../../api/kiosk'
import type { Form } from '../../form/model'
import { LanguageProvider } from '../../text/language'
import { ComfortProvider } from '../parts/Comfort'
import { useTrail } from '../trail'
import { VisitProvider } from '../visit'
import { ChooseCase } from './ChooseCase'

const begin = vi.spyOn(desk, 'beginDraft')

beforeEach(() => {
  window.location.hash = '#/procedure/1.000894/case'
  begin.mockReset().mockResolvedValue({ id: 'd1' })
  vi.stubGlobal('fetch', vi.fn<typeof fetch>().mockReturnValue(new Promise(() => undefined)))
  const queries = new QueryClient()
  queries.setQueryDefaults(['public'], { staleTime: Infinity })
  queries.setQueryData(['public', 'procedure', '1.000894', undefined], { code: '1.000894', short: { vi: 'Kết hôn', en: 'Marriage' } } as unknown as Procedure)
  queries.setQueryData(['public', 'form', '1.000894', undefined], {
    cases: [
      { id: 'first', name: { vi: 'Cả hai cưới lần đầu' }, choose: { vi: 'Hai bên chưa từng đăng ký kết hôn.' } },
      { id: 'mobile', name: { vi: 'Đăng ký kết hôn lưu động' }, choose: { vi: 'Hai bên ốm bệnh không đi được.' }, procedure: '1.000593' },
    ],
  } as unknown as Form)
  queries.setQueryData(['public', 'status'], { office: {} })
  render(
    <QueryClientProvider client={queries}>
      <LanguageProvider initial="vi"><ComfortProvider><VisitProvider renew={() => Promise.resolve(false)}><Router hook={useTrail}><ChooseCase code="1.000894" /></Router></VisitProvider></ComfortProvider></LanguageProvider>
    </QueryClientProvider>,
  )
})

it('a case begins a draft', async () => {
  await userEvent.click(screen.getByRole('radio', { name: /^Cả hai cưới lần đầu/ }))
  await userEvent.click(screen.getByRole('button', { name: 'Tiếp tục' }))
  await waitFor(() => expect(window.location.hash).toBe('#/d/d1/who'))
  expect(begin.mock.calls[0]?.[0]).toMatchObject({ procedure: '1.000894', case: 'first' })
})

it('a case of another procedure leads there and begins nothing', async () => {
  await userEvent.click(screen.getByRole('radio', { name: /^Đăng ký kết hôn lưu động/ }))
  await userEvent.click(screen.getByRole('button', { name: 'Tiếp tục' }))
  await vi.waitFor(() => expect(window.location.hash).toBe('#/procedure/1.000593'))
  expect(begin).not.toHaveBeenCalled()
})
