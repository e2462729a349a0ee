package kiosk

import (
	"bytes"
	"strings"
)

// What petitions and call-back requests have in common: both are letters to the office, filed as a
// dossier is, free of charge, and found again by their slip.

// sentAndTracked files the letter of somebody whose phone ends in 5678, twice as after a lost answer, and
// looks it up on another visit.
func (d *desk) sentAndTracked(id string) (receiptView, trackView) {
	d.t.Helper()
	var r, again receiptView
	d.want(200, "POST", "/api/drafts/"+id+"/submit", agreed, &r)
	d.want(200, "POST", "/api/drafts/"+id+"/submit", agreed, &again)
	if len(r.Acks) != 4 || !r.Acks[0].Done || r.Acks[1].Done || r.AnswerBy != 0 || again.Slip != r.Slip {
		d.t.Fatalf("%+v, again %s", r, again.Slip)
	}
	if status, pdf := d.call("GET", r.PDF, nil); status != 200 || !bytes.HasPrefix(pdf, []byte("%PDF-")) {
		d.t.Fatalf("slip: %d", status)
	}
	d.visit()
	if status, _ := d.call("POST", "/api/track", map[string]string{"slip": r.Slip, "second": "0000"}); status != 404 {
		d.t.Fatalf("a wrong second fact: %d", status)
	}
	var tracked trackView
	d.want(200, "POST", "/api/track", map[string]string{"slip": r.Slip, "second": "5678"}, &tracked)
	var pay struct{ Kind string }
	d.want(200, "GET", "/api/slips/"+r.Slip+"/pay", nil, &pay)
	if pay.Kind != "free" {
		d.t.Errorf("a letter costs %q", pay.Kind)
	}
	return r, tracked
}

// kept wants exactly these problems (where/field/code, parted by blanks; one that ends in / stands for any
// code), that the letter is then not sent, with the code unfinished, and that its draft is kept.
func (d *desk) kept(name, id, want, unfinished string) {
	d.t.Helper()
	var judged struct{ Problems []problemView }
	d.want(200, "POST", "/api/drafts/"+id+"/judge", map[string]any{}, &judged)
	var got []string
	for _, p := range judged.Problems {
		if p.Message.VI == "" || p.Message.EN == "" {
			d.t.Errorf("%s: no words for %s", name, p.Code)
		}
		got = append(got, p.Where+"/"+p.Field+"/"+p.Code)
	}
	if list := strings.Join(got, " "); list != want && !(strings.HasSuffix(want, "/") && strings.HasPrefix(list, want)) {
		d.t.Errorf("%s: %s, want %s", name, list, want)
	}
	status, body := d.call("POST", "/api/drafts/"+id+"/submit", agreed)
	if status != 422 || !strings.Contains(string(body), unfinished) {
		d.t.Errorf("%s: %d %s", name, status, body)
	}
	d.want(200, "GET", "/api/drafts/"+id, nil, nil)
}
