package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// schemaVersion is the number of the newest file in schema/.
const schemaVersion = 2

// migrate brings the tables to schemaVersion. Two processes that start at once
// meet at the version row: the second finds the work done.
func (db *DB) migrate(ctx context.Context) error {
	err := db.Write(ctx, func(tx *Tx) error {
		_, err := tx.q.ExecContext(ctx, db.schemaText("CREATE TABLE IF NOT EXISTS schema_version (id {int} PRIMARY KEY, version {int} NOT NULL){strict}"))
		return err
	})
	if err != nil {
		return fmt.Errorf("creating the version table: %w", err)
	}
	return db.Write(ctx, func(tx *Tx) error {
		if _, err := tx.Exec("INSERT INTO schema_version (id, version) VALUES (1, 0) ON CONFLICT (id) DO NOTHING"); err != nil {
			return err
		}
		var version int
		if err := tx.Row("SELECT version FROM schema_version WHERE id = 1{lock}", nil, &version); err != nil {
			return err
		}
		if version > schemaVersion {
			return fmt.Errorf("the database has schema %d, this program knows %d: install the newer portal", version, schemaVersion)
		}
		for next := version + 1; next <= schemaVersion; next++ {
			if err := db.step(tx, next); err != nil {
				return fmt.Errorf("migrating to schema %d: %w", next, err)
			}
		}
		return nil
	})
}

func (db *DB) step(tx *Tx, version int) error {
	text, err := schemaFiles.ReadFile("schema/" + fmt.Sprintf("%04d.sql", version))
	if err != nil {
		return err
	}
	for _, statement := range statements(string(text)) {
		if _, err := tx.q.ExecContext(tx.ctx, db.schemaText(statement)); err != nil {
			return fmt.Errorf("%s: %w", strings.SplitN(statement, "\n", 2)[0], err)
		}
	}
	_, err = tx.Exec("UPDATE schema_version SET version = ? WHERE id = 1", version)
	return err
}

// statements cuts a schema file: comments away, one statement per semicolon.
// Schema files hold no semicolon inside a text or a comment.
func statements(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(text, "\n") {
		if i := strings.Index(line, "--"); i >= 0 {
			line = line[:i]
		}
		lines = append(lines, line)
	}
	var found []string
	for statement := range strings.SplitSeq(strings.Join(lines, "\n"), ";") {
		if statement = strings.TrimSpace(statement); statement != "" {
			found = append(found, statement)
		}
	}
	return found
}

func (db *DB) schemaText(statement string) string { return db.engine.types.Replace(statement) }

// meta reads a fact of the portal; ErrNotFound when it was never set.
func (tx *Tx) meta(name string) ([]byte, error) {
	var value []byte
	err := tx.Row("SELECT value FROM meta WHERE name = ?", []any{name}, &value)
	return value, err
}

func (tx *Tx) setMeta(name string, value []byte) error {
	_, err := tx.Exec("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value", name, value)
	return err
}

// Generation is the portal's generation: unix milliseconds when it was made.
// The first call makes it.
func (tx *Tx) Generation() (uint64, error) {
	value, err := tx.meta("generation")
	if errors.Is(err, ErrNotFound) {
		return tx.NewGeneration(0)
	}
	if err != nil {
		return 0, fmt.Errorf("reading the generation: %w", err)
	}
	return strconv.ParseUint(string(value), 10, 64)
}

// NewGeneration begins a new generation, always above the last one: receipts of
// an older one no longer count until they are confirmed again.
//
// atLeast is what a device has seen of a portal that was restored since; 0
// otherwise. Where each feed ended is kept, for the echo.
func (tx *Tx) NewGeneration(atLeast uint64) (uint64, error) {
	next := max(uint64(tx.Now), atLeast+1)
	if value, err := tx.meta("generation"); err == nil {
		if last, err := strconv.ParseUint(string(value), 10, 64); err == nil && last >= next {
			next = last + 1
		}
		if err := tx.setMeta("generation_before", value); err != nil {
			return 0, err
		}
	} else if !errors.Is(err, ErrNotFound) {
		return 0, err
	}
	if _, err := tx.Exec("UPDATE feed_heads SET ended = head"); err != nil {
		return 0, err
	}
	return next, tx.setMeta("generation", []byte(strconv.FormatUint(next, 10)))
}
