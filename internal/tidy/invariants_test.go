package tidy

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Every invariant of the protocol has a named test; BENDO_INDEX=1 prints which.
func TestInvariants(t *testing.T) {
	tree, err := Read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range Invariants {
		for _, f := range r.Check(tree) {
			t.Error(f)
		}
	}
	if os.Getenv("BENDO_INDEX") == "" {
		return
	}
	tests := InvariantTests(tree)
	for n := 1; n <= mostInvariants; n++ {
		t.Logf("I%d: %s", n, strings.Join(tests[n], ", "))
	}
}

func TestPlantedInvariants(t *testing.T) {
	var table, suite strings.Builder
	for n := 1; n <= mostInvariants; n++ {
		fmt.Fprintf(&table, "| I%d | x | `TestRoad` |\n", n)
	}
	suite.WriteString("package x\n\nvar suite = []string{\"I20/Push/is fair\", \"no/I21/tag\"}\n\n// TestRoad: I1–I19, I21, I22 and I24 hold.\nfunc TestRoad() {\n\t// I23: here.\n}\n\n// FuzzRoad: I25, I26–I27.\nfunc FuzzRoad() {}\n")
	files := map[string]string{"a/a_test.go": suite.String(), "TORTURE.md": table.String()}
	if got := invariantsTested(plant(t, files)); len(got) > 0 {
		t.Errorf("a whole index was reported: %v", got)
	}
	for what, change := range map[string]func(map[string]string){
		"a promise without a test": func(f map[string]string) { f["a/a_test.go"] = strings.Replace(f["a/a_test.go"], "I23", "II", 1) },
		"a suite without its tag":  func(f map[string]string) { f["a/a_test.go"] = strings.Replace(f["a/a_test.go"], "I20/", "I2x/", 1) },
		"a comment of no test": func(f map[string]string) {
			f["a/a_test.go"] = strings.Replace(f["a/a_test.go"], "FuzzRoad()", "road()", 1)
		},
		"no table":            func(f map[string]string) { delete(f, "TORTURE.md") },
		"a row less":          func(f map[string]string) { f["TORTURE.md"] = strings.Replace(f["TORTURE.md"], "| I7 |", "| I99 |", 1) },
		"a test that is gone": func(f map[string]string) { f["TORTURE.md"] += "`TestGone`\n" },
		"a row without a test": func(f map[string]string) {
			f["TORTURE.md"] = strings.Replace(f["TORTURE.md"], "| I9 | x | `TestRoad` |", "| I9 | x | |", 1)
		},
	} {
		bad := map[string]string{}
		for k, v := range files {
			bad[k] = v
		}
		change(bad)
		if len(invariantsTested(plant(t, bad))) == 0 {
			t.Errorf("%s was not seen", what)
		}
	}
}
