package ledger

import (
	"bytes"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"slices"
	"testing"
	"time"

	"bendo/internal/clock"
	"bendo/internal/dossier"
	"bendo/syncproto"
)

func TestAcksOnlyMoveForward(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.file()
	o.file()
	state := func() LogState { return get(o.LogState(ctx))(t) }
	for _, c := range []struct {
		name       string
		applied    uint64
		generation uint64
		progress   bool
		acked      uint64
	}{
		{"nothing yet", 0, 100, true, 0}, // the first word of this generation is progress
		{"one", 1, 100, true, 1},
		{"the same again", 1, 100, false, 1},
		{"both", 2, 100, true, 2},
		{"a late one", 1, 100, false, 2},
		{"of an older generation", 2, 99, false, 2},
		{"restored, behind", 1, 101, true, 1},
		{"confirmed again", 2, 101, true, 2},
	} {
		if p := get(o.SetAck(ctx, o.ack(c.applied, c.generation)))(t); p != c.progress || state().Acked != c.acked || state().Frozen {
			t.Fatalf("%s: progress %v, state %+v", c.name, p, state())
		}
	}
	if f := get(o.Find(ctx, f.Slip))(t); done(f.Acks) != "1100" {
		t.Fatalf("acks %+v", f.Acks)
	}
	forged := o.ack(2, 102)
	forged.Sig = ed25519.Sign(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{6}, 32)), []byte("x"))
	if _, err := o.SetAck(ctx, forged); err == nil {
		t.Fatal("a forged ack was taken")
	}
	wrong := syncproto.SignAck(syncproto.Ack{Log: state().Log, Applied: 2, Head: syncproto.Digest{1}, Generation: 103}, portalKey)
	_, err := o.SetAck(ctx, wrong)
	wantErr(t, err, ErrFork)
	if !state().Frozen || state().Generation != 101 {
		t.Fatalf("after a fork %+v", state())
	}
	o.file() // filing goes on
}

func TestAheadIsAFork(t *testing.T) {
	o := openOffice(t)
	o.file()
	l := get(o.LogState(t.Context()))(t)
	_, err := o.SetAck(t.Context(), syncproto.SignAck(syncproto.Ack{Log: l.Log, Applied: 5, Head: l.Head, Generation: 100}, portalKey))
	wantErr(t, err, ErrFork)
	rows := get(o.Outbox(t.Context(), OutboxQuery{}))(t)
	if rows[0].Reason != dossier.ReasonFrozen {
		t.Fatalf("the desk says %q", rows[0].Reason)
	}
}

// A restored portal: receipts fall back and come again.
func TestGenerationFallsBack(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.file()
	get(o.SetAck(ctx, o.ack(1, 100)))(t)
	o.must(o.AddReceipt(ctx, receipt(f, 100)))
	o.must(o.SetGeneration(ctx, 101))
	o.must(o.SetGeneration(ctx, 99)) // never falls
	found := get(o.Find(ctx, f.Slip))(t)
	if done(found.Acks) != "1000" || found.Acks[2].Reason != dossier.ReasonPortalRestored {
		t.Fatalf("after a restore %+v", found.Acks)
	}
	if n := get(o.PendingBlobs(ctx, 10))(t); len(n) != 3 {
		t.Fatalf("%d scans are asked about again, want 3", len(n))
	}
	o.must(o.AddReceipt(ctx, receipt(f, 100))) // an old one
	if found := get(o.Find(ctx, f.Slip))(t); done(found.Acks) != "1000" {
		t.Fatal("an old receipt counted")
	}
	get(o.SetAck(ctx, o.ack(1, 101)))(t)
	o.must(o.AddReceipt(ctx, receipt(f, 101)))
	if found := get(o.Find(ctx, f.Slip))(t); done(found.Acks) != "1110" {
		t.Fatalf("confirmed again %+v", found.Acks)
	}
}

func TestFeedPages(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.file()
	p := o.page(o.act(f.Dossier, dossier.TakenIn, &dossier.TakenInPayload{Office: "x"}),
		syncproto.FeedItem{Kind: syncproto.FeedEvent, Body: []byte("poison")},
		syncproto.FeedItem{Kind: "later", Body: []byte("later")},
		syncproto.FeedItem{Kind: syncproto.FeedReceipt, Body: get(syncproto.EncodeReceipt(receipt(f, 100)))(t)},
		syncproto.FeedItem{Kind: syncproto.FeedReceipt, Body: get(syncproto.EncodeReceipt(syncproto.Receipt{Dossier: f.Dossier, Manifest: f.Manifest, Generation: 200}))(t)})
	rec := get(o.Receive(ctx, p, []byte("raw 1")))(t)
	if !slices.Equal(rec.Dossiers, []syncproto.DossierID{f.Dossier}) || len(rec.Kept) != 3 {
		t.Fatalf("received %+v", rec)
	}
	if found := get(o.Find(ctx, f.Slip))(t); done(found.Acks) != "1011" {
		t.Fatalf("acks %+v", found.Acks)
	}
	if rec := get(o.Receive(ctx, p, []byte("raw 1")))(t); !rec.Repeated || len(rec.Dossiers) != 0 {
		t.Fatalf("the same page again %+v", rec)
	}
	gap := o.page(syncproto.FeedItem{Kind: "later"})
	gap.From, gap.To = gap.From+5, gap.To+5
	_, err := o.Receive(ctx, gap, nil)
	wantErr(t, err, ErrCursor)
	if c := get(o.Cursor(ctx))(t); c != p.Next() {
		t.Fatalf("cursor %+v", c)
	}
	kept := get(o.Kept(ctx, "later"))(t)
	if len(kept) != 1 || string(kept[0].Body) != "later" {
		t.Fatalf("kept %+v", kept)
	}
	o.must(o.Forget(ctx, kept[0]))
	if kept := get(o.Kept(ctx, ""))(t); len(kept) != 2 {
		t.Fatalf("kept %+v", kept)
	}
	if pages := get(o.EchoPages(ctx, syncproto.Cursor{Epoch: p.Epoch}, 10))(t); len(pages) != 1 || string(pages[0]) != "raw 1" {
		t.Fatalf("echo %q", pages)
	}
	if pages := get(o.EchoPages(ctx, p.Next(), 10))(t); len(pages) != 0 {
		t.Fatal("an echo of what the portal has")
	}
	// A new feed epoch brings the same events: nothing doubles.
	before := get(o.Find(ctx, f.Slip))(t).State
	o.must(o.ResetFeed(ctx, syncproto.Cursor{Epoch: 8}))
	p.Epoch, p.From = 8, 0
	get(o.Receive(ctx, p, []byte("raw 2")))(t)
	if s := get(o.Find(ctx, f.Slip))(t).State; s.Version != before.Version || len(s.Journal) != len(before.Journal) {
		t.Fatalf("doubled: %+v", s.Journal)
	}
}

// An event of our book with other bytes under a known id is kept aside; a forwarded
// event is folded only when its author is named.
func TestFeedRivalsAndForwards(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f := o.file()
	evs := get(o.PendingEvents(ctx, 1, 10, 1<<20))(t)
	rival := evs[0]
	rival.Salt[0]++
	other := evs[0]
	other.Header.ID, other.Header.Dossier, other.Header.Blobs = syncproto.EventID{7}, syncproto.DossierID{7}, nil
	forward := get(syncproto.EncodeEvent(other))(t)
	rec := o.receive(syncproto.FeedItem{Kind: syncproto.FeedEvent, Body: get(syncproto.EncodeEvent(rival))(t)},
		syncproto.FeedItem{Kind: syncproto.FeedEvent, Body: forward})
	if len(rec.Dossiers) != 0 || len(rec.Kept) != 1 {
		t.Fatalf("received %+v", rec)
	}
	if n := count(t, o, `SELECT count(*) FROM event_rival`); n != 1 {
		t.Fatalf("%d rivals", n)
	}
	author := dossier.Book(syncproto.BookID{0xb})
	rec = o.receive(syncproto.FeedItem{Kind: syncproto.FeedEvent, Key: string(author), Body: forward})
	if len(rec.Dossiers) != 1 {
		t.Fatalf("received %+v", rec)
	}
	// The forwarded filing carries our slip number: it is found by its id and stops nobody.
	if s := get(o.Get(ctx, syncproto.DossierID{7}))(t).State; s.FiledBy != author {
		t.Fatalf("forwarded %+v", s)
	}
	if s := get(o.Find(ctx, f.Slip))(t).State; s.ID != f.Dossier {
		t.Fatal("a forwarded dossier took our number")
	}
}

func count(t *testing.T, o *office, query string, args ...any) (n int) {
	t.Helper()
	o.must(o.db.Read(t.Context(), func(tx *sql.Tx) error { return tx.QueryRowContext(t.Context(), query, args...).Scan(&n) }))
	return n
}

// What the portal did not fold becomes a proposal here too; the filing itself never does.
func TestOutcomesMakeProposals(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	d := o.draft()
	fl := filing()
	fl.Handover = dossier.HandoverNever
	f := get(o.Submit(ctx, d.ID, fl))(t)
	get(o.Advance(ctx, f.Dossier, 1, "clerk", dossier.TakenIn, says(&dossier.TakenInPayload{Office: "UBND xã Giao Long"})))(t)
	evs := get(o.PendingEvents(ctx, 1, 10, 1<<20))(t)
	outcome := func(id syncproto.EventID, code string) {
		o.receive(syncproto.FeedItem{Kind: syncproto.FeedOutcome, Body: get(syncproto.EncodeOutcome(syncproto.Outcome{Event: id, Code: code}))(t)})
	}
	outcome(evs[0].Header.ID, syncproto.OutcomeRejected)
	outcome(evs[1].Header.ID, syncproto.OutcomeProposal)
	found := get(o.Find(ctx, f.Slip))(t)
	if found.State.Version != 1 || len(found.State.Proposals) != 1 || len(found.Outcomes) != 2 {
		t.Fatalf("%+v outcomes %+v", found.State, found.Outcomes)
	}
	outcome(evs[1].Header.ID, syncproto.OutcomeAccepted) // judged again after an upgrade
	if found := get(o.Find(ctx, f.Slip))(t); found.State.Version != 2 {
		t.Fatal("accepted later and still a proposal")
	}
	var step *dossier.StepError
	if _, err := o.Advance(ctx, f.Dossier, 2, "clerk", dossier.TakenIn, says(&dossier.TakenInPayload{Office: "x"})); !errors.As(err, &step) {
		t.Fatalf("taken in twice: %v", err)
	}
	o.must(o.Ask(ctx, f.Dossier, dossier.WithdrawalRequested, &dossier.WithdrawalRequestedPayload{}, "kiosk"))
	if s := get(o.Find(ctx, f.Slip))(t).State; len(s.Pending) != 1 || s.NationalCode != 2 {
		t.Fatalf("asked to withdraw: %+v", s)
	}
}

// Any damaged column of a promised row is found before the row is sent; what comes before
// it is still sent, and the rest of the book works.
func TestDamagedRowsAreNeverSent(t *testing.T) {
	for _, damage := range []string{
		`UPDATE event SET payload = zeroblob(length(payload)) WHERE seq = 2`,
		`UPDATE event SET header = zeroblob(length(header)) WHERE seq = 2`,
		`UPDATE event SET type = 'submitteD' WHERE seq = 2`,
		`UPDATE event SET at = at + 1 WHERE seq = 2`,
		`UPDATE event SET version = 2 WHERE seq = 2`,
		`UPDATE event SET salt = (SELECT salt FROM event WHERE seq = 1) WHERE seq = 2`,
		`UPDATE event SET head = (SELECT head FROM event WHERE seq = 1) WHERE seq = 2`,
		`UPDATE event SET digest = zeroblob(32) WHERE seq = 2`,
		`UPDATE secret SET wrapped = zeroblob(length(wrapped)) WHERE scope = (SELECT dossier FROM event WHERE seq = 2)`,
		`DELETE FROM secret WHERE scope = (SELECT dossier FROM event WHERE seq = 2)`,
	} {
		o := openOffice(t)
		first, second := o.file(), o.file()
		o.exec(damage)
		evs, err := o.PendingEvents(t.Context(), 1, 10, 1<<20)
		if err != nil || len(evs) != 1 || evs[0].Header.Dossier != first.Dossier {
			t.Fatalf("%s: %d events, %v", damage, len(evs), err)
		}
		_, err = o.PendingEvents(t.Context(), 2, 10, 1<<20)
		wantErr(t, err, ErrDamaged)
		if q := get(o.Quarantine(t.Context()))(t); len(q) != 1 || q[0].Table != "event" {
			t.Fatalf("%s: quarantine %+v", damage, q)
		}
		if f := get(o.Find(t.Context(), first.Slip))(t); done(f.Acks) != "1000" {
			t.Fatalf("%s: the other dossier suffers", damage)
		}
		_ = second
	}
}

func (o *office) exec(query string, args ...any) {
	o.t.Helper()
	o.must(o.db.Write(o.t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(o.t.Context(), query, args...)
		return err
	}))
}

func TestDamagedScanRowsAreNotListed(t *testing.T) {
	o := openOffice(t)
	o.file()
	o.exec(`UPDATE blob SET length = length + 1 WHERE role = 'signature'`)
	if l := get(o.PendingBlobs(t.Context(), 10))(t); len(l) != 2 {
		t.Fatalf("%d scans listed", len(l))
	}
	if q := get(o.Quarantine(t.Context()))(t); len(q) != 1 || q[0].Table != "blob" {
		t.Fatalf("quarantine %+v", q)
	}
}

func grant(epoch uint32, prefix string) syncproto.EpochGrant {
	return syncproto.SignGrant(syncproto.EpochGrant{Device: syncproto.DeviceID{1}, Book: syncproto.BookID{2}, Epoch: epoch, SlipPrefix: prefix, Generation: 100}, portalKey)
}

// A new epoch: what was not acknowledged moves, with the same id, salt and payload; the
// manifests, and so the receipts, stay.
func TestRegrantReheads(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	files := []Filed{o.file(), o.file(), o.file()}
	get(o.SetAck(ctx, o.ack(1, 100)))(t)
	before := get(o.PendingEvents(ctx, 1, 10, 1<<20))(t)
	o.must(o.Freeze(ctx, "fork"))
	o.must(o.Regrant(ctx, grant(2, "54321")))
	o.must(o.Regrant(ctx, grant(2, "54321"))) // the answer was lost
	l := get(o.LogState(ctx))(t)
	if l.Log.Epoch != 2 || l.Next != 3 || l.Frozen {
		t.Fatalf("log %+v", l)
	}
	after := get(o.PendingEvents(ctx, 1, 10, 1<<20))(t)
	if len(after) != 2 {
		t.Fatalf("%d events moved", len(after))
	}
	for i, ev := range after {
		old := before[i+1]
		if ev.Header.ID != old.Header.ID || ev.Salt != old.Salt || !bytes.Equal(ev.Payload, old.Payload) || ev.Header.Epoch != 2 || ev.Header.Seq != uint64(i+1) {
			t.Fatalf("event %d: %+v, was %+v", i, ev.Header, old.Header)
		}
	}
	for i, want := range []string{"1100", "1000", "1000"} {
		if f := get(o.Find(ctx, files[i].Slip))(t); done(f.Acks) != want {
			t.Fatalf("dossier %d: %s", i, done(f.Acks))
		}
	}
	get(o.SetAck(ctx, o.ack(2, 100)))(t)
	for _, f := range files {
		o.must(o.AddReceipt(ctx, receipt(f, 100)))
		if f := get(o.Find(ctx, f.Slip))(t); done(f.Acks) != "1110" {
			t.Fatalf("after the new acks %s", done(f.Acks))
		}
	}
	if f := o.file(); f.Slip.Prefix() != "54321" {
		t.Fatalf("slip %s has the old prefix", f.Slip)
	}
	if n := get(o.Rebuild(ctx))(t); n != 0 {
		t.Fatalf("%d projections differ", n)
	}
}

// A disk restored from a backup: the province's events take their places back, ours wait
// for the new epoch, nothing is lost or mixed.
func TestRestoredDiskTakesBack(t *testing.T) {
	full := openOffice(t)
	ctx := t.Context()
	var stories []Filed
	for range 3 {
		stories = append(stories, full.file())
	}
	sent := get(full.PendingEvents(ctx, 1, 10, 1<<20))(t)

	o := openOffice(t) // the backup: it has the first event only
	log := syncproto.LogID{Device: syncproto.DeviceID{1}, Epoch: 1}
	if n := get(o.TakeBack(ctx, log, 1, sent[:1]))(t); n != 1 {
		t.Fatalf("%d taken back", n)
	}
	mine := []Filed{o.file(), o.file()} // filed before anybody noticed
	_, err := o.TakeBack(ctx, log, 1, sent)
	wantErr(t, err, ErrFork)
	o.must(o.Freeze(ctx, "the portal is ahead"))
	if n := get(o.TakeBack(ctx, log, 1, sent))(t); n != 2 {
		t.Fatalf("%d taken back, want 2", n)
	}
	if n := get(o.TakeBack(ctx, log, 1, sent))(t); n != 0 {
		t.Fatalf("%d taken back twice", n)
	}
	for _, f := range append(slices.Clone(stories), mine...) {
		if got := done(get(o.Find(ctx, f.Slip))(t).Acks); got != "1000" {
			t.Fatalf("%s: %s", f.Slip, got)
		}
	}
	if a := get(o.SetAck(ctx, o.ack(3, 100)))(t); !a {
		t.Fatal("the portal's log is ours again, and its ack was not taken")
	}
	if got := done(get(o.Find(ctx, mine[0].Slip))(t).Acks); got != "1000" {
		t.Fatalf("an ack for another's event counted for ours: %s", got)
	}
	o.must(o.Regrant(ctx, grant(2, "54321")))
	evs := get(o.PendingEvents(ctx, 1, 10, 1<<20))(t)
	if len(evs) != 2 || evs[0].Header.Dossier != mine[0].Dossier && evs[0].Header.Dossier != mine[1].Dossier {
		t.Fatalf("%d events in the new epoch", len(evs))
	}
	get(o.Track(ctx, stories[2].Slip, "1234"))(t)
	if n := get(o.Rebuild(ctx))(t); n != 0 {
		t.Fatalf("%d projections differ", n)
	}
}

// A receipt that arrives before the replay that needs it is not lost.
func TestKeptReceipts(t *testing.T) {
	full := openOffice(t)
	f := full.file()
	evs := get(full.PendingEvents(t.Context(), 1, 10, 1<<20))(t)
	o := openOffice(t)
	o.must(o.AddReceipt(t.Context(), receipt(f, 100)))
	get(o.TakeBack(t.Context(), syncproto.LogID{Device: syncproto.DeviceID{1}, Epoch: 1}, 1, evs))(t)
	if got := done(get(o.Find(t.Context(), f.Slip))(t).Acks); got != "1010" {
		t.Fatalf("acks %s", got)
	}
	if n := count(t, o, `SELECT count(*) FROM receipt_kept`); n != 0 {
		t.Fatalf("%d receipts are still kept", n)
	}
}

// The scrub finds a damaged row and a damaged scan, and goes on behind them.
func TestScrub(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	f, g := o.file(), o.file()
	o.exec(`UPDATE event SET payload = zeroblob(length(payload)) WHERE seq = 1`)
	sub := get(o.Get(ctx, g.Dossier))(t).State.Submissions[0]
	o.must(o.vault.Remove(g.Dossier, sub.Blobs[0].SHA256))
	checked, after := 0, syncproto.EventID{}
	for {
		n, last, err := o.Scrub(ctx, after, 1)
		o.must(err)
		if n == 0 {
			break
		}
		checked, after = checked+n, last
	}
	q := get(o.Quarantine(ctx))(t)
	if checked != 2 || len(q) != 2 {
		t.Fatalf("checked %d, quarantine %+v", checked, q)
	}
	_ = f
}

func TestNotes(t *testing.T) {
	o := openOffice(t)
	if st := get(o.AgentStatus(t.Context()))(t); st != (AgentStatus{}) {
		t.Fatalf("%+v", st)
	}
	want := AgentStatus{At: o.now.UnixMilli(), Running: true, Line: "online", RateBPS: 128_000}
	o.must(o.SetAgentStatus(t.Context(), want))
	if st := get(o.AgentStatus(t.Context()))(t); st != want {
		t.Fatalf("%+v", st)
	}
	f := o.file()
	if a := get(o.Find(t.Context(), f.Slip))(t).Acks[1]; a.Reason != dossier.ReasonInQueue {
		t.Fatalf("with a line the reason is %q", a.Reason)
	}
	o.now = o.now.Add(2 * time.Minute) // the agent was killed: its last word does not stand for ever
	if a := get(o.Find(t.Context(), f.Slip))(t).Acks[1]; a.Reason != dossier.ReasonAgentStopped {
		t.Fatalf("without an agent the reason is %q", a.Reason)
	}
	if s := get(o.ClockState(t.Context()))(t); s != (clock.State{}) {
		t.Fatalf("%+v", s)
	}
	if tot := get(o.Totals(t.Context()))(t); tot.Dossiers != 1 || tot.Events != 1 || tot.Blobs != 3 || tot.Oldest == 0 {
		t.Fatalf("%+v", tot)
	}
}

func TestOutboxPages(t *testing.T) {
	o := openOffice(t)
	for range 5 {
		o.file()
	}
	var q OutboxQuery
	q.Limit = 2
	seen := map[syncproto.EventID]bool{}
	for {
		rows := get(o.Outbox(t.Context(), q))(t)
		if len(rows) == 0 {
			break
		}
		for _, r := range rows {
			seen[r.Event] = true
			q.After, q.AfterTime = r.Event, r.SavedAt
		}
	}
	if len(seen) != 5 {
		t.Fatalf("%d of 5 rows seen", len(seen))
	}
}
