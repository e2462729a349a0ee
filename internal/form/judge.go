package form

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Office is what the machine writes about the receiving office.
type Office struct {
	Name          string // "Ủy ban nhân dân xã Giao Long"
	Commune       string // "Xã Giao Long"
	CommunePolice string // "Công an xã Giao Long"; empty: made from Commune
	BusinessDesk  string // the commune's business-registration office; empty: Name
}

// Context is everything a judgement needs besides form and answers.
type Context struct {
	Today  string // the office's day, "2026-11-22"
	Office Office
	Case   string // id of the chosen case, "" for none
	Online bool   // whether the population database can be asked right now
	Staff  bool   // whether staff questions are asked too
	// PlaceName names a commune and its province ("Xã Giao Long, Tỉnh Vĩnh Long");
	// nil: sentences the machine writes carry only what the answer says.
	PlaceName func(province, commune string) string
}

// Problem is one thing to put right. Field is the id, "repeat.field" inside a
// row, a section's id for a rule over a section, "" for the whole form; Row
// counts from 1 inside a repeat, else 0.
type Problem struct {
	Field   string `json:"field"`
	Row     int    `json:"row,omitempty"`
	Code    Code   `json:"code"`
	Message Text   `json:"message"`
}

// Verdict is the judgement of one set of answers. Problems stand in the order
// of the form. Visible are the ids asked; Ignored the ids answered although not
// asked, whose answers count for nothing; Derived what the machine fills.
type Verdict struct {
	Problems []Problem      `json:"problems"`
	Visible  []string       `json:"visible"`
	Ignored  []string       `json:"ignored,omitempty"`
	Derived  map[string]any `json:"derived,omitempty"`
}

// OK reports whether nothing has to be put right.
func (v Verdict) OK() bool { return len(v.Problems) == 0 }

// Codes lists the problems as "field:code" without any answer in them: what a
// dossier keeps of its verdict.
func (v Verdict) Codes() []string {
	codes := make([]string, 0, len(v.Problems))
	for _, p := range v.Problems {
		c := p.Field + ":" + string(p.Code)
		if p.Row > 0 {
			c = p.Field + "#" + strconv.Itoa(p.Row) + ":" + string(p.Code)
		}
		codes = append(codes, c)
	}
	return codes
}

// Judge examines answers against the form. It never fails: what cannot be
// judged is itself a problem.
func Judge(f *Form, answers map[string]any, ctx Context) Verdict {
	j := judge{reading: read(f, answers, ctx), hurt: map[place]bool{}}
	if j.err != nil {
		j.add("", 0, CodeTooBig, Text{})
		return j.verdict()
	}
	if ctx.Case != "" && j.kase == nil {
		j.add("", 0, CodeUnknownCase, Text{})
	}
	if _, err := time.Parse(time.DateOnly, ctx.Today); err != nil {
		j.add("", 0, CodeNotJudged, Text{})
	}
	j.shapes()
	for s, fd := range f.Fields {
		if j.visible(fd) {
			j.field(s, fd)
		}
	}
	for _, s := range f.Sections {
		j.section(s)
	}
	return j.verdict()
}

type place struct {
	field string
	row   int
}

// judge collects problems; hurt are the places that already have one, which
// need no second sentence about the same slip.
type judge struct {
	*reading
	problems []Problem
	hurt     map[place]bool
}

func (j *judge) add(field string, row int, c Code, msg Text) {
	if msg.VI == "" {
		msg = sentences[c]
	}
	j.hurt[place{field, row}] = true
	j.problems = append(j.problems, Problem{Field: field, Row: row, Code: c, Message: msg})
}

func (j *judge) verdict() Verdict {
	pos := map[string]int{"": -1}
	for _, s := range j.f.Sections {
		for _, fd := range s.Fields {
			pos[fd.ID] = len(pos)
			for _, it := range fd.Items {
				pos[fd.ID+"."+it.ID] = len(pos)
			}
		}
		if _, ok := pos[s.ID]; !ok {
			pos[s.ID] = len(pos)
		}
	}
	at := func(p Problem) int {
		if n, ok := pos[p.Field]; ok {
			return n
		}
		return len(pos) + 1 // unknown fields come last
	}
	slices.SortStableFunc(j.problems, func(a, b Problem) int {
		// Rows are read one after the other, not column by column.
		ra, _, _ := strings.Cut(a.Field, ".")
		rb, _, _ := strings.Cut(b.Field, ".")
		if ra == rb && a.Row != b.Row {
			return cmp.Compare(a.Row, b.Row)
		}
		return cmp.Or(cmp.Compare(at(a), at(b)), cmp.Compare(a.Row, b.Row), strings.Compare(a.Field, b.Field))
	})
	v := Verdict{Problems: j.problems, Visible: []string{}}
	if v.Problems == nil {
		v.Problems = []Problem{}
	}
	if j.err == nil {
		v.Visible, v.Ignored, v.Derived = j.visibleIDs(), j.ignored(), j.machineFilled()
	}
	return v
}

// field judges what the schema cannot: whether an answer is needed, whether it
// is whole, and the field's own rules.
func (j *judge) field(s *Section, fd *Field) {
	v := j.value(fd)
	if !j.present(fd, fd.ID, 0, v, j.required(fd, fd.ID)) {
		return
	}
	if fd.Type != TypeRepeat {
		j.whole(fd, fd.ID, 0, v)
		j.rules(fd, fd.ID, 0, v, nil)
		j.computed(fd, fd.ID, 0, j.answers[fd.ID], v)
		return
	}
	for i, row := range j.rowsOf(fd) {
		if j.hurt[place{fd.ID, i + 1}] {
			continue // no row at all
		}
		for _, it := range fd.Items {
			if !j.cellVisible(it, row.cells) {
				continue
			}
			path, v := fd.ID+"."+it.ID, row.cells[it.ID]
			if j.present(it, path, i+1, v, j.required(it, path)) {
				j.whole(it, path, i+1, v)
				j.rules(it, path, i+1, v, row.cells)
				j.computed(it, path, i+1, row.given[it.ID], v)
			}
		}
	}
}

// present reports whether there is an answer to judge further, and adds
// CodeRequired when one is needed. What the office's own settings should have
// filled (a read-only prefill) is never the resident's omission, and neither is
// what the machine computes: the answers it lacks are missed themselves. At the
// desk, where a computed value can be written by hand, it is missed as well.
func (j *judge) present(fd *Field, path string, row int, v any, required bool) bool {
	if !isEmpty(v) {
		return !j.hurt[place{path, row}]
	}
	computed := fd.Derive != "" && (fd.ReadOnly || !j.ctx.Staff)
	if required && !computed && !(fd.ReadOnly && fd.Prefill != "") && !j.hurt[place{path, row}] {
		j.add(path, row, CodeRequired, Text{})
	}
	return false
}

// whole checks addresses and papers, whose parts depend on one another.
func (j *judge) whole(fd *Field, path string, row int, v any) {
	switch fd.Type {
	case TypeAddress:
		if m, _ := v.(map[string]any); !addressWhole(m) {
			j.add(path, row, CodeAddress, Text{})
		}
	case TypePaper:
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for _, p := range list {
			m, _ := p.(map[string]any)
			if c := paperProblem(fd, m, j.required(fd, path)); c != "" && !j.hurt[place{path, row}] {
				j.add(path, row, c, Text{})
			}
		}
	}
}

// addressWhole: two levels (province, commune) inside Viet Nam, or the text of
// an old card; a detail or text abroad.
func addressWhole(m map[string]any) bool {
	has := func(k string) bool { return !isEmpty(m[k]) }
	if c, _ := m["country"].(string); c != "" && c != "VN" {
		return has("detail") || has("raw_text")
	}
	return has("province_code") && has("commune_code") || has("raw_text")
}

func paperProblem(fd *Field, m map[string]any, required bool) Code {
	state, _ := m["state"].(string)
	switch {
	case state == "":
		return CodePaperState
	case required && (state == PaperMissing || state == PaperNotApplicable):
		return CodePaperMissing
	case state == PaperProvided && len(fd.Options) > 1 && isEmpty(m["paper"]):
		return CodePaperState
	}
	return ""
}

func (j *judge) rules(fd *Field, path string, row int, v any, cells map[string]any) {
	for i := range fd.Validation {
		r := &fd.Validation[i]
		if j.hurt[place{path, row}] {
			return
		}
		if r.pattern != nil {
			if s, ok := v.(string); ok && !r.pattern.MatchString(s) {
				j.add(path, row, r.Code, r.Message)
			}
			continue
		}
		j.rule(r, path, row, v, cells)
	}
}

func (j *judge) rule(r *Rule, path string, row int, v any, cells map[string]any) {
	ok, err := j.run(r.prog, v, cells)
	switch {
	case err != nil:
		j.add(path, row, CodeNotJudged, Text{})
	case ok != true:
		j.add(path, row, r.Code, r.Message)
	}
}

// computed reports an answer that contradicts what the machine computes for a
// field nobody may write in.
func (j *judge) computed(fd *Field, path string, row int, given, v any) {
	if fd.ReadOnly && fd.derive != nil && !isEmpty(given) && !equal(given, v) {
		j.add(path, row, CodeDiffers, Text{})
	}
}

func (j *judge) section(s *Section) {
	if !j.sectionVisible(s) {
		return
	}
	for i := range s.Rules {
		r := &s.Rules[i]
		// Nothing to object to before anything of it is answered: `required` says that.
		if slices.ContainsFunc(r.prog.names, func(id string) bool { return isEmpty(j.value(j.f.byID[id])) }) {
			continue
		}
		j.rule(r, s.ID, 0, nil, nil)
	}
}
