package line

import (
	"context"
	"sync"
	"time"
)

// gate is the state of the line, up or cut, and the door everything that moves waits at. Scheduled
// cuts may overlap (single and periodic ones) and are counted; the cut by hand is one of its own.
type gate struct {
	mu     sync.Mutex
	downs  int           // scheduled cuts in force
	byHand bool          // Cut was called and Restore was not
	open   chan struct{} // closed while the line is up; replaced at each cut
	turn   int           // how many cuts have begun: a segment that sees it change was on the air
	since  time.Time     // when the line came up
}

func newGate() *gate {
	g := &gate{open: make(chan struct{}), since: time.Now()}
	close(g.open)
	return g
}

// change applies f and reports whether the line just went down.
func (g *gate) change(f func()) (fell bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := g.up()
	f()
	switch now := g.up(); {
	case was && !now:
		g.open = make(chan struct{})
		g.turn++
		return true
	case !was && now:
		g.since = time.Now()
		close(g.open)
	}
	return false
}

func (g *gate) up() bool { return g.downs == 0 && !g.byHand } // under mu

// wait returns when the line is up, or false when done is closed first.
func (g *gate) wait(ctx context.Context, done <-chan struct{}) (turn int, since time.Time, ok bool) {
	for {
		g.mu.Lock()
		open, turn, since, up := g.open, g.turn, g.since, g.up()
		g.mu.Unlock()
		if up {
			return turn, since, true
		}
		select {
		case <-open:
		case <-done:
			return 0, time.Time{}, false
		case <-ctx.Done():
			return 0, time.Time{}, false
		}
	}
}

func (g *gate) state() (turn int, up bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.turn, g.up()
}

// sleepUntil waits for a moment; false when done or ctx came first.
func sleepUntil(ctx context.Context, done <-chan struct{}, t time.Time) bool {
	d := time.Until(t)
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-done:
		return false
	case <-ctx.Done():
		return false
	}
}
