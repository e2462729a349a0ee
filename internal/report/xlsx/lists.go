package xlsx

import (
	"github.com/xuri/excelize/v2"

	"bendo/internal/report"
)

// lists writes the second sheet: behind every number that is no sum of others, the dossiers it counts. A
// register names its dossiers itself and has none.
func (b *writer) lists() error {
	if b.t.Report == report.Register {
		return nil
	}
	if _, err := b.f.NewSheet(listSheet); err != nil {
		return err
	}
	if err := b.setUp(listSheet); err != nil {
		return err
	}
	w, err := b.f.NewStreamWriter(listSheet)
	if err != nil {
		return err
	}
	heads := []string{"Dòng", "Cột", "Mã hồ sơ", "Số phiếu", "Mã thủ tục", "Mã trong sổ"}
	for i, wide := range []float64{34, 34, 26, 20, 12, 38} {
		if err := w.SetColWidth(i+1, i+1, wide); err != nil {
			return err
		}
	}
	if err := w.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	b.row = 1
	if err := b.put(w, b.texts(b.head, heads...)); err != nil {
		return err
	}
	for _, r := range b.t.Rows {
		if err := b.listRow(w, r); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return b.names(listSheet, len(heads), 1, 1)
}

func (b *writer) listRow(w *excelize.StreamWriter, r report.Row) error {
	if r.Total {
		return nil
	}
	for i, c := range b.t.Columns {
		if c.Shape != report.Count || len(c.Sum) > 0 {
			continue
		}
		name := c.Title.VI
		if c.Group.VI != "" {
			name = c.Group.VI + " – " + name
		}
		for _, m := range b.t.MembersOf(r.Cells[i]) {
			id := ""
			if !m.Dossier.IsZero() {
				id = m.Dossier.String()
			}
			if b.row > 1_000_000 {
				return ErrTooLong
			}
			if err := b.put(w, b.texts(b.text, r.Title.VI, name, m.Official, m.Slip, m.Procedure, id)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *writer) texts(style int, texts ...string) []any {
	line := make([]any, len(texts))
	for i, t := range texts {
		line[i] = excelize.Cell{StyleID: style, Value: plain(t)}
	}
	return line
}
