package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/internal/sqlitedb"
	"bendo/syncproto"
)

// author is what an event of this book needs, read in the transaction that writes it.
type author struct {
	id  Identity
	log logRow
	at  int64
}

func (b *Book) author(ctx context.Context, tx *sql.Tx) (author, error) {
	id, err := b.identity(ctx, tx)
	if err != nil {
		return author{}, err
	}
	l, err := b.logRow(ctx, tx, id.Epoch)
	return author{id: id, log: l, at: b.nowMS()}, err
}

func (a author) holder() dossier.Holder { return dossier.Book(a.id.Book) }

// meta gives the next event its ids and its place in the log.
func (b *Book) meta(a author, actor string) (dossier.Meta, error) {
	id, err := syncproto.NewEventID(a.at, b.o.Random)
	if err != nil {
		return dossier.Meta{}, err
	}
	return dossier.Meta{Event: id, Salt: newSalt(), At: a.at, Clock: b.clock(), Actor: actor, Epoch: a.log.Log.Epoch, Seq: a.log.Next}, nil
}

// append is the heart of the book: event, chain, projection and, for a submission,
// outbox and blobs, all in the caller's transaction. A crash before its commit leaves
// nothing of it; after, everything.
func (b *Book) append(ctx context.Context, tx *sql.Tx, a author, key seal.Key, ev syncproto.Event) (dossier.State, error) {
	hd, pd, err := syncproto.EventDigests(ev)
	if err != nil {
		return dossier.State{}, err
	}
	head := syncproto.ChainNext(a.log.Head, hd, pd)
	r, err := sealEvent(key, ev, a.holder(), a.at, &head)
	if err != nil {
		return dossier.State{}, err
	}
	if err := r.insert(ctx, tx); err != nil {
		return dossier.State{}, err
	}
	res, err := tx.ExecContext(ctx, `UPDATE log SET next = next + 1, head = ? WHERE epoch = ? AND next = ?`,
		head[:], int64(ev.Header.Epoch), int64(ev.Header.Seq))
	if err != nil {
		return dossier.State{}, fmt.Errorf("moving the log: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return dossier.State{}, errors.Join(errors.New("moving the log: it stands elsewhere"), err)
	}
	s, err := b.refold(ctx, tx, ev.Header.Dossier, key)
	if err != nil {
		return dossier.State{}, err
	}
	return s, b.toOutbox(ctx, tx, ev, pd, a.at)
}

// toOutbox notes a submission as owed to the province.
func (b *Book) toOutbox(ctx context.Context, tx *sql.Tx, ev syncproto.Event, payload syncproto.Digest, at int64) error {
	h := ev.Header
	n, ok := submissionNumber(ev)
	if !ok {
		return nil
	}
	m := syncproto.ManifestDigest(h, payload)
	_, err := tx.ExecContext(ctx, `INSERT INTO outbox (event, dossier, n, manifest, saved_at, epoch, seq, digest) VALUES (?,?,?,?,?,?,?,?)`,
		h.ID[:], h.Dossier[:], n, m[:], at, int64(h.Epoch), int64(h.Seq), sqlitedb.RowDigest(h.ID, h.Dossier, n, m, at))
	if err != nil {
		return fmt.Errorf("filling the outbox: %w", err)
	}
	return b.blobRows(ctx, tx, ev)
}

// blobRows notes the papers a submission names as owed.
func (b *Book) blobRows(ctx context.Context, tx *sql.Tx, ev syncproto.Event) error {
	h := ev.Header
	if _, ok := submissionNumber(ev); !ok {
		return nil
	}
	for _, ref := range h.Blobs {
		_, err := tx.ExecContext(ctx, `INSERT INTO blob (dossier, sha256, length, mime, role, event, digest) VALUES (?,?,?,?,?,?,?)
			ON CONFLICT DO NOTHING`, h.Dossier[:], ref.SHA256[:], ref.Length, ref.MIME, ref.Role, h.ID[:],
			sqlitedb.RowDigest(h.Dossier, ref.SHA256, ref.Length, ref.MIME, ref.Role, h.ID))
		if err != nil {
			return fmt.Errorf("filling the outbox: %w", err)
		}
	}
	return nil
}

func submissionNumber(ev syncproto.Event) (int, bool) {
	switch ev.Header.Type {
	case dossier.Submitted:
		return 0, true
	case dossier.SupplementProvided:
		p, err := dossier.ParseSupplement(ev.Header.Schema, ev.Payload)
		if err != nil {
			return 0, false
		}
		return p.N, true
	}
	return 0, false
}
