package counter_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/reconcile"
	reporting "bendo/internal/report"
	"bendo/internal/seal"
	"bendo/kiosk/counter"
	"bendo/kiosk/counter/countertest"
	"bendo/syncproto"
)

// reportBook is a real book in which the test says when a dossier becomes known: what is issued and the
// facts that are kept lie on the disk.
type reportBook struct {
	*ledger.Book
	known []ledger.Everyone
	reads int
	day   []reconcile.Fact
}

func (b *reportBook) Everyone(ctx context.Context, since int64, each func(ledger.Everyone) error) (int64, error) {
	if since > int64(len(b.known)) {
		return since, ledger.ErrCursor
	}
	for _, e := range b.known[since:] {
		b.reads++
		if err := each(e); err != nil {
			return since, err
		}
	}
	return int64(len(b.known)), nil
}

func (b *reportBook) Filing(_ context.Context, id syncproto.DossierID) (*dossier.SubmittedPayload, error) {
	for i := len(b.known) - 1; i >= 0; i-- {
		if e := b.known[i]; e.State.ID == id {
			if e.Filing == nil {
				return nil, seal.ErrErased
			}
			return e.Filing, nil
		}
	}
	return nil, ledger.ErrNotFound
}

func (b *reportBook) FiledOn(context.Context, reconcile.Day) ([]reconcile.Fact, error) {
	return b.day, nil
}

// reportOffice is the counter over such a book.
type reportOffice struct {
	t       *testing.T
	dir     string
	book    *reportBook
	now     time.Time
	quality clock.Quality
	staff   *countertest.Sessions
	reports *counter.Reports
	handler http.Handler
	portal  ed25519.PrivateKey
}

func openReportOffice(t *testing.T) *reportOffice {
	t.Helper()
	o := &reportOffice{t: t, dir: filepath.Join(t.TempDir(), "data"), book: &reportBook{}, quality: clock.Trusted,
		staff: countertest.As(countertest.Clerk), portal: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{4}, 32))}
	o.at("2026-11-15 08:00")
	o.open()
	o.must(o.book.SetIdentity(t.Context(), ledger.Identity{Device: syncproto.DeviceID{1}, Book: syncproto.BookID{2}, Epoch: 1, Prefix: "12345",
		OfficeName: "UBND xã Giao Long", CommuneName: "Giao Long", ProvinceName: "UBND tỉnh Vĩnh Long", CommuneCode: "28807",
		PortalKey: o.portal.Public().(ed25519.PublicKey)}))
	return o
}

// open begins a new run of the program over the same book.
func (o *reportOffice) open() {
	o.t.Helper()
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: o.dir})
	o.must(err)
	if o.book.Book, err = ledger.Open(context.Background(), o.dir, keys, ledger.Options{Now: func() time.Time { return o.now }}); err != nil {
		o.t.Fatal(err)
	}
	book := o.book.Book
	o.t.Cleanup(func() { book.Close() })
	pack, err := catalog.Embedded()
	o.must(err)
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
	o.reports = &counter.Reports{Facts: o.book, Issued: o.book, Days: o.book, Identity: o.book.Identity, Packs: catalog.NewShelf(pack),
		Now:  func() (time.Time, clock.Quality) { return o.now, o.quality },
		Sign: func(s reconcile.Sheet) (reconcile.Sheet, error) { return s.Sign(key) }}
	o.handler = (&counter.Counter{Sessions: o.staff, Reports: o.reports, Log: slog.New(slog.DiscardHandler)}).Handler()
}

func (o *reportOffice) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *reportOffice) at(text string) int64 {
	o.t.Helper()
	var err error
	o.now, err = time.ParseInLocation("2006-01-02 15:04", text, calendar.Zone)
	o.must(err)
	return o.now.UnixMilli()
}

// learns makes a dossier known that was filed and taken in at a time; decided may be "".
func (o *reportOffice) learns(n int, takenIn, decided string) syncproto.DossierID {
	o.t.Helper()
	now := o.now
	defer func() { o.now = now }()
	id := syncproto.DossierID{0xd, byte(n)}
	var entries []dossier.Entry
	seq := uint64(0)
	meta := func(at int64) dossier.Meta {
		seq++
		ev := syncproto.EventID{0xe, byte(n)}
		binary.BigEndian.PutUint64(ev[8:], seq)
		ev[6], ev[8] = 0x70, 0x80
		return dossier.Meta{Event: ev, Salt: [16]byte{byte(seq)}, At: at, Clock: syncproto.ClockTrusted}
	}
	add := func(ev syncproto.Event, err error) {
		o.t.Helper()
		o.must(err)
		entries = append(entries, dossier.Entry{Event: ev, Author: dossier.Book(syncproto.BookID{2}), ReceivedAt: ev.Header.At})
	}
	slip, err := dossier.NewSlip("12345", uint64(n))
	o.must(err)
	filing := dossier.SubmittedPayload{Procedure: "1.001193", Pack: "p1", Slip: slip, Channel: dossier.ChannelKiosk, Handover: dossier.HandoverNever,
		Answers: []byte(`{}`), Applicant: dossier.Person{FullName: fmt.Sprintf("=Nguyễn Thị Sáu %d", n), Address: "Ấp 1", Phone: "0900000000"}}
	at := o.at(takenIn)
	add(dossier.Submit(filing, id, meta(at-60_000)))
	step := func(at int64, event string, payload any) {
		o.t.Helper()
		add(dossier.Advance(dossier.Fold(entries), dossier.Book(syncproto.BookID{2}), event, payload, meta(at)))
	}
	step(at, dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã Giao Long", Due: at + 3*86_400_000, Calendar: "c"})
	if decided != "" {
		step(o.at(decided), dossier.Decided, &dossier.DecidedPayload{Outcome: dossier.Granted})
	}
	o.book.known = append(o.book.known, ledger.Everyone{State: dossier.Fold(entries), Filing: &filing})
	return id
}

// erases drops a dossier's key, as retention does.
func (o *reportOffice) erases(id syncproto.DossierID) {
	o.book.known = append(o.book.known, ledger.Everyone{State: dossier.State{ID: id}})
}

func (o *reportOffice) call(method, path string, body any) *httptest.ResponseRecorder {
	o.t.Helper()
	var b bytes.Buffer
	if body != nil {
		o.must(json.NewEncoder(&b).Encode(body))
	}
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, httptest.NewRequest(method, path, &b))
	return w
}

// answered reads an answer that must be of a status.
func answered[T any](o *reportOffice, w *httptest.ResponseRecorder, status int) (v T) {
	o.t.Helper()
	if w.Code != status {
		o.t.Fatalf("answered %d: %s", w.Code, w.Body)
	}
	o.must(json.Unmarshal(w.Body.Bytes(), &v))
	return v
}

type shownReport struct {
	Columns []reporting.Column
	Rows    []struct {
		Key   string
		Cells []struct {
			Count *int
			Text  string
		}
	}
	State       string
	Issued      *struct{ By, Name string }
	Corrections []struct {
		N       int
		Changes []shownChange
	}
	Difference []shownChange
	Error      struct{ Code string }
}

type shownChange struct {
	Cell  string
	Delta int
}

func (o *reportOffice) show(query string) shownReport {
	o.t.Helper()
	return answered[shownReport](o, o.call("GET", "/api/counter/reports/"+query, nil), 200)
}

func (r shownReport) number(t *testing.T, row, column string) int {
	t.Helper()
	for _, line := range r.Rows {
		for i, c := range r.Columns {
			if line.Key == row && c.Key == column {
				return *line.Cells[i].Count
			}
		}
	}
	t.Fatalf("no %s:%s", row, column)
	return 0
}

func (o *reportOffice) refused(w *httptest.ResponseRecorder, status int, code string) {
	o.t.Helper()
	if got := answered[shownReport](o, w, status); got.Error.Code != code {
		o.t.Fatalf("refused with %q, want %q", got.Error.Code, code)
	}
}

// §14.1: the report of month M is sent on the 15th; the offline dossier of the 13th arrives on the 17th.
// The sent report stays as it is, over a restart too, and the correction shows +1 and opens to it.
func TestReportSentOnThe15thStaysAndIsCorrected(t *testing.T) {
	o := openReportOffice(t)
	o.learns(1, "2026-10-20 09:00", "2026-10-21 09:00")
	o.learns(2, "2026-11-12 09:00", "")
	const path = "06?period=2026-11"
	issue := func(n int) *httptest.ResponseRecorder {
		return o.call("POST", "/api/counter/reports/06/issue", map[string]any{"period": "2026-11", "n": n})
	}
	if r := o.show(path); r.State != "closed" || r.number(t, "total", "in_total") != 2 {
		t.Fatalf("on the 15th: %+v", r)
	}
	sent := answered[shownReport](o, issue(0), 200)
	if sent.State != "issued" || sent.Issued.By != countertest.Clerk.ID || sent.Issued.Name != countertest.Clerk.Name || len(sent.Difference) != 0 {
		t.Fatalf("issued: %+v", sent)
	}
	answered[shownReport](o, issue(0), 200) // said again, its answer was lost
	o.refused(issue(1), http.StatusConflict, "nothing_new")

	o.at("2026-11-17 10:00")
	late := o.learns(3, "2026-11-13 09:00", "")
	o.learns(2, "2026-11-12 09:00", "2026-11-16 09:00") // behind the cut-off: no matter
	o.open()
	now := o.show(path)
	if now.number(t, "total", "in_total") != 2 || len(now.Corrections) != 0 {
		t.Fatalf("the sent report changed: %+v", now)
	}
	delta := func(list []shownChange) (d map[string]int) {
		d = map[string]int{}
		for _, x := range list {
			d[x.Cell] = x.Delta
		}
		return d
	}
	if d := delta(now.Difference); d["total:in_total"] != 1 || d["f-ho-tich:in_direct"] != 1 || d["total:now_within"] != 1 || len(d) != 8 {
		t.Fatalf("difference: %v", d)
	}
	fixed := answered[shownReport](o, issue(1), 200)
	if fixed.number(t, "total", "in_total") != 2 || len(fixed.Corrections) != 1 || delta(fixed.Corrections[0].Changes)["total:in_total"] != 1 || len(fixed.Difference) != 0 {
		t.Fatalf("the correction: %+v", fixed)
	}
	type opened struct{ IDs []syncproto.DossierID }
	if got := answered[opened](o, o.call("GET", "/api/counter/reports/06/cells/total:in_total?period=2026-11", nil), 200); len(got.IDs) != 2 {
		t.Errorf("the sent number opens to %v", got)
	}
	if got := answered[opened](o, o.call("GET", "/api/counter/reports/06/cells/f-ho-tich:now_within?period=2026-11&n=1", nil), 200); len(got.IDs) != 2 || got.IDs[1] != late {
		t.Errorf("the corrected number opens to %v", got)
	}
	if got := o.show(path + "&as=now"); got.number(t, "total", "in_total") != 3 {
		t.Errorf("now: %+v", got)
	}
}

// What residents wrote is erased 90 days after closing; the year is reported all the same, and nothing
// looks like a correction.
func TestErasedDossiersStayInReports(t *testing.T) {
	o := openReportOffice(t)
	id := o.learns(1, "2026-10-20 09:00", "2026-10-21 09:00")
	answered[shownReport](o, o.call("POST", "/api/counter/reports/register/issue", map[string]any{"period": "2026-11", "n": 0}), 200)
	o.erases(id)
	o.at("2027-03-01 09:00")
	o.open()
	if r := o.show("06?period=2026"); r.number(t, "total", "out_total") != 1 {
		t.Errorf("the year lost a dossier: %+v", r)
	}
	r := o.show("register?period=2026-11")
	if len(r.Rows) != 1 || r.Rows[0].Cells[4].Text != "(đã xóa theo thời hạn lưu)" || len(r.Difference) != 0 {
		t.Errorf("the register: %+v", r)
	}
	if o.book.reads != 2 {
		t.Errorf("%d dossiers were read whole, want each change once", o.book.reads)
	}
}

func TestReportsAreRefused(t *testing.T) {
	o := openReportOffice(t)
	issue := map[string]any{"period": "2026-12", "n": 0}
	o.refused(o.call("POST", "/api/counter/reports/06/issue", issue), http.StatusConflict, "period_open")
	o.refused(o.call("GET", "/api/counter/reports/07?period=2026-11", nil), http.StatusNotFound, "no_such_report")
	o.refused(o.call("GET", "/api/counter/reports/06?period=2026-13", nil), http.StatusNotFound, "no_such_report")
	o.refused(o.call("GET", "/api/counter/reports/06?period=2026-11-14", nil), http.StatusNotFound, "no_such_report")
	o.refused(o.call("GET", "/api/counter/reports/06.doc?period=2026-11", nil), http.StatusNotFound, "no_such_report")
	o.refused(o.call("GET", "/api/counter/reports/06/cells/x:y?period=2026-11", nil), http.StatusNotFound, "no_such_report")
	o.refused(o.call("GET", "/api/counter/reports/06.pdf?period=2026-11&n=0", nil), http.StatusNotFound, "no_such_report")
	o.quality = clock.Jumped
	issue["period"] = "2026-11"
	o.refused(o.call("POST", "/api/counter/reports/06/issue", issue), http.StatusConflict, "clock_doubt")
	o.staff.Become(countertest.Inspector)
	o.show("06?period=2026-11") // reads
	o.refused(o.call("POST", "/api/counter/reports/06/issue", issue), http.StatusForbidden, "not_your_work")
	o.refused(o.call("POST", "/api/counter/evening", map[string]any{"day": "2026-11-14", "n": 0}), http.StatusForbidden, "not_your_work")
	o.staff.Become(countertest.Head)
	issue["confirm_clock"] = true
	answered[shownReport](o, o.call("POST", "/api/counter/reports/06/issue", issue), 200)
	o.staff.Become(countertest.Clerk)
	o.refused(o.call("POST", "/api/counter/reports/06/issue", issue), http.StatusConflict, "issued_meanwhile")
	w := httptest.NewRecorder()
	(&counter.Counter{Sessions: o.staff, Log: slog.New(slog.DiscardHandler)}).Handler().ServeHTTP(w, httptest.NewRequest("GET", "/api/counter/reports", nil))
	o.refused(w, http.StatusNotFound, "not_here")
}

// Every report comes as PDF and as a workbook; what nobody issued says so.
func TestReportFiles(t *testing.T) {
	o := openReportOffice(t)
	o.learns(1, "2026-10-20 09:00", "2026-10-21 09:00")
	type listed struct {
		Reports []struct {
			Name    string
			Periods []struct {
				ID     string
				Issued bool
			}
		}
	}
	answered[shownReport](o, o.call("POST", "/api/counter/reports/06/issue", map[string]any{"period": "2026-11", "n": 0}), 200)
	for _, r := range answered[listed](o, o.call("GET", "/api/counter/reports", nil), 200).Reports {
		for kind, magic := range map[string]string{"pdf": "%PDF-", "xlsx": "PK\x03\x04"} {
			w := o.call("GET", "/api/counter/reports/"+r.Name+"."+kind+"?period=2026-11", nil)
			if w.Code != 200 || !strings.HasPrefix(w.Body.String(), magic) {
				t.Errorf("%s.%s: %d %.200s", r.Name, kind, w.Code, w.Body)
			}
		}
		issued := 0
		for _, p := range r.Periods {
			if p.Issued {
				issued++
			}
		}
		if want := map[bool]int{true: 1}[r.Name == "06"]; issued != want {
			t.Errorf("%s: %d periods are said to be issued", r.Name, issued)
		}
	}
}

// The evening's sheet counts the day, is signed by staff as it was, and draws what the province says
// otherwise.
func TestEvening(t *testing.T) {
	o := openReportOffice(t)
	o.at("2026-11-14 16:45")
	from, _ := reconcile.Day("2026-11-14").Bounds()
	fact := func(i byte) reconcile.Fact {
		return reconcile.Fact{Dossier: syncproto.DossierID{i}, Event: syncproto.EventID{i}, At: from + int64(i), Manifest: syncproto.Digest{i},
			Slip: fmt.Sprintf("1234500000000%d", i), Procedure: "1.001193", Left: i < 3, Complete: i < 2}
	}
	o.book.day = []reconcile.Fact{fact(1), fact(2), fact(3)}
	type shown struct {
		Counts        reconcile.Counts
		MachineSigned bool `json:"machine_signed"`
		Open          []struct{ Slip string }
		Signed        []struct {
			N           int
			Name        string
			Compared    bool
			Counts      reconcile.Counts
			Differences []struct{ Slip string }
		}
	}
	day := answered[shown](o, o.call("GET", "/api/counter/evening", nil), 200)
	if day.Counts.Filed != 3 || len(day.Open) != 2 || !day.MachineSigned || len(day.Signed) != 0 {
		t.Fatalf("the day: %+v", day)
	}
	answered[shown](o, o.call("POST", "/api/counter/evening", map[string]any{"day": "2026-11-14", "n": 0}), 200)
	// More arrives; the province says otherwise about one.
	o.book.day[1].Complete, o.book.day[2].Left, o.book.day[2].Complete = true, true, true
	theirs := append([]reconcile.Fact(nil), o.book.day[:2]...)
	sheet, err := reconcile.New(reconcile.Province, "2026-11-14", syncproto.BookID{2}, theirs).Sign(o.portal)
	o.must(err)
	forged, err := reconcile.New(reconcile.Province, "2026-11-14", syncproto.BookID{2}, theirs).Sign(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, 32)))
	o.must(err)
	other, err := reconcile.New(reconcile.Province, "2026-11-13", syncproto.BookID{2}, theirs).Sign(o.portal)
	o.must(err)
	for _, bad := range []any{forged, other, "x", map[string]any{}} {
		o.refused(o.call("POST", "/api/counter/evening", map[string]any{"day": "2026-11-14", "n": 1, "province": bad}), http.StatusUnprocessableEntity, "not_this_sheet")
	}
	day = answered[shown](o, o.call("POST", "/api/counter/evening", map[string]any{"day": "2026-11-14", "n": 1, "province": sheet}), 200)
	if len(day.Signed) != 2 || day.Signed[0].Counts.Complete != 1 || day.Signed[0].Compared || !day.Signed[1].Compared ||
		len(day.Signed[1].Differences) != 1 || day.Signed[1].Differences[0].Slip != fact(3).Slip || day.Signed[1].Name != countertest.Clerk.Name {
		t.Fatalf("signed: %+v", day.Signed)
	}
	for _, query := range []string{"?day=2026-11-14", "?day=2026-11-14&n=1"} {
		if w := o.call("GET", "/api/counter/evening.pdf"+query, nil); w.Code != 200 || !bytes.HasPrefix(w.Body.Bytes(), []byte("%PDF-")) {
			t.Errorf("%s: %d %.200s", query, w.Code, w.Body)
		}
	}
	for _, query := range []string{"?day=2026-11-15", "?day=x", "?day=2026-11-14&n=2"} {
		o.refused(o.call("GET", "/api/counter/evening.pdf"+query, nil), http.StatusNotFound, "no_such_day")
	}
}

// A book that was salvaged counts its changes anew: everything is read again, and nothing is lost.
func TestReportsOfABookMadeAnew(t *testing.T) {
	o := openReportOffice(t)
	o.learns(1, "2026-10-20 09:00", "")
	o.learns(2, "2026-10-21 09:00", "")
	o.show("06?period=2026-11")
	o.book.known = o.book.known[1:]
	if r := o.show("06?period=2026-11"); r.number(t, "total", "in_total") != 2 {
		t.Errorf("%+v", r)
	}
	failing := errors.New("the disk")
	o.reports.Identity = func(context.Context) (ledger.Identity, error) { return ledger.Identity{}, failing }
	if w := o.call("GET", "/api/counter/reports/06?period=2026-11", nil); w.Code != 500 || strings.Contains(w.Body.String(), "disk") {
		t.Errorf("a fault: %d %s", w.Code, w.Body)
	}
}

// With the real book: what a clerk takes in stands in the register with its owner, is kept over a
// restart, and a day's filings stand on the evening's sheet.
func TestReportsOfARealBook(t *testing.T) {
	f := openFindOffice(t)
	filed := f.file(f.book, "a", dossier.Person{FullName: "Thạch Thị Sô Phia", CitizenID: "083190001234", Address: "Ấp 2", Phone: "0912345678"})
	f.file(f.book, "b", dossier.Person{FullName: "Lê Văn Đợi", CitizenID: "083190001235"}) // nobody takes it in
	f.step(f.book, filed.Dossier, dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã Giao Long", Due: f.now.UnixMilli() + 86_400_000, Calendar: "c"})
	for range 2 { // the second time from what was kept
		book := f.open()
		o := &reportOffice{t: t, staff: f.staff}
		o.reports = &counter.Reports{Facts: book, Issued: book, Days: book, Identity: book.Identity, Packs: f.finding.Packs,
			Now: func() (time.Time, clock.Quality) { return f.now, clock.Trusted }}
		o.handler = (&counter.Counter{Sessions: o.staff, Reports: o.reports, Log: slog.New(slog.DiscardHandler)}).Handler()
		r := o.show("register?period=2026-12")
		if len(r.Rows) != 1 || r.Rows[0].Cells[4].Text != "Thạch Thị Sô Phia" || r.Rows[0].Cells[5].Text != "Ấp 2" || r.Rows[0].Cells[6].Text != "0912345678" {
			t.Fatalf("the register: %+v", r.Rows)
		}
		if n := o.show("06?period=2026-12").number(t, "total", "now_within"); n != 1 {
			t.Errorf("06 counts %d", n)
		}
		type shown struct{ Counts reconcile.Counts }
		if day := answered[shown](o, o.call("GET", "/api/counter/evening", nil), 200); day.Counts.Filed != 2 || day.Counts.TakenIn != 1 {
			t.Errorf("the day: %+v", day.Counts)
		}
	}
}
