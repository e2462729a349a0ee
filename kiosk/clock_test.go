package kiosk

import (
	"context"
	"testing"
	"time"

	"bendo/internal/clock"
	"bendo/internal/ledger"
)

// onClock puts a trusted clock under the desk, over a machine whose wall clock the test moves.
func (d *desk) onClock(built time.Time, r *clock.Reading) *clock.Clock {
	d.t.Helper()
	d.book.Close()
	b, c, err := ledger.OpenClocked(context.Background(), d.dir, d.keys, ledger.Options{}, built, func() clock.Reading { return *r })
	if err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { b.Close() })
	d.book, d.Clock = b, c
	office := *d.office.Load()
	office.Book = b
	d.Use(office)
	return c
}

// I19: a machine whose battery is empty serves everybody, says that its clock is not confirmed
// before a date is promised, and promises none; once the province has spoken it does again.
func TestNoDateIsPromisedByADoubtfulClock(t *testing.T) {
	d := openDesk(t)
	built := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	now := time.Date(2026, 11, 20, 2, 0, 0, 0, time.UTC)
	r := &clock.Reading{WallMS: 0, MonoMS: 1000, Boot: "a"} // 1970
	c := d.onClock(built, r)
	filed := func(quality string, doubt bool) receiptView {
		t.Helper()
		d.visit()
		var status struct {
			Clock struct{ Quality string }
			Now   int64
		}
		d.want(200, "GET", "/api/status", nil, &status)
		if status.Clock.Quality != quality || status.Now < built.UnixMilli() {
			t.Errorf("the screen hears of a %s clock at %d, want %s", status.Clock.Quality, status.Now, quality)
		}
		v := d.filed(sample(t, aBirth))
		if v.ClockDoubt != doubt || (v.AnswerBy == 0) != doubt {
			t.Errorf("clock %s: doubt %v, an answer is promised by %d", quality, v.ClockDoubt, v.AnswerBy)
		}
		return v
	}
	filed("doubtful", true)
	if err := c.Observe(t.Context(), clock.Signed{MS: now.UnixMilli(), Serial: 1}); err != nil {
		t.Fatal(err)
	}
	filed("confirmed", false)
	r.Boot, r.MonoMS, r.WallMS = "b", 10, time.Date(2036, 2, 7, 0, 0, 0, 0, time.UTC).UnixMilli() // and 2036
	if err := c.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	filed("doubtful", true)
	r.Boot, r.MonoMS, r.WallMS = "c", 10, now.Add(14*time.Hour).UnixMilli() // a sound clock, offline
	if err := c.ConfirmWall(t.Context()); err != nil {
		t.Fatal(err)
	}
	filed("plausible", false)
}
