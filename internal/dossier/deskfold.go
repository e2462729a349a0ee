package dossier

import (
	"slices"

	"bendo/syncproto"
)

// setDue adds a computation of the due date. What was told before stays in Dues.
func (s *State) setDue(h syncproto.Header, why string, due int64, calendar string, reasons []DueReason) {
	s.Due = due
	s.Dues = append(s.Dues, DueDate{Event: h.ID, At: h.At, Why: why, Due: due, Calendar: calendar, Reasons: reasons})
}

// compare keeps the latest comparison of each paper, and what it says of the paper itself.
func (s *State) compare(c Comparison) {
	i := slices.IndexFunc(s.Compared, func(o Comparison) bool { return o.Component == c.Component })
	if i < 0 {
		s.Compared = append(s.Compared, c)
	} else {
		s.Compared[i] = c
	}
	for i := range s.Components {
		if s.Components[i].ID != c.Component {
			continue
		}
		s.Components[i].Originals, s.Components[i].Copies = c.Originals, c.Copies
		if c.State != "" {
			s.Components[i].State = c.State
		}
	}
}

// applyLookup settles a paper that waited to be looked up; a look-up of any other changes nothing.
func (s *State) applyLookup(p *LookupPayload) {
	for i := range s.Components {
		c := &s.Components[i]
		if c.ID != p.Component || c.State != ToBeLookedUp {
			continue
		}
		c.State = Missing
		if p.Found {
			c.State, c.Ref = ReplacedByData, p.Ref
		}
	}
}

// ToLookUp lists the papers that an office still has to look up, by id.
func (s State) ToLookUp() (ids []string) {
	for _, c := range s.Components {
		if c.State == ToBeLookedUp {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// ComparedOf is the latest comparison of a paper with its original.
func (s State) ComparedOf(component string) (Comparison, bool) {
	i := slices.IndexFunc(s.Compared, func(c Comparison) bool { return c.Component == component })
	if i < 0 {
		return Comparison{}, false
	}
	return s.Compared[i], true
}

// OriginalDue is the due date the resident was given when the dossier was taken in; 0 when there was
// none. A supplement or an apology gives a later one and leaves this.
func (s State) OriginalDue() int64 {
	if len(s.Dues) == 0 {
		return s.Due
	}
	return s.Dues[0].Due
}

// DueCalendar is the version of the calendar the due date was counted with; an apology counts none and
// keeps the one before it.
func (s State) DueCalendar() string {
	for _, d := range slices.Backward(s.Dues) {
		if d.Calendar != "" {
			return d.Calendar
		}
	}
	return ""
}

// LateAt says whether the dossier is, or was when it ended, beyond its due date: an attribute of it
// and never a reason to refuse a step. While the resident is asked for something the clock stands.
func (s State) LateAt(now int64) bool {
	if s.Due == 0 {
		return false
	}
	end := now
	switch {
	case s.Decision != nil:
		end = s.Decision.At
	case s.Ended != nil && (s.Business == NotReceived || s.Business == StoppedByOffice || s.Business == WithdrawnByPerson):
		end = s.Ended.At
	case s.OpenSupplement != nil:
		end = s.OpenSupplement.At
	}
	return end > s.Due
}

func givenBack(h syncproto.Header, p *ReturnedPayload) *GivenBack {
	g := &GivenBack{Event: h.ID, At: h.At, To: p.To, How: p.How, Delegate: p.Delegate, Office: p.Office, By: h.Actor}
	if g.How == "" {
		g.How = InPerson
	}
	if p.Signature != nil {
		g.Signed = p.Signature.Kind
	}
	return g
}
