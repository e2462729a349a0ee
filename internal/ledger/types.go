package ledger

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"time"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// Errors a caller tells apart with errors.Is.
var (
	ErrNotEnrolled      = errors.New("the machine is not enrolled; run agent enrol first")
	ErrOtherIdentity    = errors.New("the book already belongs to another device or book")
	ErrNotFound         = errors.New("not in the book")
	ErrExpired          = errors.New("the draft has expired; its key is gone")
	ErrFiled            = errors.New("the draft has been filed; it can no longer be changed")
	ErrReferenceChanged = errors.New("the same reference was filed before with other content")
	ErrTooMany          = errors.New("too many wrong tries; wait before the next one")
	ErrDamaged          = errors.New("a stored row does not fit its digest; it was put aside and is not sent")
	ErrFork             = errors.New("the portal's log and ours differ (fork); sending stops, filing goes on")
	ErrCursor           = errors.New("the feed page does not continue this book's cursor")
	ErrLimit            = errors.New("more than the book takes at once")
	ErrLost             = errors.New("the bytes of a paper are no longer in the vault; attach it again")
	ErrUnfit            = errors.New("the dossier cannot be filed in this shape")
)

// Options of Open. The zero value is right for a program.
type Options struct {
	Now    func() time.Time // nil: time.Now
	Random io.Reader        // nil: crypto/rand
	Log    *slog.Logger     // nil: nothing is logged
	// Clock says how far Now can be trusted; nil: the machine's wall clock, not contradicted.
	Clock func() syncproto.ClockQuality
	// Practice makes a book whose filings never leave: no enrolment is asked for and
	// nothing is pending.
	Practice bool
	// DraftLife is how long a draft nobody touches keeps its key; 0: 14 days.
	DraftLife time.Duration
}

// Identity is what enrolment gave the machine. Nothing in it is personal.
type Identity struct {
	Device       syncproto.DeviceID
	Book         syncproto.BookID
	Epoch        uint32
	Prefix       string // of slip numbers in this epoch, 5 digits
	CommuneCode  string
	OfficeName   string // "UBND xã Giao Long"
	CommuneName  string
	ProvinceName string
	Portal       string // https://host:port
	CA           []byte // PEM of the province's CA
	PortalKey    ed25519.PublicKey
	Generation   uint64 // the portal's, rises only
	FeedEpoch    uint64 // at enrolment
	Carry        []string
	Recovery     []string
	Pack         string
	Grant        []byte             // JSON of the epoch's syncproto.EpochGrant, shown again to a portal that forgot it
	EnrolledAt   int64              // unix ms
	Replaces     syncproto.DeviceID // the machine whose book this one goes on with; zero: none
	Enrolled     []byte             // the enrolment answer as the portal signed it, shown to a portal that forgot us
}

// DraftID names a draft. A first filing keeps it as its DossierID.
type DraftID = syncproto.DossierID

// DraftKind says what a draft becomes.
type DraftKind string

// The kinds.
const (
	DraftFiling     DraftKind = "filing"
	DraftSupplement DraftKind = "supplement"
)

// NewDraft describes a draft to be made.
type NewDraft struct {
	Kind      DraftKind           // "" is DraftFiling
	Dossier   syncproto.DossierID // of a supplement
	Procedure string
	Case      string
	Pack      string
	Language  string
	Channel   dossier.Channel
	Visit     string // opaque token of the visit; stored as a keyed digest
	NotSecret bool   // the resident said that nothing of it is a state secret
}

// Draft is everything typed and scanned so far.
type Draft struct {
	ID        DraftID
	Kind      DraftKind
	Dossier   syncproto.DossierID // equals ID for a filing
	N         int                 // of a supplement
	Slip      dossier.Slip        // of the draft slip: a number to resume with
	Procedure string
	Case      string
	Pack      string
	Language  string
	Channel   dossier.Channel
	Code6     string // printed on the draft slip; the second fact when nothing else is known
	CreatedAt int64
	TouchedAt int64
	NotSecret bool // as said; see SayNoSecret
	Answers   map[string]Answer
	Applicant *dossier.Person
	Submitter *dossier.Person
	Helper    *dossier.Person
	// HelperConsent is the helper's own, to being named; nil as long as there is no helper.
	HelperConsent *dossier.Consent
	Components    []dossier.Component // states and counts as saved; scans filled in from Scans
	Scans         []Scan
	Signature     *dossier.Signature
}

// Answer is one saved field.
type Answer struct {
	Value    json.RawMessage `json:"value"`
	Evidence string          `json:"evidence,omitempty"` // typed | qr | compared | chip
}

// Scan is one paper in the vault.
type Scan struct {
	SHA256    syncproto.Digest
	Component string // of the pack; "" while unassigned
	Name      string
	MIME      string
	Length    int64 // bytes as stored
	WasLength int64 // bytes before it was made small; equals Length when it was not
	AddedAt   int64
	Warnings  []string         // codes of what an officer may not be able to read
	Accepted  bool             // the resident wants it as it is
	Print     []byte           // tells alike pages apart from others
	Like      syncproto.Digest // the page of the draft it repeats; zero: none
}

// NewScan describes bytes to attach.
type NewScan struct {
	Component string
	Name      string
	MIME      string
	WasLength int64
	Warnings  []string
	Print     []byte
	Like      syncproto.Digest
	Replaces  syncproto.Digest // the page whose place it takes (ReplaceScan); zero: none
}

// DraftInfo is a line of the list of drafts that can be resumed.
type DraftInfo struct {
	ID        DraftID
	Slip      dossier.Slip
	Kind      DraftKind
	Procedure string
	TouchedAt int64
	ExpiresAt int64
}

// TrayItem is a paper the scanner left, not yet part of any draft.
type TrayItem struct {
	ID     string
	Name   string
	MIME   string
	SHA256 syncproto.Digest
	Length int64
	At     int64
}

// Filing is what the desk adds to a draft when it is submitted.
type Filing struct {
	Route       string
	Handover    dossier.Handover
	Consent     *dossier.Consent
	Verdict     []dossier.Verdict
	Note        string
	SubmittedAt int64  // a claim, unix ms; 0 none
	Actor       string // opaque id, never a name
}

// FileRequest is one prepared dossier of a folder (kiosk file).
type FileRequest struct {
	Reference    string
	SourceSHA256 syncproto.Digest         // of dossier.json
	Payload      dossier.SubmittedPayload // slip, code and blobs are filled in by the book
	Attachments  []Attachment
	Actor        string
}

// Attachment is one file of a prepared dossier. Open is called once, perhaps again
// when the filing is repeated.
type Attachment struct {
	Component string // "" is "other"
	Name      string
	MIME      string
	Originals int
	Copies    int
	Open      func() (io.ReadCloser, error)
}

// Filed is the answer to a filing: what is printed on the slip.
type Filed struct {
	Dossier  syncproto.DossierID
	Event    syncproto.EventID
	Slip     dossier.Slip
	Code6    string // only when there is no other second fact
	At       int64  // unix ms, printed on the slip
	Manifest syncproto.Digest
	N        int  // 0 for a filing, else of the supplement
	Again    bool // it had been filed before; this is the first slip again
}

// Found is one dossier of the book.
type Found struct {
	State dossier.State
	Acks  [4]dossier.Ack // of the filing
	// SupplementAcks has the four acknowledgements of each supplement by its N.
	SupplementAcks map[int][4]dossier.Ack
	// Copies says by N (0 the filing) where what is not complete at the province lies besides.
	Copies   map[int]Copies
	Outcomes []Outcome
	Practice bool
}

// Outcome is the portal's judgement of one of our events.
type Outcome struct {
	Event  syncproto.EventID
	Code   string
	Detail string
	At     int64
}

// OutboxRow is one submission and how far it got. No names.
type OutboxRow struct {
	Dossier    syncproto.DossierID
	Event      syncproto.EventID
	Slip       dossier.Slip
	Reference  string // of a prepared file
	Procedure  string
	N          int
	SavedAt    int64
	Acks       [4]dossier.Ack
	BytesTotal int64
	BytesWas   int64 // of the scans before they were made small; 0 not known
	BytesLeft  int64
	BlobsLeft  int
	Reason     dossier.Reason // of the first acknowledgement that is missing
	NextTry    int64          // unix ms, 0 unknown
	Copies     Copies         // zero once it is complete at the province
}

// OutboxTotals are the sums over everything not yet complete at the province.
type OutboxTotals struct {
	Dossiers int
	Events   int
	Blobs    int
	Bytes    int64 // of scans and events not yet acknowledged
	Oldest   int64 // unix ms of the oldest one, 0 none
}

// LogState is where this book's log stands.
type LogState struct {
	Log        syncproto.LogID
	Next       uint64           // the seq the next event gets
	Head       syncproto.Digest // chain head after Next-1
	Acked      uint64           // highest seq the portal's ack covers, in Generation
	Generation uint64
	Frozen     bool // fork: sending stops until IT grants a new epoch
	// Held is the newest ack the portal signed for this log, nil before the first: shown to a
	// portal that has less, it proves that the portal was restored.
	Held *syncproto.Ack
}

// BlobState is one scan on its way.
type BlobState struct {
	Key      syncproto.BlobKey
	Length   int64
	Offset   int64 // acknowledged by the portal
	Complete bool  // under the current generation
	Role     string
	MIME     string
	Event    syncproto.EventID // the submission that names it
	Seq      uint64
	Epoch    uint32
	SavedAt  int64
	Deadline int64 // unix ms, 0 none
	Remain   int64 // bytes left of the whole submission
}

// AgentStatus is written by the agent and read by the desk. Nothing in it is personal.
type AgentStatus struct {
	At       int64          `json:"at"`
	Running  bool           `json:"running"`
	Line     string         `json:"line"` // up | down | captive | unknown …
	Since    int64          `json:"since"`
	RateBPS  int64          `json:"rate_bps"`
	RTTMS    int64          `json:"rtt_ms"`
	NextTry  int64          `json:"next_try,omitempty"`
	Problem  string         `json:"problem,omitempty"` // class of problem, stable
	Code     string         `json:"code,omitempty"`
	Detail   string         `json:"detail,omitempty"` // technical, never personal
	Obstacle dossier.Reason `json:"obstacle,omitempty"`
	// Second: everything unreceipted lies in two places. It and SecondPlace come from the note of
	// the second place's keeper; what is stored here is not read.
	Second      bool         `json:"-"`
	SecondPlace SecondStatus `json:"-"`
	Version     string       `json:"version,omitempty"`
}

// Quarantined is a row that was put aside.
type Quarantined struct {
	Table  string
	ID     string
	Reason string
	At     int64
}
