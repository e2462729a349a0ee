import { describe, expect, it } from 'vitest'
import type { Field, Form } from './model'
import { rolesOf, told } from './standing'

const t = (vi: string) => ({ vi, en: vi })
const name = (person: string): Field => ({ id: `${person}_name`, label: t('Tên'), type: 'name', from_card: { person, field: 'name' } })
const phone = (id: string): Field => ({ id, label: t('Điện thoại'), type: 'phone' })
const form = (...fields: Field[]): Form => ({ code: '9.000001', version: '1', name: t('Tờ khai'), sections: [{ id: 's', title: t('Mục'), fields }] })

const marriage = form(name('bride'), name('groom'), phone('contact_phone'))
const stay = form(name('declarant'), name('subject'), phone('phone'), name('head'), name('member'), phone('contact_phone'))
const poor = form(name('head'), phone('a_phone'), name('member'))
const birth = form(name('requester'), name('mother'), name('father'))

describe('who stands at the kiosk', () => {
  it.each([
    ['a woman who marries is the bride', marriage, true, 'female', ['bride'], []],
    ['a man who marries is the groom', marriage, true, 'male', ['groom'], []],
    ['nobody is guessed without a sex', marriage, true, undefined, [], []],
    ['who moves and declares is asked once', stay, true, 'male', ['declarant', 'subject'], []],
    ['who declares for another is not the one who moves', stay, false, 'male', ['subject'], ['declarant']],
    ['the head asks for the household', poor, true, 'male', ['head'], []],
    ['a requester is neither mother nor father yet', birth, true, 'female', ['requester'], []],
    ['a form without cards', form(phone('contact_phone')), true, 'male', [], []],
  ])('%s', (_, asked, self, sex, applicant, submitter) => {
    expect(rolesOf(asked as Form, self as boolean, sex as string | undefined)).toEqual({ applicant, submitter })
  })

  it('says a name and a phone once', () => {
    const filled = told(stay, { applicant: { full_name: 'Lê Văn Ba', phone: '0912345678' } }, {})
    expect(filled.map((f) => [f.field, f.value, f.evidence])).toEqual([
      ['declarant_name', 'Lê Văn Ba', 'typed'], ['subject_name', 'Lê Văn Ba', 'typed'], ['phone', '0912345678', 'prefilled'], ['contact_phone', '0912345678', 'prefilled'],
    ])
  })

  it('keeps the two apart when one brings it for the other, and what was answered', () => {
    const filled = told(stay, { applicant: { full_name: 'Bé Na' }, submitter: { full_name: 'Mẹ Na', evidence: 'qr' } }, { contact_phone: '0900000000' })
    expect(filled.map((f) => [f.field, f.value, f.evidence])).toEqual([['subject_name', 'Bé Na', 'typed'], ['declarant_name', 'Mẹ Na', 'qr']])
  })

  it('takes the card before the typed', () => {
    expect(told(marriage, { applicant: { full_name: 'Thị Nhên', sex: 'female' }, card: { name: 'THỊ NHÊN', sex: 'female' } }, {})).toEqual([{ field: 'bride_name', value: 'THỊ NHÊN', evidence: 'qr' }])
  })
})
