package processes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// TestSmokeRebuiltMachine: an office machine is destroyed; a new one goes on with its book, files at
// once, is killed again and again while the province gives the book back, and shows in the end what
// the old one had. The old disk turns up later: it cannot push (I23), reads locally, and what it
// still had is taken in by an officer only.
func TestSmokeRebuiltMachine(t *testing.T) {
	t.Parallel()
	machines, dossiers, count := 1, 6, 1
	if full() {
		machines, dossiers, count = 2, 30, 10
	}
	rounds(t, count, func(t *testing.T, seed uint64) tally {
		a := newAmnesia(t, seed)
		for range machines {
			a.rebuilt(dossiers)
		}
		a.endAll()
		return tally{"machines rebuilt": machines}
	})
}

func (a *amnesia) rebuilt(dossiers int) {
	a.t.Helper()
	slips := a.filed(dossiers)
	a.sync()
	a.takenIn(true, slips[0])
	st, err := a.status()
	a.check(err)
	a.check(a.agent.end())
	unsent := a.filed(1) // only the old disk knows
	old, oldDir := st, a.office()

	var code struct{ Code string }
	a.must("", &code, "portal", "enrol", "new", "--replaces", old.Device, "--json")
	a.places.office = filepath.Join(a.dir, fmt.Sprintf("office-%d", a.n))
	var id struct{ Device, Book string }
	a.must("", &id, "agent", "enrol", "--portal", "https://"+a.address, "--code", code.Code, "--json")
	if id.Book != old.Book || id.Device == old.Device {
		a.t.Fatalf("the new machine is %+v, the old one was %s with book %s", id, old.Device, old.Book)
	}
	atOnce := a.filed(1) // before a byte came back
	a.agent = a.runAgent()
	for range 2 + a.chance.IntN(3) {
		time.Sleep(time.Duration(200+a.chance.IntN(900)) * time.Millisecond)
		a.noFalseGreen()
		a.check(a.agent.kill())
	}
	a.carrying()
	begun := time.Now()
	a.check(until("every event and scan came back", func() (bool, error) {
		st, err := a.status()
		return !st.Rebuilding && st.Away == 0 && len(st.Dossiers) >= len(old.Dossiers), err
	}))
	a.t.Logf("rebuilt %v after the last kill", time.Since(begun).Round(time.Millisecond))
	a.sync()
	a.sameBook(old, slices.Concat(slips, atOnce))
	wrongs(a.t, a.readVault(a.office()))
	wrongs(a.t, a.wrong)
	a.oldDisk(oldDir, old.Device, unsent[0])
}

// sameBook: the new machine shows each of the old one's dossiers with acknowledgements as good.
func (a *amnesia) sameBook(old status, slips []string) {
	a.t.Helper()
	st, err := a.status()
	a.check(err)
	list, err := a.list()
	a.check(err)
	a.wrong = append(a.wrong, falseGreen(st, list, a.report().Generation)...)
	a.wrong = append(a.wrong, allGreen(st, slips)...)
	now := map[string]acknowledged{}
	for _, d := range st.Dossiers {
		now[d.Slip] = d
	}
	for _, d := range old.Dossiers {
		have, there := now[d.Slip]
		if !there || have.Reference != d.Reference {
			a.wrong = append(a.wrong, fmt.Sprintf("slip %s of the old machine is not on the new one: %+v", d.Slip, have))
		}
		for ack, at := range d.Acks {
			if at != nil && have.Acks[ack] == nil {
				a.wrong = append(a.wrong, fmt.Sprintf("slip %s had %s on the old machine and has not on the new one", d.Slip, ack))
			}
		}
	}
}

// readVault reads every scan that a book names, byte by byte.
func (a *amnesia) readVault(dir string) (wrong []string) {
	a.t.Helper()
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir, MustExist: true})
	a.check(err)
	book, err := ledger.Open(a.t.Context(), dir, keys, ledger.Options{})
	a.check(err)
	defer book.Close()
	blobs, err := book.Blobs(a.t.Context(), syncproto.BlobKey{}, 1000)
	a.check(err)
	for _, b := range blobs {
		r, err := book.BlobReader(a.t.Context(), b.Key.Dossier, b.Key.SHA256)
		if err == nil {
			all := make([]byte, r.Size())
			if _, err = r.ReadAt(all, 0); err == nil && digest(all) != b.Key.SHA256.String() {
				err = fmt.Errorf("other bytes")
			}
			r.Close()
		}
		if err != nil && r != nil && r.Size() == b.Length {
			continue // read to its end
		}
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("scan %s of the new machine: %v", b.Key.SHA256, err))
		}
	}
	return wrong
}

// oldDisk is found again and put into a machine.
func (a *amnesia) oldDisk(dir, device, unsent string) {
	a.t.Helper()
	now := a.places.office
	before, err := a.list()
	a.check(err)
	old := a.serve("agent", "run", "--json", "--data", dir)
	a.check(until("the old machine hears that it was revoked", func() (bool, error) {
		st := a.statusOf(dir)
		if len(st.Dossiers) == 0 {
			return false, fmt.Errorf("the old disk cannot be read any more")
		}
		return st.Line.State == "refused", nil
	}))
	a.check(old.end())
	if list, err := a.list(); err != nil || len(list) != len(before) {
		a.t.Errorf("a revoked machine brought something: %d dossiers, before %d, %v", len(list), len(before), err)
	}
	var r struct {
		Status          string
		Waiting, Folded int
		Proposals       int
	}
	a.must("", &r, "portal", "recover", device, "--json")
	old = a.serve("agent", "run", "--json", "--data", dir)
	a.check(until("what the old disk had waits in quarantine", func() (bool, error) {
		a.must("", &r, "portal", "recover", device, "--json")
		return r.Waiting > 0, nil
	}))
	a.check(old.end())
	if list, err := a.list(); err != nil || len(list) != len(before) {
		a.t.Errorf("quarantine took effect by itself: %d dossiers, before %d, %v", len(list), len(before), err)
	}
	a.must("", &r, "portal", "recover", device, "--take-in", "--by", officer, "--json")
	if r.Folded != 1 || r.Status != "revoked" {
		a.t.Errorf("taken in: %+v", r)
	}
	list, err := a.list()
	a.check(err)
	if !slices.ContainsFunc(list, func(d listed) bool { return d.Slip == unsent }) {
		a.t.Errorf("slip %s of the old disk did not come to the province", unsent)
	}
	a.places.office = now
}

// TestSmokeClonedDisks copies an office's disk at random moments and lets copies run: put back on the
// same machine (restored), or beside the first one (cloned). Nothing of either may be lost or mixed
// (T6). BENDO_TORTURE=full: 200 of them.
//
// I5: event ids are unique across epochs. I8: a clone or restore is seen at the first hello.
func TestSmokeClonedDisks(t *testing.T) {
	t.Parallel()
	n, count := 2, 1
	if full() {
		n, count = 10, 20
	}
	rounds(t, count, func(t *testing.T, seed uint64) tally {
		a := newAmnesia(t, seed)
		kind := a.chance.IntN(2)
		for i := range n {
			if (kind+i)%2 == 0 {
				a.restoredDisk()
			} else {
				a.clonedDisk(i)
			}
			wrongs(t, a.wrong)
		}
		a.endAll()
		t.Log(a.cost())
		return tally{"disks put back": (n + 1 - kind) / 2, "disks cloned": (n + kind) / 2}
	})
}

// copyOffice stops the agent and copies data and keys, as whoever images a disk does.
func (a *amnesia) copyOffice(to string) {
	a.t.Helper()
	a.check(a.agent.end())
	a.check(copyTree(a.office(), to))
	a.check(copyTree(a.office()+".keys", to+".keys"))
}

// restoredDisk: the machine works on from an old copy of its own disk. What was filed since and sent
// comes back from the province; what was filed after goes there.
func (a *amnesia) restoredDisk() {
	a.t.Helper()
	early := a.filed(1)
	if a.chance.IntN(2) == 0 {
		a.sync()
	}
	image := filepath.Join(a.dir, "image", fmt.Sprint(a.n))
	a.check(os.MkdirAll(filepath.Dir(image), 0o700))
	a.copyOffice(image)
	a.agent = a.runAgent()
	lost := a.filed(1 + a.chance.IntN(2)) // the image does not know them
	a.sync()
	a.check(a.agent.end())
	for _, dir := range []string{a.office(), a.office() + ".keys"} {
		a.check(os.RemoveAll(dir))
	}
	a.check(copyTree(image, a.office()))
	a.check(copyTree(image+".keys", a.office()+".keys"))
	after := a.filed(a.chance.IntN(4)) // sometimes none, sometimes more than was lost
	a.agent = a.runAgent()
	if a.chance.IntN(2) == 0 {
		time.Sleep(time.Duration(a.chance.IntN(900)) * time.Millisecond)
		a.check(a.agent.kill())
		a.carrying()
	}
	a.sync()
	a.compared(slices.Concat(early, lost, after))
}

// clonedDisk: a copy runs beside the first one, both file and send.
func (a *amnesia) clonedDisk(i int) {
	a.t.Helper()
	early := a.filed(1)
	a.sync()
	clone := filepath.Join(a.dir, "clone", fmt.Sprint(i))
	a.check(os.MkdirAll(filepath.Dir(clone), 0o700))
	a.copyOffice(clone)
	first := a.office()
	mine := a.filed(1 + a.chance.IntN(2))
	a.places.office = clone
	theirs := a.filed(1 + a.chance.IntN(2))
	both := [2]string{first, clone}
	if a.chance.IntN(2) == 0 {
		both[0], both[1] = both[1], both[0]
	}
	for _, dir := range both { // one after the other, then both at once
		a.places.office = dir
		a.sync()
	}
	a.places.office = clone
	beside := a.runAgent()
	a.places.office = first
	a.agent = a.runAgent()
	more := a.filed(1)
	a.places.office = clone
	more = append(more, a.filed(1)...)
	a.sync()
	a.check(beside.end())
	a.places.office = first
	a.sync()
	a.compared(slices.Concat(early, mine, theirs, more))
	var machines []struct {
		Suspected bool
		Status    string
		Alarms    []struct{ Code string }
	}
	a.must("", &machines, "portal", "device", "list", "--json")
	if !slices.ContainsFunc(machines, func(m struct {
		Suspected bool
		Status    string
		Alarms    []struct{ Code string }
	}) bool {
		return m.Suspected && len(m.Alarms) > 0
	}) {
		a.wrong = append(a.wrong, fmt.Sprintf("nobody is told of a clone: %+v", machines))
	}
}

// compared wants every slip at the province once, with every byte and event once.
func (a *amnesia) compared(slips []string) {
	a.t.Helper()
	list, err := a.list()
	a.check(err)
	a.wrong = append(a.wrong, a.told.judge(list, a.told.known(), true)...)
	at := map[string]bool{}
	for _, d := range list {
		at[d.Slip] = true
	}
	for _, slip := range slips {
		if !at[slip] {
			a.wrong = append(a.wrong, fmt.Sprintf("slip %s is not at the province", slip))
		}
	}
	st, err := a.status()
	a.check(err)
	a.wrong = append(a.wrong, falseGreen(st, list, a.report().Generation)...)
	if st.Line.Frozen {
		a.wrong = append(a.wrong, "the log is still frozen")
	}
}
