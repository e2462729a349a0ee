package line

import (
	"context"
	"math/rand/v2"
	"time"
)

// packet is one segment of one connection on its way, or one of its signals.
type packet struct {
	data    []byte
	wire    int           // estimated IP bytes, what the rate is charged with
	offered time.Time     // when the sender had it ready
	arrive  time.Time     // when the far end gets it; set by the modem
	flow    *flow         // where it goes
	end     ending        // the stream ends behind it
	arrived chan struct{} // a handshake's packet: closed instead of being written
}

type ending int

const (
	goesOn  ending = iota
	closed         // the sender closed its half
	aborted        // the sender died
)

// modem serialises the segments of all connections in one direction.
type modem struct {
	profile Profile
	rate    int64
	gate    *gate
	in      chan packet // its capacity is the queue; senders wait in the order they came
	count   flowCount
}

func newModem(p Profile, rate int64, queue int, g *gate) *modem {
	return &modem{profile: p, rate: rate, gate: g, in: make(chan packet, queuePackets(queue))}
}

// run sends segment after segment until ctx ends. The schedule is kept in absolute time, so that a
// timer that wakes late does not make the line slower than it says.
func (m *modem) run(ctx context.Context) {
	var free time.Time // when the last bit of the last segment left
	for {
		select {
		case <-ctx.Done():
			return
		case p := <-m.in:
			if !m.send(ctx, &p, &free) {
				m.count.lost.Add(int64(len(p.data)))
				continue
			}
			p.flow.out <- p // never blocks: the sender holds one of the flow's credits
		}
	}
}

// send puts one segment on the air and sets when it arrives; false when its connection died.
func (m *modem) send(ctx context.Context, p *packet, free *time.Time) bool {
	dead := p.flow.conn.dead
	if p.arrived == nil {
		m.count.bytes.Add(int64(len(p.data)))
		m.count.segments.Add(1)
	}
	for {
		turn, since, ok := m.gate.wait(ctx, dead)
		if !ok || p.flow.conn.isDead() {
			return false
		}
		*free = latest(*free, p.offered, since).Add(m.airtime(p.wire))
		if !sleepUntil(ctx, dead, *free) {
			return false
		}
		if now, _ := m.gate.state(); now == turn {
			break
		}
		m.count.repeated.Add(int64(p.wire)) // cut off in mid-segment and held: it starts again
	}
	p.arrive = free.Add(p.flow.delay(m.profile))
	for p.flow.rng.Float64() < m.profile.Loss {
		m.count.repeated.Add(int64(p.wire))
		*free = free.Add(m.airtime(p.wire))
		p.arrive = p.arrive.Add(m.profile.stall())
	}
	p.arrive = latest(p.arrive, p.flow.last)
	p.flow.last = p.arrive
	return true
}

func (m *modem) airtime(wire int) time.Duration {
	if m.rate == 0 {
		return 0
	}
	return time.Duration(int64(wire) * 8 * int64(time.Second) / m.rate)
}

// delay draws the propagation time of one segment.
func (f *flow) delay(p Profile) time.Duration {
	if p.Jitter == 0 {
		return p.Delay
	}
	return p.Delay + time.Duration((2*f.rng.Float64()-1)*float64(p.Jitter))
}

func newRand(seed uint64, connection int64, down bool) *rand.Rand {
	stream := uint64(connection) << 1
	if down {
		stream |= 1
	}
	return rand.New(rand.NewPCG(seed, stream))
}

func latest(ts ...time.Time) time.Time {
	var out time.Time
	for _, t := range ts {
		if t.After(out) {
			out = t
		}
	}
	return out
}
