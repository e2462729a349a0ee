package kiosk

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"testing"

	"bendo/internal/ledger"
	"bendo/internal/staff"
	"bendo/kiosk/reply"
)

// doorman says who may make staff calls and remembers what was asked.
type doorman struct {
	refuse error
	asked  []staff.Act
}

func (w *doorman) May(_ *http.Request, act staff.Act) error {
	w.asked = append(w.asked, act)
	return w.refuse
}

// With members, an office's numbers and prints are theirs; without, they are as they were.
func TestStaffCallsAskWhoItIs(t *testing.T) {
	d := openQueueDesk(t)
	calls := map[string]staff.Act{"GET /api/desk/queue": staff.Queue, "POST /api/desk/queue/call": staff.Queue,
		"POST /api/desk/queue/series": staff.Queue, "POST /api/desk/queue/tickets/1/served": staff.Queue, "GET /api/prints": staff.Keep}
	d.want(200, "GET", "/api/desk/queue", nil, nil)
	o := *d.office.Load()
	nobody := &reply.Problem{Code: "sign_in", Status: http.StatusUnauthorized}
	for call, act := range calls {
		w := &doorman{refuse: nobody}
		o.Staff = w
		d.Use(o)
		method, path, _ := bytes.Cut([]byte(call), []byte(" "))
		status, body := d.call(string(method), string(path), map[string]any{})
		if status != 401 || !bytes.Contains(body, []byte("sign_in")) || len(w.asked) != 1 || w.asked[0] != act {
			t.Errorf("%s: %d %s, asked %v", call, status, body, w.asked)
		}
	}
	o.Staff = &doorman{}
	d.Use(o)
	d.want(200, "GET", "/api/desk/queue", nil, nil)
	d.want(200, "GET", "/api/outbox", nil, nil) // names nobody and stands open
}

// The counter of the book in use answers; a visit that practises reaches the practice book's, and no other.
func TestTheCounterIsTheBooksOwn(t *testing.T) {
	d := openDesk(t)
	d.refused(404, "not_here", "GET", "/api/counter/session", nil)
	says := func(text string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, text+" "+r.Method+" "+r.URL.Path)
		})
	}
	o := *d.office.Load()
	o.Counter = says("office")
	d.Use(o)
	practice := must(ledger.Open(t.Context(), filepath.Join(d.dir, "practice"), d.keys, ledger.Options{Practice: true}))(t)
	t.Cleanup(func() { practice.Close() })
	trial := d.Desk.Trial()
	d.h = Beside(d.Desk, trial, func() error {
		trial.Use(Office{Book: practice, Practice: true, Counter: says("practice")})
		return nil
	})
	for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
		for _, c := range []struct{ header, want string }{{"", "office"}, {"1", "practice"}} {
			var header []string
			if c.header != "" {
				header = []string{PracticeHeader, c.header}
			}
			if status, body := d.call(method, "/api/counter/session/lock", nil, header...); status != 200 || string(body) != c.want+" "+method+" /api/counter/session/lock" {
				t.Errorf("%s %q: %d %s", method, c.header, status, body)
			}
		}
	}
	failing := Beside(d.Desk, d.Desk.Trial(), func() error { return errors.New("planted") })
	d.h = failing
	if status, body := d.call("GET", "/api/counter/session", nil, PracticeHeader, "1"); status != 503 || bytes.Contains(body, []byte("office GET")) {
		t.Errorf("practice that cannot be had fell through to the office: %d %s", status, body)
	}
}
