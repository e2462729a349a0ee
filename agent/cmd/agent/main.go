// Command agent carries for one office machine.
//
//	agent enrol --data DIR --portal https://HOST:PORT --code CODE
//	agent run --data DIR
//	agent sync --data DIR --until-empty
//	agent status --data DIR --json
//	agent doctor --data DIR [--salvage]
//
// It promises: one process carries for one book; the other commands may run beside it;
// it ends cleanly on SIGTERM; exit status 0 only when it worked; with --json standard
// output carries one JSON value and nothing else. It refuses to show or log anything a
// resident wrote. A power cut leaves what the book promises.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"bendo/agent"
	"bendo/internal/clock"
	"bendo/syncproto/synchttp"
)

// Set by the release build.
var (
	version = "development"
	built   = "" // RFC 3339; the trusted clock never shows an earlier time
)

type commands struct {
	Enrol     enrolCommand     `cmd:"" help:"Make this machine an office's book, with a one-time code of provincial IT."`
	Run       runCommand       `cmd:"" help:"Carry: dossiers up, answers down, papers of the scanner in."`
	Sync      syncCommand      `cmd:"" help:"Carry now and say whether everything is complete at the province."`
	Status    statusCommand    `cmd:"" help:"Say how this machine stands."`
	Doctor    doctorCommand    `cmd:"" help:"Examine the book; make a new one of what is whole."`
	Bundle    bundleCommands   `cmd:"" help:"Carry by hand, on a stick (USB)."`
	Clock     clockCommand     `cmd:"" help:"Show the trusted clock, or confirm it."`
	Reconcile reconcileCommand `cmd:"" help:"Compare a day with the province: counts, root digest and the signed evening sheet."`
	Verify    verifyCommand    `cmd:"" help:"Check the journal: the live book, or an exported file on any machine; or export it."`
}

// place names the data directory and where its keys are.
type place struct {
	Data string `default:"office-data" help:"The office's data directory." placeholder:"DIR"`
	Keys string `help:"Directory of the keys, apart from the data (default: DATA.keys, with a warning)." placeholder:"DIR"`
	proxyFlag
}

// console is where a command speaks; tests give their own.
type console struct {
	out, messages io.Writer
	log           *slog.Logger
	dial          synchttp.DialFunc // nil: the ordinary way
}

func main() {
	privateFiles()
	frugal()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run answers one command line.
func run(ctx context.Context, args []string, out, messages io.Writer) int {
	c := &console{out: out, messages: messages, log: slog.New(slog.NewTextHandler(messages, nil))}
	var f commands
	p, err := kong.New(&f, kong.Name("agent"), kong.Description("Carries dossiers between an office and its province (Bến Đò)."),
		kong.Writers(messages, messages), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(c))
	if err != nil {
		fmt.Fprintln(messages, "agent:", err)
		return 1
	}
	k, err := p.Parse(args)
	if err != nil {
		fmt.Fprintln(messages, "agent:", err, "(see agent --help)")
		return 2
	}
	if err := k.Run(); err != nil {
		fmt.Fprintln(messages, "agent:", err)
		return 1
	}
	return 0
}

func (p place) open(ctx context.Context, c *console) (*agent.Office, error) {
	proxy, err := p.proxy()
	if err != nil {
		return nil, err
	}
	o, err := agent.Open(ctx, agent.Place{Data: p.Data, Keys: p.Keys, Credentials: os.Getenv("CREDENTIALS_DIRECTORY")},
		version, clock.Built(built), c.log)
	if err != nil {
		return nil, err
	}
	o.Proxy = proxy
	return o, nil
}

// print writes exactly one JSON value.
func (c *console) print(v any) error {
	if err := json.NewEncoder(c.out).Encode(v); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}

type enrolCommand struct {
	place
	Portal string `required:"" help:"Address of the province's portal." placeholder:"https://HOST:PORT"`
	Code   string `required:"" help:"The one-time code, seven groups of four."`
	JSON   bool   `help:"Print {\"device\",\"book\",\"commune\",\"office\"} and nothing else."`
}

func (e *enrolCommand) Run(ctx context.Context, c *console) (err error) {
	o, err := e.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	id, err := o.Enrol(ctx, e.Portal, e.Code)
	if err != nil {
		return err
	}
	if err := o.Book.RingBell(ctx); err != nil {
		c.log.Warn("a running agent could not be rung; it looks by itself", "error", err)
	}
	if e.JSON {
		return c.print(map[string]string{"device": id.Device.String(), "book": id.Book.String(), "commune": id.CommuneCode, "office": id.OfficeName})
	}
	fmt.Fprintf(c.out, "Máy này thuộc: %s (%s). Mã sổ: %s\n", id.OfficeName, id.CommuneCode, id.Book)
	return nil
}

type runCommand struct {
	place
	ScanIn string `help:"Folder the scanner writes into (default: DATA/scan-in)." placeholder:"DIR"`
	secondFlags
	JSON bool `help:"Print {\"ready\":true} when the agent carries."`
}

func (r *runCommand) Run(ctx context.Context, c *console) (err error) {
	o, err := r.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	ready := func() {
		if r.JSON {
			err = c.print(map[string]bool{"ready": true})
		}
	}
	return errors.Join(o.Serve(ctx, agent.ServeOptions{ScanIn: r.ScanIn, Second: r.options(), Dial: c.dial, Ready: ready}), err)
}

type syncCommand struct {
	place
	UntilEmpty bool          `help:"Return when everything is complete at the province." required:""`
	Timeout    time.Duration `help:"Give up after this long." default:"15m"`
}

func (s *syncCommand) Run(ctx context.Context, c *console) (err error) {
	o, err := s.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	return o.SyncUntilEmpty(ctx, c.dial)
}

type statusCommand struct {
	place
	ScanIn string `help:"Folder the scanner writes into (default: DATA/scan-in)." placeholder:"DIR"`
	JSON   bool   `help:"Print one JSON value."`
}

func (s *statusCommand) Run(ctx context.Context, c *console) (err error) {
	o, err := s.open(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.Close()) }()
	st, err := o.Status(ctx, s.ScanIn, o.Clock.Time())
	if err != nil {
		return err
	}
	if s.JSON {
		return c.print(st)
	}
	return tell(c.out, st)
}
