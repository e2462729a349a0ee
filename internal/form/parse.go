package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
)

// matcher is the compiled pattern of a rule (RE2: linear time whatever the pack says).
type matcher = *regexp.Regexp

var (
	idPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)
	// versions are dates or counters chosen by the pack's publisher.
	versionPattern = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]{0,31}$`)
	codePattern    = regexp.MustCompile(`^[0-9a-z][0-9a-z._-]{0,31}$`)
	types          = []Type{TypeText, TypeName, TypeDate, TypePartial, TypeCitizenID, TypePhone, TypeAddress,
		TypeEnum, TypeBoolean, TypeInteger, TypeMoney, TypeRepeat, TypePaper}
	confidences = []Confidence{Verified, Secondary, KnownHigh, KnownMid, KnownLow, Proposal}
	cardFields  = []string{"number", "name", "birth_date", "sex", "residence", "issue_date", "issue_place"}
	origins     = []string{"paper_form", "electronic_form", "kiosk"}
)

// Parse reads a form that names no shared list.
func Parse(data []byte) (*Form, error) { return ParseWith(data, nil) }

// ParseWith reads a form; a field's `list` is looked up in lists. It is strict:
// an unknown key, a second value, a duplicate id, an unknown list, an expression
// that does not compile or refers in a circle is an error naming the field.
func ParseWith(data []byte, lists map[string][]Option) (*Form, error) {
	if len(data) > MaxFormBytes {
		return nil, fmt.Errorf("form: %d bytes, at most %d allowed", len(data), MaxFormBytes)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	f := new(Form)
	if err := dec.Decode(f); err != nil {
		return nil, fmt.Errorf("form: read JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("form: something follows the JSON document")
	}
	p := checker{f: f, lists: lists, progs: map[progKey]*program{}}
	if err := p.form(); err != nil {
		return nil, fmt.Errorf("form %s: %w", f.Code, err)
	}
	return f, nil
}

// checker checks a decoded form and compiles what it carries.
type checker struct {
	f     *Form
	lists map[string][]Option
	count int
	progs map[progKey]*program // the same sentence stands in many fields
}

type progKey struct {
	src, scope string
	mode       mode
}

func (p *checker) form() error {
	f := p.f
	switch {
	case !codePattern.MatchString(f.Code):
		return fmt.Errorf("code %q is not a procedure code", f.Code)
	case !versionPattern.MatchString(f.Version):
		return fmt.Errorf("version %q is not a version", f.Version)
	case f.Name.VI == "":
		return errors.New("the form has no Vietnamese name")
	case len(f.Sections) == 0:
		return errors.New("the form has no section")
	}
	if err := p.index(); err != nil {
		return err
	}
	for _, s := range f.Sections {
		if err := p.section(s); err != nil {
			return fmt.Errorf("section %s: %w", s.ID, err)
		}
	}
	for _, check := range []func() error{p.cases, p.elsewheres, p.closing, p.circles} {
		if err := check(); err != nil {
			return err
		}
	}
	sch, err := compileSchema(f)
	if err != nil {
		return err
	}
	f.schema = sch
	return nil
}

// index collects the ids first, because an expression may name a later field.
func (p *checker) index() error {
	f := p.f
	f.byID, f.secOf = map[string]*Field{}, map[*Field]*Section{}
	sections := map[string]bool{}
	for i, s := range f.Sections {
		if s == nil || !idPattern.MatchString(s.ID) || sections[s.ID] {
			return fmt.Errorf("section %d has no id of its own", i+1)
		}
		sections[s.ID] = true
		for _, fd := range s.Fields {
			if fd == nil {
				return fmt.Errorf("section %s: a field is null", s.ID)
			}
			if err := p.id(fd.ID); err != nil {
				return fmt.Errorf("section %s: %w", s.ID, err)
			}
			if f.byID[fd.ID] != nil {
				return fmt.Errorf("field %s stands twice", fd.ID)
			}
			f.byID[fd.ID], f.secOf[fd] = fd, s
		}
	}
	return nil
}

func (p *checker) id(id string) error {
	if p.count++; p.count > MaxFields {
		return fmt.Errorf("more than %d fields", MaxFields)
	}
	if !idPattern.MatchString(id) || reserved[id] {
		return fmt.Errorf("field id %q is not allowed", id)
	}
	return nil
}

func (p *checker) section(s *Section) error {
	if s.Title.VI == "" {
		return errors.New("no Vietnamese title")
	}
	if err := p.condition(s.When, nil); err != nil {
		return err
	}
	for i := range s.Rules {
		if s.Rules[i].Pattern != "" {
			return errors.New("a section's rule has no single answer to match a pattern with")
		}
		if err := p.rule(&s.Rules[i], nil, false); err != nil {
			return err
		}
	}
	for _, fd := range s.Fields {
		if err := p.field(fd, nil); err != nil {
			return fmt.Errorf("field %s: %w", fd.ID, err)
		}
	}
	return nil
}

func (p *checker) field(fd, parent *Field) error {
	fd.parent = parent
	switch {
	case fd.Label.VI == "":
		return errors.New("no Vietnamese label")
	case !slices.Contains(types, fd.Type):
		return fmt.Errorf("unknown type %q", fd.Type)
	case !slices.Contains(confidences, fd.Confidence):
		return fmt.Errorf("unknown confidence %q", fd.Confidence)
	case !slices.Contains(origins, fd.Origin):
		return fmt.Errorf("unknown origin %q", fd.Origin)
	case fd.Audience != "" && fd.Audience != "staff":
		return fmt.Errorf("unknown audience %q", fd.Audience)
	case fd.Effect != "" && fd.Effect != "refuse":
		return fmt.Errorf("unknown effect %q", fd.Effect)
	case fd.FromCard != nil && (fd.FromCard.Person == "" || !slices.Contains(cardFields, fd.FromCard.Field)):
		return fmt.Errorf("from_card %+v is unknown", *fd.FromCard)
	case fd.MaxLength < 0 || fd.MaxLength > MaxTextBytes/4:
		return fmt.Errorf("max_length %d is out of range", fd.MaxLength)
	case fd.Multiple && fd.Type != TypeEnum && fd.Type != TypePaper:
		return errors.New("only a list or a paper may be multiple")
	}
	for _, step := range []func(*Field) error{p.options, p.items, p.machine} {
		if err := step(fd); err != nil {
			return err
		}
	}
	if err := p.condition(fd.When, fd); err != nil {
		return err
	}
	for i := range fd.Validation {
		if err := p.rule(&fd.Validation[i], fd, true); err != nil {
			return err
		}
	}
	return p.defaultValue(fd)
}

// options resolves the list of an enum or of a paper.
func (p *checker) options(fd *Field) error {
	takes := fd.Type == TypeEnum || fd.Type == TypePaper
	if fd.List != "" {
		shared, ok := p.lists[fd.List]
		if !ok {
			return fmt.Errorf("list %q is unknown", fd.List)
		}
		if fd.Options != nil && !slices.EqualFunc(fd.Options, shared, func(a, b Option) bool { return a.Value == b.Value }) {
			return fmt.Errorf("options differ from list %q", fd.List)
		}
		fd.Options = shared
	}
	if !takes {
		if fd.Options != nil {
			return fmt.Errorf("type %s takes no options", fd.Type)
		}
		return nil
	}
	if len(fd.Options) == 0 || len(fd.Options) > MaxOptions {
		return fmt.Errorf("%d options, 1 to %d allowed", len(fd.Options), MaxOptions)
	}
	seen := map[string]bool{}
	for _, o := range fd.Options {
		if o.Value == "" || seen[o.Value] || o.Label.VI == "" {
			return fmt.Errorf("option %q is empty, doubled or without label", o.Value)
		}
		seen[o.Value] = true
	}
	return nil
}

// items checks the fields of a row. Rows do not nest: no official form does.
func (p *checker) items(fd *Field) error {
	if fd.Type != TypeRepeat {
		if fd.Items != nil || fd.MinItems != 0 || fd.MaxItems != 0 {
			return fmt.Errorf("type %s has no rows", fd.Type)
		}
		return nil
	}
	if fd.parent != nil {
		return errors.New("a repeat inside a repeat")
	}
	if fd.MaxItems == 0 {
		fd.MaxItems = MaxRows
	}
	if fd.MinItems < 0 || fd.MaxItems < fd.MinItems || fd.MaxItems > MaxRows || len(fd.Items) == 0 {
		return fmt.Errorf("rows %d to %d with %d fields are not allowed", fd.MinItems, fd.MaxItems, len(fd.Items))
	}
	seen := map[string]bool{}
	for _, it := range fd.Items {
		if it == nil || seen[it.ID] {
			return errors.New("a field of the row is null or stands twice")
		}
		seen[it.ID] = true
		if err := p.id(it.ID); err != nil {
			return err
		}
	}
	for _, it := range fd.Items {
		if err := p.field(it, fd); err != nil {
			return fmt.Errorf("row field %s: %w", it.ID, err)
		}
	}
	return nil
}

// machine checks what the machine fills by itself.
func (p *checker) machine(fd *Field) (err error) {
	if fd.Prefill != "" && !knownPrefill(p.f, fd.Prefill) {
		return fmt.Errorf("prefill %q is unknown", fd.Prefill)
	}
	if fd.DefaultFrom != "" && p.f.byID[fd.DefaultFrom] == nil {
		return fmt.Errorf("default_from %q is no field", fd.DefaultFrom)
	}
	if fd.Derive != "" {
		if fd.derive, err = p.compile(fd.Derive, fd, modeDerive, false); err != nil {
			return fmt.Errorf("derive: %w", err)
		}
	}
	if fd.Copy == nil {
		return nil
	}
	from := p.f.byID[fd.Copy.From]
	switch {
	case fd.parent != nil || fd.Copy.When == nil:
		return fmt.Errorf("copy from %q is not possible", fd.Copy.From)
	case fd.Copy.Value != nil:
		if fd.Copy.From != "" || !fits(fd, fd.Copy.Value) {
			return fmt.Errorf("copy of %v does not fit type %s", fd.Copy.Value, fd.Type)
		}
	case from == nil || from == fd || from.Type == TypeRepeat:
		return fmt.Errorf("copy from %q is not possible", fd.Copy.From)
	}
	return p.condition(fd.Copy.When, fd)
}

func (p *checker) condition(c *Condition, at *Field) (err error) {
	if c == nil {
		return nil
	}
	if c.prog, err = p.compile(c.Expr, at, modeCondition, false); err != nil {
		return fmt.Errorf("condition: %w", err)
	}
	return nil
}

func (p *checker) rule(r *Rule, at *Field, value bool) (err error) {
	if (r.Pattern == "") == (r.Expr == "") {
		return errors.New("a rule has either a pattern or an expression")
	}
	if r.Message.VI == "" {
		return errors.New("a rule has no Vietnamese message")
	}
	if r.Code == "" {
		r.Code = CodeRule
		if r.Pattern != "" {
			r.Code = CodePattern
		}
	}
	if _, ok := sentences[r.Code]; !ok {
		return fmt.Errorf("rule code %q is unknown", r.Code)
	}
	if r.Pattern != "" {
		if len(r.Pattern) > MaxExprBytes {
			return errors.New("the pattern is too long")
		}
		if r.pattern, err = regexp.Compile(r.Pattern); err != nil {
			return fmt.Errorf("pattern: %w", err)
		}
		return nil
	}
	if r.prog, err = p.compile(r.Expr, at, modeRule, value); err != nil {
		return fmt.Errorf("rule: %w", err)
	}
	return nil
}

// compile translates an expression of the field's scope, once per sentence.
func (p *checker) compile(src string, at *Field, m mode, value bool) (*program, error) {
	sc := scope{form: p.f, value: value}
	key := progKey{src: src, mode: m}
	if at != nil && at.parent != nil {
		sc.row, key.scope = at.parent, at.parent.ID
	}
	if pr, ok := p.progs[key]; ok && (value || !pr.usesValue) {
		return pr, nil
	}
	pr, err := compileExpr(src, sc, m)
	if err != nil {
		return nil, err
	}
	p.progs[key] = pr
	return pr, nil
}

// defaultValue refuses a default the field itself would not accept.
func (p *checker) defaultValue(fd *Field) error {
	if fd.Default != nil && !fits(fd, fd.Default) {
		return fmt.Errorf("default %v does not fit type %s", fd.Default, fd.Type)
	}
	return nil
}

// fits: a value the pack gives is one the field takes.
func fits(fd *Field, value any) bool {
	switch v := value.(type) {
	case bool:
		return fd.Type == TypeBoolean
	case string:
		return fd.Type == TypeText || fd.Type == TypeEnum && !fd.Multiple &&
			slices.ContainsFunc(fd.Options, func(o Option) bool { return o.Value == v })
	case float64:
		return fd.Type == TypeInteger || fd.Type == TypeMoney
	}
	return false
}
