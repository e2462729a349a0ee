// The rows of the on-screen keyboard. Letters with marks stand on keys of
// their own, because half of the people here never learned Telex.
import type { Method } from '../../text/composer/composer'
import type { Tone } from '../../text/composer/syllable'

export interface Key {
  /** what is written; absent for a tone key */
  char?: string
  tone?: Tone
  show?: string
  hint?: string
}

export const letterRows: string[] = ['qwertyuiop', 'asdfghjkl', 'zxcvbnm']
export const symbolRows: string[] = ['1234567890', "-/.,()&+", ":;'\"@%?"]
export const markedLetters = 'ăâđêôơư'
// The tone stands on the letter a, as on a school poster, with its name below.
export const tones: { tone: Tone; show: string; hint: string }[] = [
  { tone: 1, show: 'á', hint: 'sắc' },
  { tone: 2, show: 'à', hint: 'huyền' },
  { tone: 3, show: 'ả', hint: 'hỏi' },
  { tone: 4, show: 'ã', hint: 'ngã' },
  { tone: 5, show: 'ạ', hint: 'nặng' },
]
const vniHints: Record<string, string> = { 1: 'á', 2: 'à', 3: 'ả', 4: 'ã', 5: 'ạ', 6: 'â', 7: 'ơ', 8: 'ă', 9: 'đ', 0: 'a' }

/** topRow is what stands above the letters for a way of typing. */
export function topRow(method: Method): Key[] {
  if (method === 'direct') {
    return [...[...markedLetters].map((char) => ({ char })), ...tones]
  }
  if (method === 'vni') return [...'1234567890'].map((char) => ({ char, hint: vniHints[char] }))
  return []
}
