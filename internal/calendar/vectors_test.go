package calendar

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// vector is one line of testdata/deadlines.json. To add a case, copy a line: received_at, unit, value
// and due_date are enough; due_at, provisional, reasons (codes that must appear) and error are optional.
type vector struct {
	ReceivedAt  time.Time    `json:"received_at"`
	Unit        Unit         `json:"unit"`
	Value       int          `json:"value"`
	CutOff      string       `json:"cut_off"`
	Assumed     bool         `json:"assumed"`
	DueDate     string       `json:"due_date"`
	DueAt       string       `json:"due_at"`
	Provisional *bool        `json:"provisional"`
	Reasons     []ReasonCode `json:"reasons"`
	Error       string       `json:"error"`
	Why         string       `json:"why"`
}

func readVectors[T any](t *testing.T, file string) []T {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(string(data)))
	dec.DisallowUnknownFields()
	var out []T
	if err := dec.Decode(&out); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return out
}

// check returns what is wrong with the calendar's answer, or "".
func (v vector) check(c *Calendar) string {
	d, err := c.Due(v.ReceivedAt, Period{Unit: v.Unit, Value: v.Value, CutOff: v.CutOff, Assumed: v.Assumed})
	if v.Error != "" {
		if err == nil || !strings.Contains(err.Error(), v.Error) {
			return fmt.Sprintf("error %v, want %q", err, v.Error)
		}
		return ""
	}
	if err != nil {
		return err.Error()
	}
	if got := d.At.Format(time.DateOnly); got != v.DueDate {
		return fmt.Sprintf("due %s, want %s", got, v.DueDate)
	}
	if v.DueAt != "" && d.At.Format("15:04") != v.DueAt {
		return fmt.Sprintf("due at %s, want %s", d.At.Format("15:04"), v.DueAt)
	}
	if v.Provisional != nil && d.Provisional != *v.Provisional {
		return fmt.Sprintf("provisional %v", d.Provisional)
	}
	for _, code := range v.Reasons {
		if !slices.ContainsFunc(d.Reasons, func(r Reason) bool { return r.Code == code }) {
			return fmt.Sprintf("reason %s is missing from %+v", code, d.Reasons)
		}
	}
	return ""
}

func failures(c *Calendar, vectors []vector) (out []string) {
	for _, v := range vectors {
		if bad := v.check(c); bad != "" {
			out = append(out, fmt.Sprintf("%s %s %d (%s): %s", v.ReceivedAt.Format(time.RFC3339), v.Unit, v.Value, v.Why, bad))
		}
	}
	return out
}

func TestDeadlineVectors(t *testing.T) {
	vectors := readVectors[vector](t, "deadlines.json")
	if len(vectors) < 19 {
		t.Fatalf("only %d vectors: lines were lost", len(vectors))
	}
	for _, bad := range failures(Builtin(), vectors) {
		t.Error(bad)
	}
}

// TestVectorsCatchAPlantedBug takes holidays, a worked Saturday and the cut-off away one by one: each
// loss must be seen by the vectors, else they prove nothing.
func TestVectorsCatchAPlantedBug(t *testing.T) {
	vectors := readVectors[vector](t, "deadlines.json")
	for _, lost := range []string{"2026-11-24", "2026-02-18", "2025-04-26", "2026-08-22", "2026-04-27", "2027-01-01"} {
		day, err := parseDay(lost)
		if err != nil {
			t.Fatal(err)
		}
		broken := *Builtin()
		broken.working = slices.Clone(broken.working)
		broken.working[day-broken.first] = !broken.working[day-broken.first]
		if len(failures(&broken, vectors)) == 0 {
			t.Errorf("nobody noticed that %s changed sides", lost)
		}
	}
	broken := *Builtin()
	broken.cutOff -= time.Minute
	if len(failures(&broken, vectors)) == 0 {
		t.Error("nobody noticed a cut-off at 14:59")
	}
}

// pause is one line of testdata/pauses.json: received with due, paused, resumed, and the new due moment.
type pause struct {
	Due       time.Time `json:"due"`
	Paused    time.Time `json:"paused"`
	Resumed   time.Time `json:"resumed"`
	Remaining string    `json:"remaining"`
	NewDue    time.Time `json:"new_due"`
	Why       string    `json:"why"`
}

func TestPauseVectors(t *testing.T) {
	c := Builtin()
	for _, v := range readVectors[pause](t, "pauses.json") {
		left, err := c.Remaining(v.Paused, v.Due)
		if err != nil {
			t.Fatal(err)
		}
		want, err := time.ParseDuration(v.Remaining)
		if err != nil {
			t.Fatal(err)
		}
		if left != want {
			t.Errorf("%s: remaining %v, want %v", v.Why, left, want)
		}
		d, err := c.Resume(v.Resumed, left)
		if err != nil {
			t.Fatal(err)
		}
		if !d.At.Equal(v.NewDue) {
			t.Errorf("%s: due %s, want %s", v.Why, d.At, v.NewDue.In(Zone))
		}
	}
}

func TestRespondBy(t *testing.T) {
	d, err := Builtin().RespondBy(time.Date(2026, 11, 21, 9, 0, 0, 0, Zone), 8)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"Nộp lúc 09:00 thứ Bảy, 21/11/2026.",
		"Ngoài giờ làm việc nên tính từ 07:00 thứ Hai, 23/11/2026.",
		"Không tính thứ Bảy, Chủ nhật: 21/11, 22/11.",
		"Cán bộ trả lời trước 17:00 thứ Hai, 23/11/2026.",
	}
	var got []string
	for _, r := range d.Reasons {
		got = append(got, r.Vi)
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if _, err := Builtin().RespondBy(time.Date(2026, 11, 20, 9, 0, 0, 0, Zone), 0); !errors.Is(err, ErrPeriod) {
		t.Errorf("0 hours: %v", err)
	}
}

func TestOutsideTheTable(t *testing.T) {
	c := Builtin()
	_, last := c.Covered()
	for name, f := range map[string]func() error{
		"received before": func() error {
			_, err := c.Due(time.Date(2023, 9, 30, 9, 0, 0, 0, Zone), Period{Unit: SameDay})
			return err
		},
		"received after": func() error {
			_, err := c.Due(time.Date(2028, 1, 3, 9, 0, 0, 0, Zone), Period{Unit: SameDay})
			return err
		},
		"1970":      func() error { _, err := c.Due(time.Unix(0, 0), Period{Unit: WorkingDays, Value: 3}); return err },
		"walks out": func() error { _, err := c.Due(last.Add(9*time.Hour), Period{Unit: WorkingDays, Value: 1}); return err },
		"60 days walk out": func() error {
			_, err := c.Due(time.Date(2027, 11, 30, 9, 0, 0, 0, Zone), Period{Unit: CalendarDays, Value: 60})
			return err
		},
		"months walk out": func() error { _, err := c.Due(last.Add(9*time.Hour), Period{Unit: Months, Value: 3660}); return err },
		"working day":     func() error { _, err := c.IsWorkingDay(last.AddDate(0, 0, 1)); return err },
		"remaining":       func() error { _, err := c.Remaining(last, last.AddDate(0, 0, 2)); return err },
		"resume":          func() error { _, err := c.Resume(last.Add(16*time.Hour), 2*time.Hour); return err },
	} {
		if err := f(); !errors.Is(err, ErrOutsideTable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
