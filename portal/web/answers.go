package web

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/internal/form"
	"bendo/internal/vietnam"
)

type answerField struct {
	ID    string `json:"id"`
	Label text   `json:"label"`
	Value string `json:"value_text"`
}

type answerSection struct {
	Section text          `json:"section"`
	Fields  []answerField `json:"fields"`
}

// answers lays out what was answered in the order of the form. What the form does
// not know (an older or prepared dossier) is shown under its own name at the end:
// nothing that was filed is hidden from the officer.
func (s *server) answers(filing *dossier.SubmittedPayload) []answerSection {
	values := map[string]any{}
	decoder := json.NewDecoder(strings.NewReader(string(filing.Answers)))
	decoder.UseNumber()
	if err := decoder.Decode(&values); err != nil {
		return []answerSection{}
	}
	sections := []answerSection{}
	if f, ok := s.pack.Form(filing.Procedure); ok {
		for _, section := range f.Sections {
			shown := answerSection{Section: words(section.Title), Fields: []answerField{}}
			for _, field := range section.Fields {
				if value, ok := values[field.ID]; ok {
					shown.Fields = append(shown.Fields, show(field, field.ID, words(field.Label), value)...)
					delete(values, field.ID)
				}
			}
			if len(shown.Fields) > 0 {
				sections = append(sections, shown)
			}
		}
	}
	if len(values) == 0 {
		return sections
	}
	rest := answerSection{Section: text{VI: "Nội dung khác", EN: "Other answers"}, Fields: []answerField{}}
	for _, id := range slices.Sorted(maps.Keys(values)) {
		if value := plain(values[id]); value != "" {
			rest.Fields = append(rest.Fields, answerField{id, text{VI: id, EN: id}, value})
		}
	}
	return append(sections, rest)
}

func words(t form.Text) text {
	if t.EN == "" {
		return text{VI: t.VI, EN: t.VI}
	}
	return text{VI: t.VI, EN: t.EN}
}

// show gives one field's lines; a repeat gives those of each of its rows.
func show(field *form.Field, id string, label text, value any) []answerField {
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
	return []answerField{{id, label, shown.(string)}}
}

func rows(field *form.Field, id string, label text, value any) []answerField {
	list, _ := value.([]any)
	var found []answerField
	for i, one := range list {
		row, ok := one.(map[string]any)
		if !ok {
			continue
		}
		number := " " + strconv.Itoa(i+1) + " – "
		for _, item := range field.Items {
			if cell, ok := row[item.ID]; ok {
				inner := words(item.Label)
				found = append(found, show(item, id+"."+strconv.Itoa(i+1)+"."+item.ID, text{VI: label.VI + number + inner.VI, EN: label.EN + number + inner.EN}, cell)...)
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
				return catalog.Dong(amount)
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
