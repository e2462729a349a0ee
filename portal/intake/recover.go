package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"bendo/internal/dossier"
	"bendo/portal/store"
	"bendo/syncproto"
)

// Recovered says what became of a machine's quarantine.
type Recovered struct {
	Folded    int `json:"folded"`
	Proposals int `json:"proposals"` // late or competing: a person decides about each
	Refused   int `json:"refused"`   // see the outcomes
}

// TakeIn judges the events of a machine's quarantine again, as if the machine were
// active, in the order of its logs, each in a transaction of its own: what was cut is
// called again. What was folded first stands; a status event that comes late is a
// proposal. Each event goes into the commune's feed with its outcome, so that the
// machine that writes the book now has it, too.
func (p *Portal) TakeIn(ctx context.Context, id syncproto.DeviceID) (r Recovered, err error) {
	var d store.Device
	var events []store.StoredEvent
	err = p.db.Read(ctx, func(tx *store.Tx) (err error) {
		if d, err = tx.FindDevice(id); err != nil {
			return err
		}
		events, err = tx.EventsInState(d.Commune, id, OutcomeSuspended)
		return err
	})
	if err != nil {
		return r, err
	}
	for _, e := range events {
		if err := p.release(ctx, d, e, &r); err != nil {
			return r, fmt.Errorf("taking in event %s: %w", e.Event.Header.ID, err)
		}
	}
	p.bell.ring(d.Commune)
	return r, nil
}

// Understand judges again what an older portal kept and could not read, as far as this one can: a machine
// that was updated before its province said something new too early, be it a new kind of event or a new
// member of a known one. The case of a dossier that was here already is folded anew with it. Called when a portal starts; what is still not understood waits for the next one.
// Each event in a transaction of its own, in the order of its machine's logs: what was cut is called again.
// Events of a suspended machine wait for [Portal.TakeIn]. What fails with one machine keeps no other waiting.
func (p *Portal) Understand(ctx context.Context) (r Recovered, err error) {
	var devices []store.Device
	if err := p.db.Read(ctx, func(tx *store.Tx) (err error) { devices, err = tx.Unread(); return err }); err != nil {
		return r, err
	}
	var failed error
	for _, d := range devices {
		if d.Status == store.Suspended {
			continue
		}
		before := r
		if err := p.understand(ctx, d, &r); err != nil {
			failed = errors.Join(failed, fmt.Errorf("machine %s: %w", d.ID, err))
		}
		if r != before {
			p.bell.ring(d.Commune)
		}
	}
	return r, failed
}

// understand is Understand for one machine.
func (p *Portal) understand(ctx context.Context, d store.Device, r *Recovered) error {
	var events []store.StoredEvent
	err := p.db.Read(ctx, func(tx *store.Tx) error {
		events = nil
		for _, state := range []string{syncproto.OutcomeUnsupported, syncproto.OutcomeUndecodable, store.StateUnread} {
			found, err := tx.EventsInState(d.Commune, d.ID, state)
			if err != nil {
				return err
			}
			events = append(events, found...)
		}
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortStableFunc(events, func(a, b store.StoredEvent) int {
		return cmp.Or(cmp.Compare(a.Event.Header.Epoch, b.Event.Header.Epoch), cmp.Compare(a.Event.Header.Seq, b.Event.Header.Seq))
	})
	for _, e := range events {
		// An unread event that follows no schema now stays what it is: its version counts, and later ones
		// build on it.
		read := parse(e.Event).err
		if errors.Is(read, dossier.ErrUnknown) || read != nil && e.State != syncproto.OutcomeUnsupported {
			continue
		}
		if err := p.release(ctx, d, e, r); err != nil {
			return fmt.Errorf("judging event %s again: %w", e.Event.Header.ID, err)
		}
	}
	return nil
}

// release judges an event that waited, in a transaction of its own. What an attempt counted that is begun
// again counts for nothing.
func (p *Portal) release(ctx context.Context, d store.Device, e store.StoredEvent, r *Recovered) error {
	before := *r
	err := p.db.Write(ctx, func(tx *store.Tx) error {
		*r = before
		return p.takeInOne(tx, d, e, r)
	})
	if err != nil {
		*r = before
	}
	return err
}

// takeInOne judges an event that waited in its state. One that somebody else has judged since, a second
// portal that started beside this one, is left as it is: its outcome was told.
func (p *Portal) takeInOne(tx *store.Tx, d store.Device, e store.StoredEvent, r *Recovered) error {
	h := e.Event.Header
	v, err := p.judgeAgain(tx, d, e.Event)
	if err != nil {
		return err
	}
	moved, err := tx.ReleaseEvent(d.Commune, e.Event, e.State, v.state)
	if err != nil || !moved {
		return err
	}
	counted := &r.Refused
	if v.state == store.StateFolded || v.state == store.StateUnread {
		state, card, err := tx.Fold(d.Commune, h.Dossier)
		if err != nil {
			return err
		}
		counted = &r.Folded
		if slices.Contains(state.Proposals, h.ID) {
			counted = &r.Proposals
			v = verdict{store.StateProposal, syncproto.OutcomeProposal, "late or competing: a person decides"}
			if err := tx.SetEventState(d.Commune, h.ID, store.StateProposal); err != nil {
				return err
			}
		}
		if state.Version > 0 {
			if err := tx.PutCase(d.Commune, d.Book, state, card); err != nil {
				return err
			}
		}
		if p.owesCode(h, v, state) {
			if err := tx.OweCode(d.Commune, h.Dossier); err != nil {
				return err
			}
		}
		if err := tx.PutRating(d.Commune, h.Dossier, state); err != nil {
			return err
		}
		body, err := syncproto.EncodeEvent(e.Event)
		if err != nil {
			return err
		}
		if _, err := tx.AppendFeed(d.Commune, syncproto.FeedEvent, string(dossier.Book(d.Book)), body); err != nil {
			return err
		}
	}
	if v.code == "" {
		v.code = syncproto.OutcomeAccepted
	}
	body, err := syncproto.EncodeOutcome(syncproto.Outcome{Event: h.ID, Code: v.code, Detail: v.detail})
	if err != nil {
		return err
	}
	if _, err := tx.AppendFeed(d.Commune, syncproto.FeedOutcome, "", body); err != nil {
		return err
	}
	*counted++
	return nil
}

// judgeAgain is judge for an event that waited in quarantine.
func (p *Portal) judgeAgain(tx *store.Tx, d store.Device, e syncproto.Event) (verdict, error) {
	h := e.Header
	refuse := func(code, detail string) (verdict, error) { return verdict{code, code, detail}, nil }
	_, err := tx.FindCase(d.Commune, h.Dossier)
	known := err == nil
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return verdict{}, err
	}
	read := parse(e)
	switch {
	case errors.Is(read.err, dossier.ErrUnknown) && known:
		return verdict{store.StateUnread, syncproto.OutcomeUnsupported, "a type or schema of a newer program"}, nil
	case errors.Is(read.err, dossier.ErrUnknown):
		return refuse(syncproto.OutcomeUnsupported, "a type or schema of a newer program")
	case read.err != nil:
		return refuse(syncproto.OutcomeUndecodable, "the payload does not follow its schema")
	}
	if h.Type == dossier.VisitRated && !known {
		return verdict{state: store.StateFolded}, nil
	}
	filing, isFiling := read.value.(*dossier.SubmittedPayload)
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
