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

	n       uint64 // last request
	conns   Conn   // last connection
	main    Conn   // the one the portal answered on, 0 none
	beside  Conn   // the one being tried, alone or beside main, 0 none
	flights []flight
	asking  uint64 // the question for signed time under way, 0 none
	askConn Conn   // its connection

	sign     bool                        // the next greeting signs
	greet    bool                        // main wants a greeting: its session or blob session is no longer good
	compare  bool                        // the portal's generation rose: say where the log stands
	pushed   uint64                      // last event handed to main and not acknowledged, 0 none
	known    map[syncproto.BlobKey]int64 // durable at the portal, as it said
	resting  map[syncproto.BlobKey]time.Time
	restarts map[syncproto.BlobKey]int
	begun    map[syncproto.BlobKey]bool // a byte may have left in this run
	alone    bool                       // pieces do not follow a greeting on this road
	cutAt    time.Time                  // when a connection with something on it was last lost
	objects  shelf

	corrections int     // in a row
	stuck       int     // pages promised and not come, in a row
	factor      float64 // of our patience with a silent line, 1…4

	heard       time.Time // the last answer on main
	lastTry     time.Time // of an attempt
	nextTry     time.Time // nothing is sent before
	quiet       time.Time // the portal asked for quiet until then
	slow        time.Time // … of what is not urgent
	nextSync    time.Time // no push and no question before
	besideAt    time.Time // no second connection before
	pollAt      time.Time
	gather      bool      // the question waits only for receipts of pieces on their way
	pieceAt     time.Time // the last piece
	scansAt     time.Time // no piece before: somebody between lets exchanges pass and pieces not
	scanPause   *pauses   // the row of such failures, which only an answered piece ends
	scanProblem *syncproto.Problem
	auditAt     time.Time          // the next questions about scans that were complete
	pollGap     time.Duration      // asked for by the province, 0 ours
	active      time.Time          // when the desk last did something
	filed       time.Time          // when an event was last seen to be new
	now         time.Time          // of this step
	damage      *syncproto.Problem // an event of the book cannot be read: it and those after it stay
	damaged     time.Time          // until when; then it is tried again
	more        bool               // the feed has more
	alarmed     bool               // a fork was told
	wakeAt      time.Time          // of this step
	moved       bool               // a piece was acknowledged on main
	tries       int                // connections tried since the last answer
	hears       bool               // the shell tells when a body was handed over
	caughtUp    bool               // the feed was read to its end since the run began
	probeFrom   time.Time          // when the present attempts began to be silent
}

// kind is what a request is for, the more urgent first.
type kind uint8

const (
	greeting kind = iota // P0: the first exchange of a connection, or a signature on it
	pushing              // P1: events
	asking               // P2: where scans stand, or the log
	polling              // P2: the feed, held by the portal until it has something
	piecing              // P3: a piece of a scan
	fetching             // P4: a piece of a pack or program
)

// flight is a request on its way.
type flight struct {
	n      uint64
	conn   Conn
	kind   kind
	sent   time.Time
	wait   time.Duration // the portal may hold the answer this long
	bytes  int           // about, that must pass before the answer can come
	handed bool          // to the line: what follows may queue behind it
	stat   []syncproto.BlobKey
	behind bool   // of a greeting: pieces may follow it; of a piece: it follows one
	last   uint64 // event of a greeting's push
	key    syncproto.BlobKey
	off    int64
	len    int
	sha    syncproto.Digest
}

const (
	activeFor  = 10 * time.Minute
	stepApart  = 150 * time.Millisecond // after this a piece counts as handed over, where nobody tells
	unknownFor = 30 * time.Second       // a scan whose event the portal does not have yet
	damagedFor = time.Hour              // a scan we cannot read, or that never fits its digest
	stuckFor   = 5 * time.Minute
	longAgo    = -time.Hour
	silence    = 20 * time.Second // an answer that takes longer is told, long before its deadline
	auditEvery = time.Hour
	slowRTT    = 5 * time.Second // from here a line is called slow on the screen
	slowRate   = 8_000           // bit/s; a scan of 100 KB takes minutes
)

var (
	// unanswered is shown while an answer is late.
	unanswered = syncproto.NewProblem(syncproto.Transient, syncproto.CodeTimeout, "an answer is late")
	// slowly is shown while everything moves, but hardly.
	slowly = syncproto.NewProblem(syncproto.Transient, syncproto.CodeSlow, "the line is very slow")
)

// NewSession makes a session; seed feeds the jitter of the pauses alone.
func NewSession(seed uint64) *Session {
	return &Session{
		pause: newPauses(seed), scanPause: newPauses(seed + 1), state: Offline, sign: true, factor: 1,
		known: map[syncproto.BlobKey]int64{}, resting: map[syncproto.BlobKey]time.Time{}, restarts: map[syncproto.BlobKey]int{},
		begun:   map[syncproto.BlobKey]bool{},
		objects: newShelf(),
	}
}

// Step takes one input at a time and says what to do. It never blocks.
func (s *Session) Step(now time.Time, in Input) []Output {
	s.out = nil
	if s.since.IsZero() {
		s.since, s.lastTry, s.pieceAt = now, now.Add(longAgo), now
		s.auditAt = now.Add(auditEvery)
	}
	s.now, s.wakeAt = now, time.Time{}
	before := s.live()
	s.take(now, in)
	s.decide(now)
	s.settle(now, before)
	return s.out
}

// UpToDate says that the portal answered in this run, that nothing of ours is on its way
// and that the feed promised nothing more. A question that the portal holds does not count.
func (s *Session) UpToDate() bool {
	if !s.live() || s.more || !s.caughtUp {
		return false
	}
	for i := range s.flights {
		if s.flights[i].kind != polling {
			return false
		}
	}
	return true
}

// live says that there is a connection on which the portal answered.
func (s *Session) live() bool { return s.main != 0 }

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
		s.link(now, in.Up)
	case Sent:
		s.handedOver(in)
	case SyncDone:
		s.syncDone(now, in)
	case PieceDone:
		s.pieceDone(now, in)
	case ObjectDone:
		s.objectDone(now, in)
	case TimeDone:
		s.timeDone(now, in)
	}
}

// seen takes a new look at the book; more to send is something new.
func (s *Session) seen(now time.Time, b Snapshot) {
	if b.Log.Next > s.book.Log.Next || b.Log.Log.Epoch != s.book.Log.Log.Epoch {
		s.nextSync, s.active, s.filed = now, now, now
	}
	s.look(b)
}

func (s *Session) look(b Snapshot) {
	if b.Log.Log.Epoch != s.book.Log.Log.Epoch {
		s.pushed = 0
	}
	s.book = b
}

// wake ends a pause early, but leaves a gap between attempts: however often somebody
// rings, the line sees one attempt a second, or one in thirty seconds when only a
// person can mend what is wrong. What the portal asked for is not cut short.
func (s *Session) wake(now time.Time) {
	gap := leastGap
	if s.state == Captive || s.state == Refused || s.state == Clock {
		gap = leastGapSlow
	}
	at := later(now, s.lastTry.Add(gap))
	if at.Before(s.nextTry) {
		s.nextTry = later(at, s.quiet)
	}
	if at.Before(s.pollAt) {
		s.pollAt = at
	}
}

// decide starts what may start now, the most urgent first, and says when to look again.
func (s *Session) decide(now time.Time) {
	switch {
	case s.asking != 0:
		return
	case !s.live():
		s.knock(now)
		s.sendBehind(now)
	default:
		s.watch(now)
		if now.Before(s.nextTry) {
			s.until(s.nextTry)
			break
		}
		s.sendAll(now)
	}
	if told := s.silentSince().Add(silence); told.After(now) {
		s.until(told)
	}
	if s.wakeAt.IsZero() {
		return // only an answer can change anything, and each has a deadline
	}
	s.emit(Wake{later(s.wakeAt, now)})
}

// until asks to be woken at a time, or before.
func (s *Session) until(at time.Time) {
	if s.wakeAt.IsZero() || at.Before(s.wakeAt) {
		s.wakeAt = at
	}
}

// pushable says whether events are owed and may go.
func (s *Session) pushable() bool {
	return s.book.Waiting() > 0 && !s.book.Log.Frozen && !s.now.Before(s.damaged)
}

// unsent says whether events are owed that are not on their way.
func (s *Session) unsent() bool {
	return s.pushable() && max(s.book.Log.Acked, s.pushed)+1 < s.book.Log.Next
}

// settle gives the state its last touch and shows what changed.
func (s *Session) settle(now time.Time, wasUp bool) {
	if !s.book.Log.Frozen && s.problem == nil {
		s.alarmed = false
	}
	if s.live() {
		s.state = Online
		if s.book.Log.Frozen && s.problem == nil {
			s.problem = syncproto.NewProblem(syncproto.Fork, syncproto.CodeHead, "sending is frozen")
		}
		if s.problem == nil && now.Before(s.scansAt) && len(s.book.Blobs) > 0 {
			s.problem = s.scanProblem
		}
		if s.problem == nil && now.Before(s.damaged) {
			s.problem = s.damage
		}
		if s.problem != nil {
			s.state = Degraded
		}
	}
	if s.live() != wasUp {
		s.since = now
	}
	if st := s.status(now); st != s.shown {
		s.shown = st
		s.emit(Show{st})
	}
}

// status is what the desk is told. While an answer is late, or everything hardly moves,
// it says so: no state lasts without progress and without a word about it.
func (s *Session) status(now time.Time) Status {
	st := Status{State: s.state, Since: s.since, Link: s.pace.estimate(), Problem: s.problem}
	late := !s.silentSince().IsZero() && now.Sub(s.silentSince()) >= silence
	switch {
	case st.State == Online && late:
		st.State, st.Problem = Degraded, unanswered
	case st.State == Probing && late && st.Problem == nil:
		st.Problem = unanswered
	case st.State == Online && s.pace.slow():
		st.State, st.Problem = Degraded, slowly
	}
	if !s.live() && s.beside == 0 || s.nextTry.After(now) {
		st.NextTry = s.nextTry
	}
	return st
}

func (p *pace) slow() bool {
	return p.rtt >= slowRTT || p.measured && 8*p.rate < slowRate
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// night is 20:00–6:00 in Viet Nam (UTC+7 all year): polls are rare, nobody waits, and
// packs and programs come down.
func night(now time.Time) bool {
	h := now.UTC().Add(7 * time.Hour).Hour()
	return h >= 20 || h < 6
}
