package courier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

const (
	lookEvery   = 2 * time.Second  // at the book's data version: the safety net beside the bell
	statusEvery = 15 * time.Second // at the latest, so that the desk can tell a dead agent
)

// Watch is what the shell needs of the book beyond the Exchange; *ledger.Book
// satisfies it.
type Watch interface {
	DataVersion(ctx context.Context) (int64, error)
	SetAgentStatus(ctx context.Context, st ledger.AgentStatus) error
}

// Courier is the shell around a Session: it keeps the time, runs the requests and
// writes the status. Fill in the fields, then Run.
type Courier struct {
	Exchange *Exchange
	Watch    Watch
	Seed     uint64 // of the jitter; different in every office
	Version  string
	Log      *slog.Logger

	Bell <-chan struct{} // rung after a commit of the desk
	Taps <-chan struct{} // a person wants it now
	Link <-chan bool     // the machine's network came (true) or went
	// Idle, when set, is called after each step with what the book still owes and
	// whether the portal has answered and its feed is read to the end; true ends Run.
	Idle func(owed Snapshot, upToDate bool) bool

	// Trace, when set, hears of every step, for a person who watches.
	Trace func(what string)

	session  *Session
	done     chan Input
	failures chan error
	group    sync.WaitGroup
	conns    map[Conn]*lane
	timer    *time.Timer
	status   Status
	wrote    time.Time
}

// lane is what ends with a connection.
type lane struct {
	ctx context.Context
	cut context.CancelFunc
}

// Run carries until ctx ends (then nil) or the book fails. It ends every goroutine
// and connection it started.
func (c *Courier) Run(ctx context.Context) error {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := c.Exchange.Open(ctx); err != nil {
		return err
	}
	book, err := c.Exchange.Look(ctx)
	if err != nil {
		return err
	}
	c.conns = map[Conn]*lane{}
	c.session, c.done, c.failures = NewSession(c.Seed), make(chan Input), make(chan error, 1)
	c.timer = time.NewTimer(time.Hour)
	defer c.timer.Stop()
	run, stop := context.WithCancel(ctx)
	c.Exchange.Handed = func(in Sent) { c.tell(run, in) }
	defer func() {
		stop()
		c.drop(0)
		c.group.Wait()
		c.farewell(context.WithoutCancel(ctx))
	}()
	c.group.Go(func() {
		if err := c.settleAll(run); err != nil {
			select {
			case c.failures <- err:
			default:
			}
		}
	})
	return c.loop(run, book)
}

// tell gives the session an input, unless the run has ended.
func (c *Courier) tell(ctx context.Context, in Input) {
	select {
	case c.done <- in:
	case <-ctx.Done():
	}
}

// lane is the connection of a request; it begins with its first.
func (c *Courier) lane(ctx context.Context, n Conn) *lane {
	l := c.conns[n]
	if l == nil {
		l = &lane{}
		l.ctx, l.cut = context.WithCancel(ctx)
		c.conns[n] = l
	}
	return l
}

// drop ends a connection, 0 all of them. Its requests are told first, so that none opens
// it anew.
func (c *Courier) drop(n Conn) {
	for k, l := range c.conns {
		if n == 0 || k == n {
			l.cut()
			delete(c.conns, k)
		}
	}
	c.Exchange.Drop(n)
}

func (c *Courier) loop(ctx context.Context, book Snapshot) error {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	version, err := c.Watch.DataVersion(ctx)
	if err != nil {
		return fmt.Errorf("watching the book: %w", err)
	}
	input := Input(Start{book})
	for {
		if input != nil {
			c.step(ctx, input)
			if c.Idle != nil && c.Idle(c.session.book, c.session.UpToDate()) {
				return nil
			}
		}
		input = nil
		select {
		case <-ctx.Done():
			return nil
		case err := <-c.failures:
			return err
		case input = <-c.done:
			input, err = c.withBook(ctx, input)
		case <-c.timer.C:
			input = Tick{}
		case <-c.Taps:
			input = Tap{}
		case up := <-c.Link:
			input = Link{up}
		case <-c.Bell:
			input, err = c.look(ctx, true)
		case <-look.C:
			v, e := c.Watch.DataVersion(ctx)
			if err = e; err == nil && v != version {
				version = v
				input, err = c.look(ctx, false)
			}
			c.refresh(ctx)
		}
		if err != nil {
			return ended(ctx, err)
		}
	}
}

// ended tells our own end from a failure of the book.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		return nil
	}
	return err
}

func (c *Courier) look(ctx context.Context, bell bool) (Input, error) {
	b, err := c.Exchange.Look(ctx)
	if err != nil {
		return nil, err
	}
	if bell {
		return Bell{b}, nil
	}
	return Changed{b}, nil
}

// withBook looks at the book for an answer that changed it. It is done here and not where
// the answer came, because looks must come in order.
func (c *Courier) withBook(ctx context.Context, in Input) (_ Input, err error) {
	switch in := in.(type) {
	case SyncDone:
		in.Book, err = c.Exchange.Look(ctx)
		return in, err
	case PieceDone:
		if in.Problem == nil && in.Answer.Complete {
			b, err := c.Exchange.Look(ctx)
			in.Book = &b
			return in, err
		}
	case ObjectDone:
		if in.Whole || in.Problem != nil {
			b, err := c.Exchange.Look(ctx)
			in.Book = &b
			return in, err
		}
	}
	return in, nil
}

func (c *Courier) step(ctx context.Context, in Input) {
	now := time.Now()
	outs := c.session.Step(now, in)
	c.trace(in, outs)
	for _, o := range outs {
		switch o := o.(type) {
		case Wake:
			c.timer.Reset(max(time.Until(o.At), time.Millisecond))
		case Drop:
			c.drop(o.Conn)
		case Show:
			c.status = o.Status
			c.write(ctx)
		case Alarm:
			c.Log.Error("the sending of this log is frozen: the portal's copy differs; call provincial IT", "code", o.Reason)
		case SendSync:
			c.do(ctx, o.Conn, func(conn context.Context) (Input, error) { return c.sync(ctx, conn, o) })
		case SendPiece:
			c.do(ctx, o.Conn, func(conn context.Context) (Input, error) { return c.piece(ctx, conn, o) })
		case SendObject:
			c.do(ctx, o.Conn, func(conn context.Context) (Input, error) { return c.object(ctx, conn, o) })
		case AskTime:
			c.do(ctx, o.Conn, func(conn context.Context) (Input, error) {
				return TimeDone{o.N, c.Exchange.Ask(conn, o)}, nil
			})
		}
	}
}

// do runs one request; what it brings is the session's next input.
func (c *Courier) do(ctx context.Context, n Conn, f func(conn context.Context) (Input, error)) {
	conn := c.lane(ctx, n).ctx
	c.group.Go(func() {
		in, err := f(conn)
		if err != nil {
			if ctx.Err() == nil {
				select {
				case c.failures <- err:
				default:
				}
			}
			return
		}
		c.tell(ctx, in)
	})
}

// dropped is what a request whose connection we closed ourselves reports; the session
// has forgotten it.
var dropped = &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeConnection, Detail: "we closed the connection"}

func (c *Courier) sync(ctx, conn context.Context, o SendSync) (Input, error) {
	began := time.Now()
	r, err := c.Exchange.Sync(conn, o)
	took := time.Since(began)
	if ours(ctx, err) {
		r, err = Result{Problem: dropped}, nil
	}
	return SyncDone{N: o.N, Result: r, Took: took}, err
}

// ours says that a request ended because we dropped its connection, and not the run.
func ours(ctx context.Context, err error) bool {
	return errors.Is(err, context.Canceled) && ctx.Err() == nil
}

func (c *Courier) piece(ctx, conn context.Context, o SendPiece) (Input, error) {
	began := time.Now()
	a, p, local, err := c.Exchange.Piece(conn, o)
	in := PieceDone{N: o.N, Answer: a, Problem: p, Local: local, Took: time.Since(began)}
	if ours(ctx, err) {
		in.Problem, err = dropped, nil
	}
	return in, err
}

func (c *Courier) object(ctx, conn context.Context, o SendObject) (Input, error) {
	began := time.Now()
	off, whole, p, local, err := c.Exchange.Object(conn, o)
	in := ObjectDone{N: o.N, Off: off, Whole: whole, Problem: p, Local: local, Took: time.Since(began)}
	if ours(ctx, err) {
		in.Problem, err = dropped, nil
	}
	return in, err
}

// refresh writes the status again before it looks old.
func (c *Courier) refresh(ctx context.Context) {
	if time.Since(c.wrote) >= statusEvery-lookEvery {
		c.write(ctx)
	}
}

func (c *Courier) write(ctx context.Context) {
	st := agentStatus(c.status, c.Version)
	st.At, st.Running = time.Now().UnixMilli(), true
	c.put(ctx, st)
}

// farewell tells the desk that nobody carries any more.
func (c *Courier) farewell(ctx context.Context) {
	st := agentStatus(c.status, c.Version)
	st.At, st.Line, st.NextTry = time.Now().UnixMilli(), string(Offline), 0
	c.put(ctx, st)
}

func (c *Courier) put(ctx context.Context, st ledger.AgentStatus) {
	if err := c.Watch.SetAgentStatus(ctx, st); err != nil && ctx.Err() == nil {
		c.Log.Warn("the status could not be written", "error", err)
		return
	}
	c.wrote = time.Now()
}

func agentStatus(s Status, version string) ledger.AgentStatus {
	st := ledger.AgentStatus{Line: string(s.State), Since: s.Since.UnixMilli(), RateBPS: s.Link.RateBPS,
		RTTMS: s.Link.RTT.Milliseconds(), Version: version}
	if !s.NextTry.IsZero() {
		st.NextTry = s.NextTry.UnixMilli()
	}
	if p := s.Problem; p != nil {
		st.Problem, st.Code, st.Detail = p.Kind.String(), p.Code, p.Detail
	}
	st.Obstacle = obstacle(s)
	return st
}

// obstacle is the status in the words of an acknowledgement that is missing.
func obstacle(s Status) dossier.Reason {
	kind, code := syncproto.Kind(0), ""
	if s.Problem != nil {
		kind, code = s.Problem.Kind, s.Problem.Code
	}
	switch {
	case s.State == Captive:
		return dossier.ReasonCaptive
	case s.State == Clock:
		return dossier.ReasonClock
	case s.State == Refused && kind == syncproto.Version:
		return dossier.ReasonVersion
	case s.State == Refused:
		return dossier.ReasonSuspended
	case s.State == Offline || s.State == Probing && s.Problem != nil:
		return dossier.ReasonWaitingLine
	case kind == syncproto.Fork && code == syncproto.CodeDigest:
		return dossier.ReasonDamaged
	case kind == syncproto.Fork:
		return dossier.ReasonFrozen
	case kind == syncproto.Limit:
		return dossier.ReasonLimit
	}
	return dossier.ReasonNone
}
