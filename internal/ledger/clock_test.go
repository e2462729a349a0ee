package ledger

import (
	"path/filepath"
	"testing"
	"time"

	"bendo/internal/clock"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// I19: a clock that is years ahead or behind, believed, and mended later costs nobody a draft.
func TestClockCostsNoDraft(t *testing.T) {
	years := func(n int) time.Duration { return time.Duration(n) * 365 * 24 * time.Hour }
	for name, jumps := range map[string][]time.Duration{
		"ten years ahead and back":           {years(10), -years(10)},
		"ahead, used for days, and back":     {years(10), 24 * time.Hour, 24 * time.Hour, -years(10)},
		"1970 and mended":                    {-years(56), time.Hour, years(56)},
		"three weeks ahead, twice, and back": {21 * 24 * time.Hour, time.Hour, 21 * 24 * time.Hour, -42 * 24 * time.Hour},
		"closed for a month":                 {30 * 24 * time.Hour},
	} {
		o := openOffice(t)
		d := o.draft()
		get(o.ExpireDrafts(t.Context()))(t)
		for _, j := range jumps {
			o.now = o.now.Add(j)
			for range 3 {
				if n := get(o.ExpireDrafts(t.Context()))(t); n != 0 {
					t.Fatalf("%s: a draft was dropped", name)
				}
				o.now = o.now.Add(time.Hour)
			}
		}
		get(o.Draft(t.Context(), d.ID))(t)
		touched := o.draft() // touched while the clock was wrong, as well
		for range 24 * 13 {
			o.now = o.now.Add(time.Hour)
			get(o.ExpireDrafts(t.Context()))(t)
		}
		get(o.Draft(t.Context(), touched.ID))(t)
	}
}

// Two processes that open one book share its clock, and what is filed carries its quality; the one
// that hears the province speaks for both.
func TestBookKeepsTheClock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	built, now := time.UnixMilli(1_763_000_000_000), time.UnixMilli(1_763_800_000_000)
	r := clock.Reading{WallMS: 1000, MonoMS: 5000, Boot: "a"} // the battery is empty: 1970
	open := func() (*Book, *clock.Clock) {
		t.Helper()
		keys := get(seal.LoadOrCreate(seal.Options{DataDir: dir}))(t)
		b, c, err := OpenClocked(t.Context(), dir, keys, Options{}, built, func() clock.Reading { return r })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { b.Close() })
		return b, c
	}
	kiosk, kioskClock := open()
	if got := kiosk.o.Now(); got.Before(built) {
		t.Errorf("the book says %v, before it was built", got)
	}
	if err := kiosk.SetIdentity(t.Context(), identity()); err != nil {
		t.Fatal(err)
	}
	agent, agentClock := open()
	if err := agentClock.Observe(t.Context(), clock.Signed{MS: now.UnixMilli(), Serial: 1}); err != nil {
		t.Fatal(err)
	}
	if err := kioskClock.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.WallMS, r.MonoMS = 4_000_000_000_000, r.MonoMS+1000 // the wall clock goes where it likes
	for _, b := range []*Book{kiosk, agent} {
		if b.nowMS() != now.UnixMilli()+1000 || b.clock() != syncproto.ClockTrusted {
			t.Errorf("%d %v, want %d", b.nowMS(), b.clock(), now.UnixMilli()+1000)
		}
	}
	o := &office{Book: kiosk, t: t, dir: dir}
	f := o.file()
	if f.At != now.UnixMilli()+1000 {
		t.Errorf("filed at %d", f.At)
	}
	sub, _ := get(kiosk.Find(t.Context(), f.Slip))(t).State.Submission(0)
	if sub.Clock != syncproto.ClockTrusted {
		t.Errorf("filed under a clock of quality %d", sub.Clock)
	}
	// The agent's own wall clock is years off; its status lives by the book's clock.
	if err := agent.SetAgentStatus(t.Context(), AgentStatus{At: r.WallMS, Running: true, Line: "online", NextTry: r.WallMS + 5000}); err != nil {
		t.Fatal(err)
	}
	if st := get(kiosk.AgentStatus(t.Context()))(t); st.At != kiosk.nowMS() || st.NextTry != st.At+5000 {
		t.Errorf("%+v at %d", st, kiosk.nowMS())
	}
	// A state nobody can read begins the clock anew and stops nobody.
	if err := kiosk.putNote(t.Context(), noteClock, []byte("{")); err != nil {
		t.Fatal(err)
	}
	if err := kioskClock.Tick(t.Context()); err != nil {
		t.Error(err)
	}
	if _, q := kioskClock.Now(); q == clock.Trusted {
		t.Error("a clock that lost its state is trusted")
	}
}
