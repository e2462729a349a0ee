package till

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"bendo/internal/seal"
	"bendo/internal/sqlitedb"
)

const applicationID = 0x62647471 // "bdtq"

//go:embed schema/*.sql
var schema embed.FS

// keyScope is what the till's key is wrapped for; no dossier has such an id.
var keyScope = [16]byte{'t', 'i', 'l', 'l'}

// Till is the open cash book. All methods may be called from many goroutines; what writes is on the disk
// when it returns nil.
type Till struct {
	db  *sqlitedb.DB
	key seal.Key
}

// Open opens the cash book at path, making it when there is none, and goes over its whole chain. Errors:
// ErrDamaged when a line was changed, lost or put in.
func Open(ctx context.Context, path string, keys *seal.Keeper) (*Till, error) {
	db, err := sqlitedb.Open(ctx, path, sqlitedb.Options{ApplicationID: applicationID})
	if err != nil {
		return nil, fmt.Errorf("opening the cash book: %w", err)
	}
	t := &Till{db: db}
	if err := t.prepare(ctx, keys); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the cash book: %w", err), db.Close())
	}
	return t, nil
}

func (t *Till) prepare(ctx context.Context, keys *seal.Keeper) error {
	steps, err := fs.Sub(schema, "schema")
	if err != nil {
		return err
	}
	if err := t.db.Migrate(ctx, steps); err != nil {
		return err
	}
	err = t.db.Write(ctx, func(tx *sql.Tx) error {
		var wrapped []byte
		err := tx.QueryRowContext(ctx, `SELECT wrapped FROM secret WHERE id = 1`).Scan(&wrapped)
		if errors.Is(err, sql.ErrNoRows) {
			t.key = seal.NewDossierKey()
			_, err = tx.ExecContext(ctx, `INSERT INTO secret (id, wrapped) VALUES (1, ?)`, keys.Wrap(t.key, keyScope))
			return err
		}
		if err == nil {
			t.key, err = keys.Unwrap(wrapped, keyScope)
		}
		return err
	})
	if err != nil {
		return err
	}
	return t.Verify(ctx)
}

// Close closes the file.
func (t *Till) Close() error { return t.db.Close() }

const columns = `number, request, shift, drawer, kind, means, amount, receipt, dossier, procedure, listed, of, actor, at, texts, digest`

// stored is a line as it lies on the disk.
type stored struct {
	Line
	request             string
	receipt, listed, of sql.NullInt64
	dossier, sealed     []byte
	digest              []byte
}

func (s *stored) scan(row interface{ Scan(...any) error }) error {
	return row.Scan(&s.Number, &s.request, &s.Shift, &s.Drawer, &s.Kind, &s.Means, &s.Amount, &s.receipt, &s.dossier, &s.Procedure,
		&s.listed, &s.of, &s.Actor, &s.At, &s.sealed, &s.digest)
}

// check is the digest of the line behind the line with the digest previous.
func (s *stored) check(previous []byte) []byte {
	return sqlitedb.RowDigest(previous, s.Number, s.request, s.Shift, s.Drawer, string(s.Kind), string(s.Means), s.Amount,
		orNil(s.receipt), s.dossier, s.Procedure, orNil(s.listed), orNil(s.of), s.Actor, s.At, s.sealed)
}

func orNil(n sql.NullInt64) any {
	if !n.Valid {
		return nil
	}
	return n.Int64
}

func place(request string) seal.AAD {
	return seal.AAD{Table: "till", ID: []byte(request), Field: "texts"}
}

// open unseals the texts and fills the line.
func (s *stored) open(key seal.Key) (Line, error) {
	plain, err := seal.Open(key, place(s.request), s.sealed)
	if err == nil {
		err = json.Unmarshal(plain, &s.Texts)
	}
	if err != nil || len(s.dossier) != 0 && len(s.dossier) != 16 {
		return Line{}, fmt.Errorf("line %d: %w", s.Number, errors.Join(ErrDamaged, err))
	}
	copy(s.Dossier[:], s.dossier)
	s.Receipt, s.Of, s.Listed = s.receipt.Int64, s.of.Int64, Unlisted
	if s.listed.Valid {
		s.Listed = s.listed.Int64
	}
	return s.Line, nil
}

// Verify goes over the whole chain. Errors: ErrDamaged.
func (t *Till) Verify(ctx context.Context) error {
	return t.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT `+columns+` FROM line ORDER BY number`)
		if err != nil {
			return fmt.Errorf("reading the cash book: %w", err)
		}
		defer rows.Close()
		var previous []byte
		number, receipt := int64(0), int64(0)
		for rows.Next() {
			var s stored
			if err := s.scan(rows); err != nil {
				return fmt.Errorf("reading the cash book: %w", err)
			}
			if number++; s.Number != number || !bytes.Equal(s.digest, s.check(previous)) {
				return fmt.Errorf("line %d: %w", number, ErrDamaged)
			}
			if s.receipt.Valid {
				if receipt++; s.receipt.Int64 != receipt {
					return fmt.Errorf("line %d: receipt: %w", number, ErrDamaged)
				}
			}
			previous = s.digest
		}
		if err := rows.Err(); err != nil {
			return fmt.Errorf("reading the cash book: %w", err)
		}
		var last int64 // lines cut off at the end leave this number behind
		err = tx.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'line'`).Scan(&last)
		if err == nil && last != number {
			err = fmt.Errorf("behind line %d: %w", number, ErrDamaged)
		}
		return err
	})
}

// write adds a line, or finds the one that was written with the same key. What ready refuses is not written.
func (t *Till) write(ctx context.Context, key string, l Line, ready func(tx *sql.Tx, l *Line) error) (Line, error) {
	err := t.db.Write(ctx, func(tx *sql.Tx) error {
		before, known, err := t.byKey(ctx, tx, key)
		if err != nil {
			return err
		}
		if known {
			if !sameAsked(before, l) {
				return ErrKeyReused
			}
			l = before
			return nil
		}
		if err := l.check(key); err != nil {
			return err
		}
		if err := ready(tx, &l); err != nil {
			return err
		}
		return t.add(ctx, tx, key, &l)
	})
	if err != nil {
		return Line{}, fmt.Errorf("writing a line of the cash book: %w", err)
	}
	return l, nil
}

// sameAsked says whether a line was asked for by the same words; what the book fills in does not count.
func sameAsked(a, b Line) bool {
	return a.Drawer == b.Drawer && a.Kind == b.Kind && a.Means == b.Means && a.Amount == b.Amount && a.Dossier == b.Dossier &&
		a.Procedure == b.Procedure && a.Listed == b.Listed && a.Of == b.Of && a.Actor == b.Actor && a.Texts == b.Texts
}

func (t *Till) byKey(ctx context.Context, tx *sql.Tx, key string) (Line, bool, error) {
	var s stored
	err := s.scan(tx.QueryRowContext(ctx, `SELECT `+columns+` FROM line WHERE request = ?`, key))
	if errors.Is(err, sql.ErrNoRows) {
		return Line{}, false, nil
	}
	if err != nil {
		return Line{}, false, fmt.Errorf("reading the cash book: %w", err)
	}
	l, err := s.open(t.key)
	return l, err == nil, err
}

func (t *Till) add(ctx context.Context, tx *sql.Tx, key string, l *Line) error {
	var previous []byte
	var receipt int64
	err := tx.QueryRowContext(ctx, `SELECT number, digest FROM line ORDER BY number DESC LIMIT 1`).Scan(&l.Number, &previous)
	if err == nil || errors.Is(err, sql.ErrNoRows) {
		err = tx.QueryRowContext(ctx, `SELECT coalesce(max(receipt), 0) FROM line`).Scan(&receipt)
	}
	if err != nil {
		return err
	}
	l.Number++
	if l.Kind == Opening {
		l.Shift = l.Number
	}
	s := stored{Line: *l, request: key, listed: sql.NullInt64{Int64: l.Listed, Valid: l.Listed != Unlisted},
		of: sql.NullInt64{Int64: l.Of, Valid: l.Of != 0}, dossier: []byte{}}
	if l.Kind == Fee {
		l.Receipt = receipt + 1
		s.receipt = sql.NullInt64{Int64: l.Receipt, Valid: true}
	}
	if l.Dossier != [16]byte{} {
		s.dossier = l.Dossier[:]
	}
	plain, err := json.Marshal(l.Texts)
	if err != nil {
		return err
	}
	s.sealed = seal.Seal(t.key, place(key), plain)
	_, err = tx.ExecContext(ctx, `INSERT INTO line (`+columns+`) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		s.Number, key, s.Shift, s.Drawer, string(s.Kind), string(s.Means), s.Amount, orNil(s.receipt), s.dossier, s.Procedure,
		orNil(s.listed), orNil(s.of), s.Actor, s.At, s.sealed, s.check(previous))
	return err
}

// lines reads lines by a condition, with their electronic receipts.
func (t *Till) lines(ctx context.Context, tx *sql.Tx, where string, args ...any) (list []Line, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT `+columns+` FROM line WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("reading the cash book: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s stored
		if err := s.scan(rows); err != nil {
			return nil, fmt.Errorf("reading the cash book: %w", err)
		}
		l, err := s.open(t.key)
		if err != nil {
			return nil, err
		}
		list = append(list, l)
	}
	return list, rows.Err()
}
