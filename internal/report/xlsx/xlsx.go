// Package xlsx writes a report as a workbook (bảng tính) that Excel and LibreOffice open.
//
// It promises: numbers are numbers, days are days, and everything else is text that stays text, whatever
// a resident wrote: a cell that begins with =, +, - or @ is no formula, not even when somebody edits it.
// The head stays in sight when one scrolls and is repeated on every printed page; pages are A4 lying. A
// second sheet names the dossiers behind every number. The same table gives the same cells.
//
// It refuses more lines than a sheet holds ([ErrTooLong]).
//
// It touches no disk and asks no clock; a power cut leaves nothing of it.
package xlsx

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"bendo/internal/report"
)

// ErrTooLong: the table has more lines than a sheet (ECMA-376: 1,048,576 rows).
var ErrTooLong = errors.New("more lines than a workbook's sheet holds; choose a shorter period")

// maxText is how much text a cell holds, in characters.
const maxText = 32767

// The sheets.
const (
	tableSheet = "Báo cáo"
	listSheet  = "Hồ sơ của từng số"
)

// Options say how a table is shown beside its figures.
type Options struct {
	Stamp  string   // across the head: "TẠM TÍNH"; empty: none
	Issued string   // who issued it and when; empty: nobody has
	Notes  []string // more lines under the table
}

// Write writes t as a workbook.
func Write(w io.Writer, t *report.Table, o Options) (err error) {
	if len(t.Rows) > 1_000_000 {
		return ErrTooLong
	}
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	b := &writer{f: f, t: t, o: o}
	for _, step := range []func() error{b.styles, b.table, b.lists, b.properties} {
		if err := step(); err != nil {
			return fmt.Errorf("writing the workbook of report %s: %w", t.Report, err)
		}
	}
	if err := f.Write(w); err != nil {
		return fmt.Errorf("writing the workbook of report %s: %w", t.Report, err)
	}
	return nil
}

// writer is a workbook under way.
type writer struct {
	f   *excelize.File
	t   *report.Table
	o   Options
	row int // the next one, from 1

	title, head, quiet, text, day, number, share, points int // styles
	bold                                                 map[int]int
}

const (
	face  = "Times New Roman"
	solid = 1
)

func (b *writer) styles() error {
	border := []excelize.Border{}
	for _, side := range []string{"left", "right", "top", "bottom"} {
		border = append(border, excelize.Border{Type: side, Color: "808080", Style: solid})
	}
	textFormat, dayFormat, shareFormat, pointsFormat := 49, "dd/mm/yyyy hh:mm", "0.0%", "0.##"
	wrap := &excelize.Alignment{WrapText: true, Vertical: "top"}
	middle := &excelize.Alignment{WrapText: true, Vertical: "center", Horizontal: "center"}
	font := func(bold bool, size float64) *excelize.Font {
		return &excelize.Font{Family: face, Size: size, Bold: bold}
	}
	b.bold = map[int]int{}
	var err error
	add := func(into *int, s excelize.Style) {
		if err == nil {
			*into, err = b.f.NewStyle(&s)
		}
	}
	add(&b.title, excelize.Style{Font: font(true, 14), NumFmt: textFormat, Alignment: &excelize.Alignment{Horizontal: "center"}})
	add(&b.quiet, excelize.Style{Font: font(false, 11), NumFmt: textFormat})
	add(&b.head, excelize.Style{Font: font(true, 11), Border: border, Alignment: middle, NumFmt: textFormat,
		Fill: excelize.Fill{Type: "pattern", Pattern: solid, Color: []string{"E8EEEA"}}})
	for _, s := range []struct {
		into  *int
		style excelize.Style
	}{
		{&b.text, excelize.Style{NumFmt: textFormat, Alignment: wrap}}, {&b.day, excelize.Style{CustomNumFmt: &dayFormat, Alignment: wrap}},
		{&b.number, excelize.Style{NumFmt: 3, Alignment: wrap}}, {&b.share, excelize.Style{CustomNumFmt: &shareFormat, Alignment: wrap}},
		{&b.points, excelize.Style{CustomNumFmt: &pointsFormat, Alignment: wrap}},
	} {
		s.style.Border, s.style.Font = border, font(false, 11)
		add(s.into, s.style)
		var strong int
		s.style.Font = font(true, 11)
		add(&strong, s.style)
		b.bold[*s.into] = strong
	}
	return err
}

// table writes the report's sheet.
func (b *writer) table() error {
	if err := b.f.SetSheetName("Sheet1", tableSheet); err != nil {
		return err
	}
	if err := b.setUp(tableSheet); err != nil {
		return err
	}
	w, err := b.f.NewStreamWriter(tableSheet)
	if err != nil {
		return err
	}
	above := b.above()
	heads := len(above) + 2
	for i, c := range b.t.Columns {
		if err := w.SetColWidth(i+1, i+1, max(8, float64(c.Width)*0.62)); err != nil {
			return err
		}
	}
	below, err := excelize.CoordinatesToCellName(1, heads+1)
	if err != nil {
		return err
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: heads, TopLeftCell: below, ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	b.row = 1
	for i, line := range above {
		style := b.quiet
		if i == 1 {
			style = b.title
		}
		if err := b.line(w, style, line); err != nil {
			return err
		}
	}
	if err := b.heads(w); err != nil {
		return err
	}
	for _, r := range b.t.Rows {
		if err := b.put(w, b.cells(r)); err != nil {
			return err
		}
	}
	for _, note := range b.below() {
		if err := b.line(w, b.quiet, note); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return b.names(tableSheet, len(b.t.Columns), heads-1, heads)
}

// above are the lines over the table: office, title, form, period, cut-off.
func (b *writer) above() []string {
	title := b.t.Title.VI
	if b.o.Stamp != "" {
		title += " – " + b.o.Stamp
	}
	return []string{b.t.Office, title, b.t.Number + " · " + b.t.Legal, b.t.Period.Title.VI, b.t.CutOffText().VI, b.o.Issued}
}

func (b *writer) below() []string {
	lines := []string{""}
	for _, n := range b.t.Notes {
		lines = append(lines, n.Text.VI)
	}
	lines = append(lines, b.o.Notes...)
	for _, u := range b.t.Unsure {
		lines = append(lines, "Chưa xác nhận: "+u.VI)
	}
	return lines
}

// line writes one text over the width of the table.
func (b *writer) line(w *excelize.StreamWriter, style int, text string) error {
	from, to, err := b.span(1, len(b.t.Columns), b.row, b.row)
	if err != nil {
		return err
	}
	if len(b.t.Columns) > 1 {
		if err := w.MergeCell(from, to); err != nil {
			return err
		}
	}
	return b.put(w, []any{excelize.Cell{StyleID: style, Value: plain(text)}})
}

func (b *writer) put(w *excelize.StreamWriter, cells []any) error {
	at, err := excelize.CoordinatesToCellName(1, b.row)
	if err != nil {
		return err
	}
	b.row++
	return w.SetRow(at, cells)
}

func (b *writer) span(c1, c2, r1, r2 int) (from, to string, err error) {
	from, err1 := excelize.CoordinatesToCellName(c1, r1)
	to, err2 := excelize.CoordinatesToCellName(c2, r2)
	return from, to, errors.Join(err1, err2)
}

// heads writes two lines: groups over columns, and columns without a group over both.
func (b *writer) heads(w *excelize.StreamWriter) error {
	groups, names := []any{}, []any{}
	columns := b.t.Columns
	for i := 0; i < len(columns); {
		n := i + 1
		for columns[i].Group.VI != "" && n < len(columns) && columns[n].Group == columns[i].Group {
			n++
		}
		over, r2 := columns[i].Group.VI, b.row
		if over == "" {
			over, r2 = columns[i].Title.VI, b.row+1
		}
		if n-i > 1 || r2 > b.row {
			from, to, err := b.span(i+1, n, b.row, r2)
			if err != nil {
				return err
			}
			if err := w.MergeCell(from, to); err != nil {
				return err
			}
		}
		for k := i; k < n; k++ {
			group, name := over, columns[k].Title.VI
			if k > i {
				group = ""
			}
			if r2 > b.row {
				name = ""
			}
			groups, names = append(groups, excelize.Cell{StyleID: b.head, Value: plain(group)}), append(names, excelize.Cell{StyleID: b.head, Value: plain(name)})
		}
		i = n
	}
	return errors.Join(b.put(w, groups), b.put(w, names))
}

func (b *writer) cells(r report.Row) []any {
	line := make([]any, len(r.Cells))
	for i, c := range r.Cells {
		style, value := b.cell(b.t.Columns[i].Shape, c)
		if r.Total {
			style = b.bold[style]
		}
		line[i] = excelize.Cell{StyleID: style, Value: value}
	}
	return line
}

// cell gives a cell's style and value. What is not known is a dash and no zero.
func (b *writer) cell(shape report.Shape, c report.Cell) (style int, value any) {
	switch shape {
	case report.Count:
		if c.Count != nil {
			return b.number, *c.Count
		}
	case report.Day:
		if c.At != 0 {
			return b.day, serial(c.At)
		}
		return b.text, ""
	case report.Share:
		if c.Value != nil {
			return b.share, *c.Value
		}
	case report.Points:
		if c.Value != nil {
			return b.points, *c.Value
		}
	default:
		return b.text, plain(c.Text)
	}
	return b.text, "–"
}

// serial is a moment as workbooks count: days since 30/12/1899 by the wall clock of Viet Nam.
func serial(at int64) float64 {
	const day = float64(24 * time.Hour / time.Millisecond)
	return float64(at+7*int64(time.Hour/time.Millisecond))/day + 25569
}

// plain is text as a cell can hold it: without what XML cannot say, and not longer than a cell.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r), r == utf8.RuneError, r == 0xfffe, r == 0xffff:
			return -1
		}
		return r
	}, text)
	if utf8.RuneCountInString(text) > maxText {
		text = string([]rune(text)[:maxText])
	}
	return text
}

// setUp sets a sheet up for A4 lying, as wide as one page. It comes before the first line: a stream has
// written its beginning by then.
func (b *writer) setUp(sheet string) error {
	size, landscape, wide, tall := 9, "landscape", 1, 0
	fit, margin, narrow := true, 0.6, 0.4
	return errors.Join(
		b.f.SetPageLayout(sheet, &excelize.PageLayoutOptions{Size: &size, Orientation: &landscape, FitToWidth: &wide, FitToHeight: &tall}),
		b.f.SetSheetProps(sheet, &excelize.SheetPropsOptions{FitToPage: &fit}),
		b.f.SetPageMargins(sheet, &excelize.PageLayoutMarginsOptions{Left: &narrow, Right: &narrow, Top: &margin, Bottom: &margin}),
		b.f.SetHeaderFooter(sheet, &excelize.HeaderFooterOptions{OddFooter: "&L" + strings.ReplaceAll(b.t.Number, "&", "&&") + "&RTrang &P/&N"}),
	)
}

// names say what is printed and which lines stand on every page.
func (b *writer) names(sheet string, columns, from, to int) error {
	last, err := excelize.ColumnNumberToName(columns)
	if err != nil {
		return err
	}
	return errors.Join(
		b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Titles", Scope: sheet, RefersTo: fmt.Sprintf("'%s'!$%d:$%d", sheet, from, to)}),
		b.f.SetDefinedName(&excelize.DefinedName{Name: "_xlnm.Print_Area", Scope: sheet, RefersTo: fmt.Sprintf("'%s'!$A$1:$%s$%d", sheet, last, max(1, b.row-1))}),
	)
}

// properties give the workbook the times of its figures: no other time is known here.
func (b *writer) properties() error {
	at := time.UnixMilli(b.t.CutOff.KnownAt).UTC().Format(time.RFC3339)
	return b.f.SetDocProps(&excelize.DocProperties{Creator: plain(b.t.Office), LastModifiedBy: plain(b.t.Office), Title: plain(b.t.Title.VI),
		Subject: plain(b.t.Period.Title.VI), Created: at, Modified: at, Language: "vi-VN"})
}
