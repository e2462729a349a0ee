package courier

import (
	"time"

	"bendo/syncproto"
)

// syncDone judges an exchange. What it brought is in the book already.
func (s *Session) syncDone(now time.Time, d SyncDone) {
	if s.sync == nil || s.sync.n != d.N {
		return // of a dropped connection; what it brought is in the book
	}
	s.sync = nil
	s.book = d.Book
	r := d.Result
	if r.Local {
		s.damage, s.damaged = r.Problem, now.Add(damagedFor)
		if s.state == Probing {
			s.state = Offline
		}
		return // the next exchange goes without events
	}
	if !r.Answered {
		s.failed(now, r.Problem)
		return
	}
	s.fresh = false
	if !s.state.Up() {
		s.state = Online
	}
	if r.Sent < 2<<10 {
		s.pace.small(d.Took)
	}
	if r.Welcome {
		s.sign = false
	}
	if r.NewGen || r.Restat {
		clear(s.known)
	}
	s.stats(now, r.Stats)
	s.feed(now, r)
	if r.Poll > 0 {
		s.pollGap = r.Poll
	}
	s.nextSync = now.Add(leastGap)
	if r.Progress || r.Problem == nil && !s.pushable() && s.stuck < 2 {
		s.progress(now)
	}
	s.pollAt = now.Add(s.gap(now))
	if r.Problem != nil {
		s.failed(now, r.Problem)
	}
}

// progress ends a row of failures: something was acknowledged, or there was nothing
// to acknowledge and the portal said so.
func (s *Session) progress(now time.Time) {
	s.pause.progress()
	s.corrections = 0
	s.nextSync, s.nextTry = now, time.Time{}
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
		s.known[st.Key] = st.Answer.Off
		delete(s.resting, st.Key)
		if st.Answer.Complete {
			s.quickly = 0 // its receipt is in the feed
		}
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

// feed watches that the cursor moves when more was promised.
func (s *Session) feed(now time.Time, r Result) {
	switch {
	case r.Moved:
		s.stuck, s.more = 0, r.More
		if s.book.Open == 0 {
			s.quickly = -1
		}
	case r.More:
		s.stuck++
		s.more = s.stuck < 2
		if !s.more {
			s.problem = syncproto.NewProblem(syncproto.Transient, syncproto.CodeNoProgress, "the feed promises more and does not move")
		}
	default:
		s.more = false
	}
}

// gap is the time to the next question when nothing else asks one.
func (s *Session) gap(now time.Time) time.Duration {
	const busy = 25 * time.Second
	if s.stuck >= 2 {
		return stuckFor
	}
	if s.quickly >= 0 && s.book.Open > 0 && s.quickly < 6 {
		s.quickly++
		return min(time.Second<<(s.quickly-1), busy)
	}
	switch {
	case s.book.Waiting() > 0 || s.book.Open > 0 || len(s.book.Blobs) > 0 || now.Sub(s.active) < activeFor:
		return busy
	case s.pollGap > 0:
		return min(max(s.pollGap, busy), 15*time.Minute)
	case night(now):
		return 15 * time.Minute
	}
	return 5 * time.Minute
}

// pieceDone adopts the portal's offset, whatever it is.
func (s *Session) pieceDone(now time.Time, d PieceDone) {
	i := 0
	for i < len(s.pieces) && s.pieces[i].n != d.N {
		i++
	}
	if d.Book != nil {
		s.book = *d.Book
	}
	if i == len(s.pieces) {
		return // of a dropped connection
	}
	f := s.pieces[i]
	s.pieces = append(s.pieces[:i:i], s.pieces[i+1:]...)
	if d.Problem != nil {
		s.pieceFailed(now, f, d)
		return
	}
	s.known[f.key] = d.Answer.Off
	switch {
	case d.Answer.Off > f.off || d.Answer.Complete:
		s.pace.piece(now, f.len, d.Took)
		s.progress(now)
	default:
		s.corrected(now, syncproto.NewProblem(syncproto.Correction, syncproto.CodeOffset, "the portal has %d bytes, sent were those from %d", d.Answer.Off, f.off))
	}
	if d.Answer.Complete {
		delete(s.known, f.key)
		s.quickly, s.pollAt = 0, later(now, s.nextSync)
	}
}

func (s *Session) pieceFailed(now time.Time, f flight, d PieceDone) {
	delete(s.known, f.key) // how much arrived is the portal's to say
	p := d.Problem
	switch {
	case d.Local:
		s.resting[f.key] = now.Add(damagedFor)
		s.problem = p
	case p.Kind == syncproto.Correction && p.Code == syncproto.CodeBlobUnknown:
		s.resting[f.key] = now.Add(unknownFor)
	case p.Kind == syncproto.Correction && p.Code == syncproto.CodeBlobRestart:
		if s.restarts[f.key]++; s.restarts[f.key] >= syncproto.MaxCorrections {
			s.resting[f.key], s.restarts[f.key] = now.Add(damagedFor), 0
			s.problem = p
		}
	case p.Kind == syncproto.Correction && p.Code == syncproto.CodeBlobSession:
		s.fresh = true
		s.corrected(now, p)
	case p.Kind == syncproto.Fork:
		s.resting[f.key] = now.Add(damagedFor)
		s.problem = p
	default:
		s.failed(now, p)
	}
}

// corrected counts a correction; too many in a row are a failure.
func (s *Session) corrected(now time.Time, p *syncproto.Problem) {
	s.nextSync = now
	if s.corrections++; s.corrections > syncproto.MaxCorrections {
		s.corrections = 0
		s.failed(now, &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeManyCorrect, Err: p})
	}
}

// failed acts by the class of a problem.
func (s *Session) failed(now time.Time, p *syncproto.Problem) {
	s.problem = p
	switch p.Kind {
	case syncproto.Correction:
		if p.Code == syncproto.CodeSession || p.Code == syncproto.CodeHelloCount {
			s.sign = true
		}
		s.problem = nil
		s.corrected(now, p)
	case syncproto.Fork:
		if !s.alarmed {
			s.alarmed = true
			s.emit(Alarm{p.Code})
		}
		s.nextSync = now.Add(leastGap)
	case syncproto.Intercepted:
		s.down(now, Captive, p, true)
	case syncproto.Auth, syncproto.Version:
		s.sign = true
		s.down(now, Refused, p, true)
	case syncproto.Clock:
		s.down(now, Clock, p, true)
		s.n++
		s.asking = s.n
		s.emit(AskTime{N: s.n, Deadline: s.pace.deadline(8 << 10)})
	case syncproto.Limit:
		s.pace.failed()
		s.rest(now, p, false)
	default:
		s.pace.failed()
		if s.state.Up() && stands(p.Code) {
			s.rest(now, p, false)
			return
		}
		s.down(now, Offline, p, false)
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

// down leaves the road: the connection is closed, not only the request, because a
// dead one would be used again.
func (s *Session) down(now time.Time, st State, p *syncproto.Problem, slow bool) {
	s.drop()
	s.state = st
	s.rest(now, p, slow)
}

// rest pauses, at least as long as the portal asked for.
func (s *Session) rest(now time.Time, p *syncproto.Problem, slow bool) {
	d := s.pause.fail(now, slow)
	if after := p.RetryAfter(); after > d {
		d = after + s.pause.jitter(after)/4
	}
	s.nextTry = now.Add(d)
	s.nextSync = s.nextTry
}

// timeDone: with the time put right the next attempt is worth making at once.
func (s *Session) timeDone(now time.Time, d TimeDone) {
	if s.asking != d.N {
		return
	}
	s.asking = 0
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
