package calendar

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bendo/internal/bounded"
)

func anyMoment(t *rapid.T, label string) time.Time {
	from := time.Date(2023, 10, 1, 0, 0, 0, 0, Zone)
	// Two years and a half before the end of the table, so that most periods end inside it.
	seconds := rapid.Int64Range(0, int64(1000*24*time.Hour/time.Second)).Draw(t, label)
	return from.Add(time.Duration(seconds) * time.Second)
}

func anyPeriod(t *rapid.T) Period {
	unit := rapid.SampledFrom([]Unit{SameDay, HalfDays, Hours, WorkingDays, CalendarDays, Months}).Draw(t, "unit")
	p := Period{Unit: unit, Value: rapid.IntRange(1, 60).Draw(t, "value")}
	switch unit {
	case SameDay:
		p.Value = 0
		p.CutOff = rapid.SampledFrom([]string{"", "11:30", "15:00", "17:00"}).Draw(t, "cut-off")
	case Months:
		p.Value = min(p.Value, 12)
	}
	return p
}

// dueProblem checks one due date from outside, with nothing but Calendar's own table of days.
func dueProblem(c *Calendar, received time.Time, p Period, d Due) error {
	if ok, err := c.IsWorkingDay(d.At); err != nil || !ok {
		return fmt.Errorf("due %s on a day off (%v)", d.At, err)
	}
	clock := sinceMidnight(d.At)
	if !slices.ContainsFunc(c.Sessions(), func(s Session) bool { return clock >= s.Open && clock <= s.Close }) {
		return fmt.Errorf("due %s outside office hours", d.At)
	}
	if d.At.Before(received) || d.Start.Before(received) {
		return fmt.Errorf("due %s, counted from %s, before receipt", d.At, d.Start)
	}
	if p.Unit != SameDay && p.Unit != Hours && p.Unit != HalfDays && dayOf(d.At) <= dayOf(received) {
		return fmt.Errorf("due %s on the day of receipt", d.At)
	}
	if n := len(d.Reasons); n < 2 || d.Reasons[n-1].Code != DueAt {
		return fmt.Errorf("reasons %v", d.Reasons)
	}
	return nil
}

func TestDueProperties(t *testing.T) {
	c := Builtin()
	rapid.Check(t, func(t *rapid.T) {
		received, p := anyMoment(t, "received"), anyPeriod(t)
		d, err := c.Due(received, p)
		if err != nil {
			t.Fatal(err)
		}
		if err := dueProblem(c, received, p, d); err != nil {
			t.Fatal(err)
		}
		later := received.Add(time.Duration(rapid.Int64Range(0, int64(20*24*time.Hour)).Draw(t, "later")))
		d2, err := c.Due(later, p)
		if err != nil {
			t.Fatal(err)
		}
		if d2.At.Before(d.At) {
			t.Fatalf("received %s: due %s; received later, %s: due earlier, %s", received, d.At, later, d2.At)
		}
	})
}

// TestPropertiesCatchAPlantedBug: a calendar that believes in Sundays must be seen by dueProblem.
func TestPropertiesCatchAPlantedBug(t *testing.T) {
	broken := *Builtin()
	broken.working = slices.Clone(broken.working)
	for i := range broken.working {
		broken.working[i] = true
	}
	received, p := time.Date(2026, 11, 20, 9, 0, 0, 0, Zone), Period{Unit: WorkingDays, Value: 2}
	d, err := broken.Due(received, p)
	if err != nil {
		t.Fatal(err)
	}
	if dueProblem(Builtin(), received, p, d) == nil {
		t.Fatal("a due date on a Sunday passed")
	}
}

func TestPauseConservesWorkingTime(t *testing.T) {
	c := Builtin()
	rapid.Check(t, func(t *rapid.T) {
		received, p := anyMoment(t, "received"), anyPeriod(t)
		d, err := c.Due(received, p)
		if err != nil {
			t.Fatal(err)
		}
		// Up to three pauses, wherever they fall before the due moment of that time.
		due, from := d.At, received
		whole, err := c.Remaining(received, due)
		if err != nil {
			t.Fatal(err)
		}
		worked := time.Duration(0)
		for range rapid.IntRange(1, 3).Draw(t, "pauses") {
			paused := from.Add(time.Duration(rapid.Int64Range(0, max(int64(due.Sub(from)), 0)).Draw(t, "paused after")))
			ran, err := c.Remaining(from, paused)
			if err != nil {
				t.Fatal(err)
			}
			left, err := c.Remaining(paused, due)
			if err != nil {
				t.Fatal(err)
			}
			worked += ran
			resumed := paused.Add(time.Duration(rapid.Int64Range(0, int64(40*24*time.Hour)).Draw(t, "resumed after")))
			again, err := c.Resume(resumed, left)
			if err != nil {
				t.Fatal(err)
			}
			due, from = again.At, resumed
		}
		rest, err := c.Remaining(from, due)
		if err != nil {
			t.Fatal(err)
		}
		if worked+rest != whole {
			t.Fatalf("worked %v + left %v, but the whole was %v", worked, rest, whole)
		}
	})
}

func TestAddAndRemainingAgree(t *testing.T) {
	c := Builtin()
	rapid.Check(t, func(t *rapid.T) {
		from := anyMoment(t, "from")
		d := time.Duration(rapid.Int64Range(0, int64(300*time.Hour)).Draw(t, "d"))
		to, err := c.AddWorkingHours(from, d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Remaining(from, to)
		if err != nil {
			t.Fatal(err)
		}
		if got != d {
			t.Fatalf("%s + %v = %s, but between them lie %v", from, d, to, got)
		}
	})
}

// FuzzParse: a table from outside is read whole or refused, and what is read can be counted with.
func FuzzParse(f *testing.F) {
	f.Add(builtinTable)
	f.Add([]byte(`{"version":"x","covered":{"from":"2026-01-01","to":"2026-01-31"},"hours":[{"open":"08:00","close":"12:00"}],"cut_off":"15:00","days":[]}`))
	f.Add([]byte(`{"version":"x","covered":{"from":"0001-01-01","to":"9999-01-31"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer bounded.Input(t)()
		c, err := Parse(data)
		if err != nil {
			return
		}
		first, _ := c.Covered()
		d, err := c.Due(first.Add(9*time.Hour), Period{Unit: WorkingDays, Value: 1})
		if err != nil {
			if !errors.Is(err, ErrOutsideTable) {
				t.Fatal(err)
			}
			return
		}
		if ok, err := c.IsWorkingDay(d.At); !ok || err != nil {
			t.Fatalf("due on %s", d.At)
		}
	})
}
