package sim

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"bendo/syncproto/prototest"
)

var (
	seeds     = flag.Int("seeds", 0, "how many seeds of the pure core to play; 0: 100 small ones, or 1,000 full ones with BENDO_TORTURE=full")
	firstSeed = flag.Uint64("seed", 1, "the first seed")
	full      = flag.Bool("full", os.Getenv("BENDO_TORTURE") == "full", "play full seeds: 50 offices for 30 days")
	only      = flag.Int("only", 0, "the only office that plays, from 1")
	days      = flag.Int("days", 0, "a length other than the usual")
	hashes    = flag.Bool("hashes", false, "print the hash of each seed's trace: what makes the simulator faster may not change it")
	without   = flag.String("without", "", "mishaps left out, with commas: "+strings.Join(mishapNames, ","))
)

// smoke is a seed's three offices for four days. Most are quiet, so that a hundred seeds fit
// into half a minute; every twentieth is busy.
func smoke(seed uint64) Options {
	o := Options{Seed: seed, Offices: 3, Length: 4 * 24 * time.Hour, PerDay: 0.7, History: true}
	if seed%20 == 4 {
		o.PerDay, o.Length = 4, 9*24*time.Hour // long enough for the backup of seven days
	}
	return o
}

// month is the full size: fifty offices and thirty days; some are quiet, some are busy.
func month(seed uint64) Options {
	return Options{Seed: seed, Offices: 50, Length: 30 * 24 * time.Hour, PerDay: []float64{0.3, 1, 1, 3}[seed%4], History: true}
}

func options(t *testing.T, seed uint64) Options {
	t.Helper()
	o := smoke(seed)
	if *full {
		o = month(seed)
	}
	o.Only = *only
	if *days > 0 {
		o.Length = time.Duration(*days) * 24 * time.Hour
	}
	for _, name := range strings.Split(*without, ",") {
		for i, known := range mishapNames {
			if name == known {
				o.Without |= 1 << i
			}
		}
	}
	return o
}

// failing shows a seed as small as it gets: the shortest run with the fewest offices and
// the least bad luck that still fails. It may fail of something else; both are shown.
func failing(t *testing.T, o Options, r Report) {
	t.Helper()
	small, found := Smaller(t.Context(), o, r)
	b := found.Broken[0]
	args := fmt.Sprintf("-seed %d -seeds 1 -only %d -days %d -without '%s'", small.Seed, small.Only, int(small.Length.Hours()/24), small.Without)
	if o.Offices == 50 {
		args += " -full"
	}
	for _, also := range r.Broken[1:] {
		t.Logf("also: %s", also)
	}
	t.Errorf("seed %d (%d offices): %s\nmade small: %s\nreplay: go test ./internal/sim -run TestSmokeCore %s\n%s",
		o.Seed, o.Offices, r.Broken[0], b, args, strings.Join(b.Trace, "\n"))
}

// TestSmokeCore plays months of offices on the pure core (T4a, and T5, T6, T7 with every
// seed): 100 small seeds, or 1,000 of 50 offices and 30 days.
//
// I1–I10, I12–I15, I18–I20, I24 and I25 are judged in every seed: by check, early and
// arrivedAll at the province, by watch at every step of a machine, by Linear for the
// histories of logs.
func TestSmokeCore(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // much short-lived, little kept
	count := *seeds
	if count == 0 {
		count = map[bool]int{false: 100, true: 1000}[*full]
	}
	if testing.Short() {
		count = min(count, 10)
	}
	begun := time.Now()
	var mu sync.Mutex
	all, histories := Report{Mishaps: map[string]int{}}, 0
	each(count, func(i int) bool {
		o := options(t, *firstSeed+uint64(i))
		r, err := Run(t.Context(), o)
		for _, h := range r.Histories {
			if err == nil && len(r.Broken) == 0 && !Linear(h) {
				t.Errorf("seed %d: I25: no order explains the acks of an office (%d accesses)", o.Seed, len(h))
			}
		}
		mu.Lock()
		defer mu.Unlock()
		all.add(r)
		histories += len(r.Histories)
		if err != nil {
			t.Errorf("seed %d: %v", o.Seed, err)
		} else if len(r.Broken) > 0 && !t.Failed() {
			failing(t, o, r)
		}
		if *hashes {
			t.Logf("seed %d: hash %x, %d steps, %d requests", o.Seed, r.Hash, r.Steps, r.Requests)
		}
		if *full {
			t.Logf("seed %d is played, after %s", o.Seed, time.Since(begun).Round(time.Second))
		}
		return !t.Failed()
	})
	t.Logf("%d seeds from %d: %d submissions, %d requests, %d steps, %d histories; scans %d bytes sent, %d needed; %v",
		count, *firstSeed, all.Submissions, all.Requests, all.Steps, histories, all.Sent, all.Need, all.Mishaps)
}

// each does n pieces of work on all processors until one says false.
func each(n int, do func(i int) bool) {
	var work sync.WaitGroup
	next, stop := make(chan int), make(chan struct{})
	var once sync.Once
	for range runtime.GOMAXPROCS(0) {
		work.Go(func() {
			for i := range next {
				if !do(i) {
					once.Do(func() { close(stop) })
				}
			}
		})
	}
	for i := range n {
		select {
		case next <- i:
			continue
		case <-stop:
		}
		break
	}
	close(next)
	work.Wait()
}

func (r *Report) add(x Report) {
	r.Submissions, r.Requests, r.Steps = r.Submissions+x.Submissions, r.Requests+x.Requests, r.Steps+x.Steps
	r.Sent, r.Need = r.Sent+x.Sent, r.Need+x.Need
	for what, n := range x.Mishaps {
		r.Mishaps[what] += n
	}
}

// TestSmokeSameSeedSameTrace: a seed replays exactly, and another one does not.
func TestSmokeSameSeedSameTrace(t *testing.T) {
	o := smoke(7)
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

// TestSmokeCalmLineRepeatsNothing: without bad luck every byte of a scan goes once (I18: at
// most one byte in a hundred is repeated).
func TestSmokeCalmLineRepeatsNothing(t *testing.T) {
	o := Options{Seed: 1, Offices: 10, Length: 5 * 24 * time.Hour, PerDay: 4, Without: allMishaps}
	r, err := Run(t.Context(), o)
	if err != nil || len(r.Broken) > 0 {
		t.Fatal(err, r.Broken)
	}
	if r.Need == 0 || float64(r.Sent) > 1.01*float64(r.Need) {
		t.Errorf("%d bytes of scans were sent, %d are at the province", r.Sent, r.Need)
	}
}

// TestSmokePlantedBugs: the checker sees each planted bug within a few seeds.
func TestSmokePlantedBugs(t *testing.T) {
	for name, plant := range map[string]func(*Options){
		"resend never":     func(o *Options) { o.Bug = ResendNever },
		"offset forgotten": func(o *Options) { o.Bug = OffsetForgotten },
		"no sync":          func(o *Options) { o.Bug = NoSync },
		"cursor first":     func(o *Options) { o.Bug = CursorFirst },
		"silent status":    func(o *Options) { o.Bug = SilentStatus },
		"fork unseen":      func(o *Options) { o.Bug = ForkUnseen; o.Without, o.Offices = 0, 10 },
		"ack before storing": func(o *Options) { // seen when the portal dies before its next exchange
			o.Portal, o.Offices, o.PerDay, o.Restart, o.Length = prototest.AckBeforeStoring, 1, 40, 20*time.Minute, 2*24*time.Hour
		},
		"forgets on restart": func(o *Options) { o.Portal = prototest.ForgetsOnRestart },
		"completes on EOF":   func(o *Options) { o.Portal = prototest.CompletesOnEOF },
		"overwrites": func(o *Options) {
			o.Portal = prototest.Overwrites
			o.Without, o.Length, o.Offices, o.Only = 0, 9*24*time.Hour, 10, 9 // whose disk is cloned
			o.Seed += 19                                                      // with a healer beside it few histories show it
		},
		"receipt too early": func(o *Options) { o.Portal = prototest.ReceiptTooEarly },
		"drops poison":      func(o *Options) { o.Portal = prototest.DropsPoison },
		"no healer":         func(o *Options) { o.Bug = NoHealer; o.Without, o.Offices, o.Only, o.Length = 0, 10, 9, 9*24*time.Hour },
		"rejoin forgets": func(o *Options) {
			o.Bug = RejoinForgets
			o.Without, o.Offices, o.Only, o.Length = 0, 10, 9, 9*24*time.Hour
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= 20; seed++ {
				o := smoke(seed)
				o.Offices, o.PerDay, o.Without = 3, 4, PortalRestores|Clones|OldDisks
				plant(&o)
				r, err := Run(t.Context(), o)
				if err != nil {
					t.Fatal(err)
				}
				if len(r.Broken) == 0 {
					continue
				}
				t.Logf("seed %d: %s", seed, r.Broken[0])
				return
			}
			t.Error("twenty seeds and nobody noticed")
		})
	}
}

// TestSmokeFailingSeedGetsSmaller: what has nothing to do with a bug is left out of its trace.
func TestSmokeFailingSeedGetsSmaller(t *testing.T) {
	o := smoke(1)
	o.PerDay, o.Bug = 4, ResendNever
	r, err := Run(t.Context(), o)
	if err != nil || len(r.Broken) == 0 {
		t.Fatal("the planted bug is not seen", err)
	}
	small, found := Smaller(t.Context(), o, r)
	if small.Only == 0 || small.Length >= o.Length || small.Without&(Clones|OldDisks|Clocks|Poison) != Clones|OldDisks|Clocks|Poison || len(found.Broken[0].Trace) == 0 {
		t.Errorf("it got as small as %+v: %s", small, found.Broken[0])
	}
}

// TestSmokePlantedDossier: the model of a dossier refuses what no office may see.
func TestSmokePlantedDossier(t *testing.T) {
	at := func(who Who, level, call int) Sight {
		return Sight{Who: who, Level: level, Call: time.Duration(call), Return: time.Duration(call + 1)}
	}
	ok := []Sight{at(Desk, 0, 1), at(Office, Saved, 3), at(Province, Received, 5), at(Office, Received, 7)}
	if !DossierLinear(append(ok, at(Province, Whole, 9), at(Restored, 0, 11), at(Province, Saved, 13), at(Office, Saved, 15))) {
		t.Fatal("a right history is refused")
	}
	for name, bad := range map[string]Sight{
		"an ack before it is there": at(Office, Whole, 5), "a dossier that goes away": at(Province, Saved, 9), "an ack that is taken back": at(Office, Saved, 9),
		"filed twice": at(Desk, 0, 9), "seen before it was filed": at(Office, Saved, 0),
	} {
		h := append(ok[:len(ok):len(ok)], bad)
		if name == "an ack before it is there" {
			h = append(h[:2:2], bad, at(Province, Received, 7))
		}
		if name == "seen before it was filed" {
			h[len(h)-1].Return = 0
		}
		if DossierLinear(h) {
			t.Errorf("a history with %s is taken", name)
		}
	}
}

// TestSmokePlantedHistory: the model of a log refuses an ack that no order explains.
func TestSmokePlantedHistory(t *testing.T) {
	ok := []Access{{First: 1, Last: 3, Applied: 3, Generation: 1, Call: 1, Return: 2}, {First: 4, Last: 5, Lost: true, Call: 3, Return: 9},
		{Applied: 5, Generation: 1, Call: 5, Return: 6}, {Restore: true, Applied: 3, Generation: 2, Call: 10, Return: 10}, {Applied: 3, Generation: 2, Call: 11, Return: 12}}
	if !Linear(ok) {
		t.Fatal("a right history is refused")
	}
	for name, bad := range map[string]Access{
		"goes back":        {Applied: 2, Generation: 2, Call: 13, Return: 14},
		"from nowhere":     {Applied: 9, Generation: 2, Call: 13, Return: 14},
		"takes a gap":      {First: 8, Last: 9, Applied: 9, Generation: 2, Call: 13, Return: 14},
		"older generation": {Applied: 3, Generation: 1, Call: 13, Return: 14},
	} {
		if Linear(append(ok[:len(ok):len(ok)], bad)) {
			t.Errorf("a history that %s is taken", name)
		}
	}
}
