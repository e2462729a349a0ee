package kiosk

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

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
	d.Print = func(context.Context, string, []byte) (string, error) { return "", errors.New("out of paper") }
	if status, body := d.call("POST", "/api/slips/"+r.Slip+"/print", nil); status != 503 || !bytes.Contains(body, []byte("Hồ sơ vẫn đã được lưu")) {
		t.Fatalf("a printer that refuses: %d %s", status, body)
	}
	d.visit() // the next resident
	if status, _ := d.call("POST", "/api/slips/"+r.Slip+"/print", nil); status != 404 {
		t.Fatalf("the next visit prints the slip: %d, want 404", status)
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
