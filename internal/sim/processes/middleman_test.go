package processes

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// middleman is whatever stands between an office and the province: a line, or somebody else who
// answers. Changing it ends the connections that are open.
type middleman struct {
	listener net.Listener
	cert     tls.Certificate // of another CA
	through  atomic.Int64    // bytes from the office that were passed on
	opened   atomic.Int64    // connections that were passed on

	mu    sync.Mutex
	next  string // where connections go …
	how   string // … or what answers them
	conns map[net.Conn]bool
	work  sync.WaitGroup
}

// The ways in which somebody who is not the province answers.
var impostors = []string{"a page with 200", "a redirect", "status 511", "another CA", "no TLS", "silence", "slowly", "a reset", "an echo"}

func newMiddleman(t *testing.T, next string) *middleman {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &middleman{listener: l, next: next, cert: foreignCert(t), conns: map[net.Conn]bool{}}
	done := make(chan struct{})
	go func() { // until the listener closes
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			m.work.Go(func() { m.serve(c) })
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
		m.change("", "closed")
		m.work.Wait()
	})
	return m
}

func (m *middleman) addr() string { return m.listener.Addr().String() }

// change: from now on connections go to next, or how answers them. It returns how many were passed
// on until then: each of them is cut, with what was on its way.
func (m *middleman) change(next, how string) (cut int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.how == "" {
		cut = int64(len(m.conns)) / 2 // both ends of each are in the map
	}
	m.next, m.how = next, how
	for c := range m.conns {
		c.Close()
	}
	return cut
}

func (m *middleman) keep(c net.Conn) (next, how string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.conns[c] = true
	return m.next, m.how
}

func (m *middleman) drop(c net.Conn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.conns, c)
	c.Close()
}

func (m *middleman) serve(c net.Conn) {
	next, how := m.keep(c)
	defer m.drop(c)
	switch how {
	case "":
		m.pass(c, next)
	case "closed", "a reset":
		if tcp, ok := c.(*net.TCPConn); ok {
			tcp.SetLinger(0)
		}
	case "silence":
		io.Copy(io.Discard, c)
	case "slowly": // reads a byte now and then, answers never
		for buf := make([]byte, 1); ; time.Sleep(200 * time.Millisecond) {
			if _, err := c.Read(buf); err != nil {
				return
			}
		}
	case "an echo":
		io.Copy(c, c)
	case "another CA":
		s := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{m.cert}})
		if s.Handshake() == nil {
			answer(s, how)
		}
	default:
		answer(c, how)
	}
}

// answer is a network that wants somebody to sign in.
func answer(c net.Conn, how string) {
	buf := make([]byte, 16<<10)
	if _, err := c.Read(buf); err != nil {
		return
	}
	const page = "<html><body>Vui lòng đăng nhập</body></html>"
	status := map[string]string{"a redirect": "302 Found\r\nLocation: http://login.invalid/", "status 511": "511 Network Authentication Required"}[how]
	if status == "" {
		status = "200 OK"
	}
	fmt.Fprintf(c, "HTTP/1.1 %s\r\nContent-Type: text/html\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(page), page)
}

func (m *middleman) pass(c net.Conn, next string) {
	far, err := net.Dial("tcp", next)
	if err != nil {
		return
	}
	m.keep(far)
	defer m.drop(far)
	m.opened.Add(1)
	back := make(chan struct{})
	go func() {
		defer close(back)
		io.Copy(c, far)
		c.Close()
	}()
	io.Copy(counting{far, &m.through}, c)
	far.Close()
	<-back
}

type counting struct {
	io.Writer
	n *atomic.Int64
}

func (c counting) Write(p []byte) (int, error) {
	n, err := c.Writer.Write(p)
	c.n.Add(int64(n))
	return n, err
}

// foreignCert is for the portal's name, from a CA nobody trusts.
func foreignCert(t *testing.T) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "portal.bendo.invalid"}, DNSNames: []string{"portal.bendo.invalid"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
