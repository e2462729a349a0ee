package fleet_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"

	"bendo/portal/fleet"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
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

func TestGuessingEnds(t *testing.T) {
	r := register(t, store.Options{Dir: t.TempDir(), Blobs: t.TempDir(), Keeper: storetest.Keeper(t)})
	var last error
	for n := range uint64(201) {
		_, last = r.Enrol(context.Background(), asking(t, n))
	}
	if p := syncproto.ProblemOf(last); p == nil || p.Kind != syncproto.Limit || p.RetryAfterS == 0 {
		t.Errorf("the 201st guess got %v", last)
	}
	if p := syncproto.ProblemOf(last); p != nil && p.Code == syncproto.CodeEnrolCode {
		t.Error("guessing goes on")
	}
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
