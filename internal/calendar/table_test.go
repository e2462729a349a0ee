package calendar

import (
	"strings"
	"testing"
	"time"
)

// TestParseRefuses changes the embedded table in one place each time; every change must be named.
func TestParseRefuses(t *testing.T) {
	good := string(builtinTable)
	if _, err := Parse([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"wrong weekday":       {`"2026-11-24", "weekday": "Tue"`, `"2026-11-24", "weekday": "Mon"`, "is a Tue, not a Mon"},
		"twice":               {`{"date": "2026-11-24", "weekday": "Tue"`, `{"date": "2026-02-17", "weekday": "Tue"`, "stands twice"},
		"outside":             {`"to": "2027-12-31"`, `"to": "2026-12-31"`, "outside the calendar table"},
		"backwards":           {`"to": "2027-12-31"`, `"to": "2020-12-31"`, "it covers"},
		"endless":             {`"to": "2027-12-31"`, `"to": "9999-12-31"`, "it covers"},
		"swap without makeup": {`"makeup": "2026-08-22"`, `"makeup": "2026-08-15"`, "is not a worked day"},
		"holiday worked":      {`"kind": "makeup_workday", "works_offices": true`, `"kind": "makeup_workday", "works_offices": false`, "with works_offices false"},
		"confidence":          {`"confidence": "provisional"`, `"confidence": "sure"`, `confidence "sure"`},
		"misspelt field":      {`"works_offices"`, `"works_office"`, "unknown field"},
		"cut-off":             {`"cut_off": "15:00"`, `"cut_off": "3pm"`, "want HH:MM"},
		"hours":               {`"open": "13:30"`, `"open": "10:30"`, "out of order"},
		"no version":          {`"version": "vn-2026-11-22"`, `"version": ""`, "no version"},
		"date":                {`"date": "2026-11-24"`, `"date": "24/11/2026"`, "want YYYY-MM-DD"},
		"undecided weekend":   {`{"date": "2027-09-01", "weekday": "Wed"`, `{"date": "2027-09-04", "weekday": "Sat"`, "off anyway"},
		"trailing":            {"\n ]\n}\n", "\n ]\n} {}", "something follows"},
	} {
		if !strings.Contains(good, c.old) {
			t.Errorf("%s: the table no longer holds %s", name, c.old)
			continue
		}
		_, err := Parse([]byte(strings.Replace(good, c.old, c.new, 1)))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}

// TestHolidayCounts: how many weekdays are off and weekend days worked in each year of the table. A row
// lost or gained in an edit shows here before it shows on a receipt.
func TestHolidayCounts(t *testing.T) {
	off, made := map[int]int{}, map[int]int{}
	c := Builtin()
	first, last := c.Covered()
	for d := first; !d.After(last); d = d.AddDate(0, 0, 1) {
		works, err := c.IsWorkingDay(d)
		if err != nil {
			t.Fatal(err)
		}
		weekend := d.Weekday() == time.Saturday || d.Weekday() == time.Sunday
		if weekend && works {
			made[d.Year()]++
		}
		if !weekend && !works {
			off[d.Year()]++
		}
	}
	for year, want := range map[int][2]int{2023: {0, 0}, 2024: {12, 1}, 2025: {12, 1}, 2026: {14, 2}, 2027: {12, 0}} {
		if off[year] != want[0] || made[year] != want[1] {
			t.Errorf("%d: %d weekdays off and %d weekend days worked, want %v", year, off[year], made[year], want)
		}
	}
}

func TestWithHours(t *testing.T) {
	c, err := Builtin().WithHours([]Session{{7*time.Hour + 30*time.Minute, 12 * time.Hour}, {13 * time.Hour, 16*time.Hour + 30*time.Minute}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := c.Due(time.Date(2026, 11, 20, 16, 45, 0, 0, Zone), Period{Unit: WorkingDays, Value: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.At.Format("2006-01-02 15:04"); got != "2026-11-25 16:30" {
		t.Errorf("due %s", got)
	}
	if _, err := Builtin().WithHours([]Session{{9 * time.Hour, 8 * time.Hour}}); err == nil {
		t.Error("hours that close before they open passed")
	}
	one, err := Builtin().WithHours([]Session{{8 * time.Hour, 16 * time.Hour}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := one.Due(time.Date(2026, 11, 20, 9, 0, 0, 0, Zone), Period{Unit: HalfDays, Value: 1}); err == nil {
		t.Error("half days of an undivided day passed")
	}
}

func TestDayInfoAndTexts(t *testing.T) {
	if d, ok := Builtin().DayInfo(time.Date(2026, 11, 24, 23, 0, 0, 0, Zone)); !ok || d.Name != "Ngày Văn hóa Việt Nam" {
		t.Errorf("%v %v", d, ok)
	}
	if _, ok := Builtin().DayInfo(time.Date(2026, 11, 25, 0, 0, 0, 0, Zone)); ok {
		t.Error("25/11/2026 is an ordinary day")
	}
	for p, want := range map[Period][2]string{
		{Unit: SameDay}:                 {"trong ngày làm việc", "within the working day"},
		{Unit: WorkingDays, Value: 3}:   {"3 ngày làm việc", "3 working days"},
		{Unit: HalfDays, Value: 1}:      {"nửa ngày làm việc", "half a working day"},
		{Unit: Hours, Value: 1}:         {"1 giờ làm việc", "1 working hour"},
		{Unit: CalendarDays, Value: 15}: {"15 ngày", "15 days"},
		{Unit: Months, Value: 2}:        {"2 tháng", "2 months"},
		{Unit: Unstated, Value: 2}:      {"chưa ghi rõ thời hạn", "period not stated"},
		{Unit: Deferred}:                {"theo đợt xét hằng năm", "in the yearly round"},
	} {
		if vi, en := p.Text(); vi != want[0] || en != want[1] {
			t.Errorf("%v: %q %q", p, vi, en)
		}
	}
}
