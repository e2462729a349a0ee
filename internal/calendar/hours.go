package calendar

import (
	"fmt"
	"time"
)

// Snap returns the first working moment at or after t: t itself inside office hours, else the next
// opening (before opening, at lunch, after closing, on a day off). The closing second itself still
// counts as inside.
func (c *Calendar) Snap(t time.Time) (time.Time, error) {
	day, clock := dayOf(t), sinceMidnight(t)
	ok, err := c.works(day)
	if err != nil {
		return time.Time{}, err
	}
	if ok {
		for _, s := range c.sessions {
			if clock <= s.Close {
				return at(day, max(clock, s.Open)), nil
			}
		}
	}
	next, err := c.nextWorking(day + 1)
	if err != nil {
		return time.Time{}, err
	}
	return at(next, c.sessions[0].Open), nil
}

// AddWorkingHours returns the earliest moment by which d of office time has passed since from: eight
// hours after 07:00 is 17:00 of the same day, not 07:00 of the next. A negative d is an error.
func (c *Calendar) AddWorkingHours(from time.Time, d time.Duration) (time.Time, error) {
	if d < 0 {
		return time.Time{}, fmt.Errorf("adding working time: %v is negative", d)
	}
	t, err := c.Snap(from)
	if err != nil || d == 0 {
		return t, err
	}
	day, clock := dayOf(t), sinceMidnight(t)
	for {
		for _, s := range c.sessions {
			start := max(clock, s.Open)
			if start >= s.Close {
				continue
			}
			if d <= s.Close-start {
				return at(day, start+d), nil
			}
			d -= s.Close - start
		}
		if day, err = c.nextWorking(day + 1); err != nil {
			return time.Time{}, err
		}
		clock = 0
	}
}

// Remaining returns the office time between now and due. It is negative when due has passed: then it
// says by how much office time the dossier is late. A pause stores it, Resume takes it back.
func (c *Calendar) Remaining(now, due time.Time) (time.Duration, error) {
	if due.Before(now) {
		late, err := c.Remaining(due, now)
		return -late, err
	}
	var sum time.Duration
	for day, last := dayOf(now), dayOf(due); day <= last; day++ {
		ok, err := c.works(day)
		if err != nil {
			return 0, err
		}
		if !ok {
			continue
		}
		for _, s := range c.sessions {
			from, to := at(day, s.Open), at(day, s.Close)
			if now.After(from) {
				from = now
			}
			if due.Before(to) {
				to = due
			}
			if to.After(from) {
				sum += to.Sub(from)
			}
		}
	}
	return sum, nil
}

// closing returns the end of office hours of a day.
func (c *Calendar) closing(day int64) time.Time {
	return at(day, c.sessions[len(c.sessions)-1].Close)
}

// halfDays returns the end of the n-th session after the one t lies in. t is a working moment. The
// session of receipt is not counted, as the day of receipt is not.
func (c *Calendar) halfDays(t time.Time, n int) (time.Time, error) {
	if len(c.sessions) != 2 {
		return time.Time{}, fmt.Errorf("counting half days: the office has %d sessions a day, not 2", len(c.sessions))
	}
	slot := 0
	if sinceMidnight(t) > c.sessions[0].Close {
		slot = 1
	}
	slot += n
	day := dayOf(t)
	if days := slot / 2; days > 0 {
		var err error
		if day, err = c.addWorkingDays(day, days); err != nil {
			return time.Time{}, err
		}
	}
	return at(day, c.sessions[slot%2].Close), nil
}
