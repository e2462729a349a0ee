package synchttp

import (
	"testing"
	"time"
)

// TestGateLetsABeginningGo: the samples of a handshake say that the line carries next to
// nothing. A limit made of them alone would keep the line at what it lets through.
func TestGateLetsABeginningGo(t *testing.T) {
	const rate, rtt = 8000.0, 600 * time.Millisecond // 64 kbit/s
	var g gate
	now := time.Unix(0, 0)
	var delivered float64
	for step := range 200 { // 20 s in which everything that may be written is
		limit := g.limit(now, reading{under: 1, delivered: int64(delivered), rtt: rtt}, steady)
		g.wrote = now
		carried := min(rate, float64(limit)/rtt.Seconds()) // a window carries itself once in a round trip
		if step < 24 {
			carried = 500 // the handshake
		}
		delivered += carried * 0.1
		now = now.Add(100 * time.Millisecond)
		if limit < leastUnder || step < 24 && limit < startUnder {
			t.Fatalf("at %v only %d bytes may be under way", now, limit)
		}
	}
	young := g.limit(now, reading{under: 1, delivered: int64(delivered), rtt: rtt}, steady)
	if want := int(rate * (unprovenTime + rtt).Seconds()); young < want*9/10 || young > want*11/10 {
		t.Errorf("on a line that has not shown whether it is cut %d bytes may be under way, want about %d", young, want)
	}
	g.born = now.Add(-provenFor)
	limit := g.limit(now, reading{under: 1, delivered: int64(delivered), rtt: rtt}, steady)
	if want := int(rate * (queueTime + rtt).Seconds()); limit < want*9/10 || limit > want*11/10 {
		t.Errorf("in the end %d bytes may be under way, want about %d", limit, want)
	}
	short := g.limit(now, reading{under: 1, delivered: int64(delivered), rtt: rtt}, brisk)
	if want := int(rate * (briskTime + rtt).Seconds()); short < want*9/10 || short > want*11/10 {
		t.Errorf("while somebody files %d bytes may be under way, want about %d", short, want)
	}
}
