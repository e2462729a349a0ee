package paper

import (
	"cmp"
	"fmt"
	"io"

	"bendo/internal/catalog"
	"bendo/internal/form"
)

// RollSlip writes the slip for 80 mm thermal paper. It refuses what WriteSlip refuses, and says what
// the sheet says: a resident must not get less because the office has another printer.
func RollSlip(w io.Writer, s Slip, f Format) error {
	if err := s.Check(); err != nil {
		return err
	}
	s = printable(s)
	r := newRoll()
	k := s.kind()
	r.rollHead(s, k.title.VI, k.title.EN)
	if s.Reprint > 0 {
		r.boxed(bodyDots, reprintText(s))
	}
	r.rollNumber(s)
	r.pair(s, k.subject.VI, k.subject.EN, s.Procedure+code(s.Code))
	r.pair(s, k.person.VI, k.person.EN, s.Applicant)
	r.pair(s, "Người nộp thay", "Filed by", s.Submitter)
	r.pair(s, "Lưu tại xã lúc", "Saved at", savedText(s.FiledAt, s.Doubt, s.English))
	r.rollPapers(s)
	r.rollFacts(both(k.where.VI, k.where.EN, s.English), s.Acks)
	for _, a := range s.Additions {
		title := fmt.Sprintf("Giấy tờ bổ sung lần %d, lưu lúc %s", a.N, savedText(a.At, a.Doubt, false))
		r.rollFacts(both(title, fmt.Sprintf("Supplement %d", a.N), s.English), a.Acks)
	}
	r.rollNext(s)
	if err := r.output(w, f); err != nil {
		return fmt.Errorf("drawing slip %s: %w", s.Number, err)
	}
	return nil
}

func (r *roll) rollHead(s Slip, vi, en string) {
	r.gap(10)
	r.centred(bodyDots, true, s.Office)
	r.centred(noteDots, false, s.Province)
	r.gap(10)
	r.centred(headDots, true, vi)
	if s.English {
		r.centred(noteDots, false, en)
	}
	if s.Practice {
		r.boxed(bodyDots, both("TẬP THỬ, KHÔNG CÓ GIÁ TRỊ", "PRACTICE, WORTH NOTHING", s.English))
	}
	r.gap(6)
}

// rollNumber prints the number as wide as the paper: people read it over the phone.
func (r *roll) rollNumber(s Slip) {
	r.centred(noteDots, false, both("Số phiếu", "Slip number", s.English))
	r.centred(60, true, s.Number)
	if s.Address != "" {
		r.qr(s.Address)
	}
	r.rule()
}

func (r *roll) pair(s Slip, vi, en, value string) {
	if value == "" {
		return
	}
	r.text(noteDots, false, both(vi, en, s.English))
	r.text(bodyDots, true, value)
	r.gap(6)
}

func (r *roll) rollPapers(s Slip) {
	if len(s.Papers) == 0 {
		return
	}
	r.rule()
	r.text(bodyDots, true, both(s.kind().papers.VI, s.kind().papers.EN, s.English))
	for i, c := range s.Papers {
		vi, en := stateText(c.State, c.Pages)
		r.text(bodyDots, false, fmt.Sprintf("%d. %s", i+1, c.Name))
		r.text(noteDots, false, both(vi, en, s.English))
	}
}

func (r *roll) rollFacts(title string, acks []Ack) {
	if len(acks) == 0 {
		return
	}
	r.rule()
	r.text(bodyDots, true, title)
	for _, a := range acks {
		text := a.Label + ": chưa"
		if a.Done {
			text = a.Label + ": " + clockText(a.At)
		}
		r.mark(a.Done, text)
	}
}

func (r *roll) rollNext(s Slip) {
	r.rule()
	r.text(bodyDots, true, both("Việc tiếp theo", "What happens next", s.English))
	for _, one := range nextLines(s) {
		r.text(bodyDots, false, both(one[0], one[1], s.English))
	}
	if s.Code6 != "" && !s.Practice {
		r.gap(6)
		r.centred(headDots, true, both("Mã tra cứu: "+s.Code6, "Look-up code: "+s.Code6, s.English))
	}
	if s.Practice {
		return
	}
	r.text(noteDots, false, s.Lookup)
	r.gap(8)
	r.text(noteDots, false, s.kind().end.VI)
}

// RollDraftSlip writes a draft's slip for 80 mm thermal paper; as WriteDraftSlip it shows nothing that
// was typed.
func RollDraftSlip(w io.Writer, d DraftSlip, f Format) error {
	s := d.slip()
	if err := s.Check(); err != nil {
		return err
	}
	s = printable(s)
	r := newRoll()
	r.rollHead(s, "PHIẾU NHÁP, CHƯA NỘP", "Draft slip: not filed yet")
	r.rollNumber(s)
	r.pair(s, "Thủ tục", "Procedure", s.Procedure+code(s.Code))
	r.pair(s, "Lưu lần cuối lúc", "Last saved at", savedText(d.SavedAt, d.Doubt, s.English))
	if !d.Until.IsZero() && !d.Doubt {
		r.pair(s, "Máy giữ đến", "Kept until", clockText(d.Until))
	}
	r.rule()
	r.text(bodyDots, true, both("Việc tiếp theo", "What happens next", s.English))
	r.text(bodyDots, false, both(draftNext+s.Second, draftNextEN, s.English))
	if s.Code6 != "" {
		r.gap(6)
		r.centred(headDots, true, both("Mã mở lại: "+s.Code6, "Code to resume: "+s.Code6, s.English))
	}
	r.gap(8)
	r.text(noteDots, false, draftIsNot)
	if err := r.output(w, f); err != nil {
		return fmt.Errorf("drawing draft slip %s: %w", s.Number, err)
	}
	return nil
}

// RollFeeSlip writes a fee slip for 80 mm thermal paper; it refuses what WriteFeeSlip refuses.
func RollFeeSlip(w io.Writer, fs FeeSlip, f Format) error {
	s, err := fs.slip()
	if err != nil {
		return err
	}
	r := newRoll()
	r.rollHead(s, "PHIẾU BÁO PHÍ", "Fee slip: this is no receipt")
	r.boxed(bodyDots, "KHÔNG PHẢI BIÊN LAI")
	r.rollNumber(s)
	r.pair(s, "Thủ tục", "Procedure", s.Procedure+code(s.Code))
	r.pair(s, "In lúc", "Printed at", savedText(fs.At, fs.Doubt, s.English))
	r.rule()
	if fs.Amount > 0 {
		r.centred(44, true, catalog.Dong(fs.Amount))
		r.text(bodyDots, false, "Bằng chữ: "+form.NumberWords(fs.Amount)+" đồng")
	} else {
		r.centred(headDots, true, both("Cán bộ cho biết", "An officer will tell you", s.English))
	}
	if why := fs.Why[0]; why != "" {
		r.text(noteDots, false, both(why, cmp.Or(fs.Why[1], why), s.English))
	}
	if t := fs.Transfer; t != nil {
		r.rule()
		r.text(bodyDots, true, both("Cách 1: chuyển khoản, quét mã ở trên", "Way 1: transfer, scan the code above", s.English))
		r.pair(s, "Ngân hàng", "Bank", t.Bank)
		r.pair(s, "Người nhận", "Payee", t.Holder)
		r.pair(s, "Số tài khoản", "Account", t.Account)
		r.pair(s, "Nội dung", "Purpose", t.Purpose)
		r.text(bodyDots, true, both(NotPaid, NotPaidEN, s.English))
	}
	r.rule()
	for i, one := range fs.deskLines() {
		r.text(bodyDots, i == 0, both(one[0], one[1], s.English))
	}
	r.gap(8)
	r.text(noteDots, false, feeIsNot)
	if err := r.output(w, f); err != nil {
		return fmt.Errorf("drawing fee slip %s: %w", s.Number, err)
	}
	return nil
}
