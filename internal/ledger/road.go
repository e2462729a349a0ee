package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bendo/internal/seal"
	"bendo/syncproto"
)

// LogState is where the log of the present epoch stands.
func (b *Book) LogState(ctx context.Context) (l LogState, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if err != nil {
			return err
		}
		r, err := b.logRow(ctx, tx, id.Epoch)
		if err != nil {
			return err
		}
		l = r.LogState
		if len(r.ack) > 0 {
			held, err := syncproto.DecodeAck(r.ack)
			if err != nil {
				return fmt.Errorf("reading the held ack: %w", err)
			}
			l.Held = &held
		}
		return nil
	})
	return l, err
}

// HeadAt is the chain head after seq in an epoch; seq 0 is the start of the chain.
func (b *Book) HeadAt(ctx context.Context, epoch uint32, seq uint64) (d syncproto.Digest, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		d, err = b.headAt(ctx, tx, epoch, seq)
		return err
	})
	return d, err
}

func (b *Book) headAt(ctx context.Context, tx *sql.Tx, epoch uint32, seq uint64) (syncproto.Digest, error) {
	if seq == 0 {
		l, err := b.logRow(ctx, tx, epoch)
		return syncproto.ChainStart(l.Log), err
	}
	var head []byte
	err := tx.QueryRowContext(ctx, `SELECT head FROM event WHERE epoch = ? AND seq = ?`, int64(epoch), int64(seq)).Scan(&head)
	if errors.Is(err, sql.ErrNoRows) {
		// The last event of a log may stand in a later one: then the log itself knows its end.
		err = tx.QueryRowContext(ctx, `SELECT head FROM log WHERE epoch = ? AND next = ?`, int64(epoch), int64(seq)+1).Scan(&head)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return syncproto.Digest{}, fmt.Errorf("chain head after %d of epoch %d: %w", seq, epoch, ErrNotFound)
	}
	if err != nil {
		return syncproto.Digest{}, fmt.Errorf("reading chain head: %w", err)
	}
	return digest32(head)
}

// PendingEvents reads events of the present epoch from seq on, in order, at most
// maxEvents and maxBytes (the first always comes). They are the bytes that were stored,
// with the row's digest, the contents' digests and the chain checked. A row that does
// not fit ends the list and is put aside; when it is the first, the error is ErrDamaged.
func (b *Book) PendingEvents(ctx context.Context, from uint64, maxEvents, maxBytes int) (list []syncproto.Event, err error) {
	if b.o.Practice {
		return nil, nil
	}
	var bad []Quarantined
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if err != nil {
			return err
		}
		rows, err := pendingRows(ctx, tx, id.Epoch, from, min(max(maxEvents, 1), 1000))
		if err != nil {
			return err
		}
		head, err := b.headAt(ctx, tx, id.Epoch, from-1)
		if errors.Is(err, ErrNotFound) {
			return nil // beyond the end of the log
		}
		if err != nil {
			return err
		}
		size := 0
		for i := range rows {
			r := &rows[i]
			if size += int(r.size); i > 0 && size > maxBytes {
				return nil
			}
			ev, next, err := b.openPending(ctx, tx, r, id.Epoch, from+uint64(i), head)
			if errors.Is(err, ErrDamaged) {
				bad = append(bad, Quarantined{Table: "event", ID: fmt.Sprintf("%x", r.id), Reason: err.Error(), At: b.nowMS()})
				return nil
			}
			if err != nil {
				return err
			}
			list, head = append(list, ev), next
		}
		return nil
	})
	if err != nil || bad == nil {
		return list, err
	}
	if err := b.db.Write(ctx, func(tx *sql.Tx) error { return b.putAside(ctx, tx, bad) }); err != nil {
		return list, err
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("reading what is to be sent, event %s: %w", bad[0].ID, ErrDamaged)
	}
	return list, nil
}

func pendingRows(ctx context.Context, tx *sql.Tx, epoch uint32, from uint64, limit int) (list []row, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+eventColumns+` FROM event WHERE epoch = ? AND seq >= ? ORDER BY seq LIMIT ?`,
		int64(epoch), int64(from), limit)
	if err != nil {
		return nil, fmt.Errorf("reading what is to be sent: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := r.scan(rows); err != nil {
			return nil, fmt.Errorf("reading what is to be sent: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// openPending opens one row and checks that it is the next link of the chain.
func (b *Book) openPending(ctx context.Context, tx *sql.Tx, r *row, epoch uint32, seq uint64, prev syncproto.Digest) (syncproto.Event, syncproto.Digest, error) {
	scope, err := id16(r.dossier)
	if err != nil {
		return syncproto.Event{}, syncproto.Digest{}, err
	}
	key, err := b.key(ctx, tx, scope)
	if err != nil {
		return syncproto.Event{}, syncproto.Digest{}, damagedKey(err)
	}
	ev, err := r.open(key)
	if err != nil {
		return syncproto.Event{}, syncproto.Digest{}, err
	}
	hd, err1 := digest32(r.headerDigest)
	pd, err2 := digest32(r.payloadDigest)
	head, err3 := digest32(r.head)
	if err := errors.Join(err1, err2, err3); err != nil {
		return syncproto.Event{}, syncproto.Digest{}, err
	}
	h := ev.Header
	if h.Epoch != epoch || h.Seq != seq || syncproto.ChainNext(prev, hd, pd) != head {
		return syncproto.Event{}, syncproto.Digest{}, fmt.Errorf("event %s: not the link %d of the chain: %w", h.ID, seq, ErrDamaged)
	}
	return ev, head, nil
}

// damagedKey tells a key that does not open from one that was dropped on purpose.
func damagedKey(err error) error {
	if errors.Is(err, seal.ErrTampered) || errors.Is(err, ErrNotFound) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// SetAck takes the portal's word that events up to ack.Applied are durable there. The
// signature is checked here too: it is evidence. Within a generation it only rises; an
// older or lower one changes nothing. A head that is not ours, or more than we wrote, is
// ErrFork: the log freezes, filing goes on.
func (b *Book) SetAck(ctx context.Context, ack syncproto.Ack) (progress bool, err error) {
	var fork error
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if err != nil {
			return err
		}
		if ack.Log.Device != id.Device {
			return fmt.Errorf("ack of %s: %w", ack.Log, ErrOtherIdentity)
		}
		if err := ack.Verify(id.PortalKey); err != nil {
			return err
		}
		l, err := b.logRow(ctx, tx, ack.Log.Epoch)
		if err != nil {
			return err
		}
		if ack.Generation < id.Generation || (ack.Generation == l.Generation && ack.Applied < l.Acked) {
			return nil
		}
		if fork = b.onChain(ctx, tx, l, ack); fork != nil {
			return b.freeze(ctx, tx, ack.Log.Epoch, fork.Error())
		}
		progress = ack.Generation > l.Generation || ack.Applied > l.Acked
		if !progress {
			return nil
		}
		if err := errors.Join(b.raiseGeneration(ctx, tx, ack.Generation), b.putAck(ctx, tx, ack)); err != nil {
			return err
		}
		return b.appendDisplaced(ctx, tx, id, l, ack)
	})
	if err == nil {
		err = fork
	}
	if err != nil {
		return false, fmt.Errorf("taking an ack: %w", err)
	}
	return progress, nil
}

func (b *Book) onChain(ctx context.Context, tx *sql.Tx, l logRow, ack syncproto.Ack) error {
	if ack.Applied >= l.Next {
		return fmt.Errorf("the portal has %d events, we wrote %d: %w", ack.Applied, l.Next-1, ErrFork)
	}
	head, err := b.headAt(ctx, tx, ack.Log.Epoch, ack.Applied)
	if err != nil {
		return err
	}
	if head != ack.Head {
		return fmt.Errorf("heads after %d differ: %w", ack.Applied, ErrFork)
	}
	return nil
}

func (b *Book) putAck(ctx context.Context, tx *sql.Tx, ack syncproto.Ack) error {
	body, err := syncproto.EncodeAck(ack)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE log SET applied = ?, generation = ?, ack = ? WHERE epoch = ?`,
		int64(ack.Applied), int64(ack.Generation), body, int64(ack.Log.Epoch))
	if err != nil {
		return fmt.Errorf("storing ack: %w", err)
	}
	// Only what this ack newly covers gets its time; an earlier time of the same
	// generation stands.
	_, err = tx.ExecContext(ctx, `UPDATE outbox SET left_at = ?, left_gen = ? WHERE epoch = ? AND seq <= ? AND left_gen <> ?`,
		ack.At, int64(ack.Generation), int64(ack.Log.Epoch), int64(ack.Applied), int64(ack.Generation))
	if err != nil {
		return fmt.Errorf("storing ack: %w", err)
	}
	return nil
}

// Freeze stops the sending of the present log because it is a fork; filing goes on.
// The first reason stands.
func (b *Book) Freeze(ctx context.Context, reason string) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if err != nil {
			return err
		}
		return b.freeze(ctx, tx, id.Epoch, reason)
	})
}

func (b *Book) freeze(ctx context.Context, tx *sql.Tx, epoch uint32, reason string) error {
	if reason == "" {
		reason = "fork"
	}
	if _, err := tx.ExecContext(ctx, `UPDATE log SET frozen = ? WHERE epoch = ? AND frozen = ''`, reason, int64(epoch)); err != nil {
		return fmt.Errorf("freezing the log: %w", err)
	}
	return nil
}

// AddReceipt takes a completeness receipt. The signature is checked here too. A receipt
// of an older generation than the one we have for the manifest changes nothing.
func (b *Book) AddReceipt(ctx context.Context, r syncproto.Receipt) error {
	err := b.db.Write(ctx, func(tx *sql.Tx) error { return b.addReceipt(ctx, tx, r) })
	if err != nil {
		return fmt.Errorf("taking a receipt: %w", err)
	}
	return nil
}

func (b *Book) addReceipt(ctx context.Context, tx *sql.Tx, r syncproto.Receipt) error {
	id, err := b.identity(ctx, tx)
	if err != nil {
		return err
	}
	if err := r.Verify(id.PortalKey); err != nil {
		return err
	}
	body, err := syncproto.EncodeReceipt(r)
	if err != nil {
		return err
	}
	if err := b.raiseGeneration(ctx, tx, r.Generation); err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `UPDATE outbox SET complete_at = ?1, complete_gen = ?2, receipt = ?3
		WHERE manifest = ?4 AND dossier = ?5 AND complete_gen < ?2`, r.At, int64(r.Generation), body, r.Manifest[:], r.Dossier[:])
	if err != nil {
		return fmt.Errorf("storing receipt: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil || n > 0 {
		return errors.Join(err, b.completeBlobs(ctx, tx, r))
	}
	// Not ours, or not ours yet (a book that is being rebuilt): kept.
	_, err = tx.ExecContext(ctx, `INSERT INTO receipt_kept (manifest, dossier, body)
		SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE manifest = ?1)
		ON CONFLICT (manifest) DO UPDATE SET body = excluded.body`, r.Manifest[:], r.Dossier[:], body)
	if err != nil {
		return fmt.Errorf("keeping receipt: %w", err)
	}
	return nil
}

// completeBlobs: a receipt says that every scan of its submission is there.
func (b *Book) completeBlobs(ctx context.Context, tx *sql.Tx, r syncproto.Receipt) error {
	_, err := tx.ExecContext(ctx, `UPDATE blob SET offset = length, complete_gen = ?1
		WHERE complete_gen < ?1 AND event = (SELECT event FROM outbox WHERE manifest = ?2)`, int64(r.Generation), r.Manifest[:])
	if err != nil {
		return fmt.Errorf("storing receipt: %w", err)
	}
	return nil
}

// ageBonusBytes is how many bytes a submission's remainder shrinks in the order per hour
// of waiting, so that a large one is not passed for ever (256 KiB).
const ageBonusBytes = 262144

// PendingBlobs lists scans that the portal has not said to be complete in its current
// generation: one submission before the next, by legal deadline, then by what is left
// of it less a bonus for waiting. One whose bytes are away cannot be sent. Rows that fail their digest are put aside.
func (b *Book) PendingBlobs(ctx context.Context, limit int) ([]BlobState, error) {
	// Submissions are summed and ordered first, so that the cost grows with their number
	// and not with its square.
	return b.blobs(ctx, `WITH waiting AS MATERIALIZED (
			SELECT event, sum(length - offset) AS remain FROM blob WHERE complete_gen < ?1 AND away = 0 GROUP BY event),
		first AS MATERIALIZED (
			SELECT w.event, w.remain, w.remain - (?2 - o.saved_at) / 3600000 * ?3 AS rank, o.saved_at, o.seq, o.epoch, d.deadline
			FROM waiting w JOIN outbox o ON o.event = w.event JOIN dossier d ON d.id = o.dossier
			ORDER BY d.deadline = 0, d.deadline, rank, o.saved_at, w.event LIMIT ?4)
		SELECT b.dossier, b.sha256, b.length, b.offset, b.complete_gen, b.mime, b.role, b.event,
			f.seq, f.epoch, f.saved_at, f.deadline, b.digest, f.remain
		FROM first f JOIN blob b ON b.event = f.event AND b.complete_gen < ?1 AND b.away = 0
		ORDER BY f.deadline = 0, f.deadline, f.rank, f.saved_at, f.event, b.length - b.offset, b.sha256 LIMIT ?4`,
		b.nowMS(), ageBonusBytes, limit)
}

// Blobs lists all scans of the book by key, for blobstat through the retention window.
func (b *Book) Blobs(ctx context.Context, after syncproto.BlobKey, limit int) ([]BlobState, error) {
	return b.blobs(ctx, `SELECT b.dossier, b.sha256, b.length, b.offset, b.complete_gen, b.mime, b.role, b.event,
			o.seq, o.epoch, o.saved_at, d.deadline, b.digest,
			(SELECT sum(length - offset) FROM blob r WHERE r.event = b.event AND r.complete_gen < ?1)
		FROM blob b JOIN outbox o ON o.event = b.event JOIN dossier d ON d.id = b.dossier
		WHERE (b.dossier, b.sha256) > (?2, ?3) ORDER BY b.dossier, b.sha256 LIMIT ?4`,
		after.Dossier[:], after.SHA256[:], limit)
}

func (b *Book) blobs(ctx context.Context, query string, args ...any) (list []BlobState, err error) {
	if b.o.Practice {
		return nil, nil
	}
	var bad []Quarantined
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if err != nil {
			return err
		}
		gen := int64(max(id.Generation, 1))
		rows, err := tx.QueryContext(ctx, query, append([]any{gen}, args...)...)
		if err != nil {
			return fmt.Errorf("listing scans: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			s, err := scanBlob(rows, gen)
			if errors.Is(err, ErrDamaged) {
				bad = append(bad, Quarantined{Table: "blob", ID: fmt.Sprintf("%x/%x", s.Key.Dossier, s.Key.SHA256), Reason: err.Error(), At: b.nowMS()})
				continue
			}
			if err != nil {
				return err
			}
			list = append(list, s)
		}
		return rows.Err()
	})
	if err == nil && bad != nil {
		err = b.db.Write(ctx, func(tx *sql.Tx) error { return b.putAside(ctx, tx, bad) })
	}
	return list, err
}

// SetBlob notes how far a scan is at the portal, in its current generation. offset may
// go back: the portal corrects.
func (b *Book) SetBlob(ctx context.Context, key syncproto.BlobKey, offset int64, complete bool) error {
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if err != nil {
			return err
		}
		gen := int64(0)
		if complete {
			gen = int64(max(id.Generation, 1))
		}
		res, err := tx.ExecContext(ctx, `UPDATE blob SET offset = CASE WHEN ?4 > 0 THEN length ELSE ?3 END, complete_gen = ?4
			WHERE dossier = ?1 AND sha256 = ?2 AND ?3 BETWEEN 0 AND length`, key.Dossier[:], key.SHA256[:], offset, gen)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return errors.Join(ErrNotFound, err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("noting how far a scan is: %w", err)
	}
	return nil
}
