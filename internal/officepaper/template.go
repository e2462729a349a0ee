package officepaper

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Confidence says how far what a template states about the law was compared with the law's own text.
type Confidence string

// The levels.
const (
	Verified   Confidence = "verified"   // read in the text of record
	Secondary  Confidence = "secondary"  // told by another public source
	Unverified Confidence = "unverified" // our proposal; the province confirms or replaces it
)

// Edition is a form as it holds for some time: its number, title and basis.
type Edition struct {
	Number     string     `json:"number"`             // "01"; empty: the form is none of the numbered ones
	Title      []string   `json:"title"`              // the lines of the title
	Legal      string     `json:"legal,omitempty"`    // legal basis, as printed under the number
	From       string     `json:"valid_from"`         // first day, "2025-07-01"
	To         string     `json:"valid_to,omitempty"` // last day
	Renumber   bool       `json:"renumber,omitempty"` // the province may give it another number
	Confidence Confidence `json:"confidence"`         // of number, title and basis
	Note       string     `json:"note,omitempty"`     // for who keeps the templates
}

// Template is one form in one edition, ready to be filled. Take it from Parse or a Shelf.
type Template struct {
	Form Name
	Edition
	Layout Confidence // how far the blocks were compared with the published form
	Page   PageSize
	Copies []string // "Liên 1: Lưu"; empty: one, unnamed
	Type   float64  // points of the body
	Blocks []Block
}

// PageSize is the sheet.
type PageSize struct {
	Size      string `json:"size"` // A4, A5
	Landscape bool   `json:"landscape,omitempty"`
}

// Block is one part of a form; its kind says which members it has.
type Block struct {
	Kind string `json:"kind"`
	// text, note, heading: a paragraph with {field} and, in bold, {!field}. It is left out when it names
	// fields and all are empty, or when If names an empty one.
	Text string `json:"text,omitempty"`
	If   string `json:"if,omitempty"`
	// fields: rows of labelled values; empty ones are left out.
	Rows [][]Field `json:"rows,omitempty"`
	// list: one line each; table: its rows.
	Of      string   `json:"of,omitempty"`
	Columns []Column `json:"columns,omitempty"`
	Spare   int      `json:"spare,omitempty"` // empty rows to be written by hand
	Empty   string   `json:"empty,omitempty"` // said where the table has no row; without it the table is left out
	Total   *Total   `json:"total,omitempty"` // the table's last row
	// signs: who signs, beside one another.
	Signs []Sign `json:"signs,omitempty"`
}

// Field is a label and its value.
type Field struct {
	Label string `json:"label"`
	Of    string `json:"of"`
	Plain bool   `json:"plain,omitempty"` // not in bold
	Line  bool   `json:"line,omitempty"`  // a dotted line where it is empty, to be written by hand
}

// Column is one of a table.
type Column struct {
	Head  string `json:"head"`
	Group string `json:"group,omitempty"` // stands over neighbours that share it
	Of    string `json:"of"`
	Width int    `json:"width"`           // share of the table's width
	Align string `json:"align,omitempty"` // L, C, R
}

// Total is the last row of a table: a label over all columns but the last, and a value.
type Total struct {
	Label string `json:"label"`
	Of    string `json:"of"`
}

// Sign is one place to sign. The first line is what the signer is, or a field that says so.
type Sign struct {
	Title   string `json:"title,omitempty"`
	TitleOf string `json:"title_of,omitempty"`
	Hint    string `json:"hint,omitempty"` // "(Ký, ghi rõ họ tên)"
	Name    string `json:"name,omitempty"` // field
	List    string `json:"list,omitempty"` // instead: a list of recipients
}

type file struct {
	Form     Name       `json:"form"`
	Layout   Confidence `json:"layout_confidence"`
	Page     PageSize   `json:"page"`
	Type     float64    `json:"type"`
	Copies   []string   `json:"copies,omitempty"`
	Blocks   []Block    `json:"blocks"`
	Editions []Edition  `json:"editions"`
}

// Bounds of a template.
const (
	maxTemplate = 64 << 10 // bytes
	maxBlocks   = 60
	maxLabel    = 80
	maxSentence = 600
	narrowest   = 7.0 // mm of a column
)

// ErrTemplate says that a template cannot be used; the error says where.
var ErrTemplate = errors.New("the template of a form is not usable")

// Parse reads a template file: a form's layout and its editions, one Template each. It refuses members
// nobody knows, fields the form has not, and a layout that would leave out one it has.
func Parse(data []byte) ([]Template, error) {
	if len(data) > maxTemplate || !utf8.Valid(data) {
		return nil, fmt.Errorf("%d bytes, or not UTF-8: %w", len(data), ErrTemplate)
	}
	var f file
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("reading a template: %w: %w", err, ErrTemplate)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("something follows the template: %w", ErrTemplate)
	}
	at := slices.IndexFunc(forms, func(x Form) bool { return x.Form() == f.Form })
	if at < 0 {
		return nil, fmt.Errorf("no form %q: %w", f.Form, ErrTemplate)
	}
	if err := f.check(forms[at]); err != nil {
		return nil, fmt.Errorf("form %s: %w: %w", f.Form, err, ErrTemplate)
	}
	var out []Template
	for _, e := range f.Editions {
		t := Template{f.Form, e, f.Layout, f.Page, f.Copies, f.Type, f.Blocks}
		if _, err := set(t, trial(forms[at])); err != nil {
			return nil, fmt.Errorf("form %s: %w: %w", f.Form, err, ErrTemplate)
		}
		out = append(out, t)
	}
	return out, nil
}

// trial is a paper with one empty row in every table: a template on which it does not fit fits nothing.
func trial(empty Form) *values {
	v := valuesOf(empty)
	v.head.Agency = "UBND"
	for name, t := range v.tables {
		t.cells = [][]string{make([]string, len(t.columns))}
		v.tables[name] = t
	}
	return v
}

func (f file) check(empty Form) error {
	if _, ok := sheets[f.Page.Size]; !ok {
		return fmt.Errorf("paper %q", f.Page.Size)
	}
	if f.Type < 8 || f.Type > 14 {
		return fmt.Errorf("type of %v points", f.Type)
	}
	if len(f.Blocks) == 0 || len(f.Blocks) > maxBlocks || len(f.Editions) == 0 || len(f.Editions) > maxBlocks || len(f.Copies) > 4 {
		return fmt.Errorf("%d blocks, %d editions, %d copies", len(f.Blocks), len(f.Editions), len(f.Copies))
	}
	if !f.Layout.valid() {
		return fmt.Errorf("layout_confidence %q", f.Layout)
	}
	for _, c := range f.Copies {
		if err := short(c, maxLabel); err != nil || blank(c) {
			return fmt.Errorf("copy %q", c)
		}
	}
	for i, e := range f.Editions {
		if err := e.check(empty.Form()); err != nil {
			return fmt.Errorf("edition %d: %w", i+1, err)
		}
	}
	return f.checkBlocks(valuesOf(empty))
}

func (c Confidence) valid() bool { return c == Verified || c == Secondary || c == Unverified }

func (e Edition) check(form Name) error {
	if _, err := time.Parse(time.DateOnly, e.From); err != nil {
		return fmt.Errorf("valid_from %q", e.From)
	}
	if _, err := time.Parse(time.DateOnly, e.To); err != nil && e.To != "" || e.To != "" && e.To < e.From {
		return fmt.Errorf("valid_to %q", e.To)
	}
	if !e.Confidence.valid() {
		return fmt.Errorf("confidence %q", e.Confidence)
	}
	if (len(e.Title) == 0) != (form == NameReport) || len(e.Title) > 4 { // a report brings its own
		return fmt.Errorf("%d lines of title", len(e.Title))
	}
	if utf8.RuneCountInString(e.Number) > 12 {
		return fmt.Errorf("number %q", e.Number)
	}
	err := errors.Join(short(e.Legal, 200), short(e.Note, maxSentence), short(e.Number, 12))
	for _, t := range e.Title {
		err = errors.Join(err, short(t, maxLabel))
	}
	return err
}

// short bounds a template's own words, which must be ones our letters show.
func short(text string, most int) error {
	if utf8.RuneCountInString(text) > most {
		return fmt.Errorf("more than %d letters: %.40q", most, text)
	}
	if plain(text) != text || strings.ContainsAny(text, "\n") {
		return fmt.Errorf("letters that cannot be printed: %.40q", text)
	}
	return nil
}

// placeholder is {field} or {!field}.
var placeholder = regexp.MustCompile(`\{(!?)([a-z_.]+)\}`)

// uses collects what a template shows, so that nothing of its form is left out.
type uses struct {
	known *values
	seen  map[string]bool
}

func (u uses) text(name string) error {
	if _, ok := u.known.texts[name]; !ok {
		return fmt.Errorf("no field %q", name)
	}
	u.seen[name] = true
	return nil
}

func (u uses) list(name string) error {
	if _, ok := u.known.lists[name]; !ok {
		return fmt.Errorf("no list %q", name)
	}
	u.seen[name] = true
	return nil
}

func (f file) checkBlocks(known *values) error {
	u := uses{known, map[string]bool{}}
	width := textWidth(f.Page)
	if f.Form == NameReport {
		u.seen["title"] = true // in its place, see title
	}
	for i, b := range f.Blocks {
		if err := u.block(b, width); err != nil {
			return fmt.Errorf("block %d (%s): %w", i+1, b.Kind, err)
		}
	}
	for _, name := range slices.Concat(slices.Collect(maps.Keys(known.texts)), slices.Collect(maps.Keys(known.lists)), slices.Collect(maps.Keys(known.tables))) {
		if !u.seen[name] {
			return fmt.Errorf("%q would not be printed", name)
		}
	}
	for name, t := range known.tables {
		for _, c := range t.columns {
			if !u.seen[name+"/"+c] && c != "n" {
				return fmt.Errorf("column %q of %q would not be printed", c, name)
			}
		}
	}
	return nil
}

func (u uses) block(b Block, width float64) error {
	if b.If != "" {
		if _, ok := u.known.texts[b.If]; !ok {
			return fmt.Errorf("no field %q", b.If)
		}
	}
	switch b.Kind {
	case "text", "note", "heading", "centred":
		return u.sentence(b)
	case "fields":
		return u.fields(b)
	case "list":
		return u.list(b.Of)
	case "table":
		return u.table(b, width)
	case "signs":
		return u.signs(b)
	case "signers", "gap":
		return nil
	}
	return errors.New("no such kind")
}

func (u uses) sentence(b Block) error {
	if err := short(b.Text, maxSentence); err != nil || blank(b.Text) {
		return errors.Join(err, errors.New("no text, or too much"))
	}
	for _, m := range placeholder.FindAllStringSubmatch(b.Text, -1) {
		// Shown by a condition on another field, a field might be lost: it does not count as printed.
		if _, ok := u.known.texts[m[2]]; !ok {
			return fmt.Errorf("no field %q", m[2])
		}
		if b.If == "" || b.If == m[2] {
			u.seen[m[2]] = true
		}
	}
	return nil
}

func (u uses) fields(b Block) error {
	if len(b.Rows) == 0 || len(b.Rows) > maxBlocks || b.If != "" {
		return errors.New("rows, and no condition, are needed")
	}
	for _, row := range b.Rows {
		if len(row) == 0 || len(row) > 3 {
			return fmt.Errorf("%d fields in a row", len(row))
		}
		for _, f := range row {
			if err := errors.Join(short(f.Label, maxLabel), u.text(f.Of)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u uses) table(b Block, width float64) error {
	t, ok := u.known.tables[b.Of]
	if !ok || b.If != "" {
		return fmt.Errorf("no table %q, or a condition on it", b.Of)
	}
	u.seen[b.Of] = true
	if b.Spare < 0 || b.Spare > 30 {
		return fmt.Errorf("%d spare rows", b.Spare)
	}
	if err := short(b.Empty, maxLabel); err != nil {
		return err
	}
	if t.columns == nil {
		if len(b.Columns) != 0 || b.Total != nil {
			return errors.New("the columns come with the data")
		}
		return nil
	}
	if b.Total != nil {
		if err := errors.Join(short(b.Total.Label, maxLabel), u.text(b.Total.Of)); err != nil {
			return err
		}
		if b.Empty == "" {
			return errors.New("a table with a total says what stands in it when it is empty")
		}
	}
	for _, c := range b.Columns {
		if !slices.Contains(t.columns, c.Of) {
			return fmt.Errorf("no column %q", c.Of)
		}
		u.seen[b.Of+"/"+c.Of] = true
	}
	return checkColumns(b.Columns, width)
}

func checkColumns(columns []Column, width float64) error {
	if len(columns) == 0 || len(columns) > 20 {
		return fmt.Errorf("%d columns", len(columns))
	}
	for _, c := range columns {
		if c.Width < 1 || c.Width > 1000 {
			return fmt.Errorf("width %d", c.Width)
		}
		if err := errors.Join(short(c.Head, maxLabel), short(c.Group, maxLabel)); err != nil {
			return err
		}
		if !strings.Contains("LCR", c.Align) || len(c.Align) > 1 {
			return fmt.Errorf("align %q", c.Align)
		}
	}
	return checkWidths(columns, width)
}

// checkWidths refuses columns in which a word has no room.
func checkWidths(columns []Column, width float64) error {
	sum := 0
	for _, c := range columns {
		sum += c.Width
	}
	for _, c := range columns {
		if width*float64(c.Width)/float64(sum) < narrowest {
			return fmt.Errorf("column %q is narrower than %v mm", c.Head, narrowest)
		}
	}
	return nil
}

func (u uses) signs(b Block) error {
	if len(b.Signs) == 0 || len(b.Signs) > 3 || b.If != "" {
		return fmt.Errorf("%d signatures", len(b.Signs))
	}
	for _, s := range b.Signs {
		err := errors.Join(short(s.Title, maxLabel), short(s.Hint, maxLabel))
		if s.TitleOf != "" {
			err = errors.Join(err, u.text(s.TitleOf))
		}
		if s.Name != "" {
			err = errors.Join(err, u.text(s.Name))
		}
		if s.List != "" {
			err = errors.Join(err, u.list(s.List))
			if s.Name != "" || s.TitleOf != "" {
				err = errors.Join(err, errors.New("recipients do not sign"))
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}
