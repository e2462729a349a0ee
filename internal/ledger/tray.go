package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"bendo/internal/seal"
	"bendo/syncproto"
)

type trayBody struct {
	Name string `json:"name"`
	MIME string `json:"mime"`
}

// PutTray takes a paper the scanner left: the bytes into the vault under a key of
// their own, then the row with that key, then the bell. Only after it returned may the
// caller remove the original. The same bytes again, while they lie in the tray, give
// the same item, so a repeated call after a lost answer doubles nothing.
func (b *Book) PutTray(ctx context.Context, name, mime string, r io.Reader) (TrayItem, error) {
	id, err := syncproto.NewDossierID(b.nowMS(), b.o.Random)
	if err != nil {
		return TrayItem{}, fmt.Errorf("putting into the tray: %w", err)
	}
	key := seal.NewDossierKey()
	sha, length, err := b.store(ctx, id, key, r)
	if err != nil {
		return TrayItem{}, fmt.Errorf("putting into the tray: %w", err)
	}
	item := TrayItem{ID: id.String(), Name: name, MIME: mime, SHA256: sha, Length: length, At: b.nowMS()}
	var first []byte
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		// Scanned again, a paper counts as come now: the desk shows papers by their time.
		err := tx.QueryRowContext(ctx, `UPDATE tray SET at = ? WHERE sha256 = ? RETURNING id`, item.At, sha[:]).Scan(&first)
		if err == nil || !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		body, err := json.Marshal(trayBody{name, mime})
		if err != nil {
			return err
		}
		if err := b.putKey(ctx, tx, id, key); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO tray (id, sha256, length, at, body) VALUES (?,?,?,?,?)`,
			id[:], sha[:], length, item.At, seal.Seal(key, place("tray", id[:], 0, "body"), body))
		return err
	})
	if err != nil {
		return TrayItem{}, errors.Join(fmt.Errorf("putting into the tray: %w", err), b.removeUnnamed(ctx, id, sha))
	}
	if first != nil && !bytes.Equal(first, id[:]) {
		if err := b.vault.Remove(id, sha); err != nil {
			return TrayItem{}, fmt.Errorf("putting into the tray: %w", err)
		}
		return b.trayItem(ctx, first)
	}
	b.ring(ctx)
	return item, nil
}

// Tray lists the papers that lie in the tray, the oldest first, at most 500.
func (b *Book) Tray(ctx context.Context) (list []TrayItem, err error) {
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		ids, err := draftIDs(ctx, tx, `SELECT id FROM tray ORDER BY at, id LIMIT 500`)
		if err != nil {
			return err
		}
		for _, id := range ids {
			item, _, err := b.readTray(ctx, tx, id)
			if errors.Is(err, ErrDamaged) {
				continue
			}
			if err != nil {
				return err
			}
			list = append(list, item)
		}
		return nil
	})
	return list, err
}

func (b *Book) trayItem(ctx context.Context, raw []byte) (item TrayItem, err error) {
	id, err := id16(raw)
	if err != nil {
		return item, err
	}
	err = b.db.Read(ctx, func(tx *sql.Tx) error {
		item, _, err = b.readTray(ctx, tx, id)
		return err
	})
	return item, err
}

func (b *Book) readTray(ctx context.Context, tx *sql.Tx, id [16]byte) (item TrayItem, key seal.Key, err error) {
	var sha, sealed []byte
	err = tx.QueryRowContext(ctx, `SELECT sha256, length, at, body FROM tray WHERE id = ?`, id[:]).Scan(&sha, &item.Length, &item.At, &sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return item, key, fmt.Errorf("paper in the tray: %w", ErrNotFound)
	}
	if err != nil {
		return item, key, fmt.Errorf("reading the tray: %w", err)
	}
	if key, err = b.key(ctx, tx, id); err != nil {
		return item, key, err
	}
	body, err := seal.Open(key, place("tray", id[:], 0, "body"), sealed)
	if err != nil {
		return item, key, fmt.Errorf("opening the tray: %w: %w", ErrDamaged, err)
	}
	var tb trayBody
	if err := json.Unmarshal(body, &tb); err != nil {
		return item, key, fmt.Errorf("opening the tray: %w: %w", ErrDamaged, err)
	}
	item.ID, item.Name, item.MIME = syncproto.DossierID(id).String(), tb.Name, tb.MIME
	item.SHA256, err = digest32(sha)
	return item, key, err
}

// ReadTray opens a paper in the tray. The caller closes it.
func (b *Book) ReadTray(ctx context.Context, id string) (io.ReadCloser, TrayItem, error) {
	scope, err := syncproto.ParseDossierID(id)
	if err != nil {
		return nil, TrayItem{}, fmt.Errorf("reading the tray: %w", ErrNotFound)
	}
	var item TrayItem
	var key seal.Key
	err = b.db.Read(ctx, func(tx *sql.Tx) (err error) {
		item, key, err = b.readTray(ctx, tx, scope)
		return err
	})
	if err != nil {
		return nil, TrayItem{}, err
	}
	blob, err := b.vault.Open(key, scope, item.SHA256)
	if err != nil {
		return nil, TrayItem{}, fmt.Errorf("reading the tray: %w", err)
	}
	return stream{io.NewSectionReader(blob, 0, blob.Size()), blob}, item, nil
}

// RemoveTray takes a paper from the tray: row and key first, then the file. Removing
// what is not there is no error.
func (b *Book) RemoveTray(ctx context.Context, id string) error {
	scope, err := syncproto.ParseDossierID(id)
	if err != nil {
		return nil
	}
	var sha []byte
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRowContext(ctx, `DELETE FROM tray WHERE id = ? RETURNING sha256`, scope[:]).Scan(&sha)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return errors.Join(err, b.dropKey(ctx, tx, scope))
	})
	if err != nil {
		return fmt.Errorf("clearing the tray: %w", err)
	}
	if sha == nil {
		return nil
	}
	d, err := digest32(sha)
	if err != nil {
		return err
	}
	return b.vault.Remove(scope, d)
}

// AssignTray attaches a paper of the tray to a draft and takes it from the tray. A
// crash between leaves it in both; assigning again gives the same scan.
func (b *Book) AssignTray(ctx context.Context, id string, draft DraftID, component string) (Scan, error) {
	r, item, err := b.ReadTray(ctx, id)
	if err != nil {
		return Scan{}, err
	}
	s, err := b.AttachScan(ctx, draft, NewScan{Component: component, Name: item.Name, MIME: item.MIME}, r)
	if err = errors.Join(err, r.Close()); err != nil {
		return Scan{}, err
	}
	return s, b.RemoveTray(ctx, id)
}
