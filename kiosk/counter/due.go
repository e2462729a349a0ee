package counter

import (
	"net/http"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/kiosk/reply"
)

// dueView is a due date with its reasoning. Due is 0 where the catalogue states no period or the
// calendar does not reach so far: then nobody prints one.
type dueView struct {
	Due         int64           `json:"due"`
	Original    int64           `json:"original,omitempty"` // what the resident was given first, where it differs
	Text        reply.Text      `json:"text"`
	Reasons     []dueReasonView `json:"reasons"`
	Calendar    string          `json:"calendar"`
	Clock       string          `json:"clock"` // trusted | unsure | jumped | unknown
	Doubt       bool            `json:"clock_doubt"`
	Now         int64           `json:"now"` // the office's clock, for the question about it
	Period      reply.Text      `json:"period"`
	Provisional bool            `json:"provisional,omitempty"`
	Set         bool            `json:"set"`              // it stands in the dossier; else it is what taking in now would give
	Paused      bool            `json:"paused,omitempty"` // the clock stands: the resident was asked for something
	AskPeriod   bool            `json:"ask_period,omitempty"`
}

type dueReasonView struct {
	Code calendar.ReasonCode `json:"code"`
	Day  string              `json:"day,omitempty"`
	VI   string              `json:"vi"`
	EN   string              `json:"en"`
}

func (c *Counter) showDue(w http.ResponseWriter, r *http.Request, _ Who) error {
	o, err := c.open(r)
	if err != nil {
		return err
	}
	if o.State.Due > 0 {
		return reply.OK(w, c.dueSet(o))
	}
	return reply.OK(w, c.dueNow(o))
}

// dueNow is what taking the dossier in at this moment would give. Nothing of it is kept.
func (c *Counter) dueNow(o Opened) *dueView {
	now, quality := c.now()
	v := &dueView{Calendar: c.Calendar.Version, Clock: quality.String(), Doubt: doubtful(quality), Now: now.UnixMilli(), Reasons: []dueReasonView{},
		Text: reply.Say("Không có hạn theo danh mục.", "The catalogue sets no date.")}
	period, ok := o.Procedure.Period(string(o.State.Channel))
	if !ok || feedback.Reserved(o.State.Procedure) {
		v.AskPeriod = !ok && !feedback.Reserved(o.State.Procedure)
		v.Period = reply.Say("Danh mục chưa ghi rõ thời hạn.", "The catalogue does not state the period.")
		return v
	}
	v.Period = periodText(period)
	due, err := c.Calendar.Due(now, period)
	if err != nil {
		v.Text = reply.Say("Lịch làm việc trên máy chưa có những ngày này; chờ gói lịch mới.", "The calendar on this machine does not reach these days; a new one is needed.")
		return v
	}
	v.tell(due)
	return v
}

// dueSet is the date that stands in the dossier. Its sentences are the calendar's, where this machine
// still has that version and comes to the same date; else only the reasons' codes are known.
func (c *Counter) dueSet(o Opened) *dueView {
	s := o.State
	now, _ := c.now()
	v := &dueView{Due: s.Due, Now: now.UnixMilli(), Set: true, Paused: s.OpenSupplement != nil, Reasons: []dueReasonView{}}
	if first := s.OriginalDue(); first != s.Due {
		v.Original = first
	}
	if s.TakenIn != nil {
		quality := clock.Quality(s.TakenIn.Clock)
		v.Clock, v.Doubt = quality.String(), doubtful(quality) && !s.TakenIn.Vouched
	}
	if s.Period != nil {
		v.Period = periodText(*s.Period)
	}
	if len(s.Dues) > 0 {
		last := s.Dues[len(s.Dues)-1]
		v.Calendar = last.Calendar
		if due, ok := c.recount(s, last); ok {
			v.tell(due)
			return v
		}
		for _, r := range last.Reasons {
			v.Reasons = append(v.Reasons, dueReasonView{Code: r.Code, Day: r.Day})
		}
	}
	v.Text = momentText(s.Due)
	return v
}

// recount explains a date that is set; it never changes it.
func (c *Counter) recount(s dossier.State, last dossier.DueDate) (due calendar.Due, ok bool) {
	if last.Calendar != c.Calendar.Version {
		return due, false
	}
	var err error
	switch {
	case last.Why == dossier.DueTakenIn && s.Period != nil && s.TakenIn != nil:
		due, err = c.Calendar.Due(time.UnixMilli(s.TakenIn.At), *s.Period)
	case last.Why == dossier.DueResumed && len(s.Pauses) > 0 && s.Pauses[len(s.Pauses)-1].Counted:
		pause := s.Pauses[len(s.Pauses)-1]
		due, err = c.Calendar.Resume(time.UnixMilli(pause.To), time.Duration(pause.Remaining)*time.Millisecond)
	default:
		return due, false
	}
	return due, err == nil && due.At.UnixMilli() == last.Due
}

func (v *dueView) tell(due calendar.Due) {
	v.Due, v.Calendar, v.Provisional, v.Text = due.At.UnixMilli(), due.Version, due.Provisional, momentText(due.At.UnixMilli())
	for _, r := range due.Reasons {
		v.Reasons = append(v.Reasons, dueReasonView{r.Code, r.Day, r.Vi, r.En})
	}
}

func momentText(ms int64) reply.Text { return reply.Say(calendar.Moment(time.UnixMilli(ms))) }

func periodText(p calendar.Period) reply.Text { return reply.Say(p.Text()) }
