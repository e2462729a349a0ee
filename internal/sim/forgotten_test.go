package sim

import (
	"crypto/sha256"
	"testing"
	"time"

	"bendo/syncproto"
	"bendo/syncproto/prototest"
)

// TestSmokeForgottenEpochs (I7): a portal that goes back to before it granted two epochs has no
// log of the one between. What was written in it comes back all the same, and nobody asks for it
// in a tight loop.
func TestSmokeForgottenEpochs(t *testing.T) {
	for _, told := range []bool{true, false} {
		o := Options{Seed: 1, Offices: 1, Length: 3 * 24 * time.Hour, Without: allMishaps}
		w := newWorld(t, o)
		office, r := w.offices[0], w.chance(1, "desk")
		p := office.place
		p.forked = true // more than one log
		var backup prototest.Snapshot
		for hour, do := range []func(){
			func() { office.file(r, 1) }, func() { backup = w.portal.Snapshot() }, func() { office.file(r, 1) },
			func() { p.grant(office) }, func() { office.file(r, 2) }, func() { p.grant(office) }, func() { office.file(r, 0) },
			func() {
				if w.restored++; told {
					w.portal.Restore(backup)
					return
				}
				w.byHand = true
				w.portal.Swap(backup)
			},
		} {
			w.plan(time.Duration(hour+1)*time.Hour, do)
		}
		w.play()
		w.atTheEnd()
		w.end()
		if epoch := office.book.id.Epoch; w.err != nil || epoch < 3 || len(p.order) != 4 {
			t.Fatalf("the history was not played: %v, epoch %d, %d filings", w.err, epoch, len(p.order))
		}
		for _, b := range w.report.Broken {
			t.Errorf("told %t: %s", told, b)
		}
		for _, l := range office.book.logs {
			t.Logf("told %t: epoch %d has %d events, %d acknowledged", told, l.id.Epoch, len(l.events), l.acked)
		}
	}
}

// newWorld is a world whose history a test writes itself.
func newWorld(t *testing.T, o Options) *world {
	t.Helper()
	w := &world{ctx: virtual{t.Context()}, o: o, start: time.Date(2026, 11, 2, 2, 0, 0, 0, time.UTC), hash: sha256.New(), texts: newTexts(),
		reads: newReads(), items: map[syncproto.Cursor]uint64{}, prefix: map[syncproto.LogID]prefix{}, report: Report{Mishaps: map[string]int{}}}
	if err := w.build(); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) play() {
	for w.queue.len() > 0 && w.queue.first() <= w.o.Length && len(w.report.Broken) == 0 && w.err == nil {
		w.next()
	}
	w.now = w.o.Length
}

// TestSmokeFeedGoneBack (I6, I7, I24): a portal whose data went back unnoticed, and grew past what
// its offices had read, gives out places of the feed that they know. The marks of the places show it:
// what was lost comes back by the echo, and every office reads what is new in the old places. Without
// marks (a planted bug) nobody would.
func TestSmokeFeedGoneBack(t *testing.T) {
	for _, bug := range []prototest.Bug{prototest.NoBug, prototest.GivesNoMarks} {
		w := newWorld(t, Options{Seed: 3, Offices: 2, Length: 24 * time.Hour, Without: allMishaps, Portal: bug})
		var backup prototest.Snapshot
		var said []syncproto.EventID
		says := func(n int) {
			for range n {
				id := syncproto.EventID{7, byte(len(said) + 1)}
				said = append(said, id)
				body, err := syncproto.EncodeOutcome(syncproto.Outcome{Event: id, Code: syncproto.OutcomeAccepted})
				if err != nil {
					t.Fatal(err)
				}
				w.portal.Publish(syncproto.FeedItem{Kind: syncproto.FeedOutcome, Body: body})
			}
		}
		for hour, do := range []func(){
			func() { says(3) }, func() { backup = w.portal.Snapshot() }, func() { says(2) },
			func() { w.portal.Swap(backup); says(5) },
		} {
			w.plan(time.Duration(hour+1)*time.Hour, do)
		}
		w.play()
		w.end()
		missing := 0
		for _, o := range w.offices {
			for _, id := range said {
				if o.book.outcomes[id] == "" {
					missing++
				}
			}
		}
		if w.err != nil || len(w.report.Broken) > 0 || len(said) != 10 {
			t.Fatal(w.err, w.report.Broken)
		}
		if (missing > 0) != (bug == prototest.GivesNoMarks) {
			t.Errorf("the portal %s, and offices miss %d of what it said", bug, missing)
		}
	}
}
