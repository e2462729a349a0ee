// What the stand-in desk knows about queue numbers: a morning with three services in use, and a printer
// that prints, refuses, or keeps silent as the story wants.
import { Refusal } from './http.mjs'

const text = (vi, en) => ({ vi, en })
const services = [
  ['ho_tich', 'A', 'users', text('Hộ tịch, chứng thực', 'Civil status, certification'), text('Khai sinh, kết hôn, khai tử, sao y, chứng thực chữ ký', 'Births, marriages, deaths, certified copies, signatures')],
  ['dat_dai', 'B', 'land-plot', text('Đất đai, xây dựng, hộ kinh doanh', 'Land, building, household business'), text('Sổ đất, tranh chấp đất, giấy phép xây dựng, mở quán', 'Land papers, land disputes, building permits, opening a shop')],
  ['xa_hoi', 'C', 'hand-heart', text('Bảo trợ xã hội, người có công', 'Social support, people of merit'), text('Trợ cấp, hộ nghèo, người khuyết tật, mai táng phí', 'Allowances, poor households, disability, funeral support')],
  ['cu_tru', 'D', 'id-card', text('Cư trú, căn cước (công an)', 'Residence, identity card (police)'), text('Thường trú, tạm trú, căn cước, VNeID', 'Permanent and temporary residence, identity card, VNeID')],
  ['khac', 'E', 'file-text', text('Việc khác', 'Something else'), text('Chưa biết hỏi ai thì chọn ô này', 'Choose this if you do not know whom to ask')],
  ['ket_qua', 'N', 'scroll-text', text('Nhận kết quả', 'Collect a result'), text('Tôi đã nộp hồ sơ, nay đến nhận kết quả', 'I have filed already and come to collect the result')],
].map(([code, letter, icon, name, hint]) => ({ code, letter, icon, name, hint }))

const groups = [text('Người cao tuổi', 'Elderly people'), text('Người khuyết tật', 'People with a disability'), text('Phụ nữ mang thai', 'Pregnant women'), text('Người đi cùng con nhỏ', 'People with a small child')]
const unknown = text('Chưa ước được thời gian chờ', 'The wait cannot be guessed yet')
const range = (n) => (n === 0 ? text('Chờ dưới 5 phút', 'Less than 5 minutes') : text(`Chờ khoảng ${5 * n}–${5 * n + 10} phút`, `About ${5 * n}–${5 * n + 10} minutes`))

/** queueState is the morning's queue; state.printerSays is 'printed', 'refused' or 'silent'. */
export function queueState(now) {
  let id = 0
  const all = []
  const add = (letter, number, state, more = {}) => {
    const t = { id: ++id, letter, number, label: letter + String(number).padStart(3, '0'), state, priority: false, prints: 1, at: now - (20 - id) * 180000, key: `old-${id}`, ...more }
    all.push(t)
    return t
  }
  for (let n = 1; n <= 8; n++) add('A', n, 'served')
  add('A', 9, 'called', { counter: 2, calls: 1 })
  add('B', 1, 'called', { counter: 3, calls: 2 })
  add('A', 10, 'valid')
  add('A', 11, 'valid', { priority: true })
  add('A', 12, 'valid')
  add('B', 2, 'valid')
  add('A', 13, 'printing')
  return { all, add, printerSays: 'printed', given: 0 }
}

/** queueRoutes answer as the desk does. */
export function queueRoutes(state, printer) {
  const q = state.queue
  const waiting = (letter, before = Infinity) => q.all.filter((t) => t.state === 'valid' && t.letter === letter && t.id < before).length
  const wait = (letter, before) => {
    const ahead = waiting(letter, before)
    return { ahead, known: letter === 'A', text: letter === 'A' ? range(ahead) : unknown }
  }
  const service = (letter) => services.find((s) => s.letter === letter)
  const row = (t) => ({ ...t, service: service(t.letter).name, lost: false })
  const view = (t) => ({ key: t.key, label: t.label, service: service(t.letter).name, state: t.state, by: t.by, priority: t.priority, prints: t.prints, printer: printer && t.prints < 3, lost: Boolean(t.lost), counter: t.counter, at: t.at, doubt: false, over: false, wait: wait(t.letter, t.id), practice: false })
  const mine = (key) => q.all.find((t) => t.key === key) ?? (() => { throw new Refusal(404, 'no_ticket', 'Không thấy số này.', 'This number is not here.') })()
  const print = (t) => {
    if (!printer) return
    t.prints++
    t.lost = false
    if (q.printerSays === 'printed') Object.assign(t, { state: 'valid', by: 'printer' })
    if (q.printerSays === 'refused') t.state = 'drawn'
    if (q.printerSays === 'silent') Object.assign(t, { state: 'printing', lost: true })
  }
  return {
    'GET /api/queue': () => ({ services: services.map((s) => ({ ...s, wait: wait(s.letter) })), calling: q.all.filter((t) => t.state === 'called').map(({ label, counter }) => ({ label, counter })), priority: { offer: true, groups }, practice: false }),
    'POST /api/queue/tickets': ({ body }) => {
      const known = q.all.find((t) => t.key === body.key)
      if (known) return view(known)
      if (q.rest) throw new Refusal(429, 'too_many_numbers', 'Máy vừa cấp nhiều số liền nhau nên nghỉ một chút.', 'Many numbers were taken just now, so the machine takes a short rest.', text('Mời bà con chờ giây lát rồi bấm lại. Chưa mất lượt của ai.', 'Please wait a moment and press again. Nobody has lost a turn.'))
      const { letter } = services.find((s) => s.code === body.service)
      const number = Math.max(0, ...q.all.filter((t) => t.letter === letter).map((t) => t.number)) + 1
      const t = q.add(letter, number, 'drawn', { key: body.key, priority: body.priority, prints: 0, at: Date.now() })
      state.calls.push(`number ${t.label}${body.priority ? ' first' : ''}`)
      print(t)
      return view(t)
    },
    'GET /api/queue/tickets/{key}': ({ params }) => view(mine(params.key)),
    'POST /api/queue/tickets/{key}/print': ({ params }) => { const t = mine(params.key); print(t); return view(t) },
    'DELETE /api/queue/tickets/{key}': ({ params }) => { const t = mine(params.key); t.state = 'void'; return view(t) },
    'GET /api/desk/queue': () => ({
      series: 1, day: '2026-11-23', today: '2026-11-23', doubt: Boolean(q.doubt), practice: false, services: services.map((s) => ({ ...s, wait: wait(s.letter) })),
      unconfirmed: q.all.filter((t) => t.state === 'drawn' || t.state === 'printing').map(row), waiting: q.all.filter((t) => t.state === 'valid').map(row), called: q.all.filter((t) => t.state === 'called').map(row),
      ended: Object.fromEntries(['served', 'absent', 'void'].map((s) => [s, q.all.filter((t) => t.state === s).length])),
    }),
    'POST /api/desk/queue/call': ({ body }) => {
      const here = q.all.find((t) => t.state === 'called' && t.counter === body.counter)
      if ((here?.id ?? 0) !== body.after) throw new Refusal(409, 'queue_moved', 'Hàng chờ vừa thay đổi.', 'The queue has just changed.')
      const next = q.all.find((t) => t.state === 'valid' && (body.ticket ? t.id === body.ticket : !body.letters?.length || body.letters.includes(t.letter)))
      if (!next) throw new Refusal(409, 'queue_empty', 'Không còn ai chờ cho các việc đã chọn.', 'Nobody waits for the chosen services.')
      if (here) here.state = 'served'
      Object.assign(next, { state: 'called', counter: body.counter, calls: 1 })
      state.calls.push(`call ${next.label} to ${body.counter}`)
      return row(next)
    },
    'POST /api/desk/queue/tickets/{id}/{step}': ({ params }) => {
      const t = q.all.find((one) => one.id === Number(params.id))
      if (params.step === 'confirm') Object.assign(t, { state: 'valid', by: 'staff' })
      else if (params.step === 'recall') t.calls++
      else t.state = params.step
      state.calls.push(`${params.step} ${t.label}`)
      return row(t)
    },
    'POST /api/desk/queue/series': () => ({ series: 2 }),
  }
}
