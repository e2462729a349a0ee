package store

import (
	"fmt"
	"slices"

	"bendo/syncproto"
)

// Submission is one delivery and its completeness.
type Submission struct {
	Commune    string
	Dossier    syncproto.DossierID
	Event      syncproto.EventID
	Manifest   syncproto.Digest
	ReceivedAt int64
	CompleteAt int64
	Generation uint64 // of the receipt that was last given

	scans []byte // digests, one after the other; nil in an old row
}

const submissionColumns = "s.dossier, s.event, s.manifest, s.received_at, s.complete_at, s.generation, s.blobs"

func (tx *Tx) submissions(commune, condition string, args ...any) ([]Submission, error) {
	var found []Submission
	err := tx.Each("SELECT "+submissionColumns+" FROM submissions s WHERE s.commune = ? AND "+condition, append([]any{commune}, args...),
		func(scan func(...any) error) error {
			s := Submission{Commune: commune}
			var id, event, manifest []byte
			var generation int64
			err := scan(&id, &event, &manifest, &s.ReceivedAt, &s.CompleteAt, &generation, &s.scans)
			copy(s.Dossier[:], id)
			copy(s.Event[:], event)
			copy(s.Manifest[:], manifest)
			s.Generation = uint64(generation)
			found = append(found, s)
			return err
		})
	return found, err
}

// NewlyComplete lists the submissions of a dossier whose every scan is there and
// that have no receipt yet.
func (tx *Tx) NewlyComplete(commune string, id syncproto.DossierID) ([]Submission, error) {
	open, err := tx.submissions(commune, "s.dossier = ? AND s.complete_at = 0 ORDER BY s.received_at, s.event", id[:])
	if err != nil || len(open) == 0 {
		return nil, err
	}
	blobs, err := tx.blobRowsOf(commune, id)
	if err != nil {
		return nil, err
	}
	there := map[syncproto.Digest]bool{}
	for _, b := range blobs {
		there[b.Ref.SHA256] = b.Complete()
	}
	var complete []Submission
	for _, s := range open {
		named, err := tx.scansOf(s)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(named, func(d syncproto.Digest) bool { return !there[d] }) {
			complete = append(complete, s)
		}
	}
	return complete, nil
}

// Overlooked lists some dossiers with a submission received before a moment (Unix ms) that has
// no receipt although no scan of the dossier is missing. There should be none: whoever makes a
// scan complete gives the receipt, and nobody looks again later.
func (tx *Tx) Overlooked(before int64, limit int) (list []Submission, err error) {
	names := "instr(s.blobs, b.sha256) > 0"
	if tx.db.engine.arrays {
		names = "position(b.sha256 IN s.blobs) > 0"
	}
	// Of an older row every scan has its own; of the others those of which something is here.
	err = tx.Each(`SELECT DISTINCT s.commune, s.dossier FROM submissions s WHERE s.complete_at = 0 AND s.received_at < ? AND CASE WHEN s.promised IS NULL
		THEN NOT EXISTS (SELECT 1 FROM blobs b WHERE b.commune = s.commune AND b.dossier = s.dossier AND b.complete_at = 0)
		ELSE length(s.blobs) = 32 * (SELECT count(*) FROM blobs b WHERE b.commune = s.commune AND b.dossier = s.dossier AND b.complete_at > 0 AND `+names+`) END LIMIT ?`,
		[]any{before, limit}, func(scan func(...any) error) error {
			var s Submission
			var id []byte
			err := scan(&s.Commune, &id)
			copy(s.Dossier[:], id)
			list = append(list, s)
			return err
		})
	return list, err
}

// scansOf are the digests of a submission's scans.
func (tx *Tx) scansOf(s Submission) ([]syncproto.Digest, error) {
	var named []syncproto.Digest
	if s.scans != nil {
		for digest := range slices.Chunk(s.scans, len(syncproto.Digest{})) {
			if len(digest) != len(syncproto.Digest{}) {
				return nil, fmt.Errorf("reading a submission's scans: %w", ErrDamaged)
			}
			named = append(named, syncproto.Digest(digest))
		}
		return named, nil
	}
	err := tx.Each("SELECT sha256 FROM submission_blobs WHERE commune = ? AND dossier = ? AND event = ?",
		[]any{s.Commune, s.Dossier[:], s.Event[:]}, func(scan func(...any) error) error {
			var digest []byte
			if err := scan(&digest); err != nil {
				return err
			}
			named = append(named, syncproto.Digest(digest))
			return nil
		})
	return named, err
}

// SubmissionsOf lists the submissions of a dossier.
func (tx *Tx) SubmissionsOf(commune string, id syncproto.DossierID) ([]Submission, error) {
	return tx.submissions(commune, "s.dossier = ? ORDER BY s.received_at, s.event", id[:])
}

// Unconfirmed lists some submissions whose receipt is of an older generation.
func (tx *Tx) Unconfirmed(commune string, generation uint64, limit int) ([]Submission, error) {
	return tx.submissions(commune, "s.complete_at > 0 AND s.generation < ? ORDER BY s.generation, s.dossier LIMIT ?", int64(generation), limit)
}

// CompleteSubmission notes that the receipt was given under generation.
func (tx *Tx) CompleteSubmission(s Submission, at int64, generation uint64) error {
	_, err := tx.Exec("UPDATE submissions SET complete_at = ?, generation = ? WHERE commune = ? AND dossier = ? AND event = ?",
		at, int64(generation), s.Commune, s.Dossier[:], s.Event[:])
	return err
}

// Recheck looks at the files of a submission's scans again, after a restore: a
// scan that is not whole any more starts over, and the submission with it. It
// says whether everything is still there. Of a submission that somebody else has looked at
// since it was listed it says no and changes nothing.
func (tx *Tx) Recheck(s Submission) (bool, error) {
	var at, generation int64
	err := tx.Row("SELECT complete_at, generation FROM submissions WHERE commune = ? AND dossier = ? AND event = ?",
		[]any{s.Commune, s.Dossier[:], s.Event[:]}, &at, &generation)
	if err != nil || at != s.CompleteAt || uint64(generation) != s.Generation {
		return false, err
	}
	blobs, err := tx.blobRowsOf(s.Commune, s.Dossier)
	if err != nil {
		return false, err
	}
	whole := true
	for _, b := range blobs {
		if !b.Complete() {
			continue
		}
		file, err := tx.blobFile(s.Commune, s.Dossier, b.Ref.SHA256)
		if err != nil {
			return false, err
		}
		if good, err := file.verify(b.fileSize, b.Ref.Length); err != nil {
			return false, err
		} else if good {
			continue
		}
		whole = false
		if _, _, err := tx.restart(b); err != nil {
			return false, err
		}
	}
	if whole {
		return true, nil
	}
	_, err = tx.Exec(`UPDATE submissions SET complete_at = 0 WHERE commune = ? AND dossier = ?`, s.Commune, s.Dossier[:])
	return false, err
}
