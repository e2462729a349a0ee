package officepaper

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// cases are papers in testdata/cases, "form-case.json".
func cases(t testing.TB) map[string]Form {
	t.Helper()
	files, err := filepath.Glob("testdata/cases/*.json")
	if err != nil || len(files) != 3*len(forms) {
		t.Fatalf("%d cases for %d forms (%v)", len(files), len(forms), err)
	}
	out := map[string]Form{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		form, _, _ := strings.Cut(name, "-")
		out[name] = decoded(t, Name(form), data)
	}
	return out
}

func decoded(t testing.TB, name Name, data []byte) Form {
	t.Helper()
	for _, f := range forms {
		if f.Form() != name {
			continue
		}
		into := reflect.New(reflect.TypeOf(f))
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		if err := dec.Decode(into.Interface()); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return into.Elem().Interface().(Form)
	}
	t.Fatalf("no form %s", name)
	return nil
}

var today = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func template(t testing.TB, name Name) Template {
	t.Helper()
	shelf, err := Builtin()
	if err != nil {
		t.Fatal(err)
	}
	one, err := shelf.On(name, today)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// casePDFs are the cases' papers, each drawn once: drawing takes a tenth of a second.
var casePDFs sync.Map

func drawnCase(t testing.TB, name string, data Form) []byte {
	t.Helper()
	if pdf, done := casePDFs.Load(name); done {
		return pdf.([]byte)
	}
	pdf := mustRender(t, data)
	casePDFs.Store(name, pdf)
	return pdf
}

// TestEveryCaseIsDrawn writes every case as a PDF where BENDO_PAPERS says, to be looked at.
func TestEveryCaseIsDrawn(t *testing.T) {
	for name, data := range cases(t) {
		pdf := drawnCase(t, name, data)
		if dir := os.Getenv("BENDO_PAPERS"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, name+".pdf"), pdf, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
