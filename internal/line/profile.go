package line

import (
	"fmt"
	"slices"
	"time"
)

// CutMode says what a cut does to the connections that are open when it comes, and to those that
// are tried while it lasts.
type CutMode int

const (
	// Reset ends open connections with a TCP reset on both sides and refuses new ones, as a modem does
	// that reports the loss of its link.
	Reset CutMode = iota
	// Blackhole lets open connections hang for ever, also after the line is back, as a NAT does that
	// forgot them; neither side is told. A connection tried during the cut is answered when the line
	// is back, as repeated SYNs would be.
	Blackhole
	// Hold stops everything and goes on where it stopped, as short radio shadows do.
	Hold
)

// String gives the mode's name as scripts write it.
func (m CutMode) String() string {
	switch m {
	case Reset:
		return "reset"
	case Blackhole:
		return "blackhole"
	case Hold:
		return "hold"
	}
	return fmt.Sprintf("CutMode(%d)", int(m))
}

// A Cut is one interruption, counted from the moment Run began.
type Cut struct {
	At  time.Duration // when it comes
	For time.Duration // how long it lasts
}

// Profile describes a line. The zero value is a perfect one.
type Profile struct {
	RateUp   int64 // bit/s of IP bytes from the listener's side to the target; 0: unlimited
	RateDown int64 // bit/s of IP bytes from the target; 0: unlimited

	Delay  time.Duration // one way, after the last bit has left
	Jitter time.Duration // added to Delay, uniform in [-Jitter, +Jitter]; order is kept

	// Loss is the chance in [0, 1) that a segment is lost. A stream cannot lose bytes, so the segment is
	// sent again: it pays the rate once more and the connection stalls for one round trip, at least
	// 200 ms (the smallest retransmission time-out of Linux).
	Loss float64

	Cuts     []Cut         // single cuts; they must not overlap
	CutEvery time.Duration // with CutFor: the last CutFor of every CutEvery is cut; 0: never
	CutFor   time.Duration
	OnCut    CutMode

	Queue  int    // bytes the modem's queue holds in each direction; 0: 16 KiB
	Window int    // bytes one connection may have under way in each direction; 0: 64 KiB
	Seed   uint64 // of jitter and loss
}

const (
	defaultQueue  = 16 << 10
	defaultWindow = 64 << 10
)

// Check says what is wrong with a profile.
func (p Profile) Check() error {
	switch {
	case p.RateUp < 0 || p.RateDown < 0:
		return fmt.Errorf("line profile: a rate is negative (up %d, down %d bit/s)", p.RateUp, p.RateDown)
	case p.Delay < 0 || p.Jitter < 0 || p.Jitter > p.Delay:
		return fmt.Errorf("line profile: need 0 ≤ jitter ≤ delay, have jitter %v, delay %v", p.Jitter, p.Delay)
	case p.Loss < 0 || p.Loss >= 1:
		return fmt.Errorf("line profile: loss %v is not in [0, 1)", p.Loss)
	case p.CutEvery < 0 || p.CutFor < 0 || (p.CutEvery > 0) != (p.CutFor > 0) || p.CutFor > 0 && p.CutFor >= p.CutEvery:
		return fmt.Errorf("line profile: periodic cuts need 0 < CutFor < CutEvery, have %v of every %v", p.CutFor, p.CutEvery)
	case p.OnCut < Reset || p.OnCut > Hold:
		return fmt.Errorf("line profile: unknown cut mode %v", p.OnCut)
	case p.Queue < 0 || p.Window < 0:
		return fmt.Errorf("line profile: queue %d and window %d must not be negative", p.Queue, p.Window)
	}
	end := time.Duration(0)
	for i, c := range p.sortedCuts() {
		if c.At < 0 || c.For <= 0 || i > 0 && c.At < end {
			return fmt.Errorf("line profile: cut at %v for %v overlaps another or is empty", c.At, c.For)
		}
		end = c.At + c.For
	}
	return nil
}

// MeanRTT is the round trip of an empty line, without serialisation.
func (p Profile) MeanRTT() time.Duration { return 2 * p.Delay }

func (p Profile) sortedCuts() []Cut {
	return slices.SortedFunc(slices.Values(p.Cuts), func(a, b Cut) int { return int(a.At - b.At) })
}

func (p Profile) stall() time.Duration { return max(p.MeanRTT(), 200*time.Millisecond) }

func (p Profile) queuePackets() int {
	q := p.Queue
	if q == 0 {
		q = defaultQueue
	}
	return max(1, q/(segmentBytes+headerBytes))
}

func (p Profile) windowPackets() int {
	w := p.Window
	if w == 0 {
		w = defaultWindow
	}
	return max(2, w/segmentBytes)
}

// Named gives a profile by name, the ones our figures are quoted for, and whether there is one.
// Rates are in IP bytes; delays are half of the usual round trip.
func Named(name string) (Profile, bool) {
	p, ok := map[string]Profile{
		"demo":   {RateUp: 128_000, RateDown: 128_000, Delay: 250 * time.Millisecond},
		"2g":     {RateUp: 64_000, RateDown: 128_000, Delay: 300 * time.Millisecond, Jitter: 100 * time.Millisecond, Loss: 0.02},
		"2gcuts": {RateUp: 64_000, RateDown: 128_000, Delay: 300 * time.Millisecond, Jitter: 100 * time.Millisecond, Loss: 0.02, CutEvery: 45 * time.Second, CutFor: 15 * time.Second},
		"3g":     {RateUp: 384_000, RateDown: 1_000_000, Delay: 125 * time.Millisecond, Jitter: 40 * time.Millisecond, Loss: 0.01},
		"4g":     {RateUp: 2_000_000, RateDown: 5_000_000, Delay: 60 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.01},
		"vsat":   {RateUp: 256_000, RateDown: 1_024_000, Delay: 325 * time.Millisecond, Jitter: 20 * time.Millisecond, Loss: 0.005},
		"good":   {RateUp: 20_000_000, RateDown: 20_000_000, Delay: 20 * time.Millisecond, Jitter: 2 * time.Millisecond},
	}[name]
	return p, ok
}
