// Package durable puts files on the disk so that they are there whole, and stay there.
//
// It promises: when [WriteFile], [WriteNew], [File.Commit] or [Remove] returns nil, a power cut a
// moment later finds the new state; when one returns an error or never returns, the disk holds
// the old state or the new one, never a mixture and never a half-written file under the target's
// name. What a cut may leave besides is a temporary file ([IsTemp]) beside the target, which
// [SweepTemp] clears at the next start.
//
// It refuses: to follow a failed fsync with anything but a fresh attempt (after a failed fsync
// the kernel may drop the dirty pages and report success the next time), and to give a name to a
// file before its bytes are flushed.
//
// The order is always the same:
//
//	openat(dir, ".name.tmp-*", O_EXCL)   a cut leaves: a temporary file, or nothing
//	write, fchmod, fsync, close          a cut leaves: a temporary file of any content
//	rename(tmp, name)                    a cut leaves: the old name, or the new
//	fsync(dir)                           returns: the new
//
// The room also keeps the lock file of a process ([Lock]), the ballast that lets a commit pass
// on a full disk ([Reserve]) and the question how much room is left ([Free]).
package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// ErrClosed is what a [File] answers after Commit or Abort.
var ErrClosed = errors.New("durable file is already committed or aborted")

// tmpMark is part of every temporary name. The leading dot keeps such files out of listings.
const tmpMark = ".tmp-"

// hook is called after each step with its name; tests kill the process there. Nil outside tests.
var hook func(step string)

func reached(step string) {
	if hook != nil {
		hook(step)
	}
}

// File is a file under construction: bytes go to a temporary file beside the target, and only
// Commit or CommitNew gives it the target's name. Not safe for concurrent use.
type File struct {
	f      *os.File
	path   string // the target
	closed bool
}

// Create begins a file that will be called path, with the permissions perm (umask does not
// apply). The directory must exist. The caller ends it with Commit, CommitNew or Abort;
// `defer f.Abort()` right after Create is the way to leave nothing behind on an error.
func Create(path string, perm fs.FileMode) (*File, error) {
	dir, base := filepath.Split(path)
	if base == "" {
		return nil, fmt.Errorf("creating %q: the path names no file", path)
	}
	if dir == "" {
		dir = "."
	}
	f, err := os.CreateTemp(dir, "."+base+tmpMark+"*")
	if err != nil {
		return nil, fmt.Errorf("creating a temporary file for %s: %w", path, err)
	}
	if err := f.Chmod(perm); err != nil {
		f.Close()
		os.Remove(f.Name())
		return nil, fmt.Errorf("setting permissions of %s: %w", f.Name(), err)
	}
	reached("created")
	return &File{f: f, path: path}, nil
}

// Write appends p to the temporary file. Nothing is promised about it before Commit.
func (f *File) Write(p []byte) (int, error) {
	if f.closed {
		return 0, ErrClosed
	}
	return f.f.Write(p)
}

// Commit flushes the bytes, renames the temporary file to the target, replacing what was there,
// and flushes the directory. When it returns nil the file is on disk. After an error the target
// is the old file or the new one, both whole; trying again from Create is safe.
func (f *File) Commit() error { return f.commit(replaceFile) }

// CommitNew is Commit that never replaces: when the target already exists, also when another
// process made it a moment ago, it returns an error that is [fs.ErrExist] and leaves it alone.
func (f *File) CommitNew() error { return f.commit(renameNew) }

// CommitAs is Commit for a file whose name is known only after its content (a digest): path takes
// the place of the one given to Create. It may lie in another directory of the same file system.
func (f *File) CommitAs(path string) error {
	f.path = path
	return f.commit(replaceFile)
}

func (f *File) commit(rename func(from, to string) error) error {
	if f.closed {
		return ErrClosed
	}
	defer f.Abort()
	if err := f.f.Sync(); err != nil {
		return fmt.Errorf("flushing %s: %w", f.path, err)
	}
	reached("synced")
	if err := f.f.Close(); err != nil {
		return fmt.Errorf("closing %s: %w", f.path, err)
	}
	if err := rename(f.f.Name(), f.path); err != nil {
		return fmt.Errorf("naming %s: %w", f.path, err)
	}
	f.closed = true
	reached("renamed")
	if err := SyncDir(filepath.Dir(f.path)); err != nil {
		return err
	}
	reached("dirsynced")
	return nil
}

// Abort drops the temporary file. After Commit, and after another Abort, it does nothing.
func (f *File) Abort() {
	if f.closed {
		return
	}
	f.closed = true
	f.f.Close()
	os.Remove(f.f.Name())
}

// WriteFile makes path hold exactly data, durably, replacing what was there.
func WriteFile(path string, data []byte, perm fs.FileMode) error {
	f, err := Create(path, perm)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(data); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return f.Commit()
}

// WriteNew makes path hold exactly data, durably, unless path exists already: then the error is
// [fs.ErrExist]. Of two processes that call it at once exactly one succeeds, and the other,
// reading path afterwards, finds the whole file.
func WriteNew(path string, data []byte, perm fs.FileMode) error {
	f, err := Create(path, perm)
	if err != nil {
		return err
	}
	defer f.Abort()
	if _, err := f.Write(data); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return f.CommitNew()
}

// Rename gives the file from, whose bytes the caller has already flushed, the name to in the same
// directory, replacing what was there, and flushes the directory.
func Rename(from, to string) error {
	if filepath.Dir(from) != filepath.Dir(to) {
		return fmt.Errorf("naming %s: %s lies in another directory", to, from)
	}
	if err := replaceFile(from, to); err != nil {
		return fmt.Errorf("naming %s: %w", to, err)
	}
	reached("renamed")
	return SyncDir(filepath.Dir(to))
}

// Remove deletes the file or empty directory path and flushes its directory, so that it does not
// come back after a power cut. A path that is already gone is a success (the earlier removal may
// have been cut before the flush, so the flush still happens).
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing %s: %w", path, err)
	}
	reached("removed")
	err := SyncDir(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // the directory is gone as well
	}
	return err
}

// MkdirAll makes path and its missing parents with the permissions perm and flushes the parent of
// each one it made. The parent of path itself is flushed even when path exists, because an
// earlier run may have been cut between making it and flushing.
func MkdirAll(path string, perm fs.FileMode) error {
	path = filepath.Clean(path)
	info, err := os.Stat(path)
	if err == nil && !info.IsDir() {
		return fmt.Errorf("making directory %s: a file of that name is in the way", path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		parent := filepath.Dir(path)
		if parent != path {
			if err := MkdirAll(parent, perm); err != nil {
				return err
			}
		}
		if err := os.Mkdir(path, perm); err != nil && !errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("making directory %s: %w", path, err)
		}
		return SyncDir(parent)
	}
	if err != nil {
		return fmt.Errorf("making directory %s: %w", path, err)
	}
	// An existing directory high up (/, /home) may not be ours to flush; then it is not ours to
	// have made either.
	if err := SyncDir(filepath.Dir(path)); err != nil && !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// IsTemp says whether name (a base name) is that of a temporary file of this room.
func IsTemp(name string) bool {
	return strings.HasPrefix(name, ".") && strings.Contains(name, tmpMark)
}

// SweepTemp removes the temporary files that interrupted writes left in dir and that were last
// touched before olderThan; younger ones may belong to a writer at work. It returns how many went.
func SweepTemp(dir string, olderThan time.Time) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("sweeping %s: %w", dir, err)
	}
	swept := 0
	for _, e := range entries {
		if e.IsDir() || !IsTemp(e.Name()) {
			continue
		}
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // committed or swept meanwhile
		}
		if err != nil {
			return swept, fmt.Errorf("sweeping %s: %w", dir, err)
		}
		if !info.ModTime().Before(olderThan) {
			continue
		}
		if err := os.Remove(filepath.Join(dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return swept, fmt.Errorf("sweeping %s: %w", dir, err)
		}
		swept++
	}
	return swept, nil
}
