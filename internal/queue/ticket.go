package queue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Request is somebody's wish for a number.
type Request struct {
	Key      string // random, made by the screen; the same key gives the same number
	Service  string // the plan's code
	Letter   string
	Priority bool
}

const columns = `id, series, letter, number, service, priority, request, state, by, prints, job, drawn_at, quality, valid_at, called_at, calls, counter, ended_at`

func scan(row interface{ Scan(...any) error }) (Ticket, error) {
	var t Ticket
	err := row.Scan(&t.ID, &t.Series, &t.Letter, &t.Number, &t.Service, &t.Priority, &t.Key, &t.State, &t.By, &t.Prints, &t.Job, &t.DrawnAt,
		&t.Quality, &t.ValidAt, &t.CalledAt, &t.Calls, &t.Counter, &t.EndedAt)
	if errors.Is(err, sql.ErrNoRows) {
		return t, ErrNotFound
	}
	return t, err
}

func byKey(ctx context.Context, tx *sql.Tx, key string) (Ticket, error) {
	return scan(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM ticket WHERE request = ?`, key))
}

func byID(ctx context.Context, tx *sql.Tx, id int64) (Ticket, error) {
	return scan(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM ticket WHERE id = ?`, id))
}

// Draw takes the next number of the letter and puts it on the disk; nobody has seen it yet, and it is
// not valid. Asked again with the same key it returns the same number as it stands now.
func (q *Queue) Draw(ctx context.Context, r Request, m Moment) (Ticket, error) {
	if r.Key == "" || r.Service == "" || len(r.Letter) != 1 {
		return Ticket{}, fmt.Errorf("drawing a number: the wish has no key, service or letter")
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	var t Ticket
	drew := false
	err := q.db.Write(ctx, func(tx *sql.Tx) error {
		var err error
		if t, err = byKey(ctx, tx, r.Key); !errors.Is(err, ErrNotFound) {
			return err
		}
		s, err := seriesFor(ctx, tx, m, measure(q.last, m))
		if err != nil {
			return err
		}
		t, err = insert(ctx, tx, s, r, m)
		drew = err == nil
		return err
	}) // a crash here leaves a number drawn that nobody saw; it is never given again
	if err != nil {
		return Ticket{}, fmt.Errorf("drawing a number: %w", err)
	}
	if drew {
		q.last = m
	}
	return t, nil
}

func insert(ctx context.Context, tx *sql.Tx, s Series, r Request, m Moment) (Ticket, error) {
	var high int
	if err := tx.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM ticket WHERE series = ? AND letter = ?`, s.ID, r.Letter).Scan(&high); err != nil {
		return Ticket{}, err
	}
	return scan(tx.QueryRowContext(ctx, `INSERT INTO ticket (series, letter, number, service, priority, request, state, drawn_at, quality)
		VALUES (?, ?, ?, ?, ?, ?, 'drawn', ?, ?) RETURNING `+columns,
		s.ID, r.Letter, max(high+1, s.First), r.Service, r.Priority, r.Key, m.At.UnixMilli(), m.Quality))
}

// change reads a ticket, lets step decide, and writes what step made of it.
func (q *Queue) change(ctx context.Context, what string, id int64, step func(tx *sql.Tx, t *Ticket) error) (Ticket, error) {
	var t Ticket
	err := q.db.Write(ctx, func(tx *sql.Tx) error {
		var err error
		if t, err = byID(ctx, tx, id); err != nil {
			return err
		}
		before := t
		if err := step(tx, &t); err != nil {
			return err
		}
		if t == before {
			return nil
		}
		return save(ctx, tx, t)
	})
	if err != nil {
		return Ticket{}, fmt.Errorf("%s: %w", what, err)
	}
	return t, nil
}

func save(ctx context.Context, tx *sql.Tx, t Ticket) error {
	_, err := tx.ExecContext(ctx, `UPDATE ticket SET state = ?, by = ?, prints = ?, job = ?, valid_at = ?, called_at = ?, calls = ?, counter = ?, ended_at = ? WHERE id = ?`,
		t.State, t.By, t.Prints, t.Job, t.ValidAt, t.CalledAt, t.Calls, t.Counter, t.EndedAt, t.ID)
	return err
}

// HandToPrinter notes that the paper is about to be handed over. It comes before the printer is asked:
// a crash after it leaves a number of which nobody knows whether the paper is out, and says so. Only
// one caller gets it: papers is how many it knows were handed over before, and [ErrMoved] means that
// there is one more, or that the number is valid already or given up.
func (q *Queue) HandToPrinter(ctx context.Context, id int64, papers int) (Ticket, error) {
	return q.change(ctx, "handing a number to the printer", id, func(_ *sql.Tx, t *Ticket) error {
		if t.State != Drawn && t.State != Printing || t.Prints != papers {
			return ErrMoved
		}
		t.State, t.Job = Printing, ""
		t.Prints++
		return nil
	})
}

// Handed notes under which name the print system took the paper, so that it can be asked what came of
// it, also after a restart. It makes nothing valid: a paper that waits for its printer is no paper. An empty name says that nobody
// can be asked any more.
func (q *Queue) Handed(ctx context.Context, id int64, papers int, job string) (Ticket, error) {
	return q.change(ctx, "noting the job of a number", id, func(_ *sql.Tx, t *Ticket) error {
		if t.State == Printing && t.Prints == papers {
			t.Job = job
		}
		return nil
	})
}

// Printed is the printer's answer that the paper was printed: the number is valid. When staff gave it up
// meanwhile it stays given up.
func (q *Queue) Printed(ctx context.Context, id int64, m Moment) (Ticket, error) {
	return q.change(ctx, "noting a printed number", id, func(_ *sql.Tx, t *Ticket) error {
		if t.State == Printing || t.State == Drawn {
			t.State, t.By, t.ValidAt = Valid, ByPrinter, m.At.UnixMilli()
		}
		return nil
	})
}

// NotPrinted is the printer's answer that there is no paper, of the one that was handed over as the
// papers-th; of an earlier one it changes nothing. Where the printer gave no answer at all, nothing is
// noted: the number stays printing.
func (q *Queue) NotPrinted(ctx context.Context, id int64, papers int) (Ticket, error) {
	return q.change(ctx, "noting a number that was not printed", id, func(_ *sql.Tx, t *Ticket) error {
		if t.State == Printing && t.Prints == papers {
			t.State = Drawn
		}
		return nil
	})
}

// Confirm is the staff tap: the number is valid without the printer's word. It may be repeated.
func (q *Queue) Confirm(ctx context.Context, id int64, m Moment) (Ticket, error) {
	since := q.since(m)
	return q.change(ctx, "confirming a number", id, func(tx *sql.Tx, t *Ticket) error {
		s, err := inUse(ctx, tx, m, since)
		switch {
		case err != nil:
			return err
		case t.Series != s.ID:
			return ErrOver
		case t.State == Void:
			return ErrMoved
		case t.State == Drawn || t.State == Printing:
			t.State, t.By, t.ValidAt = Valid, ByStaff, m.At.UnixMilli()
		}
		return nil
	})
}

// GiveUp ends a number that was not called. It may be repeated.
func (q *Queue) GiveUp(ctx context.Context, id int64, m Moment) (Ticket, error) {
	return q.change(ctx, "giving up a number", id, func(_ *sql.Tx, t *Ticket) error {
		switch t.State {
		case Drawn, Printing, Valid:
			t.State, t.EndedAt = Void, m.At.UnixMilli()
		case Called, Served, Absent:
			return ErrMoved
		}
		return nil
	})
}

// Find returns the number of a key as it stands.
func (q *Queue) Find(ctx context.Context, key string) (t Ticket, err error) {
	err = q.db.Read(ctx, func(tx *sql.Tx) error {
		t, err = byKey(ctx, tx, key)
		return err
	})
	return t, err
}

// Today returns the series in use at a moment and every number of it in the order of arrival. On the
// morning before the first number there is none (ID 0): yesterday's have ended.
func (q *Queue) Today(ctx context.Context, m Moment) (s Series, all []Ticket, err error) {
	since := q.since(m)
	err = q.db.Read(ctx, func(tx *sql.Tx) error {
		if s, err = inUse(ctx, tx, m, since); err != nil {
			return err
		}
		rows, err := tx.QueryContext(ctx, `SELECT `+columns+` FROM ticket WHERE series = ? ORDER BY id`, s.ID)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			t, err := scan(rows)
			if err != nil {
				return err
			}
			all = append(all, t)
		}
		return rows.Err()
	})
	return s, all, err
}
