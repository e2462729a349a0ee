package store

import (
	"encoding/hex"
	"errors"
	"fmt"

	"bendo/internal/seal"
	"bendo/syncproto"
)

// ErrDamaged: a sealed value does not open. Either the row was altered, or the
// store was opened with keys of another portal.
var ErrDamaged = errors.New("a sealed value does not open: the row is damaged or the keys are another portal's")

// place is where sealed bytes belong: "table/row/field" of this store.
func place(name string) seal.AAD { return seal.AAD{Table: "portal", ID: []byte(name)} }

func sealWith(key seal.Key, name string, plain []byte) []byte {
	return seal.Seal(key, place(name), plain)
}

func openWith(key seal.Key, name string, sealed []byte) ([]byte, error) {
	plain, err := seal.Open(key, place(name), sealed)
	if err != nil {
		return nil, fmt.Errorf("opening %s: %w: %w", name, ErrDamaged, err)
	}
	return plain, nil
}

// Index is a keyed digest that stands for a secret in a clear column.
func (db *DB) Index(purpose string, value []byte) []byte {
	return db.keeper.Index("portal/"+purpose, hex.EncodeToString(value))
}

// sealPortal and openPortal are for rows that belong to no dossier.
func (tx *Tx) sealPortal(name string, plain []byte) []byte {
	return sealWith(tx.db.portalKey, name, plain)
}

func (tx *Tx) openPortal(name string, sealed []byte) ([]byte, error) {
	return openWith(tx.db.portalKey, name, sealed)
}

// dossierKey returns the key of a dossier; with make set a missing one is made.
// Without the row the dossier was erased: nothing of it opens any more.
func (tx *Tx) dossierKey(commune string, dossier syncproto.DossierID, make bool) (seal.Key, error) {
	var wrapped []byte
	err := tx.Row("SELECT wrapped FROM dossier_keys WHERE commune = ? AND dossier = ?", []any{commune, dossier[:]}, &wrapped)
	if errors.Is(err, ErrNotFound) && make {
		key := seal.NewDossierKey()
		_, err = tx.Exec("INSERT INTO dossier_keys (commune, dossier, wrapped) VALUES (?, ?, ?)",
			commune, dossier[:], tx.db.keeper.Wrap(key, dossier))
		if err != nil {
			return key, fmt.Errorf("keeping a dossier's key: %w", err)
		}
		return key, nil
	}
	if err != nil {
		return seal.Key{}, fmt.Errorf("reading a dossier's key: %w", err)
	}
	key, err := tx.db.keeper.Unwrap(wrapped, dossier)
	if err != nil {
		return key, fmt.Errorf("opening a dossier's key: %w", err)
	}
	return key, nil
}

// LockDossier keeps every other Take that touches this dossier waiting; of a
// dossier nobody knows there is nothing to lock.
func (tx *Tx) LockDossier(commune string, dossier syncproto.DossierID) error {
	var one int64
	err := tx.Row("SELECT 1 FROM dossier_keys WHERE commune = ? AND dossier = ?{lock}", []any{commune, dossier[:]}, &one)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("locking a dossier: %w", err)
	}
	return nil
}

// loadPortalKey reads or makes the key of what belongs to no dossier. It refuses
// to work with the keys of another portal: everything sealed so far would be
// unreadable and everything new would be sealed under a second key.
func (tx *Tx) loadPortalKey() (seal.Key, error) {
	wrapped, err := tx.meta("portal_key")
	if errors.Is(err, ErrNotFound) {
		key := seal.NewDossierKey()
		return key, tx.setMeta("portal_key", tx.db.keeper.Wrap(key, [16]byte{}))
	}
	if err != nil {
		return seal.Key{}, err
	}
	key, err := tx.db.keeper.Unwrap(wrapped, [16]byte{})
	if err != nil {
		return key, fmt.Errorf("these keys do not belong to this database, start with the --keys that were used before: %w", err)
	}
	return key, nil
}
