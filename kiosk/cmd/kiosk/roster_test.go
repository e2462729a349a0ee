package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/internal/staff"
	"bendo/syncproto"
)

// TestARosterComesAsAFile: what a stick brings is used when the province signed it for this commune and it is not
// older; the answer names nobody.
func TestARosterComesAsAFile(t *testing.T) {
	ctx := context.Background()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))
	dir := filepath.Join(t.TempDir(), "office")
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	book, err := ledger.Open(ctx, dir, keys, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = book.SetIdentity(ctx, ledger.Identity{Device: syncproto.DeviceID{1}, Book: syncproto.BookID{2}, Epoch: 1, Prefix: "00017",
		CommuneCode: "28807", PortalKey: key.Public().(ed25519.PublicKey)})
	if err = errors.Join(err, book.Close()); err != nil {
		t.Fatal(err)
	}
	file := func(commune string, version int64) string {
		data, err := staff.Sign(staff.Roster{Commune: commune, Version: version, Issued: 1_790_000_000_000,
			Members: []staff.Member{{ID: "m-1", Login: "chi.lan", Name: "Nguyễn Thị Lan", Roles: []staff.Role{staff.Clerk}, Verifier: staff.Nobody}}}, key)
		path := filepath.Join(t.TempDir(), "roster")
		if err = errors.Join(err, os.WriteFile(path, data, 0o600)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	take := func(path string) (said rosterShown, err error) {
		var out bytes.Buffer
		s := quiet()
		s.out = &out
		err = (&rosterCmd{store: store{Data: dir}, File: path, JSON: true}).Run(ctx, s)
		if bytes.Contains(out.Bytes(), []byte("Lan")) || bytes.Contains(out.Bytes(), []byte("chi.lan")) {
			t.Errorf("the answer names somebody: %s", out.Bytes())
		}
		if err == nil {
			err = json.Unmarshal(out.Bytes(), &said)
		}
		return said, err
	}
	if said, err := take(""); err != nil || said.Version != 0 || said.Journal.Lines != 0 {
		t.Fatalf("before any: %+v, %v", said, err)
	}
	if said, err := take(file("28807", 5)); err != nil || said.Version != 5 || said.Members != 1 {
		t.Fatalf("%+v, %v", said, err)
	}
	for name, c := range map[string]struct {
		path string
		want error
	}{"older": {file("28807", 4), staff.ErrOlder}, "another commune's": {file("28808", 9), staff.ErrOtherOffice}, "a directory": {dir, staff.ErrRoster}, "not there": {dir + "/no", os.ErrNotExist}} {
		if _, err := take(c.path); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if said, err := take(""); err != nil || said.Version != 5 || said.Journal.Lines != 1 {
		t.Fatalf("after all: %+v, %v", said, err)
	}
}
