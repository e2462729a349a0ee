package seal

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"filippo.io/age"

	"bendo/internal/durable"
)

const replyKeyFile = "reply.agekey"

// ReplyIdentity returns the age identity (AGE-SECRET-KEY-1…) that answers carried by file are
// sealed to, and its recipient (age1…). It is made at the first call and kept sealed in the keys
// directory: a bundle names the recipient, so enrolment knows nothing of it, and whoever finds a
// stick on its way back can read nothing. When it returns, the key is durable; two processes get
// the same one. A lost key costs the answers on sticks that are under way, never what was filed.
func (k *Keeper) ReplyIdentity() (identity, recipient string, err error) {
	path := filepath.Join(k.dir, replyKeyFile)
	sealed, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		sealed, err = k.makeReplyKey(path)
	}
	if err != nil {
		return "", "", fmt.Errorf("opening the reply key: %w", err)
	}
	text, err := Open(k.device, AAD{Table: "reply-key"}, sealed)
	if err != nil {
		return "", "", fmt.Errorf("opening the reply key %s: %w", path, err)
	}
	id, err := age.ParseX25519Identity(string(text))
	if err != nil {
		return "", "", fmt.Errorf("opening the reply key %s: %w", path, ErrTampered)
	}
	return id.String(), id.Recipient().String(), nil
}

func (k *Keeper) makeReplyKey(path string) ([]byte, error) {
	if err := makePrivateDir(k.dir); err != nil {
		return nil, err
	}
	identity, _, err := NewIdentity()
	if err != nil {
		return nil, err
	}
	err = durable.WriteNew(path, Seal(k.device, AAD{Table: "reply-key"}, []byte(identity)), 0o600)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	reached("reply key named")
	return readPrivate(path) // ours or another process's: only what is on disk counts
}
