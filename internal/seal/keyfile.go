package seal

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"bendo/internal/durable"
)

// A key file is one line: "bendo-key 1 KIND HEX CHECK". KIND says how HEX is protected, CHECK is
// the beginning of the SHA-256 of the key, so that a damaged file is told from a wrong one.
const (
	keyFileMagic = "bendo-key"
	kindPlain    = "plain"
	kindDPAPI    = "dpapi"
)

var errKeyFile = errors.New("the key file is damaged; put back a copy, or restore the key with the province's recovery identity")

func formatKeyFile(key Key) ([]byte, error) {
	kind, protected, err := protect(key.b[:])
	if err != nil {
		return nil, fmt.Errorf("protecting the key: %w", err)
	}
	return fmt.Appendf(nil, "%s 1 %s %x %s\n", keyFileMagic, kind, protected, keyCheck(key)), nil
}

func parseKeyFile(b []byte) (Key, string, error) {
	line, ok := strings.CutSuffix(string(b), "\n")
	parts := strings.Split(line, " ")
	if !ok || len(parts) != 5 || parts[0] != keyFileMagic {
		return Key{}, "", errKeyFile
	}
	if parts[1] != "1" {
		return Key{}, "", ErrVersion
	}
	protected, err := hex.DecodeString(parts[3])
	if err != nil {
		return Key{}, "", errKeyFile
	}
	plain, err := unprotect(parts[2], protected)
	if err != nil {
		return Key{}, "", fmt.Errorf("unlocking the key file: %w", err)
	}
	key, err := keyOf(plain)
	if err != nil || keyCheck(key) != parts[4] {
		return Key{}, "", errKeyFile
	}
	return key, parts[2], nil
}

func keyCheck(key Key) string {
	sum := sha256.Sum256(append([]byte("bendo-key check "), key.b[:]...))
	return hex.EncodeToString(sum[:4])
}

// readPrivate reads a key file after making sure that nobody else can, and that its name is
// flushed: another process may have named it a moment ago, or been cut before its flush, and
// nothing may be sealed under a key that a power cut can take away.
func readPrivate(path string) ([]byte, error) {
	for _, p := range []string{filepath.Dir(path), path} {
		info, err := os.Stat(p)
		if err != nil {
			return nil, err
		}
		if err := checkPrivate(p, info); err != nil {
			return nil, err
		}
	}
	if err := durable.SyncDir(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

// makePrivateDir makes the keys directory, or takes an existing one that is private.
func makePrivateDir(dir string) error {
	if err := durable.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	return checkPrivate(dir, info)
}
