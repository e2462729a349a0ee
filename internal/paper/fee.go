package paper

import (
	"cmp"
	"fmt"
	"io"
	"time"

	"bendo/internal/catalog"
	"bendo/internal/form"
)

// FeeSlip is what a resident takes to the desk, or home, to pay a fee (phiếu báo phí). It is no
// receipt: it is printed before any money moved, says so twice, and shows no name.
type FeeSlip struct {
	Number    string // of the dossier's slip, shown 5-4-5
	Office    string
	Province  string
	Code      string // national procedure code
	Procedure string // Vietnamese
	At        time.Time
	Doubt     bool      // the clock was not confirmed
	Amount    int64     // đồng; 0: an officer says how much
	Why       [2]string // Vietnamese and English: where the amount comes from, or why none stands here
	Transfer  *FeeTransfer
	Practice  bool
	English   bool
}

// FeeTransfer is the way by a bank, where the office has one.
type FeeTransfer struct {
	Bank, Holder, Account, Purpose string
	Code                           string // the text of the VietQR code
}

// NotPaid is the sentence under every code and on every slip that asks for money.
const (
	NotPaid   = "Quét mã chưa phải là đã nộp tiền. Cán bộ xác nhận khi tiền đã vào tài khoản."
	NotPaidEN = "Scanning is not yet paying. An officer confirms once the money is in the account."
)

// WriteFeeSlip writes s as a PDF; the same slip gives the same bytes. It refuses what Slip.Check
// refuses, and an amount below zero.
func WriteFeeSlip(w io.Writer, s FeeSlip) error {
	slip := Slip{Number: s.Number, Office: s.Office, Province: s.Province, Code: s.Code, Procedure: s.Procedure,
		FiledAt: s.At, Practice: s.Practice, English: s.English}
	if s.Transfer != nil {
		slip.Address = s.Transfer.Code
	}
	if err := slip.Check(); err != nil {
		return err
	}
	if s.Amount < 0 {
		return fmt.Errorf("fee slip %s: amount %d is below zero", s.Number, s.Amount)
	}
	slip = printable(slip)
	p := newPage(slip)
	p.pdf.SetTitle("Phiếu báo phí "+slip.Number, true)
	p.head("PHIẾU BÁO PHÍ\nKHÔNG PHẢI BIÊN LAI", "Fee slip: this is no receipt")
	p.number()
	p.pair("Thủ tục", "Procedure", slip.Procedure+code(slip.Code))
	p.pair("In lúc", "Printed at", savedText(s.At, s.Doubt, s.English))
	p.amount(s)
	p.transfer(s.Transfer)
	p.atTheDesk(s)
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("drawing fee slip %s: %w", s.Number, err)
	}
	return nil
}

// amount prints the sum in figures and words, as papers about money do.
func (p *page) amount(s FeeSlip) {
	p.gap(1)
	p.rule()
	p.line("", 9, 4.6, inkQuiet, both("Số tiền", "Amount", s.English))
	if s.Amount > 0 {
		p.line("B", 20, 10, inkRiver, catalog.Dong(s.Amount))
		p.line("", 9.5, 4.8, inkText, "Bằng chữ: "+form.NumberWords(s.Amount)+" đồng")
	} else {
		p.line("B", 14, 7, inkRiver, both("Cán bộ cho biết", "An officer will tell you", s.English))
	}
	if why := plainText(s.Why[0]); why != "" {
		p.line("", 9, 4.6, inkQuiet, both(why, cmp.Or(plainText(s.Why[1]), why), s.English))
	}
	p.gap(1)
}

func (p *page) transfer(t *FeeTransfer) {
	if t == nil {
		return
	}
	p.rule()
	p.line("B", 10, 5, inkText, both("Cách 1: chuyển khoản, quét mã ở góc trên", "Way 1: transfer, scan the code above", p.s.English))
	p.pair("Ngân hàng", "Bank", plainText(t.Bank))
	p.pair("Người nhận", "Payee", plainText(t.Holder))
	p.pair("Số tài khoản", "Account", plainText(t.Account))
	p.pair("Nội dung", "Purpose", plainText(t.Purpose))
	p.line("B", 9.5, 4.8, inkText, both(NotPaid, NotPaidEN, p.s.English))
	p.gap(1)
}

// atTheDesk prints the way that is always there.
func (p *page) atTheDesk(s FeeSlip) {
	p.rule()
	vi, en := "Nộp tiền mặt tại quầy", "Pay in cash at the desk"
	if s.Transfer != nil {
		vi, en = "Cách 2: nộp tiền mặt tại quầy", "Way 2: pay in cash at the desk"
	}
	p.line("B", 10, 5, inkText, both(vi, en, s.English))
	p.line("", 9.5, 4.8, inkText, both("Đưa phiếu này và tiền cho cán bộ một cửa. Nộp xong, bà con nhận biên lai của cán bộ.",
		"Give this slip and the money to the officer at the desk, who gives you a receipt.", s.English))
	p.line("", 9.5, 4.8, inkText, both("Chỉ nộp một lần. Thuộc diện miễn, giảm hoặc xin nhiều bản: hỏi cán bộ trước khi nộp.",
		"Pay once only. If you may be exempt, or ask for several copies, ask an officer before paying.", s.English))
	if s.Practice {
		p.line("B", 9.5, 4.8, inkText, both("Đây là phiếu tập thử: không nộp tiền theo phiếu này.", "This is a practice slip: pay nothing by it.", s.English))
	}
	p.gap(1)
	p.line("", 8, 4, inkQuiet, "Phiếu này không phải biên lai và không chứng tỏ đã nộp tiền.")
}
