//go:build linux

package herd

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"bendo/agent/courier"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// office is a machine with a real book and the real courier.
type office struct {
	commune string
	book    *ledger.Book
	key     ed25519.PrivateKey
	filed   int
	took    time.Duration // from the herd's start to its own end
	ended   bool
}

type noClock struct{}

func (noClock) Observe(context.Context, syncproto.TimeAnswer) error { return nil }
func (noClock) Reading() (wall, mono, floor int64)                  { return time.Now().UnixMilli(), 0, 0 }

// enrolled takes a machine in over the road.
func (p *province) enrolled(commune string, key ed25519.PrivateKey) syncproto.EnrolResponse {
	p.t.Helper()
	device, err := syncproto.NewDeviceID(rand.Reader)
	check(p.t, err)
	code := p.code(commune)
	client := p.client(nil)
	defer client.CloseConnections()
	answer, err := client.Enrol(context.Background(), syncproto.SignEnrol(syncproto.EnrolRequest{ID: requestID(p.t), Secret: code.Secret, Device: device, Proto: syncproto.Proto}, key))
	check(p.t, err)
	return answer
}

func (p *province) newOffice(t testing.TB, commune, dir string) *office {
	t.Helper()
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir, KeysDir: dir + ".keys"})
	check(t, err)
	book, err := ledger.Open(context.Background(), dir, keys, ledger.Options{})
	check(t, err)
	t.Cleanup(func() { book.Close() })
	o := &office{commune: commune, book: book}
	o.key, err = keys.DeviceKey()
	check(t, err)
	r := p.enrolled(commune, o.key)
	check(t, book.SetIdentity(context.Background(), ledger.Identity{Device: r.Device, Book: r.Book, Epoch: 1, Prefix: r.Grant.SlipPrefix,
		CommuneCode: r.Commune, PortalKey: r.PortalKey, Generation: r.Generation, FeedEpoch: r.Feed.Epoch}))
	return o
}

// file puts a dossier into the book, with a scan of so many bytes or none.
func (o *office) file(t testing.TB, scan int) {
	t.Helper()
	req := ledger.FileRequest{Reference: fmt.Sprint(o.filed), SourceSHA256: syncproto.Digest(noise(32)), Actor: "file",
		Payload: dossier.SubmittedPayload{Procedure: "2.000815", Pack: "p1", Channel: dossier.ChannelFile, Handover: dossier.HandoverAtSubmit,
			Applicant: dossier.Person{FullName: "Người Thử"}, Answers: fmt.Appendf(nil, `{"noise":"%x"}`, noise(300))}}
	if scan > 0 {
		req.Attachments = []ledger.Attachment{{Name: "a.pdf", MIME: "application/pdf", Copies: 1, Open: body(noise(scan))}}
	}
	_, err := o.book.File(context.Background(), req)
	check(t, err)
	o.filed++
}

// carry runs the courier until the book owes nothing.
func (o *office) carry(ctx context.Context, p *province, times *timings) error {
	client := p.client(nil)
	defer client.CloseConnections()
	c := &courier.Courier{Watch: o.book, Seed: uint64(drawn(1 << 60)),
		Exchange: &courier.Exchange{Book: o.book, Road: timedRoad{courier.Over(client), times}, Time: noClock{}, Key: o.key, Random: rand.Reader},
		Idle: func(owed courier.Snapshot, upToDate bool) bool {
			o.ended = owed.Empty() && upToDate
			return o.ended
		}}
	return c.Run(ctx)
}

// memoryDir is where the machines keep their books: hundreds of them on the one disk of the portal
// would be measured instead of it.
func memoryDir(t testing.TB) string {
	dir, err := os.MkdirTemp("/dev/shm", "bendo-herd-")
	if err != nil {
		t.Logf("NO MEMORY DISK (%v): the machines' books are on the portal's", err)
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// timings gathers how long exchanges took.
type timings struct {
	mu     sync.Mutex
	sync   []time.Duration
	append []time.Duration
	failed map[string]int
}

func (t *timings) add(to *[]time.Duration, began time.Time, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if found := syncproto.ProblemOf(err); found != nil {
		if t.failed == nil {
			t.failed = map[string]int{}
		}
		t.failed[found.Kind.String()+"/"+found.Code]++
		return
	}
	*to = append(*to, time.Since(began))
}

func percentiles(d []time.Duration) string {
	if len(d) == 0 {
		return "none"
	}
	slices.Sort(d)
	at := func(p int) time.Duration { return d[min(len(d)-1, len(d)*p/100)].Round(time.Millisecond) }
	return fmt.Sprintf("%d, p50 %v, p99 %v, longest %v", len(d), at(50), at(99), at(100))
}

// timedRoad measures a road.
type timedRoad struct {
	courier.Road
	times *timings
}

func (r timedRoad) Another(dial time.Duration) courier.Road {
	return timedRoad{r.Road.Another(dial), r.times}
}

func (r timedRoad) Sync(ctx context.Context, req syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	began := time.Now()
	resp, err := r.Road.Sync(ctx, req)
	if req.Feed == nil || req.Feed.WaitS == 0 || err != nil { // a question that waits is not slow
		r.times.add(&r.times.sync, began, err)
	}
	return resp, err
}

func (r timedRoad) AppendBlob(ctx context.Context, id syncproto.RequestID, session []byte, key syncproto.BlobKey, off int64, blobSession uint64, p []byte) (syncproto.BlobAnswer, error) {
	began := time.Now()
	a, err := r.Road.AppendBlob(ctx, id, session, key, off, blobSession, p)
	r.times.add(&r.times.append, began, err)
	return a, err
}
