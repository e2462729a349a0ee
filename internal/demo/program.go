package demo

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
	"sync"
	"syscall"
	"time"
)

// tools runs the programs of one bin directory and keeps their logs.
type tools struct {
	bin, logs string
}

// once runs a command that ends by itself and decodes its one JSON value into v (nil: none).
func (t tools) once(ctx context.Context, stdin string, v any, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(t.bin, program), args...)
	cmd.Stdin = bytes.NewReader([]byte(stdin))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if v != nil && len(out) > 0 {
		if jsonErr := json.Unmarshal(out, v); jsonErr != nil && err == nil {
			err = jsonErr
		}
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", program, args[0], err, tail(errs.Bytes()))
	}
	return nil
}

// program is a service under way.
type program struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed when the process has ended
	err  error         // set before done is closed
}

// start begins a service and waits for the one JSON line that says it is ready.
func (t tools) start(ctx context.Context, ready any, name string, args ...string) (*program, error) {
	log := filepath.Join(t.logs, fmt.Sprintf("%s-%d.log", name, time.Now().UnixNano()))
	f, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	defer f.Close()
	p := &program{name: name, log: log, done: make(chan struct{}), cmd: exec.Command(filepath.Join(t.bin, name), args...)}
	p.cmd.Stderr = f
	first := &firstLine{seen: make(chan []byte, 1)}
	p.cmd.Stdout = first
	p.cmd.WaitDelay = time.Second
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	go func() { p.err = p.cmd.Wait(); close(p.done) }() // ends with the process; stop and kill wait for it
	timeout, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	select {
	case line := <-first.seen:
		if err := json.Unmarshal(line, ready); err != nil {
			return nil, errors.Join(fmt.Errorf("%s said %q when ready: %w", name, line, err), p.stop())
		}
		return p, nil
	case <-p.done:
		return nil, fmt.Errorf("%s ended at once: %w\n%s", name, p.err, p.logTail())
	case <-timeout.Done():
		return nil, errors.Join(fmt.Errorf("%s did not become ready\n%s", name, p.logTail()), p.stop())
	}
}

// stop asks the process to end, and ends it after ten seconds.
func (p *program) stop() error {
	select {
	case <-p.done:
		return nil
	default:
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stopping %s: %w", p.name, err)
	}
	select {
	case <-p.done:
		return nil
	case <-time.After(10 * time.Second):
	}
	if err := p.kill(); err != nil {
		return err
	}
	return fmt.Errorf("%s did not end within ten seconds of SIGTERM\n%s", p.name, p.logTail())
}

// kill is the power cut of a process: SIGKILL, no warning.
func (p *program) kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("killing %s: %w", p.name, err)
	}
	<-p.done
	return nil
}

func (p *program) logTail() string {
	b, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return tail(b)
}

func tail(b []byte) string {
	const most = 2000
	if len(b) > most {
		b = b[len(b)-most:]
	}
	return string(b)
}

// firstLine passes on the first line of a stream and swallows the rest.
type firstLine struct {
	mu   sync.Mutex
	got  []byte
	done bool
	seen chan []byte
}

func (f *firstLine) Write(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done {
		return len(p), nil
	}
	f.got = append(f.got, p...)
	if i := bytes.IndexByte(f.got, '\n'); i >= 0 {
		f.done = true
		f.seen <- f.got[:i]
	}
	return len(p), nil
}

var _ io.Writer = (*firstLine)(nil)
