package vietnam

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Date is a day of the civil calendar without a time or a zone, as papers carry it. The zero Date
// stands for none.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// Refusals of dates.
var (
	ErrDateForm = &Problem{"date_form",
		"Xin nhập ngày theo mẫu ngày/tháng/năm, ví dụ 05/03/1990.",
		"please write the date as day/month/year, for example 05/03/1990"}
	ErrDateImpossible = &Problem{"date_impossible",
		"Không có ngày này trong lịch. Xin kiểm tra lại ngày, tháng, năm.",
		"there is no such day; please check day, month and year"}
)

// NewDate returns the date, or ErrDateImpossible for a day that never was, or a year outside 1800–2999.
func NewDate(year int, month time.Month, day int) (Date, error) {
	t := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if year < 1800 || year > 2999 || t.Year() != year || t.Month() != month || t.Day() != day {
		return Date{}, ErrDateImpossible
	}
	return Date{year, month, day}, nil
}

// ParseDate reads a date as Vietnamese people write it: 5/3/1990, 05-03-1990, 05.03.1990, 05031990, and
// the ISO form 1990-03-05. The year has four digits: two would be a guess.
func ParseDate(s string) (Date, error) {
	s = strings.TrimSpace(s)
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '/' || r == '-' || r == '.' || r == ' ' })
	if len(parts) == 1 && len(s) == 8 {
		parts = []string{s[:2], s[2:4], s[4:]}
	}
	if len(parts) != 3 {
		return Date{}, ErrDateForm
	}
	if len(parts[0]) == 4 {
		parts[0], parts[2] = parts[2], parts[0]
	}
	if len(parts[0]) > 2 || len(parts[1]) > 2 || len(parts[2]) != 4 {
		return Date{}, ErrDateForm
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return Date{}, ErrDateForm
		}
		n[i] = int(v)
	}
	return NewDate(n[2], time.Month(n[1]), n[0])
}

// FormatDate writes dd/mm/yyyy; the zero Date is empty.
func FormatDate(d Date) string {
	if d == (Date{}) {
		return ""
	}
	return fmt.Sprintf("%02d/%02d/%04d", d.Day, int(d.Month), d.Year)
}

// FormatMoment writes a moment as receipts do, in the time of Viet Nam: "14 giờ 05 phút, ngày 22/11/2026".
func FormatMoment(t time.Time) string {
	return t.In(zone).Format("15 giờ 04 phút, ngày 02/01/2006")
}

// zone is fixed: an office's machine may have no time-zone database.
var zone = time.FixedZone("+07", 7*60*60)

// DateOf returns the day of a moment in Viet Nam.
func DateOf(t time.Time) Date {
	y, m, d := t.In(zone).Date()
	return Date{y, m, d}
}

// String returns the ISO form yyyy-mm-dd, in which dates are stored; the zero Date is empty.
func (d Date) String() string {
	if d == (Date{}) {
		return ""
	}
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// Compare orders dates: negative when d is earlier than e.
func (d Date) Compare(e Date) int { return strings.Compare(d.String(), e.String()) }

// MarshalText writes the ISO form.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the ISO form, or nothing.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	t, err := time.Parse(time.DateOnly, string(text))
	if err != nil {
		return fmt.Errorf("reading a stored date: %w", ErrDateForm)
	}
	v, err := NewDate(t.Date())
	if err != nil {
		return fmt.Errorf("reading a stored date: %w", err)
	}
	*d = v
	return nil
}
