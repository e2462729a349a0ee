package processes

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"bendo/internal/sim/powercut"
)

// TestSmokeDiskFaults lets operations of both disks fail while people file and the agent carries:
// input/output errors, a full disk, flushes that fail once and lose what was dirty, short writes, no
// free file descriptors. Whoever is told no is told so in words, nothing that was promised is lost,
// and the same programs work again afterwards. BENDO_TORTURE=full makes it 2,000 faults.
func TestSmokeDiskFaults(t *testing.T) {
	t.Parallel()
	faults, count := 6, 1
	if full() {
		faults, count = 100, 20
	}
	rounds(t, count, func(t *testing.T, seed uint64) tally {
		o := newOutage(t, seed, nil)
		o.enrolInTheLight()
		for n := 0; o.counts["faults"] < faults; n++ {
			o.sufferOne()
			if n%8 == 7 {
				o.worksAgain()
			}
			wrongs(t, o.wrong)
		}
		o.worksAgain()
		o.office.disk.Freeze() // what a failed flush lost must have mattered to nobody
		o.province.disk.Freeze()
		o.afterwards()
		wrongs(t, o.wrong)
		o.calm()
		t.Logf("%v; %s", o.counts, o.cost())
		return o.counts
	})
}

// enrolInTheLight opens everything on disks that work.
func (o *outage) enrolInTheLight() {
	o.t.Helper()
	var code, id struct{ Code, Book string }
	if !o.openPortal() {
		o.t.Fatal("the portal does not open")
	}
	o.first(o.province, &code, "portal", "enrol", "new", "--commune", commune, "--json")
	o.first(o.office, &id, "agent", "enrol", "--portal", "https://"+o.address, "--code", code.Code, "--json")
	o.openOffice()
}

// notShared spares SQLite's shared memory: it is mapped, so a program is never told that writing it back
// failed, and a disk of the kernel's own keeps the page in memory then. Through FUSE the kernel may read
// it anew from the server, which has the old one, and that is the fault of no disk.
func notShared(path string) bool { return !strings.HasSuffix(path, "-shm") }

// aFault chooses one.
func aFault(chance *rand.Rand) powercut.Fault {
	f := powercut.Fault{After: chance.IntN(30), Times: 1 + chance.IntN(3), Match: notShared}
	ops := []powercut.Op{powercut.OpWrite, powercut.OpFlush, powercut.OpFlushDir, powercut.OpCreate, powercut.OpRename,
		powercut.OpRead, powercut.OpOpen, powercut.OpRemove, powercut.OpLength, powercut.OpMode, powercut.OpLook}
	switch n := chance.IntN(10); {
	case n < 4:
		f.Ops, f.Errno = ops[chance.IntN(len(ops))], syscall.EIO
	case n < 6:
		f.Ops, f.Errno = powercut.OpWrite|powercut.OpCreate|powercut.OpLength, syscall.ENOSPC
	case n < 8:
		f.Ops, f.Errno, f.Lose, f.Times, f.After = powercut.OpFlush, syscall.EIO, true, 1, chance.IntN(8)
	default:
		f.Ops, f.Short = powercut.OpWrite, true
	}
	return f
}

// sufferOne files at the desk and by folder while something fails.
func (o *outage) sufferOne() {
	o.openPortal()
	o.openOffice()
	m := []*machine{o.office, o.office, o.province}[o.random.IntN(3)]
	starved := 0
	if o.random.IntN(8) == 0 {
		starved = o.starve(true)
	} else {
		for range 1 + o.random.IntN(3) {
			m.disk.Inject(aFault(o.random))
		}
	}
	o.fileUnderFaults()
	o.fileAtFaultyScreen()
	time.Sleep(time.Duration(o.random.IntN(150)) * time.Millisecond) // for the agent
	if starved > 0 {
		o.starve(false)
	}
	o.add("faults", starved+o.office.disk.Heal()+o.province.disk.Heal())
	o.restartTheFallen()
}

// starve takes file descriptors away from the services, or gives them back.
func (o *outage) starve(hungry bool) (n int) {
	for _, p := range []*program{o.desk, o.agent, o.portal} {
		limit := unix.Rlimit{Cur: 1 << 14, Max: 1 << 14}
		if hungry {
			limit.Cur = uint64(8 + o.random.IntN(24))
		}
		if err := unix.Prlimit(p.process.Pid, unix.RLIMIT_NOFILE, &limit, nil); err == nil {
			n++
		}
	}
	return n
}

// fileUnderFaults files a small batch. A no must come with words.
func (o *outage) fileUnderFaults() {
	o.batches++
	dir := filepath.Join(o.dir, "batches", fmt.Sprintf("%05d", o.batches))
	n := 1 + o.random.IntN(2)
	for i := range n {
		f := smallFolder(o.random, fmt.Sprintf("R-%05d-%d", o.batches, i), nil)
		o.told.hand(f.expected())
		f.write(o.t, dir)
	}
	r, err := o.office.run("kiosk", o.at("kiosk", "file", dir, "--as-is", "--json")...)
	if err != nil {
		o.say(err.Error())
		return
	}
	if bytes.Contains(r.log, []byte("panic:")) || bytes.Contains(r.log, []byte("fatal error:")) {
		o.say(fmt.Sprintf("kiosk file fell over: %v", r))
	}
	var rep report
	if len(r.out) > 0 {
		if err := oneValue(r.out, &rep); err != nil {
			o.say(err.Error())
		}
		o.say(o.told.heard(rep)...)
		o.add("slips printed", len(rep.Filed))
	}
	if whole := len(rep.Filed) == n; whole != (r.code == 0) || !whole && len(rep.Problems) == 0 && len(bytes.TrimSpace(r.log)) == 0 {
		o.say(fmt.Sprintf("kiosk file filed %d of %d, exit %d, and says: %v", len(rep.Filed), n, r.code, r))
	}
	if r.code != 0 {
		o.add("refusals of kiosk file", 1)
	}
}

// fileAtFaultyScreen files at the screen. A refusal is an answer with a sentence.
func (o *outage) fileAtFaultyScreen() {
	if o.browser == nil && !o.enterOnce() {
		return
	}
	at, e, err := o.browser.draft(picture(o.random))
	if err == nil {
		var slip string
		var answered bool
		slip, answered, err = o.browser.submit(at)
		if err == nil {
			o.say(o.told.shown(slip, true, e)...)
			o.add("slips shown", 1)
			return
		}
		o.told.shown("", false, e) // an error from the commit itself leaves it open whether it was filed
		_ = answered
	}
	var r *refusal
	if !errors.As(err, &r) {
		o.browser.close()
		o.browser = nil
		return
	}
	o.add("refusals at the screen", 1)
	if !strings.Contains(r.body, `"vi":"`) {
		o.say(fmt.Sprintf("the screen is told without a sentence: %v", err))
	}
}

// enterOnce opens the desk's address, which works once.
func (o *outage) enterOnce() bool {
	var ready struct{ URL string }
	up, err := o.office.await(o.desk, &ready)
	if err != nil || !up || ready.URL == o.entered {
		return false
	}
	b, err := enterDesk(ready.URL)
	o.entered = ready.URL
	if err != nil {
		b.close()
		return false
	}
	o.browser = b
	return true
}

// restartTheFallen does what a service manager does; a service that falls must have said why.
func (o *outage) restartTheFallen() {
	for _, p := range []**program{&o.desk, &o.agent, &o.portal} {
		select {
		case <-(*p).gone:
			r := (*p).result()
			if r.code == 0 || len(bytes.TrimSpace(r.log)) == 0 || bytes.Contains(r.log, []byte("panic:")) {
				o.say(fmt.Sprintf("%s ended by itself: %v", (*p).name, r))
			}
			o.add("restarts", 1)
			if p == &o.desk && o.browser != nil {
				o.browser.close()
				o.browser = nil
			}
			*p = nil
		default:
		}
	}
	o.openPortal()
	o.openOffice()
}

// freshAgent begins the agent anew, so that nobody waits for the minutes a full portal asked for.
func (o *outage) freshAgent() {
	if o.agent != nil {
		o.check(o.agent.end())
		o.agent = nil
	}
	o.openOffice()
}

// worksAgain: without faults, everything goes well with the programs as they are.
func (o *outage) worksAgain() {
	o.restartTheFallen()
	before := o.counts["refusals of kiosk file"] + o.counts["refusals at the screen"]
	o.fileUnderFaults()
	o.fileAtFaultyScreen()
	if o.counts["refusals of kiosk file"]+o.counts["refusals at the screen"] != before {
		o.say("a working disk, and something is still refused")
	}
	o.freshAgent()
	o.carryOn()
}
