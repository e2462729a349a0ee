package main

import (
	"context"
	"log/slog"
	"path/filepath"

	"bendo/internal/seal"
	"bendo/internal/till"
)

// tillFile is where the cash book lies, beside the office's book.
const tillFile = "till.db"

// openTill opens the cash book in a data directory. One that cannot be opened, or whose lines were
// changed, costs the office the till and nothing else: nil.
func openTill(ctx context.Context, dir string, keys *seal.Keeper, log *slog.Logger) *till.Till {
	t, err := till.Open(ctx, filepath.Join(dir, tillFile), keys)
	if err != nil {
		log.Error("the cash book is not in use; receipts are written by hand", "error", err)
		return nil
	}
	return t
}

func closeTill(t *till.Till, log *slog.Logger) {
	if t == nil {
		return
	}
	if err := t.Close(); err != nil {
		log.Warn("closing the cash book", "error", err)
	}
}

// tills are the cash books of the office's own book and of the practice book; nil where there is none.
type tills struct{ office, practice *till.Till }

func (t tills) of(practice bool) *till.Till {
	if practice {
		return t.practice
	}
	return t.office
}
