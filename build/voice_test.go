package build

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A machine that cannot speak still builds, and nobody overlooks that it has no voice.
func TestNoVoiceIsSaidLoudly(t *testing.T) {
	bare := t.TempDir() // a PATH with the shell's own tools and nothing that speaks
	for _, tool := range []string{"bash", "dirname", "env"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(bare, tool)); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), "voice")
	cmd := exec.Command("./voice.sh", out)
	cmd.Env = []string{"PATH=" + bare}
	said, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(said), "NO VOICE: espeak-ng opusenc") {
		t.Errorf("%v: %s", err, said)
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Errorf("something was made: %v", err)
	}
}
