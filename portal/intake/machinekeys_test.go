package intake_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"
	"time"

	"bendo/internal/slipcheck"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

// fetch reads a published thing piece by piece, as an agent does.
func fetch(t *testing.T, p *intaketest.Province, ref syncproto.ObjectRef) []byte {
	t.Helper()
	var all []byte
	for int64(len(all)) < ref.Length {
		piece := make([]byte, 100)
		n, total, err := p.Portal.Object(t.Context(), syncproto.DeviceID{1}, ref.SHA256, int64(len(all)), piece)
		if err != nil || total != ref.Length || n == 0 {
			t.Fatalf("%d bytes at %d of %d: %v", n, len(all), total, err)
		}
		all = append(all, piece[:n]...)
	}
	return all
}

// keysOf gives the list that a commune's feed names.
func keysOf(t *testing.T, p *intaketest.Province, commune string) (ref syncproto.ObjectRef, list slipcheck.List) {
	t.Helper()
	var items []syncproto.FeedItem
	intaketest.Check(t, p.DB.Read(t.Context(), func(tx *store.Tx) (err error) { items, _, err = tx.FeedAfter(commune, 0, 100); return err }))
	for _, item := range items {
		if item.Kind != syncproto.FeedObject || item.Key != slipcheck.ObjectKey {
			continue
		}
		if ref.Length != 0 {
			t.Fatal("an old list is still named: the feed was not compacted")
		}
		var err error
		ref, err = syncproto.DecodeObjectRef(item.Body)
		intaketest.Check(t, err)
	}
	if ref.Length == 0 {
		return ref, list
	}
	list, err := slipcheck.OpenList(fetch(t, p, ref), p.Register.Keys.Receipt.Public().(ed25519.PublicKey))
	intaketest.Check(t, err)
	return ref, list
}

// TestMachineKeysReachEveryOffice: published once, it is named in every commune, fetched in pieces,
// opens with the province's key alone, and stays true by itself.
func TestMachineKeysReachEveryOffice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		p := intaketest.NewProvince(t, o)
		ctx := context.Background()
		a := p.Enrol(t, "28807", "UBND xã Giao Long")
		b := p.Enrol(t, "28810", "UBND xã Láng Giềng")
		if again, err := p.Register.RefreshKeys(ctx); err != nil || again {
			t.Fatalf("before anybody published: %v %v", again, err)
		}
		if ref, _ := keysOf(t, p, "28807"); ref.Length != 0 {
			t.Fatal("a list is named that nobody published")
		}
		_, published, err := p.Register.PublishKeys(ctx)
		if err != nil || !published {
			t.Fatal(published, err)
		}
		first, list := keysOf(t, p, "28807")
		other, _ := keysOf(t, p, "28810")
		if first != other || len(list.Machines) != 2 {
			t.Fatalf("%+v, %+v", first, list)
		}
		for _, office := range []*intaketest.Office{a, b} {
			found := false
			for _, m := range list.Machines {
				found = found || string(m.Key) == string(office.Key.Public().(ed25519.PublicKey)) && m.Status == slipcheck.Active && m.Device == office.Answer.Device
			}
			if !found {
				t.Errorf("the key of %s is not on the list", office.Answer.Device)
			}
		}
		if _, published, err = p.Register.PublishKeys(ctx); err != nil || published {
			t.Fatalf("nothing changed: %v %v", published, err)
		}
		p.Enrol(t, "28811", "UBND xã Mới")
		if again, err := p.Register.RefreshKeys(ctx); err != nil || again {
			t.Fatalf("a new machine waits a day: %v %v", again, err)
		}
		// a machine that was withdrawn waits for nothing
		intaketest.Check(t, p.DB.Write(ctx, func(tx *store.Tx) error { return tx.SetDeviceStatus(b.Answer.Device, store.Revoked) }))
		if again, err := p.Register.RefreshKeys(ctx); err != nil || !again {
			t.Fatalf("a revoked machine waits: %v %v", again, err)
		}
		second, list := keysOf(t, p, "28811")
		if second == first || len(list.Machines) != 3 || list.Issued == 0 {
			t.Fatalf("%+v", list)
		}
		for _, m := range list.Machines {
			if (m.Device == b.Answer.Device) != (m.Status == slipcheck.Revoked) {
				t.Errorf("%s is %s", m.Office, m.Status)
			}
		}
		_, _, err = p.Portal.Object(ctx, a.Answer.Device, first.SHA256, 0, make([]byte, 10))
		var problem *syncproto.Problem
		if !errors.As(err, &problem) || problem.Code != syncproto.CodeForgotten {
			t.Errorf("the old list: %v", err)
		}
		if _, _, err := p.Portal.Object(ctx, a.Answer.Device, second.SHA256, second.Length+1, make([]byte, 10)); err == nil {
			t.Error("beyond the end something was read")
		}
	})
}

// A list that was made while the portal's clock was a year ahead must not keep new machines off until then.
func TestAListFromTheFutureIsFollowed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		var ahead time.Duration
		o.Now = func() time.Time { return time.Now().Add(ahead) }
		p := intaketest.NewProvince(t, o)
		p.Enrol(t, "28807", "UBND xã Giao Long")
		ahead = 365 * 24 * time.Hour
		_, published, err := p.Register.PublishKeys(t.Context())
		if intaketest.Check(t, err); !published {
			t.Fatal("nothing was published")
		}
		ahead = 0
		if again, err := p.Register.RefreshKeys(t.Context()); err != nil || again {
			t.Fatalf("nothing changed: %v, %v", again, err)
		}
		_, first := keysOf(t, p, "28807")
		p.Enrol(t, "28811", "UBND xã Mới")
		if again, err := p.Register.RefreshKeys(t.Context()); err != nil || !again {
			t.Fatalf("a new machine waits for the day of the wrong clock: %v, %v", again, err)
		}
		if _, list := keysOf(t, p, "28807"); len(list.Machines) != 2 || list.Issued <= first.Issued {
			t.Fatalf("%+v after %d", list, first.Issued)
		}
	})
}
