package fleet_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bendo/portal/fleet"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
	"bendo/syncproto/synchttp"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

func register(t *testing.T, o store.Options) *fleet.Register {
	t.Helper()
	dir := t.TempDir()
	db := storetest.Open(t, o)
	authority, err := fleet.OpenAuthority(dir, db.Now())
	check(t, err)
	keys, err := fleet.OpenKeys(dir, slog.New(slog.NewTextHandler(io.Discard, nil)))
	check(t, err)
	return &fleet.Register{DB: db, Authority: authority, Keys: keys}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func asking(t *testing.T, secret uint64) syncproto.EnrolRequest {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	id, err := syncproto.NewDeviceID(rand.Reader)
	check(t, err)
	return syncproto.SignEnrol(syncproto.EnrolRequest{Secret: secret, Device: id, Proto: 1}, key)
}

func TestTwoMachinesWithOneCodeAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := register(t, o)
		code, err := r.NewCode(context.Background(), "28807", "xã Giao Long")
		check(t, err)
		var won, told atomic.Int32
		var wait sync.WaitGroup
		for range 6 {
			req := asking(t, code.Secret)
			wait.Go(func() {
				answer, err := r.Enrol(context.Background(), req)
				switch {
				case err == nil && answer.Verify(req) == nil:
					won.Add(1)
				case errors.Is(err, &syncproto.Problem{Kind: syncproto.Auth, Code: syncproto.CodeEnrolUsed}):
					told.Add(1)
				default:
					t.Errorf("%v", err)
				}
			})
		}
		wait.Wait()
		if won.Load() != 1 || told.Load() != 5 {
			t.Errorf("%d machines came in, %d were told", won.Load(), told.Load())
		}
	})
}

// Who guesses is stopped, at his address and at the beginning he tries; a machine
// with a right code comes in meanwhile, also when the whole province is guessed at.
func TestGuessingEnds(t *testing.T) {
	r := register(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	from := func(source string) context.Context { return synchttp.WithSource(context.Background(), source) }
	tryIt := func(source string, secret uint64) syncproto.Kind {
		_, err := r.Enrol(from(source), asking(t, secret))
		p := syncproto.ProblemOf(err)
		if p == nil {
			t.Fatalf("a guess from %s: %v", source, err)
		}
		if p.Kind == syncproto.Limit && p.RetryAfterS == 0 {
			t.Errorf("no time to come again: %v", p)
		}
		return p.Kind
	}
	// One address, another beginning each time.
	for n := range uint64(40) {
		want := syncproto.Auth
		if n >= 30 {
			want = syncproto.Limit
		}
		if got := tryIt("203.0.113.9", n<<35); got != want {
			t.Fatalf("guess %d of one address: %v", n, got)
		}
	}
	// Another address each time, one beginning.
	for n := range uint64(30) {
		want := syncproto.Auth
		if n >= 20 {
			want = syncproto.Limit
		}
		if got := tryIt(fmt.Sprintf("198.51.100.%d", n), 77<<35|n); got != want {
			t.Fatalf("guess %d of one beginning: %v", n, got)
		}
	}
	enter := func(source string) error {
		code, err := r.NewCode(context.Background(), "28807", "xã Giao Long")
		check(t, err)
		_, err = r.Enrol(from(source), asking(t, code.Secret))
		return err
	}
	check(t, enter("192.0.2.1"))
	// The ceiling of all: those who guessed wait, those who did not come in.
	check(t, r.DB.Write(context.Background(), func(tx *store.Tx) error {
		_, err := tx.Fail("enrol", "all", store.Limit{Free: 1, Window: time.Hour, Hard: true})
		return err
	}))
	if got := tryIt("198.51.100.1", 99<<35); got != syncproto.Limit {
		t.Errorf("beyond the ceiling somebody who guessed is heard: %v", got)
	}
	check(t, enter("192.0.2.2"))
}

func TestGrantByFeed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		r := register(t, o)
		code, err := r.NewCode(context.Background(), "28807", "xã Giao Long")
		check(t, err)
		req := asking(t, code.Secret)
		answer, err := r.Enrol(context.Background(), req)
		check(t, err)
		check(t, r.GrantByFeed(context.Background(), req.Device))
		var items []syncproto.FeedItem
		check(t, r.DB.Read(context.Background(), func(tx *store.Tx) (err error) { items, _, err = tx.FeedAfter("28807", 0, 10); return err }))
		if len(items) != 1 {
			t.Fatalf("%d items", len(items))
		}
		d, err := syncproto.DecodeDirective(items[0].Body)
		check(t, err)
		if d.Grant == nil || d.Grant.Epoch != 2 || d.Grant.SlipPrefix == answer.Grant.SlipPrefix || d.Grant.Verify(req.Device, answer.PortalKey) != nil {
			t.Errorf("directive %+v", d)
		}
		if err := r.GrantByFeed(context.Background(), syncproto.DeviceID{9}); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("an unknown machine: %v", err)
		}
	})
}

func TestCommuneMustBeACode(t *testing.T) {
	r := register(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	for _, bad := range []string{"", "xã", "../28807", "28807 ", "123456789"} {
		if _, err := r.NewCode(context.Background(), bad, ""); err == nil {
			t.Errorf("commune %q was taken", bad)
		}
	}
}
