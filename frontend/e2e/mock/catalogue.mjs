// The catalogue's calls, cut into pages as the desk cuts them. Its search is plainer than the desk's.
import { events, fold, formOf, procedures } from './pack.mjs'

const text = (vi, en) => ({ vi, en })
const one = (code) => procedures.find((p) => p.code === code)
const itemOf = (code) => events.flatMap((e) => e.procedures).find((x) => x.code === code)
const wordsOf = (p) => {
  const item = itemOf(p.code)
  return fold([p.code, p.name.vi, p.short.vi, p.name.en, item?.plain.vi, ...(item?.synonyms ?? []), ...(item?.misspellings ?? [])].join(' '))
}
const row = (p) => ({ code: p.code, name: p.name, short: p.short, plain: itemOf(p.code)?.plain ?? p.short, field: p.field, modelled: p.form !== 'general', life_events: [] })
const byAlphabet = (a, b) => a.localeCompare(b, 'vi')

export const catalogueRoutes = (state) => ({
  'GET /api/catalog/fields': () => {
    const names = [...new Set(procedures.map((p) => p.field.vi))].toSorted(byAlphabet)
    return names.map((vi) => {
      const here = procedures.filter((p) => p.field.vi === vi)
      return { name: here[0].field, procedures: here.length }
    })
  },
  'GET /api/catalog/procedures': ({ query }) => {
    const q = fold(query.get('q') ?? '')
    const event = events.find((e) => e.id === query.get('event'))
    const field = query.get('field')
    const best = (p) => (fold(p.short.vi) === q || fold(itemOf(p.code)?.plain.vi ?? '') === q ? 0 : 1)
    const hits = event
      ? [...event.procedures.map((x) => x.code), ...event.also].map(one)
      : field
        ? procedures.filter((p) => p.field.vi === field).toSorted((a, b) => byAlphabet(row(a).plain.vi, row(b).plain.vi))
        : procedures.filter((p) => q && wordsOf(p).includes(q)).toSorted((a, b) => best(a) - best(b))
    const from = Number(query.get('offset') ?? 0)
    const near = q && hits.length === 0 ? { rows: [row(one('1.001193'))], events: events.filter((e) => e.first_page).map((e) => e.id) } : undefined
    return { total: hits.length, rows: hits.slice(from, from + Number(query.get('limit') ?? 50)).map(row), near }
  },
  'GET /api/catalog/procedures/{code}': ({ params }) => {
    const p = one(params.code)
    return {
      ...p, plain: itemOf(p.code)?.plain, time: { text: text('Trong ngày; nhận sau 15 giờ thì trả ngày làm việc tiếp theo', 'The same day; after 15:00, the next working day') },
      fee: { text: text('Không thu phí', 'Free') }, cases: formOf(p.code).cases ?? [], form: { code: p.form, version: '1' }, modelled: p.form !== 'general',
      results: p.results.map((r) => r.name), remarks: [text('Nộp qua mạng: 7.000 đồng.', 'Online: 7.000 đồng.')],
      next: p.form === 'general'
        ? text('Việc này chưa có tờ khai riêng trên máy: xin hỏi cán bộ, hoặc ghi đơn chung tại máy này rồi cán bộ giúp phần còn lại.', 'This machine has no form of its own for it: please ask an officer, or write the general application here.')
        : text('Mang giấy tờ tới máy này và bấm “Làm hồ sơ này”. Thiếu giấy vẫn làm được: cán bộ chỉ cách bổ sung.', 'Bring the papers to this machine and press “File this”. Something missing is no obstacle.'),
    }
  },
  'POST /api/catalog/procedures/{code}/sheet/print': ({ params, query }) => { state.calls.push(`sheet ${params.code} ${query.get('language')}`); return { job: 'desk-1' } },
  'GET /api/catalog/procedures/{code}/sheet.pdf': () => ({ bytes: Buffer.from('%PDF-1.4\n%%EOF\n'), type: 'application/pdf' }),
})
