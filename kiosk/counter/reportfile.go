package counter

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"bendo/internal/officepaper"
	"bendo/internal/report"
	"bendo/internal/report/xlsx"
	"bendo/kiosk/reply"
)

// A report as a file: PDF to sign and send, a workbook to reckon with. What nobody has issued says so
// across every page.

const runningStamp = "TẠM TÍNH" // what nobody has issued; longer words are cut off across a page

var problemTooLong = reply.Problem{Code: "too_long", Status: http.StatusUnprocessableEntity,
	Message: reply.Say("Kỳ này quá nhiều dòng cho một tệp.", "This period has more lines than one file holds."),
	Next:    reply.Say("Chọn kỳ ngắn hơn, ví dụ từng tháng.", "Choose a shorter period, a month for instance.")}

// reportPicture is everything a file of a report shows.
type reportPicture struct {
	table  report.Table
	stamp  string
	issued string
	notes  []string
}

func (s *Reports) picture(r *http.Request, d reportReading) (p reportPicture, err error) {
	table, issued, err := d.pick(r)
	if err != nil {
		return p, err
	}
	if p.table, err = s.filled(r.Context(), table); err != nil {
		return p, err
	}
	if issued == nil {
		p.stamp = runningStamp
		return p, nil
	}
	what := "Chốt"
	if issued.N > 0 {
		what = fmt.Sprintf("Báo cáo điều chỉnh lần %d, chốt", issued.N)
		p.table.Title.VI += fmt.Sprintf(" – BÁO CÁO ĐIỀU CHỈNH LẦN %d", issued.N)
		for _, x := range report.Diff(&d.issues[issued.N-1].Table, &issued.Table) {
			p.notes = append(p.notes, correctionText(&issued.Table, x))
		}
	}
	p.issued = fmt.Sprintf("%s lúc %s, người chốt: %s.", what, time.UnixMilli(issued.At).In(report.Zone).Format("15:04 02/01/2006"), issued.Name)
	return p, nil
}

// correctionText says one change the way a correction report does.
func correctionText(t *report.Table, x report.Change) string {
	text := x.Row.VI + ", " + x.Column.VI + ": "
	if x.Delta != 0 {
		text += fmt.Sprintf("%+d", x.Delta)
	} else {
		text += "thay đổi"
	}
	for _, m := range append(x.Added, x.Removed...) {
		if m.Official != "" {
			text += " · " + m.Official
		} else if m.Slip != "" {
			text += " · phiếu " + report.ShownSlip(m.Slip)
		}
	}
	return text
}

func (s *Reports) pdf(w http.ResponseWriter, r *http.Request, d reportReading) error {
	p, err := s.picture(r, d)
	if err != nil {
		return err
	}
	head, err := s.head(r.Context(), time.UnixMilli(p.table.CutOff.KnownAt))
	if err != nil {
		return err
	}
	if head.Stamp = p.stamp; p.stamp == "" && s.Practice {
		head.Mark = officepaper.Practice
	}
	notes := append([]string{p.issued}, p.notes...)
	if p.issued == "" {
		notes = nil
	}
	for _, n := range p.table.Notes {
		notes = append(notes, n.Text.VI)
	}
	for _, u := range p.table.Unsure {
		notes = append(notes, "Chưa xác nhận: "+u.VI)
	}
	if p.table.Report == report.Register {
		return sendPDF(w, mau07(head, &p.table, notes), string(p.table.Report)+"-"+p.table.Period.ID)
	}
	form := officepaper.Report{Head: head, Title: p.table.Title.VI, Period: p.table.Number + " (" + p.table.Legal + ") · " + p.table.Period.Title.VI,
		CutOff: p.table.CutOffText().VI, Notes: notes, Signers: reportSigners()}
	for _, c := range p.table.Columns {
		form.Columns = append(form.Columns, officepaper.ReportColumn{Head: c.Title.VI, Group: c.Group.VI, Width: c.Width, Align: alignOf(c.Shape)})
	}
	for i, row := range p.table.Rows {
		if row.Total {
			form.Bold = append(form.Bold, i)
		}
		form.Rows = append(form.Rows, p.table.Line(row))
	}
	return sendPDF(w, form, string(p.table.Report)+"-"+p.table.Period.ID)
}

// mau07 is the register as the form has it; number, title and legal basis are the template's.
func mau07(head officepaper.Head, t *report.Table, notes []string) officepaper.Register {
	form := officepaper.Register{Head: head, Period: t.Period.Title.VI, CutOff: strings.Join(append([]string{t.CutOffText().VI}, notes...), " ")}
	for _, row := range t.Rows {
		x := t.Line(row)
		form.Rows = append(form.Rows, officepaper.RegisterRow{Code: x[1], Content: x[2], Sets: x[3], Owner: x[4], Address: x[5], Phone: x[6],
			Office: x[7], Received: x[8], Due: x[9], Result: x[10], Returned: x[11], Note: x[13]})
	}
	return form
}

func alignOf(shape report.Shape) string {
	if shape == report.Word {
		return "L"
	}
	return "C"
}

func reportSigners() []officepaper.Signer {
	return []officepaper.Signer{{Position: "NGƯỜI LẬP BIỂU"}, {Position: "THỦ TRƯỞNG CƠ QUAN"}}
}

// head is the head of this office's papers.
func (s *Reports) head(ctx context.Context, at time.Time) (officepaper.Head, error) {
	office, err := s.officeName(ctx)
	if err != nil {
		return officepaper.Head{}, err
	}
	h := officepaper.Head{Agency: office, Made: at, PlaceDate: officepaper.PlaceDate("", at)}
	if id, err := s.Identity(ctx); err == nil {
		h.Superior, h.PlaceDate = id.ProvinceName, officepaper.PlaceDate(id.CommuneName, at)
	}
	return h, nil
}

func sendPDF(w http.ResponseWriter, form officepaper.Form, name string) error {
	shelf, err := officepaper.Builtin()
	if err != nil {
		return err
	}
	template, err := shelf.On(form.Form(), form.Heading().Made)
	if err != nil {
		return err
	}
	body, err := officepaper.Render(template, form)
	if errors.Is(err, officepaper.ErrTooLong) {
		return problemTooLong.Because(err)
	}
	if err != nil {
		return err
	}
	return sendFile(w, "application/pdf", name+".pdf", body)
}

func sendFile(w http.ResponseWriter, kind, name string, body []byte) error {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", mime.FormatMediaType("inline", map[string]string{"filename": name}))
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // whoever did not get all of it asks again
	return nil
}

func (s *Reports) workbook(w http.ResponseWriter, r *http.Request, d reportReading) error {
	p, err := s.picture(r, d)
	if err != nil {
		return err
	}
	if s.Practice {
		p.stamp = "TẬP THỬ"
	}
	var b bytes.Buffer
	err = xlsx.Write(&b, &p.table, xlsx.Options{Stamp: p.stamp, Issued: p.issued, Notes: p.notes})
	if errors.Is(err, xlsx.ErrTooLong) {
		return problemTooLong.Because(err)
	}
	if err != nil {
		return err
	}
	return sendFile(w, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
		string(p.table.Report)+"-"+p.table.Period.ID+".xlsx", b.Bytes())
}
