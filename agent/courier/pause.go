package courier

import (
	"math/rand/v2"
	"time"

	"github.com/cenkalti/backoff/v4"
)

// The pauses of the road (design of the protocol, measured on bad lines): re-dial
// quickly at first, because a cut is usually seconds; never more than a minute away,
// because a line that came back must not be noticed late.
const (
	firstPause   = time.Second
	pauseGrowth  = 1.7
	pauseJitter  = 0.5
	fresh        = time.Minute // of an outage: at most 3 s, most cuts end by then
	freshCap     = 3 * time.Second
	early        = 10 * time.Minute // of an outage: at most 5 s
	earlyCap     = 5 * time.Second
	first        = time.Hour // of an outage: at most 15 s
	firstCap     = 15 * time.Second
	lateCap      = time.Minute
	slowCap      = 5 * time.Minute // somebody must act first: captive, refused
	leastGap     = time.Second     // between two attempts, whoever wakes us
	leastGapSlow = 30 * time.Second
)

// pauses counts one row of failures. Only acknowledged progress ends it. The
// library's own jitter takes chance from a global source; ours is seeded, so that a
// simulation replays.
type pauses struct {
	grow   *backoff.ExponentialBackOff
	chance *rand.Rand
	since  time.Time // of the outage; zero none
}

func newPauses(seed uint64) *pauses {
	p := &pauses{chance: rand.New(rand.NewPCG(seed, 0x6a69747465720000))}
	p.grow = backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(firstPause), backoff.WithMultiplier(pauseGrowth),
		backoff.WithRandomizationFactor(0), backoff.WithMaxInterval(earlyCap),
		backoff.WithMaxElapsedTime(0), // the default would give up after 15 minutes
	)
	return p
}

// fail gives the pause after one more failure. slow is for what only a person can
// mend.
func (p *pauses) fail(now time.Time, slow bool) time.Duration {
	if p.since.IsZero() {
		p.since = now
	}
	limit := lateCap
	switch age := now.Sub(p.since); {
	case slow:
		limit = slowCap
	case age < fresh:
		limit = freshCap
	case age < early:
		limit = earlyCap
	case age < first:
		limit = firstCap
	}
	p.grow.MaxInterval = limit
	d := p.jitter(min(p.grow.NextBackOff(), limit))
	if limit <= earlyCap { // a line that comes back is noticed in time, whatever chance says
		d = min(d, limit)
	}
	return d
}

// jitter spreads a pause by ±50 %, so that three hundred offices do not return in
// the same second.
func (p *pauses) jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (1 + pauseJitter*(2*p.chance.Float64()-1)))
}

func (p *pauses) progress() {
	p.since = time.Time{}
	p.grow.Reset()
}
