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

	// Loss is the chance in [0, 1) that a packet is lost. The stream level cannot lose bytes: there the
	// segment is sent again, pays the rate once more and stalls its connection for one round trip, at
	// least 200 ms (the smallest retransmission time-out of Linux).
	Loss float64
	// Burst is the mean number of packets lost in a row (Gilbert-Elliott, all lost in the bad state);
	// 0 or 1: losses are independent. Loss stays the long-run share. Packet level only.
	Burst float64

	Cuts     []Cut         // single cuts; they must not overlap
	CutEvery time.Duration // with CutFor: the last CutFor of every CutEvery is cut; 0: never
	CutFor   time.Duration
	OnCut    CutMode

	Queue     int    // bytes the modem's queue holds towards the target; 0: 16 KiB
	QueueDown int    // the same from the target; 0: as Queue
	Window    int    // bytes one connection may have under way in each direction; 0: 64 KiB; stream level only
	Seed      uint64 // of jitter and loss
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
	case p.Burst < 0 || p.Burst > 1 && p.Loss > p.Burst*(1-p.Loss):
		return fmt.Errorf("line profile: bursts of %v packets cannot make a loss of %v", p.Burst, p.Loss)
	case p.Queue < 0 || p.QueueDown < 0 || p.Window < 0:
		return fmt.Errorf("line profile: queues %d and %d and window %d must not be negative", p.Queue, p.QueueDown, p.Window)
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

// Queues gives the bytes the modem holds in each direction, defaults filled in.
func (p Profile) Queues() (up, down int) {
	up, down = p.Queue, p.QueueDown
	if up == 0 {
		up = defaultQueue
	}
	if down == 0 {
		down = up
	}
	return up, down
}

func queuePackets(bytes int) int { return max(1, bytes/(segmentBytes+headerBytes)) }

func (p Profile) windowPackets() int {
	w := p.Window
	if w == 0 {
		w = defaultWindow
	}
	return max(2, w/segmentBytes)
}
