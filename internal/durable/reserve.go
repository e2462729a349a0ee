package durable

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrFull is IsFull: what a room answers that sees a full disk coming.
var ErrFull = errors.New("the disk is full")

// Reserved says whether the reserve at path is there in its full size.
func Reserved(path string, sizeBytes int64) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() == sizeBytes
}

// Reserve makes sure that path is a file of sizeBytes whose blocks are really taken from the disk:
// the ballast that [ReleaseReserve] throws overboard when a commit meets a full disk. It may be
// called at every start; an existing reserve of the right size is left alone. When there is not
// enough room the error is [IsFull] and no partial reserve is left.
func Reserve(path string, sizeBytes int64) error {
	if Reserved(path, sizeBytes) {
		return nil
	}
	f, err := Create(path, 0o600)
	if err != nil {
		return err
	}
	defer f.Abort()
	if err := allocate(f.f, sizeBytes); err != nil {
		return fmt.Errorf("reserving %d bytes in %s: %w", sizeBytes, path, err)
	}
	return f.Commit()
}

// ReleaseReserve gives the ballast back to the disk and says whether there was one. The next
// commit passes; the caller refuses new scans until [Reserve] succeeds again.
func ReleaseReserve(path string) (bool, error) {
	err := os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("releasing reserve %s: %w", path, err)
	}
	return true, SyncDir(filepath.Dir(path))
}

// writeZeros takes blocks the slow way, where the file system cannot allocate without writing.
func writeZeros(f *os.File, sizeBytes int64) error {
	buf := make([]byte, 1<<20)
	for off := int64(0); off < sizeBytes; {
		n := min(int64(len(buf)), sizeBytes-off)
		if _, err := f.WriteAt(buf[:n], off); err != nil {
			return err
		}
		off += n
	}
	return nil
}
