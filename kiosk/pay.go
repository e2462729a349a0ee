package kiosk

import (
	"bytes"
	"errors"
	"net/http"

	"bendo/internal/catalog"
	"bendo/internal/form"
	"bendo/internal/ledger"
	"bendo/internal/paper"
)

// Paying (thanh toán): what is due for a dossier, to whom, and how. A visit asks about slips it filed
// or looked up; looking up is Track's, with its second fact and its limits. Nothing here is written
// anywhere: a code that was shown is not money that came.

type payView struct {
	Slip      string        `json:"slip"`
	Procedure procedureName `json:"procedure"`
	Kind      feeKind       `json:"kind"`
	Amount    int64         `json:"amount,omitempty"`
	Text      Text          `json:"amount_text"`     // "20.000 đồng"; empty when an officer must say
	Words     string        `json:"words,omitempty"` // the amount in Vietnamese words
	Why       Text          `json:"why"`
	Transfer  *transferView `json:"transfer,omitempty"`
	CashOnly  *Text         `json:"cash_only,omitempty"` // why there is no transfer for an amount that is due
	NotPaid   Text          `json:"not_paid"`
	Practice  bool          `json:"practice,omitempty"`
}

type transferView struct {
	Bank    string `json:"bank"`
	Holder  string `json:"holder"`
	Account string `json:"account"`
	Purpose string `json:"purpose"`
}

var (
	notPaid     = say(paper.NotPaid, paper.NotPaidEN)
	cashNoPayee = say("Trên máy chưa có tài khoản nhận chuyển khoản cho khoản này. Bà con nộp tiền mặt tại quầy.",
		"This machine has no account to which this fee could be transferred. Please pay in cash at the desk.")
	problemNoTransfer = Problem{Code: "no_transfer", Status: http.StatusNotFound,
		Message: say("Khoản này không có mã chuyển khoản.", "There is no transfer code for this."),
		Next:    say("Nộp tiền mặt tại quầy, hoặc hỏi cán bộ.", "Pay in cash at the desk, or ask an officer.")}
	problemNothingDue = Problem{Code: "nothing_due", Status: http.StatusConflict,
		Message: say("Hồ sơ này không có khoản nào nộp tại đây.", "Nothing is to be paid here for this dossier."),
		Next:    say("Cần gì xin hỏi cán bộ.", "Please ask an officer if in doubt.")}
)

// bill is what is known about the money of one dossier.
type bill struct {
	found     ledger.Found
	identity  ledger.Identity
	procedure catalog.Procedure
	fee       fee
	transfer  *transfer // nil: cash alone
}

// bill gathers the facts for a slip this visit filed or looked up; errors as held's.
func (d *Desk) bill(r *http.Request) (bill, error) {
	found, err := d.held(r)
	if err != nil {
		return bill{}, err
	}
	b := bill{found: found}
	if b.identity, err = d.identity(r.Context()); err != nil {
		return bill{}, err
	}
	filing, err := d.book().Filing(r.Context(), found.State.ID)
	if err != nil {
		return bill{}, err
	}
	s := found.State
	b.procedure = catalog.Procedure{Code: s.Procedure, Name: form.Text{VI: s.Procedure, EN: s.Procedure}}
	var listed *catalog.Procedure
	if pack, is := d.Packs.Get(catalog.Version(s.Pack)); is {
		if p, is := pack.Procedure(s.Procedure); is {
			b.procedure, listed = p, &p
		}
	}
	b.fee = feeOf(s, listed, claimsExemption(filing.Answers))
	b.transfer = d.transferFor(b)
	return b, nil
}

// transferFor is nil where the office has no account for the fee: then it is paid in cash. The
// account is today's, since an office changes its bank for old dossiers too.
func (d *Desk) transferFor(b bill) *transfer {
	if b.fee.kind != feeDue {
		return nil
	}
	payee, is := catalog.PracticePayee(), true
	if !b.found.Practice {
		payee, is = d.Packs.Current(d.today()).Payee(b.identity.CommuneCode, b.procedure.Desk)
	}
	if !is {
		return nil
	}
	t, err := transferOf(payee, b.fee.amount, b.found.State.Slip)
	if err != nil {
		d.Log.Error("a transfer code could not be written; the fee is shown for cash", "error", err)
		return nil
	}
	return &t
}

// pay says what is due. The slip must be this visit's.
func (d *Desk) pay(w http.ResponseWriter, r *http.Request) error {
	b, err := d.bill(r)
	if err != nil {
		return err
	}
	s := b.found.State
	v := payView{Slip: s.Slip.String(), Procedure: d.name(s.Pack, s.Procedure), Kind: b.fee.kind, Amount: b.fee.amount,
		Why: b.fee.why, NotPaid: notPaid, Practice: b.found.Practice}
	if b.fee.kind == feeDue {
		v.Text, v.Words = say(catalog.Dong(b.fee.amount), catalog.Dong(b.fee.amount)), form.NumberWords(b.fee.amount)+" đồng"
		v.CashOnly = &cashNoPayee
	}
	if t := b.transfer; t != nil {
		v.Transfer, v.CashOnly = &transferView{t.payee.Bank, t.payee.Holder, t.payee.Account.Number, t.purpose}, nil
	}
	return ok(w, v)
}

// payQR draws the transfer code on this machine; no bank is asked.
func (d *Desk) payQR(w http.ResponseWriter, r *http.Request) error {
	b, err := d.bill(r)
	if err != nil {
		return err
	}
	if b.transfer == nil {
		return problemNoTransfer.Because(nil)
	}
	svg, err := paper.QRSVG(b.transfer.code)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = w.Write(svg)
	return nil
}

func (d *Desk) feeSlip(w http.ResponseWriter, r *http.Request) error {
	b, err := d.feeBill(r)
	if err != nil {
		return err
	}
	var pdf bytes.Buffer
	if err := paper.WriteFeeSlip(&pdf, d.feeSlipOf(b)); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/pdf")
	w.Header().Set("Content-Disposition", `attachment; filename="phieu-bao-phi-`+string(b.found.State.Slip)+`.pdf"`)
	_, _ = w.Write(pdf.Bytes())
	return nil
}

func (d *Desk) printFeeSlip(w http.ResponseWriter, r *http.Request) error {
	b, err := d.feeBill(r)
	if err != nil {
		return err
	}
	return d.printOut(w, r, feePrintout(d.feeSlipOf(b)))
}

// feeBill is the bill behind a slip for the desk. Where nothing is to be paid here there is none: a
// paper about money makes people pay.
func (d *Desk) feeBill(r *http.Request) (bill, error) {
	b, err := d.bill(r)
	if err == nil && b.fee.kind != feeDue && b.fee.kind != feeAsk {
		err = problemNothingDue.Because(errors.New(string(b.fee.kind)))
	}
	return b, err
}

func (d *Desk) feeSlipOf(b bill) paper.FeeSlip {
	now, quality := d.now()
	s := b.found.State
	slip := paper.FeeSlip{Number: s.Slip.String(), Office: b.identity.OfficeName, Province: b.identity.ProvinceName,
		Code: s.Procedure, Procedure: b.procedure.Name.VI, At: now, Doubt: doubtful(quality),
		Amount: b.fee.amount, Why: [2]string{b.fee.why.VI, b.fee.why.EN}, Practice: b.found.Practice, English: s.Language == "en"}
	if t := b.transfer; t != nil {
		slip.Transfer = &paper.FeeTransfer{Bank: t.payee.Bank, Holder: t.payee.Holder,
			Account: t.payee.Account.Number, Purpose: t.purpose, Code: t.code}
	}
	return slip
}
