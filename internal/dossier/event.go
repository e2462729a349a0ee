package dossier

import (
	"crypto/sha256"
	"encoding/json"

	"bendo/internal/calendar"
	"bendo/syncproto"
)

// Schema is the newest version of the payloads this program understands; an event is written
// with the lowest one that can say what it says. An event with a higher one is treated as
// unknown: kept, and judged again after an upgrade.
const Schema uint16 = 2

// Event types, vocabulary 1. A status event is authored by the holder and carries
// the version it makes; a request carries version 0 and may come from anybody.
const (
	Submitted           = "submitted"            // version 1, by the filing book
	SupplementProvided  = "supplement_provided"  // request
	WithdrawalRequested = "withdrawal_requested" // request
	CorrectionProposed  = "correction_proposed"  // request
	Note                = "note"                 // request that wants no answer
	Rated               = "rated"                // request that wants no answer: a rating of the handling
	VisitRated          = "visit_rated"          // the same of one visit, in a dossier of its own that is never filed

	TakenIn             = "taken_in"
	SupplementRequested = "supplement_requested"
	Accepted            = "accepted"
	Declined            = "declined"
	Processing          = "processing"
	FeeRequested        = "fee_requested"
	Decided             = "decided"
	Answered            = "answered" // of a petition or a call-back request: the office's answer
	Called              = "called"   // of a call-back request: somebody was called, and reached or not
	Refused             = "refused"
	Stopped             = "stopped"
	Withdrawn           = "withdrawn"
	ResultReady         = "result_ready"
	HandedOver          = "handed_over"
	Returned            = "returned"
	OfficialCodeIssued  = "official_code_issued"
	ExternalRefGiven    = "external_ref"
	Apology             = "apology"
	CustodyAssigned     = "custody_assigned" // by the province only; overrides a dead book
)

// IsRequest says whether events of this type are requests (version 0).
func IsRequest(eventType string) bool {
	switch eventType {
	case SupplementProvided, WithdrawalRequested, CorrectionProposed, LookupReported, Note, Rated, VisitRated:
		return true
	}
	return false
}

// Channel is how a dossier came in. The kiosk counts as the counter unless the
// pack says otherwise.
type Channel string

// The channels.
const (
	ChannelKiosk Channel = "kiosk" // the resident alone
	ChannelDesk  Channel = "desk"  // typed by staff
	ChannelFile  Channel = "file"  // a prepared folder of the back-log
)

// ComponentState is what became of one required paper (thành phần hồ sơ).
type ComponentState string

// The component states.
const (
	Provided       ComponentState = "provided"
	ReplacedByData ComponentState = "replaced_by_data"
	ToBeLookedUp   ComponentState = "to_be_looked_up" // allowed without a line; a task once there is one
	NotApplicable  ComponentState = "not_applicable"
	Missing        ComponentState = "missing"
)

// Valid says whether s is one of the five states.
func (s ComponentState) Valid() bool {
	switch s {
	case Provided, ReplacedByData, ToBeLookedUp, NotApplicable, Missing:
		return true
	}
	return false
}

// Blob names one scan of a component or a signature. The same digests stand in the
// header's blob list, which is what the road carries and the receipt covers; only files
// without bytes are not carried.
type Blob struct {
	Name   string           `json:"name,omitempty"` // as the resident or the scanner named it
	SHA256 syncproto.Digest `json:"sha256"`
	Length int64            `json:"length"`         // bytes
	MIME   string           `json:"mime,omitempty"` // "image/jpeg"
}

// emptyFile is the SHA-256 of no bytes (FIPS 180-4).
var emptyFile = syncproto.Digest(sha256.Sum256(nil))

// EmptyBlob names a file without bytes, as a prepared batch may hold one.
func EmptyBlob(name, mime string) Blob { return Blob{Name: name, SHA256: emptyFile, MIME: mime} }

// Empty says that the file has no bytes: it stands in the payload, nothing of it is carried, and
// whoever has the event has it whole.
func (b Blob) Empty() bool { return b.Length == 0 && IsEmpty(b.SHA256) }

// IsEmpty says that a digest is that of no bytes.
func IsEmpty(d syncproto.Digest) bool { return d == emptyFile }

// Component is one paper of the dossier.
type Component struct {
	ID        string         `json:"id"` // of the pack
	State     ComponentState `json:"state"`
	Name      string         `json:"name,omitempty"` // only where the pack has none (other papers)
	Ref       string         `json:"ref,omitempty"`  // of the record that replaces it
	Originals int            `json:"originals,omitempty"`
	Copies    int            `json:"copies,omitempty"`
	Blobs     []Blob         `json:"blobs,omitempty"`
}

// Person is the applicant, the submitter or the helper. Every field is what was
// claimed; Evidence says how far it was compared.
type Person struct {
	CitizenID string `json:"citizen_id,omitempty"` // 12 digits, or 9 of the old card
	FullName  string `json:"full_name,omitempty"`
	BirthDate string `json:"birth_date,omitempty"` // "2006-01-02", or what is known: "2006", "2006-01"
	Sex       string `json:"sex,omitempty"`
	Phone     string `json:"phone,omitempty"`
	Address   string `json:"address,omitempty"`
	Relation  string `json:"relation,omitempty"` // of a submitter or helper to the applicant
	Evidence  string `json:"evidence,omitempty"` // typed | qr | compared | chip
}

// Signature is the applicant's signature as a component: drawn or a thumb print
// (a blob), or on paper (no blob, the paper stays in the office).
type Signature struct {
	Kind string `json:"kind"` // drawn | thumb | paper
	Blob *Blob  `json:"blob,omitempty"`
}

// Consent is the explicit consent to the processing of personal data, with the
// version of the text that was shown (law 91/2025/QH15).
type Consent struct {
	Version string `json:"version"`
	At      int64  `json:"at"` // unix ms
}

// Verdict is one coded problem an automatic judgement found and the resident left
// to an officer. Codes belong to the form room; the text is not stored.
type Verdict struct {
	Code      string `json:"code"`
	Where     string `json:"where,omitempty"` // answers | applicant | papers | signature
	Field     string `json:"field,omitempty"`
	Component string `json:"component,omitempty"`
}

// Source names the prepared file a dossier was filed from.
type Source struct {
	Reference string           `json:"reference"`
	SHA256    syncproto.Digest `json:"sha256"` // of dossier.json
}

// SubmittedPayload is the payload of "submitted".
type SubmittedPayload struct {
	Procedure   string   `json:"procedure"`
	Pack        string   `json:"pack"`
	Case        string   `json:"case,omitempty"`
	Slip        Slip     `json:"slip"`
	Channel     Channel  `json:"channel"`
	Route       string   `json:"route,omitempty"`
	Handover    Handover `json:"handover"`
	SubmittedAt int64    `json:"submitted_at,omitempty"` // a claim, unix ms; sets no due date
	Applicant   Person   `json:"applicant"`
	Submitter   *Person  `json:"submitter,omitempty"`
	Helper      *Person  `json:"helper,omitempty"`
	// HelperConsent is the helper's own, to being named; Consent is never his.
	HelperConsent *Consent        `json:"helper_consent,omitempty"`
	Answers       json.RawMessage `json:"answers"` // an object, the form room's business
	// Evidence says of single answers how far they were compared, where that is more
	// than "typed": field → qr | compared | chip.
	Evidence   map[string]string `json:"evidence,omitempty"`
	Components []Component       `json:"components"`
	Signature  *Signature        `json:"signature,omitempty"`
	Consent    *Consent          `json:"consent,omitempty"`
	Verdict    []Verdict         `json:"verdict,omitempty"`
	Source     *Source           `json:"source,omitempty"`
	Note       string            `json:"note,omitempty"`
	Language   string            `json:"language,omitempty"` // vi | en | km …
	Code6      string            `json:"code6,omitempty"`    // only when there is neither citizen id nor phone
}

// SupplementProvidedPayload answers supplement_requested N.
type SupplementProvidedPayload struct {
	N          int         `json:"n"`
	Components []Component `json:"components"`
	Signature  *Signature  `json:"signature,omitempty"`
	Note       string      `json:"note,omitempty"`
}

// WithdrawalRequestedPayload is the resident's wish to withdraw.
type WithdrawalRequestedPayload struct {
	Reason string `json:"reason,omitempty"`
}

// CorrectionProposedPayload proposes other answers; the officer compares.
type CorrectionProposedPayload struct {
	Fields map[string]json.RawMessage `json:"fields"`
	Reason string                     `json:"reason,omitempty"`
}

// NotePayload is a remark between offices; residents never see it.
type NotePayload struct {
	Text string `json:"text"`
}

// RatedPayload is a resident's rating (đánh giá) of the handling, or of a visit. N counts from
// 1; a rating that was changed before it left is the next one and names the one it replaces.
type RatedPayload struct {
	Score    int               `json:"score"` // feedback.Lowest … feedback.Highest
	Reasons  []string          `json:"reasons,omitempty"`
	N        int               `json:"n"`
	Replaces syncproto.EventID `json:"replaces,omitzero"`
}

// AnsweredPayload is the office's answer to a petition or a call-back request, in its own words.
type AnsweredPayload struct {
	Text   string `json:"text"`
	Office string `json:"office,omitempty"`
}

// CalledPayload notes one call to whoever asked to be called back. Text is what was said on the
// phone, for the resident to read again at the machine; empty where nothing was noted.
type CalledPayload struct {
	Outcome string `json:"outcome"` // feedback.Reached | feedback.NotReached
	Text    string `json:"text,omitempty"`
	Office  string `json:"office,omitempty"`
}

// TakenInPayload names the office and the officer who took the dossier in
// (cán bộ đã tiếp nhận). Due is computed once and never silently again.
type TakenInPayload struct {
	Office       string `json:"office"`
	Officer      string `json:"officer,omitempty"`
	Due          int64  `json:"due,omitempty"`      // unix ms
	Calendar     string `json:"calendar,omitempty"` // version of the calendar Due was computed with
	OfficialCode string `json:"official_code,omitempty"`
	// Of schema 2: what the due date rests on and what was compared with its original.
	Period         *calendar.Period `json:"period,omitempty"`
	Reasons        []DueReason      `json:"reasons,omitempty"`
	ClockConfirmed bool             `json:"clock_confirmed,omitempty"` // the officer vouched for a clock in doubt
	Compared       []Compared       `json:"compared,omitempty"`
}

// SupplementReason is one paper asked for, coded (PaperReasons).
type SupplementReason struct {
	Component string `json:"component,omitempty"`
	Code      string `json:"code"`
	Text      string `json:"text,omitempty"`
}

// SupplementRequestedPayload asks for everything at once (Mẫu 02). N counts from 1.
type SupplementRequestedPayload struct {
	N        int                `json:"n"`
	Reasons  []SupplementReason `json:"reasons"`
	Text     string             `json:"text,omitempty"`
	Office   string             `json:"office,omitempty"`
	Deadline int64              `json:"deadline,omitempty"` // unix ms
	// Of schema 2. Remaining is the office time left when the clock stopped, in ms and by Calendar
	// (negative: already late); nil while there is no due date.
	Remaining *int64 `json:"remaining,omitempty"`
	Calendar  string `json:"calendar,omitempty"`
	Stage     string `json:"stage,omitempty"` // intake | processing
	Basis     string `json:"basis,omitempty"` // the legal ground, as the office words it
	Approver  string `json:"approver,omitempty"`
}

// AnswerPayload is the payload of "accepted" and "declined": the holder's answer to
// one request.
type AnswerPayload struct {
	Event  syncproto.EventID `json:"event"`
	Reason string            `json:"reason,omitempty"` // too_late …; required when declined
	Office string            `json:"office,omitempty"`
	// ReceivedAt is when the province's server had the request (unix ms): the clock
	// resumes from it when the resident's own time cannot be trusted.
	ReceivedAt int64 `json:"received_at,omitempty"`
	// Of schema 2: the due date after an accepted supplement, by the office time that remained.
	Due      int64       `json:"due,omitempty"` // unix ms
	Calendar string      `json:"calendar,omitempty"`
	Reasons  []DueReason `json:"reasons,omitempty"`
}

// ProcessingPayload says which office works on it.
type ProcessingPayload struct {
	Office string `json:"office"`
}

// FeeRequestedPayload asks for a payment. Amount is in đồng.
type FeeRequestedPayload struct {
	Amount int64  `json:"amount"`
	Text   string `json:"text,omitempty"`
	Office string `json:"office,omitempty"`
}

// Outcomes of a decision.
const (
	Granted         = "granted"
	OutcomeRefused  = "refused"
	ReasonTooLate   = "too_late"
	ReasonNotHolder = "not_holder"
)

// DecidedPayload is the decision.
type DecidedPayload struct {
	Outcome  string `json:"outcome"` // granted | refused
	Reason   string `json:"reason,omitempty"`
	Document string `json:"document,omitempty"` // number of the document
	Office   string `json:"office,omitempty"`
}

// ReasonPayload is the payload of "refused", "stopped" and "withdrawn".
type ReasonPayload struct {
	Reason string `json:"reason,omitempty"`
	Office string `json:"office,omitempty"`
	// Of schema 2.
	Second   string `json:"second,omitempty"`   // actor id of the second person, where the office asks for one
	Guidance string `json:"guidance,omitempty"` // what the resident can do now
}

// ResultReadyPayload says where and from when the result can be fetched.
type ResultReadyPayload struct {
	Where string `json:"where"`
	When  int64  `json:"when,omitempty"`  // unix ms
	Blobs []Blob `json:"blobs,omitempty"` // of schema 2: the document, scanned
}

// HandedOverPayload moves custody; final at its commit. With To the holder itself it goes from one
// desk of the office to another and custody stays.
type HandedOverPayload struct {
	To Holder `json:"to"`
	// Of schema 2.
	Desk  string `json:"desk,omitempty"`  // of the office that has it now
	Taker string `json:"taker,omitempty"` // actor id of whoever signed for it
	Note  string `json:"note,omitempty"`
}

// ReturnedPayload closes the dossier: the result is in the resident's hands.
type ReturnedPayload struct {
	To     string `json:"to,omitempty"`
	Office string `json:"office,omitempty"`
	// Of schema 2.
	How       string    `json:"how,omitempty"`      // in_person | delegate | postal; empty: in person
	Delegate  *Person   `json:"delegate,omitempty"` // with How delegate
	Signature *HandSign `json:"signature,omitempty"`
}

// OfficialCodePayload is the official dossier code (mã hồ sơ).
type OfficialCodePayload struct {
	Code string `json:"code"`
}

// ExternalRef is the number of the dossier in the system that really processes it.
type ExternalRef struct {
	System string `json:"system"`
	Ref    string `json:"ref"`
}

// ApologyPayload is the apology and the new date (Mẫu 04).
type ApologyPayload struct {
	OriginalDue int64  `json:"original_due,omitempty"`
	NewDue      int64  `json:"new_due"`
	Reason      string `json:"reason"`
	Office      string `json:"office,omitempty"`
}

// CustodyAssignedPayload gives a dead machine's dossier to another holder.
type CustodyAssignedPayload struct {
	To     Holder `json:"to"`
	Reason string `json:"reason,omitempty"`
}
