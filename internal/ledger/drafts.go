package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// Drafts lists what can be resumed, the latest first, at most 500.
func (b *Book) Drafts(ctx context.Context) (list []DraftInfo, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		ids, err := draftIDs(ctx, tx, `SELECT id FROM draft WHERE state = 'open' ORDER BY touched_at DESC, id LIMIT 500`)
		if err != nil {
			return err
		}
		for _, id := range ids {
			r, err := b.draftRow(ctx, tx, id)
			if errors.Is(err, ErrDamaged) || errors.Is(err, seal.ErrErased) {
				continue // one bad draft must not hide the others; opening it tells why
			}
			if err != nil {
				return err
			}
			list = append(list, b.info(r))
		}
		return nil
	})
	return list, err
}

func (b *Book) info(r draftRow) DraftInfo {
	return DraftInfo{ID: r.id, Slip: r.slip, Kind: r.kind, Procedure: r.head.Procedure, TouchedAt: r.touchedAt,
		ExpiresAt: r.touchedAt + b.o.DraftLife.Milliseconds()}
}

func draftIDs(ctx context.Context, tx *sql.Tx, query string, args ...any) (ids []DraftID, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("listing drafts: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, fmt.Errorf("listing drafts: %w", err)
		}
		id, err := id16(raw)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}

// FindDraft finds an open draft by the number on its draft slip. For staff; residents
// use ResumeDraft.
func (b *Book) FindDraft(ctx context.Context, slip dossier.Slip) (info DraftInfo, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		ids, err := draftIDs(ctx, tx, `SELECT id FROM draft WHERE slip = ? AND state = 'open'`, string(slip))
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return fmt.Errorf("draft of that number: %w", ErrNotFound)
		}
		r, err := b.draftRow(ctx, tx, ids[0])
		info = b.info(r)
		return err
	})
	return info, err
}

// ResumeDraft opens a draft by its number and a second fact: the last four digits of a
// number the resident had entered, or the code printed on the draft slip. Wrong tries
// count as in Track.
func (b *Book) ResumeDraft(ctx context.Context, slip dossier.Slip, second string) (d Draft, err error) {
	err = b.tried(ctx, slip, func(tx *sql.Tx) error {
		ids, err := draftIDs(ctx, tx, `SELECT id FROM draft WHERE slip = ? AND state = 'open'`, string(slip))
		if err != nil {
			return err
		}
		if len(ids) == 0 {
			return ErrNotFound
		}
		r, err := b.draftRow(ctx, tx, ids[0])
		if err != nil {
			return err
		}
		if d, err = b.readDraft(ctx, tx, r); err != nil {
			return err
		}
		fact, ok := dossier.NormalFact(second)
		if !ok || !d.knows(fact) {
			d = Draft{}
			return ErrNotFound
		}
		return nil
	})
	return d, err
}

func (d Draft) knows(fact string) bool {
	var people []dossier.Person
	for _, p := range []*dossier.Person{d.Applicant, d.Submitter} {
		if p != nil {
			people = append(people, *p)
		}
	}
	for _, f := range append(dossier.FactsOf(people...), d.Code6) {
		if f == fact {
			return true
		}
	}
	return false
}

// EndVisit unties the visit's drafts from it: whoever comes next cannot reach them
// without number and second fact. Nothing of them is lost.
func (b *Book) EndVisit(ctx context.Context, visit string) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE draft SET visit = NULL WHERE visit = ?`, b.keys.Index("visit", visit))
		if err != nil {
			return fmt.Errorf("ending visit: %w", err)
		}
		return nil
	})
}

// VisitDrafts lists the open drafts of a visit that has not ended.
func (b *Book) VisitDrafts(ctx context.Context, visit string) (ids []DraftID, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		ids, err = draftIDs(ctx, tx, `SELECT id FROM draft WHERE visit = ? AND state = 'open' ORDER BY id`, b.keys.Index("visit", visit))
		return err
	})
	return ids, err
}

// maxAgedAtOnce is how much one sweep may add to the age of a draft, whatever the clock says: an
// office that was closed for Tết, or a clock that was moved, costs nobody a draft.
const maxAgedAtOnce = 24 * time.Hour

// ExpireDrafts drops the keys of drafts nobody touched for DraftLife and says how many. Call it
// every hour. Time is counted from sweep to sweep, at most a day at once and only while the clock is
// to be believed: never too early, and late by as long as the machine was off.
func (b *Book) ExpireDrafts(ctx context.Context) (int, error) {
	if q := b.clock(); q == syncproto.ClockSuspect || q == syncproto.ClockUnknown {
		return 0, nil
	}
	if err := b.db.Write(ctx, func(tx *sql.Tx) error { return b.ageDrafts(ctx, tx) }); err != nil {
		return 0, fmt.Errorf("counting the age of drafts: %w", err)
	}
	life := b.o.DraftLife.Milliseconds()
	var ids []DraftID
	err := b.db.Read(ctx, func(tx *sql.Tx) (err error) {
		ids, err = draftIDs(ctx, tx, `SELECT id FROM draft WHERE state = 'open' AND aged >= ? ORDER BY aged DESC LIMIT 500`, life)
		return err
	})
	if err != nil {
		return 0, err
	}
	n := 0
	for _, id := range ids {
		dropped, err := b.dropDraft(ctx, id, life)
		if err != nil {
			return n, err
		}
		if dropped {
			n++
		}
	}
	return n, nil
}

// ageDrafts adds what passed since the last sweep to the drafts that one saw, and begins to count
// for the others.
func (b *Book) ageDrafts(ctx context.Context, tx *sql.Tx) error {
	body, err := b.note(ctx, tx, noteAged)
	if err != nil {
		return err
	}
	now := b.nowMS()
	last, err := strconv.ParseInt(string(body), 10, 64)
	if err != nil {
		last = now // the first sweep, or a note nobody can read
	}
	passed := min(max(now-last, 0), maxAgedAtOnce.Milliseconds())
	_, err = tx.ExecContext(ctx, `UPDATE draft SET aged = CASE WHEN aged < 0 THEN 0 ELSE aged + ? END WHERE state = 'open'`, passed)
	if err != nil {
		return err
	}
	return b.setNote(ctx, tx, noteAged, strconv.AppendInt(nil, now, 10))
}

// DropDraft forgets a draft now: its key, its values, its scans.
func (b *Book) DropDraft(ctx context.Context, id DraftID) error {
	_, err := b.dropDraft(ctx, id, -1)
	return err
}

// dropDraft drops a draft that is still open and at least as old as aged. The
// rows go first, the files after them: a crash between leaves files no row names,
// which Sweep removes; those of a filing cannot be opened any more.
func (b *Book) dropDraft(ctx context.Context, id DraftID, aged int64) (dropped bool, err error) {
	var scans []syncproto.Digest
	var owner syncproto.DossierID
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		var raw []byte
		err := tx.QueryRowContext(ctx, `SELECT dossier FROM draft WHERE id = ? AND state = 'open' AND aged >= ?`, id[:], aged).Scan(&raw)
		if errors.Is(err, sql.ErrNoRows) {
			return nil // filed, expired or touched meanwhile
		}
		if err != nil {
			return err
		}
		if owner, err = id16(raw); err != nil {
			return err
		}
		if scans, err = digests(ctx, tx, `SELECT sha256 FROM draft_scan WHERE draft = ?`, id[:]); err != nil {
			return err
		}
		dropped = true
		return errors.Join(b.clearDraft(ctx, tx, id, "expired", nil), b.dropKey(ctx, tx, id))
	})
	if err != nil {
		return false, fmt.Errorf("dropping draft %s: %w", id, err)
	}
	if err := b.removeUnnamed(ctx, owner, scans...); err != nil {
		b.o.Log.Warn("a scan of a dropped draft stays until the sweep", "error", err)
	}
	return dropped, nil
}

func digests(ctx context.Context, tx *sql.Tx, query string, args ...any) (list []syncproto.Digest, err error) {
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, err
		}
		d, err := digest32(raw)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, rows.Err()
}

// clearDraft ends a draft: its values and scan rows go, the row stays as a mark.
func (b *Book) clearDraft(ctx context.Context, tx *sql.Tx, id DraftID, state string, filed []byte) error {
	_, err1 := tx.ExecContext(ctx, `DELETE FROM draft_value WHERE draft = ?`, id[:])
	_, err2 := tx.ExecContext(ctx, `DELETE FROM draft_scan WHERE draft = ?`, id[:])
	_, err3 := tx.ExecContext(ctx, `UPDATE draft SET state = ?, filed = ?, visit = NULL WHERE id = ?`, state, filed, id[:])
	return errors.Join(err1, err2, err3)
}
