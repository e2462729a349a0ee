package dossier

import (
	"fmt"
	"time"

	"bendo/internal/calendar"
	"bendo/syncproto"
)

// A due date is computed once, by whoever authors the step that sets it, and stands in that step with
// its calendar's version. Folding never computes one, so an office and the province see the same date
// whatever calendars they have by then.

// SetDue computes the due date of a dossier taken in at the given time and writes it into p.
// Errors: those of calendar.Due; p is then as it was.
func (p *TakenInPayload) SetDue(cal *calendar.Calendar, at int64, period calendar.Period) (calendar.Due, error) {
	due, err := cal.Due(time.UnixMilli(at), period)
	if err != nil {
		return calendar.Due{}, fmt.Errorf("setting the due date: %w", err)
	}
	p.Due, p.Calendar, p.Period, p.Reasons = due.At.UnixMilli(), due.Version, &period, keptReasons(due.Reasons)
	return due, nil
}

// StopClock writes into p how much office time is left at the given time. Without a due date there is
// nothing to stop, and p stays as it was.
func (p *SupplementRequestedPayload) StopClock(cal *calendar.Calendar, s State, at int64) error {
	if s.Due == 0 {
		return nil
	}
	left, err := cal.Remaining(time.UnixMilli(at), time.UnixMilli(s.Due))
	if err != nil {
		return fmt.Errorf("stopping the clock: %w", err)
	}
	ms := left.Milliseconds()
	p.Remaining, p.Calendar = &ms, cal.Version
	return nil
}

// ResumeClock computes the due date after the open supplement, which p accepts at the given time: the
// office time that remained is counted on from when the resident delivered (custody 5). It returns
// false, and leaves p alone, where no clock stands still: another request, or a dossier without a due
// date.
func (p *AnswerPayload) ResumeClock(cal *calendar.Calendar, s State, at int64) (calendar.Due, bool, error) {
	request, pause, ok := s.stopped(p.Event)
	if !ok {
		return calendar.Due{}, false, nil
	}
	received := p.ReceivedAt
	if received == 0 {
		received = at
	}
	left := time.Duration(pause.Remaining) * time.Millisecond
	if !pause.Counted { // asked for by a program that did not count it
		var err error
		if left, err = cal.Remaining(time.UnixMilli(pause.From), time.UnixMilli(s.Due)); err != nil {
			return calendar.Due{}, false, fmt.Errorf("resuming the clock: %w", err)
		}
	}
	from := resumes(s.OpenSupplement.At, request.At, request.Clock, received)
	due, err := cal.Resume(time.UnixMilli(from), left)
	if err != nil {
		return calendar.Due{}, false, fmt.Errorf("resuming the clock: %w", err)
	}
	p.Due, p.Calendar, p.Reasons = due.At.UnixMilli(), due.Version, keptReasons(due.Reasons)
	return due, true, nil
}

// stopped finds the pause that accepting a request would end.
func (s State) stopped(event syncproto.EventID) (Request, Pause, bool) {
	if s.Due == 0 || s.OpenSupplement == nil || len(s.Pauses) == 0 {
		return Request{}, Pause{}, false
	}
	for _, r := range s.Pending {
		if r.Event == event && r.Type == SupplementProvided && r.N == s.OpenSupplement.N {
			return r, s.Pauses[len(s.Pauses)-1], true
		}
	}
	return Request{}, Pause{}, false
}

func keptReasons(reasons []calendar.Reason) []DueReason {
	kept := make([]DueReason, 0, len(reasons))
	for _, r := range reasons {
		kept = append(kept, DueReason{Code: r.Code, Day: r.Day})
	}
	return kept
}
