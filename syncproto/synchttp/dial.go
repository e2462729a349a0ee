package synchttp

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// The times of the road, all measured on bad lines (see PROTOCOL.md, Timeouts).
const (
	DialTimeout = 8 * time.Second
	TLSTimeout  = 15 * time.Second
	// userTimeout is how long the kernel may go on sending without an answer.
	userTimeout = 25 * time.Second
	// notSent bounds what waits unsent in the kernel: an urgent message must not
	// queue behind what is already written. A write is let in below it, so that at most
	// this and one frame wait.
	notSent                = 4 << 10
	pingAfter, pingTimeout = 20 * time.Second, 10 * time.Second
	// warm keeps a connection between two polls five minutes apart.
	warm = 6 * time.Minute
)

// DialFunc opens the connection under TLS.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Dial is the ordinary way: short limits, keep-alive 20/5/3, and where the system
// has them a user timeout and a small unsent queue.
func Dial(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{
		Timeout:         DialTimeout,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 20 * time.Second, Interval: 5 * time.Second, Count: 3},
		Control:         tuneSocket,
	}
	return d.DialContext(ctx, network, address)
}

// conns remembers the open connections of a client, so that a deadline can close
// the connection and not only the request: cancelling an h2 stream leaves the
// dead connection in the pool, to be used again.
type conns struct {
	dial           DialFunc
	limit          time.Duration
	brisk, careful atomic.Bool   // how scans are given to the line, see manner
	shared         atomic.Bool   // the connection speaks HTTP/2
	given          *atomic.Int64 // bytes of scans that were handed to the kernel

	urgency urgency

	mu      sync.Mutex
	open    map[*conn]struct{}           // guarded by mu
	dialing map[*context.CancelFunc]bool // dials under way; false: given up; guarded by mu
}

func newConns(dial DialFunc, limit time.Duration, given *atomic.Int64) *conns {
	return &conns{dial: dial, limit: limit, given: given, open: map[*conn]struct{}{}, dialing: map[*context.CancelFunc]bool{}}
}

type conn struct {
	net.Conn
	owner *conns
	gone  chan struct{} // closed by Close
	once  sync.Once
	gate  gate
}

func (c *conn) Close() error {
	c.once.Do(func() { close(c.gone) })
	c.owner.mu.Lock()
	delete(c.owner.open, c)
	c.owner.mu.Unlock()
	return c.Conn.Close()
}

func (c *conns) dialContext(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, c.limit)
	defer cancel()
	c.mu.Lock()
	c.dialing[&cancel] = true
	c.mu.Unlock()
	nc, err := c.dial(ctx, network, address)
	if tcp, is := nc.(*net.TCPConn); is && err == nil {
		if _, ok := gauge(tcp); !ok {
			_ = tcp.SetWriteBuffer(sendBuffer)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	wanted := c.dialing[&cancel]
	delete(c.dialing, &cancel)
	if err != nil {
		return nil, err
	}
	if !wanted {
		_ = nc.Close()
		return nil, context.Canceled
	}
	out := &conn{Conn: nc, owner: c, gone: make(chan struct{})}
	c.open[out] = struct{}{}
	return out, nil
}

// closeAll closes every open connection; what runs on one fails at once, and what its
// kernel holds goes nowhere any more.
func (c *conns) closeAll() {
	c.mu.Lock()
	all := make([]*conn, 0, len(c.open))
	for x := range c.open {
		all = append(all, x)
	}
	for cancel := range c.dialing {
		c.dialing[cancel] = false
		(*cancel)()
	}
	c.mu.Unlock()
	for _, x := range all {
		if tcp, ok := x.Conn.(interface{ SetLinger(sec int) error }); ok {
			_ = tcp.SetLinger(0)
		}
		_ = x.Close()
	}
}

// Config of a client.
type Config struct {
	Base  string // https://host:port; any host name, any address
	Trust Trust
	// Now is the trusted clock: the signed floor plus monotonic time, never below
	// the build time. nil means the machine's clock.
	Now   func() time.Time
	Dial  DialFunc                              // nil: Dial
	Proxy func(*http.Request) (*url.URL, error) // nil: none
	HTTP1 bool                                  // connections of HTTP/1.1 instead of one of HTTP/2
}

func newHTTP(cfg Config, c *conns, anyTime bool) (*http.Client, error) {
	tlsConfig, err := ClientTLS(cfg.Trust, cfg.Now, anyTime)
	if err != nil {
		return nil, err
	}
	tlsConfig.DynamicRecordSizingDisabled = true // see small
	verify := tlsConfig.VerifyConnection
	tlsConfig.VerifyConnection = func(cs tls.ConnectionState) error {
		c.shared.Store(cs.NegotiatedProtocol == "h2")
		return verify(cs)
	}
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(!cfg.HTTP1)
	if cfg.HTTP1 {
		tlsConfig.NextProtos = []string{"http/1.1"}
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:                  cfg.Proxy,
			DialContext:            c.dialContext,
			TLSClientConfig:        tlsConfig,
			TLSHandshakeTimeout:    TLSTimeout,
			DisableCompression:     true,
			MaxIdleConnsPerHost:    4,
			MaxConnsPerHost:        4, // HTTP/1.1: a waiting feed, two appends, and what is urgent
			IdleConnTimeout:        warm,
			MaxResponseHeaderBytes: 16 << 10,
			Protocols:              &protocols,
			HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout, WriteByteTimeout: userTimeout},
		},
		// A redirect is never followed: it is the mark of a captive portal.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}
