import { useState } from 'react'
import { Search } from 'lucide-react'
import { Button } from '../../components/Button/Button'
import { ChooseOne } from '../../components/Choice/Choice'
import { TextEntry } from '../../components/Keyboard/TextEntry'
import { fold } from '../../text/format'
import { useText } from '../../text/language'
import type { Option } from '../model'

export interface ListOption extends Option {
  /** names it had before; typing one finds it */
  former?: string[]
}

export interface ListChoiceProps {
  options: ListOption[]
  value: string
  onChange: (value: string) => void
  label?: string
  labelledBy?: string
  searchLabel?: string
}

/** ListChoice is for long lists: everything is shown, typing narrows it, marks or not. */
export function ListChoice({ options, value, onChange, label, labelledBy, searchLabel }: ListChoiceProps) {
  const { t, pick } = useText()
  const [words, setWords] = useState('')
  const [searching, setSearching] = useState(false)
  const folded = fold(words.trim())
  const hit = (name: string) => fold(name).includes(folded)
  const shown = options.filter((o) => folded === '' || [pick(o.label), o.label.vi ?? '', ...(o.aliases ?? []), ...(o.former ?? [])].some(hit))
  /** why a place stands in the list though its name has none of the letters */
  const was = (o: ListOption) => (folded === '' || hit(pick(o.label)) ? undefined : o.former?.find(hit))
  const prompt = searchLabel ?? t('k.q.searchList')
  return (
    <div className="k-search">
      {!searching && <Button className="k-searchbox" icon={<Search aria-hidden />} onClick={() => setSearching(true)}>{prompt}</Button>}
      <div className="k-search__list">
        {shown.length === 0 && <p role="status">{t('address.nothing')}</p>}
        <ChooseOne
          labelledBy={label ? undefined : labelledBy}
          label={label}
          columns={3}
          options={shown.map((o) => ({ value: o.value, label: pick(o.label), hint: was(o) && t('address.was', { was: was(o) ?? '' }) }))}
          value={value || undefined}
          onChange={(v) => {
            onChange(v)
            setSearching(false)
            setWords('')
          }}
        />
      </div>
      {searching && <TextEntry label={prompt} placeholder={prompt} value={words} onChange={setWords} capitals="none" autoFocus />}
    </div>
  )
}
