package synchttp

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"
	"net/http"
	"sync"
	"time"

	"bendo/syncproto"
)

// appends knows which connections are appending. A blob has one writer at a
// time. A newer session takes over from an older one at once: the older body's
// read is made to fail, its handler stores what it got and leaves, the newer one
// goes on from there. Appends of one session to one blob follow one another. No
// lock outlives its connection, so nobody ever waits for a ghost.
type appends struct {
	limit int // open appends of one device

	mu        sync.Mutex
	open      map[appendKey]*slot        // guarded by mu
	perDevice map[syncproto.DeviceID]int // guarded by mu
	left      map[appendKey]*waiting     // for the next append that did something; guarded by mu
}

type appendKey struct {
	device syncproto.DeviceID
	blob   syncproto.BlobKey
}

type slot struct {
	key     appendKey
	session uint64
	rc      *http.ResponseController
	done    chan struct{} // closed by leave

	mu    sync.Mutex
	taken bool // guarded by mu: a newer session wants the blob
}

// enter waits until this append is the blob's only writer.
func (a *appends) enter(ctx context.Context, ap Append, rc *http.ResponseController) (*slot, error) {
	key := appendKey{ap.Device, ap.Key}
	if err := a.count(ap.Device); err != nil {
		return nil, err
	}
	for {
		mine, other, err := a.claim(key, ap.Session, rc)
		if mine != nil {
			return mine, nil
		}
		if err != nil {
			a.uncount(ap.Device)
			return nil, err
		}
		if other.session < ap.Session {
			other.takeOver()
		}
		select {
		case <-other.done:
		case <-ctx.Done():
			a.uncount(ap.Device)
			return nil, ctx.Err()
		}
	}
}

func (a *appends) count(d syncproto.DeviceID) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.perDevice == nil {
		a.perDevice = map[syncproto.DeviceID]int{}
		a.open, a.left = map[appendKey]*slot{}, map[appendKey]*waiting{}
	}
	// Twice the limit: those of a dead connection may still stand beside the new.
	if a.perDevice[d] >= 2*a.limit {
		return &syncproto.Problem{Kind: syncproto.Limit, Code: syncproto.CodeRate, Detail: "too many appends at once", RetryAfterS: 1}
	}
	a.perDevice[d]++
	return nil
}

func (a *appends) uncount(d syncproto.DeviceID) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.uncountLocked(d)
}

func (a *appends) uncountLocked(d syncproto.DeviceID) {
	if a.perDevice[d]--; a.perDevice[d] <= 0 {
		delete(a.perDevice, d)
	}
}

// claim takes the blob when nobody has it, else names who has.
func (a *appends) claim(key appendKey, session uint64, rc *http.ResponseController) (mine, other *slot, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	other = a.open[key]
	if other == nil {
		mine = &slot{key: key, session: session, rc: rc, done: make(chan struct{})}
		a.open[key] = mine
		return mine, nil, nil
	}
	if other.session > session {
		p := syncproto.NewProblem(syncproto.Correction, syncproto.CodeBlobSession, "a newer session writes this blob")
		p.Value = other.session
		return nil, nil, p
	}
	return nil, other, nil
}

// waiting is a crowd of appends that came before the one they continue.
type waiting struct {
	n    int
	done chan struct{}
}

// leave gives the blob up and tells whether a newer session asked for it. With gap it did
// nothing, and gets what will be closed when an append that did leaves.
func (a *appends) leave(s *slot, gap bool) (taken bool, next *waiting) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.open, s.key)
	a.uncountLocked(s.key.device)
	close(s.done)
	s.mu.Lock()
	defer s.mu.Unlock()
	w := a.left[s.key]
	switch {
	case gap && !s.taken: // under the same lock as entering: whoever comes next is heard
		if w == nil {
			w = &waiting{done: make(chan struct{})}
			a.left[s.key] = w
		}
		w.n++
		return false, w
	case w != nil:
		close(w.done)
		delete(a.left, s.key)
	}
	return s.taken, nil
}

// waited ends the waiting for the next append of a blob.
func (a *appends) waited(k appendKey, w *waiting) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if w.n--; w.n == 0 && a.left[k] == w {
		delete(a.left, k)
	}
}

// interrupt ends what older connections of a device still append, so that the answer to
// its new greeting tells all that arrived. It waits a moment for them to store it.
func (a *appends) interrupt(ctx context.Context, d syncproto.DeviceID) {
	a.mu.Lock()
	var ghosts []*slot
	for k, s := range a.open {
		if k.device == d {
			ghosts = append(ghosts, s)
		}
	}
	a.mu.Unlock()
	if len(ghosts) == 0 {
		return
	}
	limit := time.NewTimer(interruptWait)
	defer limit.Stop()
	for _, s := range ghosts {
		s.takeOver()
	}
	for _, s := range ghosts {
		select {
		case <-s.done:
		case <-limit.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

const (
	interruptWait = time.Second
	// gapWait is how long an append or a batch waits for the one before it, which was sent
	// earlier on the same line and may merely be handled later here.
	gapWait = time.Second
)

func (s *slot) takeOver() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken = true
	// Fails only where the writer has no deadlines (a test recorder): then the
	// reader sees taken at its next read.
	_ = s.rc.SetReadDeadline(time.Unix(1, 0))
}

// slotReader reads a body that a newer session may take away at any moment.
type slotReader struct {
	slot *slot
	body io.Reader
	idle time.Duration

	begun bool
}

func (r *slotReader) Read(p []byte) (int, error) {
	r.begun = true
	r.slot.mu.Lock()
	if r.slot.taken {
		r.slot.mu.Unlock()
		return 0, syncproto.NewProblem(syncproto.Transient, syncproto.CodeSuperseded, "taken over")
	}
	// Under the lock: a deadline of ours must not overwrite that of takeOver.
	_ = r.slot.rc.SetReadDeadline(time.Now().Add(r.idle))
	r.slot.mu.Unlock()
	return r.body.Read(p)
}

// idleReader gives up a body that stands still.
type idleReader struct {
	r    io.Reader
	rc   *http.ResponseController
	idle time.Duration
}

func (r *idleReader) Read(p []byte) (int, error) {
	_ = r.rc.SetReadDeadline(time.Now().Add(r.idle))
	return r.r.Read(p)
}

// chunk delivers exactly n bytes and then io.EOF if they have the digest that was
// announced, else ErrBadChunk. A body that ends early fails with
// io.ErrUnexpectedEOF: its bytes are kept, the digest of the whole blob will tell.
type chunk struct {
	r    io.Reader
	left int64
	h    hash.Hash
	want [32]byte
}

func newChunk(r io.Reader, n int64, want [32]byte) *chunk {
	return &chunk{r: r, left: n, h: sha256.New(), want: want}
}

func (c *chunk) Read(p []byte) (int, error) {
	if c.left == 0 {
		if [32]byte(c.h.Sum(nil)) != c.want {
			return 0, syncproto.NewProblem(syncproto.Transient, syncproto.CodeBadChunk, "bytes do not have the announced digest")
		}
		return 0, io.EOF
	}
	if int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.r.Read(p)
	c.h.Write(p[:n])
	c.left -= int64(n)
	if err == io.EOF {
		err = nil
		if c.left > 0 {
			err = io.ErrUnexpectedEOF
		}
	}
	return n, err
}
