package staff

import "slices"

// Role is what somebody is at an office; one person may have several.
type Role string

// The roles.
const (
	Clerk      Role = "clerk"      // one-stop desk (cán bộ một cửa): takes in, prints, collects, hands back
	Specialist Role = "specialist" // (công chức chuyên môn) processes what the office itself decides
	Head       Role = "head"       // (lãnh đạo) decides, apologises, is the second person of a refusal
	Police     Role = "police"     // the police's desk in the same hall
	Post       Role = "post"       // the post office's clerk, who takes in and hands back for the office
	Helper     Role = "helper"     // digital helper (tổ công nghệ số cộng đồng): fills in with residents, decides nothing
	Inspector  Role = "inspector"  // reads everything, writes nothing
)

// Act is one kind of work at the desk, as far as who may do it differs.
type Act string

// The acts.
const (
	Read    Act = "read"    // lists, dossiers, their papers
	TakeIn  Act = "take_in" // receipt, supplement request, withdrawal, correction, notes
	Refuse  Act = "refuse"  // refusal, stop
	Process Act = "process" // work on it, decide what the office decides itself, result ready
	Decide  Act = "decide"  // the decision, the apology
	Return  Act = "return"  // the result into the resident's hands
	Collect Act = "collect" // money
	Queue   Act = "queue"   // queue numbers
	Report  Act = "report"  // registers, reports, the evening's sheet
	Keep    Act = "keep"    // send now, carry by stick, prints, tray
)

// may is the table of who may do what.
var may = map[Role][]Act{
	Clerk:      {Read, TakeIn, Refuse, Return, Collect, Queue, Report, Keep},
	Specialist: {Read, TakeIn, Refuse, Process, Return, Queue, Report, Keep},
	Head:       {Read, TakeIn, Refuse, Process, Decide, Return, Queue, Report, Keep},
	Police:     {Read, TakeIn, Refuse, Process, Return, Queue, Keep},
	Post:       {Read, TakeIn, Return, Collect, Queue},
	Helper:     {Queue},
	Inspector:  {Read, Report},
}

// May says whether somebody of these roles may do act.
func May(roles []Role, act Act) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(may[r], act) })
}

// Valid says whether r is a role this program knows.
func (r Role) Valid() bool { return may[r] != nil }

// Acts lists what somebody of these roles may do, in a fixed order: for screens, which show nothing else.
func Acts(roles []Role) []Act {
	list := []Act{}
	for _, act := range []Act{Read, TakeIn, Refuse, Process, Decide, Return, Collect, Queue, Report, Keep} {
		if May(roles, act) {
			list = append(list, act)
		}
	}
	return list
}
