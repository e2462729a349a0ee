package packet

import (
	"math/rand/v2"
	"time"

	"bendo/internal/line"
)

// carrier is the line as a machine without clock, disk or network: packets go in with the time, and
// come out through land at theirs. Times are counted since New or Change and never go back. It is
// used by one goroutine at a time.
type carrier struct {
	profile line.Profile
	plan    schedule
	land    func(to way, packet []byte) // to the side that receives what travels in this direction
	clock   time.Duration
	byHand  bool
	isDown  bool
	pipes   [2]pipe
	flows   flows
	count   Counts
}

// item is a packet in the queue (at: when its last bit leaves) or in the air (at: when it lands).
type item struct {
	data []byte
	flow *flow
	at   time.Duration
}

// pipe is one direction.
type pipe struct {
	rate    int64
	limit   int
	rng     *rand.Rand
	bad     bool          // the bad state of bursts
	free    time.Duration // when the last bit of the last queued packet leaves
	queue   fifo
	waiting int // bytes in queue
	air     fifo
	last    time.Duration // arrival of the last packet in the air
	count   *Direction
}

func newCarrier(p line.Profile, land func(way, []byte)) *carrier {
	c := &carrier{profile: p, plan: schedule{p}, land: land, flows: flows{}}
	queueUp, queueDown := p.Queues()
	c.pipes[up] = pipe{rate: p.RateUp, limit: queueUp, count: &c.count.Up}
	c.pipes[down] = pipe{rate: p.RateDown, limit: queueDown, count: &c.count.Down}
	for w := range c.pipes {
		c.pipes[w].rng = rand.New(rand.NewPCG(p.Seed, uint64(w)))
	}
	c.isDown = c.plan.down(0)
	return c
}

// offer hands a packet to the modem of a direction. The carrier keeps data.
func (c *carrier) offer(now time.Duration, w way, data []byte) {
	c.advance(now)
	p := &c.pipes[w]
	if p.count.Offered.add(len(data)); w == up && p.count.Offered.Packets == 1 {
		c.count.First = now
	}
	f := c.note(w, data)
	if f != nil && f.stale && (w == down || f.told) {
		p.count.Stale.add(len(data))
		c.bounce(f, w, data)
		return
	}
	if p.waiting+len(data) > p.limit {
		p.count.Queue.add(len(data))
		return
	}
	p.free = max(p.free, now) + airtime(p.rate, len(data))
	p.waiting += len(data)
	p.queue.push(item{data, f, p.free})
}

// note counts what TCP does and finds the flow; nil for everything that is not TCP.
func (c *carrier) note(w way, data []byte) *flow {
	s, ok := parseTCP(data)
	if !ok {
		return nil
	}
	f, fresh, repeated := c.flows.note(s, w)
	d := c.pipes[w].count
	d.Payload += int64(s.payload)
	d.Repeated += int64(repeated)
	if s.has(flagSYN) && !s.has(flagACK) {
		d.SYNs++
	}
	if fresh {
		c.count.Flows++
	}
	return f
}

// bounce answers a packet of a flow that a re-dialled modem no longer knows; a NAT that forgot is silent.
func (c *carrier) bounce(f *flow, w way, data []byte) {
	if s, ok := parseTCP(data); !f.told || !ok || s.has(flagRST) {
		return
	}
	if rst := f.resetTo(w); rst != nil {
		c.land(w.back(), rst)
	}
}

// advance lets everything happen that is due until now.
func (c *carrier) advance(now time.Duration) {
	for {
		edge := c.plan.next(c.clock)
		if edge > now {
			break
		}
		c.move(edge)
		c.clock = edge
		c.turn()
	}
	c.move(now)
	c.clock = max(c.clock, now)
}

// due is when something happens next; never when nothing will.
func (c *carrier) due() time.Duration {
	next := c.plan.next(c.clock)
	for w := range c.pipes {
		for _, q := range [2]*fifo{&c.pipes[w].queue, &c.pipes[w].air} {
			if first := q.first(); first != nil {
				next = min(next, first.at)
			}
		}
	}
	return next
}

// move carries packets until now; the line is up or down all that time.
func (c *carrier) move(now time.Duration) {
	for w := range c.pipes {
		p := &c.pipes[w]
		for p.queue.first() != nil && p.queue.first().at <= now {
			c.depart(p, p.queue.pop())
		}
		for p.air.first() != nil && p.air.first().at <= now {
			it := p.air.pop()
			p.count.Delivered.add(len(it.data))
			c.land(way(w), it.data)
		}
	}
}

// depart decides what becomes of a packet whose last bit has left the modem.
func (c *carrier) depart(p *pipe, it item) {
	p.waiting -= len(it.data)
	switch {
	case c.isDown:
		p.count.Cut.add(len(it.data))
		return
	case it.flow != nil && it.flow.stale:
		p.count.Stale.add(len(it.data))
		return
	}
	p.count.Sent.add(len(it.data))
	p.count.Busy += airtime(p.rate, len(it.data))
	delay := c.profile.Delay + time.Duration((2*p.rng.Float64()-1)*float64(c.profile.Jitter))
	if p.loses(c.profile) {
		p.count.Lost.add(len(it.data))
		return
	}
	it.at = max(it.at+delay, p.last)
	p.last = it.at
	p.air.push(it)
}

// loses draws the fate of one packet: independent, or Gilbert-Elliott with everything lost in the bad
// state, whose mean length is Burst and whose share of the packets is Loss.
func (p *pipe) loses(q line.Profile) bool {
	draw := p.rng.Float64()
	switch {
	case q.Burst <= 1:
		return draw < q.Loss
	case p.bad:
		p.bad = draw >= 1/q.Burst
	default:
		p.bad = draw < q.Loss/(q.Burst*(1-q.Loss))
	}
	return p.bad
}

// turn brings the state of the line up to date with the schedule and the hand.
func (c *carrier) turn() {
	was := c.isDown
	c.isDown = c.byHand || c.plan.down(c.clock)
	switch {
	case !was && c.isDown:
		c.count.Cuts++
		c.flows.age()
	case was && !c.isDown && c.profile.OnCut != line.Hold:
		c.endOld(c.profile.OnCut == line.Reset)
	}
}

// endOld makes the flows of before the cut stale, telling both sides of the established ones or nobody.
func (c *carrier) endOld(tell bool) {
	for _, f := range c.flows {
		if !f.old || f.stale {
			continue
		}
		f.stale, f.told = true, tell
		if !tell || !f.open || f.over() {
			continue
		}
		for _, w := range [2]way{up, down} {
			if rst := f.resetTo(w); rst != nil {
				c.land(w.back(), rst)
			}
		}
	}
}

func airtime(rate int64, bytes int) time.Duration {
	if rate == 0 {
		return 0
	}
	return time.Duration(int64(bytes) * 8 * int64(time.Second) / rate)
}

// fifo is a queue that reuses its memory.
type fifo struct {
	items []item
	head  int
}

func (q *fifo) push(it item) { q.items = append(q.items, it) }

func (q *fifo) first() *item {
	if q.head == len(q.items) {
		return nil
	}
	return &q.items[q.head]
}

func (q *fifo) pop() item {
	it := q.items[q.head]
	q.items[q.head] = item{}
	if q.head++; q.head == len(q.items) {
		q.items, q.head = q.items[:0], 0
	} else if q.head > 1024 && q.head*2 > len(q.items) {
		q.items, q.head = append(q.items[:0], q.items[q.head:]...), 0
	}
	return it
}
