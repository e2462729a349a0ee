package agent

import (
	"os"
	"path/filepath"
	"testing"

	"bendo/internal/carry"
	"bendo/internal/carry/carrytest"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

// keeper is the second place's loop, one look at a time.
func (b *bench) keeper(dir string) *second {
	return &second{o: b.Office, opts: SecondOptions{Dir: dir, SameDisk: true}, open: carry.Open}
}

func (b *bench) looks(s *second, kept bool, why string, unprotected int) ledger.SecondStatus {
	b.t.Helper()
	b.must(s.look(b.t.Context()))
	st, err := b.Book.Second(b.t.Context())
	b.must(err)
	if st.Kept != kept || st.Why != why || st.Unprotected != unprotected {
		b.t.Fatalf("%+v, want kept %v, why %q, unprotected %d", st, kept, why, unprotected)
	}
	return st
}

// The second place follows the book, tells when it is away, and loses nothing by being away.
func TestSecondPlaceFollows(t *testing.T) {
	b := newBench(t)
	ctx := t.Context()
	dir := filepath.Join(t.TempDir(), "usb")
	s := b.keeper(dir)
	f := b.file(1000)
	b.looks(s, false, SecondGone, 1) // not there yet, and never made on the main disk
	if _, err := os.Stat(dir); err == nil {
		t.Fatal("the agent made the folder of a stick that is not in")
	}
	b.must(os.Mkdir(dir, 0o700))
	st := b.looks(s, true, "", 0)
	if st.Files == 0 {
		t.Fatalf("%+v", st)
	}
	if a, err := b.Book.AgentStatus(ctx); err != nil || !a.Second {
		t.Fatalf("%v %+v", err, a)
	}
	found, err := b.Book.Find(ctx, f.Slip)
	b.must(err)
	if found.Copies[0].Second == 0 || found.Copies[0].USB != 0 {
		t.Fatalf("%+v", found.Copies)
	}
	report, err := b.Status(ctx, "", s.o.Clock.Time())
	b.must(err)
	if report.Second.Places != 2 || report.Dossiers[0].Places != 2 {
		t.Fatalf("%+v", report.Second)
	}

	b.must(os.Rename(dir, dir+".out")) // pulled out
	g := b.file(1000)
	b.looks(s, false, SecondGone, 2)
	if found, err := b.Book.Find(ctx, f.Slip); err != nil || found.Copies[0].Second != 0 {
		t.Fatalf("a place that is away still counts: %v %+v", err, found.Copies)
	}
	b.must(os.Rename(dir+".out", dir))
	b.looks(s, true, "", 0)
	stick, err := carry.Open(dir)
	b.must(err)
	defer stick.Close()
	for _, identity := range []string{b.carry, b.safe} { // the safe's key opens it too
		if events, scans := b.read(stick, syncproto.BundleSecond, identity); events != 2 || len(scans) != 4 {
			t.Fatalf("%d events, %d scans", events, len(scans))
		}
	}
	b.receive(2, f, g)
	if st := b.looks(s, true, "", 0); st.Files != 0 {
		t.Fatalf("receipted, and still there: %+v", st)
	}
}

// What was damaged in the second place is written again when everything is read anew.
func TestSecondPlaceIsReadAnew(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	s := b.keeper(dir)
	b.file(1000)
	b.looks(s, true, "", 0)
	if carrytest.Flip(t, dir, "second-*", 900) != 1 {
		t.Fatal("nothing to damage")
	}
	s = b.keeper(dir) // a restart, or a day later, or the medium was away
	b.looks(s, true, "", 0)
	if len(s.report.Problems) != 1 || s.report.Written != 1 {
		t.Fatalf("%+v", s.report)
	}
}

// Full, locked, and pulled out in the middle of anything: the status says so, and when the medium
// works again everything is there.
func TestSecondPlaceInTrouble(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	disk := carrytest.New(t, dir, 3)
	s := b.keeper(dir)
	s.open = func(string) (*carry.Stick, error) { return carry.On(kept{disk}), nil }
	f := b.file(1000)
	b.looks(s, true, "", 0)
	disk.Fill(2000)
	b.file(200_000)
	b.looks(s, true, SecondFull, 1)
	b.receive(1, f)
	b.looks(s, false, SecondFull, 1) // the receipted part is gone; nothing lies there now
	disk.Plug()
	disk.Lock()
	b.looks(s, false, SecondReadOnly, 1)
	disk.Plug()
	b.looks(s, true, "", 0)
	for n := 0; n < 40; n += 3 {
		b.file(1000)
		disk.PullAfter(n)
		b.must(s.look(t.Context()))
		disk.Plug()
		s.at = s.at.Add(-secondAgain) // the next round is a full one
		b.looks(s, true, "", 0)
	}
}

// kept is a medium that Close does not end.
type kept struct{ *carrytest.Stick }

func (kept) Close() error { return nil }

// An empty folder where the stick should be mounted is not the stick.
func TestEmptyMountPoint(t *testing.T) {
	b := newBench(t)
	s := b.keeper(t.TempDir())
	s.opts.SameDisk = false
	b.file(10)
	b.looks(s, false, sameDiskHere(t, s.opts.Dir, b.Dir), 1)
	if _, err := os.Stat(filepath.Join(s.opts.Dir, marker)); err == nil {
		t.Fatal("a folder of the same disk was marked as a second place")
	}
	s.opts.Dir = ""
	b.looks(s, false, SecondOff, 1)
	// A medium with another marker is another medium: everything is written there again.
	s = b.keeper(t.TempDir())
	b.looks(s, true, "", 0)
	s.opts.Dir = t.TempDir()
	if st := b.looks(s, true, "", 0); st.Files == 0 {
		t.Fatalf("%+v", st)
	}
}

// sameDiskHere is what this machine's temporary folder must be called.
func sameDiskHere(t *testing.T, dir, data string) string {
	t.Helper()
	why, err := otherDisk(dir, data)
	if why != SecondSameDisk && why != SecondMemory {
		t.Fatalf("two folders of one disk: %q %v", why, err)
	}
	return why
}
