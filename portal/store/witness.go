package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"bendo/internal/durable"
)

// witnessFile lies with the keys, which are not in the database's backup: it has seen
// the database's newest tick.
const witnessFile = "database.witness"

// Witness compares the database with what this machine's keys' directory has seen of
// it, and then lets both see a new tick. A database behind its witness was put back
// from a backup without portal restore: a new generation begins, as if it had been
// said; said is that somebody does say it. It tells whether one began.
//
// The database ticks first and the file follows, so that a crash between leaves the
// file behind, which proves nothing. Where keys and database are put back together
// (an image of the whole machine) only the offices' machines can tell.
func (db *DB) Witness(ctx context.Context, dir string, said bool) (restored bool, err error) {
	path := filepath.Join(dir, witnessFile)
	seen, err := readWitness(path)
	if err != nil {
		return false, fmt.Errorf("reading what the keys' directory has seen: %w", err)
	}
	var tick uint64
	err = db.Write(ctx, func(tx *Tx) error {
		restored = false
		value, err := tx.meta("tick")
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err == nil {
			if tick, err = strconv.ParseUint(string(value), 10, 64); err != nil {
				return err
			}
		}
		why := CauseWitness
		if said {
			why = CauseCommand
		}
		if restored = said || tick < seen; restored {
			if _, err := tx.NewGeneration(Begun{Cause: why}); err != nil {
				return err
			}
		}
		tick = max(tick, seen) + 1
		return tx.setMeta("tick", []byte(strconv.FormatUint(tick, 10)))
	})
	if err != nil {
		return false, fmt.Errorf("ticking: %w", err)
	}
	return restored, durable.WriteFile(path, []byte(strconv.FormatUint(tick, 10)+"\n"), 0o600)
}

func readWitness(path string) (uint64, error) {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	n, err := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	if err != nil {
		return 0, nil // not ours, or torn: it proves nothing
	}
	return n, nil
}
