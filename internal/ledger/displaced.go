package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// An event of this book without a place in a log was displaced: by a replay after a fork, or by a
// salvage because an event before it is missing. It keeps its id, salt and payload and waits here.

// notAside leaves out rows that were noted as damaged: nobody can sign them again.
const notAside = `NOT EXISTS (SELECT 1 FROM quarantine WHERE tbl = 'event' AND quarantine.id = CAST(lower(hex(event.id)) AS BLOB))`

// appendDisplaced appends waiting events behind the end of the present log, once the province's word
// covers that end: then nothing of the province's can stand in their new places. What was lost before
// them stays lost and named; the chain has no gap.
func (b *Book) appendDisplaced(ctx context.Context, tx *sql.Tx, id Identity, l logRow, ack syncproto.Ack) error {
	if l.Frozen || ack.Log.Epoch != id.Epoch || ack.Applied+1 != l.Next {
		return nil
	}
	if !id.Replaces.IsZero() { // they may stand in a log of the machine before, which is replayed first
		if rebuilt, err := b.note(ctx, tx, noteRebuilt); err != nil || rebuilt == nil {
			return err
		}
	}
	own := dossier.Book(id.Book)
	var waiting int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM event WHERE epoch IS NULL AND author = ?`, string(own)).Scan(&waiting); err != nil {
		return fmt.Errorf("looking for displaced events: %w", err)
	}
	if waiting == 0 {
		return nil
	}
	m := mover{b: b, tx: tx, epoch: id.Epoch, next: l.Next, head: l.Head}
	if err := m.moveAll(ctx, id.Epoch, ack.Applied, own); err != nil {
		return err
	}
	if m.next == l.Next {
		return nil // damaged, all of them
	}
	b.o.Log.Warn("events behind one that was lost have a place in the log again", "events", m.next-l.Next)
	return b.moveLog(ctx, tx, id.Epoch, m.next, m.head)
}

// placeBack gives a waiting event the place the province has it in. One that has a place already, in a
// later log, keeps that.
func (b *Book) placeBack(ctx context.Context, tx *sql.Tx, ev syncproto.Event, head syncproto.Digest) error {
	h := ev.Header
	var author string
	var receivedAt int64
	err := tx.QueryRowContext(ctx, `SELECT author, received_at FROM event WHERE id = ? AND epoch IS NULL AND author <> ?`,
		h.ID[:], string(dossier.Province)).Scan(&author, &receivedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking for a displaced event: %w", err)
	}
	key, err := b.key(ctx, tx, h.Dossier)
	if err != nil {
		return err
	}
	r, err := sealEvent(key, ev, dossier.Holder(author), receivedAt, &head)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM event WHERE id = ?`, h.ID[:]); err != nil {
		return fmt.Errorf("placing an event back: %w", err)
	}
	if err := r.insert(ctx, tx); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `UPDATE outbox SET epoch = ?, seq = ? WHERE event = ?`, int64(h.Epoch), int64(h.Seq), h.ID[:])
	if err != nil {
		return fmt.Errorf("placing an event back: %w", err)
	}
	return nil
}

// opens says whether the vault has a scan and the dossier's key opens it: after a salvage a dossier may
// have a new key, and its old files are as good as absent.
func (b *Book) opens(ctx context.Context, tx *sql.Tx, owner syncproto.DossierID, sha syncproto.Digest) (bool, error) {
	key, err := b.key(ctx, tx, owner)
	if errors.Is(err, ErrNotFound) || errors.Is(err, seal.ErrErased) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	blob, err := b.vault.Open(key, owner, sha)
	switch {
	case err == nil:
		return true, blob.Close()
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, seal.ErrTampered), errors.Is(err, seal.ErrVersion):
		return false, nil
	}
	return false, err
}
