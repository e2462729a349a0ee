package sqlitedb

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"bendo/internal/durable"
)

// A real full disk: a tmpfs of 8 MiB. Mounting needs root.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=8m"); err != nil {
		t.Skipf("NOT TESTED: a full disk; mounting a small tmpfs needs root: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	reserve := filepath.Join(dir, "reserve")
	if err := durable.Reserve(reserve, 2<<20); err != nil {
		t.Fatal(err)
	}
	db, err := Open(t.Context(), filepath.Join(dir, "book.db"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Migrate(t.Context(), schema); err != nil {
		t.Fatal(err)
	}
	const payload = 64 << 10
	insert := func() error {
		return db.Write(t.Context(), func(tx *sql.Tx) error {
			_, err1 := tx.Exec("CREATE TABLE IF NOT EXISTS p (b BLOB NOT NULL) STRICT")
			_, err2 := tx.Exec("INSERT INTO p (b) VALUES (zeroblob(?))", payload)
			return errors.Join(err1, err2)
		})
	}
	acked := int64(0)
	for err = insert(); err == nil; err = insert() {
		acked++
	}
	if !IsFull(err) {
		t.Fatalf("err = %v, want full", err)
	}
	rows := func() (n int64) {
		err := db.Read(t.Context(), func(tx *sql.Tx) error {
			return tx.QueryRow("SELECT count(*) FROM p").Scan(&n)
		})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if got := rows(); got != acked || acked == 0 {
		t.Errorf("%d rows on the full disk, %d were acknowledged", got, acked)
	}
	if err := insert(); !IsFull(err) {
		t.Errorf("again: %v, want full", err)
	}
	if freed, err := durable.ReleaseReserve(reserve); !freed || err != nil {
		t.Fatal(freed, err)
	}
	if err := insert(); err != nil {
		t.Errorf("after the ballast went overboard: %v", err)
	}
	if got := rows(); got != acked+1 {
		t.Errorf("%d rows, want %d", got, acked+1)
	}
	if complaints, err := db.Check(t.Context(), false); err != nil || len(complaints) > 0 {
		t.Errorf("%v %v", complaints, err)
	}
}
