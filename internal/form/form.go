// Package form holds the questions of a procedure (tờ khai = declaration form)
// and the judgement of the answers.
//
// It promises: a form that parses is whole (every list it names exists, every
// condition compiles, nothing refers in a circle), and Judge lists everything
// that is wrong at once, each with a code and a sentence in Vietnamese and
// English that says what to do. The same form, the same answers and the same
// Context give the same Verdict on every machine.
//
// It refuses: unknown keys, duplicate ids, expressions outside its small
// language, forms and answers beyond the limits below. It never changes an
// answer and never decides that a dossier may not be filed: a verdict travels
// with the dossier and an officer reads it.
//
// The package is pure: no files, no clock, no randomness; the day and the
// office arrive in Context. There is nothing here for a power cut to break.
package form

// Limits of a form and of a set of answers. They are far above the largest
// official form known (57 fields of one birth declaration) and keep a hostile
// pack or browser from costing more than milliseconds.
const (
	MaxFormBytes   = 1 << 20 // one form document
	MaxFields      = 400     // fields of one form, rows' fields included
	MaxOptions     = 300     // choices of one list
	MaxExprBytes   = 1000    // source of one expression
	MaxRows        = 50      // rows of a repeat when the form sets no lower limit
	MaxAnswerNodes = 20_000  // values in one set of answers, nested ones included
	MaxAnswerDepth = 6       // answers → repeat → row → address → …
	MaxTextBytes   = 40_000  // any single text answer
)

// Text is a sentence in the languages a pack carries. VI is the text of record.
type Text struct {
	VI string `json:"vi"`
	EN string `json:"en,omitempty"`
}

// Type is the kind of answer a field takes.
type Type string

// The types. Each names the JSON shape of its answer.
const (
	TypeText      Type = "text"         // string
	TypeName      Type = "name"         // string, a person's name as on the card
	TypeDate      Type = "date"         // "2026-11-22"
	TypePartial   Type = "partial_date" // "1958", "1958-03" or "1958-03-12"
	TypeCitizenID Type = "citizen_id"   // 12 digits, older papers where the field's pattern allows
	TypePhone     Type = "phone"        // "0912345678"
	TypeAddress   Type = "address"      // {country, province_code, commune_code, detail, raw_text}
	TypeEnum      Type = "enum"         // option value, or a list of them when Multiple
	TypeBoolean   Type = "boolean"      // true or false
	TypeInteger   Type = "integer"      // whole number
	TypeMoney     Type = "money"        // whole number of đồng
	TypeRepeat    Type = "repeat"       // list of rows, each an object of Items
	TypePaper     Type = "paper_ref"    // {state, paper, note}, or a list of them when Multiple
)

// Option is one choice of a list. Codes are the value's spelling in other
// systems, for the adapters; they are never shown.
type Option struct {
	Value   string            `json:"value"`
	Label   Text              `json:"label"`
	Aliases []string          `json:"aliases,omitempty"`
	Codes   map[string]string `json:"codes,omitempty"`
	Hidden  bool              `json:"hidden,omitempty"` // valid in old records, no longer offered
	Note    string            `json:"note,omitempty"`
}

// Condition says when a field or a section is asked.
type Condition struct {
	Text Text   `json:"text"`
	Expr string `json:"expr"`

	prog *program
}

// Rule is a check of one answer: a Pattern (RE2) over its text or an Expr in
// which `value` is the answer. Message is what the resident reads when it fails.
type Rule struct {
	Pattern string `json:"pattern,omitempty"`
	Expr    string `json:"expr,omitempty"`
	Code    Code   `json:"code,omitempty"`
	Message Text   `json:"message"`

	prog    *program
	pattern matcher
}

// CardSource names the card a field is filled from and which datum of it.
type CardSource struct {
	Person string `json:"person"`
	Field  string `json:"field"` // number name birth_date sex residence issue_date issue_place
}

// Copy fills an empty field with another field's answer, or with a Value of its
// own kind, while When holds.
type Copy struct {
	From  string     `json:"from,omitempty"`
	Value any        `json:"value,omitempty"`
	When  *Condition `json:"when"`
}

// Suggestion is a value the screen offers; IssuedFrom limits it to cards issued
// on that day or later.
type Suggestion struct {
	Text       Text   `json:"text"`
	IssuedFrom string `json:"issued_from,omitempty"`
}

// Field is one question. Presentation hints travel with it so that the same
// JSON serves the judge here and the renderer in the browser.
type Field struct {
	ID          string       `json:"id"`
	Label       Text         `json:"label"`
	Help        Text         `json:"help,omitzero"`
	Type        Type         `json:"type"`
	Required    bool         `json:"required,omitempty"` // required when visible
	Multiple    bool         `json:"multiple,omitempty"`
	List        string       `json:"list,omitempty"` // name of a shared list; Options are then its options
	Options     []Option     `json:"options,omitempty"`
	When        *Condition   `json:"when,omitempty"`
	Validation  []Rule       `json:"validation,omitempty"`
	FromCard    *CardSource  `json:"from_card,omitempty"`
	Sensitive   string       `json:"sensitive,omitempty"` // identity contact health finance …; empty: ordinary
	Privacy     Text         `json:"privacy,omitzero"`
	Prefill     string       `json:"prefill,omitempty"` // see Prefill
	Default     any          `json:"default,omitempty"`
	DefaultFrom string       `json:"default_from,omitempty"` // field whose answer the screen offers first
	Derive      string       `json:"derive,omitempty"`       // expression the machine computes the value by
	Copy        *Copy        `json:"copy,omitempty"`
	ReadOnly    bool         `json:"read_only,omitempty"`
	Audience    string       `json:"audience,omitempty"` // "" everybody, "staff" the desk only
	EditableBy  string       `json:"editable_by,omitempty"`
	Effect      string       `json:"effect,omitempty"` // "refuse": answering yes ends the visit, nothing is stored
	MinItems    int          `json:"min_items,omitempty"`
	MaxItems    int          `json:"max_items,omitempty"`
	Items       []*Field     `json:"items,omitempty"`
	DataOption  Text         `json:"data_option,omitzero"` // what data replaces the paper
	Suggest     []Suggestion `json:"suggest,omitempty"`
	PaperLabel  Text         `json:"paper_label,omitzero"` // label printed on the paper form where it differs
	Multiline   bool         `json:"multiline,omitempty"`
	Voice       bool         `json:"voice_input,omitempty"`
	Unit        string       `json:"unit,omitempty"`
	Lookup      string       `json:"lookup,omitempty"`
	Parts       []Text       `json:"parts,omitempty"` // how the paper form splits the address
	MaxLength   int          `json:"max_length,omitempty"`
	Note        string       `json:"note,omitempty"`
	Version     string       `json:"version,omitempty"` // which issue of the paper form prints it
	Source      []string     `json:"source,omitempty"`
	Confidence  Confidence   `json:"confidence"`
	Origin      string       `json:"origin"` // paper_form electronic_form kiosk

	derive *program
	parent *Field
}

// Confidence says how surely a label or rule is known to match the official one.
type Confidence string

// The confidences. Only Verified was read in a source that reproduces the
// official form; everything else must be checked by the province's legal
// officer before the form is used.
const (
	Verified  Confidence = "verified"
	Secondary Confidence = "secondary"
	KnownHigh Confidence = "knowledge_high"
	KnownMid  Confidence = "knowledge_medium"
	KnownLow  Confidence = "knowledge_low"
	Proposal  Confidence = "proposal"
)

// Section is one heading of the form.
type Section struct {
	ID       string     `json:"id"`
	Title    Text       `json:"title"`
	When     *Condition `json:"when,omitempty"`
	Audience string     `json:"audience,omitempty"`
	Note     string     `json:"note,omitempty"`
	Rules    []Rule     `json:"rules,omitempty"` // checks over several fields of the section
	Fields   []*Field   `json:"fields"`
}

// Case is one of the situations a resident picks before the questions (trường
// hợp): it presets answers, hides or requires fields and changes the papers.
type Case struct {
	ID            string         `json:"id"`
	Name          Text           `json:"name"`
	Choose        Text           `json:"choose"`
	Set           map[string]any `json:"set,omitempty"`
	Hide          []string       `json:"hide,omitempty"` // fields or sections
	Show          []string       `json:"show,omitempty"`
	Require       []string       `json:"require,omitempty"`
	PapersAdd     []CasePaper    `json:"papers_add,omitempty"`
	PapersReplace []PaperSwap    `json:"papers_replace,omitempty"`
	// Procedure is the procedure this case is really filed with; "": the form's own. Whoever chooses
	// such a case is led there.
	Procedure  string     `json:"procedure,omitempty"`
	Note       string     `json:"note,omitempty"`
	Source     []string   `json:"source,omitempty"`
	Confidence Confidence `json:"confidence"`
}

// CasePaper is a paper a case asks for. Component names the procedure's
// component it is, so that nobody is asked twice; empty: one more paper.
type CasePaper struct {
	Text
	Component string `json:"component,omitempty"`
}

// PaperSwap says that in a case one paper stands for another.
type PaperSwap struct {
	Paper     Text   `json:"paper"`
	By        Text   `json:"by"`
	Component string `json:"component,omitempty"`
}

// Declaration is a sentence the applicant signs (lời cam đoan). Plain is the
// same in words for reading aloud; it is never printed on the legal form.
type Declaration struct {
	ID         string     `json:"id"`
	Text       Text       `json:"text"`
	Plain      Text       `json:"plain,omitzero"`
	Source     []string   `json:"source,omitempty"`
	Confidence Confidence `json:"confidence"`
}

// Signature is one place to sign.
type Signature struct {
	Role     string     `json:"role"`
	Label    Text       `json:"label"`
	Required bool       `json:"required,omitempty"`
	When     *Condition `json:"when,omitempty"`
	Note     string     `json:"note,omitempty"`
}

// Form is one version of one procedure's declaration. It is immutable after
// Parse and may be used from many goroutines.
type Form struct {
	Code         string            `json:"code"`
	Version      string            `json:"version"`
	Name         Text              `json:"name"`
	Number       string            `json:"number,omitempty"` // which official template it follows
	LegalBasis   []string          `json:"legal_basis,omitempty"`
	Confidence   map[string]string `json:"confidence,omitempty"`
	Notes        []string          `json:"notes,omitempty"`
	Sections     []*Section        `json:"sections"`
	Cases        []*Case           `json:"cases,omitempty"`
	Elsewheres   []*Elsewhere      `json:"elsewhere,omitempty"`
	Declarations []Declaration     `json:"declarations,omitempty"`
	Signatures   []Signature       `json:"signatures,omitempty"`

	byID   map[string]*Field
	secOf  map[*Field]*Section
	schema *compiledSchema
}

// Field returns the top-level field with the id, or nil.
func (f *Form) Field(id string) *Field { return f.byID[id] }

// Case returns the case with the id, or nil.
func (f *Form) Case(id string) *Case {
	for _, c := range f.Cases {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// Fields calls yield for every top-level field in the order of the form.
func (f *Form) Fields(yield func(*Section, *Field) bool) {
	for _, s := range f.Sections {
		for _, fd := range s.Fields {
			if !yield(s, fd) {
				return
			}
		}
	}
}

// Unverified lists the ids (rows' fields as "repeat.field") whose label or rule
// is not confirmed against an official source; the desk shows them marked.
func (f *Form) Unverified() []string {
	var ids []string
	for _, fd := range f.Fields {
		if fd.Confidence != Verified {
			ids = append(ids, fd.ID)
		}
		for _, it := range fd.Items {
			if it.Confidence != Verified {
				ids = append(ids, fd.ID+"."+it.ID)
			}
		}
	}
	return ids
}
