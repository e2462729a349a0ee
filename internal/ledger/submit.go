package ledger

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"bendo/internal/dossier"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// Submit files a draft. One transaction holds the event, the projection, the outbox
// and the end of the draft; when it returns, a slip may be printed. After a crash or a
// lost answer the same call gives the same slip: the draft's id is the key.
//
// Order: the scans are in the vault since they were attached; here the row that names
// them becomes durable; then the bell. A crash before the commit leaves the draft as it
// was, after it the filing whole, before the bell a filing the agent finds by itself.
func (b *Book) Submit(ctx context.Context, id DraftID, f Filing) (filed Filed, err error) {
	err = b.finish(func() error {
		filed, err = b.submit(ctx, id, f)
		return err
	})
	if err != nil {
		return Filed{}, fmt.Errorf("filing: %w", err)
	}
	b.ring(ctx)
	return filed, nil
}

func (b *Book) submit(ctx context.Context, id DraftID, f Filing) (filed Filed, err error) {
	err = b.db.Write(ctx, func(tx *sql.Tx) error {
		r, err := b.draftRow(ctx, tx, id)
		if err != nil {
			return err
		}
		if r.state == "filed" {
			filed, err = b.filedBefore(ctx, tx, r)
			return err
		}
		d, err := b.readDraft(ctx, tx, r)
		if err != nil {
			return err
		}
		for _, s := range d.Scans { // no slip for a paper that is not there
			if err := b.stillThere(r.dossier, s.SHA256); err != nil {
				return err
			}
		}
		if r.kind == DraftSupplement {
			filed, err = b.submitSupplement(ctx, tx, r, d, f)
		} else {
			filed, err = b.submitFiling(ctx, tx, r, d, f)
		}
		return errors.Join(err, noteWas(ctx, tx, filed.Event, d.Scans))
	})
	return filed, err
}

// noteWas keeps the size of the scans before they were made small, for the staff's list.
func noteWas(ctx context.Context, tx *sql.Tx, event syncproto.EventID, scans []Scan) error {
	was := int64(0)
	for _, s := range scans {
		was += s.WasLength
	}
	if was == 0 {
		return nil
	}
	if _, err := tx.ExecContext(ctx, `UPDATE outbox SET was = ? WHERE event = ?`, was, event[:]); err != nil {
		return fmt.Errorf("noting the size of the scans: %w", err)
	}
	return nil
}

func (b *Book) filedBefore(ctx context.Context, tx *sql.Tx, r draftRow) (filed Filed, err error) {
	key, err := b.key(ctx, tx, r.dossier)
	if err != nil {
		return filed, err
	}
	body, err := seal.Open(key, place("draft", r.id[:], 0, "filed"), r.filed)
	if err != nil {
		return filed, fmt.Errorf("opening what was filed: %w: %w", ErrDamaged, err)
	}
	err = json.Unmarshal(body, &filed)
	filed.Again = true
	return filed, err
}

// closeDraft ends a draft that was filed and keeps the answer for whoever asks again.
func (b *Book) closeDraft(ctx context.Context, tx *sql.Tx, r draftRow, key seal.Key, filed Filed) error {
	body, err := json.Marshal(filed)
	if err != nil {
		return err
	}
	return b.clearDraft(ctx, tx, r.id, "filed", seal.Seal(key, place("draft", r.id[:], 0, "filed"), body))
}

func (b *Book) submitFiling(ctx context.Context, tx *sql.Tx, r draftRow, d Draft, f Filing) (Filed, error) {
	p, err := payloadOf(d, f)
	if err != nil {
		return Filed{}, err
	}
	filed, err := b.fileSubmitted(ctx, tx, r.dossier, r.key, r.slip, p, f.Actor)
	if err != nil {
		return Filed{}, err
	}
	return filed, b.closeDraft(ctx, tx, r, r.key, filed)
}

func payloadOf(d Draft, f Filing) (dossier.SubmittedPayload, error) {
	values := make(map[string]json.RawMessage, len(d.Answers))
	evidence := map[string]string{}
	for field, a := range d.Answers {
		values[field] = a.Value
		if a.Evidence != "" && a.Evidence != "typed" {
			evidence[field] = a.Evidence
		}
	}
	answers, err := json.Marshal(values)
	if err != nil {
		return dossier.SubmittedPayload{}, err
	}
	p := dossier.SubmittedPayload{
		Procedure: d.Procedure, Case: d.Case, Pack: d.Pack, Channel: d.Channel, Route: f.Route, Handover: f.Handover,
		SubmittedAt: f.SubmittedAt, Submitter: d.Submitter, Helper: d.Helper, HelperConsent: d.HelperConsent, Answers: answers, Evidence: evidence, Components: d.Components,
		Signature: d.Signature, Consent: f.Consent, Verdict: f.Verdict, Note: f.Note, Language: d.Language, Code6: d.Code6,
	}
	if d.Applicant != nil {
		p.Applicant = *d.Applicant
	}
	return p, nil
}

// fileSubmitted appends the first event of a dossier. slip is used when it has the
// prefix of the present epoch and is free: a prefix belongs to one epoch for ever.
func (b *Book) fileSubmitted(ctx context.Context, tx *sql.Tx, id syncproto.DossierID, key seal.Key, slip dossier.Slip, p dossier.SubmittedPayload, actor string) (Filed, error) {
	a, err := b.author(ctx, tx)
	if err != nil {
		return Filed{}, err
	}
	if p.Slip, err = b.useSlip(ctx, tx, a.id.Prefix, slip); err != nil {
		return Filed{}, err
	}
	p.Code6, err = b.code6(p)
	if err != nil {
		return Filed{}, err
	}
	m, err := b.meta(a, actor)
	if err != nil {
		return Filed{}, err
	}
	ev, err := dossier.Submit(p, id, m)
	if err != nil {
		return Filed{}, fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	s, err := b.append(ctx, tx, a, key, ev)
	if err != nil {
		return Filed{}, err
	}
	if err := b.putFacts(ctx, tx, id, p); err != nil {
		return Filed{}, err
	}
	return Filed{Dossier: id, Event: ev.Header.ID, Slip: p.Slip, Code6: p.Code6, At: ev.Header.At, Manifest: s.Submissions[0].Manifest}, nil
}

func (b *Book) useSlip(ctx context.Context, tx *sql.Tx, prefix string, slip dossier.Slip) (dossier.Slip, error) {
	if slip.Valid() && slip.Prefix() == prefix {
		var taken int
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM dossier WHERE slip = ?`, string(slip)).Scan(&taken)
		if err != nil || taken == 0 {
			return slip, err
		}
	}
	return b.freshSlip(ctx, tx, prefix)
}

// code6 is the code on the slip when there is neither a citizen number nor a phone,
// else nothing.
func (b *Book) code6(p dossier.SubmittedPayload) (string, error) {
	people := []dossier.Person{p.Applicant}
	if p.Submitter != nil {
		people = append(people, *p.Submitter)
	}
	if len(dossier.FactsOf(people...)) > 0 {
		return "", nil
	}
	if p.Code6 != "" {
		return p.Code6, nil
	}
	r, err := b.random64()
	return dossier.NewCode6(r), err
}

func (b *Book) putFacts(ctx context.Context, tx *sql.Tx, id syncproto.DossierID, p dossier.SubmittedPayload) error {
	for _, fact := range p.SecondFacts() {
		_, err := tx.ExecContext(ctx, `INSERT INTO second_fact (dossier, token) VALUES (?, ?) ON CONFLICT DO NOTHING`, id[:], b.factToken(id, fact))
		if err != nil {
			return fmt.Errorf("storing second facts: %w", err)
		}
	}
	return nil
}

// factToken is the keyed second fact, bound to its dossier so that equal digits of two
// dossiers look different.
func (b *Book) factToken(id syncproto.DossierID, fact string) []byte {
	return b.keys.Index("second_fact/"+id.String(), fact)
}

func (b *Book) submitSupplement(ctx context.Context, tx *sql.Tx, r draftRow, d Draft, f Filing) (Filed, error) {
	key, err := b.key(ctx, tx, r.dossier)
	if err != nil {
		return Filed{}, err
	}
	s, err := b.state(ctx, tx, r.dossier)
	if err != nil {
		return Filed{}, err
	}
	a, err := b.author(ctx, tx)
	if err != nil {
		return Filed{}, err
	}
	m, err := b.meta(a, f.Actor)
	if err != nil {
		return Filed{}, err
	}
	ev, err := dossier.Supplement(s, dossier.SupplementProvidedPayload{N: r.n, Components: d.Components, Signature: d.Signature, Note: f.Note}, m)
	var step *dossier.StepError
	if err != nil && !errors.As(err, &step) {
		return Filed{}, fmt.Errorf("%w: %w", ErrUnfit, err)
	}
	if err != nil {
		return Filed{}, err
	}
	after, err := b.append(ctx, tx, a, key, ev)
	if err != nil {
		return Filed{}, err
	}
	filed := Filed{Dossier: r.dossier, Event: ev.Header.ID, Slip: s.Slip, At: ev.Header.At, N: r.n}
	for _, sub := range after.Submissions {
		if sub.Event == ev.Header.ID {
			filed.Manifest = sub.Manifest
		}
	}
	return filed, errors.Join(b.closeDraft(ctx, tx, r, key, filed), b.dropKey(ctx, tx, r.id))
}

// Ask appends a request of the resident or of staff: withdrawal_requested,
// correction_proposed, note. It takes effect by the holder's answer only.
func (b *Book) Ask(ctx context.Context, id syncproto.DossierID, eventType string, payload any, actor string) error {
	return b.act(ctx, id, func(a author, s dossier.State) (syncproto.Event, error) {
		m, err := b.meta(a, actor)
		if err != nil {
			return syncproto.Event{}, err
		}
		return dossier.Ask(s, eventType, payload, m)
	})
}

func (b *Book) act(ctx context.Context, id syncproto.DossierID, make func(author, dossier.State) (syncproto.Event, error)) error {
	err := b.db.Write(ctx, func(tx *sql.Tx) error {
		key, err := b.key(ctx, tx, id)
		if err != nil {
			return err
		}
		s, err := b.state(ctx, tx, id)
		if err != nil {
			return err
		}
		a, err := b.author(ctx, tx)
		if err != nil {
			return err
		}
		ev, err := make(a, s)
		if err != nil {
			return err
		}
		_, err = b.append(ctx, tx, a, key, ev)
		return err
	})
	if err != nil {
		return fmt.Errorf("appending to dossier %s: %w", id, err)
	}
	b.ring(ctx)
	return nil
}
