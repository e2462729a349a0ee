package packet

import (
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bendo/internal/line"
)

// catcher is a carrier whose landed packets are kept with their times.
type catcher struct {
	*carrier
	landed [2][]landed
}

type landed struct {
	at   time.Duration
	data []byte
}

func newCatcher(p line.Profile) *catcher {
	c := &catcher{}
	c.carrier = newCarrier(p, func(w way, data []byte) {
		c.landed[w] = append(c.landed[w], landed{c.now(), data})
	})
	return c
}

// now is exact while advance goes in steps no larger than the next due time; run does.
func (c *catcher) now() time.Duration { return c.clock }

// run lets time pass, step by step.
func (c *catcher) run(until time.Duration) {
	for {
		next := c.due()
		if next > until {
			break
		}
		c.clock = max(c.clock, min(next, until)) // so that what lands is seen at its time
		if c.plan.next(c.clock-1) == c.clock {
			c.clock-- // an edge of a cut is the carrier's to pass
		}
		c.advance(next)
	}
	c.advance(until)
}

// plain is an IPv4 packet of n bytes that is not TCP.
func plain(n int) []byte {
	b := make([]byte, n)
	b[0], b[9] = 0x45, 17
	b[2], b[3] = byte(n>>8), byte(n)
	return b
}

// tcp is a TCP segment from the office (up) or the province (down) of the connection port–443.
func tcp(w way, port uint16, flags byte, seq, ack uint32, payload int) []byte {
	src, dst, from, to := NearAddr, FarAddr, port, uint16(443)
	if w == down {
		src, dst, from, to = dst, src, to, from
	}
	b := resetPacket(src, dst, from, to, seq)
	b = append(b, make([]byte, payload)...)
	n := len(b)
	b[2], b[3] = byte(n>>8), byte(n)
	b[28], b[29], b[30], b[31] = byte(ack>>24), byte(ack>>16), byte(ack>>8), byte(ack)
	b[33] = flags
	return b
}

func TestPaceDelayAndOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := line.Profile{RateUp: rapid.Int64Range(16_000, 20_000_000).Draw(rt, "rate"),
			Delay: time.Duration(rapid.IntRange(0, 400).Draw(rt, "delay")) * time.Millisecond, Queue: 1 << 30,
			Seed: rapid.Uint64().Draw(rt, "seed")}
		p.Jitter = p.Delay / 3
		c := newCatcher(p)
		sizes := rapid.SliceOfN(rapid.IntRange(20, 1500), 1, 60).Draw(rt, "sizes")
		total := 0
		for _, n := range sizes {
			c.offer(0, up, plain(n))
			total += n
		}
		air := airtime(p.RateUp, total)
		c.run(air + 2*p.Delay + time.Second)
		got := c.landed[up]
		if len(got) != len(sizes) {
			rt.Fatalf("%d of %d packets arrived", len(got), len(sizes))
		}
		for i := range got {
			if len(got[i].data) != sizes[i] {
				rt.Fatalf("packet %d arrived out of order", i)
			}
			if i > 0 && got[i].at < got[i-1].at {
				rt.Fatal("arrivals go back in time")
			}
		}
		last := got[len(got)-1].at
		// Each packet's airtime is rounded down to a nanosecond.
		if low, high := air+p.Delay-p.Jitter-100, air+p.Delay+p.Jitter; last < low || last > high {
			rt.Fatalf("the last of %d bytes arrived at %v, want %v to %v", total, last, low, high)
		}
	})
}

// TestCountsAddUp: whatever happens, every packet is counted once on its way.
func TestCountsAddUp(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := line.Profile{RateUp: 64_000, RateDown: 128_000, Delay: 300 * time.Millisecond, Jitter: 100 * time.Millisecond,
			Loss: 0.1, Burst: float64(rapid.IntRange(0, 4).Draw(rt, "burst")), Queue: 8 << 10, CutEvery: 5 * time.Second, CutFor: time.Second,
			OnCut: rapid.SampledFrom([]line.CutMode{line.Hold, line.Reset, line.Blackhole}).Draw(rt, "mode"), Seed: rapid.Uint64().Draw(rt, "seed")}
		c := newCatcher(p)
		now := time.Duration(0)
		for range rapid.IntRange(1, 300).Draw(rt, "packets") {
			now += time.Duration(rapid.IntRange(0, 200).Draw(rt, "gap")) * time.Millisecond
			c.run(now)
			w := way(rapid.IntRange(0, 1).Draw(rt, "way"))
			c.offer(now, w, tcp(w, uint16(rapid.IntRange(1, 4).Draw(rt, "port")), flagACK, 7, 9, rapid.IntRange(0, 1400).Draw(rt, "size")))
		}
		c.run(now + time.Minute)
		for w, d := range []Direction{c.count.Up, c.count.Down} {
			if got := d.Sent.Packets + d.Queue.Packets + d.Cut.Packets + d.Stale.Packets; got != d.Offered.Packets {
				rt.Fatalf("way %d: %d offered, %d accounted for: %+v", w, d.Offered.Packets, got, d)
			}
			if d.Sent.Bytes != d.Delivered.Bytes+d.Lost.Bytes {
				rt.Fatalf("way %d: sent is not delivered plus lost: %+v", w, d)
			}
			if d.Busy != airtimes(c.pipes[w].rate, d.Sent) && math.Abs(float64(d.Busy-airtimes(c.pipes[w].rate, d.Sent))) > float64(d.Sent.Packets) {
				rt.Fatalf("way %d: busy %v for %d bytes", w, d.Busy, d.Sent.Bytes)
			}
		}
	})
}

func airtimes(rate int64, t Tally) time.Duration { return airtime(rate, int(t.Bytes)) }

func TestQueueDropsItsTail(t *testing.T) {
	c := newCatcher(line.Profile{RateUp: 64_000, Queue: 4000})
	for range 10 {
		c.offer(0, up, plain(1000))
	}
	c.run(time.Minute)
	if d := c.count.Up; d.Queue.Packets != 6 || d.Delivered.Packets != 4 {
		t.Errorf("a queue of 4000 bytes took %d packets of 1000 and dropped %d", d.Delivered.Packets, d.Queue.Packets)
	}
}

// TestLossIsWhatWasAskedFor checks share and length of bursts, and that a line without loss or without
// bursts would be caught by the same bounds.
func TestLossIsWhatWasAskedFor(t *testing.T) {
	const packets, loss = 100_000, 0.02
	measure := func(burst, loss float64) (share, length float64) {
		c := newCarrier(line.Profile{Loss: loss, Burst: burst, Seed: 5}, func(way, []byte) {})
		lost, runs, before := 0, 0, false
		for range packets {
			now := c.pipes[up].loses(c.profile)
			if now {
				lost++
				if !before {
					runs++
				}
			}
			before = now
		}
		return float64(lost) / packets, float64(lost) / math.Max(1, float64(runs))
	}
	good := func(share, length, burst float64) bool {
		// Four standard deviations of the share; bursts make it wider by about 2 × burst.
		bound := 4 * math.Sqrt(loss*(1-loss)*math.Max(1, 2*burst)/packets)
		return math.Abs(share-loss) < bound && math.Abs(length-burst)/burst < 0.1
	}
	for _, burst := range []float64{1 / (1 - loss), 4, 10} {
		share, length := measure(burst, loss)
		if !good(share, length, burst) {
			t.Errorf("asked for %.3f in runs of %.1f, got %.4f in runs of %.2f", loss, burst, share, length)
		}
	}
	if good(first(measure(0, 0.025)), 1, 1) || good(first(measure(0, 0)), 1, 1) {
		t.Error("a line with another loss was not noticed")
	}
}

func first(a, _ float64) float64 { return a }

// connect plays the handshake of a connection and 1000 bytes each way, all acknowledged.
func connect(c *catcher, now time.Duration, port uint16) {
	c.offer(now, up, tcp(up, port, flagSYN, 99, 0, 0))
	c.offer(now, down, tcp(down, port, flagSYN|flagACK, 499, 100, 0))
	c.offer(now, up, tcp(up, port, flagACK, 100, 500, 1000))
	c.offer(now, down, tcp(down, port, flagACK, 500, 1100, 1000))
	c.offer(now, up, tcp(up, port, flagACK, 1100, 1500, 0))
}

func TestWhatACutDoesToFlows(t *testing.T) {
	const before, during, after = time.Second, 11 * time.Second, 13 * time.Second
	for name, want := range map[string]struct {
		mode               line.CutMode
		oldPasses, told    bool
		droppedAfterTheCut int64
	}{
		"hold":      {line.Hold, true, false, 0},
		"reset":     {line.Reset, false, true, 1},
		"blackhole": {line.Blackhole, false, false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCatcher(line.Profile{Cuts: []line.Cut{{At: 10 * time.Second, For: 2 * time.Second}}, OnCut: want.mode})
			connect(c, before, 1)
			c.offer(before, up, tcp(up, 2, flagSYN, 7, 0, 0))
			c.run(during)
			c.offer(during, up, tcp(up, 1, flagACK, 1100, 1500, 10))
			c.offer(during, up, tcp(up, 2, flagSYN, 7, 0, 0))
			c.run(11900 * time.Millisecond)
			if d := c.count.Up; d.Cut.Packets != 2 || c.count.Cuts != 1 {
				t.Fatalf("the cut swallowed %d packets of 2", d.Cut.Packets)
			}
			old := [2]int{len(c.landed[up]), len(c.landed[down])}
			c.run(after)
			for w, seq := range map[way]uint32{up: 1500, down: 1100} {
				checkReset(t, c.landed[w.back()][old[w.back()]:], want.told, seq)
			}
			old = [2]int{len(c.landed[up]), len(c.landed[down])}
			c.offer(after, up, tcp(up, 1, flagACK, 1100, 1500, 10)) // the old flow
			c.offer(after, up, tcp(up, 2, flagSYN, 7, 0, 0))        // the SYN is tried again
			c.offer(after, up, tcp(up, 3, flagSYN, 7, 0, 0))        // a new flow
			c.offer(after, up, tcp(up, 1, flagSYN, 4000, 0, 0))     // the old port used again
			c.run(after + time.Second)
			passed := 3
			if want.oldPasses {
				passed++
			}
			if got := len(c.landed[up]) - old[up]; got != passed {
				t.Errorf("%d packets passed after the cut, want %d", got, passed)
			}
			if d := c.count.Up.Stale; d.Packets != want.droppedAfterTheCut {
				t.Errorf("%d packets of old flows dropped, want %d", d.Packets, want.droppedAfterTheCut)
			}
		})
	}
}

func checkReset(t *testing.T, got []landed, told bool, seq uint32) {
	t.Helper()
	if !told {
		if len(got) != 0 {
			t.Errorf("a side was told something: % x", got[0].data)
		}
		return
	}
	if len(got) != 1 {
		t.Fatalf("%d packets instead of one reset", len(got))
	}
	s, ok := parseTCP(got[0].data)
	if !ok || !s.has(flagRST) || s.seq != seq {
		t.Errorf("reset is %+v, want sequence number %d", s, seq)
	}
}

func TestForgetNeedsNoCut(t *testing.T) {
	c := newCatcher(line.Profile{OnCut: line.Reset})
	connect(c, 0, 1)
	c.flows.age()
	c.endOld(false)
	n := len(c.landed[down])
	c.offer(time.Second, down, tcp(down, 1, flagACK, 1500, 1100, 10))
	connect(c, time.Second, 2)
	if got := len(c.landed[down]) - n; got != 2 || c.count.Down.Stale.Packets != 1 {
		t.Errorf("%d packets came down, %d were dropped; want the 2 of the new flow and 1", got, c.count.Down.Stale.Packets)
	}
}

func TestRepeatedBytesAndFlowsAreCounted(t *testing.T) {
	c := newCatcher(line.Profile{})
	const high = math.MaxUint32 - 500 // the numbers wrap
	c.offer(0, up, tcp(up, 1, flagSYN, high-1, 0, 0))
	c.offer(0, up, tcp(up, 1, flagSYN, high-1, 0, 0))
	for _, at := range []uint32{0, 1000, 1000, 500, 3000, 2000} { // new, new, again, again, new, again
		c.offer(0, up, tcp(up, 1, flagACK, high+at, 1, 1000))
	}
	if d := c.count.Up; d.Payload != 6000 || d.Repeated != 3000 || d.SYNs != 2 || c.count.Flows != 1 {
		t.Errorf("payload %d repeated %d SYNs %d flows %d", d.Payload, d.Repeated, d.SYNs, c.count.Flows)
	}
}

func TestScheduleKnowsItsEdges(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		p := line.Profile{CutEvery: time.Duration(rapid.IntRange(2, 50).Draw(rt, "every")) * time.Second}
		p.CutFor = time.Duration(rapid.Int64Range(1, int64(p.CutEvery)-1).Draw(rt, "for"))
		for at := time.Duration(0); rapid.Bool().Draw(rt, "more"); {
			c := line.Cut{At: at + time.Duration(rapid.IntRange(1, 9000).Draw(rt, "at"))*time.Millisecond, For: time.Second}
			p.Cuts, at = append(p.Cuts, c), c.At+c.For
		}
		s := schedule{p}
		for now := time.Duration(0); now < 3*p.CutEvery; {
			next := s.next(now)
			if next <= now {
				rt.Fatalf("the edge after %v is %v", now, next)
			}
			if s.down(now) != s.down(next-1) {
				rt.Fatalf("the line changes between %v and %v", now, next)
			}
			now = next
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add(tcp(up, 1, flagSYN, 1, 2, 3))
	f.Add(plain(20))
	f.Add([]byte{0x4f, 0, 0, 20})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, ok := parseTCP(b)
		if ok && (s.payload < 0 || s.payload > len(b)-40) {
			t.Errorf("payload of %d in %d bytes", s.payload, len(b))
		}
		c := newCatcher(line.Profile{RateUp: 1000, Queue: 1 << 20})
		c.offer(0, up, b)
		c.run(time.Hour)
		if len(b) > 0 && c.count.Up.Delivered.Bytes != int64(len(b)) {
			t.Errorf("%d bytes went in, %+v", len(b), c.count.Up)
		}
	})
}
