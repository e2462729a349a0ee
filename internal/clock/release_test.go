//go:build !testclock

package clock

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestReleaseHasNoTestClock builds a program that reads the clock, without and with the tag of the
// torture tests, and looks for the seam in its bytes. The second build shows that it would be found.
func TestReleaseHasNoTestClock(t *testing.T) {
	for _, c := range []struct {
		tags string
		want bool
	}{{"", false}, {"testclock", true}} {
		out := filepath.Join(t.TempDir(), "agent")
		build := exec.Command("go", "build", "-tags", c.tags, "-o", out, "bendo/agent/cmd/agent")
		if text, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		program, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"BENDO_TEST_WALL", "ShiftWall", "the test's clock"} {
			if found := bytes.Contains(program, []byte(word)); found != c.want {
				t.Errorf("built with the tags %q: %q is in the program: %v, want %v", c.tags, word, found, c.want)
			}
		}
	}
}
