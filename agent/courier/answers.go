package courier

import (
	"time"

	"bendo/syncproto"
)

// syncDone judges an exchange. What it brought is in the book already.
func (s *Session) syncDone(now time.Time, d SyncDone) {
	s.look(d.Book)
	f, ok := s.land(d.N)
	if !ok {
		return // of a dropped connection; what it brought is in the book
	}
	r := d.Result
	if r.Local {
		s.unsendable(now, f, r.Problem)
		return // the next exchange goes without events
	}
	if !r.Answered {
		s.failed(now, f.conn, r.Problem)
		return
	}
	s.answered(now, f.conn)
	s.measured(now, f, d)
	if f.kind == greeting {
		s.greet = !r.Welcome
	}
	if f.kind <= pushing && !s.unfinished(s.main, pushing) && !s.unfinished(s.main, greeting) || r.Problem != nil && f.kind <= pushing {
		s.pushed = 0 // what is acknowledged is in the book
	}
	if r.Welcome {
		s.sign = false
	}
	s.compare = r.NewGen && f.kind >= asking // a greeting or a push has compared already
	if r.NewGen || r.Restat {
		clear(s.known)
	}
	s.stats(now, r.Stats)
	s.directed(now, r)
	s.nextSync = now.Add(leastGap)
	if f.kind == greeting || f.kind == polling {
		s.feed(now, f, r)
	}
	if r.Progress || r.Problem == nil && !s.pushable() && s.stuck < 2 {
		s.progress(now)
	}
	if r.Problem != nil {
		s.failed(now, f.conn, r.Problem)
	}
}

// unsendable: the book, not the line, has a problem with an event. It and those after
// it stay; nothing was sent.
func (s *Session) unsendable(now time.Time, f flight, p *syncproto.Problem) {
	s.damage, s.damaged, s.pushed = p, now.Add(damagedFor), 0
	if f.conn == s.beside {
		s.forget(s.beside)
		if s.beside = 0; !s.live() {
			s.state = Offline
		}
	}
}

// measured takes what an answer tells of the line.
func (s *Session) measured(now time.Time, f flight, d SyncDone) {
	switch sent := d.Result.Sent; {
	case f.kind == polling: // it was held
	case d.Result.Opened > 0:
		s.pace.small(d.Result.Opened)
	case f.kind == greeting && sent < 2<<10:
		s.pace.small(d.Took / 3) // with the two round trips of the handshake
	case f.kind == greeting:
	case sent >= 2<<10:
		s.pace.acknowledged(now, sent, d.Took)
	default:
		s.pace.small(d.Took)
	}
}

// directed takes what the province asks of the road.
func (s *Session) directed(now time.Time, r Result) {
	if r.Poll > 0 {
		s.pollGap = r.Poll
	}
	if r.Slow > 0 {
		s.slow = now.Add(r.Slow + s.pause.jitter(r.Slow)/4)
	}
}

// progress ends a row of failures: something was acknowledged, or there was nothing
// to acknowledge and the portal said so. What the portal asked for stands.
func (s *Session) progress(now time.Time) {
	s.pause.progress()
	s.corrections = 0
	s.nextSync, s.nextTry = now, time.Time{}
	if now.Before(s.quiet) {
		s.nextSync, s.nextTry = s.quiet, s.quiet
		return
	}
	s.problem = nil
}

// stats adopts what the portal has of scans.
func (s *Session) stats(now time.Time, stats []Stat) {
	for _, st := range stats {
		if st.Answer.Unknown {
			delete(s.known, st.Key)
			if s.arrived(st.Key) {
				s.resting[st.Key] = now.Add(unknownFor)
			}
			continue
		}
		off := max(st.Answer.Off, s.known[st.Key]) // pieces behind the greeting were quicker
		if from, to := s.span(st.Key); to > 0 {
			off = max(off, from) // the question was overtaken by them
		}
		s.known[st.Key] = off
		delete(s.resting, st.Key)
	}
}

// arrived says whether the portal acknowledged the event that names a scan.
func (s *Session) arrived(key syncproto.BlobKey) bool {
	for _, b := range s.book.Blobs {
		if b.Key == key {
			return b.Epoch != s.book.Log.Log.Epoch || b.Seq <= s.book.Log.Acked
		}
	}
	return true
}

// feed watches that the cursor moves when more was promised, and plans the next question.
func (s *Session) feed(now time.Time, f flight, r Result) {
	switch {
	case r.Moved:
		s.stuck, s.more = 0, r.More
	case r.More:
		s.stuck++
		s.more = s.stuck < 2
		if !s.more {
			s.problem = syncproto.NewProblem(syncproto.Transient, syncproto.CodeNoProgress, "the feed promises more and does not move")
		}
	default:
		s.more = false
	}
	s.caughtUp = s.caughtUp || !s.more
	s.gather = false
	switch gap := s.gap(now); {
	case s.stuck >= 2:
		s.pollAt = now.Add(gap)
	case f.kind == greeting, r.Moved && gap <= busyGap:
		s.pollAt = now // what is outstanding may be answered any moment
		if s.onTheWay(piecing) > 0 {
			s.pollAt, s.gather = now.Add(leastGap), true // receipts of several scans in one page
		}
		if !s.outstanding(now) {
			s.pollAt = now.Add(gap)
		}
	default: // counted from the question: one that was held to its end is repeated at once
		s.pollAt = later(now, f.sent.Add(gap))
	}
}

// busyGap is how often the feed is asked while somebody may wait for an answer; the
// portal holds the question as long, so the next one follows the last.
const busyGap = longWait

// outstanding says whether somebody waits for the province, or may file any moment.
func (s *Session) outstanding(now time.Time) bool {
	return s.book.Waiting() > 0 || s.book.Open > 0 || len(s.book.Blobs) > 0 || now.Sub(s.active) < activeFor
}

// gap is the time from one question to the next.
func (s *Session) gap(now time.Time) time.Duration {
	switch {
	case s.stuck >= 2:
		return stuckFor
	case s.outstanding(now):
		return busyGap
	case s.pollGap > 0:
		return min(max(s.pollGap, busyGap), 15*time.Minute)
	case night(now):
		return 15 * time.Minute
	}
	return 5 * time.Minute
}

// pieceDone adopts the portal's offset, whatever it is.
func (s *Session) pieceDone(now time.Time, d PieceDone) {
	if d.Book != nil {
		s.look(*d.Book)
	}
	f, ok := s.land(d.N)
	if !ok {
		return // of a dropped connection
	}
	if d.Problem != nil {
		s.pieceFailed(now, f, d)
		return
	}
	s.answered(now, f.conn)
	s.scanPause.progress()
	s.scansAt = time.Time{}
	if off, known := s.known[f.key]; known || f.behind { // else it is complete, or must be asked about
		s.known[f.key] = max(d.Answer.Off, off)
	}
	switch {
	case d.Answer.Off > f.off || d.Answer.Complete:
		if !f.behind { // one that was held says nothing of the line
			s.pace.acknowledged(now, f.len, d.Took)
		}
		s.moved = true
		s.progress(now)
	default:
		if _, known := s.known[f.key]; known {
			s.known[f.key] = d.Answer.Off
		}
		s.corrected(now, f.conn, syncproto.NewProblem(syncproto.Correction, syncproto.CodeOffset, "the portal has %d bytes, sent were those from %d", d.Answer.Off, f.off))
	}
	if d.Answer.Complete {
		delete(s.known, f.key)
		delete(s.begun, f.key)
	}
}

func (s *Session) pieceFailed(now time.Time, f flight, d PieceDone) {
	delete(s.known, f.key) // how much arrived is the portal's to say
	p := d.Problem
	if d.Local {
		s.resting[f.key] = now.Add(damagedFor)
		s.problem = p
		return
	}
	if f.behind && p.Kind == syncproto.Correction { // the greeting's own answer says the rest
		s.alone = true
		return
	}
	if p.Kind == syncproto.Correction || p.Kind == syncproto.Fork || p.Kind == syncproto.Limit {
		s.answered(now, f.conn)
	}
	switch {
	case p.Kind == syncproto.Correction && p.Code == syncproto.CodeBlobUnknown:
		s.resting[f.key] = now.Add(unknownFor)
	case p.Kind == syncproto.Correction && p.Code == syncproto.CodeBlobRestart:
		if s.restarts[f.key]++; s.restarts[f.key] >= syncproto.MaxCorrections {
			s.resting[f.key], s.restarts[f.key] = now.Add(damagedFor), 0
			s.problem = p
		}
	case p.Kind == syncproto.Correction && p.Code == syncproto.CodeBlobSession:
		if !s.greet { // the others of the same session say the same
			s.greet = true
			s.corrected(now, f.conn, p)
		}
	case p.Kind == syncproto.Fork:
		s.resting[f.key] = now.Add(damagedFor)
		s.problem = p
	default:
		if p.Kind == syncproto.Intercepted { // exchanges may pass where pieces do not: a row of their own
			s.scansAt, s.scanProblem = now.Add(s.scanPause.fail(now, true)), p
		}
		s.failed(now, f.conn, p)
	}
}

// corrected counts a correction; too many in a row are a failure.
func (s *Session) corrected(now time.Time, c Conn, p *syncproto.Problem) {
	s.nextSync = now
	if s.corrections++; s.corrections > syncproto.MaxCorrections {
		s.corrections = 0
		s.failed(now, c, &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeManyCorrect, Err: p})
	}
}

// failed acts by the class of a problem that came on a connection.
func (s *Session) failed(now time.Time, c Conn, p *syncproto.Problem) {
	s.problem = p
	switch p.Kind {
	case syncproto.Correction:
		if s.sign && s.unfinished(c, greeting) {
			s.problem = nil // the others of the ended session
			return
		}
		if p.Code == syncproto.CodeSession || p.Code == syncproto.CodeHelloCount {
			s.sign = true
		}
		s.problem = nil
		s.corrected(now, c, p)
	case syncproto.Fork:
		if !s.alarmed {
			s.alarmed = true
			s.emit(Alarm{p.Code})
		}
		s.pushed = 0
		s.nextSync = now.Add(leastGap)
	case syncproto.Intercepted:
		s.lost(now, c, Captive, p, true)
	case syncproto.Auth, syncproto.Version:
		s.sign = true
		s.down(now, Refused, p, true)
	case syncproto.Clock:
		s.lost(now, c, Clock, p, true)
		if s.state == Clock {
			s.asking = s.next()
			s.conns++
			s.askConn = s.conns
			s.emit(AskTime{N: s.asking, Conn: s.conns, Deadline: s.pace.deadline(8 << 10)})
		}
	case syncproto.Limit:
		s.pace.failed()
		s.rest(now, p, false)
	default:
		if c == s.main { // a dial that found nobody says nothing of what the line carries
			s.pace.failed()
			if !stands(p.Code) {
				s.cutAt = now
			}
		}
		if s.live() && stands(p.Code) {
			s.pushed = 0
			s.rest(now, p, false)
			return
		}
		s.lost(now, c, Offline, p, false)
	}
}

// stands tells troubles of a portal that answers from those of the line.
func stands(code string) bool {
	switch code {
	case syncproto.CodeBusy, syncproto.CodeInternal, syncproto.CodeBadChunk, syncproto.CodeSuperseded,
		syncproto.CodeNoProgress, syncproto.CodeManyCorrect, syncproto.CodeForgotten:
		return true
	}
	return false
}

// timeDone: with the time put right the next attempt is worth making at once.
func (s *Session) timeDone(now time.Time, d TimeDone) {
	if s.asking != d.N {
		return
	}
	s.asking = 0
	s.emit(Drop{s.askConn})
	if d.Problem == nil {
		s.nextTry = now.Add(leastGap)
		return
	}
	if d.Problem.Kind != syncproto.Clock {
		s.problem = d.Problem
	}
	if d.Problem.Kind == syncproto.Transient {
		s.state = Offline
	}
}
