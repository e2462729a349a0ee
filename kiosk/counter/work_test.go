package counter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bendo/internal/bounded"
	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/kiosk/counter"
	"bendo/kiosk/counter/countertest"
	"bendo/syncproto"
)

// desk is a counter over a real book, with the time in the test's hand.
type desk struct {
	t       testing.TB
	book    *ledger.Book
	counter *counter.Counter
	in      *countertest.Sessions
	now     time.Time
	quality clock.Quality
	handler http.Handler
}

func (d *desk) Now() (time.Time, clock.Quality) { return d.now, d.quality }

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func at(text string) time.Time {
	when, err := time.ParseInLocation("2006-01-02 15:04", text, calendar.Zone)
	if err != nil {
		panic(err)
	}
	return when
}

func open(t testing.TB, now string) *desk {
	t.Helper()
	d := &desk{t: t, now: at(now), quality: clock.Trusted, in: countertest.As(countertest.Clerk)}
	dir := filepath.Join(t.TempDir(), "data")
	keys := must(seal.LoadOrCreate(seal.Options{DataDir: dir}))(t)
	d.book = must(ledger.Open(t.Context(), dir, keys, ledger.Options{Now: func() time.Time { return d.now },
		Clock: func() syncproto.ClockQuality { return syncproto.ClockQuality(d.quality) }}))(t)
	t.Cleanup(func() { d.book.Close() })
	if err := d.book.SetIdentity(t.Context(), ledger.Identity{Device: syncproto.DeviceID{1}, Book: syncproto.BookID{2}, Epoch: 1, Prefix: "12345",
		CommuneCode: "28807", OfficeName: "UBND xã Giao Long", Generation: 1, FeedEpoch: 1, PortalKey: make([]byte, 32)}); err != nil {
		t.Fatal(err)
	}
	pack := must(catalog.Embedded())(t)
	d.counter = &counter.Counter{Sessions: d.in, Log: slog.New(slog.DiscardHandler), Cases: d.book, Packs: catalog.NewShelf(pack),
		Calendar: calendar.Builtin(), Clock: d, NameOf: func(id string) string { return map[string]string{countertest.Clerk.ID: countertest.Clerk.Name}[id] }}
	d.handler = d.counter.Handler()
	return d
}

// file files a dossier as the kiosk does; components are changed by change.
func (d *desk) file(procedure string, handover dossier.Handover, change func(*dossier.SubmittedPayload)) syncproto.DossierID {
	d.t.Helper()
	pack := must(catalog.Embedded())(d.t)
	p := dossier.SubmittedPayload{Procedure: procedure, Pack: string(pack.Version), Channel: dossier.ChannelKiosk, Handover: handover,
		Applicant: dossier.Person{FullName: "Nguyễn Thị Én", CitizenID: "083190001234"}, Answers: json.RawMessage(`{"child_name":"Lê Thị Chim"}`),
		Components: []dossier.Component{{ID: "p1", State: dossier.Provided, Originals: 1}}, Language: "vi"}
	if change != nil {
		change(&p)
	}
	f := must(d.book.File(context.Background(), ledger.FileRequest{Reference: fmt.Sprint("ref ", d.now.UnixNano()), SourceSHA256: syncproto.Digest{1}, Payload: p}))(d.t)
	d.now = d.now.Add(time.Millisecond)
	return f.Dossier
}

type told struct {
	status int
	code   string
	view   counter.View
	raw    map[string]any
}

func (d *desk) call(method, path string, body any) told {
	d.t.Helper()
	var data []byte
	if body != nil {
		data = must(json.Marshal(body))(d.t)
	}
	r := httptest.NewRequest(method, path, bytes.NewReader(data))
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	a := told{status: w.Code}
	var problem struct {
		Error struct{ Code string }
	}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		_ = json.Unmarshal(w.Body.Bytes(), &problem)
		_ = json.Unmarshal(w.Body.Bytes(), &a.view)
		_ = json.Unmarshal(w.Body.Bytes(), &a.raw)
	}
	a.code = problem.Error.Code
	return a
}

func (d *desk) show(id syncproto.DossierID) told {
	d.t.Helper()
	a := d.call("GET", "/api/counter/dossiers/"+id.String(), nil)
	if a.status != http.StatusOK {
		d.t.Fatalf("show: %d %s", a.status, a.code)
	}
	return a
}

type body map[string]any

// step takes a step with the revision the book has now.
func (d *desk) step(id syncproto.DossierID, step string, in body) told {
	d.t.Helper()
	if in == nil {
		in = body{}
	}
	if in["revision"] == nil {
		in["revision"] = d.show(id).view.Revision
	}
	a := d.call("POST", "/api/counter/dossiers/"+id.String()+"/steps/"+step, in)
	d.now = d.now.Add(time.Millisecond) // no two acts of people in one moment
	return a
}

func (d *desk) want(a told, status int, code string) {
	d.t.Helper()
	if a.status != status || a.code != code {
		d.t.Fatalf("answered %d %q, want %d %q", a.status, a.code, status, code)
	}
}

func (d *desk) done(a told) counter.View {
	d.t.Helper()
	d.want(a, http.StatusOK, "")
	return a.view
}

// §14.1: birth registration at 14:59 and at 15:01 on the Friday before Tết, without a line.
func TestBirthAt1459AndAt1501BeforeTet(t *testing.T) {
	for _, c := range []struct{ received, due string }{
		{"2026-02-13 14:59", "2026-02-13 17:00"},
		{"2026-02-13 15:01", "2026-02-23 17:00"}, // leave 16–20/2/2026
	} {
		d := open(t, c.received)
		id := d.file("1.001193", dossier.HandoverAtTakeIn, nil)
		d.now = at(c.received)
		before := d.call("GET", "/api/counter/dossiers/"+id.String()+"/due", nil)
		v := d.done(d.step(id, "taken_in", body{"compared": body{"p1": body{"originals": 1, "compared": true}}}))
		if want := at(c.due).UnixMilli(); v.Row.Due != want || int64(before.raw["due"].(float64)) != want {
			t.Errorf("received %s: due %s, want %s", c.received, time.UnixMilli(v.Row.Due).In(calendar.Zone), c.due)
		}
		if v.Due == nil || !v.Due.Set || len(v.Due.Reasons) < 2 || v.Due.Reasons[0].VI == "" || v.Due.Calendar != calendar.Builtin().Version {
			t.Errorf("reasons %+v", v.Due)
		}
		if v.Row.Holder != "transit" || v.Custody.Text.VI == "" || len(v.Steps) == 0 || slices.Contains(v.Steps, "decided") {
			t.Errorf("custody %+v, steps %v", v.Custody, v.Steps)
		}
		if who := v.Journal[len(v.Journal)-1].Who; who != countertest.Clerk.Name {
			t.Errorf("taken in by %q", who)
		}
	}
}

// §14.1: the swapped Saturday 26/04/2025 counts as a working day, 02/05/2025 does not.
func TestSwapSaturday(t *testing.T) {
	d := open(t, "2025-04-25 09:00")
	id := d.file("1.004194", dossier.HandoverAtTakeIn, nil) // three working days
	v := d.done(d.step(id, "taken_in", nil))
	// Saturday 26, Monday 28, Tuesday 29; 30/4 and 1/5 are holidays, 2/5 is off for the 26th.
	if want := at("2025-04-29 17:00").UnixMilli(); v.Row.Due != want {
		t.Errorf("due %s", time.UnixMilli(v.Row.Due).In(calendar.Zone))
	}
}

// A clerk takes in without a line; a repeated call is the same answer; whoever looked earlier is told.
func TestTakeInAgainAndChanged(t *testing.T) {
	d := open(t, "2026-11-16 09:00")
	id := d.file("1.001193", dossier.HandoverAtTakeIn, nil)
	in := body{"revision": 1, "compared": body{"p1": body{"originals": 1, "compared": true}}}
	first := d.done(d.step(id, "taken_in", in))
	d.now = d.now.Add(7 * time.Hour) // a late repetition counts from the first time
	again := d.done(d.step(id, "taken_in", in))
	if again.Revision != 2 || again.Row.Due != first.Row.Due {
		t.Fatalf("again: revision %d, due %d and %d", again.Revision, again.Row.Due, first.Row.Due)
	}
	d.want(d.step(id, "taken_in", body{"revision": 1}), http.StatusConflict, "changed")
	d.in.Become(countertest.Head)
	d.want(d.step(id, "taken_in", in), http.StatusConflict, "changed")
	d.want(d.step(id, "decided", body{"outcome": "granted"}), http.StatusConflict, dossier.InTransitNow)
}

func TestTakeInAsksAboutADoubtfulClock(t *testing.T) {
	d := open(t, "2026-11-16 09:00")
	id := d.file("1.001193", dossier.HandoverNever, nil)
	d.quality = clock.Jumped
	d.want(d.step(id, "taken_in", nil), http.StatusConflict, "clock_doubt")
	if d.show(id).view.Revision != 1 {
		t.Fatal("it was taken in all the same")
	}
	v := d.done(d.step(id, "taken_in", body{"confirm_clock": true}))
	if v.Due.Clock != "jumped" || v.Due.Doubt {
		t.Errorf("the clock is %q, doubt %v: the officer vouched for it", v.Due.Clock, v.Due.Doubt)
	}
}

func TestTakeInNeedsEveryPaper(t *testing.T) {
	d := open(t, "2026-11-16 09:00")
	id := d.file("1.001193", dossier.HandoverNever, func(p *dossier.SubmittedPayload) {
		p.Components = append(p.Components, dossier.Component{ID: "p2", State: dossier.Missing}, dossier.Component{ID: "p3", State: dossier.ToBeLookedUp})
	})
	d.want(d.step(id, "taken_in", nil), http.StatusUnprocessableEntity, "incomplete")
	d.want(d.step(id, "taken_in", body{"compared": body{"other": body{"originals": 1}}}), http.StatusUnprocessableEntity, "incomplete")
	d.want(d.step(id, "taken_in", body{"official_code": "không có mã"}), http.StatusUnprocessableEntity, "incomplete")
	v := d.done(d.step(id, "taken_in", body{"compared": body{"p2": body{"originals": 1, "compared": true, "state": "provided"}}}))
	if v.Components[1].State != dossier.Provided || v.Components[1].Compared.Who != countertest.Clerk.Name || !slices.Equal(v.Lookups, []string{"p3"}) {
		t.Fatalf("%+v, to look up %v", v.Components[1], v.Lookups)
	}
}

// §14.1: an officer turns to_be_looked_up into missing: asked for once, the date by the working time
// that remained, the first one kept.
func TestLookedUpNotFoundThenAskedFor(t *testing.T) {
	d := open(t, "2026-11-16 09:00")
	id := d.file("1.004194", dossier.HandoverNever, func(p *dossier.SubmittedPayload) {
		p.Components = append(p.Components, dossier.Component{ID: "p2", State: dossier.ToBeLookedUp})
	})
	first := d.done(d.step(id, "taken_in", nil)).Row.Due // Thursday 19, 17:00
	ask := body{"reasons": []body{{"component": "p2", "code": "missing"}}}
	d.now = at("2026-11-17 15:00")
	d.want(d.step(id, "supplement_requested", ask), http.StatusConflict, "look_up_first")
	d.want(d.step(id, "looked_up", body{"component": "p1"}), http.StatusConflict, dossier.NotAwaited)
	d.want(d.step(id, "looked_up", body{"component": "p2", "found": true}), http.StatusUnprocessableEntity, "incomplete")
	d.done(d.step(id, "looked_up", body{"component": "p2"}))
	d.now = at("2026-11-17 15:00")
	v := d.done(d.step(id, "supplement_requested", body{"reasons": []body{{"component": "p2", "code": "missing"}}}))
	if v.Supplements != 1 || v.Supplement.Reasons[0].Name == nil || !v.Due.Paused {
		t.Fatalf("%+v", v.Supplement)
	}
	// Two hours of Tuesday, eight of Wednesday, eight of Thursday are left when the clock stops.
	d.now = at("2026-11-23 07:00")
	delivered := d.supply(id, 1)
	d.now = at("2026-11-23 08:00")
	v = d.done(d.step(id, "accepted", body{"event": delivered}))
	// From Monday 23 at 07:00: eight hours; the 24th is a holiday; Wednesday 25 eight, Thursday 26 two.
	if want := at("2026-11-26 09:00").UnixMilli(); v.Row.Due != want || v.Due.Original != first || v.Due.Paused {
		t.Fatalf("due %s, original %d want %d", time.UnixMilli(v.Row.Due).In(calendar.Zone), v.Due.Original, first)
	}
	d.want(d.step(id, "supplement_requested", body{"reasons": []body{{"component": "p1", "code": "unreadable"}}}), http.StatusConflict, "second_supplement")
	d.done(d.step(id, "supplement_requested", body{"reasons": []body{{"component": "p1", "code": "unreadable"}}, "confirm_again": true}))
}

// supply delivers supplement n as a resident does and gives its event.
func (d *desk) supply(id syncproto.DossierID, n int) string {
	d.t.Helper()
	c := must(d.book.Case(d.t.Context(), id))(d.t)
	draft := must(d.book.StartSupplement(d.t.Context(), c.State.Slip, "1234", ledger.NewDraft{Kind: ledger.DraftSupplement}))(d.t)
	must(d.book.Submit(d.t.Context(), draft.ID, ledger.Filing{Actor: "kiosk"}))(d.t)
	pending := d.show(id).view.Pending
	if len(pending) != 1 || pending[0].N != n {
		d.t.Fatalf("pending %+v", pending)
	}
	return pending[0].Event.String()
}

// What is not complete is refused before anything is recorded, each with its own words.
func TestIncompleteSteps(t *testing.T) {
	d := open(t, "2026-11-16 09:00")
	id := d.file("1.004194", dossier.HandoverNever, nil)
	d.done(d.step(id, "taken_in", nil))
	d.in.Become(countertest.Head)
	for name, c := range map[string]struct {
		step string
		in   body
	}{
		"no reasons":          {"supplement_requested", body{}},
		"an unknown reason":   {"supplement_requested", body{"reasons": []body{{"component": "p1", "code": "ugly"}}}},
		"other without words": {"supplement_requested", body{"reasons": []body{{"component": "p1", "code": "other"}}}},
		"a paper of nowhere":  {"supplement_requested", body{"reasons": []body{{"component": "zz", "code": "missing"}}}},
		"a past deadline":     {"supplement_requested", body{"deadline": 1, "reasons": []body{{"component": "p1", "code": "wrong"}}}},
		"stopped, no reason":  {"stopped", body{}},
		"no outcome":          {"decided", body{}},
		"refused, no reason":  {"decided", body{"outcome": "refused"}},
		"an earlier date":     {"apology", body{"reason": "mất điện", "new_due": at("2026-11-17 17:00").UnixMilli()}},
		"a date on Sunday":    {"apology", body{"reason": "mất điện", "new_due": at("2026-11-22 17:00").UnixMilli()}},
		"no desk":             {"handed_over", body{"to": "here"}},
		"nobody":              {"handed_over", body{"to": "huyện"}},
		"an empty note":       {"note", body{"text": "  "}},
		"broken text":         {"note", body{"text": "a\x00b"}},
		"no code":             {"official_code_issued", body{}},
	} {
		a := d.step(id, c.step, c.in)
		if a.status != http.StatusUnprocessableEntity || a.code != "incomplete" {
			t.Errorf("%s: %d %s", name, a.status, a.code)
		}
	}
	if d.show(id).view.Revision != 2 {
		t.Fatal("something was recorded")
	}
	d.want(d.step(id, "invented", nil), http.StatusNotFound, "no_such_step")
	d.want(d.step(id, "note", body{"unknown": 1}), http.StatusBadRequest, "bad_request")
	d.want(d.call("GET", "/api/counter/dossiers/"+syncproto.DossierID{7}.String(), nil), http.StatusNotFound, "not_found")
	d.want(d.call("GET", "/api/counter/dossiers/x", nil), http.StatusNotFound, "not_found")
}

// Roles: what a member may not do is refused whatever the dossier's state, and not offered.
func TestRolesOfSteps(t *testing.T) {
	d := open(t, "2026-11-16 09:00")
	id := d.file("1.004194", dossier.HandoverNever, nil)
	d.in.Become(countertest.Inspector)
	if v := d.show(id).view; len(v.Steps) != 0 || v.Row.Applicant == "" {
		t.Fatalf("an inspector is offered %v", v.Steps)
	}
	for name := range map[string]bool{"taken_in": true, "refused": true, "note": true, "decided": true} {
		d.want(d.step(id, name, body{"reason": "x", "text": "x"}), http.StatusForbidden, "not_your_work")
	}
	d.in.Become(countertest.Clerk)
	d.done(d.step(id, "taken_in", nil))
	if v := d.show(id).view; slices.Contains(v.Steps, "decided") || !slices.Contains(v.Steps, "supplement_requested") {
		t.Errorf("a clerk is offered %v", v.Steps)
	}
	d.want(d.step(id, "apology", body{"reason": "x"}), http.StatusForbidden, "not_your_work")
}

func TestRefusalOfTwo(t *testing.T) {
	d := open(t, "2026-11-16 09:00")
	d.counter.TwoRefuse = func() bool { return true }
	id := d.file("1.004194", dossier.HandoverNever, nil)
	d.want(d.step(id, "refused", body{"reason": "không thuộc thẩm quyền"}), http.StatusConflict, "second_needed")
	with := func(login, password string) told {
		return d.step(id, "refused", body{"reason": "không thuộc thẩm quyền", "guidance": "nộp tại tỉnh", "second": body{"login": login, "password": password}})
	}
	d.want(with(countertest.Head.ID, "sai"), http.StatusUnauthorized, "wrong_login")
	d.want(with(countertest.Clerk.ID, countertest.Password), http.StatusConflict, "same_person")
	d.done(with(countertest.Head.ID, countertest.Password))
	c := must(d.book.Case(t.Context(), id))(t)
	if e := c.State.Ended; e.By != countertest.Clerk.ID || e.Second != countertest.Head.ID || c.State.NationalCode != 3 {
		t.Fatalf("%+v", e)
	}
}

// The whole way of what the commune decides itself, late: nothing locks, every step names who.
func TestWholeWayAtTheCommune(t *testing.T) {
	d := open(t, "2026-11-16 09:00")
	id := d.file("1.004194", dossier.HandoverNever, nil)
	d.done(d.step(id, "taken_in", nil))
	d.in.Become(countertest.Specialist)
	d.done(d.step(id, "handed_over", body{"to": "here", "desk": "tu_phap", "second": body{"login": countertest.Clerk.ID, "password": countertest.Password}}))
	d.done(d.step(id, "processing", nil))
	d.in.Become(countertest.Head)
	d.now = at("2026-11-19 08:00")
	v := d.done(d.step(id, "apology", body{"reason": "mất điện cả ngày", "new_due": at("2026-11-23 17:00").UnixMilli()}))
	if v.Due.Original != at("2026-11-19 17:00").UnixMilli() {
		t.Fatalf("the first date was lost: %+v", v.Due)
	}
	d.want(d.step(id, "apology", body{"reason": "x", "new_due": at("2026-11-30 17:00").UnixMilli()}), http.StatusConflict, dossier.AlreadyRedated)
	d.now = at("2026-11-26 08:00")
	if !d.show(id).view.Row.Late {
		t.Fatal("not late")
	}
	d.done(d.step(id, "decided", body{"outcome": "granted", "document": "12/GXN"}))
	d.done(d.step(id, "result_ready", nil))
	d.in.Become(countertest.Clerk)
	d.want(d.step(id, "returned", body{"how": "delegate"}), http.StatusUnprocessableEntity, "incomplete")
	d.want(d.step(id, "returned", body{"signature": body{"kind": "drawn", "png": []byte("GIF")}}), http.StatusUnprocessableEntity, "incomplete")
	v = d.done(d.step(id, "returned", body{"how": "delegate", "to": "con trai", "delegate": body{"full_name": "Lê Văn Tư"}, "signature": body{"kind": "paper"}}))
	if v.Row.Code != 10 || !slices.Equal(v.Steps, []string{"official_code_issued", "external_ref", "note"}) {
		t.Fatalf("code %d, steps %v", v.Row.Code, v.Steps)
	}
	c := must(d.book.Case(t.Context(), id))(t)
	for _, step := range c.State.Journal[1:] {
		if !strings.HasPrefix(step.By, "m-") {
			t.Errorf("%s names %q", step.Type, step.By)
		}
	}
	if h := c.State.Handings[0]; h.Taker != countertest.Clerk.ID || h.By != countertest.Specialist.ID {
		t.Errorf("handed over: %+v", h)
	}
}

// What the province holds: the counter sends requests and never steps, and says so.
func TestRequestsOnWhatTheProvinceHolds(t *testing.T) {
	d := open(t, "2026-11-16 09:00")
	id := d.file("1.004194", dossier.HandoverAtTakeIn, func(p *dossier.SubmittedPayload) {
		p.Components = append(p.Components, dossier.Component{ID: "p2", State: dossier.ToBeLookedUp})
	})
	v := d.done(d.step(id, "taken_in", nil))
	if !slices.Equal(v.Steps, []string{"looked_up", "withdrawn", "note"}) {
		t.Fatalf("offered %v", v.Steps)
	}
	d.done(d.step(id, "looked_up", body{"component": "p2", "found": true, "ref": "CT-1"}))
	v = d.done(d.step(id, "withdrawn", body{"reason": "đổi ý"}))
	if len(v.Pending) != 2 || v.Pending[0].Lookup.Ref != "CT-1" || v.Row.Requests != 2 || v.Components[1].State != dossier.ToBeLookedUp {
		t.Fatalf("%+v", v.Pending)
	}
	d.want(d.step(id, "withdrawn", body{"reason": "lần nữa"}), http.StatusConflict, dossier.NotNow)
}

// A pack that is gone from the machine hides no dossier: it is shown by its codes, and taken in without
// a date unless an officer states the period.
func TestPackThatIsGone(t *testing.T) {
	d := open(t, "2026-11-16 09:00")
	id := d.file("1.004194", dossier.HandoverNever, func(p *dossier.SubmittedPayload) { p.Pack = "2020-01-01" })
	v := d.show(id).view
	if v.Filing.PackHere || v.Row.Procedure.Name.VI != "1.004194" || len(v.Answers) != 1 {
		t.Fatalf("%+v", v.Filing)
	}
	v = d.done(d.step(id, "taken_in", body{"period": body{"unit": "working_days", "value": 2}}))
	if v.Row.Due != at("2026-11-18 17:00").UnixMilli() || v.Due.Reasons[1].Code != calendar.UnitAssumed {
		t.Fatalf("%+v", v.Due)
	}
}

func TestScansAreShownAndCannotAct(t *testing.T) {
	d := open(t, "2026-11-16 09:00")
	draft := must(d.book.CreateDraft(t.Context(), ledger.NewDraft{Procedure: "1.001193", Pack: "p"}))(t)
	scan := must(d.book.AttachScan(t.Context(), draft.ID, ledger.NewScan{Component: "p1", MIME: "text/html"}, strings.NewReader("<script>")))(t)
	f := must(d.book.Submit(t.Context(), draft.ID, ledger.Filing{Handover: dossier.HandoverNever}))(t)
	if s := d.show(f.Dossier).view.Components[0].Scans; len(s) != 1 || !s[0].Here {
		t.Fatalf("%+v", s)
	}
	r := httptest.NewRequest("GET", "/api/counter/dossiers/"+f.Dossier.String()+"/scans/"+scan.SHA256.String(), nil)
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	if w.Code != 200 || w.Body.String() != "<script>" || w.Header().Get("Content-Type") != "application/octet-stream" || !strings.Contains(w.Header().Get("Content-Security-Policy"), "sandbox") {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	d.want(d.call("GET", "/api/counter/dossiers/"+f.Dossier.String()+"/scans/"+syncproto.Digest{9}.String(), nil), http.StatusNotFound, "scan_away")
}

// Staff practise the whole way on a book that never leaves and has no identity.
func TestStaffPractise(t *testing.T) {
	d := open(t, "2026-11-16 09:00")
	dir := filepath.Join(t.TempDir(), "practice")
	keys := must(seal.LoadOrCreate(seal.Options{DataDir: dir}))(t)
	d.book = must(ledger.Open(t.Context(), dir, keys, ledger.Options{Practice: true, Now: func() time.Time { return d.now }}))(t)
	t.Cleanup(func() { d.book.Close() })
	d.counter.Cases = d.book
	id := d.file("1.001193", dossier.HandoverAtTakeIn, nil)
	v := d.done(d.step(id, "taken_in", nil))
	if v.Row.Due == 0 || v.Row.Holder != "transit" {
		t.Fatalf("%+v", v.Row)
	}
	never := d.file("2.000815", dossier.HandoverNever, nil)
	d.done(d.step(never, "taken_in", nil))
	d.in.Become(countertest.Head)
	d.done(d.step(never, "decided", body{"outcome": "granted"}))
}

// FuzzStepBody: whatever a browser sends as a step is refused with a problem of the caller's, or is a
// step; never a fault, and a refused one records nothing.
func FuzzStepBody(f *testing.F) {
	for _, seed := range []string{`{"revision":1}`, `{"revision":1,"compared":{"p1":{"originals":1,"compared":true}}}`, `{"revision":1,"period":{"unit":"x"}}`,
		`{"revision":-1}`, `{"revision":1,"text":"a"}{}`, `{"revision":1,"reasons":[{"code":"missing","component":"p1"}]}`, `null`, `[]`, "{\"revision\":1,\"reason\":\"\u0000\"}"} {
		f.Add("taken_in", []byte(seed))
		f.Add("supplement_requested", []byte(seed))
		f.Add("note", []byte(seed))
	}
	d := open(f, "2026-11-16 09:00")
	f.Fuzz(func(t *testing.T, step string, in []byte) {
		d.t = t
		id := d.file("1.004194", dossier.HandoverNever, nil)
		defer bounded.Input(t)()
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, httptest.NewRequest("POST", "/api/counter/dossiers/"+id.String()+"/steps/"+url.PathEscape(step), bytes.NewReader(in)))
		after := d.show(id).view.Revision
		if w.Code >= 500 || (w.Code == http.StatusOK) != (after == 2) {
			t.Fatalf("%s %q: %d, revision %d, %s", step, in, w.Code, after, w.Body)
		}
	})
}

func TestCounterWithoutABook(t *testing.T) {
	c := &counter.Counter{Sessions: countertest.As(countertest.Clerk), Log: slog.New(slog.DiscardHandler)}
	w := httptest.NewRecorder()
	c.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/api/counter/dossiers/"+syncproto.DossierID{7}.String(), nil))
	if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), "not_here") {
		t.Fatal(w.Code, w.Body.String())
	}
}
