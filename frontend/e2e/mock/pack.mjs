// The real catalogue pack of this repository, read for the stand-in servers.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const at = (name) => fileURLToPath(new URL(`../../../internal/catalog/pack/${name}`, import.meta.url))
const read = (name) => JSON.parse(readFileSync(at(name), 'utf8'))

const lists = read('lists.json')
export const procedures = read('procedures.json').procedures
export const events = read('life-events.json').events

export function formOf(code) {
  const procedure = procedures.find((p) => p.code === code)
  const form = read(`forms/${procedure.form}.json`)
  const field = (f) => ({ ...f, options: f.list ? lists[f.list].options : f.options, items: f.items?.map(field) })
  return { ...form, sections: form.sections.map((s) => ({ ...s, fields: s.fields.map(field) })) }
}

export const fold = (text) =>
  text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase()

/** Whether a condition holds: enough of the expression language for the journeys. */
export function holds(expr, answers) {
  const names = {
    true: true, false: false,
    today: () => '2026-11-22',
    age: (day) => 2026 - Number(String(day ?? '2026').slice(0, 4)),
    days_between: (a, b) => Math.round((Date.parse(b) - Date.parse(a)) / 86400000),
    empty: (v) => v === undefined || v === null || v === '',
    filled: (v) => !(v === undefined || v === null || v === ''),
    len: (v) => (v ?? '').length, count: () => 0, contains_any: () => false, sum: () => 0,
  }
  const js = expr
    .replace(/([\w.]+) not in (\[[^\]]*\])/g, '!$2.includes($1)')
    .replace(/([\w.]+) in (\[[^\]]*\])/g, '$2.includes($1)')
    .replace(/ and /g, ' && ').replace(/ or /g, ' || ').replace(/\bnot /g, '!')
  try {
    const scope = new Proxy({ ...answers, ...names }, { has: () => true, get: (t, k) => (typeof k === 'symbol' ? undefined : t[k]) })
    return Boolean(new Function('scope', `with (scope) { return (${js}) }`)(scope))
  } catch {
    return true
  }
}

export function visible(form, answers) {
  return form.sections
    .filter((s) => !s.when || holds(s.when.expr, answers))
    .flatMap((s) => s.fields.filter((f) => !f.when || holds(f.when.expr, answers)))
    .map((f) => f.id)
}
