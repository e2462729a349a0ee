package sim

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
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
	NoSync              // a power cut takes the last writes with it
	CursorFirst         // the feed's cursor moves in a transaction of its own, before the items
	SilentStatus        // the screen says online whatever happens
	ForkUnseen          // the book does not freeze a log that forked
	NoHealer            // nobody settles logs of earlier epochs
	RejoinForgets       // what a log of an earlier epoch lost at the province is not appended anew
)

// Mishap is a kind of bad luck. A failing seed is made smaller by leaving kinds out.
type Mishap uint16

// The mishaps; a run has all but those in Options.Without.
const (
	Losses         Mishap = 1 << iota // of messages
	Doubles                           // of messages, past their successors
	Weather                           // of lines: silence, refusal, somebody else's page
	Kills                             // of agents, also between two writes
	PortalRestarts                    //
	PortalRestores                    // from backups of 1 hour, 1 day, 7 days
	Clones                            // of an office's disk, both live
	OldDisks                          // an office's disk is an older image
	Rot                               // events and scans that cannot be read for a day
	Clocks                            // of offices: years off, backwards, frozen, 1970, 2036
	Poison                            // events nobody can read
	allMishaps     = 1<<iota - 1
)

var mishapNames = []string{"losses", "doubles", "weather", "kills", "portal-restarts", "portal-restores", "clones", "old-disks", "rot", "clocks", "poison"}

// Options of one run.
type Options struct {
	Seed    uint64
	Offices int
	Length  time.Duration // at least a day; the last hours are clear
	PerDay  float64       // submissions of an office, on average
	Without Mishap        // the kinds of bad luck left out
	Restart time.Duration // the longest time between two restarts of the portal; 0: two days
	Bug     Bug
	Portal  prototest.Bug
	Told    bool // no backup is put in place behind the portal's back; one in four else
	Only    int  // run this office alone (from 1); 0 all: for a shorter trace of a failing seed
	History bool
}

// Report is what a run found.
type Report struct {
	Hash        [32]byte // of every step of every office, in order
	Steps       int
	Submissions int
	Requests    int
	Sent, Need  int64          // bytes of scans sent, and of scans that became complete
	Mishaps     map[string]int // how often each came
	Histories   [][]Access     // of logs, when asked for
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
	w := &world{ctx: virtual{ctx}, o: o, start: time.Date(2026, 11, 2, 0, 0, 0, 0, time.UTC), hash: sha256.New(),
		texts: newTexts(), reads: newReads(), items: map[syncproto.Cursor]uint64{}, prefix: map[syncproto.LogID]prefix{}}
	w.report.Mishaps = map[string]int{}
	if err := w.build(); err != nil {
		return Report{}, err
	}
	defer w.end()
	for w.queue.len() > 0 && w.queue.first() <= o.Length && len(w.report.Broken) == 0 && w.err == nil {
		w.next()
	}
	if len(w.report.Broken) == 0 && w.err == nil {
		w.now = o.Length
		w.atTheEnd()
	}
	w.flush()
	w.hash.Sum(w.report.Hash[:0])
	return w.report, w.err
}

type world struct {
	ctx     context.Context
	o       Options
	start   time.Time
	now     time.Duration
	portal  *prototest.Memory
	offices []*office // machines; a clone is one of its own
	places  []*place
	queue   queue
	count   uint64
	hash    hash.Hash
	sum     []byte // noted and not hashed yet
	texts   texts
	reads   *reads
	report  Report
	err     error // of the simulation itself

	restored  int                 // how often the portal was
	byHand    bool                // once without being told …
	unnoticed uint64              // … and this is the generation it went back to
	mishapAt  time.Duration       // when the portal last died or was restored
	feedWas   [2]syncproto.Cursor // ends of the feed at the last two looks
	lookedAt  time.Duration
	waiting   []*waiter        // questions about the feed that the portal holds
	stirred   syncproto.Cursor // the end of the feed when they were last asked again
	arrivals  int
	items     map[syncproto.Cursor]uint64 // what stands at a place of the feed
	prefix    map[syncproto.LogID]prefix
}

func (w *world) has(m Mishap) bool { return w.o.Without&m == 0 }

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
		p, err := w.enrol(n)
		if err != nil {
			return err
		}
		if w.o.Only != 0 && w.o.Only != n {
			continue
		}
		w.places = append(w.places, p)
		p.live()
	}
	w.province()
	return nil
}

// enrol makes an office with a book, as the agent does.
func (w *world) enrol(n int) (*place, error) {
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
	grant, err := json.Marshal(resp.Grant)
	if err != nil {
		return nil, err
	}
	id := ledger.Identity{Device: resp.Device, Book: resp.Book, Epoch: resp.Grant.Epoch, Prefix: resp.Grant.SlipPrefix, Grant: grant,
		CommuneCode: resp.Commune, PortalKey: resp.PortalKey, Generation: resp.Generation, FeedEpoch: resp.Feed.Epoch}
	book := newMemBook(id, key)
	book.bug, book.restored, book.reads = w.o.Bug, func() int { return w.restored }, w.reads
	return &place{w: w, n: n, device: id.Device, book: id.Book, first: book, filed: map[syncproto.EventID]*filing{},
		excused: map[syncproto.EventID]bool{}, holes: map[syncproto.BlobKey]bool{}}, nil
}

// end stops whatever waits for a line that nobody simulates any more.
func (w *world) end() {
	for _, o := range w.offices {
		o.cut()
		o.fibers.end()
	}
}

// note goes into everybody's trace.
func (w *world) note(what string) {
	for _, o := range w.offices {
		o.note(what)
	}
}

// came counts a mishap.
func (w *world) came(what string) { w.report.Mishaps[what]++ }

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
