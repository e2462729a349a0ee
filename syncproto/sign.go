package syncproto

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
)

// verify checks an Ed25519 signature without the panic the standard library
// keeps for wrong key lengths: a key here may come from a damaged row.
func verify(key ed25519.PublicKey, message, sig []byte) error {
	switch {
	case len(key) != ed25519.PublicKeySize:
		return errors.New("public key of wrong length")
	case len(sig) != ed25519.SignatureSize:
		return errors.New("signature of wrong length")
	case !valid(key, message, sig):
		return errors.New("signature does not verify")
	}
	return nil
}

func be64(b []byte, vs ...uint64) []byte {
	for _, v := range vs {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	return b
}

// Ack says: events 1…Applied of this log are durable at the portal, and the
// chain head after them is Head. Signed by the portal, kept as evidence. It
// counts only while its Generation is the portal's (see PROTOCOL.md).
type Ack struct {
	Log        LogID  `cbor:"1,keyasint" json:"log"`
	Applied    uint64 `cbor:"2,keyasint,omitempty" json:"applied"`
	Head       Digest `cbor:"3,keyasint" json:"head"`
	Generation uint64 `cbor:"4,keyasint" json:"generation"`
	At         int64  `cbor:"5,keyasint" json:"at"` // unix ms by the portal
	Sig        []byte `cbor:"6,keyasint" json:"sig"`
}

func (a *Ack) message() []byte {
	m := append([]byte(tagAck), a.Log.Device[:]...)
	m = binary.BigEndian.AppendUint32(m, a.Log.Epoch)
	m = be64(m, a.Applied)
	m = append(m, a.Head[:]...)
	return be64(m, a.Generation, uint64(a.At))
}

// SignAck signs with the portal's receipt key.
func SignAck(a Ack, portal ed25519.PrivateKey) Ack {
	a.Sig = sign(portal, a.message())
	return a
}

// Verify checks the portal's signature.
func (a Ack) Verify(portal ed25519.PublicKey) error {
	if err := verify(portal, a.message(), a.Sig); err != nil {
		return NewProblem(Intercepted, CodeUnsigned, "ack of %s: %v", a.Log, err)
	}
	return nil
}

// EncodeAck and DecodeAck give an ack by itself (store, bundle).
func EncodeAck(a Ack) ([]byte, error) { return marshal(a) }

// DecodeAck is strict: an ack is evidence.
func DecodeAck(b []byte) (Ack, error) {
	var a Ack
	err := decodeExact(b, &a)
	return a, err
}

// Receipt says: every blob of this manifest is complete and verified at the
// portal, beside its event. One per submission (see ManifestDigest).
type Receipt struct {
	Dossier    DossierID `cbor:"1,keyasint" json:"dossier"`
	Manifest   Digest    `cbor:"2,keyasint" json:"manifest"`
	Generation uint64    `cbor:"3,keyasint" json:"generation"`
	At         int64     `cbor:"4,keyasint" json:"at"` // unix ms by the portal
	Sig        []byte    `cbor:"5,keyasint" json:"sig"`
}

func (r *Receipt) message() []byte {
	m := append([]byte(tagReceipt), r.Dossier[:]...)
	m = append(m, r.Manifest[:]...)
	return be64(m, r.Generation, uint64(r.At))
}

// SignReceipt signs with the portal's receipt key.
func SignReceipt(r Receipt, portal ed25519.PrivateKey) Receipt {
	r.Sig = sign(portal, r.message())
	return r
}

// Verify checks the portal's signature.
func (r Receipt) Verify(portal ed25519.PublicKey) error {
	if err := verify(portal, r.message(), r.Sig); err != nil {
		return NewProblem(Intercepted, CodeUnsigned, "receipt of dossier %s: %v", r.Dossier, err)
	}
	return nil
}

// EncodeReceipt gives the body of a feed item of kind "receipt".
func EncodeReceipt(r Receipt) ([]byte, error) { return marshal(r) }

// DecodeReceipt is strict: a receipt is evidence.
func DecodeReceipt(b []byte) (Receipt, error) {
	var r Receipt
	err := decodeExact(b, &r)
	return r, err
}

// TimeAnswer is a signed time. Nonce is the asker's (in a sync: the request id),
// so that an old answer cannot be played again. Serial rises when the portal's
// operator corrects its clock: a higher serial may lower a device's floor.
type TimeAnswer struct {
	Nonce  RequestID `cbor:"1,keyasint" json:"nonce"`
	At     int64     `cbor:"2,keyasint" json:"at"` // unix ms
	Serial uint64    `cbor:"3,keyasint,omitempty" json:"serial"`
	Sig    []byte    `cbor:"4,keyasint" json:"sig"`
}

func (t *TimeAnswer) message() []byte {
	m := append([]byte(tagTime), t.Nonce[:]...)
	return be64(m, uint64(t.At), t.Serial)
}

// SignTime signs with the portal's receipt key.
func SignTime(t TimeAnswer, portal ed25519.PrivateKey) TimeAnswer {
	t.Sig = sign(portal, t.message())
	return t
}

// Verify checks the nonce and the portal's signature.
func (t TimeAnswer) Verify(nonce RequestID, portal ed25519.PublicKey) error {
	if t.Nonce != nonce {
		return NewProblem(Intercepted, CodeNoEcho, "signed time answers another question")
	}
	if err := verify(portal, t.message(), t.Sig); err != nil {
		return NewProblem(Intercepted, CodeUnsigned, "signed time: %v", err)
	}
	return nil
}

// EpochGrant is the portal's word that a device writes this epoch for this book.
// It comes with enrolment, or as a directive after a fork; the device shows it
// again when a restored portal has forgotten it.
type EpochGrant struct {
	Device     DeviceID `cbor:"1,keyasint" json:"device"`
	Book       BookID   `cbor:"2,keyasint" json:"book"`
	Epoch      uint32   `cbor:"3,keyasint" json:"epoch"`
	SlipPrefix string   `cbor:"4,keyasint" json:"slip_prefix"` // 5 digits, unique per book and epoch
	Generation uint64   `cbor:"5,keyasint" json:"generation"`
	At         int64    `cbor:"6,keyasint" json:"at"` // unix ms
	Sig        []byte   `cbor:"7,keyasint" json:"sig"`
}

func (g *EpochGrant) message() []byte {
	m := append([]byte(tagGrant), g.Device[:]...)
	m = append(m, g.Book[:]...)
	m = binary.BigEndian.AppendUint32(m, g.Epoch)
	m = be64(m, uint64(len(g.SlipPrefix)))
	m = append(m, g.SlipPrefix...)
	return be64(m, g.Generation, uint64(g.At))
}

// SignGrant signs with the portal's receipt key.
func SignGrant(g EpochGrant, portal ed25519.PrivateKey) EpochGrant {
	g.Sig = sign(portal, g.message())
	return g
}

// Verify checks the portal's signature and that the grant is for this device.
func (g EpochGrant) Verify(device DeviceID, portal ed25519.PublicKey) error {
	if g.Device != device || g.Epoch == 0 {
		return NewProblem(Intercepted, CodeWrongDevice, "epoch grant for another device or without an epoch")
	}
	if err := verify(portal, g.message(), g.Sig); err != nil {
		return NewProblem(Intercepted, CodeUnsigned, "epoch grant: %v", err)
	}
	return nil
}
