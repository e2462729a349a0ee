package agent

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"bendo/internal/carry"
	"bendo/internal/carry/carrytest"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/syncproto"
)

// bench is an office with a province that exists only as its keys.
type bench struct {
	t *testing.T
	*Office
	portal ed25519.PrivateKey
	carry  string // the province's identities
	safe   string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{t: t, portal: ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, 32))}
	b.open(filepath.Join(t.TempDir(), "office"))
	key, err := b.Keys.DeviceKey()
	b.must(err)
	online, err := age.GenerateX25519Identity()
	b.must(err)
	offline, err := age.GenerateX25519Identity()
	b.must(err)
	b.carry, b.safe = online.String(), offline.String()
	b.must(b.Book.SetIdentity(t.Context(), ledger.Identity{Device: device(key.Public().(ed25519.PublicKey)), Book: syncproto.BookID{2}, Epoch: 1, Prefix: "12345",
		CommuneCode: "28807", OfficeName: "UBND xã Thử", PortalKey: b.portal.Public().(ed25519.PublicKey), Generation: 100, FeedEpoch: 7,
		Carry: []string{online.Recipient().String()}, Recovery: []string{offline.Recipient().String()}}))
	return b
}

func (b *bench) open(dir string) {
	b.t.Helper()
	o, err := Open(context.Background(), Place{Data: dir}, "test", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), slog.New(slog.DiscardHandler))
	b.must(err)
	b.t.Cleanup(func() { o.Close() })
	b.Office = o
}

func (b *bench) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// file files a dossier with two scans, one of them of n bytes.
func (b *bench) file(n int) ledger.Filed {
	b.t.Helper()
	ctx := b.t.Context()
	d, err := b.Book.CreateDraft(ctx, ledger.NewDraft{Procedure: "1.001193", Pack: "p", Language: "vi", Visit: "v"})
	b.must(err)
	b.must(b.Book.SaveField(ctx, d.ID, "ten_tre", ledger.Answer{Value: json.RawMessage(`"Lê Văn Canary"`)}))
	b.must(b.Book.SaveApplicant(ctx, d.ID, &dossier.Person{FullName: "Nguyễn Thị Canary", CitizenID: "083190001234", Phone: "0912345678"}))
	for i, size := range []int{100, n} {
		_, err := b.Book.AttachScan(ctx, d.ID, ledger.NewScan{Component: "c", Name: "canary.jpg", MIME: "image/jpeg"},
			io.MultiReader(strings.NewReader(d.ID.String()), bytes.NewReader(bytes.Repeat([]byte{byte('a' + i)}, size))))
		b.must(err)
	}
	f, err := b.Book.Submit(ctx, d.ID, ledger.Filing{Route: "ho_tich", Handover: dossier.HandoverAtSubmit, Consent: &dossier.Consent{Version: "1", At: 1}, Actor: "kiosk"})
	b.must(err)
	return f
}

// receive is what a province would say about everything up to applied.
func (b *bench) receive(applied uint64, receipts ...ledger.Filed) {
	b.t.Helper()
	ctx := b.t.Context()
	l, err := b.Book.LogState(ctx)
	b.must(err)
	head, err := b.Book.HeadAt(ctx, 1, applied)
	b.must(err)
	_, err = b.Book.SetAck(ctx, syncproto.SignAck(syncproto.Ack{Log: l.Log, Applied: applied, Head: head, Generation: 100, At: 5000}, b.portal))
	b.must(err)
	for _, f := range receipts {
		b.must(b.Book.AddReceipt(ctx, syncproto.SignReceipt(syncproto.Receipt{Dossier: f.Dossier, Manifest: f.Manifest, Generation: 100, At: 6000}, b.portal)))
	}
}

// read opens every part on a stick as the province would and gathers what is in it.
func (b *bench) read(s *carry.Stick, purpose syncproto.BundlePurpose, identity string) (events uint64, scans map[syncproto.Digest]int64) {
	b.t.Helper()
	key, err := b.Keys.DeviceKey()
	b.must(err)
	id, err := b.Book.Identity(b.t.Context())
	b.must(err)
	parts, refused, err := s.Parts(id.Device, purpose)
	b.must(err)
	if len(refused) > 0 {
		b.t.Fatal(refused)
	}
	scans = map[syncproto.Digest]int64{}
	for _, p := range parts {
		raw, err := s.Load(p)
		b.must(err)
		_, err = syncproto.OpenBundle(raw, key.Public().(ed25519.PublicKey), identity, func(r syncproto.BundleRecord) error {
			var batch syncproto.BundleBatch
			var piece syncproto.BundlePiece
			if r.Kind == syncproto.BundleKindBatch && r.Decode(&batch) == nil {
				list, _, err := syncproto.OpenBatch(batch.Batch, batch.Prev, key.Public().(ed25519.PublicKey), syncproto.BuiltinDicts(), syncproto.Limits{})
				events += uint64(len(list))
				return err
			}
			if r.Kind == syncproto.BundleKindPiece && r.Decode(&piece) == nil {
				scans[piece.Key.SHA256] += int64(len(piece.Bytes))
			}
			return nil
		})
		b.must(err)
	}
	return events, scans
}

func (b *bench) out(s *carry.Stick) BundleReport {
	b.t.Helper()
	r, err := b.BundleOut(b.t.Context(), s, false)
	b.must(err)
	return r
}

// A second call writes only what is missing; what the province signed for goes; a scan spans
// parts; only the province can read.
func TestBundleOutWritesWhatLacks(t *testing.T) {
	b := newBench(t)
	disk := carrytest.New(t, t.TempDir(), 1)
	s := carry.On(disk)
	f := b.file(9 << 20)
	r := b.out(s)
	if r.Dossiers != 1 || r.Left != 0 || r.Events != 1 || r.Scans != 2 || r.Written < 3 || r.Files != r.Written {
		t.Fatalf("%+v", r)
	}
	if again := b.out(s); again.Written != 0 || again.Dossiers != 1 || again.Bytes != r.Bytes {
		t.Fatalf("a second call: %+v", again)
	}
	g := b.file(1000)
	if more := b.out(s); more.Written != 1 || more.Events != 1 || more.Scans != 2 || more.Dossiers != 2 {
		t.Fatalf("after another filing: %+v", more)
	}
	events, scans := b.read(s, syncproto.BundleUp, b.carry)
	if events != 2 || len(scans) != 4 {
		t.Fatalf("%d events, %d scans", events, len(scans))
	}
	open, err := b.Book.Blobs(t.Context(), syncproto.BlobKey{}, 100)
	b.must(err)
	for _, x := range open {
		if scans[x.Key.SHA256] != x.Length {
			t.Fatalf("%d of %d bytes of a scan", scans[x.Key.SHA256], x.Length)
		}
	}
	found, err := b.Book.Find(t.Context(), f.Slip)
	b.must(err)
	if found.Copies[0].USB == 0 || found.Acks[1].Done || found.Acks[2].Done {
		t.Fatalf("%+v", found)
	}
	b.receive(1, f)
	if r := b.out(s); r.Removed < 2 || r.Dossiers != 1 {
		t.Fatalf("after a receipt: %+v", r)
	}
	b.receive(2, g)
	// What stays tells the province where this office stands, so that answers can travel.
	if r := b.out(s); r.Files != 1 || r.Dossiers != 0 || r.Bytes > 3000 {
		t.Fatalf("after all receipts: %+v", r)
	}
	if r := b.out(s); r.Written != 0 || r.Removed != 0 {
		t.Fatalf("and once more: %+v", r)
	}
}

// Nothing that names a person, a scan's digest or a dossier lies in the clear on a stick.
func TestStickTellsNothing(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	s, err := carry.Open(dir)
	b.must(err)
	defer s.Close()
	f := b.file(1000)
	b.out(s)
	blobs, err := b.Book.Blobs(t.Context(), syncproto.BlobKey{}, 10)
	b.must(err)
	secrets := [][]byte{[]byte("Canary"), []byte("083190001234"), f.Dossier[:], f.Event[:], []byte(f.Slip), f.Manifest[:]}
	for _, x := range blobs {
		secrets = append(secrets, x.Key.SHA256[:], []byte(x.Key.SHA256.String()))
	}
	files := 0
	b.must(filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		files++
		raw, err := os.ReadFile(path)
		for _, secret := range secrets {
			if bytes.Contains(raw, secret) {
				t.Errorf("%s shows %q", filepath.Base(path), secret)
			}
		}
		return err
	}))
	if files < 2 {
		t.Fatalf("%d files", files)
	}
}

// I1: pulled out at every operation of bundle out, and at every one of the repair after it.
func TestBundleOutPulledOutAnywhere(t *testing.T) {
	b := newBench(t)
	b.file(5 << 20)
	stride := 9 // of some eighty operations
	if os.Getenv("BENDO_TORTURE") == "full" {
		stride = 1
	}
	for n := 0; ; n += stride {
		disk := carrytest.New(t, t.TempDir(), uint64(n))
		s := carry.On(disk)
		disk.PullAfter(n)
		r, err := b.BundleOut(t.Context(), s, false)
		if err != nil && carry.KindOf(err) != carry.Gone {
			t.Fatalf("operation %d: %v", n, err)
		}
		done := err == nil
		disk.PullAfter(n / 2)
		if _, err := b.BundleOut(t.Context(), s, false); err != nil && carry.KindOf(err) != carry.Gone {
			t.Fatalf("operation %d, again: %v", n, err)
		}
		disk.Plug()
		if again := b.out(s); again.Dossiers != 1 || again.Left != 0 || done && r.Dossiers != 1 {
			t.Fatalf("operation %d: %+v", n, again)
		}
		events, scans := b.read(s, syncproto.BundleUp, b.carry)
		total := int64(0)
		for _, n := range scans {
			total += n
		}
		if events != 1 || total != 5<<20+100+2*36 {
			t.Fatalf("operation %d: %d events, %d bytes of scans", n, events, total)
		}
		if done {
			t.Logf("%d operations", n)
			return
		}
	}
}

// A stick that is full has whole dossiers; the next one takes the rest.
func TestFullAndLockedSticks(t *testing.T) {
	b := newBench(t)
	for range 4 {
		b.file(3 << 20)
	}
	small := carrytest.New(t, t.TempDir(), 1)
	small.Fill(8 << 20)
	r, err := b.BundleOut(t.Context(), carry.On(small), false)
	if carry.KindOf(err) != carry.Full || r.Dossiers < 1 || r.Left < 1 || r.Dossiers+r.Left != 4 {
		t.Fatalf("%v %+v", err, r)
	}
	next := carrytest.New(t, t.TempDir(), 1)
	rest, err := b.BundleOut(t.Context(), carry.On(next), true)
	b.must(err)
	_, first := b.read(carry.On(small), syncproto.BundleUp, b.carry)
	events, second := b.read(carry.On(next), syncproto.BundleUp, b.carry)
	if events != 4 || rest.Left != 0 {
		t.Fatalf("%d events, %+v", events, rest)
	}
	blobs, err := b.Book.Blobs(t.Context(), syncproto.BlobKey{}, 100)
	b.must(err)
	for _, x := range blobs {
		if first[x.Key.SHA256] < x.Length && second[x.Key.SHA256] < x.Length {
			t.Fatalf("a scan of %d bytes is whole on neither stick", x.Length)
		}
	}
	small.Plug()
	small.Lock()
	r, err = b.BundleOut(t.Context(), carry.On(small), false)
	if carry.KindOf(err) != carry.ReadOnly || r.Dossiers < 1 {
		t.Fatalf("locked: %v %+v", err, r)
	}
	for range 4 {
		b.file(10)
	}
	if l, err := b.Book.Unreceipted(t.Context()); err != nil || len(l) != 8 {
		t.Fatalf("filing goes on: %v, %d", err, len(l))
	}
}

// A damaged file of ours is written again; a stick that knows more than the book is left alone.
func TestStickAheadOfTheBook(t *testing.T) {
	b := newBench(t)
	dir := t.TempDir()
	s, err := carry.Open(dir)
	b.must(err)
	defer s.Close()
	b.file(100)
	b.out(s)
	if carrytest.Flip(t, dir, "up-*", 700) != 1 {
		t.Fatal("no file to damage")
	}
	if r := b.out(s); r.Written != 1 || r.Dossiers != 1 || len(r.Problems) != 1 || r.Problems[0].Kind != string(carry.Damaged) {
		t.Fatalf("%+v", r)
	}
	b.must(b.Close())
	backup := filepath.Join(t.TempDir(), "backup")
	b.must(os.CopyFS(backup, os.DirFS(b.Dir)))
	b.open(b.Dir)
	b.file(100)
	b.out(s)
	keys := b.Dir + ".keys"
	b.must(b.Close())
	b.must(os.CopyFS(backup+".keys", os.DirFS(keys)))
	for _, name := range []string{"", "office.key", "device.key", "reply.agekey"} {
		b.must(os.Chmod(filepath.Join(backup+".keys", name), map[bool]os.FileMode{true: 0o700, false: 0o600}[name == ""]))
	}
	b.open(backup) // the disk came back from a backup: it lost the second dossier
	r := b.out(s)
	if len(r.Problems) != 1 || r.Problems[0].Kind != string(carry.Ahead) {
		t.Fatalf("%+v", r)
	}
	if events, _ := b.read(s, syncproto.BundleUp, b.carry); events < 2 {
		t.Fatalf("the only copy is gone: %d events", events)
	}
}

// errors of the book end a run as themselves.
func TestBundleBeforeEnrolment(t *testing.T) {
	b := &bench{t: t}
	b.open(filepath.Join(t.TempDir(), "office"))
	s, err := carry.Open(t.TempDir())
	b.must(err)
	defer s.Close()
	if _, err := b.BundleOut(t.Context(), s, false); !errors.Is(err, ledger.ErrNotEnrolled) {
		t.Fatal(err)
	}
	if _, err := b.BundleIn(t.Context(), s); !errors.Is(err, ledger.ErrNotEnrolled) {
		t.Fatal(err)
	}
}
