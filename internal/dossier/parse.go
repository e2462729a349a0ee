package dossier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"bendo/syncproto"
)

// MaxPayload is the most bytes one payload may have: what the road carries in one
// event, so that nothing is filed that can never leave. The largest form of the first
// pack fills 12 KiB.
const MaxPayload = syncproto.MaxPayload

// ErrTooLarge says that a payload is larger than the road carries; it is refused
// before anything is filed.
var ErrTooLarge = errors.New("more text than one dossier can carry")

// maxDepth bounds nesting, so that a hostile payload cannot exhaust the stack.
const maxDepth = 32

// ErrUnknown marks an event type or schema this program does not know. The event is
// kept as bytes and judged again after an upgrade.
var ErrUnknown = errors.New("event type not known to this version of the program")

// Parse reads the payload of an event strictly: UTF-8 in NFC, one JSON object, no
// unknown and no repeated member, the required members present. It returns a
// pointer to the payload struct of the type, or an error wrapping [ErrUnknown].
func Parse(eventType string, schema uint16, payload []byte) (any, error) {
	if schema < 1 || schema > Schema {
		return nil, fmt.Errorf("parsing %q of schema %d: %w", eventType, schema, ErrUnknown)
	}
	p := blank(eventType)
	if p == nil {
		return nil, fmt.Errorf("parsing %q: %w", eventType, ErrUnknown)
	}
	if err := strictJSON(payload, p); err != nil {
		return nil, fmt.Errorf("parsing payload of %q: %w", eventType, err)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("parsing payload of %q: %w", eventType, err)
	}
	// A member of schema 2 in an event of schema 1 was refused by older programs; it stays so, or two
	// of them would see two states.
	if need := schemaOf(p); need > schema {
		return nil, fmt.Errorf("parsing payload of %q: members of schema %d in schema %d", eventType, need, schema)
	}
	return p, nil
}

// parseAs is Parse for a caller that knows the type.
func parseAs[T any](eventType string, schema uint16, payload []byte) (*T, error) {
	p, err := Parse(eventType, schema, payload)
	if err != nil {
		return nil, err
	}
	t, ok := p.(*T)
	if !ok {
		return nil, fmt.Errorf("parsing payload of %q: it is a %T", eventType, p)
	}
	return t, nil
}

// ParseSubmitted reads the payload of a "submitted" event.
func ParseSubmitted(schema uint16, payload []byte) (*SubmittedPayload, error) {
	return parseAs[SubmittedPayload](Submitted, schema, payload)
}

// ParseSupplement reads the payload of a "supplement_provided" event.
func ParseSupplement(schema uint16, payload []byte) (*SupplementProvidedPayload, error) {
	return parseAs[SupplementProvidedPayload](SupplementProvided, schema, payload)
}

// Encode makes payload bytes: JSON without HTML escapes, NFC. They are hashed,
// signed and stored as they are and never made again from the struct.
func Encode(payload any) ([]byte, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(payload); err != nil {
		return nil, fmt.Errorf("encoding payload: %w", err)
	}
	// Composition works inside strings only: no structural character of JSON has a
	// composed form with a following mark unless that mark stands in a string.
	out := norm.NFC.Bytes(bytes.TrimRight(buf.Bytes(), "\n"))
	if len(out) > MaxPayload {
		return nil, fmt.Errorf("encoding payload: %d bytes, at most %d: %w", len(out), MaxPayload, ErrTooLarge)
	}
	return out, nil
}

type checker interface{ check() error }

func blank(eventType string) checker {
	switch eventType {
	case Submitted:
		return new(SubmittedPayload)
	case SupplementProvided:
		return new(SupplementProvidedPayload)
	case WithdrawalRequested:
		return new(WithdrawalRequestedPayload)
	case CorrectionProposed:
		return new(CorrectionProposedPayload)
	case Note:
		return new(NotePayload)
	case Rated, VisitRated:
		return new(RatedPayload)
	case TakenIn:
		return new(TakenInPayload)
	case SupplementRequested:
		return new(SupplementRequestedPayload)
	case Accepted:
		return new(AnswerPayload)
	case Declined:
		return new(AnswerPayload)
	case Processing:
		return new(ProcessingPayload)
	case FeeRequested:
		return new(FeeRequestedPayload)
	case Decided:
		return new(DecidedPayload)
	case Answered:
		return new(AnsweredPayload)
	case Called:
		return new(CalledPayload)
	case Refused, Stopped, Withdrawn:
		return new(ReasonPayload)
	case ResultReady:
		return new(ResultReadyPayload)
	case HandedOver:
		return new(HandedOverPayload)
	case Returned:
		return new(ReturnedPayload)
	case OfficialCodeIssued:
		return new(OfficialCodePayload)
	case ExternalRefGiven:
		return new(ExternalRef)
	case Apology:
		return new(ApologyPayload)
	case CustodyAssigned:
		return new(CustodyAssignedPayload)
	case LookedUp, LookupReported:
		return new(LookupPayload)
	}
	return nil
}

// strictJSON decodes one object into v and refuses what encoding/json lets pass:
// bad UTF-8, text that is not NFC, repeated members, trailing bytes, deep nesting.
func strictJSON(data []byte, v any) error {
	if len(data) > MaxPayload {
		return fmt.Errorf("%d bytes, at most %d", len(data), MaxPayload)
	}
	text := string(data)
	if plainText(text) && quickJSON(text, reflect.ValueOf(v)) {
		return nil
	}
	switch {
	case !utf8.Valid(data):
		return errors.New("not UTF-8")
	case !norm.NFC.IsNormal(data):
		return errors.New("text is not in Unicode normal form C")
	case len(data) == 0 || data[0] != '{':
		return errors.New("not a JSON object")
	}
	reflect.ValueOf(v).Elem().SetZero()
	return slowJSON(text, data, v)
}

// slowJSON is the strict reading of any text.
func slowJSON(text string, data []byte, v any) error {
	if err := scanMembers(text); err != nil {
		return err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("reading JSON: %w", err)
	}
	return nil
}
