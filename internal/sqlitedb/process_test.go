package sqlitedb

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

// The test binary runs itself again as a second process; what that one does is in these variables.
const (
	envRole = "BENDO_SQLITEDB_ROLE"
	envPath = "BENDO_SQLITEDB_PATH"
	envN    = "BENDO_SQLITEDB_N"
)

func TestMain(m *testing.M) {
	if role := os.Getenv(envRole); role != "" {
		n, _ := strconv.Atoi(os.Getenv(envN))
		if err := child(context.Background(), role, os.Getenv(envPath), n); err != nil {
			fmt.Println("error:", err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

var schema = fstest.MapFS{
	"0001_count.sql": {Data: []byte(`CREATE TABLE count (id INTEGER PRIMARY KEY, who INTEGER NOT NULL, n INTEGER NOT NULL) STRICT;`)},
	"0002_index.sql": {Data: []byte(`CREATE UNIQUE INDEX count_n ON count (n); CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT;`)},
}

func child(ctx context.Context, role, path string, n int) error {
	if role == "deferred" {
		return readThenWriteDeferred(ctx, path, n)
	}
	db, err := Open(ctx, path, Options{})
	if err != nil {
		return err
	}
	defer db.Close()
	switch role {
	case "migrate":
		return db.Migrate(ctx, schema)
	case "contend":
		for range n {
			if err := readThenWrite(ctx, db); err != nil {
				return err
			}
		}
		return nil
	case "acks": // says each number it has committed, until killed
		for {
			var n int64
			err := db.Write(ctx, func(tx *sql.Tx) (err error) {
				n, err = next(ctx, tx)
				return err
			})
			if err != nil {
				return err
			}
			fmt.Println(n)
		}
	case "hold": // holds the write lock until told to stop
		return db.Write(ctx, func(tx *sql.Tx) error {
			fmt.Println("held")
			_, err := os.Stdin.Read(make([]byte, 1))
			return err
		})
	}
	return errors.New("unknown role " + role)
}

// next reads the largest number and inserts the one after it: what loses under a deferred begin.
func next(ctx context.Context, tx *sql.Tx) (int64, error) {
	var n int64
	if err := tx.QueryRowContext(ctx, "SELECT coalesce(max(n),0)+1 FROM count").Scan(&n); err != nil {
		return 0, err
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO count (who, n) VALUES (?, ?)", os.Getpid(), n)
	return n, err
}

func readThenWrite(ctx context.Context, db *DB) error {
	return db.Write(ctx, func(tx *sql.Tx) error {
		_, err := next(ctx, tx)
		return err
	})
}

// readThenWriteDeferred is the planted bug: the same work with a plain BEGIN.
func readThenWriteDeferred(ctx context.Context, path string, n int) error {
	pool, err := openPool(path, strings.Replace(writerDSN, "immediate", "deferred", 1), 1)
	if err != nil {
		return err
	}
	defer pool.Close()
	failed := 0
	for range n {
		tx, err := pool.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if _, err = next(ctx, tx); err == nil {
			err = tx.Commit()
		}
		tx.Rollback()
		if IsBusy(err) {
			failed++
		} else if err != nil {
			return err
		}
	}
	fmt.Println("failed", failed)
	return nil
}

func respawn(role, path string, n int) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envRole+"="+role, envPath+"="+path, envN+"="+strconv.Itoa(n))
	return cmd
}

func openMigrated(t *testing.T) *DB {
	t.Helper()
	db, err := Open(t.Context(), filepath.Join(t.TempDir(), "d", "book.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	return db
}

func count(t *testing.T, db *DB) (rows, highest int64) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *sql.Tx) error {
		return tx.QueryRow("SELECT count(*), coalesce(max(n),0) FROM count").Scan(&rows, &highest)
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, highest
}

func runAll(t *testing.T, cmds []*exec.Cmd) []string {
	t.Helper()
	outs := make([]string, len(cmds))
	var wg sync.WaitGroup
	for i, c := range cmds {
		wg.Go(func() {
			out, err := c.CombinedOutput()
			outs[i] = string(out)
			if err != nil {
				t.Errorf("process %d: %v %s", i, err, out)
			}
		})
	}
	wg.Wait()
	return outs
}

func TestTwoProcessesWriting(t *testing.T) {
	db := openMigrated(t)
	const each = 150
	runAll(t, []*exec.Cmd{respawn("contend", db.Path(), each), respawn("contend", db.Path(), each)})
	if rows, highest := count(t, db); rows != 2*each || highest != 2*each {
		t.Errorf("%d rows up to %d, want %d", rows, highest, 2*each)
	}
}

// The harness above must see the bug it is there for: without BEGIN IMMEDIATE work is refused.
func TestDeferredBeginFails(t *testing.T) {
	db := openMigrated(t)
	outs := runAll(t, []*exec.Cmd{respawn("deferred", db.Path(), 150), respawn("deferred", db.Path(), 150)})
	if outs[0] == "failed 0\n" && outs[1] == "failed 0\n" {
		t.Error("deferred transactions all passed: the contention test cannot see the bug it is for")
	}
}

func TestFiftyDoubleStarts(t *testing.T) {
	for range 50 {
		path := filepath.Join(t.TempDir(), "book.db")
		runAll(t, []*exec.Cmd{respawn("migrate", path, 0), respawn("migrate", path, 0)})
		if t.Failed() {
			return
		}
	}
}

// A process that is killed at any moment has lost nothing it had acknowledged.
func TestKilledWriters(t *testing.T) {
	kills := 100
	if testing.Short() {
		kills = 10
	}
	db := openMigrated(t)
	var acked int64
	for i := range kills {
		cmd := respawn("acks", db.Path(), 0)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for j := 0; j <= i%7 && lines.Scan(); j++ { // killed after a few, somewhere in the next
			if acked, err = strconv.ParseInt(lines.Text(), 10, 64); err != nil {
				t.Fatalf("child says %q", lines.Text())
			}
		}
		cmd.Process.Kill()
		for lines.Scan() { // what it said before it died counts too
			acked, _ = strconv.ParseInt(lines.Text(), 10, 64)
		}
		cmd.Wait()
		rows, highest := count(t, db)
		if highest < acked || rows != highest {
			t.Fatalf("kill %d: acknowledged up to %d, found %d rows up to %d", i, acked, rows, highest)
		}
	}
	for _, quick := range []bool{true, false} {
		if complaints, err := db.Check(t.Context(), quick); err != nil || len(complaints) > 0 {
			t.Errorf("after %d kills: %v %v", kills, complaints, err)
		}
	}
}

func TestContextEndsTheWait(t *testing.T) {
	db := openMigrated(t)
	cmd := respawn("hold", db.Path(), 0)
	stdin, _ := cmd.StdinPipe()
	stdout, _ := cmd.StdoutPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdout.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := readThenWrite(ctx, db)
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("locked and out of time: %v", err)
	}
	if rows, _ := count(t, db); rows != 0 { // reading is not locked
		t.Errorf("%d rows", rows)
	}
	// Without a deadline the same call waits and then passes.
	done := make(chan error, 1)
	go func() { done <- readThenWrite(t.Context(), db) }()
	stdin.Write([]byte{1})
	if err := <-done; err != nil {
		t.Errorf("after the lock was given back: %v", err)
	}
	cmd.Wait()
}

func TestPatienceEnds(t *testing.T) {
	db := openMigrated(t)
	other, err := Open(t.Context(), db.Path(), Options{Patience: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	err = db.Write(t.Context(), func(*sql.Tx) error { return readThenWrite(t.Context(), other) })
	if !IsBusy(err) {
		t.Errorf("err = %v, want busy", err)
	}
}

func TestDataVersionSeesOthers(t *testing.T) {
	db := openMigrated(t)
	last, err := db.DataVersion(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	changed := func(what string, want bool) {
		t.Helper()
		v, err := db.DataVersion(t.Context())
		if err != nil || (v != last) != want {
			t.Errorf("%s: version %d → %d (%v), want changed=%v", what, last, v, err, want)
		}
		last = v
	}
	changed("nothing happened", false)
	runAll(t, []*exec.Cmd{respawn("contend", db.Path(), 1)})
	changed("another process committed", true)
	if err := readThenWrite(t.Context(), db); err != nil {
		t.Fatal(err)
	}
	changed("this process committed", true)
	db.Write(t.Context(), func(tx *sql.Tx) error { next(t.Context(), tx); return errors.New("no") })
	changed("rolled back", false)
	// A lost connection begins a new number space, so that no commit can hide behind it.
	drop(db.watch)
	if _, err := db.DataVersion(t.Context()); err == nil {
		t.Error("a dropped connection answered")
	}
	changed("reopened", true)
}
