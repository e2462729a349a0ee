package processes

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// TestSmokeClocks files and carries while the office's wall clock jumps ten years, runs backwards,
// stands still, wakes in 1970 or 2036, and its programs die (T7, I19). The portal's clock is right.
// Nothing is lost, nothing comes in another order, nothing is blocked: in the end the clock is still
// wrong and everything has arrived. BENDO_TORTURE=full makes it 500 jumps.
func TestSmokeClocks(t *testing.T) {
	t.Parallel()
	jumps, count := 14, 1
	if full() {
		jumps, count = 50, 10
	}
	rounds(t, count, func(t *testing.T, seed uint64) tally { return clockStorm(t, seed, jumps) })
}

func clockStorm(t *testing.T, seed uint64, jumps int) tally {
	wall := newWall(t)
	s := stormWith(t, seed, wall.tools())
	chance := rand.New(rand.NewPCG(seed, 7))
	boots := 0
	s.strike = func() (string, error) {
		what, words := wrongClock(chance)
		if chance.IntN(3) == 0 { // a new boot: what was monotonic begins anew
			boots++
			words += fmt.Sprint(" boot=b", boots)
		}
		wall.set(words)
		var err error
		switch chance.IntN(4) {
		case 0:
			err = s.agent.kill()
		case 1:
			err = s.desk.kill()
		}
		return what, err
	}
	s.run(jumps)
	return s.counts
}

func wrongClock(chance *rand.Rand) (what, words string) {
	since := " since=" + time.Now().UTC().Format(time.RFC3339)
	switch chance.IntN(9) {
	case 0:
		return "ten years ahead", "offset=87660h"
	case 1:
		return "ten years behind", "offset=-87660h"
	case 2:
		return "1970", "set=1970-01-01T00:00:01Z" + since
	case 3:
		return "2036", "set=2036-02-07T06:28:16Z" + since
	case 4:
		return "backwards", "rate=-1" + since
	case 5:
		return "frozen", "rate=0" + since
	case 6:
		return "a thousand times as fast", "rate=1000" + since
	case 7:
		return "minutes off", fmt.Sprintf("offset=%dm", chance.IntN(240)-120)
	}
	return "right", ""
}
