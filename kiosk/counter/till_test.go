package counter_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"bendo/internal/calendar"
	"bendo/internal/dossier"
	"bendo/internal/till"
	"bendo/kiosk/counter"
	"bendo/kiosk/counter/countertest"
)

// cashDesk is a counter with a cash book.
type cashDesk struct {
	*findOffice
	h http.Handler
}

func openCashDesk(t *testing.T) *cashDesk {
	t.Helper()
	o := openFindOffice(t)
	book, err := till.Open(context.Background(), filepath.Join(o.dir, "till.db"), o.keys)
	o.must(err)
	t.Cleanup(func() { book.Close() })
	c := &counter.Counter{Sessions: o.staff, Cases: o.book, Packs: o.finding.Packs, Calendar: calendar.Builtin(), Till: book, Log: slog.New(slog.DiscardHandler),
		NameOf: func(id string) string { return map[string]string{"m-clerk": "Nguyễn Thị Sự"}[id] }}
	return &cashDesk{findOffice: o, h: c.Handler()}
}

// call posts a body (or gets, where there is none) and gives the code of the problem, or "".
func (d *cashDesk) call(path string, body any, into any) string {
	d.t.Helper()
	r := httptest.NewRequest("GET", "/api/counter/till"+path, nil)
	if body != nil {
		text, err := json.Marshal(body)
		d.must(err)
		r = httptest.NewRequest("POST", "/api/counter/till"+path, strings.NewReader(string(text)))
	}
	w := httptest.NewRecorder()
	d.h.ServeHTTP(w, r)
	var p struct{ Error struct{ Code string } }
	d.must(json.Unmarshal(w.Body.Bytes(), &p))
	if w.Code == http.StatusOK && into != nil {
		d.must(json.Unmarshal(w.Body.Bytes(), into))
	}
	return p.Error.Code
}

type object map[string]any

type drawer struct {
	Open  bool
	Shift *struct {
		Expected, Taken, Difference int64
		Counted                     *int64
		By                          string
	}
	Lines []struct {
		Number             int64
		Receipt, Kind, By  string
		Dossier, Procedure string
		Amount             int64
		Listed             *int64
		EReceipt           *struct{ Number string } `json:"e_receipt"`
	}
}

// A clerk's shift over the calls: begin, a certified copy by pages, less for a ground, a refund, the
// electronic receipt, the end with a difference that needs a reason.
func TestTill(t *testing.T) {
	d := openCashDesk(t)
	f := d.file(d.book, "1", dossier.Person{FullName: "Lê An"})
	var v drawer
	if code := d.call("", nil, &v); code != "" || v.Open || v.Shift != nil || v.Lines == nil {
		t.Fatalf("%s %+v", code, v)
	}
	copies := object{"key": "k1", "drawer": 1, "means": "cash", "amount": 10000, "procedure": "2.000815", "pages": 3, "copies": 2}
	if code := d.call("/fees", copies, nil); code != "no_shift" {
		t.Fatal(code)
	}
	if code := d.call("/begin", object{"key": "k0", "drawer": 1, "counted": 50000}, &v); code != "" || !v.Open || v.Shift.By != "Nguyễn Thị Sự" {
		t.Fatalf("%s %+v", code, v)
	}
	for range 2 { // the answer was lost, the screen asks again
		if code := d.call("/fees", copies, nil); code != "" {
			t.Fatal(code)
		}
	}
	for name, c := range map[string]struct {
		change object
		want   string
	}{
		"less without a ground": {object{"amount": 9000}, "ground_needed"},
		"a picture of a code":   {object{"means": "transfer"}, "reference_needed"},
		"another drawer":        {object{"drawer": 2}, "no_shift"},
		"the key again":         {object{"key": "k1", "pages": 4, "amount": 12000}, "key_reused"},
		"no such procedure":     {object{"procedure": "9.999999"}, "not_found"},
		"no such dossier":       {object{"dossier": "01890000-0000-7000-8000-000000000000"}, "not_found"},
		"not an id":             {object{"dossier": "x"}, "bad_request"},
	} {
		body := object{}
		for k, x := range copies {
			body[k] = x
		}
		body["key"] = "k-" + name
		for k, x := range c.change {
			body[k] = x
		}
		if code := d.call("/fees", body, nil); code != c.want {
			t.Errorf("%s: %q, want %q", name, code, c.want)
		}
	}
	less := object{"key": "k2", "drawer": 1, "means": "cash", "amount": 0, "dossier": f.Dossier.String(), "pages": 1, "ground": "người có công", "evidence": "thẻ thương binh"}
	if code := d.call("/fees", less, nil); code != "" {
		t.Fatal(code)
	}
	if code := d.call("/refunds", object{"key": "k3", "drawer": 1, "fee": 2, "amount": 2000, "reason": "trùng trang"}, nil); code != "" {
		t.Fatal(code)
	}
	if code := d.call("/refunds", object{"key": "k4", "drawer": 1, "fee": 2, "amount": 9000, "reason": "x"}, nil); code != "too_much_back" {
		t.Fatal(code)
	}
	if code := d.call("/deposits", object{"key": "k5", "drawer": 1, "amount": 1 << 30}, nil); code != "drawer_short" {
		t.Fatal(code)
	}
	if code := d.call("/receipts", object{"fee": 2, "form": "01BLP2-001", "symbol": "28AA-17T", "number": "7"}, nil); code != "" {
		t.Fatal(code)
	}
	if code := d.call("/receipts", object{"fee": 3, "form": "01BLP2-001", "symbol": "28AA-17T", "number": "7"}, nil); code != "receipt_taken" {
		t.Fatal(code)
	}
	if code := d.call("?drawer=1", nil, &v); code != "" || v.Shift.Expected != 58000 || v.Shift.Taken != 10000 || len(v.Lines) != 4 {
		t.Fatalf("%s %+v", code, v)
	}
	fee, free := v.Lines[1], v.Lines[2]
	if fee.Receipt != "TT-000001" || *fee.Listed != 10000 || fee.EReceipt == nil || fee.EReceipt.Number != "7" || fee.Procedure != "2.000815" || fee.Dossier != "" ||
		free.Receipt != "TT-000002" || free.Dossier != f.Dossier.String() {
		t.Fatalf("%+v %+v", fee, free)
	}
	if code := d.call("/end", object{"key": "k6", "drawer": 1, "counted": 57000}, nil); code != "reason_needed" {
		t.Fatal(code)
	}
	if code := d.call("/end", object{"key": "k7", "drawer": 1, "counted": 57000, "reason": "thối nhầm"}, &v); code != "" || v.Open || v.Shift.Difference != -1000 || *v.Shift.Counted != 57000 {
		t.Fatalf("%s %+v", code, v)
	}
	for _, bad := range []string{"?drawer=0", "?drawer=x", "/fee?pages=-1&procedure=2.000815"} {
		if code := d.call(bad, nil, nil); code != "bad_request" {
			t.Errorf("%s: %q", bad, code)
		}
	}
}

// What is asked for: an officer's amount before the catalogue's, and the catalogue of the day of receipt.
func TestTillListed(t *testing.T) {
	d := openCashDesk(t)
	f := d.file(d.book, "1", dossier.Person{FullName: "Lê An"})
	d.step(d.book, f.Dossier, dossier.TakenIn, &dossier.TakenInPayload{Office: "x"})
	type listed struct {
		Listed  *int64
		Formula string
		Text    struct{ VI string }
	}
	say := func(q string) string {
		t.Helper()
		var l listed
		if code := d.call("/fee?"+q, nil, &l); code != "" {
			return code
		}
		if l.Text.VI == "" {
			t.Errorf("%s: no words", q)
		}
		amount := "?"
		if l.Listed != nil {
			amount = fmt.Sprint(*l.Listed)
		}
		return amount + " " + l.Formula
	}
	for q, want := range map[string]string{
		"procedure=2.000815&pages=198":  "200000 pages",
		"procedure=2.000815":            "? pages",
		"procedure=1.004222":            "20000 ",
		"procedure=1.001193":            "0 ",
		"procedure=9.9":                 "not_found",
		"dossier=" + f.Dossier.String(): "? ", // filed under a pack that is not here
	} {
		if got := say(q); got != want {
			t.Errorf("%s: %q, want %q", q, got, want)
		}
	}
	d.step(d.book, f.Dossier, dossier.FeeRequested, &dossier.FeeRequestedPayload{Amount: 7000})
	if got := say("dossier=" + f.Dossier.String()); got != "7000 " {
		t.Errorf("%q", got)
	}
	d.step(d.book, f.Dossier, dossier.Processing, &dossier.ProcessingPayload{Office: "x"})
	d.step(d.book, f.Dossier, dossier.FeeRequested, &dossier.FeeRequestedPayload{Amount: 8000})
	if got := say("dossier=" + f.Dossier.String()); got != "? " {
		t.Errorf("asked twice: %q", got)
	}
}

// Money is not for those who may not collect it.
func TestTillIsForCollectors(t *testing.T) {
	d := openCashDesk(t)
	for _, who := range []counter.Who{countertest.Inspector, countertest.Head} {
		d.staff.Become(who)
		if code := d.call("", nil, nil); code != "not_your_work" {
			t.Errorf("%s: %q", who.ID, code)
		}
	}
}
