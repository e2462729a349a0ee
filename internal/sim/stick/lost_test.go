package stick

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"bendo/internal/ledger"
)

// I7: two sticks in the wrong order. The province was restored from a backup; the later stick comes
// first and waits aside, sealed as it came, until the earlier one brings its predecessor.
func TestSticksInTheWrongOrder(t *testing.T) {
	p := newProvince(t)
	o := p.office(t)
	p.close()
	backup := filepath.Join(t.TempDir(), "backup")
	must(t, os.CopyFS(backup, os.DirFS(p.dir)))
	p.open(t)
	f := o.file(t, 2000)
	first, dir := usb(t)
	o.out(t, first)
	early := copyOf(t, dir)
	p.in(t, first)
	p.out(t, first)
	o.in(t, first)
	g := o.file(t, 2000)
	second, _ := usb(t)
	o.out(t, second) // only g: f is receipted

	p.close()
	must(t, os.RemoveAll(p.dir))
	must(t, os.CopyFS(p.dir, os.DirFS(backup)))
	p.open(t)
	r := p.in(t, second)
	if kinds(r) != "gap" || r.Offices[0].Aside != 1 || r.Refused() != 0 {
		t.Fatalf("%+v", r)
	}
	p.has(t)
	r = p.in(t, early)
	if r.Offices[0].Events != 2 || r.Offices[0].Aside != 0 {
		t.Fatalf("%+v", r)
	}
	p.has(t, f, g)
	waiting, err := filepath.Glob(filepath.Join(p.clerk.Aside, "*", "*"))
	if err != nil || len(waiting) != 0 {
		t.Fatalf("%v: %v still waits", err, waiting)
	}
	// The answer tells the office of the restore; it never shows a false green meanwhile.
	p.out(t, second)
	o.in(t, second)
	o.line(t)
	if !o.complete(t) {
		t.Fatal("after the restore")
	}
	allAtTheProvince(t, p, o)
}

// What waits aside is taken without a stick when the line brought its predecessor.
func TestAsideGoesOnByItself(t *testing.T) {
	p := newProvince(t)
	o := p.office(t)
	p.close()
	backup := filepath.Join(t.TempDir(), "backup")
	must(t, os.CopyFS(backup, os.DirFS(p.dir)))
	p.open(t)
	o.file(t, 100)
	o.line(t)
	g := o.file(t, 100)
	s, _ := usb(t)
	o.out(t, s)
	p.close()
	must(t, os.RemoveAll(p.dir))
	must(t, os.CopyFS(p.dir, os.DirFS(backup)))
	p.open(t)
	p.in(t, s)
	if r, err := p.clerk.Retry(t.Context()); err != nil || r.Offices[0].Events != 0 || r.Offices[0].Aside != 1 {
		t.Fatalf("%v %+v", err, r)
	}
	o.line(t) // the line resends everything
	r, err := p.clerk.Retry(t.Context())
	if err != nil || len(r.Offices) != 1 || r.Offices[0].Aside != 0 {
		t.Fatalf("%v %+v", err, r)
	}
	if r, err = p.clerk.Retry(t.Context()); err != nil || len(r.Offices) != 0 {
		t.Fatalf("%v %+v", err, r)
	}
	_ = g
	allAtTheProvince(t, p, o)
}

// I4, I8: a disk restored to before the stick was written. What it lost is on the stick and reaches
// the province; what it filed since is a fork there: both are kept, and the new epoch travels back
// on the stick.
func TestForkByStick(t *testing.T) { onBoth(t, forkByStick) }

func forkByStick(t *testing.T, p *province) {
	o := p.office(t)
	o.file(t, 100)
	o.line(t)
	must(t, o.Close())
	backup := filepath.Join(t.TempDir(), "backup")
	must(t, os.CopyFS(backup, os.DirFS(o.dir)))
	o.open(t)
	o.file(t, 100)
	s, _ := usb(t)
	o.out(t, s)
	must(t, o.Close())
	must(t, os.RemoveAll(o.dir))
	must(t, os.CopyFS(o.dir, os.DirFS(backup)))
	o.open(t) // the second dossier is only on the stick now
	o.file(t, 100)
	other, _ := usb(t)
	o.out(t, other)
	if r := p.in(t, s); r.Offices[0].Events != 1 || r.Offices[0].Scans != 2 {
		t.Fatalf("%+v", r)
	}
	if r := p.in(t, other); kinds(r) != "fork" {
		t.Fatalf("%+v", r)
	}
	p.out(t, other)
	r := o.in(t, other)
	if r.NewEpoch != 2 {
		t.Fatalf("%+v", r)
	}
	o.out(t, other)
	if r := p.in(t, other); r.Offices[0].Events != 1 {
		t.Fatalf("%+v", r)
	}
	p.out(t, other)
	o.in(t, other)
	if !o.complete(t) {
		t.Fatal("not everything is receipted")
	}
	rows, err := o.Book.Outbox(t.Context(), ledger.OutboxQuery{})
	must(t, err)
	if len(rows) != 3 {
		t.Fatalf("%d submissions after the replay, want 3", len(rows))
	}
	allAtTheProvince(t, p, o)
}

// The disk dies with dossiers nobody at the province has seen; the second place brings them, with
// the portal's key or with the one from the safe.
func TestDeadDisk(t *testing.T) { onBoth(t, deadDisk) }

func deadDisk(t *testing.T, p *province) {
	o := p.office(t)
	p.close()
	second := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	ready := make(chan struct{})
	go func() {
		done <- o.Serve(ctx, agentServe(second, ready))
	}()
	<-ready
	var filed []ledger.Filed
	for range 3 {
		filed = append(filed, o.file(t, 2000))
	}
	for whole := false; !whole; {
		st, err := o.Book.Second(t.Context())
		must(t, err)
		whole = st.Kept && st.Unprotected == 0 && st.Files > 0
		left, err := o.Book.Unreceipted(t.Context())
		must(t, err)
		for _, u := range left {
			whole = whole && u.Second > 0
		}
	}
	cancel()
	must(t, <-done)
	must(t, o.Close())
	must(t, os.RemoveAll(o.dir)) // the disk is dead
	must(t, os.RemoveAll(o.dir+".keys"))
	p.address = "127.0.0.1:0"
	p.open(t)
	keys, err := os.ReadFile(filepath.Join(p.dir+".keys", "recovery.agekey"))
	must(t, err)
	p.clerk.Identities = []string{identityIn(string(keys))} // the carry key is lost as well
	r := p.in(t, plug(t, second))
	if r.Refused() != 0 || r.Offices[0].Events != 3 || r.Offices[0].Scans != 6 {
		t.Fatalf("%+v", r)
	}
	p.has(t, filed...)
}

// I7, I24: the province is restored from a backup and there is no line at all. The stick tells it,
// brings back what it lost, its own answers too, and nothing is shown green meanwhile that is not.
func TestRestoredProvinceByStickOnly(t *testing.T) {
	p := newProvince(t)
	o := p.office(t)
	p.close()
	backup := filepath.Join(t.TempDir(), "backup")
	must(t, os.CopyFS(backup, os.DirFS(p.dir)))
	p.open(t)
	s, _ := usb(t)
	round := func() {
		o.out(t, s)
		if r := p.in(t, s); r.Refused() > 0 {
			t.Fatalf("%+v", r)
		}
		p.out(t, s)
		if r := o.in(t, s); r.Refused() {
			t.Fatalf("%+v", r)
		}
	}
	f, g := o.file(t, 2000), o.file(t, 100)
	round()
	if !o.complete(t) {
		t.Fatal("before the restore")
	}
	p.close()
	must(t, os.RemoveAll(p.dir))
	must(t, os.CopyFS(p.dir, os.DirFS(backup)))
	p.open(t)
	round() // the held ack proves what the province lost
	if o.complete(t) {
		t.Fatal("green, though the province has nothing")
	}
	for trips := 1; ; trips++ {
		round()
		r, err := o.Book.Carry(t.Context())
		must(t, err)
		if o.complete(t) && r.EchoAfter.IsZero() {
			t.Logf("healed after %d more trips", trips)
			break
		}
		if trips == 5 {
			t.Fatal("five trips do not heal it")
		}
	}
	p.has(t, f, g)
	c, err := o.Book.Cursor(t.Context())
	must(t, err)
	h := o.file(t, 10)
	round()
	after, err := o.Book.Cursor(t.Context())
	must(t, err)
	if !o.complete(t) || after.Epoch != c.Epoch || after.Pos <= c.Pos {
		t.Fatalf("the feed stands still: %+v, then %+v", c, after)
	}
	p.has(t, f, g, h)
}

// A new epoch that came by stick while the agent runs: the line goes on in it.
func TestEpochByStickBesideARunningAgent(t *testing.T) {
	p := newProvince(t)
	o := p.office(t)
	o.file(t, 100)
	o.line(t)
	p.close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	ready := make(chan struct{})
	go func() { done <- o.Serve(ctx, agentServe("", ready)) }()
	<-ready
	address := p.address
	p.address = "127.0.0.1:0" // the agent does not find it
	p.open(t)
	s, _ := usb(t)
	o.file(t, 100)
	o.out(t, s)
	must(t, p.register.GrantByFeed(t.Context(), o.id.Device))
	p.in(t, s)
	p.out(t, s)
	if r := o.in(t, s); r.NewEpoch != 2 {
		t.Fatalf("%+v", r)
	}
	o.file(t, 100)
	p.close()
	p.address = address
	p.open(t)
	o.line(t) // beside the running agent this rings and watches
	cancel()
	must(t, <-done)
	allAtTheProvince(t, p, o)
}
