package courier_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"bendo/agent/courier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
)

// carry runs a courier until everything is complete, or for half an hour; look sees
// every state of the book on the way.
func carry(t *testing.T, book *ledger.Book, keys *seal.Keeper, portal *prototest.Memory, look func(courier.Snapshot)) (empty bool) {
	t.Helper()
	empty, _ = carryShowing(t, book, keys, portal, look)
	return empty
}

// carryShowing also gives the acks that hellos showed to the portal.
func carryShowing(t *testing.T, book *ledger.Book, keys *seal.Keeper, portal *prototest.Memory, look func(courier.Snapshot)) (empty bool, held []syncproto.Ack) {
	t.Helper()
	key, err := keys.DeviceKey()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 30*time.Minute)
	defer stop()
	road := &directRoad{portal: portal, kill: stop, sent: map[syncproto.BlobKey]int64{}}
	c := &courier.Courier{Exchange: &courier.Exchange{Book: book, Road: road, Time: noClock{}, Key: key, Random: rand.Reader}, Watch: book, Seed: 1,
		Idle: func(owed courier.Snapshot, upToDate bool) bool {
			look(owed)
			empty = owed.Empty() && upToDate && !owed.Log.Frozen
			return empty
		}}
	if err := c.Run(ctx); err != nil {
		t.Fatal(err)
	}
	return empty, road.held
}

// A log that froze and got no epoch, because the line or the power went in between, says so with the
// first words of every connection: nobody else may notice.
func TestAFrozenLogTellsOfItself(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		portal, err := prototest.NewMemory(prototest.MemoryOptions{})
		if err != nil {
			t.Fatal(err)
		}
		book, key := newBook(t, dir, portal)
		defer book.Close()
		fileOne(t, book, 1)
		if err := book.Freeze(t.Context(), syncproto.CodeTwoWriters); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		road := &directRoad{portal: portal, kill: stop, sent: map[syncproto.BlobKey]int64{}}
		c := &courier.Courier{Exchange: &courier.Exchange{Book: book, Road: road, Time: noClock{}, Key: key, Random: rand.Reader}, Watch: book, Seed: 1}
		if err := c.Run(ctx); err != nil {
			t.Fatal(err)
		}
		log, err := book.LogState(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if want := (syncproto.LogState{Epoch: 1, Next: log.Next, Head: log.Head}); len(road.forks) == 0 || road.forks[0] != want {
			t.Errorf("the portal was told %+v, want %+v", road.forks, want)
		}
		if log.Next != 2 || log.Acked != 0 {
			t.Errorf("a frozen log moved: %+v", log)
		}
	})
}

// TestRestoredOffice: a machine is restored from an old copy of its disk. The first
// hello shows it; sending stops, filing goes on; with a new epoch the book gets back
// what it had forgotten and its new filing arrives once.
func TestRestoredOffice(t *testing.T) {
	base := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		portal, err := prototest.NewMemory(prototest.MemoryOptions{})
		if err != nil {
			t.Fatal(err)
		}
		dir, copied := filepath.Join(base, "office"), filepath.Join(base, "copy")
		book, _ := newBook(t, dir, portal)
		keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir, KeysDir: dir + ".keys"})
		if err != nil {
			t.Fatal(err)
		}
		fileOne(t, book, 1)
		if !carry(t, book, keys, portal, func(courier.Snapshot) {}) {
			t.Fatal("the first dossier does not arrive")
		}
		if err := book.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		if book, err = ledger.Open(t.Context(), dir, keys, ledger.Options{}); err != nil {
			t.Fatal(err)
		}
		second := fileOne(t, book, 2)
		if !carry(t, book, keys, portal, func(courier.Snapshot) {}) {
			t.Fatal("the second dossier does not arrive")
		}
		if err := book.Close(); err != nil {
			t.Fatal(err)
		}

		old, err := ledger.Open(t.Context(), copied, keys, ledger.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer old.Close()
		third := fileOne(t, old, 3)
		var fourth ledger.Filed
		granted := false
		everything := carry(t, old, keys, portal, func(owed courier.Snapshot) {
			if !owed.Log.Frozen || granted {
				return
			}
			granted = true
			if n := len(portal.Events(owed.Log.Log)); n != 2 {
				t.Errorf("the portal has %d events of the first epoch", n)
			}
			time.Sleep(time.Second)     // what a replay displaced goes on in the order of its ids, which is that of time
			fourth = fileOne(t, old, 4) // filing goes on
			grant(t, portal, owed.Log.Log.Device)
		})
		if !granted || !everything {
			left, err := courier.Look(t.Context(), old)
			t.Fatalf("frozen %t, after the grant is left: %+v, %v", granted, left, err)
		}
		id, err := old.Identity(t.Context())
		if err != nil || id.Epoch != 2 || id.Prefix != "00077" {
			t.Errorf("identity %+v, %v", id, err)
		}
		after := portal.Events(syncproto.LogID{Device: id.Device, Epoch: 2})
		if len(after) != 2 || after[0].Header.ID != third.Event || after[1].Header.ID != fourth.Event || len(portal.Events(syncproto.LogID{Device: id.Device, Epoch: 1})) != 2 {
			t.Errorf("epoch 2 brought %d events, filed were %s and %s", len(after), third.Event, fourth.Event)
		}
		if _, err := old.Get(t.Context(), second.Dossier); err != nil {
			t.Errorf("what the copy had forgotten is not back: %v", err)
		}
	})
}

// grant gives a device a new epoch, as IT does after it looked.
func grant(t *testing.T, portal *prototest.Memory, device syncproto.DeviceID) {
	t.Helper()
	g, err := portal.Grant(device, "00077")
	if err != nil {
		t.Fatal(err)
	}
	body, err := syncproto.EncodeDirective(syncproto.Directive{Code: syncproto.DirectiveNewEpoch, Grant: &g})
	if err != nil {
		t.Fatal(err)
	}
	portal.Publish(syncproto.FeedItem{Kind: syncproto.FeedDirective, Key: "directive:" + device.String(), Body: body})
}

// TestPortalPutBackByHand: the province's database is an older copy and nobody said so. The
// courier shows the portal its own signed ack; a new generation begins and everything the copy
// lacks arrives again, once.
func TestPortalPutBackByHand(t *testing.T) {
	base := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		portal, err := prototest.NewMemory(prototest.MemoryOptions{})
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Join(base, "office")
		book, _ := newBook(t, dir, portal)
		defer book.Close()
		keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir, KeysDir: dir + ".keys"})
		if err != nil {
			t.Fatal(err)
		}
		nothing := func(courier.Snapshot) {}
		first := fileOne(t, book, 1)
		if !carry(t, book, keys, portal, nothing) {
			t.Fatal("the first dossier does not arrive")
		}
		backup := portal.Snapshot()
		second := fileOne(t, book, 2)
		if !carry(t, book, keys, portal, nothing) {
			t.Fatal("the second dossier does not arrive")
		}
		before, err := book.LogState(t.Context())
		if err != nil {
			t.Fatal(err)
		}

		portal.Swap(backup)
		if n := len(portal.Events(before.Log)); n != 1 {
			t.Fatalf("the older copy has %d events, want 1", n)
		}
		third := fileOne(t, book, 3)
		arrived, held := carryShowing(t, book, keys, portal, nothing)
		if !arrived {
			t.Fatal("the courier does not get past a portal that was put back")
		}
		// The cursor beyond the feed's end tells the portal too; the ack must not depend on it.
		if len(held) == 0 || held[0].Applied != 2 || held[0].Verify(portal.PublicKey()) != nil {
			t.Errorf("the portal was shown %+v, want its own word for two events", held)
		}
		events := portal.Events(before.Log)
		if len(events) != 3 || events[0].Header.ID != first.Event || events[1].Header.ID != second.Event || events[2].Header.ID != third.Event {
			t.Fatalf("the portal has %d events, want the three that were filed, in order", len(events))
		}
		after, err := book.LogState(t.Context())
		if err != nil || after.Generation <= before.Generation {
			t.Fatalf("generation %d after %d, %v", after.Generation, before.Generation, err)
		}
		found, err := book.Get(t.Context(), second.Dossier)
		if err != nil || !found.Acks[2].Done {
			t.Fatalf("the second dossier is not confirmed again: %+v, %v", found.Acks, err)
		}
	})
}
