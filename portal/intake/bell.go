package intake

import (
	"context"
	"sync"
	"time"

	"bendo/portal/store"
)

// bell wakes the feed questions that wait in this process. It is only a wake-up:
// whoever is woken looks into the store, and whoever is not woken is found by
// Watch.
type bell struct {
	mu      sync.Mutex
	waiting map[string]chan struct{} // guarded by mu; closed to wake a commune
	rung    map[string]bool          // since Watch last told the other processes; guarded by mu
	tell    chan struct{}            // rung is not empty
}

func (b *bell) ring(commune string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wake(commune)
	if b.tell == nil {
		return
	}
	b.rung[commune] = true
	select {
	case b.tell <- struct{}{}:
	default:
	}
}

// wake is ring for what another process has told; b.mu is held.
func (b *bell) wake(commune string) {
	if c := b.waiting[commune]; c != nil {
		close(c)
		delete(b.waiting, commune)
	}
}

func (b *bell) wait(commune string) <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.waiting == nil {
		b.waiting = map[string]chan struct{}{}
	}
	if b.waiting[commune] == nil {
		b.waiting[commune] = make(chan struct{})
	}
	return b.waiting[commune]
}

// Ring wakes the machines of a commune that wait for their feed, here and in the
// portal's other processes.
func (p *Portal) Ring(commune string) { p.bell.ring(commune) }

// lookEvery is how often one question asks for all communes where feeds have
// grown: the wake-up of another process may be lost, and a command (a grant, a
// directive) sends none.
const lookEvery = time.Second

// tellAfter gathers wake-ups for the other processes: one word for many.
const tellAfter = 20 * time.Millisecond

// Watch looks, for everybody who waits in this process, whether a feed has
// grown, and exchanges wake-ups with the portal's other processes. It ends with
// ctx. Without it each question that waits looks for itself every second.
func (p *Portal) Watch(ctx context.Context) {
	p.bell.mu.Lock()
	p.bell.rung, p.bell.tell = map[string]bool{}, make(chan struct{}, 1)
	p.bell.mu.Unlock()
	p.watched.Store(true)
	defer p.watched.Store(false)
	var group sync.WaitGroup
	group.Go(func() { p.look(ctx) })
	group.Go(func() { p.tellOthers(ctx) })
	group.Go(func() {
		p.db.Hear(ctx, func(commune string) {
			p.bell.mu.Lock()
			defer p.bell.mu.Unlock()
			p.bell.wake(commune)
		})
	})
	group.Wait()
}

// look rings where a feed has grown since it last looked.
func (p *Portal) look(ctx context.Context) {
	known, generation := map[string]uint64{}, uint64(0)
	for {
		var heads map[string]uint64
		var now uint64
		err := p.db.Read(ctx, func(tx *store.Tx) (err error) {
			if now, err = tx.Generation(); err != nil {
				return err
			}
			heads, err = tx.FeedHeads()
			return err
		})
		if err != nil && ctx.Err() == nil {
			p.log.Warn("Looking for feeds that have grown", "error", err)
		}
		p.bell.mu.Lock()
		for commune, head := range heads {
			if known[commune] != head || now != generation { // a new generation concerns everybody
				known[commune] = head
				p.bell.wake(commune)
			}
		}
		generation = now
		p.bell.mu.Unlock()
		if !sleep(ctx, lookEvery) {
			return
		}
	}
}

func (p *Portal) tellOthers(ctx context.Context) {
	for {
		select {
		case <-p.bell.tell:
		case <-ctx.Done():
			return
		}
		if !sleep(ctx, tellAfter) {
			return
		}
		p.bell.mu.Lock()
		rung := p.bell.rung
		p.bell.rung = map[string]bool{}
		p.bell.mu.Unlock()
		communes := make([]string, 0, len(rung))
		for commune := range rung {
			communes = append(communes, commune)
		}
		if err := p.db.Tell(ctx, communes); err != nil && ctx.Err() == nil {
			p.log.Debug("Other processes look for themselves", "error", err)
		}
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
