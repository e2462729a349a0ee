package courier

import (
	"time"

	"bendo/syncproto"
)

// Published things (P4): packs and programs that the feed named. They come at night, when
// nothing else wants the line, within a daily budget, because many a line is paid by the
// megabyte; one that waited a day comes by day as well, a piece at a time.

const (
	objectsWait = 24 * time.Hour
	dailyBudget = 16 << 20 // bytes of objects from midnight to midnight
	leastFetch  = 8 << 10
	mostFetch   = 256 << 10
	objectsLook = 10 * time.Minute
)

// shelf is what the session remembers of objects.
type shelf struct {
	since   map[syncproto.Digest]time.Time // when it was first wanted in this run
	resting map[syncproto.Digest]time.Time
	day     int64 // of used, in Viet Nam
	used    int64
	piece   int
}

func newShelf() shelf {
	return shelf{since: map[syncproto.Digest]time.Time{}, resting: map[syncproto.Digest]time.Time{}, piece: leastFetch}
}

// left is what remains of today's budget.
func (h *shelf) left(now time.Time) int64 {
	if day := now.UTC().Add(7*time.Hour).Unix() / 86400; day != h.day {
		h.day, h.used = day, 0
	}
	return dailyBudget - h.used
}

// sendObject reads the next piece of the first object that may come now.
func (s *Session) sendObject(now time.Time) {
	if len(s.book.Objects) == 0 || s.unfinished(s.main, fetching) {
		return
	}
	h := &s.objects
	left := h.left(now)
	for _, o := range s.book.Objects {
		if h.since[o.SHA256].IsZero() {
			h.since[o.SHA256] = now
		}
		aged := now.Sub(h.since[o.SHA256]) >= objectsWait
		size := min(int64(h.piece), o.Length-o.Offset, left)
		if size <= 0 || now.Before(h.resting[o.SHA256]) || now.Before(s.slow) || !aged && (!night(now) || s.busy()) {
			continue
		}
		out := SendObject{N: s.next(), Conn: s.main, SHA256: o.SHA256, Off: o.Offset, Len: int(size)}
		out.Deadline = s.pace.deadline(int(size) + s.load(s.main))
		h.used += size
		s.launch(flight{n: out.N, conn: s.main, kind: fetching, bytes: int(size), sha: o.SHA256, off: o.Offset, len: int(size)})
		s.emit(out)
		return
	}
	s.until(now.Add(objectsLook))
}

// busy says whether anything of a class above is there to be sent.
func (s *Session) busy() bool {
	return s.unsent() || s.onTheWay(pushing) > 0 || s.onTheWay(piecing) > 0 || len(s.book.Blobs) > 0
}

// objectDone takes over how far an object is.
func (s *Session) objectDone(now time.Time, d ObjectDone) {
	if d.Book != nil {
		s.look(*d.Book)
	}
	f, ok := s.land(d.N)
	if !ok {
		return
	}
	h := &s.objects
	if d.Problem == nil {
		s.answered(now, f.conn)
		for i := range s.book.Objects {
			if s.book.Objects[i].SHA256 == f.sha {
				s.book.Objects[i].Offset = d.Off
			}
		}
		switch { // a second or so of the line at a time
		case d.Took < pieceTime && f.len == h.piece:
			h.piece = min(2*h.piece, mostFetch)
		case d.Took > 3*pieceTime:
			h.piece = max(h.piece/2, leastFetch)
		}
		s.progress(now)
		return
	}
	p := d.Problem
	// What is missing there, or does not fit its digest, is not the line's fault and
	// stands in nobody's way.
	if d.Local || p.Kind == syncproto.Fork || p.Kind == syncproto.Correction && p.Code != syncproto.CodeSession || p.Code == syncproto.CodeForgotten {
		h.resting[f.sha] = now.Add(damagedFor)
		return
	}
	s.failed(now, f.conn, p)
}
