// A stand-in for the staff's side of the desk: who is signed in, ten thousand dossiers, the law's steps on a
// few of them, forms and reports; the same calls and shapes, everything in memory.
import { randomUUID } from 'node:crypto'
import { counterReports } from './counterreports.mjs'
import { sheet } from './desk.mjs'
import { Refusal, serve } from './http.mjs'
import { fold, procedures } from './pack.mjs'
import { queueRoutes, queueState } from './queue.mjs'
import { verifyRoutes } from './verify.mjs'

const text = (vi, en) => ({ vi, en })
const hour = 3_600_000
const day = 24 * hour
const members = {
  'tap.su': { id: 'p1', name: 'Nguyễn Thị Tập Sự', roles: ['clerk'], acts: ['read', 'take_in', 'refuse', 'return', 'collect', 'queue', 'report', 'keep'] },
  'tap.truong': { id: 'p3', name: 'Trần Văn Lãnh Đạo', roles: ['head'], acts: ['read', 'take_in', 'refuse', 'process', 'decide', 'return', 'queue', 'report', 'keep'] },
}
const states = {
  registered: [1, text('Mới đăng ký', 'Newly registered')], received: [2, text('Được tiếp nhận', 'Received')], not_received: [3, text('Không được tiếp nhận', 'Not received')],
  in_process: [4, text('Đang xử lý', 'Being processed')], awaiting_supplement: [5, text('Yêu cầu bổ sung giấy tờ', 'Waiting for papers')], withdrawn: [7, text('Công dân yêu cầu rút hồ sơ', 'Withdrawn')],
  stopped: [8, text('Dừng xử lý', 'Stopped')], done: [9, text('Đã xử lý xong', 'Decided')], closed: [10, text('Đã trả kết quả', 'Returned')],
}
const legal = {
  registered: ['taken_in', 'supplement_requested', 'refused', 'withdrawn', 'looked_up', 'note', 'handed_over'], received: ['supplement_requested', 'processing', 'apology', 'stopped', 'withdrawn', 'looked_up', 'note', 'handed_over'],
  in_process: ['decided', 'supplement_requested', 'apology', 'stopped', 'note', 'handed_over'], awaiting_supplement: ['stopped', 'note'], done: ['result_ready', 'returned', 'note'], closed: ['note'], not_received: ['note'], stopped: ['note'], withdrawn: ['note'],
}
const act = { taken_in: 'take_in', supplement_requested: 'take_in', refused: 'refuse', stopped: 'refuse', processing: 'process', decided: 'decide', apology: 'decide', result_ready: 'process', returned: 'return' }

const known = procedures.filter((p) => p.components.some((c) => !c.written))
const families = ['NGUYỄN', 'TRẦN', 'LÊ', 'PHẠM', 'THẠCH', 'VÕ', 'HUỲNH', 'ĐIỂU']
const middles = ['VĂN', 'THỊ', 'HỮU', 'NGỌC']
const given = ['MẪU', 'THÍ DỤ', 'GIẢ ĐỊNH', 'TẬP']
const pad = (n, size) => String(n).padStart(size, '0')
/** five in the afternoon at the office, so many days from today */
const evening = (days) => Math.floor((Date.now() + 7 * hour) / day) * day + (10 + days * 24) * hour

function special(now) {
  const list = []
  const add = (applicant, code, state, hours, over = {}) => list.push({ applicant, code, state, filed_at: now - hours * hour, birth_year: 1958 + list.length * 3, holder: 'here', pending: [], ...over })
  add('NGUYỄN VĂN MẪU', '1.001193', 'registered', 0.4, { procedures: 1 })
  add('TRẦN THỊ GIẢ ĐỊNH', '2.000815', 'registered', 1.2)
  add('THẠCH THỊ SÔ PHI MẪU', '1.004194', 'registered', 3, { lookup: true, twins: ['66001-0274-66193'] })
  add('LÊ VĂN THÍ DỤ', '1.001776', 'in_process', 130, { due: evening(-2), received_at: now - 128 * hour })
  add('PHẠM NGỌC TẬP', '1.012812', 'received', 50, { due: evening(0), received_at: now - 49 * hour, holder: 'here' })
  add('VÕ THỊ THÍ DỤ', '1.000656', 'received', 26, { due: evening(1), received_at: now - 25 * hour, holder: 'province' })
  add('HUỲNH HỮU MẪU', '1.004873', 'awaiting_supplement', 75, { due: evening(1), received_at: now - 73 * hour, supplement: 1, pending: [{ event: 'e-supp', type: 'supplement_provided', n: 1, at: now - 2 * hour, text: text('Đã nộp lại giấy xác nhận, 2 ảnh.', 'The certificate was brought again, 2 pictures.') }] })
  add('ĐIỂU THỊ MẪU', '1.001193', 'done', 60, { due: evening(2), received_at: now - 59 * hour, result: true })
  add('TRẦN VĂN TẬP', '2.000635', 'received', 20, { due: evening(4), received_at: now - 19 * hour, pending: [{ event: 'e-draw', type: 'withdrawal_requested', at: now - hour, text: text('Gia đình đổi ý, xin rút hồ sơ.', 'The family changed its mind.') }] })
  return list
}

function rest(now, count) {
  const list = []
  for (let i = 0; i < count; i++) {
    const state = i % 11 === 0 ? 'registered' : i % 5 === 0 ? 'received' : 'closed'
    list.push({
      applicant: `${families[i % families.length]} ${middles[i % middles.length]} ${given[(i >> 3) % given.length]}`, code: known[i % known.length].code, state, filed_at: now - (4 + i * 3) * hour, birth_year: 1940 + (i % 70),
      holder: i % 3 === 0 ? 'province' : 'here', pending: [], ...(state === 'registered' ? {} : { due: evening(5 - Math.floor(i / 8)), received_at: now - (3 + i * 3) * hour }),
    })
  }
  return list
}

export async function startCounter({ roster = true, dossiers = 10_000, clock = 'trusted', signedIn = false, port = 0 } = {}) {
  const now = Date.now()
  const office = { session: { state: roster ? 'none' : 'no_roster' }, pin: '', wrong: 0, waitUntil: 0, calls: [], clock, building: 0, down: false, printerSays: 'printed', prints: [], meanwhile: undefined }
  const pages = ['GIẤY CHỨNG SINH', 'GIẤY CHỨNG NHẬN KẾT HÔN', 'CĂN CƯỚC', 'ĐƠN ĐỀ NGHỊ'].map((title, i) => ({ ...sheet(`s${i}`, title), sha: `${i}`.repeat(64) }))
  const all = [...special(now), ...rest(now, dossiers - 9)].map((d, i) => {
    const procedure = procedures.find((p) => p.code === d.code) ?? known[0]
    return { ...d, id: randomUUID(), slip: `66001-${pad((i * 7919) % 10000, 4)}-${pad((i * 104729) % 100000, 5)}`, procedure, business: d.state, official_code: d.received_at ? `H61.88.24-261122-${pad(i % 10000, 4)}` : undefined, marks: {}, supplements: d.supplement ?? 0, journal: undefined }
  })
  const journalOf = (d) => (d.journal ??= [
    { at: d.filed_at, text: text('Đã nộp tại xã', 'Filed at the commune'), who: 'Máy tự phục vụ', clock: 'trusted' },
    ...(d.received_at ? [{ at: d.received_at, text: text('Cán bộ đã tiếp nhận', 'Taken in'), who: 'Nguyễn Thị Tập Sự', clock: 'trusted' }] : []),
    ...(d.supplement ? [{ at: d.received_at + hour, text: text('Yêu cầu bổ sung lần 1', 'Supplement 1 requested'), who: 'Nguyễn Thị Tập Sự', clock: 'jumped' }] : []),
  ])
  const row = (d) => ({
    id: d.id, slip: d.slip, official_code: d.official_code, procedure: { code: d.procedure.code, name: d.procedure.name }, applicant: d.applicant, birth_year: d.birth_year, status: states[d.state][1], business: d.state, code: states[d.state][0],
    filed_at: d.filed_at, received_at: d.received_at, due: d.due, late: Boolean(d.due && d.due < Date.now() && ['received', 'in_process'].includes(d.state)), holder: d.holder, requests: d.pending.length, twins: d.twins ?? [],
  })
  const views = {
    waiting: (d) => d.state === 'registered' && d.holder === 'here', due_soon: (d) => ['received', 'in_process'].includes(d.state) && d.due >= Date.now() && d.due < Date.now() + 2 * day, late: (d) => row(d).late && d.due > Date.now() - 4 * day,
    supplement: (d) => d.state === 'awaiting_supplement', ready: (d) => d.state === 'done' && d.result, lookups: (d) => d.lookup, requests: (d) => d.pending.length > 0, all: () => true,
  }
  const components = (d) => d.procedure.components.filter((c) => !c.written).slice(0, 4).map((c, i) => ({
    id: c.id, name: c.name, state: d.marks[c.id]?.state ?? (i === 1 && d.lookup ? 'to_be_looked_up' : i === 3 ? 'missing' : 'provided'), originals: d.marks[c.id]?.originals ?? 0, copies: d.marks[c.id]?.copies ?? 0, compared: d.marks[c.id] && { at: now, who: 'Nguyễn Thị Tập Sự', compared: d.marks[c.id].compared === true },
    scans: (i < 2 && !(i === 1 && d.lookup) ? pages.slice(i * 2, i * 2 + 2 - i) : []).map((p) => ({ sha256: p.sha, mime: p.mime, length: p.length, here: true })),
  }))
  const dueOf = (d) => ({
    due: d.due ?? evening(2), text: text('17 giờ, hai ngày làm việc nữa', '5 p.m., two working days from now'), calendar: '2026.2', clock: office.clock, clock_doubt: office.clock === 'jumped', now: Date.now(), period: text('Thời hạn: 2 ngày làm việc', 'Period: 2 working days'),
    reasons: [
      { code: 'day_of_receipt', ...text('Ngày tiếp nhận không tính.', 'The day of receipt does not count.') },
      { code: 'holiday', ...text('24/11 là ngày nghỉ lễ (Ngày Văn hóa Việt Nam), không tính.', '24/11 is a public holiday and does not count.') },
      { code: 'working_days', ...text('Đếm 2 ngày làm việc, trả lúc hết giờ làm việc.', 'Two working days are counted, to the end of office hours.') },
    ],
  })
  const stepsOf = (d) => {
    const may = legal[d.state].filter((s) => d.holder === 'here' && (act[s] === undefined || office.session.who.acts.includes(act[s])) && (s !== 'looked_up' || d.lookup) && (s !== 'result_ready' || !d.result) && (s !== 'returned' || d.result))
    return d.pending.length > 0 && d.holder === 'here' ? [...may, 'accepted', 'declined'] : may
  }
  const detail = (d) => ({
    revision: journalOf(d).length, row: row(d), filing: { procedure: { code: d.procedure.code, name: d.procedure.name }, channel: 'kiosk', language: 'vi', filed_at: d.filed_at, pack: '2026-11-22' },
    people: { applicant: { full_name: d.applicant, citizen_id: '083090999001', birth_date: `${d.birth_year}-03-14`, sex: 'male', phone: '0912345678', address: 'Ấp Giả Định 1, Xã Giao Long, Tỉnh Vĩnh Long', evidence: 'qr' } },
    answers: [
      { section: text('Người yêu cầu', 'Requester'), question: text('Quan hệ với người được khai sinh', 'Relation to the child'), answer: 'Cha' }, { section: text('Người yêu cầu', 'Requester'), question: text('Nơi cư trú', 'Residence'), answer: 'Ấp Giả Định 1, Xã Giao Long', evidence: 'qr' },
      { section: text('Em bé', 'The child'), question: text('Họ, chữ đệm, tên', 'Full name'), answer: 'NGUYỄN THỊ ĐƯỢM' }, { section: text('Em bé', 'The child'), question: text('Ngày sinh', 'Date of birth'), answer: '03/11/2026' }, { section: text('Em bé', 'The child'), question: text('Ghi chú', 'Note'), answer: '' },
    ],
    components: components(d), signature: { kind: 'drawn' }, verdict: [], journal: journalOf(d), pending: d.pending, steps: stepsOf(d),
    custody: { holder: d.holder, handover: 'at_take_in', text: d.holder === 'here' ? text('Xã đang giữ hồ sơ', 'This office keeps it') : text('Tỉnh đang giữ hồ sơ', 'The province keeps it') }, due: d.due ? dueOf(d) : undefined, official_code: d.official_code, supplements: d.supplements,
    supplement: d.state === 'awaiting_supplement' ? { n: d.supplements, at: now, reasons: (d.asked ?? [{ component: d.procedure.components[0].id, code: 'unreadable', text: '' }]).map((r) => ({ ...r, name: d.procedure.components.find((c) => c.id === r.component)?.name })) } : undefined,
  })
  const find = (id) => all.find((d) => d.id === id) ?? (() => { throw new Refusal(404, 'not_found', 'Không tìm thấy hồ sơ.', 'No such dossier.') })()
  const guard = (handler) => (call) => {
    if (office.down) throw new Refusal(500, 'internal', 'Máy gặp lỗi.', 'The machine has a fault.')
    if (office.session.state === 'no_roster') throw new Refusal(409, 'no_roster', 'Máy này chưa có danh sách cán bộ do tỉnh ký.', 'There is no roster yet.')
    if (office.session.state === 'none') throw new Refusal(401, 'sign_in', 'Chưa đăng nhập.', 'Not signed in.')
    if (office.session.state === 'locked') throw new Refusal(423, 'locked', 'Màn hình đang khóa.', 'Locked.')
    return handler(call)
  }
  const late = (seconds) => { const refusal = new Refusal(429, 'wait', 'Đã ghi sai nhiều lần.', 'Too many wrong tries.'); refusal.body.error.retry_after = seconds; return refusal }
  const session = () => ({ ...office.session, roster: roster ? { version: 3, at: now - 9 * day } : undefined, locks_after_s: 300, wait_s: Math.max(0, Math.ceil((office.waitUntil - Date.now()) / 1000)) || undefined })
  const tried = (right, code) => {
    if (office.waitUntil > Date.now()) throw late(Math.ceil((office.waitUntil - Date.now()) / 1000))
    if (right) { office.wrong = 0; return }
    if (++office.wrong >= 2) { office.waitUntil = Date.now() + 2000; throw late(2) }
    throw new Refusal(401, code, code === 'wrong_pin' ? 'Mã PIN không đúng.' : 'Tên đăng nhập hoặc mật khẩu không đúng.', 'Not right.', text('Kiểm tra phím Caps Lock rồi thử lại.', 'Check Caps Lock and try again.'))
  }
  const enter = (login, pin) => { Object.assign(office, { session: { state: 'in', who: members[login] }, pin }); return session() }
  if (signedIn) enter(signedIn === true ? 'tap.su' : signedIn, '2468')

  const moves = {
    taken_in: (d, b) => { Object.assign(d, { state: 'received', received_at: Date.now(), due: dueOf(d).due, official_code: b.official_code ?? 'H61.88.24-261123-0012' }); Object.assign(d.marks, b.compared); return text('Cán bộ đã tiếp nhận', 'Taken in') },
    supplement_requested: (d, b) => { d.asked = b.reasons; d.state = 'awaiting_supplement'; d.supplements++; return text(`Yêu cầu bổ sung lần ${d.supplements}`, `Supplement ${d.supplements} requested`) },
    refused: (d, b) => {
      if (!b.second) throw new Refusal(409, 'second_needed', 'Từ chối cần người thứ hai xác nhận.', 'A refusal needs a second person.', text('Người thứ hai ghi tên đăng nhập và mật khẩu.', 'The second person enters their own.'))
      if (b.second.login !== 'tap.truong' || b.second.password !== '0000') throw new Refusal(401, 'wrong_login', 'Tên đăng nhập hoặc mật khẩu không đúng.', 'Not right.')
      d.state = 'not_received'
      return text('Từ chối tiếp nhận', 'Refused')
    },
    processing: (d) => { d.state = 'in_process'; return text('Đang giải quyết', 'In progress') }, decided: (d) => { d.state = 'done'; return text('Đã có quyết định', 'Decided') },
    result_ready: (d) => { d.result = true; return text('Đã có kết quả', 'Result ready') }, returned: (d) => { Object.assign(d, { state: 'closed', result: false }); return text('Đã trả kết quả', 'Returned') },
    stopped: (d) => { d.state = 'stopped'; return text('Dừng giải quyết', 'Stopped') }, withdrawn: (d) => { d.state = 'withdrawn'; return text('Đã rút hồ sơ', 'Withdrawn') },
    apology: (d, b) => { d.due = b.new_due; return text('Xin lỗi và hẹn lại', 'Apology, new date') }, handed_over: (d) => { d.holder = 'transit'; return text('Đã bàn giao', 'Handed over') },
    looked_up: (d, b) => { d.lookup = false; d.marks[b.component] = { state: b.found ? 'replaced_by_data' : 'missing' }; return text('Đã tra cứu', 'Looked up') }, note: () => text('Ghi chú nội bộ', 'Internal note'),
    accepted: (d, b) => { const asked = d.pending.find((p) => p.event === b.event); d.pending = []; d.state = asked.type === 'withdrawal_requested' ? 'withdrawn' : 'received'; return text('Đồng ý đề nghị', 'Request accepted') },
    declined: (d) => { d.pending = []; return text('Không đồng ý đề nghị', 'Request declined') },
  }
  const papersOf = (d) => [
    { form: 'receipt', number: '01', title: text('Giấy tiếp nhận hồ sơ và hẹn trả kết quả', 'Receipt and appointment'), legal: 'TT 03/2025/TT-VPCP', ready: Boolean(d.received_at), why: text('In được sau khi tiếp nhận.', 'After taking in.') },
    { form: 'supplement', number: '02', title: text('Phiếu yêu cầu bổ sung, hoàn thiện hồ sơ', 'Supplement request'), legal: 'TT 03/2025/TT-VPCP', ready: d.supplements > 0, why: text('In được khi có yêu cầu bổ sung.', 'Once one is asked for.') },
    ...(d.state === 'not_received' ? [{ form: 'refusal', number: '03', title: text('Phiếu từ chối tiếp nhận, giải quyết hồ sơ', 'Refusal'), legal: 'TT 03/2025/TT-VPCP', ready: true }] : []),
    { form: 'control', number: '06', title: text('Phiếu kiểm soát quá trình giải quyết', 'Control slip'), legal: 'TT 03/2025/TT-VPCP', ready: Boolean(d.received_at), why: text('In được sau khi tiếp nhận.', 'After taking in.') },
  ]
  const printOf = (n) => office.prints.find((p) => p.print === Number(n)) ?? (() => { throw new Refusal(404, 'not_found', 'Không thấy lần in này.', 'No such print.') })()
  const shared = { calls: office.calls, queue: queueState(now) }
  const name = (code) => procedures.find((p) => p.code === code) ?? known[0]

  const server = await serve({
    'GET /api/status': () => ({ office: { commune: 'Xã Giao Long', name: 'Ủy ban nhân dân xã Giao Long', province: 'Tỉnh Vĩnh Long' }, enrolled: true, practice: false, places: 2, line: { state: 'offline', since: now - 40 * 60000 }, waiting: { dossiers: 2, bytes: 500000 }, clock: { quality: 'plausible' }, version: 'test', languages: ['vi', 'en'], idle_seconds: 120, queue: true }),
    'GET /api/outbox': () => ({ line: { state: 'offline', since: now - 40 * 60000 }, totals: { dossiers: 2, bytes: 500000, minutes: 2 }, dossiers: all.slice(0, 2).map((d) => ({ slip: d.slip, procedure: { code: d.code, name: d.procedure.name }, submitted_at: d.filed_at, acks: [{ code: 'saved_at_commune', done: true, at: d.filed_at }], bytes_total: 250000, bytes_left: 250000 })) }),
    'GET /api/events': ({ response }) => { response.writeHead(200, { 'Content-Type': 'text/event-stream' }); response.write('retry: 60000\n\n'); return new Promise(() => {}) },
    ...queueRoutes(shared, true),
    ...verifyRoutes(name, shared),
    'GET /api/counter/prints/{n}': ({ params }) => printOf(params.n),
    'POST /api/counter/prints/{n}/seen': ({ params, body }) => Object.assign(printOf(params.n), { state: body.out ? 'printed' : 'failed', told_by: 'person' }),
    'GET /api/counter/session': () => session(),
    'POST /api/counter/session': ({ body }) => { tried(members[body.login] && body.password === '0000', 'wrong_login'); office.calls.push(`in ${body.login}`); return enter(body.login, body.pin) },
    'POST /api/counter/session/unlock': ({ body }) => { tried(body.pin === office.pin, 'wrong_pin'); office.calls.push('unlock'); return enter(Object.keys(members).find((l) => members[l] === office.session.who), office.pin) },
    'POST /api/counter/session/lock': () => { if (office.session.state === 'in') { office.session.state = 'locked'; office.calls.push('lock') } return session() },
    'DELETE /api/counter/session': () => { office.session = { state: 'none' }; office.calls.push('out'); return undefined },
    'GET /api/counter/dossiers': guard(({ query }) => {
      const picked = all.filter(views[query.get('view')])
      const offset = Number(query.get('offset') ?? 0)
      return { rows: picked.slice(offset, offset + Number(query.get('limit'))).map(row), total: picked.length, counts: Object.fromEntries(Object.entries(views).map(([view, is]) => [view, all.filter(is).length])) }
    }),
    'GET /api/counter/find': guard(({ query }) => {
      if (office.building-- > 0) { const refusal = new Refusal(503, 'building', 'Đang đọc sổ.', 'Reading the book.'); refusal.body.error.retry_after = 1; throw refusal }
      const words = fold(query.get('q'))
      const number = words.replace(/\D/g, '')
      const is = number.length >= 4 ? (d) => d.slip.replace(/\D/g, '').includes(number) : (d) => words.split(' ').every((w) => fold(d.applicant).includes(w))
      const rows = all.filter(is)
      return { rows: rows.slice(0, 50).map(row), more: rows.length > 50, how: number.length >= 4 ? 'slip' : 'name' }
    }),
    'GET /api/counter/dossiers/{id}': guard(({ params }) => detail(find(params.id))),
    'GET /api/counter/dossiers/{id}/due': guard(({ params }) => dueOf(find(params.id))),
    'GET /api/counter/dossiers/{id}/scans/{sha}': guard(({ params }) => ({ bytes: pages.find((p) => p.sha === params.sha).bytes, type: 'image/svg+xml' })),
    'POST /api/counter/dossiers/{id}/steps/{step}': guard(({ params, body }) => {
      const d = find(params.id)
      if (office.meanwhile) { journalOf(d).push({ at: Date.now(), who: 'Trần Văn Lãnh Đạo', text: office.meanwhile, clock: 'trusted' }); office.meanwhile = undefined }
      if (body.revision !== journalOf(d).length) throw new Refusal(409, 'changed', 'Hồ sơ vừa được người khác xử lý.', 'Somebody else has just worked on it.')
      if (params.step === 'taken_in' && office.clock === 'jumped' && !body.confirm_clock) throw new Refusal(409, 'clock_doubt', 'Đồng hồ máy chưa chắc đúng.', 'The clock is not certain.')
      const words = moves[params.step](d, body)
      office.calls.push(`${params.step} ${JSON.stringify(body)}`)
      journalOf(d).push({ at: Date.now(), who: office.session.who.name, text: words, clock: 'trusted' })
      return detail(d)
    }),
    'GET /api/counter/dossiers/{id}/papers': guard(({ params }) => ({ papers: papersOf(find(params.id)) })),
    'GET /api/counter/dossiers/{id}/papers/{form}.pdf': guard(({ params }) => { office.calls.push(`view ${params.form}`); return { bytes: pages[3].bytes, type: 'image/svg+xml' } }),
    'POST /api/counter/dossiers/{id}/papers/{form}/print': guard(({ params }) => {
      office.calls.push(`print ${params.form}`)
      const print = { print: office.prints.length + 1, kind: 'office', subject: find(params.id).slip, copy: 1 + office.prints.filter((p) => p.form === params.form).length, state: office.printerSays, told_by: 'system', at: Date.now(), form: params.form }
      office.prints.push(print)
      return print
    }),
    ...counterReports(all, guard),
  }, () => 'desk.html', port)
  return { ...server, office, all }
}
