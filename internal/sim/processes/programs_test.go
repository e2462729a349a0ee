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
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"bendo/portal/store/storetest"
)

func TestMain(m *testing.M) {
	code := storetest.Run(m)
	if built.dir != "" {
		os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// built are the programs of this test run. They are made when the first test asks, so that listing
// the tests stays cheap.
var built struct {
	once sync.Once
	dir  string
	err  error
}

func programs(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "bendo-programs-"); built.err != nil {
			return
		}
		build := exec.Command("go", "build", "-buildvcs=false", "-ldflags", "-s -w", "-o", built.dir+string(os.PathSeparator),
			"bendo/portal/cmd/portal", "bendo/agent/cmd/agent", "bendo/kiosk/cmd/kiosk")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("building the programs: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.dir
}

// tools runs the programs; what they write to standard error is kept in logs, for whoever looks for
// a cause and for the search for personal data.
type tools struct {
	bin, logs string
	count     atomic.Int64
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
// speed.
const patience = 3 * time.Minute

// run runs a command to its end. during, when not nil, is called with the process once it started.
func (t *tools) run(stdin string, during func(*os.Process), program string, args ...string) (result, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(t.bin, program), args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	cmd.WaitDelay, cmd.SysProcAttr = time.Second, bound()
	if err := cmd.Start(); err != nil {
		return result{}, err
	}
	if during != nil {
		during(cmd.Process)
	}
	err := cmd.Wait()
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
