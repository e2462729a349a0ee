import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, it } from 'vitest'
import { LanguageProvider } from '../../text/language'
import { examples } from './Keyboard.examples'

const show = (example: () => React.ReactNode) => render(<LanguageProvider>{example()}</LanguageProvider>)
const tap = async (...names: string[]) => {
  for (const name of names) await userEvent.click(screen.getByRole('button', { name }))
}

it('writes a name with keys that carry their marks', async () => {
  show(examples.line)
  await tap('N', 'g', 'u', 'y', 'ê', 'n', 'ngã', 'Dấu cách', 'A', 'n')
  expect(screen.getByRole('textbox')).toHaveValue('Nguyễn An')
  await tap('Xóa một chữ')
  expect(screen.getByRole('textbox')).toHaveValue('Nguyễn A')
})

it('types Telex on its own keys', async () => {
  show(examples.line)
  await tap('Telex', 'D', 'd', 'a', 'w', 'n', 'g', 'j')
  expect(screen.getByRole('textbox')).toHaveValue('Đặng')
})

it('types Telex and VNI from a real keyboard once chosen', async () => {
  show(examples.line)
  await tap('VNI')
  await userEvent.type(screen.getByRole('textbox'), 'D9o6ng2')
  expect(screen.getByRole('textbox')).toHaveValue('Đồng')
})

it('leaves a real keyboard alone otherwise', async () => {
  show(examples.line)
  await userEvent.type(screen.getByRole('textbox'), 'Ross')
  expect(screen.getByRole('textbox')).toHaveValue('Ross')
})

it('corrects in the middle of the text', async () => {
  show(examples.line)
  const field = screen.getByRole<HTMLInputElement>('textbox')
  await userEvent.type(field, 'Ho Van')
  field.setSelectionRange(2, 2)
  await tap('huyền')
  expect(field).toHaveValue('Hò Van')
})
