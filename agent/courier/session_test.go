package courier

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

var noon = time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC) // 12:00 in Viet Nam

// owing is a book with n events of which acked are acknowledged.
func owing(n, acked uint64) Snapshot {
	return Snapshot{Generation: 1, Log: ledger.LogState{Log: syncproto.LogID{Epoch: 1}, Next: n + 1, Acked: acked, Generation: 1}}
}

// withScans adds scans of 20,000 bytes named by event 1, 2, …
func withScans(s Snapshot, n int) Snapshot {
	for i := range n {
		s.Blobs = append(s.Blobs, ledger.BlobState{Key: syncproto.BlobKey{SHA256: syncproto.Digest{byte(i + 1)}}, Length: 20_000,
			Event: syncproto.EventID{byte(i + 1)}, Seq: uint64(i + 1), Epoch: 1, SavedAt: noon.UnixMilli()})
	}
	s.Open = n
	return s
}

// player drives a session and keeps its last outputs.
type player struct {
	t   *testing.T
	s   *Session
	now time.Time
	out []Output
}

func play(t *testing.T, book Snapshot) *player {
	p := &player{t: t, s: NewSession(1), now: noon}
	p.in(Start{book})
	return p
}

func (p *player) in(in Input) *player {
	p.out = p.s.Step(p.now, in)
	return p
}

func (p *player) after(d time.Duration) *player {
	p.now = p.now.Add(d)
	return p.in(Tick{})
}

func find[O Output](p *player) (o O, ok bool) {
	for _, x := range p.out {
		if x, is := x.(O); is {
			return x, true
		}
	}
	return o, false
}

func need[O Output](p *player) O {
	p.t.Helper()
	o, ok := find[O](p)
	if !ok {
		p.t.Fatalf("no %T in %+v", o, p.out)
	}
	return o
}

func refuse[O Output](p *player) {
	p.t.Helper()
	if o, ok := find[O](p); ok {
		p.t.Fatalf("unwanted %T %+v", o, o)
	}
}

// flight gives the first request on its way of the most urgent of these kinds.
func (p *player) flight(kinds ...kind) *flight {
	for _, k := range kinds {
		for i := range p.s.flights {
			if p.s.flights[i].kind == k {
				return &p.s.flights[i]
			}
		}
	}
	return nil
}

func (p *player) synced(r Result, book Snapshot) *player {
	p.t.Helper()
	n := p.s.n
	if f := p.flight(greeting, pushing, asking, polling); f != nil {
		n = f.n
	}
	p.now = p.now.Add(300 * time.Millisecond)
	return p.in(SyncDone{N: n, Result: r, Took: 300 * time.Millisecond, Book: book})
}

func online(t *testing.T, book Snapshot) *player {
	p := play(t, book)
	need[SendSync](p)
	return p.synced(Result{Answered: true, Progress: true, Welcome: true}, book)
}

func problem(k syncproto.Kind, code string) *syncproto.Problem {
	return &syncproto.Problem{Kind: k, Code: code}
}

func TestStates(t *testing.T) {
	for _, c := range []struct {
		name    string
		problem *syncproto.Problem
		want    State
		drops   bool
		atMost  time.Duration // of the first pause
	}{
		{"the line is away", problem(syncproto.Transient, syncproto.CodeConnection), Offline, true, 2 * time.Second},
		{"a deadline passed", problem(syncproto.Transient, syncproto.CodeTimeout), Offline, true, 2 * time.Second},
		{"the portal is away", problem(syncproto.Transient, syncproto.CodeUnavailable), Offline, true, 2 * time.Second},
		{"a sign-in page", problem(syncproto.Intercepted, syncproto.CodeRedirect), Captive, true, 2 * time.Second},
		{"a wrong CA", problem(syncproto.Intercepted, syncproto.CodeWrongCA), Captive, true, 2 * time.Second},
		{"a forged receipt", problem(syncproto.Intercepted, syncproto.CodeUnsigned), Captive, true, 2 * time.Second},
		{"a clock years off", problem(syncproto.Clock, syncproto.CodeExpired), Clock, true, 0},
		{"revoked", problem(syncproto.Auth, syncproto.CodeRevoked), Refused, true, 2 * time.Second},
		{"too old", problem(syncproto.Version, syncproto.CodeProto), Refused, true, 2 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := play(t, owing(0, 0))
			if st := need[Show](p).Status; st.State != Probing {
				t.Fatalf("the first exchange shows %s", st.State)
			}
			p.synced(Result{Problem: c.problem}, owing(0, 0))
			st := need[Show](p).Status
			if st.State != c.want || st.Problem != c.problem {
				t.Fatalf("shows %s %v, want %s", st.State, st.Problem, c.want)
			}
			if _, dropped := find[Drop](p); dropped != c.drops {
				t.Errorf("dropped %t, want %t", dropped, c.drops)
			}
			if c.want == Clock {
				p.in(TimeDone{N: need[AskTime](p).N})
			}
			at := need[Wake](p).At
			if c.atMost > 0 && at.Sub(p.now) > c.atMost {
				t.Errorf("the first pause is %s", at.Sub(p.now))
			}
			p.now = at
			p.in(Tick{})
			if o := need[SendSync](p); !o.Fresh {
				t.Error("the next exchange is not the first of a new connection")
			}
			p.synced(Result{Answered: true, Welcome: true}, owing(0, 0))
			if st := need[Show](p).Status; st.State != Online || st.Problem != nil {
				t.Errorf("after a good answer it is %s %v", st.State, st.Problem)
			}
		})
	}
}

func TestDegraded(t *testing.T) {
	busy := &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeBusy, RetryAfterS: 60}
	for _, c := range []struct {
		name    string
		problem *syncproto.Problem
		atLeast time.Duration
	}{
		{"asked to wait", busy, time.Minute},
		{"over quota", problem(syncproto.Limit, syncproto.CodeQuota), 500 * time.Millisecond},
		{"a fault of the portal", problem(syncproto.Transient, syncproto.CodeInternal), 500 * time.Millisecond},
	} {
		p := online(t, owing(1, 0))
		p.after(0)
		p.synced(Result{Answered: true, Problem: c.problem}, owing(1, 0))
		if st := need[Show](p).Status; st.State != Degraded {
			t.Errorf("%s: shows %s", c.name, st.State)
		}
		refuse[Drop](p)
		if at := need[Show](p).Status.NextTry; at.Sub(p.now) < c.atLeast {
			t.Errorf("%s: tries again after %s", c.name, at.Sub(p.now))
		}
	}
}

func TestLateAnswerIsTold(t *testing.T) {
	p := online(t, owing(0, 0))
	p.after(time.Hour)
	need[SendSync](p)
	for range 25 { // as the wakes come
		p.now = need[Wake](p).At
		p.in(Tick{})
		if st, ok := find[Show](p); ok {
			if st.Status.State != Degraded || st.Status.Problem == nil {
				t.Fatalf("shows %+v", st.Status)
			}
			return
		}
	}
	t.Error("twenty seconds of silence are not told")
}

func TestEventsGoBeforeScans(t *testing.T) {
	p := play(t, withScans(owing(300, 0), 2))
	o := need[SendSync](p)
	if !o.Push || o.From != 1 || len(o.Stat) != 2 {
		t.Fatalf("the first exchange carries %+v", o)
	}
	refuse[SendPiece](p)
	p.synced(Result{Answered: true, Progress: true, Welcome: true, Stats: []Stat{{Key: syncproto.BlobKey{SHA256: syncproto.Digest{1}}}, {Key: syncproto.BlobKey{SHA256: syncproto.Digest{2}}}}}, withScans(owing(300, 256), 2))
	if o = need[SendSync](p); o.From != 257 {
		t.Fatalf("the second begins at %d", o.From)
	}
	refuse[SendPiece](p)
	p.synced(Result{Answered: true, Progress: true}, withScans(owing(300, 300), 2))
	if got := need[SendPiece](p); got.Off != 0 || got.Len != firstPiece {
		t.Fatalf("the first piece is %+v", got)
	}
	if n := p.s.onTheWay(piecing); n > piecesAtOnce {
		t.Fatalf("%d pieces at once", n)
	}
	// An event filed now goes before the next piece.
	book := withScans(owing(301, 300), 2)
	p.in(Bell{book})
	need[SendSync](p)
	p.in(PieceDone{N: p.flight(piecing).n, Answer: syncproto.BlobAnswer{Off: firstPiece}, Took: time.Second})
	refuse[SendPiece](p)
}

// Each hand-over: not done, or done but the answer lost, is the same for the session:
// it asks before it sends again.
func TestNothingAcknowledgedIsSentAgain(t *testing.T) {
	key := syncproto.BlobKey{SHA256: syncproto.Digest{1}}
	book := withScans(owing(1, 1), 1)
	for _, c := range []struct {
		name string
		off  int64 // what the portal has after the cut
	}{{"not done", 0}, {"done, answer lost", 8 << 10}, {"half done", 5000}} {
		p := online(t, book)
		p.after(time.Second)
		p.synced(Result{Answered: true, Progress: true, Stats: []Stat{{Key: key}}}, book)
		first := need[SendPiece](p)
		p.in(PieceDone{N: first.N, Problem: problem(syncproto.Transient, syncproto.CodeTimeout)})
		need[Drop](p)
		p.now = need[Wake](p).At
		p.in(Tick{})
		o := need[SendSync](p)
		if !slices.Contains(o.Stat, key) {
			t.Fatalf("%s: the portal is not asked", c.name)
		}
		refuse[SendPiece](p)
		p.synced(Result{Answered: true, Welcome: true, Stats: []Stat{{Key: key, Answer: syncproto.BlobAnswer{Off: c.off}}}}, book)
		if got := need[SendPiece](p); got.Off != c.off {
			t.Errorf("%s: goes on at %d", c.name, got.Off)
		}
	}
}

func TestWakesAreBounded(t *testing.T) {
	for _, c := range []struct {
		problem *syncproto.Problem
		most    int
	}{
		{problem(syncproto.Transient, syncproto.CodeConnection), 62},
		{problem(syncproto.Intercepted, syncproto.CodeRedirect), 14}, // early pauses, then one in thirty seconds
	} {
		p := play(t, owing(1, 0))
		sent := 0
		for range 6000 { // a minute of somebody leaning on the button
			if _, ok := find[SendSync](p); ok {
				sent++
				p.in(SyncDone{N: p.flight(greeting).n, Result: Result{Problem: c.problem}, Took: time.Millisecond, Book: owing(1, 0)})
			}
			p.now = p.now.Add(10 * time.Millisecond)
			p.in(Tap{})
		}
		if sent > c.most {
			t.Errorf("%s: %d attempts in a minute", c.problem, sent)
		}
	}
}

func TestPauses(t *testing.T) {
	limits := []struct {
		age time.Duration
		cap time.Duration
	}{{0, earlyCap}, {11 * time.Minute, firstCap}, {2 * time.Hour, lateCap}, {100 * time.Hour, lateCap}}
	p := newPauses(3)
	for _, l := range limits {
		for range 20 {
			d := p.fail(noon.Add(l.age), false)
			if d > l.cap*3/2 || d <= 0 {
				t.Errorf("after %s the pause is %s", l.age, d)
			}
		}
	}
	if d := p.fail(noon.Add(101*time.Hour), false); d < lateCap/2 {
		t.Errorf("a pause of %s after days", d)
	}
	p.progress()
	if d := p.fail(noon, false); d > 3*time.Second/2 {
		t.Errorf("after progress the pause is %s", d)
	}
	slow := newPauses(4)
	var d time.Duration
	for range 30 {
		d = slow.fail(noon, true)
	}
	if d < slowCap/2 || d > slowCap*3/2 {
		t.Errorf("captive for long: %s", d)
	}
}

func TestCorrections(t *testing.T) {
	p := play(t, owing(1, 0))
	p.synced(Result{Problem: problem(syncproto.Correction, syncproto.CodeSession)}, owing(1, 0))
	if o := need[SendSync](p); !o.Sign {
		t.Error("a correction of the session is not answered with a signature")
	}
	for range syncproto.MaxCorrections {
		p.synced(Result{Problem: problem(syncproto.Correction, syncproto.CodeSession)}, owing(1, 0))
	}
	refuse[SendSync](p)
	if st := need[Show](p).Status; st.Problem.Code != syncproto.CodeManyCorrect {
		t.Errorf("shows %v", st.Problem)
	}
}

func TestForkFreezesSendingOnly(t *testing.T) {
	p := online(t, owing(3, 0))
	p.after(time.Second)
	book := owing(3, 0)
	book.Log.Frozen = true
	p.synced(Result{Answered: true, Problem: problem(syncproto.Fork, syncproto.CodeHead)}, book)
	if need[Alarm](p).Reason != syncproto.CodeHead {
		t.Error("frozen for another reason")
	}
	p.in(Changed{book})
	p.after(26 * time.Second)
	if o := need[SendSync](p); o.Push {
		t.Error("a frozen log is sent")
	}
	p.synced(Result{Answered: true, Moved: true}, book)
	if p.s.state != Degraded || p.s.problem.Kind != syncproto.Fork {
		t.Errorf("shows %s %v", p.s.state, p.s.problem)
	}
}

func TestStuckCursorIsReported(t *testing.T) {
	p := online(t, owing(0, 0))
	p.after(30 * time.Minute)
	for range 2 {
		need[SendSync](p)
		p.synced(Result{Answered: true, More: true}, owing(0, 0))
	}
	refuse[SendSync](p)
	if p.s.problem == nil || p.s.problem.Code != syncproto.CodeNoProgress {
		t.Errorf("shows %v", p.s.problem)
	}
	if at := need[Wake](p).At; at.Sub(p.now) < time.Minute {
		t.Errorf("asks again after %s", at.Sub(p.now))
	}
}

func TestGaps(t *testing.T) {
	for _, c := range []struct {
		name string
		at   time.Time
		open int
		want time.Duration
	}{
		{"by day", noon, 0, 5 * time.Minute},
		{"at night", noon.Add(12 * time.Hour), 0, 15 * time.Minute},
		{"something is outstanding", noon.Add(12 * time.Hour), 1, 25 * time.Second},
	} {
		s := NewSession(1)
		s.book.Open = c.open
		if got := s.gap(c.at); got != c.want {
			t.Errorf("%s: %s", c.name, got)
		}
	}
}

func TestOrder(t *testing.T) {
	mk := func(name byte, length, saved, deadline int64) ledger.BlobState {
		return ledger.BlobState{Key: syncproto.BlobKey{SHA256: syncproto.Digest{name}}, Event: syncproto.EventID{name / 10}, Length: length,
			SavedAt: noon.Add(-time.Duration(saved) * time.Hour).UnixMilli(), Deadline: deadline}
	}
	got := order(noon, []ledger.BlobState{mk(10, 900, 1, 0), mk(20, 100, 1, 0), mk(11, 50, 1, 0), mk(30, 5000, 7, 0), mk(40, 9000, 0, 5)})
	var names []byte
	for _, b := range got {
		names = append(names, b.Key.SHA256[0])
	}
	if want := []byte{40, 30, 20, 10, 11}; !slices.Equal(names, want) {
		t.Errorf("order %v, want %v: deadline, the aged, then the smallest dossier whole", names, want)
	}
}

func TestSameInputsSameOutputs(t *testing.T) {
	run := func() (out string) {
		p := online(t, withScans(owing(3, 3), 3))
		for i := range 50 {
			p.after(time.Duration(i) * time.Second)
			out += fmt.Sprintf("%T%v", p.out, len(p.out))
			if f := p.flight(greeting, pushing, asking, polling); f != nil {
				p.in(SyncDone{N: f.n, Result: Result{Problem: problem(syncproto.Transient, syncproto.CodeTimeout)}, Book: withScans(owing(3, 3), 3)})
				w, _ := find[Wake](p)
				out += w.At.String()
			}
		}
		return out
	}
	first, second := run(), run()
	if first != second {
		t.Errorf("two runs differ:\n%s\n%s", first, second)
	}
}
