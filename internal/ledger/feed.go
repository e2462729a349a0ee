package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/internal/staff"
	"bendo/syncproto"
)

// Received says what a feed page brought.
type Received struct {
	Dossiers []syncproto.DossierID // whose state may have changed
	Kept     []Kept                // objects, directives, and what this program does not understand
	Repeated bool                  // the page had been taken before; nothing changed
}

// Kept is a feed item that is not about a dossier, or not understood. It stays in the
// book until Forget, so that a crash between page and deed loses no directive.
type Kept struct {
	Epoch, Pos uint64
	Kind, Key  string
	Body       []byte
}

// Cursor is this book's place in the feed.
func (b *Book) Cursor(ctx context.Context) (c syncproto.Cursor, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		c, err = b.cursor(ctx, tx)
		return err
	})
	return c, err
}

func (b *Book) cursor(ctx context.Context, tx *sql.Tx) (c syncproto.Cursor, err error) {
	var epoch, pos, mark int64
	err = tx.QueryRowContext(ctx, `SELECT epoch, pos, mark FROM feed WHERE id = 1`).Scan(&epoch, &pos, &mark)
	if errors.Is(err, sql.ErrNoRows) {
		return c, ErrNotEnrolled
	}
	if err != nil {
		return c, fmt.Errorf("reading cursor: %w", err)
	}
	return syncproto.Cursor{Epoch: uint64(epoch), Pos: uint64(pos), Mark: uint64(mark)}, nil
}

// ResetFeed moves the cursor to a new feed epoch (the portal was restored). Events
// that come again are recognised by their ids.
func (b *Book) ResetFeed(ctx context.Context, c syncproto.Cursor) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error { return b.setCursor(ctx, tx, c) })
}

func (b *Book) setCursor(ctx context.Context, tx *sql.Tx, c syncproto.Cursor) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO feed (id, epoch, pos, mark) VALUES (1, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, pos = excluded.pos, mark = excluded.mark`, int64(c.Epoch), int64(c.Pos), int64(c.Mark))
	if err != nil {
		return fmt.Errorf("moving the cursor: %w", err)
	}
	return nil
}

// Receive takes a page whose signature the caller verified: items, projections, cursor
// and the raw page in one transaction. A page from behind the cursor changes nothing; one
// that leaves a gap is ErrCursor. One bad item stops nobody: what cannot be read is kept.
func (b *Book) Receive(ctx context.Context, page syncproto.FeedPage, raw []byte) (rec Received, err error) {
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		c, err := b.cursor(ctx, tx)
		if err != nil {
			return err
		}
		if page.Epoch == c.Epoch && page.To <= c.Pos {
			rec.Repeated = true
			return nil
		}
		if page.Epoch != c.Epoch || page.From != c.Pos {
			return fmt.Errorf("page from %d/%d, the cursor is %d/%d: %w", page.Epoch, page.From, c.Epoch, c.Pos, ErrCursor)
		}
		book, err := b.key(ctx, tx, bookScope)
		if err != nil {
			return err
		}
		t := taker{b: b, tx: tx, book: book, page: page, touched: map[syncproto.DossierID]bool{}}
		for _, item := range page.Items {
			if err := t.take(ctx, item); err != nil {
				return fmt.Errorf("item %d: %w", item.Pos, err)
			}
		}
		if rec.Dossiers, err = t.refold(ctx); err != nil {
			return err
		}
		rec.Kept = t.kept
		if err := t.keepPage(ctx, raw); err != nil {
			return err
		}
		return b.setCursor(ctx, tx, page.Next())
	})
	if err != nil {
		return Received{}, fmt.Errorf("taking a feed page: %w", err)
	}
	return rec, nil
}

// taker takes the items of one page.
type taker struct {
	b       *Book
	tx      *sql.Tx
	book    seal.Key
	page    syncproto.FeedPage
	touched map[syncproto.DossierID]bool
	order   []syncproto.DossierID
	kept    []Kept
}

func (t *taker) take(ctx context.Context, item syncproto.FeedItem) error {
	understood, err := false, error(nil)
	switch item.Kind {
	case syncproto.FeedEvent:
		understood, err = t.event(ctx, item)
	case syncproto.FeedOutcome:
		understood, err = t.outcome(ctx, item)
	case syncproto.FeedReceipt:
		var r syncproto.Receipt
		if r, err = syncproto.DecodeReceipt(item.Body); err == nil {
			understood, err = true, t.b.addReceipt(ctx, t.tx, r)
		}
		var p *syncproto.Problem
		if errors.As(err, &p) || !understood { // not signed by this portal, or not readable: evidence, not poison
			understood, err = false, nil
		}
	}
	if err != nil || understood {
		return err
	}
	return t.keep(ctx, item)
}

func (t *taker) keep(ctx context.Context, item syncproto.FeedItem) error {
	id := fmt.Appendf(nil, "%d/%d", t.page.Epoch, item.Pos)
	_, err := t.tx.ExecContext(ctx, `INSERT INTO feed_kept (epoch, pos, kind, item_key, body) VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING`,
		int64(t.page.Epoch), int64(item.Pos), item.Kind, item.Key, seal.Seal(t.book, place("feed_kept", id, 0, "body"), item.Body))
	if err != nil {
		return fmt.Errorf("keeping it: %w", err)
	}
	if (item.Kind == syncproto.FeedObject || item.Kind == staff.FeedKind) && item.Key != "" { // a published thing of which there is a newer one
		if _, err := t.tx.ExecContext(ctx, `DELETE FROM feed_kept WHERE kind = ? AND item_key = ? AND (epoch, pos) < (?, ?)`,
			item.Kind, item.Key, int64(t.page.Epoch), int64(item.Pos)); err != nil {
			return fmt.Errorf("forgetting what it replaces: %w", err)
		}
	}
	t.kept = append(t.kept, Kept{t.page.Epoch, item.Pos, item.Kind, item.Key, item.Body})
	return nil
}

// event stores an event of the province, or one it forwards from another book (then
// the item's key names the author as "book:UUID").
func (t *taker) event(ctx context.Context, item syncproto.FeedItem) (understood bool, err error) {
	ev, err := syncproto.DecodeEvent(item.Body)
	if err != nil || ev.Header.Dossier.IsZero() {
		return false, nil
	}
	author := dossier.Province
	if ev.Header.Epoch != 0 {
		if author, err = dossier.ParseHolder(item.Key); err != nil {
			author = ""
		}
	}
	stored, err := t.b.storeForeign(ctx, t.tx, ev, author)
	if err != nil {
		return false, err
	}
	if stored {
		t.touch(ev.Header.Dossier)
	}
	return stored || t.b.known(ctx, t.tx, ev.Header.ID), nil
}

func (t *taker) touch(id syncproto.DossierID) {
	if !t.touched[id] {
		t.touched[id] = true
		t.order = append(t.order, id)
	}
}

func (b *Book) known(ctx context.Context, tx *sql.Tx, id syncproto.EventID) bool {
	var n int
	return tx.QueryRowContext(ctx, `SELECT count(*) FROM event WHERE id = ?`, id[:]).Scan(&n) == nil && n > 0
}

// storeForeign stores an event of somebody else. The same again changes nothing; the
// same id with other bytes is kept aside. An author of "" is not known: not stored.
func (b *Book) storeForeign(ctx context.Context, tx *sql.Tx, ev syncproto.Event, author dossier.Holder) (stored bool, err error) {
	h := ev.Header
	pd := syncproto.PayloadDigest(ev.Salt, ev.Payload)
	var have []byte
	err = tx.QueryRowContext(ctx, `SELECT payload_digest FROM event WHERE id = ?`, h.ID[:]).Scan(&have)
	switch {
	case err == nil && bytes.Equal(have, pd[:]):
		return false, nil
	case err == nil:
		return false, b.keepRival(ctx, tx, ev, pd)
	case !errors.Is(err, sql.ErrNoRows):
		return false, fmt.Errorf("looking for event: %w", err)
	case author == "":
		return false, nil
	}
	key, err := b.ensureKey(ctx, tx, h.Dossier)
	if errors.Is(err, seal.ErrErased) {
		return false, nil // erased by decision: what comes later about it is not kept either
	}
	if err != nil {
		return false, err
	}
	r, err := sealEvent(key, ev, author, b.nowMS(), nil)
	if err != nil {
		return false, err
	}
	return true, r.insert(ctx, tx)
}

func (b *Book) keepRival(ctx context.Context, tx *sql.Tx, ev syncproto.Event, pd syncproto.Digest) error {
	key, err := b.ensureKey(ctx, tx, ev.Header.Dossier)
	if err != nil {
		return err
	}
	body, err := syncproto.EncodeEvent(ev)
	if err != nil {
		return err
	}
	id := append(ev.Header.ID[:], pd[:]...)
	_, err = tx.ExecContext(ctx, `INSERT INTO event_rival (id, payload_digest, dossier, body, received_at) VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING`,
		ev.Header.ID[:], pd[:], ev.Header.Dossier[:], seal.Seal(key, place("event_rival", id, 0, "body"), body), b.nowMS())
	if err != nil {
		return fmt.Errorf("keeping a rival event: %w", err)
	}
	return nil
}

// outcome notes the portal's judgement. A status event of ours that it did not fold
// becomes a proposal here too, so that both sides show the same state; the filing
// itself never does, else the dossier would vanish from its own book.
func (t *taker) outcome(ctx context.Context, item syncproto.FeedItem) (understood bool, err error) {
	o, err := syncproto.DecodeOutcome(item.Body)
	if err != nil || o.Event.IsZero() {
		return false, nil
	}
	_, err = t.tx.ExecContext(ctx, `INSERT INTO outcome (event, code, detail, at) VALUES (?,?,?,?)
		ON CONFLICT (event) DO UPDATE SET code = excluded.code, detail = excluded.detail, at = excluded.at`,
		o.Event[:], o.Code, seal.Seal(t.book, place("outcome", o.Event[:], 0, "detail"), []byte(o.Detail)), t.b.nowMS())
	if err != nil {
		return false, fmt.Errorf("storing outcome: %w", err)
	}
	switch o.Code {
	case syncproto.OutcomeProposal, syncproto.OutcomeConflict, syncproto.OutcomeNotYours, syncproto.OutcomeRejected:
		return true, t.setProposal(ctx, o.Event, true)
	case syncproto.OutcomeAccepted:
		return true, t.setProposal(ctx, o.Event, false)
	}
	return true, nil
}

func (t *taker) setProposal(ctx context.Context, id syncproto.EventID, proposal bool) error {
	var r row
	err := r.scan(t.tx.QueryRowContext(ctx, `SELECT `+eventColumns+` FROM event WHERE id = ?`, id[:]))
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading event: %w", err)
	}
	if r.version <= 1 || r.proposal == proposal || !bytes.Equal(r.storedCheck, r.check()) {
		return nil // a damaged row stays as it is, for whoever looks
	}
	r.proposal = proposal
	_, err = t.tx.ExecContext(ctx, `UPDATE event SET proposal = ?, digest = ? WHERE id = ?`, proposal, r.check(), id[:])
	if err != nil {
		return fmt.Errorf("marking event: %w", err)
	}
	owner, err := id16(r.dossier)
	t.touch(owner)
	return err
}

// refold makes the projections of everything the page touched.
func (t *taker) refold(ctx context.Context) ([]syncproto.DossierID, error) {
	for _, id := range t.order {
		key, err := t.b.key(ctx, t.tx, id)
		if errors.Is(err, seal.ErrErased) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if _, err := t.b.refold(ctx, t.tx, id, key); err != nil {
			return nil, err
		}
	}
	return t.order, nil
}

func pagePlace(epoch, from uint64) seal.AAD {
	return place("feed_page", fmt.Appendf(nil, "%d/%d", epoch, from), 0, "body")
}

func (t *taker) keepPage(ctx context.Context, raw []byte) error {
	p := t.page
	_, err := t.tx.ExecContext(ctx, `INSERT INTO feed_page (epoch, from_pos, to_pos, body, received_at, mark) VALUES (?,?,?,?,?,?)
		ON CONFLICT (epoch, from_pos) DO UPDATE SET to_pos = excluded.to_pos, body = excluded.body, received_at = excluded.received_at, mark = excluded.mark`,
		int64(p.Epoch), int64(p.From), int64(p.To), seal.Seal(t.book, pagePlace(p.Epoch, p.From), raw), t.b.nowMS(), int64(p.Mark))
	if err != nil {
		return fmt.Errorf("keeping the page: %w", err)
	}
	return nil
}

// EchoPages reads the raw pages of the present history beyond a position, up to the
// feed epoch of after, in order, at most limit: what a restored portal lacks and takes
// in again, because it signed it. One that is damaged here is left out: it must not keep
// back those behind it, nor this book from the feed that goes on.
func (b *Book) EchoPages(ctx context.Context, after syncproto.Cursor, limit int) (pages [][]byte, err error) {
	limit = min(max(limit, 1), 100)
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		key, err := b.key(ctx, tx, bookScope)
		if err != nil {
			return err
		}
		ends, err := b.echoEnds(ctx, tx, after)
		if err != nil {
			return err
		}
		for _, p := range ends {
			if len(pages) == limit {
				return nil
			}
			var sealed []byte
			err := tx.QueryRowContext(ctx, `SELECT body FROM feed_page WHERE epoch = ? AND from_pos = ?`, int64(p.epoch), int64(p.from)).Scan(&sealed)
			if err != nil {
				return fmt.Errorf("reading pages: %w", err)
			}
			raw, err := seal.Open(key, pagePlace(p.epoch, p.from), sealed)
			if err != nil {
				b.o.Log.Error("a page of the feed is damaged here and cannot be shown to the province", "epoch", p.epoch, "from", p.from)
				continue
			}
			pages = append(pages, raw)
		}
		return nil
	})
	return pages, err
}

// Kept lists the kept feed items of a kind ("" all), the oldest first, at most 500.
func (b *Book) Kept(ctx context.Context, kind string) (list []Kept, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		key, err := b.key(ctx, tx, bookScope)
		if err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT epoch, pos, kind, item_key, body FROM feed_kept WHERE ?1 = '' OR kind = ?1 ORDER BY epoch, pos LIMIT 500`, kind)
		if err != nil {
			return fmt.Errorf("reading kept items: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var epoch, pos int64
			var k Kept
			var sealed []byte
			if err := rows.Scan(&epoch, &pos, &k.Kind, &k.Key, &sealed); err != nil {
				return fmt.Errorf("reading kept items: %w", err)
			}
			k.Epoch, k.Pos = uint64(epoch), uint64(pos)
			if k.Body, err = seal.Open(key, place("feed_kept", fmt.Appendf(nil, "%d/%d", k.Epoch, k.Pos), 0, "body"), sealed); err != nil {
				return fmt.Errorf("kept item: %w: %w", ErrDamaged, err)
			}
			list = append(list, k)
		}
		return rows.Err()
	})
	return list, err
}

// Forget drops a kept item whose deed is done.
func (b *Book) Forget(ctx context.Context, k Kept) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM feed_kept WHERE epoch = ? AND pos = ?`, int64(k.Epoch), int64(k.Pos))
		if err != nil {
			return fmt.Errorf("forgetting a kept item: %w", err)
		}
		return nil
	})
}
