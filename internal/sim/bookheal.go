package sim

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"sort"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

// What the courier's healer needs of a book (courier.Healer), as the ledger does it.

// unsettled: a log of an earlier epoch is not confirmed, or events wait for a place.
func (b *memBook) unsettled() bool {
	for _, l := range b.logs {
		if l.id.Epoch != b.id.Epoch && len(l.events) > 0 && (l.gen < b.id.Generation || l.acked < uint64(len(l.events))) {
			return true
		}
	}
	return len(b.displaced) > 0
}

func (b *memBook) Unsettled(context.Context) (bool, error) { return b.unsettled(), nil }

func (b *memBook) Rebuilt(context.Context) error { return nil }

// chain lists the pages of the present history of the feed, the newest first: a page that
// a restored portal wrote over is of a history nobody continues.
func (b *memBook) chain() (list []*memPage) {
	if b.history != nil {
		return b.history
	}
	var pages []*memPage
	for i := range b.pages {
		if b.pages[i].to.Epoch <= b.cursor.Epoch {
			pages = append(pages, &b.pages[i])
		}
	}
	slices.SortStableFunc(pages, func(x, y *memPage) int {
		return cmp.Or(cmp.Compare(y.to.Epoch, x.to.Epoch), cmp.Compare(y.to.Pos, x.to.Pos))
	})
	floor := b.cursor.Pos
	for _, p := range pages {
		if p.to.Pos <= floor {
			floor = p.from.Pos
			list = append(list, p)
		}
	}
	b.history = list
	return list
}

func (b *memBook) Trail(_ context.Context, limit int) (trail []syncproto.Cursor, err error) {
	pages, near := b.chain(), max(limit/2, 1)
	for i, step := 0, 1; i < len(pages) && len(trail) < limit; i += step {
		if p := pages[i]; p.to.Mark != 0 {
			trail = append(trail, p.to)
		}
		if i >= near {
			step *= 2
		}
	}
	return trail, nil
}

func (b *memBook) EchoPages(_ context.Context, after syncproto.Cursor, limit int) (out [][]byte, err error) {
	pages := b.chain()
	first := sort.Search(len(pages), func(i int) bool { return pages[i].to.Pos <= after.Pos })
	for _, p := range slices.Backward(pages[:first]) {
		if len(out) == limit {
			break
		}
		if p.to.Epoch <= after.Epoch {
			out = append(out, p.raw)
		}
	}
	return out, nil
}

func (b *memBook) LogAt(_ context.Context, id syncproto.LogID) (next uint64, head syncproto.Digest, err error) {
	for _, l := range b.logs {
		if l.id == id {
			return l.next(), l.head(), nil
		}
	}
	return 1, syncproto.ChainStart(id), nil
}

// FreezeLog: what was acknowledged of a history the province lost is no anchor.
func (b *memBook) FreezeLog(_ context.Context, epoch uint32) error {
	b.write(func() {
		l := b.beginLog(epoch)
		l.acked, l.frozen = 0, true
	})
	return nil
}

// Rejoin is the ledger's: what the portal's word for an earlier log covers is acknowledged,
// the rest is appended to the present log, in one transaction.
func (b *memBook) Rejoin(_ context.Context, a syncproto.Ack) (err error) {
	b.write(func() {
		old, now := b.beginLog(a.Log.Epoch), b.log()
		switch {
		case old == now:
			err = ledger.ErrOtherIdentity
			return
		case a.Generation < b.id.Generation:
			return // of the portal's past
		case a.Applied > uint64(len(old.events)):
			err = ledger.ErrLacking
			return
		case old.heads[a.Applied] != a.Head:
			err = ledger.ErrFork
			return
		}
		old.acked, old.gen, old.held = a.Applied, a.Generation, &a
		b.raise(a.Generation)
		moved := old.events[a.Applied:]
		old.events, old.heads, old.frozen = slices.Clip(old.events[:a.Applied]), slices.Clip(old.heads[:a.Applied+1]), false
		if b.bug == RejoinForgets {
			moved = nil
		}
		err = b.appendAll(now, moved)
	})
	return err
}

// appendAll gives events, and those displaced, places behind the end of a log.
func (b *memBook) appendAll(l *memLog, moved []syncproto.Event) error {
	moved = slices.Concat(moved, b.displaced)
	b.displaced = nil
	for _, e := range moved {
		if e.Header.ID.IsZero() { // stands in a later log
			continue
		}
		if err := b.append(l, e); err != nil {
			return err
		}
		b.know(l.events[len(l.events)-1], l, nil, e.Header.At)
	}
	return nil
}

// AwayScans are those whose bytes are at the province only.
func (b *memBook) AwayScans(_ context.Context, after syncproto.BlobKey, limit int) (list []ledger.Away, total int, err error) {
	if b.away == 0 {
		return nil, 0, nil
	}
	for k, m := range b.blobs {
		if m.data != nil {
			continue
		}
		if total++; less(after, k) {
			list = append(list, ledger.Away{Key: k, Length: m.state.Length, Have: int64(len(m.partial))})
		}
	}
	slices.SortFunc(list, func(x, y ledger.Away) int {
		if less(x.Key, y.Key) {
			return -1
		}
		return 1
	})
	return list[:min(len(list), limit)], total, nil
}

// TakeScan keeps bytes that come back; whole and with their digest they are the scan.
func (b *memBook) TakeScan(_ context.Context, a ledger.Away, off int64, p []byte) (have int64, err error) {
	m := b.blobs[a.Key]
	if m == nil || m.data != nil || off != int64(len(m.partial)) {
		return 0, errors.New("bytes of a scan that is here, or not these")
	}
	b.write(func() {
		m.partial = append(slices.Clip(m.partial), p...)
		if have = int64(len(m.partial)); have < a.Length {
			return
		}
		if sha256.Sum256(m.partial) == a.Key.SHA256 {
			m.data = m.partial
			b.away--
		} else {
			have = 0
		}
		m.partial = nil
	})
	return have, nil
}
