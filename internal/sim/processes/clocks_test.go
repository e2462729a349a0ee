package processes

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestSmokeClocks files and carries while the office's wall clock jumps ten years, runs backwards,
// stands still, wakes in 1970 or 2036, and its programs die (T7, I19). The portal's clock is right.
// Nothing is lost, nothing comes in another order, nothing is blocked: in the end the clock is still
// wrong and everything has arrived. BENDO_TORTURE=full makes it 500 jumps.
func TestSmokeClocks(t *testing.T) {
	jumps := 14
	if os.Getenv("BENDO_TORTURE") == "full" {
		jumps = 500
	}
	wall := filepath.Join(t.TempDir(), "wall")
	setWall(t, wall, "")
	t.Setenv("BENDO_TEST_WALL", "@"+wall)
	seed := seedOf(t)
	s := stormWith(t, seed, wrongClockPrograms(t))
	chance := rand.New(rand.NewPCG(seed, 7))
	boots := 0
	s.strike = func() (string, error) {
		what, words := wrongClock(chance)
		if chance.IntN(3) == 0 { // a new boot: what was monotonic begins anew
			boots++
			words += fmt.Sprint(" boot=b", boots)
		}
		setWall(t, wall, words)
		var err error
		switch chance.IntN(4) {
		case 0:
			err = s.agent.kill()
		case 1:
			err = s.desk.kill()
		}
		return what, err
	}
	s.run(jumps)
}

func wrongClock(chance *rand.Rand) (what, words string) {
	since := " since=" + time.Now().UTC().Format(time.RFC3339)
	switch chance.IntN(9) {
	case 0:
		return "ten years ahead", "offset=87660h"
	case 1:
		return "ten years behind", "offset=-87660h"
	case 2:
		return "1970", "set=1970-01-01T00:00:01Z" + since
	case 3:
		return "2036", "set=2036-02-07T06:28:16Z" + since
	case 4:
		return "backwards", "rate=-1" + since
	case 5:
		return "frozen", "rate=0" + since
	case 6:
		return "a thousand times as fast", "rate=1000" + since
	case 7:
		return "minutes off", fmt.Sprintf("offset=%dm", chance.IntN(240)-120)
	}
	return "right", ""
}

// setWall replaces the file that tells the programs their clock, in one step.
func setWall(t *testing.T, path, words string) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(words), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// wrongClockPrograms are those whose wall clock a test can put wrong, and the ordinary portal.
func wrongClockPrograms(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-buildvcs=false", "-tags", "testclock", "-ldflags", "-s -w", "-o", dir+string(os.PathSeparator),
		"bendo/agent/cmd/agent", "bendo/kiosk/cmd/kiosk")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the programs with the test's clock: %v\n%s", err, out)
	}
	if err := os.Symlink(filepath.Join(programs(t), "portal"), filepath.Join(dir, "portal")); err != nil {
		t.Fatal(err)
	}
	return dir
}
