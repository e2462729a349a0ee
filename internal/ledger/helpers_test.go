package ledger

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

var portalKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{5}, 32))

func identity() Identity {
	return Identity{Device: syncproto.DeviceID{1}, Book: syncproto.BookID{2}, Epoch: 1, Prefix: "12345", CommuneCode: "28807",
		OfficeName: "UBND xã Giao Long", PortalKey: portalKey.Public().(ed25519.PublicKey), Generation: 100, FeedEpoch: 7}
}

// office is a book with the time in the test's hand.
type office struct {
	*Book
	t   testing.TB
	dir string
	now time.Time
}

func openOffice(t testing.TB) *office {
	t.Helper()
	o := &office{t: t, dir: filepath.Join(t.TempDir(), "data"), now: time.UnixMilli(1_763_800_000_000)}
	o.reopen()
	o.must(o.SetIdentity(t.Context(), identity()))
	return o
}

func (o *office) reopen() {
	o.t.Helper()
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: o.dir})
	o.must(err)
	b, err := Open(context.Background(), o.dir, keys, Options{Now: func() time.Time { return o.now }})
	o.must(err)
	o.Book = b
	o.t.Cleanup(func() { b.Close() })
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

func get[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got %v, want %v", err, want)
	}
}

// draft makes a filled draft with two scans and a drawn signature.
func (o *office) draft() Draft {
	o.t.Helper()
	ctx := o.t.Context()
	d := get(o.CreateDraft(ctx, NewDraft{Procedure: "1.001193", Pack: "p1", Language: "vi", Visit: "visit-1"}))(o.t)
	o.must(o.SaveField(ctx, d.ID, "ten_tre", Answer{Value: json.RawMessage(`"Lê Văn Canary"`)}))
	o.must(o.SaveApplicant(ctx, d.ID, &dossier.Person{FullName: "Nguyễn Thị Canary", CitizenID: "083190001234", Phone: "0912345678", Address: "Ấp Canary"}))
	get(o.AttachScan(ctx, d.ID, NewScan{Component: "chung_sinh", Name: "canary.jpg", MIME: "image/jpeg"}, strings.NewReader("scan one of Canary "+d.ID.String())))(o.t)
	get(o.AttachScan(ctx, d.ID, NewScan{Component: "khac", Name: "2.jpg", MIME: "image/jpeg"}, strings.NewReader("scan two, Canary "+strings.Repeat("x", 100_000))))(o.t)
	o.must(o.SaveSignature(ctx, d.ID, "drawn", "image/png", strings.NewReader("the hand of Canary")))
	return get(o.Draft(ctx, d.ID))(o.t)
}

func filing() Filing {
	return Filing{Route: "ho_tich", Handover: dossier.HandoverAtSubmit, Consent: &dossier.Consent{Version: "1", At: 1}, Actor: "kiosk"}
}

// fileAs files a dossier whose custody moves as h says.
func (o *office) fileAs(h dossier.Handover) Filed {
	o.t.Helper()
	f := filing()
	f.Handover = h
	return get(o.Submit(o.t.Context(), o.draft().ID, f))(o.t)
}

// says is a step whose payload asks for nothing.
func says(payload any) func(dossier.State, Moment) (any, error) {
	return func(dossier.State, Moment) (any, error) { return payload, nil }
}

func (o *office) file() Filed {
	o.t.Helper()
	return get(o.Submit(o.t.Context(), o.draft().ID, filing()))(o.t)
}

// ack signs what a portal would say about the present log.
func (o *office) ack(applied, generation uint64) syncproto.Ack {
	o.t.Helper()
	l := get(o.LogState(o.t.Context()))(o.t)
	head := get(o.HeadAt(o.t.Context(), l.Log.Epoch, applied))(o.t)
	return syncproto.SignAck(syncproto.Ack{Log: l.Log, Applied: applied, Head: head, Generation: generation, At: 5000}, portalKey)
}

func receipt(f Filed, generation uint64) syncproto.Receipt {
	return syncproto.SignReceipt(syncproto.Receipt{Dossier: f.Dossier, Manifest: f.Manifest, Generation: generation, At: 6000}, portalKey)
}

// page makes the feed page after the cursor.
func (o *office) page(items ...syncproto.FeedItem) syncproto.FeedPage {
	o.t.Helper()
	c := get(o.Cursor(o.t.Context()))(o.t)
	p := syncproto.FeedPage{Commune: "28807", Epoch: c.Epoch, From: c.Pos, To: c.Pos + uint64(max(len(items), 1)), Items: items}
	for i := range p.Items {
		p.Items[i].Pos = c.Pos + uint64(i) + 1
	}
	return p
}

func (o *office) receive(items ...syncproto.FeedItem) Received {
	o.t.Helper()
	return get(o.Receive(o.t.Context(), o.page(items...), []byte("raw page with Canary")))(o.t)
}

var portalEvents byte

// act is the province's next step, as a feed item.
func (o *office) act(id syncproto.DossierID, eventType string, payload any) syncproto.FeedItem {
	o.t.Helper()
	f := get(o.Get(o.t.Context(), id))(o.t)
	portalEvents++
	m := dossier.Meta{Event: syncproto.EventID{0xee, portalEvents}, Salt: [16]byte{portalEvents}, At: o.now.UnixMilli()}
	ev := get(dossier.Advance(f.State, dossier.Province, eventType, payload, m))(o.t)
	return syncproto.FeedItem{Kind: syncproto.FeedEvent, Body: get(syncproto.EncodeEvent(ev))(o.t)}
}

func (o *office) takeIn(f Filed) {
	o.t.Helper()
	o.receive(o.act(f.Dossier, dossier.TakenIn, &dossier.TakenInPayload{Office: "UBND xã Giao Long"}))
}

func (o *office) askPapers(f Filed) {
	o.t.Helper()
	o.receive(o.act(f.Dossier, dossier.SupplementRequested, &dossier.SupplementRequestedPayload{N: 1,
		Reasons: []dossier.SupplementReason{{Component: "chung_sinh", Code: "unreadable", Text: "ảnh Canary mờ"}}}))
}

func readAll(t testing.TB, r io.ReadCloser) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// done lists which of four acknowledgements stand, as "1100".
func done(acks [4]dossier.Ack) string {
	s := ""
	for _, a := range acks {
		if a.Done {
			s += "1"
		} else {
			s += "0"
		}
	}
	return s
}
