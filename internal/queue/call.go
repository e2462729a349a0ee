package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
)

// Call is a counter's wish for the next person.
type Call struct {
	Counter int      // 1 to 99
	After   int64    // the number the counter believes to have now; 0: none
	Letters []string // services the counter works for; empty: all
	Ticket  int64    // this one out of turn; 0: whoever came first
}

// Next calls a number to a counter. The one that is there is served by that. After makes a second tap
// on the button harmless: the counter has the new number by then, and gets [ErrMoved].
func (q *Queue) Next(ctx context.Context, c Call, m Moment) (Ticket, error) {
	if c.Counter < 1 || c.Counter > 99 {
		return Ticket{}, fmt.Errorf("calling a number: there is no counter %d", c.Counter)
	}
	var t Ticket
	since := q.since(m)
	err := q.db.Write(ctx, func(tx *sql.Tx) error {
		s, err := inUse(ctx, tx, m, since)
		if err != nil {
			return err
		}
		at, err := atCounter(ctx, tx, s, c.Counter)
		if err != nil {
			return err
		}
		if at.ID != c.After {
			return ErrMoved
		}
		if t, err = choose(ctx, tx, s, c); err != nil {
			return err
		}
		if at.ID != 0 {
			at.State, at.EndedAt = Served, m.At.UnixMilli()
			if err := save(ctx, tx, at); err != nil {
				return err
			}
		}
		t.State, t.CalledAt, t.Calls, t.Counter = Called, m.At.UnixMilli(), 1, c.Counter
		return save(ctx, tx, t)
	})
	if err != nil {
		return Ticket{}, fmt.Errorf("calling a number: %w", err)
	}
	return t, nil
}

// atCounter returns who is at a counter; ID 0: nobody.
func atCounter(ctx context.Context, tx *sql.Tx, s Series, counter int) (Ticket, error) {
	t, err := scan(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM ticket WHERE series = ? AND state = 'called' AND counter = ? ORDER BY id DESC LIMIT 1`, s.ID, counter))
	if errors.Is(err, ErrNotFound) {
		return Ticket{}, nil
	}
	return t, err
}

// choose returns the number to call: the one that is named, else whoever came first. Wishes for
// priority change no order here; the officer names them.
func choose(ctx context.Context, tx *sql.Tx, s Series, c Call) (Ticket, error) {
	if c.Ticket != 0 {
		t, err := byID(ctx, tx, c.Ticket)
		switch {
		case err != nil:
			return t, err
		case t.Series != s.ID:
			return t, ErrOver
		case t.State != Valid:
			return t, ErrMoved
		}
		return t, nil
	}
	rows, err := tx.QueryContext(ctx, `SELECT `+columns+` FROM ticket WHERE series = ? AND state = 'valid' ORDER BY id`, s.ID)
	if err != nil {
		return Ticket{}, err
	}
	defer rows.Close()
	for rows.Next() {
		t, err := scan(rows)
		if err != nil {
			return t, err
		}
		if len(c.Letters) == 0 || slices.Contains(c.Letters, t.Letter) {
			return t, nil
		}
	}
	if err := rows.Err(); err != nil {
		return Ticket{}, err
	}
	return Ticket{}, ErrNobody
}

// Recall calls the number at a counter once more.
func (q *Queue) Recall(ctx context.Context, id int64) (Ticket, error) {
	return q.change(ctx, "calling a number again", id, func(_ *sql.Tx, t *Ticket) error {
		if t.State != Called {
			return ErrMoved
		}
		t.Calls++
		return nil
	})
}

// End notes how a call ended: [Served] or [Absent]. It may be repeated.
func (q *Queue) End(ctx context.Context, id int64, how State, m Moment) (Ticket, error) {
	if how != Served && how != Absent {
		return Ticket{}, fmt.Errorf("ending a call: %q is no end of a call", how)
	}
	return q.change(ctx, "ending a call", id, func(_ *sql.Tx, t *Ticket) error {
		switch {
		case t.State == how:
			return nil
		case t.State != Called:
			return ErrMoved
		}
		t.State, t.EndedAt = how, m.At.UnixMilli()
		return nil
	})
}
