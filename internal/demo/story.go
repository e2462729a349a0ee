package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"bendo/internal/line"
)

// Options say where the programs and the sample dossiers are.
type Options struct {
	Bin     string // folder of portal, agent and kiosk
	Samples string // folder of prepared dossiers
	Out     io.Writer
	Keep    bool // leave the data for looking at
}

const (
	commune  = "28807" // xã Giao Long
	officer  = "canbo"
	password = "ben do nghin thuo"
)

// story is the demonstration under way.
type story struct {
	o       Options
	dir     string
	tools   tools
	begun   time.Time
	portal  *program
	kiosk   *program
	agent   *program
	line    *line.Line
	desk    *caller
	web     string
	filed   []filed
	payload int64 // bytes of scans and signatures, as the province holds them
	scans   int   // how many they are
	before  line.Counts
	down    time.Duration // how long the line was down while filing
	raised  time.Time
}

// Run tells the whole story once.
func Run(ctx context.Context, o Options) (err error) {
	s := &story{o: o, begun: time.Now()}
	if s.dir, err = os.MkdirTemp("", "bendo-demo-"); err != nil {
		return err
	}
	s.tools = tools{o.Bin, s.dir}
	ctx, cancel := context.WithCancel(ctx)
	lineDone := make(chan error, 1)
	defer func() {
		err = errors.Join(err, s.end())
		cancel()
		if s.line != nil {
			err = errors.Join(err, <-lineDone)
		}
		if !o.Keep {
			err = errors.Join(err, os.RemoveAll(s.dir))
		}
	}()
	for _, step := range []func(context.Context) error{
		s.province, func(ctx context.Context) error { return s.raiseLine(ctx, lineDone) }, s.enrol,
		s.fileWithoutLine, s.carry, s.compare, s.answer, s.table,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) end() (err error) {
	for _, p := range []*program{s.agent, s.kiosk, s.portal} {
		if p != nil {
			err = errors.Join(err, p.stop())
		}
	}
	return err
}

func (s *story) say(format string, args ...any) {
	fmt.Fprintf(s.o.Out, "%5.1f s  %s\n", time.Since(s.begun).Seconds(), fmt.Sprintf(format, args...))
}

func (s *story) title(text string) { fmt.Fprintf(s.o.Out, "\n── %s\n", text) }

func (s *story) office() string { return filepath.Join(s.dir, "office") }
func (s *story) state() string  { return filepath.Join(s.dir, "portal") }

// province starts the portal on its embedded database.
func (s *story) province(ctx context.Context) error {
	s.title("The province")
	var ready struct{ Listen, Web string }
	var err error
	s.portal, err = s.tools.start(ctx, &ready, "portal", "serve", "--data", s.state(), "--listen", "127.0.0.1:0", "--web", "127.0.0.1:0", "--json")
	if err != nil {
		return err
	}
	s.web = "http://" + ready.Web
	s.line = &line.Line{Listen: "127.0.0.1:0", Target: ready.Listen}
	if err := s.tools.once(ctx, password+"\n", nil, "portal", "user", "add", officer, "--data", s.state(), "--role", "officer", "--office", commune, "--password-stdin"); err != nil {
		return err
	}
	s.say("the portal runs on SQLite; an officer of xã Giao Long has an account")
	return nil
}

// raiseLine puts the bad line between the office and the province.
func (s *story) raiseLine(ctx context.Context, done chan<- error) error {
	p, found := line.Named("demo")
	if !found {
		return errors.New("the line room has no profile named demo")
	}
	s.line.Profile = p
	if err := s.line.Open(); err != nil {
		s.line = nil
		return err
	}
	go func() { done <- s.line.Run(ctx) }() // ends with ctx; Run waits for it
	return nil
}

func (s *story) enrol(ctx context.Context) error {
	s.title("The office")
	var code struct{ Code string }
	if err := s.tools.once(ctx, "", &code, "portal", "enrol", "new", "--data", s.state(), "--commune", commune, "--json"); err != nil {
		return err
	}
	if err := s.tools.once(ctx, "", nil, "agent", "enrol", "--data", s.office(), "--portal", "https://"+s.line.Addr(), "--code", code.Code); err != nil {
		return err
	}
	s.say("enrolled over the line with the code %s", code.Code)
	s.line.Cut()
	s.before, s.raised = s.line.Counts(), time.Now()
	s.say("the line goes down")
	var ready struct{ URL string }
	var err error
	if s.kiosk, err = s.tools.start(ctx, &ready, "kiosk", "serve", "--data", s.office(), "--listen", "127.0.0.1:0", "--json"); err != nil {
		return err
	}
	if s.desk, err = enter(ctx, ready.URL); err != nil {
		return err
	}
	return s.startAgent(ctx)
}

func (s *story) startAgent(ctx context.Context) (err error) {
	var ready struct{ Ready bool }
	s.agent, err = s.tools.start(ctx, &ready, "agent", "run", "--data", s.office(), "--json")
	return err
}

// fileWithoutLine files every sample through the calls the screens make.
func (s *story) fileWithoutLine(ctx context.Context) error {
	s.title("Filing without a line")
	samples, err := readSamples(s.o.Samples)
	if err != nil {
		return err
	}
	began := time.Now()
	for _, one := range samples {
		if err := s.desk.beginVisit(ctx); err != nil {
			return err
		}
		f, err := s.desk.fileOne(ctx, one)
		if err != nil {
			return fmt.Errorf("filing %s: %w", one.Reference, err)
		}
		f.Name = one.Procedure
		s.filed = append(s.filed, f)
		var bytes int64
		for _, n := range f.Scans {
			bytes += n
		}
		s.say("slip %s  procedure %s  %d scans, %s", f.Slip, one.Procedure, len(f.Scans), kilo(bytes))
	}
	s.down = time.Since(began)
	out, err := s.outbox(ctx)
	if err != nil {
		return err
	}
	n := out.counts()
	s.say("saved at the commune %d · left %d · complete at the province %d · taken in %d", n[0], n[1], n[2], n[3])
	if n[0] != len(samples) || n[1]+n[2]+n[3] != 0 {
		return fmt.Errorf("without a line the acknowledgements must be %d, 0, 0, 0", len(samples))
	}
	return nil
}

func (s *story) outbox(ctx context.Context) (o outbox, err error) {
	err = s.desk.do(ctx, "GET", "/api/outbox", nil, nil, &o)
	return o, err
}

// cutsAt are the shares of the scans' bytes after which the line is cut, and the kill.
var cutsAt = []struct {
	share float64
	what  string
}{{0.20, "cut"}, {0.45, "kill"}, {0.70, "cut"}}

const cutFor = 6 * time.Second

// carry raises the line and waits until the office knows that the province has everything.
func (s *story) carry(ctx context.Context) error {
	s.title("A line of 128 kbit/s and 500 ms")
	s.line.Restore()
	s.raised = time.Now()
	s.say("the line is up")
	total, events, shown := int64(0), 0, time.Time{}
	for {
		out, err := s.outbox(ctx)
		if err != nil {
			return err
		}
		left := out.bytesLeft()
		total = max(total, left)
		n := out.counts()
		if n[2] == len(s.filed) {
			s.say("the province confirms all %d with its signature", n[2])
			return nil
		}
		if time.Since(shown) > 10*time.Second {
			shown = time.Now()
			s.say("left %d · complete %d · %s of scans to go · line %s", n[1], n[2], kilo(left), out.Line.State)
		}
		if total > 0 && events < len(cutsAt) && 1-float64(left)/float64(total) >= cutsAt[events].share {
			if err := s.disturb(ctx, cutsAt[events].what); err != nil {
				return err
			}
			events++
		}
		if time.Since(s.raised) > 4*time.Minute {
			return fmt.Errorf("after four minutes of line only %d of %d are complete\nagent: %s", n[2], len(s.filed), s.agent.logTail())
		}
		if err := pause(ctx, 300*time.Millisecond); err != nil {
			return err
		}
	}
}

func (s *story) disturb(ctx context.Context, what string) error {
	if what == "kill" {
		if err := s.agent.kill(); err != nil {
			return err
		}
		s.say("the agent is killed (SIGKILL) and started again")
		return s.startAgent(ctx)
	}
	s.say("the line is cut for %.0f s", cutFor.Seconds())
	s.line.Cut()
	if err := pause(ctx, cutFor); err != nil {
		return err
	}
	s.line.Restore()
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// held is a dossier as the portal lists it.
type held struct {
	Slip, Procedure, State string
	Attachments            []struct {
		Name     string
		SHA256   string
		Length   int64
		Complete bool
	}
}

// compare asks the portal, not the agent, what it has.
func (s *story) compare(ctx context.Context) error {
	s.title("Byte for byte")
	var list []held
	if err := s.tools.once(ctx, "", &list, "portal", "list", "--data", s.state(), "--json"); err != nil {
		return err
	}
	bySlip := map[string]held{}
	for _, h := range list {
		if _, twice := bySlip[digits(h.Slip)]; twice {
			return fmt.Errorf("slip %s stands twice at the portal", h.Slip)
		}
		bySlip[digits(h.Slip)] = h
	}
	if len(list) != len(s.filed) {
		return fmt.Errorf("the portal has %d dossiers, the office filed %d", len(list), len(s.filed))
	}
	scans := 0
	for _, h := range list {
		for _, a := range h.Attachments {
			s.payload += a.Length
			s.scans++
		}
	}
	for _, f := range s.filed {
		h, found := bySlip[digits(f.Slip)]
		if !found {
			return fmt.Errorf("slip %s is not at the portal", f.Slip)
		}
		n, err := sameScans(f, h)
		if err != nil {
			return err
		}
		scans += n
	}
	s.say("%d dossiers, %d scans: every digest and every length is the one the kiosk stored", len(list), scans)
	return nil
}

func sameScans(f filed, h held) (n int, err error) {
	have := map[string]int64{}
	for _, a := range h.Attachments {
		if !a.Complete || !isDigest(a.SHA256) {
			return 0, fmt.Errorf("slip %s: scan %q is not complete at the portal", f.Slip, a.Name)
		}
		have[a.SHA256] = a.Length
	}
	for sha, length := range f.Scans {
		if have[sha] != length {
			return 0, fmt.Errorf("slip %s: the portal has %d bytes of scan %s, the kiosk stored %d", f.Slip, have[sha], sha[:12], length)
		}
	}
	return len(f.Scans), nil
}

func digits(slip string) string { return strings.NewReplacer("-", "", " ", "").Replace(slip) }

func kilo(n int64) string { return fmt.Sprintf("%.1f kB", float64(n)/1000) }
