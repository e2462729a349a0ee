package line

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"time"
)

// conn joins an accepted connection to one of the target, through the two modems.
type conn struct {
	line     *Line
	near     net.Conn
	joined   bool          // the handshake is over; under line.mu
	dead     chan struct{} // closed once: by a cut, by a peer that died, at the end of Run
	killOnce sync.Once

	mu   sync.Mutex
	far  net.Conn // nil until the target answered
	mute bool     // died in a black hole: sockets stay open and silent
}

// flow is one direction of a conn.
type flow struct {
	conn    *conn
	modem   *modem
	src     net.Conn
	dst     net.Conn
	out     chan packet   // what is in the air, oldest first
	credits chan struct{} // one for each packet under way; its capacity is the window
	rng     *rand.Rand    // touched by the modem only
	last    time.Time     // arrival of the last packet; touched by the modem only
}

func (l *Line) newFlow(c *conn, m *modem, number int64, down bool) *flow {
	w := l.Profile.windowPackets()
	return &flow{conn: c, modem: m, out: make(chan packet, w), credits: make(chan struct{}, w),
		rng: newRand(l.Profile.Seed, number, down)}
}

func (c *conn) isDead() bool {
	select {
	case <-c.dead:
		return true
	default:
		return false
	}
}

// kill ends the connection: silently, both sockets left open, or with a reset to both sides.
func (c *conn) kill(silent bool) {
	c.killOnce.Do(func() {
		c.mu.Lock()
		c.mute = silent
		c.mu.Unlock()
		close(c.dead)
	})
	if !silent {
		c.abort()
	}
}

// abort resets both sockets; it may be called twice.
func (c *conn) abort() {
	c.mu.Lock()
	defer c.mu.Unlock()
	reset(c.near)
	if c.far != nil {
		reset(c.far)
	}
}

// close ends both sockets in the ordinary way: what the kernel still holds for a slow receiver is sent.
func (c *conn) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = c.near.Close()
	if c.far != nil {
		_ = c.far.Close()
	}
}

// run carries one connection from handshake to end and leaves no goroutine behind.
func (c *conn) run(ctx context.Context, number int64) {
	defer c.close()
	defer context.AfterFunc(ctx, func() { c.kill(false) })()
	up := c.line.newFlow(c, c.line.up, number, false)
	down := c.line.newFlow(c, c.line.down, number, true)
	var wg sync.WaitGroup
	wg.Go(func() { up.deliver(ctx) })
	wg.Go(func() { down.deliver(ctx) })
	if !c.handshake(ctx, up, down) {
		c.line.refused.Add(1)
		c.kill(false)
		wg.Wait()
		return
	}
	c.line.join(c)
	wg.Go(func() { up.pump(ctx) })
	wg.Go(func() { down.pump(ctx) })
	wg.Wait()
}

// handshake spends the round trip a SYN and its answer need, and reaches the target in its middle.
func (c *conn) handshake(ctx context.Context, up, down *flow) bool {
	if !up.signal(ctx) {
		return false
	}
	far, err := c.line.dial(ctx)
	if err != nil {
		return false
	}
	shrink(far)
	c.mu.Lock()
	c.far = far
	c.mu.Unlock()
	// Before the first data packet: the delivering goroutines read these only after a packet reached
	// them through two channels, which orders the accesses.
	up.src, up.dst = c.near, far
	down.src, down.dst = far, c.near
	return down.signal(ctx)
}

// signal sends an empty handshake packet and waits for its arrival.
func (f *flow) signal(ctx context.Context) bool {
	arrived := make(chan struct{})
	if !f.offer(ctx, packet{wire: handshakeBytes, arrived: arrived}) {
		return false
	}
	select {
	case <-arrived:
		return true
	case <-f.conn.dead:
	case <-ctx.Done():
	}
	return false
}

// offer hands a packet to the modem, waiting for a place in the window and in the queue.
func (f *flow) offer(ctx context.Context, p packet) bool {
	select {
	case f.credits <- struct{}{}:
	case <-f.conn.dead:
		return false
	case <-ctx.Done():
		return false
	}
	p.flow, p.offered = f, time.Now()
	select {
	case f.modem.in <- p:
		return true
	case <-f.conn.dead:
	case <-ctx.Done():
	}
	return false
}

// pump reads what the sender sends until it ends or the connection dies.
func (f *flow) pump(ctx context.Context) {
	buf := make([]byte, segmentBytes)
	for {
		n, err := f.src.Read(buf)
		if f.conn.isDead() {
			f.swallow(ctx, err)
			return
		}
		if n > 0 {
			if !f.offer(ctx, packet{data: slices.Clone(buf[:n]), wire: n + headerBytes}) {
				f.swallow(ctx, nil)
				return
			}
			continue
		}
		if err != nil {
			end := aborted
			if errors.Is(err, io.EOF) {
				end = closed
			}
			f.offer(ctx, packet{wire: headerBytes, end: end})
			return
		}
	}
}

// swallow is what a sender meets in a black hole: a socket that takes one window of bytes, then
// nothing, and never answers. Its own close is the only end, or the end of Run.
func (f *flow) swallow(ctx context.Context, err error) {
	f.conn.mu.Lock()
	mute := f.conn.mute
	f.conn.mu.Unlock()
	if !mute {
		return
	}
	if err == nil {
		_, err = io.CopyN(io.Discard, f.src, int64(cap(f.credits)*segmentBytes))
	}
	if err == nil {
		<-ctx.Done()
	}
	reset(f.src)
}

// deliver writes what arrives to the far side, each packet at its time.
func (f *flow) deliver(ctx context.Context) {
	for {
		var p packet
		select {
		case p = <-f.out:
		case <-f.conn.dead:
			f.drop(nil)
			return
		case <-ctx.Done():
			return
		}
		if !f.land(ctx, p) {
			f.drop(p.data)
			return
		}
		<-f.credits
		if p.end != goesOn {
			return
		}
	}
}

// land waits for a packet's arrival and applies it; false when the connection is over.
func (f *flow) land(ctx context.Context, p packet) bool {
	if !sleepUntil(ctx, f.conn.dead, p.arrive) {
		return false
	}
	if _, _, ok := f.modem.gate.wait(ctx, f.conn.dead); !ok || f.conn.isDead() {
		return false
	}
	switch {
	case p.arrived != nil:
		close(p.arrived)
	case p.end == closed:
		closeWrite(f.dst)
	case p.end == aborted:
		f.conn.kill(false)
	default:
		if _, err := f.dst.Write(p.data); err != nil {
			f.conn.kill(false) // the receiver is gone: the sender hears a reset
			return false
		}
	}
	return true
}

// drop counts what was in the air when the connection died.
func (f *flow) drop(data []byte) {
	lost := len(data)
	for {
		select {
		case p := <-f.out:
			lost += len(p.data)
		default:
			f.modem.count.lost.Add(int64(lost))
			return
		}
	}
}

// shrink makes the kernel's buffer small, so that the queue is ours and not hidden in a socket.
func shrink(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		// A refused size only makes the line's queue longer than it says; nothing depends on it.
		_ = t.SetReadBuffer(defaultQueue)
		_ = t.SetNoDelay(true)
	}
}

func closeWrite(c net.Conn) {
	if h, ok := c.(interface{ CloseWrite() error }); ok {
		_ = h.CloseWrite() // an error means the receiver left first
		return
	}
	_ = c.Close()
}

func reset(c net.Conn) {
	if t, ok := c.(*net.TCPConn); ok {
		_ = t.SetLinger(0)
	}
	_ = c.Close()
}
