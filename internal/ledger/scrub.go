package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bendo/internal/seal"
	"bendo/syncproto"
)

// Scrub verifies up to limit events after an id, with every byte of the scans they name,
// and puts aside what does not fit; it goes on behind a damaged one. What was put aside and
// is whole again (the province gave it back) is no longer noted. It says how many
// events it read and the last of them; 0 is the end. The agent runs it weekly, a little
// at a time, because SQLite does not see a flipped bit.
func (b *Book) Scrub(ctx context.Context, after syncproto.EventID, limit int) (checked int, last syncproto.EventID, err error) {
	var rows []row
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err = rowsAfter(ctx, tx, after, min(max(limit, 1), 1000))
		return err
	})
	if err != nil {
		return 0, after, fmt.Errorf("scrubbing: %w", err)
	}
	var bad []Quarantined
	for i := range rows {
		found, err := b.scrubOne(ctx, &rows[i])
		if err != nil {
			return 0, after, fmt.Errorf("scrubbing: %w", err)
		}
		bad = append(bad, found...)
	}
	if err := b.noteAside(ctx, rows, bad); err != nil {
		return 0, after, fmt.Errorf("scrubbing: %w", err)
	}
	if len(rows) == 0 {
		return 0, after, nil
	}
	id, err := id16(rows[len(rows)-1].id)
	return len(rows), id, err
}

// noteAside writes down what is damaged now, and takes back what was said of rows that are whole.
func (b *Book) noteAside(ctx context.Context, rows []row, bad []Quarantined) error {
	noted, err := b.Quarantine(ctx)
	if err != nil || len(bad)+len(noted) == 0 {
		return err
	}
	whole := make(map[string]bool, len(rows))
	for i := range rows {
		whole[fmt.Sprintf("%x", rows[i].id)] = true
	}
	for _, q := range bad {
		delete(whole, q.ID)
	}
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		for _, q := range noted {
			if q.Table != "event" || !whole[q.ID] {
				continue
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM quarantine WHERE tbl = 'event' AND id = ?`, []byte(q.ID)); err != nil {
				return fmt.Errorf("taking back a note: %w", err)
			}
		}
		return b.putAside(ctx, tx, bad)
	})
}

func rowsAfter(ctx context.Context, tx *sql.Tx, after syncproto.EventID, limit int) (list []row, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+eventColumns+` FROM event WHERE id > ? ORDER BY id LIMIT ?`, after[:], limit)
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

func (b *Book) scrubOne(ctx context.Context, r *row) (bad []Quarantined, err error) {
	aside := func(table, id string, err error) {
		bad = append(bad, Quarantined{Table: table, ID: id, Reason: err.Error(), At: b.nowMS()})
	}
	scope, err := id16(r.dossier)
	if err != nil {
		aside("event", fmt.Sprintf("%x", r.id), err)
		return bad, nil
	}
	var key seal.Key
	var named []syncproto.Digest
	var lengths []int64
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		if key, err = b.key(ctx, tx, scope); err != nil {
			return damagedKey(err)
		}
		named, lengths, err = scansOf(ctx, tx, r.id)
		return err
	})
	if err == nil {
		_, err = r.open(key)
	}
	switch {
	case errors.Is(err, seal.ErrErased):
		return nil, nil // erased by decision: there is nothing to read
	case errors.Is(err, ErrDamaged):
		aside("event", fmt.Sprintf("%x", r.id), err)
		return bad, nil
	case err != nil:
		return nil, err
	}
	for i, sha := range named {
		if err := b.vault.Verify(ctx, key, scope, sha, lengths[i]); err != nil {
			if ctx.Err() != nil {
				return nil, err
			}
			aside("scan", fmt.Sprintf("%x/%s", scope, sha), err)
		}
	}
	return bad, nil
}

func scansOf(ctx context.Context, tx *sql.Tx, event []byte) (named []syncproto.Digest, lengths []int64, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT sha256, length FROM blob WHERE event = ? AND away = 0 ORDER BY sha256`, event)
	if err != nil {
		return nil, nil, fmt.Errorf("listing scans: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		var length int64
		if err := rows.Scan(&raw, &length); err != nil {
			return nil, nil, fmt.Errorf("listing scans: %w", err)
		}
		d, err := digest32(raw)
		if err != nil {
			return nil, nil, err
		}
		named, lengths = append(named, d), append(lengths, length)
	}
	return named, lengths, rows.Err()
}
