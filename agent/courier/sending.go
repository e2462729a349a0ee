package courier

import (
	"time"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

// What goes next. The classes, the more urgent first:
//
//	P0  greetings, time
//	P1  events: of everything that waits before any scan
//	P2  the feed; where scans stand
//	P3  scans, one submission finished before the next (see order)
//	P4  packs and programs, at night (see objects)
//	P5  figures of the line, which ride in greetings
//
// Ageing keeps each class moving: a scan's piece goes between two pushes when none went
// for scansWait, and an object that waited for objectsWait comes by day.

const (
	scansWait  = 30 * time.Second
	briskFor   = 30 * time.Second // after somebody filed, the next one may
	leastStat  = 16               // scans asked about beside a push; a question costs 52 bytes
	helloBytes = 600
	statBytes  = 52
	longWait   = syncproto.MaxFeedWait * time.Second
)

// sendAll starts whatever the main connection may carry now.
func (s *Session) sendAll(now time.Time) {
	if s.greet || s.sign {
		if !s.unfinished(s.main, greeting) {
			s.sendGreeting(now, s.main)
		}
		return
	}
	if s.unsent() && !now.Before(s.pieceAt.Add(scansWait)) {
		s.sendPieces(now) // ageing
	}
	s.sendPush(now)
	s.sendAsk(now)
	s.sendPieces(now)
	s.sendPoll(now)
	s.sendObject(now)
}

// sendGreeting begins a connection, or signs anew on it. It already carries what is
// urgent: events, where begun scans stand, the feed's next page.
func (s *Session) sendGreeting(now time.Time, c Conn) {
	o := SendSync{N: s.next(), Conn: c, Compare: true, Fresh: true, Sign: s.sign, Feed: true, FeedBytes: s.pace.feedBytes(), Link: s.pace.estimate()}
	o.Dial = s.dialFor()
	size := helloBytes + o.FeedBytes/2
	upTo := s.book.Log.Acked
	if s.pushable() {
		o.Push, o.From = true, s.book.Log.Acked+1
		o.MaxEvents, o.MaxBytes = mostEvents>>s.pace.shrink, s.pace.pushBytes(firstPush)
		size += o.MaxBytes / packed
		upTo += uint64(o.MaxEvents)
	}
	o.Stat = s.unknown(now, upTo, leastStat)
	if c == s.beside && s.live() { // what main may have brought
		for i := range s.flights {
			if s.flights[i].kind == piecing && len(o.Stat) < syncproto.MaxBlobStat {
				o.Stat = withKey(o.Stat, s.flights[i].key)
			}
		}
	}
	size += statBytes * len(o.Stat)
	o.Deadline = s.pace.deadline(size)
	s.launch(flight{n: o.N, conn: c, kind: greeting, bytes: size, stat: o.Stat})
	s.emit(o)
}

func withKey(list []syncproto.BlobKey, k syncproto.BlobKey) []syncproto.BlobKey {
	for _, x := range list {
		if x == k {
			return list
		}
	}
	return append(list, k)
}

func (s *Session) next() uint64 {
	s.n++
	return s.n
}

// free says whether a piece may be given to the line: the body before it has been handed
// over, so that the line carries them in order and each arrives as early as it can.
func (s *Session) free(now time.Time) bool {
	if !s.followable() {
		return false
	}
	for i := range s.flights {
		f := &s.flights[i]
		if f.conn != s.main || f.handed || f.kind != piecing {
			continue
		}
		if s.hears {
			return false
		}
		if at := f.sent.Add(stepApart); now.Before(at) {
			s.until(at)
			return false
		}
	}
	return true
}

// followable says whether the pushes on their way have been handed over; before, it is not
// known where they end.
func (s *Session) followable() bool {
	for i := range s.flights {
		if f := &s.flights[i]; f.conn == s.main && f.kind <= pushing && !f.handed {
			return false
		}
	}
	return true
}

// sendPush sends events that are not on their way, right behind those that are: the
// portal takes batches in order, and the line is not idle for a round trip between two.
func (s *Session) sendPush(now time.Time) {
	if !s.unsent() || !s.followable() {
		return
	}
	if now.Before(s.nextSync) {
		s.until(s.nextSync)
		return
	}
	if s.onTheWay(pushing) >= pushesAtOnce {
		return
	}
	o := SendSync{N: s.next(), Conn: s.main, Push: true, Compare: true, From: max(s.book.Log.Acked, s.pushed) + 1,
		MaxEvents: mostEvents >> s.pace.shrink, MaxBytes: s.pace.pushBytes(pushTime), Link: s.pace.estimate()}
	o.Stat = s.unknown(now, o.From+uint64(o.MaxEvents)-1, leastStat)
	size := helloBytes/2 + o.MaxBytes/packed + statBytes*len(o.Stat)
	o.Deadline = s.pace.deadline(size + s.load(s.main))
	s.launch(flight{n: o.N, conn: s.main, kind: pushing, bytes: size, stat: o.Stat})
	s.emit(o)
}

// sendAsk asks where scans stand whose events the portal has, and how the log compares.
func (s *Session) sendAsk(now time.Time) {
	if s.unfinished(s.main, asking) || s.unfinished(s.main, pushing) {
		return
	}
	stat := s.unknown(now, s.book.Log.Acked, syncproto.MaxBlobStat)
	audit := len(stat) == 0 && !s.unsent() && len(s.book.Blobs) == 0 && !now.Before(s.auditAt)
	if len(stat) == 0 && !s.compare && !audit {
		return
	}
	if now.Before(s.nextSync) {
		s.until(s.nextSync)
		return
	}
	if audit {
		s.auditAt = now.Add(auditEvery)
	}
	o := SendSync{N: s.next(), Conn: s.main, Compare: s.compare, Stat: stat, Audit: audit, Link: s.pace.estimate()}
	size := helloBytes/2 + statBytes*len(stat)
	o.Deadline = s.pace.deadline(size + s.load(s.main))
	s.launch(flight{n: o.N, conn: s.main, kind: asking, bytes: size, stat: stat, handed: true})
	s.emit(o)
}

// unknown lists scans whose state at the portal must be asked before a byte of them
// is sent: after a cut the portal may have more than it could tell. Those of events
// after upTo cannot be there yet.
func (s *Session) unknown(now time.Time, upTo uint64, most int) []syncproto.BlobKey {
	if s.book.Log.Frozen {
		upTo = min(upTo, s.book.Log.Acked)
	}
	var out []syncproto.BlobKey
	for _, b := range order(now, s.book.Blobs) {
		if _, known := s.known[b.Key]; known || s.asked(b.Key) || b.Epoch == s.book.Log.Log.Epoch && b.Seq > upTo {
			continue
		}
		if at := s.resting[b.Key]; now.Before(at) {
			s.until(at)
			continue
		}
		if out = append(out, b.Key); len(out) == most {
			break
		}
	}
	return out
}

// asked says whether the question about a scan is on its way.
func (s *Session) asked(key syncproto.BlobKey) bool {
	for i := range s.flights {
		for _, k := range s.flights[i].stat {
			if k == key {
				return true
			}
		}
	}
	return false
}

// sendPoll asks for what the province has to say. The portal holds the question, so its
// word comes in one round trip; there is never more than one.
func (s *Session) sendPoll(now time.Time) {
	if s.unfinished(s.main, polling) {
		return
	}
	last := s.gather && s.onTheWay(piecing) == 0 // none will bring a receipt any more
	if !s.more && !last && now.Before(s.pollAt) {
		s.until(s.pollAt)
		return
	}
	if at := s.nextSync; s.more && now.Before(at) {
		s.until(at)
		return
	}
	o := SendSync{N: s.next(), Conn: s.main, Feed: true, FeedBytes: s.pace.feedBytes(), Wait: longWait, Link: s.pace.estimate()}
	o.Deadline = o.Wait + s.pace.deadline(helloBytes/2+o.FeedBytes/2+s.load(s.main))
	s.launch(flight{n: o.N, conn: s.main, kind: polling, wait: o.Wait})
	s.emit(o)
}

// sendPieces keeps pieces on the way while no event waits to be sent.
func (s *Session) sendPieces(now time.Time) {
	if at := later(s.slow, s.scansAt); now.Before(at) {
		s.until(at)
		return
	}
	if s.unsent() {
		if at := s.pieceAt.Add(scansWait); now.Before(at) {
			return // ageing: after that long one goes all the same
		}
	}
	var blobs []ledger.BlobState
	for s.onTheWay(piecing) < s.mostPieces() && s.free(now) {
		if blobs == nil {
			blobs = order(now, s.book.Blobs)
		}
		if !s.sendPiece(now, blobs) {
			return
		}
		if s.unsent() {
			return
		}
	}
}

func (s *Session) onTheWay(k kind) (n int) {
	for i := range s.flights {
		if s.flights[i].kind == k && s.flights[i].conn == s.main {
			n++
		}
	}
	return n
}

// mostPieces is how many pieces may be on their way at once.
func (s *Session) mostPieces() int {
	if s.hears {
		return piecesAtMost
	}
	return piecesAtOnce
}

// sendPiece sends the next piece of the first scan that has one; false when none has.
func (s *Session) sendPiece(now time.Time, blobs []ledger.BlobState) bool {
	for _, b := range blobs {
		off, known := s.known[b.Key]
		if !known || now.Before(s.resting[b.Key]) {
			continue
		}
		from, to := s.span(b.Key)
		if from > off {
			continue // the portal lacks what came before: first everything comes back
		}
		off = max(off, to)
		brisk := now.Sub(s.filed) < briskFor
		most := s.pace.pieceSize(s.hears, brisk || s.careful(now))
		if !s.moved && s.onTheWay(piecing) == 0 { // soon to know that it moves at all
			most = min(most, firstPiece)
		}
		size := pieceOf(b.Length-off, most)
		if size <= 0 {
			continue
		}
		s.emitPiece(now, SendPiece{Conn: s.main, Key: b.Key, Off: off, Len: size, Brisk: brisk, Careful: s.careful(now)})
		return true
	}
	return false
}

func (s *Session) emitPiece(now time.Time, o SendPiece) {
	o.N = s.next()
	o.Deadline = s.pace.deadline(o.Len + s.load(o.Conn))
	s.launch(flight{n: o.N, conn: o.Conn, kind: piecing, bytes: o.Len, key: o.Key, off: o.Off, len: o.Len, behind: o.Behind})
	s.pieceAt, s.begun[o.Key] = now, true
	s.emit(o)
}

// careful says whether the line was cut lately.
func (s *Session) careful(now time.Time) bool {
	return !s.cutAt.IsZero() && now.Sub(s.cutAt) < carefulFor
}

// sendBehind lets first pieces follow the first greeting of a connection before its answer, so
// that the line is not idle for a round trip. Only those of scans no byte of which has left yet,
// so that nothing need be asked about them, and only when all events are on their way: the portal
// holds them until it has greeted us, and knows them by then. Not when scans for many minutes
// wait: there a round trip is nothing, and a line that begins under load was measured to keep a
// longer queue before what is filed later.
func (s *Session) sendBehind(now time.Time) {
	if s.alone || s.beside == 0 || s.book.Log.Frozen || now.Before(later(s.slow, s.scansAt)) {
		return
	}
	var greet *flight
	under := 0
	for i := range s.flights {
		switch f := &s.flights[i]; {
		case f.conn != s.beside:
		case !f.handed:
			return
		case f.kind == greeting:
			greet = f
		case f.kind == piecing:
			under++
		}
	}
	if greet == nil || !greet.behind || under >= piecesBehind || s.pushable() && greet.last+1 < s.book.Log.Next {
		return
	}
	owed := int64(0)
	for _, b := range s.book.Blobs {
		owed += b.Length - b.Offset
	}
	if owed > mostBehind {
		return
	}
	for _, b := range order(now, s.book.Blobs) {
		from, to := s.span(b.Key)
		fresh := b.Offset == 0 && !s.begun[b.Key] || to > from
		left := b.Length - to
		if !fresh || left <= 0 || b.Epoch != s.book.Log.Log.Epoch || b.Seq > max(s.book.Log.Acked, greet.last) || now.Before(s.resting[b.Key]) {
			continue
		}
		s.emitPiece(now, SendPiece{Conn: s.beside, Key: b.Key, Off: to, Len: pieceOf(left, firstPiece), Behind: true})
		return // the next one when this is handed over
	}
}

// pieceOf cuts the next piece of what is left of a scan. No crumbs: each piece costs some
// 250 bytes, and a place among those on their way.
func pieceOf(left int64, size int) int {
	switch whole := int64(size); {
	case left <= whole, left <= whole+whole/4 && left <= mostPiece:
		return int(left)
	case left < 2*whole:
		return int(left+1) / 2
	}
	return size
}

// span is where pieces of a scan on their way begin and end, 0 and 0 when there are none.
func (s *Session) span(key syncproto.BlobKey) (from, to int64) {
	for i := range s.flights {
		f := &s.flights[i]
		if f.kind != piecing || f.key != key {
			continue
		}
		if to == 0 || f.off < from {
			from = f.off
		}
		to = max(to, f.off+int64(f.len))
	}
	return from, to
}
