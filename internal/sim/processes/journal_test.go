package processes

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bendo/portal/store/storetest"
)

// I26: the journal of a machine, exported at either end, is checked where nothing else is; any
// flipped byte is found and named, and so is one in the live book.
func TestSmokeJournal(t *testing.T) {
	t.Parallel() // it waits more than it works
	t.Run("sqlite", func(t *testing.T) { journals(t) })
	t.Run("postgres", func(t *testing.T) { journals(t, "--database", storetest.Postgres(t)) })
}

func journals(t *testing.T, database ...string) {
	l := newLab(t, database...)
	l.enrol(l.address)
	dir := filepath.Join(t.TempDir(), "odd")
	for _, f := range oddFolders() {
		f.write(t, dir)
	}
	filed := len(l.file(dir).Filed)
	l.sync()
	s, err := l.status()
	l.check(err)
	rng := rand.New(rand.NewPCG(seedOf(t), 26))
	var keys []string
	for _, content := range []string{"full", "headers", "digests"} {
		office, province := filepath.Join(l.dir, "office-"+content), filepath.Join(l.dir, "province-"+content)
		l.must("", &struct{ Export, Content string }{}, "agent", "verify", "--export", office, "--content", content, "--json")
		l.must("", &struct{ Export, Content string }{}, "portal", "verify", "--device", s.Device, "--export", province, "--content", content, "--acts", commune, "--json")
		for _, file := range []string{office, province} {
			for _, program := range []string{"agent", "portal"} {
				keys = append(keys, l.whole(program, file, filed))
			}
			l.flipped(rng, file)
		}
	}
	for _, key := range keys {
		if key != keys[0] {
			t.Fatalf("the exports name different keys of one province: %q", keys)
		}
	}
	r, err := l.run("", nil, "agent", "verify", filepath.Join(l.dir, "office-full"), "--portal-key", strings.Repeat("00", 32))
	l.check(err)
	if r.code != 1 {
		t.Errorf("a file of another province was taken: %v", r)
	}
	l.must("", &json.RawMessage{}, "portal", "verify", "--device", s.Device, "--json")
	l.damagedBook()
	lost := l.loseOne()
	r, err = l.run("", nil, "portal", l.at("portal", "verify", "--device", s.Device, "--json")...)
	l.check(err)
	if r.code != 1 || len(r.out) != 0 || !strings.Contains(string(r.log), "contradicts itself") {
		t.Errorf("the province lost the events of %s: %v", lost, r)
	}
}

// whole checks a file on a machine that has nothing but the program.
func (l *lab) whole(program, file string, filed int) (portalKey string) {
	l.t.Helper()
	r, err := l.run("", nil, program, "verify", file, "--json")
	l.check(err)
	var rep struct {
		Counts      struct{ Events, Receipts, Acks int64 }
		Unconfirmed uint64
		PortalKey   string `json:"portal_key"`
	}
	if r.code != 0 {
		l.t.Fatalf("%s verify %s: %v", program, file, r)
	}
	l.check(oneValue(r.out, &rep))
	if rep.Counts.Receipts != int64(filed) || rep.Counts.Events < int64(filed) || rep.Counts.Acks != 1 || rep.Unconfirmed != 0 {
		l.t.Fatalf("%s verify %s: %d were filed, it counts %+v", program, file, filed, rep)
	}
	return rep.PortalKey
}

// flipped damages a copy of a file and wants the byte named.
func (l *lab) flipped(rng *rand.Rand, file string) {
	l.t.Helper()
	good, err := os.ReadFile(file)
	l.check(err)
	bad := file + "-damaged"
	for range 3 {
		i, flip := rng.IntN(len(good)), byte(1+rng.IntN(255))
		good[i] ^= flip
		l.check(os.WriteFile(bad, good, 0o600))
		good[i] ^= flip
		r, err := l.run("", nil, "agent", "verify", bad, "--json")
		l.check(err)
		if r.code != 1 || len(r.out) != 0 || !strings.Contains(string(r.log), fmt.Sprintf("at byte %d ", i)) {
			l.t.Fatalf("byte %d of %s was flipped by %#x: %v", i, file, flip, r)
		}
	}
}

// damagedBook checks the live book, then flips a byte of a scan.
func (l *lab) damagedBook() {
	l.t.Helper()
	var c struct {
		Events, Receipts int64
		RowsRead         int `json:"rows_read"`
		Problems         []string
	}
	l.must("", &c, "agent", "verify", "--json")
	if c.Events == 0 || c.Receipts == 0 || c.RowsRead == 0 || len(c.Problems) != 0 {
		l.t.Fatalf("the live book: %+v", c)
	}
	scan := ""
	l.check(filepath.WalkDir(filepath.Join(l.office(), "vault"), func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			scan = path
		}
		return err
	}))
	b, err := os.ReadFile(scan)
	l.check(err)
	b[len(b)/2] ^= 1
	l.check(os.Chmod(scan, 0o600))
	l.check(os.WriteFile(scan, b, 0o600))
	r, err := l.run("", nil, "agent", l.at("agent", "verify", "--json")...)
	l.check(err)
	if r.code != 1 || !strings.Contains(string(r.log), "scan") {
		l.t.Fatalf("a byte of a scan was flipped: %v", r)
	}
}
