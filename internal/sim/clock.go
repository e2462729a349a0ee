package sim

import (
	"context"
	"math/rand/v2"
	"strconv"
	"time"

	"bendo/internal/clock"
	"bendo/syncproto"
)

// machineClock is the clock of one machine: a wall that may say anything, a monotonic
// one that does not lie, and the room clock's own state, kept over restarts.
type machineClock struct {
	w      *world
	r      *rand.Rand
	state  clock.State
	offset time.Duration
	frozen time.Duration // the wall stands at this time of the world; 0 it runs
	boot   int
	bootID string // of boot
	bootAt time.Duration
}

// built is when the simulated program was built, certs how long the portal's certificate
// is valid around the present day.
var (
	built = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	certs = [2]time.Time{time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), time.Date(2027, 6, 1, 0, 0, 0, 0, time.UTC)}
)

func newMachineClock(w *world, n int, which string) *machineClock {
	c := &machineClock{w: w, r: w.chance(n, "clock"+which), boot: 1, bootID: "1"}
	// The first signed time comes at enrolment, with staff at the machine.
	c.state, _ = c.state.Observe(built.UnixMilli(), c.reading(), clock.Signed{MS: w.time().UnixMilli(), Serial: 1})
	if !w.has(Clocks) {
		return c
	}
	for at := time.Duration(0); ; {
		at += time.Duration((0.2 + 6*c.r.Float64()) * float64(24*time.Hour))
		if at > w.o.Length-4*clearAtEnd {
			break
		}
		w.plan(at, c.jump)
		w.plan(at+time.Duration(c.r.Int64N(int64(24*time.Hour))), c.right)
	}
	w.plan(w.o.Length-3*clearAtEnd, c.right)
	return c
}

// jump puts the wall wrong in one of the ways machines do.
func (c *machineClock) jump() {
	now := c.w.time()
	c.w.came("clocks put wrong")
	switch c.r.IntN(7) {
	case 0:
		c.offset = now.AddDate(10, 0, 0).Sub(now)
	case 1:
		c.offset = now.AddDate(-10, 0, 0).Sub(now)
	case 2:
		c.offset = time.Unix(0, 0).Sub(now)
	case 3:
		c.offset = time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC).Sub(now)
	case 4:
		c.offset = -time.Duration(c.r.Int64N(int64(48 * time.Hour)))
	case 5:
		c.frozen = c.w.now
	case 6:
		c.offset = time.Duration(c.r.Int64N(int64(20 * time.Minute)))
	}
}

func (c *machineClock) right() { c.offset, c.frozen = 0, 0 }

// reboot begins a new boot: what was monotonic begins anew.
func (c *machineClock) reboot() {
	c.boot, c.bootAt = c.boot+1, c.w.now
	c.bootID = strconv.Itoa(c.boot)
}

func (c *machineClock) wall() time.Time {
	if c.frozen != 0 {
		return c.w.start.Add(c.frozen)
	}
	return c.w.time().Add(c.offset)
}

func (c *machineClock) reading() clock.Reading {
	return clock.Reading{WallMS: c.wall().UnixMilli(), MonoMS: (c.w.now - c.bootAt).Milliseconds(), Boot: c.bootID}
}

// tls says what TLS makes of the portal's certificate at the time this machine trusts.
func (c *machineClock) tls() error {
	c.state = c.state.Look(built.UnixMilli(), c.reading())
	ms := c.state.Handshake(built.UnixMilli(), c.reading())
	switch t := time.UnixMilli(ms); {
	case t.Before(certs[0]):
		return &syncproto.Problem{Kind: syncproto.Clock, Code: syncproto.CodeNotYetValid}
	case t.After(certs[1]):
		return &syncproto.Problem{Kind: syncproto.Clock, Code: syncproto.CodeExpired}
	}
	return nil
}

// Observe takes a signed time, as the agent does.
func (c *machineClock) Observe(_ context.Context, t syncproto.TimeAnswer) error {
	s, err := c.state.Observe(built.UnixMilli(), c.reading(), clock.Signed{MS: t.At, Serial: t.Serial})
	c.state = s
	return err
}

// Reading gives the machine's clocks for a hello.
func (c *machineClock) Reading() (wall, mono, floor int64) {
	r := c.reading()
	return r.WallMS, r.MonoMS, c.state.FloorMS
}
