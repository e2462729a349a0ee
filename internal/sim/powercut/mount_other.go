//go:build !linux

package powercut

import "errors"

// ErrNoFUSE means that this machine or this user cannot mount such a disk.
var ErrNoFUSE = errors.New("a disk that loses its power needs Linux, /dev/fuse and root")

// Mounted is a disk under a directory.
type Mounted struct{}

// Mount answers ErrNoFUSE.
func (d *Disk) Mount(string) (*Mounted, error) { return nil, ErrNoFUSE }

// Unmount does nothing.
func (m *Mounted) Unmount() error { return nil }

// SweepMounts does nothing.
func SweepMounts() error { return nil }
