import { describe, expect, it } from 'vitest'
import { fillings } from './card'
import { askedSections, held, place, readSections, stepKey, steps } from './flow'
import { cellAsked, isEmpty } from './model'
import { showValue } from './show'
import { boatForm, f } from './testing'

const none: ReadonlySet<string> = new Set()
const all = boatForm.sections.flatMap((s) => s.fields.map((field) => field.id))
const keys = (visible: string[], answers = {}, evidence = {}, visited = none) =>
  steps(boatForm, { visible, answers, evidence }, visited).map(stepKey)

describe('the order of the screens', () => {
  it('asks what the server calls visible, section by section, and checks each section', () => {
    expect(keys(['owner_name', 'owner_id', 'boat_name', 'seats'])).toEqual(['q/owner_name', 'q/owner_id', 'check/owner', 'q/boat_name', 'q/seats', 'check/boat'])
  })

  it('leaves out what the machine writes and what only staff answer', () => {
    expect(askedSections(boatForm, all).flatMap(({ fields }) => fields.map((x) => x.id))).not.toContain('receiving_office')
    expect(keys(all)).not.toContain('q/staff_note')
  })

  it('does not ask again what the card or a usual value answered, but shows it on the check screen', () => {
    const answers = { owner_name: 'NGUYỄN VĂN MẪU', seats: 12 }
    expect(keys(['owner_name', 'owner_id', 'boat_name', 'seats'], answers, { owner_name: 'qr', seats: 'prefilled' })).toEqual(['q/owner_id', 'check/owner', 'q/boat_name', 'check/boat'])
  })

  it('asks a section the machine answered whole only to check it', () => {
    expect(keys(['owner_name'], { owner_name: 'X' }, { owner_name: 'qr' })).toEqual(['check/owner'])
  })

  it('does not ask again what was said elsewhere in the form', () => {
    const draft = { visible: ['owner_name', 'owner_id', 'boat_name'], answers: {}, derived: { owner_name: 'Lê Văn Ba' } }
    expect(steps(boatForm, draft, none).map(stepKey)).toEqual(['q/owner_id', 'check/owner', 'q/boat_name'])
    expect(steps(boatForm, draft, new Set(['owner_name'])).map(stepKey)).toContain('q/owner_name')
    const [name] = boatForm.sections.flatMap((s) => s.fields).filter((x) => x.id === 'owner_name')
    if (!name) throw new Error('no such question')
    expect(held(name, draft)).toBe('Lê Văn Ba')
    expect(held(name, { ...draft, answers: { owner_name: 'Lê Thị Tư' } })).toBe('Lê Thị Tư')
  })

  it('asks for a paper of which the case only says the kind', () => {
    const paper = boatForm.sections.flatMap((x) => x.fields).find((x) => x.type === 'paper_ref')
    if (!paper) throw new Error('no paper in the form')
    const asked = (answer: object) => steps(boatForm, { visible: [paper.id], answers: { [paper.id]: answer as never }, evidence: { [paper.id]: 'prefilled' } }, none).map(stepKey)
    expect(asked({ paper: 'Giấy báo tử' })).toContain(`q/${paper.id}`)
    expect(asked({ paper: 'Giấy báo tử', state: 'provided' })).not.toContain(`q/${paper.id}`)
  })

  it('reads back the sentence the machine writes, and nothing it has not written', () => {
    const request = { id: 'request', label: { vi: 'Nội dung đề nghị' }, type: 'text' as const, derive: "'x'" }
    const form = { ...boatForm, sections: [{ id: 'request', title: { vi: 'Đề nghị' }, fields: [request] }] }
    expect(askedSections(form, ['request'])).toEqual([])
    expect(readSections(form, { visible: ['request'], answers: {}, derived: {} })).toEqual([])
    expect(readSections(form, { visible: ['request'], answers: {}, derived: { request: 'Gia hạn' } }).map((s) => s.section.id)).toEqual(['request'])
    const consent = { id: 'consent', label: { vi: 'Nội dung đồng ý' }, type: 'text' as const, read_only: true, prefill: 'declaration.consent' }
    const signed = { ...boatForm, sections: [{ id: 'consents', title: { vi: 'Ý kiến' }, fields: [consent] }] }
    expect(readSections(signed, { visible: ['consent'], answers: { consent: 'Tôi đồng ý' } }).flatMap((s) => s.fields)).toEqual([consent])
  })

  it('keeps a question that was seen, so that going back is steady', () => {
    expect(keys(['owner_name', 'owner_id'], { owner_name: 'X' }, { owner_name: 'qr' }, new Set(['owner_name']))).toEqual(['q/owner_name', 'q/owner_id', 'check/owner'])
  })

  it('asks again what a person typed, whatever it is', () => {
    expect(keys(['owner_name'], { owner_name: 'X' }, { owner_name: 'typed' })).toEqual(['q/owner_name'])
  })

  it('counts parts and questions', () => {
    const list = steps(boatForm, { visible: ['owner_name', 'owner_id', 'boat_name', 'seats'], answers: {} }, none)
    expect(place(list, 'q/seats')).toMatchObject({ part: 2, parts: 2, question: 2, questions: 2, index: 4 })
    expect(place(list, 'q/unknown')).toBeUndefined()
  })
})

describe('the card', () => {
  const datum = { number: '083090999001', name: 'NGUYỄN VĂN MẪU', birth_date: '1990-03-14', residence: 'Ấp Giả Định 1, Xã Giao Long, Vĩnh Long' }

  it('fills the person’s fields, an address by its printed line, and the first row of a list', () => {
    expect(fillings(boatForm, 'owner', datum, {}, 'qr')).toEqual([
      { field: 'owner_name', value: 'NGUYỄN VĂN MẪU', evidence: 'qr' },
      { field: 'owner_id', value: '083090999001', evidence: 'qr' },
      { field: 'owner_home', value: { country: 'VN', raw_text: datum.residence }, evidence: 'qr' },
      { field: 'crew', value: [{ crew_name: 'NGUYỄN VĂN MẪU' }], evidence: 'qr' },
    ])
  })

  it('keeps what is there unless told otherwise', () => {
    expect(fillings(boatForm, 'owner', datum, { owner_name: 'B', crew: [{ crew_name: 'C' }] }, 'qr').map((x) => x.field)).toEqual(['owner_id', 'owner_home'])
    expect(fillings(boatForm, 'owner', datum, { owner_name: 'B' }, 'qr', true).map((x) => x.field)).toContain('owner_name')
  })

  it('gives another person’s fields nothing', () => {
    expect(fillings(boatForm, 'mother', datum, {}, 'qr')).toEqual([])
  })
})

describe('answers in words', () => {
  it.each([
    ['owner_id', '083090999001', '083 090 999 001'],
    ['launched', '1990-03-14', '14/03/1990'],
    ['price', 12500000, '12.500.000 đ'],
    ['seats', 0, '0'],
    ['licensed', false, 'Không'],
    ['kind', 'ferry', 'Đò ngang'],
    ['phone', '0912345678', '0912 345 678'],
    ['owner_home', { country: 'VN', province_code: '86', commune_code: '28807', detail: 'Ấp 3' }, 'Ấp 3, Xã Giao Long, Tỉnh Vĩnh Long'],
    ['owner_home', { country: 'VN', raw_text: 'Ấp 3, Xã cũ, Huyện cũ' }, 'Ấp 3, Xã cũ, Huyện cũ'],
    ['paper', { state: 'provided', paper: 'register' }, 'Giấy đăng ký đò – Tôi có giấy này'],
    ['crew', [{ crew_name: 'An' }, { crew_name: 'Bình' }], 'An; Bình'],
    ['boat_name', '', ''],
  ])('%s', (id, value, words) => {
    expect(showValue(f(id), value as never, 'vi')).toBe(words)
  })

  it('knows what is empty', () => {
    expect([false, 0, ['a'], { detail: 'x' }].map((v) => isEmpty(v as never))).toEqual([false, false, false, false])
    expect(['', null, undefined, [], {}, { detail: '' }].map((v) => isEmpty(v as never))).toEqual([true, true, true, true, true, true])
  })
})

describe('a question inside a row', () => {
  const cell = (expr?: string) => ({ id: 'which', label: { vi: 'Nước nào' }, type: 'text' as const, when: expr ? { text: { vi: 'khi khác' }, expr } : undefined })
  it.each([
    ['no condition', undefined, {}, true],
    ['it holds', "item.country == 'other'", { country: 'other' }, true],
    ['it does not', "item.country == 'other'", { country: 'VN' }, false],
    ['nothing was chosen yet', "item.country == 'other'", {}, false],
    ['a condition only the server reads', "age(item.born, today()) < 18", {}, true],
  ])('%s', (_, expr, row, asked) => expect(cellAsked(cell(expr), row)).toBe(asked))
})
