// A dossier and the frame of the desk, for tests.
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { Router } from 'wouter'
import { memoryLocation } from 'wouter/memory-location'
import type { Dossier, Paper, Row } from '../api/counter'
import { LanguageProvider } from '../text/language'
import { KeptProvider } from './kept'

const both = (vi: string) => ({ vi, en: vi })

export const paper = (id: string, over: Partial<Paper> = {}): Paper => ({ id, name: both(`Giấy ${id}`), state: 'provided', originals: 0, copies: 0, scans: [{ sha256: id.repeat(64).slice(0, 64), mime: 'image/jpeg', length: 1000, here: true }], ...over })

export const row = (over: Partial<Row> = {}): Row => ({
  id: 'd1', slip: '66001-4827-19302', procedure: { code: '1.001193', name: both('Đăng ký khai sinh') }, applicant: 'NGUYỄN VĂN MẪU', status: both('Mới đăng ký'), business: 'registered', code: 1,
  filed_at: Date.UTC(2026, 10, 23, 2), late: false, holder: 'here', requests: 0, ...over,
})

export const dossier = (over: Partial<Dossier> = {}): Dossier => ({
  revision: 3, row: row(), filing: { procedure: { code: '1.001193', name: both('Đăng ký khai sinh') }, filed_at: Date.UTC(2026, 10, 23, 2) }, people: { applicant: { full_name: 'NGUYỄN VĂN MẪU' } }, answers: [],
  components: [paper('a'), paper('b', { state: 'missing', scans: [] })], verdict: [], journal: [{ at: 1, text: both('Đã nộp tại xã') }], pending: [], steps: [], custody: { holder: 'here', text: both('Xã đang giữ') }, ...over,
})

/** onDesk shows a piece of the desk; the address lives in memory and can be read. */
export function onDesk(node: ReactNode, path = '/') {
  const address = memoryLocation({ path, record: true })
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  const frame = (inner: ReactNode) => (
    <QueryClientProvider client={queries}><LanguageProvider><KeptProvider><Router hook={address.hook}>{inner}</Router></KeptProvider></LanguageProvider></QueryClientProvider>
  )
  const shown = render(frame(node))
  return { ...shown, queries, history: address.history, show: (inner: ReactNode) => shown.rerender(frame(inner)) }
}
