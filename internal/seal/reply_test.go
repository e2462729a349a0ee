package seal

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// The reply key stays the same over restarts, lies sealed, and another office's opens nothing.
func TestReplyIdentityStays(t *testing.T) {
	opts := Options{DataDir: filepath.Join(t.TempDir(), "data")}
	k, err := LoadOrCreate(opts)
	if err != nil {
		t.Fatal(err)
	}
	identity, recipient, err := k.ReplyIdentity()
	if err != nil {
		t.Fatal(err)
	}
	again, err := LoadOrCreate(opts)
	if err != nil {
		t.Fatal(err)
	}
	if i, r, err := again.ReplyIdentity(); err != nil || i != identity || r != recipient {
		t.Fatalf("%v: another key", err)
	}
	file := filepath.Join(k.Dir(), replyKeyFile)
	raw, err := os.ReadFile(file)
	if err != nil || bytes.Contains(raw, []byte("AGE-SECRET")) {
		t.Fatalf("%v: the key lies in the clear", err)
	}
	raw[len(raw)-1] ^= 1
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := k.ReplyIdentity(); !errors.Is(err, ErrTampered) {
		t.Fatalf("a flipped byte: %v", err)
	}
}
