package line

import (
	"maps"
	"slices"
	"time"
)

const (
	kbit = 1_000
	mbit = 1_000_000
	ms   = time.Millisecond
)

// The lines our figures are quoted for, at both levels. Rates are IP bytes; the delay is half of the
// usual round trip. Queues are those of modems bought for such lines: seconds of data, not more
// because nobody tuned them.
var (
	twoG = Profile{RateUp: 64 * kbit, RateDown: 128 * kbit, Delay: 300 * ms, Jitter: 100 * ms, Loss: 0.02,
		Queue: 32 << 10, QueueDown: 64 << 10}
	threeG = Profile{RateUp: 384 * kbit, RateDown: 1000 * kbit, Delay: 125 * ms, Jitter: 40 * ms, Loss: 0.01,
		Queue: 128 << 10, QueueDown: 256 << 10}
	fourG = Profile{RateUp: 2 * mbit, RateDown: 5 * mbit, Delay: 60 * ms, Jitter: 20 * ms, Loss: 0.01,
		Queue: 256 << 10, QueueDown: 512 << 10}
	satellite = Profile{RateUp: 256 * kbit, RateDown: 1024 * kbit, Delay: 325 * ms, Jitter: 20 * ms, Loss: 0.005,
		Queue: 64 << 10, QueueDown: 256 << 10}
	good = Profile{RateUp: 20 * mbit, RateDown: 20 * mbit, Delay: 20 * ms, Jitter: 2 * ms,
		Queue: 256 << 10, QueueDown: 256 << 10}
)

var named = map[string]Profile{
	"demo":           {RateUp: 128 * kbit, RateDown: 128 * kbit, Delay: 250 * ms},
	"2g":             twoG,
	"2g-cuts":        twoG.cutting(45*time.Second, 15*time.Second, Hold),
	"2g-cuts-reset":  twoG.cutting(45*time.Second, 15*time.Second, Reset),
	"2g-cuts-nat":    twoG.cutting(45*time.Second, 15*time.Second, Blackhole),
	"2g-burst":       twoG.bursting(4),
	"3g":             threeG,
	"4g":             fourG,
	"4g-flaky":       fourG.cutting(60*time.Second, 20*time.Second, Hold),
	"4g-flaky-reset": fourG.cutting(60*time.Second, 20*time.Second, Reset),
	"4g-cuts":        fourG.cutting(40*time.Second, 15*time.Second, Hold),
	"4g-cuts-reset":  fourG.cutting(40*time.Second, 15*time.Second, Reset),
	"vsat":           satellite,
	"good":           good,
	"500ms":          {RateUp: mbit, RateDown: mbit, Delay: 250 * ms},
	"48k":            urgent(48 * kbit),
	"128k":           urgent(128 * kbit),
	"256k":           urgent(256 * kbit),
}

// urgent is the line on which the wait of a fresh dossier behind bulk is measured: 500 ms, 1 % loss,
// and two seconds of queue, at least 16 KiB.
func urgent(rate int64) Profile {
	return Profile{RateUp: rate, RateDown: rate, Delay: 250 * ms, Loss: 0.01, Queue: max(16<<10, int(rate/8*2))}
}

// Named gives a profile by name and says whether there is one.
func Named(name string) (Profile, bool) {
	p, ok := named[name]
	return p, ok
}

// Names are the names Named knows, sorted.
func Names() []string { return slices.Sorted(maps.Keys(named)) }

func (p Profile) cutting(every, last time.Duration, mode CutMode) Profile {
	p.CutEvery, p.CutFor, p.OnCut = every, last, mode
	return p
}

func (p Profile) bursting(mean float64) Profile {
	p.Burst = mean
	return p
}
