package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// Findings is what an examination of the book found. Nothing in it is personal.
type Findings struct {
	Complaints []string      `json:"complaints"` // of SQLite, about the file
	Events     int           `json:"events"`     // rows that were read
	Damaged    []Quarantined `json:"damaged"`    // rows and papers that are not whole
	Broken     int           `json:"broken"`     // places of the present log that do not continue the chain
	FirstBad   uint64        `json:"first_bad"`  // the first of them
	Unsent     bool          `json:"unsent"`     // it was not acknowledged: it and what follows wait
	Waiting    int           `json:"waiting"`    // events behind a lost one that wait for a place
}

// Bad says whether anything is wrong.
func (f Findings) Bad() bool { return len(f.Complaints) > 0 || len(f.Damaged) > 0 || f.Broken > 0 }

// Examine reads the whole book: the file as SQLite sees it, every event and every paper with their
// digests, and the chain of the present log. It puts aside what is not whole, as the weekly scrub does.
func (b *Book) Examine(ctx context.Context) (f Findings, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("examining the book: %w", err)
		}
	}()
	if f.Complaints, err = b.db.Check(ctx, false); err != nil {
		return f, err
	}
	for after, n := (syncproto.EventID{}), 1; n > 0; f.Events += n {
		if n, after, err = b.Scrub(ctx, after, 500); err != nil {
			return f, err
		}
	}
	if err = b.examineChain(ctx, &f); err != nil {
		return f, err
	}
	f.Damaged, err = b.Quarantine(ctx)
	return f, err
}

func (b *Book) examineChain(ctx context.Context, f *Findings) error {
	return b.db.Read(ctx, func(tx *sql.Tx) error {
		id, err := b.identity(ctx, tx)
		if errors.Is(err, ErrNotEnrolled) {
			return nil
		}
		if err != nil {
			return err
		}
		l, err := b.logRow(ctx, tx, id.Epoch)
		if err != nil {
			return err
		}
		next, head, last, err := b.soundChain(ctx, tx, l.Log)
		if err != nil {
			return err
		}
		if end := max(l.Next, last+1); next < end || head != l.Head {
			f.Broken, f.FirstBad, f.Unsent = int(max(end-next, 1)), next, next > l.Acked
		}
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM event WHERE epoch IS NULL AND author = ?`, string(dossier.Book(id.Book))).Scan(&f.Waiting)
	})
}
