package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// summaryPage bounds how many dossiers are read in one snapshot: while one is held the -wal cannot
// shrink, and another process may be writing.
const summaryPage = 1000

// SummaryPage is a part of the book's summaries.
type SummaryPage struct {
	List []Summary
	Next int64 // the number to go on from
	More bool  // there is more beyond Next already
	Left int   // how many dossiers lie beyond Next, as far as numbers tell; for a progress only
}

// Summaries reads the dossiers that changed after the change since (0: all of them), in the order of
// their last change, at most limit (0: 1000). Whoever keeps Next and asks again hears of every change
// anybody made meanwhile, in this process or another, exactly once more than never: a dossier that
// changes while the pages are read comes again in a later one. The numbers are counted by the writing
// transactions and have nothing to do with a clock. [Book.DataVersion] tells cheaply whether to ask.
//
// ErrCursor: since is beyond everything this book has counted, so it was another book; begin at 0.
func (b *Book) Summaries(ctx context.Context, since int64, limit int) (page SummaryPage, err error) {
	if limit <= 0 || limit > summaryPage {
		limit = summaryPage
	}
	rows, page, err := b.summaryRows(ctx, since, limit)
	if err != nil {
		return SummaryPage{}, fmt.Errorf("reading summaries: %w", err)
	}
	var made []Summary
	for _, r := range rows {
		s, fresh, err := b.openSummary(ctx, r)
		if err != nil {
			return SummaryPage{}, fmt.Errorf("reading summaries: %w", err)
		}
		if fresh {
			made = append(made, s)
		}
		page.List = append(page.List, s)
	}
	b.keepSummaries(ctx, made)
	return page, nil
}

// SummariesOf reads the summaries of some dossiers, in the order of ids; those the book does not have
// or whose keys are gone are left out. At most 1000.
func (b *Book) SummariesOf(ctx context.Context, ids []syncproto.DossierID) (list []Summary, err error) {
	if len(ids) > summaryPage {
		return nil, fmt.Errorf("reading %d summaries: %w", len(ids), ErrLimit)
	}
	rows := make([]summaryRow, 0, len(ids))
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		one, err := tx.PrepareContext(ctx, `SELECT s.changed, s.dossier, s.body, k.wrapped FROM summary s
			LEFT JOIN secret k ON k.scope = s.dossier WHERE s.dossier = ?`)
		if err != nil {
			return err
		}
		defer one.Close()
		for _, id := range ids {
			var r summaryRow
			err := one.QueryRowContext(ctx, id[:]).Scan(&r.changed, &r.dossier, &r.body, &r.wrapped)
			if errors.Is(err, sql.ErrNoRows) {
				continue
			}
			if err != nil {
				return err
			}
			rows = append(rows, r)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading summaries: %w", err)
	}
	for _, r := range rows {
		s, _, err := b.openSummary(ctx, r)
		if err != nil {
			return nil, fmt.Errorf("reading summaries: %w", err)
		}
		if !s.Erased {
			list = append(list, s)
		}
	}
	return list, nil
}

// summaryRow is a row with the key of its dossier, both still sealed: they are opened after the
// snapshot was given back.
type summaryRow struct {
	changed                int64
	dossier, body, wrapped []byte
}

func (b *Book) summaryRows(ctx context.Context, since int64, limit int) (list []summaryRow, page SummaryPage, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		var last int64
		err := tx.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'summary'`).Scan(&last)
		if err != nil {
			return err
		}
		if since > last {
			return ErrCursor
		}
		rows, err := tx.QueryContext(ctx, `SELECT s.changed, s.dossier, s.body, k.wrapped FROM summary s
			LEFT JOIN secret k ON k.scope = s.dossier WHERE s.changed > ? ORDER BY s.changed LIMIT ?`, since, limit)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var r summaryRow
			if err := rows.Scan(&r.changed, &r.dossier, &r.body, &r.wrapped); err != nil {
				return err
			}
			list = append(list, r)
		}
		page.Next = last // nothing lies between the last row and it
		if len(list) == limit {
			page.Next, page.More = list[limit-1].changed, true
			page.Left = int(last - page.Next)
		}
		return rows.Err()
	})
	return list, page, err
}

// openSummary opens a row; fresh says that it had to be made from the events.
func (b *Book) openSummary(ctx context.Context, r summaryRow) (s Summary, fresh bool, err error) {
	raw, err := id16(r.dossier)
	if err != nil {
		return s, false, err
	}
	id := syncproto.DossierID(raw)
	key, err := b.keys.Unwrap(r.wrapped, id)
	if errors.Is(err, seal.ErrErased) {
		return Summary{ID: id, Changed: r.changed, Erased: true}, false, nil
	}
	if err == nil && len(r.body) > 0 {
		var body []byte
		if body, err = seal.Open(key, place("summary", id[:], 0, "body"), r.body); err == nil {
			if s, err = decodeSummary(id, body); err == nil {
				s.Changed = r.changed
				return s, false, nil
			}
		}
	}
	// Missing, of another version, or damaged: all of it is derived.
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		st, filing, err := b.whole(ctx, tx, id)
		s = summaryOf(st, filing)
		return err
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, seal.ErrErased) || errors.Is(err, seal.ErrTampered) {
		// One dossier that cannot be read must not keep staff from all the others; examining the book
		// names it.
		b.o.Log.Error("a dossier cannot be read into the index", "dossier", id.String(), "error", err)
		return Summary{ID: id, Changed: r.changed, Erased: true}, false, nil
	}
	s.Changed = r.changed
	return s, err == nil, err
}

// keepSummaries stores what had to be made, where nobody has changed the dossier meanwhile. It may
// fail: they are made again the next time.
func (b *Book) keepSummaries(ctx context.Context, made []Summary) {
	if len(made) == 0 {
		return
	}
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		for _, s := range made {
			key, err := b.key(ctx, tx, s.ID)
			if err != nil {
				continue // dropped meanwhile
			}
			sealed := seal.Seal(key, place("summary", s.ID[:], 0, "body"), s.encode())
			if _, err := tx.ExecContext(ctx, `UPDATE summary SET body = ? WHERE changed = ? AND dossier = ?`, sealed, s.Changed, s.ID[:]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.o.Log.Warn("summaries could not be kept; they are made again the next time", "error", err)
	}
}

// Everyone is one dossier with everything the book knows about it, for registers and reports.
type Everyone struct {
	State  dossier.State             // with the ID only when its key was dropped
	Filing *dossier.SubmittedPayload // nil: erased, not here, or damaged
	LeftAt int64                     // when the portal's ack of the filing was signed, unix ms; 0 not yet
}

// Everyone calls each for every dossier that changed after the change since (0: all), one at a time,
// and gives the number to go on from; each may take its time, nothing is held meanwhile. It reads and
// opens whole dossiers, about a fifth of a millisecond each. An acknowledgement by the portal changes
// LeftAt and is no change of the dossier.
func (b *Book) Everyone(ctx context.Context, since int64, each func(Everyone) error) (next int64, err error) {
	for more := true; more; {
		rows, page, err := b.summaryRows(ctx, since, summaryPage)
		if err != nil {
			return since, fmt.Errorf("reading every dossier: %w", err)
		}
		for _, r := range rows {
			id, err := id16(r.dossier)
			if err != nil {
				return since, fmt.Errorf("reading every dossier: %w", err)
			}
			one, err := b.everyone(ctx, id)
			if err == nil {
				err = each(one)
			}
			if err != nil {
				return since, fmt.Errorf("reading every dossier: %w", err)
			}
			since = r.changed
		}
		since, more = page.Next, page.More
	}
	return since, nil
}

func (b *Book) everyone(ctx context.Context, id syncproto.DossierID) (e Everyone, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		e.State, e.Filing, err = b.whole(ctx, tx, id)
		if errors.Is(err, seal.ErrTampered) { // one that cannot be read must not keep all others from a report
			b.o.Log.Error("a dossier cannot be read for the reports", "dossier", id.String(), "error", err)
			e.State, err = dossier.State{ID: id}, nil
		}
		if errors.Is(err, seal.ErrErased) || errors.Is(err, ErrNotFound) {
			e.State, err = dossier.State{ID: id}, nil
		}
		if err != nil {
			return err
		}
		sub, ok := e.State.Submission(0)
		if !ok {
			return nil
		}
		err := tx.QueryRowContext(ctx, `SELECT left_at FROM outbox WHERE event = ?`, sub.Event[:]).Scan(&e.LeftAt)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return e, err
}

// whole folds a dossier from its events and finds its filing, in one reading of them.
func (b *Book) whole(ctx context.Context, tx *sql.Tx, id syncproto.DossierID) (dossier.State, *dossier.SubmittedPayload, error) {
	key, err := b.key(ctx, tx, id)
	if err != nil {
		return dossier.State{}, nil, err
	}
	entries, _, err := b.entries(ctx, tx, id, key)
	if err != nil {
		return dossier.State{}, nil, err
	}
	st := dossier.Fold(entries)
	st.ID = id
	return st, filingOf(st, entries), nil
}
