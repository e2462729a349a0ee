package processes

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// machineWall is a machine whose wall clock the test moves under the running programs.
type machineWall struct {
	t    *testing.T
	file string
}

func newWall(t *testing.T) *machineWall {
	w := &machineWall{t, filepath.Join(t.TempDir(), "wall")}
	w.set("")
	return w
}

// tools are the programs that read this clock.
func (w *machineWall) tools() *tools {
	return &tools{bin: clockPrograms(w.t), env: []string{"BENDO_TEST_WALL=@" + w.file}}
}

// set replaces the file that tells the programs their clock, in one step.
func (w *machineWall) set(words string) {
	w.t.Helper()
	if err := os.WriteFile(w.file+".new", []byte(words), 0o600); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(w.file+".new", w.file); err != nil {
		w.t.Fatal(err)
	}
}

// shows makes the wall clock show a time from now on.
func (w *machineWall) shows(at time.Time, more string) {
	w.set(fmt.Sprintf("set=%s since=%s %s", at.UTC().Format(time.RFC3339), time.Now().UTC().Format(time.RFC3339), more))
}

type clockStatus struct {
	Now     int64
	Quality string
	Pending int64
}

func (l *lab) clock(args ...string) (c clockStatus) {
	l.t.Helper()
	l.must("", &c, "agent", append([]string{"clock", "--json"}, args...)...)
	return c
}

var (
	in1970 = time.Date(1970, 1, 1, 0, 0, 1, 0, time.UTC)
	in2036 = time.Date(2036, 2, 7, 6, 28, 16, 0, time.UTC)
)

// I19: a machine that wakes in 1970 or 2036 enrols, files and syncs; what it does not know it says;
// nothing is lost, doubled or blocked, and the clock heals.
func TestSmokeWrongClock(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ first, then time.Time }{
		"1970 and 2036 after a restart": {in1970, in2036},
		"2036 and 1970 after a restart": {in2036, in1970},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wakesWrong(t, c.first, c.then)
		})
	}
}

func wakesWrong(t *testing.T, first, then time.Time) {
	w := newWall(t)
	l := newLabOf(t, w.tools())
	told := newTold()
	w.shows(first, "")
	l.enrol(l.address)
	if c := l.clock(); c.Quality != "trusted" || !close24(c.Now) {
		t.Fatalf("enrolled in %d, the clock says %+v", first.Year(), c)
	}
	files := func(name string) {
		dir := filepath.Join(t.TempDir(), name)
		f := newFolder(name, file{"giấy.bin", []byte(name)})
		f.write(t, dir)
		told.hand(f.expected())
		wrongs(t, told.heard(l.file(dir)))
	}
	files("filed in the first boot")
	l.sync()
	// The next morning, without a line: another wrong time. Nobody is turned away, and it says so.
	w.shows(then, "boot=second")
	files("filed after the restart")
	if c := l.clock(); c.Quality != "jumped" {
		t.Fatalf("restarted in %d, the clock says %+v", then.Year(), c)
	}
	agent := l.runAgent()
	l.sync()
	files("filed beside the agent")
	l.sync()
	if c := l.clock(); c.Quality != "trusted" { // a jump of years waits for an hour, or for a person
		if c.Quality != "jumped" || !close24(c.Pending) {
			t.Fatalf("after the sync: %+v", c)
		}
		if c = l.clock("--confirm-signed"); c.Quality != "trusted" || !close24(c.Now) {
			t.Fatalf("after the tap: %+v", c)
		}
	}
	// Under the running agent it goes ten years back, stands still, and runs backwards.
	words := []string{"offset=-87660h", "rate=0", "rate=-1"}
	if first == in2036 {
		words = words[:1]
	}
	for i, words := range words {
		since := time.Now().UTC().Format(time.RFC3339)
		w.set(words + " since=" + since + " boot=second")
		files(fmt.Sprintf("filed under %d", i))
		l.sync()
		if c := l.clock(); c.Quality != "trusted" || !close24(c.Now) {
			t.Fatalf("%s: the clock says %+v", words, c)
		}
	}
	l.check(agent.end())
	list, err := l.list()
	l.check(err)
	wrongs(t, told.judge(list, told.known(), true))
	w.set("")
	l.endAll()
	wrong, err := l.onDisk(t.Context())
	l.check(err)
	wrongs(t, wrong)
}

func close24(ms int64) bool { return time.Since(time.UnixMilli(ms)).Abs() < 24*time.Hour }
