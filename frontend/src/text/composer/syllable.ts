// Vietnamese syllables taken apart and put together again.
//
// A word is a row of letters, each with at most one mark (â ă ơ đ), and one
// tone for the whole word. Where the tone is written follows from the letters,
// so it is worked out anew after every key. Letters that are not Vietnamese
// (č, ŏ of S'tiêng names) pass through untouched.

export type Mark = '' | '^' | 'breve' | 'horn' | 'stroke'
export type Tone = 0 | 1 | 2 | 3 | 4 | 5 // none, sắc, huyền, hỏi, ngã, nặng
export type ToneStyle = 'old' | 'new' // hòa or hoà

export interface Letter {
  /** lower-case base letter, without mark or tone; other characters as they are */
  base: string
  mark: Mark
  upper: boolean
}

export interface Syllable {
  letters: Letter[]
  tone: Tone
}

const combiningTone: Record<Tone, string> = { 0: '', 1: '\u0301', 2: '\u0300', 3: '\u0309', 4: '\u0303', 5: '\u0323' }
const combiningMark: Record<Mark, string> = { '': '', '^': '\u0302', breve: '\u0306', horn: '\u031b', stroke: '' }
const toneOfMark = new Map<string, Tone>(
  ([1, 2, 3, 4, 5] as const).map((tone) => [combiningTone[tone], tone]),
)
const markOfMark = new Map<string, Mark>([
  ['\u0302', '^'],
  ['\u0306', 'breve'],
  ['\u031b', 'horn'],
])

export function isVowel(letter: Letter | undefined): boolean {
  return letter !== undefined && 'aeiouy'.includes(letter.base)
}

/** takeApart reads a written word, in NFC or NFD. */
export function takeApart(word: string): Syllable {
  const letters: Letter[] = []
  let tone: Tone = 0
  for (const written of word.normalize('NFC')) {
    const [head = '', ...marks] = written.normalize('NFD')
    const lower = head.toLowerCase()
    const letter: Letter = { base: lower, mark: '', upper: head !== lower }
    if (lower === 'đ') {
      letter.base = 'd'
      letter.mark = 'stroke'
    }
    let strange = false
    for (const mark of marks) {
      const asTone = toneOfMark.get(mark)
      const asMark = markOfMark.get(mark)
      if (asTone !== undefined && 'aeiouy'.includes(letter.base)) tone = asTone
      else if (asMark !== undefined && takesMark(letter.base, asMark)) letter.mark = asMark
      else strange = true
    }
    letters.push(strange ? { base: written, mark: '', upper: false } : letter)
  }
  return { letters, tone }
}

function takesMark(base: string, mark: Mark): boolean {
  if (mark === '^') return 'aeo'.includes(base)
  if (mark === 'horn') return 'ou'.includes(base)
  if (mark === 'breve') return base === 'a'
  return base === 'd'
}

/** putTogether writes the word in NFC with the tone where the style wants it. */
export function putTogether(syllable: Syllable, style: ToneStyle): string {
  const at = syllable.tone === 0 ? -1 : tonePosition(syllable.letters, style)
  return syllable.letters
    .map((letter, index) => {
      const plain = letter.mark === 'stroke' ? 'đ' : letter.base + combiningMark[letter.mark]
      const toned = index === at ? plain + combiningTone[syllable.tone] : plain
      return (letter.upper ? toned.toUpperCase() : toned).normalize('NFC')
    })
    .join('')
}

/**
 * nucleus gives the range [from, to) of the vowels that carry the tone. The u
 * of "qu" and the i of "gi" before another vowel belong to the consonant.
 */
export function nucleus(letters: Letter[]): [number, number] {
  let from = letters.findIndex(isVowel)
  if (from < 0) return [-1, -1]
  const before = letters[from - 1]?.base
  const here = letters[from]
  const glide = (before === 'q' && here?.base === 'u') || (before === 'g' && here?.base === 'i' && from === 1)
  if (glide && isVowel(letters[from + 1])) from++
  let to = from
  while (isVowel(letters[to])) to++
  return [from, to]
}

function tonePosition(letters: Letter[], style: ToneStyle): number {
  const [from, to] = nucleus(letters)
  if (from < 0) return -1
  for (let i = to - 1; i >= from; i--) {
    if (letters[i]?.mark) return i // ê, ơ … attract the tone; of ươ it is the ơ
  }
  const count = to - from
  const closed = to < letters.length
  if (count === 1) return from
  if (closed) return to - 1
  if (count >= 3) return from + 1
  const pair = `${letters[from]?.base}${letters[from + 1]?.base}`
  return style === 'new' && ['oa', 'oe', 'uy'].includes(pair) ? from + 1 : from
}
