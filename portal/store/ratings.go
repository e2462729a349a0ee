package store

import (
	"fmt"
	"strings"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/syncproto"
)

const putRating = `ON CONFLICT (commune, dossier) DO UPDATE SET score = excluded.score, reasons = excluded.reasons,
	given_at = excluded.given_at, changes = excluded.changes`

// PutRating keeps the rating that stands in a folded state; nothing when there is none.
func (s *Sheaf) PutRating(id syncproto.DossierID, state dossier.State) {
	if state.Rating != nil {
		s.ratings[id] = state
	}
}

func (s *Sheaf) ratingRows() *rows {
	r := newRatingRows()
	for id, state := range s.ratings {
		addRating(r, s.commune, id, state, s.tx.Now)
	}
	return r
}

// PutRating is the same for one dossier, outside a batch.
func (tx *Tx) PutRating(commune string, id syncproto.DossierID, state dossier.State) error {
	if state.Rating == nil {
		return nil
	}
	r := newRatingRows()
	addRating(r, commune, id, state, tx.Now)
	if err := tx.insert(r, putRating); err != nil {
		return fmt.Errorf("keeping a rating: %w", err)
	}
	return nil
}

func newRatingRows() *rows {
	return newRows("ratings", "commune text", "dossier bytes", "visit int", "score int", "reasons text", "given_at int", "received_at int", "changes int")
}

func addRating(r *rows, commune string, id syncproto.DossierID, state dossier.State, now int64) {
	visit := int64(0)
	if state.Version == 0 {
		visit = 1
	}
	kept := *state.Rating
	r.add(commune, id[:], visit, int64(kept.Score), strings.Join(kept.Reasons, " "), kept.At, now, int64(kept.N-1))
}

// Ratings are the totals of one kind over a period.
type Ratings struct {
	Scores  [feedback.Highest - feedback.Lowest + 1]int // by score, the lowest first
	Reasons map[string]int                              // how many named it, by code
}

// Count is how many there are.
func (r Ratings) Count() (n int) {
	for _, of := range r.Scores {
		n += of
	}
	return n
}

// RatingTotals counts a commune's ratings that arrived in [from, to) (unix ms): of dossiers and of
// visits. The arrival counts and not the office's clock, so that a report that was sent stays true
// when an office comes back after weeks.
func (tx *Tx) RatingTotals(commune string, from, to int64) (dossiers, visits Ratings, err error) {
	dossiers.Reasons, visits.Reasons = map[string]int{}, map[string]int{}
	err = tx.Each("SELECT visit, score, reasons FROM ratings WHERE commune = ? AND received_at >= ? AND received_at < ?", []any{commune, from, to},
		func(scan func(...any) error) error {
			var visit, score int
			var reasons string
			if err := scan(&visit, &score, &reasons); err != nil {
				return err
			}
			of := &dossiers
			if visit == 1 {
				of = &visits
			}
			if score < feedback.Lowest || score > feedback.Highest {
				return fmt.Errorf("a rating of %d", score)
			}
			of.Scores[score-feedback.Lowest]++
			for _, code := range strings.Fields(reasons) {
				of.Reasons[code]++
			}
			return nil
		})
	if err != nil {
		return Ratings{}, Ratings{}, fmt.Errorf("counting ratings: %w", err)
	}
	return dossiers, visits, nil
}
