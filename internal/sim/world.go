package sim

import (
	"container/heap"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"math/rand/v2"
	"time"

	"bendo/internal/ledger"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
)

// Bug plants a mistake into the offices, so that the checker can prove that it looks.
type Bug int

// The bugs. Those of the portal are prototest's.
const (
	NoBug           Bug = iota
	ResendNever         // what was sent counts as arrived
	OffsetForgotten     // what the portal has of a scan is not taken over after a cut
)

// Options of one run.
type Options struct {
	Seed    uint64
	Offices int
	Length  time.Duration // at least a day; the last four hours are clear
	PerDay  float64       // submissions of an office, on average
	Restore bool          // the portal is restored from a backup once
	Restart time.Duration // the longest time between two restarts of the portal; 0: two days
	Bug     Bug
	Portal  prototest.Bug
	Only    int // run this office alone (from 1); 0 all: for a shorter trace of a failing seed
}

// Report is what a run found.
type Report struct {
	Hash        [32]byte // of every step of every office, in order
	Steps       int
	Submissions int
	Requests    int
	Broken      []Broken
}

// Broken is a promise that did not hold.
type Broken struct {
	Office int // from 1; 0 the portal
	At     time.Duration
	What   string
	Trace  []string // the office's last steps
}

// Run plays one seed.
func Run(ctx context.Context, o Options) (Report, error) {
	w := &world{ctx: ctx, o: o, start: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), hash: sha256.New()}
	if err := w.build(); err != nil {
		return Report{}, err
	}
	for len(w.queue) > 0 && len(w.report.Broken) == 0 {
		h := heap.Pop(&w.queue).(happening)
		if h.at > o.Length {
			break
		}
		w.now = h.at
		h.do()
	}
	if len(w.report.Broken) == 0 {
		w.now = o.Length
		w.atTheEnd()
	}
	w.hash.Sum(w.report.Hash[:0])
	return w.report, w.err
}

type world struct {
	ctx     context.Context
	o       Options
	start   time.Time
	now     time.Duration
	portal  *prototest.Memory
	offices []*office
	queue   happenings
	count   uint64
	hash    hash.Hash
	sum     []byte // scratch of note
	report  Report
	err     error // of the simulation itself

	restored int // how often the portal was
}

// happening is something that will happen; those of one moment in the order they were
// planned.
type happening struct {
	at time.Duration
	n  uint64
	do func()
}

type happenings []happening

func (h happenings) Len() int { return len(h) }
func (h happenings) Less(i, j int) bool {
	return h[i].at < h[j].at || h[i].at == h[j].at && h[i].n < h[j].n
}
func (h happenings) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *happenings) Push(x any)   { *h = append(*h, x.(happening)) }
func (h *happenings) Pop() any {
	old := *h
	x := old[len(old)-1]
	old[len(old)-1] = happening{}
	*h = old[:len(old)-1]
	return x
}

func (w *world) plan(at time.Duration, do func()) {
	w.count++
	heap.Push(&w.queue, happening{max(at, w.now), w.count, do})
}

func (w *world) time() time.Time { return w.start.Add(w.now) }

// chance is a stream of its own for every office and purpose, so that one office's
// history does not depend on another's.
func (w *world) chance(office int, purpose string) *rand.Rand {
	return rand.New(rand.NewChaCha8(w.seed(office, purpose)))
}

func (w *world) seed(office int, purpose string) [32]byte {
	b := binary.BigEndian.AppendUint64([]byte(purpose), w.o.Seed)
	return sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(office)))
}

func (w *world) build() (err error) {
	w.portal, err = prototest.NewMemory(prototest.MemoryOptions{Now: w.time, Random: rand.NewChaCha8(w.seed(0, "portal")), Bug: w.o.Portal})
	if err != nil {
		return err
	}
	for n := 1; n <= w.o.Offices; n++ {
		o, err := w.enrol(n)
		if err != nil {
			return err
		}
		if w.o.Only != 0 && w.o.Only != n {
			continue
		}
		w.offices = append(w.offices, o)
		o.live()
	}
	w.province()
	return nil
}

// enrol makes an office with a book, as the agent does.
func (w *world) enrol(n int) (*office, error) {
	seed := w.seed(n, "key")
	key := ed25519.NewKeyFromSeed(seed[:])
	code, err := w.portal.NewCode(time.Hour)
	if err != nil {
		return nil, err
	}
	req := syncproto.SignEnrol(syncproto.EnrolRequest{ID: syncproto.RequestID{1}, Secret: code.Secret,
		Device: syncproto.DeviceID(seed[:16]), Proto: syncproto.Proto}, key)
	resp, err := w.portal.Enrol(w.ctx, req)
	if err != nil {
		return nil, err
	}
	id := ledger.Identity{Device: resp.Device, Book: resp.Book, Epoch: resp.Grant.Epoch, Prefix: resp.Grant.SlipPrefix,
		CommuneCode: resp.Commune, PortalKey: resp.PortalKey, Generation: resp.Generation, FeedEpoch: resp.Feed.Epoch}
	book := newMemBook(id, key)
	book.bug, book.restored = w.o.Bug, func() int { return w.restored }
	return &office{w: w, n: n, book: book, chance: w.chance(n, "line"), weather: drawWeather(w.chance(n, "weather"), w.o.Length)}, nil
}

// province plans the portal's own misfortunes.
func (w *world) province() {
	r := w.chance(0, "province")
	last := w.o.Length - 2*clearAtEnd
	gap := w.o.Restart
	if gap == 0 {
		gap = 48 * time.Hour
	}
	for at := time.Duration(r.Int64N(int64(gap))); at < last; at += time.Duration(r.Int64N(int64(gap))) {
		w.plan(at, func() { w.portal.Restart(); w.note("the portal restarted"); w.check() })
	}
	if w.o.Restore && last > 12*time.Hour {
		from := time.Duration(r.Int64N(int64(last - 6*time.Hour)))
		to := from + time.Hour + time.Duration(r.Int64N(int64(last-from-time.Hour)))
		var backup prototest.Snapshot
		w.plan(from, func() { backup = w.portal.Snapshot(); w.note("the portal was backed up") })
		w.plan(to, func() { w.portal.Restore(backup); w.restored++; w.note("the portal was restored") })
	}
	for at := 6 * time.Hour; at < w.o.Length; at += 6 * time.Hour {
		w.plan(at, w.check)
	}
}

// note goes into everybody's trace.
func (w *world) note(what string) {
	for _, o := range w.offices {
		o.note("%s", what)
	}
}

func (w *world) breaks(o *office, what string) {
	b := Broken{At: w.now, What: what}
	if o != nil {
		b.Office, b.Trace = o.n, o.lastLines()
	}
	w.report.Broken = append(w.report.Broken, b)
}

func (b Broken) String() string {
	return fmt.Sprintf("office %d at %s: %s", b.Office, b.At.Round(time.Millisecond), b.What)
}
