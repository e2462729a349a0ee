package sim

import (
	"context"
	"errors"
	"time"

	"bendo/agent/courier"
	"bendo/syncproto"
)

// The courier's healer runs beside the session: it leads logs of earlier epochs back to
// what the province has, and fetches scans that are there only. It looks every three
// seconds; here only when a look would find something, because all others do nothing.

// firstSettle is how long after the need arose it looks.
const firstSettle = 3 * time.Second

// heals plans the healer's next step, when there is something for it.
func (o *office) heals() {
	b := o.book
	if o.settling || !o.alive || b.away == 0 && !b.unsettled() || b.bug == NoHealer {
		return
	}
	o.settling = true
	o.settleAt(o.w.now + firstSettle)
}

func (o *office) settleAt(at time.Duration) {
	life := o.life
	o.w.plan(at, func() {
		if o.life != life {
			return
		}
		if b := o.book; b.away == 0 && !b.unsettled() {
			o.settling = false
			return
		}
		f := &flight{fiber: o.fibers.take(), o: o, settles: true, sent: o.w.now, deadline: settlePatience}
		f.now = f
		o.flights = append(o.flights, f)
		o.resume(f)
	})
}

// settlePatience is the deadline of the healer's requests.
const settlePatience = 60 * time.Second

// settle is one step of the healer.
func (o *office) settle() {
	life := o.life
	again, err := o.settler.Step(o.w.ctx)
	if o.life != life {
		return
	}
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			o.w.err = err
		}
		return
	}
	o.settleAt(o.w.now + again)
}

// pause lets the healer wait in the world's time.
func (o *office) pause(_ context.Context, d time.Duration) error {
	return road{o}.travel(&call{sleep: d})
}

// ReadBlob brings back a piece of a scan that is at the province only.
func (r road) ReadBlob(ctx context.Context, _ syncproto.RequestID, session []byte, key syncproto.BlobKey, off int64, n int) ([]byte, int64, error) {
	if err := r.o.clock.tls(); err != nil {
		return nil, 0, err
	}
	r.o.watch.request(r.o)
	p, total, err := r.read(ctx, session, n, func(device syncproto.DeviceID, into []byte) (int, int64, error) {
		return r.o.w.portal.ReadBlob(ctx, device, key, off, into)
	})
	if err == nil {
		r.o.watch.progress(r.o)
		r.o.w.came("pieces of scans fetched back")
	}
	return p, total, err
}

var _ courier.Healer = (*memBook)(nil)
