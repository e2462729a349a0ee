package agent

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"bendo/internal/ledger"
	"bendo/internal/sqlitedb"
)

// A line that is gone from the journal of signing in is found by the same check that reads the whole book.
func TestVerifyMissesALineOfTheStaffsJournal(t *testing.T) {
	o := enrolled(t, newProvince(t))
	for range 3 {
		if err := o.Book.NoteStaff(t.Context(), ledger.StaffNote{Act: ledger.StaffSignedIn, Member: "m-1"}); err != nil {
			t.Fatal(err)
		}
	}
	if c, err := o.CheckBook(t.Context(), func(string) {}); err != nil || len(c.Problems) != 0 || c.StaffLines != 3 {
		t.Fatalf("%+v %v", c, err)
	}
	book, err := sqlitedb.Open(t.Context(), filepath.Join(o.Dir, "book.db"), sqlitedb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if err := book.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), `DELETE FROM staff_log WHERE n = 2`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if c, err := o.CheckBook(t.Context(), func(string) {}); err != nil || !strings.Contains(strings.Join(c.Problems, " "), "staff's journal") {
		t.Errorf("a journal that lost a line is whole: %+v %v", c, err)
	}
}
