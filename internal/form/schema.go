package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var (
	partialYear  = regexp.MustCompile(`^[0-9]{4}$`)
	partialMonth = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}$`)
	citizenID    = regexp.MustCompile(`^[0-9]{12}$`)
	phone        = regexp.MustCompile(`^0[0-9]{9,10}$`)
)

// compiledSchema is the JSON Schema 2020-12 derived from a form: kinds, lists,
// formats and lengths of answers. What is required depends on what is visible
// and is judged apart.
type compiledSchema struct {
	source []byte
	schema *jsonschema.Schema
}

// Schema returns the derived JSON Schema of an answers object.
func (f *Form) Schema() []byte { return bytes.Clone(f.schema.source) }

func compileSchema(f *Form) (*compiledSchema, error) {
	props := map[string]any{}
	for _, fd := range f.Fields {
		props[fd.ID] = fieldSchema(fd)
	}
	doc := map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f.Name.VI,
		"type": "object", "properties": props, "additionalProperties": false,
	}
	src, err := json.Marshal(doc)
	if err != nil {
		return nil, fmt.Errorf("derive schema: %w", err)
	}
	// The compiler wants the document in its own number type.
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(src))
	if err != nil {
		return nil, fmt.Errorf("derive schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(nothingToLoad{})
	for name, check := range formats {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(v any) error {
			if s, ok := v.(string); ok && !check(s) {
				return errors.New(name)
			}
			return nil
		}})
	}
	c.AssertFormat()
	const url = "form:answers"
	if err := c.AddResource(url, v); err != nil {
		return nil, fmt.Errorf("derive schema: %w", err)
	}
	sch, err := c.Compile(url)
	if err != nil {
		return nil, fmt.Errorf("derive schema: %w", err)
	}
	return &compiledSchema{source: src, schema: sch}, nil
}

// nothingToLoad refuses references: a derived schema has none, and a form must
// never make the judge read a file.
type nothingToLoad struct{}

func (nothingToLoad) Load(url string) (any, error) {
	return nil, fmt.Errorf("schema %s: references are not loaded", url)
}

func fieldSchema(fd *Field) map[string]any {
	s := oneSchema(fd)
	if fd.Multiple {
		return map[string]any{"type": "array", "items": s, "uniqueItems": true, "maxItems": len(fd.Options)}
	}
	return s
}

func oneSchema(fd *Field) map[string]any {
	switch fd.Type {
	case TypeEnum:
		return map[string]any{"enum": values(fd.Options)}
	case TypeBoolean:
		return map[string]any{"type": "boolean"}
	case TypeInteger, TypeMoney:
		return map[string]any{"type": "integer", "minimum": -maxNumber, "maximum": maxNumber}
	case TypeDate:
		return text("day", 10)
	case TypePartial:
		return text("partial-day", 10)
	case TypeAddress:
		return addressSchema()
	case TypePaper:
		return object(map[string]any{
			"state": map[string]any{"enum": paperStates},
			"paper": map[string]any{"enum": values(fd.Options)},
			"note":  text("printable", 500),
		})
	case TypeRepeat:
		rows := map[string]any{}
		for _, it := range fd.Items {
			rows[it.ID] = fieldSchema(it)
		}
		return map[string]any{"type": "array", "minItems": fd.MinItems, "maxItems": fd.MaxItems, "items": object(rows)}
	}
	return textSchema(fd)
}

// textSchema: where the field carries its own pattern, that pattern and its
// sentence decide; else the general shape of the type does.
func textSchema(fd *Field) map[string]any {
	own := false
	for _, r := range fd.Validation {
		own = own || r.Pattern != ""
	}
	format, limit := "printable", 500
	switch {
	case fd.Type == TypeCitizenID && !own:
		format, limit = "citizen-id", 12
	case fd.Type == TypePhone && !own:
		format, limit = "phone", 11
	case fd.Type == TypeName:
		limit = 100
	case fd.Multiline:
		format, limit = "printable-lines", 5000
	}
	if fd.MaxLength > 0 {
		limit = fd.MaxLength
	}
	return text(format, limit)
}

// maxNumber keeps every whole answer exact in a float64.
const maxNumber = 9_000_000_000_000_000

func text(format string, limit int) map[string]any {
	return map[string]any{"type": "string", "format": format, "maxLength": limit}
}

func object(props map[string]any) map[string]any {
	return map[string]any{"type": "object", "properties": props, "additionalProperties": false}
}

func addressSchema() map[string]any {
	return object(map[string]any{
		"country":       map[string]any{"type": "string", "pattern": "^([A-Z]{2}|other)$"},
		"province_code": map[string]any{"type": "string", "pattern": "^[0-9]{2}$"},
		"commune_code":  map[string]any{"type": "string", "pattern": "^[0-9]{5}$"},
		"detail":        text("printable", 300),
		"raw_text":      text("printable", 500),
	})
}

func values(opts []Option) []any {
	vs := make([]any, len(opts))
	for i, o := range opts {
		vs[i] = o.Value
	}
	return vs
}

// formats of the derived schema.
var formats = map[string]func(string) bool{
	"day":             isDay,
	"partial-day":     func(s string) bool { return len(s) <= 10 && isDay(earliest(s)) },
	"citizen-id":      citizenID.MatchString,
	"phone":           phone.MatchString,
	"printable":       func(s string) bool { return printable(s, "") },
	"printable-lines": func(s string) bool { return printable(s, "\n\t") },
}

// isDay accepts a real day of the years 1800–2200: nobody alive and no paper
// valid here lies outside, a slip of the finger does.
func isDay(s string) bool {
	t, err := time.Parse(time.DateOnly, s)
	return err == nil && t.Year() >= 1800 && t.Year() <= 2200
}

func printable(s, also string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if r == utf8.RuneError || unicode.IsControl(r) && !strings.ContainsRune(also, r) {
			return false
		}
	}
	return true
}
