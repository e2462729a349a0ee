package synchttp

import (
	"bytes"
	"context"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
	"time"
)

// urgency lets the bodies of scans step aside while what is urgent is being given to the
// line. Two requests of one connection take turns frame by frame, and what is urgent is
// three frames and more: behind each of them would go a part of a scan.
type urgency struct {
	mu   sync.Mutex
	n    int
	over chan struct{} // closed when none is left; nil when none is; guarded by mu
}

// yieldFor bounds the stepping aside: what is urgent may itself wait, for a window or a dead line.
const yieldFor = 5 * time.Second

// begin notes that something urgent has its connection; end, which may be called again, that it was given to it.
func (u *urgency) begin() (end func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.n++; u.over == nil {
		u.over = make(chan struct{})
	}
	return sync.OnceFunc(func() {
		u.mu.Lock()
		defer u.mu.Unlock()
		if u.n--; u.n == 0 {
			close(u.over)
			u.over = nil
		}
	})
}

// wait returns when nothing urgent is under way, done is closed or it took too long.
func (u *urgency) wait(done <-chan struct{}) {
	var limit <-chan time.Time
	for {
		u.mu.Lock()
		over := u.over
		u.mu.Unlock()
		if over == nil {
			return
		}
		if limit == nil {
			t := time.NewTimer(yieldFor)
			defer t.Stop()
			limit = t.C
		}
		select {
		case <-over:
		case <-done:
			return
		case <-limit:
			return
		}
	}
}

// urgent marks a request as urgent from when it has its connection (a request of HTTP/1.1
// may wait for one that a scan holds) until it was written.
func (c *conns) urgent(ctx context.Context) (_ context.Context, end func()) {
	var mu sync.Mutex
	release := func() {}
	over := false
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
			GotConn: func(httptrace.GotConnInfo) {
				mu.Lock()
				defer mu.Unlock()
				if !over {
					release()
					release = c.urgency.begin()
				}
			},
			WroteRequest: func(httptrace.WroteRequestInfo) {
				mu.Lock()
				defer mu.Unlock()
				release()
			},
		}), func() {
			mu.Lock()
			defer mu.Unlock()
			over = true
			release()
		}
}

// small gives a body in parts: each becomes a frame and a record of its own, so that of a
// piece that is cut off most of what arrived can be read.
type small struct {
	r    *bytes.Reader
	part int

	urgency *urgency        // nil: gives way to nothing
	done    <-chan struct{} // of the request
	given   *atomic.Int64   // nil: not counted
}

func (s *small) Read(p []byte) (int, error) {
	if s.urgency != nil {
		s.urgency.wait(s.done)
	}
	n, err := s.r.Read(p[:min(len(p), s.part)])
	if s.given != nil {
		s.given.Add(int64(n))
	}
	return n, err
}

const (
	leastPart   = 1 << 10
	carefulPart = 4 << 10
	steadyPart  = 8 << 10
	largePart   = 16 << 10
	largeBody   = 40 << 10
	briskPart   = 8 // parts of a body at least, while somebody files
)

// partOf is the size of the parts of a body. Each costs 31 bytes. On a line that was cut lately
// they are smaller, because of the last one nothing can be read when the line goes; and while
// somebody files each takes a fraction of a second of the line, because what is urgent waits for
// the one that is being written.
func partOf(size int, m manner) int {
	part := steadyPart
	switch {
	case size > largeBody:
		part = largePart
	case m != steady:
		part = carefulPart
	}
	if m == brisk {
		part = min(part, max(size/briskPart, leastPart))
	}
	return part
}
