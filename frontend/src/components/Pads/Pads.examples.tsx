import { useState } from 'react'
import { groupDigits } from '../../text/format'
import { DatePads } from './DatePads'
import { NumberPad } from './NumberPad'

function Number12() {
  const [value, setValue] = useState('')
  return <NumberPad label="Số định danh" value={value} onChange={setValue} maxLength={12} show={groupDigits} />
}

function Day({ partial }: { partial?: boolean }) {
  const [value, setValue] = useState('')
  return (
    <>
      <DatePads value={value} onChange={setValue} partial={partial} today="2026-11-22" />
      <output>{value || 'chưa đủ'}</output>
    </>
  )
}

export const examples = {
  number: () => <Number12 />,
  date: () => <Day />,
  partial: () => <Day partial />,
}
