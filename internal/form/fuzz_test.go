package form

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"bendo/internal/bounded"
)

// packForms are the real forms, as seeds: the fuzzer starts from what exists.
func packForms(t testing.TB) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob("../catalog/pack/forms/*.json")
	if err != nil || len(files) != 15 {
		t.Fatalf("%d forms (%v)", len(files), err)
	}
	out := map[string][]byte{}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(name), ".json")] = raw
	}
	return out
}

// fewLists stand for the shared lists of a pack.
func fewLists() map[string][]Option {
	opts := []Option{{Value: "01", Label: Text{VI: "Một"}}, {Value: "permanent", Label: Text{VI: "Hai"}}, {Value: "can_cuoc", Label: Text{VI: "Ba"}},
		{Value: "VN", Label: Text{VI: "Bốn"}}, {Value: "other", Label: Text{VI: "Khác"}}}
	return map[string][]Option{"ethnicity": opts, "residence_type": opts, "id_doc_type": opts, "nationality": opts}
}

// FuzzParse: whatever comes, an error or a form that can be judged and that
// parses again from its own JSON.
func FuzzParse(f *testing.F) {
	for _, raw := range packForms(f) {
		f.Add(raw)
	}
	f.Add([]byte(small))
	for _, bad := range refusals {
		f.Add([]byte(strings.Replace(small, bad.old, bad.new, 1)))
	}
	lists := fewLists()
	f.Fuzz(func(t *testing.T, data []byte) {
		defer bounded.Input(t)()
		fm, err := ParseWith(data, lists)
		if err != nil {
			return
		}
		ctx := Context{Today: "2026-11-22"}
		v := Judge(fm, Prefill(fm, ctx), ctx)
		for _, p := range v.Problems {
			if p.Message.VI == "" {
				t.Fatalf("%+v says nothing", p)
			}
		}
		out, err := json.Marshal(fm)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseWith(out, lists); err != nil && len(out) <= MaxFormBytes {
			t.Fatalf("its own JSON is refused: %v", err)
		}
	})
}

// FuzzJudge: whatever is answered, a verdict: the same twice, without touching
// the answers, naming only fields that were asked or answered.
func FuzzJudge(f *testing.F) {
	forms := map[string]*Form{}
	lists := fewLists()
	for code, raw := range packForms(f) {
		fm, err := ParseWith(raw, lists)
		if err != nil {
			f.Fatal(err)
		}
		forms[code] = fm
	}
	files, err := filepath.Glob("../../testdata/dossiers/*/dossier.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no sample dossiers (%v)", err)
	}
	for _, name := range files {
		var d struct {
			Procedure, Case string
			Answers         json.RawMessage
		}
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if err := json.Unmarshal(raw, &d); err != nil {
			f.Fatal(err)
		}
		f.Add(d.Procedure, d.Case, []byte(d.Answers), "2026-11-22", false)
		f.Add(d.Procedure, d.Case, []byte(strings.ReplaceAll(string(d.Answers), `"`, "")), "", true)
	}
	f.Add("2.000815", "", []byte(`{"documents":[[],{"doc_pages":"x","doc_copies":1e300},null,5],"total_fee":{}}`), "2026-11-22", true)
	f.Add("1.001193", "abandoned", []byte(`{"birth_proof_kind":[1],"requester_residence":"x","birth_case":{},"child_birth_date":true}`), "nie", false)
	f.Fuzz(func(t *testing.T, code, kase string, data []byte, today string, flag bool) {
		defer bounded.Input(t)()
		fm := forms[code]
		var answers map[string]any
		if fm == nil || json.Unmarshal(data, &answers) != nil {
			return
		}
		ctx := Context{Today: today, Case: kase, Online: flag, Staff: flag}
		before, _ := json.Marshal(answers)
		v := Judge(fm, answers, ctx)
		if !reflect.DeepEqual(v, Judge(fm, answers, ctx)) {
			t.Fatal("two verdicts of the same answers differ")
		}
		if after, _ := json.Marshal(answers); string(after) != string(before) {
			t.Fatal("judging changed the answers")
		}
		for _, p := range v.Problems {
			if p.Message.VI == "" || p.Message.EN == "" {
				t.Fatalf("%s:%s says nothing", p.Field, p.Code)
			}
		}
		Visible(fm, answers, ctx)
	})
}

// FuzzExpression: whatever a pack writes as a condition, it is refused or it ends
// with a value, whatever the answers are.
func FuzzExpression(f *testing.F) {
	for _, e := range []string{"who == 'other'", "age(born, today()) < 18 or not online", "count(docs.pages == 1) == 2", "sum(docs.fee) * 2 > 1.5e3",
		"who in ['a','b'] ? 'x' : -len(who)", "contains_any(who, ['A', 1, true])", "vietnamese_number_words(sum(docs.pages)) + date_text(born)", "address_text(who)", "option_text(who)", "((((", "who.__proto__", "1..9"} {
		f.Add(e, "1990-02", 3.0)
	}
	fm, err := Parse([]byte(small))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src, born string, pages float64) {
		defer bounded.Input(t)()
		for _, m := range []mode{modeCondition, modeRule, modeDerive} {
			pr, err := compileExpr(src, scope{form: fm, value: true}, m)
			if err != nil {
				continue
			}
			r := read(fm, map[string]any{"who": born, "born": born, "docs": []any{map[string]any{"pages": pages, "copies": 1}}}, Context{Today: "2026-11-22"})
			if r.err != nil {
				continue
			}
			v, err := r.run(pr, born, nil)
			if _, isBool := v.(bool); m != modeDerive && (err != nil || !isBool) {
				t.Fatalf("%q gives %v, %v", src, v, err)
			}
		}
	})
}
