import { render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { LanguageProvider } from '../../text/language'
import { ClockDoubt, WhatNext } from './Done'

it('names the day an officer answers by', () => {
  render(<LanguageProvider><WhatNext filed={{ answer_by_ms: Date.UTC(2026, 10, 23, 9) }} /></LanguageProvider>)
  expect(screen.getByText(/Cán bộ trả lời trước/)).toBeInTheDocument()
})

it('names no day while the clock is in doubt, and says why', () => {
  render(<LanguageProvider><ClockDoubt /><WhatNext filed={{}} /></LanguageProvider>)
  expect(screen.getByText(/Đồng hồ máy có thể sai/)).toBeInTheDocument()
  expect(screen.queryByText(/Cán bộ trả lời trước/)).toBeNull()
})
