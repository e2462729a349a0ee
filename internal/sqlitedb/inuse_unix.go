//go:build unix

package sqlitedb

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// InUse says whether another process has the database at path open. This process must not: a descriptor
// of the file's index is opened and closed here. Every connection of a WAL database holds a shared lock
// on one byte of it (sqlite.org/walformat.html, the byte is UNIX_SHM_DMS of os_unix.c).
func InUse(path string) (bool, error) {
	f, err := os.OpenFile(path+"-shm", os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("asking who uses %s: %w", path, err)
	}
	defer f.Close()
	lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart, Start: 128, Len: 1}
	if err := unix.FcntlFlock(f.Fd(), unix.F_GETLK, &lock); err != nil {
		return false, fmt.Errorf("asking who uses %s: %w", path, err)
	}
	return lock.Type != unix.F_UNLCK, nil
}
