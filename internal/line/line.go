package line

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Line is one bad line between everybody who connects to Listen and Target. Fill in the first three
// fields, then Run; the other methods may be called from any goroutine once Open has returned.
type Line struct {
	Listen  string // host:port to accept at; port 0 takes a free one, see Addr
	Target  string // host:port of the real server
	Profile Profile

	// Seams for tests without sockets; nil means TCP.
	Listener net.Listener
	Dial     func(ctx context.Context) (net.Conn, error)

	openOnce sync.Once
	openErr  error
	gate     *gate
	up, down *modem

	mu    sync.Mutex
	conns map[*conn]struct{} // alive, as a cut finds them

	joined, refused, cuts atomic.Int64
}

// Open checks the profile and starts to listen; connections wait in the kernel until Run. It may be
// called twice, and Run calls it.
func (l *Line) Open() error {
	l.openOnce.Do(func() { l.openErr = l.open() })
	return l.openErr
}

func (l *Line) open() error {
	if err := l.Profile.Check(); err != nil {
		return err
	}
	if l.Listener == nil {
		ln, err := net.Listen("tcp", l.Listen)
		if err != nil {
			return fmt.Errorf("listen for the line: %w", err)
		}
		l.Listener = ln
	}
	l.gate = newGate()
	queueUp, queueDown := l.Profile.Queues()
	l.up = newModem(l.Profile, l.Profile.RateUp, queueUp, l.gate)
	l.down = newModem(l.Profile, l.Profile.RateDown, queueDown, l.gate)
	l.conns = make(map[*conn]struct{})
	return nil
}

// Addr is the address the line accepts at, host:port. Call Open first.
func (l *Line) Addr() string { return l.Listener.Addr().String() }

// Run carries until ctx ends and then returns nil, every connection reset and every goroutine gone.
// It can be called once.
func (l *Line) Run(ctx context.Context) error {
	if err := l.Open(); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = l.Listener.Close() })
	defer stop()

	start := time.Now()
	wg.Go(func() { l.up.run(ctx) })
	wg.Go(func() { l.down.run(ctx) })
	wg.Go(func() { l.singleCuts(ctx, start) })
	wg.Go(func() { l.periodicCuts(ctx, start) })
	return l.accept(ctx, &wg)
}

func (l *Line) accept(ctx context.Context, wg *sync.WaitGroup) error {
	for number := int64(0); ; number++ {
		near, err := l.Listener.Accept()
		if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
			if err == nil {
				reset(near)
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("accept on the line: %w", err)
		}
		shrink(near)
		c := &conn{line: l, near: near, dead: make(chan struct{})}
		if !l.enter(c) {
			l.refused.Add(1)
			reset(near)
			continue
		}
		wg.Go(func() {
			defer l.leave(c)
			c.run(ctx, number)
		})
	}
}

// enter registers a connection unless a cut refuses it; under the same lock as a cut's sweep, so that
// no connection slips between the two.
func (l *Line) enter(c *conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, up := l.gate.state(); !up && l.Profile.OnCut == Reset {
		return false
	}
	l.conns[c] = struct{}{}
	return true
}

// join marks a connection as established: a black hole swallows it from now on; before, its handshake
// waits for the line as a repeated SYN does.
func (l *Line) join(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c.joined = true
	l.joined.Add(1)
}

func (l *Line) leave(c *conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, c)
}

func (l *Line) dial(ctx context.Context) (net.Conn, error) {
	if l.Dial != nil {
		return l.Dial(ctx)
	}
	d := net.Dialer{Timeout: 10 * time.Second}
	return d.DialContext(ctx, "tcp", l.Target)
}

// Cut takes the line down by hand until Restore; calling it twice is the same as once. Scheduled
// cuts go on beside it.
func (l *Line) Cut() { l.change(func() { l.gate.byHand = true }) }

// Restore undoes Cut. The line is up unless a scheduled cut holds it down.
func (l *Line) Restore() { l.change(func() { l.gate.byHand = false }) }

// Up says whether the line carries at this moment.
func (l *Line) Up() bool {
	_, up := l.gate.state()
	return up
}

func (l *Line) change(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.gate.change(f) {
		return
	}
	l.cuts.Add(1)
	if l.Profile.OnCut == Hold {
		return
	}
	for c := range l.conns {
		if l.Profile.OnCut == Reset || c.joined {
			c.kill(l.Profile.OnCut == Blackhole)
		}
	}
}

func (l *Line) scheduledCut(ctx context.Context, from, to time.Time) bool {
	if !sleepUntil(ctx, nil, from) {
		return false
	}
	l.change(func() { l.gate.downs++ })
	ok := sleepUntil(ctx, nil, to)
	l.change(func() { l.gate.downs-- })
	return ok
}

func (l *Line) singleCuts(ctx context.Context, start time.Time) {
	for _, c := range l.Profile.sortedCuts() {
		if !l.scheduledCut(ctx, start.Add(c.At), start.Add(c.At+c.For)) {
			return
		}
	}
}

func (l *Line) periodicCuts(ctx context.Context, start time.Time) {
	if l.Profile.CutEvery == 0 {
		return
	}
	for end := start.Add(l.Profile.CutEvery); ; end = end.Add(l.Profile.CutEvery) {
		if !l.scheduledCut(ctx, end.Add(-l.Profile.CutFor), end) {
			return
		}
	}
}

// Counts is a snapshot of what the line has carried.
func (l *Line) Counts() Counts {
	return Counts{Up: l.up.count.read(), Down: l.down.count.read(),
		Connections: l.joined.Load(), Refused: l.refused.Load(), Cuts: l.cuts.Load()}
}
