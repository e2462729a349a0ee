//go:build linux

package herd

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	mrand "math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bendo/portal/casework"
	"bendo/portal/store"
	"bendo/syncproto"
)

// A day of the nation: 3,321 communes (Resolutions of June 2025), 40 dossiers each, filed in sittings.
// The day is pressed together: a sitting follows the other as fast as the portal takes them, so what
// is measured is how much of a day the portal could carry.
const (
	sittings  = 4
	atOnce    = 48 // sittings under way
	oneIn     = 10 // dossiers whose scan is really sent, small; of the others only the manifest arrives
	tinyScan  = 3_000
	stepsEach = 2 // dossiers of a sitting that an officer takes in at once
)

// day is one run of it.
type day struct {
	t       *testing.T
	p       *province
	work    *casework.Work
	times   timings
	events  atomic.Int64
	steps   atomic.Int64
	perTurn int
}

// TestDay files a day of many offices, with officers who take in, and every machine that reads its
// feed; at the end every dossier is there once and every feed was read to its end.
func TestDay(t *testing.T) {
	chance := mrand.New(mrand.NewPCG(seed(t), 2))
	p := newProvince(t, 1)
	d := &day{t: t, p: p, work: casework.New(p.db, casework.Options{}), perTurn: size(3, 10)}
	all := make([]*machine, machines(size(30, 3321)))
	began := time.Now()
	var group sync.WaitGroup
	for i := range all {
		all[i] = p.enrolledAtDesk(t, fmt.Sprintf("%05d", 10000+i))
	}
	t.Logf("%d machines enrolled in %v", len(all), time.Since(began).Round(time.Second))
	var turns []int
	for i := range len(all) * sittings {
		turns = append(turns, i%len(all))
	}
	chance.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
	// A machine has one sitting at a time.
	mine := make([]sync.Mutex, len(all))
	next := make(chan int)
	before := p.used()
	began = time.Now()
	for range atOnce {
		group.Go(func() {
			for i := range next {
				mine[i].Lock()
				d.sitting(all[i])
				mine[i].Unlock()
			}
		})
	}
	for _, i := range turns {
		next <- i
		if len(turns) < 1000 || i%50 == 0 {
			p.processes[0].measure()
		}
	}
	close(next)
	group.Wait()
	took, spent := time.Since(began), p.used().since(before)
	now := p.processes[0].measure()
	d.judge(all)
	t.Logf("%d offices, %d events and %d officers' steps in %v: %.0f events/s; exchanges %s; appends %s; not answered %v",
		len(all), d.events.Load(), d.steps.Load(), took.Round(time.Millisecond), float64(d.events.Load())/took.Seconds(),
		percentiles(d.times.sync), percentiles(d.times.append), d.times.failed)
	t.Logf("portal: memory %d MB at the end, at most %d MB; %s", now>>10, p.processes[0].peak>>10, spent)
}

// enrolledAtDesk takes a machine in without the road: thousands of enrolments are not what is looked at.
func (p *province) enrolledAtDesk(t testing.TB, commune string) *machine {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	device, err := syncproto.NewDeviceID(rand.Reader)
	check(t, err)
	answer, err := p.register.Enrol(context.Background(), syncproto.SignEnrol(syncproto.EnrolRequest{ID: requestID(t), Secret: p.code(commune).Secret,
		Device: device, Proto: syncproto.Proto}, key))
	check(t, err)
	return &machine{t: t, p: p, key: key, id: answer, head: syncproto.ChainStart(answer.Log()), cursor: answer.Feed, count: uint64(time.Now().UnixMilli())}
}

// sitting is one connection: a hello with what was filed since the last one, some scans, the feed.
func (d *day) sitting(m *machine) {
	m.client = d.p.client(nil)
	defer m.client.CloseConnections()
	m.session = nil
	var filed []syncproto.Event
	var scans [][]byte
	for range d.perTurn {
		scan := noise(tinyScan)
		filed, scans = append(filed, m.filing(scan)), append(scans, scan)
	}
	b := m.seal(filed...)
	d.patiently(func() error {
		began := time.Now()
		resp, err := m.hello(syncproto.SyncRequest{Push: []syncproto.Batch{b}})
		d.times.add(&d.times.sync, began, err)
		if err == nil && (resp.Ack == nil || resp.Ack.Applied != b.Last()) {
			d.t.Errorf("ack %+v, problems %v", resp.Ack, resp.Problems)
		}
		return err
	})
	d.events.Add(int64(len(filed)))
	for i, e := range filed {
		if i%oneIn == 0 {
			d.patiently(func() error {
				began := time.Now()
				a, err := m.client.AppendBlob(context.Background(), requestID(d.t), m.session,
					syncproto.BlobKey{Dossier: e.Header.Dossier, SHA256: sha256.Sum256(scans[i])}, 0, m.blob, scans[i])
				d.times.add(&d.times.append, began, err)
				if err == nil && !a.Complete {
					d.t.Errorf("scan: %+v", a)
				}
				return err
			})
		}
		if i < stepsEach {
			officer := casework.Officer{Name: "can.bo", Office: m.id.Commune, Role: store.Officer}
			if err := d.work.TakeIn(context.Background(), officer, casework.Step{Dossier: e.Header.Dossier}, ""); err != nil {
				d.t.Errorf("taking in: %v", err)
			}
			d.steps.Add(1)
		}
	}
	d.drain(m)
}

// drain reads the feed to its end.
func (d *day) drain(m *machine) {
	for more := true; more; {
		d.patiently(func() error {
			began := time.Now()
			resp, err := m.sync(syncproto.SyncRequest{Feed: &syncproto.FeedAsk{Cursor: m.cursor}})
			d.times.add(&d.times.sync, began, err)
			if err != nil {
				return err
			}
			if more = resp.Feed != nil && resp.Feed.Page != nil; !more {
				return nil
			}
			page, err := syncproto.OpenFeedPage(*resp.Feed.Page, m.id.PortalKey, syncproto.BuiltinDicts(), syncproto.Limits{})
			check(d.t, err)
			m.cursor, more = page.Next(), resp.Feed.More
			return nil
		})
	}
}

// patiently tries again, as a machine would.
func (d *day) patiently(try func() error) {
	for range 100 {
		err := try()
		if err == nil {
			return
		}
		found := syncproto.ProblemOf(err)
		if found == nil || !errors.Is(err, &syncproto.Problem{Kind: syncproto.Transient}) {
			d.t.Errorf("not to be tried again: %v", err)
			return
		}
		time.Sleep(found.RetryAfter() + time.Duration(drawn(int64(200*time.Millisecond))))
	}
	d.t.Error("tried a hundred times")
}

func (d *day) judge(machines []*machine) {
	var communes []string
	for _, m := range machines {
		communes = append(communes, m.id.Commune)
	}
	d.p.intact(communes)
	check(d.t, d.p.db.Read(context.Background(), func(tx *store.Tx) error {
		var cases int64
		if err := tx.Row("SELECT count(*) FROM cases", nil, &cases); err != nil {
			return err
		}
		if cases != d.events.Load() {
			d.t.Errorf("%d filed, %d at the province", d.events.Load(), cases)
		}
		for _, m := range machines {
			head, err := tx.FeedHead(m.id.Commune)
			if err != nil {
				return err
			}
			if m.cursor.Pos != head {
				d.t.Errorf("commune %s read its feed to %d of %d", m.id.Commune, m.cursor.Pos, head)
			}
		}
		return nil
	}))
}
