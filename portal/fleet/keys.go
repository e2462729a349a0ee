package fleet

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"bendo/internal/durable"
)

// Keys are the province's own keys besides the authority. They lie in the keys
// directory, never under the data.
type Keys struct {
	Receipt ed25519.PrivateKey // signs acks, receipts and feed pages
	// Carry opens USB bundles; the portal has it online.
	Carry *age.X25519Identity
	// RecoveryRecipient seals for the case that a machine's key is lost. Its
	// identity is written once to recovery.agekey and belongs in a safe.
	RecoveryRecipient string
}

// recoveryWarning stands at the top of the identity's file.
const recoveryWarning = `# RECOVERY KEY OF THE PROVINCE - MOVE THIS FILE OFFLINE NOW.
# KHÓA KHÔI PHỤC CỦA TỈNH - HÃY CHUYỂN TỆP NÀY RA NƠI CẤT NGOẠI TUYẾN NGAY.
# It opens what a destroyed machine had sealed. The portal does not need it.
# Print it or copy it to two sticks, put them in a safe, then delete this file.
`

// OpenKeys reads the keys in dir and makes those that are missing.
func OpenKeys(dir string, log *slog.Logger) (*Keys, error) {
	seed, err := secretFile(filepath.Join(dir, "receipt.key"), func() ([]byte, error) {
		seed := make([]byte, ed25519.SeedSize)
		_, err := rand.Read(seed)
		return seed, err
	})
	if err != nil {
		return nil, fmt.Errorf("opening the receipt key: %w", err)
	}
	if len(seed) != ed25519.SeedSize {
		return nil, errors.New("receipt.key is damaged: restore it from the backup of the keys")
	}
	keys := &Keys{Receipt: ed25519.NewKeyFromSeed(seed)}
	text, err := secretFile(filepath.Join(dir, "carry.agekey"), newIdentity)
	if err != nil {
		return nil, fmt.Errorf("opening the carry key: %w", err)
	}
	if keys.Carry, err = age.ParseX25519Identity(strings.TrimSpace(string(text))); err != nil {
		return nil, errors.New("carry.agekey is damaged: restore it from the backup of the keys")
	}
	keys.RecoveryRecipient, err = recovery(dir, log)
	return keys, err
}

// recovery returns the recipient, kept in recovery.pub. On the first start it
// makes the identity; the identity's file is written before the recipient's, so
// a crash between them leaves an identity that is used, not one that is lost.
func recovery(dir string, log *slog.Logger) (string, error) {
	public := filepath.Join(dir, "recovery.pub")
	if text, err := os.ReadFile(public); err == nil {
		recipient, err := age.ParseX25519Recipient(strings.TrimSpace(string(text)))
		if err != nil {
			return "", errors.New("recovery.pub is damaged: restore it from the backup of the keys")
		}
		return recipient.String(), nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("reading the recovery recipient: %w", err)
	}
	path := filepath.Join(dir, "recovery.agekey")
	text, err := secretFile(path, func() ([]byte, error) {
		identity, err := newIdentity()
		return append([]byte(recoveryWarning), identity...), err
	})
	if err != nil {
		return "", fmt.Errorf("making the recovery key: %w", err)
	}
	identities, err := age.ParseIdentities(strings.NewReader(string(text)))
	if err != nil || len(identities) != 1 {
		return "", errors.New("recovery.agekey is damaged: delete it if no machine was enrolled yet, else restore it")
	}
	identity, ok := identities[0].(*age.X25519Identity)
	if !ok {
		return "", errors.New("recovery.agekey holds another kind of key")
	}
	recipient := identity.Recipient().String()
	if err := durable.WriteNew(public, []byte(recipient+"\n"), 0o600); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("keeping the recovery recipient: %w", err)
	}
	log.Warn("MOVE THE RECOVERY KEY OFFLINE NOW: copy it to a safe and delete the file", "file", path)
	return recipient, nil
}

func newIdentity() ([]byte, error) {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return nil, err
	}
	return []byte(identity.String() + "\n"), nil
}

// secretFile reads path or keeps what fresh makes (0600). Of two processes that
// start at once the first wins and both use its file.
func secretFile(path string, fresh func() ([]byte, error)) ([]byte, error) {
	text, err := os.ReadFile(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	if text, err = fresh(); err != nil {
		return nil, err
	}
	err = durable.WriteNew(path, text, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return os.ReadFile(path)
	}
	return text, err
}
