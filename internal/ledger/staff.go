package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"bendo/internal/seal"
	"bendo/internal/staff"
)

// The staff's own facts: the roster in use and what wrong guesses were made. Both stay on this machine.

// KeepRoster keeps the file of a roster that the caller has verified. An older one than is here changes nothing
// (staff.ErrOlder); the same again is harmless. One transaction, so that of two processes that keep one at
// once the newer wins. A crash before the commit leaves the roster there was.
func (b *Book) KeepRoster(ctx context.Context, version int64, file []byte) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		var have int64
		err := tx.QueryRowContext(ctx, `SELECT version FROM roster WHERE id = 1`).Scan(&have)
		switch {
		case err != nil && !errors.Is(err, sql.ErrNoRows):
			return fmt.Errorf("keeping the roster: %w", err)
		case err == nil && have > version:
			return staff.ErrOlder
		case err == nil && have == version:
			return nil
		}
		key, err := b.key(ctx, tx, bookScope)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO roster (id, version, body, received_at) VALUES (1, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET version = excluded.version, body = excluded.body, received_at = excluded.received_at`,
			version, seal.Seal(key, place("roster", nil, version, "body"), file), b.nowMS())
		if err != nil {
			return fmt.Errorf("keeping the roster: %w", err)
		}
		return nil
	})
}

// RosterFile gives the file that was kept; nil when there was none.
func (b *Book) RosterFile(ctx context.Context) (file []byte, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		var version int64
		var sealed []byte
		err := tx.QueryRowContext(ctx, `SELECT version, body FROM roster WHERE id = 1`).Scan(&version, &sealed)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading the roster: %w", err)
		}
		key, err := b.key(ctx, tx, bookScope)
		if err != nil {
			return err
		}
		if file, err = seal.Open(key, place("roster", nil, version, "body"), sealed); err != nil {
			return fmt.Errorf("the roster: %w: %w", ErrDamaged, err)
		}
		return nil
	})
	return file, err
}

// mostTries bounds the names whose wrong guesses are remembered. To push one out somebody must guess at so
// many others first, and waits a minute for each.
const mostTries = 1000

// Failures gives what is written down of wrong guesses at a sign-in name and at all.
func (b *Book) Failures(ctx context.Context, login string) (f staff.Failures, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		f, err = b.failures(ctx, tx, login)
		return err
	})
	return f, err
}

func (b *Book) failures(ctx context.Context, tx *sql.Tx, login string) (f staff.Failures, err error) {
	subject := b.trySubject(login)
	err = tx.QueryRowContext(ctx, `SELECT coalesce((SELECT failures FROM staff_try WHERE subject = ?), 0),
		coalesce((SELECT failures FROM staff_try WHERE subject = x''), 0)`, subject).Scan(&f.Own, &f.All)
	if err != nil {
		return f, fmt.Errorf("reading wrong guesses: %w", err)
	}
	return f, nil
}

// BeginTry counts a guess as wrong and notes it, before anybody looks whether it is right: whatever ends the
// program after this, the guess has counted.
func (b *Book) BeginTry(ctx context.Context, login string, note StaffNote) (f staff.Failures, err error) {
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		subject := b.trySubject(login)
		for _, s := range [][]byte{subject, {}} {
			if _, err := tx.ExecContext(ctx, `INSERT INTO staff_try (subject, failures, n) VALUES (?, 1, (SELECT coalesce(max(n), 0) + 1 FROM staff_try))
				ON CONFLICT (subject) DO UPDATE SET failures = failures + 1, n = excluded.n`, s); err != nil {
				return fmt.Errorf("counting a guess: %w", err)
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM staff_try WHERE subject <> x'' AND subject NOT IN
			(SELECT subject FROM staff_try WHERE subject <> x'' ORDER BY n DESC LIMIT ?)`, mostTries); err != nil {
			return fmt.Errorf("counting a guess: %w", err)
		}
		if err := b.noteStaff(ctx, tx, note); err != nil {
			return err
		}
		f, err = b.failures(ctx, tx, login)
		return err
	})
	if err != nil {
		return f, fmt.Errorf("counting a guess: %w", err)
	}
	return f, nil
}

// EndTry forgets the wrong guesses at a name that was just proven, and notes it, in one transaction.
func (b *Book) EndTry(ctx context.Context, login string, note StaffNote) error {
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		subject := b.trySubject(login)
		if _, err := tx.ExecContext(ctx, `DELETE FROM staff_try WHERE subject = ? OR subject = x''`, subject); err != nil {
			return fmt.Errorf("forgetting guesses: %w", err)
		}
		return b.noteStaff(ctx, tx, note)
	})
}

// trySubject is the keyed digest of a sign-in name: what somebody typed there may be a password.
func (b *Book) trySubject(login string) []byte { return b.keys.Index("staff_try", login) }
