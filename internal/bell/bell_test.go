package bell

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary runs itself again as the process that rings.
const (
	envRole = "BENDO_BELL_ROLE"
	envDir  = "BENDO_BELL_DIR"
	rings   = 300
)

func TestMain(m *testing.M) {
	if role := os.Getenv(envRole); role != "" {
		if err := child(role, os.Getenv(envDir)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// child "commits" a growing number to a file and rings for each.
func child(role, dir string) error {
	commit := func(i int) error {
		tmp := filepath.Join(dir, "count.tmp")
		if err := os.WriteFile(tmp, []byte(strconv.Itoa(i)), 0o600); err != nil {
			return err
		}
		return os.Rename(tmp, filepath.Join(dir, "count"))
	}
	ring := func(int) error { return Ring(filepath.Join(dir, "run", "bell")) }
	steps := []func(int) error{commit, ring}
	if role == "early" { // the planted bug: rings before the commit can be seen
		steps = []func(int) error{ring, func(i int) error {
			time.Sleep(5 * time.Millisecond)
			return commit(i)
		}}
	}
	for i := range rings {
		for _, step := range steps {
			if err := step(i + 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// lastSeen looks at the number only when rung, and returns the last one it saw when the other
// process has ended and two seconds passed without a ring, or when it has seen the last number.
func lastSeen(t *testing.T, role string) int {
	t.Helper()
	dir := t.TempDir()
	l, err := Listen(filepath.Join(dir, "run", "bell"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envRole+"="+role, envDir+"="+dir)
	ended := make(chan error, 1)
	go func() {
		out, err := cmd.CombinedOutput()
		if err != nil {
			err = fmt.Errorf("%w %s", err, out)
		}
		ended <- err
	}()
	var quiet <-chan time.Time
	last := 0
	for {
		select {
		case <-l.C():
			b, _ := os.ReadFile(filepath.Join(dir, "count"))
			last, _ = strconv.Atoi(string(b))
			if quiet != nil {
				quiet = time.After(2 * time.Second)
			}
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			quiet = time.After(2 * time.Second)
		case <-quiet:
			return last
		}
		if last == rings && quiet != nil {
			return last
		}
	}
}

func TestTheLastRingIsNeverMissed(t *testing.T) {
	for range 5 {
		if last := lastSeen(t, "ring"); last != rings {
			t.Fatalf("saw up to %d of %d", last, rings)
		}
	}
}

// The harness above must see the bug it is there for.
func TestRingingBeforeTheCommitMisses(t *testing.T) {
	if last := lastSeen(t, "early"); last == rings {
		t.Error("ringing before the commit was not noticed: the test above proves nothing")
	}
}

func TestListenerIsRungOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "bell")
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	<-l.C()
	if err := Ring(dir); err != nil {
		t.Fatal(err)
	}
	<-l.C()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	if err := Ring(dir); err != nil {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestRingWithoutDirectory(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run", "bell")
	if err := Ring(dir); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != bellName {
		t.Errorf("%v %v", entries, err)
	}
	file := filepath.Join(dir, bellName)
	if err := Ring(file); err == nil {
		t.Error("ringing at a file succeeded")
	}
	if _, err := Listen(file); err == nil {
		t.Error("listening at a file succeeded")
	}
}

func TestListenSweeps(t *testing.T) {
	dir := t.TempDir()
	left := filepath.Join(dir, tmpPrefix+"1")
	if err := os.WriteFile(left, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := Listen(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("left over: %v", err)
	}
}
