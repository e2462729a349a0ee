package processes

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"bendo/internal/sim/powercut"
)

// machine is one computer with a disk of its own that can lose its power. Nothing of this process
// touches the files of the disk while it is mounted.
type machine struct {
	tools *tools
	dir   string
	disk  *powercut.Disk
	under *powercut.Mounted

	struck chan struct{} // closed when everything died of the power cut

	mu      sync.Mutex
	running map[*program]bool
	dead    bool // the power is gone: nothing is started any more
}

// program is a process of a machine.
type program struct {
	*life
	name string
	out  *guarded
	cmd  *exec.Cmd
	err  error // once it is gone
}

// guarded is a buffer that can be read while a process still writes.
type guarded struct {
	mu  sync.Mutex
	b   bytes.Buffer
	got firstLine
}

func (g *guarded) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.b.Write(p)
	return g.got.Write(p)
}

func (g *guarded) bytes() []byte {
	g.mu.Lock()
	defer g.mu.Unlock()
	return bytes.Clone(g.b.Bytes())
}

// errNoPower: the machine is off.
var errNoPower = errors.New("the machine has no power")

func newMachine(t *testing.T, tools *tools, dir string, disk *powercut.Disk) *machine {
	t.Helper()
	m := &machine{tools: tools, dir: dir, running: map[*program]bool{}}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := m.boot(disk); errors.Is(err, powercut.ErrNoFUSE) {
		t.Skipf("NOT TESTED: power cuts and faults of the disk. %v", err)
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.off(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// boot gives the machine power with a disk.
func (m *machine) boot(disk *powercut.Disk) error {
	under, err := disk.Mount(m.dir)
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.disk, m.under, m.dead = disk, under, false
	m.struck = make(chan struct{})
	go func(struck chan struct{}) { // until the power goes, which off sees to
		defer close(struck)
		<-disk.Sprung()
		m.die(disk)
	}(m.struck)
	return nil
}

// die kills every program while the disk stands still, then lets them go.
func (m *machine) die(disk *powercut.Disk) {
	m.mu.Lock()
	m.dead = true
	list := make([]*program, 0, len(m.running))
	for p := range m.running {
		list = append(list, p)
	}
	m.mu.Unlock()
	for _, p := range list {
		_ = p.cmd.Process.Kill() // one that has ended already is as dead
	}
	disk.Release()
	for _, p := range list {
		<-p.gone
	}
}

// off takes the power away, if it is still there, and the disk out of the machine.
func (m *machine) off() error {
	if m.under == nil {
		return nil
	}
	m.disk.Freeze()
	<-m.struck
	under := m.under
	m.under = nil
	return under.Unmount()
}

// start starts a program.
func (m *machine) start(name string, args ...string) (*program, error) {
	p := &program{name: name, life: &life{log: m.tools.logName(name), ready: make(chan []byte, 1), gone: make(chan struct{})}}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close() // the process has its own
	p.out = &guarded{got: firstLine{seen: p.ready}}
	p.cmd = m.tools.command(context.Background(), name, args...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, log
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return nil, errNoPower
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.process = p.cmd.Process
	m.running[p] = true
	go func() { // until the process ends, which off sees to
		p.err = p.cmd.Wait()
		m.tools.ended(p.cmd, name, args)
		m.mu.Lock()
		delete(m.running, p)
		m.mu.Unlock()
		close(p.gone)
	}()
	return p, nil
}

// run runs a command to its end or to that of the power.
func (m *machine) run(name string, args ...string) (result, error) {
	p, err := m.start(name, args...)
	if err != nil {
		return result{}, err
	}
	select {
	case <-p.gone:
	case <-time.After(patience):
		return result{}, fmt.Errorf("%s does not end\n%s", name, tail(readLog(p.life)))
	}
	return p.result(), nil
}

func (p *program) result() result {
	return result{out: p.out.bytes(), log: readLog(p.life), code: p.cmd.ProcessState.ExitCode(), killed: killed(p.cmd.ProcessState)}
}

// await waits until a service says that it is ready; false: the power went first.
func (m *machine) await(p *program, v any) (bool, error) {
	select {
	case line := <-p.ready:
		p.ready <- line
		return true, json.Unmarshal(line, v)
	case <-p.gone:
		select {
		case line := <-p.ready: // it was, and died since
			p.ready <- line
			return true, json.Unmarshal(line, v)
		default:
		}
		if killed(p.cmd.ProcessState) {
			return false, nil
		}
		return false, fmt.Errorf("%s ended by itself: %v", p.name, p.result())
	case <-m.noPower():
		return false, nil
	case <-time.After(patience):
		return false, fmt.Errorf("%s does not become ready\n%s", p.name, tail(readLog(p.life)))
	}
}

func (m *machine) noPower() <-chan struct{} { return m.disk.Sprung() }

// end asks a program to end well.
func (p *program) end() error {
	if err := p.process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.gone:
	case <-time.After(patience):
		return fmt.Errorf("%s did not end when asked\n%s", p.name, tail(readLog(p.life)))
	}
	if !p.cmd.ProcessState.Success() {
		return fmt.Errorf("%s ended badly: %v", p.name, p.result())
	}
	return nil
}
