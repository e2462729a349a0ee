package calendar

import (
	"errors"
	"fmt"
	"time"
)

// Unit says how a period is counted. The value is what catalogues store.
type Unit string

// The units of the national catalogue. Unstated and Deferred have no due date: Due answers them with
// an error of their own, so that nobody prints a guess.
const (
	SameDay      Unit = "same_day"      // in the day; received after the cut-off (15:00): the next working day
	HalfDays     Unit = "half_days"     // half working days: the end of the n-th session after the one of receipt
	Hours        Unit = "hours"         // office hours; 8 of them are a day
	WorkingDays  Unit = "working_days"  // ngày làm việc
	CalendarDays Unit = "calendar_days" // ngày
	Months       Unit = "months"        // tháng: the same day n months later, or the month's last
	Unstated     Unit = "unstated"      // the catalogue shows a bare number
	Deferred     Unit = "deferred"      // settled in a yearly round
)

// Errors of a period. None of them is worth trying again; the catalogue has to say more.
var (
	ErrUnitUnstated = errors.New("the catalogue does not state the unit of the period: set it before a due date is printed")
	ErrDeferred     = errors.New("the procedure is settled in a round, not in a period: no due date is printed")
	ErrPeriod       = errors.New("not a period")
)

// Period is a legal time for handling, as a catalogue states it.
type Period struct {
	Unit  Unit `json:"unit"`
	Value int  `json:"value,omitempty"` // how many units, 1 to 3660; 0 or 1 for SameDay
	// CutOff replaces the calendar's cut-off (15:00) for SameDay; "HH:MM".
	CutOff string `json:"cut_off,omitempty"`
	// Assumed: the unit was supplied by an editor because the catalogue shows a bare number. The due
	// date says so among its reasons.
	Assumed bool `json:"assumed,omitempty"`
}

// maxValue is far above the longest period of the catalogue (60 days) and keeps sums from overflowing.
const maxValue = 3660

// Check tells whether a due date can be computed from the period.
func (p Period) Check() error {
	switch p.Unit {
	case Unstated:
		return ErrUnitUnstated
	case Deferred:
		return ErrDeferred
	case SameDay:
		if p.Value != 0 && p.Value != 1 {
			return fmt.Errorf("same-day period with value %d: %w", p.Value, ErrPeriod)
		}
	case HalfDays, Hours, WorkingDays, CalendarDays, Months:
		if p.Value < 1 || p.Value > maxValue {
			return fmt.Errorf("%d %s: want 1 to %d: %w", p.Value, p.Unit, maxValue, ErrPeriod)
		}
	default:
		return fmt.Errorf("unit %q: %w", p.Unit, ErrPeriod)
	}
	if p.CutOff == "" {
		return nil
	}
	if p.Unit != SameDay {
		return fmt.Errorf("a cut-off goes with %s only: %w", SameDay, ErrPeriod)
	}
	if _, err := parseClock(p.CutOff); err != nil {
		return fmt.Errorf("cut-off: %w: %w", err, ErrPeriod)
	}
	return nil
}

// Text says the period as a resident reads it, in Vietnamese and English.
func (p Period) Text() (vi, en string) {
	many := func(unit string) string {
		if p.Value == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", p.Value, unit)
	}
	switch p.Unit {
	case SameDay:
		return "trong ngày làm việc", "within the working day"
	case HalfDays:
		if p.Value == 1 {
			return "nửa ngày làm việc", "half a working day"
		}
		return fmt.Sprintf("%d buổi làm việc", p.Value), many("half working day")
	case Hours:
		return fmt.Sprintf("%d giờ làm việc", p.Value), many("working hour")
	case WorkingDays:
		return fmt.Sprintf("%d ngày làm việc", p.Value), many("working day")
	case CalendarDays:
		return fmt.Sprintf("%d ngày", p.Value), many("day")
	case Months:
		return fmt.Sprintf("%d tháng", p.Value), many("month")
	case Deferred:
		return "theo đợt xét hằng năm", "in the yearly round"
	}
	return "chưa ghi rõ thời hạn", "period not stated"
}

func (c *Calendar) cutOffOf(p Period) (time.Duration, error) {
	if p.CutOff == "" {
		return c.cutOff, nil
	}
	return parseClock(p.CutOff)
}
