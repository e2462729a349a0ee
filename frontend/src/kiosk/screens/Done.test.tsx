import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import { useEffect } from 'react'
import { beforeEach, expect, it, vi } from 'vitest'
import { desk, type Filed, type Status } from '../../api/kiosk'
import { LanguageProvider } from '../../text/language'
import { ComfortProvider } from '../parts/Comfort'
import type { ScreenProps } from '../parts/Screen'
import { useVisit, VisitProvider } from '../visit'
import { ClockDoubt, Done, WhatNext } from './Done'

vi.mock('../parts/Screen', () => ({
  Screen: ({ title, help, children }: ScreenProps) => <main><h1>{title}</h1><p>{help}</p>{children}</main>,
  NextButton: () => null,
}))
vi.mock('../parts/ScanPicture', () => ({ ScanPicture: () => null }))

it('names the day an officer answers by', () => {
  render(<LanguageProvider><WhatNext filed={{ answer_by_ms: Date.UTC(2026, 10, 23, 9) }} /></LanguageProvider>)
  expect(screen.getByText(/Cán bộ trả lời trước/)).toBeInTheDocument()
})

it('names no day while the clock is in doubt, and says why', () => {
  render(<LanguageProvider><ClockDoubt /><WhatNext filed={{}} /></LanguageProvider>)
  expect(screen.getByText(/Đồng hồ máy có thể sai/)).toBeInTheDocument()
  expect(screen.queryByText(/Cán bộ trả lời trước/)).toBeNull()
})

const filed = { slip: '12345678901231', slip_pdf: '', acks: [] } as unknown as Filed
function Filing() {
  const { setFiled, filed: now } = useVisit()
  useEffect(() => setFiled(filed), [setFiled])
  return now ? <Done /> : null
}
beforeEach(() => sessionStorage.clear())

it.each([
  ['a visit that practises, whatever the desk last said', true, { practice: false, enrolled: true }, true],
  ['a machine that is not enrolled', false, { practice: true, enrolled: false }, true],
  ['a real visit', false, { practice: false, enrolled: true }, false],
])('says that it goes nowhere: %s', async (_, practice, status, said) => {
  sessionStorage.setItem('bendo.visit', JSON.stringify({ token: 't', language: 'vi', stamp: 's', practice }))
  const asked = vi.spyOn(desk, 'status').mockResolvedValue({ office: {}, ...status } as unknown as Status)
  vi.spyOn(desk, 'slipNow').mockReturnValue(new Promise(() => undefined))
  render(
    <QueryClientProvider client={new QueryClient()}>
      <LanguageProvider><ComfortProvider><VisitProvider><Filing /></VisitProvider></ComfortProvider></LanguageProvider>
    </QueryClientProvider>,
  )
  await vi.waitFor(() => expect(asked).toHaveBeenCalled())
  expect(await screen.findByRole('heading', { level: 1, name: said ? 'Đã nộp xong (tập thử)' : 'Đã nộp xong' })).toBeVisible()
  expect(screen.queryByText(/không gửi đi đâu/) !== null).toBe(said)
})
