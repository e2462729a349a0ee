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

// call is what a request asks of the portal, and its answer.
type call struct {
	size   int // bytes up
	portal func(whole bool) (down int, err error)
	err    error
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

func (r road) Sync(ctx context.Context, req syncproto.SyncRequest) (resp syncproto.SyncResponse, err error) {
	size := 250 + 48*len(req.BlobStat)
	for _, b := range req.Push {
		size += len(b.Body) + 150
	}
	for _, p := range req.Echo {
		size += len(p.Body)
	}
	c := &call{size: size, portal: func(bool) (int, error) {
		var err error
		resp, err = r.o.w.portal.Sync(ctx, req)
		down := 200
		if resp.Feed != nil && resp.Feed.Page != nil {
			down += len(resp.Feed.Page.Body)
		}
		return down, err
	}}
	if err := r.travel(c); err != nil {
		return syncproto.SyncResponse{}, err
	}
	return resp, req.CheckAnswers(&resp)
}

func (r road) AppendBlob(ctx context.Context, _ syncproto.RequestID, session []byte, key syncproto.BlobKey, off int64, blobSession uint64, p []byte) (a syncproto.BlobAnswer, err error) {
	c := &call{size: len(p) + 200, portal: func(whole bool) (int, error) {
		device, err := r.o.w.portal.Authorize(ctx, session)
		if err != nil {
			return 100, err
		}
		body := io.Reader(bytes.NewReader(p))
		if !whole { // the line went away in the middle
			body = io.MultiReader(bytes.NewReader(p[:r.o.chance.IntN(len(p)+1)]), broken{})
		}
		a, err = r.o.w.portal.AppendBlob(ctx, synchttp.Append{Device: device, Key: key, Off: off, Length: int64(len(p)), Session: blobSession}, body)
		return 100, err
	}}
	err = r.travel(c)
	return a, err
}

// broken is a body that ends because its connection did.
type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (r road) Replay(context.Context, []byte, syncproto.ReplayRequest) (syncproto.ReplayResponse, error) {
	return syncproto.ReplayResponse{}, fmt.Errorf("the simulated province replays nothing")
}

func (r road) Time(ctx context.Context, nonce syncproto.RequestID) (t syncproto.TimeAnswer, err error) {
	c := &call{size: 200, portal: func(bool) (int, error) {
		t, err = r.o.w.portal.Time(ctx, nonce)
		return 200, err
	}}
	err = r.travel(c)
	return t, err
}

// watch is an office's clock: some are years off.
type watch struct {
	o    *office
	mood int
}

func (watch) Observe(context.Context, syncproto.TimeAnswer) error { return nil }

func (t watch) Reading() (wall, mono, floor int64) {
	now := t.o.w.time()
	switch t.mood {
	case 0:
		now = now.AddDate(-10, 0, 0)
	case 1:
		now = now.AddDate(10, 0, 0)
	}
	return now.UnixMilli(), t.o.w.now.Milliseconds(), 0
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
		if o.chance.IntN(2) == 0 { // cut in the middle: the portal has a part of a piece
			w.plan(arrives, func() { o.arrive(c, false) })
		}
		o.answer(f, max(f.sent+f.deadline, arrives), lineError(syncproto.CodeTimeout))
		return
	}
	if o.chance.Float64() < o.weather.twice { // again, after its successors
		w.plan(arrives+time.Duration(o.chance.Int64N(int64(2*time.Minute))), func() {
			again := *c
			o.arrive(&again, true)
		})
	}
	w.plan(arrives, func() {
		down, err := o.arrive(c, true)
		back := w.now + o.weather.rtt/2 + time.Duration(float64(down)/(2*o.weather.rate)*float64(time.Second))
		if o.chance.Float64() < o.weather.loss || o.weather.at(back) != clear {
			back, err = max(f.sent+f.deadline, back), lineError(syncproto.CodeTimeout) // done, but the answer is lost
		}
		o.answer(f, back, err)
	})
}

// arrive is the portal's part. Only whole exchanges mean something; of a piece every
// byte does.
func (o *office) arrive(c *call, whole bool) (int, error) {
	if !whole && c.size < 1000 {
		return 0, nil
	}
	return c.portal(whole)
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
	return &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeInternal, Err: err}
}
