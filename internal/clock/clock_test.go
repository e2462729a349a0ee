package clock

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const (
	build = int64(1_790_000_000_000) // September 2026
	day0  = build + 60*dayMS         // the true time when a story begins
	year  = 365 * dayMS
)

// machine is a computer whose true time, wall clock and boots a test moves.
type machine struct {
	trueMS, wallOff, upMS int64
	boot                  int
}

func (m *machine) read() Reading {
	return Reading{WallMS: m.trueMS + m.wallOff, MonoMS: m.upMS, Boot: string(rune('a' + m.boot%26))}
}

func (m *machine) pass(ms int64) { m.trueMS += ms; m.upMS += ms }

func (m *machine) restart(offMS int64) { m.trueMS += offMS; m.upMS = 0; m.boot++ }

// A story is a list of steps; after each one the clock must be as said.
type step struct {
	what      string
	do        func(m *machine, s State) (State, error)
	wantErr   error
	offMS     int64 // expected time minus true time
	wantQuali Quality
}

func pass(ms int64) func(*machine, State) (State, error) {
	return func(m *machine, s State) (State, error) { m.pass(ms); return s.Look(build, m.read()), nil }
}

func wall(off int64) func(*machine, State) (State, error) {
	return func(m *machine, s State) (State, error) {
		m.wallOff = off
		m.pass(1000)
		return s.Look(build, m.read()), nil
	}
}

func restart(offMS, wallOff int64) func(*machine, State) (State, error) {
	return func(m *machine, s State) (State, error) {
		m.restart(offMS)
		m.wallOff = wallOff
		return s.Look(build, m.read()), nil
	}
}

func signed(off int64, serial uint64) func(*machine, State) (State, error) {
	return func(m *machine, s State) (State, error) {
		return s.Observe(build, m.read(), Signed{m.trueMS + off, serial})
	}
}

func tapSigned(m *machine, s State) (State, error) { return s.ConfirmSigned(m.read()) }
func tapWall(m *machine, s State) (State, error)   { return s.ConfirmWall(build, m.read()) }

func TestStories(t *testing.T) {
	stories := map[string][]step{
		"enrolled, then years of jumps of the wall clock change nothing": {
			{"first look", pass(0), nil, 0, Unsure},
			{"enrolled", signed(0, 1), nil, 0, Trusted},
			{"ten years ahead", wall(10 * year), nil, 0, Trusted},
			{"1970", wall(-56 * year), nil, 0, Trusted},
			{"a day passes", pass(dayMS), nil, 0, Trusted},
		},
		"restarted offline with a sound clock": {
			{"enrolled", signed(0, 1), nil, 0, Trusted},
			{"a night off", restart(14*hourMS, 0), nil, 0, Unsure},
			{"the day passes", pass(8 * hourMS), nil, 0, Unsure},
			{"Tết", restart(9*dayMS, 0), nil, 0, Unsure},
			{"the line is back", signed(0, 1), nil, 0, Trusted},
		},
		"a battery that is empty": {
			{"enrolled", signed(0, 1), nil, 0, Trusted},
			{"the day passes", pass(8 * hourMS), nil, 0, Trusted},
			{"next morning it is 1970", restart(14*hourMS, -56*year), nil, -14 * hourMS, Jumped},
			{"time goes on", pass(hourMS), nil, -14 * hourMS, Jumped},
			{"staff may not confirm 1970", tapWall, ErrWallBehind, -14 * hourMS, Jumped},
			{"the line is back", signed(0, 1), nil, 0, Trusted},
		},
		"a battery that is empty, after two days": {
			{"enrolled", signed(0, 1), nil, 0, Trusted},
			{"1970", restart(2*dayMS, -56*year), nil, -2 * dayMS, Jumped},
			{"one answer does not move it two days", signed(0, 1), ErrJump, -2 * dayMS, Jumped},
			{"a tap does", tapSigned, nil, 0, Trusted},
		},
		"a jump needs two answers an hour apart": {
			{"enrolled", signed(0, 1), nil, 0, Trusted},
			{"the portal is two days ahead", signed(2*dayMS, 1), ErrJump, 0, Trusted},
			{"half an hour", pass(hourMS / 2), nil, 0, Trusted},
			{"too soon", signed(2*dayMS, 1), ErrJump, 0, Trusted},
			{"another half", pass(hourMS / 2), nil, 0, Trusted},
			{"the second answer", signed(2*dayMS, 1), nil, 2 * dayMS, Trusted},
		},
		"two answers that disagree": {
			{"enrolled", signed(0, 1), nil, 0, Trusted},
			{"two days ahead", signed(2*dayMS, 1), ErrJump, 0, Trusted},
			{"two hours", pass(2 * hourMS), nil, 0, Trusted},
			{"five days ahead", signed(5*dayMS, 1), ErrJump, 0, Trusted},
			{"right again", signed(0, 1), nil, 0, Trusted},
			{"nothing waits", tapSigned, ErrNothingToConfirm, 0, Trusted},
		},
		"replays and nonsense": {
			{"enrolled", signed(0, 5), nil, 0, Trusted},
			{"an hour", pass(hourMS), nil, 0, Trusted},
			{"older serial", signed(0, 4), ErrReplay, 0, Trusted},
			{"older time", signed(-2*hourMS, 5), ErrReplay, 0, Trusted},
			{"before the build", signed(-year, 9), ErrBeforeBuild, 0, Trusted},
			{"nothing to confirm", tapWall, ErrNothingToConfirm, 0, Trusted},
		},
		"the portal had been ahead and is corrected": {
			{"enrolled too early", signed(20*dayMS, 1), nil, 20 * dayMS, Trusted},
			{"the same serial cannot lower", signed(0, 1), ErrReplay, 20 * dayMS, Trusted},
			{"a higher one waits", signed(0, 2), ErrJump, 20 * dayMS, Trusted},
			{"an hour", pass(hourMS), nil, 20 * dayMS, Trusted},
			{"and lowers", signed(0, 2), nil, 0, Trusted},
		},
		"never enrolled, the wall clock jumps": {
			{"first look", pass(0), nil, 0, Unsure},
			{"a minute", pass(minuteMS), nil, 0, Unsure},
			{"a step of a time service", wall(minuteMS), nil, minuteMS, Unsure},
			{"ten years ahead", wall(10 * year), nil, minuteMS, Jumped},
			{"it stays a question", pass(hourMS), nil, minuteMS, Jumped},
			{"also after a restart with a sound clock", restart(hourMS, 0), nil, 0, Jumped},
			{"staff confirm", tapWall, nil, 0, Unsure},
		},
		"a wall clock that is always wrong by ten minutes": {
			{"enrolled", signed(0, 1), nil, 0, Trusted},
			{"ten minutes behind", wall(-10 * minuteMS), nil, 0, Trusted},
			{"a quick restart", restart(minuteMS, -10*minuteMS), nil, 0, Unsure},
			{"and on", pass(hourMS), nil, 0, Unsure},
		},
		"a wall clock ten years ahead over a restart": {
			{"enrolled", signed(0, 1), nil, 0, Trusted},
			{"ten years ahead", wall(10 * year), nil, 0, Trusted},
			{"restart", restart(hourMS, 10*year), nil, 0, Unsure},
			{"set right by hand", wall(0), nil, 0, Jumped},
			{"a witness for the signed time", signed(0, 1), nil, 0, Trusted},
		},
		"off for half a year": {
			{"enrolled", signed(0, 1), nil, 0, Trusted},
			{"half a year", restart(180*dayMS, 0), nil, 0, Jumped},
			{"one answer agrees with the wall clock", signed(0, 1), nil, 0, Trusted},
		},
	}
	for name, steps := range stories {
		t.Run(name, func(t *testing.T) {
			m, s := &machine{trueMS: day0}, State{}
			for _, st := range steps {
				var err error
				s, err = st.do(m, s)
				if !errors.Is(err, st.wantErr) || (err == nil) != (st.wantErr == nil) {
					t.Fatalf("%s: err = %v, want %v", st.what, err, st.wantErr)
				}
				now, q := s.Now(build, m.read())
				if now != m.trueMS+st.offMS || q != st.wantQuali {
					t.Fatalf("%s: off by %v, %v; want %v, %v", st.what,
						time.Duration(now-m.trueMS)*time.Millisecond, q, time.Duration(st.offMS)*time.Millisecond, st.wantQuali)
				}
			}
		})
	}
}

// Whatever happens to the wall clock and to the machine: the time is never before the floor, the
// build, and a Trusted time is the true one as long as the portal signs it.
func TestNeverBelowTheFloor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, s := &machine{trueMS: day0}, State{}
		ms := func(limit int64, what string) int64 { return rapid.Int64Range(-limit, limit).Draw(t, what) }
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			before := s
			var err error
			switch rapid.IntRange(0, 6).Draw(t, "do") {
			case 0:
				m.pass(rapid.Int64Range(0, 3*dayMS).Draw(t, "pass"))
			case 1:
				m.restart(rapid.Int64Range(0, 40*dayMS).Draw(t, "off"))
			case 2:
				m.wallOff = ms(10*year, "wall")
			case 3:
				s, err = s.Observe(build, m.read(), Signed{m.trueMS, 1})
			case 4:
				s = s.Look(build, m.read())
			case 5:
				s, _ = s.ConfirmWall(build, m.read())
			case 6:
				s, _ = s.ConfirmSigned(m.read())
			}
			if err != nil && !errors.Is(err, ErrJump) {
				t.Fatalf("the true time was refused: %v", err)
			}
			now, q := s.Now(build, m.read())
			if now < s.FloorMS || now < build {
				t.Fatalf("now %d below floor %d or build %d", now, s.FloorMS, build)
			}
			if s.FloorMS < before.FloorMS {
				t.Fatalf("the floor sank from %d to %d under one serial", before.FloorMS, s.FloorMS)
			}
			if q == Trusted && now != m.trueMS {
				t.Fatalf("trusted, and off by %d ms", now-m.trueMS)
			}
			b, err := json.Marshal(s)
			var again State
			if err == nil {
				err = json.Unmarshal(b, &again)
			}
			n2, q2 := again.Now(build, m.read())
			if err != nil || n2 != now || q2 != q {
				t.Fatalf("the state does not survive as JSON: %v", err)
			}
		}
	})
}

// fakeStore is a row shared by two processes.
type fakeStore struct {
	state State
	fail  error
}

func (f *fakeStore) UpdateClock(_ context.Context, change func(State) State) (State, error) {
	if f.fail != nil {
		return State{}, f.fail
	}
	f.state = change(f.state)
	return f.state, nil
}

func (f *fakeStore) ClockState(context.Context) (State, error) { return f.state, f.fail }

func TestTwoProcessesShareAClock(t *testing.T) {
	m, store := &machine{trueMS: day0, wallOff: 10 * year}, &fakeStore{}
	agent, err := New(t.Context(), store, time.UnixMilli(build), m.read)
	if err != nil {
		t.Fatal(err)
	}
	kiosk, err := New(t.Context(), store, time.UnixMilli(build), m.read)
	if err != nil {
		t.Fatal(err)
	}
	if err := agent.Observe(t.Context(), Signed{m.trueMS, 1}); err != nil {
		t.Fatal(err)
	}
	m.pass(minuteMS)
	if err := kiosk.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now, q := kiosk.Now(); now.UnixMilli() != m.trueMS || q != Trusted || !kiosk.Time().Equal(now) {
		t.Errorf("kiosk: %v %v", now, q)
	}
	if err := agent.Observe(t.Context(), Signed{m.trueMS + 9*dayMS, 1}); !errors.Is(err, ErrJump) {
		t.Errorf("err = %v, want a jump", err)
	}
	want := Report{NowMS: m.trueMS, Quality: Trusted, WallOffMS: 10 * year, FloorMS: m.trueMS - minuteMS, PendingMS: m.trueMS + 9*dayMS}
	if got := agent.Report(); got != want {
		t.Errorf("report %+v, want %+v", got, want)
	}
	if err := kiosk.ConfirmSigned(t.Context()); err != nil {
		t.Fatal(err)
	}
	if now, _ := kiosk.Now(); now.UnixMilli() != m.trueMS+9*dayMS {
		t.Errorf("after the tap: %v", now)
	}
	// A time that could not be stored is not used.
	before, _ := agent.Now()
	store.fail = errors.New("disk full")
	if err := agent.Observe(t.Context(), Signed{m.trueMS + 9*dayMS, 1}); !errors.Is(err, store.fail) {
		t.Errorf("err = %v", err)
	}
	if now, _ := agent.Now(); !now.Equal(before) {
		t.Errorf("a time that was not stored is used: %v, was %v", now, before)
	}
	if err := kiosk.ConfirmWall(t.Context()); !errors.Is(err, store.fail) {
		t.Errorf("err = %v", err)
	}
	if _, err := New(t.Context(), store, time.UnixMilli(build), m.read); !errors.Is(err, store.fail) {
		t.Errorf("err = %v", err)
	}
}

func TestReadMachine(t *testing.T) {
	a, b := ReadMachine(), ReadMachine()
	if a.Boot != "" {
		if d, ok := b.since(a); !ok || d < 0 {
			t.Errorf("%+v then %+v", a, b)
		}
	}
	if a.WallMS == 0 {
		t.Error("no wall clock")
	}
}

func TestQualityNames(t *testing.T) {
	for q, want := range map[Quality]string{Unknown: "unknown", Trusted: "trusted", Unsure: "unsure", Jumped: "jumped"} {
		if q.String() != want {
			t.Errorf("%d is %q", q, q)
		}
	}
}

// Certificates may be judged by a signed time that waits, due dates may not.
func TestHandshake(t *testing.T) {
	m := &machine{trueMS: day0}
	s, err := State{}.Observe(build, m.read(), Signed{m.trueMS, 1})
	if err != nil {
		t.Fatal(err)
	}
	m.restart(dayMS)
	m.wallOff = 10 * year
	s = s.Look(build, m.read())
	if got := s.Handshake(build, m.read()); got != m.trueMS+10*year {
		t.Errorf("with nothing signed: %d off", got-m.trueMS)
	}
	if s, err = s.Observe(build, m.read(), Signed{m.trueMS, 1}); !errors.Is(err, ErrJump) {
		t.Fatal(err)
	}
	m.pass(minuteMS)
	if got := s.Handshake(build, m.read()); got != m.trueMS {
		t.Errorf("with a time that waits: %d off", got-m.trueMS)
	}
	if _, q := s.Now(build, m.read()); q != Jumped {
		t.Errorf("the clock itself believes it: %s", q)
	}
	m.restart(dayMS)
	if got := s.Look(build, m.read()).Handshake(build, m.read()); got == m.trueMS {
		t.Error("a time of another boot is still used")
	}
}
