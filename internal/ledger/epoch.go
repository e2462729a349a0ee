package ledger

import (
	"bytes"
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
		from = max(from, old.replayed) // what the province sent back is there
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
		return b.rehead(ctx, tx, old.Log.Epoch, from, l, dossier.Book(id.Book))
	})
	if err != nil {
		return fmt.Errorf("beginning a new epoch: %w", err)
	}
	b.ring(ctx)
	return nil
}

// rehead moves the events after seq from of an old epoch, and those a replay displaced,
// to the log l. It goes page by page: a queue of a hundred thousand must not be in
// memory at once. The old log ends at from.
func (b *Book) rehead(ctx context.Context, tx *sql.Tx, epoch uint32, from uint64, l syncproto.LogID, own dossier.Holder) error {
	m := mover{b: b, tx: tx, epoch: l.Epoch, next: 1, head: syncproto.ChainStart(l)}
	end, err := b.headAt(ctx, tx, epoch, from)
	if err != nil {
		return err
	}
	if err := b.moveLog(ctx, tx, epoch, from+1, end); err != nil {
		return err
	}
	if err := m.moveAll(ctx, epoch, from, own); err != nil {
		return err
	}
	return b.moveLog(ctx, tx, l.Epoch, m.next, m.head)
}

// mover appends rows to a new log.
type mover struct {
	b     *Book
	tx    *sql.Tx
	epoch uint32
	next  uint64
	head  syncproto.Digest
}

// moveAll moves the events after seq from of an old epoch and those a replay displaced.
func (m *mover) moveAll(ctx context.Context, epoch uint32, from uint64, own dossier.Holder) error {
	for seq := from; ; {
		rows, err := pendingRows(ctx, m.tx, epoch, seq+1, 100)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		seq = uint64(rows[len(rows)-1].seq.Int64)
		if err := m.move(ctx, rows); err != nil {
			return err
		}
	}
	for last := []byte{}; ; {
		rows, err := displacedRows(ctx, m.tx, own, last, 100)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return nil
		}
		last = rows[len(rows)-1].id
		if err := m.move(ctx, rows); err != nil {
			return err
		}
	}
}

// move re-heads rows in order. A damaged one stays where it is, put aside: it cannot be
// signed again.
func (m *mover) move(ctx context.Context, rows []row) error {
	for i := range rows {
		head, err := m.b.reheadOne(ctx, m.tx, &rows[i], m.epoch, m.next, m.head)
		if errors.Is(err, ErrDamaged) {
			q := Quarantined{Table: "event", ID: fmt.Sprintf("%x", rows[i].id), Reason: err.Error(), At: m.b.nowMS()}
			if err := m.b.putAside(ctx, m.tx, []Quarantined{q}); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		m.head, m.next = head, m.next+1
	}
	return nil
}

func displacedRows(ctx context.Context, tx *sql.Tx, own dossier.Holder, after []byte, limit int) (list []row, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+eventColumns+` FROM event WHERE epoch IS NULL AND author = ? AND id > ? ORDER BY id LIMIT ?`,
		string(own), after, limit)
	if err != nil {
		return nil, fmt.Errorf("reading displaced events: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		if err := r.scan(rows); err != nil {
			return nil, fmt.Errorf("reading displaced events: %w", err)
		}
		list = append(list, r)
	}
	return list, rows.Err()
}

// displace takes our events from seq on out of a frozen log, so that the province's can
// stand in their places. They wait for the next grant; nothing of them is changed but
// their place.
func (b *Book) displace(ctx context.Context, tx *sql.Tx, epoch uint32, seq uint64, prev syncproto.Digest) error {
	for {
		rows, err := pendingRows(ctx, tx, epoch, seq, 100)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			return b.moveLog(ctx, tx, epoch, seq, prev)
		}
		for i := range rows {
			r := &rows[i]
			whole := bytes.Equal(r.storedCheck, r.check())
			r.epoch, r.seq, r.head = sql.NullInt64{}, sql.NullInt64{}, nil
			check := r.storedCheck
			if whole {
				check = r.check() // a damaged row stays visibly damaged
			}
			_, err1 := tx.ExecContext(ctx, `UPDATE event SET epoch = NULL, seq = NULL, head = NULL, digest = ? WHERE id = ?`, check, r.id)
			_, err2 := tx.ExecContext(ctx, `UPDATE outbox SET epoch = 0, seq = 0, left_at = 0, left_gen = 0 WHERE event = ?`, r.id)
			if err := errors.Join(err1, err2); err != nil {
				return fmt.Errorf("displacing event: %w", err)
			}
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
// on in the log l, and says how many were lacking. It extends a log at its end or repeats
// what is there. A different event in the same place is ErrFork, unless the log is frozen
// as a fork already: then ours gives up its place, unchanged, and waits for Regrant.
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
	b.noteHeight(ctx) // a replay may have taken ours out of their places
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
	prev := row.Head
	if seq < row.Next {
		if prev, err = b.headAt(ctx, tx, l.Epoch, seq-1); errors.Is(err, ErrNotFound) {
			return false, nil // that stretch was re-headed; its events are in a later epoch
		}
		if err != nil {
			return false, err
		}
	}
	head := syncproto.ChainNext(prev, hd, pd)
	if seq < row.Next {
		have, err := b.headAt(ctx, tx, l.Epoch, seq)
		if errors.Is(err, ErrNotFound) {
			return false, nil // as above, from here on
		}
		if err != nil {
			return false, err
		}
		if have == head {
			return false, b.setReplayed(ctx, tx, l.Epoch, seq)
		}
		if !row.Frozen || seq <= row.Acked {
			return false, fmt.Errorf("event %d of epoch %d is another: %w", seq, l.Epoch, ErrFork)
		}
		if err := b.displace(ctx, tx, l.Epoch, seq, prev); err != nil {
			return false, err
		}
	}
	if err := b.setReplayed(ctx, tx, l.Epoch, seq); err != nil {
		return false, err
	}
	if b.known(ctx, tx, ev.Header.ID) { // here already, in a later epoch, or without a place after a salvage
		return false, errors.Join(b.placeBack(ctx, tx, ev, head), b.moveLog(ctx, tx, l.Epoch, seq+1, head))
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
	if err := errors.Join(r.insert(ctx, tx), b.moveLog(ctx, tx, l.Epoch, seq+1, head), b.toOutbox(ctx, tx, ev, pd, ev.Header.At)); err != nil {
		return false, err
	}
	return true, errors.Join(b.markAway(ctx, tx, ev), b.factsBack(ctx, tx, ev), b.useKeptReceipt(ctx, tx, syncproto.ManifestDigest(ev.Header, pd)))
}

func (b *Book) setReplayed(ctx context.Context, tx *sql.Tx, epoch uint32, seq uint64) error {
	if _, err := tx.ExecContext(ctx, `UPDATE log SET replayed = max(replayed, ?) WHERE epoch = ?`, int64(seq), int64(epoch)); err != nil {
		return fmt.Errorf("noting a replay: %w", err)
	}
	return nil
}

// useKeptReceipt applies a receipt that came before the submission it is for.
func (b *Book) useKeptReceipt(ctx context.Context, tx *sql.Tx, manifest syncproto.Digest) error {
	var body []byte
	err := tx.QueryRowContext(ctx, `DELETE FROM receipt_kept WHERE manifest = ? RETURNING body`, manifest[:]).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for a kept receipt: %w", err)
	}
	r, err := syncproto.DecodeReceipt(body)
	if err != nil {
		return fmt.Errorf("reading a kept receipt: %w", err)
	}
	return b.addReceipt(ctx, tx, r)
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
