import { useRef } from 'react'
import { Delete } from 'lucide-react'
import { useText } from '../../text/language'
import './Pads.css'

export interface NumberPadProps {
  /** bare digits */
  value: string
  onChange: (digits: string) => void
  maxLength: number
  /** how the digits stand in the field, e.g. in groups */
  show?: (digits: string) => string
  id?: string
  labelledBy?: string
  label?: string
  describedBy?: string
  invalid?: boolean
  placeholder?: string
  onDone?: () => void
}

/**
 * NumberPad is a field with twelve keys below. The field stays a native input,
 * so a bar-code reader or a real keyboard types into it too; inputMode none
 * keeps the system's own keyboard away.
 */
export function NumberPad({ value, onChange, maxLength, show = (d) => d, id, labelledBy, label, describedBy, invalid, placeholder, onDone }: NumberPadProps) {
  const { t } = useText()
  const input = useRef<HTMLInputElement>(null)
  const set = (text: string) => onChange(text.replace(/\D/g, '').slice(0, maxLength))
  const press = (digit: string) => set(value + digit)
  return (
    <div className="bd-pad">
      <input
        ref={input}
        id={id}
        className="bd-pad__field bd-number"
        inputMode="none"
        autoComplete="off"
        value={show(value)}
        placeholder={placeholder}
        aria-labelledby={labelledBy}
        aria-label={label}
        aria-describedby={describedBy}
        aria-invalid={invalid || undefined}
        onChange={(event) => set(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') onDone?.()
        }}
      />
      <div className="bd-pad__keys" role="group" aria-label={t('pad.digits')}>
        {['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((digit) => (
          <button key={digit} type="button" className="bd-key" onClick={() => press(digit)}>{digit}</button>
        ))}
        <button type="button" className="bd-key bd-key--word" onClick={() => set('')}>{t('common.clear')}</button>
        <button type="button" className="bd-key" onClick={() => press('0')}>0</button>
        <button type="button" className="bd-key bd-key--word" aria-label={t('pad.backspace')} onClick={() => set(value.slice(0, -1))}>
          <Delete aria-hidden />
        </button>
      </div>
    </div>
  )
}
