package bench

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"bendo/internal/seal"
	"bendo/portal/store"
)

// province is what the portal's store says about the dossiers it has.
type province struct {
	cases    int
	complete int       // of cases
	records  time.Time // when the last dossier came
	arrived  time.Time // when the last scan was whole; records when there are none
	bytes    int64     // durable bytes of scans
	waits    map[string]wait
}

// wait is one dossier's way, by its reference.
type wait struct{ filed, received time.Time }

// look reads the store beside the portal that serves it.
func (l *lab) look(ctx context.Context) (p province, err error) {
	keeper, err := seal.LoadOrCreate(seal.Options{DataDir: l.state(), MustExist: true})
	if err != nil {
		return p, err
	}
	db, err := store.Open(ctx, store.Options{Dir: l.state(), Blobs: filepath.Join(l.state(), "blobs"), Keeper: keeper})
	if err != nil {
		return p, err
	}
	defer db.Close()
	p.waits = map[string]wait{}
	err = db.Read(ctx, func(tx *store.Tx) error {
		cases, err := tx.Cases(commune)
		if err != nil {
			return err
		}
		for _, one := range cases {
			if err := p.add(tx, one); err != nil {
				return fmt.Errorf("looking at dossier %s: %w", one.ID, err)
			}
		}
		return nil
	})
	return p, err
}

func (p *province) add(tx *store.Tx, one store.Case) error {
	received := time.UnixMilli(one.ReceivedAt)
	p.cases++
	p.records, p.arrived = later(p.records, received), later(p.arrived, received)
	if one.Complete {
		p.complete++
	}
	events, err := tx.EventsOf(commune, one.ID)
	if err != nil {
		return err
	}
	if len(events) > 0 {
		p.waits[one.Card.Reference] = wait{time.UnixMilli(events[0].Event.Header.At), received}
	}
	blobs, err := tx.BlobsOf(commune, one.ID)
	if err != nil {
		return err
	}
	for _, b := range blobs {
		p.bytes += b.Size
		if b.Complete() {
			p.arrived = later(p.arrived, time.UnixMilli(b.CompleteAt))
		}
	}
	return nil
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// percentile is the nearest-rank percentile of seconds.
func percentile(seconds []float64, p float64) float64 {
	if len(seconds) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(seconds))
	return s[min(len(s)-1, int(p*float64(len(s))))]
}
