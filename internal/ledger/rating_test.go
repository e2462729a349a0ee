package ledger

import (
	"errors"
	"path/filepath"
	"testing"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/syncproto"
)

// A rating may be changed until the province has signed for it; what is stored says so.
func TestRatingChangesUntilItHasLeft(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.file()
	if r := get(o.RatingOf(ctx, f.Dossier))(t); r != nil {
		t.Fatalf("rated before anybody did: %+v", r)
	}
	first := get(o.Rate(ctx, f.Dossier, Opinion{Score: 4, Reasons: []string{"time"}}))(t)
	again := get(o.Rate(ctx, f.Dossier, Opinion{Score: 4, Reasons: []string{"time"}}))(t)
	if again.Event != first.Event || again.N != 1 {
		t.Fatalf("said again it is another: %+v", again)
	}
	changed := get(o.Rate(ctx, f.Dossier, Opinion{Score: 2}))(t)
	if changed.N != 2 || changed.Score != 2 || changed.Stands {
		t.Fatalf("%+v", changed)
	}
	events := get(o.PendingEvents(ctx, 1, 10, 1<<20))(t)
	if len(events) != 3 || events[1].Header.Type != dossier.Rated || events[2].Header.Type != dossier.Rated {
		t.Fatalf("%d events", len(events))
	}
	get(o.SetAck(ctx, o.ack(2, 100)))(t) // the first one has left, its change has not
	get(o.Rate(ctx, f.Dossier, Opinion{Score: 3}))(t)
	get(o.SetAck(ctx, o.ack(4, 100)))(t)
	_, err := o.Rate(ctx, f.Dossier, Opinion{Score: 5})
	wantErr(t, err, ErrRated)
	if r := get(o.RatingOf(ctx, f.Dossier))(t); !r.Stands || r.Score != 3 || r.N != 3 {
		t.Fatalf("%+v", r)
	}
	if r := get(o.Rate(ctx, f.Dossier, Opinion{Score: 3}))(t); !r.Stands { // an answer that was lost
		t.Fatalf("%+v", r)
	}
	o.reopen()
	if r := get(o.RatingOf(ctx, f.Dossier))(t); !r.Stands || r.Score != 3 {
		t.Fatalf("after a start: %+v", r)
	}
}

// A portal that was restored may not have it: then it has not left.
func TestRatingOfARestoredPortalHasNotLeft(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.file()
	get(o.Rate(ctx, f.Dossier, Opinion{Score: 4}))(t)
	get(o.SetAck(ctx, o.ack(2, 100)))(t)
	get(o.SetAck(ctx, o.ack(1, 101)))(t)
	if r := get(o.RatingOf(ctx, f.Dossier))(t); r.Stands {
		t.Fatal("a rating the restored portal lacks counts as sent")
	}
}

func TestRatingLimits(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.file()
	for i := range feedback.MaxChanges + 1 {
		get(o.Rate(ctx, f.Dossier, Opinion{Score: 1 + i%2}))(t)
	}
	_, err := o.Rate(ctx, f.Dossier, Opinion{Score: 5})
	wantErr(t, err, ErrRatedOften)
	_, err = o.Rate(ctx, syncproto.DossierID{42}, Opinion{Score: 5})
	var step *dossier.StepError
	if !errors.As(err, &step) {
		t.Fatalf("a dossier nobody filed was rated: %v", err)
	}
	for _, bad := range []Opinion{{Score: 0}, {Score: 6}, {Score: 3, Reasons: []string{"Cán bộ A"}}} {
		if _, err := o.RateVisit(ctx, syncproto.DossierID{43}, bad); err == nil {
			t.Errorf("%+v was kept", bad)
		}
	}
	if _, err := o.RateVisit(ctx, o.file().Dossier, Opinion{Score: 5}); !errors.As(err, &step) {
		t.Fatalf("a dossier was rated as a visit: %v", err)
	}
}

// The rating of a visit is found by nobody and shown in no list: it has no number.
func TestRatingOfAVisitIsNoDossier(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	id := syncproto.DossierID{44}
	get(o.RateVisit(ctx, id, Opinion{Score: 5}))(t)
	r := get(o.RateVisit(ctx, id, Opinion{Score: 1, Reasons: []string{"machine"}}))(t)
	if r.N != 2 || r.Score != 1 {
		t.Fatalf("%+v", r)
	}
	if rows := get(o.Outbox(ctx, OutboxQuery{}))(t); len(rows) != 0 {
		t.Fatalf("%d rows in the outbox", len(rows))
	}
	events := get(o.PendingEvents(ctx, 1, 10, 1<<20))(t)
	if len(events) != 2 || events[0].Header.Type != dossier.VisitRated || events[0].Header.Actor != "kiosk" || len(events[0].Payload) > 100 {
		t.Fatalf("%+v", events)
	}
	if n := get(o.Rebuild(ctx))(t); n != 0 {
		t.Fatalf("%d projections differ", n)
	}
	get(o.SetAck(ctx, o.ack(2, 100)))(t)
	_, err := o.RateVisit(ctx, id, Opinion{Score: 3})
	wantErr(t, err, ErrRated)
}

// Practice keeps a rating and never sends it.
func TestRatingInPractice(t *testing.T) {
	o := openOffice(t)
	p, err := Open(t.Context(), filepath.Join(o.dir, "practice"), o.keys, Options{Practice: true})
	o.must(err)
	defer p.Close()
	ctx := t.Context()
	id := syncproto.DossierID{45}
	get(p.RateVisit(ctx, id, Opinion{Score: 5}))(t)
	if r := get(p.RateVisit(ctx, id, Opinion{Score: 4}))(t); r.Stands || r.N != 2 {
		t.Fatalf("%+v", r)
	}
}
