package courier

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

// apply takes an answer into the book, each part in a transaction of its own that may
// be repeated: a crash between two parts leaves the later ones to the next exchange.
func (x *Exchange) apply(ctx context.Context, o SendSync, was built, req syncproto.SyncRequest, resp syncproto.SyncResponse, r *Result) error {
	if p := x.check(req, &resp); p != nil {
		r.Problem = p
		return nil
	}
	r.Answered = true
	if resp.RetryAfterS > 0 {
		r.Problem = &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeBusy, RetryAfterS: resp.RetryAfterS}
	}
	if resp.Welcome != nil {
		x.welcomed(ctx, resp.Welcome)
		r.Welcome = len(resp.Welcome.Session) > 0 || o.Fresh
		r.NewGen = resp.Welcome.Generation > was.log.Generation
	}
	if err := x.takeAck(ctx, was, &resp, r); err != nil {
		return err
	}
	if err := x.takeStats(ctx, o, was, req, resp.Blobs, r); err != nil {
		return err
	}
	if err := x.takeFeed(ctx, req, resp.Feed, r); err != nil {
		return err
	}
	for i := range resp.Problems {
		p := &resp.Problems[i]
		x.adopt(p)
		if p.Kind == syncproto.Fork { // before a directive may begin a new epoch
			if err := x.Book.Freeze(ctx, p.Code); err != nil {
				return err
			}
		}
		if r.Problem == nil || rank(p) > rank(r.Problem) {
			r.Problem = p
		}
	}
	return x.directives(ctx, o, resp.Directives, r)
}

// rank: a fork is told before anything else.
func rank(p *syncproto.Problem) int {
	switch p.Kind {
	case syncproto.Fork:
		return 3
	case syncproto.Auth, syncproto.Version:
		return 2
	case syncproto.Domain:
		return 0
	}
	return 1
}

// check verifies everything that is signed, before anything is believed.
func (x *Exchange) check(req syncproto.SyncRequest, resp *syncproto.SyncResponse) *syncproto.Problem {
	if w := resp.Welcome; w != nil {
		if err := w.Time.Verify(req.ID, x.id.PortalKey); err != nil {
			return problemOf(err)
		}
	}
	if a := resp.Ack; a != nil {
		if a.Log.Device != x.id.Device {
			return syncproto.NewProblem(syncproto.Intercepted, syncproto.CodeWrongDevice, "an ack of log %s", a.Log)
		}
		if err := a.Verify(x.id.PortalKey); err != nil {
			return problemOf(err)
		}
	}
	return nil
}

func problemOf(err error) *syncproto.Problem {
	if p := syncproto.ProblemOf(err); p != nil {
		return p
	}
	return &syncproto.Problem{Kind: syncproto.Version, Code: syncproto.CodeFormat, Err: err}
}

func (x *Exchange) welcomed(ctx context.Context, w *syncproto.Welcome) {
	// A signed time that does not fit is the clock's to judge and to show; it never
	// stops the road.
	_ = x.Time.Observe(ctx, w.Time)
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(w.Session) > 0 {
		x.session = w.Session
		x.plain = x.dicts.Common(w.Dicts) == nil
	}
	x.blobSession = max(x.blobSession, w.BlobSession)
	x.limits = w.Limits.OrDefault()
	x.showGrant = false
}

// takeAck compares the portal's copy of the log with ours; what fits moves the book.
//
// An ack of a request that was overtaken by a later one tells what was, and is no reason to
// believe that the portal lost something: only less than what was acknowledged when the
// request was made is.
func (x *Exchange) takeAck(ctx context.Context, was built, resp *syncproto.SyncResponse, r *Result) error {
	if resp.Ack == nil {
		return nil
	}
	a := *resp.Ack
	if a.Log.Epoch == x.id.Epoch {
		x.lastAck = a
	}
	log, err := x.Book.LogState(ctx)
	if err != nil {
		return err
	}
	if a.Log == log.Log && a.Generation == log.Generation && a.Applied < log.Acked && a.Applied >= was.log.Acked {
		return nil
	}
	own := syncproto.LogState{Epoch: log.Log.Epoch, Next: log.Next, Head: log.Head}
	v := syncproto.CompareLogs(own, a.State(), func(seq uint64) (syncproto.Digest, bool) {
		d, err := x.Book.HeadAt(ctx, log.Log.Epoch, seq)
		return d, err == nil
	})
	switch v.Relation {
	case syncproto.LogsForked:
		x.forkedBelow(ctx, log, a)
		r.Problem = syncproto.NewProblem(syncproto.Fork, v.Code, "the portal has %d events of %s", a.Applied, a.Log)
		return x.Book.Freeze(ctx, v.Code)
	case syncproto.EpochForgotten:
		x.mu.Lock()
		x.showGrant = true
		x.mu.Unlock()
		r.Problem = syncproto.NewProblem(syncproto.Correction, syncproto.CodeEpoch, "the portal knows epoch %d", a.Log.Epoch)
		return nil
	}
	// A portal that signs for less than it signed for was restored. Only its own word proves it;
	// the new generation it then begins ends the showing.
	x.mu.Lock()
	x.showHeld = a.Generation < log.Generation || a.Applied < log.Acked
	x.shown.enrolled = false
	x.mu.Unlock()
	moved, err := x.Book.SetAck(ctx, a)
	if errors.Is(err, ledger.ErrFork) {
		r.Problem = &syncproto.Problem{Kind: syncproto.Fork, Code: syncproto.CodeHead, Err: err}
		return nil
	}
	if err != nil {
		return err
	}
	r.HasAck, r.Applied = true, a.Applied
	r.Progress = r.Progress || moved
	r.NewGen = a.Generation > log.Generation
	return nil
}

// takeStats adopts what the portal has of scans.
func (x *Exchange) takeStats(ctx context.Context, o SendSync, was built, req syncproto.SyncRequest, answers []syncproto.BlobAnswer, r *Result) error {
	for i, a := range answers {
		key := req.BlobStat[i]
		if f, known := x.far[key]; known && f.at > was.moment && f.off > a.Off && !r.NewGen {
			continue // a piece brought it further since the question was made
		}
		if i < len(o.Stat) || !a.Complete {
			r.Stats = append(r.Stats, Stat{key, a})
		}
		if a.Unknown || i >= len(o.Stat) && a.Complete {
			continue // beyond what was wanted lie those of an audit: complete, as the book says
		}
		if err := x.setBlob(ctx, key, a); err != nil {
			return err
		}
		x.reached(key, a)
		r.Progress = r.Progress || a.Complete
	}
	return nil
}

func (x *Exchange) setBlob(ctx context.Context, key syncproto.BlobKey, a syncproto.BlobAnswer) error {
	err := x.Book.SetBlob(ctx, key, a.Off, a.Complete)
	if errors.Is(err, ledger.ErrNotFound) {
		return nil // an offset outside of the scan: not believed, asked again
	}
	return err
}

// takeFeed takes one page, or a new epoch of the feed.
func (x *Exchange) takeFeed(ctx context.Context, req syncproto.SyncRequest, f *syncproto.FeedAnswer, r *Result) error {
	x.echoed(req)
	if f == nil {
		return nil
	}
	if f.Reset != nil {
		return x.resetFeed(ctx, *f.Reset, r)
	}
	if f.Page == nil {
		r.More = f.More
		return nil
	}
	page, err := syncproto.OpenFeedPage(*f.Page, x.id.PortalKey, x.dicts, syncproto.Limits{})
	if err == nil {
		err = page.Follows(x.id.CommuneCode, req.Feed.Cursor)
	}
	if err != nil {
		r.Problem, r.More = problemOf(err), f.More
		return nil
	}
	raw, err := syncproto.EncodeSealedPage(*f.Page)
	if err != nil {
		return err
	}
	if _, err = x.Book.Receive(ctx, page, raw); errors.Is(err, ledger.ErrCursor) {
		r.More = true // an exchange overtook us; ask again from where the book is
		return nil
	}
	if err != nil {
		return fmt.Errorf("taking what the province answered: %w", err)
	}
	r.Moved, r.More, r.Progress = true, f.More, true
	return nil
}

// resetFeed first sends back what the portal lost, then adopts the new epoch.
func (x *Exchange) resetFeed(ctx context.Context, f syncproto.FeedReset, r *Result) error {
	r.More = true
	x.mu.Lock()
	if _, ok := x.Book.(Healer); f.Trail && ok && !x.shown.trail {
		x.shown.trail = true // where both sides last agreed is found first
		r.Moved = true
		x.mu.Unlock()
		return nil
	}
	if f.EchoEpoch > 0 && (x.echo == nil || x.echo.to != f.Cursor) {
		x.echo = &echo{after: syncproto.Cursor{Epoch: f.EchoEpoch, Pos: f.EchoAfter}, to: f.Cursor}
	}
	e := x.echo
	x.mu.Unlock()
	if e != nil && f.EchoEpoch > 0 {
		left, err := x.Book.EchoPages(ctx, e.after, 1)
		if err != nil && !errors.Is(err, ledger.ErrDamaged) {
			return err
		}
		if len(left) > 0 {
			r.Moved = true // the echo does
			return nil
		}
	}
	if err := x.Book.ResetFeed(ctx, f.Cursor); err != nil {
		return err
	}
	x.mu.Lock()
	x.echo, x.shown.trail = nil, false
	x.mu.Unlock()
	r.Moved, r.Restat = true, true
	return nil
}

// echoed moves the echo past what an answered request carried.
func (x *Exchange) echoed(req syncproto.SyncRequest) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.echo == nil {
		return
	}
	for _, s := range req.Echo {
		if p, err := syncproto.OpenFeedPage(s, x.id.PortalKey, x.dicts, syncproto.Limits{}); err == nil {
			x.echo.after.Pos = max(x.echo.after.Pos, p.To)
			x.echo.sent++
		}
	}
}

// directives carries out what the province asked for: those of the answer, then those
// that came by the feed and lie in the book until they are done.
func (x *Exchange) directives(ctx context.Context, o SendSync, now []syncproto.Directive, r *Result) error {
	for _, d := range now {
		if err := x.direct(ctx, o, d, r); err != nil {
			return err
		}
	}
	if !r.Moved && !r.Welcome {
		return nil
	}
	kept, err := x.Book.Kept(ctx, syncproto.FeedDirective)
	if err != nil {
		return err
	}
	for _, k := range kept {
		d, err := syncproto.DecodeDirective(k.Body)
		if err != nil {
			continue
		}
		if d.Grant != nil && d.Grant.Device != x.id.Device {
			continue // another office's, of the same commune
		}
		if err := x.direct(ctx, o, d, r); err != nil {
			return err
		}
		if d.Grant != nil && x.id.Epoch < d.Grant.Epoch {
			return nil // not done yet: it stays
		}
		if err := x.Book.Forget(ctx, k); err != nil {
			return err
		}
	}
	return nil
}

// mostSlow bounds the quiet a directive may ask for: scans wait a day at most.
const mostSlow = 24 * time.Hour

func (x *Exchange) direct(ctx context.Context, o SendSync, d syncproto.Directive, r *Result) error {
	switch d.Code {
	case syncproto.DirectiveNewEpoch:
		if d.Grant == nil {
			return nil
		}
		return x.newEpoch(ctx, o, *d.Grant, r)
	case syncproto.DirectivePoll:
		if s, err := strconv.Atoi(d.Arg); err == nil && s > 0 {
			r.Poll = time.Duration(s) * time.Second
		}
	case syncproto.DirectiveSlow:
		if s, err := strconv.Atoi(d.Arg); err == nil && s > 0 {
			r.Slow = min(time.Duration(s)*time.Second, mostSlow)
		}
	case syncproto.DirectiveRestat:
		r.Restat = true
	}
	return nil
}

// newEpoch first replays what this book lacks of its own log, then re-heads what the
// portal has not, in one transaction.
func (x *Exchange) newEpoch(ctx context.Context, o SendSync, g syncproto.EpochGrant, r *Result) error {
	if g.Verify(x.id.Device, x.id.PortalKey) != nil || g.Book != x.id.Book || g.Epoch <= x.id.Epoch {
		return nil
	}
	if err := x.replay(ctx, o.Conn); err != nil {
		if p := syncproto.ProblemOf(err); p != nil {
			r.Problem = p
			return nil
		}
		return err
	}
	// The old log is the portal's again: its ack, which did not fit before, does now.
	if x.lastAck.Log.Epoch == x.id.Epoch { // zero when this run has not heard one
		if _, err := x.Book.SetAck(ctx, x.lastAck); err != nil {
			return fmt.Errorf("taking the ack of what came back: %w", err)
		}
	}
	if err := x.Book.Regrant(ctx, g); err != nil {
		return fmt.Errorf("beginning epoch %d: %w", g.Epoch, err)
	}
	x.taken = nil
	id, err := x.Book.Identity(ctx)
	if err != nil {
		return err
	}
	x.id = id
	x.mu.Lock()
	x.shown.fork = nil
	x.mu.Unlock()
	r.Restat, r.Progress, r.Problem = true, true, nil // the fork ends here
	return nil
}
