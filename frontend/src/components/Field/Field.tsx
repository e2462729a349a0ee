import { useId, type InputHTMLAttributes, type ReactNode, type TextareaHTMLAttributes } from 'react'
import './Field.css'

interface Shared {
  label: ReactNode
  help?: ReactNode
  error?: string
  id?: string
}

function Frame({ id, label, help, error, children }: Shared & { id: string; children: ReactNode }) {
  return (
    <div className="bd-field" data-error={error ? true : undefined}>
      <label className="bd-field__label" htmlFor={id}>{label}</label>
      {help && <p className="bd-field__help" id={`${id}-help`}>{help}</p>}
      {error && <p className="bd-field__error" id={`${id}-error`}>{error}</p>}
      {children}
    </div>
  )
}

function describe(id: string, help: ReactNode, error: string | undefined) {
  return [help ? `${id}-help` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ') || undefined
}

/** Field is a native one-line input with its label, help and error, for desk and portal. */
export function Field({ label, help, error, id, ...rest }: Shared & InputHTMLAttributes<HTMLInputElement>) {
  const own = useId()
  const key = id ?? own
  return (
    <Frame id={key} label={label} help={help} error={error}>
      <input id={key} className="bd-field__input" aria-invalid={error ? true : undefined} aria-describedby={describe(key, help, error)} {...rest} />
    </Frame>
  )
}

/** Area is the same for several lines. */
export function Area({ label, help, error, id, ...rest }: Shared & TextareaHTMLAttributes<HTMLTextAreaElement>) {
  const own = useId()
  const key = id ?? own
  return (
    <Frame id={key} label={label} help={help} error={error}>
      <textarea id={key} className="bd-field__input" rows={3} aria-invalid={error ? true : undefined} aria-describedby={describe(key, help, error)} {...rest} />
    </Frame>
  )
}
