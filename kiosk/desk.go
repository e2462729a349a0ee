package kiosk

import (
	"context"
	"image"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/langpack"
	"bendo/internal/ledger"
	"bendo/internal/slipcheck"
	"bendo/internal/staff"
	"bendo/kiosk/voice"
	"bendo/syncproto"
)

// Drafts is where unfinished dossiers are kept; every call is on disk when it returns.
type Drafts interface {
	CreateDraft(ctx context.Context, d ledger.NewDraft) (ledger.Draft, error)
	Draft(ctx context.Context, id ledger.DraftID) (ledger.Draft, error)
	SaveField(ctx context.Context, id ledger.DraftID, field string, a ledger.Answer) error
	DeleteField(ctx context.Context, id ledger.DraftID, field string) error
	SaveApplicant(ctx context.Context, id ledger.DraftID, p *dossier.Person) error
	SaveSubmitter(ctx context.Context, id ledger.DraftID, p *dossier.Person) error
	SaveHelper(ctx context.Context, id ledger.DraftID, p *dossier.Person, consent *dossier.Consent) error
	SaveComponent(ctx context.Context, id ledger.DraftID, c dossier.Component) error
	AttachScan(ctx context.Context, id ledger.DraftID, s ledger.NewScan, r io.Reader) (ledger.Scan, error)
	ReplaceScan(ctx context.Context, id ledger.DraftID, s ledger.NewScan, r io.Reader) (ledger.Scan, error)
	AcceptScan(ctx context.Context, id ledger.DraftID, sha syncproto.Digest) error
	DetachScan(ctx context.Context, id ledger.DraftID, sha syncproto.Digest) error
	ReadScan(ctx context.Context, id ledger.DraftID, sha syncproto.Digest) (io.ReadCloser, ledger.Scan, error)
	SaveSignature(ctx context.Context, id ledger.DraftID, kind, mime string, r io.Reader) error
	FindDraft(ctx context.Context, slip dossier.Slip) (ledger.DraftInfo, error)
	ResumeDraft(ctx context.Context, slip dossier.Slip, second string) (ledger.Draft, error)
	SayNoSecret(ctx context.Context, id ledger.DraftID) error
	EraseDraft(ctx context.Context, id ledger.DraftID) error
	EndVisit(ctx context.Context, visit string) error
	StartSupplement(ctx context.Context, slip dossier.Slip, second string, d ledger.NewDraft) (ledger.Draft, error)
}

// Tray is where the scanner's papers wait to be assigned.
type Tray interface {
	Tray(ctx context.Context) ([]ledger.TrayItem, error)
	ReadTray(ctx context.Context, id string) (io.ReadCloser, ledger.TrayItem, error)
	RemoveTray(ctx context.Context, id string) error
}

// Room says how many bytes the disk still takes.
type Room interface{ Room() (int64, error) }

// Filings is where dossiers are filed and found. Submit and File have returned only when event,
// projection and outbox are on disk; both may be repeated and give the first slip again.
type Filings interface {
	Submit(ctx context.Context, id ledger.DraftID, f ledger.Filing) (ledger.Filed, error)
	File(ctx context.Context, f ledger.FileRequest) (ledger.Filed, error)
	Get(ctx context.Context, id syncproto.DossierID) (ledger.Found, error)
	Find(ctx context.Context, slip dossier.Slip) (ledger.Found, error)
	Filing(ctx context.Context, id syncproto.DossierID) (*dossier.SubmittedPayload, error)
	Track(ctx context.Context, slip dossier.Slip, second string) (ledger.Found, error)
}

// Road is what the desk may know of the road and do about it.
type Road interface {
	Outbox(ctx context.Context, q ledger.OutboxQuery) ([]ledger.OutboxRow, error)
	Totals(ctx context.Context) (ledger.OutboxTotals, error)
	AgentStatus(ctx context.Context) (ledger.AgentStatus, error)
	DataVersion(ctx context.Context) (int64, error)
	RingBell(ctx context.Context) error
}

// Book is the office's book as the desk uses it.
type Book interface {
	Identity(ctx context.Context) (ledger.Identity, error)
	Drafts
	Tray
	Filings
	Ratings
	Road
	Room
	Prints
}

// Clock is the office's trusted clock with its quality.
type Clock interface {
	Now() (time.Time, clock.Quality)
}

// Office is the book in use and what the slips of it are signed with.
type Office struct {
	Book     Book
	Practice bool                                              // a practice book: watermark, never sent
	Sign     func(dossier.SlipQR) (token string, err error)    // nil: slips carry no code
	Own      slipcheck.Machine                                 // this machine's own key, to verify what it signed; the zero value: none
	Fleet    func(ctx context.Context) (slipcheck.List, error) // the province's signed list of keys; nil: none
	Queue    Queue                                             // nil: no queue numbers
	Counter  http.Handler                                      // the staff's side, /api/counter/ (package counter); nil: there is none
	Staff    Staff                                             // who may make the desk's own staff calls; nil: any browser of the office
	TakesIn  func(ctx context.Context) bool                    // somebody of the office takes dossiers in here; nil: nobody, they go to the province as they are filed
}

// Desk is the handler's state. All exported fields are set before Handler is called
// and not changed after.
type Desk struct {
	Packs       *catalog.Shelf
	Calendar    *calendar.Calendar
	Clock       Clock                                                                       // nil: the machine's wall clock
	Pages       fs.FS                                                                       // the built screens
	Print       func(ctx context.Context, title string, pdf []byte) (job string, err error) // nil: no printer
	Printing    Printing                                                                    // rolls, and what became of a paper
	ReadCodes   func(ctx context.Context, picture *image.Gray) ([]string, error)            // nil: the camera reads no codes
	EncodeNote  func(ctx context.Context, pcm []byte) (ogg []byte, err error)               // nil: no spoken notes
	HandScanner bool                                                                        // a serial scanner is set up; what it reads comes by Scanned
	PublicURL   string                                                                      // the address slips point to, "https://…"; the province sets it
	Version     string
	Languages   []langpack.Loaded // beside Vietnamese and English
	Voice       *voice.Voice      // nil: the desk is silent
	Idle        time.Duration     // until an idle screen warns
	// NamelessPetitions takes petitions of people who give no name. Whether the law of the province
	// wants that is its own to settle: no text was at hand, so the default is no.
	NamelessPetitions bool
	Hotline           Hotline // the number the tile "Gọi 1022" shows, and when to call back
	// OffersPractice says that visits may practise beside the office's own work (see Beside).
	OffersPractice bool
	Log            *slog.Logger

	beside    bool // another desk's trial
	office    atomic.Pointer[Office]
	heartbeat atomic.Int64 // unix ms of the page's last sign of life; 0 never
	visits    visits
	guesses   guesses
	opinions  opinions
	callers   callers
	scans     scans
	hearing   *scans        // another desk's, of a trial; nil: its own
	numbers   pace          // of queue numbers
	bodies    chan struct{} // attachments in memory
	decoding  chan struct{} // a picture being made small
	asking    sync.Mutex    // held while the print system is asked about numbers
	asked     int           // guarded by asking; which of them come next
}

// now is the office's time: what a paper says, what a rule is judged by. Waiting and limits of a
// visit are counted on the machine's monotonic clock instead, which nobody can set.
func (d *Desk) now() (time.Time, clock.Quality) {
	if d.Clock == nil {
		return time.Now(), clock.Unsure
	}
	return d.Clock.Now()
}

func (d *Desk) today() time.Time {
	t, _ := d.now()
	return t
}

// Use puts an office's book in use; it may be called again when a machine that practised is
// enrolled. Visits under way keep what they saved in the book they began with.
func (d *Desk) Use(o Office) { d.office.Store(&o) }

func (d *Desk) book() Book { return d.office.Load().Book }

// identity is the office's; a machine that practises has none and says so on every paper.
func (d *Desk) identity(ctx context.Context) (ledger.Identity, error) {
	id, err := d.book().Identity(ctx)
	if err == nil && id.OfficeName == "" {
		id.OfficeName = "Máy tập thử, chưa đăng ký với tỉnh"
		if d.beside {
			id.OfficeName = "Máy tập thử"
		}
	}
	return id, err
}

// HeartbeatAge says how long ago the page last said that it lives; negative before the first time.
func (d *Desk) HeartbeatAge() time.Duration {
	at := d.heartbeat.Load()
	if at == 0 {
		return -1
	}
	return time.Since(time.UnixMilli(at))
}

// Handler serves the screens and their calls. Who may call is decided before it (package door).
func (d *Desk) Handler() http.Handler {
	d.bodies, d.decoding = make(chan struct{}, maxBodies), make(chan struct{}, 1)
	if d.Voice == nil {
		d.Voice = &voice.Voice{}
	}
	m := http.NewServeMux()
	route := func(pattern string, h handler) { m.HandleFunc(pattern, d.serve(h)) }
	visit := func(pattern string, h handler) { m.HandleFunc(pattern, d.serve(d.visiting(h))) }

	route("GET /api/status", d.status)
	route("POST /api/heartbeat", d.beat)
	m.HandleFunc("GET /api/events", d.events)
	route("GET /api/languages", d.languageList)
	route("GET /api/languages/{code}", d.language)
	route("POST /api/voice", d.speak)
	route("GET /api/catalog/life-events", d.lifeEvents)
	route("GET /api/catalog/fields", d.fields)
	route("GET /api/catalog/procedures", d.procedures)
	route("GET /api/catalog/procedures/{code}", d.procedure)
	route("GET /api/forms/{code}", d.form)
	route("POST /api/visits", d.beginVisit)
	route("DELETE /api/visits/current", d.endVisit)
	route("GET /api/outbox", d.outbox)
	route("POST /api/outbox/ring", d.ring)
	route("GET /api/prints", d.staff(staff.Keep, d.printJournal))
	route("POST /api/slips/verify", d.verifySlip)
	route("PUT /api/slips/verify/picture", d.uploading(d.verifyPicture))

	visit("GET /api/catalog/procedures/{code}/sheet.pdf", d.sheet)
	visit("POST /api/catalog/procedures/{code}/sheet/print", d.printSheet)
	visit("POST /api/card", d.card)
	visit("PUT /api/card/picture", d.uploading(d.cardPicture))
	visit("POST /api/scanner/next", d.nextScan)
	visit("POST /api/drafts", d.createDraft)
	visit("POST /api/drafts/resume", d.resumeDraft)
	visit("GET /api/drafts/{id}", d.draft)
	visit("GET /api/drafts/{id}/slip.pdf", d.draftSlip)
	visit("PUT /api/drafts/{id}/fields/{field}", d.saveField)
	visit("PUT /api/drafts/{id}/secrecy", d.saySecrecy)
	visit("PUT /api/drafts/{id}/applicant", d.saveApplicant)
	visit("PUT /api/drafts/{id}/submitter", d.saveSubmitter)
	visit("PUT /api/drafts/{id}/helper", d.saveHelper)
	visit("PUT /api/drafts/{id}/components/{component}", d.saveComponent)
	visit("PUT /api/drafts/{id}/scans", d.uploading(d.addScan))
	visit("PUT /api/drafts/{id}/voice", d.uploading(d.addNote))
	visit("GET /api/drafts/{id}/scans/{sha256}", d.readScan)
	visit("DELETE /api/drafts/{id}/scans/{sha256}", d.removeScan)
	visit("GET /api/drafts/{id}/scans/{sha256}/look", d.uploading(d.lookAtScan))
	visit("POST /api/drafts/{id}/scans/{sha256}/mend", d.uploading(d.mendScan))
	visit("POST /api/drafts/{id}/scans/{sha256}/accept", d.acceptScan)
	visit("PUT /api/drafts/{id}/signature", d.uploading(d.saveSignature))
	visit("POST /api/drafts/{id}/judge", d.judgeDraft)
	visit("POST /api/drafts/{id}/submit", d.submit)
	visit("GET /api/tray", d.tray)
	visit("GET /api/tray/{tray}", d.uploading(d.readTray))
	visit("POST /api/drafts/{id}/tray/{tray}", d.uploading(d.assignTray))
	visit("GET /api/slips/{slip}", d.slip)
	visit("POST /api/slips/{slip}/print", d.printSlip)
	visit("POST /api/drafts/{id}/slip/print", d.printDraftSlip)
	visit("GET /api/drafts/{id}/declaration.pdf", d.declaration)
	visit("POST /api/drafts/{id}/declaration/print", d.printDeclaration)
	visit("GET /api/slips/{slip}/qr.svg", d.slipQR)
	visit("GET /api/prints/{print}", d.printNow)
	visit("POST /api/prints/{print}/seen", d.printSeen)
	visit("GET /api/slips/{slip}/now", d.slipNow)
	visit("GET /api/slips/{slip}/pay", d.pay)
	visit("GET /api/slips/{slip}/pay/qr.svg", d.payQR)
	visit("GET /api/slips/{slip}/pay/slip.pdf", d.feeSlip)
	visit("POST /api/slips/{slip}/pay/print", d.printFeeSlip)
	d.queueRoutes(route, visit)
	visit("GET /api/ratings/choices", d.ratingChoices)
	visit("GET /api/ratings/visit", d.visitRating)
	visit("PUT /api/ratings/visit", d.rateVisit)
	visit("GET /api/slips/{slip}/rating", d.slipRating)
	visit("PUT /api/slips/{slip}/rating", d.rateSlip)
	visit("GET /api/petitions/choices", d.petitionChoices)
	route("GET /api/calls", d.callChoices)
	visit("POST /api/track", d.track)
	visit("POST /api/track/supplement", d.startSupplement)
	for _, method := range []string{"GET", "POST", "PUT", "DELETE"} {
		m.HandleFunc(method+" /api/counter/", d.counter)
	}
	m.Handle("GET /", http.HandlerFunc(d.page))
	return m
}
