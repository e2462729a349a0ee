package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bendo/internal/dossier"
)

// Text is a sentence in Vietnamese, the text of record, and in English.
type Text = dossier.Text

func say(vi, en string) Text { return Text{VI: vi, EN: en} }

// Zone is the time of Viet Nam: UTC+7, no summer time.
var Zone = time.FixedZone("+07", 7*60*60)

// closing is the day of the month on which a reporting period ends (NĐ 09/2019/NĐ-CP Điều 12: month and
// quarter from the 15th of the month before to the 14th; half a year 15/12–14/6, nine months 15/12–14/9,
// a year 15/12–14/12). Remembered with high confidence, not read in the text: the province confirms it.
const closing = 14

// Kind is what a period is.
type Kind string

// The kinds. Days are for the register and the evening's sheet; no periodic report is due for one.
const (
	Month      Kind = "month"
	Quarter    Kind = "quarter"
	HalfYear   Kind = "half_year" // the first half; the second is not reported apart, the year is
	NineMonths Kind = "nine_months"
	Year       Kind = "year"
	OneDay     Kind = "day"
)

// Period is a stretch of reporting: From ≤ time < To, in unix milliseconds.
type Period struct {
	ID    string `json:"id"` // 2026-11, 2026-Q4, 2026-H1, 2026-9M, 2026, 2026-11-23
	Kind  Kind   `json:"kind"`
	From  int64  `json:"from"`
	To    int64  `json:"to"` // the first moment behind it
	Title Text   `json:"title"`
}

// Closed says whether the period is over at a time (unix ms).
func (p Period) Closed(at int64) bool { return at >= p.To }

// ParsePeriod reads the name of a period.
func ParsePeriod(id string) (Period, error) {
	bad := func() (Period, error) {
		return Period{}, fmt.Errorf("period %q: write 2026-11, 2026-Q4, 2026-H1, 2026-9M, 2026 or 2026-11-23", id)
	}
	if len(id) == len(time.DateOnly) {
		day, err := time.ParseInLocation(time.DateOnly, id, Zone)
		if err != nil {
			return bad()
		}
		return period(id, OneDay, day, day, "Ngày "+day.Format("02/01/2006"), "Day "+day.Format(time.DateOnly)), nil
	}
	head, rest, _ := strings.Cut(id, "-")
	year, err := strconv.Atoi(head)
	if err != nil || len(head) != 4 || year < 1900 {
		return bad()
	}
	y := strconv.Itoa(year)
	switch {
	case id == head:
		return legal(id, Year, year, 1, 12, "Năm "+y, "Year "+y), nil
	case rest == "H1":
		return legal(id, HalfYear, year, 1, 6, "6 tháng đầu năm "+y, "First half of "+y), nil
	case rest == "9M":
		return legal(id, NineMonths, year, 1, 9, "9 tháng năm "+y, "Nine months of "+y), nil
	case len(rest) == 2 && rest[0] == 'Q' && rest[1] >= '1' && rest[1] <= '4':
		q := int(rest[1] - '0')
		return legal(id, Quarter, year, 3*q-2, 3*q, fmt.Sprintf("Quý %d năm %d", q, year), fmt.Sprintf("Quarter %d of %d", q, year)), nil
	case len(rest) == 2:
		month, err := time.Parse("01", rest)
		if err != nil {
			return bad()
		}
		m := int(month.Month())
		return legal(id, Month, year, m, m, fmt.Sprintf("Tháng %d năm %d", m, year), fmt.Sprintf("Month %d of %d", m, year)), nil
	}
	return bad()
}

// legal is the period that covers the months first to last of a year: from the day behind the closing
// day of the month before to the closing day of the last.
func legal(id string, kind Kind, year, first, last int, vi, en string) Period {
	from := time.Date(year, time.Month(first)-1, closing+1, 0, 0, 0, 0, Zone)
	until := time.Date(year, time.Month(last), closing, 0, 0, 0, 0, Zone)
	return period(id, kind, from, until, vi, en)
}

func period(id string, kind Kind, from, lastDay time.Time, vi, en string) Period {
	if kind != OneDay {
		const day = "02/01/2006"
		vi += " (từ " + from.Format(day) + " đến " + lastDay.Format(day) + ")"
		en += " (" + from.Format(time.DateOnly) + " to " + lastDay.Format(time.DateOnly) + ")"
	}
	return Period{ID: id, Kind: kind, From: from.UnixMilli(), To: lastDay.AddDate(0, 0, 1).UnixMilli(), Title: say(vi, en)}
}

// MonthOf is the reporting month a time falls into: the 15th belongs to the next one.
func MonthOf(at int64) Period {
	t := time.UnixMilli(at).In(Zone)
	month := time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, Zone)
	if t.Day() > closing {
		month = month.AddDate(0, 1, 0)
	}
	p, err := ParsePeriod(month.Format("2006-01"))
	if err != nil { // outside the years that can be written; nothing is filed there
		return Period{}
	}
	return p
}

// Periods lists what can be reported at a time: the running month and the twelve before it, and every
// longer period that ends in those or runs now, the newest first.
func Periods(at int64) (list []Period) {
	now := MonthOf(at)
	month := time.UnixMilli(now.To - 1).In(Zone)
	first := time.Date(month.Year(), month.Month(), 1, 0, 0, 0, 0, Zone)
	for back := range 13 {
		m := first.AddDate(0, -back, 0)
		ids := []string{m.Format("2006-01")}
		if m.Month()%3 == 0 || back == 0 {
			ids = append(ids, fmt.Sprintf("%d-Q%d", m.Year(), (int(m.Month())+2)/3))
		}
		if m.Month() == time.June || back == 0 && m.Month() < time.June {
			ids = append(ids, fmt.Sprintf("%d-H1", m.Year()))
		}
		if m.Month() == time.September || back == 0 && m.Month() < time.September {
			ids = append(ids, fmt.Sprintf("%d-9M", m.Year()))
		}
		if m.Month() == time.December || back == 0 {
			ids = append(ids, strconv.Itoa(m.Year()))
		}
		for _, id := range ids {
			if p, err := ParsePeriod(id); err == nil {
				list = append(list, p)
			}
		}
	}
	return list
}
