package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A carry bundle is the road in files, for a stick that is carried to the province and
// back (mang tay = carry). It is a row of parts; each part is a file by itself:
//
//	magic(8) ‖ header length(2) ‖ header CBOR ‖ signature(64) ‖ check(8) ‖ sealed body
//
// The header says whose it is and names the length and the SHA-256 of the sealed body; its
// signature therefore covers the whole file. The body is an age file of records, each one
// what the line carries. Nothing of a part is believed before its signature and the
// digest of its body were verified, and nothing of it needs another part.

// BundlePurpose says which way a bundle goes.
type BundlePurpose uint8

const (
	BundleUp     BundlePurpose = 1 // of a device for the portal, on a stick
	BundleDown   BundlePurpose = 2 // of the portal for one device
	BundleSecond BundlePurpose = 3 // as up, but it stays: the second place of what has no receipt
)

// Bounds of a bundle. Reading a part needs about the part itself and one record in memory.
const (
	BundleVersion   uint16 = 1
	BundlePartWant         = 4 << 20   // bytes of records after which a writer begins the next part
	MaxBundlePart          = 6 << 20   // bytes of a whole file: FAT32 holds it, and a torn one costs little
	MaxBundlePiece         = 512 << 10 // bytes of a blob in one record
	MaxBundleRecord        = MaxBundlePiece + 4<<10
	maxBundleHeader        = 60 << 10
	maxHolds               = 1024
	bundleCheck            = 8
)

var bundleMagic = []byte("\x89BDOcb\r\n")

// Errors of reading a part. They are told apart with errors.Is, because what a person
// does next differs.
var (
	ErrBundleFormat    = errors.New("not a carry bundle")
	ErrBundleVersion   = errors.New("a carry bundle of a newer program")
	ErrBundleDamaged   = errors.New("the bundle is damaged: bytes are missing or altered")
	ErrBundleSignature = errors.New("the bundle is not signed by whom it names")
	ErrBundleKey       = errors.New("the bundle is sealed to another key")
	ErrBundleTooLarge  = errors.New("the file is larger than a part of a bundle may be")
)

// HoldName names a piece's blob for the writer alone: a keyed digest under a key that never
// leaves the office. The SHA-256 of a scan must not stand in the clear on a stick.
type HoldName [16]byte

// IsZero tells the codec that the field is absent.
func (n HoldName) IsZero() bool { return n == HoldName{} }

// MarshalCBOR and UnmarshalCBOR keep the exact length.
func (n HoldName) MarshalCBOR() ([]byte, error)  { return putFixed(n[:]), nil }
func (n *HoldName) UnmarshalCBOR(b []byte) error { return getFixed(n[:], b, "hold name") }

// BundleHold says that a part holds these bytes of a blob. Only the writer can tell of which.
type BundleHold struct {
	Name HoldName `cbor:"1,keyasint"`
	Off  int64    `cbor:"2,keyasint,omitempty"`
	Len  int64    `cbor:"3,keyasint"`
}

// BundleHeader is the clear and signed part of a part. Nothing in it is personal.
type BundleHeader struct {
	Version uint16        `cbor:"1,keyasint" json:"version"`
	Purpose BundlePurpose `cbor:"2,keyasint" json:"purpose"`
	Device  DeviceID      `cbor:"3,keyasint" json:"device"` // the writer; of a down bundle the addressee
	Book    BookID        `cbor:"4,keyasint" json:"book"`
	Portal  Digest        `cbor:"5,keyasint" json:"portal"` // PortalFingerprint of the province's key
	Serial  uint64        `cbor:"6,keyasint" json:"serial"` // rises with every bundle of its writer
	Part    uint32        `cbor:"7,keyasint" json:"part"`   // from 1
	At      int64         `cbor:"8,keyasint" json:"at"`     // unix ms by the writer's clock
	Clock   ClockQuality  `cbor:"9,keyasint,omitempty" json:"clock,omitempty"`
	// Epoch, First…Last and Head tell which events of the device's log are in the part; none
	// when Last is 0. Head is the chain head after Last.
	Epoch uint32       `cbor:"10,keyasint,omitempty" json:"epoch,omitempty"`
	First uint64       `cbor:"11,keyasint,omitempty" json:"first,omitempty"`
	Last  uint64       `cbor:"12,keyasint,omitempty" json:"last,omitempty"`
	Head  Digest       `cbor:"13,keyasint,omitzero" json:"head"`
	Holds []BundleHold `cbor:"14,keyasint,omitempty" json:"-"`
	// Answers is, of a down bundle, the newest serial from this device the portal had read.
	Answers uint64 `cbor:"15,keyasint,omitempty" json:"answers,omitempty"`
	Length  int64  `cbor:"16,keyasint" json:"length"` // bytes of the sealed body
	Body    Digest `cbor:"17,keyasint" json:"body"`   // SHA-256 of the sealed body
	// State names, for the writer alone, the state the part tells: by it the writer sees
	// whether a stick knows where the office stands now.
	State HoldName `cbor:"18,keyasint,omitzero" json:"-"`
}

// PortalFingerprint names a province by its portal's public key.
func PortalFingerprint(portal ed25519.PublicKey) Digest {
	return sum([]byte(tagFingerprint), portal)
}

const (
	tagBundle      = "bendo-s1 bundle\x00"
	tagFingerprint = "bendo-s1 portal key\x00"
)

func (h *BundleHeader) check() error {
	switch {
	case h.Purpose < BundleUp || h.Purpose > BundleSecond:
		return fmt.Errorf("purpose %d", h.Purpose)
	case h.Device.IsZero() || h.Portal.IsZero() || h.Serial == 0 || h.Part == 0:
		return errors.New("no device, portal, serial or part")
	case h.Length < 1 || h.Length > MaxBundlePart:
		return fmt.Errorf("a body of %d bytes", h.Length)
	case (h.Last == 0) != (h.First == 0) || (h.Last == 0) != h.Head.IsZero() || h.First > h.Last || h.Last > 1<<62:
		return fmt.Errorf("events %d to %d", h.First, h.Last)
	case h.Last > 0 && h.Epoch == 0:
		return errors.New("events without an epoch")
	case len(h.Holds) > maxHolds:
		return fmt.Errorf("%d holds", len(h.Holds))
	}
	for _, p := range h.Holds {
		if p.Off < 0 || p.Len < 1 || p.Off > MaxBlobLength || p.Len > MaxBlobLength-p.Off {
			return fmt.Errorf("a hold of %d bytes from %d", p.Len, p.Off)
		}
	}
	return nil
}

// BundleHead is what stands before the sealed body, as read. It is not believed before
// Verify.
type BundleHead struct {
	BundleHeader
	raw, sig []byte
	size     int // bytes before the body
}

// Size is the length the whole file must have.
func (h *BundleHead) Size() int64 { return int64(h.size) + h.Length }

// Verify checks the writer's signature over the header.
func (h *BundleHead) Verify(writer ed25519.PublicKey) error {
	if err := verify(writer, append([]byte(tagBundle), h.raw...), h.sig); err != nil {
		return fmt.Errorf("%w: %w", ErrBundleSignature, err)
	}
	return nil
}

// ReadBundleHead reads the clear part of a file and no byte more. An altered or missing
// byte is ErrBundleDamaged; whether the header is true, Verify says.
func ReadBundleHead(r io.Reader) (h BundleHead, err error) {
	head := make([]byte, len(bundleMagic)+2)
	if _, err := io.ReadFull(r, head); err != nil {
		return h, torn(err)
	}
	if !bytes.Equal(head[:len(bundleMagic)], bundleMagic) {
		return h, ErrBundleFormat
	}
	n := int(binary.BigEndian.Uint16(head[len(bundleMagic):]))
	rest := make([]byte, n+ed25519.SignatureSize+bundleCheck)
	if n > maxBundleHeader {
		return h, ErrBundleDamaged
	}
	if _, err := io.ReadFull(r, rest); err != nil {
		return h, torn(err)
	}
	h.raw, h.sig, h.size = rest[:n], rest[n:n+ed25519.SignatureSize], len(head)+len(rest)
	if !bytes.Equal(rest[n+ed25519.SignatureSize:], headCheck(h.raw, h.sig)) {
		return h, ErrBundleDamaged
	}
	var v struct {
		Version uint16 `cbor:"1,keyasint"`
	}
	if err := decodeMessage(h.raw, &v); err == nil && v.Version > BundleVersion {
		return h, ErrBundleVersion
	}
	if err := decodeExact(h.raw, &h.BundleHeader); err != nil {
		return h, fmt.Errorf("%w: %w", ErrBundleDamaged, err)
	}
	if err := h.check(); err != nil {
		return h, fmt.Errorf("%w: %w", ErrBundleDamaged, err)
	}
	return h, nil
}

// headCheck finds accidents before a key is known; a forger can compute it, the signature
// is what he cannot.
func headCheck(raw, sig []byte) []byte {
	d := sum([]byte(tagBundle), raw, sig)
	return d[:bundleCheck]
}

// torn tells a file that ends too early from a medium that cannot be read.
func torn(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrBundleDamaged
	}
	return fmt.Errorf("reading a bundle: %w", err)
}

// SealBundle makes one part: h's Length and Body are filled in, the body is sealed to the
// age recipients (age1…), the whole is signed. The body's keys are age's own randomness.
func SealBundle(h BundleHeader, records []BundleRecord, signer ed25519.PrivateKey, recipients ...string) ([]byte, error) {
	body, err := sealRecords(records, recipients)
	if err != nil {
		return nil, fmt.Errorf("sealing a bundle: %w", err)
	}
	h.Version, h.Length, h.Body = BundleVersion, int64(len(body)), sha256.Sum256(body)
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("sealing a bundle: %w", err)
	}
	raw, err := marshal(h)
	if err != nil {
		return nil, err
	}
	if len(raw) > maxBundleHeader {
		return nil, fmt.Errorf("sealing a bundle: a header of %d bytes", len(raw))
	}
	sig := sign(signer, append([]byte(tagBundle), raw...))
	out := make([]byte, 0, len(bundleMagic)+2+len(raw)+len(sig)+bundleCheck+len(body))
	out = append(out, bundleMagic...)
	out = binary.BigEndian.AppendUint16(out, uint16(len(raw)))
	out = append(append(append(out, raw...), sig...), headCheck(raw, sig)...)
	if out = append(out, body...); len(out) > MaxBundlePart {
		return nil, fmt.Errorf("sealing a bundle of %d bytes: %w", len(out), ErrBundleTooLarge)
	}
	return out, nil
}

// OpenBundle verifies a whole part (the writer's signature, the body's length and digest),
// opens it with the age identity (AGE-SECRET-KEY-1…) and hands every record to take, in
// order. It stops at take's error. No record is handed out of a part that does not verify.
func OpenBundle(file []byte, writer ed25519.PublicKey, identity string, take func(BundleRecord) error) (BundleHeader, error) {
	h, body, err := CheckBundle(file)
	if err != nil {
		return h.BundleHeader, err
	}
	if err := h.Verify(writer); err != nil {
		return h.BundleHeader, err
	}
	return h.BundleHeader, openRecords(body, identity, take)
}

// CheckBundle finds whether a file is whole: its header's check, and length and digest of its
// body. Who wrote it, Verify says. The body it returns is sealed.
func CheckBundle(file []byte) (BundleHead, []byte, error) {
	if len(file) > MaxBundlePart {
		return BundleHead{}, nil, ErrBundleTooLarge
	}
	h, err := ReadBundleHead(bytes.NewReader(file))
	if err != nil {
		return h, nil, err
	}
	body := file[h.size:]
	if int64(len(body)) != h.Length || Digest(sha256.Sum256(body)) != h.Body {
		return h, nil, ErrBundleDamaged
	}
	return h, body, nil
}
