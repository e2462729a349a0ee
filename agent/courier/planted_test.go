package courier

import (
	"slices"
	"testing"
	"time"

	"bendo/syncproto"
)

// world plays a portal and a line for one session, in time that does not pass, and writes down
// what the session did. A planted bug takes some of its outputs away, as a shell or a session
// without them would.
type world struct {
	s    *Session
	now  time.Time
	bug  func(o Output) bool // takes the output away; nil none
	book Snapshot
	file time.Duration // events are filed this often; 0 never

	dead    bool // nothing is answered any more
	problem *syncproto.Problem

	due   []due
	wake  time.Time
	shown Status
	polls []time.Duration // when questions that the portal holds were asked, since the beginning
	opens []time.Duration // when connections were
	parts []time.Duration // when pieces went
	looks int             // audits
	bad   time.Duration   // how long the screen said that all is well, while it was not
}

type due struct {
	at   time.Time
	conn Conn
	in   Input
}

func (w *world) step(in Input) {
	outs := w.s.Step(w.now, in)
	if w.bug != nil {
		outs = slices.DeleteFunc(outs, w.bug)
	}
	for _, o := range outs {
		switch o := o.(type) {
		case Wake:
			w.wake = o.At
		case Show:
			w.shown = o.Status
		case Drop:
			w.due = slices.DeleteFunc(w.due, func(d due) bool { return d.conn == o.Conn })
		case SendSync:
			w.sync(o)
		case SendPiece:
			w.parts = append(w.parts, w.now.Sub(noon))
			w.later(100*time.Millisecond, o.Conn, Sent{N: o.N})
			w.later(700*time.Millisecond, o.Conn, PieceDone{N: o.N, Answer: syncproto.BlobAnswer{Off: o.Off + int64(o.Len)}, Took: 700 * time.Millisecond})
		}
	}
}

func (w *world) sync(o SendSync) {
	since := w.now.Sub(noon)
	took := 300 * time.Millisecond
	r := Result{Answered: true, Progress: true, Welcome: o.Fresh, Problem: w.problem}
	switch {
	case o.Fresh:
		w.opens = append(w.opens, since)
	case o.Wait > 0:
		w.polls, took = append(w.polls, since), took+o.Wait
	case o.Audit:
		w.looks++
	}
	for _, k := range o.Stat {
		r.Stats = append(r.Stats, Stat{Key: k})
	}
	w.later(0, o.Conn, Sent{N: o.N, Last: w.book.Log.Next - 1})
	w.later(took, o.Conn, SyncDone{N: o.N, Result: r, Took: took})
}

// later answers after a while, unless the line is dead by then.
func (w *world) later(d time.Duration, c Conn, in Input) {
	w.due = append(w.due, due{w.now.Add(d), c, in})
}

// play lets time pass, half a second or less at a time.
func (w *world) play(d time.Duration) {
	if w.s == nil {
		w.s, w.now = NewSession(1), noon
		w.step(Start{w.book})
	}
	filed := w.now
	for end := w.now.Add(d); w.now.Before(end); {
		next := w.now.Add(500 * time.Millisecond)
		if !w.wake.IsZero() && w.wake.Before(next) {
			next = later(w.wake, w.now.Add(time.Millisecond))
		}
		slices.SortStableFunc(w.due, func(a, b due) int { return a.at.Compare(b.at) })
		var in Input = Tick{}
		if len(w.due) > 0 && !w.due[0].at.After(next) {
			next, in = later(w.due[0].at, w.now), w.due[0].in
			w.due = w.due[1:]
		}
		if w.shown.State == Online && (w.dead || w.problem != nil) {
			w.bad += next.Sub(w.now)
		}
		w.now = next
		if w.file > 0 && w.now.Sub(filed) >= w.file {
			filed = w.now
			w.book.Log.Next++
			w.step(Changed{w.book})
		}
		if done, is := in.(SyncDone); is {
			w.book.Log.Acked = w.book.Log.Next - 1
			if w.file > 0 { // there is always one more
				w.book.Log.Next++
			}
			done.Book = w.book
			in = done
		}
		if _, tick := in.(Tick); tick || !w.dead {
			w.step(in)
		}
	}
}

// longest is the longest time between two of these, and to the end.
func longest(at []time.Duration, end time.Duration) (most time.Duration) {
	last := time.Duration(0)
	for _, t := range append(slices.Clone(at), end) {
		most, last = max(most, t-last), t
	}
	return most
}

// TestPromisesAndPlantedBugs: each promise of the session is kept, and whoever takes it away is seen.
func TestPromisesAndPlantedBugs(t *testing.T) {
	busy := problem(syncproto.Limit, syncproto.CodeQuota)
	isSync := func(f func(o SendSync) bool) func(Output) bool {
		return func(o Output) bool { s, is := o.(SendSync); return is && f(s) }
	}
	for _, c := range []struct {
		name string
		play func(w *world) (broken string)
		bug  func(o Output) bool
	}{
		{"the portal always holds a question while somebody waits", func(w *world) string {
			w.book = owing(1, 1)
			w.book.Open = 1
			w.play(10 * time.Minute)
			if longest(w.polls, 10*time.Minute) > longWait+5*time.Second {
				return "nobody asked"
			}
			return ""
		}, isSync(func(o SendSync) bool { return o.Wait > 0 })},
		{"a second connection is tried beside a silent one", func(w *world) string {
			w.book = withScans(owing(1, 1), 1)
			w.book.Blobs[0].Length = 1 << 30
			w.play(10 * time.Second)
			first := len(w.opens)
			w.dead = true
			w.play(20 * time.Second)
			if len(w.opens) == first {
				return "nothing was tried"
			}
			return ""
		}, isSync(func(o SendSync) bool { return o.Fresh && o.Conn > 1 })},
		{"silence is told within 45 s", func(w *world) string {
			w.book = withScans(owing(1, 1), 1)
			w.book.Blobs[0].Length = 1 << 30
			w.play(10 * time.Second)
			w.dead = true
			w.play(5 * time.Minute)
			if w.bad > 45*time.Second {
				return "the screen says that all is well"
			}
			return ""
		}, func(o Output) bool { s, is := o.(Show); return is && s.Status.State != Online }},
		{"what stands in the way is told at once", func(w *world) string {
			w.book, w.problem = owing(3, 1), busy
			w.play(2 * time.Minute)
			if w.bad > time.Second || w.shown.State != Degraded || w.shown.Problem != busy {
				return "the screen does not say what stands in the way"
			}
			return ""
		}, func(o Output) bool { s, is := o.(Show); return is && s.Status.State == Degraded }},
		{"a scan moves although there is always an event to send", func(w *world) string {
			w.book, w.file = withScans(owing(1, 0), 1), 200*time.Millisecond
			w.book.Blobs[0].Length = 1 << 30
			w.play(10 * time.Minute)
			if longest(w.parts, 10*time.Minute) > scansWait+10*time.Second {
				return "no piece went"
			}
			return ""
		}, func(o Output) bool { _, is := o.(SendPiece); return is }},
		{"what was complete is asked about again", func(w *world) string {
			w.book = owing(1, 1)
			w.play(4 * time.Hour)
			if w.looks < 3 {
				return "nobody looked"
			}
			return ""
		}, isSync(func(o SendSync) bool { return o.Audit })},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &world{}
			if broken := c.play(w); broken != "" {
				t.Errorf("%s: polls %v, connections %v, %d pieces, %d audits, %v unwell", broken, w.polls, w.opens, len(w.parts), w.looks, w.bad)
			}
			if c.play(&world{bug: c.bug}) == "" {
				t.Error("the planted bug is not seen")
			}
		})
	}
}
