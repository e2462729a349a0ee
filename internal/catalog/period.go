package catalog

import "bendo/internal/calendar"

// Period is the legal time for handling on one channel, as far as the catalogue states it. A bare
// number without a unit is no period: an officer says when.
func (p Procedure) Period(channel string) (calendar.Period, bool) {
	switch p.DeadlineRule {
	case "same_day_15h", "same_day_15h_unstated":
		return calendar.Period{Unit: calendar.SameDay}, true
	case "by_unit":
		c, ok := p.Channel(channel)
		if !ok || c.Time == nil {
			return calendar.Period{}, false
		}
		period := calendar.Period{Unit: calendar.Unit(c.Unit), Value: *c.Time}
		return period, period.Check() == nil
	}
	return calendar.Period{}, false
}

// HandoverFor is when custody moves for a dossier filed now. What stays at the office, for a while or for
// good, waits for a clerk of it: where nobody there can take in, it goes to the province at once, so
// that no dossier waits for somebody who does not exist.
func (p Procedure) HandoverFor(clerk bool) Handover {
	if !clerk {
		return HandoverAtSubmit
	}
	return p.Handover
}
