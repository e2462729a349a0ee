import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render, screen } from '@testing-library/react'
import { beforeEach, expect, it, vi } from 'vitest'
import { desk, type Payment } from '../../api/kiosk'
import { LanguageProvider, type Language } from '../../text/language'
import { Bill } from './PayResult'

const text = (viet: string, en = viet) => ({ vi: viet, en })
const due: Payment = {
  slip: '00017-4820-93316',
  procedure: { code: '1.004194', name: text('Đăng ký tạm trú', 'Temporary residence') },
  kind: 'due',
  amount: 10000,
  amount_text: text('10.000 đồng'),
  why: text('Mức ghi trong danh mục thủ tục.', 'As the catalogue states.'),
  transfer: { bank: 'Ngân hàng Mẫu', holder: 'CONG AN XA GIAO LONG', account: '112233445566', purpose: 'PHI HS 00017482093316' },
  not_paid: text('Quét mã chưa phải là đã nộp tiền.', 'Scanning is not yet paying.'),
}

const show = (bill: Payment, language: Language = 'vi') =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <LanguageProvider initial={language}><Bill bill={bill} /></LanguageProvider>
    </QueryClientProvider>,
  )

const picture = vi.spyOn(desk, 'payPicture')

beforeEach(() => {
  picture.mockReset()
  picture.mockReturnValue(new Promise(() => undefined))
})

it('shows to whom, with which words, and that a code is no payment', () => {
  const { container } = show(due)
  for (const fact of ['Ngân hàng Mẫu', 'CONG AN XA GIAO LONG', '112233445566', 'PHI HS 00017482093316', /^Quét mã chưa phải là đã nộp tiền\. .*không nộp lần nữa/]) {
    expect(screen.getByText(fact)).toBeInTheDocument()
  }
  expect(screen.getByRole('img', { name: 'Mã VietQR: chuyển 10.000 đồng cho CONG AN XA GIAO LONG, nội dung PHI HS 00017482093316' })).toBeInTheDocument()
  expect(screen.getByText(/Hoặc nộp tiền mặt tại quầy/)).toBeInTheDocument()
  expect(picture).toHaveBeenCalledWith('00017-4820-93316')
  expect(container.textContent).not.toMatch(/đã thanh toán|thanh toán xong|thành công/i)
  expect(screen.queryByText(/không có thật/)).toBeNull()
})

it('marks the account of practice', () => {
  show({ ...due, practice: true })
  expect(screen.getByText(/tài khoản này không có thật/)).toBeInTheDocument()
})

it('draws no code where the office has no account, and says why', () => {
  show({ ...due, transfer: undefined, cash_only: text('Trên máy chưa có tài khoản.', 'There is no account here.') }, 'en')
  expect(screen.queryByRole('img')).toBeNull()
  expect(picture).not.toHaveBeenCalled()
  expect(screen.getByText('Pay in cash at the desk')).toBeInTheDocument()
  expect(screen.getByText('There is no account here.')).toBeInTheDocument()
})

it('leaves an amount nobody settled to an officer', () => {
  show({ ...due, kind: 'ask', amount: undefined, amount_text: text(''), transfer: undefined, why: text('Danh mục ghi: 2.000 đồng/trang.') })
  expect(screen.getByText('Danh mục ghi: 2.000 đồng/trang.')).toBeInTheDocument()
  expect(screen.getByText('Nộp tiền mặt tại quầy')).toBeInTheDocument()
  expect(screen.queryByText(/10\.000/)).toBeNull()
})

it.each(['free', 'closed'] as const)('offers no way to pay when it is %s', (kind) => {
  show({ ...due, kind, amount: undefined, transfer: undefined, why: text('Thủ tục này không mất phí.') })
  expect(screen.getByText('Thủ tục này không mất phí.')).toBeInTheDocument()
  expect(screen.queryByText(/tiền mặt tại quầy/)).toBeNull()
  expect(screen.queryByRole('img')).toBeNull()
})
