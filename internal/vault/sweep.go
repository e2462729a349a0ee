package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"bendo/internal/durable"
)

// Sweep removes files older than olderThan that known does not claim: scans and uploads whose
// row was never written, and temporary files of interrupted Puts. known gets a file's name
// ([Ref].Name) and must answer from committed rows; when in doubt it answers true. olderThan is
// days, not minutes: between Put and the row a resident may still be filling in the form.
// It returns how many files went. Sound to run while others work; cut short, it is simply run again.
func (v *Vault) Sweep(olderThan time.Time, known func(name string) (bool, error)) (int, error) {
	swept, err := durable.SweepTemp(v.dir, olderThan)
	if err != nil {
		return swept, err
	}
	subs, err := os.ReadDir(v.dir)
	if err != nil {
		return swept, fmt.Errorf("sweeping the vault: %w", err)
	}
	for _, sub := range subs {
		if !sub.IsDir() {
			continue
		}
		n, err := v.sweepDir(filepath.Join(v.dir, sub.Name()), olderThan, known)
		swept += n
		if err != nil {
			return swept, fmt.Errorf("sweeping the vault: %w", err)
		}
	}
	return swept, nil
}

func (v *Vault) sweepDir(dir string, olderThan time.Time, known func(string) (bool, error)) (int, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	swept := 0
	for _, e := range entries {
		gone, err := v.sweepFile(filepath.Join(dir, e.Name()), olderThan, known)
		if err != nil {
			return swept, err
		}
		if gone {
			swept++
		}
	}
	if swept == 0 {
		return 0, nil
	}
	return swept, durable.SyncDir(dir)
}

// sweepFile asks for the age again under the lock: a Put that found the file here and kept it for
// a new row has made it young there.
func (v *Vault) sweepFile(path string, olderThan time.Time, known func(string) (bool, error)) (bool, error) {
	if old, err := isOld(path, olderThan); err != nil || !old {
		return false, err
	}
	claimed, err := known(filepath.Base(path))
	if err != nil || claimed {
		return false, err
	}
	unlock, err := v.lock()
	if err != nil {
		return false, err
	}
	defer unlock()
	if old, err := isOld(path, olderThan); err != nil || !old {
		return false, err
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, err
	}
	return true, nil
}

func isOld(path string, olderThan time.Time) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && !info.IsDir() && info.ModTime().Before(olderThan), err
}
