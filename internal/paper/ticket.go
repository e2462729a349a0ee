package paper

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Ticket is a queue number on paper (phiếu số thứ tự). It names nobody.
type Ticket struct {
	Label    string // as it is shown and called: "A012"
	Office   string
	Province string
	Service  Words
	At       time.Time
	Doubt    bool  // the clock was not confirmed
	Ahead    int   // people before, when it was drawn
	Wait     Words // the guess
	Priority bool  // wishes to be called first
	Reprint  int   // 0 for the first paper
	Practice bool
	English  bool
}

// ErrNoLabel says that a ticket has no number or no office.
var ErrNoLabel = errors.New("a ticket lacks its number, its service or its office; take another number")

func (t Ticket) slip() (Slip, error) {
	if t.Label == "" || t.Office == "" || t.Service.VI == "" {
		return Slip{}, ErrNoLabel
	}
	return printable(Slip{Number: t.Label, Office: t.Office, Province: t.Province, FiledAt: t.At, Practice: t.Practice,
		English: t.English, Reprint: t.Reprint}), nil
}

// lines are the sentences under the number, the same on every kind of paper; the first ones are read
// while standing.
func (t Ticket) lines() []Words {
	var out []Words
	if t.Ahead == 0 {
		out = append(out, Words{"Lúc lấy số: chưa có ai chờ trước", "When taken: nobody was waiting before you"})
	} else {
		out = append(out, Words{fmt.Sprintf("Lúc lấy số: %d người chờ trước", t.Ahead), fmt.Sprintf("When taken: %d waiting before you", t.Ahead)})
	}
	if t.Wait.VI != "" {
		out = append(out, t.Wait)
	}
	if t.Priority {
		out = append(out, Words{"Xin được ưu tiên: cán bộ xem và quyết định", "Asks for priority: the officer decides"})
	}
	return out
}

const (
	ticketNext   = "Mời bà con ngồi chờ, tới số thì vào quầy. Vắng mặt khi được gọi: báo cho cán bộ."
	ticketNextEN = "Please wait until your number is called. If you missed it, tell an officer."
	ticketIsNot  = "Số dùng trong ngày lấy số. Đây không phải giấy tiếp nhận hồ sơ."
	ticketNoUse  = "Phiếu tập thử: không dùng để chờ."
	ticketNoEN   = "A practice number: it is not called."
)

// RollTicket writes t for 80 mm thermal paper; the same ticket gives the same bytes.
func RollTicket(w io.Writer, t Ticket, f Format) error {
	s, err := t.slip()
	if err != nil {
		return err
	}
	r := newRoll()
	r.rollHead(s, "SỐ THỨ TỰ", "Queue number")
	if s.Reprint > 0 {
		r.boxed(bodyDots, reprintText(s))
	}
	r.centred(170, true, s.Number)
	r.gap(14)
	for i, one := range append([]Words{t.Service}, t.lines()...) {
		if i == 0 {
			r.centred(headDots, true, one.VI)
		} else {
			r.centred(bodyDots, true, one.VI)
		}
		if s.English { // on lines of its own: these are read while standing
			r.centred(noteDots, false, one.EN)
		}
		if i == 0 {
			r.rule()
		}
	}
	r.gap(6)
	r.centred(noteDots, false, savedText(t.At, t.Doubt, s.English))
	r.rule()
	next, nextEN := ticketNext, ticketNextEN
	if s.Practice {
		next, nextEN = ticketNoUse, ticketNoEN
	}
	r.text(noteDots, false, both(next, nextEN, s.English))
	r.text(noteDots, false, ticketIsNot)
	if err := r.output(w, f); err != nil {
		return fmt.Errorf("drawing ticket %s: %w", t.Label, err)
	}
	return nil
}

// WriteTicket writes t as an A5 page, for an office whose only printer takes sheets; the same ticket
// gives the same bytes.
func WriteTicket(w io.Writer, t Ticket) error {
	s, err := t.slip()
	if err != nil {
		return err
	}
	p := &page{pdf: newPDF("Số thứ tự "+s.Number, t.At), s: s}
	p.pdf.SetFooterFunc(func() {
		if s.Practice {
			p.watermark()
		}
	})
	p.pdf.AddPage()
	p.head("SỐ THỨ TỰ", "Queue number")
	if s.Reprint > 0 {
		p.line("B", 11, 6, inkText, reprintText(s))
	}
	p.centre("B", 110, 48, inkRiver, s.Number)
	for i, one := range append([]Words{t.Service}, t.lines()...) {
		size := 13.0
		if i == 0 {
			size = 17
		}
		p.centre("B", size, size/2, inkText, plainText(one.VI))
		if s.English {
			p.centre("", 10, 5, inkQuiet, plainText(one.EN))
		}
		if i == 0 {
			p.gap(4)
			p.rule()
		}
	}
	p.gap(2)
	p.centre("", 10, 5, inkQuiet, savedText(t.At, t.Doubt, s.English))
	p.gap(2)
	p.rule()
	next, nextEN := ticketNext, ticketNextEN
	if s.Practice {
		next, nextEN = ticketNoUse, ticketNoEN
	}
	p.line("", 11, 5.5, inkText, both(next, nextEN, s.English))
	p.gap(1)
	p.line("", 8.5, 4.4, inkQuiet, ticketIsNot)
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("drawing ticket %s: %w", t.Label, err)
	}
	return nil
}

// centre is line in the middle of the page.
func (p *page) centre(style string, size, height float64, c ink, text string) {
	p.font(style, size, c)
	p.pdf.MultiCell(textWidth, height, text, "", "C", false)
}
