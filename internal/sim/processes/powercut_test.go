package processes

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bendo/internal/sim/powercut"
)

// TestSmokePowerCuts takes the power from an office, from the province or from both while they start
// for the first time, enrol, file, carry and take in. Every image a disk may hold afterwards must have
// what somebody was told (I1), and whatever the province acknowledged must be on its own (I2, I9).
// BENDO_TORTURE=full makes it 1,000 cuts.
func TestSmokePowerCuts(t *testing.T) {
	t.Parallel()
	cuts, count := 6, 1
	if full() {
		cuts, count = 25, 40
	}
	rounds(t, count, func(t *testing.T, seed uint64) tally {
		o := newOutage(t, seed, nil)
		o.run(cuts)
		return o.counts
	})
}

// TestSmokeWeakenedDisksAreCaught shows that the harness would notice: on disks that lie about chosen
// flushes, as synchronous=NORMAL or OFF and attachments that are not flushed would, it must find losses.
func TestSmokeWeakenedDisksAreCaught(t *testing.T) {
	t.Parallel()
	cuts := 2
	if full() {
		cuts = 100
	}
	seed := seedOf(t)
	for name, match := range map[string]func(string) bool{
		"synchronous=NORMAL": func(p string) bool { return strings.HasSuffix(p, "-wal") },
		"synchronous=OFF":    func(p string) bool { return strings.HasSuffix(p, ".db-wal") || strings.HasSuffix(p, ".db") },
		"no flush of attachments": func(p string) bool {
			return strings.Contains(p, "/vault/") || strings.Contains(p, "/blobs/")
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caught := 0
			for done := uint64(0); done < uint64(cuts); done += 25 {
				o := newOutage(t, seed+done, match)
				o.run(min(25, cuts-int(done)))
				caught += o.counts["cuts that lost something"]
			}
			t.Logf("%s: %d of %d cuts caught", name, caught, cuts)
			if caught == 0 || cuts >= 100 && caught*2 < cuts {
				t.Errorf("%s was caught in %d of %d cuts only: the harness does not see what it is for", name, caught, cuts)
			}
		})
	}
}

// outage is one office and one province whose power goes again and again.
type outage struct {
	*lab
	random   *rand.Rand
	order    powercut.Order
	office   *machine
	province *machine
	agent    *program
	desk     *program
	portal   *program
	told     *told
	weak     func(path string) bool // files whose flushes the disks swallow; nil: honest disks
	batches  int
	browser  *browser    // of the tests without cuts
	entered  string      // address that was used
	socket   string      // of the desk's window, whose path must be short
	ended    atomic.Bool // of the work of one outage

	mu     sync.Mutex
	wrong  []string
	counts tally

	quota int64 // of the office's disk, when one is set
}

func newOutage(t *testing.T, seed uint64, weak func(string) bool) *outage {
	t.Helper()
	if err := powercut.SweepMounts(); err != nil {
		t.Log(err)
	}
	dir := shortDir(t)
	l := &lab{t: t, dir: dir, tools: &tools{bin: programs(t), logs: filepath.Join(dir, "logs")}, address: ownAddress()}
	l.check(os.Mkdir(l.logs, 0o700))
	random := rand.New(rand.NewPCG(seed, 7))
	short, err := os.MkdirTemp(onDisk, "bendo-k-")
	l.check(err)
	t.Cleanup(func() { os.RemoveAll(short) })
	t.Cleanup(func() { l.lastWords(t) })
	o := &outage{lab: l, socket: filepath.Join(short, "s"), random: random, order: powercut.Order(random.IntN(2)), told: newTold(), weak: weak, counts: tally{}}
	o.office = newMachine(t, l.tools, filepath.Join(dir, "o"), o.disk())
	o.province = newMachine(t, l.tools, filepath.Join(dir, "p"), o.disk())
	l.places.office, l.places.state = filepath.Join(dir, "o", "office"), filepath.Join(dir, "p", "portal")
	return o
}

func (o *outage) disk() *powercut.Disk { return o.weaken(powercut.NewDisk(o.order)) }

func (o *outage) weaken(d *powercut.Disk) *powercut.Disk {
	if o.weak != nil {
		d.Inject(powercut.Fault{Ops: powercut.OpFlush | powercut.OpFlushDir, Match: o.weak, Lose: true})
	}
	return d
}

func (o *outage) say(wrong ...string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.wrong = append(o.wrong, wrong...)
}

func (o *outage) add(what string, n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.counts[what] += n
}

func (o *outage) run(cuts int) {
	begun := time.Now()
	o.t.Logf("names as on a disk like %v", o.order)
	o.enrolInTheDark()
	for o.counts["cuts"] < cuts {
		o.once()
		wrongs(o.t, o.wrong)
	}
	o.calm()
	o.t.Logf("%v in %v; %s", o.counts, time.Since(begun).Round(time.Second), o.cost())
}

// enrolInTheDark is the first start of everything and the enrolment, with the power going in between.
func (o *outage) enrolInTheDark() {
	var code, id struct{ Code, Book string }
	for n := 0; id.Book == ""; n++ {
		if n > 50 {
			o.t.Fatal("the office does not become enrolled")
		}
		calm := n > 6 || o.weak != nil // weakened disks are for what comes later
		if !calm && o.random.IntN(2) == 0 {
			o.province.disk.Trap(1 + o.random.Int64N(400))
		}
		if !calm && o.random.IntN(2) == 0 {
			o.office.disk.Trap(1 + o.random.Int64N(700))
		}
		if o.openPortal() && code.Code == "" {
			o.first(o.province, &code, "portal", "enrol", "new", "--commune", commune, "--json")
		}
		if code.Code != "" {
			o.first(o.office, &id, "agent", "enrol", "--portal", "https://"+o.address, "--code", code.Code, "--json")
		}
		o.afterwards()
		wrongs(o.t, o.wrong)
	}
}

// first runs a command of the first hour; what it answers is what somebody was told.
func (o *outage) first(m *machine, v any, name string, args ...string) {
	o.t.Helper()
	r, err := m.run(name, o.at(name, args...)...)
	if errors.Is(err, errNoPower) {
		return
	}
	o.check(err)
	switch {
	case len(r.out) > 0:
		o.check(oneValue(r.out, v))
	case !r.killed && !o.dark():
		o.t.Fatalf("%s %s with power everywhere: %v", name, args[0], r)
	}
}

// dark says whether the power has gone somewhere.
func (o *outage) dark() bool {
	select {
	case <-o.office.noPower():
	case <-o.province.noPower():
	default:
		return false
	}
	return true
}

// openPortal starts the portal when it does not run; false: the power went before it was ready.
func (o *outage) openPortal() bool {
	if o.portal == nil {
		p, err := o.province.start("portal", o.at("portal", "serve", "--listen", o.address, "--json")...)
		o.check(err)
		o.portal = p
	}
	var ready struct{ Listen string }
	up, err := o.province.await(o.portal, &ready)
	o.check(err)
	if up {
		o.address = ready.Listen
	}
	return up
}

func (o *outage) openOffice() {
	var err error
	if o.agent == nil {
		o.agent, err = o.office.start("agent", o.at("agent", "run", "--json")...)
		o.check(err)
	}
	if o.desk == nil {
		o.desk, err = o.office.start("kiosk", o.at("kiosk", "serve", "--json", "--socket", o.socket)...)
		o.check(err)
	}
}

// once lets everybody work until the power goes, and looks at what is left.
func (o *outage) once() {
	o.openPortal()
	o.openOffice()
	spread := func() int64 { return int64(math.Exp(o.random.Float64() * math.Log(3000))) } // the next step, or much later
	if o.weak != nil {                                                                     // only who was told something can miss it
		spread = func() int64 { return 500 + o.random.Int64N(2500) }
	}
	var sprung [2]<-chan struct{}
	switch n := o.random.IntN(20); {
	case n < 9:
		sprung[0] = o.office.disk.Trap(spread())
	case n < 16:
		sprung[1] = o.province.disk.Trap(spread())
	default:
		sprung[0] = o.office.disk.Trap(spread())
		sprung[1] = sprung[0] // one thunderstorm over both
	}
	o.ended.Store(false)
	var work sync.WaitGroup
	for i, f := range []func(*rand.Rand){o.fileFolders, o.fileAtScreen} {
		chance := rand.New(rand.NewPCG(o.random.Uint64(), uint64(i)))
		work.Go(func() { f(chance) })
	}
	select {
	case <-sprung[0]:
	case <-sprung[1]:
	case <-time.After(4 * time.Second): // nobody came so far
	}
	if sprung[0] != nil {
		o.office.disk.Freeze()
	}
	if sprung[1] != nil {
		o.province.disk.Freeze()
	}
	o.ended.Store(true)
	work.Wait()
	o.afterwards()
}

// afterwards looks at every disk whose power went, and gives it back.
func (o *outage) afterwards() {
	known := o.told.known()
	var images [2]*powercut.Disk
	for i, m := range []*machine{o.office, o.province} {
		select {
		case <-m.noPower():
			o.add("cuts", 1)
			o.check(m.off())
			images[i] = o.judgeImages(i, m, known)
		default:
		}
	}
	if images[0] != nil {
		o.agent, o.desk = nil, nil
		o.check(o.office.boot(images[0]))
	}
	if images[1] != nil {
		o.portal = nil
		o.check(o.province.boot(images[1]))
	}
}

// judgeImages makes images of a disk that lost its power, looks into each, and gives the one the
// machine goes on with.
func (o *outage) judgeImages(which int, m *machine, known map[string]expected) (next *powercut.Disk) {
	const images = 3
	lost := false
	for i := range images {
		image := m.disk.Cut(o.random)
		pair := [2]*powercut.Disk{o.office.disk.Copy(), o.province.disk.Copy()}
		pair[which] = image
		wrong, err := o.inspect(pair, which, known)
		if err != nil {
			wrong = append(wrong, err.Error())
		}
		o.add("images", 1)
		lost = lost || len(wrong) > 0
		if o.weak == nil {
			o.say(wrong...)
		}
		if i == 0 {
			next = image
		}
	}
	if lost {
		o.add("cuts that lost something", 1)
	}
	if o.weak != nil { // the round goes on as if nothing were lost, to be weak again
		return o.weaken(m.disk.Copy())
	}
	return next
}

// fileFolders files batch after batch through kiosk file until the work ends.
func (o *outage) fileFolders(chance *rand.Rand) {
	for !o.ended.Load() {
		o.batches++
		dir := filepath.Join(o.dir, "batches", fmt.Sprintf("%05d", o.batches))
		for i := range 1 + chance.IntN(3) {
			f := smallFolder(chance, fmt.Sprintf("R-%05d-%d", o.batches, i), nil)
			o.told.hand(f.expected())
			f.write(o.t, dir)
		}
		r, err := o.office.run("kiosk", o.at("kiosk", "file", dir, "--as-is", "--json")...)
		if errors.Is(err, errNoPower) {
			return
		}
		if err != nil {
			o.say(err.Error())
			return
		}
		var rep report
		switch err := oneValue(r.out, &rep); {
		case err == nil: // also of one that was killed after it had spoken
			o.say(o.told.heard(rep)...)
			o.add("slips printed", len(rep.Filed))
		case !r.killed:
			o.say(fmt.Sprintf("kiosk file: %v: %v", err, r))
			return
		}
	}
}

// fileAtScreen files at the screen until the work ends or the desk is gone.
func (o *outage) fileAtScreen(chance *rand.Rand) {
	var ready struct{ URL string }
	up, err := o.office.await(o.desk, &ready)
	if err != nil {
		o.say(err.Error())
	}
	if !up || err != nil {
		return
	}
	b, err := enterDesk(ready.URL) // its address works once; a desk that lives on is left to the folders
	defer b.close()
	if err != nil {
		return
	}
	for !o.ended.Load() {
		at, e, err := b.draft(picture(chance))
		if err != nil {
			return
		}
		o.told.offered(e)
		slip, answered, err := b.submit(at)
		if err != nil && answered {
			o.say(fmt.Sprintf("the desk refused a dossier: %v", err))
			return
		}
		o.say(o.told.shown(slip, answered, e)...)
		o.add("slips shown", map[bool]int{true: 1}[answered])
	}
}

// calm lets everything come to its end and compares it all.
func (o *outage) calm() {
	o.t.Helper()
	o.openPortal()
	o.openOffice()
	all := filepath.Join(o.dir, "all")
	o.check(os.Mkdir(all, 0o700))
	folders, err := filepath.Glob(filepath.Join(o.dir, "batches", "*", "*"))
	o.check(err)
	for _, f := range folders {
		o.check(os.Rename(f, filepath.Join(all, filepath.Base(f))))
	}
	r, err := o.office.run("kiosk", o.at("kiosk", "file", all, "--as-is", "--json")...)
	o.check(err)
	var rep report
	o.check(oneValue(r.out, &rep))
	if len(rep.Problems) > 0 || len(rep.Filed) != len(folders) {
		o.say(fmt.Sprintf("filing all %d folders again: %d filed, problems %v", len(folders), len(rep.Filed), rep.Problems))
	}
	o.say(o.told.heard(rep)...)
	o.carryOn()
	known := o.told.known()
	st, err := o.status()
	o.check(err)
	list, err := o.list()
	o.check(err)
	o.say(o.told.early(st, list, known)...)
	o.say(o.told.judge(list, known, true)...)
	o.add("dossiers at the province", len(list))
	for _, p := range []*program{o.desk, o.agent, o.portal} {
		o.check(p.end())
	}
	o.desk, o.agent, o.portal = nil, nil, nil
	o.lookAtTheEnd()
	wrongs(o.t, o.wrong)
}

func (o *outage) carryOn() {
	err := carryAll(func(args ...string) (result, error) { return o.office.run("agent", o.at("agent", args...)...) })
	if err != nil {
		o.say(fmt.Sprintf("carrying the rest: %v", err))
	}
}

// lookAtTheEnd reads what lies on both disks, out of the machines.
func (o *outage) lookAtTheEnd() {
	out := filepath.Join(o.dir, "end")
	o.check(o.office.disk.Export("/", filepath.Join(out, "o")))
	o.check(o.province.disk.Export("/", filepath.Join(out, "p")))
	end := &lab{t: o.t, dir: o.dir}
	end.places.office, end.places.state = filepath.Join(out, "o", "office"), filepath.Join(out, "p", "portal")
	broken, err := end.onDisk(o.t.Context())
	o.check(err)
	o.say(broken...)
	hits, _, err := newSecrets(canaries...).search(out, o.logs)
	o.check(err)
	o.say(hits...)
}
