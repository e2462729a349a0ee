import { createContext, useContext, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { toneAt, typeAt, type Method } from '../../text/composer/composer'
import { OnScreenKeyboard, type Press } from './OnScreenKeyboard'
import './Keyboard.css'

interface Settings {
  method: Method
  setMethod: (method: Method) => void
}

const Context = createContext<Settings | null>(null)

/** KeyboardProvider remembers the way of typing for one visit. */
export function KeyboardProvider({ children }: { children: ReactNode }) {
  const [method, setMethod] = useState<Method>('direct')
  return <Context.Provider value={{ method, setMethod }}>{children}</Context.Provider>
}

export interface TextEntryProps {
  value: string
  onChange: (value: string) => void
  id?: string
  labelledBy?: string
  label?: string
  describedBy?: string
  multiline?: boolean
  /** names start every word with a capital */
  capitals?: 'words' | 'sentence' | 'none'
  placeholder?: string
  maxLength?: number
  invalid?: boolean
  autoFocus?: boolean
  onDone?: () => void
}

type Box = HTMLInputElement & HTMLTextAreaElement

/**
 * TextEntry is a native text field with the on-screen keyboard below it. The
 * same composer serves both: a real keyboard types Telex or VNI when that way
 * is chosen, because the kiosk's system has no input method.
 */
export function TextEntry(props: TextEntryProps) {
  const { value, onChange, multiline, capitals = 'sentence', maxLength = 500 } = props
  const settings = useContext(Context)
  const [ownMethod, setOwnMethod] = useState<Method>('direct')
  const method = settings?.method ?? ownMethod
  const setMethod = settings?.setMethod ?? setOwnMethod
  const box = useRef<Box>(null)
  const caret = useRef<number | null>(null)

  useLayoutEffect(() => {
    if (caret.current === null || !box.current) return
    box.current.setSelectionRange(caret.current, caret.current)
    caret.current = null
  }, [value])

  useEffect(() => {
    if (props.autoFocus) box.current?.focus({ preventScroll: true })
  }, [props.autoFocus])

  const apply = (next: { text: string; caret: number }) => {
    if (next.text.length > maxLength) return
    caret.current = next.caret
    onChange(next.text)
  }
  const selection = () => {
    const from = box.current?.selectionStart ?? value.length
    const to = box.current?.selectionEnd ?? value.length
    return { from, to }
  }
  const press = (key: Press) => {
    const { from, to } = selection()
    const rest = value.slice(0, from) + value.slice(to)
    if (key.kind === 'backspace') {
      const start = from === to ? previous(value, from) : from
      apply({ text: value.slice(0, start) + value.slice(to), caret: start })
    } else if (key.kind === 'tone') apply(toneAt(rest, from, key.tone))
    else apply(typeAt(rest, from, key.char, method))
    box.current?.focus({ preventScroll: true })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && !multiline) {
      event.preventDefault()
      props.onDone?.()
      return
    }
    if (method === 'direct' || event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return
    event.preventDefault()
    press({ kind: 'char', char: event.key })
  }
  const shared = {
    id: props.id,
    ref: box,
    className: 'bd-entry__field',
    value,
    maxLength,
    placeholder: props.placeholder,
    inputMode: 'none' as const,
    autoComplete: 'off',
    autoCorrect: 'off',
    spellCheck: false,
    'aria-labelledby': props.labelledBy,
    'aria-label': props.label,
    'aria-describedby': props.describedBy,
    'aria-invalid': props.invalid || undefined,
    onKeyDown,
    onChange: (event: { target: { value: string } }) => onChange(event.target.value.normalize('NFC')),
  }
  return (
    <div className="bd-entry">
      {multiline ? <textarea rows={3} {...shared} /> : <input type="text" {...shared} />}
      <OnScreenKeyboard
        method={method}
        onMethod={setMethod}
        onPress={press}
        multiline={multiline}
        upper={startsCapital(value, capitals)}
      />
    </div>
  )
}

function previous(text: string, at: number): number {
  const last = Array.from(text.slice(0, at)).at(-1)
  return at - (last?.length ?? 0)
}

function startsCapital(text: string, capitals: 'words' | 'sentence' | 'none'): boolean {
  if (capitals === 'none') return false
  return text === '' || (capitals === 'words' ? /\s$/.test(text) : /[.!?]\s+$/.test(text))
}
