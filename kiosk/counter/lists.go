package counter

import (
	"net/http"
	"slices"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/finder"
	"bendo/kiosk/reply"
)

// listView is a part of a saved list with the counts of all.
type listView struct {
	Rows   []Row               `json:"rows"`
	Total  int                 `json:"total"` // of this view and procedure
	Counts map[finder.View]int `json:"counts"`
}

const (
	maxRows   = 100
	maxOffset = 1 << 30
)

// list answers GET /api/counter/dossiers?view=V&procedure=&offset=&limit=.
func (c *Counter) list(w http.ResponseWriter, r *http.Request, _ Who) error {
	if c.Finding == nil {
		return NotHere.Because(nil)
	}
	q := r.URL.Query()
	view := finder.View(q.Get("view"))
	if view == "" {
		view = finder.Waiting
	}
	limit, err := whole(r, "limit", maxRows, maxRows)
	if err != nil {
		return err
	}
	offset, err := whole(r, "offset", 0, maxOffset)
	if err != nil {
		return err
	}
	if !slices.Contains(finder.Views(), view) {
		return reply.BadRequest.Because(nil)
	}
	var v listView
	var ids []finder.ID
	var twins map[finder.ID][]finder.ID
	m := c.Finding.moment()
	err = c.Finding.with(r.Context(), func(x *finder.Index) {
		ids, v.Total = x.List(view, q.Get("procedure"), m, offset, limit)
		v.Counts = x.Counts(m)
		twins = twinsOf(x, ids)
	})
	if err != nil {
		return err
	}
	if v.Rows, err = c.Finding.rows(r.Context(), ids, twins); err != nil {
		return err
	}
	return reply.OK(w, v)
}

// soonDays: what is due within so many working days is due soon.
const soonDays = 2

func (f *Finding) moment() finder.Moment {
	now := f.Now()
	return finder.Moment{Now: now.UnixMilli(), Soon: soonBy(f.Calendar, now, soonDays).UnixMilli()}
}

// soonBy is the end of the working day that is so many working days after today. Beyond the calendar's
// table it counts Monday to Friday: this sorts a list and promises nobody anything.
func soonBy(c *calendar.Calendar, now time.Time, days int) time.Time {
	t := now.In(calendar.Zone)
	day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, calendar.Zone)
	for days > 0 {
		day = day.AddDate(0, 0, 1)
		works, err := c.IsWorkingDay(day)
		if err != nil {
			works = day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
		}
		if works {
			days--
		}
	}
	return day.AddDate(0, 0, 1).Add(-time.Millisecond)
}
