package processes

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bendo/portal/store"
	"bendo/portal/store/storetest"
)

// TestSmokeRestoredPortal puts the portal's data back from a backup that is an hour, a day or a week
// of traffic old, said (portal restore), seen by the keys' directory, or noticed by nobody but the
// office's machine, and kills both ends while they heal (T5). BENDO_TORTURE=full: 25 restores on each
// engine.
//
// I7: a restored portal gets everything again, nothing twice.
func TestSmokeRestoredPortal(t *testing.T) {
	t.Parallel() // it waits more than it works
	restores(t)
}

// TestSmokeRestoredPortalPostgres is the same over PostgreSQL, backed up by its own dump.
func TestSmokeRestoredPortalPostgres(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"pg_dump", "pg_restore"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s IS NOT INSTALLED HERE: a restore of PostgreSQL is NOT tested", tool)
		}
	}
	restores(t, storetest.Postgres)
}

// howBack is how a backup comes back.
type howBack int

const (
	saidBack    howBack = iota // with portal restore
	witnessed                  // without; the keys' directory knows better
	unnoticed                  // without; the keys' directory went back as well
	manyHowBack                // how many there are
)

func (h howBack) String() string { return [...]string{"said", "witnessed", "unnoticed"}[h] }

func restores(t *testing.T, database ...func(testing.TB) string) {
	n, count := 2-len(database), 1
	if full() {
		n, count = 5, 5
	}
	rounds(t, count, func(t *testing.T, seed uint64) tally {
		var at []string
		for _, fresh := range database {
			at = []string{"--database", fresh(t)}
		}
		return restoredTimes(t, n, seed, at...)
	})
}

func restoredTimes(t *testing.T, n int, seed uint64, database ...string) tally {
	counts := tally{}
	a := newAmnesia(t, seed, database...)
	if a.chance.IntN(2) == 0 {
		a.t.Log("the office's own disk was put back first: its log has an earlier epoch")
		a.restoredDisk()
	}
	first := howBack(a.chance.IntN(int(manyHowBack)))
	for i := range n {
		how := (first + howBack(i)) % manyHowBack
		age := []int{1, 4, 10}[a.chance.IntN(3)] // dossiers filed since: an hour's, a day's, a week's
		t.Logf("restore %d: %d dossiers old, %v", i, age, how)
		a.once(age, how)
		counts.add(tally{how.String(): 1})
	}
	a.ended()
	t.Log(a.cost())
	return counts
}

// amnesia is an office and a province that forgets.
type amnesia struct {
	*lab
	told   *told
	chance *rand.Rand
	agent  *service
	n      int               // batches so far
	codes  map[string]string // slip → official code that an officer saw and the office heard of
	wrong  []string
}

func newAmnesia(t *testing.T, seed uint64, database ...string) *amnesia {
	t.Helper()
	a := &amnesia{lab: newLab(t, database...), told: newTold(), chance: rand.New(rand.NewPCG(seed, 7)), codes: map[string]string{}}
	a.check(a.portal.end())
	a.open()
	a.addOfficer()
	a.enrol(a.address)
	a.agent = a.runAgent()
	return a
}

// open starts the portal at its old address, with official codes of its own.
func (a *amnesia) open() {
	a.t.Helper()
	a.portal = a.serve("portal", a.at("portal", "serve", "--listen", a.address, "--web", strings.TrimPrefix(a.web, "http://"), "--official-code", "B", "--json")...)
	var ready struct{ Listen string }
	a.check(a.portal.ready(&ready))
}

// filed files n dossiers; it returns their slips.
func (a *amnesia) filed(n int) (slips []string) {
	a.t.Helper()
	if n == 0 {
		return nil
	}
	a.n++
	dir := filepath.Join(a.dir, "batches", fmt.Sprint(a.n))
	for i := range n {
		f := smallFolder(a.chance, fmt.Sprintf("A-%d-%d", a.n, i), nil)
		a.told.hand(f.expected())
		f.write(a.t, dir)
	}
	rep := a.file(dir)
	a.wrong = append(a.wrong, a.told.heard(rep)...)
	for _, f := range rep.Filed {
		slips = append(slips, f.Slip)
	}
	return slips
}

// takenIn takes dossiers in and notes their codes; heard waits until the office knows.
func (a *amnesia) takenIn(heard bool, slips ...string) {
	a.t.Helper()
	web := a.signIn()
	for _, slip := range slips {
		id, err := web.dossier(slip)
		a.check(err)
		a.check(web.do("POST", "/api/dossiers/"+id+"/take-in", map[string]any{}, nil))
	}
	if !heard {
		return
	}
	a.sync()
	a.check(until("the office hears who took its dossiers in", func() (bool, error) {
		st, err := a.status()
		took := 0
		for _, d := range st.Dossiers {
			if slices.Contains(slips, d.Slip) && d.Acks["officer_took_in"] != nil {
				took++
			}
		}
		return took == len(slips), err
	}))
	for slip, code := range a.officialCodes() {
		if slices.Contains(slips, slip) {
			if code == "" {
				a.wrong = append(a.wrong, fmt.Sprintf("slip %s was taken in and has no official code", slip))
			}
			a.codes[slip] = code
		}
	}
}

// officialCodes reads what the province has, by slip.
func (a *amnesia) officialCodes() map[string]string {
	a.t.Helper()
	db, err := a.openStore(a.t.Context())
	a.check(err)
	defer db.Close()
	codes := map[string]string{}
	a.check(db.Read(a.t.Context(), func(tx *store.Tx) error {
		cases, err := tx.Cases("")
		for _, c := range cases {
			codes[string(c.Slip)] = c.OfficialCode
		}
		return err
	}))
	return codes
}

// once is one restore: traffic, a backup, more traffic, the backup comes back, both ends are killed
// while they heal, everything is compared.
func (a *amnesia) once(age int, how howBack) {
	a.t.Helper()
	early := a.filed(2)
	a.stage("carrying", a.sync)
	a.stage("taking in", func() { a.takenIn(true, early[0]) })
	var backup string
	a.stage("the backup", func() { backup = a.backup() })
	late := a.filed(age)
	a.stage("carrying", a.sync)
	a.stage("taking in", func() { a.takenIn(true, late[0]) }) // the portal will forget it, and the code; the office knows
	a.check(a.agent.end())
	unsent := a.filed(1)
	a.stage("putting it back", func() { a.putBack(backup, how) })
	a.open()
	a.beforeAnybodyComes(early, how)
	a.agent = a.runAgent()
	a.stage("killing", func() { a.heal(1 + a.chance.IntN(3)) })
	a.stage("healing", a.sync)
	a.stage("comparing", func() { a.whole(slices.Concat(early, late, unsent)) })
	wrongs(a.t, a.wrong)
}

// beforeAnybodyComes: officers work on a portal that has forgotten. Codes are held where it knows;
// where it does not, what they write takes places in the feed that the office has read already.
func (a *amnesia) beforeAnybodyComes(early []string, how howBack) {
	a.t.Helper()
	web := a.signIn()
	id, err := web.dossier(early[0])
	a.check(err)
	a.check(web.do("POST", "/api/dossiers/"+id+"/supplement", map[string]any{"text": "?",
		"reasons": []map[string]string{{"component": "p1", "code": "unreadable", "text": "?"}}}, nil))
	if how == unnoticed {
		return
	}
	a.takenIn(false, early[1])
	if code := a.officialCodes()[early[1]]; code != "" {
		a.wrong = append(a.wrong, fmt.Sprintf("official code %s was issued before any machine of the office had echoed", code))
	}
	if r := a.report(); len(r.Offices) != 1 || !r.Offices[0].CodesHeld || r.Cause == "" {
		a.wrong = append(a.wrong, fmt.Sprintf("after the restore the report is %+v", r))
	}
}

func (a *amnesia) report() (r store.Restored) {
	a.t.Helper()
	a.must("", &r, "portal", "restore", "--report", "--json")
	return r
}

// heal kills at random while both ends mend, and compares what is called complete with what is.
func (a *amnesia) heal(kills int) {
	a.t.Helper()
	for range kills {
		time.Sleep(time.Duration(a.chance.IntN(700)) * time.Millisecond)
		a.noFalseGreen()
		victim := a.agent
		if a.chance.IntN(2) == 0 {
			victim = a.portal
		}
		a.check(victim.kill())
	}
	var ready struct{ Listen string }
	a.check(a.portal.ready(&ready))
	a.carrying()
	a.noFalseGreen()
}

// carrying waits for the agent's next life: an agent sync that finds the lock free would carry itself.
func (a *amnesia) carrying() {
	a.t.Helper()
	var ready struct{ Ready bool }
	a.check(a.agent.ready(&ready))
}

// noFalseGreen: under the portal's present generation, what the office calls complete is complete.
func (a *amnesia) noFalseGreen() {
	a.t.Helper()
	st, err := a.status()
	a.check(err)
	list, err := a.list()
	a.check(err)
	a.wrong = append(a.wrong, falseGreen(st, list, a.report().Generation)...)
}

// falseGreen compares a status with a list that was read after it, under the generation of the list.
func falseGreen(st status, list []listed, generation uint64) (wrong []string) {
	if st.Generation != generation {
		return nil // the office has not heard of the restore: what it shows was true when it heard it
	}
	at := map[string]listed{}
	for _, d := range list {
		at[d.Slip] = d
	}
	for _, d := range st.Dossiers {
		have, there := at[d.Slip]
		whole := there
		for _, one := range have.Attachments {
			whole = whole && one.Complete
		}
		if d.Acks["province_complete"] != nil && !whole {
			wrong = append(wrong, fmt.Sprintf("slip %s is green and the province has not every byte: there %v", d.Slip, there))
		}
		if d.Acks["left_commune"] != nil && !there {
			wrong = append(wrong, fmt.Sprintf("slip %s is said to have left and the province does not have it", d.Slip))
		}
	}
	return wrong
}

// whole compares everything at the end of a restore.
func (a *amnesia) whole(slips []string) {
	a.t.Helper()
	a.check(until("the portal reads the office's last page", func() (bool, error) { r := a.report(); return !r.Offices[0].CodesHeld, nil }))
	a.check(a.portal.kill()) // its next start issues the codes that are owed
	var ready struct{ Listen string }
	a.check(a.portal.ready(&ready))
	a.check(until("codes that are owed are issued", func() (bool, error) {
		n, err := a.owed()
		return n == 0, err
	}))
	a.sync()
	st, err := a.status()
	a.check(err)
	list, err := a.list()
	a.check(err)
	a.wrong = append(a.wrong, a.told.judge(list, a.told.known(), true)...)
	a.wrong = append(a.wrong, allGreen(st, slips)...)
	a.wrong = append(a.wrong, sameCodes(a.officialCodes(), a.codes)...)
	r := a.report()
	if len(r.Missing.Logs)+len(r.Missing.EchoOnly)+len(r.Missing.TwiceUsed) > 0 || st.Generation != r.Generation {
		a.wrong = append(a.wrong, fmt.Sprintf("at the end the report says %+v, the office knows generation %d", r, st.Generation))
	}
}

func (a *amnesia) owed() (n int, err error) {
	db, err := a.openStore(a.t.Context())
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.Read(a.t.Context(), func(tx *store.Tx) error {
		owed, err := tx.OwedCodes()
		n = len(owed)
		return err
	})
	return n, err
}

// allGreen: nothing may stay behind because a portal was restored.
func allGreen(st status, slips []string) (wrong []string) {
	if st.Queue.Dossiers+st.Queue.Events+st.Queue.Blobs+st.Damaged != 0 {
		wrong = append(wrong, fmt.Sprintf("in the end the queue is %+v, damaged %d", st.Queue, st.Damaged))
	}
	green := map[string]bool{}
	for _, d := range st.Dossiers {
		green[d.Slip] = d.Acks["province_complete"] != nil && d.Acks["left_commune"] != nil
	}
	for _, slip := range slips {
		if !green[slip] {
			wrong = append(wrong, fmt.Sprintf("in the end slip %s is not green", slip))
		}
	}
	return wrong
}

// sameCodes: a code that somebody was told still stands on its dossier, and none stands on two.
func sameCodes(have, told map[string]string) (wrong []string) {
	of := map[string]string{}
	for slip, code := range have {
		if code == "" {
			continue
		}
		if other, twice := of[code]; twice {
			wrong = append(wrong, fmt.Sprintf("official code %s stands on slips %s and %s", code, slip, other))
		}
		of[code] = slip
	}
	for slip, code := range told {
		if have[slip] != code {
			wrong = append(wrong, fmt.Sprintf("slip %s was told code %q and has %q", slip, code, have[slip]))
		}
	}
	return wrong
}

// ended reads everything that lies on disk.
func (a *amnesia) ended() {
	a.t.Helper()
	a.endAll()
	broken, err := a.onDisk(a.t.Context())
	a.check(err)
	wrongs(a.t, broken)
}

// backup copies the portal's data while it is stopped; on PostgreSQL the rows are dumped.
func (a *amnesia) backup() string {
	a.t.Helper()
	a.check(a.portal.end())
	to := filepath.Join(a.dir, "backup", fmt.Sprint(a.n))
	a.check(os.MkdirAll(filepath.Dir(to), 0o700))
	a.check(copyTree(a.state(), to))
	if len(a.database) > 0 {
		a.tool("pg_dump", "--format=custom", "--file="+to+".dump", a.database[1])
	}
	a.open()
	return to
}

// putBack kills the portal and puts a backup in its place.
func (a *amnesia) putBack(backup string, how howBack) {
	a.t.Helper()
	a.check(a.portal.kill())
	var ready struct{ Listen string } // its next life; one that is only starting does not end cleanly
	a.check(a.portal.ready(&ready))
	a.check(a.portal.end())
	a.check(os.RemoveAll(a.state()))
	a.check(copyTree(backup, a.state()))
	if len(a.database) > 0 {
		a.tool("pg_restore", "--clean", "--if-exists", "--dbname="+a.database[1], backup+".dump")
	}
	switch how {
	case saidBack:
		a.must("", nil, "portal", "restore")
	case unnoticed:
		if err := os.Remove(filepath.Join(a.state()+".keys", "database.witness")); !errors.Is(err, fs.ErrNotExist) {
			a.check(err)
		}
	}
}

// stage says how long a part took: for whoever makes the test faster.
func (a *amnesia) stage(what string, do func()) {
	a.t.Helper()
	begun := time.Now()
	do()
	a.t.Logf("%s: %v", what, time.Since(begun).Round(time.Millisecond))
}

func (a *amnesia) tool(name string, args ...string) {
	a.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		a.t.Fatalf("%s: %v\n%s", name, err, tail(out))
	}
}

// copyTree copies a directory as a backup program does: with modes and times.
func copyTree(from, to string) error {
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		return fmt.Errorf("copying %s: %w: %s", from, err, out)
	}
	return nil
}
