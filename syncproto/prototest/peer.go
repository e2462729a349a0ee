package prototest

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// Peer is a device as the suite plays it: it keeps its log in memory, makes one
// attempt at a time and checks every signature it is given. Not safe for many
// goroutines.
type Peer struct {
	Client *synchttp.Client
	ID     syncproto.DeviceID
	Key    ed25519.PrivateKey
	Answer syncproto.EnrolResponse // of the enrolment

	Events  []syncproto.Event
	Heads   []syncproto.Digest // Heads[i] after seq i
	Ack     syncproto.Ack      // the newest verified
	Welcome syncproto.Welcome  // the newest
	Session []byte
	Cursor  syncproto.Cursor
	Items   []syncproto.FeedItem // of the feed, in order
	Pages   []syncproto.SealedPage

	HTTP1 bool // speak HTTP/1.1

	boot   syncproto.BootID
	count  uint64
	random io.Reader
	dict   *syncproto.Dict
}

// NewPeer makes a device that is not enrolled.
func NewPeer(t testing.TB, seed string) *Peer {
	t.Helper()
	p := &Peer{random: newStream(seed), dict: syncproto.DefaultDict()}
	key := make([]byte, ed25519.SeedSize)
	_, err := io.ReadFull(p.random, key)
	must(t, err)
	p.Key = ed25519.NewKeyFromSeed(key)
	p.ID, err = syncproto.NewDeviceID(p.random)
	must(t, err)
	p.boot, err = syncproto.NewBootID(p.random)
	must(t, err)
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Connect makes the peer's client; it replaces an earlier one.
func (p *Peer) Connect(t testing.TB, base string, trust synchttp.Trust) {
	t.Helper()
	c, err := synchttp.New(synchttp.Config{Base: base, Trust: trust, HTTP1: p.HTTP1})
	must(t, err)
	p.Client = c
	t.Cleanup(c.CloseConnections)
}

// NextID draws a request id.
func (p *Peer) NextID() syncproto.RequestID {
	id, err := syncproto.NewRequestID(p.random)
	if err != nil {
		panic(err) // a test's stream never ends
	}
	return id
}

func (p *Peer) ctx(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// EnrolRequest is what this peer says to a portal with this code.
func (p *Peer) EnrolRequest(c syncproto.Code) syncproto.EnrolRequest {
	return syncproto.SignEnrol(syncproto.EnrolRequest{ID: p.NextID(), Secret: c.Secret, Device: p.ID,
		Name: "prototest", Program: "prototest", Proto: syncproto.Proto}, p.Key)
}

// Enrol enrols over a client that trusts by the code's pin, then reconnects with
// the CA that the answer brought.
func (p *Peer) Enrol(t testing.TB, base string, c syncproto.Code) {
	t.Helper()
	p.Connect(t, base, synchttp.Trust{Pin: &c.Pin})
	ans, err := p.Client.Enrol(p.ctx(t), p.EnrolRequest(c))
	must(t, err)
	p.accept(ans)
	p.Client.CloseConnections()
	p.Connect(t, base, synchttp.Trust{CA: ans.CA})
}

func (p *Peer) accept(ans syncproto.EnrolResponse) {
	p.Answer, p.Cursor = ans, ans.Feed
	p.Heads = []syncproto.Digest{syncproto.ChainStart(p.Log())}
}

// Log is the peer's log.
func (p *Peer) Log() syncproto.LogID { return p.Answer.Log() }

// PortalKey verifies what the portal signs.
func (p *Peer) PortalKey() ed25519.PublicKey { return ed25519.PublicKey(p.Answer.PortalKey) }

// State is what a hello says of the log.
func (p *Peer) State() syncproto.LogState {
	return syncproto.LogState{Epoch: p.Log().Epoch, Next: uint64(len(p.Events)) + 1, Head: p.Heads[len(p.Heads)-1]}
}

// Add appends an event to the peer's own log: what an office commits.
func (p *Peer) Add(typ string, payload []byte, blobs ...syncproto.BlobRef) syncproto.Event {
	at := time.Now().UnixMilli()
	id, _ := syncproto.NewEventID(at, p.random)
	dossier, _ := syncproto.NewDossierID(at, p.random)
	e := syncproto.Event{Payload: payload, Header: syncproto.Header{
		ID: id, Epoch: p.Log().Epoch, Seq: uint64(len(p.Events)) + 1, At: at, Clock: syncproto.ClockUnconfirmed,
		Type: typ, Schema: 1, Dossier: dossier, Actor: "prototest", Blobs: blobs}}
	if typ == "submitted" {
		e.Header.Version = 1
	}
	_, _ = io.ReadFull(p.random, e.Salt[:])
	p.Append(e)
	return e
}

// Append puts a finished event at the end of the log.
func (p *Peer) Append(e syncproto.Event) {
	h, pl, err := syncproto.EventDigests(e)
	if err != nil {
		panic(fmt.Sprintf("the suite made an event that cannot travel: %v", err))
	}
	p.Events = append(p.Events, e)
	p.Heads = append(p.Heads, syncproto.ChainNext(p.Heads[len(p.Heads)-1], h, pl))
}

// Batch seals events from…to (seqs, inclusive).
func (p *Peer) Batch(t testing.TB, from, to uint64) syncproto.Batch {
	t.Helper()
	b, err := syncproto.SealBatch(p.Log(), from, p.Heads[from-1], p.Events[from-1:to], p.Key, p.dict)
	must(t, err)
	return b
}

// Pending seals what the newest ack does not cover; nothing when it covers all.
func (p *Peer) Pending(t testing.TB) []syncproto.Batch {
	t.Helper()
	if p.Ack.Applied >= uint64(len(p.Events)) {
		return nil
	}
	return []syncproto.Batch{p.Batch(t, p.Ack.Applied+1, uint64(len(p.Events)))}
}

// Request makes a sync request: signed when there is no session, else warm.
func (p *Peer) Request(push ...syncproto.Batch) syncproto.SyncRequest {
	st := p.State()
	req := syncproto.SyncRequest{ID: p.NextID(), Push: push, Hello: syncproto.Hello{
		Session: p.Session, Log: &st, Generation: p.Ack.Generation, Acked: p.Ack.Applied}}
	if p.Session == nil {
		p.Sign(&req)
	}
	return req
}

// Sign makes the hello of a request a cold one, with a fresh count.
func (p *Peer) Sign(req *syncproto.SyncRequest) {
	p.count = max(p.count+1, uint64(time.Now().UnixMilli()))
	h := &req.Hello
	h.Session, h.Device, h.Boot, h.Count = nil, p.ID, p.boot, p.count
	h.ProtoMin, h.ProtoMax, h.Dicts, h.Program = syncproto.ProtoMin, syncproto.Proto, syncproto.BuiltinDicts().IDs(), "prototest"
	*h = syncproto.SignHello(*h, req.ID, p.Key)
}

// Sync makes one exchange and adopts what a careful device adopts: nothing that
// is not signed.
func (p *Peer) Sync(t testing.TB, req syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	t.Helper()
	resp, err := p.Client.Sync(p.ctx(t), req)
	if err != nil {
		return resp, err
	}
	if w := resp.Welcome; w != nil {
		must(t, w.Time.Verify(req.ID, p.PortalKey()))
		p.Welcome = *w
		if len(w.Session) > 0 {
			p.Session = w.Session
		}
	}
	if a := resp.Ack; a != nil {
		must(t, a.Verify(p.PortalKey()))
		if a.Log.Device == p.ID && a.Log.Epoch == p.Log().Epoch {
			p.Ack = *a
		}
	}
	if resp.Feed != nil {
		p.adopt(t, *resp.Feed)
	}
	return resp, nil
}

func (p *Peer) adopt(t testing.TB, f syncproto.FeedAnswer) {
	t.Helper()
	if f.Reset != nil {
		p.Cursor = f.Reset.Cursor
		return
	}
	if f.Page == nil {
		return
	}
	page, err := syncproto.OpenFeedPage(*f.Page, p.PortalKey(), syncproto.BuiltinDicts(), syncproto.DefaultLimits())
	must(t, err)
	must(t, page.Follows(p.Answer.Commune, p.Cursor))
	p.Items, p.Pages, p.Cursor = append(p.Items, page.Items...), append(p.Pages, *f.Page), page.Next()
}

// Ok is Sync where nothing may go wrong.
func (p *Peer) Ok(t testing.TB, req syncproto.SyncRequest) syncproto.SyncResponse {
	t.Helper()
	resp, err := p.Sync(t, req)
	must(t, err)
	if len(resp.Problems) > 0 {
		t.Fatalf("unexpected problem: %v", &resp.Problems[0])
	}
	return resp
}

// PushAll sends everything pending and demands its ack.
func (p *Peer) PushAll(t testing.TB) {
	t.Helper()
	p.Ok(t, p.Request(p.Pending(t)...))
	p.AckCovers(t)
}

// AckCovers demands that the newest ack covers the whole log with its head.
func (p *Peer) AckCovers(t testing.TB) {
	t.Helper()
	n := uint64(len(p.Events))
	if p.Ack.Applied != n || p.Ack.Head != p.Heads[n] {
		t.Fatalf("ack says %d of %d events (or another head)", p.Ack.Applied, n)
	}
}

// Drain reads the feed to its end.
func (p *Peer) Drain(t testing.TB) {
	t.Helper()
	for range 1000 {
		before := p.Cursor
		req := p.Request()
		req.Feed = &syncproto.FeedAsk{Cursor: p.Cursor, MaxBytes: 8 << 10}
		resp := p.Ok(t, req)
		if resp.Feed == nil || resp.Feed.Page == nil && resp.Feed.Reset == nil {
			return
		}
		if p.Cursor == before {
			t.Fatal("the feed promises more and does not move (I24)")
		}
	}
	t.Fatal("the feed does not end")
}

// NewBlob makes n bytes and their reference.
func (p *Peer) NewBlob(n int) ([]byte, syncproto.BlobRef) {
	b := make([]byte, n)
	_, _ = io.ReadFull(p.random, b)
	return b, syncproto.BlobRef{SHA256: sha256.Sum256(b), Length: int64(n), MIME: "image/jpeg", Role: "scan:test"}
}

// AppendBlob appends under the newest blob session.
func (p *Peer) AppendBlob(t testing.TB, k syncproto.BlobKey, off int64, b []byte) (syncproto.BlobAnswer, error) {
	t.Helper()
	return p.Client.AppendBlob(p.ctx(t), p.NextID(), p.Session, k, off, p.Welcome.BlobSession, b)
}

// Fresh asks for a new blob session, as the first exchange of a connection does.
func (p *Peer) Fresh(t testing.TB) uint64 {
	t.Helper()
	req := p.Request()
	req.Hello.Fresh = true
	p.Ok(t, req)
	return p.Welcome.BlobSession
}

// through runs f with the transport replaced, and puts the old one back.
func (p *Peer) through(rt func(http.RoundTripper) http.RoundTripper, f func()) {
	old := p.Client.HTTP.Transport
	p.Client.HTTP.Transport = rt(old)
	defer func() { p.Client.HTTP.Transport = old }()
	f()
}
