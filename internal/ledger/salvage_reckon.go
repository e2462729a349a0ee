package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/internal/sqlitedb"
	"bendo/syncproto"
)

// reckon makes a book of the rows that were copied: rows that are not whole go, the log ends before the
// first that is missing, and what is derived is made again.
func (b *Book) reckon(ctx context.Context, r *Rescue) error {
	for _, step := range []func(context.Context, *Rescue) error{b.dropDamaged, b.checkIdentity, b.cutLogs, b.deriveAll} {
		if err := step(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// dropDamaged leaves out keys that do not open and events, papers' rows and receipts that are not
// whole. What is left out lies in the damaged file.
func (b *Book) dropDamaged(ctx context.Context, r *Rescue) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		if err := b.dropKeys(ctx, tx, r); err != nil {
			return err
		}
		for after := []byte{}; ; {
			rows, err := rowsBehind(ctx, tx, after, 500)
			if err != nil {
				return err
			}
			if len(rows) == 0 {
				return b.dropSmall(ctx, tx, r)
			}
			for i := range rows {
				if err := b.dropEvent(ctx, tx, &rows[i], r); err != nil {
					return err
				}
			}
			after = rows[len(rows)-1].id
		}
	})
}

func (b *Book) dropKeys(ctx context.Context, tx *sql.Tx, r *Rescue) error {
	scopes, err := column[[]byte](ctx, tx, `SELECT scope FROM secret WHERE wrapped IS NOT NULL`)
	if err != nil {
		return err
	}
	for _, raw := range scopes {
		scope, err := id16(raw)
		if err == nil {
			_, err = b.key(ctx, tx, scope)
		}
		if err == nil {
			continue
		}
		b.leaveOut(r, "secret", raw, err)
		if _, err := tx.ExecContext(ctx, `DELETE FROM secret WHERE scope = ?`, raw); err != nil {
			return err
		}
	}
	if _, err := b.ensureKey(ctx, tx, bookScope); err != nil {
		return err
	}
	return nil
}

func (b *Book) leaveOut(r *Rescue, table string, id []byte, err error) {
	r.Damaged = append(r.Damaged, Quarantined{Table: table, ID: fmt.Sprintf("%x", id), Reason: err.Error(), At: b.nowMS()})
}

func (b *Book) dropEvent(ctx context.Context, tx *sql.Tx, e *row, r *Rescue) error {
	scope, err := id16(e.dossier)
	var key seal.Key
	if err == nil {
		key, err = b.key(ctx, tx, scope)
	}
	if err == nil {
		_, err = e.open(key)
	}
	if err == nil || errors.Is(err, seal.ErrErased) && bytes.Equal(e.storedCheck, e.check()) {
		r.Events++
		return nil
	}
	b.leaveOut(r, "event", e.id, err)
	_, err = tx.ExecContext(ctx, `DELETE FROM event WHERE id = ?`, e.id)
	return err
}

// dropSmall drops rows of the outbox and of papers that do not fit their digest: they are derived from
// the events, and how far each is, the portal says again.
func (b *Book) dropSmall(ctx context.Context, tx *sql.Tx, r *Rescue) error {
	type small struct {
		event, dossier, sha, manifest, digest []byte
		n, savedAt, length                    int64
		mime, role                            string
	}
	var bad [][]byte
	rows, err := tx.QueryContext(ctx, `SELECT event, dossier, n, manifest, saved_at, digest FROM outbox`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var s small
		if err := rows.Scan(&s.event, &s.dossier, &s.n, &s.manifest, &s.savedAt, &s.digest); err != nil {
			return err
		}
		if !bytes.Equal(s.digest, sqlitedb.RowDigest(s.event, s.dossier, s.n, s.manifest, s.savedAt)) {
			bad = append(bad, s.event)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	papers, err := tx.QueryContext(ctx, `SELECT dossier, sha256, length, mime, role, event, digest FROM blob`)
	if err != nil {
		return err
	}
	defer papers.Close()
	var gone [][2][]byte
	for papers.Next() {
		var s small
		if err := papers.Scan(&s.dossier, &s.sha, &s.length, &s.mime, &s.role, &s.event, &s.digest); err != nil {
			return err
		}
		if !bytes.Equal(s.digest, sqlitedb.RowDigest(s.dossier, s.sha, s.length, s.mime, s.role, s.event)) {
			gone = append(gone, [2][]byte{s.dossier, s.sha})
		}
	}
	if err := errors.Join(papers.Err(), papers.Close()); err != nil {
		return err
	}
	for _, id := range bad {
		b.leaveOut(r, "outbox", id, ErrDamaged)
		if _, err := tx.ExecContext(ctx, `DELETE FROM outbox WHERE event = ?`, id); err != nil {
			return err
		}
	}
	for _, k := range gone {
		b.leaveOut(r, "blob", k[1], ErrDamaged)
		if _, err := tx.ExecContext(ctx, `DELETE FROM blob WHERE dossier = ? AND sha256 = ?`, k[0], k[1]); err != nil {
			return err
		}
	}
	return nil
}

// checkIdentity: without what enrolment gave there is no log; the machine is enrolled anew in place of
// itself (portal enrol new --replaces) and the book comes back from the province.
func (b *Book) checkIdentity(ctx context.Context, r *Rescue) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		switch {
		case errors.Is(err, ErrNotEnrolled):
			r.NoIdentity = true
			return b.loseIdentity(ctx, tx)
		case err != nil:
			r.NoIdentity = true
			b.leaveOut(r, "identity", nil, err)
			return b.loseIdentity(ctx, tx)
		}
		if err := b.beginLog(ctx, tx, syncproto.LogID{Device: id.Device, Epoch: id.Epoch}); err != nil {
			return err
		}
		if r.Unreadable > 0 || len(r.Damaged) > 0 {
			// Answers of the province may be among what is lost: the feed is read again from its
			// beginning; what is here is known by its id.
			if _, err := tx.ExecContext(ctx, `DELETE FROM feed_page`); err != nil {
				return err
			}
			return b.setCursor(ctx, tx, syncproto.Cursor{Epoch: max(id.FeedEpoch, b.feedEpoch(ctx, tx))})
		}
		return nil
	})
}

// loseIdentity makes a book that can be enrolled. Its logs stay as those of the machine before it.
func (b *Book) loseIdentity(ctx context.Context, tx *sql.Tx) error {
	for _, table := range []string{"identity", "feed_page", "feed"} { // the feed is read from its beginning
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table); err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) feedEpoch(ctx context.Context, tx *sql.Tx) uint64 {
	c, err := b.cursor(ctx, tx)
	if err != nil {
		return 0
	}
	return c.Epoch
}

// cutLogs ends every log before its first missing event. What stood behind it loses its place
// and waits. What the province said it has is forgotten: its next word decides. Then all logs are to be
// compared with the province's (Unsettled), also those of which nothing is left here to tell of them.
func (b *Book) cutLogs(ctx context.Context, r *Rescue) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		if err := b.believeLogs(ctx, tx, r); err != nil {
			return err
		}
		epochs, err := column[int64](ctx, tx, `SELECT epoch FROM log ORDER BY epoch`)
		if err != nil {
			return err
		}
		for _, epoch := range epochs {
			if err := b.cutLog(ctx, tx, uint32(epoch), r); err != nil {
				return err
			}
		}
		return b.setNote(ctx, tx, noteRebuilt, []byte{compareAgain})
	})
}

// believeLogs leaves the rows of logs that can be believed. The newest log's row is written anew where
// it cannot; events of any other log without one wait for the place the province has them in.
func (b *Book) believeLogs(ctx context.Context, tx *sql.Tx, r *Rescue) error {
	present, err := b.newestLog(ctx, tx, r)
	if err != nil {
		return err
	}
	epochs, err := column[int64](ctx, tx, `SELECT epoch FROM log UNION SELECT epoch FROM event WHERE epoch IS NOT NULL`)
	if err != nil {
		return err
	}
	for _, epoch := range epochs {
		l, err := b.logRow(ctx, tx, uint32(epoch))
		mine := epoch == int64(present.Epoch)
		if err == nil && (!mine || l.Log == present) {
			continue
		}
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNotFound) {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM log WHERE epoch = ?`, epoch); err != nil {
			return err
		}
		if mine {
			continue // begun below; its events keep their places
		}
		if err := b.displace(ctx, tx, uint32(epoch), 1, syncproto.Digest{}); err != nil {
			return err
		}
	}
	if present.Device.IsZero() {
		return nil
	}
	return b.beginLog(ctx, tx, present) // where it has no row, or none to be believed
}

// newestLog is the one this machine wrote last. Without an identity the height beside the book still
// tells of it; zero when nothing does.
func (b *Book) newestLog(ctx context.Context, tx *sql.Tx, r *Rescue) (syncproto.LogID, error) {
	if r.NoIdentity {
		l, _, err := b.noted()
		return l, err
	}
	id, err := b.identity(ctx, tx)
	return syncproto.LogID{Device: id.Device, Epoch: id.Epoch}, err
}

// cutLog ends one log before its first missing event.
func (b *Book) cutLog(ctx context.Context, tx *sql.Tx, epoch uint32, r *Rescue) error {
	l, err := b.logRow(ctx, tx, epoch)
	if err != nil {
		return err
	}
	next, head, last, err := b.soundChain(ctx, tx, l.Log)
	if err != nil {
		return err
	}
	noted, err := b.height(l.Log)
	if err != nil {
		return err
	}
	end := max(l.Next, last+1, noted)
	if next == end && l.Head == head {
		return nil
	}
	if err := b.nameLost(ctx, tx, l, next, end, r); err != nil {
		return err
	}
	if err := b.displace(ctx, tx, epoch, next, head); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE log SET applied = 0, generation = 0, ack = NULL, replayed = 0 WHERE epoch = ?`, int64(epoch))
	return err
}

// soundChain follows the log from its beginning as long as every link fits.
func (b *Book) soundChain(ctx context.Context, tx *sql.Tx, log syncproto.LogID) (next uint64, head syncproto.Digest, last uint64, err error) {
	next, head = 1, syncproto.ChainStart(log)
	err = tx.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM event WHERE epoch = ?`, int64(log.Epoch)).Scan(&last)
	for err == nil {
		var rows []row
		if rows, err = pendingRows(ctx, tx, log.Epoch, next, 100); err != nil || len(rows) == 0 {
			return next, head, last, err
		}
		for i := range rows {
			_, after, failed := b.openPending(ctx, tx, &rows[i], log.Epoch, next, head)
			if failed != nil {
				return next, head, last, nil
			}
			next, head = next+1, after
		}
	}
	return next, head, last, err
}

// nameLost names the places of the log that are missing.
func (b *Book) nameLost(ctx context.Context, tx *sql.Tx, l logRow, next, end uint64, r *Rescue) error {
	there, err := column[int64](ctx, tx, `SELECT seq FROM event WHERE epoch = ? AND seq >= ?`, int64(l.Log.Epoch), int64(next))
	if err != nil {
		return err
	}
	have := map[int64]bool{}
	for _, seq := range there {
		have[seq] = true
	}
	for seq := next; seq < end && len(r.Lost) < 10_000; seq++ {
		if have[int64(seq)] {
			continue
		}
		lost := LostEvent{Epoch: l.Log.Epoch, Seq: seq, Acked: seq <= l.Acked}
		var event, owner []byte
		err := tx.QueryRowContext(ctx, `SELECT event, dossier FROM outbox WHERE epoch = ? AND seq = ?`, int64(l.Log.Epoch), int64(seq)).Scan(&event, &owner)
		if err == nil {
			lost.Event = fmt.Sprintf("%x", event)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		r.Lost = append(r.Lost, lost)
	}
	return nil
}

// deriveAll makes again what is derived from the events: outbox, papers, projections, second facts.
func (b *Book) deriveAll(ctx context.Context, r *Rescue) error {
	var owners [][]byte
	err := b.db.Read(ctx, func(tx *sql.Tx) (err error) {
		owners, err = column[[]byte](ctx, tx, `SELECT DISTINCT dossier FROM event`)
		return err
	})
	if err != nil {
		return err
	}
	for _, raw := range owners {
		owner, err := id16(raw)
		if err != nil {
			continue // its events were left out
		}
		if err := b.db.Write(ctx, func(tx *sql.Tx) error { return b.derive(ctx, tx, owner) }); err != nil {
			return err
		}
	}
	// Rows of events that are gone: the province's replay makes them again with the event.
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		_, err1 := tx.ExecContext(ctx, `DELETE FROM outbox WHERE event NOT IN (SELECT id FROM event)`)
		_, err2 := tx.ExecContext(ctx, `DELETE FROM blob WHERE event NOT IN (SELECT id FROM event)`)
		return errors.Join(err1, err2)
	})
}

func (b *Book) derive(ctx context.Context, tx *sql.Tx, owner syncproto.DossierID) error {
	key, err := b.key(ctx, tx, owner)
	if errors.Is(err, seal.ErrErased) || errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	rows, err := rowsOf(ctx, tx, owner)
	if err != nil {
		return err
	}
	id, err := b.identity(ctx, tx)
	if err != nil && !errors.Is(err, ErrNotEnrolled) {
		return err
	}
	for i := range rows {
		ev, err := rows[i].open(key)
		if err != nil {
			return err
		}
		if rows[i].author == string(dossier.Book(id.Book)) {
			if err := b.deriveOutbox(ctx, tx, &rows[i], ev); err != nil {
				return err
			}
		}
		if err := b.factsBack(ctx, tx, ev); err != nil {
			return err
		}
	}
	_, err = b.refold(ctx, tx, owner, key)
	return err
}

func (b *Book) deriveOutbox(ctx context.Context, tx *sql.Tx, r *row, ev syncproto.Event) error {
	var have int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM outbox WHERE event = ?`, r.id).Scan(&have); err != nil {
		return err
	}
	if have == 0 {
		if err := b.toOutbox(ctx, tx, ev, syncproto.PayloadDigest(ev.Salt, ev.Payload), r.receivedAt); err != nil {
			return err
		}
	}
	// A submission whose papers' rows are gone has them again; those that are there stay.
	if err := b.blobRows(ctx, tx, ev); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, `UPDATE outbox SET epoch = ?, seq = ? WHERE event = ?`, r.epoch.Int64, r.seq.Int64, r.id)
	return errors.Join(err, b.markAway(ctx, tx, ev))
}

func rowsOf(ctx context.Context, tx *sql.Tx, owner syncproto.DossierID) ([]row, error) {
	return eventRows(ctx, tx, `SELECT `+eventColumns+` FROM event WHERE dossier = ? ORDER BY id`, owner[:])
}

// rowsBehind pages through all events by id, of whatever length a damaged id may have.
func rowsBehind(ctx context.Context, tx *sql.Tx, after []byte, limit int) ([]row, error) {
	return eventRows(ctx, tx, `SELECT `+eventColumns+` FROM event WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
}

func eventRows(ctx context.Context, tx *sql.Tx, query string, args ...any) (list []row, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("reading events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := r.scan(rows); err != nil {
			return nil, fmt.Errorf("reading events: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}
