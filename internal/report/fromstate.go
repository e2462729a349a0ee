package report

import (
	"slices"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// CaseOf takes the facts of a folded dossier. What only the catalogue knows (names, field, NoResult) is
// the caller's to add. ok is false for what no report counts: nothing was
// filed under that id, or it was erased.
func CaseOf(s dossier.State) (c Case, ok bool) {
	if s.Version == 0 || s.Procedure == "" {
		return Case{}, false
	}
	c = Case{ID: s.ID, Version: s.Version, Slip: string(s.Slip), Official: s.OfficialCode, Procedure: s.Procedure,
		Channel: Counter, Filed: s.FiledAt, Office: s.Office, Dues: dues(s), Turns: turns(s)}
	if s.TakenIn != nil {
		c.Received, c.ReceivedBy = s.TakenIn.At, s.TakenIn.Office
		c.Doubtful = doubted(s.TakenIn.Clock) && !s.TakenIn.Vouched
		if at := firstOpen(c.Turns); at > 0 { // written down with an earlier clock than the filing: it counts from the filing
			c.Received = at
		}
	}
	for _, p := range s.Components {
		c.Scanned = c.Scanned || len(p.Blobs) > 0
		c.Reused = c.Reused || p.State == dossier.ReplacedByData
	}
	c.ResultFile = s.Ready != nil && len(s.Ready.Blobs) > 0
	if s.Rating != nil {
		c.Score, c.ScoredAt = s.Rating.Score, s.Rating.At
	}
	return c, true
}

func doubted(q syncproto.ClockQuality) bool {
	return q == syncproto.ClockSuspect || q == syncproto.ClockUnknown
}

func firstOpen(turns []Turn) int64 {
	for _, t := range turns {
		if t.To == Open {
			return t.At
		}
	}
	return 0
}

// dues takes the due dates in order. Every one but that of an apology is the law's: the first, and those
// moved by a pause.
func dues(s dossier.State) (list []DueDate) {
	for _, d := range s.Dues {
		why := DueTakenIn
		switch d.Why {
		case dossier.DueResumed:
			why = DueResumed
		case dossier.DueApology:
			why = DueApology
		}
		at := d.At
		if n := len(list); n > 0 {
			at = max(at, list[n-1].At)
		}
		list = append(list, DueDate{At: at, Due: d.Due, Why: why})
	}
	return list
}

// turns reads the changes of standing off the journal. Its order is that of the chain, and that order
// holds: a step whose clock was behind the one before it counts from that one.
func turns(s dossier.State) (list []Turn) {
	var now Standing
	taken, at := false, int64(0)
	before := Open // what a supplement interrupts
	for _, step := range s.Journal {
		if dossier.IsRequest(step.Type) {
			continue
		}
		at = max(at, step.At)
		to := now
		switch step.Type {
		case dossier.Submitted:
			to = Arrived
		case dossier.TakenIn:
			to, taken = Open, true
		case dossier.SupplementRequested:
			if now != Waiting {
				before = now
			}
			if taken { // before anybody took it in it is still only filed
				to = Waiting
			}
		case dossier.Accepted:
			to = accepted(step.Of, now, before)
		default:
			to = plainTurn(step.Type, now)
		}
		if to != now {
			list, now = append(list, Turn{At: at, To: to}), to
		}
	}
	return slices.Clip(list)
}

// accepted is where a dossier stands when a request of that type was accepted.
func accepted(of string, now, before Standing) Standing {
	switch {
	case of == dossier.WithdrawalRequested:
		return Withdrawn
	case of == dossier.SupplementProvided && now == Waiting:
		return before
	}
	return now
}

func plainTurn(eventType string, now Standing) Standing {
	switch eventType {
	case dossier.Processing:
		return Open
	case dossier.FeeRequested:
		return Paying
	case dossier.Decided, dossier.ResultReady:
		return Settled
	case dossier.Refused:
		return Refused
	case dossier.Stopped:
		return Stopped
	case dossier.Withdrawn:
		return Withdrawn
	case dossier.Returned:
		return Returned
	}
	return now
}
