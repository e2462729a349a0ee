package clock

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Store keeps the state of one office's clock, which kiosk and agent share.
type Store interface {
	// UpdateClock reads the state (the zero State when there is none), applies change, stores the
	// result durably and returns it, all in one transaction.
	UpdateClock(ctx context.Context, change func(State) State) (State, error)
	// ClockState reads what is stored.
	ClockState(ctx context.Context) (State, error)
}

// Clock is the clock of one process. Safe for concurrent use.
type Clock struct {
	store   Store
	buildMS int64
	read    func() Reading

	mu    sync.Mutex
	state State // guarded by mu; what the store said last
}

// New opens the clock and takes its first look. built is when the program was built; read looks at
// the machine ([ReadMachine] outside tests).
func New(ctx context.Context, store Store, built time.Time, read func() Reading) (*Clock, error) {
	c := &Clock{store: store, buildMS: built.UnixMilli(), read: read}
	if err := c.Tick(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

// Now returns the time and its quality. It asks no disk.
func (c *Clock) Now() (time.Time, Quality) {
	c.mu.Lock()
	s := c.state
	c.mu.Unlock()
	ms, q := s.Now(c.buildMS, c.read())
	return time.UnixMilli(ms), q
}

// Time is Now without the quality.
func (c *Clock) Time() time.Time {
	t, _ := c.Now()
	return t
}

// Handshake is for tls.Config.Time, see [State.Handshake].
func (c *Clock) Handshake() time.Time {
	c.mu.Lock()
	s := c.state
	c.mu.Unlock()
	return time.UnixMilli(s.Handshake(c.buildMS, c.read()))
}

// Refresh takes over what the other process stored since, without a word to the disk of its own:
// cheap enough for every few seconds.
func (c *Clock) Refresh(ctx context.Context) error {
	s, err := c.store.ClockState(ctx)
	if err != nil {
		return fmt.Errorf("reading the clock's state: %w", err)
	}
	c.mu.Lock()
	c.state = s
	c.mu.Unlock()
	return nil
}

// Report is the clock as the status shows it.
type Report struct {
	NowMS     int64
	Quality   Quality
	WallOffMS int64 // how far the machine's wall clock is ahead of this one
	FloorMS   int64 // the last signed time, 0 when there was none
	PendingMS int64 // what the clock would be after ConfirmSigned, 0 when nothing waits
	SecondMS  int64 // for how long the waiting time has waited for its second answer, 0 when nothing waits
}

// Report looks at everything at once.
func (c *Clock) Report() Report {
	c.mu.Lock()
	s := c.state
	c.mu.Unlock()
	r := c.read()
	now, q := s.Now(c.buildMS, r)
	rep := Report{NowMS: now, Quality: q, WallOffMS: r.WallMS - now, FloorMS: s.FloorMS}
	if next, err := s.ConfirmSigned(r); err == nil {
		rep.PendingMS = next.FloorMS // as a tap would set it now
		rep.SecondMS, _ = r.since(*s.PendingAt)
	}
	return rep
}

// Tick looks at the machine and takes over what the other process stored. Call it every minute.
func (c *Clock) Tick(ctx context.Context) error {
	return c.update(ctx, "looking at the clock", func(s State) (State, error) {
		return s.Look(c.buildMS, c.read()), nil
	})
}

// Observe takes a signed time whose signature the caller has verified. The errors are those of
// [State.Observe], or of the store; a time that was taken is stored before it is used.
func (c *Clock) Observe(ctx context.Context, signed Signed) error {
	return c.update(ctx, "taking a signed time", func(s State) (State, error) {
		return s.Observe(c.buildMS, c.read(), signed)
	})
}

// ConfirmSigned is the tap of staff on "the province's time is right".
func (c *Clock) ConfirmSigned(ctx context.Context) error {
	return c.update(ctx, "confirming the signed time", func(s State) (State, error) {
		return s.ConfirmSigned(c.read())
	})
}

// ConfirmWall is the tap of staff on "this machine's time is right".
func (c *Clock) ConfirmWall(ctx context.Context) error {
	return c.update(ctx, "confirming the machine's time", func(s State) (State, error) {
		return s.ConfirmWall(c.buildMS, c.read())
	})
}

// update stores what change makes, also beside a refusal: a refused jump is remembered.
func (c *Clock) update(ctx context.Context, doing string, change func(State) (State, error)) error {
	var refused error
	s, err := c.store.UpdateClock(ctx, func(s State) State {
		var next State
		next, refused = change(s)
		return next
	})
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	c.mu.Lock()
	c.state = s
	c.mu.Unlock()
	if refused != nil {
		return fmt.Errorf("%s: %w", doing, refused)
	}
	return nil
}
