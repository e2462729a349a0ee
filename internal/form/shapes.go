package form

import (
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// shapes lets the derived JSON Schema judge kinds, lists, formats and lengths.
func (j *judge) shapes() {
	instance := map[string]any{}
	for id, v := range j.answers {
		fd := j.f.byID[id]
		switch {
		case fd == nil:
			instance[id] = v
		case j.visible(fd) && !isEmpty(v):
			instance[id] = j.prune(fd, v)
		}
	}
	err := j.f.schema.schema.Validate(instance)
	if err == nil {
		return
	}
	var ve *jsonschema.ValidationError
	if !errors.As(err, &ve) {
		j.add("", 0, CodeNotJudged, Text{})
		return
	}
	j.leaves(ve)
}

// prune leaves empty cells and hidden cells of rows out of the instance: an
// empty string is no answer, not a wrong one.
func (j *judge) prune(fd *Field, v any) any {
	rows, ok := v.([]any)
	if !ok || fd.Type != TypeRepeat {
		if m, ok := v.(map[string]any); ok {
			return withoutEmpty(m)
		}
		return v
	}
	out := make([]any, len(rows))
	read := j.rowsOf(fd)
	for i, r := range rows {
		row, ok := r.(map[string]any)
		if !ok || i >= len(read) {
			out[i] = r
			continue
		}
		kept := map[string]any{}
		for k, c := range row {
			it := item(fd, k)
			if isEmpty(c) || it != nil && !j.cellVisible(it, read[i].cells) {
				continue
			}
			if m, ok := c.(map[string]any); ok {
				c = withoutEmpty(m)
			}
			kept[k] = c
		}
		out[i] = kept
	}
	return out
}

func withoutEmpty(m map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range m {
		if !isEmpty(v) {
			out[k] = v
		}
	}
	return out
}

func (j *judge) leaves(e *jsonschema.ValidationError) {
	if len(e.Causes) == 0 {
		j.leaf(e)
	}
	for _, c := range e.Causes {
		j.leaves(c)
	}
}

func (j *judge) leaf(e *jsonschema.ValidationError) {
	field, row := j.locate(e.InstanceLocation)
	if k, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
		slices.Sort(k.Properties)
		for _, name := range k.Properties {
			if len(e.InstanceLocation) == 0 {
				j.add(name, 0, CodeUnknownField, Text{})
			} else if fd := j.f.byID[field]; fd != nil && fd.Type == TypeRepeat {
				j.add(field+"."+name, row, CodeUnknownField, Text{})
			} else {
				j.add(field, row, CodeWrongType, Text{})
			}
		}
		return
	}
	if !j.hurt[place{field, row}] {
		j.add(field, row, codeOf(e.ErrorKind, j.fieldAt(field)), Text{})
	}
}

// locate turns a JSON pointer into field and row: applicants/0/a_id → applicants.a_id, 1.
func (j *judge) locate(loc []string) (field string, row int) {
	if len(loc) == 0 {
		return "", 0
	}
	field = loc[0]
	fd := j.f.byID[field]
	if fd == nil || fd.Type != TypeRepeat || len(loc) < 2 {
		return field, 0
	}
	if n, err := strconv.Atoi(loc[1]); err == nil {
		row = n + 1
	}
	if len(loc) > 2 {
		field += "." + loc[2]
	}
	return field, row
}

func (j *judge) fieldAt(path string) *Field {
	id, sub, in := strings.Cut(path, ".")
	fd := j.f.byID[id]
	if fd == nil || !in {
		return fd
	}
	return item(fd, sub)
}

func item(fd *Field, id string) *Field {
	for _, it := range fd.Items {
		if it.ID == id {
			return it
		}
	}
	return nil
}

func codeOf(k jsonschema.ErrorKind, fd *Field) Code {
	number := fd != nil && (fd.Type == TypeInteger || fd.Type == TypeMoney)
	date := fd != nil && (fd.Type == TypeDate || fd.Type == TypePartial)
	switch k := k.(type) {
	case *kind.Enum:
		if fd != nil && fd.Type == TypePaper && !slices.Contains(k.Want, any(fd.Options[0].Value)) {
			return CodePaperState
		}
		return CodeNotInList
	case *kind.Format:
		switch k.Want {
		case "day", "partial-day":
			return CodeNotADate
		case "citizen-id":
			return CodeNotCitizenID
		case "phone":
			return CodeNotAPhone
		}
		return CodeBadText
	case *kind.Type:
		if number {
			return CodeNotANumber
		}
		if date {
			return CodeNotADate
		}
		return CodeWrongType
	case *kind.MaxLength:
		if date {
			return CodeNotADate
		}
		return CodeTooLong
	case *kind.Minimum, *kind.Maximum:
		return CodeOutOfRange
	case *kind.MinItems:
		return CodeTooFew
	case *kind.MaxItems:
		return CodeTooMany
	case *kind.UniqueItems:
		return CodeDuplicate
	case *kind.Pattern:
		if fd != nil && fd.Type == TypeAddress {
			return CodeAddress
		}
		return CodePattern
	}
	return CodeWrongType
}
