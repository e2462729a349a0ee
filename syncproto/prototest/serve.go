package prototest

import (
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"bendo/syncproto/synchttp"
)

// newStream is a reproducible stream of bytes (SHA-256 in counter mode).
func newStream(seed string) io.Reader { return &stream{seed: sha256.Sum256([]byte(seed))} }

type stream struct {
	mu   sync.Mutex
	seed [32]byte
	n    uint64
	left []byte
}

func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range p {
		if len(s.left) == 0 {
			h := sha256.Sum256(binary.BigEndian.AppendUint64(s.seed[:len(s.seed):len(s.seed)], s.n))
			s.n, s.left = s.n+1, h[:]
		}
		p[i], s.left = s.left[0], s.left[1:]
	}
	return len(p), nil
}

// Server is a portal listening on a loopback port with a certificate of its CA.
type Server struct {
	URL  string
	http *http.Server
	done chan struct{}
}

// Listen serves a portal until Close; wrap changes the handler (nil: not).
func Listen(p synchttp.Portal, ca *synchttp.Authority, wrap func(http.Handler) http.Handler) (*Server, error) {
	cert, err := ca.Issue(time.Now())
	if err != nil {
		return nil, err
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := synchttp.Handler(p, synchttp.Options{})
	if wrap != nil {
		h = wrap(h)
	}
	tlsConfig := synchttp.ServerTLS(func() (*tls.Certificate, error) { return cert, nil })
	s := &Server{URL: "https://" + ln.Addr().String(), done: make(chan struct{}),
		http: synchttp.NewServer(h, tlsConfig, log.New(io.Discard, "", 0))}
	go func() {
		defer close(s.done)
		if err := s.http.ServeTLS(synchttp.Gather(ln), "", ""); !errors.Is(err, http.ErrServerClosed) {
			panic(err)
		}
	}()
	return s, nil
}

// Close ends the server and waits for its goroutine.
func (s *Server) Close() {
	_ = s.http.Close()
	<-s.done
}
