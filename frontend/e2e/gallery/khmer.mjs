// The words of a journey in Khmer: the journeys are written in Vietnamese and English, and the shipped
// pack says what stands on the screen instead.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dist } from '../mock/http.mjs'
import { khmer } from '../mock/languages.mjs'

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** filled writes a message with its values: `value` for each, and the branch for many. */
function filled(message, value) {
  let depth = 0
  let out = ''
  let inside = ''
  for (const sign of message) {
    if (sign === '{' && depth++ === 0) inside = ''
    else if (sign === '}' && --depth === 0) out += /other \{(.*)\}\s*$/s.exec(inside)?.[1].replaceAll('#', value) ?? value
    else if (depth > 0) inside += sign
    else out += sign
  }
  return out
}

/** pattern is a message as a piece of a regular expression: what is filled in may be anything. */
const pattern = (message) => escape(filled(message, '\u0000')).replaceAll('\u0000', '.*')

/** sayings pairs every Vietnamese text of the resident's screens with its Khmer. */
function sayings() {
  const messages = JSON.parse(readFileSync(join(dist, 'messages.json'), 'utf8'))
  const own = Object.entries(messages).map(([key, { vi }]) => [vi, khmer.strings[key] ?? vi])
  return [...own, ...Object.entries(khmer.texts)]
}

/**
 * inKhmer turns a table of Vietnamese words into one of Khmer. A text that no message says, such as what is typed
 * or what an office wrote, stays as it is; `given` names the messages of what is put together of several.
 */
export function inKhmer(table, given = {}) {
  const pairs = sayings()
  const one = (want) => {
    if (Array.isArray(want)) return want.map(one)
    const fits = want instanceof RegExp ? (vi) => ['1', '2', '3'].some((n) => want.test(filled(vi, n))) : (vi) => vi === want
    const found = [...new Set(pairs.filter(([vi]) => fits(vi)).map(([, km]) => km))]
    if (found.length === 0) return want
    if (typeof want === 'string' && found.length === 1 && !found[0].includes('{')) return found[0]
    const start = want instanceof RegExp ? want.source.startsWith('^') : true
    return new RegExp(`${start ? '^' : ''}(?:${found.map(pattern).join('|')})${typeof want === 'string' ? '$' : ''}`)
  }
  const joined = (keys) => new RegExp(keys.map((key) => pattern(khmer.strings[key])).join('\\s*'))
  return Object.fromEntries(Object.entries(table).map(([name, want]) => [name, given[name] ? joined(given[name]) : one(want)]))
}
