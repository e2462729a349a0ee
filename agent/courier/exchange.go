package courier

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http/httptrace"
	"sync"
	"time"

	"bendo/internal/ledger"
	"bendo/syncproto"
)

// Exchange turns decisions of a Session into requests and answers of the portal into
// calls of the book. It verifies every signature before the book hears of it. Its own
// state (session token, counters) may be lost at any moment; a cold hello makes it
// again. Methods may be called from several goroutines: requests wait for the line beside
// each other, what they bring is taken into the book one at a time.
type Exchange struct {
	Book    Book
	Road    Road // connections are made from it
	Time    Timepiece
	Objects Objects // nil: published things are not fetched
	Key     ed25519.PrivateKey
	Random  io.Reader // of ids and salts
	Program string    // name and version
	// Handed, when set, is told when the body of a request was handed to the line.
	Handed func(Sent)

	id    ledger.Identity
	boot  syncproto.BootID
	dicts syncproto.Dicts
	dict  *syncproto.Dict // for what is sent

	turn    sync.Mutex    // held while a request is made and while an answer is taken
	lastAck syncproto.Ack // the newest verified one of this epoch, whether it fits or not; guarded by turn

	far     map[syncproto.BlobKey]reach // how far scans are, as the portal said last; guarded by turn
	moment  uint64                      // counts requests made and answers taken; guarded by turn
	audited syncproto.BlobKey           // the last complete scan asked about again; guarded by turn
	taken   map[syncproto.LogID]*taking // how far a replay is, over cuts; guarded by turn

	mu          sync.Mutex // guards what follows
	roads       map[Conn]Road
	greeted     map[Conn]syncproto.RequestID // the greeting on each
	session     []byte
	blobSession uint64
	count       uint64
	plain       bool // the portal does not hold our dictionary
	limits      syncproto.Limits
	showGrant   bool
	showHeld    bool // the portal has less than it signed for: show its own ack
	echo        *echo
	shown       shown
	sealed      sealed
}

// sealed is the batch of the last attempt. While a line is away the same one is tried
// every minute; sealing it anew would cost a poor machine for nothing.
type sealed struct {
	want sealedFor
	b    *syncproto.Batch
}

type sealedFor struct {
	log             syncproto.LogID
	from, next      uint64
	head            syncproto.Digest
	events, maximum int
	plain           bool
}

// echo is the sending back of pages that a restored portal lacks. It is finished
// before the cursor moves, so that a crash repeats it.
type echo struct {
	after syncproto.Cursor
	to    syncproto.Cursor
	sent  int
}

// Open reads the identity and draws the boot id of this run.
func (x *Exchange) Open(ctx context.Context) (err error) {
	if x.id, err = x.Book.Identity(ctx); err != nil {
		return err
	}
	x.dicts, x.dict = syncproto.BuiltinDicts(), syncproto.DefaultDict()
	x.boot, err = syncproto.NewBootID(x.Random)
	return err
}

// Identity is what the book had when Open was called, or after the last new epoch.
func (x *Exchange) Identity() ledger.Identity { return x.id }

// connection gives the road of a connection, which is new when nobody asked for it
// before. One that was dropped is not opened again: its context has ended.
func (x *Exchange) connection(ctx context.Context, c Conn, dial time.Duration) (Road, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if x.roads == nil {
		x.roads = map[Conn]Road{}
	}
	if x.roads[c] == nil {
		x.roads[c] = x.Road.Another(dial)
	}
	return x.roads[c], nil
}

// Drop closes a connection, 0 all of them. The contexts of its requests must have ended.
func (x *Exchange) Drop(c Conn) {
	x.mu.Lock()
	var old []Road
	for n, r := range x.roads {
		if c == 0 || n == c {
			old = append(old, r)
			delete(x.roads, n)
			delete(x.greeted, n)
		}
	}
	x.mu.Unlock()
	for _, r := range old {
		r.CloseConnections()
	}
}

// Sync carries out one SendSync. The result's problem says what went wrong; the error
// is only for our own cancellation and for a book that cannot be written.
func (x *Exchange) Sync(ctx context.Context, o SendSync) (Result, error) {
	req, built, err := x.prepare(ctx, o)
	if err != nil {
		return x.local(ctx, err)
	}
	r := Result{Sent: requestSize(req)}
	if n := len(req.Push); n > 0 {
		r.Last = req.Push[n-1].Last()
	}
	resp, err := x.call(ctx, o, req, &r)
	x.turn.Lock()
	defer x.turn.Unlock()
	if err != nil {
		p := syncproto.ProblemOf(err)
		if p == nil {
			return r, err
		}
		r.Problem, r.Answered = p, answers(p)
		x.adopt(p)
		if p.Kind == syncproto.Fork {
			return r, x.Book.Freeze(context.WithoutCancel(ctx), p.Code)
		}
		return r, nil
	}
	// The deadline of the request must not cut a transaction short.
	return r, x.apply(context.WithoutCancel(ctx), o, built, req, resp, &r)
}

func (x *Exchange) call(ctx context.Context, o SendSync, req syncproto.SyncRequest, r *Result) (syncproto.SyncResponse, error) {
	road, err := x.connection(ctx, o.Conn, o.Dial)
	if err != nil {
		return syncproto.SyncResponse{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, o.Deadline)
	defer cancel()
	var opened opening
	if o.Fresh {
		x.mu.Lock()
		if x.greeted == nil {
			x.greeted = map[Conn]syncproto.RequestID{}
		}
		x.greeted[o.Conn] = req.ID
		x.mu.Unlock()
	}
	told := x.telling(ctx, func() Sent {
		b, can := road.(behind)
		return Sent{N: o.N, Last: r.Last, Behind: can && o.Fresh && b.Behind()}
	})
	resp, err := road.Sync(opened.watch(told), req)
	r.Opened = opened.took()
	return resp, err
}

// telling lets the line tell when a request's body was given to it.
func (x *Exchange) telling(ctx context.Context, sent func() Sent) context.Context {
	if x.Handed == nil {
		return ctx
	}
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteRequest: func(info httptrace.WroteRequestInfo) {
		if info.Err == nil {
			x.Handed(sent())
		}
	}})
}

// opening measures how long the connection took to open: one round trip, if nothing was lost.
type opening struct {
	mu          sync.Mutex
	began, done time.Time
}

func (o *opening) watch(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		ConnectStart: func(string, string) { o.mark(&o.began) },
		ConnectDone: func(_, _ string, err error) {
			if err == nil {
				o.mark(&o.done)
			}
		},
	})
}

func (o *opening) mark(t *time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if t.IsZero() {
		*t = time.Now()
	}
}

// took is zero when no connection was opened.
func (o *opening) took() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.began.IsZero() || o.done.IsZero() {
		return 0
	}
	return o.done.Sub(o.began)
}

// prepare makes a request from the book as it is.
func (x *Exchange) prepare(ctx context.Context, o SendSync) (syncproto.SyncRequest, built, error) {
	x.turn.Lock()
	defer x.turn.Unlock()
	req, log, err := x.build(ctx, o)
	x.moment++
	return req, built{log, x.moment}, err
}

// built is how things stood when a request was made.
type built struct {
	log    ledger.LogState
	moment uint64
}

// local says that the book, not the line, stands in the way.
func (x *Exchange) local(ctx context.Context, err error) (Result, error) {
	if ctx.Err() != nil {
		return Result{}, ctx.Err()
	}
	if errors.Is(err, ledger.ErrDamaged) {
		return Result{Local: true, Problem: &syncproto.Problem{Kind: syncproto.Fork, Code: syncproto.CodeDigest,
			Detail: "an event of the book is damaged; it and those after it wait for IT", Err: err}}, nil
	}
	if p := syncproto.ProblemOf(err); p != nil {
		return Result{Local: true, Problem: p}, nil
	}
	return Result{}, err
}

// answers tells problems that only the portal itself can have sent.
func answers(p *syncproto.Problem) bool {
	switch p.Kind {
	case syncproto.Fork, syncproto.Limit:
		return true
	case syncproto.Transient:
		return p.Err == nil && stands(p.Code)
	}
	return false
}

// adopt takes the value of a correction for the next attempt.
func (x *Exchange) adopt(p *syncproto.Problem) {
	x.mu.Lock()
	defer x.mu.Unlock()
	switch {
	case p.Kind == syncproto.Auth:
		x.session = nil
		x.shown.enrolled = p.Code == syncproto.CodeUnknownDevice && len(x.id.Enrolled) > 0
	case p.Kind != syncproto.Correction:
	case p.Code == syncproto.CodeSession:
		x.session = nil
	case p.Code == syncproto.CodeHelloCount:
		x.count, x.session = p.Value, nil
	case p.Code == syncproto.CodeDict:
		x.plain = true
	case p.Code == syncproto.CodeEpoch:
		x.showGrant = true
	}
}

func (x *Exchange) build(ctx context.Context, o SendSync) (req syncproto.SyncRequest, log ledger.LogState, err error) {
	if req.ID, err = syncproto.NewRequestID(x.Random); err != nil {
		return req, log, err
	}
	if log, err = x.Book.LogState(ctx); err != nil {
		return req, log, err
	}
	if req.BlobStat = o.Stat; o.Audit {
		if req.BlobStat, err = x.audit(ctx, o.Stat); err != nil {
			return req, log, err
		}
	}
	if o.Feed {
		if err := x.askFeed(ctx, o, &req); err != nil {
			return req, log, err
		}
	}
	if o.Push && !log.Frozen && log.Next > o.From {
		b, err := x.batch(ctx, log, o)
		if err != nil {
			return req, log, fmt.Errorf("sealing what is to be sent: %w", err)
		}
		if b != nil {
			req.Push = []syncproto.Batch{*b}
		}
	}
	req.Hello = x.hello(o, log, req.ID)
	return req, log, nil
}

func (x *Exchange) askFeed(ctx context.Context, o SendSync, req *syncproto.SyncRequest) error {
	cursor, err := x.Book.Cursor(ctx)
	if err != nil {
		return err
	}
	x.mu.Lock()
	wait := min(int(o.Wait.Seconds()), x.limits.OrDefault().FeedWaitS)
	x.mu.Unlock()
	req.Feed = &syncproto.FeedAsk{Cursor: cursor, MaxBytes: uint32(o.FeedBytes), WaitS: uint16(max(wait, 0))}
	if req.Feed.Trail, err = x.trail(ctx); err != nil {
		return err
	}
	req.Echo, err = x.echoes(ctx)
	return err
}

// audit adds scans that were complete long ago, so that within the retention window a
// loss at the portal shows while the scan is still here. It goes through them by key.
func (x *Exchange) audit(ctx context.Context, stat []syncproto.BlobKey) ([]syncproto.BlobKey, error) {
	list, err := x.Book.Blobs(ctx, x.audited, syncproto.MaxBlobStat-len(stat))
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		x.audited = syncproto.BlobKey{} // from the beginning
	}
	for _, b := range list {
		stat, x.audited = append(stat, b.Key), b.Key
	}
	return stat, nil
}

// hello is small in a warm session and signed in a cold one. Where the log stands is
// said only by what speaks of the log: a question that waits at the portal, or is
// overtaken on the way, would describe a log that has gone on.
func (x *Exchange) hello(o SendSync, log ledger.LogState, id syncproto.RequestID) syncproto.Hello {
	x.mu.Lock()
	defer x.mu.Unlock()
	h := syncproto.Hello{Device: x.id.Device, Boot: x.boot, Fresh: o.Fresh, Generation: log.Generation, Acked: log.Acked}
	if o.Compare {
		h.Log = &syncproto.LogState{Epoch: log.Log.Epoch, Next: log.Next, Head: log.Head}
	}
	if x.showHeld {
		h.Held = log.Held
	}
	if x.showGrant {
		var g syncproto.EpochGrant
		if json.Unmarshal(x.id.Grant, &g) == nil { // a device enrolled before grants were kept has none
			h.Grant = &g
		}
	}
	if len(x.session) > 0 && !o.Sign {
		h.Session, h.Device = x.session, syncproto.DeviceID{}
	}
	x.shown.tell(&h, log, x.id, x.Key)
	if len(h.Session) > 0 && !o.Fresh {
		h.Boot = syncproto.BootID{}
		return h
	}
	return x.introduce(h, o, id)
}

// introduce fills in what only the first hello of a connection says, and signs it when
// there is no session.
func (x *Exchange) introduce(h syncproto.Hello, o SendSync, id syncproto.RequestID) syncproto.Hello {
	wall, mono, floor := x.Time.Reading()
	if len(h.Session) == 0 {
		x.count = max(x.count+1, uint64(max(wall, 0)))
		h.Count, h.ProtoMin, h.ProtoMax = x.count, syncproto.ProtoMin, syncproto.Proto
		h.Dicts, h.Program = x.dicts.IDs(), x.Program
	}
	h.RateBPS, h.RTTMS = uint32(min(o.Link.RateBPS, 1<<31)), uint32(o.Link.RTT.Milliseconds())
	h.Wall, h.MonoMS, h.Floor, h.BlobSession = wall, mono, floor, x.blobSession
	if len(h.Session) == 0 {
		h = syncproto.SignHello(h, id, x.Key)
	}
	return h
}

// batch seals the next events; when they are too many for one message it takes fewer.
func (x *Exchange) batch(ctx context.Context, log ledger.LogState, o SendSync) (*syncproto.Batch, error) {
	x.mu.Lock()
	last, plain := x.sealed, x.plain
	x.mu.Unlock()
	want := sealedFor{log.Log, o.From, log.Next, log.Head, o.MaxEvents, o.MaxBytes, plain}
	if last.b != nil && last.want == want {
		return last.b, nil
	}
	events, err := x.Book.PendingEvents(ctx, o.From, o.MaxEvents, o.MaxBytes)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	prev, err := x.Book.HeadAt(ctx, log.Log.Epoch, o.From-1)
	if err != nil {
		return nil, err
	}
	dict := x.dict
	if plain {
		dict = nil
	}
	for {
		b, err := syncproto.SealBatch(log.Log, o.From, prev, events, x.Key, dict)
		if p := syncproto.ProblemOf(err); p != nil && p.Kind == syncproto.Limit && len(events) > 1 {
			events = events[:(len(events)+1)/2]
			continue
		}
		if err != nil {
			return nil, err
		}
		x.mu.Lock()
		x.sealed = sealed{want, &b}
		x.mu.Unlock()
		return &b, nil
	}
}

// echoes gives the next pages a restored portal asked for, at most three.
func (x *Exchange) echoes(ctx context.Context) ([]syncproto.SealedPage, error) {
	x.mu.Lock()
	e := x.echo
	x.mu.Unlock()
	if e == nil {
		return nil, nil
	}
	raw, err := x.Book.EchoPages(ctx, e.after, 3)
	if err != nil {
		return nil, err
	}
	var out []syncproto.SealedPage
	size := 0
	for _, b := range raw {
		page, err := syncproto.DecodeSealedPage(b)
		if err != nil {
			return nil, err
		}
		if size += len(b); len(out) > 0 && size > 48<<10 {
			break
		}
		out = append(out, page)
	}
	return out, nil
}

// requestSize estimates the bytes of a request, for telling small exchanges.
func requestSize(req syncproto.SyncRequest) int {
	n := 200 + 48*len(req.BlobStat)
	for _, b := range req.Push {
		n += len(b.Body)
	}
	for _, e := range req.Echo {
		n += len(e.Body)
	}
	return n
}
