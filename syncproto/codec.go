package syncproto

import (
	"bytes"
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
