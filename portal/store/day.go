package store

import (
	"fmt"

	"bendo/internal/dossier"
	"bendo/internal/reconcile"
	"bendo/syncproto"
)

// FactsOf is what the province itself knows of a submission, in the form in which an office's book
// knows it, so that both show the same four acknowledgements by the same function: what is stored
// here has left the commune, and a receipt counts in the present generation only.
func FactsOf(s dossier.State, events []StoredEvent, submissions []Submission, generation uint64, sub dossier.Submission) dossier.Facts {
	facts := dossier.Facts{SavedAt: s.FiledAt, Generation: generation}
	for _, e := range events {
		if h := e.Event.Header; h.ID == sub.Event {
			facts.Epoch, facts.Seq = h.Epoch, h.Seq
			facts.Acked = &dossier.AckFact{Epoch: h.Epoch, Applied: h.Seq, Generation: generation, At: e.ReceivedAt}
		}
	}
	for _, r := range submissions {
		if r.Event == sub.Event && r.CompleteAt > 0 {
			facts.Receipt = &dossier.ReceiptFact{Manifest: r.Manifest, Generation: r.Generation, At: r.CompleteAt}
		}
	}
	return facts
}

// FiledOn gives the facts of everything the books of a commune filed in a day, by book, for the
// evening's comparison. A delivery that is stored and not folded (a taken slip number, a suspended
// machine) is not in a dossier here and so is missing: the comparison names it. What was erased is
// left out.
func (tx *Tx) FiledOn(commune string, day reconcile.Day) (map[syncproto.BookID][]reconcile.Fact, error) {
	from, to := day.Bounds()
	var ids []syncproto.DossierID
	err := tx.Each(`SELECT DISTINCT dossier FROM events WHERE commune = ? AND at >= ? AND at < ? AND type IN (?, ?) ORDER BY dossier`,
		[]any{commune, from, to, dossier.Submitted, dossier.SupplementProvided}, func(scan func(...any) error) error {
			var raw []byte
			if err := scan(&raw); err != nil {
				return err
			}
			ids = append(ids, syncproto.DossierID(raw))
			return nil
		})
	if err != nil {
		return nil, fmt.Errorf("looking for what was filed on %s: %w", day, err)
	}
	generation, err := tx.Generation()
	if err != nil {
		return nil, err
	}
	facts := map[syncproto.BookID][]reconcile.Fact{}
	for _, id := range ids {
		if err := tx.dayFacts(commune, id, generation, from, to, facts); err != nil {
			return nil, fmt.Errorf("reading dossier %s: %w", id, err)
		}
	}
	return facts, nil
}

func (tx *Tx) dayFacts(commune string, id syncproto.DossierID, generation uint64, from, to int64, facts map[syncproto.BookID][]reconcile.Fact) error {
	if erased, err := tx.Erased(commune, id); err != nil || erased {
		return err
	}
	events, err := tx.EventsOf(commune, id)
	if err != nil {
		return err
	}
	submissions, err := tx.SubmissionsOf(commune, id)
	if err != nil {
		return err
	}
	s := dossier.Fold(Entries(events))
	s.ID = id
	for _, sub := range s.Submissions {
		book, ours := sub.Author.BookID()
		if !ours || sub.At < from || sub.At >= to {
			continue
		}
		facts[book] = append(facts[book], reconcile.Of(s, sub, dossier.Acks(sub, FactsOf(s, events, submissions, generation, sub))))
	}
	return nil
}

// BooksOf lists the books of a commune.
func (tx *Tx) BooksOf(commune string) ([]syncproto.BookID, error) {
	var books []syncproto.BookID
	err := tx.Each("SELECT DISTINCT book FROM devices WHERE commune = ? ORDER BY book", []any{commune}, func(scan func(...any) error) error {
		var raw []byte
		if err := scan(&raw); err != nil {
			return err
		}
		books = append(books, syncproto.BookID(raw))
		return nil
	})
	return books, err
}
