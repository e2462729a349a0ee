package ledger

import (
	"io"
	"slices"
	"testing"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// old is the portal's word for an earlier log of the office.
func (o *office) old(l syncproto.LogID, applied, generation uint64) syncproto.Ack {
	head := get(o.HeadAt(o.t.Context(), l.Epoch, applied))(o.t)
	return syncproto.SignAck(syncproto.Ack{Log: l, Applied: applied, Head: head, Generation: generation, At: 5000}, portalKey)
}

// I7, I5: what was filed under an earlier grant and lost by the portal is sent again under the present
// one, with its own ids; what the portal still has is green again.
func TestEarlierLogIsSettledAfterARestore(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	first := []Filed{o.file(), o.file(), o.file()}
	early := syncproto.LogID{Device: syncproto.DeviceID{1}, Epoch: 1}
	sent := get(o.PendingEvents(ctx, 1, 10, 1<<20))(t)
	get(o.SetAck(ctx, o.ack(3, 100)))(t)
	o.must(o.Regrant(ctx, grant(2, "54321")))
	now := o.file()
	get(o.SetAck(ctx, o.ack(1, 100)))(t)
	for _, f := range append(slices.Clone(first), now) {
		o.must(o.AddReceipt(ctx, receipt(f, 100)))
	}
	if get(o.Unsettled(ctx))(t) {
		t.Fatal("unsettled before anything happened")
	}
	o.must(o.SetGeneration(ctx, 200))
	for _, f := range first {
		if got := done(get(o.Find(ctx, f.Slip))(t).Acks); got != "1000" {
			t.Fatalf("after a restore %s is still %s", f.Slip, got)
		}
	}
	if !get(o.Unsettled(ctx))(t) {
		t.Fatal("nobody asks for the earlier log")
	}
	wantErr(t, o.Rejoin(ctx, syncproto.SignAck(syncproto.Ack{Log: early, Applied: 9, Head: syncproto.Digest{1}, Generation: 200}, portalKey)), ErrLacking)
	forged := o.old(early, 1, 200)
	forged.Applied = 2
	if o.Rejoin(ctx, forged) == nil {
		t.Fatal("a forged word was taken")
	}
	o.must(o.Rejoin(ctx, o.old(early, 1, 200)))
	o.must(o.Rejoin(ctx, o.old(early, 1, 200))) // the same again
	if get(o.Unsettled(ctx))(t) {
		t.Fatal("still unsettled")
	}
	evs := get(o.PendingEvents(ctx, 1, 10, 1<<20))(t)
	if len(evs) != 3 || evs[1].Header.ID != sent[1].Header.ID || evs[2].Header.ID != sent[2].Header.ID || evs[1].Salt != sent[1].Salt {
		t.Fatalf("%d events in the present log", len(evs))
	}
	get(o.SetAck(ctx, o.ack(3, 200)))(t)
	for _, f := range append(slices.Clone(first), now) {
		o.must(o.AddReceipt(ctx, receipt(f, 200)))
		if got := done(get(o.Find(ctx, f.Slip))(t).Acks); got != "1110" {
			t.Errorf("%s is %s in the end", f.Slip, got)
		}
	}
	if n := get(o.Rebuild(ctx))(t); n != 0 {
		t.Errorf("%d projections differ", n)
	}
}

// rebuilt is a new machine's book with the events of the old one's.
func rebuilt(t *testing.T) (full, o *office, l syncproto.LogID) {
	full = openOffice(t)
	full.file()
	full.file()
	l = syncproto.LogID{Device: syncproto.DeviceID{1}, Epoch: 1}
	events := get(full.PendingEvents(t.Context(), 1, 10, 1<<20))(t)
	o = &office{t: t, dir: t.TempDir(), now: full.now}
	o.reopen()
	id := identity()
	id.Device, id.Epoch, id.Prefix, id.Replaces = syncproto.DeviceID{8}, 2, "54321", syncproto.DeviceID{1}
	o.must(o.SetIdentity(t.Context(), id))
	if !get(o.Unsettled(t.Context()))(t) {
		t.Fatal("a new machine's book has everything")
	}
	mine := o.file() // before a byte came back
	if n := get(o.TakeBack(t.Context(), l, 1, events))(t); n != 2 {
		t.Fatalf("%d events taken back", n)
	}
	o.must(o.Rejoin(t.Context(), o.old(l, 2, 100)))
	o.must(o.Rebuilt(t.Context()))
	if get(o.Unsettled(t.Context()))(t) {
		t.Fatal("still to be rebuilt")
	}
	if evs := get(o.PendingEvents(t.Context(), 1, 10, 1<<20))(t); len(evs) != 1 || evs[0].Header.Dossier != mine.Dossier {
		t.Fatalf("%d events are sent again that the province has", len(evs))
	}
	return full, o, l
}

// A rebuilt book is green by the province's own word only; its scans come in pieces and are never
// sent, scrubbed or shown before they are whole.
func TestRebuiltBookFetchesItsScans(t *testing.T) {
	full, o, _ := rebuilt(t)
	ctx := t.Context()
	list, total, err := o.AwayScans(ctx, syncproto.BlobKey{}, 10)
	o.must(err)
	if total != len(list) || total == 0 {
		t.Fatalf("%d of %d scans are away", len(list), total)
	}
	o.must(o.SetAgentStatus(ctx, AgentStatus{At: o.now.UnixMilli(), Running: true, Line: "online"}))
	for _, row := range get(o.Outbox(ctx, OutboxQuery{}))(t) {
		away := slices.ContainsFunc(list, func(a Away) bool { return a.Key.Dossier == row.Dossier })
		if c := row.Acks[2]; !c.Done && away != (c.Reason == dossier.ReasonElsewhere) {
			t.Errorf("papers away %t, and the screen says %q", away, c.Reason)
		}
	}
	for _, b := range get(o.PendingBlobs(ctx, 100))(t) {
		if slices.ContainsFunc(list, func(a Away) bool { return a.Key == b.Key }) {
			t.Fatal("a scan that is not here would be sent")
		}
	}
	for _, a := range list {
		_, err := o.BlobReader(ctx, a.Key.Dossier, a.Key.SHA256)
		wantErr(t, err, ErrAway)
		r := get(full.BlobReader(ctx, a.Key.Dossier, a.Key.SHA256))(t)
		data := make([]byte, a.Length)
		if _, err := r.ReadAt(data, 0); err != nil && err != io.EOF {
			t.Fatal(err)
		}
		o.must(r.Close())
		wrong := slices.Clone(data)
		wrong[0] ^= 1
		if have := get(o.TakeScan(ctx, a, 0, wrong))(t); have != 0 {
			t.Fatalf("%d wrong bytes were kept", have)
		}
		half := a.Length / 2
		get(o.TakeScan(ctx, a, 0, data[:half]))(t)
		o.must(o.Close())
		o.reopen() // a kill between two pieces
		again, _, err := o.AwayScans(ctx, syncproto.BlobKey{}, 1)
		o.must(err)
		if again[0].Key != a.Key || again[0].Have != half {
			t.Fatalf("after a kill: %+v, want %d bytes", again[0], half)
		}
		if have := get(o.TakeScan(ctx, a, half, data[half:]))(t); have != a.Length {
			t.Fatalf("%d bytes of %d", have, a.Length)
		}
		get(o.BlobReader(ctx, a.Key.Dossier, a.Key.SHA256))(t)
	}
	if _, total, _ := o.AwayScans(ctx, syncproto.BlobKey{}, 1); total != 0 {
		t.Fatalf("%d scans are still away", total)
	}
}

// The trail and the echo follow the history that goes on, not the one a restored portal wrote over.
func TestTrailFollowsThePresentHistory(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	take := func(epoch, from, to, mark uint64) {
		page := syncproto.FeedPage{Commune: "28807", Epoch: epoch, From: from, To: to, Mark: mark}
		_, err := o.Receive(ctx, page, []byte{byte(mark)})
		o.must(err)
	}
	take(7, 0, 10, 1)
	take(7, 10, 20, 2)
	take(7, 20, 30, 3) // the portal forgets this page
	o.must(o.ResetFeed(ctx, syncproto.Cursor{Epoch: 8, Pos: 20, Mark: 2}))
	if got := get(o.EchoPages(ctx, syncproto.Cursor{Epoch: 7, Pos: 10}, 10))(t); len(got) != 1 || got[0][0] != 2 {
		t.Errorf("echo of the page both share: %v", got)
	}
	take(8, 20, 25, 4)
	take(8, 25, 40, 5)
	want := []syncproto.Cursor{{Epoch: 8, Pos: 40, Mark: 5}, {Epoch: 8, Pos: 25, Mark: 4}, {Epoch: 7, Pos: 20, Mark: 2}, {Epoch: 7, Pos: 10, Mark: 1}}
	if got := get(o.Trail(ctx, 64))(t); !slices.Equal(got, want) {
		t.Errorf("trail %+v", got)
	}
	pages := get(o.EchoPages(ctx, syncproto.Cursor{Epoch: 8, Pos: 10}, 10))(t)
	if len(pages) != 3 || pages[0][0] != 2 || pages[1][0] != 4 || pages[2][0] != 5 {
		t.Errorf("echo over two epochs: %v", pages)
	}
	for i := range uint64(200) {
		take(8, 40+i, 41+i, 100+i)
	}
	trail := get(o.Trail(ctx, 64))(t)
	if len(trail) > 64 || trail[0].Pos != 240 || trail[31].Pos != 209 || trail[len(trail)-1].Pos > 200 {
		t.Errorf("a trail of %d: %+v", len(trail), trail)
	}
}

// An event may stand in two logs at the province: re-headed here after a fork, while its first place came
// there late (a stick, a second living copy). Taking the first log back, often and from anywhere, and
// settling it change nothing and fail nobody.
func TestAnEventInTwoLogsIsSettled(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	o.file()
	o.file()
	o.file()
	early := syncproto.LogID{Device: syncproto.DeviceID{1}, Epoch: 1}
	sent := get(o.PendingEvents(ctx, 1, 10, 1<<20))(t)
	end := get(o.HeadAt(ctx, 1, 3))(t)
	get(o.SetAck(ctx, o.ack(1, 100)))(t)
	o.must(o.Regrant(ctx, grant(2, "54321")))
	get(o.SetAck(ctx, o.ack(2, 100)))(t)
	o.must(o.SetGeneration(ctx, 200))
	for _, from := range []uint64{2, 1, 3, 1} {
		if n := get(o.TakeBack(ctx, early, from, sent[from-1:]))(t); n != 0 {
			t.Fatalf("from %d: %d events were new", from, n)
		}
		if got := get(o.HeadAt(ctx, 1, 3))(t); got != end {
			t.Fatalf("from %d: another end", from)
		}
	}
	o.must(o.Rejoin(ctx, syncproto.SignAck(syncproto.Ack{Log: early, Applied: 3, Head: end, Generation: 200}, portalKey)))
	if get(o.Unsettled(ctx))(t) {
		t.Fatal("still unsettled")
	}
	if evs := get(o.PendingEvents(ctx, 1, 10, 1<<20))(t); len(evs) != 2 {
		t.Fatalf("%d events in the present log", len(evs))
	}
}

// A displaced event that is damaged is noted for IT; nobody asks the province about its logs for ever.
func TestADamagedDisplacedEventWaitsForNoLog(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	o.file()
	o.file()
	get(o.SetAck(ctx, o.ack(0, 100)))(t)
	o.exec(`UPDATE event SET epoch = NULL, seq = NULL, head = NULL, at = at + 1 WHERE seq = 2`)
	o.exec(`UPDATE log SET next = 2, head = (SELECT head FROM event WHERE seq = 1) WHERE epoch = 1`)
	if !get(o.Unsettled(ctx))(t) {
		t.Fatal("an event without a place and nobody cares")
	}
	get(o.SetAck(ctx, o.ack(1, 100)))(t)
	if q := get(o.Quarantine(ctx))(t); len(q) != 1 || q[0].Table != "event" {
		t.Fatalf("put aside: %+v", q)
	}
	if get(o.Unsettled(ctx))(t) {
		t.Fatal("settled for ever anew")
	}
}

// I7: a page that is damaged here keeps back none behind it.
func TestEchoStepsOverADamagedPage(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	for i := range uint64(4) {
		page := syncproto.FeedPage{Commune: "28807", Epoch: 7, From: 10 * i, To: 10*i + 10}
		_, err := o.Receive(ctx, page, []byte{byte(i)})
		o.must(err)
	}
	o.exec(`UPDATE feed_page SET body = zeroblob(length(body)) WHERE from_pos IN (0, 20)`)
	for _, want := range []struct {
		after uint64
		limit int
		pages []byte
	}{{0, 10, []byte{1, 3}}, {0, 1, []byte{1}}, {20, 1, []byte{3}}, {20, 3, []byte{3}}, {40, 3, nil}} {
		var got []byte
		for _, p := range get(o.EchoPages(ctx, syncproto.Cursor{Epoch: 7, Pos: want.after}, want.limit))(t) {
			got = append(got, p...)
		}
		if !slices.Equal(got, want.pages) {
			t.Errorf("%d pages after %d: %v, want %v", want.limit, want.after, got, want.pages)
		}
	}
}
