package sqlitedb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// ErrNewer means that the file was written by a newer program; an older one must not touch it.
var ErrNewer = errors.New("the database was made by a newer version of the program; update the program")

// ErrForeign means that the file is a SQLite database of another purpose.
var ErrForeign = errors.New("the file is a database of another purpose; check the path")

type migration struct {
	version int
	name    string
	sql     string
}

// Migrate brings the schema to the newest version in steps: files named NNNN_what.sql at the top
// of fsys, numbered without a gap from 1. All missing steps and the new user_version are one
// transaction: a cut leaves the old schema or the new one. Any number of processes may call it at
// once on one file; the first does the work, the others find it done. A step that is released is
// never edited. Steps must not contain BEGIN, COMMIT, VACUUM or foreign_keys pragmas.
func (db *DB) Migrate(ctx context.Context, fsys fs.FS) error {
	steps, err := readMigrations(fsys)
	if err != nil {
		return fmt.Errorf("migrating %s: %w", db.path, err)
	}
	err = db.Write(ctx, func(tx *sql.Tx) error { return db.migrate(ctx, tx, steps) })
	if err != nil {
		return fmt.Errorf("migrating %s: %w", db.path, err)
	}
	return nil
}

func (db *DB) migrate(ctx context.Context, tx *sql.Tx, steps []migration) error {
	var have, app, tables int64
	err := errors.Join(
		tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&have),
		tx.QueryRowContext(ctx, "PRAGMA application_id").Scan(&app),
		tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables))
	if err != nil {
		return err
	}
	fresh := have == 0 && tables == 0 && app == 0
	if have == 0 && tables > 0 || !fresh && app != int64(db.opts.ApplicationID) {
		return fmt.Errorf("%w (application id %#x, want %#x)", ErrForeign, app, db.opts.ApplicationID)
	}
	if have > int64(len(steps)) {
		return fmt.Errorf("%w (schema %d, known up to %d)", ErrNewer, have, len(steps))
	}
	if have == int64(len(steps)) {
		return nil
	}
	for _, s := range steps[have:] {
		if _, err := tx.ExecContext(ctx, s.sql); err != nil {
			return fmt.Errorf("step %s: %w", s.name, err)
		}
	}
	// Pragmas take no parameters; both values are integers of ours.
	_, err = tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version=%d; PRAGMA application_id=%d",
		len(steps), db.opts.ApplicationID))
	return err
}

// readMigrations reads the steps in order and checks their numbers.
func readMigrations(fsys fs.FS) ([]migration, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	var steps []migration
	for _, name := range names {
		number, _, _ := strings.Cut(path.Base(name), "_")
		v, err := strconv.Atoi(number)
		if err != nil || v != len(steps)+1 {
			return nil, fmt.Errorf("migration %s: want number %04d", name, len(steps)+1)
		}
		b, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("reading migration %s: %w", name, err)
		}
		steps = append(steps, migration{v, name, string(b)})
	}
	if len(steps) == 0 {
		return nil, errors.New("no migration: want files named 0001_what.sql")
	}
	return steps, nil
}

// SchemaVersion returns the number of the last migration that was applied, 0 for a new file.
func (db *DB) SchemaVersion(ctx context.Context) (int, error) {
	var v int
	err := db.Read(ctx, func(tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v)
	})
	return v, err
}
