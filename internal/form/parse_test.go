package form

import (
	"strings"
	"testing"
)

// refusals: one change to the small form, and what the refusal must name.
var refusals = []struct{ name, old, new, says string }{
	{"unknown key", `"required":true`, `"requierd":true`, "requierd"},
	{"unknown type", `"type":"text"`, `"type":"txt"`, "txt"},
	{"twice the same id", `"id":"born"`, `"id":"who"`, "who"},
	{"reserved id", `"id":"born"`, `"id":"value"`, "value"},
	{"unknown field in a condition", `who == 'other'`, `whom == 'other'`, "whom"},
	{"a library function", `who == 'other'`, `len(filter([1], true)) > 0`, "outside"},
	{"a loop", `who == 'other'`, `all(1..1000000, # > 0)`, "outside"},
	{"a method", `who == 'other'`, `who.x.y()`, "outside"},
	{"a matches operator", `who == 'other'`, `who matches '(a+)+$'`, "matches"},
	{"a pipe", `who == 'other'`, `who | upper() == 'A'`, "upper"},
	{"a variable", `who == 'other'`, `let x = 1; x == 1`, "outside"},
	{"nil", `who == 'other'`, `who == nil`, "outside"},
	{"wrong arity", `who == 'other'`, `age(born) > 3`, "2 arguments"},
	{"item outside a row", `who == 'other'`, `item.pages == 1`, "outside"},
	{"value outside a rule", `who == 'other'`, `value == 1`, "value"},
	{"unknown column", `sum(docs.fee)`, `sum(docs.feee)`, "feee"},
	{"copy of what is no option", `"id":"kind","label"`, `"id":"kind","copy":{"value":"never","when":{"text":{"vi":"x"},"expr":"filled(born)"}},"label"`, "never"},
	{"copy of two things", `"id":"kind","label"`, `"id":"kind","copy":{"from":"who","value":"late","when":{"text":{"vi":"x"},"expr":"filled(born)"}},"label"`, "fit"},
	{"copy from nowhere", `"id":"kind","label"`, `"id":"kind","copy":{"when":{"text":{"vi":"x"},"expr":"filled(born)"}},"label"`, "not possible"},
	{"option_text of no list", `who == 'other'`, `option_text(born) == 'A'`, "no list"},
	{"option_text of a text", `who == 'other'`, `option_text('who') == 'A'`, "takes a field"},
	{"circle of conditions", `"id":"who","label"`, `"id":"who","when":{"text":{"vi":"x"},"expr":"filled(who_other)"},"label"`, "itself"},
	{"circle of values", `days_between(born, today()) <= 60`, `kind == 'late'`, "itself"},
	{"unknown list", `"options":[{"value":"a","label":{"vi":"A"}},{"value":"other","label":{"vi":"Khác"}}]`, `"list":"nowhere"`, "nowhere"},
	{"doubled option", `"value":"other"`, `"value":"a"`, "doubled"},
	{"options on a date", `"type":"partial_date"`, `"type":"partial_date","options":[{"value":"a","label":{"vi":"A"}}]`, "no options"},
	{"default outside the list", `"id":"kind","label"`, `"id":"kind","default":"never","label"`, "default"},
	{"rows inside rows", `"id":"pages","label":{"vi":"Trang"},"type":"integer"`, `"id":"pages","label":{"vi":"Trang"},"type":"repeat","items":[]`, "repeat inside"},
	{"more rows than allowed", `"max_items":3`, `"max_items":300`, "300"},
	{"unknown rule code", `"code":"in_future"`, `"code":"in_the_future"`, "in_the_future"},
	{"a rule without words", `{"vi":"Sau hôm nay."}`, `{"vi":""}`, "message"},
	{"a bad pattern", `"expr":"value <= today()"`, `"pattern":"(["`, "pattern"},
	{"unknown confidence", `"confidence":"verified"`, `"confidence":"sure"`, "sure"},
	{"unknown prefill", `"id":"born","label"`, `"id":"born","prefill":"office.secret","label"`, "office.secret"},
	{"something after the form", `]}]}`, `]}]} {}`, "follows"},
	{"no version", `"version":"1"`, `"version":""`, "version"},
}

func TestRefusals(t *testing.T) {
	for _, c := range refusals {
		t.Run(c.name, func(t *testing.T) {
			doc := strings.Replace(small, c.old, c.new, 1)
			if doc == small {
				t.Fatal("the case changes nothing")
			}
			_, err := Parse([]byte(doc))
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one that names %q", err, c.says)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	if _, err := Parse(make([]byte, MaxFormBytes+1)); err == nil {
		t.Error("a form of more than the limit is read")
	}
	long := strings.Repeat("who == 'a' or ", 80) + "true"
	if _, err := Parse([]byte(strings.Replace(small, "who == 'other'", long, 1))); err == nil {
		t.Error("an expression of more than the limit is compiled")
	}
}

// TestExpressions: the language's own table. The fields are small's: who, born,
// docs; the answers are fixed below.
func TestExpressions(t *testing.T) {
	answers := map[string]any{"who": "other", "born": "1990", "docs": []any{map[string]any{"pages": 3, "copies": 2}, map[string]any{"pages": 1, "copies": 2}}}
	for _, c := range []struct {
		expr string
		want bool
	}{
		{"who == 'other'", true}, {"who != 'other'", false}, {"who in ['a','other']", true}, {"who not in ['a','other']", false},
		{"not (who == 'a') and filled(born)", true}, {"who == 'a' or born == '1990'", true},
		{"born < '1990-06-01'", true}, {"born >= '1990-01-01'", true}, {"born > today()", false},
		{"age(born, today()) >= 18", true}, {"age(born, today()) == 36", true}, {"days_between('2026-11-01', today()) == 21", true},
		{"empty(who_other)", true}, {"who_other == ''", true}, {"who_other != 'x'", true}, {"who_other < 'x'", false}, {"who_other >= 'x'", false},
		{"count(docs.copies == 2) == 2", true}, {"count(docs.pages == 3) > 1", false}, {"sum(docs.pages) == 4", true}, {"len(docs) == 2", true}, {"len(who) == 5", true},
		{"contains_any(who, ['OTH','x'])", true}, {"contains_any(who, ['zz'])", false}, {"online", false}, {"not online", true}, {"option_text(who) == 'Khác'", true}, {"empty(option_text(kind))", false}, {"option_text(kind) == 'Quá hạn'", true}, {"-1 < 0", true}, {"1.5 + 1 == 2.5", true},
	} {
		f, err := Parse([]byte(strings.Replace(small, `"expr":"who == 'other'"`, `"expr":"true"`, 1)))
		if err != nil {
			t.Fatal(err)
		}
		pr, err := compileExpr(c.expr, scope{form: f}, modeCondition)
		if err != nil {
			t.Errorf("%s: %v", c.expr, err)
			continue
		}
		r := read(f, answers, Context{Today: "2026-11-22"})
		if got, err := r.run(pr, nil, nil); err != nil || got != c.want {
			t.Errorf("%s = %v (%v), want %v", c.expr, got, err, c.want)
		}
	}
}

func TestWords(t *testing.T) {
	for n, want := range map[int64]string{
		0: "không", 5: "năm", 10: "mười", 15: "mười lăm", 21: "hai mươi mốt", 24: "hai mươi bốn", 55: "năm mươi lăm", 101: "một trăm linh một", 110: "một trăm mười",
		1000: "một nghìn", 1005: "một nghìn không trăm linh năm", 2026: "hai nghìn không trăm hai mươi sáu", 50_000_000: "năm mươi triệu", 125_000_000: "một trăm hai mươi lăm triệu",
		1_000_000_000: "một tỷ", 1_200_000_000_000: "một nghìn hai trăm tỷ", 1_000_000_000_000: "một nghìn tỷ", -1: "", 1_000_000_000_000_000: "",
	} {
		if got := NumberWords(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := DateWords("2026-04-21"); got != "Ngày hai mươi mốt, tháng tư, năm hai nghìn không trăm hai mươi sáu" {
		t.Error(got)
	}
	if got := DateWords("2026-04"); got != "" {
		t.Error(got)
	}
}

func TestEveryCodeHasASentence(t *testing.T) {
	for c, s := range sentences {
		if s.VI == "" || s.EN == "" {
			t.Errorf("%s", c)
		}
	}
}
