package synchttp_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"bendo/syncproto"
	"bendo/syncproto/prototest"
	"bendo/syncproto/synchttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wants(t *testing.T, err error, kind syncproto.Kind, code string) {
	t.Helper()
	if !errors.Is(err, &syncproto.Problem{Kind: kind, Code: code}) {
		t.Fatalf("%v, want %s/%s", err, kind, code)
	}
}

func within(t testing.TB, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	t.Cleanup(cancel)
	return ctx
}

// portal starts a memory portal; wrap may change its handler.
func portal(t *testing.T, wrap func(http.Handler) http.Handler) (*prototest.Memory, *prototest.Server) {
	t.Helper()
	m, err := prototest.NewMemory(prototest.MemoryOptions{})
	must(t, err)
	s, err := prototest.Listen(m, m.Authority(), wrap)
	must(t, err)
	t.Cleanup(s.Close)
	return m, s
}

func client(t *testing.T, cfg synchttp.Config) *synchttp.Client {
	t.Helper()
	c, err := synchttp.New(cfg)
	must(t, err)
	t.Cleanup(c.CloseConnections)
	return c
}

func enrolled(t *testing.T, m *prototest.Memory, s *prototest.Server) *prototest.Peer {
	t.Helper()
	code, err := m.NewCode(time.Hour)
	must(t, err)
	p := prototest.NewPeer(t, t.Name())
	p.Enrol(t, s.URL, code)
	return p
}

// TestWrongClock: ten years off is a clock problem, and the signed time that
// mends it can still be asked (I19).
func TestWrongClock(t *testing.T) {
	m, s := portal(t, nil)
	trust := synchttp.Trust{CA: m.Authority().CertPEM()}
	for name, c := range map[string]struct {
		years int
		code  string
	}{"behind": {-10, syncproto.CodeNotYetValid}, "ahead": {10, syncproto.CodeExpired}} {
		t.Run(name, func(t *testing.T) {
			cl := client(t, synchttp.Config{Base: s.URL, Trust: trust, Now: func() time.Time { return time.Now().AddDate(c.years, 0, 0) }})
			_, err := cl.Sync(within(t, 10*time.Second), syncproto.SyncRequest{ID: syncproto.RequestID{1}, Hello: syncproto.Hello{Session: []byte{1}}})
			wants(t, err, syncproto.Clock, c.code)
			a, err := cl.Time(within(t, 10*time.Second), syncproto.RequestID{2})
			must(t, err)
			must(t, a.Verify(syncproto.RequestID{2}, m.PublicKey()))
		})
	}
}

// TestSomebodyElse: whoever answers in the portal's place is an interception.
func TestSomebodyElse(t *testing.T) {
	m, err := prototest.NewMemory(prototest.MemoryOptions{})
	must(t, err)
	other, err := synchttp.NewAuthority("somebody else", time.Now())
	must(t, err)
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<!DOCTYPE html><title>Wi-Fi</title>")
	})
	stolen, err := prototest.Listen(m, other, nil)
	must(t, err)
	defer stolen.Close()
	captive, err := prototest.Listen(m, m.Authority(), func(http.Handler) http.Handler { return page })
	must(t, err)
	defer captive.Close()
	plain := httptest.NewServer(page)
	defer plain.Close()
	redirect, err := prototest.Listen(m, m.Authority(), func(http.Handler) http.Handler {
		return http.RedirectHandler("http://login.invalid/", http.StatusFound)
	})
	must(t, err)
	defer redirect.Close()
	pin := m.Authority().Pin()
	for name, c := range map[string]struct {
		base, code string
		trust      synchttp.Trust
	}{
		"another CA":        {stolen.URL, syncproto.CodeWrongCA, synchttp.Trust{CA: m.Authority().CertPEM()}},
		"another CA by pin": {stolen.URL, syncproto.CodeWrongCA, synchttp.Trust{Pin: &pin}},
		"a page":            {captive.URL, syncproto.CodeNotOurs, synchttp.Trust{CA: m.Authority().CertPEM()}},
		"a redirect":        {redirect.URL, syncproto.CodeRedirect, synchttp.Trust{CA: m.Authority().CertPEM()}},
		"no TLS":            {strings.Replace(plain.URL, "http:", "https:", 1), syncproto.CodeNotTLS, synchttp.Trust{CA: m.Authority().CertPEM()}},
	} {
		t.Run(name, func(t *testing.T) {
			cl := client(t, synchttp.Config{Base: c.base, Trust: c.trust})
			_, err := cl.Sync(within(t, 10*time.Second), syncproto.SyncRequest{ID: syncproto.RequestID{1}, Hello: syncproto.Hello{Session: []byte{1}}})
			wants(t, err, syncproto.Intercepted, c.code)
		})
	}
}

// TestLineProblems: no portal, a cut, a gateway's page, the caller's own end.
func TestLineProblems(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	nobody := "https://" + ln.Addr().String()
	must(t, ln.Close())
	m, s := portal(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch r.Header.Get("Bendo-Session") {
			case "": // a sync: the gateway's own page
				w.Header().Set("Retry-After", "7")
				http.Error(w, "<html>502</html>", http.StatusBadGateway)
			default:
				panic(http.ErrAbortHandler) // the line is cut in the middle
			}
		})
	})
	trust := synchttp.Trust{CA: m.Authority().CertPEM()}
	req := syncproto.SyncRequest{ID: syncproto.RequestID{1}, Hello: syncproto.Hello{Session: []byte{1}}}

	_, err = client(t, synchttp.Config{Base: nobody, Trust: trust}).Sync(within(t, 10*time.Second), req)
	wants(t, err, syncproto.Transient, syncproto.CodeConnection)

	cl := client(t, synchttp.Config{Base: s.URL, Trust: trust})
	_, err = cl.Sync(within(t, 10*time.Second), req)
	wants(t, err, syncproto.Transient, syncproto.CodeUnavailable)
	if p := syncproto.ProblemOf(err); p.RetryAfter() != 7*time.Second {
		t.Errorf("retry after %s", p.RetryAfter())
	}
	_, err = cl.AppendBlob(within(t, 10*time.Second), syncproto.RequestID{2}, []byte{1}, syncproto.BlobKey{}, 0, 1, []byte("x"))
	wants(t, err, syncproto.Transient, "")

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err = cl.Sync(ctx, req); err != context.Canceled {
		t.Errorf("the caller's own end became %v", err)
	}
}

// TestDeadlineClosesTheConnection: after a timeout the dead connection is never
// used again, with HTTP/2 and HTTP/1.1 alike.
func TestDeadlineClosesTheConnection(t *testing.T) {
	for _, http1 := range []bool{false, true} {
		var stall atomic.Bool
		released := make(chan struct{})
		m, s := portal(t, func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if stall.Load() {
					<-released
					return
				}
				next.ServeHTTP(w, r)
			})
		})
		var dials atomic.Int32
		cl := client(t, synchttp.Config{Base: s.URL, HTTP1: http1, Trust: synchttp.Trust{CA: m.Authority().CertPEM()},
			Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				dials.Add(1)
				return synchttp.Dial(ctx, network, address)
			}})
		p := enrolled(t, m, s)
		p.Client = cl
		p.Ok(t, p.Request())
		p.Ok(t, p.Request())
		if n := dials.Load(); n != 1 {
			t.Fatalf("%d connections for two requests", n)
		}
		stall.Store(true)
		_, err := cl.Sync(within(t, 50*time.Millisecond), p.Request())
		wants(t, err, syncproto.Transient, syncproto.CodeTimeout)
		stall.Store(false)
		close(released)
		p.Ok(t, p.Request())
		if n := dials.Load(); n != 2 {
			t.Fatalf("%d connections after a deadline, want a second one", n)
		}
	}
}

// counted counts the bytes of a connection, both ways.
type counted struct {
	net.Conn
	n *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.n.Add(int64(n))
	return n, err
}
func (c counted) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// TestBytesOfAConnect holds the bar for a cold connect with its first exchange
// (8 KB both ways with IP headers; here without them) and shows a warm poll.
func TestBytesOfAConnect(t *testing.T) {
	m, s := portal(t, nil)
	p := enrolled(t, m, s)
	var n atomic.Int64
	p.Client = client(t, synchttp.Config{Base: s.URL, Trust: synchttp.Trust{CA: m.Authority().CertPEM()},
		Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
			c, err := synchttp.Dial(ctx, network, address)
			return counted{c, &n}, err
		}})
	p.Add("submitted", []byte(`{"procedure":"0"}`))
	p.PushAll(t)
	cold := n.Swap(0)
	p.Ok(t, p.Request())
	t.Logf("cold connect with push: %d B both ways; warm poll: %d B", cold, n.Load())
	if cold > 7_000 {
		t.Errorf("cold connect costs %d B, bar 7000 under the IP headers", cold)
	}
	if n.Load() > 700 {
		t.Errorf("a warm poll costs %d B on the wire", n.Load())
	}
}

func TestSpeaksHTTP2(t *testing.T) {
	var major atomic.Int32
	m, s := portal(t, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { major.Store(int32(r.ProtoMajor)); next.ServeHTTP(w, r) })
	})
	p := enrolled(t, m, s)
	p.Ok(t, p.Request())
	if major.Load() != 2 {
		t.Fatalf("HTTP/%d", major.Load())
	}
}

// TestStillBodyIsGivenUp: a body that stands still ends by itself, and the bytes
// it brought are kept.
func TestStillBodyIsGivenUp(t *testing.T) {
	var m *prototest.Memory
	m, s := portal(t, func(http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			synchttp.Handler(m, synchttp.Options{BodyDeadline: 100 * time.Millisecond}).ServeHTTP(w, r)
		})
	})
	p := enrolled(t, m, s)
	data, ref := p.NewBlob(2_000)
	e := p.Add("submitted", []byte(`{}`), ref)
	p.PushAll(t)
	pr, pw := io.Pipe()
	r, err := http.NewRequestWithContext(within(t, 10*time.Second), http.MethodPost,
		fmt.Sprintf("%s%s%s/%s?off=0&len=2000&gen=%d", s.URL, synchttp.PathBlob, e.Header.Dossier, ref.SHA256, p.Welcome.BlobSession), pr)
	must(t, err)
	r.ContentLength = 2_000
	sum := sha256.Sum256(data)
	r.Header.Set("Content-Digest", "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":")
	r.Header.Set("Bendo-Request", p.NextID().String())
	r.Header.Set("Bendo-Session", base64.RawURLEncoding.EncodeToString(p.Session))
	answered := make(chan error, 1)
	go func() {
		resp, err := p.Client.HTTP.Do(r)
		if err == nil {
			resp.Body.Close()
		}
		answered <- err
	}()
	_, err = pw.Write(data[:700])
	must(t, err)
	<-answered // with an answer or a reset, but without the rest of the body
	must(t, pw.CloseWithError(io.ErrClosedPipe))
	if got, complete := m.Blob(syncproto.BlobKey{Dossier: e.Header.Dossier, SHA256: ref.SHA256}); len(got) != 700 || complete {
		t.Fatalf("%d bytes kept, complete %t", len(got), complete)
	}
}

// TestInternalErrorsStayInside: a failure of the portal's own tells a device only
// that trying again can help.
func TestInternalErrorsStayInside(t *testing.T) {
	h := synchttp.Handler(broken{}, synchttp.Options{})
	body, err := syncproto.EncodeRequest(syncproto.RequestID{5}, syncproto.SyncRequest{Hello: syncproto.Hello{Session: []byte{1}}})
	must(t, err)
	r := httptest.NewRequest(http.MethodPost, synchttp.PathSync, bytes.NewReader(body))
	r.Header.Set("Content-Type", syncproto.ContentType)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	_, err = syncproto.DecodeAnswer(w.Body.Bytes(), syncproto.RequestID{5}, &syncproto.SyncResponse{})
	wants(t, err, syncproto.Transient, syncproto.CodeInternal)
	if w.Code != http.StatusServiceUnavailable || strings.Contains(w.Body.String(), "secret") || w.Header().Get("Cache-Control") != "no-store, no-transform" {
		t.Fatalf("%d %q %v", w.Code, w.Body, w.Header())
	}
}

type broken struct{ synchttp.Portal }

func (broken) Sync(context.Context, syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	return syncproto.SyncResponse{}, errors.New("secret detail of the store")
}

func TestAuthorityRoundTrip(t *testing.T) {
	a, err := synchttp.NewAuthority("Bến Đò", time.Now())
	must(t, err)
	key, err := a.KeyPEM()
	must(t, err)
	b, err := synchttp.LoadAuthority(a.CertPEM(), key)
	must(t, err)
	if b.Pin() != a.Pin() {
		t.Fatal("another pin after loading")
	}
	must(t, synchttp.CheckPin(a.CertPEM(), a.Pin()))
	other, err := synchttp.NewAuthority("other", time.Now())
	must(t, err)
	if _, err := synchttp.LoadAuthority(other.CertPEM(), key); err == nil {
		t.Fatal("a key was taken for another CA")
	}
	if synchttp.CheckPin(other.CertPEM(), a.Pin()) == nil {
		t.Fatal("another CA has the pin")
	}
	if _, err := synchttp.ClientTLS(synchttp.Trust{}, time.Now, false); err == nil {
		t.Fatal("a client that trusts nobody was made")
	}
	cert, err := a.Issue(time.Now())
	must(t, err)
	if cfg := synchttp.ServerTLS(func() (*tls.Certificate, error) { return cert, nil }); cfg.MinVersion != tls.VersionTLS13 {
		t.Fatal("TLS below 1.3")
	}
}

func TestNewRefusesAddresses(t *testing.T) {
	for _, base := range []string{"", "portal", "http://portal:1", "https://", "https://portal/path", "ftp://portal"} {
		if _, err := synchttp.New(synchttp.Config{Base: base, Trust: synchttp.Trust{Pin: &syncproto.Pin{}}}); err == nil {
			t.Errorf("%q was taken", base)
		}
	}
}
