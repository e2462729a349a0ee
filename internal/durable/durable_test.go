package durable

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// The test binary runs itself again as a second process; what that one does is in these variables.
const (
	envRole = "BENDO_DURABLE_ROLE"
	envDir  = "BENDO_DURABLE_DIR"
	envStep = "BENDO_DURABLE_STEP"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(envRole); role != "" {
		child(role, os.Getenv(envDir), os.Getenv(envStep))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(role, dir, step string) {
	hook = func(s string) {
		if s == step {
			p, _ := os.FindProcess(os.Getpid())
			p.Kill()
			select {} // never a step further
		}
	}
	var err error
	switch role {
	case "write":
		err = WriteFile(filepath.Join(dir, "f"), []byte("new"), 0o600)
	case "remove":
		err = Remove(filepath.Join(dir, "f"))
	case "writenew":
		err = WriteNew(filepath.Join(dir, "once"), []byte(fmt.Sprint(os.Getpid())), 0o600)
		if errors.Is(err, fs.ErrExist) {
			fmt.Print("exists")
			return
		}
		fmt.Print("made")
	case "lock":
		var l *Lock
		if l, err = AcquireLock(filepath.Join(dir, "lock")); err == nil {
			fmt.Println("locked")
			var b [1]byte
			os.Stdin.Read(b[:])
			l.Release()
		}
	}
	if err != nil {
		fmt.Print(err)
		os.Exit(1)
	}
}

func respawn(t *testing.T, role, dir, step string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envRole+"="+role, envDir+"="+dir, envStep+"="+step)
	return cmd
}

func TestKilledBetweenSteps(t *testing.T) {
	tests := []struct {
		role, step string
		want       []string // what the file may hold afterwards; "" is: no such file
	}{
		{"write", "created", []string{"old"}},
		{"write", "synced", []string{"old"}},
		{"write", "renamed", []string{"new"}},
		{"write", "dirsynced", []string{"new"}},
		{"remove", "removed", []string{""}},
	}
	for _, tt := range tests {
		t.Run(tt.role+" "+tt.step, func(t *testing.T) {
			dir := t.TempDir()
			if err := WriteFile(filepath.Join(dir, "f"), []byte("old"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := respawn(t, tt.role, dir, tt.step).Run(); err == nil {
				t.Fatalf("the child was not killed at step %q: the step does not exist", tt.step)
			}
			b, err := os.ReadFile(filepath.Join(dir, "f"))
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				t.Fatal(err)
			}
			if !slices.Contains(tt.want, string(b)) {
				t.Errorf("file holds %q, want one of %q", b, tt.want)
			}
			if _, err := SweepTemp(dir, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			for _, e := range readDir(t, dir) {
				if e != "f" {
					t.Errorf("left after the sweep: %s", e)
				}
			}
			// The same call again repairs.
			if out, err := respawn(t, tt.role, dir, "").CombinedOutput(); err != nil {
				t.Errorf("again: %v %s", err, out)
			}
		})
	}
}

func TestOrderOfSteps(t *testing.T) {
	var got []string
	hook = func(s string) { got = append(got, s) }
	defer func() { hook = nil }()
	if err := WriteFile(filepath.Join(t.TempDir(), "f"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	want := []string{"created", "synced", "renamed", "dirsynced"}
	if !slices.Equal(got, want) {
		t.Errorf("steps %v, want %v", got, want)
	}
}

func TestWriteFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, content := range []string{"one", "", strings.Repeat("long", 1<<16), "short"} {
		if err := WriteFile(path, []byte(content), 0o640); err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(path)
		if err != nil || string(b) != content {
			t.Fatalf("read %d bytes, %v; want %d", len(b), err, len(content))
		}
	}
	if got := readDir(t, dir); !slices.Equal(got, []string{"f"}) {
		t.Errorf("directory holds %v", got)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o640 {
		t.Errorf("permissions %v", info.Mode())
	}
}

func TestFileEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	f, err := Create(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	f.Abort()
	f.Abort()
	if err := f.Commit(); !errors.Is(err, ErrClosed) {
		t.Errorf("Commit after Abort: %v", err)
	}
	if _, err := f.Write(nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Write after Abort: %v", err)
	}
	if got := readDir(t, filepath.Dir(path)); len(got) != 0 {
		t.Errorf("Abort left %v", got)
	}
	if _, err := Create(filepath.Join(path, "missing", "f"), 0o600); err == nil {
		t.Error("Create in a missing directory succeeded")
	}
	if _, err := Create(filepath.Dir(path)+"/", 0o600); err == nil {
		t.Error("Create of a directory succeeded")
	}
}

func TestWriteNewAmongProcesses(t *testing.T) {
	dir := t.TempDir()
	cmds := make([]*exec.Cmd, 8)
	outs := make([]bytes.Buffer, len(cmds))
	for i := range cmds {
		cmds[i] = respawn(t, "writenew", dir, "")
		cmds[i].Stdout = &outs[i]
		if err := cmds[i].Start(); err != nil {
			t.Fatal(err)
		}
	}
	made := 0
	var maker int
	for i := range cmds {
		if err := cmds[i].Wait(); err != nil {
			t.Errorf("process %d: %v %s", i, err, &outs[i])
		}
		if outs[i].String() == "made" {
			made++
			maker = cmds[i].Process.Pid
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "once"))
	if err != nil || made != 1 || string(b) != fmt.Sprint(maker) {
		t.Errorf("%d processes made the file, it holds %q (%v), want 1 and %d", made, b, err, maker)
	}
	if got := readDir(t, dir); !slices.Equal(got, []string{"once"}) {
		t.Errorf("directory holds %v", got)
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "lock")
	cmd := respawn(t, "lock", dir, "")
	stdin, _ := cmd.StdinPipe()
	stdout, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	_, err := AcquireLock(path)
	if !errors.Is(err, ErrHeld) || !strings.Contains(err.Error(), fmt.Sprint(cmd.Process.Pid)) {
		t.Errorf("lock held by %d: %v", cmd.Process.Pid, err)
	}
	// A killed holder holds nothing.
	cmd.Process.Kill()
	cmd.Wait()
	stdin.Close()
	l, err := AcquireLock(path)
	if err != nil {
		t.Fatalf("after the holder was killed: %v", err)
	}
	if _, err := AcquireLock(path); !errors.Is(err, ErrHeld) {
		t.Errorf("second lock of this process: %v", err)
	}
	if err := errors.Join(l.Release(), l.Release(), (*Lock)(nil).Release()); err != nil {
		t.Error(err)
	}
	if l, err = AcquireLock(path); err != nil {
		t.Error(err)
	}
	l.Release()
}

func TestReserve(t *testing.T) {
	path := filepath.Join(t.TempDir(), "reserve")
	if err := errors.Join(Reserve(path, 3<<20), Reserve(path, 3<<20)); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() != 3<<20 {
		t.Fatalf("reserve: %v %v", info, err)
	}
	for _, want := range []bool{true, false} {
		if got, err := ReleaseReserve(path); err != nil || got != want {
			t.Errorf("release = %v, %v; want %v", got, err, want)
		}
	}
	if free, err := Free(filepath.Dir(path)); err != nil || free <= 0 {
		t.Errorf("Free = %d, %v", free, err)
	}
}

func TestMkdirAll(t *testing.T) {
	dir := t.TempDir()
	deep := filepath.Join(dir, "a", "b", "c")
	if err := errors.Join(MkdirAll(deep, 0o700), MkdirAll(deep, 0o700)); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(deep); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info, err)
	}
	file := filepath.Join(dir, "file")
	if err := WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := MkdirAll(file, 0o700); err == nil {
		t.Error("MkdirAll over a file succeeded")
	}
	if err := MkdirAll(filepath.Join(file, "x"), 0o700); err == nil {
		t.Error("MkdirAll below a file succeeded")
	}
}

func TestRename(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	if err := errors.Join(WriteFile(a, []byte("a"), 0o600), WriteFile(b, []byte("b"), 0o600), Rename(a, b)); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(b); string(got) != "a" {
		t.Errorf("b holds %q", got)
	}
	if err := Rename(b, filepath.Join(dir, "x", "b")); err == nil {
		t.Error("Rename into another directory succeeded")
	}
}

func TestCommitAs(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "ab"), 0o700); err != nil {
		t.Fatal(err)
	}
	f, err := Create(filepath.Join(dir, "incoming"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.CommitAs(filepath.Join(dir, "ab", "named")); err != nil {
		t.Fatal(err)
	}
	if got := readDir(t, dir); !slices.Equal(got, []string{"ab"}) {
		t.Errorf("directory holds %v", got)
	}
	if got := readDir(t, filepath.Join(dir, "ab")); !slices.Equal(got, []string{"named"}) {
		t.Errorf("directory holds %v", got)
	}
}

// Eight goroutines, each with its own open file, add one to a number in turn.
func TestLockFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "n")
	if err := os.WriteFile(path, []byte{0}, 0o600); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 25 {
				f, err := os.OpenFile(path, os.O_RDWR, 0)
				if err != nil {
					t.Error(err)
					return
				}
				var b [1]byte
				err = LockFile(f)
				_, err1 := f.ReadAt(b[:], 0)
				b[0]++
				_, err2 := f.WriteAt(b[:], 0)
				if err := errors.Join(err, err1, err2, f.Close()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if b, _ := os.ReadFile(path); b[0] != 200 {
		t.Errorf("%d of 200 additions survived", b[0])
	}
}

func TestSweepKeepsTheYoung(t *testing.T) {
	dir := t.TempDir()
	f, err := Create(filepath.Join(dir, "f"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Abort()
	if n, err := SweepTemp(dir, time.Now().Add(-time.Hour)); n != 0 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if err := f.Commit(); err != nil {
		t.Error(err)
	}
}

func readDir(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
