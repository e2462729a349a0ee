package store

import (
	"bytes"
	"errors"
	"fmt"

	"bendo/internal/seal"
	"bendo/syncproto"
)

// Erased says whether a dossier's key was dropped by decision: what is stored of it must not leave
// in an export either.
func (tx *Tx) Erased(commune string, id syncproto.DossierID) (bool, error) {
	if id.IsZero() {
		return false, nil
	}
	_, err := tx.dossierKey(commune, id, false)
	if errors.Is(err, ErrNotFound) || errors.Is(err, seal.ErrErased) {
		return true, nil
	}
	return false, err
}

// ReceiptOf is the submission of an event when its receipt was given, ErrNotFound else.
func (tx *Tx) ReceiptOf(commune string, id syncproto.DossierID, event syncproto.EventID) (Submission, error) {
	found, err := tx.submissions(commune, "s.dossier = ? AND s.event = ? AND s.complete_at > 0 AND s.generation > 0", id[:], event[:])
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Submission{}, err
	}
	return found[0], nil
}

// EachAct gives an office's journal line by line with the digest that stands in the row.
func (tx *Tx) EachAct(office string, take func(l Looked, digest []byte) error) error {
	return tx.Each("SELECT n, at, who, act, dossier, digest FROM journal WHERE office = ? ORDER BY n", []any{office}, func(scan func(...any) error) error {
		var l Looked
		var id, digest []byte
		if err := scan(&l.N, &l.At, &l.Who, &l.Act, &id, &digest); err != nil {
			return fmt.Errorf("reading the journal: %w", err)
		}
		copy(l.Dossier[:], id)
		return take(l, digest)
	})
}

// ActDigest is the digest of a journal line: over the one before it and its own fields.
func ActDigest(before []byte, office string, l Looked) []byte {
	return l.digest(bytes.Clone(before), office)
}
