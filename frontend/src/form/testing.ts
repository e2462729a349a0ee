// One invented form for all tests (registering a ferry boat), so that no real
// procedure is special. It has every type of field once.
import type { Field, Form } from './model'

const t = (vi: string, en = vi) => ({ vi, en })

export const boatForm: Form = {
  code: '9.999999',
  version: 'test',
  name: t('Đăng ký đò', 'Register a ferry'),
  sections: [
    { id: 'receiving', title: t('Nơi nhận'), fields: [{ id: 'receiving_office', label: t('Kính gửi'), type: 'text', read_only: true }] },
    {
      id: 'owner',
      title: t('Chủ đò', 'Owner'),
      fields: [
        { id: 'owner_name', label: t('Họ tên chủ đò', 'Owner’s name'), type: 'name', required: true, from_card: { person: 'owner', field: 'name' } },
        { id: 'owner_id', label: t('Số định danh'), type: 'citizen_id', from_card: { person: 'owner', field: 'number' } },
        { id: 'owner_home', label: t('Nơi ở'), type: 'address', from_card: { person: 'owner', field: 'residence' } },
        { id: 'phone', label: t('Điện thoại'), type: 'phone' },
      ],
    },
    {
      id: 'boat',
      title: t('Chiếc đò', 'The boat'),
      fields: [
        { id: 'boat_name', label: t('Tên đò', 'Name'), type: 'text', suggest: [{ text: t('Giao Long 1') }] },
        { id: 'kind', label: t('Loại đò'), type: 'enum', options: [{ value: 'ferry', label: t('Đò ngang', 'Crossing ferry') }, { value: 'long', label: t('Đò dọc', 'Long boat') }, { value: 'old', label: t('Cũ'), hidden: true }] },
        { id: 'river', label: t('Sông'), type: 'enum', options: ['Tiền', 'Hậu', 'Hàm Luông', 'Cổ Chiên', 'Ba Lai', 'Mỹ Tho', 'Đồng Nai', 'Bé', 'Sài Gòn'].map((r) => ({ value: r, label: t(r), aliases: r === 'Bé' ? ['sông nhỏ'] : undefined })) },
        { id: 'uses', label: t('Dùng để'), type: 'enum', multiple: true, options: [{ value: 'people', label: t('Chở người') }, { value: 'goods', label: t('Chở hàng') }] },
        { id: 'seats', label: t('Số chỗ'), type: 'integer', unit: 'chỗ', default: 12 },
        { id: 'price', label: t('Giá'), type: 'money' },
        { id: 'licensed', label: t('Có giấy phép'), type: 'boolean' },
        { id: 'launched', label: t('Ngày hạ thủy'), type: 'date' },
        { id: 'built', label: t('Năm đóng'), type: 'partial_date' },
        { id: 'story', label: t('Ghi thêm'), type: 'text', multiline: true },
        { id: 'paper', label: t('Giấy tờ đò'), type: 'paper_ref', options: [{ value: 'register', label: t('Giấy đăng ký đò') }] },
        { id: 'crew', label: t('Người lái'), type: 'repeat', max_items: 2, items: [{ id: 'crew_name', label: t('Họ tên'), type: 'name', from_card: { person: 'owner', field: 'name' } }, { id: 'crew_sex', label: t('Giới tính'), type: 'enum', default: 'm', options: [{ value: 'm', label: t('Nam') }, { value: 'f', label: t('Nữ') }] }] },
        { id: 'staff_note', label: t('Cán bộ ghi'), type: 'text', audience: 'staff' },
      ],
    },
  ],
}

export function f(id: string): Field {
  const found = boatForm.sections.flatMap((s) => s.fields).find((field) => field.id === id)
  if (!found) throw new Error(`no field ${id}`)
  return found
}
