package synchttp

import (
	"net"
	"sync"
	"time"
)

// Gather keeps back what the portal's side of HTTP/2 says only to give room again, and
// sends it with the next thing that matters, or a little later. Each such word alone costs
// the device a packet upwards that confirms it: on a thin line two percent of what it
// carries, one per 4 KiB read. The windows (see NewServer) are many times as large as what
// is kept back, so nobody waits for it. An answer is written as a head and a body, in two
// records at once one after the other: a short one waits a moment for the other, so that
// both are one packet.
func Gather(l net.Listener) net.Listener { return gatherer{l} }

type gatherer struct{ net.Listener }

func (g gatherer) Accept() (net.Conn, error) {
	c, err := g.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &gathered{Conn: c}, nil
}

type gathered struct {
	net.Conn

	mu    sync.Mutex
	held  []byte // records in their order; guarded by mu
	n     int    // of them; guarded by mu
	soon  bool   // one of them is short and no mere room; guarded by mu
	timer *time.Timer
	err   error // of a flush that nobody waited for; guarded by mu
}

const (
	heldFor    = time.Second
	shortFor   = 2 * time.Millisecond // a head waits for its body, which is written at once
	short      = 320                  // bytes of a record that may be a head; answers to pieces are short as a whole
	mostHeld   = 8                    // records, each of a read of 4–16 KiB
	recordCost = 5 + 1 + 16
	roomFrame  = 9 + 4 // WINDOW_UPDATE (RST_STREAM has the same length and loses nothing by a second)
	closeLimit = 200 * time.Millisecond
)

// givesRoom tells by its length alone a record of one or two frames that give room. TLS
// 1.3 has one length for one content, and what the portal answers is longer.
func givesRoom(record int) bool {
	return record == recordCost+roomFrame || record == recordCost+2*roomFrame
}

func (g *gathered) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return 0, g.err
	}
	if len(p) > short || g.n >= mostHeld {
		if g.n == 0 {
			return g.Conn.Write(p)
		}
		g.held = append(g.held, p...)
		if err := g.flush(); err != nil {
			return 0, err
		}
		return len(p), nil
	}
	g.held = append(g.held, p...)
	g.n++
	switch room := givesRoom(len(p)); {
	case !room && !g.soon:
		g.soon = true
		g.later(shortFor)
	case room && g.n == 1:
		g.later(heldFor)
	}
	return len(p), nil
}

// later sends what is held when nothing else did. mu is held.
func (g *gathered) later(d time.Duration) {
	if g.timer != nil {
		g.timer.Reset(d)
		return
	}
	g.timer = time.AfterFunc(d, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.err == nil && g.n > 0 {
			g.err = g.flush()
		}
	})
}

// flush writes what is held, in one packet where it fits. mu is held.
func (g *gathered) flush() error {
	_, err := g.Conn.Write(g.held)
	g.held, g.n, g.soon = g.held[:0], 0, false
	return err
}

// Close sends what is held, unless the line is stuck.
func (g *gathered) Close() error {
	if g.mu.TryLock() {
		if g.timer != nil {
			g.timer.Stop()
		}
		if g.n > 0 && g.err == nil {
			_ = g.Conn.SetWriteDeadline(time.Now().Add(closeLimit))
			_ = g.flush()
		}
		g.err = net.ErrClosed
		g.mu.Unlock()
	}
	return g.Conn.Close()
}
