package processes

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSmokeSoak: offices that file and carry for a long time use no more at the end than in the
// middle (T14): memory, threads, descriptors, the write-ahead logs. Fifty agents for an hour with
// BENDO_TORTURE=full.
//
// I22: memory and disk are bounded.
func TestSmokeSoak(t *testing.T) {
	t.Parallel() // it waits more than it works
	agents, samples, every := 3, 12, time.Second
	if full() {
		agents, samples, every = 50, 360, 10*time.Second
	}
	s := &soak{lab: newLab(t), series: map[string][]float64{}}
	s.enrol(s.address)
	for i := range agents {
		s.office1(i)
	}
	for n := range samples {
		s.fileRound(n)
		time.Sleep(every)
		s.sample()
	}
	for what, list := range s.series {
		if err := flat(list); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	n := s.goroutines()
	t.Logf("%d samples of %d values; the portal ends with %d goroutines and %d agents", samples, len(s.series), n, agents)
	if most := 60 + 12*agents; n > most {
		t.Errorf("the portal has %d goroutines, more than %d", n, most)
	}
}

// TestSoakSeesALeak: a line that rises is seen, noise and a warm-up are not.
func TestSoakSeesALeak(t *testing.T) {
	leak, noise, warm := []float64{}, []float64{}, []float64{}
	for i := range 60 {
		leak = append(leak, 50e6+float64(i)*1e6)
		noise = append(noise, 50e6+float64(i*7919%13)*2e5)
		warm = append(warm, 50e6*(1-math.Exp(-float64(i)/6)))
	}
	if flat(leak) == nil {
		t.Error("a leak of a megabyte per sample is not seen")
	}
	for name, list := range map[string][]float64{"noise": noise, "warm": warm} {
		if err := flat(list); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// flat fits a line through the second half of a series: it may rise by a tenth of its mean.
func flat(list []float64) error {
	half := list[len(list)/2:]
	n := float64(len(half))
	var sx, sy, sxy, sxx float64
	for i, y := range half {
		x := float64(i)
		sx, sy, sxy, sxx = sx+x, sy+y, sxy+x*y, sxx+x*x
	}
	mean := sy / n
	slope := (n*sxy - sx*sy) / (n*sxx - sx*sx)
	if rise := slope * (n - 1); n >= 12 && rise > 0.1*mean+2 {
		return fmt.Errorf("it rises by %.0f over %d samples, the mean is %.0f", rise, len(half), mean)
	}
	return nil
}

type soak struct {
	*lab
	offices []*lab
	agents  []*service
	series  map[string][]float64
}

// office1 puts up one more office with its agent.
func (s *soak) office1(i int) {
	dir := filepath.Join(s.dir, fmt.Sprint("office-", i))
	s.check(os.Mkdir(dir, 0o700))
	o := &lab{t: s.t, tools: s.tools, dir: dir, address: s.address, web: s.web}
	var code struct{ Code string }
	s.must("", &code, "portal", "enrol", "new", "--commune", commune, "--json")
	o.must("", nil, "agent", "enrol", "--portal", "https://"+s.address, "--code", code.Code, "--json")
	a := s.serve("agent", o.at("agent", "run", "--json")...)
	s.others = append(s.others, a)
	s.offices, s.agents = append(s.offices, o), append(s.agents, a)
}

func (s *soak) fileRound(n int) {
	o := s.offices[n%len(s.offices)]
	dir := filepath.Join(o.dir, fmt.Sprint("batch", n))
	newFolder(fmt.Sprintf("S-%05d", n), file{"trang.bin", bytes.Repeat([]byte{byte(n), byte(n >> 8), 7}, 10_000)}).write(s.t, dir)
	o.file(dir)
}

// sample reads what the portal and all agents together use.
func (s *soak) sample() {
	add := func(what string, v float64) { s.series[what] = append(s.series[what], v) }
	var rss, threads, fds, wal float64
	for _, a := range s.agents {
		l, err := a.alive()
		s.check(err)
		r, th, f := usage(l.process.Pid)
		rss, threads, fds = rss+r, threads+th, fds+f
	}
	for _, o := range s.offices {
		wal += walBytes(o.office())
	}
	add("memory of the agents", rss)
	add("threads of the agents", threads)
	add("descriptors of the agents", fds)
	add("write-ahead logs of the offices", wal)
	l, err := s.portal.alive()
	s.check(err)
	r, th, f := usage(l.process.Pid)
	add("memory of the portal", r)
	add("threads of the portal", th)
	add("descriptors of the portal", f)
}

func usage(pid int) (rss, threads, fds float64) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0, 0 // it ended; whoever asks for it says so
	}
	for _, l := range strings.Split(string(status), "\n") {
		f := strings.Fields(l)
		if len(f) < 2 {
			continue
		}
		v, _ := strconv.ParseFloat(f[1], 64)
		switch f[0] {
		case "VmRSS:":
			rss = v * 1024
		case "Threads:":
			threads = v
		}
	}
	list, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return rss, threads, float64(len(list))
}

func walBytes(dir string) (n float64) {
	list, _ := filepath.Glob(filepath.Join(dir, "*-wal"))
	for _, path := range list {
		if st, err := os.Stat(path); err == nil {
			n += float64(st.Size())
		}
	}
	return n
}

// goroutines ends the portal with SIGQUIT, which prints them all.
func (s *soak) goroutines() int {
	l, err := s.portal.alive()
	s.check(err)
	s.portal.lenient = true
	s.check(l.process.Signal(syscall.SIGQUIT))
	<-l.gone
	return strings.Count(string(readLog(l)), "\ngoroutine ")
}
