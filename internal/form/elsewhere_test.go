package form

import (
	"strings"
	"testing"
)

const elsewhereForm = `{"code":"1.000001","version":"1","name":{"vi":"Tờ khai"},"sections":[{"id":"s","title":{"vi":"S"},"fields":[
 {"id":"kind","label":{"vi":"Loại"},"type":"enum","options":[{"value":"new","label":{"vi":"Mới"}},{"value":"again","label":{"vi":"Lại"}}],"confidence":"proposal","origin":"kiosk"},
 {"id":"nation","label":{"vi":"Nước"},"type":"text","confidence":"proposal","origin":"kiosk"}]}],
 "cases":[{"id":"plain","name":{"vi":"Thường"},"confidence":"proposal"},{"id":"abroad","name":{"vi":"Nước ngoài"},"confidence":"proposal"},{"id":"away","name":{"vi":"Nơi khác"},"procedure":"1.000009","confidence":"proposal"}],
 "elsewhere":[
  {"id":"foreign","cases":["abroad"],"when":{"text":{"vi":"x"},"expr":"filled(nation) and nation != 'VN'"},"field":"nation","code":"2.000001","name":{"vi":"Việc khác"},"why":{"vi":"vì"},"office":{"vi":"Hỏi"},"confidence":"proposal"},
  {"id":"again","when":{"text":{"vi":"x"},"expr":"kind == 'again'"},"field":"kind","procedure":"1.000002","name":{"vi":"Làm lại"},"why":{"vi":"vì"},"confidence":"proposal"}]}`

func TestLedElsewhere(t *testing.T) {
	f, err := Parse([]byte(elsewhereForm))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		kase    string
		answers map[string]any
		want    string
	}{
		"nothing said":            {"", nil, ""},
		"the usual case":          {"plain", map[string]any{"nation": "VN", "kind": "new"}, ""},
		"a case":                  {"abroad", nil, "foreign"},
		"an answer":               {"plain", map[string]any{"nation": "KH"}, "foreign"},
		"another answer":          {"", map[string]any{"kind": "again"}, "again"},
		"two: the first":          {"", map[string]any{"kind": "again", "nation": "KH"}, "foreign"},
		"an answer of wrong kind": {"", map[string]any{"kind": 3.0}, ""},
		"a case nobody has":       {"none", nil, ""},
	} {
		got := ""
		if e := LedElsewhere(f, c.answers, Context{Today: "2026-11-23", Case: c.kase}); e != nil {
			got = e.ID
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestElsewheresThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct{ from, to, says string }{
		"an id twice":               {`"id":"again"`, `"id":"foreign"`, "no id"},
		"nobody says what it is":    {`"name":{"vi":"Việc khác"}`, `"name":{}`, "does not say"},
		"nobody says why":           {`"why":{"vi":"vì"}`, `"why":{}`, "does not say"},
		"nobody says where to go":   {`"office":{"vi":"Hỏi"},`, ``, "does not say"},
		"two codes":                 {`"code":"2.000001"`, `"code":"2.000001","procedure":"1.000002"`, "leads to"},
		"no code":                   {`"code":"2.000001"`, `"code":"Hai"`, "leads to"},
		"a case nobody has":         {`["abroad"]`, `["abroad","gone"]`, "is none"},
		"a case that leads already": {`["abroad"]`, `["away"]`, "two places"},
		"a case of two places":      {`"when":{"text":{"vi":"x"},"expr":"kind == 'again'"},"field":"kind"`, `"cases":["abroad"]`, "two places"},
		"nothing reaches it":        {`"when":{"text":{"vi":"x"},"expr":"kind == 'again'"},"field":"kind",`, ``, "reached by nothing"},
		"a question nobody has":     {`"field":"kind"`, `"field":"sort"`, "which question"},
		"no question":               {`,"field":"kind"`, ``, "which question"},
		"a bad condition":           {`kind == 'again'`, `kind == now()`, "condition"},
		"no confidence":             {`"why":{"vi":"vì"},"confidence":"proposal"}]`, `"why":{"vi":"vì"},"confidence":"sure"}]`, "confidence"},
	} {
		broken := strings.Replace(elsewhereForm, c.from, c.to, 1)
		if broken == elsewhereForm {
			t.Fatalf("%s: nothing was broken", name)
		}
		if _, err := Parse([]byte(broken)); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
