package processes

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bendo/internal/line"
	"bendo/portal/store/storetest"
)

// TestSmokeKills files, carries and takes in while every program dies again and again by SIGKILL and
// the line is cut. BENDO_TORTURE=full makes it 10,000 kills; BENDO_SEED=n repeats the choice of
// victims, pauses, dossiers and of the line's weather (not what the machine's scheduler makes of it).
func TestSmokeKills(t *testing.T) {
	t.Parallel()
	kills, count := 100, 1
	if full() {
		kills, count = 250, 40 // rounds of fresh directories: whoever looks for a cause reads one
	}
	rounds(t, count, func(t *testing.T, seed uint64) tally {
		s := stormOf(t, seed)
		s.run(kills)
		return s.counts
	})
}

// TestSmokeKillsPostgres is a shorter storm over a portal whose rows are in PostgreSQL; the server lives.
func TestSmokeKillsPostgres(t *testing.T) {
	t.Parallel()
	kills := 30
	if full() {
		kills = 500
	}
	stormOf(t, seedOf(t), "--database", storetest.Postgres(t)).run(kills)
}

// storm is one round: an office and a province in bad weather.
type storm struct {
	*lab
	seed  uint64
	told  *told
	plan  *rand.Rand // of the killer
	line  *line.Line
	agent *service
	desk  *service

	strike func() (victim string, err error) // instead of killing one of the programs
	stop   chan struct{}
	spear  chan time.Duration // how long after its start the next kiosk file dies
	struck chan bool          // whether that one was still running

	mu     sync.Mutex
	wrong  []string
	counts tally
}

func stormOf(t *testing.T, seed uint64, database ...string) *storm {
	return stormWith(t, seed, &tools{bin: programs(t)}, database...)
}

// stormWith takes other programs.
func stormWith(t *testing.T, seed uint64, with *tools, database ...string) *storm {
	s := &storm{lab: newLabOf(t, with, database...), seed: seed, told: newTold(), plan: rand.New(rand.NewPCG(seed, 1)), stop: make(chan struct{}),
		spear: make(chan time.Duration), struck: make(chan bool), counts: tally{}}
	s.raiseLine()
	s.enrol(s.line.Addr())
	s.agent = s.serve("agent", s.at("agent", "run", "--json")...)
	s.desk = s.serve("kiosk", s.at("kiosk", "serve", "--json")...)
	s.others = append(s.others, s.agent, s.desk)
	return s
}

// raiseLine puts a middling line with a cut in every few seconds between the two; what a cut does to
// open connections is the round's.
func (s *storm) raiseLine() {
	s.t.Helper()
	weather := rand.New(rand.NewPCG(s.seed, 4))
	p := line.Profile{RateUp: 8_000_000, RateDown: 8_000_000, Delay: 15 * time.Millisecond, Jitter: 5 * time.Millisecond, Seed: s.seed,
		CutEvery: time.Duration(4+weather.IntN(5)) * time.Second, CutFor: time.Duration(200+weather.IntN(900)) * time.Millisecond,
		OnCut: []line.CutMode{line.Reset, line.Blackhole, line.Hold}[weather.IntN(3)]}
	if p.OnCut == line.Blackhole {
		p.CutEvery *= 4 // each costs an agent that nobody kills the ten seconds of a deadline
	}
	s.line = &line.Line{Listen: "127.0.0.1:0", Target: s.address, Profile: p}
	s.check(s.line.Open())
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.line.Run(ctx) }()
	s.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			s.t.Error(err)
		}
	})
	s.t.Logf("a cut of %v every %v, open connections: %v", p.CutFor, p.CutEvery, p.OnCut)
}

// say notes what is wrong and how often something happened.
func (s *storm) say(wrong ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = append(s.wrong, wrong...)
}

func (s *storm) add(what string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[what] += n
}

func (s *storm) over() bool {
	select {
	case <-s.stop:
		return true
	default:
		return false
	}
}

func (s *storm) run(kills int) {
	begun := time.Now()
	var work sync.WaitGroup
	tasks := []func() error{s.fileFolders, s.fileAtScreen, s.watch}
	if s.portal.lenient {
		tasks = tasks[:2] // it cannot be asked at any moment
	}
	for _, f := range tasks {
		work.Go(func() {
			if err := f(); err != nil {
				s.say(err.Error())
			}
		})
	}
	err := s.slay(kills)
	close(s.stop)
	work.Wait()
	s.check(err)
	stormed := time.Since(begun)
	s.calm()
	s.report(stormed, time.Since(begun))
}

// slay kills until it killed enough.
func (s *storm) slay(kills int) error {
	for done := 0; done < kills; {
		time.Sleep(time.Duration(20+s.plan.IntN(400)) * time.Millisecond)
		s.mu.Lock()
		hopeless := len(s.wrong) > 0
		s.mu.Unlock()
		if hopeless {
			return nil
		}
		var err error
		victim, hit := "", true
		switch n := s.plan.IntN(100); {
		case s.strike != nil:
			victim, err = s.strike()
		case n < 35:
			victim = "killed kiosk file"
			hit = s.spearOne(time.Duration(s.plan.IntN(250)) * time.Millisecond)
		case n < 65:
			victim, err = "killed agent run", s.agent.kill()
		case n < 90:
			victim, err = "killed portal serve", s.portal.kill()
		default:
			victim, err = "killed kiosk serve", s.desk.kill()
		}
		if err != nil {
			return err
		}
		if hit {
			done++
			s.add(victim, 1)
		}
	}
	return nil
}

// spearOne kills the next kiosk file so long after its start. Some have ended by then.
func (s *storm) spearOne(after time.Duration) bool {
	select {
	case s.spear <- after:
		return <-s.struck
	case <-time.After(10 * time.Second):
		return false // the filer waits for something else; the round does not
	}
}

// fileFolders files batch after batch through kiosk file; one that was killed is filed again at once
// or at the end.
func (s *storm) fileFolders() error {
	chance := rand.New(rand.NewPCG(s.seed, 2))
	var earlier []byte
	for n := 0; !s.over(); n++ {
		dir := filepath.Join(s.dir, "batches", fmt.Sprintf("%05d", n))
		for i := range 1 + chance.IntN(4) {
			f := smallFolder(chance, fmt.Sprintf("R-%05d-%d", n, i), earlier)
			earlier = f.files[0].data
			s.told.hand(f.expected())
			f.write(s.t, dir)
		}
		again := chance.IntN(2) == 0
		killed, err := s.fileBatch(dir, true)
		if err == nil && killed && again {
			_, err = s.fileBatch(dir, false)
		}
		if err != nil {
			return err
		}
		time.Sleep(time.Duration(chance.IntN(500)) * time.Millisecond)
	}
	return nil
}

// fileBatch files one batch; mortal: the killer may have it.
func (s *storm) fileBatch(dir string, mortal bool) (dead bool, err error) {
	var fallen chan struct{} // closed when the blow of a killer has fallen; nil when there was none
	during := func(p *os.Process) {
		select {
		case after := <-s.spear:
			fallen = make(chan struct{})
			time.AfterFunc(after, func() { p.Kill(); close(fallen) })
		default:
		}
	}
	if !mortal {
		during = nil
	}
	r, err := s.tools.run("", during, "kiosk", s.at("kiosk", "file", dir, "--as-is", "--json")...)
	if fallen != nil {
		<-fallen
		s.struck <- r.killed
	}
	if err != nil {
		return false, err
	}
	var rep report
	switch err := oneValue(r.out, &rep); {
	case err == nil: // also when it was killed after it had printed: somebody read that
		s.say(s.told.heard(rep)...)
		s.add("slips printed", len(rep.Filed))
	case !r.killed:
		return false, fmt.Errorf("kiosk file: %w: %v", err, r)
	}
	if !r.killed && r.code != 0 {
		return false, fmt.Errorf("kiosk file ended badly in the storm: %v", r)
	}
	return r.killed, nil
}

// fileAtScreen files at the desk's screen, as often as the desk lives long enough.
func (s *storm) fileAtScreen() error {
	chance := rand.New(rand.NewPCG(s.seed, 3))
	var last *life
	for !s.over() {
		var ready struct{ URL string }
		now, err := s.desk.readyLife(&ready)
		if err != nil {
			return err
		}
		if now == last { // its address works once, and it died or will soon
			time.Sleep(20 * time.Millisecond)
			continue
		}
		last = now
		s.visit(ready.URL, chance)
	}
	return nil
}

// visit files dossiers until the desk is gone.
func (s *storm) visit(address string, chance *rand.Rand) {
	b, err := enterDesk(address)
	defer b.close()
	for err == nil && !s.over() {
		var at, slip string
		var e expected
		if at, e, err = b.draft(picture(chance)); err != nil {
			break
		}
		var answered bool
		s.told.offered(e)
		slip, answered, err = b.submit(at)
		if err != nil && answered {
			s.say(fmt.Sprintf("the desk refused a dossier: %v", err))
			return
		}
		s.say(s.told.shown(slip, answered, e)...)
		s.add(map[bool]string{true: "slips shown at the screen", false: "answers lost at the screen"}[answered], 1)
		time.Sleep(time.Duration(chance.IntN(1500)) * time.Millisecond)
	}
}

// watch compares acknowledgements with the province all the time: first what the office says, then
// what the province has.
func (s *storm) watch() error {
	for !s.over() {
		if err := s.look(false); err != nil {
			return err
		}
		s.add("comparisons", 1)
		time.Sleep(time.Second)
	}
	return nil
}

func (s *storm) look(whole bool) error {
	known := s.told.known()
	st, err := s.status()
	if err != nil {
		return err
	}
	list, err := s.list()
	if err != nil {
		return err
	}
	s.say(s.told.early(st, list, known)...)
	s.say(s.told.judge(list, known, whole)...)
	if !whole {
		return nil
	}
	for _, d := range st.Dossiers {
		if d.Acks["province_complete"] == nil || d.Acks["left_commune"] == nil {
			s.say(fmt.Sprintf("in the end slip %s (%q) is acknowledged as %v", d.Slip, d.Reference, d.Acks))
		}
	}
	if len(st.Dossiers) != len(list) || st.Queue.Dossiers+st.Queue.Events+st.Queue.Blobs+st.Damaged != 0 {
		s.say(fmt.Sprintf("in the end the office has %d dossiers, the province %d, queue %+v, damaged %d", len(st.Dossiers), len(list), st.Queue, st.Damaged))
	}
	s.add("dossiers at the province", len(list))
	return nil
}

// calm lets everything run to its end: what was killed is filed again, all is carried, all is compared.
func (s *storm) calm() {
	s.t.Helper()
	wrongs(s.t, s.wrong)
	all := filepath.Join(s.dir, "all")
	s.check(os.Mkdir(all, 0o700))
	folders, err := filepath.Glob(filepath.Join(s.dir, "batches", "*", "*"))
	s.check(err)
	for _, f := range folders {
		s.check(os.Rename(f, filepath.Join(all, filepath.Base(f))))
	}
	s.add("acknowledged as complete in the storm", len(s.told.complete))
	s.stage("filing all folders again", func() { _, err = s.fileBatch(all, false) })
	s.check(err)
	s.stage("carrying the rest", s.sync)
	s.check(s.look(true))
	if n := len(s.told.slipOf); n != len(folders) {
		s.say(fmt.Sprintf("%d folders were handed in, %d references have a slip", len(folders), n))
	}
	s.endAll()
	var broken, hits []string
	files := 0
	s.stage("reading every scan", func() { broken, err = s.onDisk(s.t.Context()) })
	s.check(err)
	s.say(broken...)
	s.stage("searching for personal data", func() { hits, files, err = newSecrets(canaries...).search(s.office(), s.state(), s.logs) })
	s.check(err)
	s.say(hits...)
	s.add("files searched for personal data", files)
	wrongs(s.t, s.wrong)
}

// stage says how long a part of the end took: for whoever makes the test faster.
func (s *storm) stage(what string, do func()) {
	s.t.Helper()
	begun := time.Now()
	do()
	s.t.Logf("%s: %v", what, time.Since(begun).Round(time.Millisecond))
}

func (s *storm) report(stormed, all time.Duration) {
	s.t.Helper()
	c := s.line.Counts()
	s.t.Logf("%v; cuts %d, connections %d; storm %v, all %v", s.counts, c.Cuts, c.Connections,
		stormed.Round(time.Second), all.Round(time.Second))
	s.t.Log(s.cost())
}
