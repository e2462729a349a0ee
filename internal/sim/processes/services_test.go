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
	"time"
)

// service is a program that is meant to run for ever: whenever it was killed it is started again, as
// the machine's service manager does. That it ends by itself is a failure.
type service struct {
	tools   *tools
	program string
	args    []string
	lenient bool // it may end by itself with an error, as a portal does whose database is away

	mu      sync.Mutex
	now     *life // the process, nil between two
	ending  bool
	failure error
	changed chan struct{} // closed and replaced with every start and end
	done    chan struct{} // closed when it will not be started again
}

// life is one process of a service.
type life struct {
	process *os.Process
	log     string
	ready   chan []byte   // its first line of standard output
	gone    chan struct{} // closed when it ended
}

// serve starts a service. Somebody must call end.
func (t *tools) serve(program string, args ...string) *service {
	s := &service{tools: t, program: program, args: args, changed: make(chan struct{}), done: make(chan struct{})}
	go s.keep() // until end, which waits for it
	return s
}

func (s *service) keep() {
	defer close(s.done)
	for {
		cmd, l, err := s.begin()
		if err == nil && l == nil {
			return
		}
		if err == nil {
			err = cmd.Wait()
			s.tools.ended(cmd, s.program, s.args)
			close(l.gone)
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) && (killed(exit.ProcessState) || s.lenient) {
			err = nil
			if s.lenient {
				time.Sleep(100 * time.Millisecond) // the machine's service manager takes a breath
			}
		}
		s.mu.Lock()
		s.now = nil
		s.tell()
		if err != nil || l != nil && !s.ending && cmd.ProcessState.Success() {
			s.failure = fmt.Errorf("%s ended by itself: %v\n%s", s.program, err, tail(readLog(l)))
		}
		over := s.failure != nil
		s.mu.Unlock()
		if over {
			return
		}
	}
}

// begin starts the next process; neither process nor error when the service is to end.
func (s *service) begin() (*exec.Cmd, *life, error) {
	l := &life{log: s.tools.logName(s.program), ready: make(chan []byte, 1), gone: make(chan struct{})}
	f, err := os.OpenFile(l.log, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close() // the process has its own
	cmd := s.tools.command(context.Background(), s.program, s.args...)
	cmd.Stdout, cmd.Stderr = &firstLine{seen: l.ready}, f
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ending {
		return nil, nil, nil
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	l.process, s.now = cmd.Process, l
	s.tell()
	return cmd, l, nil
}

func (s *service) tell() {
	close(s.changed)
	s.changed = make(chan struct{})
}

func readLog(l *life) []byte {
	if l == nil {
		return nil
	}
	b, err := os.ReadFile(l.log)
	if err != nil {
		return []byte(err.Error())
	}
	return b
}

// alive waits for a process of the service.
func (s *service) alive() (*life, error) {
	limit := time.After(patience)
	for {
		s.mu.Lock()
		l, changed, failure := s.now, s.changed, s.failure
		s.mu.Unlock()
		if l != nil || failure != nil {
			return l, failure
		}
		select {
		case <-changed:
		case <-s.done:
			return nil, fmt.Errorf("%s is not running", s.program)
		case <-limit:
			return nil, fmt.Errorf("%s does not start", s.program)
		}
	}
}

// ready waits until a process says so in one JSON line, which it decodes into v.
func (s *service) ready(v any) error {
	_, err := s.readyLife(v)
	return err
}

// readyLife also gives the process that said so; it may be gone again.
func (s *service) readyLife(v any) (*life, error) {
	limit := time.After(patience)
	for {
		l, err := s.alive()
		if err != nil {
			return nil, err
		}
		select {
		case line := <-l.ready:
			l.ready <- line // for who asks next
			return l, json.Unmarshal(line, v)
		case <-l.gone:
		case <-limit:
			return nil, fmt.Errorf("%s does not become ready\n%s", s.program, tail(readLog(l)))
		}
	}
}

// kill is SIGKILL for the process of this moment, however far it has come. It returns when the
// process is gone.
func (s *service) kill() error {
	l, err := s.alive()
	if err != nil {
		return err
	}
	if err := l.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("killing %s: %w", s.program, err)
	}
	<-l.gone
	return nil
}

// end asks the service to end and waits; it must do so with exit status 0.
func (s *service) end() error {
	s.mu.Lock()
	s.ending = true
	l := s.now
	s.mu.Unlock()
	if l != nil {
		if err := l.process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			return fmt.Errorf("ending %s: %w", s.program, err)
		}
	}
	select {
	case <-s.done:
	case <-time.After(patience):
		err := fmt.Errorf("%s did not end when asked\n%s", s.program, tail(readLog(l)))
		return errors.Join(err, l.process.Kill())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failure
}

// firstLine passes on the first line of a stream and swallows the rest.
type firstLine struct {
	got  []byte
	seen chan<- []byte // room for one; nil afterwards
}

func (f *firstLine) Write(p []byte) (int, error) {
	if f.seen == nil {
		return len(p), nil
	}
	f.got = append(f.got, p...)
	if i := bytes.IndexByte(f.got, '\n'); i >= 0 {
		f.seen <- f.got[:i]
		f.seen = nil
	}
	return len(p), nil
}
