package store

import (
	"fmt"

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
}

// PutSubmission notes a delivery and the scans its manifest names.
func (tx *Tx) PutSubmission(commune string, s Submission, blobs []syncproto.BlobRef) error {
	_, err := tx.Exec(`INSERT INTO submissions (commune, dossier, event, manifest, received_at, complete_at, generation)
		VALUES (?, ?, ?, ?, ?, 0, 0) ON CONFLICT (commune, dossier, event) DO NOTHING`,
		commune, s.Dossier[:], s.Event[:], s.Manifest[:], s.ReceivedAt)
	if err != nil {
		return fmt.Errorf("noting a submission: %w", err)
	}
	for _, b := range blobs {
		_, err := tx.Exec(`INSERT INTO submission_blobs (commune, dossier, event, sha256) VALUES (?, ?, ?, ?)
			ON CONFLICT (commune, dossier, event, sha256) DO NOTHING`, commune, s.Dossier[:], s.Event[:], b.SHA256[:])
		if err != nil {
			return fmt.Errorf("noting a scan of a submission: %w", err)
		}
	}
	return nil
}

const submissionColumns = "s.dossier, s.event, s.manifest, s.received_at, s.complete_at, s.generation"

func (tx *Tx) submissions(commune, condition string, args ...any) ([]Submission, error) {
	var found []Submission
	err := tx.Each("SELECT "+submissionColumns+" FROM submissions s WHERE s.commune = ? AND "+condition, append([]any{commune}, args...),
		func(scan func(...any) error) error {
			s := Submission{Commune: commune}
			var id, event, manifest []byte
			var generation int64
			err := scan(&id, &event, &manifest, &s.ReceivedAt, &s.CompleteAt, &generation)
			copy(s.Dossier[:], id)
			copy(s.Event[:], event)
			copy(s.Manifest[:], manifest)
			s.Generation = uint64(generation)
			found = append(found, s)
			return err
		})
	return found, err
}

// missing counts the scans of a submission that are not complete.
const missing = `(SELECT count(*) FROM submission_blobs x LEFT JOIN blobs b ON b.commune = x.commune AND b.dossier = x.dossier
	AND b.sha256 = x.sha256 AND b.complete_at > 0 WHERE x.commune = s.commune AND x.dossier = s.dossier AND x.event = s.event AND b.sha256 IS NULL)`

// NewlyComplete lists the submissions of a dossier whose every scan is there and
// that have no receipt yet.
func (tx *Tx) NewlyComplete(commune string, id syncproto.DossierID) ([]Submission, error) {
	return tx.submissions(commune, "s.dossier = ? AND s.complete_at = 0 AND "+missing+" = 0", id[:])
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
// says whether everything is still there.
func (tx *Tx) Recheck(s Submission) (bool, error) {
	blobs, err := tx.BlobsOf(s.Commune, s.Dossier)
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
