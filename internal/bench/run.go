package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"bendo/internal/line"
)

// Options of Run.
type Options struct {
	Bin        string        // folder of portal, agent and kiosk
	Rows       string        // regular expression over the names of rows; "": those of must-show
	Tools      []string      // bendo, rsync, curl, rclone
	Parallel   int           // lines at once
	Congestion string        // of both ends; "": the machine's own
	Seed       uint64        // of the lines' losses and jitter, of the first run
	Runs       int           // of each row and tool, with seeds one after the other
	Cap        time.Duration // the longest a peer gets
	File       string        // results are appended here
	Keep       string        // folder for the agents' logs and packets; "": none
	Out        io.Writer     // what happens, for a person
}

// Run measures every chosen row with every chosen tool. A run that fails is said and kept as a result;
// the error at the end names those whose figures cannot be believed.
func Run(ctx context.Context, o Options) error {
	rows, err := choose(o.Rows)
	if err != nil {
		return err
	}
	if err := have(o.Tools); err != nil {
		return err
	}
	cargos := &depot{made: map[string]*cargo{}, options: o}
	defer func() { err = errors.Join(err, cargos.remove()) }()
	var mu sync.Mutex
	var bad error
	var work errgroup.Group
	work.SetLimit(max(1, o.Parallel))
	for _, row := range rows {
		for _, tool := range o.Tools {
			if tool != toolOurs && !row.Peers {
				continue
			}
			for run := range max(1, o.Runs) {
				work.Go(func() error {
					err := measure(ctx, row, tool, o.Seed+uint64(run), cargos, o, &mu)
					mu.Lock()
					defer mu.Unlock()
					if err != nil {
						bad = errors.Join(bad, fmt.Errorf("%s with %s: %w", row.Name, tool, err))
					}
					return nil
				})
			}
		}
	}
	_ = work.Wait() // its functions return nil; what went wrong is in bad
	return errors.Join(bad, ctx.Err())
}

// choose gives the rows whose name the expression matches as a whole.
func choose(expression string) ([]Row, error) {
	re, err := regexp.Compile("^(?:" + expression + ")$")
	if err != nil {
		return nil, fmt.Errorf("rows: %w", err)
	}
	rows := slices.DeleteFunc(Rows(), func(r Row) bool { return !re.MatchString(r.Name) })
	if len(rows) == 0 {
		var names []string
		for _, r := range Rows() {
			names = append(names, r.Name)
		}
		return nil, fmt.Errorf("no row is called %q; there are %s", expression, strings.Join(names, " "))
	}
	return rows, nil
}

// measure makes one run and keeps its result.
func measure(ctx context.Context, row Row, tool string, seed uint64, cargos *depot, o Options, mu *sync.Mutex) error {
	if ctx.Err() != nil {
		return nil
	}
	c, err := cargos.get(ctx, payloads[row.Payload])
	if err != nil {
		return err
	}
	profile, found := line.Named(row.Profile)
	if !found {
		return fmt.Errorf("no line is called %s", row.Profile)
	}
	r := Result{Row: row.Name, Tool: tool, Line: row.Profile, Payload: row.Payload, Congestion: cargos.congestion, Seed: seed,
		IdealB: c.ideal, Ideal: idealTime(profile, c.ideal).Seconds()}
	say(o.Out, mu, "%-20s %-6s begins, ideal %.1f s, %d bytes", row.Name, tool, r.Ideal, r.IdealB)
	begun := time.Now()
	err = carry(ctx, row, tool, c, o, &r, mu)
	if ctx.Err() != nil {
		return nil // interrupted: no result
	}
	r.At = begun.UTC().Truncate(time.Second)
	if err != nil {
		r.Done, r.Problem = false, err.Error()
	}
	mu.Lock()
	keepErr := appendResult(o.File, r)
	mu.Unlock()
	say(o.Out, mu, "%-20s %-6s %s", row.Name, tool, r.line())
	return errors.Join(err, keepErr)
}

func carry(ctx context.Context, row Row, tool string, c *cargo, o Options, r *Result, mu *sync.Mutex) error {
	switch {
	case tool == toolOurs && row.Kind == kindUrgent:
		return measureUrgent(ctx, row, c, o, r)
	case tool == toolOurs && row.Kind == kindRecover:
		return measureRecovery(ctx, row, c, o, r)
	case tool == toolOurs && row.Kind == kindCold:
		return measureCold(ctx, row, c, o, r)
	case tool == toolOurs:
		return carryOurs(ctx, row, c, o, r)
	}
	i := slices.IndexFunc(peers, func(p peer) bool { return p.name == tool })
	if i < 0 {
		return fmt.Errorf("no tool is called %s", tool)
	}
	// Three times our own time, at least five minutes; ours may be measured later or never.
	limit := 3 * max(row.Bars.All, 2*seconds(r.Ideal))
	mu.Lock()
	known, err := readResults(o.File)
	mu.Unlock()
	if err != nil {
		return err
	}
	if ours, n := known.middle(key{row.Name, toolOurs, r.Congestion}); n > 0 && ours.Done {
		limit = 3 * seconds(ours.All)
	}
	r.Limit = min(max(limit, 5*time.Minute), o.Cap).Seconds()
	return carryPeer(ctx, row, peers[i], c, o, r)
}

// idealTime is how long the line needs for these bytes up, its cuts included.
func idealTime(p line.Profile, bytes int64) time.Duration {
	need := time.Duration(float64(bytes) * 8 / float64(p.RateUp) * float64(time.Second))
	if p.CutEvery == 0 {
		return need
	}
	up := p.CutEvery - p.CutFor
	turns := (need - 1) / up
	return need + turns*p.CutFor
}

func say(w io.Writer, mu *sync.Mutex, format string, args ...any) {
	mu.Lock()
	defer mu.Unlock()
	fmt.Fprintf(w, "%s "+format+"\n", append([]any{time.Now().Format("15:04:05")}, args...)...)
}

// line is the result for a person.
func (r Result) line() string {
	switch {
	case r.RTTs > 0:
		return fmt.Sprintf("first record after %.2f round trips, %d bytes both ways", r.RTTs, r.Counts.IP())
	case r.Urgent != nil:
		return fmt.Sprintf("urgent p50 %.2f s, p95 %.2f s, max %.2f s, bulk %.0f %% of the line", r.Urgent.P50, r.Urgent.P95, r.Urgent.Max, 100*r.Urgent.Share)
	case r.Recover != nil:
		return fmt.Sprintf("first acknowledged byte after %v; %s", r.Recover, r.Problem)
	}
	text := fmt.Sprintf("records %.1f s, all %.1f s (%.2f), air %.1f s, up %d bytes (%.3f), repeated %d, flows %d, rss %.1f MB, cpu %.2f s",
		r.Records, r.All, r.All/r.Ideal, r.Counts.Up.Busy.Seconds(), r.Counts.Up.Sent.Bytes, float64(r.Counts.Up.Sent.Bytes)/float64(r.IdealB), r.Counts.Up.Repeated, r.Counts.Flows,
		float64(r.RSS)/1e6, r.CPU)
	if !r.Done {
		text = "NOT FINISHED in " + fmt.Sprintf("%.0f s; ", r.Limit) + text + "; " + r.Problem
	}
	return text
}

// depot makes every payload once.
type depot struct {
	mu         sync.Mutex
	made       map[string]*cargo
	options    Options
	congestion string
}

func (d *depot) get(ctx context.Context, p Payload) (*cargo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.congestion == "" {
		l, err := newLab(ctx, d.options)
		if err != nil {
			return nil, err
		}
		d.congestion = congestion(l.line)
		if err := l.close(); err != nil {
			return nil, err
		}
	}
	if c := d.made[p.Name]; c != nil {
		return c, nil
	}
	c, err := makeCargo(ctx, p, d.options)
	if err == nil {
		d.made[p.Name] = c
	}
	return c, err
}

func (d *depot) remove() (err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, c := range d.made {
		err = errors.Join(err, c.remove())
	}
	return err
}

// logName names the files kept of a run.
func (r Result) logName() string {
	return fmt.Sprintf("%s-%d", strings.ReplaceAll(r.Row, "/", "_"), r.Seed)
}

// keepLog is for whoever looks for a cause; a log that cannot be kept costs nothing else.
func keepLog(dir, name string, text []byte) {
	_ = os.MkdirAll(dir, 0o700)
	_ = os.WriteFile(filepath.Join(dir, name+".log"), text, 0o600)
}
