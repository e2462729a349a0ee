package courier

import (
	"time"

	"bendo/syncproto"
)

// Session decides what to do next on one road. It is pure: the same seed and the same
// sequence of (now, input) give the same outputs. Differences of now are used, and
// its hour for the night; nothing else depends on what a clock says.
type Session struct {
	pause *pauses
	pace  pace
	book  Snapshot
	out   []Output

	state   State
	since   time.Time
	problem *syncproto.Problem
	shown   Status

	n      uint64  // last request
	sync   *flight // the exchange under way
	pieces []flight
	asking uint64 // the question for signed time under way, 0 none

	sign, fresh bool                        // the next exchange signs, is the first of its connection
	known       map[syncproto.BlobKey]int64 // durable at the portal, as it said on this connection
	resting     map[syncproto.BlobKey]time.Time
	restarts    map[syncproto.BlobKey]int
	corrections int // in a row
	stuck       int // pages promised and not come, in a row

	lastTry  time.Time // of an attempt
	nextTry  time.Time // nothing is sent before
	nextSync time.Time // no exchange before, unless something is new
	pollAt   time.Time
	pollGap  time.Duration      // asked for by the province, 0 ours
	quickly  int                // answers expected soon: quick polls made so far, −1 none expected
	active   time.Time          // when the desk last did something
	now      time.Time          // of this step
	damage   *syncproto.Problem // an event of the book cannot be read: it and those after it stay
	damaged  time.Time          // until when; then it is tried again
	more     bool               // the feed has more
	alarmed  bool               // a fork was told
}

// flight is a request on its way.
type flight struct {
	n    uint64
	sent time.Time
	push bool
	key  syncproto.BlobKey
	off  int64
	len  int
}

const (
	activeFor  = 10 * time.Minute
	stepApart  = 150 * time.Millisecond // between two pieces of one scan: order on the line
	unknownFor = 30 * time.Second       // a scan whose event the portal does not have yet
	damagedFor = time.Hour              // a scan we cannot read, or that never fits its digest
	stuckFor   = 5 * time.Minute
	longAgo    = -time.Hour
	silence    = 20 * time.Second // an answer that takes longer is told, long before its deadline
)

// unanswered is shown while the road is up and an answer is late.
var unanswered = syncproto.NewProblem(syncproto.Transient, syncproto.CodeTimeout, "an answer is late")

// NewSession makes a session; seed feeds the jitter of the pauses alone.
func NewSession(seed uint64) *Session {
	return &Session{
		pause: newPauses(seed), state: Offline, sign: true, fresh: true, quickly: -1,
		known: map[syncproto.BlobKey]int64{}, resting: map[syncproto.BlobKey]time.Time{}, restarts: map[syncproto.BlobKey]int{},
	}
}

// Step takes one input at a time and says what to do. It never blocks.
func (s *Session) Step(now time.Time, in Input) []Output {
	s.out = nil
	if s.since.IsZero() {
		s.since, s.lastTry = now, now.Add(longAgo)
	}
	s.now = now
	before := s.state.Up()
	s.take(now, in)
	s.decide(now)
	s.settle(now, before)
	return s.out
}

// UpToDate says that the portal answered in this run, that nothing is on its way and
// that the feed promised nothing more.
func (s *Session) UpToDate() bool {
	return s.state.Up() && !s.fresh && s.sync == nil && len(s.pieces) == 0 && !s.more
}

func (s *Session) emit(o Output) { s.out = append(s.out, o) }

func (s *Session) take(now time.Time, in Input) {
	switch in := in.(type) {
	case Start:
		s.book = in.Book
	case Changed:
		s.seen(now, in.Book)
	case Bell:
		s.seen(now, in.Book)
		s.active = now
		s.wake(now)
	case Tap:
		s.active = now
		s.wake(now)
	case Link:
		if in.Up { // the old socket may not know yet that it is dead
			s.drop()
			s.nextTry, s.fresh = later(now, s.lastTry.Add(leastGap)), true
		}
	case SyncDone:
		s.syncDone(now, in)
	case PieceDone:
		s.pieceDone(now, in)
	case TimeDone:
		s.timeDone(now, in)
	}
}

// seen takes a new look at the book; more to send is something new.
func (s *Session) seen(now time.Time, b Snapshot) {
	if b.Log.Next > s.book.Log.Next || b.Log.Log.Epoch != s.book.Log.Log.Epoch {
		s.nextSync, s.active = now, now
	}
	s.book = b
}

// wake ends a pause early, but leaves a gap between attempts: however often somebody
// rings, the line sees one attempt a second, or one in thirty seconds when only a
// person can mend what is wrong.
func (s *Session) wake(now time.Time) {
	gap := leastGap
	if s.state == Captive || s.state == Refused || s.state == Clock {
		gap = leastGapSlow
	}
	at := later(now, s.lastTry.Add(gap))
	if at.Before(s.nextTry) {
		s.nextTry = at
	}
	if at.Before(s.pollAt) {
		s.pollAt = at
	}
}

// decide starts what may start now and says when to look again.
func (s *Session) decide(now time.Time) {
	switch {
	case s.asking != 0 || s.sync != nil && !s.state.Up():
		return
	case now.Before(s.nextTry):
		s.emit(Wake{s.nextTry})
		return
	case !s.state.Up():
		s.state = Probing
		s.sendSync(now)
		return
	}
	at := s.pollAt
	if s.sync == nil {
		due, when := s.syncDue(now)
		if due {
			s.sendSync(now)
		} else if when.Before(at) {
			at = when
		}
	}
	if when := s.sendPieces(now); !when.IsZero() && when.Before(at) {
		at = when
	}
	if !at.After(now) { // the exchange under way is the poll
		at = now.Add(time.Second)
	}
	if told := s.oldest().Add(silence); told.After(now) && told.Before(at) {
		at = told
	}
	s.emit(Wake{at})
}

// oldest is when the oldest request under way was sent; a time long ago when there is
// none.
func (s *Session) oldest() (at time.Time) {
	if s.sync != nil {
		at = s.sync.sent
	}
	for _, f := range s.pieces {
		if at.IsZero() || f.sent.Before(at) {
			at = f.sent
		}
	}
	return at
}

// pushable says whether events are owed and may go.
func (s *Session) pushable() bool {
	return s.book.Waiting() > 0 && !s.book.Log.Frozen && !s.now.Before(s.damaged)
}

// syncDue says whether an exchange has something to do, or when it will.
func (s *Session) syncDue(now time.Time) (bool, time.Time) {
	if !now.Before(s.pollAt) {
		return true, now
	}
	if s.pushable() || s.sign || s.fresh || s.more || len(s.unknown(now)) > 0 {
		return !now.Before(s.nextSync), s.nextSync
	}
	return false, s.pollAt
}

// unknown lists scans whose state at the portal must be asked before a byte of them
// is sent: after a cut the portal may have more than it could tell.
func (s *Session) unknown(now time.Time) []syncproto.BlobKey {
	var out []syncproto.BlobKey
	for _, b := range order(now, s.book.Blobs) {
		if _, known := s.known[b.Key]; known || now.Before(s.resting[b.Key]) {
			continue
		}
		if b.Epoch == s.book.Log.Log.Epoch && b.Seq > s.book.Log.Acked && s.book.Log.Frozen {
			continue
		}
		if out = append(out, b.Key); len(out) == syncproto.MaxBlobStat {
			break
		}
	}
	return out
}

func (s *Session) sendSync(now time.Time) {
	s.n++
	o := SendSync{N: s.n, Stat: s.unknown(now), FeedBytes: s.pace.feedBytes(), Fresh: s.fresh, Sign: s.sign, Link: s.pace.estimate()}
	size := 600 + 48*len(o.Stat) + o.FeedBytes/2
	if s.pushable() {
		o.Push, o.From = true, s.book.Log.Acked+1
		o.MaxEvents, o.MaxBytes = mostEvents>>s.pace.shrink, s.pace.pushBytes()
		size += o.MaxBytes / packed
	}
	o.Deadline = s.pace.deadline(size)
	s.sync = &flight{n: s.n, sent: now, push: o.Push}
	s.lastTry = now
	s.emit(o)
}

// sendPieces keeps two pieces on the way while no event waits. It gives the time at
// which another might start, zero when only an answer can change that.
func (s *Session) sendPieces(now time.Time) (again time.Time) {
	if s.pushable() || s.sign || s.fresh {
		return again
	}
	for _, b := range order(now, s.book.Blobs) {
		for len(s.pieces) < piecesAtOnce {
			off, known := s.known[b.Key]
			if !known || now.Before(s.resting[b.Key]) {
				break
			}
			if f := s.inFlight(b.Key); f != nil {
				if at := f.sent.Add(stepApart); now.Before(at) {
					again = at
					break
				}
				off = max(off, f.off+int64(f.len)) // an earlier answer may be lost, a later one not
			}
			size := min(int64(s.pace.pieceSize()), b.Length-off)
			if size <= 0 {
				break
			}
			s.sendPiece(now, b.Key, off, int(size))
		}
	}
	return again
}

func (s *Session) sendPiece(now time.Time, key syncproto.BlobKey, off int64, size int) {
	s.n++
	s.pieces = append(s.pieces, flight{n: s.n, sent: now, key: key, off: off, len: size})
	s.lastTry = now
	s.emit(SendPiece{N: s.n, Key: key, Off: off, Len: size, Deadline: s.pace.deadline(piecesAtOnce * size)})
}

// inFlight gives the newest piece of a scan that is on its way.
func (s *Session) inFlight(key syncproto.BlobKey) *flight {
	for i := len(s.pieces) - 1; i >= 0; i-- {
		if s.pieces[i].key == key {
			return &s.pieces[i]
		}
	}
	return nil
}

// settle gives the state its last touch and shows what changed.
func (s *Session) settle(now time.Time, wasUp bool) {
	if !s.book.Log.Frozen && s.problem == nil {
		s.alarmed = false
	}
	if s.state.Up() {
		s.state = Online
		if s.book.Log.Frozen && s.problem == nil {
			s.problem = syncproto.NewProblem(syncproto.Fork, syncproto.CodeHead, "sending is frozen")
		}
		if s.problem == nil && now.Before(s.damaged) {
			s.problem = s.damage
		}
		if s.problem != nil {
			s.state = Degraded
		}
	}
	if s.state.Up() != wasUp {
		s.since = now
	}
	st := Status{State: s.state, Since: s.since, Link: s.pace.estimate(), Problem: s.problem}
	if at := s.oldest(); st.State == Online && !at.IsZero() && now.Sub(at) >= silence {
		st.State, st.Problem = Degraded, unanswered
	}
	if !s.state.Up() && s.sync == nil || s.nextTry.After(now) {
		st.NextTry = s.nextTry
	}
	if st != s.shown {
		s.shown = st
		s.emit(Show{st})
	}
}

// drop forgets every request on its way; their answers no longer count, and what
// they left at the portal is asked for.
func (s *Session) drop() {
	for _, f := range s.pieces {
		delete(s.known, f.key)
	}
	s.sync, s.pieces, s.fresh = nil, nil, true
	s.emit(Drop{})
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// night is 20:00–6:00 in Viet Nam (UTC+7 all year): polls are rare, nobody waits.
func night(now time.Time) bool {
	h := now.UTC().Add(7 * time.Hour).Hour()
	return h >= 20 || h < 6
}
