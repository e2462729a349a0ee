package dossier

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"

	"bendo/syncproto"
)

// slipTag keeps a signature over a slip from meaning anything else.
const slipTag = "bendo slip v1\x00"

const (
	slipQRVersion    = 1
	maxProcedureCode = 24
)

// SlipQR is what the code on a slip says. With a procedure code of eight characters
// its token has 156 characters, and an address of 193 prints readable at 33 mm.
type SlipQR struct {
	Device    syncproto.DeviceID
	Slip      Slip
	Procedure string
	At        int64    // unix ms; carried to the second
	Manifest  [16]byte // the first half of the filing's manifest digest
}

// HalfManifest is the half of a manifest digest that a slip carries.
func HalfManifest(d syncproto.Digest) (half [16]byte) {
	copy(half[:], d[:16])
	return half
}

// EncodeSlipQR signs q with the device's key and gives the base64url token.
//
// Layout: version 1 · device 16 · slip number 6 (big endian) · length 1 + procedure ·
// unix seconds 5 (big endian) · half manifest 16 · Ed25519 signature 64 over the tag
// and everything before it.
func EncodeSlipQR(q SlipQR, key ed25519.PrivateKey) (string, error) {
	if !q.Slip.Valid() {
		return "", errors.New("encoding slip code: the slip number is not valid")
	}
	if n := len(q.Procedure); n == 0 || n > maxProcedureCode {
		return "", fmt.Errorf("encoding slip code: procedure of %d characters", n)
	}
	seconds := q.At / 1000
	if seconds < 0 || seconds >= 1<<40 {
		return "", errors.New("encoding slip code: time out of range")
	}
	var number uint64
	for _, c := range []byte(q.Slip) {
		number = number*10 + uint64(c-'0')
	}
	b := append([]byte{slipQRVersion}, q.Device[:]...)
	b = append(b, be(number, 6)...)
	b = append(b, byte(len(q.Procedure)))
	b = append(b, q.Procedure...)
	b = append(b, be(uint64(seconds), 5)...)
	b = append(b, q.Manifest[:]...)
	b = append(b, ed25519.Sign(key, append([]byte(slipTag), b...))...)
	return base64.RawURLEncoding.EncodeToString(b), nil
}

// ReadSlipQR reads a token without judging its signature: who signed it must be
// looked up by the device it names. Then call [VerifySlipQR].
func ReadSlipQR(token string) (SlipQR, error) {
	q, _, _, err := readSlipQR(token)
	return q, err
}

// ErrSlipSignature is a signature that the known key did not make.
var ErrSlipSignature = errors.New("the signature on the slip does not fit")

// VerifySlipQR reads a token and checks its signature under the device's key. Without
// the key nothing can be said: the screen then says "chưa kiểm được", never "giả".
func VerifySlipQR(token string, key ed25519.PublicKey) (SlipQR, error) {
	q, signed, sig, err := readSlipQR(token)
	if err != nil {
		return SlipQR{}, err
	}
	if len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, append([]byte(slipTag), signed...), sig) {
		return SlipQR{}, fmt.Errorf("verifying slip code: %w", ErrSlipSignature)
	}
	return q, nil
}

func readSlipQR(token string) (q SlipQR, signed, sig []byte, err error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return q, nil, nil, fmt.Errorf("reading slip code: %w", err)
	}
	const fixed = 1 + 16 + 6 + 1
	if len(b) < fixed || len(b) != fixed+int(b[fixed-1])+5+16+ed25519.SignatureSize {
		return q, nil, nil, errors.New("reading slip code: wrong length")
	}
	if bytes.ContainsAny([]byte(token), "\r\n") { // the decoder skips them
		return q, nil, nil, errors.New("reading slip code: line break inside")
	}
	if b[0] != slipQRVersion {
		return q, nil, nil, fmt.Errorf("reading slip code: version %d is not known", b[0])
	}
	signed, sig = b[:len(b)-ed25519.SignatureSize], b[len(b)-ed25519.SignatureSize:]
	copy(q.Device[:], b[1:17])
	q.Slip = Slip(fmt.Sprintf("%014d", unbe(b[17:23])))
	n := int(b[23])
	q.Procedure = string(b[24 : 24+n])
	q.At = int64(unbe(b[24+n:29+n])) * 1000
	copy(q.Manifest[:], b[29+n:45+n])
	if n == 0 || n > maxProcedureCode || !printable(q.Procedure) || !q.Slip.Valid() {
		return SlipQR{}, nil, nil, errors.New("reading slip code: a field is not valid")
	}
	return q, signed, sig, nil
}

func printable(s string) bool {
	for i := range len(s) {
		if s[i] < 0x21 || s[i] > 0x7e {
			return false
		}
	}
	return true
}

func be(v uint64, n int) []byte { return binary.BigEndian.AppendUint64(nil, v)[8-n:] }

func unbe(b []byte) uint64 {
	var w [8]byte
	copy(w[8-len(b):], b)
	return binary.BigEndian.Uint64(w[:])
}
