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

// slip is what a fee slip shares with any slip, checked and with what can be printed.
func (s FeeSlip) slip() (Slip, error) {
	slip := Slip{Number: s.Number, Office: s.Office, Province: s.Province, Code: s.Code, Procedure: s.Procedure,
		FiledAt: s.At, Practice: s.Practice, English: s.English}
	if s.Transfer != nil {
		slip.Address = s.Transfer.Code
	}
	if err := slip.Check(); err != nil {
		return Slip{}, err
	}
	if s.Amount < 0 {
		return Slip{}, fmt.Errorf("fee slip %s: amount %d is below zero", s.Number, s.Amount)
	}
	return printable(slip), nil
}

// WriteFeeSlip writes s as a PDF; the same slip gives the same bytes. It refuses what Slip.Check
// refuses, and an amount below zero.
func WriteFeeSlip(w io.Writer, s FeeSlip) error {
	slip, err := s.slip()
	if err != nil {
		return err
	}
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

// deskLines is the way that is always there: a heading, then what to do.
func (s FeeSlip) deskLines() [][2]string {
	head := [2]string{"Nộp tiền mặt tại quầy", "Pay in cash at the desk"}
	if s.Transfer != nil {
		head = [2]string{"Cách 2: nộp tiền mặt tại quầy", "Way 2: pay in cash at the desk"}
	}
	lines := [][2]string{head,
		{"Đưa phiếu này và tiền cho cán bộ một cửa. Nộp xong, bà con nhận biên lai của cán bộ.",
			"Give this slip and the money to the officer at the desk, who gives you a receipt."},
		{"Chỉ nộp một lần. Thuộc diện miễn, giảm hoặc xin nhiều bản: hỏi cán bộ trước khi nộp.",
			"Pay once only. If you may be exempt, or ask for several copies, ask an officer before paying."}}
	if s.Practice {
		lines = append(lines, [2]string{"Đây là phiếu tập thử: không nộp tiền theo phiếu này.", "This is a practice slip: pay nothing by it."})
	}
	return lines
}

const feeIsNot = "Phiếu này không phải biên lai và không chứng tỏ đã nộp tiền."

func (p *page) atTheDesk(s FeeSlip) {
	p.rule()
	for i, one := range s.deskLines() {
		style, size, height := "", 9.5, 4.8
		if i == 0 {
			style, size, height = "B", 10, 5
		} else if i == 3 {
			style = "B"
		}
		p.line(style, size, height, inkText, both(one[0], one[1], s.English))
	}
	p.gap(1)
	p.line("", 8, 4, inkQuiet, feeIsNot)
}
