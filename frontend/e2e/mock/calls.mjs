// What the stand-in desk knows about the tile "Gọi 1022".
const text = (vi, en) => ({ vi, en })
const at = Date.UTC(2026, 10, 22, 2, 20)
const office = 'Trung tâm 1022 tỉnh Vĩnh Long'

/** requests to look up: one called twice in vain and then answered in writing, one waiting, one reached */
export const called = { missed: '66001885500074', answered: '66001886600085', reached: '66001887700096' }

export const callBack = { code: 'GOILAI', name: text('Yêu cầu gọi lại (1022)', 'Call-back request (1022)'), short: text('Yêu cầu gọi lại (1022)', 'Call-back request (1022)'), components: [] }
export const callBackForm = { code: 'GOILAI', sections: [] }

const times = [['07:30-11:30', 'Từ 7 giờ 30 đến 11 giờ 30', 'From 07:30 to 11:30'], ['13:30-16:30', 'Từ 13 giờ 30 đến 16 giờ 30', 'From 13:30 to 16:30'], ['any', 'Lúc nào cũng được', 'Any time']]
  .map(([code, vi, en]) => ({ code, name: text(vi, en) }))

const badPhone = { where: 'applicant', field: 'phone', code: 'phone_length', message: text('Số điện thoại thiếu hoặc thừa chữ số. Số di động có 10 số, số cố định có 11 số kể cả mã vùng.', 'The telephone number is too short or too long: a mobile has 10 digits, a landline 11 with its area code.') }

/** callerProblems judges whom to call. */
export const callerProblems = (person) => (/^0\d{9,10}$/.test(person?.phone ?? '') ? [] : [badPhone])

/** callProblems judges a request as the desk does. */
export function callProblems(d) {
  const out = []
  const add = (field, vi, en) => out.push({ where: 'answers', field, code: 'required', message: text(vi, en) })
  if (!String(d.answers.text ?? '').trim() && !d.answers.about) add('text', 'Chưa có câu hỏi. Viết vài chữ, hoặc chọn một thủ tục.', 'There is no question yet. Write a few words, or choose a procedure.')
  if (!d.answers.when) add('when', 'Chưa chọn lúc nào gọi được.', 'No time to call was chosen.')
  return [...out, ...callerProblems(d.applicant)]
}

/** callsTracked are the requests behind called, for the stand-in's look-up. */
export function callsTracked(acks) {
  const show = (slip) => `${slip.slice(0, 5)}-${slip.slice(5, 9)}-${slip.slice(9)}`
  const sent = { at: at - 2 * 86400000, type: 'submitted', text: text('Yêu cầu gọi lại đã được gửi và lưu tại xã', 'The call-back request was sent and saved at the commune') }
  const tookIn = { at: at - 86400000, type: 'taken_in', office, text: text(`Cán bộ ${office} đã nhận yêu cầu gọi lại`, `An officer of ${office} took the call-back request in`) }
  const vain = (n) => ({ at: at - (3 - n) * 3600000, type: 'called', office, text: n === 1 ? text(`${office} đã gọi nhưng chưa gặp`, `${office} called and reached nobody`) : text(`${office} đã gọi lần thứ 2 nhưng chưa gặp`, `${office} called for the 2nd time and reached nobody`) })
  const missed = [1, 2].map((n) => ({ at: at - (3 - n) * 3600000, reached: false, office }))
  const of = (slip, call_back, national, stateText, steps) => ({ second: '9001', view: { slip: show(slip), procedure: callBack, acks: acks(4, at - 2 * 86400000), state: { code: national === 9 ? 'decided' : 'processing', national, text: stateText }, steps: [sent, tookIn, ...steps], call_back } })
  const reply = { at, office, text: 'Đăng ký khai sinh làm được ở xã nơi cha hoặc mẹ đang ở, không phải về quê.\nMang giấy chứng sinh và căn cước.' }
  return {
    [called.missed]: of(called.missed, { calls: missed, missed: true }, 4, text('Đã gọi 2 lần, chưa gặp', 'Called 2 times, nobody was reached'), [vain(1), vain(2)]),
    [called.answered]: of(called.answered, { calls: missed, reply }, 9, text('Đã có trả lời', 'Answered'), [vain(1), vain(2), { at, type: 'answered', office, text: text(`${office} đã viết câu trả lời`, `${office} wrote the answer`) }]),
    [called.reached]: of(called.reached, { calls: [{ at, reached: true, office, text: 'Đã chỉ nơi nộp và giấy tờ cần mang.' }] }, 9, text('Đã gọi và trả lời', 'Called and answered'), [{ at, type: 'called', office, text: text(`${office} đã gọi và trả lời qua điện thoại`, `${office} called and answered by phone`) }]),
  }
}

/** callRoutes answer as the desk does; state.hotline changes what the configuration says. */
export const callRoutes = (state) => ({
  'GET /api/calls': () => ({ procedure: callBack.code, number: '1022', times, max_text: 500, ...state.hotline }),
})
