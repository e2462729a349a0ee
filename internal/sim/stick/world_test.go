// Package stick carries real dossiers between a real office and a real portal by hand: the
// agent's and the portal's own rooms, one folder as the stick (USB), and no line, or one beside it.
// It promises that whatever is done to the stick, every dossier is at the province exactly once
// and the office believes no more than the province signed. A power cut is a stick pulled out.
package stick

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/agent"
	"bendo/internal/carry"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/portal/bundle"
	"bendo/portal/fleet"
	"bendo/portal/intake"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

var (
	built = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	quiet = slog.New(slog.DiscardHandler)
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func must(t fataler, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// province is a portal with one door on a loopback port.
type province struct {
	dir, address string
	database     string // of PostgreSQL; "" is SQLite
	db           *store.DB
	register     *fleet.Register
	intake       *intake.Portal
	clerk        *bundle.Clerk
	shut         func()
}

func newProvince(t testing.TB) *province {
	t.Helper()
	return newProvinceOn(t, "")
}

// onBoth plays a test over SQLite and over PostgreSQL.
func onBoth(t *testing.T, test func(t *testing.T, p *province)) {
	t.Run("sqlite", func(t *testing.T) { test(t, newProvince(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, newProvinceOn(t, storetest.Postgres(t))) })
}

func newProvinceOn(t testing.TB, database string) *province {
	t.Helper()
	p := &province{dir: filepath.Join(t.TempDir(), "portal"), address: "127.0.0.1:0", database: database}
	p.open(t)
	t.Cleanup(func() { p.close() })
	return p
}

func (p *province) open(t fataler) {
	t.Helper()
	must(t, os.MkdirAll(p.dir, 0o700))
	keeper, err := seal.LoadOrCreate(seal.Options{DataDir: p.dir})
	must(t, err)
	authority, err := fleet.OpenAuthority(keeper.Dir(), time.Now())
	must(t, err)
	keys, err := fleet.OpenKeys(keeper.Dir(), quiet)
	must(t, err)
	p.db, err = store.Open(context.Background(), store.Options{Dir: p.dir, Database: p.database, Blobs: filepath.Join(p.dir, "blobs"), Keeper: keeper})
	must(t, err)
	p.register = &fleet.Register{DB: p.db, Authority: authority, Keys: keys}
	p.intake = intake.New(p.db, p.register, keys.Receipt, quiet)
	p.clerk = &bundle.Clerk{Intake: p.intake, Receipt: keys.Receipt, Identities: []string{keys.Carry.String()}, Aside: filepath.Join(p.dir, "carry-aside"), Log: quiet}
	cert, err := authority.Server(time.Now(), []string{syncproto.ServerName, "localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)})
	must(t, err)
	l, err := net.Listen("tcp", p.address)
	must(t, err)
	p.address = l.Addr().String()
	server := synchttp.NewServer(synchttp.Handler(p.intake, synchttp.Options{Log: quiet}), synchttp.ServerTLS(func() (*tls.Certificate, error) { return &cert, nil }), nil)
	done := make(chan struct{})
	go func() { defer close(done); _ = server.ServeTLS(l, "", "") }()
	p.shut = func() { server.Close(); <-done; p.db.Close() }
}

func (p *province) close() {
	if p.shut != nil {
		p.shut()
		p.shut = nil
	}
}

func (p *province) in(t fataler, s *carry.Stick) bundle.Report {
	t.Helper()
	r, err := p.clerk.In(context.Background(), s)
	must(t, err)
	return r
}

func (p *province) out(t fataler, s *carry.Stick) bundle.Report {
	t.Helper()
	r, err := p.clerk.Out(context.Background(), s)
	must(t, err)
	return r
}

// office is a machine of a commune.
type office struct {
	*agent.Office
	dir string
	id  ledger.Identity
}

func (p *province) office(t testing.TB) *office {
	t.Helper()
	o := &office{dir: filepath.Join(t.TempDir(), "office")}
	o.open(t)
	t.Cleanup(func() { o.Close() })
	code, err := p.register.NewCode(t.Context(), "28807", "UBND xã Giao Long")
	must(t, err)
	o.id, err = o.Enrol(t.Context(), "https://"+p.address, code.String())
	must(t, err)
	return o
}

func (o *office) open(t fataler) {
	t.Helper()
	var err error
	o.Office, err = agent.Open(context.Background(), agent.Place{Data: o.dir}, "test", built, quiet)
	must(t, err)
}

// file files a dossier whose two scans are its own.
func (o *office) file(t fataler, n int) ledger.Filed {
	t.Helper()
	ctx := context.Background()
	d, err := o.Book.CreateDraft(ctx, ledger.NewDraft{Procedure: "1.001193", Pack: "p", Language: "vi", Visit: "v"})
	must(t, err)
	must(t, o.Book.SaveField(ctx, d.ID, "ten_tre", ledger.Answer{Value: json.RawMessage(`"Lê Văn Thử"`)}))
	must(t, o.Book.SaveApplicant(ctx, d.ID, &dossier.Person{FullName: "Nguyễn Thị Thử", CitizenID: "083190001234", Phone: "0912345678"}))
	for i, size := range []int{100, n} {
		_, err := o.Book.AttachScan(ctx, d.ID, ledger.NewScan{Component: "c", Name: "1.jpg", MIME: "image/jpeg"},
			io.MultiReader(strings.NewReader(d.ID.String()), bytes.NewReader(bytes.Repeat([]byte{byte('a' + i)}, size))))
		must(t, err)
	}
	f, err := o.Book.Submit(ctx, d.ID, ledger.Filing{Route: "ho_tich", Handover: dossier.HandoverAtSubmit, Consent: &dossier.Consent{Version: "1", At: 1}, Actor: "kiosk"})
	must(t, err)
	return f
}

func (o *office) out(t fataler, s *carry.Stick) agent.BundleReport {
	t.Helper()
	r, err := o.BundleOut(context.Background(), s, false)
	must(t, err)
	return r
}

func (o *office) in(t fataler, s *carry.Stick) agent.ReturnReport {
	t.Helper()
	r, err := o.BundleIn(context.Background(), s)
	must(t, err)
	return r
}

// line carries everything over the line.
func (o *office) line(t fataler) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	must(t, o.SyncUntilEmpty(ctx, nil))
}

// complete says that the office has a receipt for everything.
func (o *office) complete(t fataler) bool {
	t.Helper()
	left, err := o.Book.Unreceipted(context.Background())
	must(t, err)
	return len(left) == 0
}

// has looks at the province: every dossier once, every scan there with its digest, and nothing
// the office did not file.
func (p *province) has(t fataler, filed ...ledger.Filed) {
	t.Helper()
	must(t, p.db.Read(context.Background(), func(tx *store.Tx) error {
		cases, err := tx.Cases("")
		if err != nil {
			return err
		}
		if len(cases) != len(filed) {
			t.Fatalf("%d dossiers at the province, %d were filed", len(cases), len(filed))
		}
		for _, f := range filed {
			events, err := tx.EventsOf("28807", f.Dossier)
			if err != nil {
				return err
			}
			if len(events) != 1 || events[0].Event.Header.ID != f.Event {
				t.Fatalf("dossier %s has %d events", f.Slip, len(events))
			}
			blobs, err := tx.BlobsOf("28807", f.Dossier)
			if err != nil {
				return err
			}
			if len(blobs) != 2 || !blobs[0].Complete() || !blobs[1].Complete() {
				t.Fatalf("dossier %s: %+v", f.Slip, blobs)
			}
		}
		return nil
	}))
}

// usb is a folder as a stick.
func usb(t testing.TB) (*carry.Stick, string) {
	t.Helper()
	dir := t.TempDir()
	return plug(t, dir), dir
}

func plug(t testing.TB, dir string) *carry.Stick {
	t.Helper()
	s, err := carry.Open(dir)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func agentServe(second string, ready chan struct{}) agent.ServeOptions {
	return agent.ServeOptions{Second: agent.SecondOptions{Dir: second, SameDisk: true}, Ready: func() { close(ready) }}
}

// identityIn finds the secret line of an age key file.
func identityIn(text string) string {
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "AGE-SECRET-KEY-") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// copyOf is another stick with the same files.
func copyOf(t testing.TB, dir string) *carry.Stick {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	must(t, os.CopyFS(to, os.DirFS(dir)))
	return plug(t, to)
}

// kinds lists what was found wrong, for comparing.
func kinds(r bundle.Report) string {
	text := ""
	for _, o := range r.Offices {
		for _, p := range o.Problems {
			text += string(p.Kind) + " "
		}
	}
	return strings.TrimSpace(text)
}

func back(r agent.ReturnReport) string {
	text := ""
	for _, p := range r.Problems {
		text += p.Kind + " "
	}
	return strings.TrimSpace(text)
}
