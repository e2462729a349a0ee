package catalog

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bendo/internal/form"
	"bendo/internal/vietnam"
)

// AnsweredField is one answer as people read it.
type AnsweredField struct {
	ID    string // of the form; of a repeat's cell "children.2.name"
	Label form.Text
	Value string
}

// Answered is one section of a form with what was answered in it.
type Answered struct {
	Section form.Text
	Fields  []AnsweredField
}

// Answered lays out the answers of a filing in the order of its form. What the form does not know (an
// older or prepared dossier) is shown under its own name at the end: nothing that was filed is hidden
// from an officer. A nil pack knows no form. What is not an object of answers has none.
func (p *Pack) Answered(procedure string, answers json.RawMessage) []Answered {
	values := map[string]any{}
	decoder := json.NewDecoder(strings.NewReader(string(answers)))
	decoder.UseNumber()
	if err := decoder.Decode(&values); err != nil {
		return nil
	}
	var sections []Answered
	for _, section := range p.sections(procedure) {
		shown := Answered{Section: both(section.Title)}
		for _, field := range section.Fields {
			if value, ok := values[field.ID]; ok {
				shown.Fields = append(shown.Fields, show(field, field.ID, both(field.Label), value)...)
				delete(values, field.ID)
			}
		}
		if len(shown.Fields) > 0 {
			sections = append(sections, shown)
		}
	}
	rest := Answered{Section: form.Text{VI: "Nội dung khác", EN: "Other answers"}}
	for _, id := range slices.Sorted(maps.Keys(values)) {
		if value := plain(values[id]); value != "" {
			rest.Fields = append(rest.Fields, AnsweredField{id, form.Text{VI: id, EN: id}, value})
		}
	}
	if len(rest.Fields) == 0 {
		return sections
	}
	return append(sections, rest)
}

func (p *Pack) sections(procedure string) []*form.Section {
	if p == nil {
		return nil
	}
	f, ok := p.Form(procedure)
	if !ok {
		return nil
	}
	return f.Sections
}

// both gives a text that has no English its Vietnamese.
func both(t form.Text) form.Text {
	if t.EN == "" {
		t.EN = t.VI
	}
	return t
}

// show gives one field's lines; a repeat gives those of each of its rows.
func show(field *form.Field, id string, label form.Text, value any) []AnsweredField {
	if field.Type == form.TypeRepeat {
		return rows(field, id, label, value)
	}
	shown := value
	if list, ok := value.([]any); ok {
		parts := make([]string, 0, len(list))
		for _, one := range list {
			if part := valueText(field, one); part != "" {
				parts = append(parts, part)
			}
		}
		shown = strings.Join(parts, "; ")
	} else {
		shown = valueText(field, value)
	}
	if shown == "" {
		return nil
	}
	return []AnsweredField{{id, label, shown.(string)}}
}

func rows(field *form.Field, id string, label form.Text, value any) []AnsweredField {
	list, _ := value.([]any)
	var found []AnsweredField
	for i, one := range list {
		row, ok := one.(map[string]any)
		if !ok {
			continue
		}
		number := " " + strconv.Itoa(i+1) + " – "
		for _, item := range field.Items {
			if cell, ok := row[item.ID]; ok {
				inner := both(item.Label)
				found = append(found, show(item, id+"."+strconv.Itoa(i+1)+"."+item.ID, form.Text{VI: label.VI + number + inner.VI, EN: label.EN + number + inner.EN}, cell)...)
			}
		}
	}
	return found
}

// valueText writes a value as Vietnamese people read it.
func valueText(field *form.Field, value any) string {
	switch field.Type {
	case form.TypeEnum:
		written, _ := value.(string)
		for _, o := range field.Options {
			if o.Value == written {
				return o.Label.VI
			}
		}
	case form.TypeBoolean:
		if yes, ok := value.(bool); ok && yes {
			return "Có"
		} else if ok {
			return "Không"
		}
	case form.TypeDate:
		if written, ok := value.(string); ok {
			if d, err := vietnam.ParseDate(written); err == nil {
				return vietnam.FormatDate(d)
			}
		}
	case form.TypeMoney:
		if n, ok := value.(json.Number); ok {
			if amount, err := n.Int64(); err == nil {
				return Dong(amount)
			}
		}
	case form.TypeAddress:
		if parts, ok := value.(map[string]any); ok {
			return addressText(parts)
		}
	}
	return plain(value)
}

func addressText(parts map[string]any) string {
	get := func(name string) string { written, _ := parts[name].(string); return written }
	var found []string
	if detail := get("detail"); detail != "" {
		found = append(found, detail)
	}
	if unit, ok := vietnam.FindCommune(vietnam.CommuneCode(get("commune_code"))); ok {
		found = append(found, unit.FullName())
	}
	for _, p := range vietnam.Provinces() {
		if string(p.Code) == get("province_code") {
			found = append(found, p.FullName)
		}
	}
	if len(found) == 0 {
		return plain(map[string]any{"raw_text": parts["raw_text"]})
	}
	return strings.Join(found, ", ")
}

// plain is the last resort: the words and numbers in a value, without its shape.
func plain(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "Có"
		}
		return "Không"
	case []any:
		parts := []string{}
		for _, one := range v {
			if part := plain(one); part != "" {
				parts = append(parts, part)
			}
		}
		return strings.Join(parts, "; ")
	case map[string]any:
		parts := []string{}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if part := plain(v[key]); part != "" {
				parts = append(parts, part)
			}
		}
		return strings.Join(parts, ", ")
	}
	return ""
}
