import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { beforeEach, expect, it, vi } from 'vitest'
import { Router } from 'wouter'
import { desk, type Procedure } from '../../api/kiosk'
import type { Form } from '../../form/model'
import { LanguageProvider } from '../../text/language'
import { ComfortProvider } from '../parts/Comfort'
import { useTrail } from '../trail'
import { VisitProvider } from '../visit'
import { Elsewhere } from './Elsewhere'

const begin = vi.spyOn(desk, 'beginDraft')
const elsewhere = [
  { id: 'foreign', code: '2.000806', name: { vi: 'Kết hôn có yếu tố nước ngoài' }, why: { vi: 'Tờ khai khác.' }, office: { vi: 'Hỏi cán bộ Một cửa' }, bring: [{ vi: 'Hộ chiếu của cả hai' }] },
  { id: 'again', procedure: '1.004746', name: { vi: 'Đăng ký lại kết hôn' }, why: { vi: 'Thủ tục khác.' } },
]

function show(which: string) {
  const queries = new QueryClient()
  queries.setQueryDefaults(['public'], { staleTime: Infinity })
  queries.setQueryData(['public', 'procedure', '1.000894', undefined], { code: '1.000894', short: { vi: 'Kết hôn' } } as unknown as Procedure)
  queries.setQueryData(['public', 'procedure', '1.004746', undefined], {
    code: '1.004746', receiver: { vi: 'Bộ phận Một cửa' }, components: [{ id: 'p1', name: { vi: 'Bản sao giấy cũ' }, kind: 'nop', always: true, originals: 1, copies: 0 }],
  } as unknown as Procedure)
  queries.setQueryData(['public', 'form', '1.000894', undefined], { cases: [], elsewhere } as unknown as Form)
  queries.setQueryData(['public', 'status'], { office: {} })
  render(
    <QueryClientProvider client={queries}>
      <LanguageProvider initial="vi"><ComfortProvider><VisitProvider renew={() => Promise.resolve(false)}><Router hook={useTrail}><Elsewhere code="1.000894" which={which} /></Router></VisitProvider></ComfortProvider></LanguageProvider>
    </QueryClientProvider>,
  )
}

beforeEach(() => {
  window.location.hash = '#/procedure/1.000894/elsewhere/foreign'
  begin.mockReset()
  vi.stubGlobal('fetch', vi.fn<typeof fetch>().mockReturnValue(new Promise(() => undefined)))
})

it('what the pack does not hold is said, and ends at a human', async () => {
  show('foreign')
  expect(screen.getByRole('heading', { level: 1, name: /Kết hôn có yếu tố nước ngoài/ })).toBeTruthy()
  for (const text of [/2\.000806/, /Hỏi cán bộ Một cửa/, /Hộ chiếu của cả hai/, /chưa nộp gì/]) expect(screen.getByText(text)).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Gọi cán bộ tới' }))
  expect(screen.getByText(/Đã rung chuông/)).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Về trang đầu' }))
  await vi.waitFor(() => expect(window.location.hash).toBe('#/home'))
  expect(begin).not.toHaveBeenCalled()
})

it('what the pack holds is shown with its papers and leads there', async () => {
  show('again')
  expect(screen.getByText('Bản sao giấy cũ')).toBeTruthy()
  expect(screen.getByText('Bộ phận Một cửa')).toBeTruthy()
  await userEvent.click(screen.getByRole('button', { name: 'Xem thủ tục đó' }))
  await vi.waitFor(() => expect(window.location.hash).toBe('#/procedure/1.004746'))
})
