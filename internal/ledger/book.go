package ledger

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"bendo/internal/seal"
	"bendo/internal/sqlitedb"
	"bendo/internal/vault"
	"bendo/syncproto"
)

//go:embed schema/*.sql
var schemaFiles embed.FS

// applicationID marks the file as a book: "BDso".
const applicationID = 0x4244736f

// defaultDraftLife: a draft nobody fetches loses its key after 14 days (product.md).
const defaultDraftLife = 14 * 24 * time.Hour

// Book is one office's book, open in one process. Safe for concurrent use.
type Book struct {
	db    *sqlitedb.DB
	dir   string
	keys  *seal.Keeper
	vault *vault.Vault
	o     Options
}

// Open opens the book under dir, makes or migrates it, and makes its key. Two
// processes may do so at once.
func Open(ctx context.Context, dir string, keys *seal.Keeper, o Options) (*Book, error) {
	if _, err := os.Stat(filepath.Join(dir, rescueMark)); err == nil {
		return nil, fmt.Errorf("opening book: %w", ErrRescue)
	}
	return openFile(ctx, dir, bookFile, keys, o)
}

// openFile is Open for a file of any name: a rescue builds the new book beside the damaged one.
func openFile(ctx context.Context, dir, name string, keys *seal.Keeper, o Options) (*Book, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Random == nil {
		o.Random = rand.Reader
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.DraftLife == 0 {
		o.DraftLife = defaultDraftLife
	}
	store, err := openFiles(dir, keys)
	if err != nil {
		return nil, fmt.Errorf("opening book: %w", err)
	}
	db, err := sqlitedb.Open(ctx, filepath.Join(dir, name), sqlitedb.Options{ApplicationID: applicationID})
	if err != nil {
		return nil, fmt.Errorf("opening book: %w", err)
	}
	b := &Book{db: db, dir: dir, keys: keys, vault: store, o: o}
	if err := b.prepare(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening book: %w", err), db.Close())
	}
	return b, nil
}

// prepare migrates, makes the book's own key once, and checks that the office key is
// the one the book was made with: a wrong one must not seal a single row.
func (b *Book) prepare(ctx context.Context) error {
	sub, err := fs.Sub(schemaFiles, "schema")
	if err != nil {
		return err
	}
	if err := b.db.Migrate(ctx, sub); err != nil {
		return err
	}
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := b.key(ctx, tx, bookScope)
		if errors.Is(err, ErrNotFound) {
			_, err = b.newKey(ctx, tx, bookScope)
		}
		if err != nil {
			return fmt.Errorf("opening the book's key (is this the office key the book was made with?): %w", err)
		}
		if b.o.Practice {
			return b.practiceLog(ctx, tx)
		}
		return b.checkHeight(ctx, tx)
	})
}

// Close closes the file. The caller has waited for its own calls.
func (b *Book) Close() error { return b.db.Close() }

// Dir is the data directory.
func (b *Book) Dir() string { return b.dir }

// DataVersion changes whenever anybody, in this process or another, has committed.
// Asking costs microseconds; it is the safety net beside the bell.
func (b *Book) DataVersion(ctx context.Context) (int64, error) { return b.db.DataVersion(ctx) }

// Checkpoint folds the write-ahead file into the book; the agent does so when idle.
func (b *Book) Checkpoint(ctx context.Context) error { return b.db.Checkpoint(ctx) }

// RingBell wakes the agent. It is called after every commit that gives the agent
// something to do; a lost ring costs a second or two, never the work (DataVersion).
func (b *Book) RingBell(ctx context.Context) error { return ringBell(b.dir) }

func (b *Book) ring(ctx context.Context) {
	b.noteHeight(ctx)
	if err := b.RingBell(ctx); err != nil {
		b.o.Log.Warn("the bell could not be rung; the agent will look by itself", "error", err)
	}
}

func (b *Book) nowMS() int64 { return b.o.Now().UnixMilli() }

func (b *Book) clock() syncproto.ClockQuality {
	if b.o.Clock == nil {
		return syncproto.ClockUnconfirmed
	}
	return b.o.Clock()
}

// bookScope is the scope of the book's own key.
var bookScope [16]byte

// key unwraps the key of a scope: ErrNotFound when there is none, seal.ErrErased when
// it was dropped.
func (b *Book) key(ctx context.Context, tx *sql.Tx, scope [16]byte) (seal.Key, error) {
	var wrapped []byte
	err := tx.QueryRowContext(ctx, `SELECT wrapped FROM secret WHERE scope = ?`, scope[:]).Scan(&wrapped)
	if errors.Is(err, sql.ErrNoRows) {
		return seal.Key{}, fmt.Errorf("key of %x: %w", scope, ErrNotFound)
	}
	if err != nil {
		return seal.Key{}, fmt.Errorf("reading key: %w", err)
	}
	return b.keys.Unwrap(wrapped, scope)
}

// newKey makes the key of a scope, durable with the transaction it belongs to.
func (b *Book) newKey(ctx context.Context, tx *sql.Tx, scope [16]byte) (seal.Key, error) {
	k := seal.NewDossierKey()
	return k, b.putKey(ctx, tx, scope, k)
}

func (b *Book) putKey(ctx context.Context, tx *sql.Tx, scope [16]byte, k seal.Key) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO secret (scope, wrapped) VALUES (?, ?)`, scope[:], b.keys.Wrap(k, scope))
	if err != nil {
		return fmt.Errorf("storing key: %w", err)
	}
	return nil
}

func (b *Book) dropKey(ctx context.Context, tx *sql.Tx, scope [16]byte) error {
	if _, err := tx.ExecContext(ctx, `UPDATE secret SET wrapped = NULL WHERE scope = ?`, scope[:]); err != nil {
		return fmt.Errorf("dropping key: %w", err)
	}
	return forgetSummary(ctx, tx, scope)
}

// ensureKey is the key of a dossier, made when this is its first row.
func (b *Book) ensureKey(ctx context.Context, tx *sql.Tx, scope [16]byte) (seal.Key, error) {
	k, err := b.key(ctx, tx, scope)
	if errors.Is(err, ErrNotFound) {
		return b.newKey(ctx, tx, scope)
	}
	return k, err
}

func place(table string, id []byte, rev int64, field string) seal.AAD {
	return seal.AAD{Table: table, ID: id, Rev: rev, Field: field}
}

// digest32 reads a column of 32 bytes.
func digest32(b []byte) (d syncproto.Digest, err error) {
	if len(b) != len(d) {
		return d, fmt.Errorf("a digest of %d bytes: %w", len(b), ErrDamaged)
	}
	copy(d[:], b)
	return d, nil
}

// id16 reads a column of 16 bytes.
func id16(b []byte) (id [16]byte, err error) {
	if len(b) != len(id) {
		return id, fmt.Errorf("an id of %d bytes: %w", len(b), ErrDamaged)
	}
	copy(id[:], b)
	return id, nil
}
