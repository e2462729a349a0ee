package kiosk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"bendo/internal/clock"
	"bendo/internal/queue"
	"bendo/kiosk/door"
	"bendo/kiosk/printer"
)

// watch is an office clock that a test sets.
type watch struct {
	at      time.Time
	quality clock.Quality
}

func (w *watch) Now() (time.Time, clock.Quality) { return w.at, w.quality }

// aMonday is a working day in office hours, at 9 in the morning.
var aMonday = time.Date(2026, 11, 23, 9, 0, 0, 0, officeZone)

// queueDesk is a desk with a queue on the disk and a clock of the test's.
type queueDesk struct {
	*desk
	q     *queue.Queue
	watch *watch
	n     int
}

func openQueueDesk(t *testing.T) *queueDesk {
	t.Helper()
	d := &queueDesk{desk: openDesk(t), watch: &watch{aMonday, clock.Trusted}}
	d.restart()
	d.visit()
	return d
}

// restart is what a kill of the program leaves: the file, and nothing of the memory.
func (d *queueDesk) restart() {
	d.t.Helper()
	if d.q != nil {
		_ = d.q.Close()
		d.reopen()
	}
	var err error
	if d.q, err = queue.Open(context.Background(), filepath.Join(d.dir, "queue.db"), d.Log); err != nil {
		d.t.Fatal(err)
	}
	q := d.q
	d.t.Cleanup(func() { _ = q.Close() })
	d.Desk.Clock = d.watch
	d.Use(Office{Book: d.book, Queue: d.q})
}

type wish struct {
	Key      string `json:"key"`
	Service  string `json:"service"`
	Priority bool   `json:"priority"`
	Language string `json:"language"`
}

func (d *queueDesk) wish(service string) wish {
	d.n++
	return wish{Key: fmt.Sprintf("00000000-0000-4000-8000-%012d", d.n), Service: service}
}

func (d *queueDesk) take(w wish) (v ticketView) {
	d.t.Helper()
	d.numbers = pace{} // the pace has its own test
	d.want(200, "POST", "/api/queue/tickets", w, &v)
	return v
}

func (d *queueDesk) look(key string) (v ticketView) {
	d.t.Helper()
	d.want(200, "GET", "/api/queue/tickets/"+key, nil, &v)
	return v
}

func (d *queueDesk) board() (v boardView) {
	d.t.Helper()
	d.want(200, "GET", "/api/desk/queue", nil, &v)
	return v
}

// press is a printer of a test: what it took, and what it says of each job.
type press struct {
	titles []string
	papers [][]byte
	err    error
	says   printer.Outcome
	silent error
}

func (p *press) join(d *queueDesk) {
	d.Print = func(_ context.Context, title string, paper []byte) (string, error) {
		p.titles, p.papers = append(p.titles, title), append(p.papers, paper)
		if p.err != nil {
			return "", p.err
		}
		return fmt.Sprint("desk-", len(p.titles)), nil
	}
	d.Printing.Outcome = func(context.Context, string) (printer.Outcome, error) { return p.says, p.silent }
}

func TestANumberIsValidWhenThePrinterSaysSo(t *testing.T) {
	d := openQueueDesk(t)
	p := &press{says: printer.Outcome{State: printer.Waiting}}
	p.join(d)
	w := d.wish("ho_tich")
	v := d.take(w)
	if v.Label != "A001" || v.State != queue.Printing || v.Lost || v.By != "" {
		t.Fatalf("while it prints: %+v", v)
	}
	if b := d.board(); len(b.Waiting) != 0 || len(b.Open) != 1 {
		t.Fatalf("the board while it prints: %+v", b)
	}
	p.says.State = printer.Printed
	if v = d.look(w.Key); v.State != queue.Valid || v.By != queue.ByPrinter {
		t.Fatalf("once it is printed: %+v", v)
	}
	text := strings.Join(strings.Fields(textOf(t, p.papers[0])), " ")
	for _, say := range []string{"UBND XÃ GIAO LONG", "A001", "Hộ tịch, chứng thực", "chưa có ai chờ trước", "09:00, 23/11/2026"} {
		if !strings.Contains(text, say) {
			t.Errorf("the paper does not say %q:\n%s", say, text)
		}
	}
	if p.titles[0] != "so thu tu A001" {
		t.Errorf("the job is called %q", p.titles[0])
	}
	if again := d.take(w); again.Label != "A001" || len(p.papers) != 1 {
		t.Fatalf("asked again with the same key: %+v, %d papers", again, len(p.papers))
	}
	if other := d.take(d.wish("ho_tich")); other.Label != "A002" || other.Wait.Ahead != 1 {
		t.Fatalf("the next: %+v", other)
	}
	if b := d.take(d.wish("dat_dai")); b.Label != "B001" || b.Wait.Ahead != 0 {
		t.Fatalf("another service: %+v", b)
	}
}

// Papers that are stuck for ever must not keep a later number from being settled.
func TestStuckPapersKeepNoNumberBack(t *testing.T) {
	d := openQueueDesk(t)
	p := &press{says: printer.Outcome{State: printer.Waiting}}
	p.join(d)
	for range 6 {
		d.take(d.wish("ho_tich"))
		d.visit()
	}
	d.Printing.Outcome = func(_ context.Context, job string) (printer.Outcome, error) {
		if job == "desk-4" {
			return printer.Outcome{State: printer.Printed}, nil
		}
		return p.says, nil
	}
	var b boardView
	for range 2 { // three are asked about at each look
		b = d.board()
	}
	if len(b.Waiting) != 1 || b.Waiting[0].Label != "A004" || len(b.Open) != 5 {
		t.Fatalf("after two looks: %+v", b)
	}
}

// TestPrinterFaults: not done, done but the answer lost, taken and then failed, nobody to ask. None of
// them makes a number valid; a staff tap does.
func TestPrinterFaults(t *testing.T) {
	for name, c := range map[string]struct {
		p     press
		state queue.State
		lost  bool
	}{
		"refused":                        {press{err: fmt.Errorf("out: %w", printer.ErrRefused)}, queue.Drawn, false},
		"cut off in the middle":          {press{err: errors.New("signal: killed")}, queue.Printing, true},
		"taken, then failed":             {press{says: printer.Outcome{State: printer.Failed}}, queue.Drawn, false},
		"taken, waits for paper":         {press{says: printer.Outcome{State: printer.Waiting, Why: "media-empty"}}, queue.Printing, false},
		"taken, then forgotten":          {press{says: printer.Outcome{State: printer.Gone}}, queue.Printing, true},
		"taken, and nobody answers":      {press{silent: errors.New("no answer")}, queue.Printing, false},
		"no printer, staff confirm each": {press{}, queue.Drawn, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := openQueueDesk(t)
			p := &c.p
			if !strings.HasPrefix(name, "no printer") {
				p.join(d)
			}
			w := d.wish("ho_tich")
			v := d.take(w)
			if v.Label != "A001" || v.State != c.state || v.Lost != c.lost || v.By != "" {
				t.Fatalf("%+v", v)
			}
			d.refused(409, "queue_empty", "POST", "/api/desk/queue/call", map[string]any{"counter": 1})
			open := d.board().Open
			if len(open) != 1 || open[0].Label != "A001" {
				t.Fatalf("for a staff tap: %+v", open)
			}
			d.restart() // and staff find it after a power cut
			if !strings.HasPrefix(name, "no printer") {
				p.join(d)
			}
			d.visit()
			at := fmt.Sprint("/api/desk/queue/tickets/", open[0].ID)
			d.want(200, "POST", at+"/confirm", nil, nil)
			if v = d.look(w.Key); v.State != queue.Valid || v.By != queue.ByStaff {
				t.Fatalf("after the tap: %+v", v)
			}
			if next := d.take(d.wish("ho_tich")); next.Label != "A002" {
				t.Fatalf("the next number: %+v", next)
			}
		})
	}
}

// TestKilledWhileItPrints: the file is closed under the printer, so its answer cannot be noted. The
// paper is out, and the number is not valid, and is nobody else's.
func TestKilledWhileItPrints(t *testing.T) {
	d := openQueueDesk(t)
	d.Print = func(context.Context, string, []byte) (string, error) { _ = d.q.Close(); return "desk-1", nil }
	w := d.wish("xa_hoi")
	if status, _ := d.call("POST", "/api/queue/tickets", w); status == 200 {
		t.Fatalf("answered as if nothing had happened: %d", status)
	}
	d.restart()
	d.visit()
	if v := d.look(w.Key); v.Label != "C001" || v.State != queue.Printing || !v.Lost {
		t.Fatalf("after the cut: %+v", v)
	}
	if v := d.take(w); v.Label != "C001" || v.State != queue.Printing {
		t.Fatalf("the screen asks again: %+v", v)
	}
	if v := d.take(d.wish("xa_hoi")); v.Label != "C002" {
		t.Fatalf("the next: %+v", v)
	}
}

// TestCutOffBeforeThePrinter: the number is on the disk, the first call died before it printed. The same
// key prints it, once, also when two calls come at the same time.
func TestCutOffBeforeThePrinter(t *testing.T) {
	d := openQueueDesk(t)
	p := &press{says: printer.Outcome{State: printer.Printed}}
	p.join(d)
	w := d.wish("ho_tich")
	if _, err := d.q.Draw(t.Context(), queue.Request{Key: w.Key, Service: w.Service, Letter: "A"}, d.moment()); err != nil {
		t.Fatal(err)
	}
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() { d.call("POST", "/api/queue/tickets", w) })
	}
	both.Wait()
	if v := d.take(w); v.Label != "A001" || v.State != queue.Valid || len(p.papers) != 1 {
		t.Fatalf("%+v, %d papers", v, len(p.papers))
	}
}

func TestReprintingAndGivingUp(t *testing.T) {
	d := openQueueDesk(t)
	p := &press{err: printer.ErrRefused}
	p.join(d)
	w := d.wish("ho_tich")
	d.take(w)
	at := "/api/queue/tickets/" + w.Key
	p.err, p.says = nil, printer.Outcome{State: printer.Waiting}
	var v ticketView
	d.want(200, "POST", at+"/print?language=en", nil, &v)
	if v.State != queue.Printing || v.Prints != 2 || !v.Printer {
		t.Fatalf("%+v", v)
	}
	if text := textOf(t, p.papers[1]); !strings.Contains(text, "IN LẠI") || !strings.Contains(text, "Queue number") {
		t.Errorf("the second paper:\n%s", text)
	}
	d.want(200, "POST", at+"/print", nil, &v)
	if v.Printer {
		t.Error("a fourth paper is offered")
	}
	d.refused(409, "printed_often", "POST", at+"/print", nil)
	d.want(200, "DELETE", at, nil, &v)
	if v.State != queue.Void {
		t.Fatalf("given up: %+v", v)
	}
	d.want(200, "DELETE", at, nil, nil)
	p.says.State = printer.Printed
	if v = d.look(w.Key); v.State != queue.Void {
		t.Fatalf("the printer's late answer made it valid: %+v", v)
	}
	if n := len(p.papers); n != 3 {
		t.Errorf("%d papers", n)
	}
	done := d.wish("ho_tich")
	if v = d.take(done); v.State != queue.Valid {
		t.Fatalf("%+v", v)
	}
	d.want(200, "POST", "/api/queue/tickets/"+done.Key+"/print", nil, &v)
	if v.State != queue.Valid || len(p.papers) != 4 {
		t.Fatalf("a valid number was printed again: %+v, %d papers", v, len(p.papers))
	}
}

func TestPriorityIsPassedOnAndChangesNoOrder(t *testing.T) {
	d := openQueueDesk(t)
	p := &press{says: printer.Outcome{State: printer.Printed}}
	p.join(d)
	d.take(d.wish("ho_tich"))
	w := d.wish("ho_tich")
	w.Priority = true
	if v := d.take(w); !v.Priority || v.Wait.Ahead != 1 {
		t.Fatalf("%+v", v)
	}
	if text := textOf(t, p.papers[1]); !strings.Contains(text, "Xin được ưu tiên") {
		t.Errorf("the paper:\n%s", text)
	}
	b := d.board()
	if len(b.Waiting) != 2 || b.Waiting[0].Priority || !b.Waiting[1].Priority {
		t.Fatalf("%+v", b.Waiting)
	}
	var row rowView
	d.want(200, "POST", "/api/desk/queue/call", map[string]any{"counter": 2}, &row)
	if row.Label != "A001" || row.Counter != 2 {
		t.Fatalf("called first: %+v", row)
	}
	d.want(200, "POST", "/api/desk/queue/call", map[string]any{"counter": 3, "ticket": b.Waiting[1].ID}, &row)
	if row.Label != "A002" {
		t.Fatalf("the officer's choice: %+v", row)
	}
	d.refused(409, "queue_moved", "POST", "/api/desk/queue/call", map[string]any{"counter": 3, "after": 0})
	d.refused(400, "bad_request", "POST", "/api/desk/queue/call", map[string]any{"counter": 0})
	d.refused(400, "bad_request", "POST", fmt.Sprint("/api/desk/queue/tickets/", row.ID, "/promote"), nil)
	d.refused(404, "no_ticket", "POST", "/api/desk/queue/tickets/x/confirm", nil)
	d.refused(404, "no_ticket", "POST", "/api/desk/queue/tickets/99/confirm", nil)
	for _, step := range []string{"recall", "served"} {
		d.want(200, "POST", fmt.Sprint("/api/desk/queue/tickets/", row.ID, "/", step), nil, nil)
	}
	d.refused(409, "queue_moved", "POST", fmt.Sprint("/api/desk/queue/tickets/", row.ID, "/absent"), nil)
	var shown struct{ Calling []callingView }
	d.want(200, "GET", "/api/queue", nil, &shown)
	if len(shown.Calling) != 1 || shown.Calling[0] != (callingView{"A001", 2}) {
		t.Fatalf("who is being called: %+v", shown.Calling)
	}
}

// TestTheWaitIsGuessedFromTodaysCalls: nothing is said before there are calls; then a range, which knows
// the break and the end of the day.
func TestTheWaitIsGuessedFromTodaysCalls(t *testing.T) {
	d := openQueueDesk(t)
	(&press{says: printer.Outcome{State: printer.Printed}}).join(d)
	for range 8 {
		d.take(d.wish("ho_tich"))
	}
	if v := d.take(d.wish("ho_tich")); v.Wait.Known || v.Wait.Text != noForecast || v.Wait.Ahead != 8 {
		t.Fatalf("before any call: %+v", v.Wait)
	}
	last := int64(0)
	for range 6 {
		var row rowView
		d.want(200, "POST", "/api/desk/queue/call", map[string]any{"counter": 1, "after": last}, &row)
		last = row.ID
		d.watch.at = d.watch.at.Add(10 * time.Minute)
	}
	d.want(200, "POST", fmt.Sprint("/api/desk/queue/tickets/", last, "/served"), nil, nil)
	w := d.wish("ho_tich")
	if v := d.take(w); !v.Wait.Known || v.Wait.Ahead != 3 || v.Wait.Low != 20 || v.Wait.High != 40 || v.Wait.Text.VI != "Chờ khoảng 20–40 phút" || v.Wait.Text.EN != "About 20–40 minutes" {
		t.Fatalf("after six calls of ten minutes: %+v", v.Wait)
	}
	for hour, want := range map[string]string{"10:55": "Chờ khoảng 20–40 phút, chưa kể giờ nghỉ trưa", "16:40": perhapsLate.VI} {
		at, err := time.ParseInLocation("2006-01-02 15:04", "2026-11-23 "+hour, officeZone)
		if err != nil {
			t.Fatal(err)
		}
		f := queue.Forecast{Ahead: 3, Known: true, Low: 20 * time.Minute, High: 40 * time.Minute}
		if got := d.viewForecast(f, at); got.Text.VI != want {
			t.Errorf("at %s: %q, want %q", hour, got.Text.VI, want)
		}
	}
	var shown struct{ Services []serviceView }
	d.want(200, "GET", "/api/queue", nil, &shown)
	if s := shown.Services[0]; s.Code != "ho_tich" || s.Wait.Ahead != 4 || !s.Wait.Known {
		t.Fatalf("the tile: %+v", s)
	}
	if s := shown.Services[1]; s.Wait.Known {
		t.Fatalf("a service nobody was called for: %+v", s)
	}
}

func TestNumbersHaveAPace(t *testing.T) {
	d := openQueueDesk(t)
	first := d.wish("khac")
	for i := range 50 { // a child at the button
		w := d.wish("khac")
		if i == 0 {
			w = first
		}
		status, body := d.call("POST", "/api/queue/tickets", w)
		switch {
		case i < 4 && status != 200:
			t.Fatalf("number %d: %d %s", i+1, status, body)
		case i >= 4 && (status != 429 || !bytes.Contains(body, []byte("too_many_numbers"))):
			t.Fatalf("press %d: %d %s", i+1, status, body)
		}
	}
	d.want(200, "POST", "/api/queue/tickets", first, nil) // whoever has one may ask for it
	if b := d.board(); len(b.Open) != 4 {
		t.Fatalf("%d numbers were given", len(b.Open))
	}
	raw, err := json.Marshal(d.wish("khac"))
	if err != nil {
		t.Fatal(err)
	}
	r, w := httptest.NewRequest("POST", "/api/queue/tickets", bytes.NewReader(raw)), httptest.NewRecorder()
	r.Header.Set("X-Visit", d.token)
	d.h.ServeHTTP(w, r)
	if after, err := strconv.Atoi(w.Header().Get("Retry-After")); err != nil || after < 1 || after > 15 {
		t.Errorf("wait %q seconds (%v), want 1 to 15", w.Header().Get("Retry-After"), err)
	}
	p, at := pace{}, time.Now()
	for range 4 {
		if wait := p.take(at, 4); wait != 0 {
			t.Fatalf("the first four: wait %v", wait)
		}
	}
	if wait := p.take(at, 4); wait != 15*time.Second {
		t.Fatalf("the fifth: wait %v, want 15 s", wait)
	}
	if wait := p.take(at.Add(15*time.Second), 4); wait != 0 {
		t.Fatalf("15 s later: wait %v", wait)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	d := openQueueDesk(t)
	w := d.wish("ho_tich")
	d.take(w)
	id := d.board().Open[0].ID
	for _, c := range [][2]string{{"GET", "/api/desk/queue"}, {"POST", "/api/desk/queue/call"}, {"POST", fmt.Sprint("/api/desk/queue/tickets/", id, "/confirm")}, {"POST", "/api/desk/queue/series"}} {
		if status, body := d.call(c[0], c[1], nil, door.ScreenHeader, door.ScreenWindow); status != 403 || !bytes.Contains(body, []byte("staff_only")) {
			t.Errorf("%s %s from the shared screen: %d %s", c[0], c[1], status, body)
		}
	}
	if v := d.look(w.Key); v.State != queue.Drawn {
		t.Fatalf("a refused tap made it %s", v.State)
	}
	d.want(204, "DELETE", "/api/visits/current", nil, nil)
	d.refused(401, "no_visit", "POST", "/api/queue/tickets", d.wish("ho_tich"))
	d.refused(401, "no_visit", "GET", "/api/queue/tickets/"+w.Key, nil)
	d.visit()
	d.refused(404, "no_ticket", "GET", "/api/queue/tickets/00000000-0000-4000-8000-00000000beef", nil)
	d.refused(404, "unknown_service", "POST", "/api/queue/tickets", d.wish("no such"))
	bad := d.wish("ho_tich")
	bad.Key = "1"
	d.refused(400, "bad_request", "POST", "/api/queue/tickets", bad)
	d.Use(Office{Book: d.book})
	d.refused(404, "no_queue", "GET", "/api/queue", nil)
	d.refused(404, "no_queue", "POST", "/api/queue/tickets", d.wish("ho_tich"))
	d.refused(404, "no_queue", "GET", "/api/desk/queue", nil)
}

// TestAnotherDay: the numbers begin again when the day is certain, not when a clock jumps, and a staff
// tap begins them in doubt.
func TestAnotherDay(t *testing.T) {
	d := openQueueDesk(t)
	w := d.wish("ho_tich")
	d.take(w)
	d.watch.at, d.watch.quality = aMonday.AddDate(10, 0, 0), clock.Jumped
	if v := d.take(d.wish("ho_tich")); v.Label != "A002" || !v.Doubt {
		t.Fatalf("a clock that woke in another year: %+v", v)
	}
	b := d.board()
	if !b.Doubt || b.Day != "2026-11-23" {
		t.Fatalf("%+v", b)
	}
	d.want(200, "POST", "/api/desk/queue/series", map[string]any{"series": b.Series}, nil)
	d.refused(409, "queue_moved", "POST", "/api/desk/queue/series", map[string]any{"series": b.Series})
	if v := d.take(d.wish("ho_tich")); v.Label != "A101" {
		t.Fatalf("after the tap: %+v", v)
	}
	if v := d.look(w.Key); !v.Over {
		t.Fatalf("the first day's number: %+v", v)
	}
	d.refused(409, "queue_over", "POST", fmt.Sprint("/api/desk/queue/tickets/", b.Open[0].ID, "/confirm"), nil)
}

// TestTheMorningBeforeTheFirstNumber: yesterday's people are not shown as waiting, nor called.
func TestTheMorningBeforeTheFirstNumber(t *testing.T) {
	d := openQueueDesk(t)
	(&press{says: printer.Outcome{State: printer.Printed}}).join(d)
	d.take(d.wish("ho_tich"))
	d.watch.at = aMonday.AddDate(0, 0, 1)
	if b := d.board(); len(b.Waiting) != 0 || b.Series != 0 {
		t.Fatalf("%+v", b)
	}
	var shown struct{ Services []serviceView }
	d.want(200, "GET", "/api/queue", nil, &shown)
	if n := shown.Services[0].Wait.Ahead; n != 0 {
		t.Fatalf("%d people of yesterday wait", n)
	}
	d.refused(409, "queue_empty", "POST", "/api/desk/queue/call", map[string]any{"counter": 1})
	if v := d.take(d.wish("ho_tich")); v.Label != "A001" || v.Wait.Ahead != 0 {
		t.Fatalf("the first of the day: %+v", v)
	}
}

// TestNoNumberNamesAnybody: what the queue keeps and answers holds nothing of who asked, and why she
// asks for priority is not even sent.
func TestNoNumberNamesAnybody(t *testing.T) {
	d := openQueueDesk(t)
	d.refused(400, "bad_request", "POST", "/api/queue/tickets", map[string]any{"key": d.wish("").Key, "service": "ho_tich", "name": "NGUYỄN VĂN MẪU"})
	d.refused(400, "bad_request", "POST", "/api/queue/tickets", map[string]any{"key": d.wish("").Key, "service": "ho_tich", "priority": "pregnant"})
}
