package sqlitedb

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

func TestSQLiteIsNewEnough(t *testing.T) {
	v, err := openMigrated(t).Version(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if versionNumber(t, v) < versionNumber(t, MinVersion) {
		t.Errorf("SQLite %s is older than %s", v, MinVersion)
	}
}

func versionNumber(t *testing.T, v string) int {
	n := 0
	for part := range strings.SplitSeq(v, ".") {
		i, err := strconv.Atoi(part)
		if err != nil {
			t.Fatalf("version %q", v)
		}
		n = n*1000 + i
	}
	return n
}

// Every connection of both pools must have every pragma; a forgotten one costs data only much later.
func TestPragmas(t *testing.T) {
	db := openMigrated(t)
	want := map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "2000",
		"secure_delete": "1", "temp_store": "2", "journal_size_limit": "4194304",
		"cell_size_check": "1", "trusted_schema": "0",
	}
	for name, pool := range map[string]*sql.DB{"writer": db.writer, "reader": db.reader} {
		for pragma, value := range want {
			var got string
			if err := pool.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != value {
				t.Errorf("%s: %s = %q (%v), want %q", name, pragma, got, err, value)
			}
		}
	}
}

func TestFilesArePrivate(t *testing.T) {
	db := openMigrated(t)
	if err := readThenWrite(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		info, err := os.Stat(db.Path() + suffix)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", suffix, info, err)
		}
	}
	if info, err := os.Stat(filepath.Dir(db.Path())); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("directory: %v %v", info, err)
	}
}

func TestPathsThatLookLikeURIs(t *testing.T) {
	for _, name := range []string{"sổ hồ sơ.db", "a?mode=ro.db", "a#b.db", "100%.db", "a%20b.db", "a&b=c.db"} {
		path := filepath.Join(t.TempDir(), name)
		db, err := Open(t.Context(), path, Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := db.Migrate(t.Context(), schema); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if err := db.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if info, err := os.Stat(path); err != nil || info.Size() == 0 {
			t.Errorf("%s: the data is not in the file: %v %v", name, info, err)
		}
		entries, _ := os.ReadDir(filepath.Dir(path))
		if len(entries) != 1 {
			t.Errorf("%s: %d files after closing", name, len(entries))
		}
	}
}

func TestWriteIsAllOrNothing(t *testing.T) {
	db := openMigrated(t)
	boom := errors.New("boom")
	err := db.Write(t.Context(), func(tx *sql.Tx) error {
		if _, err := next(t.Context(), tx); err != nil {
			return err
		}
		return boom
	})
	if err != boom {
		t.Errorf("err = %v, want the function's own", err)
	}
	func() {
		defer func() { recover() }()
		db.Write(t.Context(), func(tx *sql.Tx) error {
			next(t.Context(), tx)
			panic("boom")
		})
	}()
	if rows, _ := count(t, db); rows != 0 {
		t.Errorf("%d rows of failed transactions", rows)
	}
	if err := readThenWrite(t.Context(), db); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// A commit that is refused (here by a deferred foreign key) must not leave the connection inside
// a transaction: the next write would fail for ever.
func TestRefusedCommit(t *testing.T) {
	db := openMigrated(t)
	write := func(q string) error {
		return db.Write(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(q)
			return err
		})
	}
	if err := write("CREATE TABLE child (p INTEGER REFERENCES later (id) DEFERRABLE INITIALLY DEFERRED) STRICT"); err != nil {
		t.Fatal(err)
	}
	if err := write("INSERT INTO child VALUES (7)"); !IsConstraint(err) {
		t.Fatalf("err = %v, want a constraint", err)
	}
	if err := write("INSERT INTO later VALUES (7); INSERT INTO child VALUES (7)"); err != nil {
		t.Errorf("after the refused commit: %v", err)
	}
}

func TestReadCannotWrite(t *testing.T) {
	db := openMigrated(t)
	err := db.Read(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO count (who, n) VALUES (1, 1)")
		return err
	})
	if !IsReadOnly(err) {
		t.Errorf("err = %v, want read-only", err)
	}
}

func TestMigrateRefusals(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	newer := fstest.MapFS{"0001_a.sql": schema["0001_count.sql"]}
	tests := []struct {
		name  string
		steps fstest.MapFS
		opts  Options
		want  error
		text  string
	}{
		{"again", schema, Options{}, nil, ""},
		{"newer file", newer, Options{}, ErrNewer, ""},
		{"other purpose", schema, Options{ApplicationID: 42}, ErrForeign, ""},
		{"gap", fstest.MapFS{"0001_a.sql": file(""), "0003_c.sql": file("")}, Options{}, nil, "want number 0002"},
		{"twice", fstest.MapFS{"0001_a.sql": file(""), "0001_b.sql": file("")}, Options{}, nil, "want number 0002"},
		{"no number", fstest.MapFS{"first.sql": file("")}, Options{}, nil, "want number 0001"},
		{"none", fstest.MapFS{}, Options{}, nil, "no migration"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := openMigrated(t).Path()
			db, err := Open(t.Context(), path, tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			err = db.Migrate(t.Context(), tt.steps)
			switch {
			case tt.want == nil && tt.text == "" && err != nil:
				t.Errorf("err = %v", err)
			case tt.want != nil && !errors.Is(err, tt.want):
				t.Errorf("err = %v, want %v", err, tt.want)
			case tt.text != "" && (err == nil || !strings.Contains(err.Error(), tt.text)):
				t.Errorf("err = %v, want %q", err, tt.text)
			}
		})
	}
}

func TestMigrateIsOneTransaction(t *testing.T) {
	db := openMigrated(t)
	steps := fstest.MapFS{"0003_bad.sql": {Data: []byte("CREATE TABLE third (id INTEGER) STRICT; CREATE TABLE third (id INTEGER) STRICT;")}}
	for name, f := range schema {
		steps[name] = f
	}
	if err := db.Migrate(t.Context(), steps); err == nil || !strings.Contains(err.Error(), "0003_bad.sql") {
		t.Fatalf("err = %v, want it to name the step", err)
	}
	if v, err := db.SchemaVersion(t.Context()); v != 2 || err != nil {
		t.Errorf("version %d (%v), want 2", v, err)
	}
	steps["0003_bad.sql"].Data = []byte("CREATE TABLE third (id INTEGER) STRICT;")
	if err := db.Migrate(t.Context(), steps); err != nil {
		t.Error(err)
	}
}

func TestApplicationID(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	for range 2 {
		db, err := Open(t.Context(), path, Options{ApplicationID: 0x62656e64})
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Migrate(t.Context(), schema); err != nil {
			t.Error(err)
		}
		db.Close()
	}
}

func TestNotADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("not a database. ", 512)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{}); !IsCorrupt(err) {
		t.Errorf("err = %v, want corrupt", err)
	}
}

func TestConstraintKinds(t *testing.T) {
	db := openMigrated(t)
	insert := func(q string) error {
		return db.Write(t.Context(), func(tx *sql.Tx) error {
			_, err := tx.Exec(q)
			return err
		})
	}
	if err := insert("INSERT INTO count (id, who, n) VALUES (1, 1, 1)"); err != nil {
		t.Fatal(err)
	}
	for q, unique := range map[string]bool{
		"INSERT INTO count (who, n) VALUES (1, 1)":        true,
		"INSERT INTO count (id, who, n) VALUES (1, 1, 2)": true,
		"INSERT INTO count (who) VALUES (1)":              false,
	} {
		if err := insert(q); !IsConstraint(err) || IsUnique(err) != unique {
			t.Errorf("%s: %v constraint=%v unique=%v", q, err, IsConstraint(err), IsUnique(err))
		}
	}
}

func TestCheckpoint(t *testing.T) {
	db := openMigrated(t)
	if err := readThenWrite(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	if db.WALSize() == 0 {
		t.Fatal("no wal after a write")
	}
	err := db.Read(t.Context(), func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRow("SELECT count(*) FROM count").Scan(&n); err != nil {
			return err
		}
		if err := readThenWrite(t.Context(), db); err != nil {
			return err
		}
		return db.Checkpoint(t.Context())
	})
	if !IsBusy(err) {
		t.Errorf("checkpoint under a held snapshot: %v, want busy", err)
	}
	if err := db.Checkpoint(t.Context()); err != nil || db.WALSize() != 0 {
		t.Errorf("checkpoint: %v, wal %d bytes", err, db.WALSize())
	}
}

func TestBackup(t *testing.T) {
	db := openMigrated(t)
	to := filepath.Join(t.TempDir(), "backups", "book copy?.db")
	for want := int64(1); want <= 2; want++ { // the second replaces the first
		if err := readThenWrite(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if err := db.Backup(t.Context(), to); err != nil {
			t.Fatal(err)
		}
		entries, _ := os.ReadDir(filepath.Dir(to))
		if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 || len(entries) != 1 {
			t.Fatalf("backup: %v %v %v", info, err, entries)
		}
		copied, err := Open(t.Context(), filepath.Join(t.TempDir(), "restored.db"), Options{})
		if err != nil {
			t.Fatal(err)
		}
		copied.Close()
		b, _ := os.ReadFile(to)
		os.WriteFile(copied.Path(), b, 0o600)
		if copied, err = Open(t.Context(), copied.Path(), Options{}); err != nil {
			t.Fatal(err)
		}
		if rows, _ := count(t, copied); rows != want {
			t.Errorf("copy has %d rows, want %d", rows, want)
		}
		copied.Close()
	}
}
