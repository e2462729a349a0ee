package sample

import (
	"strconv"
	"testing"

	"bendo/internal/catalog"
	"bendo/internal/form"
	"bendo/internal/vietnam"
)

func TestSamplesPassTheirForms(t *testing.T) {
	pack, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range Codes {
		f, _ := pack.Form(code)
		pr, _ := pack.Procedure(code)
		ids := map[string]bool{}
		for _, c := range pr.Components {
			ids[c.ID] = true
		}
		for seed := range uint64(60) {
			d, _ := Make(code, seed)
			v := form.Judge(f, d.Answers, form.Context{Today: d.Day, Case: d.Case, Office: form.Office{Name: "UBND xã Giao Long", Commune: "Xã Giao Long", CommunePolice: "Công an xã Giao Long", BusinessDesk: "Phòng Kinh tế xã Giao Long"}})
			if !v.OK() || len(v.Ignored) > 0 {
				t.Errorf("%s seed %d case %s: %v, ignored %v", code, seed, d.Case, v.Codes(), v.Ignored)
			}
			for _, id := range d.ComponentIDs() {
				if !ids[id] {
					t.Errorf("%s: component %s is not in the pack", code, id)
				}
			}
			people(t, d)
			if again, _ := Make(code, seed); again.Reference != d.Reference || again.Applicant != d.Applicant {
				t.Errorf("%s seed %d is not the same twice", code, seed)
			}
		}
	}
}

// people checks that a sample person could be one: number, sex and year agree.
func people(t *testing.T, d Dossier) {
	t.Helper()
	for _, p := range []*Person{&d.Applicant, d.Submitter} {
		if p == nil {
			continue
		}
		id, err := vietnam.ParseCitizenID(p.ID)
		if err != nil {
			t.Errorf("%s: citizen id %s: %v", d.Reference, p.ID, err)
			continue
		}
		sex := vietnam.Male
		if p.Sex == "female" {
			sex = vietnam.Female
		}
		year, _ := strconv.Atoi(p.year())
		if err := id.Agrees(sex, year); err != nil {
			t.Errorf("%s: %s %s %s: %v", d.Reference, p.ID, p.Sex, p.Birth, err)
		}
		if _, err := vietnam.ParseName(p.Name); err != nil {
			t.Errorf("%s: %q: %v", d.Reference, p.Name, err)
		}
		if _, err := vietnam.ParsePhone(p.Phone); err != nil {
			t.Errorf("%s: %s: %v", d.Reference, p.Phone, err)
		}
	}
}
