package plan

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

func written(t testing.TB, p Plan) []byte {
	t.Helper()
	raw, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestTheBuiltInPlanIsOneAPackCouldHave(t *testing.T) {
	p, err := Parse(written(t, Default()))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(p, Default()) {
		t.Fatalf("read back %+v", p)
	}
	if p.Priority.Verified {
		t.Error("the built-in groups of priority claim to be checked against a rule in force")
	}
	for _, g := range p.Priority.Groups {
		if strings.ContainsAny(g.VI, "0123456789") {
			t.Errorf("%q names an age, which no source of this project states", g.VI)
		}
	}
	if s, found := p.Service("ket_qua"); !found || s.Letter != "N" {
		t.Errorf("fetching a result: %+v, %v", s, found)
	}
	if s, found := p.ByLetter("D"); !found || s.Code != "cu_tru" {
		t.Errorf("letter D: %+v, %v", s, found)
	}
	if _, found := p.Service("chưa có"); found {
		t.Error("a service nobody offers was found")
	}
}

func TestParseRefuses(t *testing.T) {
	change := func(f func(*Plan)) string {
		p := Default()
		f(&p)
		return string(written(t, p))
	}
	for name, c := range map[string]struct{ in, say string }{
		"nothing":              {``, "EOF"},
		"no services":          {`{"services": []}`, "0 services"},
		"an unknown field":     {`{"services": [], "colour": 1}`, "colour"},
		"two values":           {change(func(*Plan) {}) + `{}`, "something follows"},
		"not UTF-8":            {"{\"services\": \"\xff\"}", "not UTF-8"},
		"a letter twice":       {change(func(p *Plan) { p.Services[1].Letter = "A" }), "stands twice"},
		"a code twice":         {change(func(p *Plan) { p.Services[1].Code = "ho_tich" }), "stands twice"},
		"a small letter":       {change(func(p *Plan) { p.Services[0].Letter = "a" }), "A to Z"},
		"two letters":          {change(func(p *Plan) { p.Services[0].Letter = "AB" }), "A to Z"},
		"a code with a blank":  {change(func(p *Plan) { p.Services[0].Code = "ho tich" }), "a-z"},
		"no name":              {change(func(p *Plan) { p.Services[0].Name.VI = "  " }), "no Vietnamese"},
		"a name of two lines":  {change(func(p *Plan) { p.Services[0].Name.VI = "a\nb" }), "not one line"},
		"a name without end":   {change(func(p *Plan) { p.Services[0].Hint.EN = strings.Repeat("x", 161) }), "longer"},
		"too many services":    {change(func(p *Plan) { p.Services = append(p.Services, make([]Service, MaxServices)...) }), "services"},
		"priority for nobody":  {change(func(p *Plan) { p.Priority.Groups = nil }), "0 groups"},
		"a group without name": {change(func(p *Plan) { p.Priority.Groups[0].VI = "" }), "group 1"},
		"sixty-one a minute":   {change(func(p *Plan) { p.PerMinute = 61 }), "per_minute"},
	} {
		if _, err := Parse([]byte(c.in)); err == nil || !strings.Contains(err.Error(), c.say) {
			t.Errorf("%s: %v, want something with %q", name, err, c.say)
		}
	}
}

// FuzzParse: whatever is read can be shown, and reads back the same.
func FuzzParse(f *testing.F) {
	f.Add(written(f, Default()))
	f.Add([]byte(`{"services":[{"code":"a","letter":"A","icon":"","name":{"vi":"Một","en":""},"hint":{"vi":"","en":""}}],"priority":{"offer":false,"verified":false,"groups":null}}`))
	f.Add([]byte(`{"services":[{"code":"a","letter":"A"}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := Parse(in)
		if err != nil {
			return
		}
		for _, s := range p.Services {
			if got, found := p.ByLetter(s.Letter); !found || got.Code != s.Code || s.Name.VI == "" {
				t.Fatalf("%+v", s)
			}
		}
		again, err := Parse(written(t, p))
		if err != nil || len(again.Services) != len(p.Services) || again.PerMinute != p.PerMinute {
			t.Fatalf("%v: %+v from %+v", err, again, p)
		}
	})
}
