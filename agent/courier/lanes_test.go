package courier

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"bendo/syncproto"
)

// moving is a session with a piece on its way on connection 1.
func moving(t *testing.T) *player {
	t.Helper()
	book := withScans(owing(1, 1), 1)
	p := play(t, book)
	need[SendSync](p)
	p.synced(Result{Answered: true, Progress: true, Welcome: true, Opened: 600 * time.Millisecond,
		Stats: []Stat{{Key: book.Blobs[0].Key}}}, book)
	need[SendPiece](p)
	return p
}

// wakes lets time pass as the session asks for it, until it opens another connection.
func (p *player) wakes(most time.Duration) SendSync {
	p.t.Helper()
	for end := p.now.Add(most); p.now.Before(end); {
		p.now = need[Wake](p).At
		p.in(Tick{})
		if o, ok := find[SendSync](p); ok && o.Fresh {
			return o
		}
	}
	p.t.Fatal("a silent connection is waited for")
	return SendSync{}
}

// A connection that is silent for longer than what is on it explains is not waited for: a
// second one is opened beside it, and the one that answers first lives.
func TestSecondConnection(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(p *player, beside SendSync)
		drops  Conn
		main   Conn
	}{
		{"the new one answers first", func(p *player, o SendSync) {
			p.in(SyncDone{N: o.N, Result: Result{Answered: true, Welcome: true, Stats: []Stat{{Key: o.Stat[0], Answer: syncproto.BlobAnswer{Off: 5000}}}}, Book: p.s.book})
			if got := need[SendPiece](p); got.Conn != 2 || got.Off != 5000 {
				p.t.Errorf("goes on with %+v", got)
			}
		}, 1, 2},
		{"the old one answers after all", func(p *player, _ SendSync) {
			p.in(PieceDone{N: p.flight(piecing).n, Answer: syncproto.BlobAnswer{Off: 8192}, Took: 9 * time.Second})
			if p.s.factor <= 1 {
				p.t.Error("a needless connection taught no patience")
			}
		}, 2, 1},
		{"the old one dies meanwhile", func(p *player, o SendSync) {
			p.in(PieceDone{N: p.flight(piecing).n, Problem: problem(syncproto.Transient, syncproto.CodeConnection)})
			if p.s.live() || p.s.beside != 2 {
				p.t.Errorf("main %d beside %d", p.s.main, p.s.beside)
			}
		}, 1, 0},
		{"the new one fails", func(p *player, o SendSync) {
			p.in(SyncDone{N: o.N, Result: Result{Problem: problem(syncproto.Transient, syncproto.CodeTimeout)}, Book: p.s.book})
			if o := p.wakes(10 * time.Second); o.Conn != 3 {
				p.t.Errorf("tries connection %d", o.Conn)
			}
		}, 2, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := moving(t)
			began := p.now
			o := p.wakes(20 * time.Second)
			if o.Conn != 2 || len(o.Stat) == 0 {
				t.Fatalf("opens %+v", o)
			}
			if d := p.now.Sub(began); d < 3*time.Second || d > 10*time.Second {
				t.Errorf("after %s", d)
			}
			var dropped []Conn
			p.t = t
			c.answer(p, o)
			for _, x := range p.out {
				if d, is := x.(Drop); is {
					dropped = append(dropped, d.Conn)
				}
			}
			if c.name != "the new one fails" && (len(dropped) != 1 || dropped[0] != c.drops) {
				t.Errorf("drops %v, want %d", dropped, c.drops)
			}
			if p.s.main != c.main {
				t.Errorf("lives on connection %d, want %d", p.s.main, c.main)
			}
		})
	}
}

// An urgent event goes at once beside a question the portal holds and pieces on their way,
// and the next push follows the one before without an answer.
func TestUrgentBesideEverything(t *testing.T) {
	p := moving(t)
	if p.flight(polling) == nil {
		t.Fatal("no question is held")
	}
	p.in(Bell{withScans(owing(300, 1), 1)})
	o := need[SendSync](p)
	if !o.Push || o.From != 2 || o.Feed {
		t.Fatalf("the push is %+v", o)
	}
	refuse[SendPiece](p)
	p.in(Sent{N: o.N, Last: 200})
	if o := need[SendSync](p); o.From != 201 {
		t.Fatalf("the next begins at %d", o.From)
	}
	polls := 0
	for i := range p.s.flights {
		if p.s.flights[i].kind == polling {
			polls++
		}
	}
	if polls != 1 {
		t.Errorf("%d questions are held", polls)
	}
}

// I15: whatever the line does, there is no time of 45 s without progress in which the screen
// says that all is well.
func TestNoSilenceWithoutAWord(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		book := withScans(owing(3, 0), 3)
		s := NewSession(rapid.Uint64().Draw(r, "seed"))
		now, fine := noon, noon // fine: the last progress, or the last honest word
		shown := Status{State: Offline}
		wake := now
		var due []uint64
		step := func(in Input) {
			for _, o := range s.Step(now, in) {
				switch o := o.(type) {
				case Wake:
					wake = o.At
				case Show:
					shown = o.Status
				case SendSync:
					due = append(due, o.N)
				}
			}
		}
		step(Start{book})
		for range 200 {
			now = now.Add(time.Duration(rapid.IntRange(1, 20_000).Draw(r, "ms")) * time.Millisecond)
			if wake.Before(now) && wake.After(noon) {
				now = later(fine, wake)
			}
			if shown.State != Online && (shown.State != Probing || shown.Problem != nil) {
				fine = now
			}
			if now.Sub(fine) > 45*time.Second {
				r.Fatalf("%s without progress and the screen says %s %v", now.Sub(fine), shown.State, shown.Problem)
			}
			if len(due) > 0 && rapid.IntRange(0, 4).Draw(r, "answers") == 0 {
				n := due[0]
				due = due[1:]
				if rapid.Bool().Draw(r, "well") {
					fine = now
					step(SyncDone{N: n, Result: Result{Answered: true, Progress: true, Welcome: true}, Book: book})
				} else {
					step(SyncDone{N: n, Result: Result{Problem: problem(syncproto.Transient, syncproto.CodeTimeout)}, Book: book})
				}
				continue
			}
			step(Tick{})
		}
	})
}

// I20: while events never end, scans go on now and then; an object that waited a day comes
// although scans never end.
func TestNoClassStarves(t *testing.T) {
	p := moving(t)
	book := p.s.book
	pieces, objects := 0, 0
	book.Objects = []ObjectState{{SHA256: syncproto.Digest{7}, Length: 1 << 20}}
	for i := range 400 {
		p.now = p.now.Add(time.Second)
		book.Log.Next += 5 // faster than they are acknowledged
		p.in(Bell{book})
		for _, f := range append([]flight(nil), p.s.flights...) {
			switch f.kind {
			case pushing:
				book.Log.Acked++
				p.in(SyncDone{N: f.n, Result: Result{Answered: true, Progress: true}, Book: book})
			case piecing:
				pieces++
				p.in(PieceDone{N: f.n, Answer: syncproto.BlobAnswer{Off: f.off + int64(f.len)}, Took: time.Second})
			case fetching:
				objects++
			}
		}
		if i == 200 {
			p.s.objects.since[syncproto.Digest{7}] = p.now.Add(-objectsWait)
			p.s.book.Log.Acked = p.s.book.Log.Next - 1
		}
	}
	if pieces < 2 || objects == 0 {
		t.Errorf("in 400 s of events without end %d pieces and %d objects went", pieces, objects)
	}
}

// Objects wait for the night, for everything else, and for tomorrow's budget.
func TestObjectsWait(t *testing.T) {
	book := owing(1, 1)
	book.Objects = []ObjectState{{SHA256: syncproto.Digest{7}, Length: 64 << 20}}
	p := online(t, book)
	refuse[SendObject](p)
	p.now = noon.Add(10 * time.Hour) // 22:00 in Viet Nam
	p.in(Tick{})
	total := int64(0)
	for range 2000 {
		f := p.flight(fetching)
		if f == nil {
			break
		}
		total += int64(f.len)
		p.in(ObjectDone{N: f.n, Off: f.off + int64(f.len), Took: 100 * time.Millisecond})
	}
	if total != dailyBudget {
		t.Errorf("%d bytes came in a night, the budget is %d", total, dailyBudget)
	}
}

// Receipts of several scans come in one page; but once no piece is on its way the question
// for them waits for nothing any more.
func TestLastReceiptIsAskedForAtOnce(t *testing.T) {
	p := moving(t)
	ask := need[SendSync](p) // the feed, beside the piece
	if !ask.Feed {
		t.Fatalf("unwanted %+v", ask)
	}
	book := p.s.book
	p.in(SyncDone{N: ask.N, Result: Result{Answered: true, Moved: true, Progress: true}, Book: book})
	refuse[SendSync](p)
	for len(p.s.book.Blobs) > 0 {
		f := p.flight(piecing)
		answer := syncproto.BlobAnswer{Off: f.off + int64(f.len), Complete: f.off+int64(f.len) == 20_000}
		done := PieceDone{N: f.n, Answer: answer, Took: 10 * time.Millisecond}
		if answer.Complete {
			empty := book
			empty.Blobs = nil
			done.Book = &empty
		}
		p.in(done)
	}
	if ask := need[SendSync](p); !ask.Feed {
		t.Errorf("asked %+v", ask)
	}
}
