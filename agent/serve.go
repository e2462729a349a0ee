package agent

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"bendo/agent/courier"
	"bendo/agent/scanbox"
	"bendo/internal/bell"
	"bendo/internal/durable"
	"bendo/internal/ledger"
	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

const (
	clockEvery   = time.Minute
	linkEvery    = 5 * time.Second
	houseEvery   = time.Hour
	sweepEvery   = 24               // hours
	scrubAtOnce  = 200              // events an hour, with their scans: an office's year in about a week
	againAfter   = 5 * time.Second  // a loop that failed on the book begins again
	waitEnrolled = 10 * time.Second // the enrolment rings; this is the net under it
	sayHeld      = time.Minute      // that a command holds the book, again and again
)

// ServeOptions of Serve. The zero value is right.
type ServeOptions struct {
	ScanIn string // the scanner's folder; "": DIR/scan-in
	Second SecondOptions
	// Dial opens connections; nil is the ordinary way. A demonstration puts a bad line here.
	Dial synchttp.DialFunc
	// Ready is called once, when the lock is held and the loops begin.
	Ready func()
}

// Serve is the agent: it runs every loop until ctx ends, then returns nil. It fails
// when another agent serves the book. While a command that ends (sync, doctor) holds the book it
// waits, and says so: a service that gave up there would stay down when the command is done.
func (o *Office) Serve(ctx context.Context, opts ServeOptions) error {
	only, err := o.onlyServer(ctx)
	if err != nil {
		return fmt.Errorf("another agent carries for this book: %w", err)
	}
	defer only.Release()
	l, err := o.waitLock(ctx)
	if err != nil {
		return fmt.Errorf("waiting for the book: %w", err)
	}
	if l == nil {
		return nil // ctx ended first
	}
	defer l.Release()
	ring, err := bell.Listen(ledger.BellDir(o.Dir))
	if err != nil {
		return err
	}
	defer ring.Close()
	if err := ring.Deaf(); err != nil {
		o.Log.Warn("the kiosk's rings are not heard; the book is looked at every second or two", "error", err)
	}
	link := make(chan bool)
	var work sync.WaitGroup
	work.Go(func() { o.again(ctx, "courier", func() error { return o.carry(ctx, opts, ring.C(), link) }) })
	work.Go(func() { o.again(ctx, "scanbox", func() error { return o.scan(ctx, opts.ScanIn) }) })
	work.Go(func() { o.again(ctx, "second place", func() error { return o.keepSecond(ctx, opts.Second) }) })
	work.Go(func() { o.watchLink(ctx, link) })
	work.Go(func() { o.keepHouse(ctx) })
	if opts.Ready != nil {
		opts.Ready()
	}
	work.Wait()
	return nil
}

// onlyServer makes this process the one that serves the book; a predecessor that is just ending
// gets a moment.
func (o *Office) onlyServer(ctx context.Context) (l *durable.Lock, err error) {
	for range 10 {
		l, err = durable.AcquireLock(filepath.Join(o.Dir, "run", "serve.lock"))
		if !errors.Is(err, durable.ErrHeld) || ctx.Err() != nil {
			return l, err
		}
		pause(ctx, watchEvery)
	}
	return l, err
}

// waitLock waits for the book as long as it takes; nil and no error when ctx ends first.
func (o *Office) waitLock(ctx context.Context) (*durable.Lock, error) {
	var said time.Time
	for ctx.Err() == nil {
		l, err := o.lock()
		if !errors.Is(err, durable.ErrHeld) {
			return l, err
		}
		if time.Since(said) >= sayHeld {
			o.Log.Warn("another command holds this office's book; waiting until it ends", "held", err)
			said = time.Now()
		}
		pause(ctx, watchEvery)
	}
	return nil, nil
}

// again begins a loop anew until ctx ends: a full disk or a locked book passes.
func (o *Office) again(ctx context.Context, name string, loop func() error) {
	for ctx.Err() == nil {
		if err := loop(); err != nil && ctx.Err() == nil {
			o.Log.Error("a loop of the agent stopped and begins again", "loop", name, "error", err)
		}
		pause(ctx, againAfter)
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// carry waits for enrolment, then runs the courier.
func (o *Office) carry(ctx context.Context, opts ServeOptions, rung <-chan struct{}, link <-chan bool) error {
	for {
		_, err := o.Book.Identity(ctx)
		if err == nil {
			break
		}
		if !errors.Is(err, ledger.ErrNotEnrolled) {
			return err
		}
		now := time.Now().UnixMilli()
		if err := o.Book.SetAgentStatus(ctx, ledger.AgentStatus{At: now, Running: true, Line: string(courier.Offline), Since: now, Version: o.Version}); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-rung:
		case <-link:
		case <-time.After(waitEnrolled):
		}
	}
	c, err := o.courier(ctx, opts.Dial)
	if err != nil {
		return err
	}
	c.Bell, c.Link = rung, link
	return c.Run(ctx)
}

// courier wires a courier for the enrolled book.
func (o *Office) courier(ctx context.Context, dial synchttp.DialFunc) (*courier.Courier, error) {
	id, err := o.Book.Identity(ctx)
	if err != nil {
		return nil, err
	}
	key, err := o.Keys.EnrolledDeviceKey()
	if err != nil {
		return nil, err
	}
	road, err := synchttp.New(synchttp.Config{Base: id.Portal, Trust: synchttp.Trust{CA: id.CA}, Now: o.Clock.Handshake, Dial: dial, Proxy: o.Proxy})
	if err != nil {
		return nil, err
	}
	var seed [8]byte
	if _, err := rand.Read(seed[:]); err != nil {
		return nil, err
	}
	return &courier.Courier{
		Exchange: &courier.Exchange{Book: o.Book, Road: courier.Over(road), Time: timepiece{o.Clock, o.Log}, Key: key, Random: rand.Reader, Program: o.Program,
			Objects: objectShelf{filepath.Join(o.Dir, "objects")}},
		Watch: o.Book, Seed: binary.BigEndian.Uint64(seed[:]), Version: o.Version, Log: o.Log,
	}, nil
}

func (o *Office) scan(ctx context.Context, dir string) error {
	if dir == "" {
		dir = scanbox.Default(o.Dir)
	}
	return (&scanbox.Box{Dir: dir, Tray: o.Book, Log: o.Log}).Run(ctx)
}

// keepHouse looks at the clock every minute and tidies the book every hour.
func (o *Office) keepHouse(ctx context.Context) {
	minute := time.NewTicker(clockEvery)
	defer minute.Stop()
	hour := time.NewTicker(houseEvery)
	defer hour.Stop()
	house := chores{book: o.Book, objects: o.sweepObjects}
	for {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-minute.C:
			err = errors.Join(o.Clock.Tick(ctx), o.secondAnswer(ctx), o.keepReserve())
		case <-hour.C:
			err = house.do(ctx)
		}
		if err != nil && ctx.Err() == nil {
			o.Log.Warn("housekeeping is incomplete", "error", err)
		}
	}
}

// chores tidy the book: expired drafts every hour, files and published things that nothing names once a day, and a few
// hundred rows read again every hour, because nothing else sees a flipped bit before it is sent.
type chores struct {
	book interface {
		ExpireDrafts(ctx context.Context) (int, error)
		Checkpoint(ctx context.Context) error
		Sweep(ctx context.Context) (int, error)
		Scrub(ctx context.Context, after syncproto.EventID, limit int) (int, syncproto.EventID, error)
	}
	objects func(ctx context.Context) error // sweeps published things
	hours   int
	after   syncproto.EventID // the last event read again; a restart begins at the first
}

func (c *chores) do(ctx context.Context) error {
	_, expired := c.book.ExpireDrafts(ctx)
	var swept error
	if c.hours%sweepEvery == 0 {
		_, swept = c.book.Sweep(ctx)
		swept = errors.Join(swept, c.objects(ctx))
	}
	c.hours++
	checked, last, scrubbed := c.book.Scrub(ctx, c.after, scrubAtOnce)
	if c.after = last; checked == 0 {
		c.after = syncproto.EventID{}
	}
	return errors.Join(expired, swept, scrubbed, c.book.Checkpoint(ctx))
}
