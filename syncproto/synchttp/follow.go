package synchttp

import (
	"context"
	"sync"
	"time"

	"bendo/syncproto"
)

// followers are first pieces of scans that came right behind a greeting, before its answer.
// A device that has to wait for a session wastes a round trip of the line each time it
// connects; so it names the greeting its piece follows (in Bendo-Follows), and the piece is
// held here, unread, until the portal has answered that greeting. Nothing of it is stored
// before the device has proved who it is and the event that names the scan is durable.
//
// A request id is 16 random bytes that only this device and the portal know, and it works for
// followFor. What is held is bounded: pieces of one greeting, all pieces, and the time. One
// that came to another process, or too early, is told to say a session.
type followers struct {
	mu     sync.Mutex
	greets map[syncproto.RequestID]*greeting // guarded by mu
	held   int                               // pieces that wait; guarded by mu
}

type greeting struct {
	answered chan struct{} // closed by answer
	session  []byte        // empty: refused
	blobs    uint64        // the blob session of the welcome
	held     int           // guarded by followers.mu
}

const (
	followFor  = 10 * time.Second // a piece waits, and an answered greeting is remembered
	mostGreets = 1 << 14
	mostHold   = 1 << 10 // pieces held of all devices
	mostFollow = 4       // of one greeting
)

var notFollowed = syncproto.NewProblem(syncproto.Correction, syncproto.CodeSession, "the greeting this follows is not known here")

// of gives the entry of a greeting, which either side may make first; nil when there are too many.
// mu is held.
func (f *followers) of(id syncproto.RequestID) *greeting {
	g := f.greets[id]
	if g != nil || len(f.greets) >= mostGreets {
		return g
	}
	if f.greets == nil {
		f.greets = map[syncproto.RequestID]*greeting{}
	}
	g = &greeting{answered: make(chan struct{})}
	f.greets[id] = g
	return g
}

// answer tells those who follow a greeting how it was answered, and remembers it for a while for
// those who come late.
func (f *followers) answer(req *syncproto.SyncRequest, resp *syncproto.SyncResponse, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.of(req.ID)
	if g == nil {
		return
	}
	select {
	case <-g.answered:
		return // a copied request: the first one counts
	default:
	}
	if w := resp.Welcome; err == nil && w != nil && w.BlobSession > 0 {
		g.blobs, g.session = w.BlobSession, w.Session
		if len(g.session) == 0 {
			g.session = req.Hello.Session
		}
	}
	close(g.answered)
	time.AfterFunc(followFor, func() { f.forget(req.ID, g) })
}

func (f *followers) forget(id syncproto.RequestID, g *greeting) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.greets[id] == g {
		delete(f.greets, id)
	}
}

// hold notes that a piece waits for a greeting; nil when too many do.
func (f *followers) hold(id syncproto.RequestID) *greeting {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.held >= mostHold {
		return nil
	}
	g := f.of(id)
	if g == nil || g.held >= mostFollow {
		return nil
	}
	g.held++
	f.held++
	return g
}

// wait gives what the greeting brought.
func (f *followers) wait(ctx context.Context, id syncproto.RequestID) (session []byte, blobs uint64, err error) {
	g := f.hold(id)
	if g == nil {
		return nil, 0, notFollowed
	}
	limit := time.NewTimer(followFor)
	defer limit.Stop()
	select {
	case <-g.answered:
	case <-limit.C:
	case <-ctx.Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held--
	g.held--
	select {
	case <-g.answered:
	default:
		if g.held == 0 && f.greets[id] == g { // nobody greeted, or the greeting is still at work: it makes its own
			delete(f.greets, id)
		}
		return nil, 0, notFollowed
	}
	if len(g.session) == 0 {
		return nil, 0, notFollowed
	}
	return g.session, g.blobs, nil
}
