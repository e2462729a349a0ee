package sim

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

type memBlob struct {
	state    ledger.BlobState
	data     []byte // nil: the bytes are not here (the event came back from the province) …
	partial  []byte // … but these of them
	complete uint64 // generation
	acked    int64  // highest offset acknowledged …
	ackedGen uint64 // … in this generation
	ackedAt  int    // … and this life of the portal's data
}

type submission struct {
	event    syncproto.EventID
	dossier  syncproto.DossierID
	refs     []syncproto.BlobRef
	manifest syncproto.Digest
	complete uint64 // generation of the receipt
	blobs    []*memBlob
}

func (b *memBook) PendingBlobs(_ context.Context, limit int) (list []ledger.BlobState, err error) {
	open := b.open[:0]
	for _, m := range b.open {
		if m.complete != 0 && m.complete == b.id.Generation {
			continue
		}
		open = append(open, m)
		if len(list) < limit && m.data != nil { // one that is away cannot be sent
			list = append(list, m.state)
		}
	}
	b.open = open
	return list, nil
}

// scansOf lists every scan of a submission, also those first named by another.
func (b *memBook) scansOf(s *submission) (keys []syncproto.BlobKey) {
	for _, r := range s.refs {
		keys = append(keys, syncproto.BlobKey{Dossier: s.dossier, SHA256: r.SHA256})
	}
	return keys
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
	key := syncproto.BlobKey{Dossier: d, SHA256: sha}
	m := b.blobs[key]
	if m == nil || m.data == nil {
		return nil, ledger.ErrNotFound
	}
	if b.holes[key] {
		return nil, fmt.Errorf("scan %.8s: %w", sha, ledger.ErrDamaged)
	}
	return memReader{bytes.NewReader(m.data)}, nil
}

func (b *memBook) Cursor(context.Context) (syncproto.Cursor, error) { return b.cursor, nil }

func (b *memBook) ResetFeed(_ context.Context, c syncproto.Cursor) error {
	b.write(func() { b.cursor, b.history = c, nil })
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
		if b.bug != CursorFirst {
			b.takeItems(p)
		}
		page := memPage{b.cursor, p.Next(), p, b.reads.one(p, raw)}
		if n := len(b.pages); n > 0 && b.pages[n-1].to.Epoch == page.to.Epoch && b.pages[n-1].to.Pos >= page.to.Pos { // of a history nobody continues
			kept := slices.Clone(b.pages) // an image shares them
			b.pages, b.fold = slices.DeleteFunc(kept, func(x memPage) bool { return x.to.Epoch == page.to.Epoch && x.to.Pos == page.to.Pos }), fold{}
		}
		b.pages, b.history = append(b.pages, page), nil
		b.cursor = p.Next()
	})
	if b.bug == CursorFirst { // a second transaction: a crash between the two loses the items
		b.write(func() { b.takeItems(p) })
	}
	return rec, nil
}

func (b *memBook) takeItems(p syncproto.FeedPage) {
	for _, it := range p.Items {
		b.take(it)
	}
}

func (b *memBook) take(it syncproto.FeedItem) {
	switch x := b.reads.read(it); x.kind {
	case syncproto.FeedOutcome:
		b.outcomes[x.outcome.Event] = x.outcome.Code
	case syncproto.FeedDirective:
		b.directives = append(b.directives, ledger.Kept{Epoch: b.cursor.Epoch, Pos: it.Pos, Kind: it.Kind, Body: it.Body})
	case syncproto.FeedReceipt:
		r := x.receipt
		b.raise(r.Generation)
		s := b.subs[r.Manifest]
		if s == nil {
			b.receipts[r.Manifest] = max(b.receipts[r.Manifest], r.Generation)
			return
		}
		if r.Generation > s.complete {
			s.complete, b.openSubs = r.Generation, -1
			for _, m := range s.blobs {
				m.state.Offset, m.complete = m.state.Length, max(m.complete, r.Generation)
			}
		}
	case "":
		b.breaks("an item of the feed that does not decode: %s", it.Kind)
	}
}

// item is what an item of the feed says; kind is empty when it does not decode.
type item struct {
	kind    string
	outcome syncproto.Outcome
	receipt syncproto.Receipt
}

// reads keeps what items say, for all books of a run: fifty read the same ones, and read
// them again every day to fold them.
type reads struct {
	items map[string]item
	pages map[string][]byte // as they are kept, by signature: the bytes of one are there once
}

func newReads() *reads { return &reads{map[string]item{}, map[string][]byte{}} }

// one gives the bytes of a page that another book keeps already, if they are the same.
func (r *reads) one(p syncproto.FeedPage, raw []byte) []byte {
	if was := r.pages[string(p.Sig)]; bytes.Equal(was, raw) {
		return was
	}
	r.pages[string(p.Sig)] = raw
	return raw
}

func (r *reads) read(it syncproto.FeedItem) item {
	x, known := r.items[string(it.Body)]
	if known && (x.kind == it.Kind || x.kind == "") {
		return x
	}
	x = item{kind: it.Kind}
	var err error
	switch it.Kind {
	case syncproto.FeedOutcome:
		x.outcome, err = syncproto.DecodeOutcome(it.Body)
	case syncproto.FeedReceipt:
		x.receipt, err = syncproto.DecodeReceipt(it.Body)
	}
	if err != nil {
		x.kind = ""
	}
	r.items[string(it.Body)] = x
	return x
}

// fold is what the pages, read from the first, say about outcomes and receipts.
type fold struct {
	pages    int // so many of the book's are in it
	outcomes map[syncproto.EventID]string
	complete map[syncproto.Digest]uint64
}

// folded reads the pages that came since it was last asked; all of them when one went
// away, which empties the fold. I24: a book's state is the fold of its feed, whatever was
// cut or reset on the way.
func (b *memBook) folded() (outcomes map[syncproto.EventID]string, complete map[syncproto.Digest]uint64) {
	f := &b.fold
	if f.outcomes == nil {
		f.outcomes, f.complete = make(map[syncproto.EventID]string, len(b.outcomes)), make(map[syncproto.Digest]uint64, len(b.outcomes))
	}
	for _, p := range b.pages[f.pages:] {
		for _, it := range p.page.Items {
			switch x := b.reads.read(it); x.kind {
			case syncproto.FeedOutcome:
				f.outcomes[x.outcome.Event] = x.outcome.Code
			case syncproto.FeedReceipt:
				f.complete[x.receipt.Manifest] = max(f.complete[x.receipt.Manifest], x.receipt.Generation)
			}
		}
	}
	f.pages = len(b.pages)
	return f.outcomes, f.complete
}

// unlikeFold names the first difference between the book and the fold of its feed.
func (b *memBook) unlikeFold() string {
	outcomes, complete := b.folded()
	if len(outcomes) != len(b.outcomes) {
		return fmt.Sprintf("%d outcomes are known, the feed tells of %d", len(b.outcomes), len(outcomes))
	}
	for id, code := range outcomes {
		if b.outcomes[id] != code {
			return fmt.Sprintf("event %s has outcome %q, the feed says %q", id, b.outcomes[id], code)
		}
	}
	for _, s := range b.subList {
		if s.complete != complete[s.manifest] {
			return fmt.Sprintf("the submission of event %s is complete in generation %d, the feed says %d", s.event, s.complete, complete[s.manifest])
		}
	}
	return ""
}

func (b *memBook) Kept(_ context.Context, kind string) (out []ledger.Kept, err error) {
	for _, k := range b.directives {
		if k.Kind == kind {
			out = append(out, k)
		}
	}
	return out, nil
}

func (b *memBook) Forget(_ context.Context, k ledger.Kept) error {
	b.write(func() {
		for i, x := range b.directives {
			if x.Epoch == k.Epoch && x.Pos == k.Pos {
				b.directives = append(b.directives[:i:i], b.directives[i+1:]...)
				return
			}
		}
	})
	return nil
}
