package processes

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSmokeEnrolKilled kills agent enrol and the portal around it: the code works once, for one machine,
// and whoever asks again with it after a lost answer becomes the same book.
func TestSmokeEnrolKilled(t *testing.T) {
	t.Parallel()
	l := newLab(t)
	plan := rand.New(rand.NewPCG(seedOf(t), 5))
	offices, killed := 12, 0
	if full() {
		offices = 500
	}
	books := map[string]bool{}
	for range offices {
		var code struct{ Code string }
		l.must("", &code, "portal", "enrol", "new", "--commune", commune, "--json")
		office := filepath.Join(l.dir, "offices", code.Code)
		l.check(os.MkdirAll(filepath.Dir(office), 0o700))
		args := []string{"enrol", "--data", office, "--portal", "https://" + l.address, "--code", code.Code, "--json"}
		var first struct{ Book, Device string }
		for first.Book == "" {
			r, err := l.run("", func(p *os.Process) {
				time.Sleep(time.Duration(plan.IntN(160)) * time.Millisecond)
				p.Kill() // of one that has ended: nothing
			}, "agent", args...)
			l.check(err)
			if r.killed {
				killed++
			}
			if plan.IntN(3) == 0 {
				l.check(l.portal.kill())
				killed++
				var ready struct{ Listen string }
				l.check(l.portal.ready(&ready))
			}
			if r.code == 0 {
				l.check(oneValue(r.out, &first))
			}
		}
		s := l.statusOf(office)
		if !s.Enrolled || s.Book != first.Book || s.Device != first.Device {
			t.Errorf("enrolled as %+v, the status says book %s, device %s", first, s.Book, s.Device)
		}
		if books[first.Book] {
			t.Errorf("two offices are book %s", first.Book)
		}
		books[first.Book] = true
		l.strangerIsRefused(code.Code)
	}
	t.Logf("%d offices enrolled, %d kills", offices, killed)
}

func (l *lab) statusOf(office string) (s status) {
	l.t.Helper()
	r, err := l.run("", nil, "agent", "status", "--data", office, "--json")
	l.check(err)
	l.check(oneValue(r.out, &s))
	return s
}

// strangerIsRefused: another machine has come into possession of a used code.
func (l *lab) strangerIsRefused(code string) {
	l.t.Helper()
	r, err := l.run("", nil, "agent", "enrol", "--data", filepath.Join(l.dir, "stranger"), "--portal", "https://"+l.address, "--code", code, "--json")
	l.check(err)
	if r.code != 1 || len(r.out) != 0 {
		l.t.Errorf("a used code must be refused to another machine: %v", r)
	}
}
