package courier

import (
	"slices"
	"time"

	"bendo/syncproto"
)

// Connections. On a bad line a connection that stands still is either waiting for the
// kernel's own back-off (17–25 s after a cut of 15 s) or dead without anybody saying so.
// Nobody can tell which. So when answers stay away for longer than what is on the line
// explains, a second connection is opened beside the first, and the one that answers
// first lives. A spurious one costs a few kilobytes, and teaches patience.

const (
	dialTime     = 8 * time.Second // of a connection that is opened in peace
	redialTime   = 3 * time.Second // when the line is silent: the kernel repeats a SYN after 1, 3, 7 s
	longEvery    = 4               // of so many attempts one gets the long time: a line may be that slow
	mostPatience = 4
)

// dialFor is how long the next connection may take to open. When the line is silent it is
// short, so that a SYN leaves every two seconds at least and finds the line soon after it
// is back.
func (s *Session) dialFor() time.Duration {
	if !s.live() && s.tries <= 1 || s.tries%longEvery == 0 {
		return dialTime
	}
	return min(max(redialTime, 4*s.pace.rtt), dialTime)
}

// knock opens the only connection there is, or waits for its time.
func (s *Session) knock(now time.Time) {
	switch {
	case s.beside != 0:
		if s.unfinished(s.beside, greeting) {
			return
		}
		s.sendGreeting(now, s.beside) // a correction: again, on the same connection
	case now.Before(s.nextTry):
		s.until(s.nextTry)
	default:
		s.state = Probing
		s.open(now)
	}
}

// open tries a new connection, with everything that is urgent in its first exchange.
func (s *Session) open(now time.Time) {
	if s.beside == 0 && s.probeFrom.IsZero() {
		s.probeFrom = now
	}
	s.conns++
	s.tries++
	s.beside = s.conns
	s.sendGreeting(now, s.beside)
}

// watch opens a second connection beside one that is silent for too long.
func (s *Session) watch(now time.Time) {
	if s.beside != 0 {
		if !s.unfinished(s.beside, greeting) {
			s.sendGreeting(now, s.beside)
		}
		return
	}
	due := s.silentSince()
	if due.IsZero() {
		return
	}
	at := due.Add(time.Duration(s.factor * float64(s.pace.quiet(s.load(s.main)))))
	if at = later(at, s.besideAt); now.Before(at) {
		s.until(at)
		return
	}
	s.open(now)
}

// silentSince is since when (or from when) an answer is due: on main since the last one
// came, else since the first of a row of attempts. Zero when none is.
func (s *Session) silentSince() (at time.Time) {
	if !s.live() {
		if s.beside == 0 {
			return at
		}
		return s.probeFrom
	}
	for i := range s.flights {
		f := &s.flights[i]
		if due := f.sent.Add(f.wait); f.conn == s.main && (at.IsZero() || due.Before(at)) {
			at = due
		}
	}
	if at.IsZero() {
		return at
	}
	return later(at, s.heard)
}

// load is how many bytes of ours are on a connection.
func (s *Session) load(c Conn) (n int) {
	for i := range s.flights {
		if s.flights[i].conn == c {
			n += s.flights[i].bytes
		}
	}
	return n
}

// unfinished says whether a request of a kind is on its way on a connection.
func (s *Session) unfinished(c Conn, k kind) bool {
	for i := range s.flights {
		if s.flights[i].conn == c && s.flights[i].kind == k {
			return true
		}
	}
	return false
}

// launch notes a request on its way.
func (s *Session) launch(f flight) {
	if f.kind != polling && f.conn == s.main && s.load(f.conn) == 0 {
		s.pace.began()
	}
	f.sent = s.now
	s.flights = append(s.flights, f)
	s.lastTry = s.now
}

// land takes a request off the list; false when it belonged to a dropped connection.
func (s *Session) land(n uint64) (f flight, ok bool) {
	for i := range s.flights {
		if s.flights[i].n == n {
			f = s.flights[i]
			s.flights = slices.Delete(s.flights, i, i+1)
			return f, true
		}
	}
	return f, false
}

// handedOver: what follows may queue behind this request.
func (s *Session) handedOver(in Sent) {
	s.hears = true
	for i := range s.flights {
		f := &s.flights[i]
		if f.n != in.N {
			continue
		}
		f.handed = true
		if f.conn == s.main && f.kind <= pushing {
			s.pushed = max(s.pushed, in.Last)
		}
		if f.kind == greeting {
			f.behind, f.last = in.Behind, in.Last
		}
	}
}

// answered: the portal answered on a connection. That of main shows that the second one
// was not needed; that of the second one ends main.
func (s *Session) answered(now time.Time, c Conn) {
	switch {
	case c == s.main && s.beside != 0:
		s.factor = min(1.5*s.factor, mostPatience)
		s.forget(s.beside)
		s.beside = 0
	case c == s.beside:
		if s.main != 0 {
			s.forget(s.main)
			s.factor, s.cutAt = 1, now
		}
		s.main, s.beside, s.greet, s.moved = c, 0, false, false
	}
	s.heard, s.probeFrom, s.tries = now, time.Time{}, 0
}

// forget drops a connection with what is on it; what that left at the portal is asked for.
func (s *Session) forget(c Conn) {
	s.flights = slices.DeleteFunc(s.flights, func(f flight) bool {
		if f.conn == c && f.kind == piecing {
			delete(s.known, f.key)
		}
		return f.conn == c
	})
	if c == s.main {
		s.pushed = 0
	}
	s.emit(Drop{c})
}

// lost: a connection is gone, or its portal does not speak to us any more. When another
// stands beside it the road goes on there.
func (s *Session) lost(now time.Time, c Conn, st State, p *syncproto.Problem, slow bool) {
	s.problem = p
	switch {
	case s.main == 0 || s.beside == 0:
		s.down(now, st, p, slow)
	case c == s.beside:
		s.forget(c)
		s.beside = 0
		s.besideAt = later(now, s.lastTry.Add(min(s.pause.fail(now, false), freshCap)))
	default:
		s.forget(c)
		s.main, s.state = 0, Probing
		s.probeFrom = s.heard
	}
}

// down leaves the road: every connection is closed, not only the request, because a
// dead one would be used again.
func (s *Session) down(now time.Time, st State, p *syncproto.Problem, slow bool) {
	for _, c := range []Conn{s.main, s.beside} {
		if c != 0 {
			s.forget(c)
		}
	}
	s.main, s.beside, s.probeFrom = 0, 0, time.Time{}
	s.state, s.problem = st, p
	s.rest(now, p, slow)
}

// rest pauses, at least as long as the portal asked for. The pause counts from when the
// attempt began: one that found only silence has waited already.
func (s *Session) rest(now time.Time, p *syncproto.Problem, slow bool) {
	d := s.pause.fail(now, slow)
	s.nextTry = later(now, s.lastTry.Add(d))
	if s.live() {
		s.nextTry = now.Add(d)
	}
	if after := p.RetryAfter(); after > 0 {
		s.quiet = now.Add(after + s.pause.jitter(after)/4)
		s.nextTry = later(s.nextTry, s.quiet)
	}
	s.nextSync = s.nextTry
}

// link: the machine's network came or went. The old socket may not know yet that it is
// dead, and may not be: a new one is tried beside it at once.
func (s *Session) link(now time.Time, up bool) {
	switch {
	case !up:
	case s.live():
		if s.beside == 0 {
			s.open(now)
		}
	default:
		if s.beside != 0 && now.Sub(s.lastTry) >= leastGap { // its SYN went nowhere
			s.forget(s.beside)
			s.beside = 0
		}
		s.nextTry = later(now, s.lastTry.Add(leastGap))
	}
}
