package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bendo/internal/dossier"
	"bendo/internal/sqlitedb"
	"bendo/syncproto"
)

// practicePrefix begins the numbers of practice slips; the portal assigns none like it.
const practicePrefix = "00000"

// Identity is what enrolment gave; ErrNotEnrolled before.
func (b *Book) Identity(ctx context.Context) (id Identity, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) (err error) {
		id, err = b.identity(ctx, tx)
		return err
	})
	return id, err
}

func (b *Book) identity(ctx context.Context, tx *sql.Tx) (Identity, error) {
	if b.o.Practice {
		return Identity{Epoch: 1, Prefix: practicePrefix}, nil
	}
	var body, digest []byte
	err := tx.QueryRowContext(ctx, `SELECT body, digest FROM identity WHERE id = 1`).Scan(&body, &digest)
	if errors.Is(err, sql.ErrNoRows) {
		return Identity{}, ErrNotEnrolled
	}
	if err != nil {
		return Identity{}, fmt.Errorf("reading identity: %w", err)
	}
	if !bytes.Equal(digest, sqlitedb.RowDigest(1, body)) {
		return Identity{}, fmt.Errorf("reading identity: %w", ErrDamaged)
	}
	var id Identity
	if err := json.Unmarshal(body, &id); err != nil {
		return Identity{}, fmt.Errorf("reading identity: %w", err)
	}
	return id, nil
}

// SetIdentity keeps what enrolment gave and begins the log of its epoch. The same
// again is harmless (the answer was lost); an epoch is changed by Regrant alone.
func (b *Book) SetIdentity(ctx context.Context, id Identity) error {
	if id.Device.IsZero() || id.Book.IsZero() || id.Epoch == 0 || len(id.Prefix) != 5 {
		return errors.New("storing identity: device, book, epoch and a prefix of five digits are needed")
	}
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		old, err := b.identity(ctx, tx)
		switch {
		case errors.Is(err, ErrNotEnrolled):
			if err := b.sameBook(ctx, tx, id.Book); err != nil {
				return err
			}
		case err != nil:
			return err
		case old.Device != id.Device || old.Book != id.Book:
			return fmt.Errorf("storing identity: %w", ErrOtherIdentity)
		default:
			id.Epoch, id.Prefix, id.Grant = old.Epoch, old.Prefix, old.Grant
			id.Generation = max(id.Generation, old.Generation)
		}
		if err := b.putIdentity(ctx, tx, id); err != nil {
			return err
		}
		if err := b.beginLog(ctx, tx, syncproto.LogID{Device: id.Device, Epoch: id.Epoch}); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO feed (id, epoch, pos) VALUES (1, ?, 0) ON CONFLICT DO NOTHING`, int64(id.FeedEpoch))
		if err != nil {
			return fmt.Errorf("beginning the feed: %w", err)
		}
		return nil
	})
}

// sameBook: events that wait for a machine of their book (a salvage found no identity) go on with that
// book only; under another one nobody would ever send them.
func (b *Book) sameBook(ctx context.Context, tx *sql.Tx, book syncproto.BookID) error {
	authors, err := column[string](ctx, tx, `SELECT DISTINCT author FROM event WHERE author NOT IN (?, ?)`,
		string(dossier.Province), string(dossier.Book(book)))
	if err != nil {
		return fmt.Errorf("storing identity: %w", err)
	}
	if len(authors) > 0 {
		return fmt.Errorf("storing identity: dossiers of %s wait here; ask the province for a code that replaces this machine (portal enrol new --replaces): %w", authors[0], ErrOtherIdentity)
	}
	return nil
}

// Orphan says that the book holds events or knows of a log and is nobody's: a salvage found no identity.
func (b *Book) Orphan(ctx context.Context) (orphan bool, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		if _, err := b.identity(ctx, tx); !errors.Is(err, ErrNotEnrolled) {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM event) OR EXISTS (SELECT 1 FROM log)`).Scan(&orphan)
	})
	return orphan, err
}

func (b *Book) putIdentity(ctx context.Context, tx *sql.Tx, id Identity) error {
	body, err := json.Marshal(id)
	if err != nil {
		return fmt.Errorf("storing identity: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO identity (id, body, digest) VALUES (1, ?, ?)
		ON CONFLICT (id) DO UPDATE SET body = excluded.body, digest = excluded.digest`, body, sqlitedb.RowDigest(1, body))
	if err != nil {
		return fmt.Errorf("storing identity: %w", err)
	}
	return nil
}

func (b *Book) beginLog(ctx context.Context, tx *sql.Tx, l syncproto.LogID) error {
	start := syncproto.ChainStart(l)
	_, err := tx.ExecContext(ctx, `INSERT INTO log (epoch, device, next, head) VALUES (?, ?, 1, ?) ON CONFLICT DO NOTHING`,
		int64(l.Epoch), l.Device[:], start[:])
	if err != nil {
		return fmt.Errorf("beginning the log of epoch %d: %w", l.Epoch, err)
	}
	return nil
}

// practiceLog gives a practice book a log nobody reads, so that filing is the same code.
func (b *Book) practiceLog(ctx context.Context, tx *sql.Tx) error {
	return b.beginLog(ctx, tx, syncproto.LogID{Epoch: 1})
}

// SetGeneration notes the portal's generation. It only rises; receipts of an older
// one stop counting until they are confirmed again.
func (b *Book) SetGeneration(ctx context.Context, generation uint64) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error { return b.raiseGeneration(ctx, tx, generation) })
}

func (b *Book) raiseGeneration(ctx context.Context, tx *sql.Tx, generation uint64) error {
	id, err := b.identity(ctx, tx)
	if err != nil || generation <= id.Generation {
		return err
	}
	id.Generation = generation
	return b.putIdentity(ctx, tx, id)
}

// logRow is one row of the log table.
type logRow struct {
	LogState
	replayed uint64
	ack      []byte
	why      string
}

func (b *Book) logRow(ctx context.Context, tx *sql.Tx, epoch uint32) (l logRow, err error) {
	var device, head []byte
	err = tx.QueryRowContext(ctx, `SELECT device, next, head, applied, generation, ack, frozen, replayed FROM log WHERE epoch = ?`, int64(epoch)).
		Scan(&device, &l.Next, &head, &l.Acked, &l.Generation, &l.ack, &l.why, &l.replayed)
	if errors.Is(err, sql.ErrNoRows) {
		return l, fmt.Errorf("log of epoch %d: %w", epoch, ErrNotFound)
	}
	if err != nil {
		return l, fmt.Errorf("reading log: %w", err)
	}
	dev, err := id16(device)
	if err != nil {
		return l, err
	}
	l.Log = syncproto.LogID{Device: dev, Epoch: epoch}
	l.Frozen = l.why != ""
	l.Head, err = digest32(head)
	return l, err
}
