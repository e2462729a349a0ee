// Package intaketest is a commune's machine for the tests of the portal: it
// enrols, files dossiers, sends scans and reads its feed by calling the portal's
// methods, without a line between. It keeps nothing on disk.
package intaketest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"log/slog"
	"testing"

	"bendo/internal/dossier"
	"bendo/portal/fleet"
	"bendo/portal/intake"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

// Province is a portal without doors.
type Province struct {
	DB       *store.DB
	Register *fleet.Register
	Portal   *intake.Portal
}

// Quiet drops every message.
func Quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

// NewProvince opens a portal in the directories of the test.
func NewProvince(t testing.TB, o store.Options) *Province {
	t.Helper()
	dir := t.TempDir()
	db := storetest.Open(t, o)
	authority, err := fleet.OpenAuthority(dir, db.Now())
	Check(t, err)
	keys, err := fleet.OpenKeys(dir, Quiet())
	Check(t, err)
	register := &fleet.Register{DB: db, Authority: authority, Keys: keys}
	return &Province{DB: db, Register: register, Portal: intake.New(db, register, keys.Receipt, Quiet())}
}

// Check fails the test on an error.
func Check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Office is one machine of a commune and its log.
type Office struct {
	Key     ed25519.PrivateKey
	Answer  syncproto.EnrolResponse
	Session []byte
	Blob    uint64 // blob session
	Cursor  syncproto.Cursor
	Items   []syncproto.FeedItem

	seq  uint64
	head syncproto.Digest
	p    *Province
}

// Enrol takes in a machine of a commune.
func (p *Province) Enrol(t testing.TB, commune, name string) *Office {
	t.Helper()
	ctx := context.Background()
	code, err := p.Register.NewCode(ctx, commune, name)
	Check(t, err)
	_, key, err := ed25519.GenerateKey(rand.Reader)
	Check(t, err)
	device, err := syncproto.NewDeviceID(rand.Reader)
	Check(t, err)
	id := request(t)
	req := syncproto.SignEnrol(syncproto.EnrolRequest{ID: id, Secret: code.Secret, Device: device, Proto: syncproto.Proto}, key)
	answer, err := p.Portal.Enrol(ctx, req)
	Check(t, err)
	Check(t, answer.Verify(req))
	o := &Office{Key: key, Answer: answer, Cursor: answer.Feed, head: syncproto.ChainStart(answer.Log()), p: p}
	o.Wake(t)
	return o
}

// Wake begins a new session, as a machine does after a night.
func (o *Office) Wake(t testing.TB) {
	t.Helper()
	resp := o.hello(t, syncproto.SyncRequest{})
	o.Session, o.Blob = resp.Welcome.Session, resp.Welcome.BlobSession
}

func request(t testing.TB) syncproto.RequestID {
	t.Helper()
	id, err := syncproto.NewRequestID(rand.Reader)
	Check(t, err)
	return id
}

func (o *Office) hello(t testing.TB, req syncproto.SyncRequest) syncproto.SyncResponse {
	t.Helper()
	req.ID = request(t)
	req.Hello = syncproto.SignHello(syncproto.Hello{ProtoMin: 1, ProtoMax: 1, Device: o.Answer.Device, Count: o.count(),
		Log: &syncproto.LogState{Epoch: 1, Next: o.seq + 1, Head: o.head}}, req.ID, o.Key)
	resp, err := o.p.Portal.Sync(context.Background(), req)
	Check(t, err)
	return resp
}

// Greet sends a signed hello that says of the log what req says.
func (o *Office) Greet(t testing.TB, req syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	t.Helper()
	req.ID = request(t)
	req.Hello.ProtoMin, req.Hello.ProtoMax, req.Hello.Device, req.Hello.Count = 1, 1, o.Answer.Device, o.count()
	req.Hello = syncproto.SignHello(req.Hello, req.ID, o.Key)
	return o.p.Portal.Sync(context.Background(), req)
}

func (o *Office) count() uint64 { return uint64(o.p.DB.Now().UnixNano()) }

// Sync sends a warm request.
func (o *Office) Sync(t testing.TB, req syncproto.SyncRequest) (syncproto.SyncResponse, error) {
	t.Helper()
	req.ID = request(t)
	req.Hello.Session = o.Session
	return o.p.Portal.Sync(context.Background(), req)
}

// Push appends an event to the log and sends it; it fails the test unless the
// ack covers it.
func (o *Office) Push(t testing.TB, e syncproto.Event) {
	t.Helper()
	b := o.Batch(t, e)
	resp, err := o.Sync(t, syncproto.SyncRequest{Push: []syncproto.Batch{b}})
	Check(t, err)
	if len(resp.Problems) > 0 || resp.Ack == nil || resp.Ack.Applied != o.seq {
		t.Fatalf("push of %s: ack %+v, problems %v", e.Header.Type, resp.Ack, resp.Problems)
	}
}

// Batch appends an event to the log and seals it.
func (o *Office) Batch(t testing.TB, e syncproto.Event) syncproto.Batch {
	t.Helper()
	o.seq++
	e.Header.Epoch, e.Header.Seq = 1, o.seq
	b, err := syncproto.SealBatch(o.Answer.Log(), o.seq, o.head, []syncproto.Event{e}, o.Key, nil)
	Check(t, err)
	o.head = b.Head
	return b
}

// Batches appends events to the log and seals them, as many into one batch as fit.
func (o *Office) Batches(t testing.TB, events []syncproto.Event) []syncproto.Batch {
	t.Helper()
	for i := range events {
		events[i].Header.Epoch, events[i].Header.Seq = 1, o.seq+1+uint64(i)
	}
	var sealed []syncproto.Batch
	for size := len(events); len(events) > 0; size = min(size, len(events)) {
		b, err := syncproto.SealBatch(o.Answer.Log(), o.seq+1, o.head, events[:size], o.Key, syncproto.DefaultDict())
		if found := syncproto.ProblemOf(err); found != nil && found.Kind == syncproto.Limit && size > 1 {
			size = size * 3 / 4
			continue
		}
		Check(t, err)
		o.seq, o.head = b.Last(), b.Head
		sealed, events = append(sealed, b), events[size:]
	}
	return sealed
}

// PushBatch sends a sealed batch; it fails the test unless an ack covers it.
func (o *Office) PushBatch(t testing.TB, b syncproto.Batch) {
	t.Helper()
	resp, err := o.Sync(t, syncproto.SyncRequest{Push: []syncproto.Batch{b}})
	Check(t, err)
	if len(resp.Problems) > 0 || resp.Ack == nil || resp.Ack.Applied < b.Last() {
		t.Errorf("push of %d…%d: ack %+v, problems %v", b.First, b.Last(), resp.Ack, resp.Problems)
	}
}

// Filing is a prepared dossier.
type Filing struct {
	ID      syncproto.DossierID
	Payload dossier.SubmittedPayload
	Event   syncproto.Event
	Scans   [][]byte
}

// NewFiling prepares a dossier with the given scans; change edits its payload.
func (o *Office) NewFiling(t testing.TB, scans [][]byte, change func(*dossier.SubmittedPayload)) Filing {
	t.Helper()
	var raw [8]byte
	_, err := rand.Read(raw[:])
	Check(t, err)
	slip, err := dossier.NewSlip(o.Answer.Grant.SlipPrefix, binary.BigEndian.Uint64(raw[:]))
	Check(t, err)
	p := dossier.SubmittedPayload{Procedure: "1.001193", Pack: "test", Slip: slip, Channel: dossier.ChannelKiosk,
		Handover: dossier.HandoverAtSubmit, Answers: []byte(`{}`), Language: "vi",
		Applicant: dossier.Person{FullName: "Nguyễn Thị Yến", CitizenID: "086199000777", Phone: "0912345678"},
		Source:    &dossier.Source{Reference: "HS-" + slip.String(), SHA256: sha256.Sum256(raw[:])}}
	paper := dossier.Component{ID: "tk", State: dossier.Missing}
	for i, scan := range scans {
		paper.State = dossier.Provided
		paper.Blobs = append(paper.Blobs, dossier.Blob{Name: "trang-" + string(rune('1'+i)) + ".jpg", SHA256: sha256.Sum256(scan), Length: int64(len(scan)), MIME: "image/jpeg"})
	}
	p.Components = []dossier.Component{paper}
	if change != nil {
		change(&p)
	}
	id, err := syncproto.NewDossierID(o.p.DB.Now().UnixMilli(), rand.Reader)
	Check(t, err)
	e, err := dossier.Submit(p, id, o.Meta(t))
	Check(t, err)
	return Filing{ID: id, Payload: p, Event: e, Scans: scans}
}

// State is the dossier as the province knows it.
func (o *Office) State(t testing.TB, f Filing) (s dossier.State) {
	t.Helper()
	Check(t, o.p.DB.Read(context.Background(), func(tx *store.Tx) error {
		events, err := tx.EventsOf(o.Answer.Commune, f.ID)
		s = dossier.Fold(store.Entries(events))
		return err
	}))
	return s
}

// Meta is what an author adds to a payload.
func (o *Office) Meta(t testing.TB) dossier.Meta {
	t.Helper()
	now := o.p.DB.Now().UnixMilli()
	id, err := syncproto.NewEventID(now, rand.Reader)
	Check(t, err)
	m := dossier.Meta{Event: id, At: now, Clock: syncproto.ClockTrusted}
	_, err = rand.Read(m.Salt[:])
	Check(t, err)
	return m
}

// File files a dossier with its scans, whole.
func (o *Office) File(t testing.TB, scans [][]byte, change func(*dossier.SubmittedPayload)) Filing {
	t.Helper()
	f := o.NewFiling(t, scans, change)
	o.Push(t, f.Event)
	for _, scan := range scans {
		o.Send(t, f.ID, scan)
	}
	return f
}

// Send sends a scan in pieces.
func (o *Office) Send(t testing.TB, id syncproto.DossierID, scan []byte) syncproto.BlobAnswer {
	t.Helper()
	var answer syncproto.BlobAnswer
	for off := 0; off < len(scan); {
		n := min(32<<10, len(scan)-off)
		var err error
		answer, err = o.p.Portal.AppendBlob(context.Background(), synchttp.Append{Device: o.Answer.Device, Session: o.Blob, Off: int64(off), Length: int64(n),
			Key: syncproto.BlobKey{Dossier: id, SHA256: sha256.Sum256(scan)}}, bytes.NewReader(scan[off:off+n]))
		Check(t, err)
		off = int(answer.Off)
	}
	return answer
}

// Drain reads the feed to its end and returns what is new.
func (o *Office) Drain(t testing.TB) []syncproto.FeedItem {
	t.Helper()
	from := len(o.Items)
	for {
		resp, err := o.Sync(t, syncproto.SyncRequest{Feed: &syncproto.FeedAsk{Cursor: o.Cursor}})
		Check(t, err)
		if resp.Feed == nil {
			return o.Items[from:]
		}
		if resp.Feed.Reset != nil {
			o.Cursor = resp.Feed.Reset.Cursor
			continue
		}
		page, err := syncproto.OpenFeedPage(*resp.Feed.Page, o.Answer.PortalKey, syncproto.BuiltinDicts(), syncproto.Limits{})
		Check(t, err)
		Check(t, page.Follows(o.Answer.Commune, o.Cursor))
		o.Items = append(o.Items, page.Items...)
		o.Cursor = page.Next()
	}
}

// Outcomes picks the outcomes out of feed items.
func Outcomes(t testing.TB, items []syncproto.FeedItem) map[syncproto.EventID][]string {
	t.Helper()
	found := map[syncproto.EventID][]string{}
	for _, item := range items {
		if item.Kind == syncproto.FeedOutcome {
			outcome, err := syncproto.DecodeOutcome(item.Body)
			Check(t, err)
			found[outcome.Event] = append(found[outcome.Event], outcome.Code)
		}
	}
	return found
}

// Receipts picks the verified receipts out of feed items.
func (o *Office) Receipts(t testing.TB, items []syncproto.FeedItem) []syncproto.Receipt {
	t.Helper()
	var found []syncproto.Receipt
	for _, item := range items {
		if item.Kind == syncproto.FeedReceipt {
			r, err := syncproto.DecodeReceipt(item.Body)
			Check(t, err)
			Check(t, r.Verify(o.Answer.PortalKey))
			found = append(found, r)
		}
	}
	return found
}
