package calendar

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

//go:embed data/holidays.json
var builtinTable []byte

var builtin = sync.OnceValue(func() *Calendar {
	c, err := Parse(builtinTable)
	if err != nil {
		panic("calendar: the embedded table is broken: " + err.Error())
	}
	return c
})

// Builtin returns the calendar compiled into the program: October 2023 to December 2027. A signed
// pack read with Parse replaces it.
func Builtin() *Calendar { return builtin() }

// table is the shape of a calendar file; the fields called why and what are for its readers.
type table struct {
	Version string `json:"version"`
	What    string `json:"what"`
	Rule    string `json:"rule"`
	Covered struct {
		From string `json:"from"`
		To   string `json:"to"`
		Why  string `json:"why"`
	} `json:"covered"`
	Hours []struct {
		Open  string `json:"open"`
		Close string `json:"close"`
	} `json:"hours"`
	HoursWhy  string `json:"hours_why"`
	CutOff    string `json:"cut_off"`
	CutOffWhy string `json:"cut_off_why"`
	Days      []Day  `json:"days"`
}

// maxCoveredDays bounds what a table may ask us to allocate: forty years.
const maxCoveredDays = 40 * 366

// Parse reads a calendar table and refuses one that contradicts itself: a wrong weekday, a day named
// twice or outside the covered range, a swapped day whose worked Saturday is missing. Unknown fields
// are refused too, because a misspelt one would silently change the law.
func Parse(data []byte) (*Calendar, error) {
	var t table
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&t); err != nil {
		return nil, fmt.Errorf("reading the calendar table: %w", err)
	}
	if dec.More() {
		return nil, errors.New("reading the calendar table: something follows the table")
	}
	c, err := build(t)
	if err != nil {
		return nil, fmt.Errorf("reading the calendar table %q: %w", t.Version, err)
	}
	return c, nil
}

func build(t table) (*Calendar, error) {
	if t.Version == "" {
		return nil, errors.New("it has no version")
	}
	c := &Calendar{Version: t.Version, special: make(map[int64]Day, len(t.Days))}
	if err := c.setHours(t); err != nil {
		return nil, err
	}
	if err := c.setWeeks(t.Covered.From, t.Covered.To); err != nil {
		return nil, err
	}
	for _, d := range t.Days {
		if err := c.setDay(d); err != nil {
			return nil, err
		}
	}
	return c, c.checkSwaps(t.Days)
}

func (c *Calendar) setHours(t table) error {
	for _, h := range t.Hours {
		open, err := parseClock(h.Open)
		if err != nil {
			return err
		}
		closing, err := parseClock(h.Close)
		if err != nil {
			return err
		}
		c.sessions = append(c.sessions, Session{open, closing})
	}
	cut, err := parseClock(t.CutOff)
	if err != nil {
		return err
	}
	c.cutOff = cut
	return checkSessions(c.sessions)
}

// setWeeks fills the covered range with the plain week: Monday to Friday.
func (c *Calendar) setWeeks(from, to string) error {
	first, err := parseDay(from)
	if err != nil {
		return err
	}
	last, err := parseDay(to)
	if err != nil {
		return err
	}
	if last < first || last-first >= maxCoveredDays {
		return fmt.Errorf("it covers %s to %s", from, to)
	}
	c.first = first
	c.working = make([]bool, last-first+1)
	for i := range c.working {
		c.working[i] = !isWeekend(first + int64(i))
	}
	return nil
}

// kinds maps each kind of day to whether offices work on it.
var kinds = map[string]bool{
	"public_holiday": false, "tet": false, "substitute": false, "swapped_off": false,
	"makeup_workday": true, "undecided": true,
}

func (c *Calendar) setDay(d Day) error {
	day, err := parseDay(d.Date)
	if err != nil {
		return err
	}
	if _, err := c.works(day); err != nil {
		return err
	}
	if _, twice := c.special[day]; twice {
		return fmt.Errorf("day %s stands twice", d.Date)
	}
	if wd := midnight(day).Format("Mon"); wd != d.Weekday {
		return fmt.Errorf("day %s is a %s, not a %s", d.Date, wd, d.Weekday)
	}
	if works, known := kinds[d.Kind]; !known || works != d.Works {
		return fmt.Errorf("day %s: kind %q with works_offices %v", d.Date, d.Kind, d.Works)
	}
	switch d.Confidence {
	case Verified, High, Medium, Provisional:
	default:
		return fmt.Errorf("day %s: confidence %q", d.Date, d.Confidence)
	}
	if d.Name == "" {
		return fmt.Errorf("day %s has no name", d.Date)
	}
	if d.Kind == "undecided" && !c.working[day-c.first] {
		return fmt.Errorf("day %s is undecided but off anyway", d.Date)
	}
	c.special[day] = d
	c.working[day-c.first] = d.Works
	return nil
}

// checkSwaps: whoever takes a working day off pays with a Saturday, and both rows must be there.
func (c *Calendar) checkSwaps(days []Day) error {
	for _, d := range days {
		if d.Kind != "swapped_off" {
			continue
		}
		day, err := parseDay(d.Makeup)
		if err != nil {
			return fmt.Errorf("swapped day %s: its worked day: %w", d.Date, err)
		}
		if c.special[day].Kind != "makeup_workday" {
			return fmt.Errorf("swapped day %s: %s is not a worked day of the table", d.Date, d.Makeup)
		}
	}
	return nil
}

func checkSessions(sessions []Session) error {
	if len(sessions) == 0 {
		return errors.New("there are no office hours")
	}
	end := time.Duration(0)
	for _, s := range sessions {
		if s.Open < end || s.Close <= s.Open || s.Close >= 24*time.Hour {
			return fmt.Errorf("office hours %v to %v are out of order", s.Open, s.Close)
		}
		end = s.Close
	}
	return nil
}

func parseClock(s string) (time.Duration, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fmt.Errorf("time of day %q: want HH:MM", s)
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

func parseDay(s string) (int64, error) {
	t, err := time.ParseInLocation(time.DateOnly, s, Zone)
	if err != nil {
		return 0, fmt.Errorf("date %q: want YYYY-MM-DD", s)
	}
	return dayOf(t), nil
}
