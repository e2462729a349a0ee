// What the stand-in desk knows about ratings and petitions.
import { Refusal } from './http.mjs'

const text = (vi, en) => ({ vi, en })
const at = Date.UTC(2026, 10, 22, 2, 20)
const bare = (slip) => String(slip).replace(/\D/g, '')

/** dossiers to rate: one that is done, and a petition that was answered */
export const rateable = { done: '66001882200041', answered: '66001883300052', sent: '66001884400063' }

export const petition = { code: 'PAKN', name: text('Phản ánh, kiến nghị', 'Petition'), short: text('Phản ánh, kiến nghị', 'Petition'), components: [['photo', 'Ảnh kèm phản ánh', 'Pictures'], ['voice', 'Lời nói ghi âm', 'Spoken note']].map(([id, vi, en]) => ({ id, kind: 'photo', name: text(vi, en), condition: text('', '') })) }
export const petitionForm = { code: 'PAKN', sections: [] }

const scores = [[5, 'Rất hài lòng', 'Very satisfied'], [4, 'Hài lòng', 'Satisfied'], [3, 'Bình thường', 'Neither'], [2, 'Không hài lòng', 'Dissatisfied'], [1, 'Rất không hài lòng', 'Very dissatisfied']]
  .map(([score, vi, en]) => ({ score, name: text(vi, en) }))
const choice = ([code, vi, en]) => ({ code, name: text(vi, en) })
const reasons = [['time', 'Thời gian giải quyết', 'How long it took'], ['attitude', 'Thái độ của cán bộ', 'How the officers behaved'], ['guidance', 'Hướng dẫn, giải thích', 'How it was explained'], ['visits', 'Số lần phải đi lại', 'How often one had to come'], ['papers', 'Giấy tờ phải nộp', 'The papers asked for'], ['machine', 'Máy tự phục vụ', 'This self-service machine']].map(choice)
const topics = [['service', 'Cách phục vụ của cán bộ, cơ quan', 'How officers or an office serve people'], ['procedure', 'Thủ tục, giấy tờ, quy định', 'A procedure, papers, a rule'], ['place', 'Đường sá, môi trường, trật tự', 'Roads, environment, order'], ['other', 'Việc khác', 'Something else']].map(choice)
const wishes = [['no_name', 'Được công khai nội dung, không nêu tên người gửi', 'The text may be made public, without the sender’s name'], ['named', 'Được công khai nội dung và tên người gửi', 'Text and sender’s name may be made public'], ['no', 'Không công khai', 'Not to be made public']].map(choice)

/** feedbackTracked are the dossiers behind rateable, for the stand-in's look-up. */
export function feedbackTracked(name, acks) {
  const state = { code: 'decided', national: 9, text: text('Đã xử lý xong', 'Processed') }
  const show = (slip) => `${slip.slice(0, 5)}-${slip.slice(5, 9)}-${slip.slice(9)}`
  const of = (slip, extra) => ({ second: '9001', view: { slip: show(slip), acks: acks(4, at - 86400000), state, steps: [{ at, type: 'submitted', text: text('Hồ sơ đã được nộp và lưu tại xã', 'The dossier was filed and saved at the commune') }], procedure: { code: '1.001193', name: name('1.001193').name }, ...extra } })
  return {
    [rateable.done]: of(rateable.done),
    [rateable.sent]: of(rateable.sent),
    [rateable.answered]: of(rateable.answered, {
      procedure: petition, state: { ...state, text: text('Đã có trả lời', 'Answered') },
      petition: { reply: { at, office: 'Ủy ban nhân dân xã Giao Long', text: 'Ủy ban nhân dân xã đã kiểm tra cầu ấp 3 và giao ấp thay hai tấm ván hỏng, xong trước ngày 30/11.\nCảm ơn bà con đã báo.' } },
      steps: [{ at: at - 7200000, type: 'submitted', text: text('Phản ánh đã được gửi và lưu tại xã', 'The petition was sent and saved at the commune') }, { at, type: 'answered', office: 'Ủy ban nhân dân xã Giao Long', text: text('Ủy ban nhân dân xã Giao Long đã trả lời phản ánh, kiến nghị', 'Ủy ban nhân dân xã Giao Long answered the petition') }],
    }),
  }
}

/** petitionProblems judges as the desk does. */
export function petitionProblems(d) {
  const out = []
  const enclosed = d.components.reduce((sum, c) => sum + c.scans.length, 0)
  const add = (where, field, vi, en) => out.push({ where, field, code: 'required', message: text(vi, en) })
  if (!String(d.answers.text ?? '').trim() && enclosed === 0) add('answers', 'text', 'Chưa có nội dung. Viết vài dòng, hoặc chụp một tấm ảnh.', 'There is nothing in it yet. Write a few lines, or take a picture.')
  if (!d.answers.publish) add('answers', 'publish', 'Chưa chọn có cho công khai hay không.', 'Whether it may be made public was not chosen.')
  if (!d.applicant?.full_name) add('applicant', 'full_name', 'Chưa có họ tên.', 'The full name is missing.')
  if (!d.applicant?.phone && !d.applicant?.address) add('applicant', 'phone', 'Cần số điện thoại hoặc địa chỉ để cơ quan trả lời.', 'A phone number or an address is needed for the answer.')
  return out
}

/** feedbackRoutes answer as the desk does. */
export function feedbackRoutes(name, state) {
  const kept = { [rateable.sent]: { score: 4, reasons: ['time'], at, changes: 1, sent: true } }
  const check = (body) => {
    if (!(body.score >= 1 && body.score <= 5)) throw new Refusal(422, 'bad_rating', 'Chưa chọn mức hài lòng.', 'No degree of satisfaction was chosen.')
  }
  const put = (key, body) => {
    check(body)
    if (kept[key]?.sent) throw new Refusal(409, 'rated', 'Đánh giá này đã gửi về tỉnh nên không đổi được nữa.', 'This rating has gone to the province and can no longer be changed.')
    kept[key] = { score: body.score, reasons: body.reasons.toSorted(), at, changes: kept[key] ? kept[key].changes + 1 : 0, sent: false }
    state.calls.push(`rate ${key} ${body.score} ${kept[key].reasons.join('+')}`.trim())
    return kept[key]
  }
  const ofSlip = (slip) => {
    const code = bare(slip) === rateable.answered ? petition : { code: '1.001193', name: name('1.001193').short }
    return { slip, procedure: { code: code.code, name: code.name }, over: Object.values(rateable).includes(bare(slip)), rating: kept[bare(slip)] ?? null }
  }
  return {
    'GET /api/ratings/choices': () => ({ scores, reasons }),
    'GET /api/ratings/visit': () => ({ rating: kept[`v${state.visits}`] ?? null }),
    'PUT /api/ratings/visit': ({ body }) => ({ rating: put(`v${state.visits}`, body) }),
    'GET /api/slips/{slip}/rating': ({ params }) => ofSlip(params.slip),
    'PUT /api/slips/{slip}/rating': ({ params, body }) => { put(bare(params.slip), body); return ofSlip(params.slip) },
    'GET /api/petitions/choices': () => ({ procedure: petition.code, topics, wishes, photo: 'photo', voice: 'voice', max_voice_seconds: state.speaks ?? 0, max_text: 4000, max_photos: 5, name_required: true }),
  }
}
