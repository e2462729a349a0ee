package courier_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	mrand "math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bendo/agent/courier"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/line"
	"bendo/internal/line/packet"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
	"bendo/syncproto/synchttp"
)

var (
	onLine   = flag.String("line", "", "a profile of internal/line to carry the workload of -carry on, with figures")
	workload = flag.String("carry", "mini", "mini, small, mixed, big")
	control  = flag.String("cc", "", "congestion control of both ends")
	verbose  = flag.Bool("steps", false, "show the courier's steps")
)

// TestCarry carries a workload over a packet-level line and prints figures; by hand:
//
//	go test ./agent/courier -run TestCarry -line 2g-cuts -carry mini
func TestCarry(t *testing.T) {
	if *onLine == "" {
		t.Skip("no -line given: this one measures, by hand")
	}
	p, ok := line.Named(*onLine)
	if !ok {
		t.Fatalf("no line %q", *onLine)
	}
	sizes := map[string][]int{"mini": {20, 60_000, 100_000, 140_000, 180_000}, "small": {60}, "mixed": {40}, "big": {1, 8 << 20}, "filed": {200}}[*workload]
	if *workload == "mixed" {
		for i := range 40 {
			sizes = append(sizes, 40_000+i*160_000/39*0+i*3_200)
		}
	}
	c := newCarried(t, p)
	for i := range sizes[0] {
		size := 0
		if i+1 < len(sizes) {
			size = sizes[i+1]
		}
		c.file(t, i, size)
	}
	c.run(t, 10*time.Minute)
}

// carried is an office and a province with a line between them.
type carried struct {
	line   *packet.Line
	portal *prototest.Memory
	book   *ledger.Book
	x      *courier.Exchange
	events int
}

func newCarried(t *testing.T, p line.Profile) *carried {
	t.Helper()
	l, err := packet.New(t.Context(), p)
	if errors.Is(err, packet.ErrUnavailable) {
		t.Skipf("NOT TESTED on a packet-level line: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	if *control != "" {
		if err := errors.Join(l.Near().SetCongestion(*control), l.Far().SetCongestion(*control)); err != nil {
			t.Fatal(err)
		}
	}
	c := &carried{line: l}
	if c.portal, err = prototest.NewMemory(prototest.MemoryOptions{}); err != nil {
		t.Fatal(err)
	}
	cert, err := c.portal.Authority().Issue(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	ln, err := l.Far().Listen(t.Context(), "tcp", "192.0.2.2:0")
	if err != nil {
		t.Fatal(err)
	}
	server := synchttp.NewServer(synchttp.Handler(c.portal, synchttp.Options{}),
		synchttp.ServerTLS(func() (*tls.Certificate, error) { return cert, nil }), log.New(io.Discard, "", 0))
	done := make(chan error, 1)
	go func() { done <- server.ServeTLS(ln, "", "") }()
	t.Cleanup(func() {
		server.Close()
		if err := <-done; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	book, key := newBook(t, filepath.Join(t.TempDir(), "office"), c.portal)
	t.Cleanup(func() { book.Close() })
	c.book = book
	near := l.Near()
	client, err := synchttp.New(synchttp.Config{Base: "https://" + ln.Addr().String(), Trust: synchttp.Trust{CA: c.portal.Authority().CertPEM()},
		Dial: func(ctx context.Context, network, address string) (conn net.Conn, err error) {
			e := near.Do(func() error {
				conn, err = synchttp.Dial(ctx, network, address)
				return nil
			})
			return conn, errors.Join(e, err)
		}})
	if err != nil {
		t.Fatal(err)
	}
	c.x = &courier.Exchange{Book: book, Road: courier.Over(client), Time: noClock{}, Key: key, Random: rand.Reader}
	return c
}

// file files a dossier of about 2.6 KB with a scan that cannot be packed.
func (c *carried) file(t *testing.T, n, scan int) {
	t.Helper()
	chance := mrand.New(mrand.NewPCG(uint64(n), 7))
	text := make([]byte, 0, 2200)
	for len(text) < 1600 {
		text = fmt.Appendf(text, `"o%d":"%s","s%d":"%06d",`, len(text), [...]string{"Nguyễn Thị Hoa", "thôn Bản Lướt", "giấy khai sinh bản sao", "đã nhận đủ", "xã Mường Khoa"}[chance.IntN(5)], len(text), chance.IntN(1e6))
	}
	req := ledger.FileRequest{Reference: fmt.Sprint(n), SourceSHA256: syncproto.Digest{byte(n), byte(n >> 8), 9}, Actor: "file",
		Payload: dossier.SubmittedPayload{Procedure: "2.000815", Pack: "p1", Channel: dossier.ChannelFile, Handover: dossier.HandoverAtSubmit,
			Applicant: dossier.Person{FullName: "Người Thử"}, Answers: append(append([]byte("{"), text[:len(text)-1]...), '}')}}
	if scan > 0 {
		data := make([]byte, scan)
		for i := range data {
			data[i] = byte(chance.Uint32())
		}
		req.Attachments = []ledger.Attachment{{Name: "a.jpg", MIME: "image/jpeg", Copies: 1,
			Open: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}}
	}
	if _, err := c.book.File(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	c.events++
}

// run carries until everything is complete and prints when what was where.
func (c *carried) run(t *testing.T, most time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), most)
	defer cancel()
	began := time.Now()
	recorded := make(chan time.Duration, 1)
	log, err := c.book.LogState(ctx)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for ctx.Err() == nil && len(c.portal.Events(log.Log)) < c.events {
			time.Sleep(20 * time.Millisecond)
		}
		recorded <- time.Since(began)
	}()
	empty := false
	run := &courier.Courier{Exchange: c.x, Watch: c.book, Seed: 1, Idle: func(owed courier.Snapshot, upToDate bool) bool {
		empty = owed.Empty()
		return empty
	}}
	if *verbose {
		run.Trace = func(what string) { fmt.Fprintf(os.Stderr, "%8.3f %s\n", time.Since(began).Seconds(), what) }
	}
	if err := run.Run(ctx); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	n := c.line.Counts()
	cancel()
	t.Logf("%s %s: records %.1f s, all %.1f s (empty %t); up %d B in %d packets (queue %d lost %d cut %d stale %d; repeated %d), down %d B; flows %d",
		*onLine, *workload, (<-recorded).Seconds(), took.Seconds(), empty, n.Up.Sent.Bytes, n.Up.Sent.Packets, n.Up.Queue.Bytes, n.Up.Lost.Bytes, n.Up.Cut.Bytes, n.Up.Stale.Bytes, n.Up.Repeated, n.Down.Sent.Bytes, n.Flows)
	if !empty {
		t.Error("not everything is complete")
	}
}
