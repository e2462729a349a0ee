package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"bendo/internal/seal"
	"bendo/internal/sqlitedb"
)

// versions is how many steps have been written; a new one adds its case to fillVersion.
const versions = 9

// A book of every version so far opens, keeps its rows and files on.
func TestMigrates(t *testing.T) {
	steps := get(fs.Glob(schemaFiles, "schema/*.sql"))(t)
	if len(steps) != versions {
		t.Fatalf("%d steps, the test knows %d", len(steps), versions)
	}
	for v := 1; v <= versions; v++ {
		dir := filepath.Join(t.TempDir(), "data")
		old := fstest.MapFS{}
		for _, s := range steps[:v] {
			old[filepath.Base(s)] = &fstest.MapFile{Data: get(schemaFiles.ReadFile(s))(t)}
		}
		db := get(sqlitedb.Open(t.Context(), filepath.Join(dir, "book.db"), sqlitedb.Options{ApplicationID: applicationID}))(t)
		if err := errors.Join(db.Migrate(t.Context(), old), db.Close()); err != nil {
			t.Fatal(err)
		}
		o := &office{t: t, dir: dir, now: openOffice(t).now}
		o.reopen()
		o.must(o.SetIdentity(t.Context(), identity()))
		o.file()
		if got := get(o.db.SchemaVersion(t.Context()))(t); got != versions {
			t.Fatalf("from version %d: schema %d", v, got)
		}
	}
}

// A newer book and a wrong office key are refused before anything is written.
func TestRefusesWhatIsNotItsOwn(t *testing.T) {
	o := openOffice(t)
	o.exec(fmt.Sprintf("PRAGMA user_version = %d", versions+1))
	o.must(o.Close())
	_, err := Open(t.Context(), o.dir, o.keys, Options{})
	wantErr(t, err, sqlitedb.ErrNewer)

	o = openOffice(t)
	before := dump(t, o)
	other := get(seal.LoadOrCreate(seal.Options{DataDir: filepath.Join(t.TempDir(), "other")}))(t)
	if _, err := Open(t.Context(), o.dir, other, Options{}); !errors.Is(err, seal.ErrTampered) {
		t.Fatalf("a wrong office key: %v", err)
	}
	if dump(t, o) != before {
		t.Fatal("a wrong office key changed the book")
	}
}

// Every table is STRICT, and every table and column is explained where it is made.
func TestSchemaIsExplained(t *testing.T) {
	sql := ""
	for _, step := range get(fs.Glob(schemaFiles, "schema/*.sql"))(t) {
		sql += "\n" + string(get(schemaFiles.ReadFile(step))(t))
	}
	made := regexp.MustCompile(`(?s)\n-- [^\n]+\nCREATE TABLE (\w+) \(\n(.*?)\n\) ([^;]*);`).FindAllStringSubmatch(sql, -1)
	if n := strings.Count(sql, "CREATE TABLE"); n != len(made) {
		t.Fatalf("%d tables, %d of them with a comment above", n, len(made))
	}
	obvious := regexp.MustCompile(`^\s+(id|dossier|type|version|at|kind|draft|sha256|length|mime|role|receipt|code|reason|event|code|created_at|touched_at|received_at|updated_at|epoch|pos|from_pos|to_pos|item_key|name|tbl|slip|token|manifest|source|digest|device|n|added_at|rev|salt|seq|header_digest|payload_digest|visit|complete_at|complete_gen|left_gen|payload|body)\s|PRIMARY KEY|UNIQUE|CHECK|^\s*$`)
	for _, m := range made {
		if !strings.Contains(m[3], "STRICT") {
			t.Errorf("table %s is not STRICT", m[1])
		}
		for _, line := range strings.Split(m[2], "\n") {
			if !strings.Contains(line, "--") && !obvious.MatchString(line) {
				t.Errorf("table %s: %q is not explained", m[1], strings.TrimSpace(line))
			}
		}
	}
}
