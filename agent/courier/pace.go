package courier

import "time"

// Sizes of the road. A piece takes about a second of the line. The next one begins when the
// one before has been handed over, and the connection takes no more than the line carries
// in two seconds: what is urgent waits behind those, not behind pieces, and the line is not
// idle while answers are under way. Where nobody tells when a body was handed over, two
// pieces are on their way at once, as if each had been when it was sent.
//
// Each piece costs some 250 bytes. Below 128 kbit/s that would be more than 1.5 %, so
// there a piece is larger than a second, if what is urgent need not wait for its end; larger
// still while nobody files and the line holds.
const (
	cheapPiece   = 24 << 10
	cheapTime    = 3 * time.Second // at most, for a cheap piece
	briskPiece   = 16 << 10        // the same while somebody files, and after a cut
	briskTime    = 2500 * time.Millisecond
	carefulFor   = 10 * time.Minute // after the line was cut
	mostBehind   = 5 << 20          // of scans owed; with more a round trip is not worth it
	piecesBehind = 2                // a greeting, each of firstPiece: what a thin line carries until its answer
	leastPiece   = 4 << 10
	mostPiece    = 64 << 10
	pieceTime    = time.Second
	piecesAtOnce = 2 // one being given to the line, one on it, where nobody tells when it is
	piecesAtMost = 6 // … where the line tells: on a fast one an answer takes as long as several pieces;
	// the portal takes 8 of one device
	startRate    = 8 << 10 // bytes/s assumed before anything was measured: 64 kbit/s
	leastRate    = 1 << 10 // bytes/s; below it every deadline is the longest anyway
	packed       = 4       // raw bytes of events per byte on the line, measured 4.3
	leastPush    = 4 << 10 // raw bytes
	mostPush     = 768 << 10
	mostEvents   = 256
	pushesAtOnce = 2                // each continues the one before
	pushTime     = 2 * time.Second  // of the line, in one push of a warm connection
	firstPush    = 4 * time.Second  // in a greeting, behind which nothing can be sent for a round trip
	baseDeadline = 10 * time.Second // of a request, beside what its bytes take
	lastDeadline = 90 * time.Second
	mostUnder    = 4 * time.Second // of bytes are on the line at most, see synchttp's gate
	firstPiece   = 8 << 10         // at most, on a connection that has acknowledged nothing yet
	patience     = 2 * time.Second // with what nothing explains, before a second connection is tried
)

// pace measures the line by what was acknowledged, never by what was written: 70 to
// 230 KB of written bytes sit in the kernel.
type pace struct {
	rate     float64 // bytes/s delivered upwards
	measured bool
	rtt      time.Duration
	marks    []mark // the last acknowledgements of a spell in which the line was never idle
	shrink   int    // halvings asked for by failures, limits
}

// mark is one acknowledgement.
type mark struct {
	at    time.Time
	bytes int
}

const mostMarks = 5

func (p *pace) bytesPerSecond() float64 {
	if p.rate == 0 {
		return startRate
	}
	return p.rate
}

// began notes that something is sent on a line that had nothing to carry.
func (p *pace) began() { p.marks = p.marks[:0] }

// acknowledged notes n bytes whose answer came at now, took after they were sent. With
// others on their way the time since earlier answers is the line's; the mean over a few
// of them is taken, because after a loss answers come in pairs.
func (p *pace) acknowledged(now time.Time, n int, took time.Duration) {
	if len(p.marks) == mostMarks {
		p.marks = append(p.marks[:0], p.marks[1:]...)
	}
	p.marks = append(p.marks, mark{now, n})
	busy, bytes := max(took-p.rtt, took/8), n
	if len(p.marks) > 1 {
		busy, bytes = now.Sub(p.marks[0].at), 0
		for _, m := range p.marks[1:] {
			bytes += m.bytes
		}
	}
	sample := float64(bytes) / max(busy, time.Millisecond).Seconds()
	if !p.measured {
		p.rate, p.measured = min(sample, 8*startRate), true // one answer proves little
	} else {
		p.rate += 0.4 * (min(sample, 4*p.rate) - p.rate)
	}
	p.rate = min(max(p.rate, leastRate), 1<<27)
	if p.shrink > 0 {
		p.shrink--
	}
}

// small notes the time of an exchange of few bytes. With a queue before it such an
// exchange takes longer than a round trip, so the least counts and fades slowly.
func (p *pace) small(took time.Duration) {
	if p.rtt == 0 || took < p.rtt {
		p.rtt = took
		return
	}
	p.rtt += (min(took, 2*p.rtt) - p.rtt) / 32
}

func (p *pace) failed() { p.shrink = min(p.shrink+1, 6) }

// pieceSize is how large a piece may be; cheap allows a larger one where that saves more than
// a hundredth of the line.
func (p *pace) pieceSize(cheap, short bool) int {
	rate := p.bytesPerSecond()
	n := int(rate * pieceTime.Seconds())
	switch {
	case cheap && short:
		n = max(n, min(briskPiece, int(rate*briskTime.Seconds())))
	case cheap:
		n = max(n, min(cheapPiece, int(rate*cheapTime.Seconds())))
	}
	return min(max(n>>p.shrink, leastPiece), mostPiece)
}

// pushBytes is what the line carries in d, in raw events.
func (p *pace) pushBytes(d time.Duration) int {
	n := int(d.Seconds() * packed * p.bytesPerSecond())
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

// quiet is how long a line that has n bytes of ours on it may be silent: what they and
// a loss among them explain, and some patience. A short constant tore down healthy
// lines, because an answer waits behind the modem's queue.
func (p *pace) quiet(n int) time.Duration {
	under := min(time.Duration(float64(n)/p.bytesPerSecond()*float64(time.Second)), mostUnder)
	return patience + 2*p.rtt + under
}

func (p *pace) estimate() Estimate {
	e := Estimate{RTT: p.rtt}
	if p.measured {
		e.RateBPS = int64(8 * p.rate)
	}
	return e
}
