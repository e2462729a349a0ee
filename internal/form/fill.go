package form

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// knownPrefill lists what the machine can write before the first question.
func knownPrefill(f *Form, name string) bool {
	if id, ok := strings.CutPrefix(name, "declaration."); ok {
		return slices.ContainsFunc(f.Declarations, func(d Declaration) bool { return d.ID == id })
	}
	return slices.Contains([]string{"today", "office.name", "office.commune", "office.commune_police", "office.business_desk"}, name)
}

func prefilled(f *Form, name string, ctx Context) any {
	if id, ok := strings.CutPrefix(name, "declaration."); ok {
		for _, d := range f.Declarations {
			if d.ID == id {
				return d.Text.VI
			}
		}
		return nil
	}
	o := ctx.Office
	if o.CommunePolice == "" && o.Commune != "" {
		o.CommunePolice = "Công an " + lowerFirst(o.Commune)
	}
	return orNil(map[string]string{
		"today": ctx.Today, "office.name": o.Name, "office.commune": o.Commune,
		"office.commune_police": o.CommunePolice, "office.business_desk": cmp.Or(o.BusinessDesk, o.Name),
	}[name])
}

// lowerFirst: "Xã Giao Long" inside a sentence is "xã Giao Long".
func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// Prefill returns the answers a draft starts with: defaults, what the office
// fills, and what the case sets. The caller stores them as answers, so that a
// resident has seen every default that is filed; Judge itself assumes none.
func Prefill(f *Form, ctx Context) map[string]any {
	out := map[string]any{}
	kase := f.Case(ctx.Case)
	for _, fd := range f.Fields {
		if fd.Type == TypeRepeat {
			continue
		}
		if fd.Default != nil {
			out[fd.ID] = fd.Default
		}
		if fd.Prefill != "" && fd.When == nil {
			if v := prefilled(f, fd.Prefill, ctx); v != nil {
				out[fd.ID] = v
			}
		}
		if kase != nil && kase.Set[fd.ID] != nil {
			out[fd.ID] = cloned(kase.Set[fd.ID])
		}
	}
	return out
}

// Filed returns what a dossier should carry: every question asked with what it
// holds, the machine's values included, and nothing of questions not asked. It
// judges nothing; answers that are wrong stay as they are.
func Filed(f *Form, answers map[string]any, ctx Context) map[string]any {
	r := read(f, answers, ctx)
	if r.err != nil {
		return answers // the verdict says why; nothing that was answered is lost
	}
	out := map[string]any{}
	for _, fd := range f.Fields {
		if v := r.value(fd); !isEmpty(v) {
			out[fd.ID] = v
		} else if v := r.answers[fd.ID]; !isEmpty(v) && r.visible(fd) {
			out[fd.ID] = v
		}
	}
	return out
}

// NewRow returns the cells a new row of the repeat starts with.
func NewRow(f *Form, repeat string, ctx Context) map[string]any {
	out := map[string]any{}
	fd := f.byID[repeat]
	if fd == nil {
		return out
	}
	kase := f.Case(ctx.Case)
	for _, it := range fd.Items {
		if it.Default != nil {
			out[it.ID] = it.Default
		}
		if kase != nil && kase.Set[fd.ID+"."+it.ID] != nil {
			out[it.ID] = cloned(kase.Set[fd.ID+"."+it.ID])
		}
	}
	return out
}

func cloned(v any) any {
	if m, ok := v.(map[string]any); ok {
		return maps.Clone(m)
	}
	return v
}

// Card is what a citizen card tells (quét căn cước). Days are "2006-01-02",
// Sex is "male" or "female", Residence is the line printed on the card.
type Card struct {
	Number, Name, BirthDate, Sex, Residence, IssueDate string
}

// Persons lists whose cards the form can be filled from, in the order asked.
func (f *Form) Persons() []string {
	var out []string
	add := func(fd *Field) {
		if fd.FromCard != nil && !slices.Contains(out, fd.FromCard.Person) {
			out = append(out, fd.FromCard.Person)
		}
	}
	for _, fd := range f.Fields {
		add(fd)
		for _, it := range fd.Items {
			add(it)
		}
	}
	return out
}

// FromCard returns the answers the person's card gives. A repeat comes as a
// list of one row for the caller to append. Fields the card says nothing about
// are absent, so that merging never blanks an answer.
func FromCard(f *Form, card Card, person string) map[string]any {
	out := map[string]any{}
	for _, fd := range f.Fields {
		if fd.Type != TypeRepeat {
			if v := fromCard(fd, card, person); v != nil {
				out[fd.ID] = v
			}
			continue
		}
		row := map[string]any{}
		for _, it := range fd.Items {
			if v := fromCard(it, card, person); v != nil {
				row[it.ID] = v
			}
		}
		if len(row) > 0 {
			out[fd.ID] = []any{row}
		}
	}
	return out
}

func fromCard(fd *Field, card Card, person string) any {
	if fd.FromCard == nil || fd.FromCard.Person != person {
		return nil
	}
	switch fd.FromCard.Field {
	case "number":
		return orNil(card.Number)
	case "name":
		return orNil(card.Name)
	case "birth_date":
		return orNil(card.BirthDate)
	case "sex":
		return orNil(card.Sex)
	case "issue_date":
		return orNil(card.IssueDate)
	case "residence":
		if card.Residence == "" {
			return nil
		}
		// The card's line is kept whole: an old card names a commune that is gone,
		// and only the resident or an officer can say which one followed it.
		return map[string]any{"country": "VN", "raw_text": card.Residence}
	case "issue_place":
		for _, s := range fd.Suggest {
			if card.IssueDate != "" && card.IssueDate >= s.IssuedFrom {
				return s.Text.VI
			}
		}
	}
	return nil
}
