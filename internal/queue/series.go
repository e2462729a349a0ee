package queue

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"bendo/internal/clock"
)

// officeZone is Viet Nam's time, fixed: a machine without a zone database must know its own day.
var officeZone = time.FixedZone("ICT", 7*60*60)

func dayOf(t time.Time) string { return t.In(officeZone).Format(time.DateOnly) }

// Series is one run of numbers.
type Series struct {
	ID    int64
	Day   string // of its beginning, YYYY-MM-DD
	First int
	Cause string // day, staff, renewed
}

// Doubtful says that a day made from a time of this quality must not begin a series.
func Doubtful(q clock.Quality) bool { return q == clock.Jumped || q == clock.Unknown }

// history is what a decision about a new series needs to know.
type history struct {
	last    Series // ID 0: there was none
	highest int    // the highest number of the last series; 0: none was given
	sure    bool   // its last number was drawn under a confirmed clock
	doubted bool   // its last number was drawn while the clock was in doubt
	since   gap    // that number, by the machine's own clock
}

// gap is what the machine's own clock, which nobody can set, says of the time between two moments of
// one run.
type gap uint8

const (
	unmeasured gap = iota // another run drew the last number
	shortly               // less than officeDay
	overnight             // the office was closed in between
)

// decide says whether a number drawn at a moment begins a new series, and with which number.
//
// While the clock is in doubt nothing begins: the numbers go on until it is right or staff say that it
// is another day. A day that is not later than the last series' goes on with it, so a clock that was set
// back repeats nothing. A later day begins at 1 only when it is certainly another day: a night passed
// since the last number by the machine's own clock, which nobody can set, or the province confirmed the
// time both then and now. Otherwise (the machine was off, its date is merely plausible) the later day may
// be this very day under another date, and the series begins in the next hundred.
func decide(h history, day string, q clock.Quality) (begin bool, first int) {
	switch {
	case h.last.ID == 0:
		return true, 1
	case Doubtful(q) || day == h.last.Day:
		return false, 0
	case h.since == overnight:
		return true, 1
	case corrected(h, day, q):
		return false, 0
	case day < h.last.Day:
		return false, 0
	case h.last.Cause == causeRenewed && h.highest == 0:
		return true, h.last.First // the lost numbers may be of today
	case q == clock.Trusted && h.sure:
		return true, 1
	}
	return true, nextHundred(h.last.First, h.highest)
}

// corrected says that a date which was in doubt was put right while people wait: the last series is of
// this day.
func corrected(h history, day string, q clock.Quality) bool {
	return h.last.ID > 0 && day != h.last.Day && !Doubtful(q) && h.since == shortly && h.doubted
}

const causeRenewed = "renewed"

// nextHundred is the first number of a hundred none of which was given in a series that ran from first
// to highest (0: none was given). After 900 it begins at 1 again where that is free, because short
// numbers are remembered.
func nextHundred(first, highest int) int {
	next := (max(highest, first-1)/100+1)*100 + 1
	if next > 901 && first > 300 {
		return 1
	}
	return next
}

// measure compares two moments; from is zero where this run drew no number yet.
func measure(from, to Moment) gap {
	switch {
	case from.Machine.IsZero():
		return unmeasured
	case to.Machine.Sub(from.Machine) > officeDay:
		return overnight
	}
	return shortly
}

// officeDay is longer than an office gives numbers on one day. (The built-in hours are 07:00 to 17:00.)
const officeDay = 11 * time.Hour

// current returns the newest series; ID 0 when there is none.
func current(ctx context.Context, tx *sql.Tx) (Series, error) {
	var s Series
	err := tx.QueryRowContext(ctx, `SELECT id, day, first, cause FROM series ORDER BY id DESC LIMIT 1`).
		Scan(&s.ID, &s.Day, &s.First, &s.Cause)
	if errors.Is(err, sql.ErrNoRows) {
		return Series{}, nil
	}
	return s, err
}

// look gathers what a decision about the series at a moment needs.
func look(ctx context.Context, tx *sql.Tx, since gap) (h history, err error) {
	h.since = since
	if h.last, err = current(ctx, tx); err != nil {
		return h, err
	}
	if h.highest, err = highest(ctx, tx, h.last.ID); err != nil {
		return h, err
	}
	var quality clock.Quality
	err = tx.QueryRowContext(ctx, `SELECT quality FROM ticket WHERE series = ? ORDER BY id DESC LIMIT 1`, h.last.ID).Scan(&quality)
	if errors.Is(err, sql.ErrNoRows) {
		return h, nil
	}
	h.sure, h.doubted = quality == clock.Trusted, Doubtful(quality)
	return h, err
}

// seriesFor returns the series a number drawn at m belongs to, beginning it where that is due. One that
// goes on under a date that was put right bears that date from now on, or the next number would begin
// another.
func seriesFor(ctx context.Context, tx *sql.Tx, m Moment, since gap) (Series, error) {
	h, err := look(ctx, tx, since)
	if err != nil {
		return Series{}, err
	}
	day := dayOf(m.At)
	if begin, first := decide(h, day, m.Quality); begin {
		return beginSeries(ctx, tx, Series{Day: day, First: first, Cause: "day"}, m)
	}
	if corrected(h, day, m.Quality) {
		h.last.Day = day
		_, err = tx.ExecContext(ctx, `UPDATE series SET day = ? WHERE id = ?`, day, h.last.ID)
	}
	return h.last, err
}

// inUse returns the series whose numbers count at m; ID 0 where the next number begins another one.
func inUse(ctx context.Context, tx *sql.Tx, m Moment, since gap) (Series, error) {
	h, err := look(ctx, tx, since)
	if err != nil {
		return Series{}, err
	}
	if begin, _ := decide(h, dayOf(m.At), m.Quality); begin {
		return Series{}, nil
	}
	return h.last, nil
}

// since measures the time since this program's last number.
func (q *Queue) since(m Moment) gap {
	q.mu.Lock()
	defer q.mu.Unlock()
	return measure(q.last, m)
}

func highest(ctx context.Context, tx *sql.Tx, series int64) (n int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT coalesce(max(number), 0) FROM ticket WHERE series = ?`, series).Scan(&n)
	return n, err
}

// keptSeries is how many days are kept for the reports. It counts series and not days of a calendar: a
// clock that jumps a year ahead must not delete them.
const keptSeries = 120

func beginSeries(ctx context.Context, tx *sql.Tx, s Series, m Moment) (Series, error) {
	r, err := tx.ExecContext(ctx, `INSERT INTO series (day, first, cause, begun_at) VALUES (?, ?, ?, ?)`, s.Day, s.First, s.Cause, m.At.UnixMilli())
	if err != nil {
		return Series{}, err
	}
	if s.ID, err = r.LastInsertId(); err != nil {
		return Series{}, err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM series WHERE id <= ?`, s.ID-keptSeries)
	return s, err
}

// BeginSeries is a member of staff's word that it is another day: whoever still waits has gone. The
// numbers begin in the next hundred, because somebody may have stayed. The caller says which series it
// saw; one that ended meanwhile gives [ErrMoved], so that a second tap begins nothing.
func (q *Queue) BeginSeries(ctx context.Context, seen int64, m Moment) (Series, error) {
	var s Series
	err := q.db.Write(ctx, func(tx *sql.Tx) error {
		last, err := current(ctx, tx)
		if err != nil {
			return err
		}
		if last.ID != seen || last.ID == 0 {
			return ErrMoved
		}
		high, err := highest(ctx, tx, last.ID)
		if err != nil {
			return err
		}
		s, err = beginSeries(ctx, tx, Series{Day: dayOf(m.At), First: nextHundred(last.First, high), Cause: "staff"}, m)
		return err
	})
	return s, err
}
