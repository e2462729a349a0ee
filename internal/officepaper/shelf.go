package officepaper

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"
)

//go:embed templates/*.json
var builtin embed.FS

// ErrNoTemplate says that no edition of a form holds on a day.
var ErrNoTemplate = errors.New("no template of this form holds on that day; the province publishes one")

// Shelf holds the editions of all forms. It is not changed after it was made.
type Shelf struct{ list []Template }

// NewShelf puts templates on a shelf. Of two that hold on a day the one that begins later is used, so
// that a province's own edition takes the place of an older one.
func NewShelf(list ...Template) *Shelf {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Template) int {
		return cmp.Or(cmp.Compare(a.Form, b.Form), cmp.Compare(a.From, b.From))
	})
	return &Shelf{list}
}

// Builtin are the templates that travel with the program; what is unsure in them says so.
var Builtin = sync.OnceValues(func() (*Shelf, error) {
	entries, err := builtin.ReadDir("templates")
	if err != nil {
		return nil, fmt.Errorf("reading the forms' templates: %w", err)
	}
	var list []Template
	for _, e := range entries {
		data, err := builtin.ReadFile("templates/" + e.Name())
		if err != nil {
			return nil, fmt.Errorf("reading the forms' templates: %w", err)
		}
		some, err := Parse(data)
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", e.Name(), err)
		}
		list = append(list, some...)
	}
	return NewShelf(list...), nil
})

// On is a form as it holds on a day of the office: of a dossier, the day it was received. It fails with
// ErrNoTemplate.
func (s *Shelf) On(form Name, day time.Time) (Template, error) {
	date := day.In(officeZone).Format(time.DateOnly)
	for _, t := range slices.Backward(s.list) {
		if t.Form == form && t.From <= date && (t.To == "" || date <= t.To) {
			return t, nil
		}
	}
	return Template{}, fmt.Errorf("form %s on %s: %w", form, date, ErrNoTemplate)
}
