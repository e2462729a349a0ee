package kiosk

import (
	"testing"
	"time"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

// A copy is shown where the acknowledgements are, is none itself, and only to the visit that
// holds the slip; the desk is told when something lies in one place only.
func TestScreensTellOfCopies(t *testing.T) {
	d := openDesk(t)
	d.visit()
	r := d.filed(sample(t, aBirth))
	book := d.book
	type shown struct {
		Acks     []ackView
		Places   int
		CopiedAt int64 `json:"copied_at"`
	}
	var now shown
	d.want(200, "GET", "/api/slips/"+r.Slip+"/now", nil, &now)
	if now.Places != 1 || now.CopiedAt != 0 || len(now.Acks) != 4 {
		t.Fatalf("%+v", now)
	}
	var status struct {
		Places int
		Second secondView
	}
	d.want(200, "GET", "/api/status", nil, &status)
	if status.Places != 1 || status.Second.Why != "off" {
		t.Fatalf("%+v", status)
	}
	owed, err := book.Unreceipted(t.Context())
	if err != nil || len(owed) != 1 {
		t.Fatalf("%v, %d", err, len(owed))
	}
	at := time.Now().UnixMilli()
	events := []syncproto.EventID{owed[0].Event}
	for _, err := range []error{
		book.MarkUSB(t.Context(), at, events), book.MarkSecond(t.Context(), at, events),
		book.SetSecond(t.Context(), ledger.SecondStatus{At: at, Kept: true, Since: at}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	d.want(200, "GET", "/api/slips/"+r.Slip+"/now", nil, &now)
	if now.Places != 2 || now.CopiedAt != at || now.Acks[1].Done || now.Acks[2].Done {
		t.Fatalf("%+v", now)
	}
	d.want(200, "GET", "/api/status", nil, &status)
	if status.Places != 2 || !status.Second.Kept {
		t.Fatalf("%+v", status)
	}
	var box struct{ Dossiers []shown }
	d.want(200, "GET", "/api/outbox", nil, &box)
	if len(box.Dossiers) != 1 || box.Dossiers[0].Places != 2 || box.Dossiers[0].CopiedAt != at {
		t.Fatalf("%+v", box)
	}
	d.visit()
	if code, _ := d.call("GET", "/api/slips/"+r.Slip+"/now", nil); code != 404 {
		t.Fatalf("another visit sees the slip: %d", code)
	}
}
