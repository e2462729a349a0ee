package officepaper

import (
	"fmt"
	"slices"
	"strings"
)

// sheets are the papers, short side first, mm.
var sheets = map[string][2]float64{"A4": {210, 297}, "A5": {148, 210}}

// edges are what stays white, mm. Decree 30/2020 leaves 30–35 at the left, 15–20 at the right and
// 20–25 above and below of an upright A4; lying papers and A5 have less to give.
type edges struct{ left, right, top, bottom float64 }

func edgesOf(p PageSize) edges {
	switch {
	case p.Size == "A5":
		return edges{14, 10, 10, 14}
	case p.Landscape:
		return edges{20, 15, 15, 16}
	}
	return edges{30, 15, 15, 18}
}

func sizeOf(p PageSize) (w, h float64) {
	s := sheets[p.Size]
	if p.Landscape {
		return s[1], s[0]
	}
	return s[0], s[1]
}

func textWidth(p PageSize) float64 {
	w, _ := sizeOf(p)
	e := edgesOf(p)
	return w - e.left - e.right
}

// mark is one thing on a page, all in mm from its upper left corner.
type mark struct {
	kind  string // text, line, box, bar, water
	x, y  float64
	w, h  float64 // of a text: the room it takes
	t     type_
	text  string
	thick float64
}

// page is what stands on one side.
type page struct{ marks []mark }

// layout sets a paper into pages. It knows widths of letters and nothing of PDF, so that what a test
// reads is what is drawn.
type layout struct {
	t     Template
	v     *values
	w, h  float64
	e     edges
	pages []page
	first int // page of the copy under way
	copy  string
	y     float64
	body  type_
	err   error
}

// set lays out every copy.
func set(t Template, v *values) ([]page, error) {
	l := &layout{t: t, v: v, e: edgesOf(t.Page), body: type_{regular, t.Type}}
	l.w, l.h = sizeOf(t.Page)
	copies := t.Copies
	if len(copies) == 0 {
		copies = []string{""}
	}
	for _, c := range copies {
		l.first, l.copy = len(l.pages), c
		l.newPage()
		l.head()
		l.title()
		for i, b := range t.Blocks {
			l.block(b, t.Blocks[i+1:])
		}
		l.feet()
	}
	return l.pages, l.err
}

func (l *layout) width() float64  { return l.w - l.e.left - l.e.right }
func (l *layout) bottom() float64 { return l.h - l.e.bottom }

func (l *layout) newPage() {
	l.pages = append(l.pages, page{})
	l.y = l.e.top
	for i, word := range l.waters() {
		t := type_{bold, waterSize(l.t.Page)}
		l.put(mark{kind: "water", x: l.w / 2, y: l.h/2 + float64(i)*30, w: t.width(word), h: t.height(), t: t, text: word})
	}
}

func waterSize(p PageSize) float64 {
	if p.Size == "A5" {
		return 46
	}
	return 64
}

// waters are the words across the page.
func (l *layout) waters() (out []string) {
	switch l.v.head.Mark {
	case Draft:
		out = append(out, "BẢN NHÁP")
	case Practice:
		out = append(out, "TẬP THỬ")
	}
	if l.v.head.Reprint > 0 {
		out = append(out, "BẢN IN LẠI")
	}
	if !blank(l.v.head.Stamp) {
		out = append(out, fitted(l.v.head.Stamp, l.w*0.9, type_{bold, waterSize(l.t.Page)}))
	}
	return out
}

func (l *layout) put(m mark) {
	p := &l.pages[len(l.pages)-1]
	p.marks = append(p.marks, m)
}

func (l *layout) rule(x, y, w, h, thick float64) {
	l.put(mark{kind: "line", x: x, y: y, w: w, h: h, thick: thick})
}

// room begins a new page where less than h mm are left; what is higher than a page stays where it is.
func (l *layout) room(h float64) {
	if l.y+h > l.bottom() && l.y > l.e.top+1 && h < l.bottom()-l.e.top {
		l.newPage()
	}
}

func (l *layout) gap(h float64) { l.y = min(l.y+h, l.bottom()) }

// text puts one line with its left edge at x and its top at y.
func (l *layout) text(x, y float64, one line) {
	for _, r := range one.runs {
		w := r.t.width(r.text)
		l.put(mark{kind: "text", x: x, y: y, w: w, h: one.height, t: r.t, text: r.text})
		x += w
	}
}

// cell is one column of a row.
type cell struct {
	x, w  float64
	align string
	lines []line
}

func newCell(x, w float64, align string, runs ...run) cell {
	return cell{x, w, align, broken(w, runs...)}
}

// row is what stands beside one another: every cell as many lines as it needs.
type row struct {
	cells []cell
	pad   float64 // inside, above and below
	frame bool
	again func() // what is repeated at the head of a new page
}

// flow sets a row: whole where it fits, at the head of a new page where it fits there, else line by
// line over as many pages as it takes.
func (l *layout) flow(r row) {
	total := 2*r.pad + r.height()
	if l.y+total > l.bottom() && l.y > l.e.top+1 {
		enough := l.y + 2*r.pad + r.heightOf(2) // two lines here and the rest there read better than a hole
		if total < (l.bottom()-l.e.top)/3 || enough > l.bottom() {
			l.turn(r)
		}
	}
	for {
		part, rest := r.split(l.bottom() - l.y - 2*r.pad)
		l.place(part)
		if rest == nil {
			return
		}
		r.cells = rest.cells
		l.turn(r)
	}
}

func (l *layout) turn(r row) {
	l.newPage()
	if r.again != nil {
		r.again()
	}
}

func (r row) height() float64 { return r.heightOf(1 << 30) }

// heightOf is the height of the first n lines of every cell.
func (r row) heightOf(n int) (h float64) {
	for _, c := range r.cells {
		sum := 0.0
		for _, one := range c.lines[:min(n, len(c.lines))] {
			sum += one.height
		}
		h = max(h, sum)
	}
	return h
}

// split cuts a row after as many lines as fit into h; at least one, so that it ends.
func (r row) split(h float64) (part row, rest *row) {
	part, over := r, r
	part.cells, over.cells = slices.Clone(r.cells), slices.Clone(r.cells)
	more := false
	for i, c := range r.cells {
		n, used := 0, 0.0
		for n < len(c.lines) && (n == 0 || used+c.lines[n].height <= h+0.01) {
			used += c.lines[n].height
			n++
		}
		part.cells[i].lines, over.cells[i].lines = c.lines[:n], c.lines[n:]
		more = more || n < len(c.lines)
	}
	if more {
		return part, &over
	}
	return part, nil
}

// place sets a row at y and goes below it.
func (l *layout) place(r row) {
	h := r.height() + 2*r.pad
	for _, c := range r.cells {
		y := l.y + r.pad
		for _, one := range c.lines {
			x := c.x
			switch c.align {
			case "C":
				x += (c.w - one.width) / 2
			case "R":
				x += c.w - one.width
			}
			l.text(x, y, one)
			y += one.height
		}
	}
	if r.frame {
		for _, c := range r.cells {
			l.put(mark{kind: "box", x: c.x - cellPad, y: l.y, w: c.w + 2*cellPad, h: h, thick: 0.2})
		}
	}
	l.y += h
}

// feet writes every page's foot once the copy's pages are known.
func (l *layout) feet() {
	t := type_{regular, max(8, l.body.size-3)}
	total := len(l.pages) - l.first
	for i := range total {
		p := &l.pages[l.first+i]
		y := l.h - l.e.bottom + 3
		right := fmt.Sprintf("Trang %d/%d", i+1, total)
		w := t.width(right)
		p.marks = append(p.marks, mark{kind: "text", x: l.w - l.e.right - w, y: y, w: w, h: t.height(), t: t, text: right})
		if left := fitted(strings.Join(l.about(), " · "), l.width()-w-4, t); left != "" {
			p.marks = append(p.marks, mark{kind: "text", x: l.e.left, y: y, w: t.width(left), h: t.height(), t: t, text: left})
		}
	}
}

// about is what a lost page is found by.
func (l *layout) about() (out []string) {
	h := l.v.head
	if h.Code != "" {
		out = append(out, "Mã hồ sơ "+h.Code)
	}
	if h.Slip != "" {
		out = append(out, "Số phiếu "+h.Slip)
	}
	if len(out) == 0 && h.Number != "" {
		out = append(out, "Số "+h.Number)
	}
	if l.copy != "" {
		out = append(out, l.copy)
	}
	if h.Reprint > 0 {
		out = append(out, fmt.Sprintf("in lại lần %d", h.Reprint))
	}
	return out
}

// fitted cuts a repeated text to a width; what is repeated stands whole elsewhere.
func fitted(text string, width float64, t type_) string {
	text = strings.ReplaceAll(text, "\n", " ")
	if t.width(text) <= width {
		return text
	}
	runes := []rune(text)
	for len(runes) > 0 && t.width(string(runes))+t.width("…") > width {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + "…"
}
