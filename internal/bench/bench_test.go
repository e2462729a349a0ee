package bench

import (
	"bytes"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bendo/internal/line"
)

func TestRowsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rows() {
		if _, found := line.Named(r.Profile); !found || seen[r.Name] {
			t.Errorf("%s: line %s found: %v, named twice: %v", r.Name, r.Profile, found, seen[r.Name])
		}
		if _, found := payloads[r.Payload]; !found {
			t.Errorf("%s: no payload %s", r.Name, r.Payload)
		}
		seen[r.Name] = true
	}
	if _, err := choose("no such row"); err == nil || !strings.Contains(err.Error(), "2g/mini") {
		t.Errorf("a row nobody knows: %v", err)
	}
	if rows, err := choose("2g/mini|recover/.*"); err != nil || len(rows) != 4 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestScansAreWhatTheySay(t *testing.T) {
	for _, size := range []int{900, 66_000, 66_200, 131_700, 8_000_000} {
		b, err := noisyJPEG(size, 3)
		if err != nil || len(b) != size {
			t.Fatalf("asked for %d bytes, got %d, %v", size, len(b), err)
		}
		if _, err := jpeg.Decode(bytes.NewReader(b)); err != nil {
			t.Errorf("%d bytes: %v", size, err)
		}
		if size > 1<<20 {
			continue // zstd would take its time
		}
		n, err := zstd(b)
		if err != nil {
			t.Skipf("NOT TESTED, zstd is missing: %v", err)
		}
		if float64(n) < 0.99*float64(size)-500 {
			t.Errorf("zstd makes %d bytes of %d: not noise", n, size)
		}
	}
	if _, err := noisyJPEG(10, 1); err == nil {
		t.Error("a scan smaller than a picture was made")
	}
	for name, p := range payloads {
		sum := 0
		for _, n := range p.Scans {
			sum += n
		}
		if name == "mixed" && sum != 4_100_000 {
			t.Errorf("%s has %d bytes of scans", name, sum)
		}
	}
}

func TestIdealKnowsCuts(t *testing.T) {
	p := line.Profile{RateUp: 8000, CutEvery: 45 * time.Second, CutFor: 15 * time.Second}
	for bytes, want := range map[int64]time.Duration{1000: time.Second, 30_000: 30 * time.Second, 31_000: 46 * time.Second, 60_000: 75 * time.Second, 61_000: 91 * time.Second} {
		if got := idealTime(p, bytes); got != want {
			t.Errorf("%d bytes at 1000 a second: %v, want %v", bytes, got, want)
		}
	}
}

func TestPercentile(t *testing.T) {
	list := []float64{5, 1, 4, 2, 3}
	for p, want := range map[float64]float64{0: 1, 0.5: 3, 0.95: 5, 1: 5} {
		if got := percentile(list, p); got != want {
			t.Errorf("p%v is %v, want %v", 100*p, got, want)
		}
	}
	if percentile(nil, 0.5) != 0 {
		t.Error("nothing has a percentile")
	}
}

// TestABarThatIsMissedSaysSo: the planted bug of a bench is a green row that is not.
func TestABarThatIsMissedSaysSo(t *testing.T) {
	row := Row{Name: "2g/mini", Kind: kindCarry, Bars: Bars{Records: 4 * time.Second, All: 58 * time.Second, UpBytes: 1000, Wire: 1.1, Wall: 1.2, CPU: time.Second}}
	good := Result{CPU: 0.9, RSS: 30e6, Done: true, Records: 3.9, All: 57, Ideal: 50, IdealB: 950}
	good.Counts.Up.Sent.Bytes = 1000
	if v := verdict(row.checks(good)); strings.Contains(v, "missed") || strings.Count(v, "✓") != 7 {
		t.Error(v)
	}
	for what, spoil := range map[string]func(*Result){
		"late records":    func(r *Result) { r.Records = 4.1 },
		"no records":      func(r *Result) { r.Records = 0 },
		"late":            func(r *Result) { r.All = 58.1 },
		"too many bytes":  func(r *Result) { r.Counts.Up.Sent.Bytes = 1100 },
		"hungry":          func(r *Result) { r.RSS = 41e6 },
		"busy":            func(r *Result) { r.CPU = 1.1 },
		"never":           func(r *Result) { r.Done, r.All = false, 0 },
		"done, no figure": func(r *Result) { r.All = 0 },
	} {
		r := good
		spoil(&r)
		if !strings.Contains(verdict(row.checks(r)), "missed") {
			t.Errorf("%s was not noticed", what)
		}
	}
}

// TestWasteIsOfTheSameSeed: runs are compared with those that lost the same packets.
func TestWasteIsOfTheSameSeed(t *testing.T) {
	run := func(seed uint64, up, cuts int64) (r Result) {
		r.Seed, r.Done, r.Counts.Cuts, r.Counts.Up.Sent.Bytes = seed, true, cuts, up
		return r
	}
	got := wastes([]Result{run(1, 130, 2), run(2, 215, 2), run(3, 999, 2), run(4, 100, 0)}, []Result{run(2, 200, 0), run(1, 100, 0), run(4, 90, 0)})
	if !slices.Equal(got, []int64{15, 30}) {
		t.Errorf("wastes %v", got)
	}
}

// TestWhatWentTwiceIsJudged: with the limit of the line where it was cut, of the scans where it was not.
func TestWhatWentTwiceIsJudged(t *testing.T) {
	mini := Row{Name: "2g-cuts/mini", Profile: "2g-cuts", Payload: "mini"}
	r := Result{Done: true, Given: 390_000 + 3_900}
	if _, most, counted := mini.twice(r); !counted || most != 3_900 || strings.Contains(verdict(mini.checks(r)), "twice 3.9 kB ≤ 3.9 kB **") {
		t.Errorf("without cuts: %d, %s", most, verdict(mini.checks(r)))
	}
	r.Given++
	if !strings.Contains(verdict(mini.checks(r)), "twice 3.9 kB ≤ 3.9 kB **missed**") {
		t.Error(verdict(mini.checks(r)))
	}
	r.Counts.Cuts = 2
	if bytes, most, _ := mini.twice(r); bytes != 3_901 || most != 32_000 {
		t.Errorf("with two cuts: %d of %d", bytes, most)
	}
	if n := given([]byte("level=INFO msg=carried scan_bytes_given_to_the_line=390123\n")); n != 390_123 {
		t.Errorf("read %d", n)
	}
}

func TestTablesStayBetweenTheirMarkers(t *testing.T) {
	dir := t.TempDir()
	results, markdown := filepath.Join(dir, "r.jsonl"), filepath.Join(dir, "b.md")
	r := Result{Row: "2g/mini", Tool: toolOurs, Congestion: "bbr", At: time.Unix(1, 0), Done: true, All: 70, Ideal: 50, IdealB: 400_000}
	newer := r
	newer.At, newer.All = time.Unix(2, 0), 60
	peer := r
	peer.Tool, peer.Done, peer.All, peer.Limit = "rsync", false, 0, 300
	for _, one := range []Result{newer, r, peer} {
		if err := appendResult(results, one); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(markdown, []byte("before\n"+begin+"\nold\n"+end+"\nafter\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second time changes nothing more
		if err := WriteTables(results, markdown); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(markdown)
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	if !strings.HasPrefix(text, "before\n"+begin) || !strings.HasSuffix(text, end+"\nafter\n") || strings.Contains(text, "old") {
		t.Errorf("around the tables: %s", text)
	}
	if !strings.Contains(text, "60.0 s") || strings.Contains(text, "70.0 s") || !strings.Contains(text, "not in 300 s") {
		t.Errorf("the newest result is not shown: %s", text)
	}
	if err := os.WriteFile(markdown, []byte("no markers"), 0o600); err != nil {
		t.Fatal(err)
	}
	if WriteTables(results, markdown) == nil {
		t.Error("a file without markers was written")
	}
	if math.IsNaN(r.wire()) {
		t.Error("no ratio")
	}
}

func TestRangeStart(t *testing.T) {
	for s, want := range map[string]int64{"": 0, "bytes 0-9/10": 0, "bytes 100-199/200": 100} {
		if got, err := rangeStart(s); err != nil || got != want {
			t.Errorf("%q: %d, %v", s, got, err)
		}
	}
	for _, s := range []string{"bytes x-1/2", "bytes -5-9/10", "elephants"} {
		if _, err := rangeStart(s); err == nil {
			t.Errorf("%q was read", s)
		}
	}
}

// A table shows the median of each figure, not the other figures of the run whose time is the median.
func TestEveryFigureIsItsOwnMedian(t *testing.T) {
	run := func(seed uint64, all float64, sent, given int64) Result {
		r := Result{Row: "2g/mini", Tool: toolOurs, Congestion: "bbr", Seed: seed, Done: true, All: all, Records: all / 20, Given: given}
		r.Counts.Up.Sent.Bytes = sent
		return r
	}
	all := results{run(1, 0, 0, 0).key(): {run(1, 60, 400, 7), run(2, 61, 900, 9), run(3, 62, 500, 8)}}
	r, n := all.middle(run(1, 0, 0, 0).key())
	if n != 3 || r.All != 61 || r.Counts.Up.Sent.Bytes != 500 || r.Given != 8 {
		t.Errorf("of %d runs: %.0f s, %d bytes, %d given; want 61, 500 and 8", n, r.All, r.Counts.Up.Sent.Bytes, r.Given)
	}
}
