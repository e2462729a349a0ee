package intake_test

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

// oddStream is what an office may send in its worst week, in a random order of
// kinds: filings with and without scans, a number twice, an id twice, the same
// event twice, poison, notes to dossiers known and unknown, newer types, rivals.
func oddStream(t *testing.T, office *intaketest.Office, r *rand.Rand, n int) []syncproto.Event {
	shared := scan(40)
	var filings []intaketest.Filing
	var events []syncproto.Event
	aside := func(kind string, version uint32, payload string) syncproto.Event {
		e := office.NewFiling(t, nil, nil).Event
		e.Header.Type, e.Header.Version, e.Payload = kind, version, []byte(payload)
		if len(filings) > 0 {
			e.Header.Dossier = filings[r.IntN(len(filings))].ID
		}
		return e
	}
	for len(events) < n {
		switch kind := r.IntN(10); {
		case kind < 3 || len(filings) == 0:
			scans := [][]byte{nil, shared, scan(30)}[:1+r.IntN(3)][1:]
			filings = append(filings, office.NewFiling(t, scans, nil))
			events = append(events, filings[len(filings)-1].Event)
		case kind == 3: // a number twice
			taken := filings[r.IntN(len(filings))].Payload.Slip
			f := office.NewFiling(t, nil, func(p *dossier.SubmittedPayload) { p.Slip = taken })
			events = append(events, f.Event)
		case kind == 4: // an id with other bytes
			e := events[r.IntN(len(events))]
			e.Payload = bytes.Replace(e.Payload, []byte("Yến"), []byte("Oanh"), 1)
			events = append(events, e)
		case kind == 5: // the same again, as after a fork
			events = append(events, events[r.IntN(len(events))])
		case kind == 6:
			events = append(events, aside(dossier.Submitted, 1, "{\x00 not what it says"))
		case kind == 7:
			events = append(events, aside(dossier.Note, 0, `{"text":"bổ sung lời khai"}`))
		case kind == 8:
			events = append(events, aside("weighed", 0, `{}`))
		default:
			events = append(events, aside(dossier.Refused, 2, `{"reason":"không phải việc của xã"}`))
		}
	}
	return events
}

// trace is what a province tells and keeps after a stream.
func trace(t *testing.T, p *intaketest.Province, office *intaketest.Office, events []syncproto.Event) []string {
	var lines []string
	for _, item := range office.Drain(t) {
		line := item.Kind
		switch item.Kind {
		case syncproto.FeedOutcome:
			o, err := syncproto.DecodeOutcome(item.Body)
			check(t, err)
			line += " " + o.Event.String() + " " + o.Code
		case syncproto.FeedReceipt:
			receipt, err := syncproto.DecodeReceipt(item.Body)
			check(t, err)
			line += " " + receipt.Dossier.String() + " " + receipt.Manifest.String()
		}
		lines = append(lines, line)
	}
	var dossiers []syncproto.DossierID
	for _, e := range events {
		if !slices.Contains(dossiers, e.Header.Dossier) {
			dossiers = append(dossiers, e.Header.Dossier)
		}
	}
	check(t, p.DB.Read(context.Background(), func(tx *store.Tx) error {
		for _, id := range dossiers {
			stored, err := tx.EventsOf(commune, id)
			check(t, err)
			for _, e := range stored {
				lines = append(lines, fmt.Sprintf("event %s %s %s %x", id, e.Event.Header.ID, e.State, e.Event.Payload))
			}
			if c, err := tx.FindCase(commune, id); err == nil {
				lines = append(lines, fmt.Sprintf("case %s %s %s %d %v %q", id, c.Slip, c.State, c.NationalCode, c.Complete, c.Card.Applicant))
			}
		}
		return nil
	}))
	return lines
}

// TestABatchIsItsEvents: one batch of many has the effect of many batches of one,
// in outcomes, order, receipts, stored events and cases.
func TestABatchIsItsEvents(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	still := time.Now()
	storetest.Each(t, func(t *testing.T, o store.Options) {
		o.Now = func() time.Time { return still }
		other := o
		other.Dir, other.Blobs = t.TempDir(), t.TempDir()
		if o.Database != "" {
			other.Database = storetest.Postgres(t)
		}
		whole, single := intaketest.NewProvince(t, o), intaketest.NewProvince(t, other)
		for round := range 4 {
			r := rand.New(rand.NewPCG(seed, uint64(round)))
			a, b := whole.Enrol(t, commune, "xã Giao Long"), single.Enrol(t, commune, "xã Giao Long")
			a.Drain(t)
			b.Drain(t)
			events := oddStream(t, a, r, 60)
			for _, batch := range a.Batches(t, slices.Clone(events)) {
				a.PushBatch(t, batch)
			}
			for _, e := range events {
				b.Push(t, e)
			}
			got, want := trace(t, whole, a, events), trace(t, single, b, events)
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || got[i] != want[i] {
					t.Fatalf("seed %d round %d line %d of %d and %d:\n batch  %.300s\n single %.300s", seed, round, i, len(got), len(want), at(got, i), at(want, i))
				}
			}
		}
	})
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// TestExactlyOnceAmongNeighbours: machines of one commune push at the same time,
// each twice over (an answer was lost), and officers' steps would lock the same
// rows: every event is there once, told once, and the feed has no gap (I1, I3, I25).
func TestExactlyOnceAmongNeighbours(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		const machines, batches, each = 6, 5, 8
		var group sync.WaitGroup
		offices := make([]*intaketest.Office, machines)
		for i := range offices {
			offices[i] = province.Enrol(t, commune, "xã Giao Long")
		}
		for _, office := range offices {
			var sealed []syncproto.Batch
			for range batches {
				var events []syncproto.Event
				for range each {
					events = append(events, office.NewFiling(t, nil, nil).Event)
				}
				sealed = append(sealed, office.Batches(t, events)...)
			}
			group.Go(func() {
				var again sync.WaitGroup
				for _, b := range sealed {
					again.Go(func() { office.PushBatch(t, b) }) // the repeat of a lost answer
					office.PushBatch(t, b)
					again.Wait()
				}
			})
		}
		group.Wait()
		items := offices[0].Drain(t)
		told := map[syncproto.EventID]int{}
		for i, item := range items {
			if i > 0 && item.Pos <= items[i-1].Pos {
				t.Fatalf("position %d after %d", item.Pos, items[i-1].Pos)
			}
			if item.Kind == syncproto.FeedOutcome {
				outcome, err := syncproto.DecodeOutcome(item.Body)
				check(t, err)
				told[outcome.Event]++
			}
		}
		if len(told) != machines*batches*each {
			t.Errorf("%d events told, want %d", len(told), machines*batches*each)
		}
		for id, n := range told {
			if n != 1 {
				t.Errorf("event %s told %d times", id, n)
			}
		}
		check(t, province.DB.Read(context.Background(), func(tx *store.Tx) error {
			head, err := tx.FeedHead(commune)
			// An outcome and a receipt for each; positions have no gap.
			if want := uint64(2 * machines * batches * each); err == nil && head != want {
				t.Errorf("the feed ends at %d, want %d", head, want)
			}
			return err
		}))
	})
}
