package counter_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/kiosk/counter"
	"bendo/kiosk/counter/countertest"
	"bendo/kiosk/door"
	"bendo/syncproto"
)

// findOffice is a book and the counter over it.
type findOffice struct {
	t       *testing.T
	dir     string
	keys    *seal.Keeper
	book    *ledger.Book
	now     time.Time
	finding *counter.Finding
	staff   *countertest.Sessions
	handler http.Handler
	logged  *strings.Builder
}

func openFindOffice(t *testing.T) *findOffice {
	t.Helper()
	o := &findOffice{t: t, dir: filepath.Join(t.TempDir(), "data"), logged: &strings.Builder{},
		now: time.Date(2026, 11, 23, 9, 0, 0, 0, calendar.Zone), staff: countertest.As(countertest.Clerk)}
	var err error
	o.keys, err = seal.LoadOrCreate(seal.Options{DataDir: o.dir})
	o.must(err)
	o.book = o.open()
	o.must(o.book.SetIdentity(t.Context(), ledger.Identity{Device: syncproto.DeviceID{1}, Book: syncproto.BookID{2}, Epoch: 1, Prefix: "12345"}))
	pack, err := catalog.Embedded()
	o.must(err)
	o.finding = &counter.Finding{Book: o.book, Packs: catalog.NewShelf(pack), Calendar: calendar.Builtin(), Now: func() time.Time { return o.now }}
	o.use(o.finding)
	return o
}

func (o *findOffice) use(f *counter.Finding) {
	c := &counter.Counter{Sessions: o.staff, Finding: f, Log: slog.New(slog.NewTextHandler(o.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	o.handler = c.Handler()
}

// open opens the book once more, as another process does.
func (o *findOffice) open() *ledger.Book {
	o.t.Helper()
	b, err := ledger.Open(context.Background(), o.dir, o.keys, ledger.Options{Now: func() time.Time { return o.now },
		Log: slog.New(slog.NewTextHandler(o.logged, nil))})
	o.must(err)
	o.t.Cleanup(func() { b.Close() })
	return b
}

func (o *findOffice) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// file files a dossier of somebody.
func (o *findOffice) file(b *ledger.Book, ref string, p dossier.Person) ledger.Filed {
	o.t.Helper()
	f, err := b.File(o.t.Context(), ledger.FileRequest{Reference: ref, SourceSHA256: syncproto.Digest{1}, Actor: "file",
		Payload: dossier.SubmittedPayload{Procedure: "2.000815", Pack: "p1", Channel: dossier.ChannelFile, Handover: dossier.HandoverNever,
			Applicant: p, Answers: []byte(`{}`)}})
	o.must(err)
	return f
}

func (o *findOffice) step(b *ledger.Book, id syncproto.DossierID, event string, payload any) {
	o.t.Helper()
	c, err := b.Case(o.t.Context(), id)
	o.must(err)
	_, err = b.Advance(o.t.Context(), id, c.Revision, "m-clerk", event, func(dossier.State, ledger.Moment) (any, error) { return payload, nil })
	o.must(err)
}

type listed struct {
	Rows   []counter.Row
	More   bool
	How    string
	Total  int
	Counts map[string]int
	Error  struct {
		Code    string
		Message struct{ VI, EN string }
	}
}

func (o *findOffice) get(path string) (status int, a listed) {
	o.t.Helper()
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, httptest.NewRequest("GET", path, nil).WithContext(o.t.Context()))
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		o.t.Fatalf("%s: %d %s", path, w.Code, w.Body)
	}
	if w.Code == http.StatusServiceUnavailable && w.Header().Get("Retry-After") == "" {
		o.t.Fatal("not ready, and no word when to ask again")
	}
	return w.Code, a
}

func (o *findOffice) find(q string) listed {
	o.t.Helper()
	status, a := o.get("/api/counter/find?q=" + url.QueryEscape(q))
	if status != http.StatusOK {
		o.t.Fatalf("find %q: %d %s", q, status, a.Error.Code)
	}
	return a
}

func people(a listed) string {
	var list []string
	for _, r := range a.Rows {
		list = append(list, r.Applicant)
	}
	return strings.Join(list, ", ")
}

func TestFind(t *testing.T) {
	o := openFindOffice(t)
	an := o.file(o.book, "HS-77/2019", dossier.Person{FullName: "NGUYỄN VĂN ÂN", CitizenID: "083190001234", Phone: "0912345678", BirthDate: "1990-02-03"})
	o.now = o.now.Add(time.Minute)
	o.file(o.book, "HS-78/2019", dossier.Person{FullName: "Nguyễn Văn Ân", CitizenID: "083190001234", BirthDate: "1990-02-03"})
	o.file(o.book, "HS-79/2019", dossier.Person{FullName: "Trần Thị Bình"})

	a := o.find("an nguyen")
	if people(a) != "Nguyễn Văn Ân, Nguyễn Văn Ân" || a.How != "name" || a.More {
		t.Fatalf("%+v", a)
	}
	r := a.Rows[1]
	if r.ID != an.Dossier.String() || r.Slip != an.Slip.String() || r.BirthYear != 1990 || r.Business != "registered" || r.Code != 1 ||
		r.Holder != "here" || r.FiledAt != an.At || r.Procedure.Code != "2.000815" || r.Procedure.Name.VI == "" || r.Procedure.Name.VI == "2.000815" ||
		r.Status.VI != "Đã nộp, đang chờ tiếp nhận" || len(r.Twins) != 1 || r.Twins[0] != a.Rows[0].Slip || r.Late {
		t.Fatalf("%+v", r)
	}
	for q, how := range map[string]string{an.Slip.String(): "slip", "083190001234": "citizen", "0912 345 678": "phone", "hs 77/2019": "old"} {
		if a := o.find(q); len(a.Rows) == 0 || a.Rows[len(a.Rows)-1].ID != an.Dossier.String() || a.How != how {
			t.Errorf("%s: %+v", how, a)
		}
	}
	if a := o.find("nguyen"); len(a.Rows) != 2 {
		t.Errorf("%+v", a)
	}
	if _, a := o.get("/api/counter/find?q=nguyen&limit=1"); len(a.Rows) != 1 || !a.More {
		t.Errorf("%+v", a)
	}
	if a := o.find("nobody at all"); a.Rows == nil || len(a.Rows) != 0 || a.How != "" {
		t.Errorf("%+v", a)
	}
	for _, bad := range []string{"/api/counter/find?q=a&limit=x", "/api/counter/dossiers?view=nonsense", "/api/counter/dossiers?offset=-1"} {
		if status, a := o.get(bad); status != http.StatusBadRequest {
			t.Errorf("%s: %d %+v", bad, status, a)
		}
	}
	if log := o.logged.String(); strings.Contains(log, "guy") || strings.Contains(log, "0831900") {
		t.Errorf("what was typed or found is in the log:\n%s", log)
	}
}

// Who is not signed in, or sits at the residents' screen, or has no such role, finds nothing.
func TestFindIsForStaff(t *testing.T) {
	o := openFindOffice(t)
	o.file(o.book, "1", dossier.Person{FullName: "Nguyễn Canary"})
	for _, path := range []string{"/api/counter/find?q=nguyen", "/api/counter/dossiers?view=all"} {
		r := httptest.NewRequest("GET", path, nil)
		r.Header.Set(door.ScreenHeader, door.ScreenWindow)
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "Canary") {
			t.Errorf("%s at the window: %d %s", path, w.Code, w.Body)
		}
		o.staff = countertest.Nobody()
		o.use(o.finding)
		if status, a := o.get(path); status != http.StatusUnauthorized || len(a.Rows) != 0 {
			t.Errorf("%s signed out: %d", path, status)
		}
		o.staff = countertest.As(countertest.Inspector)
		o.use(o.finding)
		if status, _ := o.get(path); status != http.StatusOK {
			t.Errorf("%s of an inspector: %d", path, status)
		}
		o.use(nil)
		if status, a := o.get(path); status != http.StatusNotFound || a.Error.Code != "not_here" {
			t.Errorf("%s without an index: %d", path, status)
		}
		o.staff = countertest.As(countertest.Clerk)
		o.use(o.finding)
	}
}

// The lists follow every step, whoever took it: the desk's next call sees what the agent's process wrote.
func TestListsFollowTheBook(t *testing.T) {
	o := openFindOffice(t)
	agent := o.open()
	list := func(view string) listed {
		t.Helper()
		status, a := o.get("/api/counter/dossiers?view=" + view)
		if status != http.StatusOK {
			t.Fatalf("%s: %d %s", view, status, a.Error.Code)
		}
		if view != "" && a.Counts[view] != a.Total {
			t.Fatalf("%s: %d rows, counted %d", view, a.Total, a.Counts[view])
		}
		return a
	}
	an := o.file(o.book, "1", dossier.Person{FullName: "Lê An"})
	o.now = o.now.Add(time.Minute)
	if a := list(""); people(a) != "Lê An" || a.Counts["waiting"] != 1 || a.Counts["all"] != 1 {
		t.Fatalf("%+v", a)
	}
	binh := o.file(agent, "2", dossier.Person{FullName: "Lê Bình"})
	if a := list("waiting"); people(a) != "Lê An, Lê Bình" {
		t.Fatalf("%+v", a)
	}
	due := time.Date(2026, 11, 25, 10, 0, 0, 0, calendar.Zone) // in two working days
	o.step(agent, binh.Dossier, dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã", Due: due.UnixMilli(), OfficialCode: "000.00.01.H08-261123-0001"})
	if a := list("due_soon"); people(a) != "Lê Bình" || a.Rows[0].Due != due.UnixMilli() || a.Rows[0].Late || a.Counts["waiting"] != 1 {
		t.Fatalf("%+v", a)
	}
	if a := o.find("261123-0001"); a.How != "code" || people(a) != "Lê Bình" {
		t.Fatalf("%+v", a)
	}
	o.now = due.Add(time.Minute)
	if a := list("late"); people(a) != "Lê Bình" || !a.Rows[0].Late || a.Counts["due_soon"] != 0 {
		t.Fatalf("%+v", a)
	}
	o.step(agent, an.Dossier, dossier.SupplementRequested, &dossier.SupplementRequestedPayload{N: 1, Reasons: []dossier.SupplementReason{{Component: "a", Code: "missing"}}})
	if a := list("supplement"); people(a) != "Lê An" || a.Counts["waiting"] != 0 {
		t.Fatalf("%+v", a)
	}
	o.must(agent.Ask(t.Context(), an.Dossier, dossier.WithdrawalRequested, &dossier.WithdrawalRequestedPayload{}, "a"))
	if a := list("requests"); people(a) != "Lê An" || a.Rows[0].Requests != 1 || a.Rows[0].Status.VI != "Đã ghi nhận yêu cầu rút" {
		t.Fatalf("%+v", a)
	}
	if a := list("all"); people(a) != "Lê Bình, Lê An" {
		t.Fatalf("%+v", a)
	}
	if _, a := o.get("/api/counter/dossiers?view=all&procedure=2.000815&offset=1&limit=1"); people(a) != "Lê An" || a.Total != 2 {
		t.Fatalf("%+v", a)
	}
	row, err := o.finding.Row(t.Context(), binh.Dossier)
	if err != nil || row.Applicant != "Lê Bình" || row.OfficialCode == "" {
		t.Fatalf("%+v (%v)", row, err)
	}
	if _, err := o.finding.Row(t.Context(), syncproto.DossierID{9}); !errors.Is(err, ledger.ErrNotFound) {
		t.Fatal(err)
	}
}

// slowBook gives its summaries in small pages and counts how often it was read.
type slowBook struct {
	*ledger.Book
	page, reads int
}

func (b *slowBook) Summaries(ctx context.Context, since int64, _ int) (ledger.SummaryPage, error) {
	b.reads++
	return b.Book.Summaries(ctx, since, b.page)
}

// A large book is read a piece a call, and each call says how far it is; then everything is there.
func TestFindingSaysHowFarItIs(t *testing.T) {
	o := openFindOffice(t)
	for i := range 5 {
		o.file(o.book, string(rune('a'+i)), dossier.Person{FullName: "Lê An"})
	}
	slow := &slowBook{Book: o.book, page: 2}
	f := &counter.Finding{Book: slow, Packs: o.finding.Packs, Calendar: o.finding.Calendar, Now: o.finding.Now, Budget: 1}
	o.use(f)
	var said []string
	for range 10 {
		status, a := o.get("/api/counter/find?q=an")
		if status == http.StatusOK {
			if len(a.Rows) != 5 {
				t.Fatalf("%+v", a)
			}
			break
		}
		said = append(said, a.Error.Code+a.Error.Message.VI)
	}
	if got := strings.Join(said, " "); got != "not_readyĐang mở sổ của xã: 40 %. not_readyĐang mở sổ của xã: 80 %." {
		t.Fatal(got)
	}
	reads := slow.reads
	o.get("/api/counter/find?q=an")
	if slow.reads != reads {
		t.Fatal("a book in which nothing changed was read again")
	}
}

// Names are forgotten when nobody works, and read again when somebody does.
func TestNamesAreForgotten(t *testing.T) {
	o := openFindOffice(t)
	o.file(o.book, "1", dossier.Person{FullName: "Lê An"})
	slow := &slowBook{Book: o.book, page: 100}
	f := &counter.Finding{Book: slow, Packs: o.finding.Packs, Calendar: o.finding.Calendar, Now: o.finding.Now}
	o.use(f)
	o.find("an")
	if !f.Knows() {
		t.Fatal("no index")
	}
	f.Forget()
	if f.Knows() {
		t.Fatal("not forgotten")
	}
	reads := slow.reads
	if a := o.find("an"); len(a.Rows) != 1 || slow.reads != reads+1 {
		t.Fatalf("%+v", a)
	}
	f.Keep = time.Millisecond // by itself
	o.find("an")
	for deadline := time.Now().Add(10 * time.Second); f.Knows() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if f.Knows() {
		t.Fatal("still there")
	}
}

// A book that was exchanged for another is read anew.
func TestFindingOfAnExchangedBook(t *testing.T) {
	o, other := openFindOffice(t), openFindOffice(t)
	for _, ref := range []string{"1", "2", "3"} {
		o.file(o.book, ref, dossier.Person{FullName: "Lê An"})
	}
	other.file(other.book, "1", dossier.Person{FullName: "Trần An"})
	slow := &slowBook{Book: o.book, page: 100}
	o.use(&counter.Finding{Book: slow, Packs: o.finding.Packs, Calendar: o.finding.Calendar, Now: o.finding.Now})
	o.find("an")
	slow.Book = other.book
	other.file(other.book, "2", dossier.Person{FullName: "Trần Bình"}) // its version differs for certain
	if a := o.find("an"); people(a) != "Trần An" {
		t.Fatalf("%+v", a)
	}
}
