package catalog

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/json"
	"image/jpeg"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/text/unicode/norm"

	"bendo/internal/form"
)

const shared = "../../testdata/"

// TestSampleDossiers: what the demo files must pass its form and be small enough
// for a bad line, or the demo shows something else than it says.
func TestSampleDossiers(t *testing.T) {
	pack := first77(t)
	dirs, err := filepath.Glob(shared + "dossiers/*/dossier.json")
	if err != nil || len(dirs) != 12 {
		t.Fatalf("%d dossiers, want 12 (%v)", len(dirs), err)
	}
	procedures, scans := map[string]bool{}, int64(0)
	for _, file := range dirs {
		var d struct {
			Reference, Procedure, Case string
			SubmittedAt                string `json:"submitted_at"`
			Answers                    map[string]any
			Attachments                []struct{ File, Component string }
		}
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &d); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		f, _ := pack.Form(d.Procedure)
		// Filed any day after: nothing in a sample may go stale within the decade
		// except the end of a temporary stay, so the day is the day it was filed.
		v := form.Judge(f, d.Answers, form.Context{Today: d.SubmittedAt[:10], Case: d.Case, Office: form.Office{Name: "Ủy ban nhân dân xã Giao Long"}})
		if !v.OK() || len(v.Ignored) > 0 {
			t.Errorf("%s: %v, ignored %v", file, v.Codes(), v.Ignored)
		}
		procedures[d.Procedure] = true
		for _, a := range d.Attachments {
			if _, ok := pack.Component(d.Procedure, d.Case, a.Component); !ok {
				t.Errorf("%s: component %q is not in the pack", file, a.Component)
			}
			if !norm.NFC.IsNormalString(a.File) {
				t.Errorf("%s: %q is not NFC", file, a.File)
			}
			img, err := os.ReadFile(filepath.Join(filepath.Dir(file), a.File))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := jpeg.DecodeConfig(bytes.NewReader(img)); err != nil {
				t.Errorf("%s: %s: %v", file, a.File, err)
			}
			scans += int64(len(img))
		}
	}
	if len(procedures) != 8 || scans < 600_000 || scans > 950_000 {
		t.Errorf("%d procedures, %d bytes of scans", len(procedures), scans)
	}
}

// TestDictionary holds the size of one dossier's payload: the envelope around it
// has a bar of its own, and this much must be left of it. Measured when the
// dictionary was trained: median 354, largest 476 bytes.
func TestDictionary(t *testing.T) {
	dict, err := os.ReadFile("../../syncproto/dict/d1.bin")
	if err != nil {
		t.Fatal(err)
	}
	if len(dict) > 32<<10 {
		t.Errorf("%d bytes; deflate never looks farther back than 32768", len(dict))
	}
	f, err := os.Open(shared + "protocol/corpus/submitted.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var sizes []int
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		sizes = append(sizes, deflated(t, lines.Bytes(), dict))
	}
	slices.Sort(sizes)
	if len(sizes) < 100 || sizes[len(sizes)/2] > 600 {
		t.Errorf("%d payloads, sizes %v", len(sizes), sizes)
	}
	if plain := deflated(t, []byte(`{"nothing":"known"}`), nil); plain == 0 {
		t.Error("the measure measures nothing")
	}
}

func deflated(t *testing.T, payload, dict []byte) int {
	t.Helper()
	var out bytes.Buffer
	w, err := flate.NewWriterDict(&out, flate.BestCompression, dict)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(payload); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Len()
}
