package officepaper

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// cellPad is the white inside a table's cell, left and right, mm.
const cellPad = 1.0

// block sets one part of the form; next are those behind it.
func (l *layout) block(b Block, next []Block) {
	if b.If != "" && blank(l.v.texts[b.If]) {
		return
	}
	switch b.Kind {
	case "text", "note", "heading", "centred":
		l.sentence(b, next)
	case "fields":
		for i, one := range b.Rows {
			if i == len(b.Rows)-1 {
				l.stay(next, 2*l.body.height())
			}
			l.fields(one)
		}
	case "list":
		for _, one := range l.v.lists[b.Of] {
			l.item(one)
		}
	case "table":
		l.table(b)
	case "signs":
		l.signs(b.Signs, nil)
	case "signers":
		l.signers()
	case "gap":
		l.gap(2)
	}
}

// sentence sets a paragraph with its fields filled in.
func (l *layout) sentence(b Block, next []Block) {
	t, align, after := l.body, "L", 0.6
	switch b.Kind {
	case "note":
		t = type_{italic, l.body.size - 1}
	case "heading":
		t, after = type_{bold, l.body.size}, 0.8
	case "centred":
		t, align = type_{italic, l.body.size}, "C"
	}
	runs, some := l.filled(b.Text, t)
	if !some {
		return
	}
	if b.Kind == "heading" {
		l.gap(1.2)
		l.room(t.height() * 3.5) // never alone at the foot of a page
	}
	r := row{cells: []cell{newCell(l.e.left, l.width(), align, runs...)}}
	l.stay(next, r.height())
	if len(next) > 0 && next[0].Kind == "table" {
		l.room(r.height() + 30) // with the table's head and a row
	}
	l.flow(r)
	l.gap(after)
}

// filled puts values into a sentence; some is false when it has fields and all are empty.
func (l *layout) filled(text string, t type_) (runs []run, some bool) {
	at := 0
	places := placeholder.FindAllStringSubmatchIndex(text, -1)
	for _, m := range places {
		runs = append(runs, run{text[at:m[0]], t})
		value, face := l.v.texts[text[m[4]:m[5]]], t
		if m[3] > m[2] {
			face.style = strings.Replace("B"+t.style, "BB", "B", 1)
		}
		some = some || !blank(value)
		runs = append(runs, run{value, face})
		at = m[1]
	}
	return append(runs, run{text[at:], t}), some || len(places) == 0
}

// fields sets labelled values beside one another; those that are empty give their room to the others.
func (l *layout) fields(fields []Field) {
	var shown []Field
	for _, f := range fields {
		if f.Line || !blank(l.v.texts[f.Of]) {
			shown = append(shown, f)
		}
	}
	if len(shown) == 0 {
		return
	}
	const between = 5.0
	share := (l.width() - between*float64(len(shown)-1)) / float64(len(shown))
	var beside [][]run
	need, even := 0.0, true
	for _, f := range shown {
		runs := l.labelled(f, share)
		w := widthOf(runs)
		if len(beside) > 0 && need+between+w > l.width() { // no room beside the others: below
			l.beside(beside, between, share, false)
			beside, need, even = nil, 0, false
		}
		beside, need, even = append(beside, runs), need+w+between, even && w <= share
	}
	l.beside(beside, between, share, even)
}

// beside sets runs in columns: of equal width, or each as wide as it is.
func (l *layout) beside(all [][]run, between, share float64, even bool) {
	r, x := row{}, l.e.left
	for i, runs := range all {
		w := share
		if !even {
			w = widthOf(runs)
		}
		if i == len(all)-1 {
			w = l.w - l.e.right - x
		}
		r.cells = append(r.cells, newCell(x, w+0.1, "L", runs...))
		x += w + between
	}
	l.flow(r)
	l.gap(0.5)
}

// labelled is a label and its value, or dots to write on where there is none.
func (l *layout) labelled(f Field, w float64) []run {
	value, face := l.v.texts[f.Of], type_{bold, l.body.size}
	if f.Plain {
		face = l.body
	}
	label := f.Label
	if label != "" {
		label += ": "
	}
	if blank(value) {
		face = l.body
		value = strings.Repeat(".", max(8, int((w-l.body.width(label))/l.body.width("."))-2))
	}
	return []run{{label, l.body}, {value, face}}
}

func widthOf(runs []run) (w float64) {
	for _, r := range runs {
		w += r.t.width(r.text)
	}
	return w
}

// item sets one line of a list behind its dash.
func (l *layout) item(text string) {
	const indent = 4.0
	l.flow(row{cells: []cell{newCell(l.e.left+1, indent-1, "L", run{"-", l.body}), newCell(l.e.left+indent, l.width()-indent, "L", run{text, l.body})}})
	l.gap(0.4)
}

// grid is a table on its way onto the pages.
type grid struct {
	l       *layout
	columns []Column
	x, w    []float64 // of the text inside each cell
	head, t type_
}

func (l *layout) table(b Block) {
	columns, data := b.Columns, l.v.tables[b.Of]
	if data.columns == nil {
		columns = l.dynamic()
	}
	if len(data.cells) == 0 && b.Spare == 0 && b.Empty == "" || len(columns) == 0 {
		return
	}
	size := l.body.size - 1
	g := &grid{l: l, columns: columns, head: type_{bold, size - 0.5}, t: type_{regular, size}}
	sum := 0
	for _, c := range columns {
		sum += c.Width
	}
	x := l.e.left
	for _, c := range columns {
		w := l.width() * float64(c.Width) / float64(sum)
		g.x, g.w = append(g.x, x+cellPad), append(g.w, w-2*cellPad)
		x += w
	}
	l.gap(1)
	head := g.headRows()
	height := 0.0
	for _, h := range head {
		height += h
	}
	if height > (l.bottom()-l.e.top)/2 {
		l.err = fmt.Errorf("the heads of the table %s leave no room for its rows: %w", b.Of, ErrTooLong)
		return
	}
	l.room(height + 3*g.t.height())
	g.heads(head)
	for i, cells := range data.cells {
		if slices.Contains(l.v.bold, i) {
			g.row(g.pick(data.columns, cells), type_{bold, g.t.size}, 0.6)
			continue
		}
		g.row(g.pick(data.columns, cells), g.t, 0.6)
	}
	if len(data.cells) == 0 && b.Empty != "" {
		g.over(b.Empty, "")
	}
	for range b.Spare {
		g.row(make([]string, len(columns)), g.t, 1.8) // room for a hand
	}
	if b.Total != nil && !blank(l.v.texts[b.Total.Of]) {
		g.over(b.Total.Label, l.v.texts[b.Total.Of])
	}
	l.gap(1.5)
}

// dynamic are the columns that came with a report's data; those too narrow are made equal.
func (l *layout) dynamic() (out []Column) {
	for _, c := range l.v.columns {
		out = append(out, Column{Head: plain(c.Head), Group: plain(c.Group), Width: cmp.Or(c.Width, 10), Align: c.Align})
	}
	if checkWidths(out, l.width()) != nil {
		for i := range out {
			out[i].Width = 10
		}
	}
	return out
}

// pick orders a row's cells as the template's columns stand.
func (g *grid) pick(names, cells []string) []string {
	out := make([]string, len(g.columns))
	for i, c := range g.columns {
		at := i
		for j, name := range names {
			if name == c.Of {
				at = j
			}
		}
		if at < len(cells) {
			out[i] = cells[at]
		}
	}
	return out
}

func (g *grid) row(texts []string, t type_, pad float64) {
	r := row{pad: pad, frame: true, again: func() { g.heads(g.headRows()) }}
	for i, c := range g.columns {
		r.cells = append(r.cells, newCell(g.x[i], g.w[i], cmp.Or(c.Align, "L"), run{texts[i], t}))
	}
	g.l.flow(r)
}

// over is a row of one wide cell and, where there is a value, the last column's.
func (g *grid) over(label, value string) {
	n := len(g.columns)
	r := row{pad: 0.6, frame: true, again: func() { g.heads(g.headRows()) }}
	face := type_{bold, g.t.size}
	end := g.x[n-1] + g.w[n-1]
	if value == "" {
		r.cells = []cell{newCell(g.x[0], end-g.x[0], "C", run{label, type_{italic, g.t.size}})}
	} else {
		r.cells = []cell{newCell(g.x[0], g.x[n-1]-2*cellPad-g.x[0], "R", run{label, face}), newCell(g.x[n-1], g.w[n-1], cmp.Or(g.columns[n-1].Align, "L"), run{value, face})}
	}
	g.l.flow(r)
}

// span is a stretch of columns under one word.
func (g *grid) span(i int) (to int) {
	to = i + 1
	for g.columns[i].Group != "" && to < len(g.columns) && g.columns[to].Group == g.columns[i].Group {
		to++
	}
	return to
}

// begins says whether column i is the first under its word.
func (g *grid) begins(i int) bool { return i == 0 || g.columns[i-1].Group != g.columns[i].Group }

// headRows are the heights of the head: groups, and the columns below them.
func (g *grid) headRows() []float64 {
	var upper, lower, single float64
	for i := 0; i < len(g.columns); i++ {
		c := g.columns[i]
		h := tall(broken(g.w[i], run{c.Head, g.head}))
		if c.Group == "" {
			single = max(single, h)
			continue
		}
		lower = max(lower, h)
		if g.begins(i) {
			to := g.span(i)
			upper = max(upper, tall(broken(g.x[to-1]+g.w[to-1]-g.x[i], run{c.Group, g.head})))
		}
	}
	if upper == 0 {
		return []float64{single + 2}
	}
	return []float64{upper + 1.2, max(lower+1.2, single+2-upper-1.2)}
}

func tall(lines []line) (h float64) {
	for _, one := range lines {
		h += one.height
	}
	return h
}

// heads draws the head; it is drawn again on every page the table reaches.
func (g *grid) heads(h []float64) {
	l, top := g.l, g.l.y
	whole := 0.0
	for _, one := range h {
		whole += one
	}
	for i := 0; i < len(g.columns); i++ {
		c := g.columns[i]
		if c.Group == "" || len(h) == 1 {
			g.headCell(i, i+1, top, whole, c.Head)
			continue
		}
		if g.begins(i) {
			g.headCell(i, g.span(i), top, h[0], c.Group)
		}
		g.headCell(i, i+1, top+h[0], h[1], c.Head)
	}
	l.y = top + whole
}

func (g *grid) headCell(from, to int, y, h float64, text string) {
	x, w := g.x[from], g.x[to-1]+g.w[to-1]-g.x[from]
	g.l.put(mark{kind: "box", x: x - cellPad, y: y, w: w + 2*cellPad, h: h, thick: 0.2})
	lines := broken(w, run{text, g.head})
	at := y + (h-tall(lines))/2
	for _, one := range lines {
		g.l.text(x+(w-one.width)/2, at, one)
		at += one.height
	}
}

// signing is a row of places to sign.
type signing struct {
	upper, lower row     // what the signers are; their names
	titles       float64 // height of the titles: recipients may run on below them
	space        float64 // for the hand
}

func (s signing) height() float64 {
	return max(s.upper.height(), s.titles+s.space+s.lower.height())
}

func (l *layout) signing(signs []Sign, names []Signer) (out signing) {
	out.space = 16
	if l.t.Page.Size == "A5" {
		out.space = 13
	}
	w := l.width() / float64(len(signs))
	for i, s := range signs {
		x := l.e.left + float64(i)*w
		if s.List != "" {
			out.upper.cells = append(out.upper.cells, cell{x, w - 4, "L", l.recipients(s, w-4)})
			out.lower.cells = append(out.lower.cells, cell{x: x, w: w - 4, align: "L"})
			continue
		}
		title, name := s.Title, l.v.texts[s.Name]
		if names != nil {
			name = names[i].Name
		}
		if s.TitleOf != "" && !blank(l.v.texts[s.TitleOf]) {
			title = upper(l.v.texts[s.TitleOf])
		}
		top := newCell(x+1, w-2, "C", run{title, type_{bold, l.body.size}})
		if s.Hint != "" {
			top.lines = append(top.lines, broken(w-2, run{s.Hint, type_{italic, l.body.size - 1}})...)
		}
		out.titles = max(out.titles, tall(top.lines))
		out.upper.cells = append(out.upper.cells, top)
		out.lower.cells = append(out.lower.cells, newCell(x+1, w-2, "C", run{name, type_{bold, l.body.size}}))
	}
	return out
}

// signs sets the places to sign beside one another: kept together where a page holds them.
func (l *layout) signs(signs []Sign, names []Signer) {
	s := l.signing(signs, names)
	l.gap(beforeSigns)
	l.room(s.height())
	top, pages := l.y, len(l.pages)
	l.flow(s.upper)
	if len(l.pages) > pages { // longer than a page: the names where the titles end
		l.gap(s.space)
		l.flow(s.lower)
		return
	}
	low := l.y
	l.y = top + s.titles
	l.gap(s.space)
	l.flow(s.lower)
	if len(l.pages) == pages {
		l.y = max(l.y, low)
	}
}

const beforeSigns = 2.5 // mm

// stay keeps the last words before the signatures with them: nobody signs an empty page.
func (l *layout) stay(next []Block, h float64) {
	if len(next) > 0 && next[0].Kind == "signs" {
		l.room(h + beforeSigns + l.signing(next[0].Signs, nil).height())
	}
}

// signers are those a report names.
func (l *layout) signers() {
	var signs []Sign
	for _, s := range l.v.signers {
		signs = append(signs, Sign{Title: upper(s.Position), Hint: "(Ký, ghi rõ họ tên)"})
	}
	if len(signs) > 0 {
		l.signs(signs, l.v.signers)
	}
}

// recipients is the list at the lower left (nơi nhận).
func (l *layout) recipients(s Sign, w float64) []line {
	list := l.v.lists[s.List]
	if len(list) == 0 {
		return nil
	}
	small := type_{regular, l.body.size - 1.5}
	out := broken(w, run{s.Title, type_{boldItalic, l.body.size - 1}})
	for _, one := range list {
		out = append(out, broken(w, run{"- " + one + ";", small})...)
	}
	return out
}
