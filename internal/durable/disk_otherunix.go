//go:build unix && !linux

package durable

import "os"

// renameNew names without replacing: a hard link fails on an existing name.
func renameNew(from, to string) error {
	if err := os.Link(from, to); err != nil {
		return err
	}
	return os.Remove(from)
}

func allocate(f *os.File, sizeBytes int64) error { return writeZeros(f, sizeBytes) }

// Datasync flushes f's bytes and its length.
func Datasync(f *os.File) error { return f.Sync() }
