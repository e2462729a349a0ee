package intake_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"bendo/internal/dossier"
	"bendo/portal/intake"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

func scan(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func caseOf(t *testing.T, db *store.DB, id syncproto.DossierID) (c store.Case, err error) {
	t.Helper()
	err = db.Read(context.Background(), func(tx *store.Tx) (err error) { c, err = tx.FindCase(commune, id); return err })
	return c, err
}

func TestOutcomes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		good := office.File(t, nil, nil)

		sameSlip := office.NewFiling(t, nil, func(p *dossier.SubmittedPayload) { p.Slip = good.Payload.Slip })
		office.Push(t, sameSlip.Event)

		reused := good.Event
		reused.Payload = bytes.Replace(reused.Payload, []byte("Yến"), []byte("Oanh"), 1)
		office.Push(t, reused)

		poison := office.NewFiling(t, nil, nil).Event
		poison.Payload = []byte("{\x00 not what it says")
		office.Push(t, poison)

		stranger := office.NewFiling(t, nil, nil).Event
		stranger.Header.Type, stranger.Header.Version = dossier.Note, 0
		stranger.Payload = []byte(`{"text":"về hồ sơ không có"}`)
		office.Push(t, stranger)

		newer := office.NewFiling(t, nil, nil).Event
		newer.Header.Type, newer.Header.Dossier, newer.Header.Version = "weighed", good.ID, 0
		office.Push(t, newer)

		rival := office.NewFiling(t, nil, nil).Event
		rival.Header.Type, rival.Header.Dossier, rival.Header.Version = dossier.Refused, good.ID, 2
		rival.Payload = []byte(`{"reason":"không phải việc của xã"}`)
		office.Push(t, rival)

		after := office.File(t, nil, nil) // nothing of the above keeps the next one waiting

		want := map[syncproto.EventID][]string{
			good.Event.Header.ID:     {syncproto.OutcomeAccepted, syncproto.OutcomeIDReused},
			sameSlip.Event.Header.ID: {intake.OutcomeSlipCollision},
			poison.Header.ID:         {syncproto.OutcomeUndecodable},
			stranger.Header.ID:       {syncproto.OutcomeNotYours},
			newer.Header.ID:          {syncproto.OutcomeUnsupported},
			rival.Header.ID:          {syncproto.OutcomeProposal},
			after.Event.Header.ID:    {syncproto.OutcomeAccepted},
		}
		if got := intaketest.Outcomes(t, office.Drain(t)); !reflect.DeepEqual(got, want) {
			t.Errorf("outcomes\n got %v\nwant %v", got, want)
		}
		if _, err := caseOf(t, province.DB, sameSlip.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a second dossier was folded onto a slip number: %v", err)
		}
		c, err := caseOf(t, province.DB, good.ID)
		if err != nil || c.NationalCode != 1 || c.Card.Applicant != "Nguyễn Thị Yến" {
			t.Errorf("case %+v, %v", c, err)
		}
	})
}

func TestReceiptOnlyWhenEveryByteIsThere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		one, two := scan(90_000), scan(10)
		f := office.NewFiling(t, [][]byte{one, two}, nil)
		office.Push(t, f.Event)
		office.Send(t, f.ID, one)
		if got := office.Receipts(t, office.Drain(t)); len(got) != 0 {
			t.Fatalf("a receipt before the last scan: %v", got)
		}
		office.Send(t, f.ID, two)
		got := office.Receipts(t, office.Drain(t))
		manifest := syncproto.ManifestDigest(sent(f.Event, 1), syncproto.PayloadDigest(f.Event.Salt, f.Event.Payload))
		if len(got) != 1 || got[0].Dossier != f.ID || got[0].Manifest != manifest {
			t.Fatalf("receipts %+v, want one over %s", got, manifest)
		}
		// The same scan in another dossier of the same book needs no bytes.
		again := office.NewFiling(t, [][]byte{one}, nil)
		office.Push(t, again.Event)
		if got := office.Receipts(t, office.Drain(t)); len(got) != 1 || got[0].Dossier != again.ID {
			t.Errorf("a scan this book already sent: %+v", got)
		}
		// Another book of the commune must send it itself.
		neighbour := province.Enrol(t, commune, "xã Giao Long")
		other := neighbour.NewFiling(t, [][]byte{one}, nil)
		neighbour.Push(t, other.Event)
		resp, err := neighbour.Sync(t, syncproto.SyncRequest{BlobStat: []syncproto.BlobKey{{Dossier: other.ID, SHA256: other.Event.Header.Blobs[0].SHA256}, {Dossier: f.ID, SHA256: f.Event.Header.Blobs[0].SHA256}}})
		check(t, err)
		if resp.Blobs[0].Complete || resp.Blobs[0].Off != 0 || !resp.Blobs[1].Unknown {
			t.Errorf("a neighbour's scan: %+v", resp.Blobs)
		}
	})
}

func sent(e syncproto.Event, seq uint64) syncproto.Header {
	e.Header.Epoch, e.Header.Seq = 1, seq
	return e.Header
}

func TestSuspendedDrainsIntoQuarantineAndRevokedIsRefused(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		set := func(s store.DeviceStatus) {
			check(t, province.DB.Write(context.Background(), func(tx *store.Tx) error { return tx.SetDeviceStatus(office.Answer.Device, s) }))
		}
		set(store.Suspended)
		f := office.File(t, nil, nil)
		if got := intaketest.Outcomes(t, office.Drain(t)); got[f.Event.Header.ID][0] != intake.OutcomeSuspended {
			t.Errorf("outcomes %v", got)
		}
		if _, err := caseOf(t, province.DB, f.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a suspended machine's dossier was folded: %v", err)
		}
		set(store.Revoked)
		if _, err := office.Sync(t, syncproto.SyncRequest{}); !errors.Is(err, &syncproto.Problem{Kind: syncproto.Auth, Code: syncproto.CodeRevoked}) {
			t.Errorf("a revoked machine got %v", err)
		}
	})
}

// TestRestoredPortal plays a portal that was put back to an earlier day: the
// device proves it, everything comes again, no receipt of the old generation
// counts, and what the officers wrote comes back by the echo.
func TestRestoredPortal(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		if o.Database != "" {
			t.Skip("the copy of a PostgreSQL database is the operator's; the logic is the same on both engines")
		}
		province := intaketest.NewProvince(t, o)
		office := province.Enrol(t, commune, "xã Giao Long")
		content := scan(5000)
		before := office.File(t, [][]byte{content}, nil)
		office.Drain(t)
		generation := office.Answer.Generation

		claim, err := office.Sync(t, syncproto.SyncRequest{Hello: syncproto.Hello{Generation: generation, Acked: 50}})
		check(t, err)
		if claim.Welcome != nil && claim.Welcome.Generation > generation {
			t.Fatal("a bare claim began a generation")
		}
		held := func(generation, applied uint64) *syncproto.Ack {
			a := syncproto.SignAck(syncproto.Ack{Log: office.Answer.Log(), Applied: applied, Generation: generation, At: 1}, province.Register.Keys.Receipt)
			return &a
		}
		forged := held(generation, 50)
		forged.Sig = bytes.Repeat([]byte{1}, 64)
		claim, err = office.Sync(t, syncproto.SyncRequest{Hello: syncproto.Hello{Generation: generation, Acked: 50, Held: forged}})
		check(t, err)
		if claim.Welcome != nil && claim.Welcome.Generation > generation {
			t.Fatal("a forged ack began a generation")
		}
		resp, err := office.Sync(t, syncproto.SyncRequest{Hello: syncproto.Hello{Generation: generation, Acked: 50, Held: held(generation, 50)}})
		check(t, err)
		if resp.Welcome == nil || resp.Welcome.Generation <= generation {
			t.Fatalf("an ack above the applied seq did not begin a generation: %+v", resp.Welcome)
		}
		receipts := office.Receipts(t, office.Drain(t))
		if len(receipts) != 1 || receipts[0].Dossier != before.ID || receipts[0].Generation != resp.Welcome.Generation {
			t.Errorf("the receipt was not confirmed under the new generation: %+v", receipts)
		}
		// A file that cannot be read keeps its receipt back, and nobody away.
		file := onlyFile(t, o.Blobs)
		check(t, os.Rename(file, file+".aside"))
		check(t, os.Symlink(file, file)) // too many links
		resp, err = office.Sync(t, syncproto.SyncRequest{Hello: syncproto.Hello{Generation: resp.Welcome.Generation, Acked: 55, Held: held(resp.Welcome.Generation, 55)}})
		check(t, err)
		if got := office.Receipts(t, office.Drain(t)); len(got) != 0 {
			t.Errorf("a receipt for a scan nobody can read: %+v", got)
		}
		check(t, os.Remove(file))
		check(t, os.Rename(file+".aside", file))
		// A lost file is noticed when the receipt is to be given again.
		check(t, os.RemoveAll(o.Blobs))
		check(t, os.MkdirAll(o.Blobs, 0o700))
		_, err = office.Sync(t, syncproto.SyncRequest{Hello: syncproto.Hello{Generation: resp.Welcome.Generation, Acked: 60, Held: held(resp.Welcome.Generation, 60)}})
		check(t, err)
		if got := office.Receipts(t, office.Drain(t)); len(got) != 0 {
			t.Errorf("a receipt for a scan that is not there: %+v", got)
		}
		stat, err := office.Sync(t, syncproto.SyncRequest{BlobStat: []syncproto.BlobKey{{Dossier: before.ID, SHA256: before.Event.Header.Blobs[0].SHA256}}})
		check(t, err)
		if stat.Blobs[0].Complete || stat.Blobs[0].Off != 0 {
			t.Errorf("a lost scan is reported as %+v", stat.Blobs[0])
		}
		office.Send(t, before.ID, content)
		if got := office.Receipts(t, office.Drain(t)); len(got) != 1 {
			t.Errorf("no receipt after the scan came again: %+v", got)
		}
	})
}

// onlyFile is the one file below a folder.
func onlyFile(t *testing.T, dir string) string {
	t.Helper()
	var found []string
	check(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			found = append(found, path)
		}
		return err
	}))
	if len(found) != 1 {
		t.Fatalf("files %v", found)
	}
	return found[0]
}

// TestNothingInClear plants canaries and greps every byte of the data directory.
func TestNothingInClear(t *testing.T) {
	o := store.Options{Dir: t.TempDir(), Keeper: storetest.Keeper(t)}
	o.Blobs = filepath.Join(o.Dir, "blobs")
	province := intaketest.NewProvince(t, o)
	office := province.Enrol(t, commune, "xã Giao Long")
	canaries := []string{"CHIMCANARY", "086199123456", "0987654321", "Ấp CANARYPLACE", "canaryfile", "CANARYSCAN", "CANARYNOTE", "CANARYREF", "CANARYANSWER"}
	content := bytes.Repeat([]byte("CANARYSCAN "), 9000)
	f := office.File(t, [][]byte{content}, func(p *dossier.SubmittedPayload) {
		p.Applicant = dossier.Person{FullName: "Trần CHIMCANARY", CitizenID: "086199123456", Phone: "0987654321", Address: "Ấp CANARYPLACE"}
		p.Note, p.Source.Reference, p.Answers = "CANARYNOTE", "CANARYREF", []byte(`{"x":"CANARYANSWER"}`)
		p.Components[0].Blobs[0].Name = "canaryfile.jpg"
	})
	office.Drain(t)
	if c, err := caseOf(t, province.DB, f.ID); err != nil || c.Card.Reference != "CANARYREF" {
		t.Fatalf("the canary was not stored: %+v, %v", c, err)
	}
	files := 0
	check(t, filepath.Walk(o.Dir, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		files++
		raw, err := os.ReadFile(path)
		for _, canary := range canaries {
			if bytes.Contains(raw, []byte(canary)) {
				t.Errorf("%s holds %q in clear", filepath.Base(path), canary)
			}
		}
		return err
	}))
	if files < 3 {
		t.Fatalf("only %d files were looked at", files)
	}
}
