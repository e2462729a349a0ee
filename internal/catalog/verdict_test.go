package catalog

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bendo/internal/form"
)

// vector is a readable case: what is answered and what must be said about it.
type vector struct {
	What    string         `json:"what"`
	Form    string         `json:"form"`
	Today   string         `json:"today"`
	Case    string         `json:"case"`
	Online  bool           `json:"online"`
	Staff   bool           `json:"staff"`
	Answers map[string]any `json:"answers"`
	Codes   []string       `json:"codes"`
	Ignored []string       `json:"ignored"`
	Derived map[string]any `json:"derived"` // at least these
}

func (v vector) judge(f *form.Form) form.Verdict {
	return form.Judge(f, v.Answers, form.Context{Today: v.Today, Case: v.Case, Online: v.Online, Staff: v.Staff,
		Office: form.Office{Name: "Ủy ban nhân dân xã Giao Long", Commune: "Xã Giao Long"}})
}

func vectors(t testing.TB) map[string]vector {
	t.Helper()
	files, err := filepath.Glob("testdata/verdicts/*.json")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d vectors (%v)", len(files), err)
	}
	out := map[string]vector{}
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var v vector
		if err := strict(raw, &v); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[strings.TrimSuffix(filepath.Base(name), ".json")] = v
	}
	return out
}

func TestVerdicts(t *testing.T) {
	pack := first77(t)
	for name, v := range vectors(t) {
		t.Run(name, func(t *testing.T) {
			f, _ := pack.Form(v.Form)
			got := v.judge(f)
			if !slices.Equal(got.Codes(), v.Codes) {
				t.Errorf("%s\n got %v\nwant %v", v.What, got.Codes(), v.Codes)
			}
			slices.Sort(got.Ignored)
			slices.Sort(v.Ignored)
			if !slices.Equal(got.Ignored, v.Ignored) {
				t.Errorf("ignored %v, want %v", got.Ignored, v.Ignored)
			}
			for id, want := range v.Derived {
				if !reflect.DeepEqual(got.Derived[id], want) {
					t.Errorf("%s = %v, want %v", id, got.Derived[id], want)
				}
			}
			for _, p := range got.Problems {
				if p.Message.VI == "" || p.Message.EN == "" {
					t.Errorf("%s:%s says nothing in one of the languages", p.Field, p.Code)
				}
			}
		})
	}
}

// TestEverythingIsTranslated: what a resident reads is there in both languages.
func TestEverythingIsTranslated(t *testing.T) {
	pack := first77(t)
	for _, code := range pack.FormCodes() {
		f, _ := pack.Form(code)
		raw, err := json.Marshal(f)
		if err != nil {
			t.Fatal(err)
		}
		var doc any
		if err := json.Unmarshal(raw, &doc); err != nil {
			t.Fatal(err)
		}
		walkTexts(doc, code, func(at, vi, en string) {
			if vi == "" || en == "" {
				t.Errorf("%s: %q / %q", at, vi, en)
			}
		})
		for _, fd := range f.Fields {
			for _, x := range append([]*form.Field{fd}, fd.Items...) {
				if x.Help.VI == "" {
					t.Errorf("%s %s has no help", code, x.ID)
				}
			}
		}
	}
}

func walkTexts(v any, at string, text func(at, vi, en string)) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			walkTexts(x, at, text)
		}
	case map[string]any:
		if vi, ok := v["vi"].(string); ok {
			en, _ := v["en"].(string)
			text(at, vi, en)
		}
		for k, x := range v {
			walkTexts(x, at+"/"+k, text)
		}
	}
}

// TestHiddenAnswersCountForNothing: whatever is changed in a dossier, taking away
// the answers that were not asked changes neither problems nor questions.
func TestHiddenAnswersCountForNothing(t *testing.T) {
	pack := first77(t)
	var all []vector
	for _, v := range vectors(t) {
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b vector) int { return strings.Compare(a.What, b.What) })
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.SampledFrom(all).Draw(t, "vector")
		f, _ := pack.Form(v.Form)
		v.Answers = maps.Clone(v.Answers)
		for range rapid.IntRange(0, 6).Draw(t, "changes") {
			change(t, f, v.Answers)
		}
		whole := v.judge(f)
		for _, id := range whole.Ignored {
			delete(v.Answers, id)
		}
		bare := v.judge(f)
		if len(bare.Ignored) > 0 || !reflect.DeepEqual(whole.Problems, bare.Problems) || !slices.Equal(whole.Visible, bare.Visible) {
			t.Fatalf("%s: %v became %v", v.Form, whole.Codes(), bare.Codes())
		}
	})
}

// change answers one question of the form differently, or takes its answer away.
func change(t *rapid.T, f *form.Form, answers map[string]any) {
	var ids []string
	for _, fd := range f.Fields {
		ids = append(ids, fd.ID)
	}
	fd := f.Field(rapid.SampledFrom(ids).Draw(t, "field"))
	switch {
	case rapid.Bool().Draw(t, "remove"):
		delete(answers, fd.ID)
	case fd.Type == form.TypeEnum && !fd.Multiple:
		answers[fd.ID] = rapid.SampledFrom(fd.Options).Draw(t, "option").Value
	case fd.Type == form.TypeBoolean:
		answers[fd.ID] = rapid.Bool().Draw(t, "yes")
	case fd.Type == form.TypeDate, fd.Type == form.TypePartial:
		answers[fd.ID] = rapid.SampledFrom([]string{"1950", "1990-02-03", "2015-05-05", "2026-11-20", "2030-01-01"}).Draw(t, "day")
	}
}

// TestPlantedBug: a judge that loses one rule must be noticed by the vectors.
func TestPlantedBug(t *testing.T) {
	raw, err := first.ReadFile("pack/forms/1.001193.json")
	if err != nil {
		t.Fatal(err)
	}
	weak := strings.ReplaceAll(string(raw), `"value <= today()"`, `"value <= '2999-01-01'"`)
	lists := map[string][]form.Option{}
	for name, l := range first77(t).Lists {
		lists[name] = l.Options
	}
	f, err := form.ParseWith([]byte(weak), lists)
	if err != nil {
		t.Fatal(err)
	}
	v := vectors(t)["birth-not-born-yet"]
	if slices.Equal(v.judge(f).Codes(), v.Codes) {
		t.Error("the vector does not notice that the rule is gone")
	}
}
