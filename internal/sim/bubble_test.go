package sim

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bendo/agent/courier"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
	"bendo/syncproto/synchttp"
)

// TestSmokeBubble plays three offices for two days in virtual time with everything real
// but the wire: the ledger's SQLite files, TLS, HTTP/2, the courier's shell.
func TestSmokeBubble(t *testing.T) {
	const offices, days = 3, 2
	dir := t.TempDir() // outside of the bubble: removing it takes real time
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		p := newPipeProvince(t)
		defer p.close()
		list := make([]*bubbleOffice, offices)
		var work sync.WaitGroup
		defer work.Wait()
		defer cancel()
		for i := range list {
			o := p.office(t, filepath.Join(dir, fmt.Sprint(i)), i)
			defer o.book.Close()
			list[i] = o
			work.Go(func() { o.live(ctx, t) })
		}
		for range 2 * days { // half a day: offline for hours while residents file, then an hour of line
			p.wire.set(down)
			for n := range 4 {
				time.Sleep(time.Hour)
				for _, o := range list {
					o.file(t, n%3)
				}
				if n == 2 {
					p.wire.flap(10)
				}
			}
			list[0].restart()
			p.portal.Restart()
			p.wire.set(up)
			time.Sleep(time.Hour)
			for i, o := range list {
				if s, err := courier.Look(ctx, o.book); err != nil || !s.Empty() {
					t.Errorf("office %d: an hour after the line came back %d events, %d dossiers, %d scans are left: %v", i, s.Waiting(), s.Open, len(s.Blobs), err)
				}
			}
			p.wire.set(silence)
			time.Sleep(20 * time.Minute)
			p.wire.set(up)
			for _, o := range list {
				o.file(t, 1)
			}
			time.Sleep(6*time.Hour + 40*time.Minute)
		}
		for i, o := range list {
			o.compare(ctx, t, i, p.portal)
		}
	})
}

type wireState int

const (
	up      wireState = iota
	down              // connections are reset, dials fail
	silence           // connections go nowhere and nobody says so
)

// wire is a network of pipes.
type wire struct {
	accept chan net.Conn
	closed chan struct{}

	mu    sync.Mutex
	state wireState
	conns []*wireConn
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
		case down:
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

func (w *wire) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	w.mu.Lock()
	state := w.state
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
	done   chan error
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
	p := &pipeProvince{portal: portal, wire: &wire{accept: make(chan net.Conn), closed: make(chan struct{})}, done: make(chan error, 1)}
	p.server = synchttp.NewServer(synchttp.Handler(portal, synchttp.Options{}),
		synchttp.ServerTLS(func() (*tls.Certificate, error) { return cert, nil }), log.New(io.Discard, "", 0))
	go func() { p.done <- p.server.ServeTLS(p.wire, "", "") }()
	return p
}

func (p *pipeProvince) close() {
	p.server.Close()
	<-p.done
}

// bubbleOffice is an office with a real book.
type bubbleOffice struct {
	p       *pipeProvince
	n       int
	book    *ledger.Book
	keys    *seal.Keeper
	bell    chan struct{}
	again   chan struct{}
	filings []ledger.Filed
}

func (p *pipeProvince) office(t *testing.T, dir string, n int) *bubbleOffice {
	t.Helper()
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir, KeysDir: dir + ".keys"})
	if err != nil {
		t.Fatal(err)
	}
	book, err := ledger.Open(t.Context(), dir, keys, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.DeviceKey()
	if err != nil {
		t.Fatal(err)
	}
	code, err := p.portal.NewCode(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	device, err := syncproto.NewDeviceID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.portal.Enrol(t.Context(), syncproto.SignEnrol(syncproto.EnrolRequest{ID: syncproto.RequestID{1}, Secret: code.Secret, Device: device, Proto: syncproto.Proto}, key))
	if err != nil {
		t.Fatal(err)
	}
	err = book.SetIdentity(t.Context(), ledger.Identity{Device: r.Device, Book: r.Book, Epoch: 1, Prefix: r.Grant.SlipPrefix, CommuneCode: r.Commune,
		Portal: "https://portal.invalid:443", CA: r.CA, PortalKey: r.PortalKey, Generation: r.Generation, FeedEpoch: r.Feed.Epoch})
	if err != nil {
		t.Fatal(err)
	}
	return &bubbleOffice{p: p, n: n, book: book, keys: keys, bell: make(chan struct{}, 1), again: make(chan struct{}, 1)}
}

// live runs the courier; a restart ends it in the middle and begins anew.
func (o *bubbleOffice) live(ctx context.Context, t *testing.T) {
	for ctx.Err() == nil {
		run, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if err := o.courier(t).Run(run); err != nil {
				t.Errorf("office %d: %v", o.n, err)
			}
		}()
		select {
		case <-o.again:
		case <-ended:
		case <-ctx.Done():
		}
		stop()
		<-ended
	}
}

func (o *bubbleOffice) courier(t *testing.T) *courier.Courier {
	id, err := o.book.Identity(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Error(err)
	}
	key, err := o.keys.DeviceKey()
	if err != nil {
		t.Error(err)
	}
	road, err := synchttp.New(synchttp.Config{Base: id.Portal, Trust: synchttp.Trust{CA: id.CA}, Dial: o.p.wire.dial})
	if err != nil {
		t.Error(err)
	}
	return &courier.Courier{Exchange: &courier.Exchange{Book: o.book, Road: road, Time: bubbleTime{}, Key: key, Random: rand.Reader},
		Watch: &rarely{Book: o.book}, Seed: uint64(o.n), Bell: o.bell}
}

func (o *bubbleOffice) restart() {
	select {
	case o.again <- struct{}{}:
	default:
	}
}

// file files one dossier and rings.
func (o *bubbleOffice) file(t *testing.T, scans int) {
	ref := fmt.Sprintf("%d-%d", o.n, len(o.filings))
	req := ledger.FileRequest{Reference: ref, SourceSHA256: syncproto.Digest{byte(len(o.filings)), byte(o.n)}, Actor: "file",
		Payload: dossier.SubmittedPayload{Procedure: "2.000815", Pack: "p1", Channel: dossier.ChannelFile, Handover: dossier.HandoverAtSubmit,
			Applicant: dossier.Person{FullName: "Người Thử"}, Answers: []byte(`{}`)}}
	for i := range scans {
		data := make([]byte, 60_000+i)
		copy(data, ref)
		req.Attachments = append(req.Attachments, ledger.Attachment{Name: fmt.Sprintf("%d.pdf", i), MIME: "application/pdf", Copies: 1,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
	}
	f, err := o.book.File(t.Context(), req)
	if err != nil {
		t.Errorf("office %d cannot file: %v", o.n, err)
		return
	}
	o.filings = append(o.filings, f)
	select {
	case o.bell <- struct{}{}:
	default:
	}
}

// compare reads the log back: everything once, in order.
func (o *bubbleOffice) compare(ctx context.Context, t *testing.T, n int, portal *prototest.Memory) {
	id, err := o.book.Identity(ctx)
	if err != nil {
		t.Fatal(err)
	}
	l := syncproto.LogID{Device: id.Device, Epoch: id.Epoch}
	seen := map[syncproto.EventID]int{}
	head, from := syncproto.ChainStart(l), uint64(1)
	for more := true; more; {
		resp, err := portal.Replay(ctx, id.Device, syncproto.ReplayRequest{Book: id.Book, Log: l, From: from, MaxBytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		key, _ := o.keys.DeviceKey()
		for _, b := range resp.Batches {
			events, next, err := syncproto.OpenBatch(b, head, key.Public().(ed25519.PublicKey), syncproto.BuiltinDicts(), syncproto.Limits{})
			if err != nil {
				t.Fatalf("office %d: the log read back: %v", n, err)
			}
			for _, e := range events {
				seen[e.Header.ID]++
			}
			head, from = next, b.Last()+1
		}
		more = resp.More
	}
	for _, f := range o.filings {
		if seen[f.Event] != 1 {
			t.Errorf("office %d: a filing arrived %d times", n, seen[f.Event])
		}
	}
	if len(seen) != len(o.filings) || len(seen) == 0 {
		t.Errorf("office %d: %d events arrived, %d were filed", n, len(seen), len(o.filings))
	}
}

// rarely writes a status only when it changed: fifteen seconds of virtual time are
// nothing to the test's real disk.
type rarely struct {
	*ledger.Book
	mu   sync.Mutex
	last ledger.AgentStatus
}

func (r *rarely) SetAgentStatus(ctx context.Context, st ledger.AgentStatus) error {
	r.mu.Lock()
	same := r.last.Line == st.Line && r.last.Problem == st.Problem
	r.last = st
	r.mu.Unlock()
	if same {
		return nil
	}
	return r.Book.SetAgentStatus(ctx, st)
}

type bubbleTime struct{}

func (bubbleTime) Observe(context.Context, syncproto.TimeAnswer) error { return nil }
func (bubbleTime) Reading() (wall, mono, floor int64)                  { return time.Now().UnixMilli(), 0, 0 }
