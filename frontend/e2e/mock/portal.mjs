// A stand-in for the portal's web: the same calls and shapes, in memory.
import { randomUUID } from 'node:crypto'
import { fold, procedures } from './pack.mjs'
import { acks, sheet } from './desk.mjs'
import { callBack } from './calls.mjs'
import { petition } from './feedback.mjs'
import { Refusal, serve } from './http.mjs'

const text = (vi, en) => ({ vi, en })
const name = (code) => ([petition, callBack].find((p) => p.code === code) ?? procedures.find((p) => p.code === code)).name
const states = {
  registered: [1, text('Mới đăng ký', 'Newly registered')],
  received: [2, text('Được tiếp nhận', 'Received')],
  processing: [4, text('Đang xử lý', 'Being processed')],
  awaiting_supplement: [5, text('Yêu cầu bổ sung giấy tờ', 'Waiting for papers')],
  decided: [9, text('Đã xử lý xong', 'Decided')],
  refused: [3, text('Không được tiếp nhận', 'Not received')],
}
const legal = {
  registered: ['taken_in', 'supplement_requested', 'refused'],
  received: ['supplement_requested', 'decided', 'processing'],
  awaiting_supplement: ['stopped'],
  decided: ['result_ready', 'returned'],
  refused: [],
}

export async function startPortal({ port = 0 } = {}) {
  const now = Date.UTC(2026, 10, 22, 3, 0)
  const hour = 3600000
  const calls = []
  let signedIn = false
  const make = (slip, code, person, state, hoursAgo, complete = true, due) => ({
    id: randomUUID(), slip, procedure: { code, name: name(code) }, applicant_name: person, code: state, received_at: now - hoursAgo * hour, complete, due_at: due, office: 'UBND xã Giao Long',
    journal: [{ at: now - hoursAgo * hour - 20 * 60000, type: 'submitted', who: 'UBND xã Giao Long', text: text('Đã nộp tại xã', 'Filed at the commune') }],
  })
  const dossiers = [
    make('66001-4827-19302', '1.001193', 'NGUYỄN VĂN MẪU', 'registered', 1),
    make('66001-5530-84716', '2.000815', 'TRẦN THỊ GIẢ ĐỊNH', 'registered', 2),
    make('66001-2094-77120', '1.004194', 'LÊ VĂN THÍ DỤ', 'registered', 3, false),
    make('66001-7716-03948', '1.001776', 'THẠCH THỊ MẪU', 'received', 26, true, now + 30 * hour),
    make('66001-6401-58213', '1.012812', 'ĐIỂU MẪU', 'received', 60, true, Date.UTC(2026, 10, 20)),
    make('66001-9027-11864', '1.000656', 'PHẠM VĂN THÍ DỤ', 'awaiting_supplement', 30),
    make('66001-3350-92247', '1.004873', 'VÕ THỊ MẪU', 'decided', 72, true, now + 8 * hour),
  ]
  dossiers.push({ ...make('66001-8833-00052', petition.code, '', 'registered', 4), petition: {
    topic: text('Đường sá, môi trường, trật tự', 'Roads, environment, order'), text: 'Cầu ấp 3 hỏng hai tấm ván, trẻ em đi học rất nguy hiểm.\nHỏng đã hai tuần.',
    wish: text('Được công khai nội dung, không nêu tên người gửi', 'The text may be made public, without the sender’s name'), no_name: true, private: false,
  } })
  dossiers.push({ ...make('66001-8855-00074', callBack.code, '', 'registered', 5), call_back: {
    about: { code: '1.001193', name: name('1.001193') }, text: 'Con sinh ở tỉnh khác thì đăng ký ở đâu?', when: text('Từ 13 giờ 30 đến 16 giờ 30', 'From 13:30 to 16:30'), calls: [],
  } })
  dossiers[0].requests = []
  const paper = sheet('giay-chung-sinh', 'GIẤY CHỨNG SINH')
  const card = sheet('giay-ket-hon', 'GIẤY CHỨNG NHẬN KẾT HÔN')
  const sha = { a: 'a'.repeat(64), b: 'b'.repeat(64) }
  const row = (d) => ({ id: d.id, slip: d.slip, official_code: d.official_code, procedure: d.procedure, applicant_name: d.applicant_name, received_at: d.received_at, complete: d.complete, due_at: d.due_at, office: d.office, state: { code: d.code, national: states[d.code][0], text: states[d.code][1] } })
  const detail = (d) => ({
    ...row(d), revision: d.journal.length, filed_at: d.received_at - 20 * 60000, channel: 'kiosk',
    applicant: { citizen_id: '083090999001', full_name: d.applicant_name, birth_date: '1990-03-14', sex: 'male', phone: '0912345678', address: 'Ấp Giả Định 1, Xã Giao Long, Vĩnh Long', evidence: 'qr' },
    answers: [
      { section: text('Người yêu cầu', 'Requester'), fields: [
        { id: 'relation_to_child', label: text('Quan hệ với người được khai sinh', 'Relation to the child'), value_text: 'Cha' },
        { id: 'requester_residence', label: text('Nơi cư trú', 'Residence'), value_text: 'Ấp Giả Định 1, Xã Giao Long, Tỉnh Vĩnh Long' }] },
      { section: text('Em bé được khai sinh', 'Child'), fields: [
        { id: 'child_name', label: text('Họ, chữ đệm, tên', 'Full name'), value_text: 'NGUYỄN THỊ ĐƯỢM' },
        { id: 'child_birth_date', label: text('Ngày, tháng, năm sinh', 'Date of birth'), value_text: '03/11/2026' },
        { id: 'child_sex', label: text('Giới tính', 'Sex'), value_text: 'Nữ' },
        { id: 'child_ethnicity', label: text('Dân tộc', 'Ethnic group'), value_text: 'Kinh' },
        { id: 'birth_facility', label: text('Nơi sinh', 'Place of birth'), value_text: 'Bệnh viện Nguyễn Đình Chiểu' }] },
    ],
    ...(d.petition ? { answers: [], petition: d.petition, applicant: { full_name: 'NGUYỄN THỊ ÉN', phone: '0912345678', evidence: 'typed' } } : {}),
    ...(d.call_back ? { answers: [], call_back: d.call_back, applicant: { phone: '0912345678', evidence: 'typed' } } : {}),
    components: (d.call_back ? [] : d.petition ? [petition.components[0]] : procedures.find((p) => p.code === d.procedure.code).components).slice(0, 4).map((c, i) => ({
      id: c.id, name: c.name, state: ['provided', 'not_applicable', 'missing', 'to_be_looked_up'][i], originals: i === 0 ? 1 : 0, copies: 0,
      scans: i === 0 ? [{ sha256: sha.a, name: 'anh-1.jpg', length: paper.length, mime: 'image/svg+xml', complete: true }, { sha256: sha.b, name: 'anh-2.jpg', length: card.length, mime: 'image/svg+xml', complete: d.complete }] : [],
    })),
    signature: d.petition || d.call_back ? null : { kind: 'paper' }, verdict: d.code === 'registered' && !d.petition && !d.call_back ? [{ code: 'paper_missing', where: 'papers', component: 'p3' }] : [], journal: d.journal, legal: d.call_back ? (d.code === 'registered' ? ['taken_in', 'refused'] : d.code === 'decided' ? ['answered'] : ['called', 'answered']) : d.petition ? (d.code === 'registered' ? ['taken_in', 'refused'] : ['processing', 'answered']) : legal[d.code],
    supplement: d.code === 'awaiting_supplement' ? (d.supplement ?? { n: 1, at: now, reasons: [{ component: 'p1', name: text('Giấy báo tử', 'Death notice'), code: 'unreadable', text: 'Ảnh bị mờ, xin chụp lại.' }] }) : undefined,
    requests: d.requests ?? [],
  })
  const find = (id) => dossiers.find((d) => d.id === id) ?? (() => { throw new Refusal(404, 'not_found', 'Không tìm thấy.', 'Not found.') })()
  const guard = (handler) => (call) => {
    if (!signedIn) throw new Refusal(401, 'sign_in', 'Phiên làm việc đã hết.', 'You are not signed in.', text('Mời đăng nhập lại.', 'Please sign in again.'))
    return handler(call)
  }
  const move = (state, type, words, extra) => guard(({ params, body }) => {
    const d = find(params.id)
    if (body.revision !== d.journal.length) throw new Refusal(409, 'changed', 'Hồ sơ vừa được cán bộ khác xử lý.', 'Another officer has just worked on it.')
    calls.push(`${type} ${JSON.stringify(body)}`)
    Object.assign(d, extra?.(d, body))
    d.code = state
    d.journal.push({ at: now + d.journal.length * 60000, type, who: 'Trần Thị Cán Bộ', text: words })
    return detail(d)
  })
  const server = await serve({
    'POST /api/session': ({ body }) => {
      if (body.password !== 'ben-do-2026') throw new Refusal(401, 'wrong_password', 'Tên đăng nhập hoặc mật khẩu không đúng.', 'The name or the password is not right.', text('Kiểm tra bộ gõ và phím Caps Lock rồi thử lại.', 'Check the keyboard and Caps Lock, then try again.'))
      signedIn = true
      return { name: 'Trần Thị Cán Bộ', role: 'officer', office: '28807' }
    },
    'DELETE /api/session': () => { signedIn = false; return undefined },
    'GET /api/me': guard(() => ({ name: 'Trần Thị Cán Bộ', role: 'officer', office: '28807' })),
    'GET /api/inbox': guard(({ query }) => {
      const q = fold(query.get('q') ?? '')
      const state = query.get('state')
      const kindOf = (d) => (d.call_back ? 'calls' : d.petition ? 'petitions' : 'dossiers')
      const ofKind = dossiers.filter((d) => !query.get('kind') || kindOf(d) === query.get('kind'))
      const counts = { all: ofKind.length }
      for (const d of ofKind) counts[d.code] = (counts[d.code] ?? 0) + 1
      return { counts, dossiers: ofKind.filter((d) => (!state || d.code === state) && fold(`${d.slip} ${d.applicant_name} ${d.procedure.name.vi}`).includes(q)).map(row) }
    }),
    'GET /api/dossiers/{id}': guard(({ params }) => detail(find(params.id))),
    'GET /api/dossiers/{id}/scans/{sha}': guard(({ params }) => ({ bytes: (params.sha === sha.a ? paper : card).bytes, type: 'image/svg+xml' })),
    'POST /api/dossiers/{id}/take-in': move('received', 'taken_in', text('Cán bộ đã tiếp nhận', 'Taken in'), (_, body) => ({ official_code: body.official_code ?? 'H61.88.24-261122-0012', due_at: now + 48 * hour })),
    'POST /api/dossiers/{id}/supplement': move('awaiting_supplement', 'supplement_requested', text('Yêu cầu bổ sung lần 1', 'Supplement 1 requested'), (d, body) => ({ supplement: { n: 1, at: now, text: body.text, reasons: body.reasons.map((r) => ({ ...r, name: procedures.find((p) => p.code === d.procedure.code).components.find((c) => c.id === r.component).name })) } })),
    'POST /api/dossiers/{id}/decide': move('decided', 'decided', text('Đã quyết định', 'Decided')),
    'POST /api/dossiers/{id}/reply': move('decided', 'answered', text('UBND xã Giao Long đã trả lời', 'UBND xã Giao Long answered'), (d, body) => {
      const [key, kept] = d.call_back ? ['call_back', { ...d.call_back, enough: false }] : ['petition', d.petition]
      return { [key]: { ...kept, reply: { at: now, text: body.text, office: 'UBND xã Giao Long' } } }
    }),
    'POST /api/dossiers/{id}/called': move('processing', 'called', text('UBND xã Giao Long đã gọi nhưng chưa gặp', 'UBND xã Giao Long called and reached nobody'), (d, body) => {
      const made = [...d.call_back.calls, { at: now + d.journal.length * 60000, reached: body.outcome === 'reached', text: body.text }]
      return { call_back: { ...d.call_back, calls: made, enough: made.length > 1 } }
    }),
    'POST /api/dossiers/{id}/result-ready': move('decided', 'result_ready', text('Đã có kết quả', 'Result ready')),
    'POST /api/dossiers/{id}/refuse': move('refused', 'refused', text('Từ chối tiếp nhận', 'Refused')),
    'POST /api/public/status': ({ body }) => {
      if (body.slip !== '66001902711864' || body.second !== '9001') throw new Refusal(404, 'not_found', 'Không tìm thấy.', 'Not found.')
      return {
        slip: '66001-9027-11864', official_code: 'H61.88.24-261122-0007', procedure: { code: '1.000656', name: name('1.000656') }, office: 'UBND xã Giao Long', state: { code: 'received', national: 2, text: states.received[1] }, acks: acks(4, now - 6 * hour),
        steps: [{ at: now - 6 * hour, text: text('Đã nộp tại xã', 'Filed at the commune') }, { at: now - 5 * hour, text: text('Cán bộ đã tiếp nhận', 'Taken in by an officer') }],
      }
    },
  }, () => 'portal.html', port)
  return { ...server, dossiers, calls }
}
