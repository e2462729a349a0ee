package syncproto

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// One encoder and two decoders for the whole road: RFC 8949 core deterministic
// encoding with integer keys. No tags, no indefinite lengths, no duplicate keys,
// no bad UTF-8, bounded nesting and counts. The lenient decoder differs in one
// point only: it ignores keys it does not know, so that a newer program may add
// a field to a message; what is signed or hashed is never decoded leniently.
var (
	encMode   = mustEnc()
	msgMode   = mustDec(cbor.ExtraDecErrorNone)
	exactMode = mustDec(cbor.ExtraDecErrorUnknownField)
)

// maxElements bounds every array and map of every message.
const maxElements = 4096

func mustEnc() cbor.EncMode {
	opts := cbor.CoreDetEncOptions()
	opts.TagsMd = cbor.TagsForbidden
	opts.ByteArray = cbor.ByteArrayToByteSlice
	opts.NilContainers = cbor.NilContainerAsEmpty
	m, err := opts.EncMode()
	if err != nil {
		panic(err) // our own constants are wrong: nothing can work
	}
	return m
}

func mustDec(extra cbor.ExtraDecErrorCond) cbor.DecMode {
	m, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		MaxNestedLevels:   8,
		MaxArrayElements:  maxElements,
		MaxMapPairs:       256,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		IntDec:            cbor.IntDecConvertNone,
		ExtraReturnErrors: extra,
		UTF8:              cbor.UTF8RejectInvalid,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		BignumTag:         cbor.BignumTagForbidden,
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return m
}

// marshal encodes deterministically.
func marshal(v any) ([]byte, error) {
	b, err := encMode.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding %T: %w", v, err)
	}
	return b, nil
}

// decodeMessage decodes one message and nothing after it; unknown keys are
// ignored, everything else is strict.
func decodeMessage(b []byte, v any) error {
	if err := msgMode.Unmarshal(b, v); err != nil {
		return fmt.Errorf("decoding %T: %w", v, err)
	}
	return nil
}

// decodeExact decodes v and demands that it encodes again to the same bytes:
// one byte form per value, so that a digest over it means one thing.
func decodeExact(b []byte, v any) error {
	if err := exactMode.Unmarshal(b, v); err != nil {
		return fmt.Errorf("decoding %T: %w", v, err)
	}
	again, err := encMode.Marshal(v)
	if err != nil {
		return fmt.Errorf("decoding %T: %w", v, err)
	}
	if !bytes.Equal(again, b) {
		return fmt.Errorf("decoding %T: not in canonical form", v)
	}
	return nil
}

// Major types of RFC 8949 that are read and written by hand.
const (
	majorUint     = 0
	majorNegative = 1 << 5
	majorBytes    = 2 << 5
	majorText     = 3 << 5
	majorArray    = 4 << 5
	majorMap      = 5 << 5
)

// exactReader reads what is read by hand, in the one form the encoder writes.
type exactReader struct {
	rest []byte
	bad  bool
}

// number reads a head of a major type with its number in the shortest form.
func (r *exactReader) number(major byte) uint64 {
	if r.bad || len(r.rest) == 0 || r.rest[0]&0xe0 != major {
		r.bad = true
		return 0
	}
	small, least, width := r.rest[0]&0x1f, uint64(0), 0
	switch {
	case small < 24:
		r.rest = r.rest[1:]
		return uint64(small)
	case small <= 27:
		width = 1 << (small - 24)
	}
	if width == 0 || len(r.rest) < 1+width {
		r.bad = true
		return 0
	}
	var n uint64
	for _, b := range r.rest[1 : 1+width] {
		n = n<<8 | uint64(b)
	}
	switch width {
	case 1:
		least = 24
	case 2:
		least = 1 << 8
	case 4:
		least = 1 << 16
	default:
		least = 1 << 32
	}
	if r.rest = r.rest[1+width:]; n < least {
		r.bad = true
		return 0
	}
	return n
}

// count is number for how much follows, which must be here.
func (r *exactReader) count(major byte) int {
	n := r.number(major)
	if n > uint64(len(r.rest)) {
		r.bad = true
		return 0
	}
	return int(n)
}

func (r *exactReader) head(major byte, n int) { r.bad = r.count(major) != n || r.bad }

func (r *exactReader) bytes() []byte { return r.string(majorBytes) }

func (r *exactReader) string(major byte) []byte {
	n := r.count(major)
	if r.bad {
		return nil
	}
	found := r.rest[:n:n]
	r.rest = r.rest[n:]
	return found
}

func (r *exactReader) list() [][]byte {
	n := r.count(majorArray)
	if r.bad || n > maxElements {
		r.bad = true
		return nil
	}
	found := make([][]byte, n)
	for i := range found {
		found[i] = r.bytes()
	}
	return found
}

// appendHead writes the head of a byte string or an array in the shortest form.
func appendHead(to []byte, major byte, n int) []byte {
	switch {
	case n < 24:
		return append(to, major|byte(n))
	case n < 1<<8:
		return append(to, major|24, byte(n))
	case n < 1<<16:
		return binary.BigEndian.AppendUint16(append(to, major|25), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(to, major|26), uint32(n))
}

func putFixed(b []byte) []byte {
	if len(b) < 24 {
		return append([]byte{0x40 | byte(len(b))}, b...)
	}
	return append([]byte{0x58, byte(len(b))}, b...)
}

// getFixed copies a byte string of exactly len(dst) bytes. The library's own
// array decoding would pad or cut silently.
func getFixed(dst, b []byte, what string) error {
	head := 1
	if len(dst) >= 24 {
		head = 2
	}
	if len(b) != head+len(dst) || !bytes.Equal(b[:head], putFixed(dst)[:head]) {
		return fmt.Errorf("%s: want a byte string of %d bytes", what, len(dst))
	}
	copy(dst, b[head:])
	return nil
}

func (id DeviceID) MarshalCBOR() ([]byte, error)  { return putFixed(id[:]), nil }
func (id BookID) MarshalCBOR() ([]byte, error)    { return putFixed(id[:]), nil }
func (id EventID) MarshalCBOR() ([]byte, error)   { return putFixed(id[:]), nil }
func (id DossierID) MarshalCBOR() ([]byte, error) { return putFixed(id[:]), nil }
func (id RequestID) MarshalCBOR() ([]byte, error) { return putFixed(id[:]), nil }
func (id BootID) MarshalCBOR() ([]byte, error)    { return putFixed(id[:]), nil }
func (d Digest) MarshalCBOR() ([]byte, error)     { return putFixed(d[:]), nil }
func (d DictID) MarshalCBOR() ([]byte, error)     { return putFixed(d[:]), nil }
func (p Pin) MarshalCBOR() ([]byte, error)        { return putFixed(p[:]), nil }

func (id *DeviceID) UnmarshalCBOR(b []byte) error  { return getFixed(id[:], b, "device id") }
func (id *BookID) UnmarshalCBOR(b []byte) error    { return getFixed(id[:], b, "book id") }
func (id *EventID) UnmarshalCBOR(b []byte) error   { return getFixed(id[:], b, "event id") }
func (id *DossierID) UnmarshalCBOR(b []byte) error { return getFixed(id[:], b, "dossier id") }
func (id *RequestID) UnmarshalCBOR(b []byte) error { return getFixed(id[:], b, "request id") }
func (id *BootID) UnmarshalCBOR(b []byte) error    { return getFixed(id[:], b, "boot id") }
func (d *Digest) UnmarshalCBOR(b []byte) error     { return getFixed(d[:], b, "digest") }
func (d *DictID) UnmarshalCBOR(b []byte) error     { return getFixed(d[:], b, "dictionary id") }
func (p *Pin) UnmarshalCBOR(b []byte) error        { return getFixed(p[:], b, "pin") }
