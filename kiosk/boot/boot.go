// Package boot is the door between the desk's service and its window.
//
// The service (kiosk serve) runs as the user who owns the office's data; the window runs as
// another user who may not read it. The window therefore knows no address and no secret when
// it starts: it asks here, over a Unix socket (a named pipe on Windows) whose other end the
// kernel names, and is given an address that holds a one-time token.
//
// The room promises that only an allowed user of this machine is answered, that a question
// is one short line and an answer one JSON line, and that a silent asker is dropped after
// five seconds. It refuses everybody else without saying why. It keeps nothing on disk but
// the socket's name; after a power cut a stale name is removed at the next start.
package boot

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Answer is what the window is told.
type Answer struct {
	URL         string `json:"url,omitempty"`          // address with a one-time token, good for 30 s
	HeartbeatMS int64  `json:"heartbeat_ms,omitempty"` // age of the page's last heartbeat; -1 before the first
	Error       string `json:"error,omitempty"`        // why there is no address, for the log
}

// Service is what answers: the desk.
type Service interface {
	// BootURL mints an address with a fresh one-time token.
	BootURL() (string, error)
	// HeartbeatAge says how long ago the page last said that it lives; negative before the first time.
	HeartbeatAge() time.Duration
}

// Questions the window asks; a question is the word and a newline.
const (
	askURL    = "url"
	askHealth = "health"
)

const patience = 5 * time.Second

// ErrNotAllowed says that the asking user is not one the service answers.
var ErrNotAllowed = errors.New("this user may not open the desk's window; add it with --window-user")

// Serve answers on l until ctx ends, then waits for every answer under way. l comes from Listen,
// which checks the peer.
func Serve(ctx context.Context, l net.Listener, s Service) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	var answers sync.WaitGroup
	defer answers.Wait()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, ErrNotAllowed) {
			continue
		}
		if errors.Is(err, net.ErrClosed) {
			return fmt.Errorf("waiting for the window: %w", err)
		}
		if err != nil { // no descriptor left for a moment, say: the residents' desk goes on
			pause(ctx, time.Second)
			continue
		}
		answers.Go(func() { answer(conn, s) })
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

func answer(conn net.Conn, s Service) {
	defer conn.Close()
	if conn.SetDeadline(time.Now().Add(patience)) != nil {
		return
	}
	line, err := bufio.NewReader(io.LimitReader(conn, 64)).ReadString('\n')
	if err != nil {
		return
	}
	a := reply(line, s)
	// The window asks again when the line breaks, so a lost answer costs one second and a token.
	_ = json.NewEncoder(conn).Encode(a)
}

func reply(line string, s Service) Answer {
	switch line {
	case askURL + "\n":
		url, err := s.BootURL()
		if err != nil {
			return Answer{Error: err.Error()}
		}
		return Answer{URL: url}
	case askHealth + "\n":
		age := s.HeartbeatAge()
		if age < 0 {
			return Answer{HeartbeatMS: -1}
		}
		return Answer{HeartbeatMS: age.Milliseconds()}
	}
	return Answer{Error: "unknown question"}
}

// URL asks the service at path for an address. It may be called again at any time; every call
// costs the service one token.
func URL(ctx context.Context, path string) (string, error) {
	a, err := ask(ctx, path, askURL)
	if err != nil {
		return "", err
	}
	return a.URL, nil
}

// Health asks how long ago the page last said that it lives; negative before the first time.
func Health(ctx context.Context, path string) (time.Duration, error) {
	a, err := ask(ctx, path, askHealth)
	if err != nil {
		return 0, err
	}
	return time.Duration(a.HeartbeatMS) * time.Millisecond, nil
}

func ask(ctx context.Context, path, question string) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	conn, err := dial(ctx, path)
	if err != nil {
		return Answer{}, fmt.Errorf("asking the desk's service at %s: %w", path, err)
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return Answer{}, fmt.Errorf("asking the desk's service: %w", err)
		}
	}
	if _, err := io.WriteString(conn, question+"\n"); err != nil {
		return Answer{}, fmt.Errorf("asking the desk's service: %w", err)
	}
	var a Answer
	if err := json.NewDecoder(io.LimitReader(conn, 4096)).Decode(&a); err != nil {
		return Answer{}, fmt.Errorf("reading the desk's answer: %w", err)
	}
	if a.Error != "" {
		return Answer{}, fmt.Errorf("the desk's service: %s", a.Error)
	}
	return a, nil
}
