import { render } from '@testing-library/react'
import { expect, it } from 'vitest'
import { LanguageProvider } from '../../text/language'
import { DueBar } from './DueBar'
import { dueOf } from './dueOf'

// 23/11/2026 10:00 at the office (UTC+7)
const now = Date.UTC(2026, 10, 23, 3)
const at = (day: number, hour: number) => Date.UTC(2026, 10, day, hour - 7)

it.each([
  ['in a week', at(30, 17), 'còn 7 ngày'],
  ['the day after tomorrow', at(25, 9), 'còn 2 ngày'],
  ['tomorrow, less than a day away', at(24, 8), 'ngày mai'],
  ['this afternoon', at(23, 17), 'hôm nay, 17:00'],
  ['an hour ago', at(23, 9), 'quá hạn hôm nay'],
  ['yesterday evening, less than a day ago', at(22, 17), 'quá hạn 1 ngày'],
  ['last week', at(16, 17), 'quá hạn 7 ngày'],
] as const)('%s', (_, due, words) => {
  const { container } = render(<LanguageProvider><DueBar due={due} now={now} from={at(10, 8)} /></LanguageProvider>)
  expect(container.querySelector('strong')).toHaveTextContent(words)
})

it('counts days by the office’s midnight, not by hours', () => {
  expect(dueOf(at(24, 0), at(23, 23)).days).toBe(1)
  expect(dueOf(at(23, 23), at(23, 0)).days).toBe(0)
})

it('is never more than used up, and says nothing of days while the clock stands still', () => {
  expect(dueOf(at(16, 17), now, at(10, 8)).used).toBe(1)
  const { container } = render(<LanguageProvider><DueBar due={at(16, 17)} now={now} paused /></LanguageProvider>)
  expect(container.querySelector('strong')).toHaveTextContent('tạm dừng, chờ bổ sung')
})
