package dossier

import (
	"fmt"
	"strings"

	"bendo/syncproto"
)

// Holder is who keeps a dossier and alone may advance it: [Province], or one book.
type Holder string

// Province is the holder "province": the provincial system with all its officers,
// the commune's own specialists included.
const Province Holder = "province"

const bookPrefix = "book:"

// Book is the holder that is the book id.
func Book(id syncproto.BookID) Holder { return Holder(bookPrefix + id.String()) }

// ParseHolder reads "province" or "book:UUID".
func ParseHolder(s string) (Holder, error) {
	if s == string(Province) {
		return Province, nil
	}
	text, ok := strings.CutPrefix(s, bookPrefix)
	if !ok {
		return "", fmt.Errorf("parsing holder %q: want province or book:UUID", s)
	}
	id, err := syncproto.ParseBookID(text)
	if err != nil {
		return "", fmt.Errorf("parsing holder %q: %w", s, err)
	}
	return Book(id), nil
}

// BookID is the book of a holder that is one.
func (h Holder) BookID() (syncproto.BookID, bool) {
	text, ok := strings.CutPrefix(string(h), bookPrefix)
	if !ok {
		return syncproto.BookID{}, false
	}
	id, err := syncproto.ParseBookID(text)
	return id, err == nil
}

// Handover says when custody moves from the filing book to the province. It is a
// field of the pack, per version of a procedure, and follows the route (the system
// that really processes the dossier).
type Handover string

// The three handovers.
const (
	HandoverNever    Handover = "never"      // the commune processes it in its own book
	HandoverAtTakeIn Handover = "at_take_in" // the commune's clerk takes it in, then the province holds it
	HandoverAtSubmit Handover = "at_submit"  // the province holds it as soon as it has folded the filing
)

func (h Handover) valid() bool {
	return h == HandoverNever || h == HandoverAtTakeIn || h == HandoverAtSubmit
}

// AwayFrom says whether the dossier is in transit as seen by self: handed to
// somebody who has not yet acted on it. Whoever received and folded the hand-over
// is the holder and sees no transit. Nobody else may advance it meanwhile, and the
// screen says so.
func (s State) AwayFrom(self Holder) bool { return s.InTransit && s.Holder != self }
