import { useState } from 'react'
import { ChooseMany, ChooseOne } from './Choice'

const sexes = [
  { value: 'male', label: 'Nam' },
  { value: 'female', label: 'Nữ' },
]

function One() {
  const [value, setValue] = useState<string>()
  return <ChooseOne label="Giới tính" options={sexes} value={value} onChange={setValue} columns={2} />
}

function Many() {
  const [value, setValue] = useState<string[]>([])
  return <ChooseMany label="Giấy tờ" options={[{ value: 'a', label: 'Sổ đỏ', hint: 'bản chính' }, { value: 'b', label: 'Biên lai' }]} value={value} onChange={setValue} />
}

export const examples = { one: () => <One />, many: () => <Many /> }
