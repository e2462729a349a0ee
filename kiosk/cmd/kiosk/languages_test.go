package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bendo/frontend"
)

// A province's folder is judged by one command: gaps of a draft are listed, faults end it with
// status 1, and a folder without packs is not taken for a good one.
func TestLanguagesLint(t *testing.T) {
	if _, built := frontend.Dist(); !built {
		t.Skip("NOT TESTED: packs against the screens, which are not built here (make screens)")
	}
	pack := func(sentence string) string {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Join(dir, "stt"), 0o700); err != nil {
			t.Fatal(err)
		}
		text := `{"language":"stt","name":"Tiếng S'tiêng","start":"Bắt đầu","state":"draft","strings":{"common.back":"` + sentence + `"}}`
		if err := os.WriteFile(filepath.Join(dir, "stt", "pack.json"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"the packs that are compiled in", nil, 0, ""},
		{"a draft with gaps", []string{pack("Lui")}, 0, "missing"},
		{"a placeholder too many", []string{pack("Lui {n}")}, 1, "not in the Vietnamese"},
		{"turned direction", []string{pack(`a\u202eb`)}, 1, "U+202E"},
		{"no pack", []string{t.TempDir()}, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out, err bytes.Buffer
			if code := run(t.Context(), append([]string{"languages", "lint"}, c.args...), &out, &err); code != c.code || !strings.Contains(out.String(), c.says) {
				t.Errorf("status %d, want %d; said %.300s %.300s", code, c.code, out.String(), err.String())
			}
		})
	}
	for _, args := range [][]string{{"languages", "template"}, {"languages", "template", "--json"}, {"languages", "record"}} {
		var out, err bytes.Buffer
		if code := run(t.Context(), args, &out, &err); code != 0 || out.Len() < 1000 {
			t.Errorf("%v: status %d, %d bytes: %s", args, code, out.Len(), err.String())
		}
	}
}
