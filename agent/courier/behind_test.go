package courier

import (
	"testing"
	"time"

	"bendo/syncproto"
)

// On a road that takes them the first pieces follow the greeting at once, of the first scan, as
// long as nothing more urgent waits.
func TestPiecesBehindAGreeting(t *testing.T) {
	book := withScans(owing(3, 0), 2)
	key := book.Blobs[0].Key
	greet := func(t *testing.T, book Snapshot, in Sent) *player {
		p := play(t, book)
		in.N = need[SendSync](p).N
		return p.in(in)
	}
	t.Run("follows", func(t *testing.T) {
		p := greet(t, book, Sent{Last: 3, Behind: true})
		one := need[SendPiece](p)
		if !one.Behind || one.Off != 0 || one.Key != key || one.Len != firstPiece {
			t.Fatalf("the first piece is %+v", one)
		}
		p.in(Tick{})
		refuse[SendPiece](p) // until the first was handed over
		two := need[SendPiece](p.in(Sent{N: one.N}))
		if two.Off != firstPiece || two.Conn != one.Conn {
			t.Fatalf("the second piece is %+v", two)
		}
		refuse[SendPiece](p.in(Sent{N: two.N}))

		p.synced(Result{Answered: true, Progress: true, Welcome: true, Stats: []Stat{{Key: key}}}, withScans(owing(3, 3), 2))
		if three := need[SendPiece](p); three.Off != two.Off+int64(two.Len) || three.Behind {
			t.Errorf("after the answer goes %+v", three)
		}
	})
	t.Run("its answer comes first", func(t *testing.T) {
		p := greet(t, book, Sent{Last: 3, Behind: true})
		one := need[SendPiece](p)
		p.in(Sent{N: one.N})
		p.now = p.now.Add(time.Second)
		p.in(PieceDone{N: one.N, Answer: syncproto.BlobAnswer{Off: firstPiece}})
		p.synced(Result{Answered: true, Progress: true, Welcome: true, Stats: []Stat{{Key: key}}}, withScans(owing(3, 3), 2))
		for _, o := range p.out {
			if o, is := o.(SendPiece); is && o.Key == key && o.Off < firstPiece {
				t.Errorf("bytes are sent twice: %+v", o)
			}
		}
	})
	begun := withScans(owing(3, 0), 1)
	begun.Blobs[0].Offset = 1
	much := withScans(owing(3, 0), 1)
	much.Blobs[0].Length = mostBehind + 1
	late := withScans(owing(3, 0), 3)
	late.Blobs = late.Blobs[2:]
	for name, c := range map[string]struct {
		book Snapshot
		in   Sent
	}{
		"a road that does not take them":    {book, Sent{Last: 3}},
		"more events wait":                  {book, Sent{Last: 2, Behind: true}},
		"a scan that was begun":             {begun, Sent{Last: 3, Behind: true}},
		"a scan whose event is not with it": {late, Sent{Last: 2, Behind: true}},
		"scans for many minutes":            {much, Sent{Last: 3, Behind: true}},
		"no scan":                           {owing(3, 0), Sent{Last: 3, Behind: true}},
		"a log whose sending is frozen":     {frozen(book), Sent{Behind: true}},
	} {
		t.Run(name, func(t *testing.T) { refuse[SendPiece](greet(t, c.book, c.in)) })
	}
	t.Run("refused once, never again", func(t *testing.T) {
		p := greet(t, book, Sent{Last: 3, Behind: true})
		one := need[SendPiece](p)
		p.in(PieceDone{N: one.N, Problem: problem(syncproto.Correction, syncproto.CodeSession)})
		if p.s.live() || !p.s.sign {
			t.Error("a refused piece counts as an answer to the greeting")
		}
		p.synced(Result{Answered: true, Progress: true, Welcome: true, Stats: []Stat{{Key: key}}}, withScans(owing(3, 3), 2))
		if again := need[SendPiece](p); again.Off != 0 || again.Behind {
			t.Errorf("goes on with %+v", again)
		}
		p.in(SyncDone{N: p.flight(polling, asking).n, Result: Result{Problem: problem(syncproto.Transient, syncproto.CodeConnection)}, Book: p.s.book})
		p.now = need[Wake](p).At
		p.in(Tick{})
		if o := need[SendSync](p); !o.Fresh {
			t.Fatalf("goes on with %+v", o)
		}
		refuse[SendPiece](p.in(Sent{N: p.s.n, Behind: true}))
	})
}

func frozen(s Snapshot) Snapshot {
	s.Log.Frozen = true
	return s
}

// A line that was cut lately gets smaller pieces, and less of them at once.
func TestCarefulAfterACut(t *testing.T) {
	p := moving(t)
	if o := p.flight(piecing); o == nil || p.s.careful(p.now) {
		t.Fatal("careful before anything was cut")
	}
	o := p.wakes(20 * time.Second)
	p.in(SyncDone{N: o.N, Result: Result{Answered: true, Welcome: true, Stats: []Stat{{Key: o.Stat[0]}}}, Book: p.s.book})
	if got := need[SendPiece](p); !got.Careful {
		t.Errorf("after a dead connection goes %+v", got)
	}
	p.now = p.now.Add(carefulFor)
	if p.s.careful(p.now) {
		t.Error("careful for ever")
	}
}
