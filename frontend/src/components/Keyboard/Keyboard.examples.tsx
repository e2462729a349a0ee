import { useState } from 'react'
import { TextEntry } from './TextEntry'

function Entry({ multiline }: { multiline?: boolean }) {
  const [value, setValue] = useState('')
  return <TextEntry label="Họ, chữ đệm, tên" value={value} onChange={setValue} capitals="words" multiline={multiline} />
}

export const examples = { line: () => <Entry />, lines: () => <Entry multiline /> }
