package sim

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"time"

	"bendo/agent/courier"
	"bendo/syncproto"
)

// office is one machine: a disk that stays, a process that comes and goes, a line.
type office struct {
	w       *world
	place   *place
	n       int
	which   string // of a place's machines; "" the first
	book    *memBook
	chance  *rand.Rand
	weather weather
	clock   *machineClock

	session  *courier.Session
	ex       *courier.Exchange
	settler  *courier.Settler
	settling bool // a step of it is planned or under way
	alive    bool
	off      bool          // IT switched it off …
	retired  bool          // … for good
	life     int           // rises with every start and death: what an older life planned does not happen
	wake     uint64        // the newest Wake, as the queue counts; 0 none
	wakeAt   time.Duration // of wake
	set      uint64        // the alarm in the queue that stands for wake, or for an earlier one; 0 none
	setAt    time.Duration
	flights  []*flight
	fibers   fibers
	running  *flight       // the one whose code runs now
	holder   *flight       // the one that keeps the book while it waits for the line, nil none …
	behind   []*flight     // … and those that wait for it
	busy     time.Duration // the line sends until
	rotUntil time.Duration
	foldedAt time.Duration // when the feed was last folded anew

	trace    trace
	watch    watch
	lastScan []byte // sometimes attached again
}

// live plans the machine's weeks.
func (o *office) live() {
	r := o.w.chance(o.n, "desk"+o.which)
	begin := o.w.now.Truncate(24 * time.Hour)
	for day := begin; day+24*time.Hour <= o.w.o.Length; day += 24 * time.Hour {
		for range int(o.w.o.PerDay*2*r.Float64() + 0.5) {
			at := day + time.Hour + time.Duration(r.Int64N(int64(9*time.Hour))) // 8–17 h in Viet Nam is 1–10 h UTC
			if at > o.w.o.Length-3*clearAtEnd {
				continue
			}
			scans := r.IntN(3)
			o.w.plan(at, func() { o.file(r, scans) })
		}
		at := day + time.Duration(r.Int64N(int64(24*time.Hour)))
		if at < o.w.o.Length-clearAtEnd && o.w.has(Kills) {
			o.w.plan(at, func() {
				if o.alive {
					o.note("killed")
					o.w.came("agents killed")
					o.die()
				}
			})
		}
	}
	o.w.plan(o.w.now+time.Duration(r.Int64N(int64(time.Minute))), o.start)
}

// file is the desk: one transaction, then the bell (which is lost now and then; the
// data version is looked at every two seconds).
func (o *office) file(r *rand.Rand, scans int) {
	if o.off {
		return
	}
	id, dossier := syncproto.EventID{}, syncproto.DossierID{}
	fill(r, id[:], dossier[:])
	ms := binary.BigEndian.AppendUint64(nil, uint64(o.w.time().UnixMilli())<<16) // ids rise with time, as UUIDs of version 7 do
	copy(id[:6], ms)
	ev := syncproto.Event{Header: syncproto.Header{ID: id, At: o.clock.wall().UnixMilli(), Type: "submitted", Schema: 1, Dossier: dossier, Version: 1}}
	fill(r, ev.Salt[:])
	ev.Payload = fmt.Appendf(nil, `{"procedure":"2.000815","office":%d,"n":%d,"noise":"%x"}`, o.n, len(o.place.filed), r.Uint64())
	if r.IntN(40) == 0 && o.w.has(Poison) {
		ev.Payload = []byte("poison") // not JSON: it must stop nobody
		o.w.came("poison")
	}
	blobs := o.scans(r, &ev.Header, scans)
	if err := o.book.file(ev, blobs, o.w.time().UnixMilli()); err != nil {
		o.w.err = err
		return
	}
	f := &filing{event: ev, blobs: blobs, at: o.w.now}
	if o.place.filed[id] != nil {
		o.w.breaks(o, "an event id was given twice")
	}
	o.place.filed[id], o.place.order = f, append(o.place.order, f)
	o.w.report.Submissions++
	o.watch.owes(o)
	o.note("filed %d with %d scans", num(len(o.book.log().events)), num(len(blobs)))
	life, bell := o.life, r.IntN(20) != 0
	if bell {
		o.input(life, func(b courier.Snapshot) courier.Input { return courier.Bell{Book: b} })
		return
	}
	o.w.plan(o.w.now+2*time.Second, func() {
		o.input(life, func(b courier.Snapshot) courier.Input { return courier.Changed{Book: b} })
	})
}

// scans draws attachments; now and then one that this office sent before.
func (o *office) scans(r *rand.Rand, h *syncproto.Header, n int) (blobs [][]byte) {
	for range n {
		data := o.lastScan
		if data == nil || r.IntN(8) != 0 {
			size := 1000 + r.IntN(30_000)
			if r.IntN(30) == 0 {
				size *= 10
			}
			data = make([]byte, size)
			for i := 0; i+8 <= len(data); i += 512 {
				binary.BigEndian.PutUint64(data[i:], r.Uint64())
			}
		}
		sha := syncproto.Digest(sha256.Sum256(data))
		if len(blobs) > 0 && h.Blobs[0].SHA256 == sha {
			continue
		}
		o.lastScan = data
		blobs = append(blobs, data)
		h.Blobs = append(h.Blobs, syncproto.BlobRef{SHA256: sha, Length: int64(len(data)), MIME: "image/jpeg", Role: "scan:1"})
	}
	return blobs
}

func fill(r *rand.Rand, parts ...[]byte) {
	for _, p := range parts {
		for i := range p {
			p[i] = byte(r.Uint32())
		}
	}
}

// start is the agent's process: it knows nothing but the book.
func (o *office) start() {
	if o.off || o.alive {
		return
	}
	o.alive = true
	o.life++
	o.book.dieAt = 0
	if o.chance.IntN(2) == 0 && o.w.has(Kills) && o.w.now < o.w.o.Length-clearAtEnd {
		o.book.dieAt, o.book.after = o.book.writes+1+o.chance.IntN(60), o.chance.IntN(2) == 0
	}
	o.session = courier.NewSession(o.chance.Uint64())
	var seed [32]byte
	fill(o.chance, seed[:])
	o.ex = &courier.Exchange{Book: o.book, Road: road{o}, Time: o.clock, Key: o.book.key, Random: rand.NewChaCha8(seed), Program: "sim"}
	if err := o.ex.Open(o.w.ctx); err != nil {
		o.w.err = err
		return
	}
	o.settler, o.settling = courier.NewSettler(o.ex, o.book, o.pause), false
	o.note("started")
	o.watch.started(o)
	o.input(o.life, func(b courier.Snapshot) courier.Input { return courier.Start{Book: b} })
}

// die ends the process: everything it kept for itself is gone, and so are its
// connections; what it had sent may still arrive. Half the time the machine goes with it.
func (o *office) die() {
	o.alive = false
	o.life++
	o.wake = 0
	o.cut()
	o.session, o.ex, o.settler, o.settling = nil, nil, nil, false
	if o.chance.IntN(2) == 0 {
		o.clock.reboot()
		if n := len(o.book.images); n > 0 { // planted: the disk had not synced
			image := o.book.images[0].image()
			image.writes = o.book.writes
			o.book = image
		}
	}
	again := o.w.now + time.Minute + time.Duration(o.chance.Int64N(int64(30*time.Minute)))
	o.w.plan(min(again, max(o.w.now+time.Minute, o.w.o.Length-clearAtEnd)), o.start)
}

// cut ends every request on its way without an answer.
func (o *office) cut() {
	list := o.flights
	o.flights = nil
	for _, f := range list {
		o.stop(f)
	}
}

// stop ends a request without an answer.
func (o *office) stop(f *flight) {
	f.gone = true
	f.stop()
	o.release(f)
}

func (o *office) input(life int, in func(courier.Snapshot) courier.Input) {
	if o.life != life || !o.alive {
		return
	}
	b, err := courier.Look(o.w.ctx, o.book)
	if err != nil {
		o.w.err = err
		return
	}
	o.step(in(b))
}

func (o *office) step(in courier.Input) {
	o.w.report.Steps++
	life := o.life
	o.watch.before(o)
	for _, out := range o.session.Step(o.w.time(), in) {
		if o.life != life {
			return // died of an earlier output
		}
		o.do(out)
	}
	for _, what := range o.book.broken {
		o.w.breaks(o, what)
	}
	o.book.broken = nil
	o.watch.owes(o)
	o.heals()
	if o.book.log().frozen {
		if !o.place.forked {
			o.w.breaks(o, "the log froze without a reason")
		}
		o.place.frozen()
	}
}

func (o *office) do(made courier.Output) {
	switch out := made.(type) {
	case courier.Wake:
		o.w.wakeAt(out.At.Sub(o.w.start), o)
	case courier.Drop:
		o.note("drops connection %d", num(out.Conn))
		o.cutOff(out.Conn)
	case courier.Alarm:
		o.note("alarm: %s", say(out.Reason))
	case courier.Show:
		o.watch.shows(o, out.Status)
		kind, code := class(out.Status.Problem)
		o.note("is %s %s/%s", say(string(out.Status.State)), kind, code)
	case courier.SendSync:
		o.watch.request(o)
		o.note("sync %d push %t from %d stat %d fresh %t sign %t", num(out.N), yes(out.Push), num(out.From), num(len(out.Stat)), yes(out.Fresh), yes(out.Sign))
		o.launch(out.Conn, out.Deadline, made)
	case courier.SendPiece:
		o.watch.request(o)
		o.judgePiece(out)
		o.note("piece %d of %08x from %d, %d bytes", num(out.N), short(out.Key.SHA256), num(out.Off), num(out.Len))
		o.launch(out.Conn, out.Deadline, made)
	case courier.SendObject:
		o.watch.request(o)
		o.launch(out.Conn, out.Deadline, made)
	case courier.AskTime:
		o.watch.request(o)
		o.launch(out.Conn, out.Deadline, made)
	}
}

// hear notes an answer.
func (o *office) hear(f *flight, in courier.Input) {
	switch in := in.(type) {
	case courier.SyncDone:
		r := in.Result
		if f.call != nil && f.call.fork && r.Answered && !in.Book.Log.Frozen && in.Book.Log.Log == f.call.log {
			o.w.breaks(o, "I8: the hello of a clone or an old disk was answered and the log is not frozen")
		}
		if r.Progress || r.Answered && r.Problem == nil {
			o.watch.progress(o)
		}
		kind, code := class(r.Problem)
		o.note("sync %d answered %t progress %t applied %d moved %t more %t: %s/%s", num(in.N), yes(r.Answered), yes(r.Progress), num(r.Applied), yes(r.Moved), yes(r.More), kind, code)
	case courier.PieceDone:
		if in.Problem == nil {
			o.watch.progress(o)
		}
		kind, code := class(in.Problem)
		o.note("piece %d: %d complete %t: %s/%s", num(in.N), num(in.Answer.Off), yes(in.Answer.Complete), kind, code)
	case courier.TimeDone:
		kind, code := class(in.Problem)
		o.note("time %d: %s/%s", num(in.N), kind, code)
	}
}

// class is what a trace tells of a problem.
func class(p *syncproto.Problem) (kind, code arg) {
	if p == nil {
		return say("-"), say("")
	}
	return say(p.Kind.String()), say(p.Code)
}

// short is enough of a digest to tell scans apart.
func short(d syncproto.Digest) arg { return num(binary.BigEndian.Uint32(d[:])) }

// rings is the alarm clock the session set. One that was put off meanwhile is set again.
func (o *office) rings(n uint64) {
	if n != o.set {
		return
	}
	o.set = 0
	switch {
	case o.wake == n && o.alive:
		o.step(courier.Tick{})
	case o.wake != n && o.wake != 0:
		o.w.sets(o)
	}
}
