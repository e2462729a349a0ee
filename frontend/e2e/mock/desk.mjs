// A stand-in for the desk: the same calls, the same shapes, everything in memory.
import { createHash, randomUUID } from 'node:crypto'
import { callBack, callBackForm, callerProblems, callProblems, callRoutes, callsTracked } from './calls.mjs'
import { catalogueRoutes } from './catalogue.mjs'
import { feedbackRoutes, feedbackTracked, petition, petitionForm, petitionProblems } from './feedback.mjs'
import { events, formOf as formOfPack, procedures, visible } from './pack.mjs'
import { Refusal, serve } from './http.mjs'
import { languageRoutes } from './languages.mjs'
import { payRoutes, payTracked } from './pay.mjs'
import { verifyRoutes } from './verify.mjs'
import { queueRoutes, queueState } from './queue.mjs'

const text = (vi, en) => ({ vi, en })
const ackLabels = {
  saved_at_commune: text('đã lưu tại xã', 'saved at the commune'),
  left_commune: text('đã rời xã', 'left the commune'),
  province_complete: text('tỉnh đã nhận đủ', 'the province has all of it'),
  officer_took_in: text('cán bộ đã tiếp nhận', 'an officer took it in'),
}
export function acks(done, start, waiting = text('chờ đường truyền', 'waiting for the line')) {
  return Object.entries(ackLabels).map(([code, label], i) =>
    i < done ? { code, done: true, at: start + i * 7 * 60000, label } : { code, done: false, label, ...(i === done ? { reason: { code: 'waiting_line', text: waiting } } : {}) })
}

const name = (code) => [petition, callBack].find((p) => p.code === code) ?? procedures.find((p) => p.code === code)
const formOf = (code) => [petitionForm, callBackForm].find((f) => f.code === code) ?? formOfPack(code)
const notFound = () => new Refusal(404, 'not_found', 'Không tìm thấy.', 'Nothing found.')

export async function startDesk({ line = 'down', clockDoubt = false, idleSeconds = 120, printer = false, codeReader = false, practice = false, port = 0, speaks = 0 } = {}) {
  const drafts = new Map()
  const filed = new Map()
  const now = Date.UTC(2026, 10, 22, 2, 20)
  const state = { line, speaks, tray: [], visits: 0, calls: [], left: new Map(), queue: queueState(now) }
  const slips = ['66001-4827-19302', '66001-5530-84716', '66001-0274-66193']

  const sample = (slip, code, minutesAgo, done, total, left, why) => ({
    slip, procedure: { code, name: name(code).name }, submitted_at: now - minutesAgo * 60000, acks: acks(done, now - minutesAgo * 60000),
    bytes_total: total, bytes_left: left, ...(why ? { reason: why } : {}), next_try: now + 4 * 60000,
  })
  const waitingLine = { code: 'waiting_line', text: text('Chờ đường truyền', 'Waiting for the line') }
  const waitingBlobs = { code: 'waiting_blobs', text: text('Tờ khai đã tới tỉnh, còn 2 ảnh đang gửi', 'The form is at the province, 2 pictures are still going') }
  const rows = [
    sample('66001-1182-40355', '1.001193', 95, 2, 412000, 128000, waitingBlobs),
    sample('66001-2094-77120', '2.000815', 71, 1, 260500, 260500, waitingLine),
    sample('66001-7716-03948', '1.004194', 52, 1, 198200, 198200, waitingLine),
    sample('66001-6401-58213', '1.001776', 33, 1, 540700, 540700, waitingLine),
    sample('66001-3350-92247', '1.012812', 18, 1, 87300, 87300, waitingLine),
    sample('66001-9027-11864', '1.000656', 300, 3, 153000, 0, { code: 'waiting_officer', text: text('Tỉnh đã đủ, chờ cán bộ tiếp nhận', 'Complete at the province, waiting for an officer') }),
  ]
  // where the waiting ones lie besides this machine
  Object.assign(rows[0], { places: 2 })
  Object.assign(rows[1], { places: 2, copied_at: now - 40 * 60000 })
  for (const row of rows.slice(2, 5)) row.places = 1
  const tracked = {
    ...payTracked(name, acks),
    ...feedbackTracked(name, acks),
    ...callsTracked(acks),
    '66001902711864': {
      second: '9001',
      view: {
        slip: '66001-9027-11864', procedure: { code: '1.000656', name: name('1.000656').name }, official_code: 'H61.88.24-261122-0007', acks: acks(4, now - 5 * 3600000),
        state: { code: 'supplement', national: 5, text: text('Chờ bổ sung giấy tờ', 'Waiting for papers') },
        steps: [
          { at: now - 5 * 3600000, type: 'submitted', text: text('Đã nộp tại xã', 'Filed at the commune') },
          { at: now - 4 * 3600000, type: 'taken_in', office: 'Phòng Tư pháp', text: text('Cán bộ đã tiếp nhận', 'Taken in by an officer') },
          { at: now - 3600000, type: 'supplement_requested', office: 'Phòng Tư pháp', text: text('Yêu cầu bổ sung lần 1', 'Supplement 1 requested') },
        ],
        supplement: { n: 1, at: now - 3600000, reasons: [{ component: 'p1', name: name('1.000656').components[0].name, code: 'unreadable', text: 'Ảnh giấy báo tử bị mờ, không đọc được ngày. Xin chụp lại.' }], text: '' },
      },
    },
  }

  const draftOf = (id) => drafts.get(id) ?? (() => { throw new Refusal(404, 'no_draft', 'Không có hồ sơ nháp này.', 'No such draft.') })()
  const problemsOf = (d) => {
    if (d.procedure === petition.code) return petitionProblems(d)
    if (d.procedure === callBack.code) return callProblems(d)
    const form = formOf(d.procedure)
    const out = []
    const seen = new Set(d.visible)
    if (d.kind === 'filing') {
      for (const f of form.sections.flatMap((s) => s.fields)) {
        if (seen.has(f.id) && f.required && !f.read_only && !f.derive && f.audience !== 'staff' && (d.answers[f.id] === undefined || d.answers[f.id] === '')) {
          out.push({ where: 'answers', field: f.id, code: 'required', message: text('Mục này cần có, xin điền vào.', 'This is needed; please fill it in.') })
        }
      }
      if (!d.applicant?.full_name) out.push({ where: 'applicant', field: 'full_name', code: 'required', message: text('Chưa có họ tên.', 'The full name is missing.') })
      if (!d.signature) out.push({ where: 'signature', code: 'signature_missing', message: text('Chưa có chữ ký.', 'No signature yet.') })
    }
    for (const c of d.components) {
      const needed = name(d.procedure).components.find((p) => p.id === c.id)
      for (const [i, s] of c.scans.entries()) for (const w of s.accepted ? [] : (s.warnings ?? [])) out.push({ where: 'papers', component: c.id, scan: s.sha256, code: `page_${w.code}`, message: text(`${needed.name.vi}, trang ${i + 1}: ${w.message.vi}`, `${needed.name.en}, page ${i + 1}: ${w.message.en}`) })
      if (!c.state && c.scans.length === 0 && needed.kind === 'nop' && !needed.condition) out.push({ where: 'papers', component: c.id, code: 'paper_undecided', message: text(`Chưa cho biết về: ${needed.name.vi}.`, `Nothing said about: ${needed.name.en}.`) })
    }
    return out
  }
  const pageWarnings = {
    skewed: { code: 'skewed', message: text('Trang bị nghiêng. Chỉnh khung cho thẳng, hoặc đặt giấy ngay lại rồi chụp.', 'The page is tilted. Straighten the frame, or lay the paper straight and take it again.') },
    blurred: { code: 'blurred', message: text('Ảnh bị mờ, chữ có thể không đọc được. Giữ yên giấy rồi chụp lại.', 'The picture is blurred and may not be readable. Hold the paper still and take it again.') },
    duplicate: { code: 'duplicate', message: text('Trang này giống một trang đã có. Nếu chụp nhầm hai lần, xóa một trang.', 'This page looks like one that is already here. If it was taken twice, delete one.') },
  }
  const lookOf = (d, sha) => {
    const c = d.components.find((one) => one.scans.some((s) => s.sha256 === sha))
    if (!c) throw notFound()
    const scan = c.scans.find((s) => s.sha256 === sha)
    if (scan.mime !== 'image/jpeg') return { width: 600, height: 800, warnings: [] }
    const corners = [{ x: 0.18, y: 0.1 }, { x: 0.84, y: 0.16 }, { x: 0.8, y: 0.92 }, { x: 0.14, y: 0.86 }]
    return scan.mended ? { width: 640, height: 480, warnings: scan.warnings, accepted: scan.accepted } : { width: 640, height: 480, warnings: scan.warnings, corners, by: 'edges', ...(c.scans[0] === scan ? {} : { like: { component: c.id, page: 1, sha256: c.scans[0].sha256 } }) }
  }
  const addScan = (d, component, scan, bytes) => {
    const c = d.components.find((one) => one.id === component)
    d.bytes[scan.sha256] = bytes
    scan.warnings = scan.mime !== 'image/jpeg' ? [] : [pageWarnings.skewed, ...(c.scans.length > 0 ? [pageWarnings.duplicate] : [])]
    if (!c.scans.some((s) => s.sha256 === scan.sha256)) c.scans.push(scan)
    return { ...scan, was_length: scan.length }
  }
  const open = (procedure, kind, extra = {}) => {
    const form = formOf(procedure)
    const d = { id: randomUUID(), kind, procedure, pack: '2026-11-22', slip: '66001-7000-00015', answers: {}, evidence: {}, applicant: null, submitter: null, signature: '', bytes: {}, ...extra }
    d.components ??= name(procedure).components.filter((c) => !c.written).map((c) => ({ id: c.id, scans: [] }))
    for (const f of form.sections.flatMap((s) => s.fields)) {
      if (f.default !== undefined && f.type !== 'repeat') { d.answers[f.id] = f.default; d.evidence[f.id] = 'prefilled' }
      if (f.prefill === 'office.name') { d.answers[f.id] = 'Ủy ban nhân dân xã Giao Long'; d.evidence[f.id] = 'prefilled' }
    }
    d.visible = visible(form, d.answers)
    drafts.set(d.id, d)
    return d
  }

  const server = await serve({
    'GET /api/status': ({ headers }) => ({
      office: { commune: 'Xã Giao Long', name: 'Ủy ban nhân dân xã Giao Long', province: 'Tỉnh Vĩnh Long' }, enrolled: true, practice: headers['x-practice'] === '1', practice_offered: practice, places: 1, second: { kept: false, why: 'gone', unprotected: 3, since: now - 20 * 60000 },
      line: state.line === 'down' ? { state: 'offline', since: now - 47 * 60000 } : { state: 'online', since: now - 9 * 60000, rate_bps: 128000 },
      waiting: { dossiers: 5, bytes: 1214700 }, clock: { quality: 'plausible' }, version: 'test', languages: ['vi', 'en', 'km'], idle_seconds: idleSeconds, consent: 'c1', printer, code_reader: codeReader, queue: true,
    }),
    'GET /api/catalog/life-events': () => events.map((e) => ({ id: e.id, title: e.name, say: e.say, icon: e.icon, first_page: e.first_page, procedures: e.procedures.map((p) => p.code) })),
    ...catalogueRoutes(state),
    ...languageRoutes(state),
    'GET /api/forms/{code}': ({ params }) => formOf(params.code),
    'POST /api/visits': () => ({ token: `v${++state.visits}` }),
    'DELETE /api/visits/current': () => { state.calls.push('end'); for (const d of drafts.values()) state.left.set(d.id, d); drafts.clear(); return undefined },
    'POST /api/heartbeat': () => undefined,
    'POST /api/card': ({ body }) => {
      const [number, , full, birth, sex, residence, issued] = body.raw.split('|')
      if (!/^\d{12}$/.test(number ?? '')) throw new Refusal(422, 'card_unreadable', 'Không đọc được thẻ.', 'The card could not be read.', text('Quét lại, hoặc nhập bằng tay.', 'Scan again, or type the data.'))
      const day = (d) => `${d.slice(4)}-${d.slice(2, 4)}-${d.slice(0, 2)}`
      return { kind: 'qr', number, name: full, birth_date: day(birth), sex: sex === 'Nam' ? 'male' : 'female', residence, issue_date: day(issued) }
    },
    'POST /api/drafts': ({ body }) => ({ ...open(body.procedure, 'filing', { case: body.case ?? '' }), bytes: undefined }),
    'POST /api/drafts/resume': ({ body }) => {
      const d = [...state.left.values()].find((one) => one.slip.replace(/\D/g, '') === body.slip && one.applicant?.citizen_id?.endsWith(body.second))
      if (!d) throw notFound()
      drafts.set(d.id, d)
      return { ...d, bytes: undefined }
    },
    'GET /api/drafts/{id}/slip.pdf': () => ({ bytes: Buffer.from('%PDF-1.4\n%%EOF\n'), type: 'application/pdf' }),
    'GET /api/drafts/{id}': ({ params }) => ({ ...draftOf(params.id), bytes: undefined }),
    'PUT /api/drafts/{id}/fields/{field}': ({ params, body }) => {
      const d = draftOf(params.id)
      if (body.value === null || body.value === undefined) delete d.answers[params.field]
      else d.answers[params.field] = body.value
      d.evidence[params.field] = body.evidence ?? ''
      d.visible = visible(formOf(d.procedure), d.answers)
      const field = formOf(d.procedure).sections.flatMap((s) => s.fields).find((f) => f.id === params.field)
      const problems = (field?.validation ?? []).filter((r) => r.pattern && typeof body.value === 'string' && !new RegExp(r.pattern).test(body.value)).map((r) => ({ code: 'pattern', message: r.message }))
      return { saved: true, visible: d.visible, derived: {}, problems }
    },
    'PUT /api/drafts/{id}/applicant': ({ params, body }) => { const d = draftOf(params.id); d.applicant = body; return { saved: true, problems: d.procedure === callBack.code ? callerProblems(body) : [] } },
    'PUT /api/drafts/{id}/helper': ({ params, body }) => {
      if (body && body.consent?.version !== 'c1') throw new Refusal(422, 'helper_consent', 'Người giúp chưa đồng ý ghi tên mình.', 'The helper has not agreed.')
      draftOf(params.id).helper = body?.person ?? null
      return { saved: true, problems: [] }
    },
    'PUT /api/drafts/{id}/submitter': ({ params, body }) => { draftOf(params.id).submitter = body; return { saved: true, problems: [] } },
    'PUT /api/drafts/{id}/components/{component}': ({ params, body }) => { Object.assign(draftOf(params.id).components.find((c) => c.id === params.component), body); return { saved: true } },
    'PUT /api/drafts/{id}/scans': ({ params, query, raw, headers }) => {
      const sum = createHash('sha256').update(raw)
      if (headers['content-digest'] !== `sha-256=:${sum.copy().digest('base64')}:`) throw new Refusal(422, 'digest_mismatch', 'Tệp đến không nguyên vẹn.', 'The file did not arrive whole.')
      return addScan(draftOf(params.id), query.get('component'), { sha256: sum.digest('hex'), name: query.get('name'), length: raw.length, mime: headers['content-type'] }, raw)
    },
    'PUT /api/drafts/{id}/voice': ({ params, raw }) => {
      draftOf(params.id).components.find((c) => c.id === 'voice').scans = []
      return addScan(draftOf(params.id), 'voice', { sha256: createHash('sha256').update(raw).digest('hex'), name: 'loi-noi.ogg', length: raw.length, mime: 'audio/ogg' }, raw)
    },
    // a photograph leans on its table; once mended it is a little soft; another taken after it repeats it
    'GET /api/drafts/{id}/scans/{sha}/look': ({ params }) => lookOf(draftOf(params.id), params.sha),
    'POST /api/drafts/{id}/scans/{sha}/mend': ({ params, body }) => {
      const d = draftOf(params.id)
      const c = d.components.find((one) => one.scans.some((s) => s.sha256 === params.sha))
      const at = c.scans.findIndex((s) => s.sha256 === params.sha)
      state.calls.push(`mend turn=${body.turn} corners=${JSON.stringify(body.corners?.map((p) => [Math.round(p.x * 100), Math.round(p.y * 100)]))}`)
      const sha256 = createHash('sha256').update(params.sha).digest('hex')
      d.bytes[sha256] = d.bytes[params.sha]
      c.scans[at] = { ...c.scans[at], sha256, mended: true, warnings: state.soft ? [pageWarnings.blurred] : [] }
      return c.scans[at]
    },
    'POST /api/drafts/{id}/scans/{sha}/accept': ({ params }) => {
      state.calls.push('accept')
      for (const s of draftOf(params.id).components.flatMap((c) => c.scans)) if (s.sha256 === params.sha) s.accepted = true
      return { saved: true }
    },
    'GET /api/drafts/{id}/scans/{sha}': ({ params }) => ({ bytes: draftOf(params.id).bytes[params.sha], type: 'image/jpeg' }),
    'DELETE /api/drafts/{id}/scans/{sha}': ({ params }) => { for (const c of draftOf(params.id).components) c.scans = c.scans.filter((s) => s.sha256 !== params.sha); return undefined },
    'GET /api/tray': () => state.tray.map((item) => ({ ...item, bytes: undefined })),
    'GET /api/tray/{item}': ({ params }) => ({ bytes: state.tray.find((i) => i.id === params.item).bytes, type: 'image/svg+xml' }),
    'POST /api/drafts/{id}/tray/{item}': ({ params, body }) => {
      const item = state.tray.find((i) => i.id === params.item)
      state.tray = state.tray.filter((i) => i !== item)
      return addScan(draftOf(params.id), body.component, { sha256: createHash('sha256').update(item.bytes).digest('hex'), name: item.name, length: item.bytes.length, mime: item.mime }, item.bytes)
    },
    'PUT /api/drafts/{id}/signature': ({ params, query, raw }) => { const d = draftOf(params.id); d.signature = query.get('kind'); state.signatureBytes = raw.length; return { saved: true } },
    'POST /api/drafts/{id}/judge': ({ params }) => ({ problems: problemsOf(draftOf(params.id)) }),
    'POST /api/drafts/{id}/submit': ({ params, body }) => {
      const d = draftOf(params.id)
      if (body.consent?.version !== 'c1') throw new Refusal(422, 'consent_missing', 'Chưa có sự đồng ý.', 'Consent is missing.')
      if (problemsOf(d).length > 0 && !body.as_is) throw new Refusal(422, 'problems_left', 'Hồ sơ còn chỗ chưa đúng.', 'Something is still wrong.')
      const slip = d.kind === 'supplement' ? d.slip : (slips[filed.size] ?? '66001-0000-00000')
      const last4 = (d.applicant?.citizen_id || d.applicant?.phone || '').slice(-4)
      const code6 = last4 || d.kind === 'supplement' ? undefined : '482913'
      filed.set(slip, d)
      drafts.delete(d.id)
      state.calls.push(`submit ${d.kind} as_is=${Boolean(body.as_is)} signature=${d.signature}`)
      tracked[slip.replace(/\D/g, '')] ??= { second: last4 || code6, view: { slip, places: 2, copied_at: now - 5 * 60000, procedure: { code: d.procedure, name: name(d.procedure).name }, acks: acks(1, now), state: { code: 'registered', national: 1, text: text('Mới đăng ký', 'Newly filed') }, steps: [{ at: now, type: 'submitted', text: text('Đã nộp tại xã', 'Filed at the commune') }] } }
      return { dossier: randomUUID(), slip, slip_pdf: `/api/slips/${slip}.pdf`, code6, acks: acks(1, now), ...(clockDoubt ? { clock_doubt: true } : { answer_by_ms: now + 8 * 3600000 }), at: now }
    },
    'GET /api/slips/{slip}.pdf': () => ({ bytes: Buffer.from('%PDF-1.4\n%%EOF\n'), type: 'application/pdf' }),
    'GET /api/slips/{slip}/qr.svg': () => ({ bytes: Buffer.from(qr()), type: 'image/svg+xml' }),
    'GET /api/slips/{slip}/now': () => ({ acks: acks(1, now), places: 2 }),
    ...payRoutes(name, qr, state),
    ...verifyRoutes(name, state),
    ...queueRoutes(state, printer),
    ...feedbackRoutes(name, state),
    ...callRoutes(state),
    'POST /api/track': ({ body }) => {
      const found = tracked[String(body.slip).replace(/\D/g, '')]
      if (!found || found.second !== body.second) throw notFound()
      return found.view
    },
    'POST /api/track/supplement': ({ body }) => {
      const { view } = tracked[String(body.slip).replace(/\D/g, '')]
      const d = open(view.procedure.code, 'supplement', { slip: view.slip, components: view.supplement.reasons.map((r) => ({ id: r.component, scans: [] })) })
      return { id: d.id }
    },
    'GET /api/outbox': () => ({
      line: state.line === 'down' ? { state: 'offline', since: now - 47 * 60000, rate_bps: 128000, next_try: now + 4 * 60000, problem: 'transient', detail: 'connection' } : { state: 'online', since: now - 9 * 60000, rate_bps: 128000, rtt_ms: 520 },
      totals: { dossiers: 5, bytes: 1214700, minutes: 2 }, dossiers: rows,
    }),
    'POST /api/outbox/ring': () => { state.calls.push('ring'); return undefined },
    'GET /api/events': ({ response }) => { response.writeHead(200, { 'Content-Type': 'text/event-stream' }); response.write('retry: 60000\n\n'); return new Promise(() => {}) },
  }, (path) => (path.startsWith('/desk') ? 'desk.html' : 'kiosk.html'), port)
  return { ...server, state, drafts, filed }
}

/** a picture of a paper, for the scanner's tray */
export function sheet(id, title) {
  const lines = Array.from({ length: 14 }, (_, i) => `<path d="M60 ${200 + i * 34}h${i % 4 === 3 ? 260 : 480}" stroke="#777" stroke-width="6"/>`).join('')
  const bytes = Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="600" height="800"><rect width="600" height="800" fill="#fffdf7"/><text x="300" y="90" text-anchor="middle" font-family="serif" font-size="30" font-weight="bold">${title}</text>${lines}<circle cx="470" cy="690" r="60" fill="none" stroke="#b33" stroke-width="6"/></svg>`)
  return { id, name: `${id}.svg`, length: bytes.length, at: Date.UTC(2026, 10, 22, 2, 31), mime: 'image/svg+xml', bytes }
}

function qr() {
  let seed = 11
  const cells = []
  for (let y = 0; y < 33; y++) for (let x = 0; x < 33; x++) {
    const corner = (x < 8 && y < 8) || (x > 24 && y < 8) || (x < 8 && y > 24)
    seed = (seed * 1103515245 + 12345) % 2147483648
    if (!corner && seed % 5 < 2) cells.push(`M${x} ${y}h1v1h-1z`)
  }
  const eye = (x, y) => `M${x} ${y}h7v7h-7zM${x + 1} ${y + 1}v5h5v-5zM${x + 2} ${y + 2}h3v3h-3z`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-2 -2 37 37"><path fill="#fff" d="M-2-2h37v37h-37z"/><path fill-rule="evenodd" d="${cells.join('')}${eye(0, 0)}${eye(26, 0)}${eye(0, 26)}"/></svg>`
}
