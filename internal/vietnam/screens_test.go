package vietnam

import (
	"encoding/json"
	"os"
	"slices"
	"testing"
)

// The screens offer places from a copy of the tables, because a page must not ask for every letter typed.
// The copy says what the tables say.
func TestTheScreensKnowTheSamePlaces(t *testing.T) {
	text, err := os.ReadFile("../../frontend/src/places/places.json")
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		Code, Name, Province string
		Former               any
		Aliases              []string
	}
	var screens struct{ Provinces, Communes []place }
	if err := json.Unmarshal(text, &screens); err != nil {
		t.Fatal(err)
	}
	if len(screens.Provinces) != len(Provinces()) || len(screens.Communes) != len(tables().communes) {
		t.Fatalf("%d provinces and %d communes on the screens", len(screens.Provinces), len(screens.Communes))
	}
	for _, s := range screens.Provinces {
		p, ok := FindProvince(ProvinceCode(s.Code))
		var former []any
		for _, f := range p.Former {
			if f.Name != p.Name {
				former = append(former, f.Name)
			}
		}
		got, _ := s.Former.([]any)
		if !ok || p.FullName != s.Name || !slices.Equal(got, former) || !slices.Equal(s.Aliases, p.Aliases) {
			t.Errorf("the screens say %+v, the tables %+v", s, p)
		}
	}
	for _, s := range screens.Communes {
		c, ok := FindCommune(CommuneCode(s.Code))
		p, _ := FindProvince(c.Province)
		former, _ := s.Former.(string)
		if former == "" {
			former = p.Name
		}
		if !ok || c.FullName() != s.Name || string(c.Province) != s.Province || c.FormerProvince != former {
			t.Errorf("the screens say %+v, the tables %+v", s, c)
		}
	}
}
