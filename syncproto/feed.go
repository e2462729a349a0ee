package syncproto

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
)

// Kinds of feed items. Append only; a client stores a kind it does not know and
// looks at it again after an update.
const (
	FeedEvent     = "event"     // Body: EncodeEvent; written or forwarded by the portal
	FeedOutcome   = "outcome"   // Body: EncodeOutcome; never compacted
	FeedReceipt   = "receipt"   // Body: EncodeReceipt; Key: "receipt:<dossier>:<manifest>"
	FeedObject    = "object"    // Body: EncodeObjectRef; Key: "object:<kind>:<name>"
	FeedDirective = "directive" // Body: EncodeDirective; Key: "directive:<code>"
	FeedRoster    = "roster"    // Body: a signed file for this commune alone, small enough for one item; Key: "roster"
)

// FeedItem is one entry of a commune's feed. Items with a Key are compacted: the
// latest wins. Items without one stay for ever.
type FeedItem struct {
	Pos  uint64 `cbor:"1,keyasint" json:"pos"`
	Kind string `cbor:"2,keyasint" json:"kind"`
	Key  string `cbor:"3,keyasint,omitempty" json:"key,omitempty"`
	Body []byte `cbor:"4,keyasint,omitempty" json:"body,omitempty"`
}

// FeedPage is a piece of one commune's feed: every item after position From up
// to To that compaction has left. Positions rise strictly.
type FeedPage struct {
	Commune string     `cbor:"1,keyasint" json:"commune"`
	Epoch   uint64     `cbor:"2,keyasint" json:"epoch"` // of the feed
	From    uint64     `cbor:"3,keyasint,omitempty" json:"from"`
	To      uint64     `cbor:"4,keyasint" json:"to"`
	Items   []FeedItem `cbor:"5,keyasint" json:"items"`
	// Mark is the portal's random word for position To, drawn when it was written.
	// Two histories of a feed that share a position differ in its mark.
	Mark uint64 `cbor:"6,keyasint,omitempty" json:"mark,omitempty"`
	Sig  []byte `cbor:"-" json:"sig,omitempty"` // of the sealed page it came in
}

// SealedPage is a page as it travels and as the client keeps it for an echo
// (EncodeSealedPage). The signature covers the unpacked bytes.
type SealedPage struct {
	Codec  Codec  `cbor:"1,keyasint,omitempty" json:"codec,omitempty"`
	Dict   DictID `cbor:"2,keyasint,omitzero" json:"dict"`
	RawLen uint32 `cbor:"3,keyasint" json:"raw_len"`
	Body   []byte `cbor:"4,keyasint" json:"body"`
	Sig    []byte `cbor:"5,keyasint" json:"sig"`
}

// Cursor is a place in a feed. The client keeps and returns it and never
// computes with it.
type Cursor struct {
	Epoch uint64 `cbor:"1,keyasint,omitempty" json:"epoch"`
	Pos   uint64 `cbor:"2,keyasint,omitempty" json:"pos"`
	// Mark is the page's word for Pos; 0 when the portal gave none. By it a portal
	// whose data went back unnoticed sees that it has another history since.
	Mark uint64 `cbor:"3,keyasint,omitempty" json:"mark,omitempty"`
}

// Bytes is the stored form: two unsigned varints, three where there is a mark.
func (c Cursor) Bytes() []byte {
	b := binary.AppendUvarint(binary.AppendUvarint(nil, c.Epoch), c.Pos)
	if c.Mark != 0 {
		b = binary.AppendUvarint(b, c.Mark)
	}
	return b
}

// ParseCursor is the inverse of Bytes; no bytes at all are the zero cursor.
func ParseCursor(b []byte) (Cursor, error) {
	if len(b) == 0 {
		return Cursor{}, nil
	}
	epoch, n := binary.Uvarint(b)
	if n <= 0 {
		return Cursor{}, errors.New("feed cursor is damaged")
	}
	pos, m := binary.Uvarint(b[n:])
	c := Cursor{Epoch: epoch, Pos: pos}
	if m > 0 && n+m < len(b) {
		if c.Mark, n = binary.Uvarint(b[n+m:]); n <= 0 {
			return Cursor{}, errors.New("feed cursor is damaged")
		}
	}
	if m <= 0 || string(c.Bytes()) != string(b) {
		return Cursor{}, errors.New("feed cursor is damaged")
	}
	return c, nil
}

// Next is the client's cursor after this page.
func (p *FeedPage) Next() Cursor { return Cursor{Epoch: p.Epoch, Pos: p.To, Mark: p.Mark} }

// check is the same for the portal that writes and the client that reads.
func (p *FeedPage) check() error {
	if p.To <= p.From || p.Commune == "" || len(p.Commune) > 32 {
		return fmt.Errorf("page of commune %q from %d to %d", clip(p.Commune), p.From, p.To)
	}
	last := p.From
	for i, it := range p.Items {
		if it.Pos <= last || it.Pos > p.To {
			return fmt.Errorf("item %d at position %d after %d in a page to %d", i, it.Pos, last, p.To)
		}
		if !token(it.Kind, 32) || len(it.Key) > 256 {
			return fmt.Errorf("item at %d: kind %q or key is not acceptable", it.Pos, clip(it.Kind))
		}
		last = it.Pos
	}
	return nil
}

// SealFeedPage packs and signs a page. dict may be nil. It fails with a limit
// problem when the page is too large: take fewer items.
func SealFeedPage(p FeedPage, portal ed25519.PrivateKey, dict *Dict) (SealedPage, error) {
	if err := p.check(); err != nil {
		return SealedPage{}, fmt.Errorf("sealing page: %w", err)
	}
	raw, err := marshal(p)
	if err != nil {
		return SealedPage{}, fmt.Errorf("sealing page: %w", err)
	}
	lim := DefaultLimits()
	s := SealedPage{RawLen: uint32(len(raw))}
	if len(raw) > lim.FeedRaw {
		return SealedPage{}, NewProblem(Limit, CodeTooLarge, "page of %d raw bytes", len(raw))
	}
	if s.Codec, s.Dict, s.Body, err = pack(raw, dict); err != nil {
		return SealedPage{}, fmt.Errorf("sealing page: %w", err)
	}
	if len(s.Body) > pageMax(len(p.Items), lim) {
		return SealedPage{}, NewProblem(Limit, CodeTooLarge, "page of %d bytes with %d items", len(s.Body), len(p.Items))
	}
	s.Sig = sign(portal, append([]byte(tagPage), raw...))
	return s, nil
}

// pageMax: a page of one item may be as large as one event.
func pageMax(items int, lim Limits) int {
	if items <= 1 {
		return maxSingleBody + 512
	}
	return lim.FeedBytes
}

// OpenFeedPage unpacks a page and verifies the portal's signature. The caller
// still compares commune and cursor with its own (FeedPage.Follows).
func OpenFeedPage(s SealedPage, portal ed25519.PublicKey, dicts Dicts, lim Limits) (FeedPage, error) {
	return openPage(s, portal, dicts, lim.OrDefault())
}

func readPage(s SealedPage, portal ed25519.PublicKey, dicts Dicts, lim Limits) (FeedPage, error) {
	if len(s.Body) > pageMax(1, lim) {
		return FeedPage{}, NewProblem(Limit, CodeTooLarge, "page body of %d bytes", len(s.Body))
	}
	raw, err := unpack(s.Codec, s.Dict, s.RawLen, s.Body, dicts, lim.FeedRaw)
	if err != nil {
		return FeedPage{}, err
	}
	if err := verify(portal, append([]byte(tagPage), raw...), s.Sig); err != nil {
		return FeedPage{}, NewProblem(Intercepted, CodeUnsigned, "feed page: %v", err)
	}
	var p FeedPage
	if err := decodeMessage(raw, &p); err != nil {
		return FeedPage{}, &Problem{Kind: Version, Code: CodeFormat, Detail: "feed page", Err: err}
	}
	if err := p.check(); err != nil {
		return FeedPage{}, &Problem{Kind: Version, Code: CodeFormat, Detail: "feed page", Err: err}
	}
	p.Sig = s.Sig
	return p, nil
}

// Follows tells whether a verified page continues this client's feed; a client
// moves its cursor for no other page.
func (p *FeedPage) Follows(commune string, c Cursor) error {
	if p.Commune != commune {
		return NewProblem(Intercepted, CodeWrongDevice, "page of commune %s", p.Commune)
	}
	if p.Epoch != c.Epoch || p.From != c.Pos {
		return NewProblem(Correction, CodeFeedReset, "page from %d/%d, the cursor is %d/%d", p.Epoch, p.From, c.Epoch, c.Pos)
	}
	return nil
}

// EncodeSealedPage is the stored form of a page, kept for the echo.
func EncodeSealedPage(s SealedPage) ([]byte, error) { return marshal(s) }

// DecodeSealedPage is the strict inverse.
func DecodeSealedPage(b []byte) (SealedPage, error) {
	var s SealedPage
	err := decodeExact(b, &s)
	return s, err
}

// Outcome is the portal's judgement of one event: stored is not folded.
type Outcome struct {
	Event  EventID `cbor:"1,keyasint" json:"event"`
	Code   string  `cbor:"2,keyasint" json:"code"`
	Detail string  `cbor:"3,keyasint,omitempty" json:"detail,omitempty"`
}

// Codes of outcomes. Append only; the rooms above may add their own.
const (
	OutcomeAccepted    = "accepted"
	OutcomeRejected    = "rejected"
	OutcomeConflict    = "conflict"
	OutcomeNeedsInfo   = "needs_info"
	OutcomeIDReused    = "id_reused"   // the same event id with another payload; both are kept
	OutcomeNotYours    = "not_yours"   // stored, not folded (custody)
	OutcomeUnsupported = "unsupported" // a type or schema this portal does not know yet; judged again later
	OutcomeUndecodable = "undecodable" // the payload cannot be read
	OutcomeProposal    = "proposal"    // late or competing; a human decides
)

// EncodeOutcome gives the body of a feed item of kind "outcome".
func EncodeOutcome(o Outcome) ([]byte, error) { return marshal(o) }

// DecodeOutcome decodes it.
func DecodeOutcome(b []byte) (Outcome, error) {
	var o Outcome
	err := decodeMessage(b, &o)
	return o, err
}

// ObjectRef points at something the portal publishes (a pack, a form, a program);
// the bytes come from GET /s1/obj/{sha256}.
type ObjectRef struct {
	SHA256  Digest `cbor:"1,keyasint" json:"sha256"`
	Length  int64  `cbor:"2,keyasint" json:"length"` // bytes
	Kind    string `cbor:"3,keyasint" json:"kind"`   // "pack", "program", "patch" …
	Name    string `cbor:"4,keyasint,omitempty" json:"name,omitempty"`
	Version string `cbor:"5,keyasint,omitempty" json:"version,omitempty"`
}

// IsZero means: no object.
func (o ObjectRef) IsZero() bool { return o == ObjectRef{} }

// EncodeObjectRef gives the body of a feed item of kind "object".
func EncodeObjectRef(o ObjectRef) ([]byte, error) { return marshal(o) }

// DecodeObjectRef decodes it.
func DecodeObjectRef(b []byte) (ObjectRef, error) {
	var o ObjectRef
	err := decodeMessage(b, &o)
	return o, err
}

// Directive is something the province asks of a device. A device that does not
// know the code does nothing and says so in its heartbeat.
type Directive struct {
	Code  string      `cbor:"1,keyasint" json:"code"`
	Arg   string      `cbor:"2,keyasint,omitempty" json:"arg,omitempty"`
	Grant *EpochGrant `cbor:"3,keyasint,omitempty" json:"grant,omitempty"` // with DirectiveNewEpoch
	At    int64       `cbor:"4,keyasint,omitempty" json:"at,omitempty"`    // unix ms
}

// Directive codes. Append only.
const (
	DirectiveNewEpoch = "new_epoch" // replay what is lacking, then re-head the unacknowledged events
	DirectivePoll     = "poll"      // Arg: seconds between polls
	DirectiveSlow     = "slow"      // Arg: seconds of quiet for what is not urgent
	DirectiveRestat   = "restat"    // ask blobstat again for everything within retention
	// DirectiveCustody: Grant.Book is written by Grant.Device from now on. Arg names the
	// machine it replaces, which is revoked. Key: "directive:custody_assigned:<book>".
	DirectiveCustody = "custody_assigned"
)

// EncodeDirective gives the body of a feed item of kind "directive".
func EncodeDirective(d Directive) ([]byte, error) { return marshal(d) }

// DecodeDirective decodes it.
func DecodeDirective(b []byte) (Directive, error) {
	var d Directive
	err := decodeMessage(b, &d)
	return d, err
}
