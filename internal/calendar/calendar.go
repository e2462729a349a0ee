// Package calendar answers one question of law: by when must the office answer?
// (lịch làm việc = working calendar, hạn giải quyết = due date, ngày làm bù = worked Saturday.)
//
// It promises: the same calendar version, moment of receipt and period always give the same due
// date, with the reasons for it in Vietnamese and English; a due moment lies inside office hours of
// a working day; a later receipt never gives an earlier due date; a pause and a resumption neither
// lose nor give working time. It says "provisional" whenever the answer rests on a day that has not
// been announced yet.
//
// It refuses: moments the table does not cover (ErrOutsideTable; it never guesses a holiday), periods
// whose unit the catalogue does not state (ErrUnitUnstated), and tables that contradict themselves.
//
// It is pure: no clock, no files but the embedded table, no randomness, no time-zone database; Viet Nam
// is UTC+7 all year. A power cut leaves nothing of it, because it keeps nothing: whoever prints a due
// date stores it with Version and never recomputes it silently.
//
// Sources. Public holidays: Bộ luật Lao động 2019, Điều 112, and Nghị quyết 28/2026/QH16; worked
// Saturdays are announced year by year (each row of data/holidays.json names its ground and how sure it
// is). Counting: the day of receipt is not counted and a period of days that ends on a day off ends on
// the next working day (Bộ luật Dân sự 2015, Điều 147 and 148). All of it is data that a province
// confirms before use and replaces with a signed pack.
package calendar

import (
	"errors"
	"fmt"
	"time"
)

// Zone is the time of Viet Nam: UTC+7, no summer time. A fixed zone, because an office's machine may
// have no time-zone database.
var Zone = time.FixedZone("+07", 7*60*60)

// ErrOutsideTable: the answer needs a day the table does not cover. The cure is a newer calendar pack.
var ErrOutsideTable = errors.New("outside the calendar table")

// Confidence says how sure the table is of one day.
type Confidence string

// Only Provisional makes a due date provisional; Medium is mentioned among its reasons.
const (
	Verified    Confidence = "verified"    // seen in a source, or computed
	High        Confidence = "high"        // statute, or the yearly announcement as reported
	Medium      Confidence = "medium"      // remembered, not checked
	Provisional Confidence = "provisional" // proposed, not decided
)

// Day is one row of the table: a day that differs from the plain week, or may come to differ.
type Day struct {
	Date       string     `json:"date"`    // YYYY-MM-DD
	Weekday    string     `json:"weekday"` // Mon … Sun: a second statement of the date, checked on loading
	Name       string     `json:"name"`    // Vietnamese, as printed
	Kind       string     `json:"kind"`    // public_holiday tet substitute swapped_off makeup_workday undecided
	Works      bool       `json:"works_offices"`
	Confidence Confidence `json:"confidence"`
	Makeup     string     `json:"makeup,omitempty"` // the worked Saturday that pays for this swapped day
	Lunar      string     `json:"lunar,omitempty"`
	Source     string     `json:"source"`
}

// Session is one stretch of office hours, as time since midnight. Close belongs to it: 17:00:00 is
// still within hours, a second later is not.
type Session struct{ Open, Close time.Duration }

// Calendar is an immutable table; any number of goroutines may use it.
type Calendar struct {
	// Version names the table. A dossier stores it beside the due date it printed.
	Version string

	first    int64 // number of the first covered day (days since 1970-01-01 in Zone)
	working  []bool
	special  map[int64]Day
	sessions []Session
	cutOff   time.Duration
}

// Covered returns the first and the last day of the table, at midnight.
func (c *Calendar) Covered() (first, last time.Time) {
	return midnight(c.first), midnight(c.first + int64(len(c.working)) - 1)
}

// Sessions returns the office hours the calendar counts by.
func (c *Calendar) Sessions() []Session { return append([]Session(nil), c.sessions...) }

// WithHours returns the same calendar counting by other office hours: sessions of one day, in order.
func (c *Calendar) WithHours(sessions []Session) (*Calendar, error) {
	if err := checkSessions(sessions); err != nil {
		return nil, fmt.Errorf("setting office hours: %w", err)
	}
	d := *c
	d.sessions = append([]Session(nil), sessions...)
	return &d, nil
}

// IsWorkingDay tells whether offices count the day of t (in Viet Nam) as a working day.
func (c *Calendar) IsWorkingDay(t time.Time) (bool, error) {
	return c.works(dayOf(t))
}

// DayInfo returns the table's row for the day of t, if the day is out of the ordinary.
func (c *Calendar) DayInfo(t time.Time) (Day, bool) {
	d, ok := c.special[dayOf(t)]
	return d, ok
}

func (c *Calendar) works(day int64) (bool, error) {
	if day < c.first || day >= c.first+int64(len(c.working)) {
		first, last := c.Covered()
		return false, fmt.Errorf("day %s (table %s covers %s to %s; install a newer calendar pack): %w",
			isoDate(day), c.Version, first.Format(time.DateOnly), last.Format(time.DateOnly), ErrOutsideTable)
	}
	return c.working[day-c.first], nil
}

// nextWorking returns the first working day at or after day.
func (c *Calendar) nextWorking(day int64) (int64, error) {
	for ; ; day++ {
		if ok, err := c.works(day); ok || err != nil {
			return day, err
		}
	}
}

// addWorkingDays returns the n-th working day after day (n ≥ 1).
func (c *Calendar) addWorkingDays(day int64, n int) (int64, error) {
	for ; n > 0; n-- {
		next, err := c.nextWorking(day + 1)
		if err != nil {
			return 0, err
		}
		day = next
	}
	return day, nil
}

// dayOf numbers the day of t in Viet Nam; floor division, so that days before 1970 count too.
func dayOf(t time.Time) int64 {
	local := t.Unix() + 7*60*60
	day := local / 86400
	if local%86400 < 0 {
		day--
	}
	return day
}

func midnight(day int64) time.Time { return time.Unix(day*86400-7*60*60, 0).In(Zone) }

func at(day int64, sinceMidnight time.Duration) time.Time { return midnight(day).Add(sinceMidnight) }

// sinceMidnight is the time of day of t in Viet Nam.
func sinceMidnight(t time.Time) time.Duration { return t.Sub(midnight(dayOf(t))) }

func isWeekend(day int64) bool {
	wd := midnight(day).Weekday()
	return wd == time.Saturday || wd == time.Sunday
}

func isoDate(day int64) string { return midnight(day).Format(time.DateOnly) }
