package processes

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSmokeStick carries the sample dossiers to the province and the answers back on one stick, with
// no line at all; each of the four programs dies at random moments by SIGKILL before it may finish.
// BENDO_TORTURE=full kills each 100 times.
//
// I1: committed here, received exactly once, by hand as well.
func TestSmokeStick(t *testing.T) {
	t.Parallel() // it waits more than it works
	kills := 2
	if full() {
		kills = 100
	}
	chance := rand.New(rand.NewPCG(seedOf(t), 11))
	l := newLab(t)
	l.enrol(l.address)
	l.check(l.portal.end()) // from here on there is no line
	told := newTold()
	told.hand(readFolders(t, samples)...)
	wrongs(t, told.heard(l.file(samples)))
	stick := filepath.Join(l.dir, "usb")
	l.check(os.Mkdir(stick, 0o700))
	step := func(program, way string) {
		t.Helper()
		args := l.at(program, "bundle", way, stick, "--json")
		for range kills {
			_, err := l.run("", func(p *os.Process) {
				time.Sleep(time.Duration(chance.IntN(250)) * time.Millisecond)
				_ = p.Kill() // it may have ended
			}, program, args...)
			l.check(err)
		}
		r, err := l.run("", nil, program, args...)
		l.check(err)
		// A killed "bundle in" may have taken everything and the answers away: then there is nothing left.
		if r.code != 0 && !(program == "agent" && way == "in") {
			t.Fatalf("%s bundle %s: %v", program, way, r)
		}
	}
	step("agent", "out")
	l.copied(t, len(told.known()))
	step("portal", "in")
	step("portal", "out")
	step("agent", "in")
	s, err := l.status()
	l.check(err)
	list, err := l.list()
	l.check(err)
	wrongs(t, told.early(s, list, told.known()))
	for _, d := range s.Dossiers {
		if d.Acks["left_commune"] == nil || d.Acks["province_complete"] == nil {
			t.Errorf("slip %s came back without %v", d.Slip, d.Acks)
		}
	}
	if q := s.Queue; q.Dossiers+q.Events+q.Blobs != 0 || len(s.Dossiers) != len(told.known()) {
		t.Fatalf("%+v of %d dossiers", q, len(s.Dossiers))
	}
	var r struct{ Files, Dossiers int }
	l.must("", &r, "agent", "bundle", "out", stick, "--json")
	if r.Files != 1 || r.Dossiers != 0 {
		t.Fatalf("what is receipted stays on the stick: %+v", r)
	}
}

// copied: a stick adds only that it was copied; no acknowledgement moves.
func (l *lab) copied(t *testing.T, n int) {
	t.Helper()
	var s struct {
		Dossiers []struct {
			acknowledged
			CopiedAt int64 `json:"copied_at"`
		}
	}
	_, err := l.ask("", &s, "agent", "status", "--json")
	l.check(err)
	if len(s.Dossiers) != n {
		t.Fatalf("%d dossiers, want %d", len(s.Dossiers), n)
	}
	for _, d := range s.Dossiers {
		if d.CopiedAt == 0 || d.Acks["left_commune"] != nil || d.Acks["province_complete"] != nil {
			t.Fatalf("slip %s: copied %d, %v", d.Slip, d.CopiedAt, d.Acks)
		}
	}
}

// TestSmokeSecondPlace: the office's disk dies with dossiers the province never saw. Its second place
// brings them: once before a new machine takes the book over, and once after, when IT takes them in.
func TestSmokeSecondPlace(t *testing.T) {
	t.Parallel() // it waits more than it works
	l := newLab(t)
	l.addOfficer()
	for _, before := range []bool{true, false} {
		l.places.office = filepath.Join(l.dir, fmt.Sprint("office-", before))
		l.enrol(l.address)
		l.deadDisk(t, before)
	}
}

func (l *lab) deadDisk(t *testing.T, before bool) {
	t.Helper()
	second := filepath.Join(l.dir, fmt.Sprint("second-", before))
	l.check(os.Mkdir(second, 0o700))
	l.check(l.portal.end())
	folder := smallFolder(rand.New(rand.NewPCG(1, 2)), fmt.Sprint("SECOND-", before), nil)
	below := filepath.Join(l.dir, fmt.Sprint("in-", before))
	folder.write(t, below)
	filed := l.file(below)
	agent := l.serve("agent", l.at("agent", "run", "--json", "--second", second, "--second-same-disk")...)
	var st struct {
		Device string
		Second struct {
			Kept        bool
			Places      int
			Unprotected int
		}
		Dossiers []struct{ Places int }
	}
	l.check(until("everything lies in two places", func() (bool, error) {
		_, err := l.ask("", &st, "agent", "status", "--json")
		return st.Second.Kept && st.Second.Places == 2 && st.Second.Unprotected == 0 && len(st.Dossiers) == 1 && st.Dossiers[0].Places == 2, err
	}))
	l.check(agent.end())
	l.check(os.RemoveAll(l.office())) // the disk is dead, and the keys on it
	l.check(os.RemoveAll(l.office() + ".keys"))
	l.servePortal(l.address, l.web[len("http://"):])
	l.web = "http://" + l.web

	if before {
		l.must("", nil, "portal", "bundle", "in", second, "--json")
	}
	var code struct{ Code string }
	l.must("", &code, "portal", "enrol", "new", "--replaces", st.Device, "--json")
	l.must("", nil, "agent", "enrol", "--portal", "https://"+l.address, "--code", code.Code, "--json")
	if !before {
		l.must("", nil, "portal", "bundle", "in", second, "--json")
		l.must("", nil, "portal", "recover", st.Device, "--take-in", "--by", officer, "--json")
	}
	list, err := l.list()
	l.check(err)
	there := false
	for _, d := range list {
		if d.Slip == filed.Filed[0].Slip {
			there = true
			for _, a := range d.Attachments {
				there = there && a.Complete
			}
		}
	}
	if !there {
		t.Fatalf("slip %s did not come from the second place: %+v", filed.Filed[0].Slip, list)
	}
	if !before {
		return // what IT took in comes to the new machine by the feed: it is the province's word, not its outbox
	}
	agent = l.runAgent()
	l.check(until("the new machine shows the slip, complete", func() (bool, error) {
		s, err := l.status()
		for _, d := range s.Dossiers {
			if d.Slip == filed.Filed[0].Slip && d.Acks["province_complete"] != nil && d.Acks["left_commune"] != nil {
				return true, err
			}
		}
		return false, err
	}))
	l.check(agent.end())
}
