package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"bendo/frontend"
	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/queue"
	"bendo/internal/seal"
	"bendo/internal/slipcheck"
	"bendo/kiosk"
	"bendo/kiosk/boot"
	"bendo/kiosk/counter"
	"bendo/kiosk/door"
	"bendo/kiosk/keyring"
)

type serveCmd struct {
	store
	hotline
	petitions
	printing
	speaking
	scanning
	Listen     string        `default:"127.0.0.1:0" help:"Loopback address to serve on." placeholder:"ADDR"`
	Socket     string        `help:"Where the window asks for its address (default: DATA.run/kiosk.sock)." placeholder:"PATH"`
	WindowUser []int         `help:"User number the window runs as, beside the service's own; may repeat." placeholder:"UID"`
	Public     string        `help:"Address of the public status page that slips point to (default: the portal's host)." placeholder:"URL"`
	Idle       time.Duration `default:"90s" help:"Time without a touch until the screen warns."`
	JSON       bool          `help:"Print {\"url\":…,\"socket\":…} when ready."`
}

// Run serves until it is told to end; it waits for every answer under way.
func (c *serveCmd) Run(ctx context.Context, s *streams) error {
	keys, err := c.keeper(s)
	if err != nil {
		return err
	}
	desk, err := newDesk(s.log)
	if err != nil {
		return err
	}
	desk.Idle, desk.PublicURL, desk.HandScanner = c.Idle, c.Public, c.Scanner != ""
	c.allow(desk)
	if err := errors.Join(c.printing.wire(desk), c.answer(desk)); err != nil {
		return err
	}
	if err := readCodes(desk); err != nil {
		s.log.Warn("slips are verified with a hand scanner only", "error", err)
	}
	if err := takeNotes(desk); err != nil {
		s.log.Warn("petitions are written, not spoken", "error", err)
	}
	pages, built := frontend.Dist()
	if !built {
		s.log.Warn("the screens were not built into this program; run make build")
	}
	desk.Pages = pages
	c.speaking.wire(ctx, s.log, desk)
	o := &office{cmd: c, keys: keys, desk: desk, log: s.log}
	if err := o.open(ctx); err != nil {
		return err
	}
	defer o.close()
	return c.serve(ctx, s, desk, o)
}

// newDesk gives a desk with the pack and the calendar that are compiled in.
func newDesk(log *slog.Logger) (*kiosk.Desk, error) {
	pack, err := catalog.Embedded()
	if err != nil {
		return nil, fmt.Errorf("opening the first pack: %w", err)
	}
	return &kiosk.Desk{Packs: catalog.NewShelf(pack), Calendar: calendar.Builtin(), Version: version,
		Idle: 90 * time.Second, Log: log}, nil
}

func (c *serveCmd) serve(ctx context.Context, s *streams, desk *kiosk.Desk, o *office) error {
	listener, err := listenLocal(c.Listen)
	if err != nil {
		return err
	}
	guard := door.New()
	guard.Open(listener.Addr().String())
	path := c.Socket
	if path == "" {
		path = filepath.Clean(c.Data) + ".run/kiosk.sock"
	}
	window, err := boot.Listen(path, c.WindowUser)
	if err != nil {
		listener.Close()
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	server := &http.Server{Handler: guard.Wrap(o.handler(ctx)), ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
		BaseContext: func(net.Listener) context.Context { return ctx }}
	var work sync.WaitGroup
	var failed [5]error
	begin := func(i int, f func() error) {
		work.Go(func() { failed[i] = f(); cancel() }) // one that ends ends all
	}
	begin(0, func() error { return closed(server.Serve(listener)) })
	begin(1, func() error { return boot.Serve(ctx, window, booting{guard, desk}) })
	begin(2, func() error { return o.watch(ctx) })
	begin(3, func() error { return o.keepTime(ctx) })
	begin(4, func() error { return c.listen(ctx, s.log, desk) })
	err = c.announce(s, guard, path)
	if err != nil {
		cancel()
	}
	<-ctx.Done()
	err = errors.Join(err, shutdown(server))
	work.Wait()
	return errors.Join(err, failed[0], failed[1], failed[2], failed[3], failed[4])
}

func closed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// shutdown lets answers under way finish, but not for ever: a slow upload is kept as what the
// draft already has.
func shutdown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

func (c *serveCmd) announce(s *streams, guard *door.Door, socket string) error {
	address, err := guard.BootURL(time.Now(), door.TokenForPerson)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(s.out, map[string]string{"url": address, "socket": socket})
	}
	fmt.Fprintf(s.out, "Open this address in a browser on this machine within ten minutes (it works once):\n%s\n", address)
	return nil
}

// listenLocal refuses every address another machine can reach.
func listenLocal(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("--listen %q is not host:port: %w", addr, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("--listen %q can be reached from other machines without encryption; use 127.0.0.1:0", addr)
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening for the screen: %w", err)
	}
	return l, nil
}

// booting answers the window.
type booting struct {
	guard *door.Door
	desk  *kiosk.Desk
}

func (b booting) BootURL() (string, error)    { return b.guard.WindowURL(time.Now()) }
func (b booting) HeartbeatAge() time.Duration { return b.desk.HeartbeatAge() }

// office keeps the right book in use: the practice book until the machine is enrolled.
type office struct {
	cmd      *serveCmd
	keys     *seal.Keeper
	desk     *kiosk.Desk
	log      *slog.Logger
	book     *ledger.Book // the office's own
	clock    *clock.Clock // kept in the office's book, shared with the agent
	practice *ledger.Book // before enrolment the one in use; after it, for visits that practise
	day      string       // of the practice book
	queue    *queue.Queue // nil: it cannot be opened
	trial    *queue.Queue // the practice book's; nil as practice is
	tills    tills        // the cash books beside the two
	atStart  bool         // it was enrolled when it was opened
	beside   *kiosk.Desk  // for visits that practise beside the office's work; nil before enrolment
	trying   sync.Mutex   // held over practice, day and trial, where visits practise beside the office's work
}

// open opens the office's book and, before enrolment, a fresh practice book beside it.
func (o *office) open(ctx context.Context) error {
	var err error
	o.book, o.clock, err = ledger.OpenClocked(ctx, o.cmd.Data, o.keys, ledger.Options{Log: o.log}, clock.Built(built), clock.ReadMachine)
	if err != nil {
		return err
	}
	o.desk.Clock = o.clock
	if n, err := o.book.SettlePrints(ctx); err != nil {
		o.log.Warn("prints of the last run could not be settled", "error", err)
	} else if n > 0 {
		o.log.Warn("papers were on their way to a printer when the last run ended; nobody knows whether they came out", "papers", n)
	}
	o.queue = openQueue(ctx, o.cmd.Data, o.log)
	o.tills.office = openTill(ctx, o.cmd.Data, o.keys, o.log)
	enrolled, err := o.enrolled(ctx)
	switch {
	case err != nil:
	case enrolled:
		o.atStart = true
		err = o.forgetPractice() // of the last run
	default:
		o.log.Info("the machine is not enrolled: it serves practice only")
		err = o.practise(ctx, o.desk)
	}
	if err != nil {
		o.close()
	}
	return err
}

// enrolled puts the office's book in use as soon as it has an identity.
func (o *office) enrolled(ctx context.Context) (bool, error) {
	id, err := o.book.Identity(ctx)
	if errors.Is(err, ledger.ErrNotEnrolled) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	sign, own, err := o.signer(id)
	if err != nil {
		return false, err
	}
	ring := keyring.Ring{Dir: o.cmd.Data, Book: o.book, Portal: id.PortalKey}
	if o.desk.PublicURL == "" {
		o.desk.PublicURL = publicOf(id.Portal)
	}
	rosters := rostersOf(o.book, id, o.log)
	staffed := o.staffed(o.desk, o.book, rosters, false)
	o.desk.Use(kiosk.Office{Book: o.book, Queue: numbers(o.queue), Sign: sign, Own: own, Fleet: ring.Load,
		Counter: staffed.Handler(), Staff: staffed, TakesIn: o.takesIn(rosters)})
	return true, nil
}

// signer signs slips with the machine's key. Without the key residents are still served: slips
// then carry no code, because one signed by a new key would be nobody's.
func (o *office) signer(id ledger.Identity) (func(dossier.SlipQR) (string, error), slipcheck.Machine, error) {
	key, err := o.keys.EnrolledDeviceKey()
	if errors.Is(err, seal.ErrNoDeviceKey) {
		o.log.Error("slips are printed without their code", "error", err)
		return nil, slipcheck.Machine{}, nil
	}
	if err != nil {
		return nil, slipcheck.Machine{}, err
	}
	return func(q dossier.SlipQR) (string, error) { return dossier.EncodeSlipQR(q, key) }, ownMachine(id, key), nil
}

// publicOf is where phones look when the province named no public address: the portal's host.
func publicOf(portal string) string {
	u, err := url.Parse(portal)
	if err != nil || u.Hostname() == "" {
		return "https://portal.invalid"
	}
	return "https://" + u.Hostname()
}

// handler serves the office's desk; once enrolled, beside it practice for visits that ask for it.
func (o *office) handler(ctx context.Context) http.Handler {
	if !o.atStart { // all of it is practice
		return o.desk.Handler()
	}
	o.beside = o.desk.Trial()
	return kiosk.Beside(o.desk, o.beside, func() error {
		o.trying.Lock()
		defer o.trying.Unlock()
		if o.practice != nil {
			return nil
		}
		return o.practise(ctx, o.beside)
	})
}

// endPracticeDay puts a fresh book in the place of yesterday's.
func (o *office) endPracticeDay(ctx context.Context) error {
	o.trying.Lock()
	defer o.trying.Unlock()
	if o.practice == nil || o.day == time.Now().Format(time.DateOnly) {
		return nil
	}
	return o.practise(ctx, o.beside)
}

func (o *office) practiceDirs() (dir, keys string) {
	return filepath.Join(o.cmd.Data, "practice"), filepath.Join(o.keys.Dir(), "practice")
}

// forgetPractice deletes a practice book, its key first: a cut in between leaves nothing that opens.
func (o *office) forgetPractice() error {
	dir, keys := o.practiceDirs()
	if err := errors.Join(os.RemoveAll(keys), os.RemoveAll(dir)); err != nil {
		return fmt.Errorf("deleting the practice book: %w", err)
	}
	return nil
}

// practise begins a practice book for a desk; yesterday's is deleted with its key.
func (o *office) practise(ctx context.Context, desk *kiosk.Desk) error {
	dir, keysDir := o.practiceDirs()
	if o.practice != nil {
		o.practice.Close()
		closeQueue(o.trial, o.log)
		closeTill(o.tills.practice, o.log)
	}
	if err := o.forgetPractice(); err != nil {
		return err
	}
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir, KeysDir: keysDir})
	if err != nil {
		return err
	}
	key, err := keys.DeviceKey()
	if err != nil {
		return err
	}
	if o.practice, err = ledger.Open(ctx, dir, keys, ledger.Options{Practice: true, Log: o.log, Now: o.clock.Time}); err != nil {
		return err
	}
	o.trial = openQueue(ctx, dir, o.log)
	o.tills.practice = openTill(ctx, dir, keys, o.log)
	o.day = time.Now().Format(time.DateOnly)
	desk.Use(kiosk.Office{Book: o.practice, Practice: true, Queue: numbers(o.trial), Counter: o.staffed(desk, o.practice, counter.PracticeRoster{}, true).Handler(),
		TakesIn: o.takesIn(counter.PracticeRoster{}),
		Own:     ownMachine(ledger.Identity{}, key),
		Sign:    func(q dossier.SlipQR) (string, error) { return dossier.EncodeSlipQR(q, key) }})
	return nil
}

// watch ends practice when the machine is enrolled, and a practice book with its day.
func (o *office) watch(ctx context.Context) error {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for o.atStart {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := o.endPracticeDay(ctx); err != nil {
			o.log.Warn("yesterday's practice was not put away", "error", err)
		}
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		done, err := o.enrolled(ctx)
		switch {
		case err != nil:
			o.log.Warn("the office's book cannot be read", "error", err)
		case done:
			o.log.Info("the machine is enrolled: the office's book is in use")
			<-ctx.Done() // visits that began in practice may still read that book
			return nil
		case time.Now().Format(time.DateOnly) != o.day:
			if err := o.practise(ctx, o.desk); err != nil {
				return err
			}
		}
	}
}

func (o *office) close() {
	o.trying.Lock()
	defer o.trying.Unlock()
	closeQueue(o.trial, o.log)
	closeQueue(o.queue, o.log)
	closeTill(o.tills.practice, o.log)
	closeTill(o.tills.office, o.log)
	for _, b := range []*ledger.Book{o.practice, o.book} {
		if b != nil {
			if err := b.Close(); err != nil {
				o.log.Warn("closing a book", "error", err)
			}
		}
	}
}
