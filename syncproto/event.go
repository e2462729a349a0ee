package syncproto

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"github.com/fxamacker/cbor/v2"
)

// ClockQuality says how far the device trusted the time in a header. Order,
// identity and cursors never depend on it.
type ClockQuality uint8

const (
	ClockUnknown     ClockQuality = 0 // nothing is known about it
	ClockTrusted     ClockQuality = 1 // signed time of the portal plus monotonic time
	ClockUnconfirmed ClockQuality = 2 // the machine's wall clock, not contradicted
	ClockSuspect     ClockQuality = 3 // the wall clock jumped or lies below the floor
)

// BlobRef names one attachment of an event. The length comes from here, signed;
// the wire can never decide it.
type BlobRef struct {
	SHA256 Digest `cbor:"1,keyasint" json:"sha256"`
	Length int64  `cbor:"2,keyasint" json:"length"` // bytes, 1…MaxBlobLength
	MIME   string `cbor:"3,keyasint,omitempty" json:"mime,omitempty"`
	Role   string `cbor:"4,keyasint,omitempty" json:"role,omitempty"` // "scan:<component>", "signature", "slip" …
}

// Header is the binary envelope of an event. It is signed and chained as bytes.
type Header struct {
	ID    EventID      `cbor:"1,keyasint" json:"id"`
	Epoch uint32       `cbor:"2,keyasint,omitempty" json:"epoch"` // 0 only for what the portal writes
	Seq   uint64       `cbor:"3,keyasint,omitempty" json:"seq"`   // gapless from 1 in its log
	At    int64        `cbor:"4,keyasint" json:"at"`              // unix ms by the author's clock
	Clock ClockQuality `cbor:"5,keyasint,omitempty" json:"clock,omitempty"`
	Type  string       `cbor:"6,keyasint" json:"type"`
	// Schema is the version of the payload's shape; it moves independently of
	// the road.
	Schema  uint16    `cbor:"7,keyasint,omitempty" json:"schema,omitempty"`
	Dossier DossierID `cbor:"8,keyasint,omitzero" json:"dossier"`
	// Version is the dossier version this event makes; 0 = a request, which
	// moves nothing.
	Version uint32 `cbor:"9,keyasint,omitempty" json:"version,omitempty"`
	// Code is the national status code (1–10) after this event, 0 when the event
	// does not say: an older program shows the right status of a newer type.
	Code  uint8     `cbor:"10,keyasint,omitempty" json:"code,omitempty"`
	Actor string    `cbor:"11,keyasint,omitempty" json:"actor,omitempty"` // opaque id, never a name
	Blobs []BlobRef `cbor:"12,keyasint,omitempty" json:"blobs,omitempty"`

	// Extra keeps fields of a newer program (keys above 12) exactly as they came,
	// so that encoding a decoded header gives the same bytes and the chain still
	// verifies. Nobody writes it by hand.
	Extra []byte `cbor:"-" json:"extra,omitempty"`
}

// Event is one fact: header, the salt of its digests, payload. The payload is
// UTF-8 JSON in NFC by agreement of the rooms above; here it is bytes, never
// parsed and never serialised again.
type Event struct {
	Header  Header   `json:"header"`
	Salt    [16]byte `json:"salt"`
	Payload []byte   `json:"payload"`
}

// Bounds of one event.
const (
	MaxHeader     = 16 << 10 // bytes of an encoded header
	MaxPayload    = 96 << 10 // bytes of a payload: one event must always fit one message
	MaxBlobs      = 128      // attachments of one event
	MaxBlobLength = 64 << 20 // bytes of one attachment
	maxType       = 64
	maxActor      = 64
	maxMIME       = 128
	maxRole       = 128
	lastHeaderKey = 12
)

// BlobKey names a blob on the road: it belongs to one dossier.
type BlobKey struct {
	Dossier DossierID `cbor:"1,keyasint" json:"dossier"`
	SHA256  Digest    `cbor:"2,keyasint" json:"sha256"`
}

// check tells what is wrong with a header, for authors and readers alike.
func (h *Header) check() error {
	switch {
	case h.ID.IsZero():
		return errors.New("header has no event id")
	case (h.Epoch == 0) != (h.Seq == 0):
		return errors.New("header has an epoch without a seq, or a seq without an epoch")
	case !token(h.Type, maxType):
		return fmt.Errorf("header type %q: want 1–%d of a–z 0–9 _ . -", clip(h.Type), maxType)
	case len(h.Actor) > maxActor || !utf8.ValidString(h.Actor):
		return fmt.Errorf("actor is longer than %d bytes or not UTF-8", maxActor)
	case h.Code > 99:
		return errors.New("national code is above 99")
	case len(h.Blobs) > MaxBlobs:
		return fmt.Errorf("%d attachments, at most %d", len(h.Blobs), MaxBlobs)
	case len(h.Blobs) > 0 && h.Dossier.IsZero():
		return errors.New("attachments without a dossier")
	}
	for i, b := range h.Blobs {
		if b.Length < 1 || b.Length > MaxBlobLength {
			return fmt.Errorf("attachment %d has %d bytes, want 1–%d", i, b.Length, MaxBlobLength)
		}
		if len(b.MIME) > maxMIME || len(b.Role) > maxRole || !utf8.ValidString(b.MIME) || !utf8.ValidString(b.Role) {
			return fmt.Errorf("attachment %d: type or role too long or not UTF-8", i)
		}
		for _, earlier := range h.Blobs[:i] { // MaxBlobs bounds the product
			if earlier.SHA256 == b.SHA256 && earlier.Length != b.Length {
				return fmt.Errorf("attachment %d: the same digest with two lengths", i)
			}
		}
	}
	return nil
}

// token reports 1…n characters of a–z, 0–9, '_', '.', '-'.
func token(s string, n int) bool {
	if len(s) < 1 || len(s) > n {
		return false
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' || c == '.' || c == '-') {
			return false
		}
	}
	return true
}

func clip(s string) string {
	if len(s) > 80 {
		return s[:80] + "…"
	}
	return s
}

// EncodeHeader gives the one byte form of a header.
func EncodeHeader(h Header) ([]byte, error) {
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("encoding header: %w", err)
	}
	b, err := marshal(h)
	if err == nil && len(h.Extra) > 0 {
		b, err = mergeExtra(b, h.Extra)
	}
	if err != nil {
		return nil, err
	}
	if len(b) > MaxHeader {
		return nil, fmt.Errorf("encoding header: %d bytes, at most %d", len(b), MaxHeader)
	}
	return b, nil
}

// DecodeHeader reads a header strictly: EncodeHeader of the result is b again.
func DecodeHeader(b []byte) (Header, error) {
	if len(b) > MaxHeader {
		return Header{}, fmt.Errorf("decoding header: %d bytes, at most %d", len(b), MaxHeader)
	}
	if h, ok := quickHeader(b); ok && h.check() == nil {
		return h, nil
	}
	return slowHeader(b)
}

// slowHeader decodes any header.
func slowHeader(b []byte) (Header, error) {
	var h Header
	if err := msgMode.Unmarshal(b, &h); err != nil {
		return Header{}, fmt.Errorf("decoding header: %w", err)
	}
	if err := h.check(); err != nil {
		return Header{}, fmt.Errorf("decoding header: %w", err)
	}
	again, err := marshal(h)
	if err != nil {
		return Header{}, err
	}
	if bytes.Equal(again, b) {
		return h, nil
	}
	if h.Extra, err = splitExtra(b); err != nil {
		return Header{}, fmt.Errorf("decoding header: %w", err)
	}
	if again, err = EncodeHeader(h); err != nil || !bytes.Equal(again, b) {
		return Header{}, errors.New("decoding header: not in canonical form")
	}
	return h, nil
}

// splitExtra keeps the keys this version does not know, as a canonical map.
func splitExtra(b []byte) ([]byte, error) {
	var all map[uint64]cbor.RawMessage
	if err := exactMode.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	maps.DeleteFunc(all, func(k uint64, _ cbor.RawMessage) bool { return k <= lastHeaderKey })
	if len(all) == 0 {
		return nil, errors.New("not in canonical form")
	}
	return marshal(all)
}

// mergeExtra puts the unknown keys back; canonical key order makes the result
// independent of who added what.
func mergeExtra(header, extra []byte) ([]byte, error) {
	var all, more map[uint64]cbor.RawMessage
	if err := exactMode.Unmarshal(header, &all); err != nil {
		return nil, fmt.Errorf("encoding header: %w", err)
	}
	if err := exactMode.Unmarshal(extra, &more); err != nil {
		return nil, fmt.Errorf("encoding header: extra fields: %w", err)
	}
	for k, v := range more {
		if k <= lastHeaderKey {
			return nil, fmt.Errorf("encoding header: extra field %d is one of ours", k)
		}
		all[k] = v
	}
	return marshal(all)
}

// wireEvent is the form of one event by itself (feed bodies, bundles).
type wireEvent struct {
	_       struct{} `cbor:",toarray"`
	Header  []byte
	Salt    []byte
	Payload []byte
}

// EncodeEvent gives one event by itself: array(header bytes, salt, payload).
func EncodeEvent(e Event) ([]byte, error) {
	h, err := EncodeHeader(e.Header)
	if err != nil {
		return nil, err
	}
	return EncodeEventOf(h, e)
}

// EncodeEventOf is EncodeEvent for whoever has the bytes of the header already, as they
// came with a batch that was accepted.
func EncodeEventOf(header []byte, e Event) ([]byte, error) {
	if len(e.Payload) > MaxPayload {
		return nil, fmt.Errorf("encoding event: payload of %d bytes, at most %d", len(e.Payload), MaxPayload)
	}
	b := make([]byte, 0, 16+len(header)+len(e.Salt)+len(e.Payload))
	b = appendHead(b, majorArray, 3)
	for _, part := range [][]byte{header, e.Salt[:], e.Payload} {
		b = append(appendHead(b, majorBytes, len(part)), part...)
	}
	return b, nil
}

// DecodeEvent is the strict inverse of EncodeEvent.
func DecodeEvent(b []byte) (Event, error) {
	if len(b) > MaxHeader+MaxPayload+64 {
		return Event{}, fmt.Errorf("decoding event: %d bytes are too many", len(b))
	}
	var w wireEvent
	if err := decodeExact(b, &w); err != nil {
		return Event{}, err
	}
	if len(w.Salt) != 16 || len(w.Payload) > MaxPayload {
		return Event{}, errors.New("decoding event: wrong salt or payload too long")
	}
	h, err := DecodeHeader(w.Header)
	if err != nil {
		return Event{}, err
	}
	return Event{Header: h, Salt: [16]byte(w.Salt), Payload: w.Payload}, nil
}

// Tags separate the uses of SHA-256 and Ed25519; each ends in a zero byte so that
// none is a prefix of another.
const (
	tagHeader   = "bendo-s1 header\x00"
	tagEvent    = "bendo-s1 event\x00"
	tagLog      = "bendo-s1 log\x00"
	tagManifest = "bendo-s1 manifest\x00"
	tagBatch    = "bendo-s1 batch\x00"
	tagAck      = "bendo-s1 ack\x00"
	tagReceipt  = "bendo-s1 receipt\x00"
	tagPage     = "bendo-s1 page\x00"
	tagTime     = "bendo-s1 time\x00"
	tagHello    = "bendo-s1 hello\x00"
	tagEnrol    = "bendo-s1 enrol\x00"
	tagGrant    = "bendo-s1 grant\x00"
	tagAnswer   = "bendo-s1 answer\x00"
	tagSession  = "bendo-s1 session\x00"
)

func sum(parts ...[]byte) (d Digest) {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(d[:0])
	return d
}

// HeaderDigest is SHA-256(tag ‖ salt ‖ header bytes). Salted, so that after an
// erasure the chain betrays nothing about who or what it was.
func HeaderDigest(salt [16]byte, header []byte) Digest {
	return sum([]byte(tagHeader), salt[:], header)
}

// PayloadDigest is SHA-256(salt ‖ payload) over the plaintext bytes.
func PayloadDigest(salt [16]byte, payload []byte) Digest {
	return sum(salt[:], payload)
}

// ChainStart is h₀ of a log.
func ChainStart(l LogID) Digest {
	return sum([]byte(tagLog), l.Device[:], binary.BigEndian.AppendUint32(nil, l.Epoch))
}

// ChainNext is hᵢ = SHA-256(tag ‖ hᵢ₋₁ ‖ header digest ‖ payload digest).
func ChainNext(prev, header, payload Digest) Digest {
	return sum([]byte(tagEvent), prev[:], header[:], payload[:])
}

// EventDigests gives the two digests of an event that is about to be stored. An
// event it refuses (no id, too long) could never leave: refuse it before filing.
func EventDigests(e Event) (header, payload Digest, err error) {
	h, err := EncodeHeader(e.Header)
	if err != nil {
		return header, payload, err
	}
	if len(e.Payload) > MaxPayload {
		return header, payload, fmt.Errorf("payload of %d bytes, at most %d", len(e.Payload), MaxPayload)
	}
	return HeaderDigest(e.Salt, h), PayloadDigest(e.Salt, e.Payload), nil
}

// ManifestDigest is what a receipt of completeness covers: SHA-256 over tag ‖
// event id ‖ payload digest ‖ count ‖ each attachment's (sha256, length), sorted
// by sha256, each named once. It ignores epoch and seq: a submission that is
// re-headed into a new epoch keeps its manifest and its receipt.
func ManifestDigest(h Header, payload Digest) Digest {
	blobs := slices.Clone(h.Blobs)
	slices.SortFunc(blobs, func(a, b BlobRef) int { return a.SHA256.Compare(b.SHA256) })
	blobs = slices.CompactFunc(blobs, func(a, b BlobRef) bool { return a.SHA256 == b.SHA256 })
	m := append([]byte(tagManifest), h.ID[:]...)
	m = append(m, payload[:]...)
	m = binary.BigEndian.AppendUint32(m, uint32(len(blobs)))
	for _, b := range blobs {
		m = append(m, b.SHA256[:]...)
		m = binary.BigEndian.AppendUint64(m, uint64(b.Length))
	}
	return sha256.Sum256(m)
}
