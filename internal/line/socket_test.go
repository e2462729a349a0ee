package line

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Real sockets, real HTTP: the line limits, a plain TCP pump on the same machine does not. Only the
// upper bound is asserted, which a busy machine cannot break.
func TestOverRealSockets(t *testing.T) {
	defer goleak.VerifyNone(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := sha256.New()
		_, _ = io.Copy(h, r.Body)
		_, _ = w.Write(h.Sum(nil))
	}))
	defer server.Close()
	const rate = 4_000_000
	l := &Line{Listen: "127.0.0.1:0", Target: strings.TrimPrefix(server.URL, "http://"),
		Profile: Profile{RateUp: rate, RateDown: rate, Delay: 10 * time.Millisecond}}
	if err := l.Open(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- l.Run(ctx) }()

	data := payload(4, 512<<10)
	limited := put(t, "http://"+l.Addr(), data)
	plain := put(t, server.URL, data)
	if perSecond := float64(len(data)*8) / limited.Seconds(); perSecond > rate {
		t.Errorf("a line of %d bit/s carried %.0f bit/s", rate, perSecond)
	}
	if plain*4 > limited {
		t.Errorf("a plain pump took %v, the line %v: this measurement shows nothing", plain, limited)
	}
	if c := l.Counts(); c.Up.Bytes <= int64(len(data)) || c.Connections == 0 || c.Up.Lost != 0 {
		t.Errorf("counted %+v", c)
	}

	l.Cut()
	if _, err := http.Get("http://" + l.Addr()); err == nil {
		t.Error("a request passed a cut line")
	}
	l.Restore()
	put(t, "http://"+l.Addr(), data[:10_000])
	http.DefaultClient.CloseIdleConnections()
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// A half-closed connection still carries the answer, whole, to a reader that comes late.
func TestHalfClose(t *testing.T) {
	defer goleak.VerifyNone(t)
	target, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	answer := payload(5, 300_000)
	served := make(chan error, 1)
	go func() {
		c, err := target.Accept()
		if err != nil {
			served <- err
			return
		}
		defer c.Close()
		if _, err = io.Copy(io.Discard, c); err == nil { // until the client's half is closed
			_, err = c.Write(answer)
		}
		served <- err
	}()
	l := &Line{Listen: "127.0.0.1:0", Target: target.Addr().String(), Profile: Profile{Delay: time.Millisecond}}
	if err := l.Open(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- l.Run(ctx) }()

	c, err := net.Dial("tcp", l.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("question")); err != nil {
		t.Fatal(err)
	}
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(c)
	if err != nil || !bytes.Equal(got, answer) {
		t.Errorf("read %d of %d bytes: %v", len(got), len(answer), err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func put(t *testing.T, url string, data []byte) time.Duration {
	t.Helper()
	start := time.Now()
	answer, err := http.Post(url, "application/octet-stream", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if want := sha256.Sum256(data); err != nil || !bytes.Equal(got, want[:]) {
		t.Fatalf("the server saw other bytes: %v", err)
	}
	return time.Since(start)
}
