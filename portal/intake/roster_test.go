package intake_test

import (
	"crypto/ed25519"
	"errors"
	"path/filepath"
	"testing"

	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/internal/staff"
	"bendo/portal/intake/intaketest"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

func member(id, login string, roles ...staff.Role) staff.Member {
	return staff.Member{ID: id, Login: login, Name: "Nguyễn " + login, Roles: roles, Verifier: staff.Nobody}
}

// listed changes the province's list in one transaction.
func listed(t *testing.T, p *intaketest.Province, change func(*store.Tx) error) {
	t.Helper()
	intaketest.Check(t, p.DB.Write(t.Context(), change))
}

// TestARosterReachesItsOwnOffice: from the province's list through the feed into an office's real book, where it
// opens with the key of the enrolment; no other commune sees it, and it stays true by itself.
func TestARosterReachesItsOwnOffice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		p := intaketest.NewProvince(t, o)
		ctx := t.Context()
		own, other := p.Enrol(t, "28807", "UBND xã Giao Long"), p.Enrol(t, "28810", "UBND xã Láng Giềng")
		book := bookOf(t, own)
		arrived := func() (r staff.Roster) {
			t.Helper()
			receive(t, book, own)
			kept, err := book.Kept(ctx, staff.FeedKind)
			intaketest.Check(t, err)
			if len(kept) == 0 {
				return r
			}
			if len(kept) > 1 {
				t.Errorf("%d rosters are kept in the book", len(kept))
			}
			r, err = staff.Open(kept[0].Body, own.Answer.PortalKey, "28807")
			intaketest.Check(t, err)
			return r
		}
		listed(t, p, func(tx *store.Tx) error { return tx.AddStaff("28807", member("m-1", "chi.lan", staff.Clerk)) })
		if n, err := p.Register.RefreshRosters(ctx); err != nil || n != 0 || arrived().Version != 0 {
			t.Fatalf("a roster travels that nobody published: %d, %v", n, err)
		}
		first, published, err := p.Register.PublishRoster(ctx, "28807")
		if err != nil || !published || arrived().Version != first.Version {
			t.Fatalf("%+v %v %v", first, published, err)
		}
		if _, published, err = p.Register.PublishRoster(ctx, "28807"); err != nil || published {
			t.Fatalf("nothing changed: %v %v", published, err)
		}
		file, same, err := p.Register.SignedRoster(ctx, "28807")
		if err != nil || same.Version != first.Version {
			t.Fatalf("the stick's roster is another one: %+v, %v", same, err)
		}
		if _, err := staff.Open(file, own.Answer.PortalKey, "28807"); err != nil {
			t.Fatal(err)
		}
		listed(t, p, func(tx *store.Tx) error { return tx.AddStaff("28807", member("m-2", "anh.ba", staff.Head)) })
		listed(t, p, func(tx *store.Tx) error { return tx.RemoveStaff("28807", "m-1") })
		if n, err := p.Register.RefreshRosters(ctx); err != nil || n != 1 {
			t.Fatalf("%d, %v", n, err)
		}
		second := arrived()
		if _, still := second.ByID("m-1"); still || len(second.Members) != 1 || second.Version <= first.Version {
			t.Fatalf("who was taken off is still on: %+v", second)
		}
		if n, err := p.Register.RefreshRosters(ctx); err != nil || n != 0 {
			t.Fatalf("again without a change: %d, %v", n, err)
		}
		for _, item := range other.Drain(t) {
			if item.Kind == staff.FeedKind {
				t.Fatal("another commune reads the roster")
			}
		}
		if _, err := staff.Open(file, own.Answer.PortalKey, "28810"); !errors.Is(err, staff.ErrOtherOffice) {
			t.Fatalf("another commune uses the roster: %v", err)
		}
	})
}

func bookOf(t *testing.T, office *intaketest.Office) *ledger.Book {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "office")
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir})
	intaketest.Check(t, err)
	book, err := ledger.Open(t.Context(), dir, keys, ledger.Options{})
	intaketest.Check(t, err)
	t.Cleanup(func() { book.Close() })
	a := office.Answer
	intaketest.Check(t, book.SetIdentity(t.Context(), ledger.Identity{Device: a.Device, Book: a.Book, Epoch: a.Grant.Epoch, Prefix: a.Grant.SlipPrefix,
		CommuneCode: a.Commune, OfficeName: a.Office, PortalKey: a.PortalKey, Generation: a.Generation, FeedEpoch: a.Feed.Epoch}))
	intaketest.Check(t, book.ResetFeed(t.Context(), a.Feed))
	return book
}

// receive takes the feed down.
func receive(t *testing.T, book *ledger.Book, office *intaketest.Office) {
	t.Helper()
	at, err := book.Cursor(t.Context())
	intaketest.Check(t, err)
	items := office.Drain(t)
	if len(items) == 0 {
		return
	}
	_, err = book.Receive(t.Context(), syncproto.FeedPage{Commune: office.Answer.Commune, Epoch: at.Epoch, From: at.Pos, To: office.Cursor.Pos, Items: items}, []byte("raw"))
	intaketest.Check(t, err)
}

// TestWhoWasTakenOffStaysOff: a portal put back from a backup of before learns the removal from a machine.
func TestWhoWasTakenOffStaysOff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		p := intaketest.NewProvince(t, o)
		ctx := t.Context()
		office := p.Enrol(t, commune, "xã Giao Long")
		listed(t, p, func(tx *store.Tx) error { return tx.AddStaff(commune, member("m-1", "chi.lan", staff.Clerk)) })
		listed(t, p, func(tx *store.Tx) error { return tx.AddStaff(commune, member("m-2", "anh.ba", staff.Clerk)) })
		before, _, err := p.Register.PublishRoster(ctx, commune)
		intaketest.Check(t, err)
		office.Drain(t)

		// What the portal signed after the backup and forgot: m-1 off, m-2 head, m-3 new.
		lost := staff.Roster{Commune: commune, Version: before.Version + 1000, Issued: before.Issued + 60_000,
			Members: []staff.Member{member("m-2", "anh.ba", staff.Head), member("m-3", "co.tu", staff.Post)}}
		file, err := staff.Sign(lost, p.Register.Keys.Receipt)
		intaketest.Check(t, err)
		page, err := syncproto.SealFeedPage(syncproto.FeedPage{Commune: commune, Epoch: office.Answer.Generation, From: office.Cursor.Pos, To: office.Cursor.Pos + 1,
			Items: []syncproto.FeedItem{{Pos: office.Cursor.Pos + 1, Kind: staff.FeedKind, Key: staff.FeedKey, Body: file}}}, p.Register.Keys.Receipt, nil)
		intaketest.Check(t, err)
		office.Cursor.Pos++
		for range 2 { // twice is once
			_, err = office.Sync(t, syncproto.SyncRequest{Echo: []syncproto.SealedPage{page}, Feed: &syncproto.FeedAsk{Cursor: office.Cursor}})
			intaketest.Check(t, err)
		}
		if n, err := p.Register.RefreshRosters(ctx); err != nil || n != 0 {
			t.Errorf("the list and the roster disagree: %d, %v", n, err)
		}
		intaketest.Check(t, p.DB.Read(ctx, func(tx *store.Tx) error {
			file, err := tx.RosterInFeed(commune)
			intaketest.Check(t, err)
			public, _ := p.Register.Keys.Receipt.Public().(ed25519.PublicKey)
			now, err := staff.Open(file, public, commune)
			if err != nil || now.Version != lost.Version || !now.Same(lost) {
				t.Errorf("%+v, %v", now, err)
			}
			list, err := tx.Staff(commune, true)
			for _, m := range list {
				if (m.RemovedAt != 0) != (m.ID == "m-1") {
					t.Errorf("%s: removed %d", m.ID, m.RemovedAt)
				}
			}
			return err
		}))
		// an older one changes nothing
		intaketest.Check(t, p.DB.Write(ctx, func(tx *store.Tx) error {
			return tx.TakeBackStaff(staff.Roster{Commune: commune, Version: 1, Issued: 1})
		}))
		if n, err := p.Register.RefreshRosters(ctx); err != nil || n != 0 {
			t.Errorf("an old roster took people off: %d, %v", n, err)
		}
	})
}
