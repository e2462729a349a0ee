// Command kiosk is the desk of a commune office.
//
//	kiosk               the window, full screen (a build with the desktop tag)
//	kiosk serve         the desk's service; prints the address to open in a browser
//	kiosk file DIR      files a folder of prepared dossiers
//	kiosk verify-slip X says without a line whether a slip is genuine
//	kiosk fleet-keys F  keeps the province's signed list of machine keys
//	kiosk roster F      keeps the province's signed roster of this office's staff
//
// It promises that "serve" and "file" may run at once on one data directory, that they end
// cleanly on SIGTERM, and that with --json standard output carries one JSON value and nothing
// else. It refuses to listen on an address other machines can reach (office desks over the LAN
// need their own certificate authority, which this version does not make), and to run as two
// services on one socket. A power cut leaves what the book and the vault promise.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"bendo/internal/seal"
)

// Set by the release build.
var (
	version = "development"
	built   = "" // RFC 3339; the trusted clock never shows an earlier time
)

// flags is the command line; see also the room's comment.
type flags struct {
	Window     windowCmd     `cmd:"" default:"withargs" help:"Show the desk in a full-screen window."`
	Serve      serveCmd      `cmd:"" help:"Serve the desk on this machine and print its address."`
	VerifySlip verifySlipCmd `cmd:"" help:"Say without a line whether a slip is genuine."`
	FleetKeys  fleetKeysCmd  `cmd:"" help:"Keep the province's signed list of machine keys, by which slips of other offices are verified."`
	Roster     rosterCmd     `cmd:"" help:"Keep the province's signed roster of this office's staff, or show it and check the journal of signing in."`
	Languages  languagesCmd  `cmd:"" help:"Check language packs, print what is to be translated or recorded, build the voice."`
	File       fileCmd       `cmd:"" help:"File a folder of prepared dossiers; each sub-folder holds dossier.json and its attachments."`
}

// store names the data directory and where its keys are.
type store struct {
	Data string `default:"office-data" help:"The office's data directory." placeholder:"DIR"`
	Keys string `help:"Directory of the keys, apart from the data (default: DATA.keys, with a warning)." placeholder:"DIR"`
}

// streams are where a command speaks; tests give their own.
type streams struct {
	out, err io.Writer
	log      *slog.Logger
}

func main() {
	privateFiles()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run answers one command line; the status is 0 only when it worked.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	s := &streams{stdout, stderr, slog.New(slog.NewTextHandler(stderr, nil))}
	var f flags
	p, err := kong.New(&f, kong.Name("kiosk"), kong.Description("The desk of a commune office (Bến Đò)."),
		kong.Writers(stdout, stderr), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(s), kong.UsageOnError())
	if err != nil {
		fmt.Fprintln(stderr, "kiosk:", err)
		return 1
	}
	c, err := p.Parse(args)
	if err != nil {
		fmt.Fprintln(stderr, "kiosk:", err)
		return 2
	}
	if err := c.Run(); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(stderr, "kiosk:", err)
		}
		return 1
	}
	return 0
}

// errReported ends a command whose problems were already said.
var errReported = errors.New("problems were reported")

// keeper opens the office's keys. Where data exists, a missing key is an error: a new one would
// open none of it.
func (st store) keeper(s *streams) (*seal.Keeper, error) {
	_, err := os.Stat(filepath.Join(st.Data, "book.db"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for the book: %w", err)
	}
	k, err := seal.LoadOrCreate(seal.Options{DataDir: st.Data, KeysDir: st.Keys,
		CredentialsDir: os.Getenv("CREDENTIALS_DIRECTORY"), MustExist: err == nil})
	if err != nil {
		return nil, err
	}
	if w := k.Warning(); w != "" {
		s.log.Warn(w)
	}
	return k, nil
}

func printJSON(w io.Writer, v any) error {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}
