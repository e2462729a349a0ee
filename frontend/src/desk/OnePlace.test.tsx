import { render, screen } from '@testing-library/react'
import { expect, it } from 'vitest'
import { LanguageProvider } from '../text/language'
import { OnePlace } from './OutboxPage'

it.each([
  [undefined, /đặt nơi thứ hai/],
  [{ kept: false, why: 'off', unprotected: 3 }, /đặt nơi thứ hai/],
  [{ kept: false, why: 'gone', unprotected: 3 }, /3 lượt nộp chỉ nằm trên máy này\..*Không thấy nơi thứ hai/],
  [{ kept: true, why: 'full', unprotected: 1 }, /đã đầy/],
  [{ kept: true, unprotected: 2 }, /Đang chép sang nơi thứ hai/],
  [{ kept: false, why: 'a word of a newer agent', unprotected: 1 }, /không dùng được/],
] as const)('%o tells the office what to do', (second, words) => {
  render(<LanguageProvider><OnePlace second={second} /></LanguageProvider>)
  const notice = screen.getByRole('status')
  expect(notice).toHaveTextContent('Hồ sơ chưa gửi đang nằm ở 1 nơi')
  expect(notice).toHaveTextContent(words)
})
