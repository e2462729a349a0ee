package kiosk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"strings"
	"testing"

	"bendo/internal/ledger"
	"bendo/internal/paper"
	"bendo/kiosk/printer"
)

// errNotTaken is what a queue says that surely took nothing.
var errNotTaken = fmt.Errorf("%w: no such queue", printer.ErrRefused)

func TestPrintingASlip(t *testing.T) {
	d := openDesk(t)
	d.visit()
	r := d.filed(sample(t, aBirth))
	if status, body := d.call("POST", "/api/slips/"+r.Slip+"/print", nil); status != 404 || !bytes.Contains(body, []byte("no_printer")) {
		t.Fatalf("without a printer: %d %s", status, body)
	}
	var title string
	var paper []byte
	d.Print = func(_ context.Context, name string, pdf []byte) (string, error) {
		title, paper = name, pdf
		return "desk-1", nil
	}
	d.want(202, "POST", "/api/slips/"+r.Slip+"/print", nil, nil)
	if title != "phieu "+r.Slip || !bytes.HasPrefix(paper, []byte("%PDF-")) {
		t.Fatalf("printed %q, %.8q", title, paper)
	}
	for cause, code := range map[error]string{errNotTaken: `"printer"`, errors.New("the client was cut off"): `"printer_unknown"`} {
		d.Print = func(context.Context, string, []byte) (string, error) { return "", cause }
		if status, body := d.call("POST", "/api/slips/"+r.Slip+"/print", nil); status != 503 || !bytes.Contains(body, []byte("Hồ sơ vẫn đã được lưu")) || !bytes.Contains(body, []byte(code)) {
			t.Fatalf("%v: %d %s", cause, status, body)
		}
	}
	d.visit() // the next resident
	if status, _ := d.call("POST", "/api/slips/"+r.Slip+"/print", nil); status != 404 {
		t.Fatalf("the next visit prints the slip: %d, want 404", status)
	}
}

// TestReprintsSayThatTheyAre: the first paper bears no mark, each one after it says which it is, and
// one that the printer refused is not counted.
func TestReprintsSayThatTheyAre(t *testing.T) {
	d := openDesk(t)
	d.visit()
	r := d.filed(sample(t, aBirth))
	var paper []byte
	d.Print = func(context.Context, string, []byte) (string, error) { return "", errNotTaken }
	d.refused(503, "printer", "POST", "/api/slips/"+r.Slip+"/print", nil)
	d.Print = func(_ context.Context, _ string, pdf []byte) (string, error) { paper = pdf; return "desk-1", nil }
	for n := 1; n <= 3; n++ {
		var v printView
		d.want(202, "POST", "/api/slips/"+r.Slip+"/print", nil, &v)
		text := strings.Join(strings.Fields(textOf(t, paper)), " ")
		if v.Copy != n || strings.Contains(text, "BẢN IN LẠI") != (n > 1) || n > 1 && !strings.Contains(text, fmt.Sprintf("BẢN IN LẠI lần %d", n-1)) {
			t.Fatalf("print %d: %+v\n%s", n, v, text)
		}
	}
	var list []printView
	d.want(200, "GET", "/api/prints", nil, &list)
	if len(list) != 4 || list[0].Copy != 3 || list[3].State != ledger.PrintFailed || list[0].Subject != r.Slip {
		t.Fatalf("the journal: %+v", list)
	}
	_, pdf := d.call("GET", r.PDF, nil) // a file is no print
	if strings.Contains(textOf(t, pdf), "IN LẠI") {
		t.Error("the saved file is marked as a reprint")
	}
}

func TestHowAPrintEnded(t *testing.T) {
	d := openDesk(t)
	d.visit()
	r := d.filed(sample(t, aBirth))
	d.Print = func(context.Context, string, []byte) (string, error) { return "desk-7", nil }
	said, silent := printer.Outcome{State: printer.Waiting, Why: "job-printing"}, error(nil)
	d.Printing.Outcome = func(_ context.Context, job string) (printer.Outcome, error) {
		if job != "desk-7" {
			t.Errorf("asked about %q", job)
		}
		return said, silent
	}
	begin := func() string {
		var v printView
		d.want(202, "POST", "/api/slips/"+r.Slip+"/print", nil, &v)
		if v.State != ledger.PrintAccepted || v.Job != "desk-7" || v.Print == 0 {
			t.Fatalf("handed in: %+v", v)
		}
		return fmt.Sprintf("/api/prints/%d", v.Print)
	}
	now := func(at string, want ledger.PrintState) {
		t.Helper()
		var v printView
		d.want(200, "GET", at, nil, &v)
		if v.State != want {
			t.Fatalf("%s, want %s", v.State, want)
		}
	}
	at := begin()
	now(at, ledger.PrintAccepted)
	silent = errors.New("nobody answers")
	now(at, ledger.PrintAccepted)
	said, silent = printer.Outcome{State: printer.Printed, Why: "job-completed-successfully"}, nil
	now(at, ledger.PrintDone)
	said = printer.Outcome{State: printer.Failed}
	now(at, ledger.PrintDone) // ended: not asked again
	failing := begin()
	now(failing, ledger.PrintFailed)
	said = printer.Outcome{State: printer.Gone}
	gone := begin()
	now(gone, ledger.PrintUnknown)
	var v printView
	d.want(200, "POST", gone+"/seen", map[string]bool{"out": true}, &v) // somebody looked
	if v.State != ledger.PrintDone || v.ToldBy != ledger.ToldByPerson {
		t.Fatalf("%+v", v)
	}
	d.want(200, "POST", at+"/seen", map[string]bool{"out": false}, &v)
	if v.State != ledger.PrintFailed {
		t.Fatalf("the tray was empty: %+v", v)
	}
	d.visit() // the next resident knows nothing of it
	d.refused(404, "not_found", "GET", at, nil)
	d.refused(404, "not_found", "POST", at+"/seen", map[string]bool{"out": true})
	d.refused(404, "not_found", "GET", "/api/prints/x", nil)
}

// TestAKillWhilePrintingIsUnknown: the desk ends between the note and the answer.
func TestAKillWhilePrintingIsUnknown(t *testing.T) {
	d := openDesk(t)
	d.visit()
	p := sample(t, aBirth)
	r := d.filed(p)
	d.Print = func(context.Context, string, []byte) (string, error) { panic("killed here") }
	func() {
		defer func() { _ = recover() }()
		d.call("POST", "/api/slips/"+r.Slip+"/print", nil)
	}()
	d.reopen()
	if n, err := d.book.SettlePrints(t.Context()); err != nil || n != 1 {
		t.Fatalf("%d settled, %v", n, err)
	}
	var list []printView
	d.want(200, "GET", "/api/prints", nil, &list)
	if len(list) != 1 || list[0].State != ledger.PrintUnknown {
		t.Fatalf("after the kill: %+v", list)
	}
	d.visit()
	id := p.Applicant["citizen_id"].(string)
	d.want(200, "POST", "/api/track", ticket{r.Slip, id[len(id)-4:]}, nil)
	var paper []byte
	d.Print = func(_ context.Context, _ string, pdf []byte) (string, error) { paper = pdf; return "desk-1", nil }
	d.want(202, "POST", "/api/slips/"+r.Slip+"/print", nil, nil)
	if !strings.Contains(textOf(t, paper), "BẢN IN LẠI lần 1") { // the first may lie in the tray
		t.Error("the next paper is not marked")
	}
}

// TestWhatResidentsTakeAwayGoesToTheRoll, the rest to the sheets.
func TestWhatResidentsTakeAwayGoesToTheRoll(t *testing.T) {
	d := openDesk(t)
	d.visit()
	r := d.filed(sample(t, aStay))
	rolls, sheets := map[string][]byte{}, map[string][]byte{}
	to := func(m map[string][]byte) func(context.Context, string, []byte) (string, error) {
		return func(_ context.Context, title string, data []byte) (string, error) { m[title] = data; return "q-1", nil }
	}
	d.Printing.Roll, d.Printing.Format = to(rolls), paper.PNG
	var status struct{ Printer bool }
	d.want(200, "GET", "/api/status", nil, &status)
	if !status.Printer {
		t.Error("a roll alone is no printer to the screens")
	}
	d.want(202, "POST", "/api/slips/"+r.Slip+"/print", nil, nil)
	d.want(202, "POST", "/api/slips/"+r.Slip+"/pay/print", nil, nil)
	d.refused(404, "no_printer", "POST", "/api/catalog/procedures/1.001193/sheet/print", nil)
	d.Print = to(sheets)
	d.want(202, "POST", "/api/catalog/procedures/1.001193/sheet/print", nil, nil)
	id := d.typed(sample(t, aBirth))
	d.want(202, "POST", "/api/drafts/"+id+"/slip/print", nil, nil)
	if len(rolls) != 3 || len(sheets) != 1 {
		t.Fatalf("%d on the roll, %d on sheets", len(rolls), len(sheets))
	}
	for title, data := range rolls {
		if img, err := png.Decode(bytes.NewReader(data)); err != nil || img.Bounds().Dx() != 576 {
			t.Errorf("%s: %v", title, err)
		}
	}
}

// TestABlankedScreenForgetsBeforeItPrints: a printer takes seconds; the visit must be over by then.
func TestABlankedScreenForgetsBeforeItPrints(t *testing.T) {
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	printed := ""
	d.Print = func(_ context.Context, title string, _ []byte) (string, error) {
		printed = title
		if status, _ := d.call("GET", "/api/drafts/"+id, nil); status != 401 {
			t.Errorf("while it prints the draft answers %d, want 401", status)
		}
		return "", errors.New("out of paper")
	}
	d.want(204, "DELETE", "/api/visits/current?print="+id, nil, nil)
	if !strings.HasPrefix(printed, "phieu nhap ") {
		t.Fatalf("printed %q", printed)
	}
	printed = ""
	d.visit()
	d.want(204, "DELETE", "/api/visits/current?print="+id, nil, nil)
	if printed != "" {
		t.Fatal("another visit's draft slip was printed")
	}
}
