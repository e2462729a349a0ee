package dossier

import (
	"fmt"

	"bendo/syncproto"
)

// Meta is what an author adds to a payload: ids and salt are random, the time and
// its quality are the caller's, Epoch and Seq are the book's (zero at the province).
type Meta struct {
	Event syncproto.EventID
	Salt  [16]byte
	At    int64 // unix ms
	Clock syncproto.ClockQuality
	Actor string // opaque id, never a name
	Epoch uint32
	Seq   uint64
}

// Submit makes the first event of a dossier: version 1, with every scan and the
// signature's picture named in its header.
func Submit(p SubmittedPayload, id syncproto.DossierID, m Meta) (syncproto.Event, error) {
	return author(Submitted, &p, id, 1, 1, m)
}

// Supplement makes the delivery that answers the open request of s.
func Supplement(s State, p SupplementProvidedPayload, m Meta) (syncproto.Event, error) {
	return Ask(s, SupplementProvided, &p, m)
}

// Ask makes a request (version 0): it is stored at once and takes effect only by the
// holder's answer.
func Ask(s State, eventType string, payload any, m Meta) (syncproto.Event, error) {
	if !IsRequest(eventType) {
		return syncproto.Event{}, fmt.Errorf("authoring %q: it is not a request", eventType)
	}
	if err := Legal(s, "", eventType); err != nil {
		return syncproto.Event{}, fmt.Errorf("authoring request: %w", err)
	}
	if err := legalPayload(s, "", eventType, payload); err != nil {
		return syncproto.Event{}, fmt.Errorf("authoring request: %w", err)
	}
	if p, ok := payload.(*SupplementProvidedPayload); ok && p.N != s.OpenSupplement.N {
		return syncproto.Event{}, fmt.Errorf("authoring supplement %d: %d is asked for", p.N, s.OpenSupplement.N)
	}
	return author(eventType, payload, s.ID, 0, 0, m)
}

// RateVisit makes the rating of a visit: an event in a dossier of its own, which id names and
// which is never filed. Nobody's name or number is in it.
func RateVisit(id syncproto.DossierID, p RatedPayload, m Meta) (syncproto.Event, error) {
	return author(VisitRated, &p, id, 0, 0, m)
}

// Advance makes the holder's next status event: the version after s and the national
// code that results. payload is a pointer to the payload struct of the type.
func Advance(s State, actor Holder, eventType string, payload any, m Meta) (syncproto.Event, error) {
	err := Legal(s, actor, eventType)
	if err == nil {
		err = legalPayload(s, actor, eventType, payload)
	}
	if err != nil {
		return syncproto.Event{}, fmt.Errorf("authoring step: %w", err)
	}
	code := CodeAfter(s, actor, eventType, payload, m.At)
	return author(eventType, payload, s.ID, s.Version+1, code, m)
}

// CodeAfter derives the national code that results when actor's step is folded.
func CodeAfter(s State, actor Holder, eventType string, payload any, at int64) uint8 {
	trial := s.clone()
	it := item{value: payload}
	it.Author = actor
	it.Event.Header = syncproto.Header{Type: eventType, Version: s.Version + 1, At: at, Dossier: s.ID}
	trial.apply(it, s.pendingItem(payload))
	return trial.NationalCode
}

// pendingItem rebuilds as much of a pending request as apply needs for the code.
func (s State) pendingItem(payload any) *item {
	a, ok := payload.(*AnswerPayload)
	if !ok {
		return nil
	}
	for _, r := range s.Pending {
		if r.Event != a.Event {
			continue
		}
		it := item{}
		it.Event.Header = syncproto.Header{ID: r.Event, Type: r.Type, At: r.At}
		switch r.Type {
		case SupplementProvided:
			it.value = &SupplementProvidedPayload{N: r.N}
		case WithdrawalRequested:
			it.value = &WithdrawalRequestedPayload{}
		case LookupReported:
			it.value = r.Lookup
		default:
			it.value = &CorrectionProposedPayload{}
		}
		return &it
	}
	return nil
}

// author encodes the payload, reads it back as a receiver would, and makes the event.
func author(eventType string, payload any, id syncproto.DossierID, version uint32, code uint8, m Meta) (syncproto.Event, error) {
	data, err := Encode(payload)
	if err != nil {
		return syncproto.Event{}, fmt.Errorf("authoring %q: %w", eventType, err)
	}
	schema := schemaOf(payload)
	value, err := Parse(eventType, schema, data)
	if err != nil {
		return syncproto.Event{}, fmt.Errorf("authoring %q: %w", eventType, err)
	}
	ev := syncproto.Event{Salt: m.Salt, Payload: data, Header: syncproto.Header{
		ID: m.Event, Epoch: m.Epoch, Seq: m.Seq, At: m.At, Clock: m.Clock, Type: eventType, Schema: schema,
		Dossier: id, Version: version, Code: code, Actor: m.Actor, Blobs: blobsOf(value),
	}}
	if _, err := syncproto.EncodeHeader(ev.Header); err != nil {
		return syncproto.Event{}, fmt.Errorf("authoring %q: %w", eventType, err)
	}
	return ev, nil
}

// blobsOf lists what a payload refers to, each digest once.
func blobsOf(value any) []syncproto.BlobRef {
	var components []Component
	var signature *Signature
	switch p := value.(type) {
	case *SubmittedPayload:
		components, signature = p.Components, p.Signature
	case *SupplementProvidedPayload:
		components, signature = p.Components, p.Signature
	case *ResultReadyPayload:
		components = []Component{{ID: "result", Blobs: p.Blobs}}
	}
	var refs []syncproto.BlobRef
	seen := map[syncproto.Digest]bool{}
	add := func(b Blob, role string) {
		if !seen[b.SHA256] && !b.Empty() { // of an empty file nothing is left to carry
			seen[b.SHA256] = true
			refs = append(refs, syncproto.BlobRef{SHA256: b.SHA256, Length: b.Length, MIME: b.MIME, Role: role})
		}
	}
	for _, c := range components {
		for _, b := range c.Blobs {
			add(b, "scan:"+c.ID)
		}
	}
	if signature != nil && signature.Blob != nil {
		add(*signature.Blob, "signature")
	}
	return refs
}
