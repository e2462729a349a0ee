package kiosk

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"bendo/internal/ledger"
)

// practising puts a trial beside a desk; the second handler marks every call as practice.
func practising(t *testing.T, d *desk) (both, marked http.Handler) {
	t.Helper()
	book := must(ledger.Open(t.Context(), filepath.Join(d.dir, "practice"), d.keys, ledger.Options{Practice: true}))(t)
	t.Cleanup(func() { book.Close() })
	trial := d.Desk.Trial()
	both = Beside(d.Desk, trial, func() error {
		trial.Use(Office{Book: book, Practice: true})
		return nil
	})
	return both, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set(PracticeHeader, "1")
		both.ServeHTTP(w, r)
	})
}

// TestPracticeNeverReachesTheOffice: a whole dossier is practised beside the office's work, and the book of
// the office is as it was; a real visit is none for practice, nor the other way.
func TestPracticeNeverReachesTheOffice(t *testing.T) {
	d := openDesk(t)
	d.visit()
	mine := d.typed(sample(t, aBirth))
	real := d.token
	both, marked := practising(t, d)
	owed := must(d.book.Totals(t.Context()))(t)

	d.h = marked
	d.refused(401, "no_visit", "GET", "/api/drafts/"+mine, nil) // a real visit practises nothing
	d.visit()
	var status struct {
		Practice bool
		Offered  bool `json:"practice_offered"`
	}
	d.want(200, "GET", "/api/status", nil, &status)
	if !status.Practice || status.Offered {
		t.Errorf("status %+v", status)
	}
	r := d.filed(sample(t, aBirth))
	if !strings.HasPrefix(r.Slip, "00000") {
		t.Errorf("a practice slip has the number %s", r.Slip)
	}
	_, pdf := d.call("GET", r.PDF, nil)
	if text := textOf(t, pdf); !strings.Contains(text, "TẬP THỬ") || strings.Contains(text, "chưa đăng ký") {
		t.Errorf("the slip carries no watermark:\n%s", text)
	}
	d.want(200, "POST", "/api/track", ticket{r.Slip, sample(t, aBirth).Applicant["citizen_id"].(string)[8:]}, nil)
	practised := d.token

	d.h = both
	d.token = practised
	d.refused(401, "no_visit", "GET", r.PDF, nil) // who forgets to say that it is practice is refused
	d.token = real
	d.want(200, "GET", "/api/drafts/"+mine, nil, nil)
	d.refused(404, "not_found", "POST", "/api/track", ticket{r.Slip, "0001"})
	d.want(200, "GET", "/api/status", nil, &status)
	if status.Practice || !status.Offered {
		t.Errorf("status of the office %+v", status)
	}
	if now := must(d.book.Totals(t.Context()))(t); now != owed {
		t.Errorf("on the way before %+v, after %+v", owed, now)
	}
	events := must(d.book.PendingEvents(t.Context(), 1, 100, 1<<20))(t)
	if len(events) != 0 {
		t.Errorf("%d events would be sent", len(events))
	}
}

// TestTheSupervisorHearsAPageThatPractises: its sign of life is the office's.
func TestTheSupervisorHearsAPageThatPractises(t *testing.T) {
	d := openDesk(t)
	_, d.h = practising(t, d)
	if d.HeartbeatAge() >= 0 {
		t.Fatal("it lives already")
	}
	if status, body := d.call("POST", "/api/heartbeat", map[string]any{}); status/100 != 2 || d.HeartbeatAge() < 0 {
		t.Log(status, string(body))
		t.Error("a page that practises counts as dead")
	}
}

// TestARealBookIsNeverPractisedOn: whatever goes wrong with the trial, its calls end there.
func TestARealBookIsNeverPractisedOn(t *testing.T) {
	for name, ready := range map[string]func(d *desk, trial *Desk) error{
		"it cannot be opened": func(*desk, *Desk) error { return errors.New("disk") },
		"it has no book":      func(*desk, *Desk) error { return nil },
		"it has a real book":  func(d *desk, trial *Desk) error { trial.Use(Office{Book: d.book}); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			d := openDesk(t)
			trial := d.Desk.Trial()
			h := Beside(d.Desk, trial, func() error { return ready(d, trial) })
			r := httptest.NewRequest("POST", "/api/visits", strings.NewReader("{}"))
			r.Header.Set(PracticeHeader, "1")
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusServiceUnavailable || !strings.Contains(w.Body.String(), "no_practice") {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		})
	}
}

// TestATrialHasWhatTheDeskHas: a field that is added to Desk is added there.
func TestATrialHasWhatTheDeskHas(t *testing.T) {
	d := &Desk{}
	v := reflect.ValueOf(d).Elem()
	for i := range v.NumField() {
		f := v.Field(i)
		if !v.Type().Field(i).IsExported() || v.Type().Field(i).Name == "OffersPractice" {
			continue
		}
		switch f.Kind() {
		case reflect.Func:
			f.Set(reflect.MakeFunc(f.Type(), func([]reflect.Value) []reflect.Value { return nil }))
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		case reflect.Bool:
			f.SetBool(true)
		case reflect.String:
			f.SetString("x")
		case reflect.Int64:
			f.SetInt(1)
		case reflect.Slice:
			f.Set(reflect.MakeSlice(f.Type(), 1, 1))
		}
	}
	trial := reflect.ValueOf(d.Trial()).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if !v.Type().Field(i).IsExported() || name == "OffersPractice" || v.Field(i).IsZero() {
			continue
		}
		if trial.Field(i).IsZero() {
			t.Errorf("a trial lacks %s", name)
		}
	}
}
