package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"bendo/internal/durable"
	"bendo/internal/sqlitedb"
)

// ErrNotFound is what a Find or Get answers when there is no such row.
var ErrNotFound = errors.New("not found")

// engine is what differs between the two databases. Everything else is one text.
type engine struct {
	name string
	// types replaces the {int} {text} {bytes} words of the schema.
	types *strings.Replacer
	// numbered says that arguments are $1, $2 … instead of ?.
	numbered bool
	// rowLock is added where a statement says {lock}.
	rowLock string
	// arrays says that many rows or keys go to the engine as one argument for
	// each column ({in} becomes = ANY(?)); else each value is one argument.
	arrays bool
	// again says that the engine asks for the whole transaction once more.
	again func(error) bool
}

var sqliteEngine = engine{
	name:  "sqlite",
	types: strings.NewReplacer("{int}", "INTEGER", "{text}", "TEXT", "{bytes}", "BLOB", "{strict}", " STRICT"),
	again: sqlitedb.IsBusy,
}

var postgresEngine = engine{
	name:     "postgres",
	types:    strings.NewReplacer("{int}", "BIGINT", "{text}", `TEXT COLLATE "C"`, "{bytes}", "BYTEA", "{strict}", ""),
	numbered: true,
	rowLock:  " FOR UPDATE",
	arrays:   true,
	again:    postgresConflict,
}

// postgresConflict: serialization failure, deadlock, and a unique key that a
// concurrent transaction took first (under SERIALIZABLE PostgreSQL may report
// the last one instead of a serialization failure; seen again after the retry
// it is a real duplicate and the caller's own check answers).
func postgresConflict(err error) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}
	switch pg.Code {
	case "40001", "40P01", "23505":
		return true
	case "42710", "42P07": // two first starts create one table
		return true
	}
	return false
}

// duplicate: a unique key that is still taken after several tries is really taken.
func duplicate(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// IsFull says that the disk of the database or of the scans is full.
func IsFull(err error) bool {
	var pg *pgconn.PgError
	return durable.IsFull(err) || sqlitedb.IsFull(err) || errors.As(err, &pg) && pg.Code == "53100"
}

// text turns our one SQL text into the engine's.
func (e *engine) text(query string) string {
	query = strings.ReplaceAll(query, "{lock}", e.rowLock)
	if !e.numbered {
		return query
	}
	var b strings.Builder
	b.Grow(len(query) + 16)
	n := 0
	for i := 0; i < len(query); i++ {
		if query[i] == '?' {
			n++
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
			continue
		}
		b.WriteByte(query[i])
	}
	return b.String()
}

// backend is an open database of one of the two kinds.
type backend interface {
	// Write runs fn once in a writing, serializable transaction and commits it.
	Write(ctx context.Context, fn func(session) error) error
	// Take is Write for a transaction that locks what it decides by.
	Take(ctx context.Context, fn func(session) error) error
	// Read runs fn on one moment of the database.
	Read(ctx context.Context, fn func(session) error) error
	Close() error
}

// session is a transaction and, on PostgreSQL, the connection it runs on: rows in bulk
// travel by a part of its protocol that database/sql has no words for.
type session struct {
	*sql.Tx
	conn *sql.Conn
}

// postgres is the backend over pgx.
type postgres struct {
	pool   *sql.DB
	config *pgx.ConnConfig
}

func openPostgres(ctx context.Context, address string) (*postgres, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("opening PostgreSQL: the address is not one (postgres://user@host:port/name)")
	}
	pool := stdlib.OpenDB(*config, stdlib.OptionAfterConnect(prepareConnection))
	pool.SetMaxOpenConns(maxConnections)
	pool.SetMaxIdleConns(maxConnections)
	if err := pool.PingContext(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	return &postgres{pool, config}, nil
}

// maxConnections is how many connections one process has.
const maxConnections = 16

// prepareConnection sets what this program's promises and its statements ask for, whatever
// the server's or the role's defaults are. An ack promises a flushed commit, so
// synchronous_commit is raised; a stronger setting (remote_apply) stays. No statement runs
// long enough to be worth compiling.
func prepareConnection(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, `SELECT set_config('jit', 'off', false),
		set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
			THEN 'on' ELSE current_setting('synchronous_commit') END, false)`)
	return err
}

func (p *postgres) Write(ctx context.Context, fn func(session) error) error {
	return p.run(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable}, fn)
}

// Take: every statement sees what was committed before it began, and so, after a
// row lock was waited for, what its last owner left.
func (p *postgres) Take(ctx context.Context, fn func(session) error) error {
	return p.run(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted}, fn)
}

func (p *postgres) Read(ctx context.Context, fn func(session) error) error {
	return p.run(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}, fn)
}

func (p *postgres) run(ctx context.Context, options *sql.TxOptions, fn func(session) error) error {
	conn, tx, err := p.begin(ctx, options)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	defer conn.Close() // back into the pool
	// After a commit this does nothing; after an error or a panic nothing stays.
	defer tx.Rollback()
	if err := fn(session{tx, conn}); err != nil {
		return err
	}
	// A crash before this line: nothing happened. A crash or a lost answer
	// after it: everything happened, and doing it again changes nothing.
	return tx.Commit()
}

// begin takes a connection and begins on it. After a crash of the server every idle
// connection is dead and says so only here, where nothing has been done yet: the next one
// is tried, at the end a new one.
func (p *postgres) begin(ctx context.Context, options *sql.TxOptions) (*sql.Conn, *sql.Tx, error) {
	for tries := 0; ; tries++ {
		conn, err := p.pool.Conn(ctx)
		if err != nil {
			return nil, nil, err
		}
		tx, err := conn.BeginTx(ctx, options)
		if err == nil {
			return conn, tx, nil
		}
		conn.Close()
		if tries == maxConnections || ctx.Err() != nil {
			return nil, nil, err
		}
	}
}

func (p *postgres) Close() error { return p.pool.Close() }

// sqlite is the backend over one file. It has one writer at a time, which is
// more than either kind of writing asks for.
type sqlite struct{ *sqlitedb.DB }

func (s sqlite) Write(ctx context.Context, fn func(session) error) error {
	return s.DB.Write(ctx, func(tx *sql.Tx) error { return fn(session{Tx: tx}) })
}

func (s sqlite) Take(ctx context.Context, fn func(session) error) error { return s.Write(ctx, fn) }

func (s sqlite) Read(ctx context.Context, fn func(session) error) error {
	return s.DB.Read(ctx, func(tx *sql.Tx) error { return fn(session{Tx: tx}) })
}

// Tx is one transaction. It carries the time at which it began, so that all
// rows of one fact bear the same time.
type Tx struct {
	ctx context.Context
	q   session
	db  *DB
	// Now is unix milliseconds by the store's clock.
	Now int64
}

// Context returns the context the transaction lives in.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Exec runs a statement and returns how many rows it touched.
func (tx *Tx) Exec(query string, args ...any) (int64, error) {
	result, err := tx.q.ExecContext(tx.ctx, tx.db.engine.text(query), args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// Row reads one row; ErrNotFound when there is none.
func (tx *Tx) Row(query string, args []any, into ...any) error {
	err := tx.q.QueryRowContext(tx.ctx, tx.db.engine.text(query), args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return err
}

// Each calls row for every row of the answer. The callback must not use tx:
// one connection reads one answer at a time.
func (tx *Tx) Each(query string, args []any, row func(scan func(...any) error) error) error {
	rows, err := tx.q.QueryContext(tx.ctx, tx.db.engine.text(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// maxAttempts bounds how often a transaction is begun again. Each attempt waits
// a little longer; 40 attempts are about 20 seconds, after which the device
// gets a transient problem and comes again by itself.
const maxAttempts = 40

// Write runs fn in one serializable transaction and commits it. fn may run
// several times, so it must not touch anything outside the transaction. An
// error of fn rolls back and is returned as it is.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return db.repeat(ctx, db.backend.Write, fn)
}

// Take is Write for the intake, where many machines write at once and a
// serializable transaction would be begun again because of a neighbour's. The
// engine guarantees less: fn must first lock the rows it decides by. They are,
// in this order, so that no two wait for each other: the machine (LockDevice),
// its log (FindLog), the dossiers (LockDossier, OpenSheaf: key rows, then case
// rows), the scan (Append), the commune's feed (AppendFeed, last). Whoever
// changes the events of a dossier in a serializable transaction changes its
// case row too (LockCase, PutCase): then the engine sees the conflict.
func (db *DB) Take(ctx context.Context, fn func(*Tx) error) error {
	return db.repeat(ctx, db.backend.Take, fn)
}

func (db *DB) repeat(ctx context.Context, write func(context.Context, func(session) error) error, fn func(*Tx) error) error {
	var err error
	for attempt := range maxAttempts {
		err = write(ctx, func(q session) error {
			return fn(&Tx{ctx: ctx, q: q, db: db, Now: db.now().UnixMilli()})
		})
		if IsFull(err) && db.reserve.release() {
			continue // on the room the reserve gave back
		}
		if err == nil || !db.engine.again(err) || attempt > 4 && duplicate(err) {
			return err
		}
		pause := time.Duration(min(attempt+1, 20)) * time.Duration(5+rand.IntN(45)) * time.Millisecond
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
	return fmt.Errorf("repeating a transaction %d times: %w", maxAttempts, err)
}

// Read runs fn on one moment of the database; writes in it fail.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	return db.backend.Read(ctx, func(q session) error {
		return fn(&Tx{ctx: ctx, q: q, db: db, Now: db.now().UnixMilli()})
	})
}
