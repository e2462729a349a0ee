package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"bendo/internal/bell"
	"bendo/internal/clock"
	"bendo/internal/seal"
	"bendo/internal/vault"
	"bendo/syncproto"
)

// Blob is an open scan: plaintext by range, verified as it is read. Close it.
type Blob interface {
	io.ReaderAt
	io.Closer
	Size() int64
}

func openFiles(dir string, keys *seal.Keeper) (*vault.Vault, error) {
	return vault.Open(filepath.Join(dir, "vault"), keys)
}

// BellDir is where the agent listens.
func BellDir(dir string) string { return filepath.Join(dir, "run", "bell") }

func ringBell(dir string) error { return bell.Ring(BellDir(dir)) }

// store puts bytes into the vault; when it returns nil they are durable.
func (b *Book) store(ctx context.Context, owner syncproto.DossierID, key seal.Key, r io.Reader) (syncproto.Digest, int64, error) {
	var ref vault.Ref
	put := func() (err error) {
		ref, err = b.vault.Put(ctx, key, owner, r, syncproto.MaxBlobLength)
		return err
	}
	err := b.again(r, put)
	if errors.Is(err, vault.ErrTooLarge) {
		return syncproto.Digest{}, 0, fmt.Errorf("the file is larger than %d MiB; scan it in fewer pages or at 200 dpi: %w", syncproto.MaxBlobLength>>20, ErrLimit)
	}
	if err != nil {
		return syncproto.Digest{}, 0, err
	}
	if ref.Length == 0 {
		return syncproto.Digest{}, 0, errors.New("the file is empty; scan the paper again")
	}
	return ref.SHA256, ref.Length, nil
}

// again is finish for a step that reads r. A reader that cannot go back is read once: its rest would
// be another paper.
func (b *Book) again(r io.Reader, step func() error) error {
	back, ok := r.(io.Seeker)
	if !ok {
		return step()
	}
	begin, err := back.Seek(0, io.SeekCurrent)
	if err != nil {
		return step() // a pipe that only looks like a file
	}
	return b.finish(func() error {
		if _, err := back.Seek(begin, io.SeekStart); err != nil {
			return err
		}
		return step()
	})
}

// stillThere is asked in the transaction that writes a row for a file. Files are
// removed inside a writing transaction too, so the two cannot cross.
func (b *Book) stillThere(owner syncproto.DossierID, sha syncproto.Digest) error {
	ok, err := b.vault.Has(owner, sha)
	if err == nil && !ok {
		err = ErrLost
	}
	return err
}

// removeUnnamed removes a file unless a row names it. The row went in an earlier
// transaction; a crash before this one leaves a file for Sweep.
func (b *Book) removeUnnamed(ctx context.Context, owner syncproto.DossierID, list ...syncproto.Digest) error {
	if len(list) == 0 {
		return nil
	}
	return b.db.Write(ctx, func(tx *sql.Tx) error {
		for _, sha := range list {
			var named int
			err := tx.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM blob WHERE dossier = ?1 AND sha256 = ?2)
				+ (SELECT count(*) FROM draft_scan s JOIN draft d ON d.id = s.draft WHERE d.dossier = ?1 AND s.sha256 = ?2)
				+ (SELECT count(*) FROM tray WHERE id = ?1 AND sha256 = ?2)`, owner[:], sha[:]).Scan(&named)
			if err != nil {
				return fmt.Errorf("asking who names a scan: %w", err)
			}
			if named > 0 {
				continue
			}
			if err := b.vault.Remove(owner, sha); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sweep removes files of the vault that no row names and that are older than two
// days: what a cut left between bytes and row. The agent calls it nightly.
//
// Files are old by the machine's own wall clock. While that one is far from the trusted clock
// nothing is removed: right after a jump a file that is just being written would look old.
func (b *Book) Sweep(ctx context.Context) (int, error) {
	if off := clock.Wall().Sub(b.o.Now()).Abs(); b.o.Clock != nil && off > time.Hour {
		return 0, nil
	}
	named := map[string]bool{}
	err := b.db.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT dossier, sha256 FROM blob
			UNION SELECT d.dossier, s.sha256 FROM draft_scan s JOIN draft d ON d.id = s.draft
			UNION SELECT id, sha256 FROM tray`)
		if err != nil {
			return fmt.Errorf("listing scans: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var owner, sha []byte
			if err := rows.Scan(&owner, &sha); err != nil {
				return fmt.Errorf("listing scans: %w", err)
			}
			o, err1 := id16(owner)
			d, err2 := digest32(sha)
			if err := errors.Join(err1, err2); err != nil {
				return err
			}
			named[b.keys.Name(o, d)] = true
		}
		return rows.Err()
	})
	if err != nil {
		return 0, err
	}
	return b.vault.Sweep(clock.Wall().Add(-48*time.Hour), func(name string) (bool, error) { return named[name], nil })
}

// BlobReader opens a scan of a filed dossier.
func (b *Book) BlobReader(ctx context.Context, id syncproto.DossierID, sha syncproto.Digest) (Blob, error) {
	var key seal.Key
	err := b.db.Read(ctx, func(tx *sql.Tx) error {
		var away int
		err := tx.QueryRowContext(ctx, `SELECT away FROM blob WHERE dossier = ? AND sha256 = ?`, id[:], sha[:]).Scan(&away)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNotFound
		}
		if err == nil && away != 0 {
			err = ErrAway
		}
		if err != nil {
			return err
		}
		key, err = b.key(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("opening scan of dossier %s: %w", id, err)
	}
	blob, err := b.vault.Open(key, id, sha)
	if err != nil {
		return nil, fmt.Errorf("opening scan of dossier %s: %w", id, err)
	}
	return blob, nil
}
