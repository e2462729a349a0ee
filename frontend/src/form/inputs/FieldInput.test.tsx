import { render, screen } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { useState } from 'react'
import { describe, expect, it } from 'vitest'
import { LanguageProvider } from '../../text/language'
import type { Value } from '../model'
import { f } from '../testing'
import { FieldInput, namesPlaces } from './FieldInput'

const home = { commune_code: '28807', province_code: '86' }

/** Asked shows one field with its question, and what was answered as JSON. */
function Asked({ id, initial }: { id: string; initial?: Value }) {
  const [value, setValue] = useState<Value>(initial)
  return (
    <LanguageProvider>
      <h1 id="title">{f(id).label.vi}</h1>
      <FieldInput field={f(id)} value={value} onChange={setValue} home={home} today="2026-11-22" />
      <output data-testid="value">{JSON.stringify(value)}</output>
    </LanguageProvider>
  )
}

const answer = () => JSON.parse(screen.getByTestId('value').textContent || 'null') as unknown
const press = async (...names: (string | RegExp)[]) => {
  for (const name of names) await userEvent.click(screen.getByRole('button', { name }))
}

describe('each type of field has one way to answer', () => {
  it('name', async () => {
    render(<Asked id="owner_name" />)
    await userEvent.type(screen.getByRole('textbox', { name: 'Họ tên chủ đò' }), 'Thị Điểu')
    expect(answer()).toBe('Thị Điểu')
  })

  it('text with suggestions', async () => {
    render(<Asked id="boat_name" />)
    await press('Giao Long 1')
    expect(answer()).toBe('Giao Long 1')
  })

  it('enum as cards, hidden options left out', async () => {
    render(<Asked id="kind" />)
    expect(screen.getAllByRole('radio')).toHaveLength(2)
    await userEvent.click(screen.getByRole('radio', { name: 'Đò ngang' }))
    expect(answer()).toBe('ferry')
  })

  it('long enum as a list that is searched without marks and by alias', async () => {
    render(<Asked id="river" />)
    await press('Gõ để tìm, không cần dấu')
    const search = screen.getByRole('textbox')
    await userEvent.type(search, 'ham lu')
    expect(screen.getAllByRole('radio')).toHaveLength(1)
    await userEvent.clear(search)
    await userEvent.type(search, 'song nho')
    await userEvent.click(screen.getByRole('radio', { name: 'Bé' }))
    expect(answer()).toBe('Bé')
  })

  it('several options keep the order of the list', async () => {
    render(<Asked id="uses" />)
    await userEvent.click(screen.getByRole('checkbox', { name: 'Chở hàng' }))
    await userEvent.click(screen.getByRole('checkbox', { name: 'Chở người' }))
    expect(answer()).toEqual(['people', 'goods'])
  })

  it('boolean: no is an answer', async () => {
    render(<Asked id="licensed" />)
    await userEvent.click(screen.getByRole('radio', { name: 'Không' }))
    expect(answer()).toBe(false)
  })

  it('money and counts are whole numbers, grouped while typed', async () => {
    render(<Asked id="price" />)
    await press('1', '2', '0', '0', '0')
    expect(answer()).toBe(12000)
    expect(screen.getByRole('textbox')).toHaveValue('12.000')
    await press('Xóa hết')
    expect(answer()).toBeNull()
  })

  it('phone', async () => {
    render(<Asked id="phone" />)
    await userEvent.type(screen.getByRole('textbox'), '0912 345 678')
    expect(answer()).toBe('0912345678')
  })

  it('paper: which one, or why not', async () => {
    render(<Asked id="paper" />)
    await userEvent.click(screen.getByRole('radio', { name: 'Giấy đăng ký đò' }))
    expect(answer()).toEqual({ state: 'provided', paper: 'register' })
    await userEvent.click(screen.getByRole('radio', { name: 'Tôi không có' }))
    expect(answer()).toEqual({ state: 'missing' })
  })

  it('address in this commune needs one touch and a line', async () => {
    render(<Asked id="owner_home" />)
    await userEvent.click(screen.getByRole('radio', { name: /Ở xã này/ }))
    await userEvent.type(screen.getByRole('textbox', { name: 'Ấp, thôn, số nhà, đường' }), 'Ấp 3')
    expect(answer()).toEqual({ country: 'VN', ...home, detail: 'Ấp 3' })
  })

  it('address elsewhere goes by province and commune, without marks', async () => {
    render(<Asked id="owner_home" />)
    await userEvent.click(screen.getByRole('radio', { name: 'Ở nơi khác' }))
    await userEvent.click(screen.getByRole('radio', { name: /Đồng Nai/ }))
    await press('Gõ tên xã, không cần dấu')
    await userEvent.type(screen.getByRole('textbox'), 'bu gia map')
    await userEvent.click(screen.getByRole('radio', { name: 'Xã Bù Gia Mập' }))
    expect(answer()).toMatchObject({ country: 'VN', province_code: '75', commune_code: expect.stringMatching(/^\d{5}$/) as string })
  })

  it('address in a province without a list keeps the written line', async () => {
    render(<Asked id="owner_home" />)
    await userEvent.click(screen.getByRole('radio', { name: 'Ở nơi khác' }))
    await userEvent.click(screen.getByRole('radio', { name: /Cao Bằng/ }))
    await userEvent.type(screen.getByRole('textbox'), 'Xã Đàm Thủy')
    expect(answer()).toEqual({ country: 'VN', province_code: '04', raw_text: 'Xã Đàm Thủy' })
  })

  it('address from the card is kept as printed', () => {
    render(<Asked id="owner_home" initial={{ country: 'VN', raw_text: 'Ấp cũ, Huyện cũ' }} />)
    expect(screen.getByText('Ấp cũ, Huyện cũ')).toBeVisible()
    expect(answer()).toEqual({ country: 'VN', raw_text: 'Ấp cũ, Huyện cũ' })
  })

  it('address: a province of before the merger is found by its old name, and says so', async () => {
    render(<Asked id="owner_home" />)
    await userEvent.click(screen.getByRole('radio', { name: 'Ở nơi khác' }))
    await press('Gõ tên tỉnh, không cần dấu')
    await userEvent.type(screen.getByRole('textbox'), 'ben tre')
    expect(screen.getAllByRole('radio')).toHaveLength(1)
    expect(screen.getByText('trước là Bến Tre')).toBeVisible()
    await userEvent.click(screen.getByRole('radio', { name: /Vĩnh Long/ }))
    expect(answer()).toMatchObject({ country: 'VN', province_code: '86' })
  })

  it('address of an old card: what it has become is offered, taken by a tap, given back by another', async () => {
    const raw_text = 'Ấp 1, xã Tân Hào, huyện Giồng Trôm, Bến Tre'
    render(<Asked id="owner_home" initial={{ country: 'VN', raw_text }} />)
    expect(answer()).toEqual({ country: 'VN', raw_text })
    await press(/Xã Tân Hào, Tỉnh Vĩnh Long \(trước là Bến Tre\)/)
    expect(answer()).toEqual({ country: 'VN', raw_text, province_code: '86', commune_code: expect.stringMatching(/^\d{5}$/) as string })
    expect(screen.getByRole('button', { name: /Xã Tân Hào/ })).toHaveAttribute('aria-pressed', 'true')
    await press(/Xã Tân Hào/)
    expect(answer()).toEqual({ country: 'VN', raw_text })
  })

  it('names of places are offered where an answer names one, and only there', () => {
    const text = (id: string) => namesPlaces({ id, label: {}, type: 'text' })
    for (const id of ['requester_id_issue_place', 'birth_facility', 'death_notice_issuer', 'divorce_court', 'receiving_authority', 'c_address', 'old_boundary_note']) expect(text(id), id).toBe(true)
    for (const id of ['contact_email', 'doc_title', 'replacement', 'parcel_number', 'death_cause']) expect(text(id), id).toBe(false)
    expect(namesPlaces({ id: 'birth_place', label: {}, type: 'address' })).toBe(false)
  })

  it('rows are added, filled one question at a time, limited and removed', async () => {
    render(<Asked id="crew" />)
    await press('Thêm một dòng')
    await userEvent.type(screen.getByRole('textbox', { name: /Họ tên/ }), 'An')
    await press('Tiếp tục')
    await userEvent.click(screen.getByRole('radio', { name: 'Nữ' }))
    await press('Xong dòng này')
    expect(answer()).toEqual([{ crew_name: 'An', crew_sex: 'f' }])
    await press('Thêm một dòng', 'Tiếp tục', 'Xong dòng này')
    expect(screen.queryByRole('button', { name: 'Thêm một dòng' })).toBeNull()
    await press(/^Xóa.*Dòng 1/)
    expect(answer()).toEqual([{ crew_sex: 'm' }])
  })
})
