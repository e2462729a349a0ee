package agent

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bendo/syncproto"
)

// TestTheShelfIsSwept: what is named stays whatever its age, what is new stays whatever its name, and what
// is not the shelf's is not touched.
func TestTheShelfIsSwept(t *testing.T) {
	s := objectShelf{filepath.Join(t.TempDir(), "objects")}
	if n, err := s.Sweep(nil, time.Now(), 0); n != 0 || err != nil {
		t.Fatalf("a shelf that is not there: %d, %v", n, err)
	}
	now := time.Now()
	named, loose, fresh := syncproto.Digest{1}, syncproto.Digest{2}, syncproto.Digest{3}
	old := now.Add(-objectGrace - time.Hour)
	files := map[string]time.Time{named.String(): old, named.String() + ".part": old, loose.String(): old, loose.String() + ".part": old,
		fresh.String(): now, fresh.String() + ".part": now, "READ ME.txt": old, loose.String() + ".bak": old, strings.Repeat("z", 64): old}
	if err := os.MkdirAll(filepath.Join(s.dir, syncproto.Digest{4}.String()), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, at := range files {
		path := filepath.Join(s.dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
	}
	for look, want := range []int{2, 0} {
		if n, err := s.Sweep(map[syncproto.Digest]bool{named: true}, now, objectGrace); n != want || err != nil {
			t.Fatalf("look %d: %d files, %v; want %d", look, n, err, want)
		}
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	left := func(name string) bool {
		return slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == name })
	}
	for name := range files {
		if gone := name == loose.String() || name == loose.String()+".part"; left(name) == gone {
			t.Errorf("%s: there %v", name, left(name))
		}
	}
	if !left(syncproto.Digest{4}.String()) {
		t.Error("a folder was removed")
	}
}

// TestTheGraceBeginsWithTheLastUse: a program of last year that ran until today is not swept tonight, because
// the province may name it again.
func TestTheGraceBeginsWithTheLastUse(t *testing.T) {
	s := objectShelf{t.TempDir()}
	sha := syncproto.Digest{7}
	path := filepath.Join(s.dir, sha.String())
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	came := time.Now()
	if err := os.Chtimes(path, came, came); err != nil {
		t.Fatal(err)
	}
	replaced := came.AddDate(1, 0, 0)
	for _, look := range []struct {
		at    time.Time
		named bool
		swept int
	}{
		{came.Add(objectGrace + time.Hour), true, 0},
		{replaced, true, 0},
		{replaced.Add(time.Hour), false, 0},
		{replaced.Add(objectGrace), false, 0},
		{replaced.Add(objectGrace + time.Hour), false, 1},
	} {
		n, err := s.Sweep(map[syncproto.Digest]bool{sha: look.named}, look.at, objectGrace)
		if n != look.swept || err != nil {
			t.Fatalf("%s, named %v: %d swept, %v; want %d", look.at, look.named, n, err, look.swept)
		}
	}
}
