// Package seal holds keys and seals bytes.
//
// It promises: what [Seal] and [NewWriter] made can be read only with the key, only in the place
// it was made for (table, row, revision, field: see [AAD]), and only whole; every flipped,
// missing, moved or added byte is [ErrTampered]. A dossier (hồ sơ) has a key of its own, wrapped
// by the key of the office; dropping the wrapped key makes everything sealed with it unreadable
// for ever, which is how erasure works.
//
// It refuses: to lay the office's key under the data directory (whoever copies the data must not
// have the key with it), to make a new office key where data of an old one lies, to read a key
// file that others may read, and to seal with no key.
//
// A power cut while the keys are made leaves no key or a whole one; two processes that make them
// at once end with the same. A lost office key is recovered by the province's recovery identity
// from what [Keeper.WrapOfficeKeyTo] made; without that, what it sealed is lost, as intended.
//
// All sealing is AES-256-GCM. Rows take a random 96-bit nonce under the key of their dossier
// (NIST SP 800-38D allows 2^32 of those per key; a dossier has hundreds). Streams take a key of
// their own, so that their chunks can be counted.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
)

var (
	// ErrTampered means that sealed bytes were changed, cut, moved to another place or made with
	// another key. The right answer is quarantine, never a second try.
	ErrTampered = errors.New("sealed data does not open: it was damaged, moved, or sealed with another key")
	// ErrErased means that the key was dropped: the content is gone by decision.
	ErrErased = errors.New("the key of this dossier was erased")
	// ErrVersion means that a newer program sealed this.
	ErrVersion = errors.New("sealed by a newer version of the program; update the program")
)

// KeySize is the length of every key in bytes.
const KeySize = 32

// Key is a secret key. It prints and logs as nothing. The zero Key is no key: it opens nothing
// ([ErrErased]) and sealing with it panics.
type Key struct {
	b   [KeySize]byte
	set bool
}

// NewDossierKey makes a random key for one dossier. It is worth nothing until the wrapped form
// ([Keeper.Wrap]) is durable: store that in the same transaction as the first sealed row.
func NewDossierKey() Key {
	k := Key{set: true}
	rand.Read(k.b[:]) // never fails: the program dies instead
	return k
}

func keyOf(b []byte) (Key, error) {
	if len(b) != KeySize {
		return Key{}, fmt.Errorf("a key has %d bytes, not %d", KeySize, len(b))
	}
	k := Key{set: true}
	copy(k.b[:], b)
	return k, nil
}

// IsZero says whether k is no key.
func (k Key) IsZero() bool { return !k.set }

// String hides the key.
func (k Key) String() string { return "[key]" }

// GoString hides the key.
func (k Key) GoString() string { return "[key]" }

// Format hides the key from every verb, %x too.
func (k Key) Format(s fmt.State, _ rune) { fmt.Fprint(s, "[key]") }

// LogValue hides the key.
func (k Key) LogValue() slog.Value { return slog.StringValue("[key]") }

// MarshalJSON refuses: keys leave only wrapped.
func (k Key) MarshalJSON() ([]byte, error) { return nil, errors.New("a key is never written as JSON") }

// AAD is the place sealed bytes belong to. It is not stored with them: whoever opens states where
// it read them, and bytes moved from another row, revision or field do not open.
type AAD struct {
	Table string
	ID    []byte // the row's id; never an epoch or sequence number, which change on re-heading
	Rev   int64
	Field string
}

// bytes writes the place so that no two places are written alike.
func (a AAD) bytes(what string) []byte {
	b := make([]byte, 0, 64+len(a.Table)+len(a.ID)+len(a.Field))
	for _, part := range [][]byte{[]byte("bendo/1/" + what), []byte(a.Table), a.ID, []byte(a.Field)} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return binary.BigEndian.AppendUint64(b, uint64(a.Rev))
}

const (
	version1  = 1
	nonceSize = 12
	tagSize   = 16

	// Overhead is how much longer sealed bytes are than the plain ones.
	Overhead = 1 + nonceSize + tagSize
)

// Seal returns plaintext sealed for the place aad: version byte, nonce, ciphertext, tag.
func Seal(key Key, aad AAD, plaintext []byte) []byte {
	out := make([]byte, 1+nonceSize, Overhead+len(plaintext))
	out[0] = version1
	rand.Read(out[1:])
	return gcm(key).Seal(out, out[1:], plaintext, aad.bytes("row"))
}

// Open returns what was sealed for the place aad. The error is [ErrTampered], [ErrVersion], or
// [ErrErased] for the zero key.
func Open(key Key, aad AAD, sealed []byte) ([]byte, error) {
	if key.IsZero() {
		return nil, ErrErased
	}
	if len(sealed) < Overhead {
		return nil, ErrTampered
	}
	if sealed[0] != version1 {
		if sealed[0] > version1 {
			return nil, ErrVersion
		}
		return nil, ErrTampered
	}
	plain, err := gcm(key).Open(nil, sealed[1:1+nonceSize], sealed[1+nonceSize:], aad.bytes("row"))
	if err != nil {
		return nil, ErrTampered
	}
	return plain, nil
}

func gcm(key Key) cipher.AEAD {
	if key.IsZero() {
		panic("seal: sealing with no key")
	}
	block, err := aes.NewCipher(key.b[:])
	if err != nil {
		panic(err) // only for a key of another length
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return aead
}
