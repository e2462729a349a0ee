// Every syllable Vietnamese spelling allows, typed in three ways of order and
// three ways of typing. The rimes stand here with the tone sắc as people write
// them, so that where the tone belongs is told by the table and not by the
// program that is tested.
import { expect, it } from 'vitest'
import { fold } from '../format'
import { compose, setTone, typeAt, type Method } from './composer'
import type { Tone } from './syllable'

const open = 'á ó é ê í ô ơ ú ư ý ái ói ôi ơi úi ứi áo éo áu âu êu íu ứu áy ây óa óe úy uế uơ ía úa ứa oái oáy oáo oéo uây uôi ươi ươu iêu yêu uýa uýu'
const closed =
  'ám án áng ánh ăm ăn ăng âm ân âng ém én éng êm ên ênh ím ín ính óm ón óng oóng ôm ôn ông ơm ơn úm ún úng ưn ưng iêm iên iêng yêm yên yêng oán oáng oánh oám oăm oăn oăng oén uân uâng uýnh uyên uênh uôm uôn uông ươm ươn ương uýn'
const stopped =
  'ác ách áp át ắc ắp ắt ấc ấp ất éc ép ét ếch ếp ết ích íp ít óc óp ót oóc ốc ốp ốt ớp ớt úc úp út ức ứt iếc iếp iết yết oác oách oáp oát oắc oắt oét uất uých uýt uyết uếch uốc uốt ước ướp ướt uýp'
const onsets = ['', 'b', 'c', 'ch', 'd', 'đ', 'g', 'gh', 'gi', 'h', 'k', 'kh', 'l', 'm', 'n', 'ng', 'ngh', 'nh', 'p', 'ph', 'qu', 'r', 's', 't', 'th', 'tr', 'v', 'x']
const marks = ['', '\u0301', '\u0300', '\u0309', '\u0303', '\u0323']
const telexTone = ['', 's', 'f', 'r', 'x', 'j']

// Some rimes of the table carry no sắc because their vowel already has a mark and one would have to be added by hand.
const toned = (rime: string, tone: Tone) => {
  const plain = rime.normalize('NFD').replace(/\u0301/g, '').normalize('NFC')
  if (tone === 0) return plain
  const at = rime.normalize('NFD').includes('\u0301') ? [...rime].findIndex((l) => l.normalize('NFD').includes('\u0301')) : [...rime].findLastIndex((l) => /[ăâêôơư]/.test(l))
  return [...plain].map((l, i) => (i === at ? (l + marks[tone]).normalize('NFC') : l)).join('')
}

/** spells: which onset stands before which vowel, as school books teach it. */
function spells(onset: string, rime: string): boolean {
  const first = fold(rime)[0] ?? ''
  const front = 'iey'.includes(first)
  if (onset === 'qu') return !'ou'.includes(first) || /^[ơố]c?$/.test(rime)
  if (rime.startsWith('ý')) return ['', 'h', 'k', 'l', 'm', 's', 't'].includes(onset) && rime === 'ý'
  if (/^uơ$/.test(rime)) return ['h', 'th', 'kh'].includes(onset)
  if (fold(rime).startsWith('y')) return onset === ''
  if (onset === '' && /^iê|^iế/.test(rime)) return false
  if (['k', 'gh', 'ngh'].includes(onset)) return front
  if (['c', 'g', 'ng'].includes(onset)) return !front
  if (onset === 'gi') return first !== 'i' && first !== 'y'
  return true
}

const tonesOf = (rime: string): Tone[] => (/(c|ch|p|t)$/.test(rime) ? [1, 5] : [0, 1, 2, 3, 4, 5])

function all(): { written: string; onset: string; rime: string; tone: Tone }[] {
  const out: { written: string; onset: string; rime: string; tone: Tone }[] = []
  for (const rimes of [open, closed, stopped]) {
    for (const rime of rimes.split(' ')) for (const onset of onsets) if (spells(onset, rime)) for (const tone of tonesOf(rime)) out.push({ written: onset + toned(rime, tone), onset, rime, tone })
  }
  // gi before i is written once: gì, gìn, giếng
  for (const rime of ['í', 'ín', 'iêng', 'iết', 'iếc']) for (const tone of tonesOf(rime)) out.push({ written: `g${toned(rime, tone)}`, onset: 'g', rime, tone })
  // after qu the y is the vowel
  for (const rime of ['ý', 'ýnh', 'ých', 'ýt', 'yên', 'yết']) for (const tone of tonesOf(rime)) out.push({ written: `qu${toned(rime, tone)}`, onset: 'qu', rime, tone })
  return out
}

const telexMark: Record<string, string> = { ă: 'w', â: 'a', ê: 'e', ô: 'o', ơ: 'w', ư: 'w', đ: 'd' }
const vniMark: Record<string, string> = { ă: '8', â: '6', ê: '6', ô: '6', ơ: '7', ư: '7', đ: '9' }

/** keysFor spells a syllable out in keys: marks where they stand, or all of them at its end. */
function keysFor(written: string, tone: Tone, method: Method, order: 'inline' | 'end' | 'tone first'): string {
  const plain = written.normalize('NFD').replace(/[\u0301\u0300\u0309\u0303\u0323]/g, '').normalize('NFC')
  const toneKey = method === 'telex' ? (telexTone[tone] ?? '') : tone ? String(tone) : ''
  const markOf = method === 'telex' ? telexMark : vniMark
  let keys = ''
  let late = ''
  for (const [i, letter] of [...plain].entries()) {
    const bare = fold(letter)
    const mark = markOf[letter] ?? ''
    // uơ and ươ share one horn key; oo is written by a third o, the mark taken back
    const pair = letter === 'ư' && plain[i + 1] === 'ơ'
    const second = bare === 'o' && letter === 'o' && plain[i - 1] === 'o' && method === 'telex'
    keys += bare + (second ? 'o' : '')
    if (pair) continue
    if (order === 'inline') keys += mark
    else if (mark) late += mark
  }
  return order === 'tone first' ? keys + toneKey + late : keys + late + toneKey
}

const syllables = all()

it('knows the syllables of the language', () => {
  expect(syllables.length).toBeGreaterThan(12_000)
  const written = new Set(syllables.map((s) => s.written))
  for (const word of 'nghiêng thuở quở khuỷu ngoèo giếng gìn quýnh đường phượng tuyệt xoong ưỡn yểu ủy hòa thúy nguyễn'.split(' ')) {
    expect(written.has(word.normalize('NFC')), word).toBe(true)
  }
})

for (const method of ['telex', 'vni'] as Method[]) {
  for (const order of ['inline', 'end', 'tone first'] as const) {
    it(`writes every syllable: ${method}, marks ${order}`, () => {
      const wrong: string[] = []
      // every tone with the marks in place; two tones suffice to see where a late key lands
      for (const { written, tone } of syllables.filter((s) => order === 'inline' || s.tone === 1 || s.tone === 5)) {
        const keys = keysFor(written, tone, method, order)
        const got = compose(keys, method)
        if (got !== written) wrong.push(`${keys} gives ${got}, not ${written}`)
      }
      expect(wrong.slice(0, 60)).toEqual([])
    })
  }
}

it('writes every syllable with keys that carry their marks', () => {
  const wrong: string[] = []
  for (const { written, tone } of syllables) {
    const plain = written.normalize('NFD').replace(/[\u0301\u0300\u0309\u0303\u0323]/g, '').normalize('NFC')
    let text = ''
    for (const key of plain) text = typeAt(text, text.length, key, 'direct').text
    const got = tone ? setTone(text, tone) : text
    if (got !== written) wrong.push(`${plain} and tone ${tone} gives ${got}, not ${written}`)
  }
  expect(wrong.slice(0, 60)).toEqual([])
})
