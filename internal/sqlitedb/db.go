// Package sqlitedb opens SQLite files the one way this project has shown to be safe, and is the
// only room that knows the driver.
//
// It promises: when [DB.Write] returns nil, what the function did is on disk and survives a power
// cut (WAL with synchronous=FULL: one flush per transaction); when it returns an error, nothing
// of it is there, with the one exception that every database has: an error from the commit itself
// leaves the answer open, so writers make their transactions repeatable. Two processes may use one
// file at once, the pattern of kiosk and agent: every writing transaction begins IMMEDIATE,
// because a transaction that reads first and then wants to write is refused at once
// (SQLITE_BUSY_SNAPSHOT) without the busy timeout being asked. [DB.Read] sees one snapshot.
//
// It refuses: a schema newer than the program ([ErrNewer]), a file of another purpose
// ([ErrForeign]), writes through Read, and a SQLite older than 3.51.3, below which two processes
// that checkpoint at once can corrupt a WAL database.
//
// A power cut leaves the file and its -wal; the next Open recovers. SQLite does not see bit rot:
// integrity_check passed 14 of 15 flipped bits, so whoever promises a row stores [RowDigest]
// beside it and checks it before use.
//
// Never open, hash or copy the live files by other means: on a system without open-file-description
// locks, closing any descriptor of the file drops SQLite's lock. [DB.Backup] is the way to a copy.
package sqlitedb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"modernc.org/sqlite"

	"bendo/internal/durable"
)

// MinVersion is the oldest SQLite whose WAL is safe with two processes that write and checkpoint
// at once (fixed in 3.51.3, sqlite.org/wal.html "the WAL-reset bug").
const MinVersion = "3.51.3"

// The pragmas stand in the DSN and nowhere else: db.Exec("PRAGMA …") reaches one pooled
// connection only. The timeout is short because the driver cannot be interrupted while it waits
// for a lock; the longer patience is in Go (see begin).
const (
	commonDSN = "_busy_timeout=2000&_journal_mode=WAL&_synchronous=FULL&_foreign_keys=1&_dqs=0" +
		"&_defensive=1&_error_rc=1&_pragma=secure_delete(1)&_pragma=temp_store(2)" +
		"&_pragma=journal_size_limit(4194304)&_pragma=cell_size_check(1)&_pragma=trusted_schema(0)"
	writerDSN = "_txlock=immediate&" + commonDSN
	readerDSN = "_txlock=deferred&" + commonDSN + "&_query_only=1"
)

// Options of [Open]. The zero value is right for a book.
type Options struct {
	// Readers is how many transactions of this process may read at once; 0 means 2.
	Readers int
	// Patience is how long Write waits for another process's transaction before it gives up with
	// an error that IsBusy; 0 means 20 s. The context can end the wait earlier (within 2 s).
	Patience time.Duration
	// ApplicationID marks the purpose of the file (SQLite's application_id); 0 asks for none.
	// It is written by the first Migrate and checked by every later one.
	ApplicationID int32
}

// DB is one open database file. All methods may be called from many goroutines.
type DB struct {
	path     string
	opts     Options
	writer   *sql.DB // exactly one connection: writers of this process queue here, in Go
	reader   *sql.DB
	watchMu  sync.Mutex
	watch    *sql.Conn   // guarded by watchMu; never writes, so it sees every commit
	watchGen int64       // guarded by watchMu; counts the connections watch has been
	doubt    atomic.Bool // a commit failed on the disk; see settle
}

var processSettings = sync.OnceValue(func() error {
	sqlite.StrictPragmas(true)
	_, err := sqlite.OFDLocking(true)
	if errors.Is(err, sqlite.ErrOFDLockingUnavailable) {
		return nil // not Linux, or a kernel before 3.15: the rule in the package comment holds alone
	}
	return err
})

// Open opens the file at path, making it (0600) and its directory (0700) when they are missing,
// and recovers what a cut left. It waits for another process that is opening the same file.
func Open(ctx context.Context, path string, opts Options) (*DB, error) {
	if opts.Readers <= 0 {
		opts.Readers = 2
	}
	if opts.Patience <= 0 {
		opts.Patience = 20 * time.Second
	}
	if err := processSettings(); err != nil {
		return nil, fmt.Errorf("setting up file locks: %w", err)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("opening database %s: %w", path, err)
	}
	if err := makeFile(path); err != nil {
		return nil, fmt.Errorf("opening database %s: %w", path, err)
	}
	db := &DB{path: path, opts: opts}
	if db.writer, err = openPool(path, writerDSN, 1); err != nil {
		return nil, fmt.Errorf("opening database %s: %w", path, err)
	}
	if db.reader, err = openPool(path, readerDSN, opts.Readers+1); err != nil { // one is watch
		db.writer.Close()
		return nil, fmt.Errorf("opening database %s: %w", path, err)
	}
	// The switch to WAL of a new file needs the file alone and is not covered by the busy timeout.
	if err := db.patiently(ctx, func() error { return db.writer.PingContext(ctx) }); err != nil {
		return nil, errors.Join(fmt.Errorf("opening database %s: %w", path, err), db.Close())
	}
	return db, nil
}

func openPool(path, params string, conns int) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn(path, params))
	if err != nil {
		return nil, err
	}
	pool := sql.OpenDB(c)
	pool.SetMaxOpenConns(conns)
	pool.SetMaxIdleConns(conns)
	return pool, nil
}

// dsn makes a file: URI of an absolute path; only such a name lets parameters be seen by SQLite.
func dsn(path, params string) string {
	p := filepath.ToSlash(path)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // C:/… on Windows
	}
	return "file://" + (&url.URL{Path: p}).EscapedPath() + "?" + params
}

// makeFile makes an empty database file nobody else can read; -wal and -shm inherit its
// permissions. SQLite flushes the names of its journals but not that of the database itself.
func makeFile(path string) error {
	dir := filepath.Dir(path)
	if err := durable.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.Chmod(path, 0o600) // by name: no descriptor of a live file is opened and closed
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return durable.SyncDir(dir)
}

// Path is the absolute path of the file.
func (db *DB) Path() string { return db.path }

// Write runs fn in a writing transaction and commits it. When it returns nil the change is
// durable. When fn returns an error or panics, or ctx ends before the commit, nothing of it
// remains; fn's error is returned as it is. fn runs at most once per call and must not call Write
// again (the one writing connection is taken). Keep it short: everybody else waits.
func (db *DB) Write(ctx context.Context, fn func(tx *sql.Tx) error) error {
	conn, err := db.writer.Conn(ctx)
	if err != nil {
		return fmt.Errorf("waiting for the writing connection: %w", err)
	}
	defer conn.Close()
	if db.doubt.Load() {
		if err := db.settle(ctx, conn); err != nil {
			return err
		}
	}
	err = db.writeOn(ctx, conn, fn)
	if IsIO(err) || IsFull(err) || IsCorrupt(err) {
		// The disk refused: this connection is not believed again. A commit that failed may also
		// have left its transaction open on it; a fresh one rolls that back.
		drop(conn)
	}
	return err
}

func (db *DB) writeOn(ctx context.Context, conn *sql.Conn, fn func(tx *sql.Tx) error) error {
	var tx *sql.Tx
	err := db.patiently(ctx, func() (err error) {
		tx, err = conn.BeginTx(ctx, nil)
		return err
	})
	if err != nil {
		return fmt.Errorf("beginning to write: %w", err)
	}
	defer tx.Rollback() // does nothing after Commit
	if err := fn(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		db.doubt.Store(true)
		drop(conn)
		return fmt.Errorf("committing: %w", err)
	}
	return nil
}

// settle ends the doubt a failed commit leaves. Its frames may lie whole in the -wal, because only the
// flush failed: nobody sees them, but if everybody died now, the recovery of the next start would take
// them for a commit, and what the caller undid after the error (a scan it removed) would be missing.
// So before anything else is written, and before the caller can undo anything through Write, the file
// is checked on a connection that had no part in it, and a transaction of our own is written over them.
func (db *DB) settle(ctx context.Context, conn *sql.Conn) error {
	complaints, err := db.Check(ctx, true)
	if err != nil {
		return fmt.Errorf("looking at the file after a failed commit: %w", err)
	}
	if len(complaints) > 0 {
		return fmt.Errorf("looking at the file after a failed commit: %w: %s", ErrUnsound, complaints[0])
	}
	err = db.writeOn(ctx, conn, func(tx *sql.Tx) error {
		var version int64
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		// Writing the same value writes a page all the same.
		_, err := tx.ExecContext(ctx, fmt.Sprintf("PRAGMA user_version=%d", version))
		return err
	})
	if err != nil {
		return fmt.Errorf("settling a failed commit: %w", err)
	}
	db.doubt.Store(false)
	return nil
}

// ErrUnsound means that a check of the file after a failure found it damaged.
var ErrUnsound = errors.New("the database file is damaged; run agent doctor")

func drop(conn *sql.Conn) {
	_ = conn.Raw(func(any) error { return driver.ErrBadConn })
}

// Read runs fn on one snapshot of the database. Writes in it fail. Keep it short, and never let a
// screen draw inside: while a snapshot is held the -wal cannot shrink.
func (db *DB) Read(ctx context.Context, fn func(tx *sql.Tx) error) error {
	var tx *sql.Tx
	err := db.patiently(ctx, func() (err error) {
		tx, err = db.reader.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		return err
	})
	if err != nil {
		return fmt.Errorf("beginning to read: %w", err)
	}
	defer tx.Rollback()
	return fn(tx)
}

// patiently repeats try while another process holds the lock, up to Patience or the end of ctx.
// SQLite itself has waited up to two seconds in each try.
func (db *DB) patiently(ctx context.Context, try func() error) error {
	limit := time.NewTimer(db.opts.Patience)
	defer limit.Stop()
	for {
		err := try()
		if !IsBusy(err) {
			return err
		}
		pause := time.NewTimer(10 * time.Millisecond) // some refusals come without any waiting
		select {
		case <-ctx.Done():
			pause.Stop()
			return errors.Join(ctx.Err(), err)
		case <-limit.C:
			pause.Stop()
			return err
		case <-pause.C:
		}
	}
}

// DataVersion is a number that changes whenever anybody, in this process or another, has
// committed since the last call. It may also change for nothing (a checkpoint, a reopened
// connection); a missed commit never happens. It costs microseconds: ask every second or two.
func (db *DB) DataVersion(ctx context.Context) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	db.watchMu.Lock()
	defer db.watchMu.Unlock()
	// The pragma's values mean something on one connection only, so it is kept for good; a new one
	// gets a new number space, else an equal count on it would hide a commit.
	if db.watch == nil {
		conn, err := db.reader.Conn(ctx)
		if err != nil {
			return 0, fmt.Errorf("asking for the data version: %w", err)
		}
		db.watch = conn
		db.watchGen++
	}
	var v int64
	// Not cancelled half-way: the pool would discard the connection.
	err := db.watch.QueryRowContext(context.WithoutCancel(ctx), "PRAGMA data_version").Scan(&v)
	if err != nil {
		drop(db.watch)
		db.watch.Close()
		db.watch = nil
		return 0, fmt.Errorf("asking for the data version: %w", err)
	}
	return db.watchGen<<32 | v, nil
}

// Close ends all connections; the last process to close a file folds its -wal into it. The caller
// has waited for its own transactions: one still running loses its connection when it ends.
func (db *DB) Close() error {
	db.watchMu.Lock()
	var errs []error
	if db.watch != nil {
		errs = append(errs, db.watch.Close())
		db.watch = nil
	}
	db.watchMu.Unlock()
	errs = append(errs, db.reader.Close(), db.writer.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing database %s: %w", db.path, err)
	}
	return nil
}
