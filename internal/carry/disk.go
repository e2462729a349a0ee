package carry

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"syscall"

	"bendo/internal/durable"
)

// Disk is what a stick can do. Names are slash-separated and relative. Tests put one here
// that is full, read-only, pulled out, or lies.
type Disk interface {
	// Open opens a regular file for reading; a link, a folder or a device is ErrNotAFile.
	Open(name string) (File, error)
	// Create makes a new file; an existing one is fs.ErrExist.
	Create(name string) (File, error)
	Rename(from, to string) error
	Remove(name string) error
	// Mkdir makes one folder; an existing one is no error.
	Mkdir(name string) error
	// List gives at most limit entries of a folder, in no order; a folder that is not there
	// has none.
	List(name string, limit int) ([]Entry, error)
	// SyncDir makes names in a folder durable.
	SyncDir(name string) error
	// Free is how many bytes can still be written.
	Free() (int64, error)
	Close() error
}

// File is one open file.
type File interface {
	io.Reader
	io.Writer
	Size() (int64, error)
	// Sync makes the bytes durable.
	Sync() error
	// Cold forgets what memory holds of the file, so that the next read asks the medium.
	Cold()
	Close() error
}

// Entry is one name in a folder.
type Entry struct {
	Name    string
	Dir     bool
	Regular bool // neither a folder, a link nor a device
}

// ErrNotAFile means that a name is a link, a folder or a device.
var ErrNotAFile = errors.New("not a regular file")

// folder is a Disk in a directory. os.Root keeps every name below it, also through links.
type folder struct {
	root *os.Root
	dir  string
}

// OpenFolder is the Disk in a directory. It does not make dir: a stick that is not there must
// not become a folder on the main disk.
func OpenFolder(dir string) (Disk, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &folder{root, dir}, nil
}

func (d *folder) Open(name string) (File, error) {
	before, err := d.root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, fmt.Errorf("%s: %w", name, ErrNotAFile)
	}
	f, err := d.root.Open(name)
	if err != nil {
		return nil, err
	}
	// The name may have become another thing between the two looks.
	if after, err := f.Stat(); err != nil || !after.Mode().IsRegular() {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, ErrNotAFile), err, f.Close())
	}
	return file{f}, nil
}

func (d *folder) Create(name string) (File, error) {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	return file{f}, nil
}

func (d *folder) Rename(from, to string) error { return d.root.Rename(from, to) }

func (d *folder) Remove(name string) error { return d.root.Remove(name) }

func (d *folder) Mkdir(name string) error {
	err := d.root.Mkdir(name, 0o700)
	if errors.Is(err, fs.ErrExist) {
		info, err := d.root.Lstat(name)
		if err == nil && !info.IsDir() {
			err = fmt.Errorf("%s: a file or a link is in the way: %w", name, fs.ErrExist)
		}
		return err
	}
	return err
}

func (d *folder) List(name string, limit int) ([]Entry, error) {
	info, err := d.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, nil // a link or a file instead of our folder: nothing of ours is there
	}
	f, err := d.root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	found, err := f.ReadDir(limit)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	list := make([]Entry, 0, len(found))
	for _, e := range found {
		list = append(list, Entry{e.Name(), e.IsDir(), e.Type().IsRegular()})
	}
	return list, nil
}

// SyncDir: a file system without it (some network folders) says so; the file's own flush
// is then all there is.
func (d *folder) SyncDir(name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := d.root.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return nil
}

func (d *folder) Free() (int64, error) { return durable.Free(d.dir) }

func (d *folder) Close() error { return d.root.Close() }

type file struct{ *os.File }

func (f file) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (f file) Cold() { cold(f.File) }

// dirOf and join keep the slashes of a Disk's names.
func dirOf(name string) string { return path.Dir(name) }
