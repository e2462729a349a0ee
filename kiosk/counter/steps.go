package counter

import (
	"net/http"
	"slices"
	"strings"

	"bendo/internal/calendar"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/staff"
	"bendo/internal/vietnam"
	"bendo/kiosk/reply"
	"bendo/syncproto"
)

// stepIn is what a screen sends with a step; each step reads its own part and ignores the rest.
type stepIn struct {
	Revision int64 `json:"revision"`

	Compared     map[string]comparedIn `json:"compared"`
	ConfirmClock bool                  `json:"confirm_clock"`
	OfficialCode string                `json:"official_code"`
	Period       *calendar.Period      `json:"period"` // where the catalogue states none

	Reasons      []reasonIn `json:"reasons"`
	Text         string     `json:"text"`
	Deadline     int64      `json:"deadline"`
	Basis        string     `json:"basis"`
	ConfirmAgain bool       `json:"confirm_again"`

	Event    syncproto.EventID `json:"event"`
	Reason   string            `json:"reason"`
	Guidance string            `json:"guidance"`
	Second   *secondIn         `json:"second"`
	Office   string            `json:"office"`
	Outcome  string            `json:"outcome"`
	Document string            `json:"document"`
	Where    string            `json:"where"`
	When     int64             `json:"when"`
	NewDue   int64             `json:"new_due"`

	To        string         `json:"to"`
	How       string         `json:"how"`
	Delegate  *delegateIn    `json:"delegate"`
	Signature *handSignature `json:"signature"`
	Desk      string         `json:"desk"`
	Note      string         `json:"note"`

	Component string `json:"component"`
	Found     bool   `json:"found"`
	Ref       string `json:"ref"`
	Source    string `json:"source"`
	Amount    int64  `json:"amount"`
	System    string `json:"system"`
}

type comparedIn struct {
	Originals int                    `json:"originals"`
	Copies    int                    `json:"copies"`
	Compared  bool                   `json:"compared"`
	State     dossier.ComponentState `json:"state"`
}

type reasonIn struct {
	Component string `json:"component"`
	Code      string `json:"code"`
	Text      string `json:"text"`
}

type secondIn struct {
	Login    string `json:"login"`
	Password string `json:"password"`
}

type delegateIn struct {
	FullName  string `json:"full_name"`
	CitizenID string `json:"citizen_id"`
	Phone     string `json:"phone"`
	Relation  string `json:"relation"`
}

type handSignature struct {
	Kind string `json:"kind"`
	PNG  []byte `json:"png"`
}

// taking is one step on its way: who takes it, on which dossier, with what was typed.
type taking struct {
	c      *Counter
	o      Opened
	who    Who
	in     stepIn
	second string // id of the second person; empty: there was none
}

// maker makes a step's payload from the state in the transaction and the moment its event will carry.
type maker func(t *taking, s dossier.State, m ledger.Moment) (any, error)

// step is one kind of work on a dossier.
type step struct {
	acts []staff.Act // any of them is enough
	// ask is the request that stands for the step where this office does not keep the dossier; empty:
	// then it cannot be taken.
	ask  string
	make maker
}

// steps are the law's steps by name, which is the type of their event.
var steps = map[string]step{
	dossier.TakenIn:             {acts: []staff.Act{staff.TakeIn}, make: (*taking).takenIn},
	dossier.LookedUp:            {acts: []staff.Act{staff.TakeIn, staff.Process}, ask: dossier.LookupReported, make: (*taking).lookedUp},
	dossier.SupplementRequested: {acts: []staff.Act{staff.TakeIn, staff.Process}, make: (*taking).supplement},
	dossier.Refused:             {acts: []staff.Act{staff.Refuse}, make: (*taking).refused},
	dossier.Accepted:            {acts: []staff.Act{staff.TakeIn, staff.Process}, make: (*taking).accepted},
	dossier.Declined:            {acts: []staff.Act{staff.TakeIn, staff.Process}, make: (*taking).declined},
	dossier.Processing:          {acts: []staff.Act{staff.Process}, make: (*taking).processing},
	dossier.FeeRequested:        {acts: []staff.Act{staff.Collect, staff.Process}, make: (*taking).fee},
	dossier.Decided:             {acts: []staff.Act{staff.Decide, staff.Process}, make: (*taking).decided},
	dossier.ResultReady:         {acts: []staff.Act{staff.Process, staff.Decide}, make: (*taking).resultReady},
	dossier.Returned:            {acts: []staff.Act{staff.Return}, make: (*taking).returned},
	dossier.Stopped:             {acts: []staff.Act{staff.Refuse}, make: (*taking).reasoned},
	dossier.Withdrawn:           {acts: []staff.Act{staff.TakeIn}, ask: dossier.WithdrawalRequested, make: (*taking).withdrawn},
	dossier.Apology:             {acts: []staff.Act{staff.Decide}, make: (*taking).apology},
	dossier.OfficialCodeIssued:  {acts: []staff.Act{staff.TakeIn, staff.Process}, make: (*taking).official},
	dossier.ExternalRefGiven:    {acts: []staff.Act{staff.TakeIn, staff.Process}, make: (*taking).external},
	dossier.HandedOver:          {acts: []staff.Act{staff.TakeIn, staff.Process}, make: (*taking).handedOver},
	dossier.Note:                {acts: []staff.Act{staff.TakeIn, staff.Process, staff.Return}, ask: dossier.Note, make: (*taking).note},
}

// stepNames is the order in which a screen offers them.
var stepNames = []string{dossier.TakenIn, dossier.LookedUp, dossier.SupplementRequested, dossier.Accepted, dossier.Declined, dossier.Processing,
	dossier.FeeRequested, dossier.Decided, dossier.ResultReady, dossier.Returned, dossier.Refused, dossier.Stopped, dossier.Withdrawn, dossier.Apology,
	dossier.OfficialCodeIssued, dossier.ExternalRefGiven, dossier.HandedOver, dossier.Note}

// takeStep takes one step. When it answers, the step is in the book with who took it; asked again
// after a lost answer, with the same revision and content, it answers alike and records nothing.
func (c *Counter) takeStep(w http.ResponseWriter, r *http.Request, who Who) error {
	name := r.PathValue("step")
	kind, ok := steps[name]
	if !ok {
		return problemNoStep.Because(nil)
	}
	if !slices.ContainsFunc(kind.acts, func(a staff.Act) bool { return staff.May(who.Roles, a) }) {
		return problemNotYours.Because(nil)
	}
	t := &taking{c: c, who: who}
	if err := reply.Read(r, &t.in); err != nil {
		return err
	}
	var err error
	if t.o, err = c.open(r); err != nil {
		return err
	}
	if t.second, err = c.seconded(r, name, t.in); err != nil {
		return err
	}
	_, err = c.Cases.Advance(r.Context(), t.o.State.ID, t.in.Revision, who.ID, eventOf(t.o, name, kind),
		func(s dossier.State, m ledger.Moment) (any, error) { return kind.make(t, s, m) })
	if err != nil {
		return problemOf(err)
	}
	return c.showDossier(w, r, who)
}

// eventOf is the event a step becomes: where this office may only ask, its request.
func eventOf(o Opened, name string, kind step) string {
	if kind.ask != "" && dossier.Legal(o.State, o.Own, name) != nil && dossier.Legal(o.State, o.Own, kind.ask) == nil {
		return kind.ask
	}
	return name
}

// seconded checks the second person of a step that needs or names one: before the step, so that a
// wrong password records nothing.
func (c *Counter) seconded(r *http.Request, name string, in stepIn) (string, error) {
	act := staff.Refuse
	switch name {
	case dossier.Refused:
		if in.Second == nil && c.TwoRefuse != nil && c.TwoRefuse() {
			return "", problemSecondNeeded.Because(nil)
		}
	case dossier.HandedOver:
		act = staff.Read
	default:
		return "", nil
	}
	if in.Second == nil {
		return "", nil
	}
	second, err := c.Second(r.Context(), r, in.Second.Login, in.Second.Password, act)
	return second.ID, err
}

// words is what somebody typed, in NFC and without control characters.
func words(typed string) (string, error) {
	clean, err := vietnam.NormalizeLines(typed)
	if err != nil {
		return "", problemIncomplete.Because(err)
	}
	return strings.TrimSpace(clean), nil
}

// needed is words that must not be empty.
func needed(typed, vi, en string) (string, error) {
	text, err := words(typed)
	if err == nil && text == "" {
		err = lacks(vi, en)
	}
	return text, err
}
