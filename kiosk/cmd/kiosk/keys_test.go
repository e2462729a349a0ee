package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/kiosk"
	"bendo/syncproto"
)

func quiet() *streams { return &streams{io.Discard, io.Discard, slog.New(slog.DiscardHandler)} }

// TestALostKeyIsNeverReplaced: where a book lies, or where it cannot be seen whether one does, no
// new office key is made.
func TestALostKeyIsNeverReplaced(t *testing.T) {
	for name, book := range map[string]func(path string) error{
		"a book":              func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"a book out of sight": func(path string) error { return os.Symlink(path, path) }, // a loop: neither there nor not there
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "office")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := book(filepath.Join(dir, "book.db")); err != nil {
				t.Fatal(err)
			}
			if _, err := (store{Data: dir}).keeper(quiet()); err == nil {
				t.Error("a new key was given")
			}
			if _, err := os.Stat(filepath.Join(dir+".keys", "office.key")); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("a new key was made: %v", err)
			}
		})
	}
}

// TestWithoutItsDeviceKeyTheDeskServesAndSignsNothing: residents are not turned away, and no slip
// carries the signature of a key nobody knows.
func TestWithoutItsDeviceKeyTheDeskServesAndSignsNothing(t *testing.T) {
	ctx := context.Background()
	dir := filepath.Join(t.TempDir(), "office")
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	book, err := ledger.Open(ctx, dir, keys, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = book.SetIdentity(ctx, ledger.Identity{Device: syncproto.DeviceID{1}, Book: syncproto.BookID{2}, Epoch: 1, Prefix: "00017", Portal: "https://tinh.example:8443"})
	if err = errors.Join(err, book.Close()); err != nil {
		t.Fatal(err)
	}
	o := &office{cmd: &serveCmd{store: store{Data: dir}}, keys: keys, desk: &kiosk.Desk{}, log: quiet().log}
	if err := o.open(ctx); err != nil {
		t.Fatal(err)
	}
	defer o.close()
	sign, _, err := o.signer(ledger.Identity{})
	if err != nil || sign != nil {
		t.Errorf("slips are signed by a new key (%v)", err)
	}
	if _, err := os.Stat(filepath.Join(dir+".keys", "device.key")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a new device key was made: %v", err)
	}
}
