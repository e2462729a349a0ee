package sim

import (
	"context"
	"iter"
	"time"

	"bendo/agent/courier"
)

// flight is a request on its way: the courier's code, stopped where it waits for the
// line.
type flight struct {
	*fiber
	o        *office
	out      courier.Output
	call     *call
	conn     courier.Conn
	sent     time.Duration
	deadline time.Duration
	input    courier.Input
	settles  bool // a step of the healer, which has no output of the session
	gone     bool
}

// fiber runs requests, one after the other, on one stack: making a new one for each
// costs a tenth of a run.
type fiber struct {
	next  func() (*call, bool)
	stop  func()
	yield func(*call) bool
	now   *flight
}

func newFiber() *fiber {
	f := &fiber{}
	f.next, f.stop = iter.Pull(func(yield func(*call) bool) {
		f.yield = yield
		for {
			if f.now.settles {
				f.now.o.settle()
			} else {
				f.now.input = f.now.o.perform(f.now)
			}
			if !yield(nil) {
				return
			}
		}
	})
	return f
}

// fibers are those of a machine that are free.
type fibers struct{ free []*fiber }

func (p *fibers) take() *fiber {
	if n := len(p.free); n > 0 {
		f := p.free[n-1]
		p.free = p.free[:n-1]
		return f
	}
	return newFiber()
}

func (p *fibers) end() {
	for _, f := range p.free {
		f.stop()
	}
	p.free = nil
}

// virtual is the context of the simulation's requests: its deadline is long gone, so that
// the real clock is never asked for the courier's own, and it never ends.
type virtual struct{ context.Context }

func (virtual) Deadline() (time.Time, bool) { return time.Unix(0, 0), true }
func (virtual) Done() <-chan struct{}       { return nil }
func (virtual) Err() error                  { return nil }

// launch runs the courier's code up to where it waits for the line.
func (o *office) launch(conn courier.Conn, deadline time.Duration, out courier.Output) {
	o.w.report.Requests++
	f := &flight{fiber: o.fibers.take(), o: o, out: out, conn: conn, sent: o.w.now, deadline: deadline}
	f.now = f
	o.flights = append(o.flights, f)
	o.resume(f)
}

// resume lets a request's code run on, until it waits again or is done. The process may
// die of it.
func (o *office) resume(f *flight) {
	switch {
	case f.gone:
		return
	case o.holder != nil && o.holder != f:
		o.behind = append(o.behind, f)
		return
	}
	life := o.life
	c, died := o.survives(f)
	if died {
		o.note("died in a write")
		o.w.came("agents killed in a write")
		o.die()
		return
	}
	if c != nil && c.sleep > 0 {
		o.w.plan(o.w.now+c.sleep, func() { o.resume(f) })
		return
	}
	if c != nil {
		f.call = c
		o.transmit(f)
		return
	}
	for i, x := range o.flights {
		if x == f {
			copy(o.flights[i:], o.flights[i+1:])
			o.flights[len(o.flights)-1] = nil
			o.flights = o.flights[:len(o.flights)-1]
			break
		}
	}
	f.gone = true
	o.fibers.free = append(o.fibers.free, f.fiber)
	o.release(f)
	if f.input == nil {
		return
	}
	o.w.plan(o.w.now, func() { // never inside the step that launched it
		if o.life == life {
			o.hear(f, f.input)
			o.step(f.input)
		}
	})
}

// hold: an exchange that reads its logs back keeps the book meanwhile, and the other
// requests of the machine wait for it as they do for the courier's lock.
func (o *office) hold(f *flight) { o.holder = f }

// release lets those go on that waited for the one who held the book.
func (o *office) release(f *flight) {
	if f != o.holder {
		return
	}
	list := o.behind
	o.holder, o.behind = nil, nil
	for _, f := range list {
		o.w.plan(o.w.now, func() { o.resume(f) })
	}
}

func (o *office) survives(f *flight) (c *call, died bool) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case crash:
			died = true
		default:
			panic(r)
		}
	}()
	o.running = f
	c, _ = f.next()
	o.running = nil
	return c, false
}

// perform is the courier's code of one request, up to the session's next input.
func (o *office) perform(f *flight) courier.Input {
	switch out := f.out.(type) {
	case courier.SendSync:
		return o.exchange(f, out)
	case courier.SendPiece:
		return o.piece(f, out)
	case courier.SendObject:
		off, whole, p, local, err := o.ex.Object(o.w.ctx, out)
		if err != nil {
			return nil
		}
		return courier.ObjectDone{N: out.N, Off: off, Whole: whole, Problem: p, Local: local, Took: o.w.now - f.sent}
	case courier.AskTime:
		return courier.TimeDone{N: out.N, Problem: o.ex.Ask(o.w.ctx, out)}
	}
	return nil
}

func (o *office) exchange(f *flight, out courier.SendSync) courier.Input {
	r, err := o.ex.Sync(o.w.ctx, out)
	if err != nil {
		return nil
	}
	b, err := courier.Look(o.w.ctx, o.book)
	if err != nil {
		return nil
	}
	if o.book.bug == OffsetForgotten {
		for i := range r.Stats {
			r.Stats[i].Answer.Off = 0
		}
	}
	return courier.SyncDone{N: out.N, Result: r, Took: o.w.now - f.sent, Book: b}
}

func (o *office) piece(f *flight, out courier.SendPiece) courier.Input {
	a, p, local, err := o.ex.Piece(o.w.ctx, out)
	if err != nil {
		return nil
	}
	in := courier.PieceDone{N: out.N, Answer: a, Problem: p, Local: local, Took: o.w.now - f.sent}
	if b, err := courier.Look(o.w.ctx, o.book); err == nil && a.Complete {
		in.Book = &b
	}
	return in
}
