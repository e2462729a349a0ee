package report

import (
	"time"

	"bendo/syncproto"
)

// Channel is how a dossier came in, by the national list (KenhThucHien 1, 2, 3).
type Channel string

// The channels. The kiosk and the desk are the counter.
const (
	Counter Channel = "counter"
	Online  Channel = "online"
	Postal  Channel = "postal"
)

// Standing is where a dossier stands, as far as reports tell it apart.
type Standing string

// The standings, with the national codes they stand for.
const (
	Arrived   Standing = "arrived"   // 1: filed, nobody took it in
	Open      Standing = "open"      // 2, 4
	Waiting   Standing = "waiting"   // 5: for papers of the resident
	Paying    Standing = "paying"    // 6: for a fee
	Settled   Standing = "settled"   // 9
	Returned  Standing = "returned"  // 10
	Withdrawn Standing = "withdrawn" // 7
	Stopped   Standing = "stopped"   // 8
	Refused   Standing = "refused"   // 3
)

// open standings are those a dossier is carried over with.
func (s Standing) open() bool { return s == Open || s == Waiting || s == Paying }

func (s Standing) settled() bool { return s == Settled || s == Returned }

// Turn is one change of standing.
type Turn struct {
	At int64    `json:"at"` // unix ms, never before the turn before it
	To Standing `json:"to"`
}

// Why a due date was set.
const (
	DueTakenIn = "taken_in"
	DueResumed = "resumed" // moved by a pause: the law's own date
	DueApology = "apology" // re-dated with an apology: what the resident was promised, not the law's date
)

// DueDate is one due date that was set.
type DueDate struct {
	At  int64  `json:"at"`  // when it was set, unix ms
	Due int64  `json:"due"` // unix ms
	Why string `json:"why"`
}

// Reading is the version of how [CaseOf] reads a dossier. Facts that were kept are read again where it
// differs.
const Reading = 1

// Case is one dossier as reports see it. It holds nothing personal.
type Case struct {
	ID        syncproto.DossierID `json:"id"`
	Version   uint32              `json:"v"`              // of its chain of events: names the events that were counted
	Slip      string              `json:"slip,omitempty"` // 14 digits
	Official  string              `json:"code,omitempty"` // mã hồ sơ, empty while none was issued
	Procedure string              `json:"proc"`           // code
	Name      Text                `json:"name,omitzero"`  // of the procedure
	Field     Text                `json:"field,omitzero"` // lĩnh vực
	Channel   Channel             `json:"ch"`
	NoResult  bool                `json:"nores,omitempty"` // the procedure ends without a paper

	Filed      int64     `json:"filed"`            // unix ms
	Received   int64     `json:"in,omitempty"`     // when an officer took it in, unix ms; 0 nobody has
	Doubtful   bool      `json:"doubt,omitempty"`  // the clock of that moment was in doubt and no officer vouched for it
	Turns      []Turn    `json:"turns"`            // in order
	Dues       []DueDate `json:"dues,omitempty"`   // in order
	Office     string    `json:"office,omitempty"` // that handles it: the last that acted
	ReceivedBy string    `json:"desk,omitempty"`   // the office that took it in
	Scanned    bool      `json:"scan,omitempty"`   // at least one paper was scanned
	Reused     bool      `json:"reuse,omitempty"`  // at least one paper was replaced by data of the state
	ResultFile bool      `json:"result,omitempty"` // the result is there as a file
	Score      int       `json:"score,omitempty"`  // a resident's rating, 1 to 5; 0 none
	ScoredAt   int64     `json:"scored,omitempty"` // unix ms
}

// standing is where the case stood just before end, and the turn that brought it there.
func (c *Case) standing(end int64) (s Standing) {
	for _, t := range c.Turns {
		if t.At >= end {
			break
		}
		s = t.To
	}
	return s
}

// settledAt is when the decision was there that stood just before end; 0 when it is not settled.
// A case that was reopened counts from its last decision. Being fetched does not move it.
func (c *Case) settledAt(end int64) (at int64) {
	for _, t := range c.Turns {
		if t.At >= end {
			break
		}
		switch {
		case !t.To.settled():
			at = 0
		case at == 0:
			at = t.At
		}
	}
	return at
}

// returnedAt is when the result was handed out, before end; 0 not.
func (c *Case) returnedAt(end int64) (at int64) {
	for _, t := range c.Turns {
		if t.At >= end {
			break
		}
		if at = 0; t.To == Returned {
			at = t.At
		}
	}
	return at
}

// due is the law's due date as it stood just before end: the last one no apology set. 0: none.
func (c *Case) due(end int64) (due int64) {
	for _, d := range c.Dues {
		if d.At < end && d.Why != DueApology {
			due = d.Due
		}
	}
	return due
}

// promised is the date the resident was told last, before end. 0: none.
func (c *Case) promised(end int64) (due int64) {
	for _, d := range c.Dues {
		if d.At < end {
			due = d.Due
		}
	}
	return due
}

// openedIn says whether the case became open again within [from, end).
func (c *Case) openedIn(from, end int64) bool {
	for _, t := range c.Turns {
		if t.At >= from && t.At < end && t.To.open() {
			return true
		}
	}
	return false
}

// in says whether the case belongs to a period cut at end, and whether it was received before it.
func (c *Case) in(from, end int64) (belongs, carried bool) {
	switch {
	case c.Received == 0 || c.Received >= end:
		return false, false
	case c.Received >= from:
		return true, false
	}
	carried = c.standing(from).open() || c.openedIn(from, end)
	return carried, carried
}

// dayBefore says whether a lies on an earlier day of Viet Nam than b.
func dayBefore(a, b int64) bool {
	const day = 24 * int64(time.Hour/time.Millisecond)
	const shift = 7 * int64(time.Hour/time.Millisecond)
	return (a+shift)/day < (b+shift)/day
}
