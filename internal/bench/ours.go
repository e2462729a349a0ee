package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"bendo/internal/line"
)

// toolOurs is the name of what is measured; all others are peers.
const toolOurs = "bendo"

// limitOurs is when a run of ours is given up: far behind every bar.
func limitOurs(ideal time.Duration) time.Duration { return 4*ideal + 3*time.Minute }

// carryOurs fills the book before the line is up, raises the line, and lets the agent carry until the
// province has signed for everything.
func carryOurs(ctx context.Context, row Row, c *cargo, o Options, r *Result) (err error) {
	l, err := newLab(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if err := l.enrolled(ctx); err != nil {
		return err
	}
	if err := l.file(ctx, c.folders(), c.Dossiers); err != nil {
		return err
	}
	profile, _ := line.Named(row.Profile)
	profile.Seed = r.Seed
	limit := limitOurs(seconds(r.Ideal))
	r.Limit = limit.Seconds()
	stop, err := l.trace(ctx, o.Keep, r.logName())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	if err := l.line.Change(profile); err != nil {
		return err
	}
	begun := time.Now()
	agent, err := l.start(ctx, l.line.Near(), nil, l.program("agent"), "sync", "--until-empty", "--timeout", limit.String(), "--data", l.office())
	if err != nil {
		return err
	}
	r.RSS = agent.wait(limit + 30*time.Second)
	all := time.Since(begun)
	if err := agent.stop(); err != nil {
		r.Problem = err.Error()
	}
	r.Counts = l.line.Counts()
	r.CPU, r.Starts = agent.cpu().Seconds(), 1
	r.Given = given(agent.logs.Bytes())
	if o.Keep != "" {
		keepLog(o.Keep, r.logName()+"-agent", agent.logs.Bytes())
	}
	p, err := l.look(ctx)
	if err != nil {
		return err
	}
	if p.cases == c.Dossiers {
		r.Records = p.records.Sub(begun).Seconds()
	}
	if p.complete == c.Dossiers {
		r.Arrived = p.arrived.Sub(begun).Seconds()
	}
	if agent.err != nil {
		r.Problem = fmt.Sprintf("%v: %s", agent.err, tail(agent.logs.Bytes()))
		return nil
	}
	r.Done, r.All = true, all.Seconds()
	if p.complete != c.Dossiers || p.bytes != c.scanBytes() {
		return fmt.Errorf("the agent says that everything is complete; the province has %d of %d dossiers complete and %d of %d bytes",
			p.complete, c.Dossiers, p.bytes, c.scanBytes())
	}
	return nil
}

var givenText = regexp.MustCompile(`scan_bytes_given_to_the_line=(\d+)`)

// given is how many bytes of scans the agent says it handed to connections; 0 when it does not.
func given(logs []byte) int64 {
	m := givenText.FindSubmatch(logs)
	if m == nil {
		return 0
	}
	n, _ := strconv.ParseInt(string(m[1]), 10, 64) // digits alone
	return n
}

// trace keeps the packets as the office sees them, where somebody wants them and tcpdump is installed.
func (l *lab) trace(ctx context.Context, dir, name string) (stop func() error, err error) {
	if _, missing := exec.LookPath("tcpdump"); dir == "" || missing != nil {
		return func() error { return nil }, nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	p, err := l.start(ctx, l.line.Near(), nil, "tcpdump", "-i", "office0", "-s", "96", "-U", "-Z", "root", "-w", filepath.Join(dir, name+".pcap"))
	if err != nil {
		return nil, err
	}
	time.Sleep(time.Second) // until it listens
	return p.stop, nil
}

func (c *cargo) scanBytes() (n int64) {
	for _, f := range c.scans {
		n += f.size
	}
	return n
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
