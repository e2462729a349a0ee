package courier

import "time"

// Sizes of the road. A piece takes about a second of the line, two are on their way,
// so an urgent event waits behind at most two (1.5–1.8 s measured) and 85–90 % of
// the line are used.
const (
	leastPiece   = 4 << 10
	mostPiece    = 64 << 10
	pieceTime    = time.Second
	piecesAtOnce = 2
	startRate    = 8 << 10 // bytes/s assumed before anything was measured: 64 kbit/s
	leastRate    = 1 << 10 // bytes/s; below it every deadline is the longest anyway
	packed       = 4       // raw bytes of events per byte on the line, measured 4.3
	leastPush    = 4 << 10 // raw bytes
	mostPush     = 768 << 10
	mostEvents   = 256
	baseDeadline = 10 * time.Second
	lastDeadline = 90 * time.Second
)

// pace measures the line by what was acknowledged, never by what was written: 70 to
// 230 KB of written bytes sit in the kernel.
type pace struct {
	rate     float64 // bytes/s delivered upwards
	measured bool
	rtt      time.Duration
	lastDone time.Time // when the last piece was acknowledged
	shrink   int       // halvings asked for by failures, limits
}

func (p *pace) bytesPerSecond() float64 {
	if p.rate == 0 {
		return startRate
	}
	return p.rate
}

// piece notes n bytes acknowledged at now, sent at sent, by themselves taking took.
// With two on their way the time since the last acknowledgement is the line's.
func (p *pace) piece(now time.Time, n int, took time.Duration) {
	busy := took - p.rtt
	if since := now.Sub(p.lastDone); !p.lastDone.IsZero() && since < took {
		busy = since
	}
	p.lastDone = now
	busy = max(busy, took/8, time.Millisecond)
	sample := float64(n) / busy.Seconds()
	if !p.measured {
		p.rate, p.measured = sample, true
	} else {
		sample = min(sample, 4*p.rate)
		p.rate += 0.3 * (sample - p.rate)
	}
	p.rate = min(max(p.rate, leastRate), 1<<27)
	if p.shrink > 0 {
		p.shrink--
	}
}

// small notes the time of an exchange of few bytes.
func (p *pace) small(took time.Duration) {
	if p.rtt == 0 || took < p.rtt {
		p.rtt = took
		return
	}
	p.rtt += (took - p.rtt) / 8
}

func (p *pace) failed() { p.shrink = min(p.shrink+1, 6) }

func (p *pace) pieceSize() int {
	n := int(p.bytesPerSecond() * pieceTime.Seconds())
	return min(max(n>>p.shrink, leastPiece), mostPiece)
}

// pushBytes is four seconds of the line in raw events.
func (p *pace) pushBytes() int {
	n := int(4 * packed * p.bytesPerSecond())
	return min(max(n>>p.shrink, leastPush), mostPush)
}

func (p *pace) feedBytes() int {
	return min(max(int(2*p.bytesPerSecond()), 4<<10), 60<<10)
}

// deadline is for a request of n bytes: 10 s + 4 × the time they should take + 2
// round trips, at most 90 s.
func (p *pace) deadline(n int) time.Duration {
	d := baseDeadline + time.Duration(4*float64(n)/p.bytesPerSecond()*float64(time.Second)) + 2*p.rtt
	return min(d, lastDeadline)
}

func (p *pace) estimate() Estimate {
	e := Estimate{RTT: p.rtt}
	if p.measured {
		e.RateBPS = int64(8 * p.rate)
	}
	return e
}
