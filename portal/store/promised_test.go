package store_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

// promise notes a delivery of one dossier in the way a batch does.
func promise(tx *store.Tx, which syncproto.DossierID, event byte, book syncproto.BookID, refs ...syncproto.BlobRef) error {
	e := syncproto.Event{Header: syncproto.Header{ID: id(event), Epoch: 1, Seq: 1, Type: "submitted", Dossier: which, Blobs: refs}}
	for _, ref := range refs { // other scans, another payload
		e.Payload = append(e.Payload, ref.SHA256[:]...)
	}
	sheaf, err := tx.OpenSheaf(commune, book, []syncproto.Event{e})
	if err != nil {
		return err
	}
	sheaf.PutEvent(store.StoredEvent{Event: e, State: store.StateFolded, ReceivedAt: tx.Now})
	for _, ref := range refs {
		if _, err := sheaf.ExpectBlob(which, ref); err != nil {
			return err
		}
	}
	sheaf.PutSubmission(store.Submission{Dossier: which, Event: id(event), ReceivedAt: tx.Now}, refs)
	return sheaf.Save()
}

func rowsOfScans(t *testing.T, db *store.DB) (n int64) {
	t.Helper()
	read(t, db, func(tx *store.Tx) error { return tx.Row("SELECT count(*) FROM blobs", nil, &n) })
	return n
}

// A scan has a row from its first byte on; until then its delivery's row says the same of it.
func TestPromisedScans(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		which, book := syncproto.DossierID(id(1)), syncproto.BookID(id(9))
		one, two, three := []byte("first scan"), []byte("second scan, longer"), []byte("third")
		a, b, c := blobRef(one), blobRef(two), blobRef(three)
		write(t, db, func(tx *store.Tx) error { return promise(tx, which, 1, book, a, b, a) })
		longer := a
		longer.Length++ // the first promise fixes the length
		write(t, db, func(tx *store.Tx) error { return promise(tx, which, 2, book, longer, c) })
		// The same event id with other bytes: its delivery stands already, its scan gets a row.
		d := blobRef([]byte("fourth"))
		write(t, db, func(tx *store.Tx) error { return promise(tx, which, 2, book, d) })
		if n := rowsOfScans(t, db); n != 1 {
			t.Errorf("%d rows before the first byte, want 1", n)
		}
		read(t, db, func(tx *store.Tx) error {
			for _, want := range []syncproto.BlobRef{a, b, c, d} {
				got, err := tx.FindBlob(commune, which, want.SHA256)
				if err != nil || got.Ref != want || got.Book != book || got.Size != 0 || got.Complete() || got.Commune != commune || got.Dossier != which {
					t.Errorf("%+v, %v; want %+v", got, err, want)
				}
			}
			if _, err := tx.FindBlob(commune, which, syncproto.Digest{1}); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("a scan nobody named: %v", err)
			}
			all, err := tx.BlobsOf(commune, which)
			if err != nil || len(all) != 4 {
				t.Errorf("scans %+v, %v", all, err)
			}
			return nil
		})
		// I9: complete is what every scan of the delivery is there for, and never before.
		for i, scan := range [][]byte{two, one, three} {
			var complete []store.Submission
			write(t, db, func(tx *store.Tx) (err error) {
				if _, _, err = tx.Append(commune, which, blobRef(scan).SHA256, 1, 0, scan); err != nil {
					return err
				}
				complete, err = tx.NewlyComplete(commune, which)
				return err
			})
			if len(complete) != i {
				t.Errorf("after %d scans %d deliveries are complete", i+1, len(complete))
			}
			overlooked(t, db, i > 0)
		}
		if n := rowsOfScans(t, db); n != 4 {
			t.Errorf("%d rows at the end", n)
		}
	})
}

func overlooked(t *testing.T, db *store.DB, want bool) {
	t.Helper()
	read(t, db, func(tx *store.Tx) error {
		list, err := tx.Overlooked(db.Now().UnixMilli()+1, 10)
		if err != nil || len(list) > 0 != want {
			t.Errorf("overlooked %+v, %v; want some: %v", list, err, want)
		}
		return nil
	})
}

// Rows of a database from before the promises: every scan has its row.
func TestDeliveriesFromBeforeThePromises(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		which, book, scan := syncproto.DossierID(id(1)), syncproto.BookID(id(9)), []byte("a scan")
		write(t, db, func(tx *store.Tx) error {
			if err := promise(tx, which, 1, book, blobRef(scan)); err != nil {
				return err
			}
			if err := tx.ExpectBlob(commune, which, book, blobRef(scan)); err != nil {
				return err
			}
			_, err := tx.Exec("UPDATE submissions SET promised = NULL")
			return err
		})
		overlooked(t, db, false)
		write(t, db, func(tx *store.Tx) error {
			if got, err := tx.NewlyComplete(commune, which); err != nil || len(got) != 0 {
				t.Errorf("%+v, %v", got, err)
			}
			_, _, err := tx.Append(commune, which, blobRef(scan).SHA256, 1, 0, scan)
			return err
		})
		overlooked(t, db, true)
	})
}

// Two sessions bring the first piece of a scan at one moment: neither tears the other's bytes.
func TestTwoFirstPiecesAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		book := syncproto.BookID(id(9))
		for round := range byte(10) {
			which, scan := syncproto.DossierID(id(round)), bytes.Repeat([]byte{'a', round}, 3000)
			ref := blobRef(scan)
			write(t, db, func(tx *store.Tx) error { return promise(tx, which, round, book, ref) })
			var group sync.WaitGroup
			for session := range uint64(4) {
				group.Go(func() {
					if err := db.Take(context.Background(), func(tx *store.Tx) error {
						_, _, err := tx.Append(commune, which, ref.SHA256, session+1, 0, scan[:1000*(session+1)])
						return err
					}); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			var whole bool
			write(t, db, func(tx *store.Tx) error {
				b, err := tx.LockBlob(commune, which, ref.SHA256)
				if err != nil || b.Size == 0 || b.Session != 4 {
					t.Errorf("%+v, %v", b, err)
				}
				got, _, err := tx.Append(commune, which, ref.SHA256, 5, b.Size, scan[b.Size:])
				whole = got.Complete && !got.Restarted
				return err
			})
			if !whole {
				t.Error("the bytes of two sessions were mixed")
			}
		}
	})
}

// I9: two exchanges list a receipt to confirm again; the second must not give it after the first
// found a scan missing.
func TestRecheckOfWhatSomebodyElseLookedAt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		which, scan := syncproto.DossierID(id(1)), []byte("a scan")
		var listed []store.Submission
		write(t, db, func(tx *store.Tx) error { return promise(tx, which, 1, syncproto.BookID(id(9)), blobRef(scan)) })
		write(t, db, func(tx *store.Tx) error {
			if _, _, err := tx.Append(commune, which, blobRef(scan).SHA256, 1, 0, scan); err != nil {
				return err
			}
			complete, err := tx.NewlyComplete(commune, which)
			if err != nil || len(complete) != 1 {
				t.Fatalf("%+v, %v", complete, err)
			}
			if err := tx.CompleteSubmission(complete[0], 1, 1); err != nil {
				return err
			}
			listed, err = tx.SubmissionsOf(commune, which)
			return err
		})
		if err := os.RemoveAll(o.Blobs); err != nil {
			t.Fatal(err)
		}
		for _, who := range []string{"who finds it", "who comes after"} {
			write(t, db, func(tx *store.Tx) error {
				whole, err := tx.Recheck(listed[0])
				if whole {
					t.Errorf("%s says that the scan is there", who)
				}
				return err
			})
		}
	})
}
