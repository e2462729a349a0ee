// What the stand-in desk knows about money: one dossier of every kind of answer.
import { Refusal } from './http.mjs'
import { beginPrint } from './verify.mjs'

const text = (vi, en) => ({ vi, en })
export const payable = { due: '66001482700013', ask: '66001553000024', free: '66001771600035' }

const notPaid = text('Quét mã chưa phải là đã nộp tiền. Cán bộ xác nhận khi tiền đã vào tài khoản.', 'Scanning is not yet paying. An officer confirms once the money is in the account.')
const show = (slip) => `${slip.slice(0, 5)}-${slip.slice(5, 9)}-${slip.slice(9)}`

const bills = {
  [payable.due]: {
    code: '1.004194', kind: 'due', amount: 10000, amount_text: text('10.000 đồng', '10.000 đồng'), words: 'mười nghìn đồng',
    why: text('Mức ghi trong danh mục thủ tục, cho một lần làm.', 'As the catalogue of procedures states, for one request.'),
    transfer: { bank: 'Ngân hàng Mẫu', holder: 'CONG AN XA GIAO LONG', account: '112233445566', purpose: 'PHI HS 66001482700013' },
  },
  [payable.ask]: {
    code: '2.000815', kind: 'ask', amount_text: text('', ''),
    why: text('Danh mục ghi: 2.000 đồng/trang cho hai trang đầu, từ trang thứ ba 1.000 đồng/trang, nhiều nhất 200.000 đồng/bản. Cán bộ cho biết số tiền.', 'The catalogue says: 2.000 đồng a page for the first two pages, 1.000 đồng from the third, at most 200.000 đồng a copy. An officer tells you the amount.'),
  },
  [payable.free]: { code: '1.001193', kind: 'free', amount_text: text('', ''), why: text('Thủ tục này không mất phí.', 'This procedure is free of charge.') },
}

/** payTracked are the dossiers behind payable, for the stand-in's look-up. */
export function payTracked(name, acks) {
  return Object.fromEntries(Object.entries(bills).map(([slip, { code }]) => [slip, {
    second: '9001',
    view: { slip: show(slip), procedure: { code, name: name(code).name }, acks: acks(1, Date.UTC(2026, 10, 22, 2, 0)), state: { code: 'registered', national: 1, text: text('Mới đăng ký', 'Newly filed') }, steps: [] },
  }]))
}

/** payRoutes answer as the desk does. */
export function payRoutes(name, qr, state) {
  const billOf = (slip) => bills[slip.replace(/\D/g, '')] ?? (() => { throw new Refusal(404, 'not_found', 'Không tìm thấy.', 'Nothing found.') })()
  return {
    'GET /api/slips/{slip}/pay': ({ params }) => {
      const { code, ...bill } = billOf(params.slip)
      return { slip: params.slip, procedure: { code, name: name(code).short }, not_paid: notPaid, ...bill }
    },
    'GET /api/slips/{slip}/pay/qr.svg': () => ({ bytes: Buffer.from(qr()), type: 'image/svg+xml' }),
    'GET /api/slips/{slip}/pay/slip.pdf': () => ({ bytes: Buffer.from('%PDF-1.4\n%%EOF\n'), type: 'application/pdf' }),
    'POST /api/slips/{slip}/pay/print': ({ params }) => { state.calls.push(`fee slip ${params.slip.replace(/\D/g, '')}`); return beginPrint(state, 'fee_slip', params.slip) },
  }
}
