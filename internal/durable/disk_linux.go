package durable

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// renameNew renames without replacing, in one step where the file system can (ext4, xfs, btrfs,
// tmpfs), else with a hard link, which fails on an existing name as well.
func renameNew(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EOPNOTSUPP) {
		return linkNew(from, to)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

func linkNew(from, to string) error {
	if err := os.Link(from, to); err != nil {
		return err
	}
	return os.Remove(from)
}

func allocate(f *os.File, sizeBytes int64) error {
	err := unix.Fallocate(int(f.Fd()), 0, 0, sizeBytes)
	if errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.ENOSYS) {
		return writeZeros(f, sizeBytes)
	}
	return err
}

// Datasync flushes f's bytes and its length, but not times: what an appended record needs.
func Datasync(f *os.File) error { return unix.Fdatasync(int(f.Fd())) }
