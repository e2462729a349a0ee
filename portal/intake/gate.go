package intake

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"bendo/syncproto"
)

// gate lets as much work in at a time as the engine and the processors can do
// well, and tells the rest when to come again. After an outage of a province all
// its machines return at once: without a gate each of them would wait for all
// the others, until every one of them gives up and sends again what was nearly
// done.
//
// Waiting is in the order of arrival, and a machine has few requests at a time,
// so nobody starves (I27). A question that waits for its feed does no work and
// holds no place. Memory is bounded by places and waiters, each of at most one
// message.
type gate struct {
	places  chan struct{}
	waiting atomic.Int64

	mu      sync.Mutex
	devices map[syncproto.DeviceID]int // at work or waiting for it; guarded by mu
}

const (
	// gatePlaces is how much works at a time: more than the engine's connections
	// wait for one anyway.
	gatePlaces = 12
	// gateWaiters is how many may wait; a province has 124 communes, and the next
	// outage may be a region's.
	gateWaiters = 512
	// gatePatience is how long one may wait: well within the 10 s and more that a
	// machine gives a request.
	gatePatience = 6 * time.Second
	// perDevice bounds what one machine has at work; twice the four appends of a
	// machine, because those of a dead connection may still stand beside the new.
	perDevice = 8
)

func newGate() *gate {
	return &gate{places: make(chan struct{}, gatePlaces), devices: map[syncproto.DeviceID]int{}}
}

// enter waits for a place. leave gives it back, early when the rest is only
// waiting; a second call changes nothing.
func (g *gate) enter(ctx context.Context) (leave func(), err error) {
	select {
	case g.places <- struct{}{}:
		return sync.OnceFunc(func() { <-g.places }), nil
	default:
	}
	n := g.waiting.Add(1)
	defer g.waiting.Add(-1)
	if n > gateWaiters {
		return nil, busy(n)
	}
	patience := time.NewTimer(gatePatience)
	defer patience.Stop()
	select {
	case g.places <- struct{}{}:
		return sync.OnceFunc(func() { <-g.places }), nil
	case <-patience.C:
		return nil, busy(n)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// busy asks a machine to come again after a while that grows with the crowd. The
// seconds differ, so that those who were sent away together do not return
// together; each machine adds a jitter of its own.
func busy(crowd int64) error {
	least := 2 + crowd/100
	return &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeBusy, Detail: "many machines are here at once",
		RetryAfterS: uint32(least + rand.Int64N(3*least))}
}

// admit counts one request of a machine that has proved who it is, until done is
// called; a second call changes nothing.
func (g *gate) admit(id syncproto.DeviceID) (done func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.devices[id] >= perDevice {
		return nil, &syncproto.Problem{Kind: syncproto.Limit, Code: syncproto.CodeRate, Detail: "too many requests of one machine at once", RetryAfterS: 1}
	}
	g.devices[id]++
	return sync.OnceFunc(func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.devices[id]--; g.devices[id] <= 0 {
			delete(g.devices, id)
		}
	}), nil
}
