package paper

import (
	"fmt"
	"io"
	"time"
)

// DraftSlip is what a resident takes along from an unfinished dossier (phiếu nháp). It is printed
// when the screen is blanked, perhaps with nobody in front of it: it shows no name and nothing
// that was typed.
type DraftSlip struct {
	Number    string // 14 digits shown 5-4-5
	Office    string
	Province  string
	Code      string    // national procedure code
	Procedure string    // Vietnamese
	SavedAt   time.Time // of the last answer
	Until     time.Time // the draft is deleted after; the zero time leaves the line out
	Second    string    // which second fact opens the draft, in words
	Code6     string    // the code, when the resident had entered no number of her own
	Doubt     bool      // the clock was not confirmed when the draft was saved
	Practice  bool
	English   bool
}

// What a draft slip says about itself, on every paper.
const (
	draftNext   = "Hồ sơ này chưa nộp và chưa gửi đi đâu. Tới máy này, chọn “Tra cứu hồ sơ”, nhập số phiếu để làm tiếp. "
	draftNextEN = "This dossier was not filed and was sent nowhere. Look up the slip number at this machine to go on."
	draftIsNot  = "Phiếu nháp không phải giấy tờ xác nhận đã nộp hồ sơ."
)

func (s DraftSlip) slip() Slip {
	return Slip{Number: s.Number, Office: s.Office, Province: s.Province, Code: s.Code, Procedure: s.Procedure,
		FiledAt: s.SavedAt, Second: s.Second, Code6: s.Code6, Practice: s.Practice, English: s.English}
}

// WriteDraftSlip writes s as a PDF; the same slip gives the same bytes.
func WriteDraftSlip(w io.Writer, s DraftSlip) error {
	slip := s.slip()
	if err := slip.Check(); err != nil {
		return err
	}
	slip = printable(slip)
	p := newPage(slip)
	p.head("PHIẾU NHÁP, CHƯA NỘP", "Draft slip: not filed yet")
	p.number()
	p.pair("Thủ tục", "Procedure", slip.Procedure+code(slip.Code))
	p.pair("Lưu lần cuối lúc", "Last saved at", savedText(s.SavedAt, s.Doubt, s.English))
	if !s.Until.IsZero() && !s.Doubt {
		p.pair("Máy giữ đến", "Kept until", clockText(s.Until))
	}
	p.gap(1)
	p.rule()
	p.line("B", 10, 5, inkText, both("Việc tiếp theo", "What happens next", s.English))
	p.line("", 9.5, 4.8, inkText, both(draftNext+slip.Second, draftNextEN, s.English))
	if slip.Practice {
		p.line("", 9.5, 4.8, inkText, both("Đây là phiếu tập thử.", "This is a practice slip.", s.English))
	}
	if slip.Code6 != "" {
		p.line("B", 12, 6, inkRiver, both("Mã mở lại: "+slip.Code6, "Code to resume: "+slip.Code6, s.English))
	}
	p.gap(1)
	p.line("", 8, 4, inkQuiet, draftIsNot)
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("drawing draft slip %s: %w", s.Number, err)
	}
	return nil
}
