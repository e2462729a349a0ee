package sim

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"bendo/syncproto/prototest"
	"bendo/syncproto/synchttp"
)

type wireState int

const (
	up      wireState = iota
	down              // connections are reset, dials fail
	silence           // connections go nowhere and nobody says so
	page              // a sign-in page answers in clear, whatever is asked
)

// wire is a network of pipes.
type wire struct {
	accept chan net.Conn
	closed chan struct{}

	mu    sync.Mutex
	state wireState
	conns []*wireConn
	dials int
}

// wireConn is the client's end of a pipe.
type wireConn struct {
	net.Conn
	mu   sync.Mutex
	dead bool
}

func (c *wireConn) lost() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.dead
}

func (c *wireConn) Write(p []byte) (int, error) {
	if c.lost() {
		return len(p), nil // written is not arrived
	}
	return c.Conn.Write(p)
}

func (c *wireConn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if err != nil || !c.lost() {
			return n, err
		}
	}
}

func (w *wire) set(s wireState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.state = s
	for _, c := range w.conns {
		switch s {
		case down, page:
			c.Conn.Close()
		case silence:
			c.mu.Lock()
			c.dead = true
			c.mu.Unlock()
		}
	}
	if s != up {
		w.conns = nil
	}
}

// flap brings the line for half a minute now and then.
func (w *wire) flap(times int) {
	for range times {
		w.set(up)
		time.Sleep(30 * time.Second)
		w.set(down)
		time.Sleep(15 * time.Second)
	}
}

func (w *wire) dialed() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dials
}

func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	w.mu.Lock()
	state := w.state
	w.dials++
	w.mu.Unlock()
	switch state {
	case down:
		return nil, errors.New("the modem has no network")
	case silence:
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(synchttp.DialTimeout):
			return nil, context.DeadlineExceeded
		}
	}
	ours, theirs := net.Pipe()
	if state == page {
		go signIn(theirs) // ends with the first thing it reads, or with the dialer's patience
		return ours, nil
	}
	c := &wireConn{Conn: ours}
	select {
	case w.accept <- theirs:
	case <-w.closed:
		return nil, net.ErrClosed
	}
	w.mu.Lock()
	w.conns = append(w.conns, c)
	w.mu.Unlock()
	return c, nil
}

// signIn answers anything with a page, as a hotel's network does.
func signIn(c net.Conn) {
	defer c.Close()
	buf := make([]byte, 4<<10)
	if _, err := c.Read(buf); err == nil {
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 14\r\n\r\n<html>Sign in!")
	}
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.accept:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error   { close(w.closed); return nil }
func (w *wire) Addr() net.Addr { return &net.UnixAddr{Name: "wire"} }

type pipeProvince struct {
	portal *prototest.Memory
	wire   *wire
	server *http.Server
	proxy  *proxy
	done   chan error
	begun  time.Time
}

func newPipeProvince(t *testing.T) *pipeProvince {
	portal, err := prototest.NewMemory(prototest.MemoryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	cert, err := portal.Authority().Issue(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	p := &pipeProvince{portal: portal, wire: &wire{accept: make(chan net.Conn), closed: make(chan struct{})}, done: make(chan error, 1), begun: time.Now()}
	p.proxy = &proxy{portal: synchttp.Handler(portal, synchttp.Options{}), kept: map[string]*httptest.ResponseRecorder{}}
	p.server = synchttp.NewServer(p.proxy,
		synchttp.ServerTLS(func() (*tls.Certificate, error) { return cert, nil }), log.New(io.Discard, "", 0))
	go func() { p.done <- p.server.ServeTLS(p.wire, "", "") }()
	return p
}

func (p *pipeProvince) close() {
	p.server.Close()
	<-p.done
}

// since is the time of the bubble, as histories want it.
func (p *pipeProvince) since() time.Duration { return time.Since(p.begun) }
