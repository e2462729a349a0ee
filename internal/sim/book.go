package sim

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

// crash is what a process dies of in the middle of a write.
type crash struct{ before bool }

// memBook is a book in memory. It outlives its process: what a method wrote is there
// after a crash, what a process kept for itself is not. It checks the promises that
// concern single writes as they are made.
type memBook struct {
	id   ledger.Identity
	key  ed25519.PrivateKey
	logs []*memLog // by epoch, the last is the present one

	displaced []syncproto.Event // gave up their places to the province's; the next grant takes them
	where     map[syncproto.EventID]syncproto.Digest

	blobs    map[syncproto.BlobKey]*memBlob
	order    []*memBlob // in order of filing
	byKey    []*memBlob // by key; made anew when it is shorter than blobs, of which none goes away
	open     []*memBlob // those perhaps not complete, in order of filing
	away     int        // how many have no bytes here
	subs     map[syncproto.Digest]*submission
	subList  []*submission
	openSubs int // of subList, not complete in this generation; −1 unknown
	outcomes map[syncproto.EventID]string
	receipts map[syncproto.Digest]uint64 // manifests not ours yet → generation

	cursor     syncproto.Cursor
	pages      []memPage
	fold       fold       // of pages, as far as they were read
	history    []*memPage // what chain found; nil after pages or cursor moved
	directives []ledger.Kept

	rotten map[syncproto.EventID]bool // events that fail their digest until they are mended
	holes  map[syncproto.BlobKey]bool // scans that cannot be read until they are mended
	writes int                        // made so far
	dieAt  int                        // the write to die at, 0 none
	after  bool                       // die after it, not before
	broken []string                   // promises that broke
	bug    Bug
	acks   map[ackPlace]uint64 // highest ack per log and generation
	images []*memBook          // what an unsynced disk would fall back to; only with a planted bug

	restored func() int // how often the portal was restored
	reads    *reads     // shared by all books of a run
}

type ackPlace struct {
	epoch uint32
	gen   uint64
}

// memLog is one log of the book.
type memLog struct {
	id       syncproto.LogID
	events   []syncproto.Event  // a zero event stands in a place whose event is in a later log
	heads    []syncproto.Digest // heads[i] after seq i
	acked    uint64
	gen      uint64 // of acked
	held     *syncproto.Ack
	frozen   bool
	replayed uint64 // the province sent these back
}

func (l *memLog) next() uint64           { return uint64(len(l.events)) + 1 }
func (l *memLog) head() syncproto.Digest { return l.heads[len(l.heads)-1] }

type memPage struct {
	from, to syncproto.Cursor
	page     syncproto.FeedPage
	raw      []byte
}

func newMemBook(id ledger.Identity, key ed25519.PrivateKey) *memBook {
	b := &memBook{id: id, key: key, reads: newReads(), blobs: map[syncproto.BlobKey]*memBlob{}, subs: map[syncproto.Digest]*submission{},
		outcomes: map[syncproto.EventID]string{}, receipts: map[syncproto.Digest]uint64{}, cursor: syncproto.Cursor{Epoch: id.FeedEpoch},
		acks: map[ackPlace]uint64{}, where: map[syncproto.EventID]syncproto.Digest{}, openSubs: -1,
		rotten: map[syncproto.EventID]bool{}, holes: map[syncproto.BlobKey]bool{}}
	b.beginLog(id.Epoch)
	return b
}

func (b *memBook) beginLog(epoch uint32) *memLog {
	for _, l := range b.logs {
		if l.id.Epoch == epoch {
			return l
		}
	}
	l := &memLog{id: syncproto.LogID{Device: b.id.Device, Epoch: epoch}}
	l.heads = []syncproto.Digest{syncproto.ChainStart(l.id)}
	b.logs = append(b.logs, l)
	slices.SortFunc(b.logs, func(x, y *memLog) int { return int(x.id.Epoch) - int(y.id.Epoch) })
	return l
}

// log is the present log.
func (b *memBook) log() *memLog { return b.beginLog(b.id.Epoch) }

// image is a copy of the disk. Bytes are shared: nobody writes into them.
func (b *memBook) image() *memBook {
	c := *b
	c.logs = make([]*memLog, len(b.logs))
	for i, l := range b.logs {
		x := *l
		x.events, x.heads = slices.Clip(l.events), slices.Clip(l.heads)
		c.logs[i] = &x
	}
	blobs := map[*memBlob]*memBlob{}
	copies := func(list []*memBlob) (out []*memBlob) {
		for _, m := range list {
			out = append(out, blobs[m])
		}
		return out
	}
	c.blobs = make(map[syncproto.BlobKey]*memBlob, len(b.blobs))
	for k, m := range b.blobs {
		x := *m
		blobs[m], c.blobs[k] = &x, &x
	}
	c.order, c.open, c.byKey = copies(b.order), copies(b.open), nil
	c.subs, c.subList = make(map[syncproto.Digest]*submission, len(b.subs)), nil
	for _, s := range b.subList {
		x := *s
		x.blobs = copies(s.blobs)
		c.subs[x.manifest], c.subList = &x, append(c.subList, &x)
	}
	c.displaced, c.directives, c.pages = slices.Clip(b.displaced), slices.Clip(b.directives), slices.Clip(b.pages)
	c.outcomes, c.receipts, c.acks, c.where = maps.Clone(b.outcomes), maps.Clone(b.receipts), maps.Clone(b.acks), maps.Clone(b.where)
	c.rotten, c.holes, c.broken, c.images = maps.Clone(b.rotten), maps.Clone(b.holes), nil, nil
	c.fold, c.history = fold{}, nil
	return &c
}

// write is one durable write; a planned crash happens before or after it.
func (b *memBook) write(f func()) {
	if b.bug == NoSync && b.writes%16 == 0 {
		b.images = append(b.images[max(0, len(b.images)-1):], b.image())
	}
	b.writes++
	die := b.dieAt > 0 && b.writes >= b.dieAt
	if die && !b.after {
		panic(crash{before: true})
	}
	f()
	if die {
		panic(crash{})
	}
}

func (b *memBook) breaks(format string, args ...any) {
	b.broken = append(b.broken, fmt.Sprintf(format, args...))
}

// file appends a submission as the desk does; the desk's process does not crash here.
func (b *memBook) file(ev syncproto.Event, blobs [][]byte, at int64) error {
	if err := b.append(b.log(), ev); err != nil {
		return err
	}
	l := b.log()
	b.know(l.events[len(l.events)-1], l, blobs, at)
	return nil
}

// append puts an event at the end of a log, under that log's epoch and seq.
func (b *memBook) append(l *memLog, ev syncproto.Event) error {
	ev.Header.Epoch, ev.Header.Seq = l.id.Epoch, l.next()
	hd, pd, err := syncproto.EventDigests(ev)
	if err != nil {
		return err
	}
	if had, known := b.where[ev.Header.ID]; known && had != pd {
		b.breaks("event %s stands twice with other bytes", ev.Header.ID)
	}
	b.where[ev.Header.ID] = pd
	l.events = append(l.events, ev)
	l.heads = append(l.heads, syncproto.ChainNext(l.head(), hd, pd))
	return nil
}

// know makes or moves what the outbox keeps of a submission and its scans. blobs are nil
// for what came back from the province: it has no scans yet.
func (b *memBook) know(ev syncproto.Event, l *memLog, blobs [][]byte, at int64) {
	pd := b.where[ev.Header.ID]
	manifest := syncproto.ManifestDigest(ev.Header, pd)
	s := b.subs[manifest]
	if s == nil {
		s = &submission{event: ev.Header.ID, dossier: ev.Header.Dossier, refs: ev.Header.Blobs, manifest: manifest, complete: b.receipts[manifest]}
		b.subs[manifest], b.subList, b.openSubs = s, append(b.subList, s), -1
	}
	for i, r := range ev.Header.Blobs {
		key := syncproto.BlobKey{Dossier: ev.Header.Dossier, SHA256: r.SHA256}
		m := b.blobs[key]
		if m == nil {
			m = &memBlob{state: ledger.BlobState{Key: key, Length: r.Length, Event: ev.Header.ID, SavedAt: at}, complete: s.complete}
			if blobs != nil {
				m.data = blobs[i]
			} else {
				b.away++
			}
			b.blobs[key] = m
			b.order, b.open, s.blobs = append(b.order, m), append(b.open, m), append(s.blobs, m)
		}
		if m.state.Event == ev.Header.ID {
			m.state.Seq, m.state.Epoch = ev.Header.Seq, l.id.Epoch
		}
	}
}

func (b *memBook) Identity(context.Context) (ledger.Identity, error) { return b.id, nil }

func (b *memBook) LogState(context.Context) (ledger.LogState, error) {
	l := b.log()
	return ledger.LogState{Log: l.id, Next: l.next(), Head: l.head(), Acked: l.acked, Generation: l.gen, Frozen: l.frozen, Held: l.held}, nil
}

func (b *memBook) HeadAt(_ context.Context, epoch uint32, seq uint64) (syncproto.Digest, error) {
	for _, l := range b.logs {
		if l.id.Epoch == epoch && seq < uint64(len(l.heads)) {
			return l.heads[seq], nil
		}
	}
	return syncproto.Digest{}, ledger.ErrNotFound
}

func (b *memBook) PendingEvents(_ context.Context, from uint64, maxEvents, maxBytes int) (list []syncproto.Event, err error) {
	size, l := 0, b.log()
	for _, e := range l.events[min(from-1, uint64(len(l.events))):] {
		if size += 200 + len(e.Payload); len(list) > 0 && (size > maxBytes || len(list) == maxEvents) {
			break
		}
		if b.rotten[e.Header.ID] {
			if len(list) == 0 {
				return nil, fmt.Errorf("event %s: %w", e.Header.ID, ledger.ErrDamaged)
			}
			break
		}
		list = append(list, e)
	}
	if b.bug == ResendNever && len(list) > 0 { // takes sent for arrived
		l.acked = max(l.acked, list[len(list)-1].Header.Seq)
	}
	return list, nil
}

func (b *memBook) SetAck(_ context.Context, a syncproto.Ack) (progress bool, err error) {
	b.write(func() {
		l := b.beginLog(a.Log.Epoch)
		if a.Generation < b.id.Generation || a.Generation == l.gen && a.Applied < l.acked {
			return
		}
		if a.Applied > uint64(len(l.events)) || l.heads[a.Applied] != a.Head {
			if b.bug == ForkUnseen {
				return
			}
			err, l.frozen = ledger.ErrFork, true
			return
		}
		place := ackPlace{a.Log.Epoch, a.Generation}
		if a.Applied < b.acks[place] {
			b.breaks("the ack went back from %d to %d in generation %d", b.acks[place], a.Applied, a.Generation)
		}
		b.acks[place] = a.Applied
		progress = a.Generation > l.gen || a.Applied > l.acked
		l.acked, l.gen, l.held = a.Applied, a.Generation, &a
		b.raise(a.Generation)
		if progress && !l.frozen && l == b.log() && a.Applied == uint64(len(l.events)) && len(b.displaced) > 0 {
			err = b.appendAll(l, nil) // nothing of the province's can stand in their new places
		}
	})
	return progress, err
}

// raise notes a generation; what an older one confirmed is open again.
func (b *memBook) raise(g uint64) {
	if g <= b.id.Generation {
		return
	}
	b.id.Generation = g
	b.open, b.openSubs = slices.Clone(b.order), -1
}

func (b *memBook) Freeze(context.Context, string) error {
	b.write(func() { b.log().frozen = b.bug != ForkUnseen })
	return nil
}

// Regrant is the ledger's: one transaction.
func (b *memBook) Regrant(_ context.Context, g syncproto.EpochGrant) (err error) {
	if g.Epoch <= b.id.Epoch {
		return nil
	}
	b.write(func() {
		old := b.log()
		from := old.acked
		if old.gen < b.id.Generation {
			from = 0
		}
		from = max(from, old.replayed)
		moved := old.events[from:]
		old.events, old.heads = slices.Clip(old.events[:from]), slices.Clip(old.heads[:from+1])
		b.id.Epoch, b.id.Prefix = g.Epoch, g.SlipPrefix
		b.id.Grant, err = json.Marshal(g)
		b.raise(g.Generation)
		l := b.beginLog(g.Epoch)
		if e := b.appendAll(l, moved); e != nil {
			err = e
		}
	})
	return err
}

// TakeBack is the ledger's: what the province sends back gets its place.
func (b *memBook) TakeBack(_ context.Context, id syncproto.LogID, first uint64, events []syncproto.Event) (added int, err error) {
	b.write(func() {
		l := b.beginLog(id.Epoch)
		for i, ev := range events {
			n, e := b.takeBackOne(l, first+uint64(i), ev)
			if err = e; err != nil {
				return
			}
			if n {
				added++
			}
		}
	})
	return added, err
}

func (b *memBook) takeBackOne(l *memLog, seq uint64, ev syncproto.Event) (bool, error) {
	hd, pd, err := syncproto.EventDigests(ev)
	if err != nil {
		return false, err
	}
	if seq > l.next() {
		return false, ledger.ErrCursor
	}
	head := syncproto.ChainNext(l.heads[seq-1], hd, pd)
	if seq < l.next() {
		if l.heads[seq] == head {
			l.replayed = max(l.replayed, seq)
			return false, nil
		}
		if !l.frozen || seq <= l.acked && l.gen == b.id.Generation {
			return false, ledger.ErrFork
		}
		for _, e := range l.events[seq-1:] {
			if !e.Header.ID.IsZero() {
				b.displaced = append(b.displaced, e)
			}
		}
		l.events, l.heads = slices.Clip(l.events[:seq-1]), slices.Clip(l.heads[:seq])
	}
	l.replayed = max(l.replayed, seq)
	_, known := b.where[ev.Header.ID]
	l.heads = append(l.heads, head)
	if i := slices.IndexFunc(b.displaced, func(e syncproto.Event) bool { return e.Header.ID == ev.Header.ID }); i >= 0 {
		b.displaced = slices.Delete(slices.Clone(b.displaced), i, i+1)
		l.events = append(l.events, ev) // it waited for a place, and has one at the province
		b.know(ev, l, nil, ev.Header.At)
		return false, nil
	}
	if known { // here already, in a later epoch
		l.events = append(l.events, syncproto.Event{})
		return false, nil
	}
	b.where[ev.Header.ID] = pd
	l.events = append(l.events, ev)
	b.know(ev, l, nil, ev.Header.At)
	return true, nil
}

func (b *memBook) Totals(context.Context) (t ledger.OutboxTotals, err error) {
	if b.openSubs < 0 {
		b.openSubs = 0
		for _, s := range b.subList {
			if s.complete != b.id.Generation {
				b.openSubs++
			}
		}
	}
	t.Dossiers = b.openSubs
	return t, nil
}
