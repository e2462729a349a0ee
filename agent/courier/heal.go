package courier

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"
	"time"

	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// Healer is what a book can do beyond carrying: lead a restored portal back to what
// both share, compare logs of earlier epochs, and be rebuilt from the province. A book
// that is none (of a simulation) is carried without. *ledger.Book satisfies it.
type Healer interface {
	// Trail gives ends of pages, the newest first.
	Trail(ctx context.Context, limit int) ([]syncproto.Cursor, error)
	// Unsettled: a log of an earlier epoch is not confirmed, or events are still to come back.
	// Rebuilt notes that all were compared.
	Unsettled(ctx context.Context) (bool, error)
	LogAt(ctx context.Context, l syncproto.LogID) (next uint64, head syncproto.Digest, err error)
	FreezeLog(ctx context.Context, epoch uint32) error
	Rejoin(ctx context.Context, ack syncproto.Ack) error
	Rebuilt(ctx context.Context) error
	AwayScans(ctx context.Context, after syncproto.BlobKey, limit int) ([]ledger.Away, int, error)
	TakeScan(ctx context.Context, a ledger.Away, off int64, p []byte) (int64, error)
}

// reader is the part of a road that brings scans back.
type reader interface {
	ReadBlob(ctx context.Context, id syncproto.RequestID, session []byte, key syncproto.BlobKey, off int64, n int) ([]byte, int64, error)
}

// shown is what a hello tells beyond the ordinary, guarded by Exchange.mu.
type shown struct {
	enrolled bool                // the portal does not know us: show its own word for us
	fork     *syncproto.LogState // of this log, which only we can see
	trail    bool                // the feed's history is another: show where our pages end
}

// tell adds to a hello what the portal cannot know by itself.
func (s shown) tell(h *syncproto.Hello, log ledger.LogState, id ledger.Identity, key ed25519.PrivateKey) {
	h.Fork = s.fork
	if own := (syncproto.LogState{Epoch: log.Log.Epoch, Next: log.Next, Head: log.Head}); h.Fork != nil {
		h.Log = &own
	} else if log.Frozen && (h.Fresh || len(h.Session) == 0) {
		// The grant that came with the freeze was lost before its epoch began: the line went in the
		// replay, or the power. Of two living copies the portal would not see it again by itself.
		h.Fork, h.Log = &own, &own
	}
	if s.enrolled && len(h.Session) == 0 {
		h.Enrolled, h.Key = id.Enrolled, key.Public().(ed25519.PublicKey)
	}
}

// trail is asked for when the feed's history at the portal is another than ours.
func (x *Exchange) trail(ctx context.Context) ([]syncproto.Cursor, error) {
	book, ok := x.Book.(Healer)
	x.mu.Lock()
	wanted := x.shown.trail
	x.mu.Unlock()
	if !ok || !wanted {
		return nil, nil
	}
	return book.Trail(ctx, syncproto.MaxTrail)
}

// forkedBelow notes a fork that the portal cannot see by itself: one below its end, and
// in a warm session one where it is ahead, because there a short log may be a request that
// was overtaken on the way.
func (x *Exchange) forkedBelow(ctx context.Context, log ledger.LogState, a syncproto.Ack) {
	if a.Log != log.Log {
		return
	}
	ours := syncproto.LogState{Epoch: a.Log.Epoch, Next: min(a.Applied+1, log.Next), Head: log.Head}
	if ours.Next < log.Next {
		var err error
		if ours.Head, err = x.Book.HeadAt(ctx, log.Log.Epoch, a.Applied); err != nil {
			return
		}
	}
	x.mu.Lock()
	x.shown.fork = &ours
	x.mu.Unlock()
}

const (
	settleEvery  = 3 * time.Second  // how often the book is asked for something to settle
	settlePause  = 20 * time.Second // after the portal could not answer, or its answer did not help; it doubles …
	settleRarely = 5 * time.Minute  // … up to this
	scanPiece    = 64 << 10
)

// settleAll runs beside the session and ends with ctx. It uses a connection of its own
// and only moments in which nothing new waits to be sent.
func (c *Courier) settleAll(ctx context.Context) error {
	book, ok := c.Exchange.Book.(Healer)
	if !ok {
		return nil
	}
	s := NewSettler(c.Exchange, book, sleep)
	defer s.Close()
	s.told = func(l syncproto.LogID, err error) {
		c.Log.Error("an earlier log cannot be settled; what is new is carried on; call provincial IT", "epoch", l.Epoch, "error", err)
	}
	for {
		pause, err := s.Step(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		if sleep(ctx, pause) != nil {
			return nil
		}
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Settler brings back what the province has and this book has not. Every step is
// durable by itself: whoever is interrupted goes on where the book stands.
type Settler struct {
	x     *Exchange
	book  Healer
	road  Road
	pause func(ctx context.Context, d time.Duration) error
	last  syncproto.BlobKey // the last scan that the portal could not give
	vain  int               // steps that did not help, in a row

	stuck map[syncproto.LogID]bool // logs that cannot be settled, each told once …
	told  func(syncproto.LogID, error)
}

// NewSettler makes one on a connection of its own, which Close ends; pause waits.
func NewSettler(x *Exchange, book Healer, pause func(ctx context.Context, d time.Duration) error) *Settler {
	return &Settler{x: x, book: book, road: x.Road.Another(dialTime), pause: pause}
}

// Close ends the connection.
func (s *Settler) Close() { s.road.CloseConnections() }

// Step does one thing, if it is time for one, and says when to come again. What the
// portal or the line refuses is a longer pause; the error is of the book, or of ctx.
func (s *Settler) Step(ctx context.Context) (again time.Duration, err error) {
	worked, err := s.step(ctx)
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case syncproto.ProblemOf(err) != nil:
		s.road.CloseConnections()
		s.vain = min(s.vain+1, 5)
		return min(settlePause<<(s.vain-1), settleRarely), nil
	case err != nil:
		return 0, err
	}
	s.vain = 0
	if worked {
		return 0, nil
	}
	return settleEvery, nil
}

func (s *Settler) step(ctx context.Context) (worked bool, err error) {
	s.x.mu.Lock()
	session := s.x.session
	s.x.mu.Unlock()
	if len(session) == 0 {
		return false, nil
	}
	busy, err := s.busy(ctx)
	if err != nil || busy {
		return false, err
	}
	open, err := s.book.Unsettled(ctx)
	if err != nil {
		return false, err
	}
	if !open {
		return s.scan(ctx, session)
	}
	if err := s.logs(ctx, session); err != nil {
		return false, err
	}
	if open, err = s.book.Unsettled(ctx); !open || err != nil {
		return true, err
	}
	if err := s.scans(ctx, session); err != nil { // a log that cannot be settled keeps no scan away
		return false, err
	}
	return false, syncproto.NewProblem(syncproto.Transient, syncproto.CodeNoProgress, "the logs are compared and not settled")
}

// scans fetches every scan that is away and can be had. Between two pieces new work may go first.
func (s *Settler) scans(ctx context.Context, session []byte) error {
	for {
		worked, err := s.scan(ctx, session)
		if err != nil || !worked {
			return err
		}
		if err := s.giveWay(ctx); err != nil {
			return err
		}
	}
}

// busy: something new goes first.
func (s *Settler) busy(ctx context.Context) (bool, error) {
	log, err := s.x.Book.LogState(ctx)
	if err != nil || log.Frozen {
		return true, err
	}
	return log.Next-1 > log.Acked, nil
}

// logs compares every log of the book but the present one with the province's.
func (s *Settler) logs(ctx context.Context, session []byte) error {
	list, err := s.ask(ctx, session, syncproto.ReplayRequest{})
	if err != nil {
		return err
	}
	id, err := s.x.Book.Identity(ctx)
	if err != nil {
		return err
	}
	for _, l := range list.Logs {
		if l.Log == (syncproto.LogID{Device: id.Device, Epoch: id.Epoch}) {
			continue
		}
		if err := s.settleOne(ctx, session, id, l); err != nil {
			return err
		}
	}
	if err := s.forgotten(ctx, session, id, list.Logs); err != nil {
		return err
	}
	if len(s.stuck) > 0 {
		return nil // what such a log lacks is still to come back
	}
	return s.book.Rebuilt(ctx)
}

// forgotten settles logs of this machine that the portal does not list: one that was
// restored from a backup knows nothing of an epoch it granted and ended since. Asked for
// such a log by name it signs that it has nothing of it, and the events are appended anew.
func (s *Settler) forgotten(ctx context.Context, session []byte, id ledger.Identity, listed []syncproto.ReplayLog) error {
	for epoch := uint32(1); epoch < id.Epoch; epoch++ {
		l := syncproto.LogID{Device: id.Device, Epoch: epoch}
		if slices.ContainsFunc(listed, func(r syncproto.ReplayLog) bool { return r.Log == l }) {
			continue
		}
		next, _, err := s.book.LogAt(ctx, l)
		if errors.Is(err, ledger.ErrOtherIdentity) || err == nil && next == 1 {
			continue // of the machine this one replaced, or nothing was written in it
		}
		if err != nil {
			return err
		}
		resp, err := s.ask(ctx, session, syncproto.ReplayRequest{Log: l, From: 1})
		if err != nil {
			return fmt.Errorf("asking for log %s: %w", l, err)
		}
		for _, r := range resp.Logs {
			if r.Log != l {
				continue
			}
			if err := s.settleOne(ctx, session, id, r); err != nil {
				return err
			}
		}
	}
	return nil
}

// settleOne is settle, but for a log that cannot be settled: it is told once and tried
// again rarely, and stands in nobody's way.
func (s *Settler) settleOne(ctx context.Context, session []byte, id ledger.Identity, l syncproto.ReplayLog) error {
	err := s.settle(ctx, session, id, l)
	switch {
	case err == nil:
		delete(s.stuck, l.Log)
		return nil
	case syncproto.ProblemOf(err) != nil || !unsettleable(err):
		return fmt.Errorf("settling log %s: %w", l.Log, err)
	}
	if !s.stuck[l.Log] && s.told != nil {
		s.told(l.Log, err)
	}
	if s.stuck == nil {
		s.stuck = map[syncproto.LogID]bool{}
	}
	s.stuck[l.Log] = true
	return nil
}

// unsettleable: what this log and the portal's have in common does not suffice.
func unsettleable(err error) bool {
	for _, e := range []error{ledger.ErrFork, ledger.ErrLacking, ledger.ErrNotFound, ledger.ErrCursor, ledger.ErrDamaged, seal.ErrErased} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// settle takes back what this book lacks of a log, then takes the portal's word for it.
func (s *Settler) settle(ctx context.Context, session []byte, id ledger.Identity, l syncproto.ReplayLog) error {
	if l.Ack == nil {
		return syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "the portal gives no ack of %s", l.Log)
	}
	if err := l.Ack.Verify(id.PortalKey); err != nil || l.Ack.Log != l.Log {
		return syncproto.NewProblem(syncproto.Intercepted, syncproto.CodeUnsigned, "ack of %s", l.Log)
	}
	next, _, err := s.book.LogAt(ctx, l.Log)
	if err != nil {
		return err
	}
	if next == 1 && l.Applied == 0 {
		return nil // nothing is in it, here or there
	}
	if err := s.replay(ctx, session, l, next); err != nil {
		return err
	}
	err = s.book.Rejoin(ctx, *l.Ack)
	if !errors.Is(err, ledger.ErrFork) && !errors.Is(err, ledger.ErrLacking) {
		return err
	}
	// The province has another end of this log (a restored or cloned disk): ours give
	// up their places and are appended to the present log.
	if err := s.book.FreezeLog(ctx, l.Log.Epoch); err != nil {
		return err
	}
	if err := s.replay(ctx, session, l, 1); err != nil {
		return err
	}
	return s.book.Rejoin(ctx, *l.Ack)
}

// replay takes back the events of a log from seq from on. Between two answers new work
// may go first.
func (s *Settler) replay(ctx context.Context, session []byte, l syncproto.ReplayLog, from uint64) error {
	for from <= l.Applied {
		if err := s.giveWay(ctx); err != nil {
			return err
		}
		resp, err := s.ask(ctx, session, syncproto.ReplayRequest{Log: l.Log, From: from, MaxBytes: 48 << 10})
		if err != nil {
			return err
		}
		next, err := s.x.takeReplay(ctx, s.book, l, from, resp.Batches)
		if errors.Is(err, errOtherChain) && from > 1 {
			return nil // our beginning is not the province's: Rejoin will say so
		}
		if err != nil {
			return err
		}
		if next == from {
			return syncproto.NewProblem(syncproto.Transient, syncproto.CodeNoProgress, "replay of %s stands at %d", l.Log, from)
		}
		from = next
	}
	return nil
}

func (s *Settler) giveWay(ctx context.Context) error {
	for {
		busy, err := s.busy(ctx)
		if err != nil || !busy {
			return err
		}
		if err := s.pause(ctx, settleEvery); err != nil {
			return err
		}
	}
}

func (s *Settler) ask(ctx context.Context, session []byte, req syncproto.ReplayRequest) (resp syncproto.ReplayResponse, err error) {
	id, err := s.x.Book.Identity(ctx)
	if err != nil {
		return resp, err
	}
	if req.ID, err = syncproto.NewRequestID(s.x.Random); err != nil {
		return resp, err
	}
	req.Book, req.Dicts = id.Book, s.x.dicts.IDs()
	ctx, cancel := context.WithTimeout(ctx, lastDeadline)
	defer cancel()
	return s.road.Replay(ctx, session, req)
}

// scan fetches one piece of one scan that is away.
func (s *Settler) scan(ctx context.Context, session []byte) (bool, error) {
	road, ok := s.road.(reader)
	if !ok {
		return false, nil
	}
	list, total, err := s.book.AwayScans(ctx, s.last, 1)
	if err != nil || total == 0 {
		return false, err
	}
	if len(list) == 0 {
		s.last = syncproto.BlobKey{} // from the beginning, after a pause
		return false, nil
	}
	a := list[0]
	id, err := syncproto.NewRequestID(s.x.Random)
	if err != nil {
		return false, err
	}
	call, cancel := context.WithTimeout(ctx, lastDeadline)
	defer cancel()
	p, size, err := road.ReadBlob(call, id, session, a.Key, a.Have, int(min(scanPiece, a.Length-a.Have)))
	if p := syncproto.ProblemOf(err); p != nil && (p.Code == syncproto.CodeForgotten || p.Code == syncproto.CodeNotYours) {
		s.last = a.Key // not whole there (yet); the others first
		return true, nil
	}
	if err != nil {
		return false, err
	}
	if size != a.Length || len(p) == 0 {
		s.last = a.Key
		return true, nil
	}
	_, err = s.book.TakeScan(context.WithoutCancel(ctx), a, a.Have, p)
	return true, err
}

// errOtherChain: a stored batch does not continue the chain this book has.
var errOtherChain = errors.New("the batch does not continue our chain")

// takeReplay takes batches that bring event from; one may begin before it.
func (x *Exchange) takeReplay(ctx context.Context, book Healer, l syncproto.ReplayLog, from uint64, batches []syncproto.Batch) (uint64, error) {
	for _, b := range batches {
		if b.First > from || b.First == 0 || b.Log != l.Log {
			return from, syncproto.NewProblem(syncproto.Version, syncproto.CodeFormat, "replay brings %s from %d, wanted %d", b.Log, b.First, from)
		}
		if b.Last() < from {
			continue
		}
		prev := syncproto.ChainStart(l.Log)
		if b.First > 1 {
			var err error
			if prev, err = x.Book.HeadAt(ctx, l.Log.Epoch, b.First-1); err != nil {
				return from, fmt.Errorf("%w: %w", errOtherChain, err)
			}
		}
		events, _, err := syncproto.OpenBatch(b, prev, l.Key, x.dicts, syncproto.Limits{})
		if err != nil {
			return from, fmt.Errorf("%w: %w", errOtherChain, err)
		}
		if _, err := x.Book.TakeBack(ctx, l.Log, b.First, events); err != nil {
			if errors.Is(err, ledger.ErrFork) {
				return from, fmt.Errorf("%w: %w", errOtherChain, err)
			}
			return from, err
		}
		from = b.Last() + 1
	}
	return from, nil
}
