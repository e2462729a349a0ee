package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"bendo/internal/clock"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// OpenClocked opens the book together with the trusted clock it keeps, and lets the book's own
// times and their quality come from it. Kiosk and agent open the same book and so share one clock:
// what the province signed for one of them holds for the other. built is when the program was
// built; read looks at the machine (clock.ReadMachine outside tests).
func OpenClocked(ctx context.Context, dir string, keys *seal.Keeper, o Options, built time.Time, read func() clock.Reading) (*Book, *clock.Clock, error) {
	var c *clock.Clock // it keeps its state in the book, so the book is opened first
	o.Now = func() time.Time {
		if c == nil {
			return maxTime(time.UnixMilli(read().WallMS), built)
		}
		return c.Time()
	}
	o.Clock = func() syncproto.ClockQuality {
		if c == nil {
			return syncproto.ClockUnknown
		}
		return ClockQuality(c)
	}
	b, err := Open(ctx, dir, keys, o)
	if err != nil {
		return nil, nil, err
	}
	first, err := clock.New(ctx, b, built, read)
	if err != nil {
		return nil, nil, errors.Join(err, b.Close())
	}
	c = first
	return b, c, nil
}

func maxTime(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// ClockQuality is the clock's quality as it stands in events. The numbers are the same.
func ClockQuality(c *clock.Clock) syncproto.ClockQuality {
	_, q := c.Now()
	return syncproto.ClockQuality(q)
}

// UpdateClock is clock.Store: reading, changing and storing are one transaction, so that neither
// of two processes overwrites what the other learnt. A state nobody can read counts as none: the
// clock then knows only the wall clock and the build, and says so by its quality.
func (b *Book) UpdateClock(ctx context.Context, change func(clock.State) clock.State) (s clock.State, err error) {
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		if s, err = b.clockState(ctx, tx); err != nil {
			return err
		}
		s = change(s)
		body, err := json.Marshal(s)
		if err != nil {
			return err
		}
		return b.setNote(ctx, tx, noteClock, body)
	})
	return s, err
}

// ClockState is clock.Store: what is stored, the zero State when there is nothing.
func (b *Book) ClockState(ctx context.Context) (s clock.State, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		s, err = b.clockState(ctx, tx)
		return err
	})
	return s, err
}

func (b *Book) clockState(ctx context.Context, tx *sql.Tx) (s clock.State, err error) {
	body, err := b.note(ctx, tx, noteClock)
	if err != nil || body == nil {
		return s, err
	}
	if err := json.Unmarshal(body, &s); err != nil {
		b.o.Log.Error("the clock's state in the book cannot be read; the clock begins anew", "error", err)
		return clock.State{}, nil
	}
	return s, nil
}
