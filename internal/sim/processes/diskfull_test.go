package processes

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSmokeDiskFull fills the disks at every point. Who has not begun is refused in words before he
// starts; who has begun files on the reserve; afterwards nothing new is begun until there is room, and
// then it is again; the portal keeps its word and takes the rest later. BENDO_TORTURE=full makes it
// 300 times.
func TestSmokeDiskFull(t *testing.T) {
	t.Parallel()
	points, count := 2, 1
	if full() {
		points, count = 25, 12
	}
	rounds(t, count, func(t *testing.T, seed uint64) tally {
		o := newOutage(t, seed, nil)
		o.enrolInTheLight()
		for range points {
			o.fillOnce()
			wrongs(t, o.wrong)
		}
		o.freshAgent()
		o.calm()
		t.Logf("%v; %s", o.counts, o.cost())
		return o.counts
	})
}

const mib = 1 << 20

// fillOnce begins a dossier while there is room, fills the disk at some point of it, and goes on.
func (o *outage) fillOnce() {
	o.add("full", 1)
	if o.browser == nil && !o.enterOnce() {
		o.t.Fatal("the desk does not open")
	}
	at, e, err := o.browser.draft(picture(o.random))
	o.check(err)
	left := o.random.Int64N(60_000)
	o.leave(left)
	if o.random.IntN(3) == 0 {
		o.province.disk.SetQuota(o.province.disk.Used() + o.random.Int64N(200_000))
	}
	slip, answered, err := o.browser.submit(at)
	if err != nil {
		o.say(fmt.Sprintf("a dossier that was begun is not filed on the reserve (%d bytes were left): %v, answered %v", left, err, answered))
		return
	}
	o.say(o.told.shown(slip, true, e)...)
	o.refusedNow()
	o.fileOnFullDisk()
	if o.random.IntN(2) == 0 { // room for a little, not for the reserve: still nothing new
		o.leave(o.random.Int64N(40 * mib))
		if o.room() < 32*mib {
			o.refusedNow()
		}
	}
	o.leave(200 * mib)
	at, e, err = o.browser.draft(picture(o.random))
	if err != nil {
		o.say(fmt.Sprintf("there is room again, and a new dossier is refused: %v", err))
		return
	}
	slip, _, err = o.browser.submit(at)
	o.check(err)
	o.say(o.told.shown(slip, true, e)...)
	st, err := o.fullStatus()
	if err != nil || st.Short || st.Room < 32*mib {
		o.say(fmt.Sprintf("there is room again, and the status says %+v, %v", st, err))
	}
	o.office.disk.SetQuota(0)
	o.province.disk.SetQuota(0)
}

// leave gives the office's disk so many bytes.
func (o *outage) leave(bytes int64) {
	o.quota = o.office.disk.Used() + bytes
	o.office.disk.SetQuota(o.quota)
}

// room is what is left beside the reserve, as long as that is there; once it was given up its size is
// owed first. It is reckoned here and not asked of the programs.
func (o *outage) room() int64 {
	room := o.quota - o.office.disk.Used()
	if _, err := os.Stat(filepath.Join(o.places.office, "reserve")); err != nil {
		room -= 32 * mib
	}
	return room
}

// refusedNow wants a new visit to be refused in words before it begins.
func (o *outage) refusedNow() {
	err := o.browser.do("POST", "/api/drafts", map[string]any{"procedure": "1.001776", "language": "vi", "secret": false}, nil)
	var r *refusal
	if !errors.As(err, &r) || r.status != 507 || !strings.Contains(r.body, "disk_full") || !strings.Contains(r.body, "tạm dừng nhận hồ sơ mới") {
		o.say(fmt.Sprintf("a full disk, and a new dossier is answered by %v", err))
	}
	o.add("refused before the start", 1)
	if st, err := o.fullStatus(); err == nil && !st.Short {
		o.say(fmt.Sprintf("a full disk, and the status says %+v", st))
	}
}

// fileOnFullDisk: prepared dossiers are refused in words as well, and handed in again at the end.
func (o *outage) fileOnFullDisk() {
	o.batches++
	dir := fmt.Sprintf("%s/batches/%05d", o.dir, o.batches)
	f := smallFolder(o.random, fmt.Sprintf("F-%05d", o.batches), nil)
	o.told.hand(f.expected())
	f.write(o.t, dir)
	r, err := o.office.run("kiosk", o.at("kiosk", "file", dir, "--as-is", "--json")...)
	o.check(err)
	if r.code == 0 || len(bytes.TrimSpace(r.log)) == 0 {
		o.say(fmt.Sprintf("a full disk, and kiosk file says %v", r))
	}
}

type diskStatus struct {
	Room  int64
	Short bool
}

func (o *outage) fullStatus() (diskStatus, error) {
	var s struct{ Disk diskStatus }
	_, err := o.ask("", &s, "agent", "status", "--json")
	return s.Disk, err
}
