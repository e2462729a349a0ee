package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"bendo/internal/clock"
	"bendo/internal/durable"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// Place says where an office's data and keys are.
type Place struct {
	Data        string
	Keys        string // "": Data + ".keys"
	Credentials string // the service manager's credential directory, "" none
}

// Office is one office machine, open in this process.
type Office struct {
	Dir     string
	Book    *ledger.Book
	Keys    *seal.Keeper
	Clock   *clock.Clock
	Log     *slog.Logger
	Program string // name and version, for the portal's register
	Version string
	// Proxy stands between this machine and the portal; nil none. Connections go through it by
	// CONNECT, TLS still ends at the province.
	Proxy func(*http.Request) (*url.URL, error)
}

// Open opens keys, book and clock. built is when the program was built; the clock never
// shows less. Where a book exists, a missing key is an error: a new one would open
// nothing. End it with Close.
func Open(ctx context.Context, p Place, version string, built time.Time, log *slog.Logger) (*Office, error) {
	_, err := os.Stat(filepath.Join(p.Data, "book.db"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("looking for the book: %w", err)
	}
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: p.Data, KeysDir: p.Keys, CredentialsDir: p.Credentials, MustExist: err == nil})
	if err != nil {
		return nil, err
	}
	if w := keys.Warning(); w != "" {
		log.Warn(w)
	}
	if err := durable.MkdirAll(filepath.Join(p.Data, "run"), 0o700); err != nil {
		return nil, err
	}
	book, c, err := ledger.OpenClocked(ctx, p.Data, keys, ledger.Options{Log: log}, built, clock.ReadMachine)
	if err != nil {
		return nil, err
	}
	return &Office{Dir: p.Data, Book: book, Keys: keys, Clock: c, Log: log, Program: "agent/" + version, Version: version}, nil
}

// Close closes the book.
func (o *Office) Close() error { return o.Book.Close() }

// lock makes this process the book's only agent. A held lock is durable.ErrHeld.
func (o *Office) lock() (*durable.Lock, error) {
	return durable.AcquireLock(filepath.Join(o.Dir, "run", "agent.lock"))
}

// device is this machine's id: derived from its key, so that a lost answer, a second
// run and a crash between the two always propose the same machine. It is a UUIDv8.
func device(public []byte) (id syncproto.DeviceID) { return syncproto.DeviceIDOf(public) }

// timepiece feeds signed times to the clock and fills in hellos.
type timepiece struct {
	clock *clock.Clock
	log   *slog.Logger
}

// Observe gives nil when the road may go on: the time was taken, or it waits for its second answer
// and certificates are judged by it already.
func (t timepiece) Observe(ctx context.Context, a syncproto.TimeAnswer) error {
	err := t.clock.Observe(ctx, clock.Signed{MS: a.At, Serial: a.Serial})
	if err != nil && !errors.Is(err, clock.ErrReplay) {
		t.log.Warn("the province's signed time was not taken", "error", err)
	}
	if errors.Is(err, clock.ErrJump) && t.clock.Handshake().Sub(time.UnixMilli(a.At)).Abs() < time.Minute {
		return nil
	}
	return err
}

func (t timepiece) Reading() (wall, mono, floor int64) {
	r := clock.ReadMachine()
	return r.WallMS, r.MonoMS, t.clock.Report().FloorMS
}
