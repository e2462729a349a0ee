package processes

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/internal/sim/powercut"
	"bendo/internal/sqlitedb"
	"bendo/portal/store"
	"bendo/syncproto"
)

// inspect looks into the disks of an office and of a province, one of which (which) is an image after
// a power cut, out of their machines and on an ordinary file system.
func (o *outage) inspect(disks [2]*powercut.Disk, which int, known map[string]expected) (wrong []string, err error) {
	out, err := os.MkdirTemp(o.dir, "image-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(out)
	place := &lab{t: o.t, dir: o.dir}
	for i, name := range []string{"o", "p"} {
		if err := disks[i].Export("/", filepath.Join(out, name)); err != nil {
			return nil, err
		}
	}
	place.places.office, place.places.state = filepath.Join(out, "o", "office"), filepath.Join(out, "p", "portal")
	ctx := o.t.Context()
	book, wrong, err := inspectBook(ctx, place.office(), known)
	if err != nil || which == 0 && len(wrong) > 0 {
		return wrong, fmt.Errorf("the office's disk: %w", err)
	}
	there, err := inspectPortal(ctx, place, book)
	if err != nil {
		return append(wrong, there...), fmt.Errorf("the province's disk: %w", err)
	}
	return append(wrong, there...), nil
}

// facts are what an office's book says.
type facts struct {
	enrolled bool
	log      ledger.LogState
	complete []syncproto.DossierID // whose filing was acknowledged as complete
}

// inspectBook opens a book and holds it to everything it promises.
func inspectBook(ctx context.Context, dir string, known map[string]expected) (f facts, wrong []string, err error) {
	if _, err := os.Stat(filepath.Join(dir, "book.db")); errors.Is(err, fs.ErrNotExist) && len(known) == 0 {
		return f, nil, nil // before the first start had come that far
	}
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir, MustExist: len(known) > 0})
	if err != nil {
		return f, nil, err
	}
	if bad, err := soundFile(ctx, filepath.Join(dir, "book.db")); err != nil || len(bad) > 0 {
		return f, bad, err
	}
	book, err := ledger.Open(ctx, dir, keys, ledger.Options{})
	if err != nil {
		return f, nil, err
	}
	defer book.Close()
	if f.log, err = book.LogState(ctx); errors.Is(err, ledger.ErrNotEnrolled) && len(known) == 0 {
		return f, nil, nil
	} else if err != nil {
		return f, nil, err
	}
	f.enrolled = true
	if wrong, err = f.readBook(ctx, book, known); err != nil {
		return f, wrong, err
	}
	for after, n := (syncproto.EventID{}), 1; n > 0; {
		if n, after, err = book.Scrub(ctx, after, 1000); err != nil {
			return f, wrong, err
		}
	}
	damaged, err := book.Quarantine(ctx)
	for _, q := range damaged {
		wrong = append(wrong, fmt.Sprintf("%s %s is damaged: %s", q.Table, q.ID, q.Reason))
	}
	return f, wrong, err
}

// readBook wants every known slip in the book and the log to be one chain without a gap.
func (f *facts) readBook(ctx context.Context, book *ledger.Book, known map[string]expected) (wrong []string, err error) {
	saved := map[string]bool{}
	for q := (ledger.OutboxQuery{Limit: 500}); ; {
		rows, err := book.Outbox(ctx, q)
		if err != nil {
			return wrong, err
		}
		for _, r := range rows {
			saved[digits(r.Slip.String())] = true
			for _, a := range r.Acks {
				if a.Code == "province_complete" && a.Done {
					f.complete = append(f.complete, r.Dossier)
				}
			}
		}
		if len(rows) < q.Limit {
			break
		}
		q.After, q.AfterTime = rows[len(rows)-1].Event, rows[len(rows)-1].SavedAt
	}
	for slip, e := range known {
		if !saved[slip] {
			wrong = append(wrong, fmt.Sprintf("slip %s (%q) was given to somebody and is not in the book", slip, e.Reference))
		}
	}
	seq := uint64(1)
	for {
		events, err := book.PendingEvents(ctx, seq, 500, 1<<30)
		if err != nil {
			return wrong, err
		}
		if len(events) == 0 {
			break
		}
		seq += uint64(len(events))
	}
	if seq != f.log.Next {
		wrong = append(wrong, fmt.Sprintf("the log ends at %d, its chain at %d", f.log.Next, seq))
	}
	return wrong, nil
}

func soundFile(ctx context.Context, path string) ([]string, error) {
	db, err := sqlitedb.Open(ctx, path, sqlitedb.Options{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return db.Check(ctx, false)
}

// inspectPortal opens a portal's data and holds it to what it told the office.
func inspectPortal(ctx context.Context, place *lab, told facts) (wrong []string, err error) {
	if _, err := os.Stat(filepath.Join(place.state(), "portal.db")); errors.Is(err, fs.ErrNotExist) && !told.enrolled {
		return nil, nil
	}
	if bad, err := soundFile(ctx, filepath.Join(place.state(), "portal.db")); err != nil || len(bad) > 0 {
		return bad, err
	}
	if !told.enrolled {
		return nil, nil
	}
	db, err := place.openStore(ctx)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if wrong, err = readScans(ctx, db, store.Blob.Complete); err != nil {
		return wrong, err
	}
	err = db.Read(ctx, func(tx *store.Tx) error {
		there, err := tx.FindLogUnlocked(commune, told.log.Log)
		if err != nil {
			return err
		}
		var events int64
		if err := tx.Row("SELECT COUNT(*) FROM events WHERE commune = ? AND device = ? AND epoch = ?",
			[]any{commune, told.log.Log.Device[:], int64(told.log.Log.Epoch)}, &events); err != nil {
			return err
		}
		if told.log.Acked > there.Applied || events != int64(there.Applied) {
			wrong = append(wrong, fmt.Sprintf("the province acknowledged %d events, says it has %d and has %d", told.log.Acked, there.Applied, events))
		}
		for _, id := range told.complete {
			blobs, err := tx.BlobsOf(commune, id)
			if err != nil {
				return err
			}
			for _, b := range blobs {
				if !b.Complete() {
					wrong = append(wrong, fmt.Sprintf("dossier %s was acknowledged as complete, scan %s is not", id, b.Ref.SHA256))
				}
			}
		}
		return nil
	})
	return wrong, err
}
