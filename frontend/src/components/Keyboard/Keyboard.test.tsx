import { fireEvent, render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { expect, it } from 'vitest'
import { LanguageProvider } from '../../text/language'
import { examples } from './Keyboard.examples'
import { TextEntry } from './TextEntry'

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

it('offers names of places above the keys and writes none without a tap', async () => {
  show(examples.place)
  const field = screen.getByRole<HTMLInputElement>('textbox')
  await userEvent.type(field, 'UBND xa giao l')
  expect(field).toHaveValue('UBND xa giao l')
  const offered = within(screen.getByRole('group', { name: 'Gợi ý tên xã, tỉnh' }))
  expect(offered.getByRole('status')).toHaveTextContent('Có 1 gợi ý')
  await userEvent.click(offered.getByRole('button', { name: /Xã Giao Long/ }))
  expect(field).toHaveValue('UBND Xã Giao Long, Vĩnh Long')
  expect(offered.queryAllByRole('button')).toHaveLength(0)
  // in the middle of what is written, too, and with the keys of the screen
  field.setSelectionRange(0, 0)
  fireEvent.select(field)
  await tap('b', 'e', 'n', 'Dấu cách', 't', 'r')
  expect(offered.getAllByRole('button').map((b) => b.textContent)).toEqual(['Phường Bến Tre, Vĩnh Long', 'Bến Tretên trước 01/07/2025', 'Tỉnh Vĩnh Longnay; trước là Bến Tre'])
})

it('leaves the system’s input method alone while it composes', () => {
  let done = 0
  let value = ''
  const Composed = () => {
    const [text, setText] = useState('')
    const change = (next: string) => {
      value = next
      setText(next)
    }
    return <TextEntry label="Họ tên" value={text} onChange={change} onDone={() => done++} />
  }
  show(() => <Composed />)
  fireEvent.click(screen.getByRole('button', { name: 'Telex' }))
  const field = screen.getByRole<HTMLInputElement>('textbox')
  fireEvent.compositionStart(field)
  // the method shows the letter it is making; our own Telex must not make another of it
  for (const [key, seen] of [['a', 'a'], ['Process', 'â'], ['s', 'ấ']] as const) {
    expect(fireEvent.keyDown(field, { key, isComposing: true }), `${key} was taken away`).toBe(true)
    fireEvent.change(field, { target: { value: seen.normalize('NFD') } })
  }
  expect(fireEvent.keyDown(field, { key: 'Enter', isComposing: true })).toBe(true)
  expect([value, done]).toEqual(['ấ'.normalize('NFD'), 0])
  fireEvent.compositionEnd(field)
  expect(value).toBe('ấ'.normalize('NFC'))
  fireEvent.keyDown(field, { key: 'Enter' })
  expect(done).toBe(1)
})
