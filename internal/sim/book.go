package sim

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

// crash is what a process dies of in the middle of a write.
type crash struct{ before bool }

// memBook is a book in memory. It outlives its process: what a method wrote is there
// after a crash, what a process kept for itself is not. It checks the promises that
// concern single writes as they are made.
type memBook struct {
	id     ledger.Identity
	key    ed25519.PrivateKey
	events []syncproto.Event
	heads  []syncproto.Digest // heads[i] after seq i
	acked  uint64
	gen    uint64 // of acked
	frozen bool

	blobs    map[syncproto.BlobKey]*memBlob
	order    []*memBlob // in order of filing
	open     []*memBlob // those perhaps not complete, in order of filing
	subs     map[syncproto.Digest]*submission
	subList  []*submission
	outcomes map[syncproto.EventID]string

	cursor syncproto.Cursor
	pages  []memPage

	writes   int // made so far
	dieAt    int // the write to die at, 0 none
	dieAfter bool
	broken   []string // promises that broke
	bug      Bug
	maxAcked map[uint64]uint64 // highest ack per generation
	restored func() int        // how often the portal was restored
}

type memBlob struct {
	state    ledger.BlobState
	data     []byte
	complete uint64 // generation
	acked    int64  // highest offset acknowledged …
	ackedGen uint64 // … in this generation
	ackedAt  int    // … and this life of the portal's data
}

type submission struct {
	event    syncproto.EventID
	seq      uint64
	manifest syncproto.Digest
	complete uint64 // generation of the receipt
	blobs    []*memBlob
}

type memPage struct {
	from, to syncproto.Cursor
	raw      []byte
}

func newMemBook(id ledger.Identity, key ed25519.PrivateKey) *memBook {
	return &memBook{id: id, key: key, heads: []syncproto.Digest{syncproto.ChainStart(syncproto.LogID{Device: id.Device, Epoch: id.Epoch})},
		blobs: map[syncproto.BlobKey]*memBlob{}, subs: map[syncproto.Digest]*submission{}, outcomes: map[syncproto.EventID]string{},
		cursor: syncproto.Cursor{Epoch: id.FeedEpoch}, maxAcked: map[uint64]uint64{}}
}

// write is one durable write; a planned crash happens before or after it.
func (b *memBook) write(f func()) {
	b.writes++
	die := b.dieAt > 0 && b.writes >= b.dieAt
	if die && !b.dieAfter {
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
	ev.Header.Epoch, ev.Header.Seq = b.id.Epoch, uint64(len(b.events))+1
	hd, pd, err := syncproto.EventDigests(ev)
	if err != nil {
		return err
	}
	b.events = append(b.events, ev)
	b.heads = append(b.heads, syncproto.ChainNext(b.heads[len(b.heads)-1], hd, pd))
	s := &submission{event: ev.Header.ID, seq: ev.Header.Seq, manifest: syncproto.ManifestDigest(ev.Header, pd)}
	for i, r := range ev.Header.Blobs {
		key := syncproto.BlobKey{Dossier: ev.Header.Dossier, SHA256: r.SHA256}
		if b.blobs[key] != nil {
			continue
		}
		m := &memBlob{data: blobs[i], state: ledger.BlobState{Key: key, Length: r.Length, Event: ev.Header.ID,
			Seq: ev.Header.Seq, Epoch: b.id.Epoch, SavedAt: at}}
		b.blobs[key] = m
		b.order, b.open, s.blobs = append(b.order, m), append(b.open, m), append(s.blobs, m)
	}
	b.subs[s.manifest] = s
	b.subList = append(b.subList, s)
	return nil
}

func (b *memBook) Identity(context.Context) (ledger.Identity, error) { return b.id, nil }

func (b *memBook) LogState(context.Context) (ledger.LogState, error) {
	return ledger.LogState{Log: b.log(), Next: uint64(len(b.events)) + 1, Head: b.heads[len(b.heads)-1],
		Acked: b.acked, Generation: b.gen, Frozen: b.frozen}, nil
}

func (b *memBook) log() syncproto.LogID {
	return syncproto.LogID{Device: b.id.Device, Epoch: b.id.Epoch}
}

func (b *memBook) HeadAt(_ context.Context, _ uint32, seq uint64) (syncproto.Digest, error) {
	if seq >= uint64(len(b.heads)) {
		return syncproto.Digest{}, ledger.ErrNotFound
	}
	return b.heads[seq], nil
}

func (b *memBook) PendingEvents(_ context.Context, from uint64, maxEvents, maxBytes int) (list []syncproto.Event, err error) {
	size := 0
	for _, e := range b.events[min(from-1, uint64(len(b.events))):] {
		if size += 200 + len(e.Payload); len(list) > 0 && (size > maxBytes || len(list) == maxEvents) {
			break
		}
		list = append(list, e)
	}
	if b.bug == ResendNever && len(list) > 0 { // takes sent for arrived
		b.acked = max(b.acked, list[len(list)-1].Header.Seq)
	}
	return list, nil
}

func (b *memBook) SetAck(_ context.Context, a syncproto.Ack) (progress bool, err error) {
	b.write(func() {
		if a.Generation < b.id.Generation || a.Generation == b.gen && a.Applied < b.acked {
			return
		}
		if a.Applied > uint64(len(b.events)) || b.heads[a.Applied] != a.Head {
			err, b.frozen = ledger.ErrFork, true
			return
		}
		if a.Applied < b.maxAcked[a.Generation] {
			b.breaks("the ack went back from %d to %d in generation %d", b.maxAcked[a.Generation], a.Applied, a.Generation)
		}
		b.maxAcked[a.Generation] = a.Applied
		progress = a.Generation > b.gen || a.Applied > b.acked
		b.acked, b.gen = a.Applied, a.Generation
		b.raise(a.Generation)
	})
	return progress, err
}

// raise notes a generation; what an older one confirmed is open again.
func (b *memBook) raise(g uint64) {
	if g <= b.id.Generation {
		return
	}
	b.id.Generation = g
	b.open = append([]*memBlob(nil), b.order...)
}

func (b *memBook) Freeze(context.Context, string) error {
	b.write(func() { b.frozen = true })
	return nil
}

func (b *memBook) Regrant(context.Context, syncproto.EpochGrant) error {
	return fmt.Errorf("the simulated province grants no epochs")
}

func (b *memBook) TakeBack(context.Context, syncproto.LogID, uint64, []syncproto.Event) (int, error) {
	return 0, fmt.Errorf("the simulated province grants no epochs")
}

func (b *memBook) Totals(context.Context) (t ledger.OutboxTotals, err error) {
	for i := len(b.subList) - 1; i >= 0; i-- {
		if b.subList[i].complete != b.id.Generation {
			t.Dossiers++
		}
	}
	return t, nil
}

func (b *memBook) PendingBlobs(_ context.Context, limit int) (list []ledger.BlobState, err error) {
	open := b.open[:0]
	for _, m := range b.open {
		if m.complete != 0 && m.complete == b.id.Generation {
			continue
		}
		open = append(open, m)
		if len(list) < limit {
			list = append(list, m.state)
		}
	}
	b.open = open
	return list, nil
}

func (b *memBook) SetBlob(_ context.Context, key syncproto.BlobKey, offset int64, complete bool) error {
	m := b.blobs[key]
	if m == nil || offset < 0 || offset > m.state.Length {
		return ledger.ErrNotFound
	}
	b.write(func() {
		m.acked, m.ackedGen, m.ackedAt = offset, b.id.Generation, b.restored()
		if m.state.Offset, m.complete = offset, 0; complete {
			m.state.Offset, m.complete = m.state.Length, b.id.Generation
		}
	})
	return nil
}

// memReader is a ledger.Blob.
type memReader struct{ *bytes.Reader }

func (memReader) Close() error { return nil }

func (b *memBook) BlobReader(_ context.Context, d syncproto.DossierID, sha syncproto.Digest) (ledger.Blob, error) {
	m := b.blobs[syncproto.BlobKey{Dossier: d, SHA256: sha}]
	if m == nil {
		return nil, ledger.ErrNotFound
	}
	return memReader{bytes.NewReader(m.data)}, nil
}

func (b *memBook) Cursor(context.Context) (syncproto.Cursor, error) { return b.cursor, nil }

func (b *memBook) ResetFeed(_ context.Context, c syncproto.Cursor) error {
	b.write(func() { b.cursor = c })
	return nil
}

// Receive is one transaction: the items, then the cursor.
func (b *memBook) Receive(_ context.Context, p syncproto.FeedPage, raw []byte) (rec ledger.Received, err error) {
	if p.Epoch == b.cursor.Epoch && p.To <= b.cursor.Pos {
		return ledger.Received{Repeated: true}, nil
	}
	if p.Epoch != b.cursor.Epoch || p.From != b.cursor.Pos {
		return rec, ledger.ErrCursor
	}
	b.write(func() {
		for _, it := range p.Items {
			b.take(it)
		}
		b.pages = append(b.pages, memPage{b.cursor, p.Next(), raw})
		b.cursor = p.Next()
	})
	return rec, nil
}

func (b *memBook) take(it syncproto.FeedItem) {
	switch it.Kind {
	case syncproto.FeedOutcome:
		if o, err := syncproto.DecodeOutcome(it.Body); err == nil {
			b.outcomes[o.Event] = o.Code
		}
	case syncproto.FeedReceipt:
		r, err := syncproto.DecodeReceipt(it.Body)
		if err != nil {
			b.breaks("a receipt that does not decode")
			return
		}
		b.raise(r.Generation)
		if s := b.subs[r.Manifest]; s != nil && r.Generation > s.complete {
			s.complete = r.Generation
			for _, m := range s.blobs {
				m.state.Offset, m.complete = m.state.Length, max(m.complete, r.Generation)
			}
		}
	}
}

func (b *memBook) EchoPages(_ context.Context, after syncproto.Cursor, limit int) (out [][]byte, err error) {
	for _, p := range b.pages {
		if p.to.Epoch == after.Epoch && p.to.Pos > after.Pos && len(out) < limit {
			out = append(out, p.raw)
		}
	}
	return out, nil
}

func (b *memBook) Kept(context.Context, string) ([]ledger.Kept, error) { return nil, nil }
func (b *memBook) Forget(context.Context, ledger.Kept) error           { return nil }
