package intake

import (
	"errors"
	"fmt"
	"slices"

	"bendo/internal/dossier"
	"bendo/portal/store"
	"bendo/syncproto"
)

// Outcomes of this room beside those of the road.
const (
	// OutcomeSlipCollision: another dossier has the number; a new slip is printed.
	OutcomeSlipCollision = "slip_collision"
	// OutcomeSuspended: stored in quarantine until IT decides about the machine.
	OutcomeSuspended = "suspended"
	// stateNoted: an event that concerns no dossier.
	stateNoted = "noted"
)

// verdict is what became of one event. Code is empty when it was simply accepted.
type verdict struct {
	state  string // kept with the event
	code   string // told in the feed
	detail string // for IT, never a resident's data
}

// accept stores one event of a device and lets it take effect, all in tx. It
// fails only when the store fails: whatever is wrong with the event itself
// becomes its outcome.
func (p *Portal) accept(tx *store.Tx, d store.Device, e syncproto.Event) error {
	h := e.Header
	seen, err := tx.SeenEvent(d.Commune, h.ID, syncproto.PayloadDigest(e.Salt, e.Payload))
	if err != nil {
		return err
	}
	if seen == store.SameEvent {
		return nil // re-headed after a fork, or sent again: it has had its effect
	}
	v := verdict{state: syncproto.OutcomeIDReused, code: syncproto.OutcomeIDReused, detail: "the same event id with another payload; both are kept"}
	if seen == store.NeverSeen {
		if v, err = p.judge(tx, d, e); err != nil {
			return err
		}
	}
	stored := store.StoredEvent{Event: e, Author: dossier.Book(d.Book), Device: d.ID, ReceivedAt: tx.Now, State: v.state}
	if err := tx.PutEvent(d.Commune, stored); err != nil {
		return err
	}
	if err := p.expect(tx, d, e); err != nil {
		return err
	}
	if v.state == store.StateFolded {
		if v, err = p.refold(tx, d, h, v); err != nil {
			return err
		}
	}
	if v.code == "" {
		v.code = syncproto.OutcomeAccepted
	}
	return p.tell(tx, d.Commune, h.ID, v)
}

func (p *Portal) tell(tx *store.Tx, commune string, id syncproto.EventID, v verdict) error {
	body, err := syncproto.EncodeOutcome(syncproto.Outcome{Event: id, Code: v.code, Detail: v.detail})
	if err != nil {
		return err
	}
	_, err = tx.AppendFeed(commune, syncproto.FeedOutcome, "", body)
	return err
}

// judge decides whether an event may be folded. Nothing here looks at the line,
// and nothing here can fail because of what a payload says.
func (p *Portal) judge(tx *store.Tx, d store.Device, e syncproto.Event) (verdict, error) {
	h := e.Header
	refuse := func(code, detail string) (verdict, error) { return verdict{code, code, detail}, nil }
	if h.Dossier.IsZero() {
		return verdict{state: stateNoted}, nil
	}
	if d.Status == store.Suspended {
		return refuse(OutcomeSuspended, "the machine is suspended")
	}
	_, err := tx.FindCase(d.Commune, h.Dossier)
	known := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return verdict{}, err
	}
	value, err := dossier.Parse(h.Type, h.Schema, e.Payload)
	switch {
	case errors.Is(err, dossier.ErrUnknown) && known:
		return verdict{state: store.StateFolded, code: syncproto.OutcomeUnsupported, detail: "a type or schema of a newer program"}, nil
	case errors.Is(err, dossier.ErrUnknown):
		return refuse(syncproto.OutcomeUnsupported, "a type or schema of a newer program")
	case err != nil:
		return refuse(syncproto.OutcomeUndecodable, "the payload does not follow its schema")
	}
	filing, isFiling := value.(*dossier.SubmittedPayload)
	if !known && !isFiling {
		return refuse(syncproto.OutcomeNotYours, "no dossier of this number was filed by this office")
	}
	if isFiling {
		taken, err := tx.SlipTaken(d.Commune, filing.Slip, h.Dossier)
		if err != nil {
			return verdict{}, err
		}
		if taken {
			return refuse(OutcomeSlipCollision, "another dossier has this slip number")
		}
	}
	return verdict{state: store.StateFolded}, nil
}

// expect notes the scans an event names. It does so for events that are not
// folded as well: the machine sends them, and a receipt is a promise about bytes
// and not about law.
func (p *Portal) expect(tx *store.Tx, d store.Device, e syncproto.Event) error {
	h := e.Header
	if h.Dossier.IsZero() || len(h.Blobs) == 0 && h.Type != dossier.Submitted && h.Type != dossier.SupplementProvided {
		return nil
	}
	for _, ref := range h.Blobs {
		if err := tx.ExpectBlob(d.Commune, h.Dossier, d.Book, ref); err != nil {
			return err
		}
		b, err := tx.FindBlob(d.Commune, h.Dossier, ref.SHA256)
		if err != nil {
			return err
		}
		if _, err := tx.CopyFromBook(b); err != nil {
			return err
		}
	}
	submission := store.Submission{Dossier: h.Dossier, Event: h.ID, ReceivedAt: tx.Now,
		Manifest: syncproto.ManifestDigest(h, syncproto.PayloadDigest(e.Salt, e.Payload))}
	if err := tx.PutSubmission(d.Commune, submission, h.Blobs); err != nil {
		return err
	}
	return p.giveReceipts(tx, d.Commune, h.Dossier)
}

// giveReceipts signs a receipt for every submission of a dossier whose last scan
// has just become complete. The receipt is in the feed in the same transaction
// as the fact.
func (p *Portal) giveReceipts(tx *store.Tx, commune string, id syncproto.DossierID) error {
	complete, err := tx.NewlyComplete(commune, id)
	if err != nil {
		return fmt.Errorf("looking for complete submissions: %w", err)
	}
	for _, s := range complete {
		if err := p.giveReceipt(tx, s, tx.Now); err != nil {
			return err
		}
	}
	return nil
}

func (p *Portal) giveReceipt(tx *store.Tx, s store.Submission, at int64) error {
	generation, err := tx.Generation()
	if err != nil {
		return err
	}
	receipt := syncproto.SignReceipt(syncproto.Receipt{Dossier: s.Dossier, Manifest: s.Manifest, Generation: generation, At: at}, p.receipt)
	body, err := syncproto.EncodeReceipt(receipt)
	if err != nil {
		return err
	}
	if err := tx.CompleteSubmission(s, at, generation); err != nil {
		return err
	}
	_, err = tx.AppendFeed(s.Commune, syncproto.FeedReceipt, "receipt:"+s.Dossier.String()+":"+s.Manifest.String(), body)
	return err
}

// refold makes the case anew from its events and tells what became of the newest.
func (p *Portal) refold(tx *store.Tx, d store.Device, h syncproto.Header, v verdict) (verdict, error) {
	state, card, err := tx.Fold(d.Commune, h.Dossier)
	if err != nil {
		return v, err
	}
	if slices.Contains(state.Proposals, h.ID) {
		v = verdict{store.StateProposal, syncproto.OutcomeProposal, "late or competing: a person decides"}
		// What was folded first stands, also in every later fold.
		if err := tx.SetEventState(d.Commune, h.ID, store.StateProposal); err != nil {
			return v, err
		}
	}
	if state.Version == 0 {
		return v, nil
	}
	return v, tx.PutCase(d.Commune, d.Book, state, card)
}
