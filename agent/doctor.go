package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"bendo/internal/durable"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/internal/sqlitedb"
)

// ErrBookInUse means that a rescue was asked for while somebody works with the book.
var ErrBookInUse = errors.New("the book is in use; stop the kiosk and the agent first, then try again")

// Diagnosis is what the doctor found and did. Nothing in it is personal.
type Diagnosis struct {
	Opens    bool            `json:"opens"`             // the book can be opened
	Problem  string          `json:"problem,omitempty"` // why not, or why it could not be read to its end
	Findings ledger.Findings `json:"findings"`
	Rescue   *ledger.Rescue  `json:"rescue,omitempty"` // when a new book was made

	orphan bool // the book holds dossiers and does not know whose it is
}

// Healthy says that nothing is wrong with the book as it is now.
func (d Diagnosis) Healthy() bool { return d.Opens && d.Problem == "" && !d.Findings.Bad() }

// Doctor examines the book; other programs may work with it meanwhile. With salvage a book with
// anything wrong is made anew of what is whole; then nobody else may have it open.
func Doctor(ctx context.Context, p Place, salvage bool, log *slog.Logger) (d Diagnosis, err error) {
	if _, err := os.Stat(filepath.Join(p.Data, "book.db")); err != nil {
		if _, unfinished := os.Stat(filepath.Join(p.Data, "rescue")); unfinished != nil {
			return d, fmt.Errorf("looking for the book: %w", err)
		}
	}
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: p.Data, KeysDir: p.Keys, CredentialsDir: p.Credentials, MustExist: true})
	if err != nil {
		return d, err
	}
	if salvage {
		l, err := alone(p.Data)
		if err != nil {
			return d, err
		}
		defer l.Release()
	}
	d.examine(ctx, p.Data, keys, log)
	if err := ctx.Err(); err != nil || !salvage {
		return d, err
	}
	if !d.Healthy() {
		rescue, err := ledger.Salvage(ctx, p.Data, keys, ledger.Options{Log: log})
		if err != nil {
			return d, err
		}
		d = Diagnosis{Rescue: &rescue}
		d.examine(ctx, p.Data, keys, log)
	}
	// Also when an earlier run was cut short just here, and when nothing at all is left of the book: the
	// province knows this key and would refuse it with every code.
	if d.orphan || d.Rescue != nil && d.Rescue.NoIdentity {
		return d, keys.RetireDeviceKey()
	}
	return d, nil
}

// alone makes sure that nobody else works with the book, and keeps agents away.
func alone(dir string) (*durable.Lock, error) {
	if err := durable.MkdirAll(filepath.Join(dir, "run"), 0o700); err != nil {
		return nil, err
	}
	l, err := durable.AcquireLock(filepath.Join(dir, "run", "agent.lock"))
	if errors.Is(err, durable.ErrHeld) {
		return nil, fmt.Errorf("%w (%w)", ErrBookInUse, err)
	}
	if err != nil {
		return nil, err
	}
	used, err := sqlitedb.InUse(filepath.Join(dir, "book.db"))
	if err == nil && used {
		err = ErrBookInUse
	}
	if err != nil {
		return nil, errors.Join(err, l.Release())
	}
	return l, nil
}

func (d *Diagnosis) examine(ctx context.Context, dir string, keys *seal.Keeper, log *slog.Logger) {
	book, err := ledger.Open(ctx, dir, keys, ledger.Options{Log: log})
	if err != nil {
		d.Problem = err.Error()
		return
	}
	d.Opens = true
	d.Findings, err = book.Examine(ctx)
	if err == nil {
		d.orphan, err = book.Orphan(ctx)
	}
	if err = errors.Join(err, book.Close()); err != nil {
		d.Problem = err.Error()
	}
}
