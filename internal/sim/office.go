package sim

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
	"math/rand/v2"
	"strconv"
	"time"

	"bendo/agent/courier"
	"bendo/syncproto"
)

// office is one machine: a book that stays, a process that comes and goes, a line.
type office struct {
	w       *world
	n       int
	book    *memBook
	chance  *rand.Rand
	weather weather

	session *courier.Session
	ex      *courier.Exchange
	alive   bool
	life    int // rises with every start and death: what an older life planned does not happen
	wake    int // the newest Wake
	flights []*flight
	running *flight       // the one whose code runs now
	busy    time.Duration // the line sends until

	lines    [64]line // the last steps
	nLines   int
	hour     int // of the count of exchanges
	inHour   int
	filed    map[syncproto.EventID]bool
	lastScan []byte // sometimes attached again
}

// flight is a request on its way: the courier's code, stopped where it waits for the
// line.
type flight struct {
	next     func() (*call, bool)
	stop     func()
	yield    func(*call) bool
	call     *call
	sent     time.Duration
	deadline time.Duration
	input    courier.Input
	gone     bool
}

// live plans the office's weeks.
func (o *office) live() {
	o.filed = map[syncproto.EventID]bool{}
	r := o.w.chance(o.n, "desk")
	for day := time.Duration(0); day+24*time.Hour <= o.w.o.Length; day += 24 * time.Hour {
		for range int(o.w.o.PerDay*2*r.Float64() + 0.5) {
			at := day + time.Hour + time.Duration(r.Int64N(int64(9*time.Hour))) // 8–17 h in Viet Nam is 1–10 h UTC
			if at > o.w.o.Length-clearAtEnd {
				continue
			}
			scans := r.IntN(3)
			o.w.plan(at, func() { o.file(r, scans) })
		}
		if at := day + time.Duration(r.Int64N(int64(24*time.Hour))); at < o.w.o.Length-clearAtEnd {
			o.w.plan(at, func() {
				if o.alive {
					o.note("killed")
					o.die()
				}
			})
		}
	}
	o.w.plan(time.Duration(r.Int64N(int64(time.Minute))), o.start)
}

// file is the desk: one transaction, then the bell (which is lost now and then; the
// data version is looked at every two seconds).
func (o *office) file(r *rand.Rand, scans int) {
	id, dossier := syncproto.EventID{}, syncproto.DossierID{}
	o.fill(r, id[:], dossier[:])
	ev := syncproto.Event{Header: syncproto.Header{ID: id, At: o.w.time().UnixMilli(), Type: "submitted", Schema: 1, Dossier: dossier, Version: 1}}
	o.fill(r, ev.Salt[:])
	ev.Payload = fmt.Appendf(nil, `{"procedure":"2.000815","office":%d,"n":%d,"noise":"%x"}`, o.n, len(o.filed), r.Uint64())
	if r.IntN(40) == 0 {
		ev.Payload = []byte("poison") // not JSON: it must stop nobody
	}
	var blobs [][]byte
	for range scans {
		data := o.lastScan
		if data == nil || r.IntN(8) != 0 {
			data = make([]byte, 1000+r.IntN(30_000))
			for i := 0; i+8 <= len(data); i += 512 {
				binary.BigEndian.PutUint64(data[i:], r.Uint64())
			}
		}
		sha := syncproto.Digest(sha256.Sum256(data))
		if len(blobs) > 0 && ev.Header.Blobs[0].SHA256 == sha {
			continue
		}
		o.lastScan = data
		blobs = append(blobs, data)
		ev.Header.Blobs = append(ev.Header.Blobs, syncproto.BlobRef{SHA256: sha, Length: int64(len(data)), MIME: "image/jpeg", Role: "scan:1"})
	}
	if err := o.book.file(ev, blobs, o.w.time().UnixMilli()); err != nil {
		o.w.err = err
		return
	}
	o.filed[id] = true
	o.w.report.Submissions++
	o.note("filed %d with %d scans", len(o.book.events), len(blobs))
	life, bell := o.life, r.IntN(20) != 0
	if bell {
		o.input(life, func(b courier.Snapshot) courier.Input { return courier.Bell{Book: b} })
		return
	}
	o.w.plan(o.w.now+2*time.Second, func() {
		o.input(life, func(b courier.Snapshot) courier.Input { return courier.Changed{Book: b} })
	})
}

func (o *office) fill(r *rand.Rand, parts ...[]byte) {
	for _, p := range parts {
		for i := range p {
			p[i] = byte(r.Uint32())
		}
	}
}

// start is the agent's process: it knows nothing but the book.
func (o *office) start() {
	o.alive = true
	o.life++
	o.book.dieAt = 0
	if o.w.now < o.w.o.Length-clearAtEnd && o.chance.IntN(2) == 0 {
		o.book.dieAt, o.book.dieAfter = o.book.writes+1+o.chance.IntN(60), o.chance.IntN(2) == 0
	}
	o.session = courier.NewSession(o.chance.Uint64())
	o.ex = &courier.Exchange{Book: o.book, Road: road{o}, Time: watch{o, o.chance.IntN(8)}, Key: o.book.key, Random: o.chanceReader(), Program: "sim"}
	if err := o.ex.Open(o.w.ctx); err != nil {
		o.w.err = err
		return
	}
	o.note("started")
	o.input(o.life, func(b courier.Snapshot) courier.Input { return courier.Start{Book: b} })
}

func (o *office) chanceReader() *rand.ChaCha8 {
	var seed [32]byte
	o.fill(o.chance, seed[:])
	return rand.NewChaCha8(seed)
}

// die ends the process: everything it kept for itself is gone, and so are its
// connections; what it had sent may still arrive.
func (o *office) die() {
	o.alive = false
	o.life++
	o.cut()
	o.session, o.ex = nil, nil
	again := o.w.now + time.Minute + time.Duration(o.chance.Int64N(int64(30*time.Minute)))
	o.w.plan(min(again, o.w.o.Length-clearAtEnd), o.start)
}

// cut ends every request on its way without an answer.
func (o *office) cut() {
	list := o.flights
	o.flights = nil
	for _, f := range list {
		f.gone = true
		f.stop()
	}
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
	for _, out := range o.session.Step(o.w.time(), in) {
		if o.life != life {
			return // died of an earlier output
		}
		o.do(life, out)
	}
	for _, what := range o.book.broken {
		o.w.breaks(o, what)
	}
	o.book.broken = nil
}

func (o *office) do(life int, out courier.Output) {
	switch out := out.(type) {
	case courier.Wake:
		o.wake++
		wake := o.wake
		o.w.plan(out.At.Sub(o.w.start), func() {
			if o.life == life && o.wake == wake {
				o.step(courier.Tick{})
			}
		})
	case courier.Drop:
		o.note("drops the connection")
		o.cut()
	case courier.Alarm:
		o.w.breaks(o, "the log froze without a reason: "+out.Reason)
	case courier.Show:
		o.note("is %s %s", string(out.Status.State), kind(out.Status.Problem))
	case courier.SendSync:
		o.countExchange()
		o.note("sync %d push %t from %d stat %d fresh %t sign %t", out.N, out.Push, out.From, len(out.Stat), out.Fresh, out.Sign)
		o.launch(out.Deadline, func(ctx context.Context, sent time.Duration) courier.Input {
			r, err := o.ex.Sync(ctx, out)
			if err != nil {
				return nil
			}
			b, err := courier.Look(ctx, o.book)
			if err != nil {
				return nil
			}
			if o.book.bug == OffsetForgotten {
				for i := range r.Stats {
					r.Stats[i].Answer.Off = 0
				}
			}
			return courier.SyncDone{N: out.N, Result: r, Took: o.w.now - sent, Book: b}
		})
	case courier.SendPiece:
		o.judgePiece(out)
		o.note("piece %d of %.8s from %d, %d bytes", out.N, out.Key.SHA256, out.Off, out.Len)
		o.launch(out.Deadline, func(ctx context.Context, sent time.Duration) courier.Input {
			a, p, local, err := o.ex.Piece(ctx, out)
			if err != nil {
				return nil
			}
			in := courier.PieceDone{N: out.N, Answer: a, Problem: p, Local: local, Took: o.w.now - sent}
			if b, err := courier.Look(ctx, o.book); err == nil && a.Complete {
				in.Book = &b
			}
			return in
		})
	case courier.AskTime:
		o.launch(out.Deadline, func(ctx context.Context, _ time.Duration) courier.Input {
			return courier.TimeDone{N: out.N, Problem: o.ex.Ask(ctx, out)}
		})
	}
}

// launch runs the courier's code up to where it waits for the line.
func (o *office) launch(deadline time.Duration, code func(ctx context.Context, sent time.Duration) courier.Input) {
	o.w.report.Requests++
	f := &flight{sent: o.w.now, deadline: deadline}
	f.next, f.stop = iter.Pull(func(yield func(*call) bool) {
		f.yield = yield
		f.input = code(o.w.ctx, f.sent)
	})
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
	more := false
	died := o.survives(func() {
		o.running = f
		f.call, more = f.next()
		o.running = nil
	})
	if died {
		o.note("died in a write")
		o.die()
		return
	}
	if more {
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
	if f.input == nil {
		return
	}
	o.w.plan(o.w.now, func() { // never inside the step that launched it
		if o.life == life {
			o.hear(f.input)
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

// hear notes an answer.
func (o *office) hear(in courier.Input) {
	switch in := in.(type) {
	case courier.SyncDone:
		r := in.Result
		o.note("sync %d answered %t progress %t applied %d moved %t more %t: %s", in.N, r.Answered, r.Progress, r.Applied, r.Moved, r.More, kind(r.Problem))
	case courier.PieceDone:
		o.note("piece %d: %d complete %t: %s", in.N, in.Answer.Off, in.Answer.Complete, kind(in.Problem))
	case courier.TimeDone:
		o.note("time %d: %s", in.N, kind(in.Problem))
	}
}

func kind(p *syncproto.Problem) string {
	if p == nil {
		return "-"
	}
	return p.Kind.String() + "/" + p.Code
}

// note keeps a step for the trace and hashes it. Text is made only when somebody reads.
func (o *office) note(format string, args ...any) {
	h := o.w.sum[:0]
	h = binary.BigEndian.AppendUint64(h, uint64(o.w.now))
	h = append(binary.AppendUvarint(h, uint64(o.n)), format...)
	for _, a := range args {
		switch a := a.(type) {
		case uint64:
			h = binary.AppendUvarint(h, a)
		case int64:
			h = binary.AppendVarint(h, a)
		case int:
			h = binary.AppendVarint(h, int64(a))
		case bool:
			h = strconv.AppendBool(h, a)
		case string:
			h = append(h, a...)
		case syncproto.Digest:
			h = append(h, a[:]...)
		default:
			h = fmt.Append(h, a)
		}
	}
	o.w.sum = h
	o.w.hash.Write(h)
	o.lines[o.nLines%len(o.lines)] = line{o.w.now, format, args}
	o.nLines++
}

// line is one step of the trace.
type line struct {
	at     time.Duration
	format string
	args   []any
}

func (l line) String() string {
	return l.at.Round(time.Millisecond).String() + " " + fmt.Sprintf(l.format, l.args...)
}

func (o *office) lastLines() (out []string) {
	for i := max(0, o.nLines-len(o.lines)); i < o.nLines; i++ {
		out = append(out, o.lines[i%len(o.lines)].String())
	}
	return out
}
