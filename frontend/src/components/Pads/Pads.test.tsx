import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { LanguageProvider } from '../../text/language'
import { joinDate } from './date'
import { examples } from './Pads.examples'

const show = (example: () => React.ReactNode) => render(<LanguageProvider>{example()}</LanguageProvider>)

it('groups the digits and stops at the length', async () => {
  show(examples.number)
  for (const digit of '0830909990019') await userEvent.click(screen.getByRole('button', { name: digit }))
  expect(screen.getByRole('textbox')).toHaveValue('083 090 999 001')
  await userEvent.click(screen.getByRole('button', { name: 'Xóa một số' }))
  expect(screen.getByRole('textbox')).toHaveValue('083 090 999 00')
})

it('takes digits from a real keyboard and leaves letters out', async () => {
  show(examples.number)
  await userEvent.type(screen.getByRole('textbox'), '08a3')
  expect(screen.getByRole('textbox')).toHaveValue('083')
})

it('asks day, month, year in three steps', async () => {
  show(examples.date)
  await userEvent.click(screen.getByRole('button', { name: '14' }))
  await userEvent.click(screen.getByRole('button', { name: 'Tháng 3' }))
  for (const digit of '1990') await userEvent.click(screen.getByRole('button', { name: digit }))
  expect(screen.getByText('1990-03-14')).toBeVisible()
})

it('refuses a day that does not exist and says so', async () => {
  show(examples.date)
  await userEvent.click(screen.getByRole('button', { name: '31' }))
  await userEvent.click(screen.getByRole('button', { name: 'Tháng 2' }))
  for (const digit of '2024') await userEvent.click(screen.getByRole('button', { name: digit }))
  expect(screen.getByRole('alert')).toHaveTextContent('Không có ngày 31/02/2024')
  expect(screen.getByText('chưa đủ')).toBeVisible()
})

it('keeps a year alone when the rest is not known', async () => {
  show(examples.partial)
  for (const digit of '1958') await userEvent.click(screen.getByRole('button', { name: digit }))
  expect(screen.getByRole('status')).toHaveTextContent(/^1958$/)
  await userEvent.click(screen.getByRole('button', { name: 'Tháng 5' }))
  expect(screen.getByText('1958-05')).toBeVisible()
})

it('joins only real dates', () => {
  expect(joinDate({ day: '29', month: '02', year: '2024' }, false)).toBe('2024-02-29')
  expect(joinDate({ day: '29', month: '02', year: '2023' }, false)).toBe('')
  expect(joinDate({ day: '', month: '02', year: '2023' }, false)).toBe('')
})
