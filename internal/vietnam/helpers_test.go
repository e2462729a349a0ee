package vietnam

import (
	"encoding/json"
	"os"
	"testing"
)

// readJSON reads a file of vectors from testdata.
func readJSON(t testing.TB, file string, into any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// codeOf returns the code of a refusal; "" for none. An error without a code fails the test: whatever a
// resident may cause needs a sentence that tells what to do.
func codeOf(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	p, ok := AsProblem(err)
	if !ok {
		t.Fatalf("error without a code: %v", err)
	}
	if p.Code == "" || p.Vi == "" || p.En == "" {
		t.Fatalf("problem %+v is not complete", *p)
	}
	return p.Code
}
