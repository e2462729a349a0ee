package dossier

import (
	"slices"

	"bendo/syncproto"
)

// FoldVersion numbers the fold. A stored projection carries the version that made
// it; a program with a newer fold makes the projection again from the events.
const FoldVersion = 5

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
}

// Request is a request that the holder has not answered.
type Request struct {
	Event  syncproto.EventID
	Type   string
	Author Holder
	At     int64
	N      int // of a supplement
	Reason string
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
}

// Pause is one stop of the legal clock while the resident was asked for something.
type Pause struct {
	N          int
	From       int64
	To         int64 // 0 while it stands; from then on the clock runs again
	ResidentAt int64 // the time the resident's machine gave
	ReceivedAt int64 // the province's receipt; both are kept
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
}

// Step is one line of the journal. Residents see those with ForResident, as a
// sentence made by [Sentence].
type Step struct {
	Event       syncproto.EventID
	At          int64
	Type        string
	Author      Holder
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

	Submissions []Submission
	Components  []Component
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
