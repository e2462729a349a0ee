package processes

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// diagnosis is what agent doctor --json prints, as far as it is looked at here.
type diagnosis struct {
	Opens    bool
	Findings struct {
		Complaints []string
		Damaged    []struct{ Reason string }
		Events     int
	}
	Rescue *struct {
		Kept       string
		Events     int
		Lost       []struct{ Acked bool }
		NoIdentity bool `json:"no_identity"`
	}
}

// TestSmokeDoctor damages the book of an office that has filed and carried, with some dossiers not yet
// carried: the doctor says so, makes a new book, and what the province has comes back from it. Nothing
// that was whole is lost, and nothing at the province is doubled or changed.
func TestSmokeDoctor(t *testing.T) {
	t.Parallel() // it waits more than it works
	count := 1
	if full() {
		count = 40
	}
	rounds(t, count, func(t *testing.T, seed uint64) tally {
		return doctored(t, rand.New(rand.NewPCG(seed, 9)), damageBook)
	})
}

// TestSmokeLostIdentity is the same where the page of the book that tells whose it is has become an
// empty one, which SQLite finds in order: nobody takes the machine for one that was never enrolled, the
// doctor says what to do, and the machine goes on in place of itself.
func TestSmokeLostIdentity(t *testing.T) {
	t.Parallel()
	doctored(t, rand.New(rand.NewPCG(seedOf(t), 9)), func(t *testing.T, path string, _ *rand.Rand) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		clear(b[4096:8192])
		b[4096], b[4101] = 0x0d, 0x10 // a leaf without rows
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return "no identity"
	})
}

func doctored(t *testing.T, chance *rand.Rand, damage func(*testing.T, string, *rand.Rand) string) (counts tally) {
	l := newLab(t)
	told := newTold()
	l.enrol(l.address)
	batch := func(name string, n int) {
		dir := filepath.Join(l.dir, name)
		for i := range n {
			f := smallFolder(chance, fmt.Sprintf("%s-%d", name, i), nil)
			told.hand(f.expected())
			f.write(t, dir)
		}
		wrongs(t, told.heard(l.file(dir)))
	}
	batch("A", 6)
	l.sync()
	var d diagnosis
	l.must("", &d, "agent", "doctor", "--json")
	if !d.Opens || d.Findings.Events == 0 {
		t.Fatalf("a healthy book: %+v", d)
	}
	desk := l.serve("kiosk", l.at("kiosk", "serve", "--json")...)
	var ready struct{ URL string }
	l.check(desk.ready(&ready))
	if r, err := l.run("", nil, "agent", l.at("agent", "doctor", "--salvage")...); err != nil || r.code == 0 || !strings.Contains(string(r.log), "stop the kiosk") {
		t.Errorf("a rescue beside a running desk: %v %v", r, err)
	}
	l.check(desk.end())
	batch("B", 4) // not carried
	before, err := l.status()
	l.check(err)
	how := damage(t, filepath.Join(l.office(), "book.db"), chance)
	counts = tally{how: 1}
	r, err := l.run("", nil, "agent", l.at("agent", "doctor", "--json")...)
	l.check(err)
	if r.code == 0 {
		t.Logf("%s: nothing to see", how)
		if how == "no identity" {
			t.Errorf("an office without its identity: %v", r)
		}
	}
	r, err = l.run("", nil, "agent", l.at("agent", "doctor", "--salvage", "--json")...)
	l.check(err)
	if r.code != 0 {
		t.Fatalf("%s: rescue: %v", how, r)
	}
	d = diagnosis{}
	l.check(oneValue(r.out, &d))
	lost := 0
	if d.Rescue != nil {
		lost = len(d.Rescue.Lost)
		counts.add(tally{"events whole": d.Rescue.Events, "places named as lost": lost})
		t.Logf("%s: %d events whole, %d places lost", how, d.Rescue.Events, lost)
		if d.Rescue.Events+lost < 10 {
			t.Errorf("%d events are whole and %d named as lost, of 10", d.Rescue.Events, lost)
		}
	}
	if d.Rescue != nil && d.Rescue.NoIdentity { // the province lets the machine take its own place
		counts["identities lost"]++
		var code struct{ Code string }
		l.must("", &code, "portal", "enrol", "new", "--replaces", before.Device, "--json")
		l.must("", &struct{ Book string }{}, "agent", "enrol", "--portal", "https://"+l.address, "--code", code.Code, "--json")
	}
	l.sync()
	st, err := l.status()
	l.check(err)
	list, err := l.list()
	l.check(err)
	for slip, e := range told.known() { // what was lost here and never left is named, and only that
		if !strings.HasPrefix(e.Reference, "B") {
			continue
		}
		there := false
		for _, d := range list {
			there = there || d.Slip == slip
		}
		if !there {
			lost--
		}
	}
	if lost < 0 {
		t.Errorf("%d dossiers are missing at the province that nobody named as lost", -lost)
	}
	for _, wrong := range told.judge(list, map[string]expected{}, true) {
		t.Error(wrong)
	}
	if st.Queue.Dossiers+st.Queue.Events+st.Queue.Blobs != 0 || len(st.Dossiers) != len(list) {
		t.Errorf("in the end the office has %d dossiers, the province %d, queue %+v", len(st.Dossiers), len(list), st.Queue)
	}
	return counts
}

// damageBook breaks a few pages of a closed book.
func damageBook(t *testing.T, path string, chance *rand.Rand) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	how := ""
	switch chance.IntN(3) {
	case 0:
		how = "three pages of zeros"
		for range 3 {
			at := (1 + chance.IntN(len(b)/4096-1)) * 4096
			clear(b[at : at+4096])
		}
	case 1:
		how = "a quarter cut off"
		b = b[:len(b)*3/4]
	default:
		how = "forty bits"
		for range 40 {
			b[100+chance.IntN(len(b)-100)] ^= 1 << chance.IntN(8)
		}
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return how
}
