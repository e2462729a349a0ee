// Package processes proves with the real programs (toàn tuyến, "the whole road") what an office and a
// province are promised: kiosk, agent and portal are built, started, killed and asked as people and
// scripts do it.
//
// It promises that one checker judges every run: what somebody was told is filed stands at the
// province exactly once with every byte, nothing stands there that nobody filed, and no
// acknowledgement was early. The checker is itself shown to see a planted loss. It refuses to look
// into the programs while they run: it knows their command lines, their JSON and their HTTP only;
// what lies on disk is read when they have ended.
//
// A power cut is out of reach of a process: here programs die by SIGKILL, and the rooms that write
// to disk prove the rest.
package processes

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"bendo/internal/sim/powercut"
	"bendo/portal/store/storetest"
)

func TestMain(m *testing.M) {
	memory := inMemory()
	code := storetest.Run(m)
	for _, dir := range []string{built.dir, clocked.dir, memory} {
		if dir != "" {
			os.RemoveAll(dir)
		}
	}
	os.Exit(code)
}

// inMemory lets every directory of the tests lie in memory where that has room: who dies by SIGKILL
// leaves what he wrote to the kernel, flushed or not, and the disks that lose their power keep what was
// flushed by themselves. Nothing is proven by a real disk that hundreds of flushes keep busy.
func inMemory() (dir string) {
	var room unix.Statfs_t
	if err := unix.Statfs("/dev/shm", &room); err != nil || int64(room.Bavail)*room.Bsize < 2<<30 {
		return ""
	}
	sweep("/dev/shm/bendo-processes-")
	dir, err := os.MkdirTemp("/dev/shm", fmt.Sprintf("bendo-processes-%d-", os.Getpid()))
	if err != nil || os.Chmod(dir, 0o711) != nil { // PostgreSQL has a user of its own
		return dir
	}
	os.Setenv("TMPDIR", dir)
	return dir
}

// sweep gives back the memory of test runs that were killed.
func sweep(prefix string) {
	dirs, _ := filepath.Glob(prefix + "*")
	for _, dir := range dirs {
		var pid int
		if n, _ := fmt.Sscanf(dir, prefix+"%d-%d", &pid, new(uint64)); n == 2 && unix.Kill(pid, 0) == unix.ESRCH {
			_ = powercut.SweepMounts() // a disk of it may still lie in there
			os.RemoveAll(dir)
		}
	}
}

// onDisk is where programs can be executed, which not every directory in memory allows.
var onDisk = os.TempDir()

// making is a set of programs of this test run. It is made when the first test asks, so that listing
// the tests stays cheap.
type making struct {
	once sync.Once
	dir  string
	err  error
}

var (
	built   making // the three, as they are handed out
	clocked making // agent and kiosk whose wall clock a test can put wrong, and the ordinary portal
)

// programs is the directory of the programs.
func programs(t testing.TB) string {
	t.Helper()
	return built.ready(t, nil, "portal", "agent", "kiosk")
}

// clockPrograms is that of those with the test's clock (BENDO_TEST_WALL).
func clockPrograms(t testing.TB) string {
	t.Helper()
	dir := clocked.ready(t, []string{"-tags", "testclock"}, "agent", "kiosk")
	if err := os.Symlink(filepath.Join(programs(t), "portal"), filepath.Join(dir, "portal")); err != nil && !errors.Is(err, os.ErrExist) {
		t.Fatal(err)
	}
	return dir
}

func (m *making) ready(t testing.TB, flags []string, names ...string) string {
	t.Helper()
	m.once.Do(func() {
		if m.dir, m.err = os.MkdirTemp(onDisk, "bendo-programs-"); m.err != nil {
			return
		}
		args := append([]string{"build", "-buildvcs=false", "-ldflags", "-s -w", "-o", m.dir + string(os.PathSeparator)}, flags...)
		for _, name := range names {
			args = append(args, "bendo/"+name+"/cmd/"+name)
		}
		build := exec.Command("go", args...)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			m.err = fmt.Errorf("building the programs: %w\n%s", err, out)
		}
	})
	if m.err != nil {
		t.Fatal(m.err)
	}
	return m.dir
}

// tools runs the programs; what they write to standard error is kept in logs, for whoever looks for
// a cause and for the search for personal data.
type tools struct {
	bin, logs string
	env       []string // more variables for the programs
	count     atomic.Int64

	mu    sync.Mutex
	spent map[string]time.Duration // processor time by command, for whoever makes a test faster
}

// command is a program with the environment of the tools.
func (t *tools) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(t.bin, program), args...)
	if len(t.env) > 0 {
		cmd.Env = append(os.Environ(), t.env...)
	}
	cmd.WaitDelay, cmd.SysProcAttr = time.Second, bound()
	return cmd
}

// lastWords shows what the programs wrote last, when the test failed.
func (t *tools) lastWords(of *testing.T) {
	if !of.Failed() {
		return
	}
	files, _ := filepath.Glob(filepath.Join(t.logs, "*.log"))
	slices.SortFunc(files, func(a, b string) int { return cmp.Compare(written(a), written(b)) })
	for _, f := range files[max(0, len(files)-8):] {
		if b, err := os.ReadFile(f); err == nil {
			of.Logf("%s:\n%s", filepath.Base(f), tail(b))
		}
	}
}

func written(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.ModTime().UnixNano()
}

// ended notes what a process cost.
func (t *tools) ended(cmd *exec.Cmd, program string, args []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.spent == nil {
		t.spent = map[string]time.Duration{}
	}
	t.spent[program+" "+args[0]] += cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// cost is what the processes cost so far.
func (t *tools) cost() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	words, all := []string{}, time.Duration(0)
	for _, name := range slices.Sorted(maps.Keys(t.spent)) {
		all += t.spent[name]
		words = append(words, fmt.Sprintf("%s %.1fs", name, t.spent[name].Seconds()))
	}
	return fmt.Sprintf("processor time %.1fs: %s", all.Seconds(), strings.Join(words, ", "))
}

// result is what a command left.
type result struct {
	out, log []byte
	code     int  // exit status; -1 when it was killed
	killed   bool // by SIGKILL
}

func (r result) String() string {
	return fmt.Sprintf("exit %d, killed %v\nout: %s\nlog: %s", r.code, r.killed, tail(r.out), tail(r.log))
}

// patience is how long any single step may take before the test calls it stuck. It is no claim about
// speed: the nightly sizes run where others work, with what these leave.
var patience = map[bool]time.Duration{false: 3 * time.Minute, true: 20 * time.Minute}[full()]

// run runs a command to its end. during, when not nil, is called with the process once it started.
func (t *tools) run(stdin string, during func(*os.Process), program string, args ...string) (result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := t.command(ctx, program, args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	if during != nil {
		during(cmd.Process)
	}
	err := cmd.Wait()
	t.ended(cmd, program, args)
	r := result{out: out.Bytes(), log: log.Bytes(), code: cmd.ProcessState.ExitCode(), killed: killed(cmd.ProcessState)}
	if err := os.WriteFile(t.logName(program), r.log, 0o600); err != nil {
		return r, err
	}
	var exit *exec.ExitError
	if ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		return r, fmt.Errorf("%s %s: %w: %v", program, strings.Join(args, " "), errors.Join(err, ctx.Err()), r)
	}
	return r, nil
}

func (t *tools) logName(program string) string {
	return filepath.Join(t.logs, fmt.Sprintf("%s-%05d.log", program, t.count.Add(1)))
}

func killed(s *os.ProcessState) bool {
	w, ok := s.Sys().(syscall.WaitStatus)
	return ok && w.Signaled() && w.Signal() == syscall.SIGKILL
}

// oneValue decodes output that must be exactly one JSON value.
func oneValue(out []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(out))
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("standard output is not JSON: %w: %q", err, tail(out))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("standard output holds more than one JSON value: %q", tail(out))
	}
	return nil
}

func tail(b []byte) string {
	const most = 3000
	if len(b) > most {
		b = b[len(b)-most:]
	}
	return string(b)
}
