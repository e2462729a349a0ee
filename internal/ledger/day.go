package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bendo/internal/dossier"
	"bendo/internal/reconcile"
	"bendo/internal/seal"
)

// FiledOn gives the facts of everything this book filed in a day, for the evening's comparison.
// What was erased since is left out, as it is at the province.
func (b *Book) FiledOn(ctx context.Context, day reconcile.Day) (facts []reconcile.Fact, err error) {
	from, to := day.Bounds()
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		keys, err := filedBetween(ctx, tx, from, to)
		if err != nil {
			return err
		}
		src, err := b.factSource(ctx, tx)
		if err != nil {
			return err
		}
		for _, k := range keys {
			f, err := b.dayFact(ctx, tx, src, k)
			if errors.Is(err, seal.ErrErased) {
				continue
			}
			if err != nil {
				return err
			}
			facts = append(facts, f)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading what was filed on %s: %w", day, err)
	}
	return facts, nil
}

func filedBetween(ctx context.Context, tx *sql.Tx, from, to int64) (keys []outboxKey, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT o.event, o.dossier, o.n FROM outbox o JOIN event e ON e.id = o.event
		WHERE e.at >= ? AND e.at < ? ORDER BY o.dossier, o.n, o.event`, from, to)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var e, d []byte
		var k outboxKey
		if err := rows.Scan(&e, &d, &k.n); err != nil {
			return nil, err
		}
		eid, err1 := id16(e)
		did, err2 := id16(d)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		k.event, k.dossier = eid, did
		keys = append(keys, k)
	}
	return keys, rows.Err()
}

func (b *Book) dayFact(ctx context.Context, tx *sql.Tx, src factSource, k outboxKey) (reconcile.Fact, error) {
	s, err := b.state(ctx, tx, k.dossier)
	if err != nil {
		return reconcile.Fact{}, err
	}
	f, err := b.facts(ctx, tx, src, k.event)
	if err != nil {
		return reconcile.Fact{}, err
	}
	for _, sub := range s.Submissions {
		if sub.Event == k.event {
			return reconcile.Of(s, sub, dossier.Acks(sub, f.Facts)), nil
		}
	}
	return reconcile.Fact{}, fmt.Errorf("delivery %s of dossier %s does not fold: %w", k.event, k.dossier, ErrDamaged)
}
