package syncproto

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/google/uuid"
)

// The identifiers of the road. Each is its own type so that a dossier can never
// be passed where a device is meant. Text form is the lower-case UUID (also in
// JSON); on the wire each is a 16-byte string.
type (
	// DeviceID names one enrolled machine. It is proposed by the device and
	// confirmed by the portal at enrolment.
	DeviceID [16]byte
	// BookID names the ledger of one office machine (sổ = book).
	BookID [16]byte
	// EventID names one event for ever, across epochs (UUIDv7).
	EventID [16]byte
	// DossierID names one dossier (UUIDv7). Zero where an event concerns none.
	DossierID [16]byte
	// RequestID names one attempt of one request; the answer echoes it.
	RequestID [16]byte
	// BootID names one run of the agent: two live boot ids on one log mean a
	// cloned machine.
	BootID [16]byte
)

// Digest is a SHA-256 sum. Text form is 64 lower-case hex digits.
type Digest [32]byte

// LogID names one log: a device in one epoch. A log has a single writer.
type LogID struct {
	Device DeviceID `cbor:"1,keyasint" json:"device"`
	Epoch  uint32   `cbor:"2,keyasint" json:"epoch"`
}

func (l LogID) String() string { return fmt.Sprintf("%s/%d", l.Device, l.Epoch) }

var errUUID = errors.New("not a UUID: want 8-4-4-4-12 hex digits")

func formatUUID(b [16]byte) string { return uuid.UUID(b).String() }

// parseUUID takes the one canonical form; the library would also take braces and URNs.
func parseUUID(s string) ([16]byte, error) {
	if len(s) != 36 {
		return [16]byte{}, errUUID
	}
	b, err := uuid.Parse(s)
	if err != nil {
		return [16]byte{}, errUUID
	}
	return b, nil
}

// newUUIDv7 lays a UUIDv7 (RFC 9562 §5.7): 48 bits of unix milliseconds, then
// randomness. Identity never depends on the time part: a clock years off only
// makes the ids sort strangely. The library's own NewV7 reads the machine's clock, which a pure
// room may not, so the twelve lines stand here.
func newUUIDv7(atMS int64, random io.Reader) (b [16]byte, err error) {
	if _, err := io.ReadFull(random, b[6:]); err != nil {
		return b, fmt.Errorf("reading randomness for an id: %w", err)
	}
	for i := 0; i < 6; i++ {
		b[i] = byte(uint64(atMS) >> (40 - 8*i))
	}
	b[6] = 0x70 | b[6]&0x0f
	b[8] = 0x80 | b[8]&0x3f
	return b, nil
}

func newUUIDv4(random io.Reader) ([16]byte, error) {
	b, err := uuid.NewRandomFromReader(random)
	if err != nil {
		return b, fmt.Errorf("reading randomness for an id: %w", err)
	}
	return b, nil
}

// NewEventID makes an event id from the device's time (unix ms) and randomness.
func NewEventID(atMS int64, random io.Reader) (EventID, error) {
	b, err := newUUIDv7(atMS, random)
	return EventID(b), err
}

// NewDossierID makes a dossier id from the device's time (unix ms) and randomness.
func NewDossierID(atMS int64, random io.Reader) (DossierID, error) {
	b, err := newUUIDv7(atMS, random)
	return DossierID(b), err
}

// NewDeviceID makes a random device id (UUIDv4).
func NewDeviceID(random io.Reader) (DeviceID, error) {
	b, err := newUUIDv4(random)
	return DeviceID(b), err
}

// NewBookID makes a random book id (UUIDv4).
func NewBookID(random io.Reader) (BookID, error) {
	b, err := newUUIDv4(random)
	return BookID(b), err
}

// NewBootID makes a random id for one run of an agent.
func NewBootID(random io.Reader) (BootID, error) {
	b, err := newUUIDv4(random)
	return BootID(b), err
}

// NewRequestID makes a random id for one attempt of one request.
func NewRequestID(random io.Reader) (id RequestID, err error) {
	_, err = io.ReadFull(random, id[:])
	return id, err
}

// ParseDeviceID reads the text form.
func ParseDeviceID(s string) (DeviceID, error) {
	b, err := parseUUID(s)
	return DeviceID(b), err
}

// ParseBookID reads the text form.
func ParseBookID(s string) (BookID, error) {
	b, err := parseUUID(s)
	return BookID(b), err
}

// ParseEventID reads the text form.
func ParseEventID(s string) (EventID, error) {
	b, err := parseUUID(s)
	return EventID(b), err
}

// ParseDossierID reads the text form.
func ParseDossierID(s string) (DossierID, error) {
	b, err := parseUUID(s)
	return DossierID(b), err
}

// ParseDigest reads 64 hex digits.
func ParseDigest(s string) (d Digest, err error) {
	if len(s) != 64 {
		return d, errors.New("not a SHA-256: want 64 hex digits")
	}
	if _, err := hex.Decode(d[:], []byte(s)); err != nil {
		return Digest{}, errors.New("not a SHA-256: want 64 hex digits")
	}
	return d, nil
}

func (id DeviceID) String() string  { return formatUUID(id) }
func (id BookID) String() string    { return formatUUID(id) }
func (id EventID) String() string   { return formatUUID(id) }
func (id DossierID) String() string { return formatUUID(id) }
func (id RequestID) String() string { return hex.EncodeToString(id[:]) }
func (id BootID) String() string    { return formatUUID(id) }
func (d Digest) String() string     { return hex.EncodeToString(d[:]) }

// IsZero tells the codec (and a reader) that the field is absent.
func (id DeviceID) IsZero() bool  { return id == DeviceID{} }
func (id BookID) IsZero() bool    { return id == BookID{} }
func (id EventID) IsZero() bool   { return id == EventID{} }
func (id DossierID) IsZero() bool { return id == DossierID{} }
func (id RequestID) IsZero() bool { return id == RequestID{} }
func (id BootID) IsZero() bool    { return id == BootID{} }
func (d Digest) IsZero() bool     { return d == Digest{} }
func (l LogID) IsZero() bool      { return l == LogID{} }

// Compare orders digests by their bytes, as the manifest does.
func (d Digest) Compare(e Digest) int { return bytes.Compare(d[:], e[:]) }

// MarshalText and UnmarshalText give the text form to JSON, slog and flags.
func (id DeviceID) MarshalText() ([]byte, error)  { return []byte(id.String()), nil }
func (id BookID) MarshalText() ([]byte, error)    { return []byte(id.String()), nil }
func (id EventID) MarshalText() ([]byte, error)   { return []byte(id.String()), nil }
func (id DossierID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }
func (d Digest) MarshalText() ([]byte, error)     { return []byte(d.String()), nil }

func (id *DeviceID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseDeviceID(string(b))
	return err
}

func (id *BookID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseBookID(string(b))
	return err
}

func (id *EventID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseEventID(string(b))
	return err
}

func (id *DossierID) UnmarshalText(b []byte) (err error) {
	*id, err = ParseDossierID(string(b))
	return err
}

func (d *Digest) UnmarshalText(b []byte) (err error) {
	*d, err = ParseDigest(string(b))
	return err
}
