package store

import (
	"context"
	"embed"
	"fmt"
	"strings"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// schemaVersion is the number of the newest file in schema/.
const schemaVersion = 13

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
		if own, ok := strings.CutPrefix(statement, "{postgres} "); ok { // how rows are kept, never what they say
			if statement = own; db.engine != &postgresEngine {
				continue
			}
		}
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
