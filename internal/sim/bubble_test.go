package sim

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bendo/agent/courier"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
	"bendo/syncproto/synchttp"
)

var bubbleSeeds = flag.Int("bubbles", 0, "how many seeds of the bubble to play; 0: a small one, or 50 full ones with BENDO_TORTURE=full")

// TestSmokeBubble plays offices in virtual time with everything real but the wire: the
// ledger's SQLite files, TLS, HTTP/2, the courier's shell (T4b). Two offices and a day,
// or 50 seeds of ten offices and seven days.
//
// I1: every filing arrives exactly once. I15, I16: an hour after the line is back every
// queue is empty. I18: dials and exchanges are bounded. T16: what was seen of every
// dossier fits one order.
func TestSmokeBubble(t *testing.T) {
	count, offices, days := *bubbleSeeds, 2, 1
	if *full {
		offices, days = 10, 7
	}
	if count == 0 {
		count = map[bool]int{false: 1, true: 50}[*full]
	}
	for i := range count {
		seed := *firstSeed + uint64(i)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			dir := t.TempDir() // outside of the bubble: removing it takes real time
			synctest.Test(t, func(t *testing.T) { playBubble(t, dir, seed, offices, days) })
		})
	}
}

func playBubble(t *testing.T, dir string, seed uint64, offices, days int) {
	ctx, cancel := context.WithCancel(t.Context())
	p := newPipeProvince(t)
	defer p.close()
	b := &bubble{t: t, p: p, chance: mathrand.New(mathrand.NewPCG(seed, 4)), list: make([]*bubbleOffice, offices)}
	var work sync.WaitGroup
	defer work.Wait()
	defer cancel()
	for i := range b.list {
		o := p.office(t, filepath.Join(dir, fmt.Sprint(i)), i)
		defer o.book.Close()
		o.heals = seed%5 == 0
		b.list[i] = o
		work.Go(func() { o.live(ctx, t) })
	}
	for day := range days {
		b.halfDay(ctx, []wireState{down, silence, page}[b.chance.IntN(3)])
		if days > 1 && day == days/2 { // the province goes back to the morning of the day before
			p.portal.Restore(b.backup)
			b.see(ctx, Restored)
		}
		if day == days/2-1 {
			b.backup = p.portal.Snapshot()
		}
		b.halfDay(ctx, []wireState{down, silence}[b.chance.IntN(2)])
	}
	cancel()
	work.Wait()
	for i, o := range b.list {
		o.compare(context.WithoutCancel(ctx), t, i, p.portal)
		for _, f := range o.filings {
			if h := o.history[f.Event]; !DossierLinear(h) {
				t.Errorf("office %d: no order explains what was seen of a dossier: %+v", i, h)
			}
		}
	}
	t.Logf("%d dials, %d exchanges", p.wire.dialed(), p.portal.Requests())
}

// bubble is one seed under way.
type bubble struct {
	t      *testing.T
	p      *pipeProvince
	chance *mathrand.Rand
	list   []*bubbleOffice
	backup prototest.Snapshot
}

// halfDay: the line is away for hours while residents file, then there for an hour, after
// which nothing may be left; then it is silent for a while, and there.
func (b *bubble) halfDay(ctx context.Context, away wireState) {
	p, t := b.p, b.t
	dials := p.wire.dialed()
	p.wire.set(away)
	for n := range 4 {
		time.Sleep(time.Duration(30+b.chance.IntN(30)) * time.Minute)
		for _, o := range b.list {
			if b.chance.IntN(3) > 0 {
				o.file(t, b.chance.IntN(3))
			}
		}
		if n == b.chance.IntN(4) {
			p.wire.flap(3 + b.chance.IntN(10))
			p.wire.set(away)
		}
		b.see(ctx, Office)
	}
	if made := p.wire.dialed() - dials; made > 4*1800*len(b.list) {
		t.Errorf("I18: %d dials in four hours of outage", made)
	}
	b.list[b.chance.IntN(len(b.list))].restart()
	p.portal.Restart()
	p.wire.set(up)
	time.Sleep(time.Duration(b.chance.IntN(120)) * time.Second)
	b.see(ctx, Province)
	b.see(ctx, Office)
	b.list[b.chance.IntN(len(b.list))].restart()
	time.Sleep(time.Hour - 2*time.Minute)
	for i, o := range b.list {
		if s, err := courier.Look(ctx, o.book); err != nil || !s.Empty() {
			t.Errorf("office %d: an hour after the line came back %d events, %d dossiers, %d scans are left: %v", i, s.Waiting(), s.Open, len(s.Blobs), err)
		}
	}
	b.see(ctx, Office)
	b.see(ctx, Province)
	asked := p.portal.Requests()
	p.wire.set(silence)
	time.Sleep(20 * time.Minute)
	p.wire.set(up)
	for _, o := range b.list {
		o.file(t, 1)
	}
	time.Sleep(6 * time.Hour)
	// One question in 25 s while staff are there, one in five minutes otherwise, and the filing itself.
	if made := int(p.portal.Requests() - asked); made > len(b.list)*(6*3600/20+100) {
		t.Errorf("I18: %d exchanges in six quiet hours of %d offices", made, len(b.list))
	}
}

// see looks at every dossier, as one of the readers.
func (b *bubble) see(ctx context.Context, who Who) {
	for _, o := range b.list {
		o.see(ctx, b.t, who)
	}
}

// bubbleOffice is an office with a real book.
type bubbleOffice struct {
	p       *pipeProvince
	n       int
	book    *ledger.Book
	keys    *seal.Keeper
	bell    chan struct{}
	again   chan struct{}
	filings []ledger.Filed
	history map[syncproto.EventID][]Sight
	heals   bool         // the courier's healer runs beside it, which asks the book every three seconds
	changed atomic.Int64 // counts what changes the book
}

func (p *pipeProvince) office(t *testing.T, dir string, n int) *bubbleOffice {
	t.Helper()
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir, KeysDir: dir + ".keys"})
	if err != nil {
		t.Fatal(err)
	}
	book, err := ledger.Open(t.Context(), dir, keys, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key, err := keys.DeviceKey()
	if err != nil {
		t.Fatal(err)
	}
	code, err := p.portal.NewCode(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	device, err := syncproto.NewDeviceID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.portal.Enrol(t.Context(), syncproto.SignEnrol(syncproto.EnrolRequest{ID: syncproto.RequestID{1}, Secret: code.Secret, Device: device, Proto: syncproto.Proto}, key))
	if err != nil {
		t.Fatal(err)
	}
	err = book.SetIdentity(t.Context(), ledger.Identity{Device: r.Device, Book: r.Book, Epoch: 1, Prefix: r.Grant.SlipPrefix, CommuneCode: r.Commune,
		Portal: "https://portal.invalid:443", CA: r.CA, PortalKey: r.PortalKey, Generation: r.Generation, FeedEpoch: r.Feed.Epoch})
	if err != nil {
		t.Fatal(err)
	}
	return &bubbleOffice{p: p, n: n, book: book, keys: keys, bell: make(chan struct{}, 1), again: make(chan struct{}, 1), history: map[syncproto.EventID][]Sight{}}
}

// live runs the courier; a restart ends it in the middle and begins anew.
func (o *bubbleOffice) live(ctx context.Context, t *testing.T) {
	for ctx.Err() == nil {
		run, stop := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			if err := o.courier(t).Run(run); err != nil {
				t.Errorf("office %d: %v", o.n, err)
			}
		}()
		select {
		case <-o.again:
		case <-ended:
		case <-ctx.Done():
		}
		stop()
		<-ended
	}
}

func (o *bubbleOffice) courier(t *testing.T) *courier.Courier {
	id, err := o.book.Identity(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Error(err)
	}
	key, err := o.keys.DeviceKey()
	if err != nil {
		t.Error(err)
	}
	road, err := synchttp.New(synchttp.Config{Base: id.Portal, Trust: synchttp.Trust{CA: id.CA}, Dial: o.p.wire.dial})
	if err != nil {
		t.Error(err)
	}
	var book courier.Book = struct{ courier.Book }{o.book} // hides what it can do beyond carrying
	if o.heals {
		book = o.book
	}
	return &courier.Courier{Exchange: &courier.Exchange{Book: book, Road: courier.Over(road), Time: bubbleTime{}, Key: key, Random: rand.Reader},
		Watch: &rarely{Book: o.book, changed: &o.changed}, Seed: uint64(o.n), Bell: o.bell}
}

func (o *bubbleOffice) restart() {
	select {
	case o.again <- struct{}{}:
	default:
	}
}

// file files one dossier and rings.
func (o *bubbleOffice) file(t *testing.T, scans int) {
	ref := fmt.Sprintf("%d-%d", o.n, len(o.filings))
	req := ledger.FileRequest{Reference: ref, SourceSHA256: syncproto.Digest{byte(len(o.filings)), byte(o.n)}, Actor: "file",
		Payload: dossier.SubmittedPayload{Procedure: "2.000815", Pack: "p1", Channel: dossier.ChannelFile, Handover: dossier.HandoverAtSubmit,
			Applicant: dossier.Person{FullName: "Người Thử"}, Answers: []byte(`{}`)}}
	for i := range scans {
		data := make([]byte, 20_000+i)
		copy(data, ref)
		req.Attachments = append(req.Attachments, ledger.Attachment{Name: fmt.Sprintf("%d.pdf", i), MIME: "application/pdf", Copies: 1,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }})
	}
	sight := Sight{Who: Desk, Call: o.p.since()}
	f, err := o.book.File(t.Context(), req)
	o.changed.Add(1)
	sight.Return = o.p.since() + 1
	if err != nil {
		t.Errorf("office %d cannot file: %v", o.n, err)
		return
	}
	o.filings = append(o.filings, f)
	o.history[f.Event] = append(o.history[f.Event], sight)
	select {
	case o.bell <- struct{}{}:
	default:
	}
}

// compare reads the log back: everything once, in order.
func (o *bubbleOffice) compare(ctx context.Context, t *testing.T, n int, portal *prototest.Memory) {
	id, err := o.book.Identity(ctx)
	if err != nil {
		t.Fatal(err)
	}
	key, err := o.keys.DeviceKey()
	if err != nil {
		t.Fatal(err)
	}
	l := syncproto.LogID{Device: id.Device, Epoch: id.Epoch}
	applied, _ := portal.Head(l)
	events, err := readBack(ctx, portal, id.Device, id.Book, syncproto.ReplayLog{Log: l, Key: key.Public().(ed25519.PublicKey), Applied: applied})
	if err != nil {
		t.Fatalf("office %d: the log read back: %v", n, err)
	}
	seen := map[syncproto.EventID]int{}
	for _, e := range events {
		seen[e.Header.ID]++
	}
	for _, f := range o.filings {
		if seen[f.Event] != 1 {
			t.Errorf("office %d: a filing arrived %d times", n, seen[f.Event])
		}
	}
	if len(seen) != len(o.filings) || len(seen) == 0 {
		t.Errorf("office %d: %d events arrived, %d were filed", n, len(seen), len(o.filings))
	}
}

// see notes how far each dossier is, as the office or the province says.
func (o *bubbleOffice) see(ctx context.Context, t *testing.T, who Who) {
	id, err := o.book.Identity(ctx)
	if err != nil {
		t.Fatal(err)
	}
	there := map[syncproto.EventID]syncproto.Event{}
	for _, e := range o.p.portal.Events(syncproto.LogID{Device: id.Device, Epoch: id.Epoch}) {
		there[e.Header.ID] = e
	}
	for _, f := range o.filings {
		s := Sight{Who: who, Call: o.p.since()}
		switch who {
		case Office:
			d, err := o.book.Get(ctx, f.Dossier)
			if err != nil {
				t.Fatal(err)
			}
			for level := Received; level <= Whole && d.Acks[level].Done; level++ {
				s.Level = level
			}
		case Province:
			if e, has := there[f.Event]; has {
				s.Level = Whole
				for _, r := range e.Header.Blobs {
					if _, whole := o.p.portal.Complete(syncproto.BlobKey{Dossier: f.Dossier, SHA256: r.SHA256}); !whole {
						s.Level = Received
					}
				}
			}
		}
		s.Return = o.p.since() + 1
		o.history[f.Event] = append(o.history[f.Event], s)
	}
}

// rarely writes a status only when it changed, and knows by itself when the desk changed
// the book: fifteen seconds of virtual time are nothing to the test's real disk.
type rarely struct {
	*ledger.Book
	changed *atomic.Int64
	mu      sync.Mutex
	last    ledger.AgentStatus
}

func (r *rarely) DataVersion(context.Context) (int64, error) { return r.changed.Load(), nil }

func (r *rarely) SetAgentStatus(ctx context.Context, st ledger.AgentStatus) error {
	r.mu.Lock()
	same := r.last.Line == st.Line && r.last.Problem == st.Problem
	r.last = st
	r.mu.Unlock()
	if same {
		return nil
	}
	return r.Book.SetAgentStatus(ctx, st)
}

type bubbleTime struct{}

func (bubbleTime) Observe(context.Context, syncproto.TimeAnswer) error { return nil }
func (bubbleTime) Reading() (wall, mono, floor int64)                  { return time.Now().UnixMilli(), 0, 0 }
