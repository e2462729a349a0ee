// Package carrytest is a stick for tests (USB thử): it can be full, read-only or pulled out at
// any operation, in the middle of a write too.
//
// It promises: after the stick was pulled out every operation fails, until Plug; what had been
// written and flushed is there, of what had not been flushed a seeded part is missing, and a
// name that was not flushed may be gone. It refuses nothing a real stick would take. It keeps
// its files in a real folder, so that a program can read them afterwards; a power cut is what
// Pull plays.
package carrytest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"bendo/internal/carry"
)

// Stick is a carry.Disk over a folder.
type Stick struct {
	carry.Disk
	Dir string
	t   testing.TB

	mu    sync.Mutex
	after int // operations until it is pulled out; -1 never
	ops   int
	out   bool
	room  int64 // bytes left; -1 unlimited
	ro    bool
	rnd   *rand.Rand
	fresh map[string]bool // names made since the last flush of their folder
}

// New makes a stick in dir, which exists.
func New(t testing.TB, dir string, seed uint64) *Stick {
	d, err := carry.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	return &Stick{Disk: d, Dir: dir, t: t, after: -1, room: -1, rnd: rand.New(rand.NewPCG(seed, 1)), fresh: map[string]bool{}}
}

// PullAfter pulls it out after n more operations.
func (s *Stick) PullAfter(n int) { s.after, s.ops, s.out = n, 0, false }

// Ops is how many operations there were since PullAfter or Plug.
func (s *Stick) Ops() int { return s.ops }

// Plug puts it back.
func (s *Stick) Plug() { s.after, s.ops, s.out, s.room, s.ro = -1, 0, false, -1, false }

// Fill leaves room for n more bytes.
func (s *Stick) Fill(n int64) { s.room = n }

// Lock makes it read-only.
func (s *Stick) Lock() { s.ro = true }

// step counts an operation and says whether the stick is gone.
func (s *Stick) step() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ops++
	if s.after >= 0 && s.ops > s.after && !s.out {
		s.out = true
		s.lose()
	}
	if s.out {
		return &os.PathError{Op: "stick", Path: "pulled out", Err: syscall.EIO}
	}
	return nil
}

// lose drops names whose folder was never flushed, each with a half chance. Only new names
// can be lost so; what the test's own folder knows is removed.
func (s *Stick) lose() {
	for name := range s.fresh {
		if s.rnd.IntN(2) == 0 {
			_ = os.Remove(filepath.Join(s.Dir, filepath.FromSlash(name)))
		}
	}
	clear(s.fresh)
}

func (s *Stick) writable() error {
	if err := s.step(); err != nil {
		return err
	}
	if s.ro {
		return &os.PathError{Op: "stick", Path: "locked", Err: syscall.EROFS}
	}
	return nil
}

func (s *Stick) Open(name string) (carry.File, error) {
	if err := s.step(); err != nil {
		return nil, err
	}
	f, err := s.Disk.Open(name)
	if err != nil {
		return nil, err
	}
	return &file{f, s, filepath.Join(s.Dir, filepath.FromSlash(name)), 0, 0}, nil
}

func (s *Stick) Create(name string) (carry.File, error) {
	if err := s.writable(); err != nil {
		return nil, err
	}
	f, err := s.Disk.Create(name)
	if err != nil {
		return nil, err
	}
	return &file{f, s, filepath.Join(s.Dir, filepath.FromSlash(name)), 0, 0}, nil
}

func (s *Stick) Rename(from, to string) error {
	if err := s.writable(); err != nil {
		return err
	}
	s.fresh[to] = true
	return s.Disk.Rename(from, to)
}

func (s *Stick) Remove(name string) error {
	if err := s.writable(); err != nil {
		return err
	}
	delete(s.fresh, name)
	return s.Disk.Remove(name)
}

func (s *Stick) Mkdir(name string) error {
	if s.ro {
		// A folder that is there already is found before the lock is felt.
		if info, err := os.Stat(filepath.Join(s.Dir, filepath.FromSlash(name))); err == nil && info.IsDir() {
			return s.step()
		}
	}
	if err := s.writable(); err != nil {
		return err
	}
	return s.Disk.Mkdir(name)
}

func (s *Stick) List(name string, limit int) ([]carry.Entry, error) {
	if err := s.step(); err != nil {
		return nil, err
	}
	return s.Disk.List(name, limit)
}

func (s *Stick) SyncDir(name string) error {
	if err := s.step(); err != nil {
		return err
	}
	for n := range s.fresh {
		if filepath.ToSlash(filepath.Dir(n)) == name {
			delete(s.fresh, n)
		}
	}
	return s.Disk.SyncDir(name)
}

func (s *Stick) Free() (int64, error) {
	if err := s.step(); err != nil {
		return 0, err
	}
	if s.room >= 0 {
		return s.room + 1<<30, nil // it lies: the room shows only when it is used
	}
	return 1 << 40, nil
}

type file struct {
	carry.File
	s       *Stick
	path    string
	written int64
	flushed int64
}

func (f *file) Write(p []byte) (int, error) {
	err := f.s.writable()
	if err == nil && f.s.room >= 0 && int64(len(p)) > f.s.room {
		n, _ := f.File.Write(p[:f.s.room])
		f.s.room = 0
		return n, &os.PathError{Op: "write", Path: f.path, Err: syscall.ENOSPC}
	}
	if err != nil {
		if f.s.ro {
			return 0, err
		}
		n, _ := f.File.Write(p[:f.s.rnd.IntN(len(p)+1)]) // pulled out in the middle
		return n, err
	}
	if f.s.room >= 0 {
		f.s.room -= int64(len(p))
	}
	n, err := f.File.Write(p)
	f.written += int64(n)
	return n, err
}

func (f *file) Sync() error {
	if err := f.s.step(); err != nil {
		if f.written > f.flushed { // what was not flushed is partly there
			keep := f.flushed + f.s.rnd.Int64N(f.written-f.flushed+1)
			_ = os.Truncate(f.path, keep)
		}
		return err
	}
	f.flushed = f.written
	return nil
}

func (f *file) Read(p []byte) (int, error) {
	if err := f.s.step(); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

func (f *file) Size() (int64, error) {
	if err := f.s.step(); err != nil {
		return 0, err
	}
	return f.File.Size()
}

// Flip changes one byte of every part whose name fits the pattern, and says how many.
func Flip(t testing.TB, dir, pattern string, at int64) int {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "bendo", "*", pattern))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		raw, err := os.ReadFile(n)
		if err != nil {
			t.Fatal(err)
		}
		raw[at%int64(len(raw))] ^= 0x10
		if err := os.WriteFile(n, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return len(names)
}

// String says where it is.
func (s *Stick) String() string { return fmt.Sprintf("stick at %s after %d operations", s.Dir, s.ops) }
