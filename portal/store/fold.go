package store

import (
	"context"
	"errors"
	"fmt"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
	"bendo/syncproto"
)

// ErrLeft: cases that could not be folded again; the error names them. They stay as the older fold made them.
var ErrLeft = errors.New("cases stay as an older fold made them")

// Rebuild folds again every case that an older fold made. It may be cut and
// called again; each case is its own transaction. One that cannot be read must not keep
// the province from all others: it is left, and told by [ErrLeft] at the end.
func (db *DB) Rebuild(ctx context.Context) (int, error) {
	type old struct {
		commune string
		id      syncproto.DossierID
	}
	var all []old
	err := db.Read(ctx, func(tx *Tx) error {
		return tx.Each("SELECT commune, dossier FROM cases WHERE fold_version < ?", []any{int64(dossier.FoldVersion)}, func(scan func(...any) error) error {
			var o old
			var id []byte
			err := scan(&o.commune, &id)
			copy(o.id[:], id)
			all = append(all, o)
			return err
		})
	})
	if err != nil {
		return 0, fmt.Errorf("looking for old cases: %w", err)
	}
	var left []error
	for _, o := range all {
		err := db.Write(ctx, func(tx *Tx) error {
			c, err := tx.LockCase(o.commune, o.id)
			if err != nil {
				return err
			}
			state, card, err := tx.Fold(o.commune, o.id)
			if err != nil {
				return err
			}
			if err := tx.PutRating(o.commune, o.id, state); err != nil {
				return err // given to a program that did not know it yet
			}
			return tx.PutCase(o.commune, c.Book, state, card)
		})
		if ctx.Err() != nil {
			return 0, fmt.Errorf("folding dossiers again: %w", ctx.Err())
		}
		if err != nil {
			left = append(left, fmt.Errorf("folding dossier %s again: %w", o.id, err))
		}
	}
	if len(left) > 0 {
		return len(all) - len(left), fmt.Errorf("%w: %w", ErrLeft, errors.Join(left...))
	}
	return len(all), nil
}

// Fold reads a dossier's events and folds them. The card is what the lists show.
func (tx *Tx) Fold(commune string, id syncproto.DossierID) (dossier.State, Card, error) {
	events, err := tx.EventsOf(commune, id)
	if err != nil {
		return dossier.State{}, Card{}, err
	}
	state := dossier.Fold(Entries(events))
	return state, CardOf(events, state), nil
}

// CardOf picks the name and the source out of the filing that was folded.
func CardOf(events []StoredEvent, state dossier.State) Card {
	var card Card
	if state.Source != nil {
		card.Reference, card.Source = state.Source.Reference, state.Source.SHA256.String()
	}
	if filing := Filing(events); filing != nil && nameInLists(filing) {
		card.Applicant = filing.Applicant.FullName
	}
	return card
}

// nameInLists is false for a petition whose sender wishes no name in public and for every call-back
// request: officers see it only when they open it, which the journal notes.
func nameInLists(filing *dossier.SubmittedPayload) bool {
	if feedback.IsCallBack(filing.Procedure) {
		return false
	}
	if !feedback.IsPetition(filing.Procedure) {
		return true
	}
	p, err := feedback.ReadPetition(filing.Answers, filing.Enclosed()) // its pictures were counted when it was taken in
	return err == nil && p.Nameable()
}

// Filing is the payload of the folded filing, nil when there is none.
func Filing(events []StoredEvent) *dossier.SubmittedPayload {
	for _, e := range events {
		if e.Event.Header.Type != dossier.Submitted || e.State != StateFolded {
			continue
		}
		if filing, ok := e.Read.(*dossier.SubmittedPayload); ok {
			return filing
		}
		if filing, err := dossier.ParseSubmitted(e.Event.Header.Schema, e.Event.Payload); err == nil {
			return filing
		}
	}
	return nil
}

// Attachments lists the scans that the resident's deliveries name, in order.
func Attachments(events []StoredEvent) []dossier.Blob {
	var found []dossier.Blob
	for _, e := range events {
		if e.State != StateFolded && e.State != StateProposal {
			continue
		}
		value, err := dossier.Parse(e.Event.Header.Type, e.Event.Header.Schema, e.Event.Payload)
		if err != nil {
			continue
		}
		var components []dossier.Component
		var signature *dossier.Signature
		switch payload := value.(type) {
		case *dossier.SubmittedPayload:
			components, signature = payload.Components, payload.Signature
		case *dossier.SupplementProvidedPayload:
			components, signature = payload.Components, payload.Signature
		}
		for _, c := range components {
			found = append(found, c.Blobs...)
		}
		if signature != nil && signature.Blob != nil {
			found = append(found, *signature.Blob)
		}
	}
	return found
}
