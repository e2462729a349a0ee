// Names of places offered while somebody writes (gợi ý tên địa phương).
//
// Pure: the text before the caret gives at most a few names, and nothing is
// written without a tap. What was typed matches by the beginning of each word,
// marks or not: "gi lo" offers Xã Giao Long. A name that went with the merger of
// 01/07/2025 is offered twice: as it stands on older papers, and as what it is
// now. Which of the two is right is for the person to say, so neither comes first
// by itself.
import { fold } from '../text/format'
import { bare, communes, provinces, type Commune, type Province } from './places'

export interface Suggestion {
  /** what a tap writes */
  text: string
  /** why: the name from before the merger */
  was?: string
  /** it is itself a name from before the merger */
  old?: boolean
  /** how many letters before the caret it takes the place of */
  over: number
}

interface Entry {
  text: string
  /** the ways the beginning may be typed, as folded words */
  ways: string[][]
  /** the way as it is written, to prefer a spelling with its marks */
  written: string
  was?: string
  old?: boolean
}

const words = (text: string) => fold(text).split(/[\s.-]+/).filter(Boolean)
const shortNames = new Map(provinces.map((p) => [p.code, bare(p.name)]))

function provinceEntries(p: Province): Entry[] {
  const names = [bare(p.name), ...(p.aliases ?? [])]
  const today: Entry = { text: p.name, written: bare(p.name), ways: [words(p.name), ...names.map(words)] }
  const former = (p.former ?? []).flatMap((name): Entry[] => {
    const ways = [words(name), words(`tỉnh ${name}`)]
    return [
      { text: name, written: name, ways, old: true },
      { text: p.name, written: name, ways, was: name },
    ]
  })
  return [today, ...former]
}

function communeEntry(c: Commune): Entry {
  return { text: `${c.name}, ${shortNames.get(c.province)}`, written: bare(c.name), ways: [words(bare(c.name)), words(c.name)] }
}

// Communes first where two names match alike: provinces are few and are found anyway.
const entries: (Entry & { commune?: Commune })[] = [
  ...communes.map((commune) => ({ ...communeEntry(commune), commune })),
  ...provinces.flatMap(provinceEntries),
]
const longest = 5

/**
 * suggestPlaces offers names for the words that end at the caret, the likeliest
 * first: more words matched, then the spelling with marks, then the commune of
 * the office's own province (home is its code), then the shorter name. Fewer than
 * two letters, or a name that stands there whole, offer nothing.
 */
export function suggestPlaces(before: string, home = '', most = 3): Suggestion[] {
  const part = before.normalize('NFC').slice(Math.max(...[...',;\n'].map((sign) => before.lastIndexOf(sign))) + 1)
  const starts = wordStarts(part)
  for (let count = Math.min(longest, starts.length); count > 0; count--) {
    const tail = part.slice(starts[starts.length - count])
    const typed = words(tail)
    if (typed.join('').length < 2 || /^\d/.test(tail)) continue
    const matched = entries.filter((e) => e.ways.some((way) => begins(way, typed)))
    if (matched.length === 0) continue
    const found = matched
      .filter((e) => !standsThere(e, tail))
      .map((e) => ({ e, rank: rank(e, tail, typed, home) }))
      .toSorted((a, b) => a.rank - b.rank || a.e.text.length - b.e.text.length)
    return unique(found.map(({ e }) => ({ text: e.text, ...(e.was && { was: e.was }), ...(e.old && { old: true }), over: tail.length }))).slice(0, most)
  }
  return []
}

/** standsThere: the name is written already; a province needs its kind no more than a person would. */
function standsThere(e: Entry & { commune?: Commune }, tail: string): boolean {
  const typed = tail.trim().toLowerCase()
  return e.text.toLowerCase() === typed || (!e.commune && !e.was && e.written.toLowerCase() === typed)
}

/** takeSuggestion writes one at the caret; the caret stands behind it. */
export function takeSuggestion(text: string, caret: number, taken: Suggestion): { text: string; caret: number } {
  const from = Math.max(0, caret - taken.over)
  return { text: text.slice(0, from) + taken.text + text.slice(caret), caret: from + taken.text.length }
}

function wordStarts(part: string): number[] {
  return [...part.matchAll(/[^\s.-]+/g)].map((word) => word.index)
}

/** begins: each typed word is the beginning of the name's word at its place. */
function begins(way: string[], typed: string[]): boolean {
  return typed.length <= way.length && typed.every((word, i) => way[i]?.startsWith(word))
}

function rank(e: Entry & { commune?: Commune }, tail: string, typed: string[], home: string): number {
  const spelt = e.written.toLowerCase().startsWith(tail.trim().toLowerCase()) ? 0 : 4
  const whole = e.ways.some((way) => way.length === typed.length && way.every((word, i) => word === typed[i])) ? 0 : 2
  const here = e.commune ? (e.commune.province === home ? 0 : 1) : e.old || e.was ? 1 : 0
  return spelt + whole + here
}

function unique(list: Suggestion[]): Suggestion[] {
  return list.filter((one, i) => list.findIndex((other) => other.text === one.text) === i)
}

export interface Successor {
  province: Province
  /** the former province the address names; absent where it names today's */
  former?: string
  communes: Commune[]
}

const kinds = /^(thanh pho|thi tran|thi xa|dac khu|phuong|huyen|tinh|quan|xa|tp|tt|tx|[pxhqt])(\s*\.\s*|\s+)/

/**
 * successorsOf reads an address of two or of three levels, as older cards carry
 * it, and gives what it may have become: the same rule as SuggestSuccessors of the
 * programs. A person confirms one; the words of the card stay as they are.
 */
export function successorsOf(address: string): Successor[] {
  const parts = fold(address).split(',').map((part) => part.replace(/^[\s.]+|[\s.]+$/g, ''))
  while (parts.length > 0 && parts.at(-1) === '') parts.pop()
  const named = key(parts.pop() ?? '')
  if (named === '') return []
  return provinces.flatMap((province) => {
    const today = [bare(province.name), province.name, ...(province.aliases ?? [])].some((name) => key(fold(name)) === named)
    const former = today ? undefined : province.former?.find((name) => key(fold(name)) === named)
    if (!today && former === undefined) return []
    const fits = (c: Commune, part: string) => {
      const name = fold(bare(c.name))
      return c.province === province.code && (name === part || name === part.replace(kinds, '')) && (former === undefined || c.former === former)
    }
    const communesNamed = [...new Set(parts.flatMap((part) => communes.filter((c) => fits(c, part))))]
    return [{ province, ...(former !== undefined && { former }), communes: communesNamed }]
  })
}

function key(folded: string): string {
  return folded.replace(kinds, '').replaceAll('-', ' ').split(/\s+/).filter(Boolean).join(' ')
}
