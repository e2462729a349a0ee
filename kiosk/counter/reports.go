package counter

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"bendo/internal/catalog"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/reconcile"
	"bendo/internal/report"
	"bendo/internal/staff"
	"bendo/kiosk/reply"
	"bendo/syncproto"
)

// ReportFacts is what reports are counted from: every dossier, and the facts kept of it.
type ReportFacts interface {
	Everyone(ctx context.Context, since int64, each func(ledger.Everyone) error) (next int64, err error)
	Filing(ctx context.Context, id syncproto.DossierID) (*dossier.SubmittedPayload, error)
	ReportFacts(ctx context.Context, each func(ledger.ReportFacts) error) (ledger.ReportMark, error)
	KeepReportFacts(ctx context.Context, list []ledger.ReportFacts, mark ledger.ReportMark) error
}

// IssuedReports is where reports lie that were issued.
type IssuedReports interface {
	IssueReport(ctx context.Context, r ledger.Issued) (ledger.Issued, error)
	IssuedReports(ctx context.Context, report string) ([]ledger.Issued, error)
	IssuedReport(ctx context.Context, report, period string, n int) (ledger.Issued, error)
}

// Filings lists what the office filed on a day.
type Filings interface {
	FiledOn(ctx context.Context, day reconcile.Day) ([]reconcile.Fact, error)
}

// Reports are the register, the periodic reports and the evening's sheet. Fields are set before the
// first call and not changed after.
type Reports struct {
	Facts    ReportFacts
	Issued   IssuedReports
	Days     Filings
	Identity func(ctx context.Context) (ledger.Identity, error) // whose reports they are
	Packs    *catalog.Shelf
	Now      func() (time.Time, clock.Quality)
	Sign     func(reconcile.Sheet) (reconcile.Sheet, error) // with the machine's key; nil: the evening's sheet stays unsigned
	Practice bool

	mu    sync.Mutex // over cases and mark; held while the book is read
	cases map[syncproto.DossierID]report.Case
	mark  ledger.ReportMark
}

var (
	problemNoReport = reply.Problem{Code: "no_such_report", Status: http.StatusNotFound,
		Message: reply.Say("Không có báo cáo, kỳ hoặc ô số liệu đó.", "There is no such report, period or number."),
		Next:    reply.Say("Chọn lại từ danh sách báo cáo.", "Choose from the list of reports.")}
	problemPeriodOpen = reply.Problem{Code: "period_open", Status: http.StatusConflict,
		Message: reply.Say("Kỳ này chưa kết thúc, chưa chốt được.", "The period is not over; it cannot be issued yet."),
		Next:    reply.Say("Xem số tạm tính, chốt sau khi hết kỳ.", "Look at the running figures and issue after its end.")}
	problemNothingNew = reply.Problem{Code: "nothing_new", Status: http.StatusConflict,
		Message: reply.Say("Không có gì khác với bản đã chốt.", "Nothing differs from what was issued."),
		Next:    reply.Say("Không cần báo cáo điều chỉnh.", "No correction is needed.")}
	problemIssued = reply.Problem{Code: "issued_meanwhile", Status: http.StatusConflict,
		Message: reply.Say("Người khác vừa chốt báo cáo này.", "Somebody else has just issued this report."),
		Next:    reply.Say("Mở lại báo cáo để xem bản đã chốt.", "Open the report again to see it.")}
	problemClock = reply.Problem{Code: "clock_doubt", Status: http.StatusConflict,
		Message: reply.Say("Đồng hồ của máy đang nghi sai, chưa biết kỳ đã hết hay chưa.", "The machine's clock is in doubt; whether the period is over is not known."),
		Next:    reply.Say("Xem ngày giờ trên máy; đúng thì xác nhận rồi chốt.", "Look at the machine's date and time; confirm them if they are right.")}
)

func (c *Counter) reportRoutes(route router) {
	part := func(h func(*Reports, http.ResponseWriter, *http.Request, Who) error) handler {
		return func(w http.ResponseWriter, r *http.Request, who Who) error {
			if c.Reports == nil {
				return NotHere.Because(nil)
			}
			return h(c.Reports, w, r, who)
		}
	}
	route("GET /api/counter/reports", staff.Report, part((*Reports).list))
	route("GET /api/counter/reports/{name}", staff.Report, part((*Reports).show))
	route("GET /api/counter/reports/{name}/cells/{cell}", staff.Report, part((*Reports).open))
	route("POST /api/counter/reports/{name}/issue", staff.Report, part((*Reports).issue))
	route("GET /api/counter/evening", staff.Report, part((*Reports).evening))
	route("POST /api/counter/evening", staff.Report, part((*Reports).signEvening))
	route("GET /api/counter/evening.pdf", staff.Report, part((*Reports).eveningPDF))
}

// mayIssue: to issue is to write, and an inspector only reads.
func mayIssue(who Who) error {
	if !staff.May(who.Roles, staff.Keep) {
		return problemNotYours.Because(nil)
	}
	return nil
}

type reportView struct {
	Name     report.Name        `json:"name"`
	Title    reply.Text         `json:"title"`
	Number   string             `json:"number"`
	Legal    string             `json:"legal"`
	Personal bool               `json:"personal"`
	Unsure   []report.Text      `json:"unsure"`
	Periods  []reportPeriodView `json:"periods"`
}

type reportPeriodView struct {
	report.Period
	Closed      bool `json:"closed"`
	Issued      bool `json:"issued"`
	Corrections int  `json:"corrections"`
}

// list says which reports there are, for which periods, and what was issued.
func (s *Reports) list(w http.ResponseWriter, r *http.Request, _ Who) error {
	now, _ := s.Now()
	issued, err := s.Issued.IssuedReports(r.Context(), "")
	if err != nil {
		return err
	}
	count := map[[2]string]int{}
	for _, i := range issued {
		count[[2]string{i.Report, i.Period}]++
	}
	views := []reportView{}
	for _, f := range report.Forms() {
		v := reportView{Name: f.Name, Title: f.Title, Number: f.Number, Legal: f.Legal, Personal: f.Name == report.Register, Unsure: f.Unsure}
		for _, p := range report.Periods(now.UnixMilli()) {
			n := count[[2]string{string(f.Name), p.ID}]
			v.Periods = append(v.Periods, reportPeriodView{Period: p, Closed: p.Closed(now.UnixMilli()), Issued: n > 0, Corrections: max(0, n-1)})
		}
		views = append(views, v)
	}
	return reply.OK(w, map[string]any{"reports": views})
}

// askedReport reads which report of which period a call is about.
func askedReport(name, period string) (report.Form, report.Period, error) {
	form, ok := report.FormOf(report.Name(name))
	if !ok {
		return form, report.Period{}, problemNoReport.Because(nil)
	}
	p, err := report.ParsePeriod(period)
	if err != nil || p.Kind == report.OneDay && form.Name != report.Register {
		return form, p, problemNoReport.Because(err)
	}
	return form, p, nil
}

// show answers with a report: as it was issued, if it was, else as the book gives it now; "…/name.pdf"
// and "…/name.xlsx" are the same as files.
func (s *Reports) show(w http.ResponseWriter, r *http.Request, _ Who) error {
	name, kind, _ := strings.Cut(r.PathValue("name"), ".")
	form, period, err := askedReport(name, r.URL.Query().Get("period"))
	if err != nil {
		return err
	}
	d, err := s.read(r.Context(), form.Name, period)
	if err != nil {
		return err
	}
	switch kind {
	case "":
		view, err := s.viewOf(r.Context(), d, r.URL.Query().Get("as") == "now")
		if err != nil {
			return err
		}
		return reply.OK(w, view)
	case "pdf":
		return s.pdf(w, r, d)
	case "xlsx":
		return s.workbook(w, r, d)
	}
	return problemNoReport.Because(nil)
}

// reportReading is one report of one period: what was issued of it, and what the book says now.
type reportReading struct {
	period report.Period
	issues []issuedTable
	now    report.Table
	closed bool
}

// read counts a report anew and reads everything that was issued of it.
func (s *Reports) read(ctx context.Context, name report.Name, period report.Period) (d reportReading, err error) {
	d.period = period
	if d.now, err = s.count(ctx, name, period); err != nil {
		return d, err
	}
	d.closed = period.Closed(d.now.CutOff.KnownAt)
	d.issues, err = s.issues(ctx, string(name), period.ID)
	return d, err
}

// shown is the table to show: the one that was issued first, or what the book says now.
func (d *reportReading) shown() *report.Table {
	if len(d.issues) > 0 {
		return &d.issues[0].Table
	}
	return &d.now
}

// pick is the table a call asks for with n (a correction as it was issued) or as=now.
func (d *reportReading) pick(r *http.Request) (*report.Table, *issuedTable, error) {
	q := r.URL.Query()
	if q.Get("as") == "now" || q.Get("n") == "" && len(d.issues) == 0 {
		return &d.now, nil, nil
	}
	n := 0
	if text := q.Get("n"); text != "" {
		if _, err := fmt.Sscanf(text, "%d", &n); err != nil || n < 0 || n >= len(d.issues) {
			return nil, nil, problemNoReport.Because(nil)
		}
	}
	return &d.issues[n].Table, &d.issues[n], nil
}

// open answers with the dossiers behind one number.
func (s *Reports) open(w http.ResponseWriter, r *http.Request, _ Who) error {
	form, period, err := askedReport(r.PathValue("name"), r.URL.Query().Get("period"))
	if err != nil {
		return err
	}
	d, err := s.read(r.Context(), form.Name, period)
	if err != nil {
		return err
	}
	table, _, err := d.pick(r)
	if err != nil {
		return err
	}
	cell, ok := table.Cell(r.PathValue("cell"))
	if !ok {
		return problemNoReport.Because(nil)
	}
	type one struct {
		ID        *syncproto.DossierID `json:"id,omitempty"`
		Slip      string               `json:"slip,omitempty"`
		Official  string               `json:"official_code,omitempty"`
		Procedure string               `json:"procedure"`
	}
	ids, list := []syncproto.DossierID{}, []one{}
	for _, m := range table.MembersOf(cell) {
		x := one{Slip: m.Slip, Official: m.Official, Procedure: m.Procedure}
		if !m.Dossier.IsZero() {
			x.ID = &m.Dossier
			ids = append(ids, m.Dossier)
		}
		list = append(list, x)
	}
	return reply.OK(w, map[string]any{"ids": ids, "dossiers": list})
}

// person is what the register says of a dossier's owner, as the resident stated it.
func (s *Reports) person(ctx context.Context, id syncproto.DossierID) (report.Person, bool, error) {
	p, err := s.Facts.Filing(ctx, id)
	if errors.Is(err, ledger.ErrNotFound) || isErased(err) {
		return report.Person{}, false, nil
	}
	if err != nil {
		return report.Person{}, false, err
	}
	return report.Person{Name: p.Applicant.FullName, Address: p.Applicant.Address, Phone: p.Applicant.Phone}, true, nil
}

// filled is a table with what it says of people.
func (s *Reports) filled(ctx context.Context, t *report.Table) (report.Table, error) {
	if !t.IsPersonal() {
		return *t, nil
	}
	var failed error
	full := t.Fill(func(id syncproto.DossierID) (report.Person, bool) {
		if failed != nil {
			return report.Person{}, false
		}
		p, ok, err := s.person(ctx, id)
		failed = err
		return p, ok
	})
	return full, failed
}

// officeName is how papers name this office.
func (s *Reports) officeName(ctx context.Context) (string, error) {
	id, err := s.Identity(ctx)
	if errors.Is(err, ledger.ErrNotEnrolled) && s.Practice {
		return "TẬP THỬ", nil
	}
	if err != nil {
		return "", err
	}
	return id.OfficeName, nil
}

// procedures are those of the catalogue in force at the end of a period, as reports ask for them.
func (s *Reports) procedures(at time.Time) (list []report.Procedure) {
	for _, p := range s.Packs.Current(at).Procedures {
		list = append(list, report.Procedure{Code: p.Code, Name: report.Text(p.Name), Field: report.Text(p.Field), Levels: report.LevelsOf(p.Level),
			Online: slices.ContainsFunc(p.Channels, func(c catalog.Channel) bool { return c.Channel == catalog.ChannelOnline })})
	}
	return list
}
