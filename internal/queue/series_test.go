package queue

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bendo/internal/clock"
)

func TestDecide(t *testing.T) {
	day := func(first, highest int) history {
		return history{last: Series{ID: 4, Day: "2026-11-23", First: first, Cause: "day"}, highest: highest}
	}
	doubted := func(h history, since gap) history { h.doubted, h.since = true, since; return h }
	restedOf := func(h history) history { h.since = overnight; return h }
	sure := func(h history) history { h.sure = true; return h }
	renewed := func(highest int) history {
		return history{last: Series{ID: 1, First: 501, Cause: causeRenewed}, highest: highest}
	}
	for name, c := range map[string]struct {
		h     history
		day   string
		q     clock.Quality
		begin bool
		first int
	}{
		"the very first":                        {history{}, "2026-11-23", clock.Unknown, true, 1},
		"the same day":                          {day(1, 7), "2026-11-23", clock.Trusted, false, 0},
		"set back a day":                        {day(1, 7), "2026-11-22", clock.Trusted, false, 0},
		"woke in 2000":                          {day(1, 7), "2000-01-01", clock.Jumped, false, 0},
		"jumped a year ahead":                   {day(1, 7), "2027-11-23", clock.Jumped, false, 0},
		"nothing is known":                      {day(1, 7), "2026-11-24", clock.Unknown, false, 0},
		"confirmed, then and now":               {sure(day(1, 7)), "2026-11-24", clock.Trusted, true, 1},
		"confirmed now, not then":               {day(1, 7), "2026-11-24", clock.Trusted, true, 101},
		"confirmed then, not now":               {sure(day(1, 7)), "2026-11-24", clock.Unsure, true, 101},
		"plausible, and a night passed":         {restedOf(day(1, 7)), "2026-11-24", clock.Unsure, true, 1},
		"a night passed, the date was ahead":    {restedOf(day(1, 7)), "2026-11-21", clock.Trusted, true, 1},
		"a night passed, and it is in doubt":    {restedOf(day(1, 7)), "2027-11-24", clock.Jumped, false, 0},
		"plausible, but was off":                {day(1, 7), "2026-11-24", clock.Unsure, true, 101},
		"plausible, after a long day":           {day(1, 240), "2026-11-24", clock.Unsure, true, 301},
		"plausible, nobody came the day before": {day(301, 0), "2026-11-24", clock.Unsure, true, 401},
		"plausible, round again":                {day(801, 930), "2026-11-24", clock.Unsure, true, 1},
		"plausible, a thousand in a day":        {day(1, 1003), "2026-11-24", clock.Unsure, true, 1101},
		"put right while people wait":           {doubted(day(1, 4), shortly), "2026-11-24", clock.Trusted, false, 0},
		"put right at the next start":           {doubted(day(1, 4), unmeasured), "2026-11-24", clock.Trusted, true, 101},
		"put right after a night":               {doubted(day(1, 4), overnight), "2026-11-25", clock.Trusted, true, 1},
		"slept, its clock was never in doubt":   {history{last: Series{ID: 4, Day: "2026-11-23", First: 1, Cause: "day"}, highest: 7, sure: true, since: shortly}, "2026-11-24", clock.Trusted, true, 1},
		"renewed file":                          {renewed(0), "2026-11-23", clock.Trusted, true, 501},
		"renewed file, plausible":               {renewed(0), "2026-11-23", clock.Unsure, true, 501},
		"renewed file in doubt":                 {renewed(0), "2026-11-23", clock.Jumped, false, 0},
		"renewed file that was used in doubt":   {renewed(509), "2026-11-23", clock.Trusted, true, 601},
	} {
		if begin, first := decide(c.h, c.day, c.q); begin != c.begin || first != c.first {
			t.Errorf("%s: begins %v with %d, want %v with %d", name, begin, first, c.begin, c.first)
		}
	}
}

func TestRestedGoesByTheMachinesOwnClock(t *testing.T) {
	from := at(0, 16, 0, clock.Unsure)
	for name, c := range map[string]struct {
		from Moment
		d    time.Duration
		want gap
	}{
		"a night": {from, 15 * time.Hour, overnight}, "a long day": {from, 10 * time.Hour, shortly},
		"the first number of this run": {Moment{}, 15 * time.Hour, unmeasured},
	} {
		to := Moment{At: from.At.AddDate(5, 0, 0), Quality: clock.Unsure, Machine: from.Machine.Add(c.d)}
		if got := measure(c.from, to); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestStaffBeginASeries(t *testing.T) {
	q := opened(t)
	if _, err := q.BeginSeries(t.Context(), 0, morning); !errors.Is(err, ErrMoved) {
		t.Fatalf("before any number: %v", err)
	}
	one := q.must(t, "1", "A", morning)
	doubt := at(1, 8, 0, clock.Jumped)
	if two := q.must(t, "2", "A", doubt); two.Label() != "A002" || !Doubtful(two.Quality) {
		t.Fatalf("in doubt: %+v", two)
	}
	s, err := q.BeginSeries(t.Context(), one.Series, doubt)
	if err != nil || s.First != 101 {
		t.Fatalf("%+v, %v", s, err)
	}
	if _, err := q.BeginSeries(t.Context(), one.Series, doubt); !errors.Is(err, ErrMoved) {
		t.Fatalf("the second tap: %v", err)
	}
	if three := q.must(t, "3", "A", doubt); three.Label() != "A101" {
		t.Fatalf("after the tap: %s", three.Label())
	}
}

// TestOldSeriesGo: what is kept is counted in series, and a clock a year ahead deletes nothing.
func TestOldSeriesGo(t *testing.T) {
	q := opened(t)
	for d := range keptSeries + 3 {
		q.must(t, fmt.Sprint("k", d), "A", at(d, 8, 0, clock.Trusted))
	}
	for d, want := range map[int]error{0: ErrNotFound, 2: ErrNotFound, 3: nil, keptSeries + 2: nil} {
		if _, err := q.Find(t.Context(), fmt.Sprint("k", d)); !errors.Is(err, want) {
			t.Errorf("day %d: %v, want %v", d, err, want)
		}
	}
}

// TestADamagedFileRepeatsNoNumber: bytes of the file are broken while nobody has it open.
func TestADamagedFileRepeatsNoNumber(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	for round, want := range []string{"A001", "A501", "A601"} {
		q := openAt(t, path)
		if one := q.must(t, fmt.Sprint(round), "A", morning); one.Label() != want {
			t.Fatalf("after %d damaged files: %s, want %s", round, one.Label(), want)
		}
		if err := q.Close(); err != nil {
			t.Fatal(err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copy(raw[4096:], bytes.Repeat([]byte{0xff}, 2000))
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(path + ".damaged-2"); err != nil {
		t.Errorf("the second damaged file was not kept: %v", err)
	}
}

// TestACutWhileAFileIsPutAside: the mark stands, the log is gone, the database alone looks whole and
// lacks what the log held. It must not be believed.
func TestACutWhileAFileIsPutAside(t *testing.T) {
	path := filepath.Join(t.TempDir(), "queue.db")
	q := openAt(t, path)
	q.must(t, "1", "A", morning)
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(renewing(path), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	q = openAt(t, path)
	if one := q.must(t, "2", "A", morning); one.Label() != "A501" {
		t.Fatalf("%s, want A501", one.Label())
	}
	if _, err := os.Stat(renewing(path)); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("the mark still stands: %v", err)
	}
}

// TestWhoWaitsIsStillThereWhenTheDateIsPutRight: the machine woke in yesterday, three people waited, then
// the line came with the date.
func TestWhoWaitsIsStillThereWhenTheDateIsPutRight(t *testing.T) {
	q := opened(t)
	var labels []string
	for i := range 3 {
		m := at(0, 8, i, clock.Jumped)
		one := q.must(t, fmt.Sprint(i), "A", m)
		labels = append(labels, one.Label())
		if _, err := q.Confirm(t.Context(), one.ID, m); err != nil {
			t.Fatal(err)
		}
	}
	right := at(1, 9, 30, clock.Trusted)
	right.Machine = at(0, 9, 30, clock.Trusted).Machine // an hour and a half later, whatever the date says
	at := int64(0)
	for _, want := range labels {
		one, err := q.Next(t.Context(), Call{Counter: 1, After: at, Letters: []string{"A"}}, right)
		at = one.ID
		if err != nil || one.Label() != want {
			t.Fatalf("%s, %v; want %s to be called", one.Label(), err, want)
		}
	}
	if one := q.must(t, "new", "A", right); one.Label() != "A004" {
		t.Errorf("the next number is %s, want A004", one.Label())
	}
}

type rule func(h history, day string, q clock.Quality) (begin bool, first int)

// office is the least that gives numbers: what Draw does around decide, in memory.
type office struct {
	decide rule
	history
	next    map[string]int
	machine time.Time // of the last number of this run
}

func (o *office) draw(letter, day string, q clock.Quality, machine time.Time) string {
	o.since = measure(Moment{Machine: o.machine}, Moment{Machine: machine})
	if begin, first := o.decide(o.history, day, q); begin {
		o.last = Series{ID: o.last.ID + 1, Day: day, First: first, Cause: "day"}
		o.highest, o.next = 0, map[string]int{}
	} else if corrected(o.history, day, q) {
		o.last.Day = day
	}
	n := max(o.next[letter]+1, o.last.First)
	o.next[letter], o.highest, o.sure, o.machine = n, max(o.highest, n), q == clock.Trusted, machine
	o.doubted = Doubtful(q)
	return Ticket{Letter: letter, Number: n}.Label()
}

// play lets true time go on and the office's clock show what it likes, as long as its quality is
// honest: confirmed is right; plausible may be days ahead or behind after the machine was off; doubtful
// is anything. It returns the first number that was handed out twice on one true day.
func play(rt *rapid.T, r rule) string {
	o := &office{decide: r}
	truth := time.Date(2026, 11, 23, 7, 0, 0, 0, officeZone)
	morning := func() { truth = time.Date(truth.Year(), truth.Month(), truth.Day()+1, 7, 0, 0, 0, officeZone) }
	days := func(from, to int) time.Duration {
		return time.Duration(rapid.IntRange(from, to).Draw(rt, "days")) * 24 * time.Hour
	}
	offset, quality := time.Duration(0), clock.Unsure
	given := map[string]bool{} // true day and label
	for range rapid.IntRange(1, 40).Draw(rt, "steps") {
		switch rapid.SampledFrom([]string{"draw", "draw", "draw", "wait", "night", "off", "jump", "confirmed", "staff's word"}).Draw(rt, "step") {
		case "wait":
			truth = truth.Add(time.Duration(rapid.IntRange(1, 240).Draw(rt, "minutes")) * time.Minute)
			if truth.Hour() >= 17 {
				morning()
			}
		case "night":
			morning()
		case "off": // switched off and on: this run begins, and nobody confirmed the date
			o.machine = time.Time{}
			if quality != clock.Jumped {
				quality = clock.Unsure
				offset += days(-1, 3)
			}
		case "jump":
			offset, quality = days(-400, 400), clock.Jumped
		case "staff's word": // somebody confirmed a wrong date
			quality = clock.Unsure
		case "confirmed": // the province's signed time
			offset, quality = 0, clock.Trusted
		case "draw":
			label := o.draw(rapid.SampledFrom([]string{"A", "B"}).Draw(rt, "letter"), dayOf(truth.Add(offset)), quality, truth)
			name := dayOf(truth) + " " + label
			if given[name] {
				return name
			}
			given[name] = true
		}
	}
	return ""
}

// TestNoLabelTwiceOnADay: a wrong clock hands out no number twice on one true day.
func TestNoLabelTwiceOnADay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		if twice := play(rt, decide); twice != "" {
			rt.Fatalf("%s was given twice", twice)
		}
	})
}

// TestTheDayHarnessSeesAPlantedBug: a rule that believes every other date is caught.
func TestTheDayHarnessSeesAPlantedBug(t *testing.T) {
	believing := func(h history, day string, _ clock.Quality) (bool, int) {
		return h.last.ID == 0 || day != h.last.Day, 1
	}
	games := rapid.Custom(func(rt *rapid.T) string { return play(rt, believing) })
	for seed := range 200 {
		if games.Example(seed) != "" {
			return
		}
	}
	t.Fatal("a rule that believes every date was not caught")
}
