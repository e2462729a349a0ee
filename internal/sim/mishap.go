package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"bendo/agent/courier"
	"bendo/syncproto"
)

// place is one office as the province knows it: one device and its book, whichever
// machines speak with its key.
type place struct {
	w        *world
	n        int
	device   syncproto.DeviceID
	book     syncproto.BookID
	first    *memBook // as enrolled
	machines []*office
	filed    map[syncproto.EventID]*filing
	order    []*filing
	excused  map[syncproto.EventID]bool // nobody has them any more: a disk died with them
	holes    map[syncproto.BlobKey]bool // the same of scans
	forked   bool                       // a clone or an old disk speaks, or did
	restored int                        // how many epochs IT granted
	it       bool                       // IT is at work
	history  []Access
}

// filing is what a resident handed in.
type filing struct {
	event syncproto.Event
	blobs [][]byte
	at    time.Duration
}

// live plans the office's weeks.
func (p *place) live() {
	p.machine(p.first, "")
	r := p.w.chance(p.n, "mishaps")
	last := p.w.o.Length - 3*clearAtEnd
	within := func(from time.Duration) time.Duration {
		return from + time.Duration(r.Int64N(int64(max(last-from, 1))))
	}
	day := 24 * time.Hour
	clone, old, rot := r.IntN(20) == 0, r.IntN(20) == 0, r.IntN(8) == 0
	cloneAt, oldAt := within(day/2), within(day)
	age, rotAt := time.Duration(r.Int64N(int64(min(oldAt, 3*day)))), within(day/2)
	if clone && p.w.has(Clones) && last > day {
		p.w.plan(min(cloneAt, last-day/2), p.clone)
	} else if old && p.w.has(OldDisks) && last > 2*day {
		p.oldDisk(oldAt, age)
	}
	if rot && p.w.has(Rot) {
		p.w.plan(rotAt, func() { p.rot(r) })
	}
}

// machine puts a machine with this disk into the office.
func (p *place) machine(book *memBook, which string) *office {
	o := &office{w: p.w, place: p, n: p.n, which: which, book: book, chance: p.w.chance(p.n, "line"+which),
		weather: drawWeather(p.w.chance(p.n, "weather"+which), p.w.o.Length, p.w.o.Without)}
	o.clock = newMachineClock(p.w, p.n, which)
	p.machines = append(p.machines, o)
	p.w.offices = append(p.w.offices, o)
	o.live()
	return o
}

// clone: somebody copies the disk into a second machine, and both are used.
func (p *place) clone() {
	o := p.machines[0]
	p.w.came("clones")
	p.forked = true
	p.w.note("a disk was cloned")
	p.machine(o.book.image(), "b")
}

// oldDisk: the disk dies and an image of it, so old, is put in.
func (p *place) oldDisk(at, age time.Duration) {
	var image *memBook
	p.w.plan(at-age, func() { image = p.machines[0].book.image() })
	p.w.plan(at, func() {
		o := p.machines[0]
		p.w.came("old disks")
		p.forked = true
		o.die()
		o.book = image.image() // the image may be put in again
		o.note("the disk is %s old", say(age.Round(time.Minute).String()))
		p.w.excuse()
	})
}

// rot: one event that was not sent yet, or one scan, cannot be read until the doctor
// has mended it.
func (p *place) rot(r *rand.Rand) {
	o := p.machines[0]
	b, l := o.book, o.book.log()
	mend := p.w.now + time.Hour + time.Duration(r.Int64N(int64(12*time.Hour)))
	switch {
	case r.IntN(2) == 0 && l.acked < uint64(len(l.events)):
		id := l.events[len(l.events)-1].Header.ID
		b.rotten[id] = true
		o.note("an event rots")
		p.w.plan(mend, func() { delete(o.book.rotten, id) })
	case len(b.order) > 0:
		key := b.order[len(b.order)-1].state.Key
		b.holes[key] = true
		o.note("scan %08x rots", short(key.SHA256))
		p.w.plan(mend, func() { delete(o.book.holes, key) })
	default:
		return
	}
	p.w.came("rot")
	o.rotUntil = mend
}

// frozen calls IT as soon as a log of the office stands still.
func (p *place) frozen() {
	if p.it {
		return
	}
	p.it = true
	r := p.w.chance(p.n, fmt.Sprint("it", p.restored))
	p.w.plan(min(p.w.now+time.Hour+time.Duration(r.Int64N(int64(10*time.Hour))), p.w.o.Length-2*clearAtEnd), p.repair)
}

// repair is what IT does about a fork, one machine at a time: the others are switched
// off; the one in use gets an epoch, twice if the province forgot the first; when
// everything of it has arrived it makes room for the next.
func (p *place) repair() {
	p.it = false
	var use, wait *office
	for _, o := range p.machines {
		switch {
		case o.retired:
		case use == nil:
			use = o
		default:
			wait = o
		}
	}
	if wait != nil && !wait.off {
		wait.switchOff()
	}
	again := min(p.w.now+90*time.Minute, max(p.w.now+10*time.Minute, p.w.o.Length-2*clearAtEnd))
	switch b := use.book; {
	case b.log().frozen:
		p.grant(use)
	case wait != nil && use.carried():
		use.switchOff()
		use.retired = true
		p.w.excuse()
		p.grant(wait) // before it speaks: it never sees the grant of the other
		wait.switchOn()
	case wait == nil:
		return
	}
	p.it = true
	p.w.plan(again, p.repair)
}

func (p *place) grant(o *office) {
	p.restored++
	p.w.came("epochs granted")
	if _, err := p.w.portal.Grant(p.device, fmt.Sprintf("%05d", 50_000+100*p.restored+p.n)); err != nil {
		p.w.err = err
	}
	o.note("a new epoch is granted")
}

// carried says that the province has everything that this machine has. A dossier that came back
// from the province may wait for a scan that lies on the other copy's disk only: that one brings it,
// and is not let in before this one is done.
func (o *office) carried() bool {
	s, err := courier.Look(o.w.ctx, o.book)
	return err == nil && s.Waiting() == 0 && !s.Log.Frozen && !s.Unsettled && o.openBut(s, func(k syncproto.BlobKey) bool {
		m := o.book.blobs[k]
		return o.place.holes[k] || m != nil && m.data == nil
	}) == ""
}

func (o *office) switchOff() {
	o.off = true
	if o.alive {
		o.die()
	}
	o.note("switched off")
}

func (o *office) switchOn() {
	o.off = false
	o.note("switched on")
	o.w.plan(o.w.now+time.Minute, o.start)
}

// province plans the portal's own misfortunes.
func (w *world) province() {
	r := w.chance(0, "province")
	last := w.o.Length - 4*clearAtEnd
	gap := w.o.Restart
	if gap == 0 {
		gap = 48 * time.Hour
	}
	for at := time.Duration(r.Int64N(int64(gap))); at < last && w.has(PortalRestarts); at += time.Duration(r.Int64N(int64(gap))) {
		w.plan(at, func() {
			w.portal.Restart()
			w.came("portal restarts")
			w.mishapAt = w.now
			w.note("the portal restarted")
			w.check()
		})
	}
	for _, age := range []time.Duration{time.Hour, 24 * time.Hour, 7 * 24 * time.Hour} {
		at := age + time.Hour + time.Duration(r.Int64N(int64(max(last-age-time.Hour, 1))))
		if w.has(PortalRestores) && last > age+2*time.Hour {
			w.restore(at, age, r.IntN(4) == 0 && !w.o.Told)
		}
	}
	for at := time.Hour; at < w.o.Length; at += time.Hour {
		w.plan(at, w.look)
		if at%(6*time.Hour) == 0 {
			w.plan(at, w.check)
		}
	}
}

// restore: the portal's data are a backup of this age; by hand: nobody tells the portal.
func (w *world) restore(at, age time.Duration, byHand bool) {
	w.plan(at-age, func() {
		backup := w.portal.Snapshot()
		w.plan(at, func() {
			if byHand {
				w.portal.Swap(backup)
				w.came("portals put back by hand")
				w.byHand, w.unnoticed = true, w.portal.Generation()
			} else {
				w.portal.Restore(backup)
			}
			w.came("portals restored from " + age.String())
			w.restored++
			w.mishapAt = w.now
			w.prefix = map[syncproto.LogID]prefix{}
			w.note("the portal was restored from a backup " + age.String() + " old")
			for _, p := range w.places {
				p.access(Access{Restore: true, Call: w.now, Return: w.now, Applied: p.appliedOf(p.log()), Generation: w.portal.Generation()})
			}
			w.excuse()
		})
	})
}

// excuse notes what nobody has any more after a disk or a backup took it along. All else
// must be at the province in the end.
func (w *world) excuse() {
	for _, p := range w.places {
		there := map[syncproto.EventID]bool{}
		for epoch := uint32(1); epoch <= uint32(p.restored)+1; epoch++ {
			for _, e := range w.portal.Events(syncproto.LogID{Device: p.device, Epoch: epoch}) {
				there[e.Header.ID] = true
			}
		}
		for _, f := range p.order {
			id := f.event.Header.ID
			if !there[id] && !p.holds(func(b *memBook) bool { _, has := b.where[id]; return has }) {
				p.excused[id] = true
			}
			for _, r := range f.event.Header.Blobs {
				key := syncproto.BlobKey{Dossier: f.event.Header.Dossier, SHA256: r.SHA256}
				if _, complete := w.portal.Complete(key); !complete && !p.holds(func(b *memBook) bool { m := b.blobs[key]; return m != nil && m.data != nil }) {
					p.holes[key] = true
				}
			}
		}
	}
}

func (p *place) holds(has func(*memBook) bool) bool {
	for _, o := range p.machines {
		if !o.retired && has(o.book) {
			return true
		}
	}
	return false
}
