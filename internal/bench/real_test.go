package bench

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/internal/line/packet"
)

// TestOneRowForReal runs the shortest row with the built programs, so that a change of their commands is
// seen before somebody waits for hours.
func TestOneRowForReal(t *testing.T) {
	bin, err := filepath.Abs("../../bin")
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"portal", "agent", "kiosk"} {
		if _, err := os.Stat(filepath.Join(bin, program)); err != nil {
			t.Skipf("NOT TESTED, the programs are not built (make build): %v", err)
		}
	}
	if _, err := zstd([]byte("x")); err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	file := filepath.Join(t.TempDir(), "results.jsonl")
	var said strings.Builder
	err = Run(t.Context(), Options{Bin: bin, Rows: "cold", Tools: []string{toolOurs}, Cap: time.Minute, Seed: 1, File: file, Out: &said})
	if errors.Is(err, packet.ErrUnavailable) {
		t.Skipf("NOT TESTED, no packet-level line here: %v", err)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, said.String())
	}
	all, err := readResults(file)
	if err != nil {
		t.Fatal(err)
	}
	for k, list := range all {
		if r := list[0]; k.row != "cold" || !r.Done || r.RTTs < 2 || r.Counts.IP() < 1000 || r.RSS == 0 || r.CPU == 0 {
			t.Errorf("%+v: %+v", k, r)
		}
	}
	if len(all) != 1 {
		t.Errorf("%d results", len(all))
	}
}
