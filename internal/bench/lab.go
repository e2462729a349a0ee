package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"bendo/internal/ledger"
	"bendo/internal/line"
	"bendo/internal/line/packet"
	"bendo/internal/seal"
)

const commune = "28807" // xã Giao Long

// lab is one office and one province with a line between them, in a folder of their own.
type lab struct {
	bin, dir string
	line     *packet.Line
	portal   *process
	address  string // of the machines' door
}

// newLab makes the line, perfect for now, and the province's folder.
func newLab(ctx context.Context, o Options) (*lab, error) {
	dir, err := os.MkdirTemp("", "bendo-bench-")
	if err != nil {
		return nil, err
	}
	l := &lab{bin: o.Bin, dir: dir}
	if l.line, err = packet.New(ctx, line.Profile{}); err == nil && o.Congestion != "" {
		err = errors.Join(l.line.Near().SetCongestion(o.Congestion), l.line.Far().SetCongestion(o.Congestion))
	}
	if err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func (l *lab) close() (err error) {
	if l.portal != nil {
		err = l.portal.stop()
	}
	if l.line != nil {
		err = errors.Join(err, l.line.Close())
	}
	return errors.Join(err, os.RemoveAll(l.dir))
}

func (l *lab) office() string          { return filepath.Join(l.dir, "office") }
func (l *lab) state() string           { return filepath.Join(l.dir, "portal") }
func (l *lab) program(n string) string { return filepath.Join(l.bin, n) }

// enrolled starts the portal at the far end and enrols the office over the perfect line.
func (l *lab) enrolled(ctx context.Context) error {
	var ready struct{ Listen string }
	var err error
	l.portal, err = l.start(ctx, l.line.Far(), &ready, l.program("portal"), "serve", "--data", l.state(),
		"--listen", net.JoinHostPort(packet.FarAddr.String(), "8443"), "--web", "127.0.0.1:0", "--json")
	if err != nil {
		return err
	}
	l.address = ready.Listen
	var code struct{ Code string }
	if err := l.once(ctx, l.line.Far(), &code, l.program("portal"), "enrol", "new", "--data", l.state(), "--commune", commune, "--json"); err != nil {
		return err
	}
	return l.once(ctx, l.line.Near(), nil, l.program("agent"), "enrol", "--data", l.office(), "--portal", "https://"+l.address, "--code", code.Code)
}

// file files every folder below dir, byte for byte.
func (l *lab) file(ctx context.Context, dir string, want int) error {
	var report struct{ Filed, Problems []json.RawMessage }
	if err := l.once(ctx, l.line.Near(), &report, l.program("kiosk"), "file", dir, "--as-is", "--json", "--data", l.office()); err != nil {
		return err
	}
	if len(report.Filed) != want || len(report.Problems) != 0 {
		return fmt.Errorf("%d of %d dossiers were filed, problems: %s", len(report.Filed), want, report.Problems)
	}
	return nil
}

// book opens the office's book, also beside a running agent.
func (l *lab) book(ctx context.Context) (*ledger.Book, error) {
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: l.office(), MustExist: true})
	if err != nil {
		return nil, err
	}
	return ledger.Open(ctx, l.office(), keys, ledger.Options{})
}

// bound lets a program die with this one, and keeps the terminal's Ctrl-C for this one to handle.
func bound() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// once runs a program to its end and decodes its one JSON value into v, when that is not nil.
func (l *lab) once(ctx context.Context, at *packet.End, v any, name string, args ...string) error {
	cmd := at.Command(ctx, name, args...)
	cmd.SysProcAttr = bound()
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", filepath.Base(name), args[0], err, tail(errs.Bytes()))
	}
	if v != nil {
		if err := json.Unmarshal(out, v); err != nil {
			return fmt.Errorf("%s %s said %q: %w", filepath.Base(name), args[0], tail(out), err)
		}
	}
	return nil
}

// process is a program under way.
type process struct {
	name string
	cmd  *exec.Cmd
	logs *bytes.Buffer
	done chan struct{} // closed when it has ended
	err  error         // how; set before done is closed
}

// start begins a program and, when ready is not nil, waits for its first line of JSON.
func (l *lab) start(ctx context.Context, at *packet.End, ready any, name string, args ...string) (*process, error) {
	p := &process{name: filepath.Base(name), cmd: at.Command(ctx, name, args...), logs: &bytes.Buffer{}, done: make(chan struct{})}
	first := &firstLine{seen: make(chan []byte, 1)}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.WaitDelay, p.cmd.SysProcAttr = first, p.logs, time.Second, bound()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", p.name, err)
	}
	go func() { p.err = p.cmd.Wait(); close(p.done) }() // ends with the program; stop waits for it
	if ready == nil {
		return p, nil
	}
	select {
	case text := <-first.seen:
		if err := json.Unmarshal(text, ready); err != nil {
			return nil, errors.Join(fmt.Errorf("%s said %q when ready: %w", p.name, text, err), p.stop())
		}
		return p, nil
	case <-p.done:
		return nil, fmt.Errorf("%s ended at once: %w\n%s", p.name, p.err, tail(p.logs.Bytes()))
	case <-time.After(time.Minute):
		return nil, errors.Join(fmt.Errorf("%s did not become ready", p.name), p.stop())
	}
}

// stop ends a program, with force after ten seconds.
func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails when it has ended already
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("%s did not end within ten seconds of SIGTERM\n%s", p.name, tail(p.logs.Bytes()))
	}
	return nil
}

// peak is the most memory the program has had so far in bytes, 0 when it has ended. What the system says
// about an ended child will not do: it includes what the starter had when it started the child.
func (p *process) peak() int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), "VmHWM:")
	var kilobytes int64
	if _, err := fmt.Sscan(rest, &kilobytes); err != nil {
		return 0
	}
	return kilobytes << 10
}

// wait waits for the program's end, at most for patience, and gives its peak of memory.
func (p *process) wait(patience time.Duration) (peak int64) {
	limit, look := time.After(patience), time.NewTicker(watchEvery)
	defer look.Stop()
	for {
		select {
		case <-p.done:
			return peak
		case <-limit:
			return peak
		case <-look.C:
			peak = max(peak, p.peak())
		}
	}
}

// cpu is the processor time of a program that has ended.
func (p *process) cpu() time.Duration {
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}

func tail(b []byte) string {
	const most = 2000
	if len(b) > most {
		b = b[len(b)-most:]
	}
	return strings.TrimSpace(string(b))
}

// firstLine passes on the first line of a stream and swallows the rest.
type firstLine struct {
	got  []byte
	done bool
	seen chan []byte
}

func (f *firstLine) Write(p []byte) (int, error) {
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
