import { useId, type ReactNode } from 'react'
import { Check } from 'lucide-react'
import './Choice.css'

export interface ChoiceOption {
  value: string
  label: ReactNode
  hint?: ReactNode
  icon?: ReactNode
}

interface Shared {
  options: ChoiceOption[]
  /** id of the heading that asks the question */
  labelledBy?: string
  label?: string
  describedBy?: string
  /** narrow cards stand several in a row */
  columns?: 1 | 2 | 3
  name?: string
}

export interface ChooseOneProps extends Shared {
  value: string | undefined
  onChange: (value: string) => void
}

/**
 * ChooseOne is a group of native radio buttons drawn as cards: a whole card is
 * the touch target, arrow keys move as everywhere, nothing hides in a list.
 */
export function ChooseOne({ options, value, onChange, labelledBy, label, describedBy, columns = 1, name }: ChooseOneProps) {
  const own = useId()
  return (
    <div className={`bd-choice bd-choice--${columns}`} role="radiogroup" aria-labelledby={labelledBy} aria-label={label} aria-describedby={describedBy}>
      {options.map((option) => (
        <Card key={option.value} kind="radio" name={name ?? own} option={option} checked={option.value === value} onChange={() => onChange(option.value)} />
      ))}
    </div>
  )
}

export interface ChooseManyProps extends Shared {
  value: string[]
  onChange: (value: string[]) => void
}

/** ChooseMany is the same with native checkboxes; the order of the options is kept. */
export function ChooseMany({ options, value, onChange, labelledBy, label, describedBy, columns = 1, name }: ChooseManyProps) {
  const own = useId()
  const toggle = (picked: string) =>
    onChange(options.map((o) => o.value).filter((v) => (v === picked ? !value.includes(v) : value.includes(v))))
  return (
    <div className={`bd-choice bd-choice--${columns}`} role="group" aria-labelledby={labelledBy} aria-label={label} aria-describedby={describedBy}>
      {options.map((option) => (
        <Card key={option.value} kind="checkbox" name={name ?? own} option={option} checked={value.includes(option.value)} onChange={() => toggle(option.value)} />
      ))}
    </div>
  )
}

interface CardProps {
  kind: 'radio' | 'checkbox'
  name: string
  option: ChoiceOption
  checked: boolean
  onChange: () => void
}

function Card({ kind, name, option, checked, onChange }: CardProps) {
  return (
    <label className={`bd-choice__card bd-choice__card--${kind}`}>
      <input className="bd-choice__input" type={kind} name={name} value={option.value} checked={checked} onChange={onChange} />
      <span className="bd-choice__mark" aria-hidden>
        <Check />
      </span>
      {option.icon && <span className="bd-choice__icon" aria-hidden>{option.icon}</span>}
      <span className="bd-choice__text">
        <span className="bd-choice__label">{option.label}</span>
        {option.hint && <span className="bd-choice__hint">{option.hint}</span>}
      </span>
    </label>
  )
}
