package counter

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"bendo/internal/clock"
	"bendo/internal/feedback"
	"bendo/internal/ledger"
	"bendo/internal/officepaper"
	"bendo/internal/reconcile"
	"bendo/internal/report"
	"bendo/kiosk/reply"
)

// The evening's sheet (biên bản đối soát cuối ngày): what this office filed on a day, how far each
// delivery got, and, where the province's own sheet of the day is at hand, what the two say differently.
// Staff sign it; what was signed stays as it was, and a day may be signed again when more has arrived.

// eveningReport is the name under which signed sheets are kept.
const eveningReport = "evening"

// signedEvening is a sheet as somebody signed it.
type signedEvening struct {
	Sheet       reconcile.Sheet        `json:"sheet"`
	Name        string                 `json:"name"` // of who signed, as the roster had it
	Compared    bool                   `json:"compared"`
	Differences []reconcile.Difference `json:"differences"` // from the province's sheet
	N           int                    `json:"-"`
	At          int64                  `json:"-"`
	By          string                 `json:"-"`
}

var (
	problemNoDay = reply.Problem{Code: "no_such_day", Status: http.StatusNotFound,
		Message: reply.Say("Ngày viết chưa đúng, hoặc chưa tới, hoặc chưa có bản ký đó.", "The day is not written rightly, has not come, or has no such signed sheet."),
		Next:    reply.Say("Chọn một ngày đã qua hoặc hôm nay.", "Choose today or a day before it.")}
	problemOtherSheet = reply.Problem{Code: "not_this_sheet", Status: http.StatusUnprocessableEntity,
		Message: reply.Say("Tệp đối soát của tỉnh không đọc được, chữ ký không đúng, hoặc là của ngày hay sổ khác.", "The province's sheet cannot be read, its signature is wrong, or it is of another day or book."),
		Next:    reply.Say("Xin tỉnh tệp đối soát đúng ngày của xã này.", "Ask the province for this commune's sheet of that day.")}
)

// sheet makes the day's sheet as the book stands now, signed by the machine where it has a key.
func (s *Reports) sheet(ctx context.Context, text string) (sheet reconcile.Sheet, err error) {
	now, quality := s.Now()
	if text == "" {
		text = string(reconcile.DayOf(now))
	}
	day, err := reconcile.ParseDay(text)
	if err != nil {
		return sheet, problemNoDay.Because(err)
	}
	if from, _ := day.Bounds(); from > now.UnixMilli() {
		return sheet, problemNoDay.Because(nil)
	}
	id, err := s.Identity(ctx)
	if err != nil && (!s.Practice || !errors.Is(err, ledger.ErrNotEnrolled)) {
		return sheet, err
	}
	facts, err := s.Days.FiledOn(ctx, day)
	if err != nil {
		return sheet, err
	}
	sheet = reconcile.New(reconcile.Office, day, id.Book, facts)
	sheet.MadeAt, sheet.Clock, sheet.Commune, sheet.Device = now.UnixMilli(), quality.String(), id.CommuneCode, id.Device
	if s.Sign == nil {
		return sheet, nil
	}
	return s.Sign(sheet)
}

// signedEvenings reads what was signed of a day, in order.
func (s *Reports) signedEvenings(ctx context.Context, day reconcile.Day) (list []signedEvening, err error) {
	rows, err := s.Issued.IssuedReports(ctx, eveningReport)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		if row.Period != string(day) {
			continue
		}
		whole, err := s.Issued.IssuedReport(ctx, eveningReport, row.Period, row.N)
		if err != nil {
			return nil, err
		}
		e := signedEvening{N: whole.N, At: whole.At, By: whole.Actor}
		if err := unpackReport(whole.Body, &e); err != nil {
			return nil, err
		}
		list = append(list, e)
	}
	return list, nil
}

type openView struct {
	Slip      string     `json:"slip"`
	N         int        `json:"n"` // 0 the filing, else the supplement
	Procedure string     `json:"procedure"`
	At        int64      `json:"at"`
	What      reply.Text `json:"what"`
}

type differenceView struct {
	Slip string     `json:"slip"`
	N    int        `json:"n"`
	What reply.Text `json:"what"`
}

type signedView struct {
	N           int              `json:"n"`
	At          int64            `json:"at"`
	By          string           `json:"by"`
	Name        string           `json:"name"`
	Root        string           `json:"root"`
	Counts      reconcile.Counts `json:"counts"`
	Compared    bool             `json:"compared"`
	Differences []differenceView `json:"differences"`
}

// evening shows the day's sheet, what of it is still open, and what was signed.
func (s *Reports) evening(w http.ResponseWriter, r *http.Request, _ Who) error {
	sheet, err := s.sheet(r.Context(), r.URL.Query().Get("day"))
	if err != nil {
		return err
	}
	return s.showEvening(r.Context(), w, sheet)
}

func (s *Reports) showEvening(ctx context.Context, w http.ResponseWriter, sheet reconcile.Sheet) error {
	signed, err := s.signedEvenings(ctx, sheet.Day)
	if err != nil {
		return err
	}
	views := []signedView{}
	for _, e := range signed {
		views = append(views, signedView{N: e.N, At: e.At, By: e.By, Name: e.Name, Root: e.Sheet.Root.String(), Counts: e.Sheet.Counts,
			Compared: e.Compared, Differences: differencesOf(e.Differences)})
	}
	return reply.OK(w, map[string]any{"day": sheet.Day, "from": sheet.From, "to": sheet.To, "made_at": sheet.MadeAt, "clock": sheet.Clock,
		"counts": sheet.Counts, "kinds": sheet.Kinds, "root": sheet.Root.String(), "machine_signed": len(sheet.Sig) > 0,
		"open": openOf(sheet.Facts), "signed": views})
}

// openOf are the deliveries that have not arrived whole: what staff look at before they go home.
func openOf(facts []reconcile.Fact) []openView {
	list := []openView{}
	for _, f := range facts {
		what := reply.Say("Chưa rời xã.", "Has not left the commune.")
		switch {
		case f.Complete:
			continue
		case f.Left:
			what = reply.Say("Đã rời xã, tỉnh chưa báo nhận đủ.", "Has left; the province has not said that it is complete.")
		}
		list = append(list, openView{Slip: f.Slip, N: f.N, Procedure: f.Procedure, At: f.At, What: what})
	}
	return list
}

var differenceText = map[string]reply.Text{
	reconcile.OnlyHere: reply.Say("chỉ có ở xã", "only at the commune"), reconcile.OnlyThere: reply.Say("chỉ có ở tỉnh", "only at the province"),
	reconcile.DoubledHere: reply.Say("ở xã có nhiều lần hơn", "more often at the commune"), reconcile.DoubledThere: reply.Say("ở tỉnh có nhiều lần hơn", "more often at the province"),
	reconcile.OtherBytes: reply.Say("nội dung khác nhau", "other content"), reconcile.OtherTime: reply.Say("giờ nộp khác nhau", "other times"),
	reconcile.Completeness: reply.Say("một bên đã đủ giấy tờ, một bên chưa", "complete on one side only"),
	reconcile.TakingIn:     reply.Say("một bên chưa biết việc tiếp nhận", "taken in on one side only"),
}

func differencesOf(list []reconcile.Difference) []differenceView {
	views := []differenceView{}
	for _, d := range list {
		what, ok := differenceText[d.What]
		if !ok {
			what = reply.Say(d.What, d.What)
		}
		views = append(views, differenceView{Slip: d.Slip, N: d.N, What: what})
	}
	return views
}

// signEvening keeps the day's sheet as it is now under the name of who signs it. n is how many signed
// sheets of the day the caller has seen; province is the province's own sheet or sheets of that day, when
// staff have it.
func (s *Reports) signEvening(w http.ResponseWriter, r *http.Request, who Who) error {
	var body struct {
		Day      string          `json:"day"`
		N        int             `json:"n"`
		Province json.RawMessage `json:"province,omitempty"`
	}
	if err := errors.Join(mayIssue(who), reply.Read(r, &body)); err != nil {
		return err
	}
	sheet, err := s.sheet(r.Context(), body.Day)
	if err != nil {
		return err
	}
	e := signedEvening{Sheet: sheet, Name: who.Name}
	if len(body.Province) > 0 {
		if e.Differences, err = s.compare(r.Context(), sheet, body.Province); err != nil {
			return problemOtherSheet.Because(err)
		}
		e.Compared = true
	}
	packed, err := packReport(e)
	if err != nil {
		return err
	}
	_, err = s.Issued.IssueReport(r.Context(), ledger.Issued{Report: eveningReport, Period: string(sheet.Day), N: body.N, Actor: who.ID, Body: packed})
	if errors.Is(err, ledger.ErrIssued) {
		return problemIssued.Because(err)
	}
	if err != nil {
		return err
	}
	return s.showEvening(r.Context(), w, sheet)
}

// compare draws the differences between the office's sheet and the province's, which must be signed by
// the province and of the same book and day.
func (s *Reports) compare(ctx context.Context, here reconcile.Sheet, raw []byte) ([]reconcile.Difference, error) {
	sheets, err := reconcile.Read(raw)
	if err != nil {
		return nil, err
	}
	id, err := s.Identity(ctx)
	if err != nil {
		return nil, err
	}
	for _, there := range sheets {
		if there.By != reconcile.Province || there.Book != here.Book || there.Day != here.Day {
			continue
		}
		if len(id.PortalKey) == 0 {
			return nil, errors.New("the province's key is not known to this machine")
		}
		if err := there.Verify(id.PortalKey); err != nil {
			return nil, err
		}
		return reconcile.Diff(here, there)
	}
	return nil, fmt.Errorf("no sheet of the province for %s", here.Day)
}

// eveningPDF is the sheet to print and sign: n names a signed one, else the day as it is now.
func (s *Reports) eveningPDF(w http.ResponseWriter, r *http.Request, _ Who) error {
	sheet, err := s.sheet(r.Context(), r.URL.Query().Get("day"))
	if err != nil {
		return err
	}
	e := signedEvening{Sheet: sheet, N: -1}
	if text := r.URL.Query().Get("n"); text != "" {
		signed, err := s.signedEvenings(r.Context(), sheet.Day)
		if err != nil {
			return err
		}
		n := 0
		if _, err := fmt.Sscanf(text, "%d", &n); err != nil || n < 0 || n >= len(signed) {
			return problemNoDay.Because(nil)
		}
		e = signed[n]
	}
	head, err := s.head(r.Context(), time.UnixMilli(e.Sheet.MadeAt))
	if err != nil {
		return err
	}
	if s.Practice {
		head.Mark = officepaper.Practice
	} else if e.N < 0 {
		head.Stamp = "CHƯA KÝ"
	}
	return sendPDF(w, s.eveningPaper(head, e), "evening-"+string(e.Sheet.Day))
}

func (s *Reports) eveningPaper(head officepaper.Head, e signedEvening) officepaper.Report {
	sheet := e.Sheet
	day := time.UnixMilli(sheet.From)
	form := officepaper.Report{Head: head, Title: "BIÊN BẢN ĐỐI SOÁT CUỐI NGÀY", Period: "Ngày " + officepaper.Day(day),
		CutOff:  "Hồ sơ nộp từ 00:00 đến 24:00 theo giờ ghi trên hồ sơ; sổ của xã lúc " + officepaper.Moment(time.UnixMilli(sheet.MadeAt)) + ".",
		Signers: []officepaper.Signer{{Position: "NGƯỜI ĐỐI SOÁT", Name: e.Name}, {Position: "THỦ TRƯỞNG CƠ QUAN"}}}
	form.Columns = []officepaper.ReportColumn{{Head: "Thủ tục", Width: 70}, {Head: "Nộp mới", Width: 16, Align: "C"}, {Head: "Bổ sung", Width: 16, Align: "C"},
		{Head: "Đã rời xã", Width: 16, Align: "C"}, {Head: "Tỉnh đã nhận đủ", Width: 18, Align: "C"}, {Head: "Cán bộ đã tiếp nhận", Width: 18, Align: "C"},
		{Head: "Giờ máy chưa xác nhận", Width: 20, Align: "C"}}
	pack := s.Packs.Current(day)
	for _, code := range slices.Sorted(maps.Keys(sheet.Kinds)) {
		name := code
		if p, ok := pack.Procedure(code); ok {
			name = code + " " + p.Name.VI
		} else if words, ok := feedback.NameOf(code); ok { // a petition, a call-back request
			name = words.VI
		}
		form.Rows = append(form.Rows, countLine(name, sheet.Kinds[code]))
	}
	form.Bold = []int{len(form.Rows)}
	form.Rows = append(form.Rows, countLine("Cộng", sheet.Counts))
	form.Notes = eveningNotes(e)
	return form
}

func countLine(name string, c reconcile.Counts) []string {
	line := []string{name}
	for _, n := range []int{c.Filed, c.Supplements, c.Left, c.Complete, c.TakenIn, c.Doubtful} {
		line = append(line, fmt.Sprint(n))
	}
	return line
}

// eveningNotes say who signed, what differs, what is still open, and how the sheet is checked.
func eveningNotes(e signedEvening) (notes []string) {
	if e.N >= 0 {
		notes = append(notes, fmt.Sprintf("Bản ký thứ %d, %s, người ký: %s.", e.N+1, officepaper.Moment(time.UnixMilli(e.At)), e.Name))
	}
	switch {
	case !e.Compared:
		notes = append(notes, "Chưa đối chiếu với bản của tỉnh.")
	case len(e.Differences) == 0:
		notes = append(notes, "Đã đối chiếu với bản của tỉnh: khớp, không có chênh lệch.")
	default:
		notes = append(notes, fmt.Sprintf("Đã đối chiếu với bản của tỉnh: %d chênh lệch.", len(e.Differences)))
		for _, d := range differencesOf(e.Differences) {
			notes = append(notes, delivery(d.Slip, d.N)+": "+d.What.VI+".")
		}
	}
	open := openOf(e.Sheet.Facts)
	if len(open) == 0 {
		notes = append(notes, "Mọi hồ sơ trong ngày đã đến tỉnh đầy đủ.")
	}
	for _, o := range open {
		notes = append(notes, delivery(o.Slip, o.N)+": "+strings.ToLower(o.What.VI[:1])+o.What.VI[1:])
	}
	if e.Sheet.Clock != clock.Trusted.String() {
		notes = append(notes, "Giờ lập bản này lấy từ đồng hồ máy, chưa được tỉnh xác nhận.")
	}
	notes = append(notes, "Mã số ngày (SHA-256): "+e.Sheet.Root.String())
	if len(e.Sheet.Sig) > 0 {
		notes = append(notes, fmt.Sprintf("Máy %s ký bằng khóa %x.", e.Sheet.Device, e.Sheet.Key[:8]))
	}
	return notes
}

func delivery(slip string, n int) string {
	text := "Phiếu " + report.ShownSlip(slip)
	if n > 0 {
		text += fmt.Sprintf(", bổ sung lần %d", n)
	}
	return text
}
