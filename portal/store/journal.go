package store

import (
	"bytes"
	"errors"
	"fmt"

	"bendo/internal/sqlitedb"
	"bendo/syncproto"
)

// What the journal notes. What officers do to a dossier is an event of the
// dossier and not noted twice.
const (
	SignedIn   = "signed_in"
	Viewed     = "viewed"
	ViewedScan = "viewed_scan"
	// Acts of the operator that no event shows.
	ActReleased  = "codes_released"
	ActReplaced  = "machine_replaced"
	ActRecovered = "machine_recovered"
	ActGranted   = "epoch_granted"
	ActStatus    = "machine_status"
)

// Looked is one line of an office's journal.
type Looked struct {
	N       int64               `json:"n"`
	At      int64               `json:"at"`
	Who     string              `json:"who"`
	Act     string              `json:"act"`
	Dossier syncproto.DossierID `json:"dossier"`
}

func (l Looked) digest(before []byte, office string) []byte {
	return sqlitedb.RowDigest(before, office, l.N, l.At, l.Who, l.Act, l.Dossier[:])
}

// Note adds a line to the journal of an office.
func (tx *Tx) Note(office, who, act string, id syncproto.DossierID) error {
	var last int64
	before := []byte{}
	err := tx.Row("SELECT n, digest FROM journal WHERE office = ? ORDER BY n DESC LIMIT 1", []any{office}, &last, &before)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("reading the journal: %w", err)
	}
	l := Looked{N: last + 1, At: tx.Now, Who: who, Act: act, Dossier: id}
	_, err = tx.Exec("INSERT INTO journal (office, n, at, who, act, dossier, digest) VALUES (?, ?, ?, ?, ?, ?, ?)",
		office, l.N, l.At, l.Who, l.Act, l.Dossier[:], l.digest(before, office))
	if err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return nil
}

// ErrJournal: a line of a journal was changed or is missing.
var ErrJournal = errors.New("the journal does not follow from its own lines")

// Journal returns an office's journal, oldest first, and ErrJournal with the
// lines up to the first one that does not follow.
func (tx *Tx) Journal(office string) ([]Looked, error) {
	var lines []Looked
	before := []byte{}
	err := tx.Each("SELECT n, at, who, act, dossier, digest FROM journal WHERE office = ? ORDER BY n", []any{office}, func(scan func(...any) error) error {
		var l Looked
		var id, digest []byte
		if err := scan(&l.N, &l.At, &l.Who, &l.Act, &id, &digest); err != nil {
			return err
		}
		copy(l.Dossier[:], id)
		if l.N != int64(len(lines))+1 || !bytes.Equal(digest, l.digest(before, office)) {
			return fmt.Errorf("line %d: %w", len(lines)+1, ErrJournal)
		}
		lines, before = append(lines, l), digest
		return nil
	})
	return lines, err
}
