package processes

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
)

// full says whether the nightly sizes are wanted.
func full() bool { return os.Getenv("BENDO_TORTURE") == "full" }

// smokeSeed is what the small sizes play, so that a change is judged by the same choices as the one
// before it. New choices are the nightly run's.
const smokeSeed = 1

// seedOf is the seed of a run; it is always printed. BENDO_SEED gives one, or "random".
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(smokeSeed)
	switch s := os.Getenv("BENDO_SEED"); {
	case s == "random" || s == "" && full():
		seed = rand.Uint64() % 1_000_000_000
	case s != "":
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("BENDO_SEED=%q is neither a number nor the word random: %v", s, err)
		}
		seed = n
	}
	t.Logf("seed %d (repeat with BENDO_SEED=%d)", seed, seed)
	return seed
}

// tally counts what happened.
type tally map[string]int

func (c tally) add(other tally) {
	for k, n := range other {
		c[k] += n
	}
}

// rounds plays so many seeds, each in directories of its own and beside one another as -parallel
// allows, and adds up what happened. One that fails does not stop the others.
func rounds(t *testing.T, n int, play func(t *testing.T, seed uint64) tally) {
	t.Helper()
	first := seedOf(t)
	var mu sync.Mutex
	all, passed := tally{}, 0
	t.Run("rounds", func(t *testing.T) {
		for seed := first; seed < first+uint64(n); seed++ {
			t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
				t.Parallel()
				counts := play(t, seed)
				mu.Lock()
				defer mu.Unlock()
				all.add(counts)
				if !t.Failed() {
					passed++
				}
			})
		}
	})
	t.Logf("seeds %d–%d, %d of %d rounds passed: %v", first, first+uint64(n)-1, passed, n, all)
}
