package intake

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/feedback"
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

// taking is one batch on its way into the store.
type taking struct {
	p      *Portal
	device store.Device
	now    int64
	sheaf  *store.Sheaf
	// generation is read when the first receipt is due.
	generation func() (uint64, error)
	// copied are the dossiers in which an older submission may be complete now,
	// because a scan of it came from another dossier of the book.
	copied []syncproto.DossierID
	// owed are the dossiers that a commune took in and that wait for their official code.
	owed []syncproto.DossierID
}

// acceptAll stores the new events of a batch and lets them take effect in their
// order. It fails only when the store fails: whatever is wrong with an event
// itself becomes its outcome.
func (p *Portal) acceptAll(tx *store.Tx, d store.Device, taken syncproto.Accepted) error {
	events := taken.Events
	read := make([]parsed, len(events))
	var slips []string
	for i, e := range events {
		read[i] = parse(e)
		if filing, ok := read[i].value.(*dossier.SubmittedPayload); ok {
			slips = append(slips, string(filing.Slip))
		}
	}
	sheaf, err := tx.OpenSheaf(d.Commune, d.Book, events, slips...)
	if err != nil {
		return err
	}
	t := &taking{p: p, device: d, now: tx.Now, sheaf: sheaf, generation: sync.OnceValues(tx.Generation)}
	for i, e := range events {
		if err := t.accept(e, taken.Headers[i], taken.Payloads[i], read[i]); err != nil {
			return fmt.Errorf("accepting event %s: %w", e.Header.ID, err)
		}
	}
	if err := sheaf.Save(); err != nil {
		return err
	}
	for _, id := range t.owed {
		if err := tx.OweCode(d.Commune, id); err != nil {
			return fmt.Errorf("owing an official code: %w", err)
		}
	}
	for _, id := range t.copied {
		if err := p.giveReceipts(tx, d.Commune, id); err != nil {
			return err
		}
	}
	return nil
}

// parsed is a payload as this portal reads it.
type parsed struct {
	value any
	err   error
}

func parse(e syncproto.Event) parsed {
	if e.Header.Dossier.IsZero() {
		return parsed{}
	}
	value, err := dossier.Parse(e.Header.Type, e.Header.Schema, e.Payload)
	return parsed{value, err}
}

func (t *taking) accept(e syncproto.Event, header []byte, payload syncproto.Digest, read parsed) error {
	h := e.Header
	seen := t.sheaf.Seen(h.ID, payload)
	if seen == store.SameEvent {
		return nil // re-headed after a fork, or sent again: it has had its effect
	}
	v := verdict{state: syncproto.OutcomeIDReused, code: syncproto.OutcomeIDReused, detail: "the same event id with another payload; both are kept"}
	if seen == store.NeverSeen {
		v = t.judge(h, read)
	}
	t.sheaf.PutEvent(store.StoredEvent{Event: e, Author: dossier.Book(t.device.Book), Device: t.device.ID,
		ReceivedAt: t.now, State: v.state, Read: read.value, Payload: payload, Header: header})
	if err := t.expect(h, payload); err != nil {
		return err
	}
	if v.state == store.StateFolded || v.state == store.StateUnread {
		v = t.refold(h, v)
	}
	if v.code == "" {
		v.code = syncproto.OutcomeAccepted
	}
	body, err := syncproto.EncodeOutcome(syncproto.Outcome{Event: h.ID, Code: v.code, Detail: v.detail})
	if err != nil {
		return err
	}
	t.sheaf.AppendFeed(syncproto.FeedOutcome, "", body)
	return nil
}

// judge decides whether an event may be folded. Nothing here looks at the line,
// and nothing here can fail because of what a payload says.
func (t *taking) judge(h syncproto.Header, read parsed) verdict {
	refuse := func(code, detail string) verdict { return verdict{code, code, detail} }
	if h.Dossier.IsZero() {
		return verdict{state: stateNoted}
	}
	if t.device.Status == store.Suspended {
		return refuse(OutcomeSuspended, "the machine is suspended")
	}
	known := t.sheaf.Known(h.Dossier)
	switch {
	case errors.Is(read.err, dossier.ErrUnknown) && known:
		return verdict{state: store.StateUnread, code: syncproto.OutcomeUnsupported, detail: "a type or schema of a newer program"}
	case errors.Is(read.err, dossier.ErrUnknown):
		return refuse(syncproto.OutcomeUnsupported, "a type or schema of a newer program")
	case read.err != nil:
		return refuse(syncproto.OutcomeUndecodable, "the payload does not follow its schema")
	}
	if h.Type == dossier.VisitRated {
		if known {
			return refuse(syncproto.OutcomeNotYours, "a dossier is not rated as a visit")
		}
		return verdict{state: store.StateFolded}
	}
	filing, isFiling := read.value.(*dossier.SubmittedPayload)
	if !known && !isFiling {
		return refuse(syncproto.OutcomeNotYours, "no dossier of this number was filed by this office")
	}
	if isFiling && t.sheaf.SlipTaken(filing.Slip, h.Dossier) {
		return refuse(OutcomeSlipCollision, "another dossier has this slip number")
	}
	return verdict{state: store.StateFolded}
}

// expect notes the scans an event names. It does so for events that are not
// folded as well: the machine sends them, and a receipt is a promise about bytes
// and not about law.
func (t *taking) expect(h syncproto.Header, payload syncproto.Digest) error {
	if h.Dossier.IsZero() || len(h.Blobs) == 0 && h.Type != dossier.Submitted && h.Type != dossier.SupplementProvided {
		return nil
	}
	for _, ref := range h.Blobs {
		copied, err := t.sheaf.ExpectBlob(h.Dossier, ref)
		if err != nil {
			return err
		}
		if copied && !slices.Contains(t.copied, h.Dossier) {
			t.copied = append(t.copied, h.Dossier)
		}
	}
	s := store.Submission{Dossier: h.Dossier, Event: h.ID, ReceivedAt: t.now, Manifest: syncproto.ManifestDigest(h, payload)}
	if !t.sheaf.Complete(h.Dossier, h.Blobs) {
		t.sheaf.PutSubmission(s, h.Blobs)
		return nil
	}
	generation, err := t.generation()
	if err != nil {
		return err
	}
	s.CompleteAt, s.Generation = t.now, generation
	if !t.sheaf.PutSubmission(s, h.Blobs) {
		return nil
	}
	key, body, err := t.p.signReceipt(s)
	if err != nil {
		return err
	}
	t.sheaf.AppendFeed(syncproto.FeedReceipt, key, body)
	return nil
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

// overlookedAfter is how long a submission may be whole without a receipt before it is looked at.
const overlookedAfter = 10 * time.Minute

// GiveOverlooked gives receipts that are due and that nobody gave, and says to how many
// dossiers. It is a net below giveReceipts: without it one lost race would leave a resident
// without the fourth acknowledgement for ever.
func (p *Portal) GiveOverlooked(ctx context.Context) (given int, err error) {
	var list []store.Submission
	err = p.db.Read(ctx, func(tx *store.Tx) (err error) {
		list, err = tx.Overlooked(p.db.Now().Add(-overlookedAfter).UnixMilli(), 100)
		return err
	})
	for _, s := range list {
		if err != nil {
			break
		}
		due := 0
		err = p.db.Take(ctx, func(tx *store.Tx) error {
			if err := tx.LockDossier(s.Commune, s.Dossier); err != nil {
				return err
			}
			complete, err := tx.NewlyComplete(s.Commune, s.Dossier)
			if due = len(complete); err != nil || due == 0 {
				return err
			}
			return p.giveReceipts(tx, s.Commune, s.Dossier)
		})
		if err == nil && due > 0 {
			given++
			p.bell.ring(s.Commune)
		}
	}
	if err != nil {
		return given, fmt.Errorf("giving receipts that are due: %w", err)
	}
	return given, nil
}

func (p *Portal) giveReceipt(tx *store.Tx, s store.Submission, at int64) error {
	generation, err := tx.Generation()
	if err != nil {
		return err
	}
	s.CompleteAt, s.Generation = at, generation
	key, body, err := p.signReceipt(s)
	if err != nil {
		return err
	}
	if err := tx.CompleteSubmission(s, at, generation); err != nil {
		return err
	}
	_, err = tx.AppendFeed(s.Commune, syncproto.FeedReceipt, key, body)
	return err
}

// signReceipt gives the feed's key and body of a submission's receipt.
func (p *Portal) signReceipt(s store.Submission) (key string, body []byte, err error) {
	receipt := syncproto.SignReceipt(syncproto.Receipt{Dossier: s.Dossier, Manifest: s.Manifest, Generation: s.Generation, At: s.CompleteAt}, p.receipt)
	body, err = syncproto.EncodeReceipt(receipt)
	return "receipt:" + s.Dossier.String() + ":" + s.Manifest.String(), body, err
}

// refold makes the case anew from its events and tells what became of the newest.
func (t *taking) refold(h syncproto.Header, v verdict) verdict {
	state, card := t.sheaf.Fold(h.Dossier)
	if slices.Contains(state.Proposals, h.ID) {
		v = verdict{store.StateProposal, syncproto.OutcomeProposal, "late or competing: a person decides"}
		// What was folded first stands, also in every later fold.
		t.sheaf.Propose(h.Dossier, h.ID)
	}
	if state.Version > 0 {
		t.sheaf.PutCase(state, card)
	}
	if t.p.owesCode(h, v, state) {
		t.owed = append(t.owed, h.Dossier)
	}
	if h.Type == dossier.Rated || h.Type == dossier.VisitRated {
		t.sheaf.PutRating(h.Dossier, state)
	}
	return v
}

// owesCode says that what a commune took in by itself is owed its official code.
func (p *Portal) owesCode(h syncproto.Header, v verdict, state dossier.State) bool {
	return h.Type == dossier.TakenIn && v.state == store.StateFolded && p.OweCodes && state.OfficialCode == "" && !feedback.Reserved(state.Procedure)
}
