package web_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"testing"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

// book is an office's real book whose events and pages are carried by hand.
type book struct {
	*ledger.Book
	office *intaketest.Office
	t      *testing.T
	sent   uint64
}

func openCommune(t *testing.T, office *intaketest.Office) *book {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "office")
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir})
	intaketest.Check(t, err)
	open, err := ledger.Open(context.Background(), dir, keys, ledger.Options{})
	intaketest.Check(t, err)
	t.Cleanup(func() { open.Close() })
	a := office.Answer
	intaketest.Check(t, open.SetIdentity(t.Context(), ledger.Identity{Device: a.Device, Book: a.Book, Epoch: a.Grant.Epoch, Prefix: a.Grant.SlipPrefix,
		CommuneCode: a.Commune, OfficeName: a.Office, PortalKey: a.PortalKey, Generation: a.Generation, FeedEpoch: a.Feed.Epoch}))
	intaketest.Check(t, open.ResetFeed(t.Context(), a.Feed))
	return &book{Book: open, office: office, t: t}
}

// carry takes everything up and the feed down.
func (c *book) carry() {
	c.t.Helper()
	ctx := c.t.Context()
	events, err := c.PendingEvents(ctx, c.sent+1, 100, 1<<20)
	intaketest.Check(c.t, err)
	for _, e := range events {
		resp, err := c.office.Sync(c.t, syncproto.SyncRequest{Push: []syncproto.Batch{c.office.Batch(c.t, e)}})
		intaketest.Check(c.t, err)
		if resp.Ack == nil {
			c.t.Fatalf("no ack: %v", resp.Problems)
		}
		_, err = c.SetAck(ctx, *resp.Ack)
		intaketest.Check(c.t, err)
		c.sent++
		for _, ref := range e.Header.Blobs {
			r, err := c.BlobReader(ctx, e.Header.Dossier, ref.SHA256)
			intaketest.Check(c.t, err)
			bytes, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
			intaketest.Check(c.t, err)
			intaketest.Check(c.t, r.Close())
			c.office.Send(c.t, e.Header.Dossier, bytes)
		}
	}
	at, err := c.Cursor(ctx)
	intaketest.Check(c.t, err)
	items := c.office.Drain(c.t)
	if len(items) == 0 {
		return
	}
	_, err = c.Receive(ctx, syncproto.FeedPage{Commune: c.office.Answer.Commune, Epoch: at.Epoch, From: at.Pos, To: c.office.Cursor.Pos, Items: items}, []byte("raw"))
	intaketest.Check(c.t, err)
}

func done(acks [4]dossier.Ack) string {
	out := ""
	for _, a := range acks {
		out += map[bool]string{true: "1", false: "0"}[a.Done]
	}
	return out
}

// There and back: a petition written without a line, carried, taken in and answered; the words of
// the office reach the book that asked; two ratings are counted at the province.
func TestPetitionThereAndBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := newRig(t, o)
		c := openCommune(t, r.Enrol(t, commune, "xã Giao Long"))
		ctx := t.Context()
		draft, err := c.CreateDraft(ctx, ledger.NewDraft{Procedure: feedback.Procedure, Pack: "p"})
		intaketest.Check(t, err)
		for field, value := range map[string]string{"topic": "place", "text": "Cầu ấp 3 hỏng", "publish": "no_name"} {
			raw, err := json.Marshal(value)
			intaketest.Check(t, err)
			intaketest.Check(t, c.SaveField(ctx, draft.ID, field, ledger.Answer{Value: raw}))
		}
		intaketest.Check(t, c.SaveApplicant(ctx, draft.ID, &dossier.Person{FullName: "Nguyễn Thị Yến", Phone: "0912345678"}))
		intaketest.Check(t, c.SaveComponent(ctx, draft.ID, dossier.Component{ID: feedback.Photo, State: dossier.Provided}))
		_, err = c.AttachScan(ctx, draft.ID, ledger.NewScan{Component: feedback.Photo, Name: "anh.jpg", MIME: "image/jpeg"}, bytes.NewReader(bytes.Repeat([]byte("cầu"), 20_000)))
		intaketest.Check(t, err)
		filed, err := c.Submit(ctx, draft.ID, ledger.Filing{Route: feedback.Route, Handover: dossier.HandoverAtSubmit, Actor: "kiosk"})
		intaketest.Check(t, err)
		_, err = c.RateVisit(ctx, syncproto.DossierID{7}, ledger.Opinion{Score: 4})
		intaketest.Check(t, err)

		track := func() ledger.Found {
			t.Helper()
			f, err := c.Track(ctx, filed.Slip, "5678")
			intaketest.Check(t, err)
			return f
		}
		if got := done(track().Acks); got != "1000" {
			t.Fatalf("without a line: %s", got)
		}
		c.carry()
		if got := done(track().Acks); got != "1110" {
			t.Fatalf("carried: %s", got)
		}
		lan, path := r.signedIn(t, "lan"), "/api/dossiers/"+filed.Dossier.String()
		for _, step := range []struct{ name, text string }{{"take-in", ""}, {"reply", "Đã giao ấp sửa cầu."}} {
			if status, body := lan.post(path+"/"+step.name, map[string]any{"text": step.text}); status != 200 {
				t.Fatalf("%s: %d %s", step.name, status, body)
			}
		}
		c.carry()
		f := track()
		if done(f.Acks) != "1111" || f.State.Reply == nil || f.State.Reply.Text != "Đã giao ấp sửa cầu." || f.State.Office == "" {
			t.Fatalf("answered: %s, %+v", done(f.Acks), f.State.Reply)
		}
		_, err = c.Rate(ctx, filed.Dossier, ledger.Opinion{Score: 5})
		intaketest.Check(t, err)
		c.carry()
		rating, err := c.RatingOf(ctx, filed.Dossier)
		intaketest.Check(t, err)
		if !rating.Stands {
			t.Error("the province signed for the rating, the book says it can be changed")
		}
		var dossiers, visits store.Ratings
		intaketest.Check(t, r.DB.Read(ctx, func(tx *store.Tx) (err error) { dossiers, visits, err = tx.RatingTotals(commune, 0, 1<<62); return err }))
		if dossiers.Scores != [5]int{0, 0, 0, 0, 1} || visits.Scores != [5]int{0, 0, 0, 1, 0} {
			t.Errorf("counted %+v and %+v", dossiers, visits)
		}
	})
}
