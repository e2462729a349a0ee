package dossier

import (
	"slices"

	"bendo/internal/calendar"
	"bendo/syncproto"
)

// FoldVersion numbers the fold. A stored projection carries the version that made
// it; a program with a newer fold makes the projection again from the events.
const FoldVersion = 6

// Entry is one stored event with what the book knows about it.
type Entry struct {
	Event syncproto.Event
	// Author is whose log the event came from: proven by the signature of the batch
	// or of the feed page, never read from the event.
	Author Holder
	// ReceivedAt (unix ms) is when this book or the portal stored it. It decides
	// between rivals only: what was stored first stands.
	ReceivedAt int64
	// Read is the payload as Parse reads it, where the caller has read it already;
	// nil means that Fold reads it. It saves reading, and never changes what is read.
	Read any
	// Payload is the digest of the payload, where the caller has it; zero means that
	// Fold computes it.
	Payload syncproto.Digest
	// Proposal is set when the portal judged the event a rival of what it had folded
	// first. It is shown to a human and never folded.
	Proposal bool
}

// Submission is one delivery by the resident: the filing (N 0) or supplement N. Each
// has its own manifest and its own four acknowledgements.
type Submission struct {
	Event    syncproto.EventID
	N        int
	At       int64                  // the author's clock, unix ms
	Clock    syncproto.ClockQuality // how far that clock was to be believed
	Author   Holder
	Manifest syncproto.Digest
	Blobs    []syncproto.BlobRef
	TookIn   *TookIn // the holder's act that took it in; nil while nobody has
	Declined string  // reason, when the holder declined this supplement
}

// TookIn is who took a submission in, and when.
type TookIn struct {
	At      int64
	Office  string
	Officer string
	By      string                 // actor id
	Clock   syncproto.ClockQuality // of At
	Vouched bool                   // the officer vouched for a clock in doubt
}

// Why a due date was computed.
const (
	DueTakenIn = "taken_in" // the first: what the resident was given
	DueResumed = "resumed"  // after a supplement, by the office time that remained
	DueApology = "apology"  // put off by the office; the law's date is the one before
)

// DueDate is one computation of the due date. None is ever changed: a later one follows it.
type DueDate struct {
	Event    syncproto.EventID
	At       int64  // when it was computed, unix ms
	Why      string // taken_in | resumed | apology
	Due      int64  // unix ms
	Calendar string
	Reasons  []DueReason
}

// Comparison is who compared one paper with its original, and what was handed in.
type Comparison struct {
	Compared
	At int64
	By string // actor id
}

// Ending is why the handling ended without a result.
type Ending struct {
	At       int64
	Type     string // refused | stopped | withdrawn
	Reason   string
	Guidance string
	Office   string
	By       string // actor id
	Second   string // of the second person, where there was one
}

// Handing is one hand-over, to another holder or to another desk of the same office.
type Handing struct {
	At    int64
	From  Holder
	To    Holder
	Desk  string
	By    string // actor id of the giver
	Taker string // actor id of whoever signed for it
	Note  string
}

// GivenBack is how the result came into somebody's hands. The picture of a signature stands in the event.
type GivenBack struct {
	Event    syncproto.EventID
	At       int64
	To       string
	How      string
	Delegate *Person
	Signed   string // kind of the signature; empty: none
	Office   string
	By       string // actor id
}

// Request is a request that the holder has not answered.
type Request struct {
	Event  syncproto.EventID
	Type   string
	Author Holder
	At     int64
	Clock  syncproto.ClockQuality // of At
	N      int                    // of a supplement
	Reason string
	Lookup *LookupPayload // of a look-up that was reported
}

// Answer is the holder's answer to a request.
type Answer struct {
	Request  syncproto.EventID
	By       syncproto.EventID
	Accepted bool
	Reason   string
	At       int64
}

// OpenSupplement is what the resident is asked for now.
type OpenSupplement struct {
	N        int
	At       int64
	Office   string
	Reasons  []SupplementReason
	Text     string
	Deadline int64
	Stage    string
	Basis    string
	By       string // actor id
}

// Pause is one stop of the legal clock while the resident was asked for something.
type Pause struct {
	N          int
	From       int64
	To         int64 // 0 while it stands; from then on the clock runs again
	ResidentAt int64 // the time the resident's machine gave
	ReceivedAt int64 // the province's receipt; both are kept
	// Remaining is the office time that was left, in ms, where Counted says that the office counted it.
	Remaining int64
	Counted   bool
	Calendar  string
}

// FeeAsk is one request of an officer for money. It says nothing about whether anybody paid.
type FeeAsk struct {
	At     int64
	Amount int64 // đồng
	Text   string
	Office string
}

// Decision is the outcome.
type Decision struct {
	At       int64
	Outcome  string
	Reason   string
	Document string
	Office   string
}

// Reply is the office's answer to a petition or a call-back request.
type Reply struct {
	At     int64
	Text   string
	Office string
}

// Call is one call to whoever asked to be called back.
type Call struct {
	At      int64
	Outcome string // feedback.Reached | feedback.NotReached
	Text    string // what was said, as noted
	Office  string
}

// Rating is what a resident thinks of the handling, or of a visit.
type Rating struct {
	Event   syncproto.EventID
	At      int64
	Author  Holder
	Score   int
	Reasons []string
	N       int // 1: as it was first given; each change counts one
}

// Ready is where and from when the result can be fetched.
type Ready struct {
	At    int64
	Where string
	When  int64
	Blobs []Blob // the document, scanned
}

// Step is one line of the journal. Residents see those with ForResident, as a
// sentence made by [Sentence].
type Step struct {
	Event       syncproto.EventID
	At          int64
	Clock       syncproto.ClockQuality // of At
	Type        string
	Author      Holder
	By          string // actor id, never a name
	Office      string
	N           int    // of a supplement; of a call, how often nobody was reached so far
	Detail      string // reason, place or outcome
	Of          string // the type of the request an answer answers; else the procedure of a petition or a call-back request
	When        int64
	ForResident bool
}

// State is what is true of a dossier, folded from its events. Sync is not in it: it
// comes from receipts, see [Acks].
type State struct {
	ID          syncproto.DossierID
	FiledBy     Holder
	FiledAt     int64 // the filing machine's wall clock, unix ms
	SubmittedAt int64 // a claim of a prepared file, unix ms; 0 when there is none
	Slip        Slip
	Procedure   string
	Case        string
	Pack        string
	Route       string
	Channel     Channel
	Language    string
	Handover    Handover
	Source      *Source

	Holder    Holder
	InTransit bool // the holder has not yet acted since it was handed over; see AwayFrom
	Version   uint32

	Business     Business
	Finance      Finance
	HandBack     HandBack
	NationalCode uint8

	Office         string // the office that acted last
	TakenIn        *TookIn
	Due            int64
	Dues           []DueDate        // the first is the one the resident was given; KPIs go by it
	Period         *calendar.Period // the first due date was counted with
	OfficialCode   string
	External       []ExternalRef
	OpenSupplement *OpenSupplement
	Supplements    int // how many were asked for so far
	Pauses         []Pause
	Fees           []FeeAsk // what officers asked for, in order
	Decision       *Decision
	Reply          *Reply
	Calls          []Call // of a call-back request, in order
	Rating         *Rating
	Ready          *Ready
	Ended          *Ending
	Handings       []Handing
	Desk           string // of the holder's office; empty: not said
	GivenBack      *GivenBack

	Submissions []Submission
	Components  []Component
	Compared    []Comparison // the latest of each paper
	Pending     []Request
	Answers     []Answer
	Journal     []Step

	Proposals []syncproto.EventID // rivals and strangers' status events, for a human
	Unknown   []syncproto.EventID // kept, judged again after an upgrade
	Irregular []syncproto.EventID // folded, though the table of legal steps did not foresee them
	Waiting   []syncproto.EventID // beyond a gap of versions
	Absent    []syncproto.EventID // requests that were answered and are not here

	Before Business // what AwaitingSupplement interrupted, and returns to
}

// Submission finds supplement n, or the filing (n = 0): the one taken in, else the
// latest.
func (s State) Submission(n int) (Submission, bool) {
	found, ok := Submission{}, false
	for _, sub := range s.Submissions {
		if sub.N == n && (!ok || found.TookIn == nil) {
			found, ok = sub, true
		}
	}
	return found, ok
}

// clone copies what apply appends to, so that a trial step leaves s alone.
func (s State) clone() State {
	s.External = slices.Clone(s.External)
	s.Pauses = slices.Clone(s.Pauses)
	s.Fees = slices.Clone(s.Fees)
	s.Dues = slices.Clone(s.Dues)
	s.Handings = slices.Clone(s.Handings)
	s.Compared = slices.Clone(s.Compared)
	s.Submissions = slices.Clone(s.Submissions)
	s.Components = slices.Clone(s.Components)
	s.Pending = slices.Clone(s.Pending)
	s.Answers = slices.Clone(s.Answers)
	s.Journal = slices.Clone(s.Journal)
	s.Proposals = slices.Clone(s.Proposals)
	s.Unknown = slices.Clone(s.Unknown)
	s.Irregular = slices.Clone(s.Irregular)
	s.Absent = slices.Clone(s.Absent)
	return s
}
