import { useState } from 'react'
import { ArrowBigUp, CornerDownLeft, Delete } from 'lucide-react'
import type { Method } from '../../text/composer/composer'
import type { Tone } from '../../text/composer/syllable'
import { useText } from '../../text/language'
import { letterRows, symbolRows, topRow } from './layout'
import './Keyboard.css'

export type Press = { kind: 'char'; char: string } | { kind: 'tone'; tone: Tone } | { kind: 'backspace' }

export interface OnScreenKeyboardProps {
  method: Method
  onMethod: (method: Method) => void
  onPress: (key: Press) => void
  multiline?: boolean
  /** the next letter is a capital without asking */
  upper: boolean
}

const methods: Method[] = ['direct', 'telex', 'vni']

/** OnScreenKeyboard only says what was pressed; the field it belongs to writes. */
export function OnScreenKeyboard({ method, onMethod, onPress, multiline, upper }: OnScreenKeyboardProps) {
  const { t } = useText()
  const [shift, setShift] = useState(false)
  const [symbols, setSymbols] = useState(false)
  const capital = upper !== shift
  const cased = (char: string) => (capital ? char.toUpperCase() : char)
  const write = (char: string) => {
    onPress({ kind: 'char', char })
    setShift(false)
  }
  const rows = symbols ? symbolRows : letterRows
  return (
    <div className="bd-keys" role="group" aria-label={t('keys.label')}>
      {!symbols && topRow(method).length > 0 && (
        <div className="bd-keys__row">
          {topRow(method).map((key) =>
            key.tone ? (
              <button key={key.show} type="button" className="bd-key bd-keys__tone" aria-label={t(`keys.tone.${key.tone as 1}`)} onPointerDown={hold} onClick={() => key.tone && onPress({ kind: 'tone', tone: key.tone })}>
                {key.show}
                <small aria-hidden>{key.hint}</small>
              </button>
            ) : (
              <button key={key.char} type="button" className="bd-key bd-keys__marked" onPointerDown={hold} onClick={() => key.char && write(cased(key.char))}>
                {key.char && cased(key.char)}
                {key.hint && <small aria-hidden>{key.hint}</small>}
              </button>
            ),
          )}
        </div>
      )}
      {rows.map((row, index) => (
        <div className="bd-keys__row" key={row}>
          {index === 2 && !symbols && (
            <button type="button" className="bd-key bd-keys__wide" aria-label={t('keys.shift')} aria-pressed={capital} onPointerDown={hold} onClick={() => setShift(!shift)}>
              <ArrowBigUp aria-hidden />
            </button>
          )}
          {[...row].map((char) => (
            <button key={char} type="button" className="bd-key" onPointerDown={hold} onClick={() => write(symbols ? char : cased(char))}>
              {symbols ? char : cased(char)}
            </button>
          ))}
          {index === 2 && (
            <button type="button" className="bd-key bd-keys__wide" aria-label={t('keys.backspace')} onPointerDown={hold} onClick={() => onPress({ kind: 'backspace' })}>
              <Delete aria-hidden />
            </button>
          )}
        </div>
      ))}
      <div className="bd-keys__row">
        <div className="bd-keys__methods" role="group" aria-label={t('keys.method')}>
          {methods.map((name) => (
            <button key={name} type="button" className="bd-key bd-key--word" aria-pressed={method === name} onPointerDown={hold} onClick={() => onMethod(name)}>
              {t(`keys.${name}`)}
            </button>
          ))}
        </div>
        <button type="button" className="bd-key bd-key--word" aria-pressed={symbols} onPointerDown={hold} onClick={() => setSymbols(!symbols)}>
          123
        </button>
        <button type="button" className="bd-key bd-keys__space" aria-label={t('keys.space')} onPointerDown={hold} onClick={() => write(' ')} />
        {[',', '.', '/'].map((char) => (
          <button key={char} type="button" className="bd-key" onPointerDown={hold} onClick={() => write(char)}>{char}</button>
        ))}
        {multiline && (
          <button type="button" className="bd-key" aria-label={t('keys.enter')} onPointerDown={hold} onClick={() => write('\n')}>
            <CornerDownLeft aria-hidden />
          </button>
        )}
      </div>
    </div>
  )
}

// The caret must stay in the field while keys are touched.
function hold(event: React.PointerEvent) {
  event.preventDefault()
}
