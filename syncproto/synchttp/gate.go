package synchttp

import (
	"net"
	"time"
)

// gate lets no more into the kernel than the line can carry within a time. What waits in
// the kernel, or in the modem behind it, cannot be overtaken by what is urgent; what waits
// before the gate can. The limit is the measured delivery of this connection times a round
// trip, which is on the wire anyway, and a queue that keeps the line busy over a loss. The
// kernel's own window does not bound it: it grows until the modem's queue overflows, and a
// modem's queue holds four seconds and more.
type gate struct {
	born      time.Time // the first write
	since     time.Time // the present sample began
	wrote     time.Time // the last write
	delivered int64     // by then
	rates     [4]float64
	n         int
}

// reading is what the kernel tells of a connection.
type reading struct {
	under     int   // bytes on the line or waiting for it
	unsent    int   // of these, not sent once
	delivered int64 // bytes that arrived at the other end, about
	rtt       time.Duration
}

const (
	// queueTime of the line may wait on it, so that it is busy over a loss. On a line that
	// was cut lately it is carefulTime, because behind a lost packet everything that is on the
	// line is lost with the connection; a connection younger than provenFor has not shown yet
	// which line it is, and gets unprovenTime; while somebody files it is briskTime. Each costs
	// a few percent of the line.
	queueTime    = 1350 * time.Millisecond
	unprovenTime = 1000 * time.Millisecond
	carefulTime  = 800 * time.Millisecond
	briskTime    = 350 * time.Millisecond

	provenFor = 3 * time.Minute

	mostWrite = 2 * 1448 // bytes given to the kernel at once: whole packets of most lines

	leastUnder = 6 << 10                // four packets
	leastBrisk = 4 << 10                // three, while somebody files
	startUnder = 12 << 10               // before the first samples, of which the first are of a handshake
	leastGauge = 100 * time.Millisecond // one sample of the delivery
	leastLook  = time.Millisecond
	mostLook   = 20 * time.Millisecond
	sendBuffer = 16 << 10 // where the kernel tells nothing
)

// limit takes a reading and gives how many bytes may be under way.
func (g *gate) limit(now time.Time, r reading, m manner) int {
	every := max(4*r.rtt, leastGauge)
	switch took := now.Sub(g.since); {
	case g.since.IsZero(), r.under == 0 && now.Sub(g.wrote) > every: // it was idle
		g.since, g.delivered = now, r.delivered
	case took >= every:
		g.rates[g.n%len(g.rates)] = float64(r.delivered-g.delivered) / took.Seconds()
		g.n++
		g.since, g.delivered = now, r.delivered
	}
	least := leastUnder
	switch {
	case g.n < len(g.rates):
		least = startUnder
	case m == brisk:
		least = leastBrisk
	}
	if g.born.IsZero() {
		g.born = now
	}
	queue := m.queue()
	if now.Sub(g.born) < provenFor {
		queue = min(queue, unprovenTime)
	}
	return max(least, int(g.rate()*(queue+r.rtt).Seconds()))
}

// rate is the best of the last samples: losses and pauses lower some of them.
func (g *gate) rate() (best float64) {
	for _, r := range g.rates {
		best = max(best, r)
	}
	return best
}

// Write gives p to the kernel as the line has room for it, a few packets at a time.
func (c *conn) Write(p []byte) (n int, err error) {
	for {
		some := p[n:min(len(p), n+mostWrite)]
		wrote, err := c.write(some)
		if n += wrote; err != nil {
			c.owner.given.Add(int64(n - len(p))) // of a scan, but for what HTTP and TLS add
			return n, err
		}
		if n == len(p) {
			return n, nil
		}
	}
}

// write waits until the line has room.
func (c *conn) write(p []byte) (int, error) {
	for {
		r, ok := gauge(c.Conn)
		if !ok {
			return c.Conn.Write(p)
		}
		now := time.Now()
		limit := c.gate.limit(now, r, c.owner.manner())
		if r.under+len(p) <= limit || r.under == 0 {
			c.gate.wrote = now
			return c.Conn.Write(p)
		}
		wait := leastLook
		if rate := c.gate.rate(); rate > 0 {
			wait = time.Duration(float64(r.under+len(p)-limit) / rate * float64(time.Second))
		}
		t := time.NewTimer(min(max(wait, leastLook), mostLook))
		select {
		case <-t.C:
		case <-c.gone:
			t.Stop()
			return 0, net.ErrClosed
		}
	}
}

// manner is how scans are given to the line.
type manner uint8

const (
	steady  manner = iota
	careful        // the line was cut lately: what waits on it when it goes is lost
	brisk          // somebody files right now: what is urgent should find a short queue
)

// queue is how long what was given to the line may wait on it.
func (m manner) queue() time.Duration {
	return [...]time.Duration{steady: queueTime, careful: carefulTime, brisk: briskTime}[m]
}

// Brisk says that somebody files right now.
func (c *Client) Brisk(yes bool) { c.open.brisk.Store(yes) }

// Careful says that the line was cut lately.
func (c *Client) Careful(yes bool) { c.open.careful.Store(yes) }

func (c *conns) manner() manner {
	switch {
	case c.brisk.Load():
		return brisk
	case c.careful.Load():
		return careful
	}
	return steady
}
