package officepaper

import (
	"fmt"
	"unicode/utf8"

	"rsc.io/qr"
)

// The national head of every administrative paper (quốc hiệu, tiêu ngữ).
const (
	nation = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
	motto  = "Độc lập - Tự do - Hạnh phúc"
)

// qrSide is the code with its quiet zone, mm: an address of about 193 letters reads from 33 mm on.
const qrSide = 34.0

// head sets the two columns of decree 30/2020: at the left who makes the paper with a line of a third to
// a half of its width under it, at the right the nation and its motto with a line as long as the motto;
// under them the paper's number, and place and date in italics.
func (l *layout) head() {
	size := l.body.size
	l.formNumber(type_{italic, max(8, size-2.5)})
	rightW := type_{bold, size}.width(nation) + 1
	if room := l.width() * 0.62; rightW > room {
		size *= room / rightW
		rightW = room
	}
	leftW := min(l.width()-rightW-4, 90)
	rightX := l.w - l.e.right - rightW
	top := l.y
	agency := run{upper(l.v.head.Agency), type_{bold, size}}
	low := l.column(l.e.left, leftW, top, run{l.v.head.Superior, type_{regular, size}})
	tight := balanced(leftW, agency)
	low = l.column(l.e.left+(leftW-tight)/2, tight, low, agency)
	last := broken(tight, agency)
	under := min(leftW*0.4, last[len(last)-1].width*0.5)
	l.rule(l.e.left+(leftW-under)/2, low+0.8, under, 0, 0.25)
	high := l.column(rightX, rightW, top, run{nation, type_{bold, size}}, run{motto, type_{bold, size + 0.5}})
	long := min(rightW, type_{bold, size + 0.5}.width(motto))
	l.rule(rightX+(rightW-long)/2, high+0.8, long, 0, 0.25)
	y := max(low, high) + 2.2
	low, high = y, y
	if !blank(l.v.head.Number) {
		low = l.column(l.e.left, leftW, y, run{"Số: " + l.v.head.Number, type_{regular, size}})
	}
	if !blank(l.v.head.PlaceDate) {
		high = l.column(rightX, rightW, y, run{l.v.head.PlaceDate, type_{italic, size}})
	}
	l.y = max(low, high)
}

// column sets runs below one another in the middle of a column and says where they end. A head longer
// than a page goes on on the next, for all columns.
func (l *layout) column(x, w, y float64, runs ...run) float64 {
	for _, r := range runs {
		if blank(r.text) {
			continue
		}
		for _, one := range broken(w, r) {
			if y+one.height > l.bottom() {
				l.newPage()
				y = l.e.top
			}
			l.text(x+(w-one.width)/2, y, one)
			y += one.height
		}
	}
	return y
}

// formNumber says at the right which form of which rule this is.
func (l *layout) formNumber(t type_) {
	if l.t.Number == "" {
		return
	}
	text := "Mẫu số " + l.t.Number
	if l.t.Legal != "" {
		text += " (" + l.t.Legal + ")"
	}
	for _, one := range broken(l.width(), run{text, t}) {
		l.text(l.w-l.e.right-one.width, l.y, one)
		l.y += one.height
	}
	l.gap(1.5)
}

// title sets the title in the middle, beside it the code that finds the dossier.
func (l *layout) title() {
	l.gap(1.5)
	side := 0.0
	if l.v.head.QR != "" {
		side = qrSide
		l.room(side)
	}
	top, x, w := l.y, l.e.left, l.width()
	if side > 0 {
		l.code(l.w-l.e.right-side, top, side)
		if w -= side + 3; w-side-3 > 75 { // in the middle of the page where there is room on both sides
			x, w = x+side+3, w-side-3
		}
	}
	lines := l.t.Title
	if name := l.v.texts["title"]; l.t.Form == NameReport && len(lines) == 0 {
		lines = []string{upper(name)}
	}
	pages := len(l.pages)
	y := top
	if side > 0 {
		y += max(0, (side-float64(len(lines)+len(l.under()))*type_{bold, l.body.size + 1.5}.height())/2-3)
	}
	for _, one := range lines {
		y = l.column(x, w, y, run{one, type_{bold, l.body.size + 1.5}})
	}
	for _, one := range l.under() {
		y = l.column(x, w, y, one)
	}
	y = l.reprint(x, w, y)
	if l.y = y; len(l.pages) == pages {
		l.y = max(y, top+side-1.5) // its own white edge is space enough
	}
	l.gap(1.5)
}

// under are the lines below the title: which dossier, which copy, and what the paper is not.
func (l *layout) under() (out []run) {
	if l.v.head.Code != "" {
		out = append(out, run{"Mã hồ sơ: " + l.v.head.Code, type_{bold, l.body.size}})
	}
	if l.v.head.Slip != "" {
		out = append(out, run{"Số phiếu: " + l.v.head.Slip, l.body})
	}
	if l.copy != "" {
		out = append(out, run{"(" + l.copy + ")", type_{italic, l.body.size}})
	}
	switch l.v.head.Mark {
	case Practice:
		out = append(out, run{"Giấy tập thử, không có giá trị", type_{boldItalic, l.body.size}})
	case Draft:
		out = append(out, run{"Bản nháp, chưa có giá trị", type_{boldItalic, l.body.size}})
	}
	return out
}

// reprint stands in a frame: whoever holds two papers must see which one was handed out first.
func (l *layout) reprint(x, w, y float64) float64 {
	if l.v.head.Reprint <= 0 {
		return y
	}
	t := type_{bold, l.body.size - 1}
	one := broken(w, run{fmt.Sprintf("BẢN IN LẠI lần %d", l.v.head.Reprint), t})[0]
	if y += 1.5; y+one.height+2.6 > l.bottom() {
		l.newPage()
		y = l.e.top
	}
	left := x + (w-one.width)/2
	l.put(mark{kind: "box", x: left - 2.5, y: y, w: one.width + 5, h: one.height + 1.6, thick: 0.4})
	l.text(left, y+0.8, one)
	return y + one.height + 2.6
}

// code draws the QR code with its quiet zone of four modules (ISO/IEC 18004).
func (l *layout) code(x, y, side float64) {
	c, err := qr.Encode(l.v.head.QR, qr.M)
	if err != nil {
		return // refused before, see Render
	}
	one := side / float64(c.Size+8)
	for cy := range c.Size {
		for cx := 0; cx < c.Size; cx++ {
			n := 0
			for cx+n < c.Size && c.Black(cx+n, cy) {
				n++
			}
			if n > 0 { // few wide bars print without hairlines between them
				l.put(mark{kind: "bar", x: x + one*float64(cx+4), y: y + one*float64(cy+4), w: one * float64(n), h: one})
				cx += n
			}
		}
	}
}

// checkCode refuses what no code takes.
func checkCode(text string) error {
	if text == "" {
		return nil
	}
	if _, err := qr.Encode(text, qr.M); err != nil || len(text) > 600 || !utf8.ValidString(text) {
		return fmt.Errorf("a code of %d letters does not read at this size: %w", len(text), ErrTooLong)
	}
	return nil
}
