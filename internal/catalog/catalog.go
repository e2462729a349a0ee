// Package catalog holds the packs in force (gói danh mục = content pack): the
// procedures, their forms, shared lists and the words people search them by.
//
// It promises: a pack that opens is whole: every file has the digest its
// manifest states, every procedure names a form that parses, every life event
// and case names something that exists. A pack from outside opens only with the
// province's signature over its manifest. Several packs stand on one Shelf: new
// dossiers take the one in force, a dossier begun earlier keeps its own, and
// going back is choosing the one before.
//
// It refuses: unsigned packs (the embedded one is trusted because it is compiled
// in), unknown keys, files the manifest does not name, a version that is already
// there with other content. It knows no law of its own: everything is data with
// its confidence, and what is not verified says so.
//
// Nothing here writes: a power cut leaves whatever directory a pack was read
// from as it was.
package catalog

import (
	"crypto/ed25519"
	"embed"
	"io/fs"
	"slices"
	"sync"

	"bendo/internal/form"
	"bendo/internal/queue/plan"
)

// Version names a pack: the date of its content, with a suffix when a day has two.
type Version string

// Manifest lists what a pack consists of. It is what is signed.
type Manifest struct {
	Version   Version    `json:"version"`
	ValidFrom string     `json:"valid_from"` // day from which new dossiers take the pack
	Name      form.Text  `json:"name"`
	Notice    form.Text  `json:"notice"`  // what a reader must know before relying on it
	NameEN    string     `json:"name_en"` // who made the English names
	Files     []FileInfo `json:"files"`
}

// FileInfo is one file of a pack.
type FileInfo struct {
	Path   string `json:"path"`
	SHA256 string `json:"sha256"`
	Length int64  `json:"length"`
}

// Handover says when custody of a dossier moves to the province.
type Handover string

// The handovers, by the system that really processes the procedure.
const (
	HandoverNever    Handover = "never"
	HandoverAtTakeIn Handover = "at_take_in"
	HandoverAtSubmit Handover = "at_submit"
)

// RouteCommune is the route of what the commune processes in its own book.
const RouteCommune = "noi_bo_xa"

// Channels a dossier may come by. The kiosk counts as the counter.
const (
	ChannelCounter = "counter"
	ChannelPostal  = "postal"
	ChannelOnline  = "online"
)

// Why a procedure begins with an officer at the resident's side (cùng cán bộ): what is told there is
// told in private. It is this project's proposal, no rule of law, and the resident may decline.
const (
	AssistedHealth  = "health"
	AssistedDispute = "dispute"
)

// Channel is what the catalogue states for one way of filing. Time is a pointer
// because "not stated" is not zero; so is the fee.
type Channel struct {
	Channel string `json:"channel"`
	Time    *int   `json:"time,omitempty"`
	Unit    string `json:"unit,omitempty"`    // working_days calendar_days hours unstated
	FeeVND  *int64 `json:"fee_vnd,omitempty"` // nil: not stated
}

// FeeFormula is a fee by unit, as the catalogue states it. All amounts in đồng.
type FeeFormula struct {
	Unit      form.Text  `json:"unit"`
	Each      int64      `json:"each,omitempty"`
	FirstTwo  int64      `json:"first_two_pages_each,omitempty"`
	FromThird int64      `json:"from_page_3_each,omitempty"`
	Cap       int64      `json:"cap_per_copy,omitempty"`
	Exempt    *form.Text `json:"exempt,omitempty"`
}

// Component is one paper of a procedure (thành phần hồ sơ). Kind is "nop" (to be
// handed in), "trinh" (to be shown) or "dulieu" (looked up as data). The id is
// stable within a procedure: dossiers refer to it.
type Component struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Name      form.Text `json:"name"`
	Originals int       `json:"originals"`
	Copies    int       `json:"copies"`
	// Written says that the paper is the declaration itself: whoever has answered the form at the kiosk
	// has written it and brings no other.
	Written        bool       `json:"written,omitempty"`
	Condition      *form.Text `json:"condition,omitempty"` // nil: always
	ReplacedByData *form.Text `json:"replaced_by_data,omitempty"`
	// Delegation marks the paper by which somebody else brings the dossier, and says who needs it; nil: it
	// is another paper.
	Delegation *Delegation `json:"delegation,omitempty"`
}

// Delegation says who needs the paper of authorisation (văn bản ủy quyền) of a procedure, by what he is to
// the applicant. It is configuration: where the law was not at hand the answer is DelegationAsked, and a
// person decides. A pack that marks no such paper asks nobody for one beyond what its papers say.
type Delegation struct {
	Authorised DelegationRule `json:"authorised"` // somebody who was authorised, or does not say what he is
	Family     DelegationRule `json:"family"`     // ông, bà, cha, mẹ, con, vợ, chồng, anh, chị, em ruột
	Guardian   DelegationRule `json:"guardian"`   // guardian, representative by law
}

// DelegationRule is what is asked of one such person.
type DelegationRule string

// The rules.
const (
	DelegationNeeded DelegationRule = "needed" // without it the dossier lacks a paper
	DelegationAsked  DelegationRule = "ask"    // the resident says, the officer judges
	DelegationNone   DelegationRule = "none"   // nobody is told to bring it
)

// whole says whether every person has a rule that is known.
func (d Delegation) whole() bool {
	for _, r := range []DelegationRule{d.Authorised, d.Family, d.Guardian} {
		if !slices.Contains([]DelegationRule{DelegationNeeded, DelegationAsked, DelegationNone}, r) {
			return false
		}
	}
	return true
}

// Result is a paper the procedure ends with, by its catalogue code.
type Result struct {
	Code string `json:"code"`
	Name string `json:"name"`
}

// Procedure is one administrative procedure (thủ tục hành chính) of the commune.
type Procedure struct {
	Code         string            `json:"code"`
	Name         form.Text         `json:"name"`
	Short        form.Text         `json:"short"`
	Field        form.Text         `json:"field"` // lĩnh vực
	Decision     string            `json:"decision,omitempty"`
	Level        string            `json:"level"`
	Authority    form.Text         `json:"authority"` // who decides
	Receiver     form.Text         `json:"receiver"`  // where it is filed
	Desk         string            `json:"desk"`      // which desk of the office
	Route        string            `json:"route"`     // the system that really processes it
	Handover     Handover          `json:"handover"`
	FormCode     string            `json:"form"`               // a modelled form's code or "general"
	Assisted     string            `json:"assisted,omitempty"` // health dispute; empty: at the machine
	ValidFrom    string            `json:"valid_from"`
	DeadlineRule string            `json:"deadline_rule"` // same_day_15h same_day_15h_unstated by_unit unstated_unit unknown
	TimeVaries   bool              `json:"time_varies,omitempty"`
	TimeNote     string            `json:"time_note,omitempty"`
	Channels     []Channel         `json:"channels"`
	FeeNote      *form.Text        `json:"fee_note,omitempty"`
	FeeFormula   *FeeFormula       `json:"fee_formula,omitempty"`
	Components   []Component       `json:"components"`
	Results      []Result          `json:"results"`
	Notes        string            `json:"notes,omitempty"`
	Verified     bool              `json:"verified"` // code and name read in the national catalogue
	Confidence   map[string]string `json:"confidence"`
}

// GeneralForm is the code of the form procedures take that have none of their own.
const GeneralForm = "general"

// Modelled reports whether the procedure has a form of its own.
func (p Procedure) Modelled() bool { return p.FormCode != GeneralForm }

// LifeEvent is a tile of the home screen (việc trong đời).
type LifeEvent struct {
	ID           string      `json:"id"`
	Order        int         `json:"order"`
	Name         form.Text   `json:"name"`
	Icon         string      `json:"icon"`
	Say          form.Text   `json:"say"`
	Synonyms     []string    `json:"synonyms"`     // people's words: for search only, never printed
	Misspellings []string    `json:"misspellings"` // as southern speech is typed
	Procedures   []EventItem `json:"procedures"`   // in the order shown
	Also         []string    `json:"also"`         // codes at home elsewhere
	FirstPage    bool        `json:"first_page"`
}

// EventItem is a procedure under its home event.
type EventItem struct {
	Code         string    `json:"code"`
	Plain        form.Text `json:"plain"`
	Synonyms     []string  `json:"synonyms"`
	Misspellings []string  `json:"misspellings"`
}

// EventFilter is a hint shown beside every event, such as "cannot travel".
type EventFilter struct {
	ID    string    `json:"id"`
	Name  form.Text `json:"name"`
	Icon  string    `json:"icon"`
	Say   form.Text `json:"say"`
	Codes []string  `json:"codes"`
}

// List is a shared list of choices with its source.
type List struct {
	Source     []string        `json:"source"`
	Confidence form.Confidence `json:"confidence"`
	Note       string          `json:"note,omitempty"`
	Options    []form.Option   `json:"options"`
}

// Pack is one version of the catalogue, immutable and safe for many goroutines.
// Callers must not change what its slices and maps hold.
type Pack struct {
	Manifest
	Digest     [32]byte // SHA-256 of the manifest: names the pack's content
	Procedures []Procedure
	Events     []LifeEvent
	Filters    []EventFilter
	Lists      map[string]List
	Sources    map[string]string // what the source keys of forms stand for

	byCode map[string]int
	forms  map[string]*form.Form
	payees map[string][]Payee // by commune code; see Payee
	queue  *plan.Plan         // nil: the built-in one
	index  *index
}

// Procedure returns the procedure with the code.
func (p *Pack) Procedure(code string) (Procedure, bool) {
	i, ok := p.byCode[code]
	if !ok {
		return Procedure{}, false
	}
	return p.Procedures[i], true
}

// Form returns the form a procedure is filed with, or the form of that code.
func (p *Pack) Form(code string) (*form.Form, bool) {
	if i, ok := p.byCode[code]; ok {
		code = p.Procedures[i].FormCode
	}
	f, ok := p.forms[code]
	return f, ok
}

// FormCodes lists the codes of the pack's forms, "general" among them.
func (p *Pack) FormCodes() []string { return sortedKeys(p.forms) }

// EventsOf lists the ids of the life events a procedure stands under.
func (p *Pack) EventsOf(code string) []string {
	at, ok := p.byCode[code]
	if !ok {
		return nil
	}
	var ids []string
	for _, e := range p.Events {
		if slices.Contains(p.index.home[e.ID], int32(at)) {
			ids = append(ids, e.ID)
		}
	}
	return ids
}

//go:embed pack
var first embed.FS

var embedded = sync.OnceValues(func() (*Pack, error) {
	dir, err := fs.Sub(first, "pack")
	if err != nil {
		return nil, err
	}
	return open(dir, nil)
})

// Embedded returns the first pack. It needs no signature: it is part of the
// program, and whoever can change it can change the check.
func Embedded() (*Pack, error) { return embedded() }

// OpenSigned reads a pack whose manifest.json is signed in manifest.sig (64
// bytes Ed25519 over the domain line and the manifest) by key.
func OpenSigned(fsys fs.FS, key ed25519.PublicKey) (*Pack, error) { return open(fsys, key) }
