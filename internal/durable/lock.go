package durable

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// ErrHeld means that another process (or another [Lock] of this one) holds the lock.
var ErrHeld = errors.New("held by another process")

// Lock is a file this process holds alone. The kernel lets go of it when the process ends in
// whatever way, so a lock never outlives its holder and there is no stale lock to clean up.
type Lock struct{ f *os.File }

// AcquireLock takes the lock file at path, made with permissions 0600 when missing, without
// waiting. When somebody else holds it the error is [ErrHeld] and names the holder's process id
// where it is known. The file itself stays for ever: removing a lock file lets two processes
// hold two files of one name.
func AcquireLock(path string) (*Lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening lock %s: %w", path, err)
	}
	if err := tryLock(f); err != nil {
		holder := readHolder(f)
		f.Close()
		if errors.Is(err, ErrHeld) && holder != 0 {
			return nil, fmt.Errorf("taking lock %s: %w (process %d)", path, ErrHeld, holder)
		}
		return nil, fmt.Errorf("taking lock %s: %w", path, err)
	}
	// The process id is for people and for the error above only, so it needs no flush.
	if err := f.Truncate(0); err == nil {
		_, _ = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	return &Lock{f: f}, nil
}

// Release gives the lock back. It may be called twice and on a nil Lock.
func (l *Lock) Release() error {
	if l == nil || l.f == nil {
		return nil
	}
	f := l.f
	l.f = nil
	_ = f.Truncate(0)
	if err := f.Close(); err != nil { // closing drops the lock
		return fmt.Errorf("releasing lock %s: %w", f.Name(), err)
	}
	return nil
}

// LockFile waits until f is locked by this open file alone, against other processes and against
// other open files of this one. Closing f gives the lock back. For short work only: the wait
// cannot be interrupted.
func LockFile(f *os.File) error {
	if err := waitLock(f); err != nil {
		return fmt.Errorf("locking %s: %w", f.Name(), err)
	}
	return nil
}

func readHolder(f *os.File) int {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 32))
	if err != nil {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil || pid <= 0 {
		return 0
	}
	return pid
}
