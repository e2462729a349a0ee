package courier_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"bendo/agent/courier"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
	"bendo/syncproto/synchttp"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type fault int

const (
	none    fault = iota
	notDone       // the request never arrived
	lost          // done, but the answer was lost
	forged        // answered by somebody with another key
	killed        // done, and the agent's process ended before it heard
)

func (f fault) String() string {
	return [...]string{"none", "not done", "answer lost", "forged", "killed"}[f]
}

// directRoad calls a portal in memory and fails one call.
type directRoad struct {
	portal *prototest.Memory
	kill   context.CancelFunc

	mu    sync.Mutex
	calls int
	at    int
	fault fault
	sent  map[syncproto.BlobKey]int64 // bytes of scans that were sent
	held  []syncproto.Ack             // the portal's own acks that hellos showed
	forks []syncproto.LogState        // that hellos told of
}

func (r *directRoad) turn() fault {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls++; r.calls == r.at {
		return r.fault
	}
	return none
}

var noLine = &syncproto.Problem{Kind: syncproto.Transient, Code: syncproto.CodeTimeout}

func (r *directRoad) end(f fault, err error) error {
	switch f {
	case lost:
		return noLine
	case killed:
		r.kill()
		return context.Canceled
	}
	return err
}

func (r *directRoad) Sync(ctx context.Context, req syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	f := r.turn()
	if f == notDone {
		return syncproto.SyncResponse{}, noLine
	}
	if req.Hello.Held != nil {
		r.mu.Lock()
		r.held = append(r.held, *req.Hello.Held)
		r.mu.Unlock()
	}
	if req.Hello.Fork != nil {
		r.mu.Lock()
		r.forks = append(r.forks, *req.Hello.Fork)
		r.mu.Unlock()
	}
	resp, err := r.portal.Sync(ctx, req)
	if f == forged {
		forge(&resp)
	}
	return resp, r.end(f, err)
}

// forge signs everything with another key.
func forge(resp *syncproto.SyncResponse) {
	_, other, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	if resp.Ack != nil {
		a := syncproto.SignAck(*resp.Ack, other)
		resp.Ack = &a
	}
	if resp.Welcome != nil {
		resp.Welcome.Time = syncproto.SignTime(resp.Welcome.Time, other)
	}
	if resp.Feed != nil && resp.Feed.Page != nil {
		resp.Feed.Page.Sig = make([]byte, ed25519.SignatureSize)
	}
}

func (r *directRoad) AppendBlob(ctx context.Context, _ syncproto.RequestID, session []byte, key syncproto.BlobKey, off int64, blobSession uint64, p []byte) (syncproto.BlobAnswer, error) {
	f := r.turn()
	if f == notDone {
		return syncproto.BlobAnswer{}, noLine
	}
	r.mu.Lock()
	r.sent[key] += int64(len(p))
	r.mu.Unlock()
	device, err := r.portal.Authorize(ctx, session)
	if err != nil {
		return syncproto.BlobAnswer{}, err
	}
	a, err := r.portal.AppendBlob(ctx, synchttp.Append{Device: device, Key: key, Off: off, Length: int64(len(p)), Session: blobSession}, bytes.NewReader(p))
	return a, r.end(f, err)
}

func (r *directRoad) Replay(ctx context.Context, session []byte, req syncproto.ReplayRequest) (syncproto.ReplayResponse, error) {
	device, err := r.portal.Authorize(ctx, session)
	if err != nil {
		return syncproto.ReplayResponse{}, err
	}
	return r.portal.Replay(ctx, device, req)
}

func (r *directRoad) Time(ctx context.Context, nonce syncproto.RequestID) (syncproto.TimeAnswer, error) {
	return r.portal.Time(ctx, nonce)
}

func (r *directRoad) Object(ctx context.Context, _ syncproto.RequestID, session []byte, sha syncproto.Digest, off int64, n int) ([]byte, int64, error) {
	f := r.turn()
	if f == notDone {
		return nil, 0, noLine
	}
	device, err := r.portal.Authorize(ctx, session)
	if err != nil {
		return nil, 0, err
	}
	p := make([]byte, n)
	n, total, err := r.portal.Object(ctx, device, sha, off, p)
	return p[:n], total, r.end(f, err)
}

func (r *directRoad) CloseConnections() {}

func (r *directRoad) Another(time.Duration) courier.Road { return r }

type noClock struct{}

func (noClock) Observe(context.Context, syncproto.TimeAnswer) error { return nil }
func (noClock) Reading() (wall, mono, floor int64)                  { return time.Now().UnixMilli(), 0, 0 }

func newBook(t *testing.T, dir string, portal *prototest.Memory) (*ledger.Book, ed25519.PrivateKey) {
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
	code, err := portal.NewCode(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	device, err := syncproto.NewDeviceID(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := portal.Enrol(t.Context(), syncproto.SignEnrol(syncproto.EnrolRequest{ID: syncproto.RequestID{1}, Secret: code.Secret, Device: device, Proto: syncproto.Proto}, key))
	if err != nil {
		t.Fatal(err)
	}
	if err := book.SetIdentity(t.Context(), ledger.Identity{Device: r.Device, Book: r.Book, Epoch: 1, Prefix: r.Grant.SlipPrefix, CommuneCode: r.Commune,
		PortalKey: r.PortalKey, Generation: r.Generation, FeedEpoch: r.Feed.Epoch}); err != nil {
		t.Fatal(err)
	}
	return book, key
}

const scanSize = 70_000

func fileOne(t *testing.T, book *ledger.Book, n int) ledger.Filed {
	t.Helper()
	f, err := book.File(t.Context(), ledger.FileRequest{Reference: fmt.Sprint(n), SourceSHA256: syncproto.Digest{byte(n)}, Actor: "file",
		Payload: dossier.SubmittedPayload{Procedure: "2.000815", Pack: "p1", Channel: dossier.ChannelFile, Handover: dossier.HandoverAtSubmit,
			Applicant: dossier.Person{FullName: "Người Thử"}, Answers: []byte(`{}`)},
		Attachments: []ledger.Attachment{{Name: "a.pdf", MIME: "application/pdf", Copies: 1, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(bytes.Repeat([]byte{byte(n)}, scanSize))), nil
		}}}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestFaultTable fails each request of a road in each way. Whatever it was, both
// dossiers arrive once and become complete, and no acknowledged byte is sent again.
func TestFaultTable(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []fault{notDone, lost, forged, killed} {
		for at := 1; at <= 12; at++ {
			if f == forged && at > 3 {
				continue // later exchanges here carry nothing signed
			}
			t.Run(fmt.Sprintf("%s at %d", f, at), func(t *testing.T) {
				place := filepath.Join(dir, fmt.Sprintf("%d-%d", f, at))
				synctest.Test(t, func(t *testing.T) { oneFault(t, place, f, at) })
			})
		}
	}
}

func oneFault(t *testing.T, dir string, f fault, at int) {
	portal, err := prototest.NewMemory(prototest.MemoryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	book, key := newBook(t, dir, portal)
	defer book.Close()
	filed := []ledger.Filed{fileOne(t, book, 1), fileOne(t, book, 2)}
	road := &directRoad{portal: portal, at: at, fault: f, sent: map[syncproto.BlobKey]int64{}}
	empty := false
	for run := 0; run < 2 && !empty; run++ { // a killed agent is started again
		ctx, stop := context.WithTimeout(t.Context(), 30*time.Minute)
		road.kill = stop
		c := &courier.Courier{Exchange: &courier.Exchange{Book: book, Road: road, Time: noClock{}, Key: key, Random: rand.Reader}, Watch: book, Seed: 1,
			Idle: func(owed courier.Snapshot, upToDate bool) bool {
				empty = owed.Empty() && upToDate
				return empty
			}}
		if err := c.Run(ctx); err != nil {
			t.Fatal(err)
		}
		stop()
	}
	if !empty {
		t.Fatal("not everything is complete")
	}
	for _, x := range filed {
		got, err := book.Get(t.Context(), x.Dossier)
		if err != nil || !got.Acks[2].Done {
			t.Errorf("dossier: %+v, %v", got.Acks, err)
		}
	}
	id, err := book.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, err := portal.Replay(t.Context(), id.Device, syncproto.ReplayRequest{Book: id.Book})
	if err != nil || len(list.Logs) != 1 || list.Logs[0].Applied != 2 {
		t.Errorf("the portal has %+v, %v", list.Logs, err)
	}
	for k, n := range road.sent {
		if n != scanSize {
			t.Errorf("%d bytes of scan %.8s were sent, it has %d", n, k.SHA256, scanSize)
		}
	}
}
