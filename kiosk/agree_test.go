package kiosk

import (
	"slices"
	"testing"
)

// The card was scanned for the applicant; what was typed about him elsewhere must not disagree unseen.
func TestAnAnswerThatDiffersFromTheCardIsListed(t *testing.T) {
	d := openDesk(t)
	d.visit()
	at := "/api/drafts/" + d.typed(sample(t, aBirth))
	person := map[string]string{"full_name": "NGUYỄN THỊ THỦY", "citizen_id": "083190999001", "birth_date": "1990-03-14", "sex": "female", "phone": "0912345678", "evidence": "qr"}
	differing := func() (out []string) {
		t.Helper()
		var j struct{ Problems []problemView }
		d.want(200, "POST", at+"/judge", nil, &j)
		for _, p := range j.Problems {
			if p.Code == "differs_from_card" {
				out = append(out, p.Field)
				if p.Message.VI == "" || p.Message.EN == "" || p.Where != whereAnswers {
					t.Errorf("%+v", p)
				}
			}
		}
		return out
	}
	answer := func(field, value, evidence string) {
		t.Helper()
		d.want(200, "PUT", at+"/fields/"+field, map[string]string{"value": value, "evidence": evidence}, nil)
	}
	answer("requester_birth_date", "1990-03-14", "typed")
	for _, c := range []struct {
		what, name, number, evidence string
		want                         []string
	}{
		{"the same, the tone in its other place", "Nguyễn Thị Thuỷ", "083190999001", "typed", nil},
		{"a lost mark", "Nguyễn Thị Thuy", "083190999001", "typed", []string{"requester_name"}},
		{"another number", "Nguyễn Thị Thủy", "083190999002", "typed", []string{"requester_id_number"}},
		{"another card's word", "LÊ VĂN BA", "083090999009", "qr", nil},
	} {
		d.want(200, "PUT", at+"/applicant", person, nil)
		answer("requester_name", c.name, c.evidence)
		answer("requester_id_number", c.number, c.evidence)
		if got := differing(); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
	// An applicant who was typed has no card to differ from.
	person["evidence"] = "typed"
	d.want(200, "PUT", at+"/applicant", person, nil)
	answer("requester_name", "Trần Văn Khác", "typed")
	if got := differing(); got != nil {
		t.Errorf("typed and typed: %q", got)
	}
}

func TestSpelling(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"Hòa", "Hoà", true}, {"HOÀ", "hòa", true}, {"Thủy  Tiên", "thuỷ tiên", true}, {"Đượm", "ĐƯỢM", true},
		{"Hoa", "Hòa", false}, {"Hóa", "Hòa", false}, {"Dung", "Dũng", false}, {"Đung", "Dung", false}, {"Mỹ", "Mĩ", false},
	} {
		if got := spelling(c.a) == spelling(c.b); got != c.want {
			t.Errorf("%q and %q alike: %v, want %v", c.a, c.b, got, c.want)
		}
	}
}
