import { createContext, useContext, useEffect, useLayoutEffect, useRef, useState, type ChangeEvent, type CompositionEvent, type KeyboardEvent, type ReactNode, type SyntheticEvent } from 'react'
import { takeSuggestion, type Suggestion } from '../../places/suggest'
import { toneAt, typeAt, type Method } from '../../text/composer/composer'
import { useText } from '../../text/language'
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
  /** what to offer for the text before the caret; nothing is written without a tap */
  suggest?: (before: string) => Suggestion[]
}

type Box = HTMLInputElement & HTMLTextAreaElement

/**
 * TextEntry is a native text field with the on-screen keyboard below it. The
 * same composer serves both: a real keyboard types Telex or VNI when that way
 * is chosen, because the kiosk's system has no input method. Where the system
 * has one after all, what it composes is left alone until it is done.
 */
export function TextEntry(props: TextEntryProps) {
  const { value, onChange, multiline, capitals = 'sentence', maxLength = 500 } = props
  const settings = useContext(Context)
  const [ownMethod, setOwnMethod] = useState<Method>('direct')
  const method = settings?.method ?? ownMethod
  const setMethod = settings?.setMethod ?? setOwnMethod
  const box = useRef<Box>(null)
  const caret = useRef<number | null>(null)
  const composing = useRef(false)
  const [at, setAt] = useState(value.length)

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
    setAt(next.caret)
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
  const take = (one: Suggestion) => {
    apply(takeSuggestion(value, Math.min(at, value.length), one))
    box.current?.focus({ preventScroll: true })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // the system's own input method is at work: its Enter ends a word, not the answer
    if (composing.current || event.nativeEvent.isComposing || event.key === 'Process') return
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
    onSelect: (event: SyntheticEvent<Box>) => setAt(event.currentTarget.selectionStart ?? value.length),
    onCompositionStart: () => {
      composing.current = true
    },
    onCompositionEnd: (event: CompositionEvent<Box>) => {
      composing.current = false
      onChange(event.currentTarget.value.normalize('NFC'))
    },
    // a letter that is changed while it is composed would be composed twice
    onChange: (event: ChangeEvent<Box>) => {
      setAt(event.target.selectionStart ?? event.target.value.length)
      onChange(composing.current ? event.target.value : event.target.value.normalize('NFC'))
    },
  }
  const offers = props.suggest?.(value.slice(0, Math.min(at, value.length)))
  return (
    <div className="bd-entry">
      {multiline ? <textarea rows={3} {...shared} /> : <input type="text" {...shared} />}
      {offers && <Offers list={offers} onTake={take} />}
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

// The row keeps its height when it is empty: keys must not move under a finger.
function Offers({ list, onTake }: { list: Suggestion[]; onTake: (one: Suggestion) => void }) {
  const { t } = useText()
  return (
    <div className="bd-offers" role="group" aria-label={t('keys.places')}>
      <span className="bd-hidden" role="status">{list.length > 0 ? t('keys.places.count', { n: list.length }) : ''}</span>
      {list.map((one) => (
        <button key={one.text} type="button" className="bd-key bd-key--word bd-offers__one" onPointerDown={(event) => event.preventDefault()} onClick={() => onTake(one)}>
          <span>{one.text}</span>
          {(one.was || one.old) && <small>{one.was ? t('keys.places.now', { was: one.was }) : t('keys.places.old')}</small>}
        </button>
      ))}
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
