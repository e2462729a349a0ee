package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// sealedOf collects what the book's file holds of a draft: head, values, rows of scans and the wrapped key.
func (o *office) sealedOf(id DraftID) (blobs [][]byte) {
	o.t.Helper()
	o.must(o.db.Read(o.t.Context(), func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(o.t.Context(), `SELECT head FROM draft WHERE id = ?1 UNION ALL SELECT body FROM draft_value WHERE draft = ?1
			UNION ALL SELECT body FROM draft_scan WHERE draft = ?1 UNION ALL SELECT sha256 FROM draft_scan WHERE draft = ?1
			UNION ALL SELECT wrapped FROM secret WHERE scope = ?1 AND wrapped IS NOT NULL`, id[:])
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var b []byte
			if err := rows.Scan(&b); err != nil {
				return err
			}
			blobs = append(blobs, b)
		}
		return rows.Err()
	}))
	return blobs
}

// holds counts the files below the office's folder that hold one of these bytes, and the files in all.
func (o *office) holds(blobs [][]byte) (with, all int) {
	o.t.Helper()
	o.must(filepath.WalkDir(filepath.Dir(o.dir), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || e.Name() == ".lock" {
			return err
		}
		all++
		data, err := os.ReadFile(path)
		for _, b := range blobs {
			if len(b) > 0 && bytes.Contains(data, b) {
				with++
				break
			}
		}
		return err
	}))
	return with, all
}

// TestAnErasedDraftIsNowhere: neither what was written nor the key it was sealed with is in any file of the
// book, its write-ahead file or its vault.
func TestAnErasedDraftIsNowhere(t *testing.T) {
	o := openOffice(t)
	_, before := o.holds(nil)
	d := o.draft()
	sealed := o.sealedOf(d.ID)
	if len(sealed) < 6 {
		t.Fatalf("%d sealed things: the test proves nothing", len(sealed))
	}
	o.must(o.Checkpoint(t.Context()))
	if with, all := o.holds(sealed); with == 0 || all <= before {
		t.Fatalf("%d files hold a draft that is there, of %d: the test proves nothing", with, all)
	}
	for range 2 { // the answer was lost
		o.must(o.EraseDraft(t.Context(), d.ID))
	}
	if with, all := o.holds(sealed); with != 0 || all != before {
		t.Errorf("%d files hold what was erased; %d files, %d before", with, all, before)
	}
	if left := o.sealedOf(d.ID); len(left) != 1 || len(left[0]) != 0 {
		t.Errorf("%d things are left", len(left))
	}
	_, err := o.Draft(context.Background(), d.ID)
	wantErr(t, err, ErrExpired)
	o.reopen()
	if list := get(o.Drafts(t.Context()))(t); len(list) != 0 {
		t.Errorf("%d drafts are listed", len(list))
	}
}

// TestTheNoIsKeptWithTheDraft until it is filed or dropped.
func TestTheNoIsKeptWithTheDraft(t *testing.T) {
	o := openOffice(t)
	for _, said := range []bool{true, false} {
		d := get(o.CreateDraft(t.Context(), NewDraft{Procedure: "1.001193", NotSecret: said}))(t)
		if d.NotSecret != said {
			t.Fatalf("said %v, kept %v", said, d.NotSecret)
		}
		o.must(o.SayNoSecret(t.Context(), d.ID))
		o.reopen()
		if !get(o.Draft(t.Context(), d.ID))(t).NotSecret {
			t.Error("the no was lost")
		}
	}
}
