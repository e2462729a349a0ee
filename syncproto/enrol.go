package syncproto

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// EnrolRequest asks the portal to take in this machine. It travels only over TLS
// whose CA matches the pin of the code. The signature proves that the sender has
// the private key; it covers the secret, so that it fits one code only.
type EnrolRequest struct {
	ID      RequestID `cbor:"-" json:"-"`
	Secret  uint64    `cbor:"1,keyasint" json:"-"` // 50 bits, from the code
	Device  DeviceID  `cbor:"2,keyasint" json:"device"`
	Key     []byte    `cbor:"3,keyasint" json:"key"`                         // Ed25519 public key made on this machine
	Name    string    `cbor:"4,keyasint,omitempty" json:"name,omitempty"`    // what IT shall see, ≤ 64 bytes
	Program string    `cbor:"5,keyasint,omitempty" json:"program,omitempty"` // name and version
	Proto   uint16    `cbor:"6,keyasint" json:"proto"`
	Sig     []byte    `cbor:"7,keyasint" json:"-"`
}

func (r *EnrolRequest) message() []byte {
	m := be64([]byte(tagEnrol), r.Secret)
	m = append(m, r.Device[:]...)
	m = append(m, r.Key...)
	return binary.BigEndian.AppendUint16(m, r.Proto)
}

// SignEnrol fills Key and Sig.
func SignEnrol(r EnrolRequest, device ed25519.PrivateKey) EnrolRequest {
	r.Key = device.Public().(ed25519.PublicKey)
	r.Sig = sign(device, r.message())
	return r
}

// Verify checks shape and proof of possession; the portal still judges the code.
func (r *EnrolRequest) Verify() error {
	if r.Device.IsZero() || len(r.Name) > 64 || len(r.Program) > 128 || r.Secret>>50 != 0 {
		return NewProblem(Version, CodeFormat, "enrolment request is malformed")
	}
	if err := verify(r.Key, r.message(), r.Sig); err != nil {
		return NewProblem(Auth, CodeHelloSig, "enrolment: %v", err)
	}
	return nil
}

// EnrolResponse makes the machine an office's book. The same key asking again
// with the same code gets the same answer: an answer may be lost.
type EnrolResponse struct {
	Device     DeviceID   `cbor:"1,keyasint" json:"device"`
	Book       BookID     `cbor:"2,keyasint" json:"book"`
	Grant      EpochGrant `cbor:"3,keyasint" json:"grant"`                         // epoch 1 and the slip prefix
	Commune    string     `cbor:"4,keyasint" json:"commune"`                       // code of the administrative unit
	Office     string     `cbor:"5,keyasint" json:"office"`                        // its name, for screens and slips
	Generation uint64     `cbor:"6,keyasint" json:"generation"`                    // of the portal
	Feed       Cursor     `cbor:"7,keyasint,omitzero" json:"feed"`                 // where the commune's feed begins for this book
	PortalKey  []byte     `cbor:"8,keyasint" json:"portal_key"`                    // Ed25519: acks, receipts, pages, times
	Carry      string     `cbor:"9,keyasint,omitempty" json:"carry,omitempty"`     // age recipient of bundles
	Recovery   string     `cbor:"10,keyasint,omitempty" json:"recovery,omitempty"` // age recipient of the offline key
	Pack       ObjectRef  `cbor:"11,keyasint,omitzero" json:"pack"`                // the pack in force
	CA         []byte     `cbor:"12,keyasint" json:"ca"`                           // PEM
	Time       TimeAnswer `cbor:"13,keyasint" json:"time"`                         // nonce = the request id
	Sig        []byte     `cbor:"14,keyasint" json:"sig"`
	// Replaces names the machine whose book this one goes on with; it is revoked. The
	// book is then rebuilt from the province (replay, scans).
	Replaces DeviceID `cbor:"15,keyasint,omitzero" json:"replaces,omitzero"`
}

// message covers what must not change between the answer and its repetition:
// everything but the signed time.
func (r *EnrolResponse) message() []byte {
	m := append([]byte(tagAnswer), r.Device[:]...)
	m = append(m, r.Book[:]...)
	m = append(m, r.Grant.Sig...)
	for _, s := range []string{r.Commune, r.Office, string(r.PortalKey), r.Carry, r.Recovery, string(r.CA)} {
		m = be64(m, uint64(len(s)))
		m = append(m, s...)
	}
	m = be64(m, r.Generation, r.Feed.Epoch, r.Feed.Pos, uint64(r.Pack.Length))
	m = append(m, r.Pack.SHA256[:]...)
	if !r.Replaces.IsZero() {
		m = append(m, r.Replaces[:]...)
	}
	return m
}

// SignEnrolResponse signs with the portal's receipt key.
func SignEnrolResponse(r EnrolResponse, portal ed25519.PrivateKey) EnrolResponse {
	r.PortalKey = portal.Public().(ed25519.PublicKey)
	r.Sig = sign(portal, r.message())
	return r
}

// Verify checks that the answer is for this device, complete and consistent with
// the key it brings. The key itself is trusted because TLS ended at the CA that
// the code pins.
func (r *EnrolResponse) Verify(req EnrolRequest) error {
	if r.Device != req.Device || r.Grant.Book != r.Book || r.Book.IsZero() || r.Commune == "" {
		return NewProblem(Intercepted, CodeWrongDevice, "enrolment answer is for another device")
	}
	if err := verify(r.PortalKey, r.message(), r.Sig); err != nil {
		return NewProblem(Intercepted, CodeUnsigned, "enrolment answer: %v", err)
	}
	if err := r.Grant.Verify(req.Device, r.PortalKey); err != nil {
		return fmt.Errorf("enrolment answer: %w", err)
	}
	return r.Time.Verify(req.ID, r.PortalKey)
}

// DeviceIDOf makes a device's id from its public key: a portal that forgot the
// device can tell by it whose key it is shown.
func DeviceIDOf(key ed25519.PublicKey) (id DeviceID) {
	h := sha256.Sum256(append([]byte("bendo device 1 "), key...))
	copy(id[:], h[:])
	id[6] = 0x80 | id[6]&0x0f
	id[8] = 0x80 | id[8]&0x3f
	return id
}

// EncodeEnrolled is an enrolment answer as a device keeps it, to show it again to a
// portal that was restored to before the enrolment: without the signed time.
func EncodeEnrolled(r EnrolResponse) ([]byte, error) {
	r.Time = TimeAnswer{}
	return marshal(r)
}

// OpenEnrolled decodes a kept answer and checks that this portal signed it for this
// device and that key is the device's.
func OpenEnrolled(b []byte, device DeviceID, key ed25519.PublicKey, portal ed25519.PublicKey) (EnrolResponse, error) {
	var r EnrolResponse
	if err := decodeMessage(b, &r); err != nil {
		return r, &Problem{Kind: Version, Code: CodeFormat, Detail: "kept enrolment", Err: err}
	}
	if r.Device != device || r.Grant.Book != r.Book || len(key) != ed25519.PublicKeySize || DeviceIDOf(key) != device {
		return r, NewProblem(Auth, CodeUnknownDevice, "the kept enrolment is another device's")
	}
	if err := verify(portal, r.message(), r.Sig); err != nil {
		return r, NewProblem(Auth, CodeUnknownDevice, "kept enrolment: %v", err)
	}
	return r, r.Grant.Verify(device, portal)
}

// Log is the first log of the new book.
func (r *EnrolResponse) Log() LogID { return LogID{Device: r.Device, Epoch: r.Grant.Epoch} }
