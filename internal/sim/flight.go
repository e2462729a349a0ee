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
	call     *call
	conn     courier.Conn
	sent     time.Duration
	deadline time.Duration
	input    courier.Input
	gone     bool
}

// fiber runs requests, one after the other, on one stack: making a new one for each
// costs a tenth of a run.
type fiber struct {
	next  func() (*call, bool)
	stop  func()
	yield func(*call) bool
	code  func()
}

func newFiber() *fiber {
	f := &fiber{}
	f.next, f.stop = iter.Pull(func(yield func(*call) bool) {
		f.yield = yield
		for {
			f.code()
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

// launch runs the courier's code up to where it waits for the line.
func (o *office) launch(conn courier.Conn, deadline time.Duration, code func(ctx context.Context, f *flight) courier.Input) {
	o.w.report.Requests++
	f := &flight{fiber: o.fibers.take(), conn: conn, sent: o.w.now, deadline: deadline}
	f.code = func() { f.input = code(o.w.ctx, f) }
	o.flights = append(o.flights, f)
	o.resume(f)
}

// resume lets a request's code run on, until it waits again or is done. The process may
// die of it.
func (o *office) resume(f *flight) {
	if f.gone {
		return
	}
	life := o.life
	var c *call
	died := o.survives(func() {
		o.running = f
		c, _ = f.next()
		o.running = nil
	})
	if died {
		o.note("died in a write")
		o.w.came("agents killed in a write")
		o.die()
		return
	}
	if c != nil {
		f.call = c
		o.transmit(f)
		return
	}
	for i, x := range o.flights {
		if x == f {
			o.flights = append(o.flights[:i:i], o.flights[i+1:]...)
			break
		}
	}
	f.gone = true
	o.fibers.free = append(o.fibers.free, f.fiber)
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

func (o *office) survives(code func()) (died bool) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case crash:
			died = true
		default:
			panic(r)
		}
	}()
	code()
	return false
}
