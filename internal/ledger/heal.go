package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/internal/vault"
	"bendo/syncproto"
)

// ErrLacking: the province has more of a log than this book; it is replayed first.
var ErrLacking = errors.New("the province has more of this log than the book")

// ErrAway: the bytes of a scan are at the province only; they are being fetched.
var ErrAway = errors.New("the scan is still on its way back from the province")

// pageEnd is where a kept page lies.
type pageEnd struct {
	epoch, from, to, mark uint64
}

// chain lists the pages of the present history of the feed, the newest first: a page
// that a restored portal wrote over is of a history nobody continues.
func (b *Book) chain(ctx context.Context, tx *sql.Tx) (list []pageEnd, err error) {
	c, err := b.cursor(ctx, tx)
	if err != nil {
		return nil, err
	}
	rows, err := tx.QueryContext(ctx, `SELECT epoch, from_pos, to_pos, mark FROM feed_page WHERE epoch <= ? ORDER BY epoch DESC, to_pos DESC`, int64(c.Epoch))
	if err != nil {
		return nil, fmt.Errorf("reading the ends of pages: %w", err)
	}
	defer rows.Close()
	floor := c.Pos
	for rows.Next() {
		var p pageEnd
		var epoch, from, to, mark int64
		if err := rows.Scan(&epoch, &from, &to, &mark); err != nil {
			return nil, fmt.Errorf("reading the ends of pages: %w", err)
		}
		p.epoch, p.from, p.to, p.mark = uint64(epoch), uint64(from), uint64(to), uint64(mark)
		if p.to > floor {
			continue
		}
		floor = p.from
		list = append(list, p)
	}
	return list, rows.Err()
}

// Trail gives ends of pages of the present history, the newest first: the last ones
// one by one, older ones at growing distances, at most limit. A portal that lost its
// end finds by it the last place it shares with this book.
func (b *Book) Trail(ctx context.Context, limit int) (trail []syncproto.Cursor, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		pages, err := b.chain(ctx, tx)
		if err != nil {
			return err
		}
		near := max(limit/2, 1)
		for i, step := 0, 1; i < len(pages) && len(trail) < limit; i += step {
			p := pages[i]
			if p.mark != 0 {
				trail = append(trail, syncproto.Cursor{Epoch: p.epoch, Pos: p.to, Mark: p.mark})
			}
			if i >= near {
				step *= 2
			}
		}
		return nil
	})
	return trail, err
}

// echoEnds are the pages of the present history beyond a position, in order.
func (b *Book) echoEnds(ctx context.Context, tx *sql.Tx, after syncproto.Cursor) ([]pageEnd, error) {
	pages, err := b.chain(ctx, tx)
	if err != nil {
		return nil, err
	}
	pages = slices.DeleteFunc(pages, func(p pageEnd) bool { return p.to <= after.Pos || p.epoch > after.Epoch })
	slices.Reverse(pages)
	return pages, nil
}

// Unsettled says that the province has not confirmed a log of an earlier epoch under
// its present generation, that the book is being rebuilt or was salvaged and may lack
// events, or that an event of ours waits for its place: the logs must be compared
// (Rejoin, TakeBack).
// A damaged event that was put aside waits for IT and for no log.
func (b *Book) Unsettled(ctx context.Context) (yes bool, err error) {
	if b.o.Practice {
		return false, nil
	}
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if err != nil {
			return err
		}
		rebuilt, err := b.note(ctx, tx, noteRebuilt)
		if err != nil {
			return err
		}
		if rebuilt == nil && !id.Replaces.IsZero() || len(rebuilt) == 1 && rebuilt[0] == compareAgain {
			yes = true
			return nil
		}
		var n int
		err = tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM log WHERE epoch <> ?1 AND next > 1 AND (generation < ?2 OR next - 1 > applied))
			+ (SELECT count(*) FROM event WHERE epoch IS NULL AND author = ?3 AND `+notAside+`)`,
			int64(id.Epoch), int64(id.Generation), string(dossier.Book(id.Book))).Scan(&n)
		if err != nil {
			return fmt.Errorf("looking for logs that are not confirmed: %w", err)
		}
		yes = n > 0
		return nil
	})
	return yes, err
}

// noteRebuilt says with one byte whether every event that the province had of the book came back.
const noteRebuilt = "rebuilt"

const (
	compareAgain = 0 // a salvage lost something: what, the province's logs say
	everyLogBack = 1
)

// Rebuilt notes that every log of the book was compared with the province's and replayed to its end.
func (b *Book) Rebuilt(ctx context.Context) error {
	return b.putNote(ctx, noteRebuilt, []byte{everyLogBack})
}

// LogAt says where a log of this book stands here; a log nobody here has written
// stands at its beginning.
func (b *Book) LogAt(ctx context.Context, l syncproto.LogID) (next uint64, head syncproto.Digest, err error) {
	next, head = 1, syncproto.ChainStart(l)
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		r, err := b.logRow(ctx, tx, l.Epoch)
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if r.Log != l {
			return fmt.Errorf("epoch %d is of log %s here: %w", l.Epoch, r.Log, ErrOtherIdentity)
		}
		next, head = r.Next, r.Head
		return nil
	})
	return next, head, err
}

// FreezeLog lets the events of an earlier log that are not the province's give up
// their places to a replay (TakeBack); Rejoin ends it.
func (b *Book) FreezeLog(ctx context.Context, epoch uint32) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		// What was acknowledged of a history the province lost is no anchor.
		if _, err := tx.ExecContext(ctx, `UPDATE log SET applied = 0 WHERE epoch = ?`, int64(epoch)); err != nil {
			return fmt.Errorf("freezing a log: %w", err)
		}
		return b.freeze(ctx, tx, epoch, "replay")
	})
}

// Rejoin takes the portal's present word for a log of an earlier epoch (or of the
// machine this one replaced): what it covers is acknowledged, what it does not cover
// is appended to the present log, same ids, salts and payloads, in one transaction.
// ErrLacking and ErrFork say that the log must be replayed first.
func (b *Book) Rejoin(ctx context.Context, ack syncproto.Ack) error {
	moved := uint64(0)
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if err != nil {
			return err
		}
		if err := ack.Verify(id.PortalKey); err != nil {
			return err
		}
		old, err := b.logRow(ctx, tx, ack.Log.Epoch)
		if err != nil {
			return err
		}
		if old.Log != ack.Log || ack.Log.Epoch == id.Epoch {
			return fmt.Errorf("ack of %s: %w", ack.Log, ErrOtherIdentity)
		}
		if ack.Generation < id.Generation {
			return nil // of the portal's past
		}
		if ack.Applied >= old.Next {
			return ErrLacking
		}
		if err := b.onChain(ctx, tx, old, ack); err != nil {
			return err
		}
		if err := errors.Join(b.raiseGeneration(ctx, tx, ack.Generation), b.putAck(ctx, tx, ack)); err != nil {
			return err
		}
		moved, err = b.appendOld(ctx, tx, id, ack)
		return err
	})
	if err != nil {
		return fmt.Errorf("taking the word for an earlier log: %w", err)
	}
	if moved > 0 {
		b.ring(ctx)
	}
	return nil
}

// appendOld moves what an ack of an earlier log does not cover, and what a replay
// displaced, behind the end of the present log. A crash leaves all of it or nothing.
func (b *Book) appendOld(ctx context.Context, tx *sql.Tx, id Identity, ack syncproto.Ack) (moved uint64, err error) {
	now, err := b.logRow(ctx, tx, id.Epoch)
	if err != nil {
		return 0, err
	}
	m := mover{b: b, tx: tx, epoch: id.Epoch, next: now.Next, head: now.Head}
	if err := m.moveAll(ctx, ack.Log.Epoch, ack.Applied, dossier.Book(id.Book)); err != nil {
		return 0, err
	}
	_, err = tx.ExecContext(ctx, `UPDATE log SET frozen = '' WHERE epoch = ?`, int64(ack.Log.Epoch))
	return m.next - now.Next, errors.Join(err,
		b.moveLog(ctx, tx, ack.Log.Epoch, ack.Applied+1, ack.Head),
		b.moveLog(ctx, tx, id.Epoch, m.next, m.head))
}

// markAway notes which scans of a submission that came back are not in the vault.
func (b *Book) markAway(ctx context.Context, tx *sql.Tx, ev syncproto.Event) error {
	for _, ref := range ev.Header.Blobs {
		if here, err := b.opens(ctx, tx, ev.Header.Dossier, ref.SHA256); err != nil || here {
			if err != nil {
				return err
			}
			continue
		}
		if _, err := tx.ExecContext(ctx, `UPDATE blob SET away = 1 WHERE dossier = ? AND sha256 = ?`, ev.Header.Dossier[:], ref.SHA256[:]); err != nil {
			return fmt.Errorf("noting a scan that is away: %w", err)
		}
	}
	return nil
}

// Away is a scan whose bytes are at the province only.
type Away struct {
	Key    syncproto.BlobKey
	Length int64
	Have   int64 // bytes that came back so far
}

// AwayScans lists scans to be fetched behind a key, by key, and counts them all.
func (b *Book) AwayScans(ctx context.Context, after syncproto.BlobKey, limit int) (list []Away, total int, err error) {
	if b.o.Practice {
		return nil, 0, nil
	}
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM blob WHERE away = 1`).Scan(&total); err != nil || total == 0 {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT dossier, sha256, length FROM blob WHERE away = 1 AND (dossier, sha256) > (?, ?)
			ORDER BY dossier, sha256 LIMIT ?`, after.Dossier[:], after.SHA256[:], limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var owner, sha []byte
			var a Away
			if err := rows.Scan(&owner, &sha, &a.Length); err != nil {
				return err
			}
			o, err1 := id16(owner)
			d, err2 := digest32(sha)
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			a.Key = syncproto.BlobKey{Dossier: o, SHA256: d}
			list = append(list, a)
		}
		return rows.Err()
	})
	if err != nil {
		return nil, 0, fmt.Errorf("listing scans that are away: %w", err)
	}
	for i := range list {
		if list[i].Have, err = b.awayOffset(ctx, list[i].Key); err != nil {
			return nil, 0, err
		}
	}
	return list, total, nil
}

func (b *Book) awayOffset(ctx context.Context, k syncproto.BlobKey) (int64, error) {
	var off int64
	err := b.db.Read(ctx, func(tx *sql.Tx) error {
		key, err := b.key(ctx, tx, k.Dossier)
		if err != nil {
			return err
		}
		off, _, err = b.vault.Offset(key, k.Dossier, k.SHA256)
		return err
	})
	return off, err
}

// TakeScan keeps bytes of a scan that come back, sealed, and says how many are
// durable. Once all are there and have the digest, the scan is here again. Bytes that
// cannot become the scan are dropped: it begins again at 0.
func (b *Book) TakeScan(ctx context.Context, a Away, off int64, p []byte) (have int64, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("taking a scan back: %w", err)
		}
	}()
	var key seal.Key
	if err := b.db.Read(ctx, func(tx *sql.Tx) error {
		key, err = b.key(ctx, tx, a.Key.Dossier)
		return err
	}); err != nil {
		return 0, err
	}
	// Bytes, then name, then row: a crash leaves a partial file that is continued, or a
	// whole one that the next call finds.
	if have, err = b.vault.AppendAt(key, a.Key.Dossier, a.Key.SHA256, off, p); err != nil || have < a.Length {
		return have, err
	}
	_, err = b.vault.Complete(ctx, key, a.Key.Dossier, a.Key.SHA256, a.Length)
	if errors.Is(err, vault.ErrMismatch) {
		return 0, nil
	}
	if err != nil {
		return have, err
	}
	return have, b.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE blob SET away = 0 WHERE dossier = ? AND sha256 = ?`, a.Key.Dossier[:], a.Key.SHA256[:])
		return err
	})
}
