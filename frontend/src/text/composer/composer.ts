// The Vietnamese typing engine (bộ gõ): Telex, VNI and direct letters.
//
// Pure: a written word and one key give the next written word. Because the
// word itself is the whole state, a person may move the caret, correct a
// letter and go on. The same key twice takes the mark back and writes the key,
// so foreign names stay typeable ("Ross" is R o s s s).

import { nucleus, putTogether, takeApart, type Letter, type Syllable, type Tone, type ToneStyle } from './syllable'

export type Method = 'direct' | 'telex' | 'vni'

const telexTones: Record<string, Tone> = { s: 1, f: 2, r: 3, x: 4, j: 5 }

/** addKey gives the word after one key (one character). */
export function addKey(word: string, key: string, method: Method, style: ToneStyle = 'old'): string {
  const syllable = takeApart(word)
  const lower = key.toLowerCase()
  const done =
    method === 'telex' ? telexKey(syllable, lower) : method === 'vni' ? vniKey(syllable, lower) : false
  if (done === 'undone' || done === false) append(syllable, key)
  joinHorns(syllable.letters)
  return putTogether(syllable, style)
}

/** compose types a whole line of keys; it is how the vectors are written. */
export function compose(keys: string, method: Method, style: ToneStyle = 'old'): string {
  let text = ''
  for (const key of keys) text = typeAt(text, text.length, key, method, style).text
  return text
}

/** setTone is the tone key of the direct keyboard: the same tone again clears it. */
export function setTone(word: string, wanted: Tone, style: ToneStyle = 'old'): string {
  const syllable = takeApart(word)
  if (nucleus(syllable.letters)[0] < 0) return word
  syllable.tone = syllable.tone === wanted ? 0 : wanted
  return putTogether(syllable, style)
}

/** typeAt applies a key to the word that ends at the caret (UTF-16 offset). */
export function typeAt(text: string, caret: number, key: string, method: Method, style: ToneStyle = 'old') {
  const [start, word] = wordBefore(text, caret)
  const letter = /^[\p{L}\p{M}]$/u.test(key)
  const mark = method === 'vni' && /^[0-9]$/.test(key) && word !== ''
  const next = letter || mark ? addKey(word, key, method, style) : word + key
  return { text: text.slice(0, start) + next + text.slice(caret), caret: start + next.length }
}

/** toneAt applies a tone key of the direct keyboard at the caret. */
export function toneAt(text: string, caret: number, wanted: Tone, style: ToneStyle = 'old') {
  const [start, word] = wordBefore(text, caret)
  const next = setTone(word, wanted, style)
  return { text: text.slice(0, start) + next + text.slice(caret), caret: start + next.length }
}

function wordBefore(text: string, caret: number): [number, string] {
  const word = /[\p{L}\p{M}]*$/u.exec(text.slice(0, caret))?.[0] ?? ''
  return [caret - word.length, word]
}

function append(syllable: Syllable, key: string) {
  const lower = key.toLowerCase()
  const whole = takeApart(key) // a key may carry its own tone: ấ from a paste
  syllable.letters.push(whole.letters[0] ?? { base: lower, mark: '', upper: key !== lower })
  if (whole.tone !== 0) syllable.tone = whole.tone
}

// 'undone' means: the mark was taken back and the key itself is to be written.
type Outcome = true | false | 'undone'

function tone(syllable: Syllable, wanted: Tone): Outcome {
  if (nucleus(syllable.letters)[0] < 0) return false
  if (syllable.tone === wanted) {
    syllable.tone = 0
    return 'undone'
  }
  syllable.tone = wanted
  return true
}

function clearTone(syllable: Syllable): Outcome {
  if (syllable.tone === 0) return false
  syllable.tone = 0
  return true
}

function telexKey(syllable: Syllable, key: string): Outcome {
  const wanted = telexTones[key]
  if (wanted !== undefined) return tone(syllable, wanted)
  if (key === 'z') return clearTone(syllable)
  if (key === 'd') return stroke(syllable.letters)
  if (key === 'w') return hornOrBreve(syllable.letters, 'uoa', true)
  if ('aeo'.includes(key)) return roof(syllable.letters, key)
  return false
}

function vniKey(syllable: Syllable, key: string): Outcome {
  if (key >= '1' && key <= '5') return tone(syllable, Number(key) as Tone)
  if (key === '0') return clearTone(syllable)
  if (key === '6') return roof(syllable.letters, 'aeo')
  if (key === '7') return hornOrBreve(syllable.letters, 'uo', false)
  if (key === '8') return hornOrBreve(syllable.letters, 'a', false)
  if (key === '9') return stroke(syllable.letters)
  return false
}

function stroke(letters: Letter[]): Outcome {
  const first = letters[0]
  if (first?.base !== 'd') return false
  if (first.mark === 'stroke') {
    first.mark = ''
    return 'undone'
  }
  first.mark = 'stroke'
  return true
}

function roof(letters: Letter[], bases: string): Outcome {
  const [from, to] = nucleus(letters)
  if (from < 0) return false
  const cluster = letters.slice(from, to)
  // ngoèo, khoeo: after "oe" and "oa" an o is a letter of its own
  if (bases === 'o' && to === letters.length && /^o[ae]$/.test(cluster.map((l) => l.base).join(''))) return false
  const target = cluster.findLast((l) => bases.includes(l.base))
  if (!target) return false
  if (target.mark === '^') {
    target.mark = ''
    return 'undone'
  }
  target.mark = '^'
  return true
}

function hornOrBreve(letters: Letter[], bases: string, alone: boolean): Outcome {
  const [from, to] = nucleus(letters)
  if (from < 0) {
    if (!alone || letters.length === 0) return false
    letters.push({ base: 'u', mark: 'horn', upper: false }) // tw → tư
    return true
  }
  const cluster = letters.slice(from, to)
  const u = cluster.findIndex((l) => l.base === 'u')
  const next = cluster[u + 1]
  if (u >= 0 && bases.includes('u')) {
    const letter = cluster[u]
    if (letter && next?.base === 'o') return hornPair(letters, letter, next, to)
    if (letter && (!next || next.base !== 'y')) return toggle(letter, 'horn')
  }
  const o = cluster.find((l) => l.base === 'o')
  const a = cluster.find((l) => l.base === 'a')
  if (a && bases.includes('a')) return toggle(a, 'breve')
  if (o && bases.includes('o')) return toggle(o, 'horn')
  return false
}

// uo becomes ươ, but stays uơ in thuở, huơ, khuơ while nothing follows.
function hornPair(letters: Letter[], u: Letter, o: Letter, to: number): Outcome {
  if (o.mark === 'horn') {
    u.mark = ''
    o.mark = ''
    return 'undone'
  }
  o.mark = 'horn'
  const opening = letters
    .slice(0, letters.indexOf(u))
    .map((l) => l.base)
    .join('')
  u.mark = to === letters.length && u.mark === '' && ['h', 'th', 'kh'].includes(opening) ? '' : 'horn'
  return true
}

function toggle(letter: Letter, mark: 'horn' | 'breve'): Outcome {
  if (letter.mark === mark) {
    letter.mark = ''
    return 'undone'
  }
  letter.mark = mark
  return true
}

// Once something follows uơ it can only be ươ (thuong with a horn: thương).
function joinHorns(letters: Letter[]) {
  const [from, to] = nucleus(letters)
  for (let i = Math.max(from, 0); i + 1 < to; i++) {
    const u = letters[i]
    const o = letters[i + 1]
    if (u?.base === 'u' && u.mark === '' && o?.base === 'o' && o.mark === 'horn' && i + 2 < letters.length) u.mark = 'horn'
  }
}
