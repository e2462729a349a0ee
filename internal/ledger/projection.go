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

// refold makes the projection of a dossier from its events, in the transaction that
// brought one.
func (b *Book) refold(ctx context.Context, tx *sql.Tx, id syncproto.DossierID, key seal.Key) (dossier.State, error) {
	entries, damaged, err := b.entries(ctx, tx, id, key)
	if err != nil {
		return dossier.State{}, err
	}
	if err := b.putAside(ctx, tx, damaged); err != nil {
		return dossier.State{}, err
	}
	s := dossier.Fold(entries)
	s.ID = id
	if err := b.putState(ctx, tx, id, key, s); err != nil {
		return dossier.State{}, err
	}
	return s, b.putSummary(ctx, tx, key, summaryOf(s, filingOf(s, entries)))
}

func (b *Book) putState(ctx context.Context, tx *sql.Tx, id syncproto.DossierID, key seal.Key, s dossier.State) error {
	body, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("storing projection: %w", err)
	}
	slip, err := b.slipFor(ctx, tx, id, s.Slip)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO dossier (id, slip, fold_version, version, code, deadline, state, updated_at)
		VALUES (?,?,?,?,?,?,?,?)
		ON CONFLICT (id) DO UPDATE SET slip = excluded.slip, fold_version = excluded.fold_version, version = excluded.version,
		code = excluded.code, deadline = excluded.deadline, state = excluded.state, updated_at = excluded.updated_at`,
		id[:], slip, dossier.FoldVersion, int64(s.Version), int64(s.NationalCode), s.Due,
		seal.Seal(key, place("dossier", id[:], 0, "state"), body), b.nowMS())
	if err != nil {
		return fmt.Errorf("storing projection: %w", err)
	}
	return nil
}

// slipFor is the number under which a dossier is found: none when another dossier of
// this book has it already (a cloned machine's; the portal answers slip_collision).
// It must not stop the feed.
func (b *Book) slipFor(ctx context.Context, tx *sql.Tx, id syncproto.DossierID, slip dossier.Slip) (any, error) {
	if slip == "" {
		return nil, nil
	}
	var taken int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM dossier WHERE slip = ? AND id <> ?`, string(slip), id[:]).Scan(&taken)
	if err != nil {
		return nil, fmt.Errorf("looking for the slip number: %w", err)
	}
	if taken > 0 {
		b.o.Log.Warn("two dossiers have one slip number; the later one is found by its id only", "dossier", id.String())
		return nil, nil
	}
	return string(slip), nil
}

// state reads the projection, or folds anew when it was made by another fold or does
// not open: it is derived and may always be made again.
func (b *Book) state(ctx context.Context, tx *sql.Tx, id syncproto.DossierID) (dossier.State, error) {
	var sealed []byte
	var version int
	err := tx.QueryRowContext(ctx, `SELECT fold_version, state FROM dossier WHERE id = ?`, id[:]).Scan(&version, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return dossier.State{}, fmt.Errorf("dossier %s: %w", id, ErrNotFound)
	}
	if err != nil {
		return dossier.State{}, fmt.Errorf("reading projection: %w", err)
	}
	key, err := b.key(ctx, tx, id)
	if err != nil {
		return dossier.State{}, err
	}
	var s dossier.State
	if version == dossier.FoldVersion {
		if body, err := seal.Open(key, place("dossier", id[:], 0, "state"), sealed); err == nil && json.Unmarshal(body, &s) == nil {
			return s, nil
		}
	}
	entries, _, err := b.entries(ctx, tx, id, key)
	if err != nil {
		return dossier.State{}, err
	}
	s = dossier.Fold(entries)
	s.ID = id
	return s, nil
}

// Rebuild makes every projection again from the events and says how many differed
// from what was stored.
func (b *Book) Rebuild(ctx context.Context) (differed int, err error) {
	var after []byte
	for {
		ids, err := b.dossierPage(ctx, after, 100)
		if err != nil || len(ids) == 0 {
			return differed, err
		}
		for _, id := range ids {
			d, err := b.rebuildOne(ctx, id)
			if err != nil {
				return differed, err
			}
			if d {
				differed++
			}
		}
		last := ids[len(ids)-1]
		after = last[:]
	}
}

func (b *Book) dossierPage(ctx context.Context, after []byte, limit int) (ids []syncproto.DossierID, err error) {
	if after == nil {
		after = []byte{}
	}
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT id FROM dossier WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
		if err != nil {
			return fmt.Errorf("listing dossiers: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var raw []byte
			if err := rows.Scan(&raw); err != nil {
				return fmt.Errorf("listing dossiers: %w", err)
			}
			id, err := id16(raw)
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		return rows.Err()
	})
	return ids, err
}

func (b *Book) rebuildOne(ctx context.Context, id syncproto.DossierID) (differed bool, err error) {
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		key, err := b.key(ctx, tx, id)
		if errors.Is(err, seal.ErrErased) {
			return nil
		}
		if err != nil {
			return err
		}
		var sealed []byte
		if err := tx.QueryRowContext(ctx, `SELECT state FROM dossier WHERE id = ?`, id[:]).Scan(&sealed); err != nil {
			return fmt.Errorf("reading projection: %w", err)
		}
		old, openErr := seal.Open(key, place("dossier", id[:], 0, "state"), sealed)
		s, err := b.refold(ctx, tx, id, key)
		if err != nil {
			return err
		}
		fresh, err := json.Marshal(s)
		differed = openErr != nil || !bytes.Equal(old, fresh)
		return err
	})
	return differed, err
}
