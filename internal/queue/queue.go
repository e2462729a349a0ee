// Package queue hands out the office's queue numbers (số thứ tự; lấy số = to take a number).
//
// It promises: a number is on the disk before anybody sees it, and is never handed out twice in one
// series, whenever the machine is killed; it is valid only after the printer's answer or a staff tap,
// never because time passed; asking again with the same key gives the same number; and a series begins
// anew each day of the office, never twice on one day, also when the clock is wrong (see [decide]).
//
// It refuses: to call a number that is not valid, to make one valid that was given up, and a step that
// somebody else took first ([ErrMoved]). It knows no name and no reason, so there is none to lose.
//
// It lies in a file of its own beside the book. The book is what an office owes the province and is
// shared with the agent; a number means nothing outside the room it was given in, after its day means
// nothing at all, and must neither wait for the book nor hurt it. A file that is damaged is put aside
// when it is opened and the numbers go on in another hundred, so that none of the lost ones comes again.
//
// A power cut leaves a number drawn (nobody saw it, or the printer had said no) or printing (the paper
// may be out or not, and nobody can know). Both wait for a staff tap and end with their series.
package queue

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"bendo/internal/clock"
	"bendo/internal/durable"
	"bendo/internal/sqlitedb"
)

// State is where a number stands.
type State string

// The states: drawn → printing → valid → called → served or absent; void ends any of the first three.
const (
	Drawn    State = "drawn"    // on the disk; no printer has it, or the printer said no
	Printing State = "printing" // handed to the printer, which has not answered, perhaps never will
	Valid    State = "valid"    // waits to be called
	Called   State = "called"   // at a counter
	Served   State = "served"
	Absent   State = "absent" // was called and did not come
	Void     State = "void"   // given up before it was called
)

// By says who made a number valid.
type By string

// The two who may.
const (
	ByPrinter By = "printer"
	ByStaff   By = "staff"
)

// Ticket is one number (phiếu số). Times are unix milliseconds of the office's clock, 0 where it did
// not happen.
type Ticket struct {
	ID       int64
	Series   int64
	Letter   string
	Number   int
	Service  string // the plan's code
	Priority bool
	Key      string
	State    State
	By       By
	Prints   int
	Job      string // of the last paper, as the print system calls it; empty: it never said
	DrawnAt  int64
	Quality  clock.Quality // of the clock when it was drawn
	ValidAt  int64
	CalledAt int64
	Calls    int
	Counter  int
	EndedAt  int64
}

// Label is the number as it is printed, shown and called: a letter and at least three digits.
func (t Ticket) Label() string { return fmt.Sprintf("%s%03d", t.Letter, t.Number) }

// Moment is one look at the clocks: what the office's clock says, how good it is, and the machine's own
// time with its monotonic part, by which two moments of one run are compared.
type Moment struct {
	At      time.Time
	Quality clock.Quality
	Machine time.Time
}

var (
	// ErrNotFound means that there is no such number.
	ErrNotFound = errors.New("there is no such number")
	// ErrMoved means that the number, or the counter, is not where the caller believed: look again.
	ErrMoved = errors.New("somebody else was first; look at the queue again")
	// ErrNobody means that nobody waits who could be called.
	ErrNobody = errors.New("nobody waits for these services")
	// ErrOver means that the number belongs to a series that has ended.
	ErrOver = errors.New("the number is of another day")
)

const applicationID = 0x62646c73 // "bdls"

//go:embed schema/*.sql
var schema embed.FS

// Queue is the open file. All methods may be called from many goroutines; what writes is on the disk
// when it returns nil.
type Queue struct {
	db *sqlitedb.DB

	mu   sync.Mutex
	last Moment // guarded by mu; of the last number drawn by this program
}

// Open opens the file at path, making it when there is none. One that is damaged is put aside under
// the name path.damaged-N, and the new one begins in another hundred.
func Open(ctx context.Context, path string, log *slog.Logger) (*Queue, error) {
	db, err := openFile(ctx, path)
	switch {
	case errors.Is(err, errDamaged):
		log.Error("the file of queue numbers is damaged; it is put aside and the numbers go on in another hundred", "error", err)
		if err = durable.WriteFile(renewing(path), nil, 0o600); err != nil {
			return nil, fmt.Errorf("putting the queue's file aside: %w", err)
		}
		fallthrough
	case errors.Is(err, errRenewing):
		db, err = renew(ctx, path)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the queue's file: %w", err)
	}
	return &Queue{db: db}, nil
}

// Close closes the file. What was not finished stays as it is on the disk.
func (q *Queue) Close() error { return q.db.Close() }

var (
	errDamaged  = errors.New("the file is damaged")
	errRenewing = errors.New("the file is being renewed")
)

// renewing is the mark that the files of this path are given up. It stands before the first of them is
// touched: a database without its log may look whole and lack the last numbers.
func renewing(path string) string { return path + ".renewing" }

func openFile(ctx context.Context, path string) (*sqlitedb.DB, error) {
	if _, err := os.Lstat(renewing(path)); err == nil {
		return nil, errRenewing
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	db, err := sqlitedb.Open(ctx, path, sqlitedb.Options{ApplicationID: applicationID})
	if err != nil {
		return nil, judge(err)
	}
	steps, err := fs.Sub(schema, "schema")
	if err == nil {
		err = db.Migrate(ctx, steps)
	}
	if err == nil {
		var complaints []string
		if complaints, err = db.Check(ctx, true); err == nil && len(complaints) > 0 {
			err = fmt.Errorf("%w: %s", errDamaged, complaints[0])
		}
	}
	if err != nil {
		return nil, errors.Join(judge(err), db.Close())
	}
	return db, nil
}

func judge(err error) error {
	if sqlitedb.IsCorrupt(err) {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return err
}

// renew puts the files aside and begins again. A cut at any step leaves the mark, and the next Open
// comes here again; no number was given in between.
func renew(ctx context.Context, path string) (*sqlitedb.DB, error) {
	n, err := putAside(path)
	if err != nil {
		return nil, err
	}
	db, err := sqlitedb.Open(ctx, path, sqlitedb.Options{ApplicationID: applicationID})
	if err != nil {
		return nil, err
	}
	steps, err := fs.Sub(schema, "schema")
	if err == nil {
		err = db.Migrate(ctx, steps)
	}
	if err == nil {
		err = db.Write(ctx, func(tx *sql.Tx) error {
			// Each renewal has its own hundred: two on one day must not meet.
			_, err := tx.ExecContext(ctx, `INSERT INTO series (day, first, cause, begun_at) VALUES ('', ?, 'renewed', 0)`, renewedFirst+100*(n-1))
			return err
		})
	}
	if err == nil {
		err = durable.Remove(renewing(path))
	}
	if err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

const renewedFirst = 501 // more than a commune gives in half a day

// putAside moves what there is of the database to a free name and says how many were moved so far.
func putAside(path string) (int, error) {
	taken, err := filepath.Glob(path + ".damaged-*")
	if err != nil {
		return 0, err
	}
	n := 1
	for _, name := range taken {
		var of int
		if _, err := fmt.Sscanf(name[len(path):], ".damaged-%d", &of); err == nil {
			n = max(n, of+1)
		}
	}
	for _, part := range []string{"", "-wal", "-shm"} {
		err := durable.Rename(path+part, fmt.Sprintf("%s.damaged-%d%s", path, n, part))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return 0, err
		}
	}
	return n, nil
}
