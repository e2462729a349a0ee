package store

import (
	"fmt"
	"path/filepath"

	"bendo/internal/durable"
)

// On SQLite a reserve lies beside the database and is given back to the disk when a transaction meets
// a full one, so that what devices were promised can be written down; PostgreSQL looks after its own
// disk. While it is missing, and while the disk of the scans is short, scans are refused before the
// database can fail: the devices keep them.
const (
	reserveBytes  = 32 << 20
	reserveMargin = 16 << 20
)

// reserve is the ballast of a SQLite store; the zero value has none.
type reserve struct{ path string }

func newReserve(dir string) reserve {
	if dir == "" {
		return reserve{}
	}
	return reserve{filepath.Join(dir, "reserve")}
}

// keep makes the reserve when it is missing and there is room for it and more; else the error is IsFull.
func (r reserve) keep() error {
	if r.path == "" || durable.Reserved(r.path, reserveBytes) {
		return nil
	}
	if err := roomy(filepath.Dir(r.path), reserveBytes+reserveMargin); err != nil {
		return err
	}
	return durable.Reserve(r.path, reserveBytes)
}

// release gives the reserve up and says whether there was one.
func (r reserve) release() bool {
	if r.path == "" {
		return false
	}
	freed, err := durable.ReleaseReserve(r.path)
	return freed && err == nil
}

// roomy says ErrFull when dir has less than want bytes; a disk that does not say counts as roomy.
func roomy(dir string, want int64) error {
	free, err := durable.Free(dir)
	if err != nil || free >= want {
		return nil
	}
	return fmt.Errorf("%d MiB are left of %d: %w", free>>20, want>>20, durable.ErrFull)
}

// roomForScans refuses a piece of a scan while the disk is short.
func (db *DB) roomForScans() error {
	if err := db.reserve.keep(); err != nil {
		return fmt.Errorf("taking a scan: %w", err)
	}
	if err := roomy(db.blobs, reserveMargin); err != nil {
		return fmt.Errorf("taking a scan: %w", err)
	}
	return nil
}
