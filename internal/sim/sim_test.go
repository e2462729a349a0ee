package sim

import (
	"flag"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"bendo/syncproto/prototest"
)

var (
	seeds     = flag.Int("seeds", 100, "how many seeds of the pure core to play")
	firstSeed = flag.Uint64("seed", 1, "the first seed")
)

// week is a seed's ten offices for seven days. Most are quiet, so that a hundred seeds
// fit into two minutes of two cores; every tenth is busy.
func week(seed uint64) Options {
	o := Options{Seed: seed, Offices: 10, Length: 7 * 24 * time.Hour, PerDay: 0.5, Restore: seed%2 == 0}
	if seed%10 == 4 {
		o.PerDay = 4
	}
	return o
}

// failing shows a seed as short as it gets: alone if the office fails alone.
func failing(t *testing.T, o Options, r Report) {
	t.Helper()
	b := r.Broken[0]
	if b.Office > 0 {
		alone := o
		alone.Only = b.Office
		if again, err := Run(t.Context(), alone); err == nil && len(again.Broken) > 0 {
			o, b = alone, again.Broken[0]
		}
	}
	t.Errorf("seed %d (office %d of %d): %s\nreplay: go test ./internal/sim -run TestSmokeCore -seed %d -seeds 1\n%s",
		o.Seed, b.Office, o.Offices, b, o.Seed, strings.Join(b.Trace, "\n"))
}

// TestSmokeCore plays weeks of offices on the pure core.
func TestSmokeCore(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // much short-lived, little kept
	var work sync.WaitGroup
	next := make(chan uint64)
	var mu sync.Mutex
	var all Report
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for seed := range next {
				r, err := Run(t.Context(), week(seed))
				mu.Lock()
				all.Submissions, all.Requests, all.Steps = all.Submissions+r.Submissions, all.Requests+r.Requests, all.Steps+r.Steps
				if err != nil {
					t.Errorf("seed %d: %v", seed, err)
				} else if len(r.Broken) > 0 {
					failing(t, week(seed), r)
				}
				mu.Unlock()
			}
		})
	}
	count := *seeds
	if testing.Short() {
		count = min(count, 10)
	}
	for i := range count {
		if t.Failed() {
			break
		}
		next <- *firstSeed + uint64(i)
	}
	close(next)
	work.Wait()
	t.Logf("%d seeds from %d: %d submissions, %d requests, %d steps", count, *firstSeed, all.Submissions, all.Requests, all.Steps)
}

func TestSameSeedSameTrace(t *testing.T) {
	o := week(7)
	o.Length, o.Offices = 3*24*time.Hour, 4
	a, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	o.Seed++
	c, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if a.Hash != b.Hash || a.Steps == 0 {
		t.Errorf("seed 7 played twice gives %x and %x", a.Hash, b.Hash)
	}
	if a.Hash == c.Hash {
		t.Error("another seed gives the same trace")
	}
}

// The checker sees each planted bug within a few seeds.
func TestPlantedBugs(t *testing.T) {
	for name, plant := range map[string]func(*Options){
		"resend never":     func(o *Options) { o.Bug = ResendNever },
		"offset forgotten": func(o *Options) { o.Bug = OffsetForgotten },
		"ack before storing": func(o *Options) { // seen when the portal dies before its next exchange
			o.Portal, o.Offices, o.PerDay, o.Restart = prototest.AckBeforeStoring, 1, 40, 20*time.Minute
		},
		"forgets on restart": func(o *Options) { o.Portal = prototest.ForgetsOnRestart },
		"completes on EOF":   func(o *Options) { o.Portal = prototest.CompletesOnEOF },
	} {
		t.Run(name, func(t *testing.T) {
			for seed := uint64(1); seed <= 20; seed++ {
				o := week(seed)
				o.Restore, o.Offices, o.PerDay = false, 3, 4
				plant(&o)
				r, err := Run(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				if len(r.Broken) > 0 {
					t.Logf("seed %d: %s", seed, r.Broken[0])
					return
				}
			}
			t.Error("twenty seeds and nobody noticed")
		})
	}
}
