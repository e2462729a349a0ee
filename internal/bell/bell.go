// Package bell wakes another process that waits for work: a doorbell file in a directory of its
// own (DIR/run/bell), renamed into place after a commit.
//
// It promises: a ring that happens after [Listen] returned is followed by a value on the
// listener's channel, also when it falls into the moment in which the listener takes an earlier
// one. Rings may melt together; the last is never missed. Whoever is woken looks at the database
// until there is nothing left to do.
//
// It refuses to be believed alone: rings are not durable, may come for nothing, and a full disk or
// a network drive can swallow one. So whoever waits also drains at the start (a new listener is
// rung once by itself) and asks for the database's data version every second or two. Watching the
// database's own -wal file instead loses the last commit: the notice comes before the commit is
// visible (measured: 1 of 300, in every run).
//
// A power cut leaves at most an empty temporary file, which the next [Listen] removes.
package bell

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/fsnotify/fsnotify"
)

const (
	bellName  = "bell"
	tmpPrefix = ".ring-"
)

// Ring wakes whoever listens at dir; nobody listening is no error. Call it after the commit
// returned, never before. An error means that the others notice a second or two later; the
// commit stands.
func Ring(dir string) error {
	f, err := os.CreateTemp(dir, tmpPrefix+"*")
	if os.IsNotExist(err) {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("ringing the bell: %w", err)
		}
		f, err = os.CreateTemp(dir, tmpPrefix+"*")
	}
	if err != nil {
		return fmt.Errorf("ringing the bell: %w", err)
	}
	if err := f.Close(); err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("ringing the bell: %w", err)
	}
	if err := os.Rename(f.Name(), filepath.Join(dir, bellName)); err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("ringing the bell: %w", err)
	}
	return nil
}

// Listener hears the rings of one directory. Its one goroutine ends with Close.
type Listener struct {
	rung    chan struct{}
	watcher *fsnotify.Watcher // nil: deaf
	deaf    error
	done    sync.WaitGroup
}

// Listen begins to hear rings at dir, making the directory (0700) when it is missing. The
// listener is already rung once, so that its owner drains what came before. End it with Close. Where the
// system has no watch left (128 for each user are common) the listener is deaf: [Listener.Deaf] says why,
// and its owner notices a second or two later, as it does after a lost ring.
func Listen(dir string) (*Listener, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("listening for the bell: %w", err)
	}
	sweep(dir)
	l := &Listener{rung: make(chan struct{}, 1)}
	l.ring()
	w, err := newWatcher()
	if err == nil {
		if err = w.Add(dir); err != nil {
			w.Close()
		}
	}
	if err != nil {
		l.deaf = fmt.Errorf("listening for the bell: %w", err)
		return l, nil
	}
	l.watcher = w
	l.done.Go(l.run)
	return l, nil
}

// newWatcher is replaced by the test of a system without watches.
var newWatcher = fsnotify.NewWatcher

// Deaf is why no ring is heard, nil when they are.
func (l *Listener) Deaf() error { return l.deaf }

// C yields a value after one or more rings. It is never closed.
func (l *Listener) C() <-chan struct{} { return l.rung }

// Close stops listening and waits for the goroutine. It may be called twice.
func (l *Listener) Close() error {
	if l.watcher == nil {
		return nil
	}
	err := l.watcher.Close()
	l.done.Wait()
	if err != nil {
		return fmt.Errorf("closing the bell: %w", err)
	}
	return nil
}

func (l *Listener) run() {
	for {
		select {
		case e, ok := <-l.watcher.Events:
			if !ok {
				return
			}
			if filepath.Base(e.Name) == bellName {
				l.ring()
			}
		case _, ok := <-l.watcher.Errors:
			if !ok {
				return
			}
			l.ring() // events were lost (overflow): one of them may have been a ring
		}
	}
}

// ring leaves a value for the owner; one that is already waiting says the same.
func (l *Listener) ring() {
	select {
	case l.rung <- struct{}{}:
	default:
	}
}

// sweep removes what interrupted rings left. Taking away a temporary file of a ring at work makes
// that ring fail, which its caller survives; the new listener is rung by itself anyway.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tmpPrefix) {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}
