// Package law plays the small scenes in which an office breaks the law without noticing: a clerk at a
// real counter over a real book, an officer at a real portal, and a road carried by hand between them.
//
// It promises nothing to programs; it is tests alone. Scenes of one room stand there: a state secret
// (kiosk, TestAStateSecretLeavesNoTrace), a report after its cut-off (report), people who may be one (finder).
// A power cut is not played here.
package law

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
	"time"

	"bendo/internal/calendar"
	"bendo/internal/catalog"
	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/kiosk/counter"
	"bendo/kiosk/counter/countertest"
	"bendo/portal/casework"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

const commune = "28807"

var lan = casework.Officer{Name: "lan", Office: commune, Role: store.Officer}

// world is a province and the time in the test's hand.
type world struct {
	t        *testing.T
	now      time.Time
	province *intaketest.Province
	work     *casework.Work
	packs    *catalog.Shelf
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func at(text string) time.Time {
	when, err := time.ParseInLocation("2006-01-02 15:04", text, calendar.Zone)
	if err != nil {
		panic(err)
	}
	return when
}

func newWorld(t *testing.T, now string) *world {
	t.Helper()
	w := &world{t: t, now: at(now), packs: catalog.NewShelf(must(catalog.Embedded())(t))}
	w.province = intaketest.NewProvince(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t),
		Now: func() time.Time { w.now = w.now.Add(time.Millisecond); return w.now }})
	w.province.Portal.OweCodes = true
	w.work = casework.New(w.province.DB, casework.Options{Codes: casework.ShapeB{Prefix: "H61"}})
	return w
}

// Now is the clock of every counter.
func (w *world) Now() (time.Time, clock.Quality) { return w.now, clock.Trusted }

// office is one machine of the commune with its counter.
type office struct {
	*world
	book    *ledger.Book
	road    *intaketest.Office
	handler http.Handler
	sent    uint64
	address string // of whoever files
}

func (w *world) office(name string) *office {
	w.t.Helper()
	o := &office{world: w, road: w.province.Enrol(w.t, commune, name)}
	dir := filepath.Join(w.t.TempDir(), "office")
	keys := must(seal.LoadOrCreate(seal.Options{DataDir: dir}))(w.t)
	o.book = must(ledger.Open(w.t.Context(), dir, keys, ledger.Options{Now: func() time.Time { return w.now },
		Clock: func() syncproto.ClockQuality { return syncproto.ClockTrusted }}))(w.t)
	w.t.Cleanup(func() { o.book.Close() })
	a := o.road.Answer
	intaketest.Check(w.t, o.book.SetIdentity(w.t.Context(), ledger.Identity{Device: a.Device, Book: a.Book, Epoch: a.Grant.Epoch, Prefix: a.Grant.SlipPrefix,
		CommuneCode: a.Commune, OfficeName: a.Office, PortalKey: a.PortalKey, Generation: a.Generation, FeedEpoch: a.Feed.Epoch}))
	intaketest.Check(w.t, o.book.ResetFeed(w.t.Context(), a.Feed))
	c := &counter.Counter{Sessions: countertest.As(countertest.Clerk), Log: slog.New(slog.DiscardHandler), Cases: o.book, Packs: w.packs, Calendar: calendar.Builtin(), Clock: w}
	o.handler = c.Handler()
	return o
}

// file files a dossier under the pack in force on the day.
func (o *office) file(procedure string, components ...dossier.Component) ledger.Filed {
	o.t.Helper()
	o.now = o.now.Add(time.Millisecond)
	p := dossier.SubmittedPayload{Procedure: procedure, Pack: string(o.packs.Current(o.now).Version), Channel: dossier.ChannelKiosk, Handover: dossier.HandoverAtTakeIn,
		Applicant: dossier.Person{FullName: "Nguyễn Thị Én", CitizenID: "083190001234", Address: o.address}, Answers: json.RawMessage(`{}`), Language: "vi",
		Components: append([]dossier.Component{{ID: "p1", State: dossier.Provided, Originals: 1}}, components...)}
	return must(o.book.File(o.t.Context(), ledger.FileRequest{Reference: fmt.Sprint(o.now.UnixNano()), SourceSHA256: syncproto.Digest{1}, Payload: p}))(o.t)
}

// step takes a step at the counter, on the dossier as it is now.
func (o *office) step(id syncproto.DossierID, step string, in map[string]any) counter.View {
	o.t.Helper()
	in["revision"] = o.show(id).Revision
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, httptest.NewRequest("POST", "/api/counter/dossiers/"+id.String()+"/steps/"+step, bytes.NewReader(must(json.Marshal(in))(o.t))))
	o.now = o.now.Add(time.Millisecond)
	return o.view(w)
}

func (o *office) show(id syncproto.DossierID) counter.View {
	o.t.Helper()
	w := httptest.NewRecorder()
	o.handler.ServeHTTP(w, httptest.NewRequest("GET", "/api/counter/dossiers/"+id.String(), nil))
	return o.view(w)
}

func (o *office) view(w *httptest.ResponseRecorder) (v counter.View) {
	o.t.Helper()
	if w.Code != http.StatusOK {
		o.t.Fatalf("the counter said %d %s", w.Code, w.Body)
	}
	intaketest.Check(o.t, json.Unmarshal(w.Body.Bytes(), &v))
	return v
}

// carry takes everything up and the feed down.
func (o *office) carry() {
	o.t.Helper()
	ctx := o.t.Context()
	o.road.Wake(o.t)
	for _, e := range must(o.book.PendingEvents(ctx, o.sent+1, 100, 1<<20))(o.t) {
		resp := must(o.road.Sync(o.t, syncproto.SyncRequest{Push: []syncproto.Batch{o.road.Batch(o.t, e)}}))(o.t)
		if resp.Ack == nil {
			o.t.Fatalf("no ack: %v", resp.Problems)
		}
		must(o.book.SetAck(ctx, *resp.Ack))(o.t)
		o.sent++
		for _, ref := range e.Header.Blobs {
			r := must(o.book.BlobReader(ctx, e.Header.Dossier, ref.SHA256))(o.t)
			data := must(io.ReadAll(io.NewSectionReader(r, 0, r.Size())))(o.t)
			intaketest.Check(o.t, r.Close())
			o.road.Send(o.t, e.Header.Dossier, data)
		}
	}
	from := must(o.book.Cursor(ctx))(o.t)
	if items := o.road.Drain(o.t); len(items) > 0 {
		must(o.book.Receive(ctx, syncproto.FeedPage{Commune: commune, Epoch: from.Epoch, From: from.Pos, To: o.road.Cursor.Pos, Items: items}, []byte("raw")))(o.t)
	}
}

// state is the dossier as the province knows it.
func (o *office) atProvince(f ledger.Filed) dossier.State {
	o.t.Helper()
	return o.road.State(o.t, intaketest.Filing{ID: f.Dossier})
}

// newPack makes the catalogue of a later day, changed in some of its words, and puts it in force.
func (w *world) newPack(version, from string, changes ...string) *catalog.Pack {
	w.t.Helper()
	dir := os.DirFS(filepath.Join("..", "..", "catalog", "pack"))
	files := fstest.MapFS{}
	intaketest.Check(w.t, fs.WalkDir(dir, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := fs.ReadFile(dir, path)
		files[path] = &fstest.MapFile{Data: data}
		return err
	}))
	procedures := files["procedures.json"]
	for i := 0; i < len(changes); i += 2 {
		if !bytes.Contains(procedures.Data, []byte(changes[i])) {
			w.t.Fatalf("the catalogue does not say %q", changes[i])
		}
		procedures.Data = bytes.ReplaceAll(procedures.Data, []byte(changes[i]), []byte(changes[i+1]))
	}
	var m catalog.Manifest
	intaketest.Check(w.t, json.Unmarshal(files["manifest.json"].Data, &m))
	m.Version, m.ValidFrom = catalog.Version(version), from
	for i, f := range m.Files {
		data := files[f.Path].Data
		sum := sha256.Sum256(data)
		m.Files[i].SHA256, m.Files[i].Length = hex.EncodeToString(sum[:]), int64(len(data))
	}
	raw := must(json.Marshal(m))(w.t)
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	files["manifest.json"], files["manifest.sig"] = &fstest.MapFile{Data: raw}, &fstest.MapFile{Data: catalog.Sign(raw, key)}
	pack := must(catalog.OpenSigned(files, key.Public().(ed25519.PublicKey)))(w.t)
	intaketest.Check(w.t, w.packs.Add(pack))
	intaketest.Check(w.t, w.packs.Switch(pack.Version))
	return pack
}
