package keyring

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bendo/internal/durable"
	"bendo/internal/ledger"
	"bendo/internal/slipcheck"
	"bendo/syncproto"
)

func keyOf(seed string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(seed, 32)[:32]))
}

func public(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

func listAt(t *testing.T, at int64, by ed25519.PrivateKey) []byte {
	t.Helper()
	m := slipcheck.Machine{Device: syncproto.DeviceID{9}, Key: public(keyOf("m")), Commune: "28807", Office: "UBND xã Mẫu", Status: slipcheck.Active}
	file, err := slipcheck.SignList(slipcheck.List{Issued: at, Machines: []slipcheck.Machine{m}}, by)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// feed names what a test says.
type feed struct {
	kept []ledger.Kept
	err  error
}

func (f *feed) Kept(context.Context, string) ([]ledger.Kept, error) { return f.kept, f.err }

func (f *feed) name(t *testing.T, dir string, key string, data []byte, carried bool) {
	t.Helper()
	sha := syncproto.Digest(sha256.Sum256(data))
	body, err := syncproto.EncodeObjectRef(syncproto.ObjectRef{SHA256: sha, Length: int64(len(data))})
	if err != nil {
		t.Fatal(err)
	}
	f.kept = slices.DeleteFunc(f.kept, func(k ledger.Kept) bool { return k.Key == key }) // as the book forgets what is replaced
	f.kept = append(f.kept, ledger.Kept{Kind: syncproto.FeedObject, Key: key, Body: body})
	if !carried {
		return
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(dir, "objects"), 0o700), os.WriteFile(filepath.Join(dir, "objects", sha.String()), data, 0o600)); err != nil {
		t.Fatal(err)
	}
}

func TestTheNewestSignedListWins(t *testing.T) {
	portal := keyOf("portal")
	f := &feed{}
	k := Ring{Dir: t.TempDir(), Book: f, Portal: public(portal)}
	load := func(want int64) {
		t.Helper()
		if l, err := k.Load(t.Context()); err != nil || l.Issued != want {
			t.Fatalf("the list of %d, %v, want %d", l.Issued, err, want)
		}
	}
	load(0)
	if _, err := k.Take(t.Context(), listAt(t, 100, portal)); err != nil {
		t.Fatal(err)
	}
	load(100)
	f.name(t, k.Dir, "object:pack:x", listAt(t, 900, portal), true) // another published thing
	load(100)
	f.name(t, k.Dir, slipcheck.ObjectKey, listAt(t, 200, portal), false) // named, not here yet
	load(100)
	f.name(t, k.Dir, slipcheck.ObjectKey, listAt(t, 300, portal), true)
	load(300)
	if _, err := k.Take(t.Context(), listAt(t, 299, portal)); !errors.Is(err, ErrOlder) {
		t.Fatalf("an older stick: %v", err)
	}
	load(300)
	f.name(t, k.Dir, slipcheck.ObjectKey, listAt(t, 350, portal), false) // the next one is named, and may take a day
	load(300)
	if _, err := k.Take(t.Context(), listAt(t, 150, portal)); !errors.Is(err, ErrOlder) {
		t.Fatalf("an older stick meanwhile: %v", err)
	}
	for range 2 { // may be repeated
		if _, err := k.Take(t.Context(), listAt(t, 400, portal)); err != nil {
			t.Fatal(err)
		}
	}
	load(400)
}

func TestUnsignedListsAreNeverUsed(t *testing.T) {
	portal := keyOf("portal")
	f := &feed{}
	k := Ring{Dir: t.TempDir(), Book: f, Portal: public(portal)}
	for _, bad := range [][]byte{listAt(t, 500, keyOf("thief")), []byte("x"), nil, listAt(t, 500, portal)[:50]} {
		if _, err := k.Take(t.Context(), bad); err == nil {
			t.Fatalf("%.30q was taken", bad)
		}
	}
	if _, err := os.Stat(k.file()); err == nil {
		t.Fatal("a refused list lies on the disk")
	}
	// put there by somebody else's hand
	f.name(t, k.Dir, slipcheck.ObjectKey, listAt(t, 600, keyOf("thief")), true)
	if err := os.WriteFile(k.file(), listAt(t, 700, keyOf("thief")), 0o600); err != nil {
		t.Fatal(err)
	}
	if l, err := k.Load(t.Context()); !errors.Is(err, slipcheck.ErrUnsigned) || l.Issued != 0 {
		t.Fatalf("%d, %v", l.Issued, err)
	}
	if _, err := k.Take(t.Context(), listAt(t, 100, portal)); err != nil { // a damaged one is replaced
		t.Fatal(err)
	}
	if l, err := k.Load(t.Context()); err == nil || l.Issued != 100 { // the feed's is still told
		t.Fatalf("%d, %v", l.Issued, err)
	}
	huge := Ring{Dir: t.TempDir(), Portal: public(portal)}
	if err := errors.Join(os.WriteFile(huge.file(), nil, 0o600), os.Truncate(huge.file(), slipcheck.MaxListBytes+1)); err != nil {
		t.Fatal(err)
	}
	if _, err := huge.Load(t.Context()); !errors.Is(err, slipcheck.ErrList) {
		t.Fatalf("a list without end: %v", err)
	}
}

// TestTwoProcessesKeepTheNewest: while one waits for the other, the other keeps a newer list; the one that
// waited must not put its older one over it.
func TestTwoProcessesKeepTheNewest(t *testing.T) {
	province := keyOf("p")
	dir := t.TempDir()
	f := &feed{}
	f.name(t, dir, slipcheck.ObjectKey, listAt(t, 5, province), true)
	service := Ring{Dir: dir, Book: f, Portal: public(province)}
	for name, late := range map[string]func() (slipcheck.List, error){
		"the feed's": func() (slipcheck.List, error) { return service.Load(t.Context()) },
		"a stick's": func() (slipcheck.List, error) {
			return Ring{Dir: dir, Portal: public(province)}.Take(t.Context(), listAt(t, 6, province))
		},
	} {
		if err := os.Remove(service.file()); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		other, err := os.OpenFile(service.file()+".lock", os.O_RDWR|os.O_CREATE, 0o600)
		if err = errors.Join(err, durable.LockFile(other)); err != nil {
			t.Fatal(err)
		}
		waited := make(chan slipcheck.List)
		go func() { l, _ := late(); waited <- l }()
		select {
		case l := <-waited:
			t.Errorf("%s list %d did not wait for the other process", name, l.Issued)
			continue
		case <-time.After(200 * time.Millisecond): // it stands before the lock, or not yet: both must end well
		}
		if err := errors.Join(os.WriteFile(service.file(), listAt(t, 9, province), 0o600), other.Close()); err != nil {
			t.Fatal(err)
		}
		if l := <-waited; l.Issued != 9 {
			t.Errorf("%s list: %d is used, want 9", name, l.Issued)
		}
		if l, _, err := service.read(service.file()); err != nil || l.Issued != 9 {
			t.Errorf("%s list: the file holds %d, %v; want 9", name, l.Issued, err)
		}
	}
}
