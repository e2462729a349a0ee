package calendar

import (
	"fmt"
	"time"
)

// Due is a due date with everything needed to print and defend it.
type Due struct {
	At          time.Time `json:"at"`          // in Zone, inside office hours of a working day
	Start       time.Time `json:"start"`       // the working moment the count starts from
	Provisional bool      `json:"provisional"` // rests on a day that is not announced yet
	Version     string    `json:"version"`     // of the calendar
	Reasons     []Reason  `json:"reasons"`     // in the order in which a clerk would tell them
}

// Due computes by when the office must answer a dossier received at the given moment.
//
// Periods in days end at closing time of the last day. Receipt outside office hours counts as receipt
// at the next opening. Errors: ErrOutsideTable, ErrUnitUnstated, ErrDeferred, ErrPeriod.
func (c *Calendar) Due(received time.Time, p Period) (Due, error) {
	d, err := c.due(received, p)
	if err != nil {
		return Due{}, fmt.Errorf("computing a due date: %w", err)
	}
	return d, nil
}

func (c *Calendar) due(received time.Time, p Period) (Due, error) {
	if err := p.Check(); err != nil {
		return Due{}, err
	}
	n, err := c.begin(received, receivedReason)
	if err != nil {
		return Due{}, err
	}
	if p.Assumed {
		n.say(assumedReason(p))
	}
	switch p.Unit {
	case SameDay:
		err = n.sameDay(p)
	case HalfDays:
		n.say(halfDayReason)
		n.end, err = c.halfDays(n.start, p.Value)
	case Hours:
		n.end, err = c.AddWorkingHours(n.start, time.Duration(p.Value)*time.Hour)
	case WorkingDays:
		err = n.workingDays(p.Value)
	case CalendarDays:
		err = n.lastDay(dayOf(n.start) + int64(p.Value))
	case Months:
		err = n.lastDay(addMonths(dayOf(n.start), p.Value))
	}
	if err != nil {
		return Due{}, err
	}
	return n.finish(dueReason), nil
}

// RespondBy computes "cán bộ trả lời trước …": by when an officer looks at what a resident sent without
// one, in office hours (the catalogue says how many; 8 is one day). It is not a due date of the law.
func (c *Calendar) RespondBy(submitted time.Time, workingHours int) (Due, error) {
	if err := (Period{Unit: Hours, Value: workingHours}).Check(); err != nil {
		return Due{}, fmt.Errorf("computing when to respond: %w", err)
	}
	return c.after(submitted, time.Duration(workingHours)*time.Hour, submittedReason, respondReason)
}

// Resume computes the due date after a pause (waiting for a supplement or a payment), from the office
// time that Remaining gave when the pause began. A dossier that was already late (remaining ≤ 0) is due
// at once: at the first working moment, with the reason already_overdue.
func (c *Calendar) Resume(resumed time.Time, remaining time.Duration) (Due, error) {
	return c.after(resumed, remaining, resumedReason, dueReason)
}

func (c *Calendar) after(from time.Time, d time.Duration, first, last func(time.Time) Reason) (Due, error) {
	n, err := c.begin(from, first)
	if err != nil {
		return Due{}, fmt.Errorf("counting working time: %w", err)
	}
	if d <= 0 {
		n.say(overdueReason)
	}
	if n.end, err = c.AddWorkingHours(n.start, max(d, 0)); err != nil {
		return Due{}, fmt.Errorf("counting working time: %w", err)
	}
	return n.finish(last), nil
}

// count is one computation: where it began, where it ends, and what was said on the way.
type count struct {
	cal             *Calendar
	received, start time.Time
	end             time.Time
	// stretches are the days the answer depends on, inclusive; the days between them do not matter.
	stretches [][2]int64
	reasons   []Reason
}

func (c *Calendar) begin(received time.Time, first func(time.Time) Reason) (*count, error) {
	received = received.In(Zone)
	start, err := c.Snap(received)
	if err != nil {
		return nil, err
	}
	n := &count{cal: c, received: received, start: start}
	n.say(first(received))
	if start.After(received) {
		n.say(outsideHoursReason(start))
	}
	return n, nil
}

func (n *count) say(r Reason) { n.reasons = append(n.reasons, r) }

func (n *count) sameDay(p Period) error {
	cut, err := n.cal.cutOffOf(p)
	if err != nil {
		return err
	}
	day := dayOf(n.start)
	// Strictly after: exactly 15:00:00 is not "sau 15 giờ".
	if sinceMidnight(n.start) > cut {
		n.say(afterCutOffReason(cut))
		if day, err = n.cal.addWorkingDays(day, 1); err != nil {
			return err
		}
	}
	n.end = n.cal.closing(day)
	return nil
}

func (n *count) workingDays(value int) error {
	first, err := n.cal.addWorkingDays(dayOf(n.start), 1)
	if err != nil {
		return err
	}
	n.say(notCountedReason(first))
	last, err := n.cal.addWorkingDays(first, value-1)
	if err != nil {
		return err
	}
	n.end = n.cal.closing(last)
	return nil
}

// lastDay ends a period of calendar days or months: on that day, or on the next working day.
func (n *count) lastDay(nominal int64) error {
	n.say(notCountedReason(dayOf(n.start) + 1))
	last, err := n.cal.nextWorking(nominal)
	if err != nil {
		return err
	}
	if last != nominal {
		n.say(endMovedReason(nominal))
	}
	n.stretches = [][2]int64{{dayOf(n.received), dayOf(n.start)}, {max(nominal, dayOf(n.start)+1), last}}
	n.end = n.cal.closing(last)
	return nil
}

// addMonths keeps the day of the month, or takes the month's last day when there is none such.
func addMonths(day int64, months int) int64 {
	y, m, d := midnight(day).Date()
	last := time.Date(y, m+time.Month(months)+1, 0, 0, 0, 0, 0, Zone)
	return dayOf(last) - int64(max(last.Day()-d, 0))
}

// finish explains the days passed over and closes the count.
func (n *count) finish(last func(time.Time) Reason) Due {
	if n.stretches == nil {
		n.stretches = [][2]int64{{dayOf(n.received), dayOf(n.end)}}
	}
	provisional := n.explainDays()
	n.say(last(n.end))
	return Due{At: n.end, Start: n.start, Provisional: provisional, Version: n.cal.Version, Reasons: n.reasons}
}
