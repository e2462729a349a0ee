package processes

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bendo/internal/line"
	"bendo/internal/sim"
)

// TestSmokeBadLine: real programs on a line that is cut, crawls, lags, swallows, resets, and behind
// which somebody else answers for a while (T8). Every dossier arrives once; an answer that is not the
// province's moves nothing (I14); what the office sees of a dossier fits one order with what the
// province has (I25, T16); the bytes sent are few more than what was filed. BENDO_TORTURE=full plays
// it for two hours, on four lines beside one another.
func TestSmokeBadLine(t *testing.T) {
	t.Parallel() // it waits more than it works
	long, count := 16*time.Second, 1
	if full() {
		long, count = 30*time.Minute, 4
	}
	rounds(t, count, func(t *testing.T, seed uint64) tally {
		b := newBadLine(t, seed)
		b.play(long)
		b.settle()
		return tally{"minutes": int(long.Minutes()), "dossiers": b.n, "cuts": int(b.cuts), "impostors": b.impostors}
	})
}

// badLine is one run.
type badLine struct {
	*lab
	told      *told
	man       *middleman
	lines     []*line.Line
	chance    *rand.Rand
	agent     *service
	filed     int64 // bytes of scans
	n         int
	cuts      int64
	changes   int64 // of the line under an open connection
	impostors int
	now       *line.Line // that the man in the middle leads to, nil for the bare wire
	waste     int64      // what cuts may cost: two seconds of the line each
	began     time.Time

	mu   sync.Mutex
	seen map[string][]sim.Sight // slip → what was seen of it
}

func newBadLine(t *testing.T, seed uint64) *badLine {
	b := &badLine{lab: newLab(t), told: newTold(), chance: rand.New(rand.NewPCG(seed, 8)), seen: map[string][]sim.Sight{}, began: time.Now()}
	b.man = newMiddleman(t, b.address)
	second := time.Second
	for i, p := range []line.Profile{
		{RateUp: 256_000, RateDown: 512_000, Delay: 100 * time.Millisecond, CutEvery: 5 * second, CutFor: second, OnCut: line.Reset},
		{RateUp: 512_000, RateDown: 512_000, Delay: 50 * time.Millisecond, CutEvery: 20 * second, CutFor: 2 * second, OnCut: line.Blackhole},
		{RateUp: 256_000, RateDown: 512_000, Delay: 300 * time.Millisecond, CutEvery: 4 * second, CutFor: second, OnCut: line.Hold},
		{RateUp: 2_000, RateDown: 2_000, Delay: 500 * time.Millisecond},
		{RateUp: 64_000, RateDown: 64_000, Delay: 15 * second},
		{RateUp: 1_000_000, RateDown: 1_000_000, Delay: 20 * time.Millisecond},
	} {
		p.Seed = uint64(i)
		b.lines = append(b.lines, b.raise(p))
	}
	b.enrol(b.man.addr())
	b.agent = b.serve("agent", b.at("agent", "run", "--json")...)
	b.others = append(b.others, b.agent)
	return b
}

// raise puts up a line to the portal that lasts as long as the test.
func (b *badLine) raise(p line.Profile) *line.Line {
	l := &line.Line{Listen: "127.0.0.1:0", Target: b.address, Profile: p}
	b.check(l.Open())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	b.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
	})
	return l
}

// play changes what stands between the two, files, and looks, until the time is over.
func (b *badLine) play(long time.Duration) {
	for end := time.Now().Add(long); time.Now().Before(end); {
		spell := min(long/8, time.Duration(10+b.chance.IntN(110))*time.Second)
		if b.chance.IntN(3) == 0 {
			how := impostors[b.chance.IntN(len(impostors))]
			b.impostor(how, min(spell, 40*time.Second))
			continue
		}
		l := b.lines[b.chance.IntN(len(b.lines))]
		cuts := l.Counts().Cuts
		b.change(l, "")
		for until := time.Now().Add(spell); time.Now().Before(until); {
			b.fileSome()
			b.look()
			time.Sleep(min(spell/4, time.Duration(1+b.chance.IntN(8))*time.Second))
		}
		if n := l.Counts().Cuts - cuts; l.Profile.OnCut != line.Hold {
			b.cuts, b.waste = b.cuts+n, b.waste+n*2*l.Profile.RateUp/8
		}
	}
}

// change puts another line between the two, nil for the bare wire, or somebody who answers. Whoever
// was on the line until now is cut off, which costs what any cut costs.
func (b *badLine) change(l *line.Line, how string) {
	next := b.address
	if l != nil {
		next = l.Addr()
	}
	if b.man.change(next, how) > 0 && b.now != nil {
		b.changes, b.waste = b.changes+1, b.waste+2*b.now.Profile.RateUp/8
	}
	b.now = l
}

// impostor: while somebody else answers, nothing that the province has or that the office believes
// of it changes.
func (b *badLine) impostor(how string, spell time.Duration) {
	b.change(nil, how)
	b.impostors++
	time.Sleep(200 * time.Millisecond) // what was on its way has landed or is lost
	before, there := b.state(), b.there()
	b.fileSome()
	time.Sleep(spell)
	after := b.state()
	for slip, acks := range before {
		if after[slip] != acks {
			b.t.Fatalf("I14: while %s answered, the acknowledgements of slip %s went from %s to %s", how, slip, acks, after[slip])
		}
	}
	if n := b.there(); n != there {
		b.t.Fatalf("I14: while %s answered, the province went from %d to %d dossiers", how, there, n)
	}
}

func (b *badLine) there() int {
	list, err := b.list()
	b.check(err)
	return len(list)
}

// state is what the office believes of each dossier.
func (b *badLine) state() map[string]string {
	s, err := b.status()
	b.check(err)
	out := map[string]string{}
	for _, d := range s.Dossiers {
		out[d.Slip] = fmt.Sprint(levelOf(d))
	}
	return out
}

func levelOf(d acknowledged) int {
	switch {
	case d.Acks["province_complete"] != nil:
		return sim.Whole
	case d.Acks["left_commune"] != nil:
		return sim.Received
	}
	return sim.Saved
}

func (b *badLine) fileSome() {
	b.n++
	f := smallFolder(b.chance, fmt.Sprintf("L-%05d", b.n), nil)
	for _, one := range f.files {
		b.filed += int64(len(one.data))
	}
	dir := filepath.Join(b.dir, fmt.Sprint("batch", b.n))
	f.write(b.t, dir)
	b.told.hand(f.expected())
	call := time.Since(b.began)
	r := b.file(dir)
	wrongs(b.t, b.told.heard(r))
	for _, one := range r.Filed {
		b.note(one.Slip, sim.Sight{Who: sim.Desk, Call: call, Return: time.Since(b.began)})
	}
}

func (b *badLine) note(slip string, s sim.Sight) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen[slip] = append(b.seen[slip], s)
}

// look notes what the office and the province say of every dossier at this moment.
func (b *badLine) look() {
	call := time.Since(b.began)
	s, err := b.status()
	b.check(err)
	back := time.Since(b.began)
	for _, d := range s.Dossiers {
		b.note(d.Slip, sim.Sight{Who: sim.Office, Level: levelOf(d), Call: call, Return: back})
	}
	call = back
	list, err := b.list()
	b.check(err)
	back = time.Since(b.began)
	for _, d := range list {
		level := sim.Whole
		for _, a := range d.Attachments {
			if !a.Complete {
				level = sim.Received
			}
		}
		b.note(d.Slip, sim.Sight{Who: sim.Province, Level: level, Call: call, Return: back})
	}
}

// settle gives the office an honest line and wants everything there, once, for few bytes.
func (b *badLine) settle() {
	b.change(nil, "")
	b.sync()
	b.look()
	s, err := b.status()
	b.check(err)
	list, err := b.list()
	b.check(err)
	known := b.told.known()
	wrongs(b.t, append(b.told.early(s, list, known), b.told.judge(list, known, true)...))
	for slip, h := range b.seen {
		if !sim.DossierLinear(h) {
			b.t.Errorf("T16: no order explains what was seen of slip %s: %+v", slip, h)
		}
	}
	b.endAll()
	broken, err := b.onDisk(b.t.Context())
	b.check(err)
	wrongs(b.t, broken)
	sent, conns := b.man.through.Load(), b.man.opened.Load()
	// Payload ×1.05, and beside it what a connection, a cut and a dossier's own event cost by design:
	// handshake and hello, two seconds of the line's rate, the event's batch with its exchanges.
	most := b.filed*105/100 + conns*6_000 + b.waste + int64(b.n)*4_000 + int64(time.Since(b.began)/time.Second)*40
	b.t.Logf("%d dossiers, %d bytes of scans; %d bytes up on %d connections, %d cuts, %d changes of the line; at most %d by the rule", b.n, b.filed, sent, conns, b.cuts, b.changes, most)
	if sent > most {
		b.t.Errorf("%d bytes went up, %d are explained", sent, most)
	}
}
