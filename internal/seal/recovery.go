package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"filippo.io/age"
)

// ErrKeyPresent means that another office key is already there; it is never replaced.
var ErrKeyPresent = errors.New("an office key is already there and is not replaced; move it away first")

// NewIdentity makes an age identity (AGE-SECRET-KEY-1…, kept by the province) and its recipient
// (age1…, public): for the province's `carry` and `recovery` pairs.
func NewIdentity() (identity, recipient string, err error) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		return "", "", fmt.Errorf("making an identity: %w", err)
	}
	return id.String(), id.Recipient().String(), nil
}

// WrapOfficeKeyTo seals the office key to an age X25519 recipient (age1…) as an age file, so that
// a dead machine's dossiers can be opened by the province's recovery identity. The result may lie
// anywhere; without the identity it opens nothing.
func (k *Keeper) WrapOfficeKeyTo(recipient string) ([]byte, error) {
	r, err := age.ParseX25519Recipient(recipient)
	if err != nil {
		return nil, fmt.Errorf("wrapping the office key: %w", err)
	}
	var out bytes.Buffer
	w, err := age.Encrypt(&out, r)
	if err != nil {
		return nil, fmt.Errorf("wrapping the office key: %w", err)
	}
	if _, err := w.Write(k.office.b[:]); err != nil {
		return nil, fmt.Errorf("wrapping the office key: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("wrapping the office key: %w", err)
	}
	return out.Bytes(), nil
}

// UnwrapOfficeKey opens what WrapOfficeKeyTo made, with the identity of the recipient.
func UnwrapOfficeKey(identity string, wrapped []byte) (Key, error) {
	id, err := age.ParseX25519Identity(identity)
	if err != nil {
		return Key{}, errors.New("unwrapping the office key: the identity is not an age secret key")
	}
	r, err := age.Decrypt(bytes.NewReader(wrapped), id)
	if err != nil {
		return Key{}, fmt.Errorf("unwrapping the office key: %w", err)
	}
	b, err := io.ReadAll(io.LimitReader(r, KeySize+1))
	if err != nil {
		return Key{}, fmt.Errorf("unwrapping the office key: %w", err)
	}
	return keyOf(b)
}

// RestoreOfficeKey stores a recovered key in the keys directory, durably. Again with the same key
// it does nothing; when another key is there the error is [ErrKeyPresent].
func RestoreOfficeKey(opts Options, key Key) error {
	if key.IsZero() {
		return errors.New("restoring the office key: there is no key to restore")
	}
	dir, _, err := keysDir(opts)
	if err != nil {
		return fmt.Errorf("restoring the office key: %w", err)
	}
	have, _, err := readOfficeKey(dir)
	if errors.Is(err, fs.ErrNotExist) {
		have, _, err = makeOfficeKey(dir, key)
	}
	if err != nil {
		return fmt.Errorf("restoring the office key: %w", err)
	}
	if have != key {
		return fmt.Errorf("restoring the office key in %s: %w", dir, ErrKeyPresent)
	}
	return nil
}
