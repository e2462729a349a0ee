//go:build windowsmoke

package shell

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"
)

// What a resident types here; no file of the program or of this test holds it in one piece. Plain letters:
// a process holds them in one byte each or in two.
var canary = strings.Join([]string{"chim", "vanh", "khuyen", "4417"}, " ")

// forgets types into the real window, ends the visit, and looks for what was typed in the memory of every
// process of the next one, and in every file the window may write. Before, the same search must find it.
func (s *stage) forgets(ctx context.Context) {
	s.t.Helper()
	i := s.arrive(ctx)
	s.do(ctx, i, `document.querySelector(".k-welcome__language").click()`, `location.hash === "#/home"`)
	s.do(ctx, i, `location.hash = "#/feedback"`, `document.querySelector(".k-way--main")`)
	// Where a machine takes spoken petitions, it asks first; here it is written.
	s.do(ctx, i, `document.querySelector(".k-way--main").click()`, `/\/f\/.*\/(how|text)$/.test(location.hash)`)
	s.do(ctx, i, `location.hash = location.hash.replace(/how$/, "text")`, `/\/f\/.*\/text$/.test(location.hash) && document.querySelector("textarea")`)
	// The words come as numbers, so that the inspector's own messages do not hold them.
	codes, err := json.Marshal(utf16.Encode([]rune(canary)))
	if err != nil {
		s.t.Fatal(err)
	}
	s.do(ctx, i, fmt.Sprintf(`(()=>{const box=document.querySelector("textarea");
		Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype,"value").set.call(box,String.fromCharCode(...%s));
		box.dispatchEvent(new Event("input",{bubbles:true}));box.focus();box.select();document.execCommand("copy")})()`, codes),
		`!document.querySelector(".k-next").disabled`)
	s.do(ctx, i, `document.querySelector(".k-next").click()`, `/photos/.test(location.hash)`)
	before := s.processes()
	if !slices.ContainsFunc(before, func(p process) bool { return p.page() && s.remembers(p) }) {
		s.t.Fatal("the search does not find what was typed while it is on the screen; it proves nothing")
	}
	s.do(ctx, i, `[...document.querySelectorAll(".k-footer__left button")].at(-1).click()`, `document.querySelector("dialog .bd-button--harm")`)
	// The page may be gone before it has answered.
	_, _ = i.eval(ctx, `(document.querySelector("dialog .bd-button--harm").click(), 1)`)
	i.close()
	s.gone(ctx, before)
	i = s.arrive(ctx)
	defer i.close()
	s.do(ctx, i, `document.querySelector(".k-welcome__language").click()`, `location.hash === "#/home"`)
	for _, p := range s.processes() {
		if s.remembers(p) {
			if p.page() {
				s.t.Errorf("%s (%d) still holds what the last resident typed", p.name, p.pid)
			} else {
				s.t.Logf("LOUD: %s (%d), which shows no page, holds what the last resident typed (see the room's comment)", p.name, p.pid)
			}
		}
	}
	s.inFiles(filepath.Join(s.dir, "home"))
	s.inFiles(filepath.Join(s.dir, "office"))
}

// do runs a step in the page and waits until it has come about.
func (s *stage) do(ctx context.Context, i *inspector, step, until string) {
	s.t.Helper()
	if _, err := i.eval(ctx, "(()=>{"+step+";return 1})()"); err != nil {
		s.t.Fatal(err)
	}
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if done, err := i.eval(ctx, "Boolean("+until+")"); err == nil && done == true {
			return
		}
	}
	where, _ := i.eval(ctx, `location.hash + " " + document.body.innerText.slice(0, 300)`)
	s.t.Fatalf("after %.80s it did not come to %q; the page shows %v", step, until, where)
}

type process struct {
	pid  int
	name string
}

func (p process) page() bool { return strings.HasPrefix(p.name, "WebKitWebProces") }

// processes are the window's and WebKit's.
func (s *stage) processes() []process {
	s.t.Helper()
	out, err := exec.Command("pgrep", "-g", fmt.Sprint(s.window.Process.Pid)).Output()
	if err != nil {
		s.t.Fatalf("no process of the window: %v", err)
	}
	var all []process
	for field := range strings.FieldsSeq(string(out)) {
		pid, err := strconv.Atoi(field)
		if err != nil {
			s.t.Fatal(err)
		}
		name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		if err != nil {
			continue // it has just ended
		}
		all = append(all, process{pid, strings.TrimSpace(string(name))})
	}
	return all
}

// gone waits until every page process of the last visit has ended.
func (s *stage) gone(ctx context.Context, before []process) {
	s.t.Helper()
	for ctx.Err() == nil {
		left := slices.DeleteFunc(s.processes(), func(p process) bool { return !p.page() || !slices.Contains(before, p) })
		if len(left) == 0 {
			return
		}
		time.Sleep(200 * time.Millisecond)
	}
	s.t.Fatal("the last visit's page process still lives")
}

// needles are the canary as a process or a file may hold it.
func needles() [][]byte {
	var wide []byte
	for _, unit := range utf16.Encode([]rune(canary)) {
		wide = append(wide, byte(unit), byte(unit>>8))
	}
	return [][]byte{[]byte(canary), wide}
}

// remembers looks through all memory of a process that can be written.
func (s *stage) remembers(p process) bool {
	s.t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", p.pid))
	if err != nil {
		return false
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", p.pid))
	if err != nil {
		s.t.Fatalf("the memory of %s cannot be read: %v (run the tests as root, or allow ptrace)", p.name, err)
	}
	defer mem.Close()
	for line := range strings.Lines(string(maps)) {
		var from, to int64
		var rights string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &from, &to, &rights); n != 3 || !strings.HasPrefix(rights, "rw") {
			continue
		}
		for _, run := range present(p.pid, from, to) {
			if holds(io.NewSectionReader(mem, run[0], run[1]-run[0])) {
				return true
			}
		}
	}
	return false
}

// present are the runs of pages of a region that are in memory or swapped out: a JavaScript engine
// reserves gigabytes that it never touches (Documentation/admin-guide/mm/pagemap.rst, bits 63 and 62).
func present(pid int, from, to int64) [][2]int64 {
	const page = 4096
	f, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", pid))
	if err != nil {
		return [][2]int64{{from, to}}
	}
	defer f.Close()
	var runs [][2]int64
	entries := make([]byte, 8*4096)
	for at := from; at < to; {
		n, err := f.ReadAt(entries[:min(int64(len(entries)), (to-at)/page*8)], at/page*8)
		for k := 0; k+8 <= n; k, at = k+8, at+page {
			switch {
			case entries[k+7]>>6 == 0:
			case len(runs) > 0 && runs[len(runs)-1][1] == at:
				runs[len(runs)-1][1] += page
			default:
				runs = append(runs, [2]int64{at, at + page})
			}
		}
		if err != nil || n < 8 {
			break
		}
	}
	return runs
}

// holds reads in pieces that overlap by the longest needle. Memory that cannot be read ends a region.
func holds(r io.Reader) bool {
	const piece = 1 << 20
	keep := 0
	buf := make([]byte, piece+256)
	for {
		n, err := io.ReadFull(r, buf[keep:])
		for _, needle := range needles() {
			if bytes.Contains(buf[:keep+n], needle) {
				return true
			}
		}
		if err != nil {
			return false
		}
		copy(buf, buf[len(buf)-256:])
		keep = 256
	}
}

func (s *stage) inFiles(dir string) {
	s.t.Helper()
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		if holds(f) {
			s.t.Errorf("%s holds what the last resident typed", path)
		}
		return nil
	})
	if err != nil && !os.IsNotExist(err) {
		s.t.Error(err)
	}
}

// TestTheSearchFindsWhatIsPlanted: across the edge of a piece, in one byte a letter and in two.
func TestTheSearchFindsWhatIsPlanted(t *testing.T) {
	for n, needle := range needles() {
		for _, at := range []int{0, 1<<20 - 5, 1<<20 + 251, 3<<20 + 100} {
			memory := make([]byte, 4<<20)
			copy(memory[at:], needle)
			if !holds(bytes.NewReader(memory)) {
				t.Errorf("needle %d at %d went unseen", n, at)
			}
		}
	}
	if holds(bytes.NewReader(make([]byte, 2<<20))) {
		t.Error("something is found in nothing")
	}
}
