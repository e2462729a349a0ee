package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"bendo/internal/form"
)

// reachedElsewhere are all situations of the first pack in which a form is not the right one, by what leads
// there, and where they lead: a code in brackets is not in the pack.
var reachedElsewhere = map[string]string{
	"1.000656 case linked":                                  "2.002622",
	"1.000894 case foreign":                                 "(2.000806)",
	"1.000894 case mobile":                                  "1.000593",
	"1.000894 bride_nationality=KH":                         "(2.000806)",
	"1.000894 bride_nationality=other":                      "(2.000806)",
	"1.000894 groom_nationality=LA":                         "(2.000806)",
	"1.000894 registration_kind=again":                      "1.004746",
	"1.000894 registration_kind=foreign_note":               "()",
	"1.001193 case linked":                                  "2.000986",
	"1.001193 case parents_not_married_father_acknowledges": "1.000689",
	"1.004222 case overseas_no_passport":                    "1.004222",
	"1.011607 case average_living":                          "1.011609",
	"1.011607 case leave_poverty":                           "1.011608",
	"1.011607 request_kind=average_living":                  "1.011609",
}

func placeOf(e *form.Elsewhere) string {
	if e.Procedure != "" {
		return e.Procedure
	}
	return "(" + e.Code + ")"
}

// TestWhereAFormIsNotTheRightOne walks every case and every choice of every form: what leads elsewhere is
// exactly what is written down above, and says in both languages what it is.
func TestWhereAFormIsNotTheRightOne(t *testing.T) {
	pack, got := first77(t), map[string]string{}
	for _, code := range modelled {
		f, _ := pack.Form(code)
		for _, k := range f.Cases {
			if k.Procedure != "" {
				got[code+" case "+k.ID] = k.Procedure
			} else if e := form.LedElsewhere(f, nil, at14(f, k.ID).ctx); e != nil {
				got[code+" case "+k.ID] = placeOf(e)
			}
		}
		for _, e := range f.Elsewheres {
			for _, text := range append([]form.Text{e.Name, e.Why}, e.Bring...) {
				if text.VI == "" || text.EN == "" {
					t.Errorf("%s %s: no words in one of the languages", code, e.ID)
				}
			}
		}
		for _, fd := range f.Fields {
			for _, o := range fd.Options {
				if e := form.LedElsewhere(f, map[string]any{fd.ID: o.Value}, at14(f, "").ctx); e != nil {
					got[fmt.Sprintf("%s %s=%s", code, fd.ID, o.Value)] = placeOf(e)
				}
			}
		}
	}
	for at, place := range got {
		if want, known := reachedElsewhere[at]; known && want != place || !known && !strings.Contains(at, "nationality=") {
			t.Errorf("%s leads to %s, want %q", at, place, want)
		}
	}
	for _, at := range slices.Sorted(maps.Keys(reachedElsewhere)) {
		if got[at] == "" {
			t.Errorf("%s leads nowhere", at)
		}
	}
}

// tellsOfAnother finds cases whose own words speak of another procedure or form and which are filed with this
// one all the same.
func tellsOfAnother(f *form.Form) (cases []string) {
	for _, k := range f.Cases {
		words := strings.ToLower(k.Choose.VI + " " + k.Choose.EN + " " + k.Note)
		for _, sign := range []string{"thủ tục khác", "dùng thủ tục", "different procedure", "different form", "dùng mẫu", "procedure 1.", "procedure 2.", "route to"} {
			if strings.Contains(words, sign) && k.Procedure == "" && f.Elsewhere(k.ID) == nil {
				cases = append(cases, k.ID)
				break
			}
		}
	}
	return cases
}

// TestNoCaseTalksOfAnotherProcedureAndStays. The elderly are left: who of them takes the social pension
// instead depends on age and pension, and that is an officer's to say.
func TestNoCaseTalksOfAnotherProcedureAndStays(t *testing.T) {
	pack := first77(t)
	for _, code := range modelled {
		f, _ := pack.Form(code)
		want := []string(nil)
		if code == "1.001776" {
			want = []string{"elderly"}
		}
		if got := tellsOfAnother(f); !slices.Equal(got, want) {
			t.Errorf("%s: %v", code, got)
		}
	}
}
