package sample

import (
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
			if _, err := vietnam.ParseCitizenID(d.Applicant.ID); err != nil {
				t.Errorf("%s: citizen id %s: %v", code, d.Applicant.ID, err)
			}
			if again, _ := Make(code, seed); again.Reference != d.Reference || again.Applicant != d.Applicant {
				t.Errorf("%s seed %d is not the same twice", code, seed)
			}
		}
	}
}
