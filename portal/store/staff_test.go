package store_test

import (
	"bytes"
	"errors"
	"testing"

	"bendo/internal/staff"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
)

func TestStaff(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		lan := staff.Member{ID: "m-1", Login: "chi.lan", Name: "Nguyễn Thị Lan", Roles: []staff.Role{staff.Clerk}, Until: 9, Verifier: "v"}
		add := func(commune string, m staff.Member) (err error) {
			write(t, db, func(tx *store.Tx) error { err = tx.AddStaff(commune, m); return nil })
			return err
		}
		list := func(removed bool) (list []store.StaffMember) {
			if err := db.Read(t.Context(), func(tx *store.Tx) (err error) { list, err = tx.Staff(commune, removed); return err }); err != nil {
				t.Fatal(err)
			}
			return list
		}
		if err := add(commune, lan); err != nil {
			t.Fatal(err)
		}
		for name, m := range map[string]staff.Member{"login": {ID: "m-2", Login: "chi.lan"}, "id": {ID: "m-1", Login: "chi.hai"}} {
			if err := add(commune, m); !errors.Is(err, store.ErrExists) {
				t.Errorf("the same %s twice: %v", name, err)
			}
		}
		if err := add("28808", lan); err != nil { // another commune's
			t.Fatal(err)
		}
		lan.Name, lan.Roles = "Nguyễn Thị Lan Anh", []staff.Role{staff.Head}
		write(t, db, func(tx *store.Tx) error { return tx.SetStaff(commune, lan) })
		if got := list(false); len(got) != 1 || got[0].Name != lan.Name || got[0].Roles[0] != staff.Head || got[0].Until != 9 || got[0].Verifier != "v" {
			t.Fatalf("%+v", got)
		}
		write(t, db, func(tx *store.Tx) error { return tx.RemoveStaff(commune, "m-1") })
		for _, change := range []func(*store.Tx) error{
			func(tx *store.Tx) error { return tx.RemoveStaff(commune, "m-1") },
			func(tx *store.Tx) error { return tx.SetStaff(commune, lan) },
			func(tx *store.Tx) error { return tx.RemoveStaff(commune, "m-9") },
		} {
			if err := db.Write(t.Context(), change); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("somebody who left was changed: %v", err)
			}
		}
		if got := list(false); len(got) != 0 {
			t.Fatalf("%+v", got)
		}
		if got := list(true); len(got) != 1 || got[0].RemovedAt == 0 || got[0].Name != lan.Name {
			t.Fatalf("who it was is forgotten: %+v", got)
		}
		if err := add(commune, staff.Member{ID: "m-3", Login: "chi.lan"}); err != nil {
			t.Errorf("the name of somebody who left: %v", err)
		}
	})
}

// A roster is in its own commune's feed only, the newest of it, and sealed where it lies.
func TestARosterIsItsCommunesOwn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		write(t, db, func(tx *store.Tx) error { return tx.PublishRoster(commune, []byte("first")) })
		write(t, db, func(tx *store.Tx) error { return tx.PublishRoster(commune, []byte("second")) })
		err := db.Read(t.Context(), func(tx *store.Tx) error {
			file, err := tx.RosterInFeed(commune)
			if err != nil || string(file) != "second" {
				t.Errorf("%q, %v", file, err)
			}
			if file, err = tx.RosterInFeed("28808"); err != nil || file != nil {
				t.Errorf("another commune's: %q, %v", file, err)
			}
			items, _, err := tx.FeedAfter(commune, 0, 10)
			if err != nil || len(items) != 1 || !bytes.Equal(items[0].Body, []byte("second")) || items[0].Kind != staff.FeedKind {
				t.Errorf("the feed: %+v, %v", items, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
