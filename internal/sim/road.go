package sim

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// asker is a request as the portal hears it.
type asker interface {
	// arrives is the portal's part; down are the bytes of the answer.
	arrives(whole bool) (down int, err error)
	// again is the same request once more, whose answer nobody hears.
	again() asker
}

// call is what a request asks of the portal, and its answer.
type call struct {
	asker
	size  int           // bytes up
	sleep time.Duration // nothing is asked: whoever gives it waits
	err   error
	until time.Duration // a question about the feed that waits: not after this; 0 answered
	done  bool

	log  syncproto.LogID // the log the hello told of
	fork bool            // it did not fit what the portal had when it arrived
}

// asked is an asker by its code alone; heard says that somebody waits for the answer.
type asked func(whole, heard bool) (down int, err error)

func (f asked) arrives(whole bool) (int, error) { return f(whole, true) }
func (f asked) again() asker {
	return asked(func(whole, _ bool) (int, error) { return f(whole, false) })
}

// road is the courier's Road: every method waits where the line is.
type road struct{ o *office }

func (r road) CloseConnections() {}

// travel gives the call to the world and comes back with its end.
func (r road) travel(c *call) error {
	f := r.o.running
	if !f.yield(c) {
		return context.Canceled
	}
	return c.err
}

// exchanged is one combined exchange.
type exchanged struct {
	call
	o    *office
	req  syncproto.SyncRequest
	resp syncproto.SyncResponse
	wait time.Duration
}

func (c *exchanged) again() asker { return &exchanged{o: c.o, req: c.req} }

func (c *exchanged) arrives(bool) (down int, err error) {
	w := c.o.w
	c.fork = c.o.unlike(c.req.Hello.Log)
	c.resp, err = w.portal.Sync(w.ctx, c.req)
	resp := &c.resp
	down = 200
	if resp.Feed != nil && resp.Feed.Page != nil {
		down += len(resp.Feed.Page.Body)
	}
	empty := resp.Welcome == nil && resp.Ack == nil && resp.Feed == nil && len(resp.Blobs)+len(resp.Problems) == 0
	if err == nil && empty && c.wait > 0 && c.until == 0 {
		c.until = w.now + c.wait
	}
	if !empty || err != nil {
		c.done = true
	}
	return down, err
}

func (r road) Sync(_ context.Context, req syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	if err := r.o.clock.tls(); err != nil {
		return syncproto.SyncResponse{}, err
	}
	size := 250 + 48*len(req.BlobStat)
	for _, b := range req.Push {
		size += len(b.Body) + 150
	}
	for _, p := range req.Echo {
		size += len(p.Body)
	}
	c := &exchanged{o: r.o, req: req}
	if req.Feed != nil && req.Feed.WaitS > 0 {
		ask := *req.Feed
		c.wait, ask.WaitS = time.Duration(ask.WaitS)*time.Second, 0 // the world waits, not the portal
		c.req.Feed = &ask
	}
	c.call = call{asker: c, size: size, log: r.o.book.log().id}
	sent := r.o.w.now
	err := r.travel(&c.call)
	r.o.place.pushed(&c.req, &c.resp, err, sent, r.o.w.now)
	if err != nil {
		return syncproto.SyncResponse{}, err
	}
	return c.resp, c.req.CheckAnswers(&c.resp)
}

func (r road) AppendBlob(ctx context.Context, _ syncproto.RequestID, session []byte, key syncproto.BlobKey, off int64, blobSession uint64, p []byte) (a syncproto.BlobAnswer, err error) {
	if err := r.o.clock.tls(); err != nil {
		return a, err
	}
	r.o.w.report.Sent += int64(len(p))
	c := &call{size: len(p) + 200, asker: asked(func(whole, heard bool) (int, error) {
		device, err := r.o.w.portal.Authorize(ctx, session)
		if err != nil {
			return 100, err
		}
		body := io.Reader(bytes.NewReader(p))
		if !whole { // the line went away in the middle
			body = io.MultiReader(bytes.NewReader(p[:r.o.chance.IntN(len(p)+1)]), broken{})
		}
		now, err := r.o.w.portal.AppendBlob(ctx, synchttp.Append{Device: device, Key: key, Off: off, Length: int64(len(p)), Session: blobSession}, body)
		if heard {
			a = now
		}
		return 100, err
	})}
	err = r.travel(c)
	return a, err
}

// broken is a body that ends because its connection did.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (r road) Replay(ctx context.Context, session []byte, req syncproto.ReplayRequest) (resp syncproto.ReplayResponse, err error) {
	if err := r.o.clock.tls(); err != nil {
		return resp, err
	}
	if r.o.running.settles {
		r.o.watch.request(r.o)
	} else {
		r.o.hold(r.o.running)
	}
	c := &call{size: 200, asker: asked(func(_, heard bool) (down int, err error) {
		device, err := r.o.w.portal.Authorize(ctx, session)
		if err != nil {
			return 100, err
		}
		now, err := r.o.w.portal.Replay(ctx, device, req)
		for _, b := range now.Batches {
			down += len(b.Body)
		}
		if heard {
			resp = now
		}
		return 100 + down, err
	})}
	err = r.travel(c)
	return resp, err
}

func (r road) Time(ctx context.Context, nonce syncproto.RequestID) (t syncproto.TimeAnswer, err error) {
	c := &call{size: 200, asker: asked(func(_, heard bool) (int, error) {
		now, err := r.o.w.portal.Time(ctx, nonce)
		if heard {
			t = now
		}
		return 200, err
	})}
	err = r.travel(c)
	return t, err
}

// unlike says whether a log does not fit what the portal has of it: that of a clone, or
// of an old disk.
func (o *office) unlike(own *syncproto.LogState) bool {
	if own == nil {
		return false
	}
	l, epoch := o.place.log()
	if own.Epoch != epoch {
		return own.Epoch < epoch
	}
	applied, head := o.w.portal.Head(l)
	if applied >= own.Next {
		return true
	}
	for _, mine := range o.book.logs {
		if mine.id == l && applied < uint64(len(mine.heads)) {
			return mine.heads[applied] != head
		}
	}
	return false
}

func lineError(code string) error {
	return &syncproto.Problem{Kind: syncproto.Transient, Code: code}
}

// transmit decides what becomes of a request: the line's bytes in order, then luck.
func (o *office) transmit(f *flight) {
	c, w := f.call, o.w
	switch o.weather.at(w.now) {
	case refusal:
		o.answer(f, w.now+100*time.Millisecond, lineError(syncproto.CodeConnection))
		return
	case captive:
		o.answer(f, w.now+o.weather.rtt, &syncproto.Problem{Kind: syncproto.Intercepted, Code: syncproto.CodeRedirect})
		return
	case silent:
		o.answer(f, f.sent+f.deadline, lineError(syncproto.CodeTimeout))
		return
	}
	o.busy = max(o.busy, w.now) + time.Duration(float64(c.size)/o.weather.rate*float64(time.Second))
	arrives := o.busy + o.weather.rtt/2
	lost := o.chance.Float64() < o.weather.loss || o.weather.at(arrives) != clear
	if lost {
		w.came("requests lost")
		if o.chance.IntN(2) == 0 { // cut in the middle: the portal has a part of a piece
			w.plan(arrives, func() { o.arrive(c, false) })
		}
		o.answer(f, max(f.sent+f.deadline, arrives), lineError(syncproto.CodeTimeout))
		return
	}
	if o.chance.Float64() < o.weather.twice { // again, after its successors
		w.came("requests doubled")
		w.plan(arrives+time.Duration(o.chance.Int64N(int64(lateAtMost))), func() {
			o.arrive(&call{asker: c.again(), size: c.size}, true)
		})
	}
	w.plan(arrives, func() {
		down, err := o.arrive(c, true)
		if c.until == 0 || c.done {
			o.comeBack(f, down, err)
			return
		}
		w.waiting = append(w.waiting, &waiter{o: o, f: f, life: o.life})
		w.plan(c.until, func() {
			if !c.done {
				c.done = true
				o.comeBack(f, 150, nil)
			}
		})
	})
}

// lateAtMost is how late a doubled message may come.
const lateAtMost = 2 * time.Minute

// comeBack is the answer's way over the line.
func (o *office) comeBack(f *flight, down int, err error) {
	w := o.w
	back := w.now + o.weather.rtt/2 + time.Duration(float64(down)/(2*o.weather.rate)*float64(time.Second))
	if o.chance.Float64() < o.weather.loss || o.weather.at(back) != clear {
		w.came("answers lost")
		back, err = max(f.sent+f.deadline, back), lineError(syncproto.CodeTimeout) // done, but the answer is lost
	}
	o.answer(f, back, err)
}

// waiter is a question about the feed that the portal holds.
type waiter struct {
	o    *office
	f    *flight
	life int
}

// stir asks again for everybody who waits, when the feed has grown.
func (w *world) stir() {
	end := w.portal.FeedEnd()
	if end == w.stirred || len(w.waiting) == 0 {
		return
	}
	w.stirred = end
	list := w.waiting
	w.waiting = nil
	for _, x := range list {
		switch c := x.f.call; {
		case c.done || x.f.gone || x.life != x.o.life:
		default:
			if down, err := c.arrives(true); c.done {
				x.o.comeBack(x.f, down, err)
				continue
			}
			w.waiting = append(w.waiting, x)
		}
	}
}

// arrive is the portal's part. Only whole exchanges mean something; of a piece every
// byte does.
func (o *office) arrive(c *call, whole bool) (int, error) {
	if !whole && c.size < 1000 {
		return 0, nil
	}
	down, err := c.arrives(whole)
	o.w.arrivals++
	if len(o.w.waiting) > 0 {
		o.w.plan(o.w.now, o.w.stir)
	}
	return down, err
}

// answer ends a request at a time.
func (o *office) answer(f *flight, at time.Duration, err error) {
	o.w.plan(at, func() {
		if f.gone {
			return
		}
		f.call.err = asProblem(err)
		o.resume(f)
	})
}

// asProblem is what the road makes of a portal's error.
func asProblem(err error) error {
	if err == nil || syncproto.ProblemOf(err) != nil {
		return err
	}
	return &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeInternal, Err: fmt.Errorf("the portal: %w", err)}
}
