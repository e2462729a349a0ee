package agent

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"bendo/agent/courier"
	"bendo/internal/dossier"
	"bendo/internal/durable"
	"bendo/internal/ledger"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var built = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// province is a portal on a loopback port.
type province struct {
	*prototest.Memory
	*prototest.Server
	lose atomic.Int32 // answers to lose
}

func newProvince(t *testing.T) *province {
	t.Helper()
	m, err := prototest.NewMemory(prototest.MemoryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p := &province{Memory: m}
	p.Server, err = prototest.Listen(m, m.Authority(), func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if p.lose.Add(-1) >= 0 {
				h.ServeHTTP(nowhere{w.Header()}, r)
				panic(http.ErrAbortHandler)
			}
			h.ServeHTTP(w, r)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Server.Close)
	return p
}

// nowhere swallows an answer: the work is done, nobody hears of it.
type nowhere struct{ h http.Header }

func (n nowhere) Header() http.Header         { return n.h }
func (n nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (n nowhere) WriteHeader(int)             {}

func (p *province) code(t *testing.T) string {
	t.Helper()
	c, err := p.NewCode(time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return c.String()
}

func openAt(t *testing.T, dir string, log io.Writer) *Office {
	t.Helper()
	o, err := Open(t.Context(), Place{Data: dir, Keys: dir + ".k"}, "test", built, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func newOffice(t *testing.T) *Office {
	t.Helper()
	o := openAt(t, filepath.Join(t.TempDir(), "d"), io.Discard)
	t.Cleanup(func() { o.Close() })
	return o
}

func enrolled(t *testing.T, p *province) *Office {
	t.Helper()
	o := newOffice(t)
	if _, err := o.Enrol(t.Context(), p.URL, p.code(t)); err != nil {
		t.Fatal(err)
	}
	return o
}

func file(t *testing.T, o *Office, n int) ledger.Filed {
	t.Helper()
	f, err := o.Book.File(t.Context(), ledger.FileRequest{Reference: fmt.Sprint(n), SourceSHA256: syncproto.Digest{byte(n)}, Actor: "file",
		Payload: dossier.SubmittedPayload{Procedure: "2.000815", Pack: "p1", Channel: dossier.ChannelFile, Handover: dossier.HandoverAtSubmit,
			Applicant: dossier.Person{FullName: "Nguyễn Văn Thử"}, Answers: []byte(`{}`)},
		Attachments: []ledger.Attachment{{Name: "a.pdf", MIME: "application/pdf", Copies: 1, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(bytes.NewReader(bytes.Repeat([]byte{byte(n)}, 100_000))), nil
		}}}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The fault table of enrolment: lost answers, a process that ends, the same code again.
func TestEnrolmentMayBeRepeated(t *testing.T) {
	p := newProvince(t)
	dir := filepath.Join(t.TempDir(), "d")
	o := openAt(t, dir, io.Discard)
	code := p.code(t)
	p.lose.Store(1)
	if _, err := o.Enrol(t.Context(), p.URL, code); err == nil || syncproto.ProblemOf(err) == nil {
		t.Fatalf("a lost answer gives %v", err)
	}
	o.Close()
	o = openAt(t, dir, io.Discard) // the process ended in between
	defer o.Close()
	first, err := o.Enrol(t.Context(), p.URL, code)
	if err != nil {
		t.Fatal(err)
	}
	again, err := o.Enrol(t.Context(), p.URL, code)
	if err != nil || again.Book != first.Book || again.Device != first.Device || again.Prefix != first.Prefix {
		t.Errorf("a second run gives %v %v, the first gave %v: %v", again.Book, again.Device, first.Book, err)
	}
	if _, err := o.Enrol(t.Context(), p.URL, p.code(t)); err == nil || !strings.Contains(err.Error(), "enrolled already") {
		t.Errorf("another code gives %v", err)
	}
	other := newOffice(t)
	if _, err := other.Enrol(t.Context(), p.URL, code); err == nil || !strings.Contains(err.Error(), "another machine") {
		t.Errorf("the code on another machine gives %v", err)
	}
	if _, err := other.Enrol(t.Context(), p.URL, "0000-0000-0000-0000-0000-0000-0001"); err == nil || !strings.Contains(err.Error(), "typed") {
		t.Errorf("a mistyped code gives %v", err)
	}
	strange := newProvince(t)
	if _, err := other.Enrol(t.Context(), strange.URL, p.code(t)); err == nil || !strings.Contains(err.Error(), "other than the province") {
		t.Errorf("another portal gives %v", err)
	}
}

func TestSyncAlone(t *testing.T) {
	p := newProvince(t)
	o := enrolled(t, p)
	filed := []ledger.Filed{file(t, o, 1), file(t, o, 2)}
	s, err := o.Status(t.Context(), "", time.Now())
	if err != nil || s.Queue.Dossiers != 2 || s.Queue.Blobs != 2 || s.Dossiers[0].Acks["left_commune"] != nil {
		t.Fatalf("before: %+v, %v", s, err)
	}
	p.lose.Store(2)
	if err := o.SyncUntilEmpty(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	s, err = o.Status(t.Context(), "", time.Now())
	if err != nil || s.Queue != (QueueStatus{}) || s.Running {
		t.Fatalf("after: %+v, %v", s, err)
	}
	for i, d := range s.Dossiers {
		if d.Acks["province_complete"] == nil || d.Acks["officer_took_in"] != nil || len(d.Slip) != 14 || !strings.Contains(filed[0].Slip.String()+filed[1].Slip.String(), d.Slip[:5]) {
			t.Errorf("dossier %d: %+v", i, d)
		}
	}
	b, err := json.Marshal(s)
	if err != nil || strings.Contains(string(b), "Thử") && strings.Contains(string(b), "Nguyễn") {
		t.Errorf("the status names a person: %s, %v", b, err)
	}
}

func TestSyncBesideARunningAgent(t *testing.T) {
	p := newProvince(t)
	dir := filepath.Join(t.TempDir(), "d")
	var log strings.Builder
	running := openAt(t, dir, &log)
	defer running.Close()
	beside := openAt(t, dir, io.Discard)
	defer beside.Close()
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- running.Serve(ctx, ServeOptions{Ready: func() { close(ready) }}) }()
	<-ready
	// It waits for enrolment, which the other process brings.
	if _, err := beside.Enrol(t.Context(), p.URL, p.code(t)); err != nil {
		t.Fatal(err)
	}
	file(t, beside, 1)
	if err := beside.SyncUntilEmpty(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	s, err := beside.Status(t.Context(), "", time.Now())
	if err != nil || !s.Running || s.Line.State != string(courier.Online) || s.Queue.Dossiers != 0 {
		t.Errorf("beside a running agent: %+v, %v", s.Line, err)
	}
	if err := beside.Serve(ctx, ServeOptions{}); !errors.Is(err, durable.ErrHeld) {
		t.Errorf("a second agent: %v", err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if s, err = beside.Status(t.Context(), "", time.Now()); err != nil || s.Running || s.Line.State != string(courier.Offline) {
		t.Errorf("after its end: %+v, %v", s.Line, err)
	}
	if strings.Contains(log.String(), "Nguyễn") {
		t.Errorf("the log names a person: %s", log.String())
	}
}

// A service that starts while a command holds the book waits for its end, and can be stopped meanwhile.
func TestServeWaitsForACommand(t *testing.T) {
	o := newOffice(t)
	command, err := o.lock()
	if err != nil {
		t.Fatal(err)
	}
	begin := func() (stop context.CancelFunc, ready chan struct{}, ended chan error) {
		ctx, stop := context.WithCancel(context.Background())
		ready, ended = make(chan struct{}), make(chan error, 1)
		go func() { ended <- o.Serve(ctx, ServeOptions{Ready: func() { close(ready) }}) }()
		return stop, ready, ended
	}
	stop, ready, ended := begin()
	select {
	case <-ready:
		t.Fatal("two agents carry for one book")
	case err := <-ended:
		t.Fatalf("the service gave up: %v", err)
	case <-time.After(4 * time.Second): // longer than a predecessor gets
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}

	stop, ready, ended = begin()
	if err := command.Release(); err != nil {
		t.Fatal(err)
	}
	<-ready
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

func TestSyncSaysWhatIsLeft(t *testing.T) {
	p := newProvince(t)
	o := enrolled(t, p)
	file(t, o, 1)
	p.Server.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	err := o.SyncUntilEmpty(ctx, nil)
	if !errors.Is(err, ErrLeft) || !strings.Contains(err.Error(), "1 dossiers") {
		t.Errorf("without a line: %v", err)
	}
	if err := newOffice(t).SyncUntilEmpty(t.Context(), nil); !errors.Is(err, ledger.ErrNotEnrolled) {
		t.Errorf("before enrolment: %v", err)
	}
}

func TestPapersOfTheScannerReachTheTray(t *testing.T) {
	o := newOffice(t)
	ctx, stop := context.WithCancel(t.Context())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- o.Serve(ctx, ServeOptions{Ready: func() { close(ready) }}) }()
	<-ready
	dir := filepath.Join(o.Dir, "scan-in")
	for os.WriteFile(filepath.Join(dir, "a.pdf"), []byte("%PDF-1.4\n%%EOF\n"), 0o600) != nil {
		time.Sleep(20 * time.Millisecond) // the folder is being made
	}
	for {
		list, err := o.Book.Tray(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if len(list) == 1 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestDeviceIDFollowsTheKey(t *testing.T) {
	a, b := device([]byte("key")), device([]byte("key"))
	if a != b || a == device([]byte("other")) || a[6]>>4 != 8 || a[8]>>6 != 2 {
		t.Errorf("device ids %s %s", a, b)
	}
}
