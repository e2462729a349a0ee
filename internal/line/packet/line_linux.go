package packet

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"bendo/internal/line"
)

// Line is one line with its two ends. All methods may be called from any goroutine.
type Line struct {
	near, far *End
	stop      func() bool // of the context's callback
	done      chan struct{}
	wake      int // eventfd

	mu      sync.Mutex
	start   time.Time
	carrier *carrier
	closed  bool
}

// New makes the two namespaces and begins to carry; the profile's cuts count from now. It needs root
// and /dev/net/tun, else the error wraps ErrUnavailable. The end of ctx ends the carrying; Close
// must be called all the same.
func New(ctx context.Context, p line.Profile) (*Line, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	near, err := newEnd("office0", NearAddr)
	if err != nil {
		return nil, err
	}
	far, err := newEnd("province0", FarAddr)
	if err != nil {
		return nil, errors.Join(err, near.close())
	}
	wake, err := unix.Eventfd(0, unix.EFD_CLOEXEC|unix.EFD_NONBLOCK)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making the line: %w", err), near.close(), far.close())
	}
	l := &Line{near: near, far: far, wake: wake, done: make(chan struct{}), start: time.Now()}
	l.carrier = newCarrier(p, l.land)
	go func() { // ends with Close, which waits for it
		defer close(l.done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		l.carry()
	}()
	l.stop = context.AfterFunc(ctx, l.end)
	return l, nil
}

// Near is the office's end.
func (l *Line) Near() *End { return l.near }

// Far is the province's end.
func (l *Line) Far() *End { return l.far }

// Close stops carrying and lets go of both namespaces; they vanish when the last program in them ends.
func (l *Line) Close() error {
	l.stop()
	l.end()
	<-l.done
	return errors.Join(l.near.close(), l.far.close(), unix.Close(l.wake))
}

func (l *Line) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.nudge()
}

// nudge makes the carrying thread look again at once.
func (l *Line) nudge() {
	_, _ = unix.Write(l.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0}) // fails only when a wake-up is pending anyway
}

// land writes a packet to the side that receives what travels in this direction.
func (l *Line) land(w way, packet []byte) {
	to := l.far
	if w == down {
		to = l.near
	}
	_, _ = unix.Write(to.tun, packet) // a device that takes nothing has lost the packet, as devices do
}

// carry is the whole life of the line on a thread of its own that the machine prefers: a late
// wake-up is a delay the profile did not ask for.
func (l *Line) carry() {
	// Real time, because the thread nearly always sleeps; where that is refused the line is a little less exact.
	_ = unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Priority: 1, Flags: unix.SCHED_FLAG_RESET_ON_FORK}, 0)
	defer func() {
		_ = unix.SchedSetAttr(0, &unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_NORMAL}, 0)
	}()
	polled := []unix.PollFd{{Fd: int32(l.near.tun), Events: unix.POLLIN}, {Fd: int32(l.far.tun), Events: unix.POLLIN},
		{Fd: int32(l.wake), Events: unix.POLLIN}}
	buf := make([]byte, 65536)
	for {
		wait, open := l.step(polled, buf)
		if !open {
			return
		}
		timeout := unix.NsecToTimespec(int64(wait))
		_, _ = unix.Ppoll(polled, &timeout, nil) // EINTR looks again, and nothing else can be
	}
}

// idle is the longest sleep: a guard against a clock that jumps, not a pace.
const idle = time.Second

// step takes in what the devices have, lets the carrier move and says how long nothing will happen.
func (l *Line) step(polled []unix.PollFd, buf []byte) (wait time.Duration, open bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, false
	}
	for w, p := range polled[:2] {
		if p.Revents != 0 {
			l.take(way(w), int(p.Fd), buf)
		}
	}
	if polled[2].Revents != 0 {
		_, _ = unix.Read(l.wake, buf[:8])
	}
	now := time.Since(l.start)
	l.carrier.advance(now)
	return min(max(l.carrier.due()-now, 0), idle), true
}

// take reads the packets that wait at one device.
func (l *Line) take(w way, fd int, buf []byte) {
	for {
		n, err := unix.Read(fd, buf)
		if err != nil || n <= 0 {
			return
		}
		if isIPv4(buf[:n]) {
			l.carrier.offer(time.Since(l.start), w, append([]byte(nil), buf[:n]...))
		}
	}
}

// Cut takes the line down by hand until Restore; scheduled cuts go on beside it.
func (l *Line) Cut() { l.byHand(true) }

// Restore undoes Cut, with the profile's consequences for the flows of before.
func (l *Line) Restore() { l.byHand(false) }

func (l *Line) byHand(cut bool) {
	l.change(func(c *carrier) {
		c.byHand = cut
		c.turn()
	})
}

// Forget lets all TCP flows of this moment be swallowed from now on, without any cut: a NAT that was
// restarted. Nobody is told.
func (l *Line) Forget() {
	l.change(func(c *carrier) {
		c.flows.age()
		c.endOld(false)
	})
}

func (l *Line) change(f func(*carrier)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.carrier.advance(time.Since(l.start))
	f(l.carrier)
	l.nudge()
}

// Change replaces the profile: the line is empty, up, its counters are zero and the cuts of the new
// profile count from now. Flows live on and count as new.
func (l *Line) Change(p line.Profile) error {
	if err := p.Check(); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.start = time.Now()
	l.carrier = newCarrier(p, l.land)
	l.nudge()
	return nil
}

// Counts is a snapshot.
func (l *Line) Counts() Counts {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.closed {
		l.carrier.advance(time.Since(l.start))
	}
	c := l.carrier.count
	c.At = time.Since(l.start)
	return c
}
