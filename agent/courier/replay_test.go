package courier_test

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"bendo/agent/courier"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/syncproto"
	"bendo/syncproto/prototest"
)

// cutReplay brings one batch for each question and is cut at every second one.
type cutReplay struct {
	*directRoad
	asked int
	from  []uint64 // where what arrived began
}

func (r *cutReplay) Another(time.Duration) courier.Road { return r }

func (r *cutReplay) Replay(ctx context.Context, session []byte, req syncproto.ReplayRequest) (syncproto.ReplayResponse, error) {
	if req.Log.IsZero() {
		return r.directRoad.Replay(ctx, session, req)
	}
	if r.asked++; r.asked%2 == 0 {
		return syncproto.ReplayResponse{}, noLine
	}
	r.from = append(r.from, req.From)
	req.MaxBytes = 1
	return r.directRoad.Replay(ctx, session, req)
}

// TestReplayGoesOnOverCuts: the line is cut during the replay of a forked log, again and again.
// Nothing that arrived is fetched a second time, and the fork comes to its end.
func TestReplayGoesOnOverCuts(t *testing.T) {
	base := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		portal, err := prototest.NewMemory(prototest.MemoryOptions{})
		check(t, err)
		dir, copied := filepath.Join(base, "office"), filepath.Join(base, "copy")
		book, _ := newBook(t, dir, portal)
		keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir, KeysDir: dir + ".keys"})
		check(t, err)
		for n := 1; n <= 6; n++ {
			fileOne(t, book, n)
			if !carry(t, book, keys, portal, func(courier.Snapshot) {}) {
				t.Fatalf("dossier %d does not arrive", n)
			}
			if n == 1 {
				check(t, book.Close())
				check(t, os.CopyFS(copied, os.DirFS(dir)))
				book, err = ledger.Open(t.Context(), dir, keys, ledger.Options{})
				check(t, err)
			}
		}
		check(t, book.Close())

		old, err := ledger.Open(t.Context(), copied, keys, ledger.Options{})
		check(t, err)
		defer old.Close()
		fileOne(t, old, 7)
		key, err := keys.DeviceKey()
		check(t, err)
		ctx, stop := context.WithTimeout(t.Context(), time.Hour)
		defer stop()
		road := &cutReplay{directRoad: &directRoad{portal: portal, kill: stop, sent: map[syncproto.BlobKey]int64{}}}
		granted, ended := false, false
		c := &courier.Courier{Exchange: &courier.Exchange{Book: old, Road: road, Time: noClock{}, Key: key, Random: rand.Reader}, Watch: old, Seed: 1,
			Idle: func(owed courier.Snapshot, upToDate bool) bool {
				if owed.Log.Frozen && !granted {
					granted = true
					grant(t, portal, owed.Log.Log.Device)
				}
				ended = owed.Empty() && upToDate && !owed.Log.Frozen
				return ended
			}}
		check(t, c.Run(ctx))
		if !granted || !ended {
			t.Fatalf("granted %t, ended %t, asked from %v", granted, ended, road.from)
		}
		if want := []uint64{1, 2, 3, 4, 5, 6}; !slices.Equal(road.from, want) {
			t.Errorf("what arrived began at %v, want %v", road.from, want)
		}
	})
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
