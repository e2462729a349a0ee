import { describe, expect, it } from 'vitest'
import type { Card } from '../api/kiosk'
import { datumOfCard, differences, fillings, replaced } from './card'
import { boatForm } from './testing'

const card: Card = { kind: 'qr', number: '083090999001', name: 'NGUYỄN THỊ THỦY', birth_date: '1990-03-14', sex: 'female', residence: 'Ấp 1, Xã Giao Long, Vĩnh Long', issue_date: '2025-07-01' }

describe('a card and what was typed', () => {
  it.each([
    ['nothing typed', {}, []],
    ['the same in small letters, the tone in the other style', { full_name: 'Nguyễn Thị  Thuỷ' }, []],
    ['a year alone that fits', { birth_date: '1990' }, []],
    ['a month that fits', { birth_date: '1990-03' }, []],
    ['the number in groups', { citizen_id: '083 090 999 001' }, []],
    ['a lost mark: perhaps somebody else', { full_name: 'Nguyễn Thị Thuy' }, ['full_name']],
    ['another year', { birth_date: '1991' }, ['birth_date']],
    ['a year that only begins alike', { birth_date: '199' }, ['birth_date']],
    ['everything', { full_name: 'Lê Văn Ba', citizen_id: '083090999002', birth_date: '1991-03-14', sex: 'male' }, ['full_name', 'citizen_id', 'birth_date', 'sex']],
  ])('%s', (_, person, want) => {
    expect(differences(person, card).map((d) => d.field)).toEqual(want)
  })

  it('keeps what it takes the place of, and never a commune somebody chose', () => {
    const answers = { owner_name: 'Lê Văn Ba', owner_id: '083090999001', owner_home: { country: 'VN', province_code: '86', commune_code: '28807' } }
    const filled = fillings(boatForm, 'owner', datumOfCard(card), answers, 'qr', true)
    expect(filled.map((f) => f.field)).toEqual(['owner_name', 'owner_id', 'crew'])
    expect(replaced(boatForm, answers, { owner_name: 'typed' }, filled)).toEqual([{ field: 'owner_name', value: 'Lê Văn Ba', evidence: 'typed' }])
    expect(replaced(boatForm, { owner_name: 'Nguyễn Thị Thuỷ' }, {}, filled)).toEqual([])
  })
})

describe('who issued the card', () => {
  const place = { id: 'place', label: { vi: 'Nơi cấp' }, type: 'text' as const, from_card: { person: 'owner', field: 'issue_place' as const }, suggest: [{ text: { vi: 'Bộ Công an' }, issued_from: '2024-07-01' }, { text: { vi: 'Cục Cảnh sát' } }] }
  const form = { ...boatForm, sections: [{ id: 's', title: { vi: 'Chủ' }, fields: [place] }] }
  it.each([
    ['2025-07-01', ['Bộ Công an']],
    ['2024-07-01', ['Bộ Công an']],
    ['2021-05-05', ['Cục Cảnh sát']],
    ['', []],
  ])('%s', (issue_date, want) => {
    expect(fillings(form, 'owner', { issue_date }, {}, 'qr').map((f) => f.value)).toEqual(want)
  })
})
