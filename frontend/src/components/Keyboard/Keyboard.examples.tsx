import { useState } from 'react'
import { suggestPlaces } from '../../places/suggest'
import { TextEntry } from './TextEntry'

function Entry({ multiline }: { multiline?: boolean }) {
  const [value, setValue] = useState('')
  return <TextEntry label="Họ, chữ đệm, tên" value={value} onChange={setValue} capitals="words" multiline={multiline} />
}

function Place() {
  const [value, setValue] = useState('')
  return <TextEntry label="Nơi cấp" value={value} onChange={setValue} suggest={(before) => suggestPlaces(before, '86')} />
}

export const examples = { line: () => <Entry />, lines: () => <Entry multiline />, place: () => <Place /> }
