//go:build linux

package herd

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// machine is a light one: a key, a log and a session, nothing on disk.
type machine struct {
	t       testing.TB
	p       *province
	client  *synchttp.Client
	key     ed25519.PrivateKey
	id      syncproto.EnrolResponse
	session []byte
	blob    uint64
	count   uint64
	seq     uint64
	head    syncproto.Digest
	cursor  syncproto.Cursor
}

func (p *province) newMachine(t testing.TB, commune string, only *process) *machine {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	m := &machine{t: t, p: p, key: key, id: p.enrolled(commune, key), client: p.client(only)}
	m.head, m.cursor, m.count = syncproto.ChainStart(m.id.Log()), m.id.Feed, uint64(time.Now().UnixMilli())
	return m
}

// hello opens a session, as a new connection does.
func (m *machine) hello(req syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	m.count++
	req.ID = requestID(m.t)
	req.Hello = syncproto.SignHello(syncproto.Hello{ProtoMin: 1, ProtoMax: 1, Device: m.id.Device, Count: m.count,
		Log: &syncproto.LogState{Epoch: 1, Next: m.seq + 1, Head: m.head}}, req.ID, m.key)
	resp, err := m.client.Sync(context.Background(), req)
	if err == nil && resp.Welcome != nil {
		m.session, m.blob = resp.Welcome.Session, resp.Welcome.BlobSession
	}
	return resp, err
}

func (m *machine) sync(req syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	req.ID, req.Hello.Session, req.Hello.Generation = requestID(m.t), m.session, m.id.Generation
	return m.client.Sync(context.Background(), req)
}

// filing is a dossier with a scan of n bytes, or none.
func (m *machine) filing(scan []byte) syncproto.Event {
	slip, err := dossier.NewSlip(m.id.Grant.SlipPrefix, uint64(drawn(1<<62)))
	check(m.t, err)
	paper := dossier.Component{ID: "tk", State: dossier.Missing}
	if scan != nil {
		paper.State = dossier.Provided
		paper.Blobs = []dossier.Blob{{Name: "trang.jpg", SHA256: sha256.Sum256(scan), Length: int64(len(scan)), MIME: "image/jpeg"}}
	}
	id, err := syncproto.NewDossierID(time.Now().UnixMilli(), rand.Reader)
	check(m.t, err)
	meta := dossier.Meta{At: time.Now().UnixMilli(), Clock: syncproto.ClockTrusted}
	meta.Event, err = syncproto.NewEventID(meta.At, rand.Reader)
	check(m.t, err)
	rand.Read(meta.Salt[:])
	e, err := dossier.Submit(dossier.SubmittedPayload{Procedure: "1.001193", Pack: "test", Slip: slip, Channel: dossier.ChannelKiosk,
		Handover: dossier.HandoverAtSubmit, Language: "vi", Answers: fmt.Appendf(nil, `{"noise":"%x"}`, noise(300)),
		Applicant: dossier.Person{FullName: "Người Thử"}, Components: []dossier.Component{paper}}, id, meta)
	check(m.t, err)
	return e
}

// seal puts events into the log.
func (m *machine) seal(events ...syncproto.Event) syncproto.Batch {
	for i := range events {
		events[i].Header.Epoch, events[i].Header.Seq = 1, m.seq+1+uint64(i)
	}
	b, err := syncproto.SealBatch(m.id.Log(), m.seq+1, m.head, events, m.key, syncproto.DefaultDict())
	check(m.t, err)
	m.seq, m.head = b.Last(), b.Head
	return b
}

// push sends a batch until an ack covers it: the answer may be lost, the portal may be busy.
func (m *machine) push(b syncproto.Batch) {
	for try := 0; ; try++ {
		var resp syncproto.SyncResponse
		var err error
		if m.session == nil {
			resp, err = m.hello(syncproto.SyncRequest{Push: []syncproto.Batch{b}})
		} else {
			resp, err = m.sync(syncproto.SyncRequest{Push: []syncproto.Batch{b}})
		}
		if err == nil && resp.Ack != nil && resp.Ack.Applied >= b.Last() {
			return
		}
		if err == nil || try == 200 {
			m.t.Errorf("push: ack %+v, problems %v, %v", resp.Ack, resp.Problems, err)
			return
		}
		wait := 50 * time.Millisecond
		if found := syncproto.ProblemOf(err); found != nil && found.RetryAfter() > 0 {
			wait = found.RetryAfter() + time.Duration(drawn(int64(time.Second)))
		}
		time.Sleep(wait)
	}
}

// takeover: the connection that carries a scan stands still at one process; the
// machine dials anew and meets another process. It is answered at once with what arrived, goes on
// from there, and the ghost can write nothing more (I9, I10, I11).
func takeover(t *testing.T, p *province) {
	m := p.newMachine(t, "28807", p.processes[0])
	_, err := m.hello(syncproto.SyncRequest{})
	check(t, err)
	scan := noise(90_000)
	e := m.filing(scan)
	m.push(m.seal(e))
	key := syncproto.BlobKey{Dossier: e.Header.Dossier, SHA256: sha256.Sum256(scan)}
	a, err := m.client.AppendBlob(context.Background(), requestID(t), m.session, key, 0, m.blob, scan[:30_000])
	if err != nil || a.Off != 30_000 {
		t.Fatalf("the first piece: %+v, %v", a, err)
	}
	// The second piece stands still in the middle: the process dies to the world, not to itself.
	ghost := p.processes[0].command.Process
	check(t, ghost.Signal(syscall.SIGSTOP))
	stuck := make(chan error, 1)
	old, oldSession := m.client, m.blob
	go func() {
		_, err := old.AppendBlob(context.Background(), requestID(t), m.session, key, 30_000, oldSession, scan[30_000:60_000])
		stuck <- err
	}()
	time.Sleep(200 * time.Millisecond)
	m2 := *m
	m2.client = p.client(p.processes[1])
	defer m2.client.CloseConnections()
	began := time.Now()
	resp, err := m2.hello(syncproto.SyncRequest{BlobStat: []syncproto.BlobKey{key}})
	check(t, err)
	if resp.Blobs[0].Off != 30_000 {
		t.Fatalf("the other process knows %+v, 30000 bytes were acknowledged", resp.Blobs)
	}
	a, err = m2.client.AppendBlob(context.Background(), requestID(t), m2.session, key, 30_000, m2.blob, scan[30_000:60_000])
	check(t, err)
	t.Logf("the takeover was answered, with a piece durable, %v after the new connection began", time.Since(began).Round(time.Millisecond))
	check(t, ghost.Signal(syscall.SIGCONT))
	if err := <-stuck; !errors.Is(err, &syncproto.Problem{Kind: syncproto.Correction, Code: syncproto.CodeBlobSession}) {
		t.Errorf("the ghost's piece: %v, want the newer session named", err)
	}
	a, err = m2.client.AppendBlob(context.Background(), requestID(t), m2.session, key, a.Off, m2.blob, scan[a.Off:])
	if err != nil || !a.Complete {
		t.Fatalf("the end: %+v, %v", a, err)
	}
	if cases, complete := p.counted("28807"); cases != 1 || complete != 1 {
		t.Errorf("%d cases, %d complete", cases, complete)
	}
	old.CloseConnections()
	p.intact([]string{"28807"})
}

// wake: a machine waits for its feed at one process, what it waits for is
// written by the other.
func wake(t *testing.T, p *province) {
	waits, writes := p.newMachine(t, "28808", p.processes[0]), p.newMachine(t, "28808", p.processes[1])
	for _, m := range []*machine{waits, writes} {
		_, err := m.hello(syncproto.SyncRequest{})
		check(t, err)
		defer m.client.CloseConnections()
	}
	var latest atomic.Int64
	for round := range 5 {
		answer := make(chan syncproto.SyncResponse, 1)
		go func() {
			resp, err := waits.sync(syncproto.SyncRequest{Feed: &syncproto.FeedAsk{Cursor: waits.cursor, WaitS: 20}})
			if err != nil {
				t.Error(err)
			}
			answer <- resp
		}()
		time.Sleep(time.Duration(100+drawn(200)) * time.Millisecond)
		b := writes.seal(writes.filing(nil))
		began := time.Now()
		writes.push(b)
		resp := <-answer
		latest.Store(max(latest.Load(), int64(time.Since(began))))
		if resp.Feed == nil || resp.Feed.Page == nil {
			t.Fatalf("round %d: the question ended without the item it waited for", round)
		}
		page, err := syncproto.OpenFeedPage(*resp.Feed.Page, waits.id.PortalKey, syncproto.BuiltinDicts(), syncproto.Limits{})
		check(t, err)
		waits.cursor = page.Next()
	}
	t.Logf("from the push at one process to the answer at the other, at most %v", time.Duration(latest.Load()).Round(time.Millisecond))
}

// TestSlowHeadersAreSentAway: a connection that never says what it wants is closed, and those that do
// are answered meanwhile.
func TestSlowHeadersAreSentAway(t *testing.T) {
	if !full() {
		t.Skip("NOT RUN in the smoke size, it waits 20 s: BENDO_TORTURE=full")
	}
	p := newProvince(t, 1)
	var idle []net.Conn
	for range 500 {
		conn, err := net.Dial("tcp", p.processes[0].address)
		check(t, err)
		defer conn.Close()
		idle = append(idle, conn)
	}
	m := p.newMachine(t, "28807", nil)
	m.push(m.seal(m.filing(nil)))
	m.client.CloseConnections()
	for _, conn := range idle {
		conn.SetReadDeadline(time.Now().Add(time.Minute))
		if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("a silent connection: %v", err)
		} else if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			t.Fatal("a silent connection is still open after a minute")
		}
	}
}
