package counter

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"bendo/internal/clock"
	"bendo/internal/ledger"
	"bendo/internal/report"
	"bendo/kiosk/reply"
)

// issuedTable is a report as it was issued, or one of its corrections. A correction holds the whole table as it
// was known then: what it says is how that differs from the issue before it.
type issuedTable struct {
	Table report.Table `json:"table"`
	Name  string       `json:"name"` // of who issued it, as the roster had it
	N     int          `json:"-"`
	At    int64        `json:"-"`
	By    string       `json:"-"` // roster id
}

// maxIssue bounds what is unpacked of a stored report: a year of a hundred thousand dossiers has a tenth.
const maxIssue = 256 << 20

// pack makes the body that is stored.
func packReport(v any) ([]byte, error) {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if err := errors.Join(json.NewEncoder(z).Encode(v), z.Close()); err != nil {
		return nil, fmt.Errorf("packing a report: %w", err)
	}
	return b.Bytes(), nil
}

func unpackReport(body []byte, into any) error {
	z, err := zlib.NewReader(bytes.NewReader(body))
	if err == nil {
		err = json.NewDecoder(io.LimitReader(z, maxIssue)).Decode(into)
	}
	if err != nil {
		return fmt.Errorf("unpacking a report: %w", err)
	}
	return nil
}

// issues reads everything that was issued of a report and period, in order.
func (s *Reports) issues(ctx context.Context, name, period string) (list []issuedTable, err error) {
	rows, err := s.Issued.IssuedReports(ctx, name)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.Period != period {
			continue
		}
		whole, err := s.Issued.IssuedReport(ctx, name, period, row.N)
		if err != nil {
			return nil, err
		}
		i := issuedTable{N: whole.N, At: whole.At, By: whole.Actor}
		if err := unpackReport(whole.Body, &i); err != nil {
			return nil, err
		}
		list = append(list, i)
	}
	return list, nil
}

// issue keeps the figures of a period for good: first the report, then, where the book learnt more about
// the period since, corrections. n is how many issues the caller has seen, so that a repeated call
// answers like the first and two desks do not both issue.
func (s *Reports) issue(w http.ResponseWriter, r *http.Request, who Who) error {
	var body struct {
		Period       string `json:"period"`
		N            int    `json:"n"`
		ConfirmClock bool   `json:"confirm_clock"`
	}
	if err := errors.Join(mayIssue(who), reply.Read(r, &body)); err != nil {
		return err
	}
	form, period, err := askedReport(r.PathValue("name"), body.Period)
	if err != nil {
		return err
	}
	d, err := s.read(r.Context(), form.Name, period)
	if err != nil {
		return err
	}
	if body.N >= len(d.issues) { // else it was issued, and the answer to that was lost
		if err := s.mayIssueNow(&d, body.ConfirmClock); err != nil {
			return err
		}
	}
	packed, err := packReport(issuedTable{Table: d.now.Bare(), Name: who.Name})
	if err != nil {
		return err
	}
	_, err = s.Issued.IssueReport(r.Context(), ledger.Issued{Report: string(form.Name), Period: period.ID, N: body.N, Actor: who.ID, Body: packed})
	if errors.Is(err, ledger.ErrIssued) {
		return problemIssued.Because(err)
	}
	if err != nil {
		return err
	}
	if d.issues, err = s.issues(r.Context(), string(form.Name), period.ID); err != nil {
		return err
	}
	view, err := s.viewOf(r.Context(), d, false)
	if err != nil {
		return err
	}
	return reply.OK(w, view)
}

func (s *Reports) mayIssueNow(d *reportReading, clockConfirmed bool) error {
	_, quality := s.Now()
	switch {
	case !d.closed:
		return problemPeriodOpen.Because(nil)
	case (quality == clock.Jumped || quality == clock.Unknown) && !clockConfirmed:
		return problemClock.Because(nil)
	case len(d.issues) > 0 && len(report.Diff(&d.issues[len(d.issues)-1].Table, &d.now)) == 0:
		return problemNothingNew.Because(nil)
	}
	return nil
}

// What a screen is shown of a report: the figures without the lists behind them, which it asks for by
// cell.
type (
	reportCellView struct {
		Count *int     `json:"count,omitempty"`
		Text  string   `json:"text,omitempty"`
		At    int64    `json:"at,omitempty"`
		Value *float64 `json:"value,omitempty"`
	}
	reportRowView struct {
		Key   string           `json:"key"`
		Title report.Text      `json:"title"`
		Total bool             `json:"total,omitempty"`
		Cells []reportCellView `json:"cells"`
	}
	reportNoteView struct {
		Text  report.Text `json:"text"`
		Count int         `json:"count"`
		Cell  string      `json:"cell"`
	}
	reportChangeView struct {
		Cell   string         `json:"cell"`
		Row    report.Text    `json:"row"`
		Column report.Text    `json:"column"`
		Was    reportCellView `json:"was"`
		Now    reportCellView `json:"now"`
		Delta  int            `json:"delta"`
	}
	reportIssueView struct {
		N       int                `json:"n"`
		At      int64              `json:"at"`
		By      string             `json:"by"`
		Name    string             `json:"name"`
		Changes []reportChangeView `json:"changes,omitempty"`
	}
	reportTableView struct {
		Report      report.Name        `json:"report"`
		Title       report.Text        `json:"title"`
		Number      string             `json:"number"`
		Legal       string             `json:"legal"`
		Period      report.Period      `json:"period"`
		Office      string             `json:"office"`
		Columns     []report.Column    `json:"columns"`
		Rows        []reportRowView    `json:"rows"`
		Notes       []reportNoteView   `json:"notes"`
		Unsure      []report.Text      `json:"unsure"`
		CutOff      report.CutOff      `json:"cut_off"`
		State       string             `json:"state"` // open | closed | issued
		Issued      *reportIssueView   `json:"issued,omitempty"`
		Corrections []reportIssueView  `json:"corrections"`
		Difference  []reportChangeView `json:"difference"` // what a correction issued now would say
	}
)

// viewOf shows a report; current asks for the figures as they are now, though it was issued.
func (s *Reports) viewOf(ctx context.Context, d reportReading, current bool) (v reportTableView, err error) {
	table := d.shown()
	if current {
		table = &d.now
	}
	full, err := s.filled(ctx, table)
	if err != nil {
		return v, err
	}
	v = reportTableView{Report: full.Report, Title: full.Title, Number: full.Number, Legal: full.Legal, Period: full.Period, Office: full.Office,
		Columns: full.Columns, Rows: rowsOf(full.Rows), Notes: []reportNoteView{}, Unsure: full.Unsure, CutOff: full.CutOff,
		State: "open", Corrections: []reportIssueView{}, Difference: []reportChangeView{}}
	for _, n := range full.Notes {
		v.Notes = append(v.Notes, reportNoteView{Text: n.Text, Count: len(n.Cell.Of), Cell: "note:" + n.Key})
	}
	if d.closed {
		v.State = "closed"
	}
	for n, i := range d.issues {
		one := reportIssueView{N: i.N, At: i.At, By: i.By, Name: i.Name}
		if n == 0 {
			v.State, v.Issued = "issued", &one
			continue
		}
		one.Changes = changesOf(report.Diff(&d.issues[n-1].Table, &i.Table))
		v.Corrections = append(v.Corrections, one)
	}
	if n := len(d.issues); n > 0 {
		v.Difference = changesOf(report.Diff(&d.issues[n-1].Table, &d.now))
	}
	return v, nil
}

func rowsOf(rows []report.Row) []reportRowView {
	list := make([]reportRowView, 0, len(rows))
	for _, r := range rows {
		one := reportRowView{Key: r.Key, Title: r.Title, Total: r.Total, Cells: make([]reportCellView, 0, len(r.Cells))}
		for _, c := range r.Cells {
			one.Cells = append(one.Cells, viewCell(c))
		}
		list = append(list, one)
	}
	return list
}

func viewCell(c report.Cell) reportCellView {
	return reportCellView{Count: c.Count, Text: c.Text, At: c.At, Value: c.Value}
}

func changesOf(list []report.Change) []reportChangeView {
	views := []reportChangeView{}
	for _, x := range list {
		views = append(views, reportChangeView{Cell: x.Cell, Row: x.Row, Column: x.Column, Was: viewCell(x.Was), Now: viewCell(x.Now), Delta: x.Delta})
	}
	return views
}
