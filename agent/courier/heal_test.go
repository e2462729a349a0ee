package courier_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"bendo/agent/courier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
)

// stuckBook has an earlier log that cannot be settled.
type stuckBook struct {
	*ledger.Book
	tried, asked atomic.Int64 // to settle it; for scans that are away
}

func (b *stuckBook) Unsettled(context.Context) (bool, error) { return true, nil }

func (b *stuckBook) Rejoin(_ context.Context, ack syncproto.Ack) error {
	if ack.Log.Epoch == 1 {
		b.tried.Add(1)
		return ledger.ErrFork
	}
	return nil
}

func (b *stuckBook) Rebuilt(context.Context) error { return nil }

func (b *stuckBook) AwayScans(context.Context, syncproto.BlobKey, int) ([]ledger.Away, int, error) {
	b.asked.Add(1)
	return nil, 0, nil
}

// readingRoad could bring scans back.
type readingRoad struct{ *directRoad }

func (r readingRoad) Another(time.Duration) courier.Road { return r }

func (r readingRoad) ReadBlob(context.Context, syncproto.RequestID, []byte, syncproto.BlobKey, int64, int) ([]byte, int64, error) {
	return nil, 0, noLine
}

// TestALogThatCannotBeSettledStopsNothing: an earlier log is damaged beyond what the province can mend.
// IT is told once, it is tried again rarely, and what is new arrives. (It had stopped everything.)
func TestALogThatCannotBeSettledStopsNothing(t *testing.T) {
	base := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		portal, err := prototest.NewMemory(prototest.MemoryOptions{})
		check(t, err)
		dir := filepath.Join(base, "office")
		book, key := newBook(t, dir, portal)
		defer book.Close()
		keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir, KeysDir: dir + ".keys"})
		check(t, err)
		fileOne(t, book, 1)
		if !carry(t, book, keys, portal, func(courier.Snapshot) {}) {
			t.Fatal("the first dossier does not arrive")
		}
		id, err := book.Identity(t.Context())
		check(t, err)
		grant(t, portal, id.Device)
		fileOne(t, book, 2)
		if !carry(t, book, keys, portal, func(courier.Snapshot) {}) {
			t.Fatal("the second dossier does not arrive")
		}

		ctx, stop := context.WithTimeout(t.Context(), 2*time.Hour)
		defer stop()
		var told bytes.Buffer
		stuck := &stuckBook{Book: book}
		filed := false
		c := &courier.Courier{Exchange: &courier.Exchange{Book: stuck, Road: readingRoad{&directRoad{portal: portal, kill: stop, sent: map[syncproto.BlobKey]int64{}}},
			Time: noClock{}, Key: key, Random: rand.Reader}, Watch: book, Seed: 1, Log: slog.New(slog.NewTextHandler(&told, nil)),
			Idle: func(courier.Snapshot, bool) bool { // up to date, an hour after it began to be stuck
				if !filed && stuck.tried.Load() > 5 {
					filed = true
					fileOne(t, book, 3)
				}
				return false
			}}
		check(t, c.Run(ctx))
		if n := strings.Count(told.String(), "cannot be settled"); n != 1 {
			t.Errorf("IT was told %d times:\n%s", n, told.String())
		}
		if n := stuck.tried.Load(); n < 20 || n > 2*60/5*2+20 { // each try freezes, replays, rejoins again
			t.Errorf("tried %d times in two hours", n)
		}
		if stuck.asked.Load() < 10 {
			t.Errorf("scans that are away were looked for %d times", stuck.asked.Load())
		}
		if id, err = book.Identity(t.Context()); err != nil || id.Epoch != 2 {
			t.Fatalf("epoch %d, %v", id.Epoch, err)
		}
		if n := len(portal.Events(syncproto.LogID{Device: id.Device, Epoch: 2})); !filed || n != 2 {
			t.Errorf("filed %t; %d events of the present log arrived, want 2", filed, n)
		}
	})
}
