// Command portal is the province's end: intake of dossiers from the communes,
// the officers' pages, the register of machines.
//
//	portal serve --data DIR --listen ADDR --web ADDR
//	portal enrol new --data DIR --commune CODE --json
//	portal list --data DIR --json
//	portal staff add NAME --data DIR --commune CODE --login LOGIN --role clerk
//	portal user add NAME --data DIR --role officer --office CODE --password-stdin
//
// Every command may run beside a serving portal: they share the database.
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

	"github.com/alecthomas/kong"
)

// version is set by the build.
var version = "dev"

// commands is the command line.
type commands struct {
	Serve serveCommand `cmd:"" help:"Run the portal."`
	Enrol struct {
		New enrolCommand `cmd:"" help:"Make a one-time code for a new machine of a commune."`
	} `cmd:"" help:"Enrolment of machines."`
	List listCommand `cmd:"" help:"List every dossier with its manifest."`
	User struct {
		Add userCommand `cmd:"" help:"Let a person of the province sign in."`
	} `cmd:"" help:"People."`
	Staff  staffCommands `cmd:"" help:"Who may sign in to the machines of a commune's offices."`
	Device struct {
		List  devicesCommand     `cmd:"" help:"List the machines."`
		Set   deviceCommand      `cmd:"" help:"Suspend, revoke or re-activate a machine."`
		Keys  machineKeysCommand `cmd:"" help:"The signed list of all machines' keys, by which offices verify slips without a line: write it to a file, publish it."`
		Grant grantCommand       `cmd:"" help:"Give a machine whose log is a fork its next epoch and slip prefix."`
	} `cmd:"" help:"Machines."`
	Journal   journalCommand   `cmd:"" help:"Show who of an office signed in and looked at what, and check that no line was changed."`
	Restore   restoreCommand   `cmd:"" help:"Say that the database was put back from a backup: receipts must be confirmed again, machines send again what is missing."`
	Doctor    doctorCommand    `cmd:"" help:"Read everything the portal keeps and say what is damaged and what to do; mends nothing."`
	Recover   recoverCommand   `cmd:"" help:"Take back the work of a machine that was suspended, revoked or replaced."`
	Clock     clockCommand     `cmd:"" help:"Say that this server has a corrected clock."`
	Reconcile reconcileCommand `cmd:"" help:"Compare a day with an office: counts, root digest and signed sheets."`
	Verify    verifyCommand    `cmd:"" help:"Check the journal of a machine, stored or in an exported file; or export it."`
	Bundle    bundleCommands   `cmd:"" help:"Sticks (USB) that offices carry here and back."`
	Version   kong.VersionFlag `help:"Print the version."`
}

// console is where a command reads and writes.
type console struct {
	ctx context.Context
	in  io.Reader
	out io.Writer
	log *slog.Logger
}

// print writes exactly one JSON value.
func (c *console) print(value any) error { return json.NewEncoder(c.out).Encode(value) }

func main() {
	privateFiles()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "portal:", err)
		os.Exit(1)
	}
}

// run is the whole program for one command line.
func run(ctx context.Context, args []string, in io.Reader, out, messages io.Writer) error {
	var c commands
	parser, err := kong.New(&c, kong.Name("portal"), kong.Description("The province's end of Bến Đò."),
		kong.Vars{"version": version, "credentials": os.Getenv("CREDENTIALS_DIRECTORY")},
		kong.Writers(messages, messages), kong.UsageOnError())
	if err != nil {
		return err
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		var usage *kong.ParseError
		if errors.As(err, &usage) {
			return fmt.Errorf("%w (see portal --help)", err)
		}
		return err
	}
	log := slog.New(slog.NewTextHandler(messages, nil))
	return parsed.Run(&console{ctx: ctx, in: in, out: out, log: log})
}
