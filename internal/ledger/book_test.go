package ledger

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// The life of a dossier through the book, with every acknowledgement in its turn.
func TestLifeOfADossier(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.file()
	if !f.Slip.Valid() || f.Slip.Prefix() != "12345" || f.Code6 != "" {
		t.Fatalf("filed %+v", f)
	}
	acks := func() string { return done(get(o.Find(ctx, f.Slip))(t).Acks) }
	if got := acks(); got != "1000" {
		t.Fatalf("after filing %s", got)
	}
	evs := get(o.PendingEvents(ctx, 1, 100, 1<<20))(t)
	if len(evs) != 1 || evs[0].Header.Dossier != f.Dossier || len(evs[0].Header.Blobs) != 3 {
		t.Fatalf("pending %+v", evs)
	}
	if p := get(o.SetAck(ctx, o.ack(1, 100)))(t); !p || acks() != "1100" {
		t.Fatalf("after the ack %s, progress %v", acks(), p)
	}
	blobs := get(o.PendingBlobs(ctx, 10))(t)
	if len(blobs) != 3 {
		t.Fatalf("%d pending scans", len(blobs))
	}
	for _, s := range blobs {
		r := get(o.BlobReader(ctx, f.Dossier, s.Key.SHA256))(t)
		if r.Size() != s.Length {
			t.Fatalf("scan of %d bytes, promised %d", r.Size(), s.Length)
		}
		o.must(errors.Join(r.Close(), o.SetBlob(ctx, s.Key, s.Length/2, false), o.SetBlob(ctx, s.Key, s.Length, true)))
	}
	if left := get(o.PendingBlobs(ctx, 10))(t); len(left) != 0 || acks() != "1100" {
		t.Fatalf("scans alone are no receipt: %s, left %v", acks(), left)
	}
	o.must(o.AddReceipt(ctx, receipt(f, 100)))
	if got := acks(); got != "1110" {
		t.Fatalf("after the receipt %s", got)
	}
	o.takeIn(f)
	found := get(o.Track(ctx, f.Slip, "1234"))(t)
	if done(found.Acks) != "1111" || found.Acks[3].Office != "UBND xã Giao Long" {
		t.Fatalf("after the take-in %+v", found.Acks)
	}
	if got := dossier.Sentence(found.State.Journal[1]).VI; got != "Cán bộ UBND xã Giao Long đã tiếp nhận hồ sơ" {
		t.Fatalf("journal %q", got)
	}
	if n := get(o.Rebuild(ctx))(t); n != 0 {
		t.Fatalf("%d projections differ from their events", n)
	}
	o.reopen()
	if got := acks(); got != "1111" {
		t.Fatalf("after a restart %s", got)
	}
}

func TestSupplementHasItsOwnAcks(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.file()
	o.takeIn(f)
	o.askPapers(f)
	_, err := o.StartSupplement(ctx, f.Slip, "9999", NewDraft{})
	wantErr(t, err, ErrNotFound)
	d := get(o.StartSupplement(ctx, f.Slip, "5678", NewDraft{Visit: "v"}))(t)
	get(o.AttachScan(ctx, d.ID, NewScan{Component: "chung_sinh", MIME: "image/jpeg"}, strings.NewReader("better scan of Canary")))(t)
	s := get(o.Submit(ctx, d.ID, Filing{Note: "Canary"}))(t)
	if s.N != 1 || s.Dossier != f.Dossier || s.Slip != f.Slip || s.Manifest == f.Manifest {
		t.Fatalf("supplement %+v", s)
	}
	if again := get(o.Submit(ctx, d.ID, Filing{}))(t); !again.Again || again.Event != s.Event {
		t.Fatalf("again %+v", again)
	}
	found := get(o.Find(ctx, f.Slip))(t)
	if done(found.SupplementAcks[1]) != "1000" || done(found.Acks) != "1001" {
		t.Fatalf("filing %s, supplement %s", done(found.Acks), done(found.SupplementAcks[1]))
	}
	o.receive(o.act(f.Dossier, dossier.Accepted, &dossier.AnswerPayload{Event: s.Event, Office: "UBND xã Giao Long"}))
	get(o.SetAck(ctx, o.ack(2, 100)))(t)
	o.must(o.AddReceipt(ctx, receipt(s, 100)))
	found = get(o.Find(ctx, f.Slip))(t)
	if done(found.SupplementAcks[1]) != "1111" || done(found.Acks) != "1101" || found.State.NationalCode != 2 {
		t.Fatalf("filing %s, supplement %s, code %d", done(found.Acks), done(found.SupplementAcks[1]), found.State.NationalCode)
	}
	_, err = o.StartSupplement(ctx, f.Slip, "5678", NewDraft{})
	var step *dossier.StepError
	if !errors.As(err, &step) || step.Code != dossier.NothingAsked {
		t.Fatalf("nothing is asked for: %v", err)
	}
}

func TestSubmitAgainGivesTheFirstSlip(t *testing.T) {
	o := openOffice(t)
	d := o.draft()
	first := get(o.Submit(t.Context(), d.ID, filing()))(t)
	o.reopen() // the answer was lost
	again := get(o.Submit(t.Context(), d.ID, filing()))(t)
	if !again.Again || again.Slip != first.Slip || again.Event != first.Event || again.Manifest != first.Manifest {
		t.Fatalf("%+v, first %+v", again, first)
	}
	if l := get(o.LogState(t.Context()))(t); l.Next != 2 {
		t.Fatalf("the log has %d events", l.Next-1)
	}
	_, err := o.Draft(t.Context(), d.ID)
	wantErr(t, err, ErrFiled)
	wantErr(t, o.SaveField(t.Context(), d.ID, "x", Answer{Value: []byte(`1`)}), ErrFiled)
}

func TestDraftKeepsEverything(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	d := o.draft()
	o.must(o.SaveComponent(ctx, d.ID, dossier.Component{ID: "chung_sinh", State: dossier.Provided, Originals: 1}))
	o.must(o.SaveSubmitter(ctx, d.ID, &dossier.Person{FullName: "Người Nộp", Phone: "0987654321"}))
	o.must(o.SaveSubmitter(ctx, d.ID, nil))
	o.reopen()
	d = get(o.Draft(ctx, d.ID))(t)
	if string(d.Answers["ten_tre"].Value) != `"Lê Văn Canary"` || d.Applicant.CitizenID != "083190001234" || d.Submitter != nil ||
		len(d.Components) != 2 || d.Components[0].Originals != 1 || len(d.Components[0].Blobs) != 1 || d.Signature.Kind != "drawn" {
		t.Fatalf("%+v", d)
	}
	r, scan, err := o.ReadScan(ctx, d.ID, d.Components[0].Blobs[0].SHA256)
	o.must(err)
	if got := readAll(t, r); !strings.HasPrefix(got, "scan one") || scan.Name != "canary.jpg" {
		t.Fatalf("scan %q %+v", got, scan)
	}
	o.must(errors.Join(o.MoveScan(ctx, d.ID, scan.SHA256, "khac"), o.DetachScan(ctx, d.ID, scan.SHA256), o.DetachScan(ctx, d.ID, scan.SHA256)))
	if _, _, err := o.ReadScan(ctx, d.ID, scan.SHA256); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a detached scan: %v", err)
	}
	if ok := get(o.vault.Has(d.ID, scan.SHA256))(t); ok {
		t.Fatal("the file of a detached scan is still there")
	}
	for _, bad := range []io.Reader{strings.NewReader(""), io.LimitReader(zeros{}, syncproto.MaxBlobLength+1)} {
		if _, err := o.AttachScan(ctx, d.ID, NewScan{}, bad); err == nil {
			t.Fatal("an empty or a huge file was attached")
		}
	}
}

// TestAMendedPageKeepsItsPlace: a page that was straightened stands where it stood, the old bytes go,
// and asking again after a lost answer doubles nothing.
func TestAMendedPageKeepsItsPlace(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	d := o.draft()
	first := get(o.AttachScan(ctx, d.ID, NewScan{Component: "a", Name: "1.jpg", WasLength: 900, Warnings: []string{"skewed"}, Print: []byte{1}}, strings.NewReader("page one, askew")))(t)
	o.now = o.now.Add(time.Second)
	get(o.AttachScan(ctx, d.ID, NewScan{Component: "a", Name: "2.jpg"}, strings.NewReader("page two")))(t)
	mend := NewScan{Replaces: first.SHA256, MIME: "image/jpeg", Warnings: []string{"blurred"}, Like: first.SHA256}
	for range 2 { // the second time the answer of the first was lost
		o.now = o.now.Add(time.Second)
		s := get(o.ReplaceScan(ctx, d.ID, mend, strings.NewReader("page one, straight")))(t)
		if s.Name != "1.jpg" || s.Component != "a" || s.WasLength != 900 || s.AddedAt != first.AddedAt {
			t.Fatalf("%+v", s)
		}
	}
	o.reopen()
	got := get(o.Draft(ctx, d.ID))(t)
	var names []string
	for _, s := range got.Scans {
		if s.Component == "a" {
			names = append(names, s.Name+" "+strings.Join(s.Warnings, ","))
		}
	}
	if strings.Join(names, "; ") != "1.jpg blurred; 2.jpg " {
		t.Fatalf("pages %q", names)
	}
	if get(o.vault.Has(d.ID, first.SHA256))(t) {
		t.Error("the old bytes are still there")
	}
	_, err := o.ReplaceScan(ctx, d.ID, NewScan{Replaces: syncproto.Digest{9}}, strings.NewReader("of no page"))
	wantErr(t, err, ErrNotFound)
	mended := got.Components[slices.IndexFunc(got.Components, func(c dossier.Component) bool { return c.ID == "a" })].Blobs[0].SHA256
	o.must(o.AcceptScan(ctx, d.ID, mended))
	wantErr(t, o.AcceptScan(ctx, d.ID, first.SHA256), ErrNotFound)
	filed := get(o.Submit(ctx, d.ID, filing()))(t)
	for _, row := range get(o.Outbox(ctx, OutboxQuery{Limit: 10}))(t) {
		if row.Event == filed.Event && (row.BytesWas <= row.BytesTotal || row.BytesTotal == 0) {
			t.Errorf("%d bytes were %d", row.BytesTotal, row.BytesWas)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestDraftsResumeAndExpire(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	d := o.draft()
	if ids := get(o.VisitDrafts(ctx, "visit-1"))(t); len(ids) != 1 {
		t.Fatalf("drafts of the visit %v", ids)
	}
	o.must(o.EndVisit(ctx, "visit-1"))
	if ids := get(o.VisitDrafts(ctx, "visit-1"))(t); len(ids) != 0 {
		t.Fatal("the visit ended and still reaches its drafts")
	}
	for _, second := range []string{"1234", "5678", d.Code6} {
		if got := get(o.ResumeDraft(ctx, d.Slip, second))(t); got.ID != d.ID {
			t.Fatalf("resumed %s", got.ID)
		}
	}
	_, err := o.ResumeDraft(ctx, d.Slip, "0000")
	wantErr(t, err, ErrNotFound)
	days := func(n int, want int) {
		t.Helper()
		for i := range n * 24 {
			if i > 0 || want == 0 {
				o.now = o.now.Add(time.Hour)
			}
			if got := get(o.ExpireDrafts(ctx))(t); got > 0 {
				if want == 0 {
					t.Fatalf("%d expired early, after %d hours", got, i)
				}
				return
			}
		}
		if want > 0 {
			t.Fatal("nothing expired")
		}
	}
	days(14, 0)
	o.now = o.now.Add(10 * 365 * 24 * time.Hour) // a clock years ahead, believed for once
	o.o.Clock = func() syncproto.ClockQuality { return syncproto.ClockSuspect }
	if n := get(o.ExpireDrafts(ctx))(t); n != 0 {
		t.Fatal("a suspect clock cost a draft")
	}
	o.o.Clock = nil
	get(o.FindDraft(ctx, d.Slip))(t)
	days(1, 1)
	_, err = o.Draft(ctx, d.ID)
	wantErr(t, err, ErrExpired)
	_, err = o.Submit(ctx, d.ID, filing())
	wantErr(t, err, ErrExpired)
	if n := vaultFiles(t, o.dir); n != 0 {
		t.Fatalf("%d files are left of an expired draft", n)
	}
}

func vaultFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(dir, "vault"), func(p string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTray(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	a := get(o.PutTray(ctx, "canary-1.jpg", "image/jpeg", strings.NewReader("page of Canary")))(t)
	if b := get(o.PutTray(ctx, "canary-2.jpg", "image/jpeg", strings.NewReader("page of Canary")))(t); b.ID != a.ID {
		t.Fatal("the same page lies in the tray twice")
	}
	if l := get(o.Tray(ctx))(t); len(l) != 1 || l[0] != a {
		t.Fatalf("tray %+v, want %+v", l, a)
	}
	d := o.draft()
	s := get(o.AssignTray(ctx, a.ID, d.ID, "khac"))(t)
	if l := get(o.Tray(ctx))(t); len(l) != 0 || s.SHA256 != a.SHA256 || s.Name != "canary-1.jpg" {
		t.Fatalf("after assigning: tray %v, scan %+v", l, s)
	}
	_, err := o.AssignTray(ctx, a.ID, d.ID, "khac")
	wantErr(t, err, ErrNotFound)
	o.must(o.RemoveTray(ctx, a.ID))
}

func prepared(ref, source string) FileRequest {
	return FileRequest{Reference: ref, SourceSHA256: syncproto.Digest{source[0]}, Actor: "file",
		Payload: dossier.SubmittedPayload{Procedure: "2.000815", Pack: "p1", Channel: dossier.ChannelFile, Handover: dossier.HandoverAtSubmit,
			Applicant: dossier.Person{FullName: "Trần Canary"}, Answers: []byte(`{}`)},
		Attachments: []Attachment{{Name: "a.pdf", MIME: "application/pdf", Copies: 2, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("a file of Canary")), nil
		}}}}
}

func TestPreparedDossiers(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := get(o.File(ctx, prepared("HS Canary 1", "x")))(t)
	if f.Again || len(f.Code6) != 6 {
		t.Fatalf("filed %+v", f)
	}
	again := get(o.File(ctx, prepared("HS Canary 1", "x")))(t)
	if !again.Again || again.Slip != f.Slip || again.Code6 != f.Code6 || again.Manifest != f.Manifest {
		t.Fatalf("again %+v, first %+v", again, f)
	}
	_, err := o.File(ctx, prepared("HS Canary 1", "y"))
	wantErr(t, err, ErrReferenceChanged)
	get(o.Track(ctx, f.Slip, f.Code6))(t)
	p := get(o.Filing(ctx, f.Dossier))(t)
	if p.Source.Reference != "HS Canary 1" || p.Components[0].ID != "other" || p.Components[0].Copies != 2 {
		t.Fatalf("payload %+v", p)
	}
	broken := prepared("HS 2", "x")
	broken.Attachments[0].Open = func() (io.ReadCloser, error) { return nil, fs.ErrNotExist }
	_, err = o.File(ctx, broken)
	wantErr(t, err, fs.ErrNotExist)
	if l := get(o.LogState(ctx))(t); l.Next != 2 {
		t.Fatalf("the log has %d events", l.Next-1)
	}
	if rows := get(o.Outbox(ctx, OutboxQuery{WaitingOnly: true}))(t); len(rows) != 1 || rows[0].Reference != "HS Canary 1" ||
		rows[0].Reason != dossier.ReasonAgentStopped || rows[0].BytesLeft != 16 {
		t.Fatalf("outbox %+v", rows)
	}
}

func TestTrackIsLimitedAndTellsNothing(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.file()
	unknown, err := dossier.NewSlip("54321", 1)
	o.must(err)
	for _, slip := range []dossier.Slip{f.Slip, unknown} {
		for range maxWrong {
			_, err := o.Track(ctx, slip, "0000")
			wantErr(t, err, ErrNotFound)
		}
		o.reopen() // the count survives
		_, err := o.Track(ctx, slip, "1234")
		var many *TooMany
		if !errors.As(err, &many) || !errors.Is(err, ErrTooMany) || many.RetryAfter != time.Hour {
			t.Fatalf("after five wrong tries: %v", err)
		}
	}
	o.now = o.now.Add(time.Hour)
	get(o.Track(ctx, f.Slip, "1234"))(t)
	for range maxWrong {
		_, err := o.Track(ctx, f.Slip, "12")
		wantErr(t, err, ErrNotFound)
	}
	o.now = o.now.Add(-10 * 365 * 24 * time.Hour) // the clock was set back
	get(o.Track(ctx, f.Slip, "1234"))(t)
}

func TestNotEnrolledAndPractice(t *testing.T) {
	o := &office{t: t, dir: filepath.Join(t.TempDir(), "data"), now: time.UnixMilli(1)}
	o.reopen()
	_, err := o.Identity(t.Context())
	wantErr(t, err, ErrNotEnrolled)
	_, err = o.CreateDraft(t.Context(), NewDraft{Procedure: "x", Pack: "p"})
	wantErr(t, err, ErrNotEnrolled)
	o.must(o.SetIdentity(t.Context(), identity()))
	o.must(o.SetIdentity(t.Context(), identity()))
	other := identity()
	other.Device[0]++
	wantErr(t, o.SetIdentity(t.Context(), other), ErrOtherIdentity)

	p, err := Open(t.Context(), filepath.Join(o.dir, "practice"), o.keys, Options{Practice: true})
	o.must(err)
	defer p.Close()
	practice := &office{Book: p, t: t, dir: o.dir}
	f := practice.file()
	if f.Slip.Prefix() != practicePrefix {
		t.Fatalf("practice slip %s", f.Slip)
	}
	if evs := get(p.PendingEvents(t.Context(), 1, 10, 1<<20))(t); len(evs) != 0 {
		t.Fatal("practice would be sent")
	}
	if found := get(p.Find(t.Context(), f.Slip))(t); !found.Practice || done(found.Acks) != "1000" {
		t.Fatalf("practice %+v", found.Acks)
	}
}

// canaries are what no file of the data directory may hold in the clear.
var canaries = []string{"Canary", "083190001234", "0912345678", "canary", "1.001193", "unreadable", "the hand of", "visit-1"}

func TestNothingLiesInTheClear(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	TestFlow := func() {
		f := o.file()
		get(o.PutTray(ctx, "canary.jpg", "image/jpeg", strings.NewReader("tray Canary")))(t)
		get(o.File(ctx, prepared("HS Canary 1", "x")))(t)
		get(o.SetAck(ctx, o.ack(1, 100)))(t)
		o.takeIn(f)
		o.askPapers(f)
		d := get(o.StartSupplement(ctx, f.Slip, "1234", NewDraft{}))(t)
		get(o.AttachScan(ctx, d.ID, NewScan{Component: "khac", Name: "canary"}, strings.NewReader("Canary again")))(t)
		get(o.Submit(ctx, d.ID, Filing{Note: "Canary"}))(t)
		o.draft() // left open
		o.receive(syncproto.FeedItem{Kind: "later", Key: "k", Body: []byte("Canary of a later kind")},
			syncproto.FeedItem{Kind: syncproto.FeedOutcome, Body: get(syncproto.EncodeOutcome(syncproto.Outcome{Event: f.Event, Code: "needs_info", Detail: "Canary"}))(t)})
	}
	TestFlow()
	if hits := grep(t, o.dir, canaries); len(hits) > 0 {
		t.Fatalf("in the clear: %v", hits)
	}
	o.must(o.putNote(ctx, noteClock, []byte("planted Canary"))) // the harness sees what is there
	if hits := grep(t, o.dir, canaries); len(hits) == 0 {
		t.Fatal("a planted canary was not found")
	}
}

// grep looks for strings in every file under dir.
func grep(t *testing.T, dir string, needles []string) (hits []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(p string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		for _, n := range needles {
			if bytes.Contains(data, []byte(n)) || strings.Contains(e.Name(), n) {
				hits = append(hits, e.Name()+": "+n)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return hits
}
