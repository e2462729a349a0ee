package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// Regrant begins the epoch the portal granted, with its new slip prefix, and re-heads
// what the portal has not acknowledged: same event id, salt and payload bytes, new epoch
// and seq, in their old order, in one transaction. The caller has replayed before what
// the book lacked. The same grant again changes nothing. Sending is free again.
func (b *Book) Regrant(ctx context.Context, g syncproto.EpochGrant) error {
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if err != nil {
			return err
		}
		if err := g.Verify(id.Device, id.PortalKey); err != nil {
			return err
		}
		if g.Book != id.Book {
			return ErrOtherIdentity
		}
		if g.Epoch <= id.Epoch {
			return nil // had it
		}
		old, err := b.logRow(ctx, tx, id.Epoch)
		if err != nil {
			return err
		}
		from := old.Acked
		if old.Generation < id.Generation {
			from = 0 // what an older generation acknowledged must be confirmed again
		}
		grant, err := json.Marshal(g)
		if err != nil {
			return err
		}
		id.Epoch, id.Prefix, id.Grant = g.Epoch, g.SlipPrefix, grant
		id.Generation = max(id.Generation, g.Generation)
		l := syncproto.LogID{Device: id.Device, Epoch: g.Epoch}
		if err := errors.Join(b.putIdentity(ctx, tx, id), b.beginLog(ctx, tx, l)); err != nil {
			return err
		}
		return b.rehead(ctx, tx, old.Log.Epoch, from, l)
	})
	if err != nil {
		return fmt.Errorf("beginning a new epoch: %w", err)
	}
	b.ring(ctx)
	return nil
}

// rehead moves the events after seq from of an old epoch to the log l, one by one: a
// queue of a hundred thousand must not be in memory at once.
func (b *Book) rehead(ctx context.Context, tx *sql.Tx, epoch uint32, from uint64, l syncproto.LogID) error {
	head, next := syncproto.ChainStart(l), uint64(1)
	for {
		rows, err := pendingRows(ctx, tx, epoch, from+1, 100)
		if err != nil || len(rows) == 0 {
			return errors.Join(err, b.moveLog(ctx, tx, l.Epoch, next, head))
		}
		for i := range rows {
			from = uint64(rows[i].seq.Int64)
			moved, err := b.reheadOne(ctx, tx, &rows[i], l.Epoch, next, head)
			if errors.Is(err, ErrDamaged) {
				// It stays under its old place, put aside: it cannot be signed again.
				q := Quarantined{Table: "event", ID: fmt.Sprintf("%x", rows[i].id), Reason: err.Error(), At: b.nowMS()}
				if err := b.putAside(ctx, tx, []Quarantined{q}); err != nil {
					return err
				}
				continue
			}
			if err != nil {
				return err
			}
			head, next = moved, next+1
		}
	}
}

func (b *Book) moveLog(ctx context.Context, tx *sql.Tx, epoch uint32, next uint64, head syncproto.Digest) error {
	_, err := tx.ExecContext(ctx, `UPDATE log SET next = ?, head = ? WHERE epoch = ?`, int64(next), head[:], int64(epoch))
	return err
}

func (b *Book) reheadOne(ctx context.Context, tx *sql.Tx, r *row, epoch uint32, seq uint64, prev syncproto.Digest) (syncproto.Digest, error) {
	scope, err := id16(r.dossier)
	if err != nil {
		return prev, err
	}
	key, err := b.key(ctx, tx, scope)
	if err != nil {
		return prev, damagedKey(err)
	}
	ev, err := r.open(key)
	if err != nil {
		return prev, err
	}
	ev.Header.Epoch, ev.Header.Seq = epoch, seq
	hd, pd, err := syncproto.EventDigests(ev)
	if err != nil {
		return prev, err
	}
	head := syncproto.ChainNext(prev, hd, pd)
	n, err := sealEvent(key, ev, dossier.Holder(r.author), r.receivedAt, &head)
	if err != nil {
		return prev, err
	}
	n.proposal = r.proposal
	// Salt and payload keep their sealed bytes; only the header is another.
	n.salt, n.payload = r.salt, r.payload
	_, err = tx.ExecContext(ctx, `UPDATE event SET epoch = ?, seq = ?, size = ?, header = ?, header_digest = ?, head = ?, digest = ? WHERE id = ?`,
		n.epoch, n.seq, n.size, n.header, n.headerDigest, n.head, n.check(), n.id)
	if err != nil {
		return prev, fmt.Errorf("re-heading event: %w", err)
	}
	_, err = tx.ExecContext(ctx, `UPDATE outbox SET epoch = ?, seq = ? WHERE event = ?`, int64(epoch), int64(seq), r.id)
	if err != nil {
		return prev, fmt.Errorf("re-heading the outbox: %w", err)
	}
	return head, nil
}

// TakeBack stores events of this book that the province sent back (replay), from first
// on in the log l, and says how many were lacking. It extends a log only at its end or
// repeats what is there; a different event in the same place is ErrFork and nothing is
// overwritten.
func (b *Book) TakeBack(ctx context.Context, l syncproto.LogID, first uint64, events []syncproto.Event) (added int, err error) {
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if err != nil {
			return err
		}
		if err := b.beginLog(ctx, tx, l); err != nil {
			return err
		}
		touched := map[syncproto.DossierID]bool{}
		for i, ev := range events {
			n, err := b.takeBackOne(ctx, tx, id, l, first+uint64(i), ev)
			if err != nil {
				return err
			}
			if n {
				added++
				touched[ev.Header.Dossier] = true
			}
		}
		for owner := range touched {
			key, err := b.key(ctx, tx, owner)
			if err != nil {
				return err
			}
			if _, err := b.refold(ctx, tx, owner, key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("taking events back: %w", err)
	}
	return added, nil
}

func (b *Book) takeBackOne(ctx context.Context, tx *sql.Tx, id Identity, l syncproto.LogID, seq uint64, ev syncproto.Event) (bool, error) {
	row, err := b.logRow(ctx, tx, l.Epoch)
	if err != nil {
		return false, err
	}
	hd, pd, err := syncproto.EventDigests(ev)
	if err != nil {
		return false, err
	}
	if ev.Header.Epoch != l.Epoch || ev.Header.Seq != seq || seq == 0 || seq > row.Next {
		return false, fmt.Errorf("event %d of epoch %d does not follow: %w", ev.Header.Seq, ev.Header.Epoch, ErrCursor)
	}
	prev, err := b.headAt(ctx, tx, l.Epoch, seq-1)
	if err != nil {
		return false, err
	}
	head := syncproto.ChainNext(prev, hd, pd)
	if seq < row.Next {
		have, err := b.headAt(ctx, tx, l.Epoch, seq)
		if err == nil && have != head {
			err = fmt.Errorf("event %d of epoch %d is another: %w", seq, l.Epoch, ErrFork)
		}
		return false, err
	}
	key, err := b.ensureKey(ctx, tx, ev.Header.Dossier)
	if errors.Is(err, seal.ErrErased) {
		return false, fmt.Errorf("event %s of an erased dossier: %w", ev.Header.ID, err)
	}
	if err != nil {
		return false, err
	}
	r, err := sealEvent(key, ev, dossier.Book(id.Book), b.nowMS(), &head)
	if err != nil {
		return false, err
	}
	if err := errors.Join(r.insert(ctx, tx), b.moveLog(ctx, tx, l.Epoch, seq+1, head), b.toOutbox(ctx, tx, ev, pd, b.nowMS())); err != nil {
		return false, err
	}
	return true, b.factsBack(ctx, tx, ev)
}

// factsBack makes a recovered filing findable again by its second facts.
func (b *Book) factsBack(ctx context.Context, tx *sql.Tx, ev syncproto.Event) error {
	if ev.Header.Type != dossier.Submitted {
		return nil
	}
	p, err := dossier.ParseSubmitted(ev.Header.Schema, ev.Payload)
	if err != nil {
		return nil // of a later vocabulary: kept as bytes
	}
	if p.Source != nil {
		_, err := tx.ExecContext(ctx, `INSERT INTO file_reference (reference, source, dossier) VALUES (?,?,?) ON CONFLICT DO NOTHING`,
			b.keys.Index("reference", p.Source.Reference), p.Source.SHA256[:], ev.Header.Dossier[:])
		if err != nil {
			return fmt.Errorf("storing the reference: %w", err)
		}
	}
	return b.putFacts(ctx, tx, ev.Header.Dossier, *p)
}
