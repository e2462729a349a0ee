package bench

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"bendo/internal/line"
)

// The tables stand between these lines of the Markdown file; everything else there is a person's.
const (
	begin = "<!-- bench: written by make bench, do not edit -->"
	end   = "<!-- bench: end -->"
)

// WriteTables writes the newest results into the Markdown file, between its markers.
func WriteTables(results, markdown string) error {
	all, err := readResults(results)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(markdown)
	if err != nil {
		return fmt.Errorf("writing the tables: %w", err)
	}
	out, err := replace(text, tables(all))
	if err != nil {
		return fmt.Errorf("writing the tables into %s: %w", markdown, err)
	}
	// One write of a small file that git keeps; a crash in between is mended by git checkout.
	return os.WriteFile(markdown, out, 0o644)
}

func replace(text []byte, table string) ([]byte, error) {
	before, rest, found := bytes.Cut(text, []byte(begin))
	_, after, ended := bytes.Cut(rest, []byte(end))
	if !found || !ended {
		return nil, errors.New("the markers of the tables are missing: " + begin + " … " + end)
	}
	return slices.Concat(before, []byte(begin+"\n\n"+table+"\n"+end), after), nil
}

func tables(all results) string {
	var b strings.Builder
	oursTable(&b, all)
	cutsTable(&b, all)
	latencyTables(&b, all)
	peersTable(&b, all)
	return strings.TrimSpace(b.String()) + "\n"
}

// check is one bar and what was measured.
type check struct {
	text string
	met  bool
}

// checks compares a result with the bars of its row.
func (row Row) checks(r Result) (out []check) {
	add := func(limit, got float64, format string, args ...any) {
		if limit > 0 {
			out = append(out, check{fmt.Sprintf(format, args...), r.Done && got <= limit})
		}
	}
	add(row.Bars.Records.Seconds(), orNever(r.Records), "records ≤ %.1f s", row.Bars.Records.Seconds())
	add(row.Bars.All.Seconds(), orNever(r.All), "all ≤ %.0f s", row.Bars.All.Seconds())
	add(float64(row.Bars.UpBytes), float64(r.Counts.Up.Sent.Bytes), "up ≤ %.0f kB", float64(row.Bars.UpBytes)/1000)
	add(row.Bars.Wire, r.wire(), "bytes ≤ %.2f ×", row.Bars.Wire)
	add(row.Bars.Wall, orNever(r.All)/r.Ideal, "time ≤ %.2f ×", row.Bars.Wall)
	add(row.Bars.CPU.Seconds(), r.CPU, "processor ≤ %.0f s", row.Bars.CPU.Seconds())
	if bytes, most, counted := row.twice(r); counted {
		out = append(out, check{fmt.Sprintf("scans twice %s ≤ %s", kB(bytes), kB(most)), bytes <= most})
	}
	add(barRSS, float64(r.RSS), "memory ≤ 40 MB")
	return out
}

func orNever(s float64) float64 {
	if s == 0 {
		return time.Duration(1 << 62).Seconds()
	}
	return s
}

func (r Result) wire() float64 { return float64(r.Counts.Up.Sent.Bytes) / float64(r.IdealB) }

func verdict(checks []check) string {
	if len(checks) == 0 {
		return "–"
	}
	var parts []string
	for _, c := range checks {
		mark := "✓"
		if !c.met {
			mark = "**missed**"
		}
		parts = append(parts, c.text+" "+mark)
	}
	return strings.Join(parts, ", ")
}

// congestions are those that have results, in order.
func congestions(all results) []string {
	var out []string
	for k := range all {
		if !slices.Contains(out, k.congestion) {
			out = append(out, k.congestion)
		}
	}
	slices.Sort(out)
	return out
}

// each calls f for the middle results of ours, and how many runs they stand for, in the order of the rows.
func each(all results, kind string, f func(row Row, r Result, n int)) {
	for _, cc := range congestions(all) {
		for _, row := range Rows() {
			if r, n := all.middle(key{row.Name, toolOurs, cc}); n > 0 && row.Kind == kind {
				f(row, r, n)
			}
		}
	}
}

func oursTable(b *strings.Builder, all results) {
	b.WriteString("Bến Đò alone. Medians; seconds from the line up and the agent started; kB are IP bytes put on the air by the office, × is against the ideal.\n\n" +
		"| `make bench-road ROWS=…` | TCP | runs | ideal | records | all | time | up | bytes | repeated | down | flows | memory, processor | bar |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|---|\n")
	each(all, kindCarry, func(row Row, r Result, n int) {
		fmt.Fprintf(b, "| %s | %s | %d | %.1f s, %s | %s | %s | %s | %s | %.3f × | %s | %s | %d | %.0f MB, %.1f s | %s |\n", row.Name, r.Congestion, n, r.Ideal, kB(r.IdealB),
			took(r.Records, r), took(r.All, r), ratio(r.All, r.Ideal), kB(r.Counts.Up.Sent.Bytes), r.wire(), kB(r.Counts.Up.Repeated), kB(r.Counts.Down.Sent.Bytes),
			r.Counts.Flows, float64(r.RSS)/1e6, r.CPU, verdict(row.checks(r)))
	})
	b.WriteString("\n")
}

func took(s float64, r Result) string {
	switch {
	case s > 0:
		return fmt.Sprintf("%.1f s", s)
	case r.Done:
		return "–"
	}
	return fmt.Sprintf("not in %.0f s", r.Limit)
}

func ratio(s, ideal float64) string {
	if s == 0 || ideal == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f ×", s/ideal)
}

func kB(n int64) string { return fmt.Sprintf("%.1f kB", float64(n)/1000) }

// wasteBar is what the cuts may cost over the run without: 20 kB for the short payload, else two seconds
// of the line for each cut.
func wasteBar(row Row, r Result) int64 {
	if row.Payload == "mini" {
		return 20_000
	}
	profile, _ := line.Named(row.Profile)
	return 2 * profile.RateUp / 8 * r.Counts.Cuts
}

// wastes are the bytes that a row with cuts put on the air beyond the row without, of runs with the same
// seed: the losses of two seeds alone differ by ten kilobytes. In order.
func wastes(cut, plain []Result) (out []int64) {
	for _, r := range cut {
		i := slices.IndexFunc(plain, func(p Result) bool { return p.Seed == r.Seed && p.Done })
		if i >= 0 && r.Done && r.Counts.Cuts > 0 {
			out = append(out, r.Counts.Up.Sent.Bytes-plain[i].Counts.Up.Sent.Bytes)
		}
	}
	slices.Sort(out)
	return out
}

// cutsTable compares each line with cuts with the same line without.
func cutsTable(b *strings.Builder, all results) {
	var rows []string
	each(all, kindCarry, func(row Row, r Result, _ int) {
		plain, _, cut := strings.Cut(row.Profile, "-")
		list := wastes(all[key{row.Name, toolOurs, r.Congestion}], all[key{plain + "/" + row.Payload, toolOurs, r.Congestion}])
		if !cut || len(list) == 0 {
			return
		}
		waste := list[len(list)/2]
		rows = append(rows, fmt.Sprintf("| %s | %s | %d | %s (%s … %s) [%d] | %s | %s |", row.Name, r.Congestion, r.Counts.Cuts, kB(waste), kB(list[0]), kB(list[len(list)-1]), len(list),
			kB(r.Counts.Up.Cut.Bytes), verdict([]check{{"waste ≤ " + kB(wasteBar(row, r)), waste <= wasteBar(row, r)}})))
	})
	if len(rows) > 0 {
		b.WriteString("What the cuts cost: IP bytes beyond the run of the same seed without cuts, median (least … most) [of so many pairs], and bytes the modem threw away while it had no line.\n\n" +
			"| row | TCP | cuts | waste | thrown away | bar |\n|---|---|---|---|---|---|\n" + strings.Join(rows, "\n") + "\n\n")
	}
}

// twice is how many bytes of scans were handed to a connection again, and how many may be: a hundredth
// without cuts, two seconds of the line for each cut; false where it was not counted.
func (row Row) twice(r Result) (bytes, most int64, counted bool) {
	var scans int64
	for _, n := range payloads[row.Payload].Scans {
		scans += int64(n)
	}
	if r.Given == 0 || scans == 0 || !r.Done {
		return 0, 0, false
	}
	profile, _ := line.Named(row.Profile)
	most = scans / 100
	if r.Counts.Cuts > 0 {
		most = 2 * profile.RateUp / 8 * r.Counts.Cuts
	}
	return r.Given - scans, most, true
}

// Bars of what is urgent, and of the return of the line.
const (
	urgentP50, urgentP95, bulkShare = 2.0, 6.0, 0.80
	recoverBar                      = 10.0
)

// Bars of a cold connect with its first exchange.
const (
	coldRTTs  = 3.2
	coldBytes = 8000
)

func latencyTables(b *strings.Builder, all results) {
	each(all, kindCold, func(row Row, r Result, n int) {
		fmt.Fprintf(b, "Cold connect until the first record is confirmed, 500 ms without loss (`ROWS=%s`, %s, median of %d): %.2f round trips, %s both ways, one dossier included: %s.\n\n",
			row.Name, r.Congestion, n, r.RTTs, kB(r.Counts.IP()), verdict([]check{{"≤ 3.2", r.Done && r.RTTs <= coldRTTs}, {"≤ 8 kB", r.Done && r.Counts.IP() <= coldBytes}}))
	})
	var urgent, recovery []string
	each(all, kindUrgent, func(row Row, r Result, _ int) {
		if u := r.Urgent; u != nil {
			urgent = append(urgent, fmt.Sprintf("| %s | %s | %d | %.2f s | %.2f s | %.2f s | %.0f %% | %s |", row.Name, r.Congestion, u.N, u.P50, u.P95, u.Max, 100*u.Share,
				verdict([]check{{"p50 ≤ 2 s", u.P50 <= urgentP50}, {"p95 ≤ 6 s", u.P95 <= urgentP95}, {"bulk ≥ 80 %", u.Share >= bulkShare}})))
		}
	})
	each(all, kindRecover, func(row Row, r Result, _ int) {
		cells, worst := []string{row.Name, r.Congestion}, 0.0
		for _, cut := range cutsFor {
			s, found := r.Recover[cut.String()]
			cells = append(cells, took(s, Result{Limit: 180}))
			if worst = max(worst, s); !found {
				worst = orNever(0)
			}
		}
		recovery = append(recovery, "| "+strings.Join(append(cells, verdict([]check{{"≤ 10 s", worst <= recoverBar}})), " | ")+" |")
	})
	if len(urgent) > 0 {
		b.WriteString("Dossiers without scans, filed every 4 s while a scan of 8 MB goes up (500 ms, 1 % loss): from the filing until the portal has it.\n\n" +
			"| row | TCP | filed | p50 | p95 | longest | bulk's share of the line | bar |\n|---|---|---|---|---|---|---|---|\n" + strings.Join(urgent, "\n") + "\n\n")
	}
	if len(recovery) > 0 {
		b.WriteString("From the line's return until the office knows of one more acknowledged byte (128 kbit/s, 500 ms, 1 % loss, under the upload of 8 MB).\n\n" +
			"| row | TCP | cut of 10 s | of 60 s | of 120 s | bar |\n|---|---|---|---|---|---|\n" + strings.Join(recovery, "\n") + "\n\n")
	}
}

func peersTable(b *strings.Builder, all results) {
	var rows []string
	each(all, kindCarry, func(row Row, ours Result, n int) {
		cells, any := []string{row.Name, ours.Congestion, fmt.Sprintf("%.1f s, %s", ours.Ideal, kB(ours.IdealB)), cell(ours, n)}, false
		for _, p := range peers {
			r, runs := all.middle(key{row.Name, p.name, ours.Congestion})
			if runs == 0 {
				cells = append(cells, "")
				continue
			}
			any = true
			cells = append(cells, cell(r, runs))
		}
		if any {
			rows = append(rows, "| "+strings.Join(cells, " | ")+" |")
		}
	})
	if len(rows) == 0 {
		return
	}
	b.WriteString("Beside others, same line and same bytes: everything there and confirmed (all records there), IP bytes up, connections [median of so many runs].\n\n| row | TCP | ideal | Bến Đò |")
	for _, p := range peers {
		b.WriteString(" " + p.name + " |")
	}
	b.WriteString("\n|---|---|---|---|" + strings.Repeat("---|", len(peers)) + "\n" + strings.Join(rows, "\n") + "\n\n")
	for _, p := range peers {
		fmt.Fprintf(b, "- %s: %s\n", p.name, p.what)
	}
}

func cell(r Result, n int) string {
	records := "records never"
	if r.Records > 0 {
		records = fmt.Sprintf("records %.1f s", r.Records)
	}
	return fmt.Sprintf("%s (%s), %s, %d [%d]", took(r.All, r), records, kB(r.Counts.Up.Sent.Bytes), r.Counts.Flows, n)
}
