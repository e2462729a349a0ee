package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }

const commune = "28807"

func write(t testing.TB, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, db *store.DB, fn func(*store.Tx) error) {
	t.Helper()
	if err := db.Read(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func id(n byte) (b [16]byte) { b[0], b[15] = 0x11, n; return b }

func TestRollbackLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		wish := errors.New("no")
		err := db.Write(context.Background(), func(tx *store.Tx) error {
			if err := tx.AddUser(store.User{Name: "lan", Office: commune, Role: store.Officer, Hash: "x"}); err != nil {
				return err
			}
			return wish
		})
		if !errors.Is(err, wish) {
			t.Fatalf("got %v", err)
		}
		read(t, db, func(tx *store.Tx) error {
			if _, err := tx.FindUser("lan"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the user is there after a rollback: %v", err)
			}
			return nil
		})
	})
}

func TestReopenKeepsEverythingAndRefusesOtherKeys(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		first, err := store.Open(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		var generation uint64
		write(t, first, func(tx *store.Tx) (err error) { generation, err = tx.Generation(); return err })
		first.Close()
		second := storetest.Open(t, o)
		write(t, second, func(tx *store.Tx) error {
			again, err := tx.Generation()
			if again != generation {
				t.Errorf("generation %d became %d", generation, again)
			}
			next, _ := tx.NewGeneration(store.Begun{Cause: store.CauseCommand})
			if next <= generation {
				t.Errorf("generation fell from %d to %d", generation, next)
			}
			return err
		})
		o.Keeper = storetest.Keeper(t)
		if stranger, err := store.Open(context.Background(), o); err == nil {
			stranger.Close()
			t.Error("opened with another portal's keys")
		}
	})
}

func TestStartsAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		var wait sync.WaitGroup
		for range 4 {
			wait.Go(func() {
				db, err := store.Open(context.Background(), o)
				if err != nil {
					t.Error(err)
					return
				}
				db.Close()
			})
		}
		wait.Wait()
	})
}

func TestFeedPositionsAreGaplessUnderContention(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		var wait sync.WaitGroup
		for w := range 4 {
			wait.Go(func() {
				for i := range 10 {
					if err := db.Write(context.Background(), func(tx *store.Tx) error {
						_, err := tx.AppendFeed(commune, syncproto.FeedOutcome, "", fmt.Appendf(nil, "%d/%d", w, i))
						return err
					}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wait.Wait()
		read(t, db, func(tx *store.Tx) error {
			items, head, err := tx.FeedAfter(commune, 0, 100)
			if head != 40 || len(items) != 40 {
				t.Errorf("head %d, %d items", head, len(items))
			}
			seen := map[string]bool{}
			for i, item := range items {
				if item.Pos != uint64(i+1) || seen[string(item.Body)] {
					t.Errorf("item %d at %d: %s", i, item.Pos, item.Body)
				}
				seen[string(item.Body)] = true
			}
			return err
		})
	})
}

func TestFeedCompactsByKeyAndNeverReturnsAPosition(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		write(t, db, func(tx *store.Tx) error {
			for _, item := range []struct{ key, body string }{{"a", "1"}, {"", "2"}, {"a", "3"}} {
				if _, err := tx.AppendFeed(commune, syncproto.FeedObject, item.key, []byte(item.body)); err != nil {
					return err
				}
			}
			return nil
		})
		read(t, db, func(tx *store.Tx) error {
			items, head, err := tx.FeedAfter(commune, 0, 10)
			if head != 3 || len(items) != 2 || string(items[0].Body) != "2" || items[1].Pos != 3 {
				t.Errorf("head %d, items %v", head, items)
			}
			return err
		})
	})
}

func blobRef(content []byte) syncproto.BlobRef {
	return syncproto.BlobRef{SHA256: sha256.Sum256(content), Length: int64(len(content)), MIME: "image/jpeg", Role: "scan:tk"}
}

func TestBlobAppends(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		content := bytes.Repeat([]byte("scan of a birth certificate "), 4000)
		ref, book, which := blobRef(content), syncproto.BookID(id(9)), syncproto.DossierID(id(1))
		write(t, db, func(tx *store.Tx) error { return tx.ExpectBlob(commune, which, book, ref) })
		send := func(session uint64, offset, n int64) (a store.Appended) {
			t.Helper()
			write(t, db, func(tx *store.Tx) (err error) {
				a, _, err = tx.Append(commune, which, ref.SHA256, session, offset, content[offset:min(offset+n, ref.Length)])
				return err
			})
			return a
		}
		steps := []struct {
			name               string
			session            uint64
			offset, n          int64
			wantOffset         int64
			wantSession        uint64
			complete, restarts bool
		}{
			{"first piece", 5, 0, 10000, 10000, 5, false, false},
			{"the same piece again: the answer was lost", 5, 0, 10000, 10000, 5, false, false},
			{"a wrong offset is corrected", 5, 30000, 10, 10000, 5, false, false},
			{"a newer session takes over", 7, 10000, 20000, 30000, 7, false, false},
			{"the ghost of the older one writes nothing", 5, 30000, 10, 30000, 7, false, false},
			{"the rest completes", 7, 30000, ref.Length, ref.Length, 7, true, false},
			{"complete stays complete", 8, 0, 10, ref.Length, 8, true, false},
		}
		for _, s := range steps {
			got := send(s.session, s.offset, s.n)
			if got.Offset != s.wantOffset || got.Session != s.wantSession || got.Complete != s.complete || got.Restarted != s.restarts {
				t.Fatalf("%s: %+v", s.name, got)
			}
		}
		read(t, db, func(tx *store.Tx) error {
			b, err := tx.FindBlob(commune, which, ref.SHA256)
			if err != nil {
				return err
			}
			var back bytes.Buffer
			if err := db.ReadBlob(context.Background(), b, &back); err != nil {
				return err
			}
			if !bytes.Equal(back.Bytes(), content) {
				t.Error("the scan came back different")
			}
			return nil
		})
	})
}

func TestBlobWithWrongBytesStartsAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		content := []byte("what was signed")
		ref, book, which := blobRef(content), syncproto.BookID(id(9)), syncproto.DossierID(id(1))
		write(t, db, func(tx *store.Tx) error { return tx.ExpectBlob(commune, which, book, ref) })
		for _, step := range []struct {
			bytes            string
			offset           int64
			restarted, whole bool
		}{{"what was sent!!", 0, true, false}, {"what was signed", 0, false, true}} {
			write(t, db, func(tx *store.Tx) error {
				got, _, err := tx.Append(commune, which, ref.SHA256, 1, step.offset, []byte(step.bytes))
				if got.Restarted != step.restarted || got.Complete != step.whole {
					t.Errorf("%q: %+v", step.bytes, got)
				}
				return err
			})
		}
	})
}

func TestBlobFileLostOrTornAfterTheRow(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		content := bytes.Repeat([]byte("x"), 1000)
		ref, book, which := blobRef(content), syncproto.BookID(id(9)), syncproto.DossierID(id(1))
		write(t, db, func(tx *store.Tx) error { return tx.ExpectBlob(commune, which, book, ref) })
		write(t, db, func(tx *store.Tx) error {
			_, _, err := tx.Append(commune, which, ref.SHA256, 1, 0, content[:400])
			return err
		})
		if err := os.RemoveAll(o.Blobs); err != nil {
			t.Fatal(err)
		}
		write(t, db, func(tx *store.Tx) error {
			got, _, err := tx.Append(commune, which, ref.SHA256, 1, 400, content[400:])
			if !got.Restarted || got.Offset != 0 {
				t.Errorf("a lost file was not noticed: %+v", got)
			}
			return err
		})
		// What lies behind the counted bytes is the rest of a cut append.
		write(t, db, func(tx *store.Tx) error {
			_, _, err := tx.Append(commune, which, ref.SHA256, 1, 0, content[:400])
			return err
		})
		rolled := errors.New("the power went after the bytes and before the row")
		err := db.Write(context.Background(), func(tx *store.Tx) error {
			if _, _, err := tx.Append(commune, which, ref.SHA256, 1, 400, content[400:900]); err != nil {
				return err
			}
			return rolled
		})
		if !errors.Is(err, rolled) {
			t.Fatal(err)
		}
		write(t, db, func(tx *store.Tx) error {
			got, _, err := tx.Append(commune, which, ref.SHA256, 2, 400, content[400:])
			if !got.Complete {
				t.Errorf("after a cut append: %+v", got)
			}
			return err
		})
	})
}

func TestCopyStaysInsideOneBook(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		content := bytes.Repeat([]byte("card"), 100)
		ref, mine, other := blobRef(content), syncproto.BookID(id(9)), syncproto.BookID(id(8))
		write(t, db, func(tx *store.Tx) error {
			for n, book := range []syncproto.BookID{mine, mine, other} { // the first has its bytes
				if err := tx.ExpectBlob(commune, id(byte(n)), book, ref); err != nil {
					return err
				}
			}
			_, _, err := tx.Append(commune, id(0), ref.SHA256, 1, 0, content)
			return err
		})
		for n, book := range map[byte]syncproto.BookID{1: mine, 2: other} {
			write(t, db, func(tx *store.Tx) error {
				e := syncproto.Event{Header: syncproto.Header{ID: id(n), Dossier: id(n), Blobs: []syncproto.BlobRef{ref}}}
				sheaf, err := tx.OpenSheaf(commune, book, []syncproto.Event{e})
				if err != nil {
					return err
				}
				if copied, err := sheaf.ExpectBlob(id(n), ref); err != nil || copied != (book == mine) {
					t.Errorf("dossier %d: copied %v, %v", n, copied, err)
				}
				return sheaf.Save()
			})
		}
	})
}

func TestTriesAreKept(t *testing.T) {
	clock := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	storetest.Each(t, func(t *testing.T, o store.Options) {
		now := clock
		o.Now = func() time.Time { return now }
		hard := store.Limit{Free: 5, Window: time.Hour, Hard: true}
		db, err := store.Open(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 5 {
			write(t, db, func(tx *store.Tx) error {
				until, err := tx.Fail("slip", "1", hard)
				if (until > 0) != (i == 4) {
					t.Errorf("try %d: until %d", i, until)
				}
				return err
			})
		}
		db.Close()
		db = storetest.Open(t, o) // a restart forgives nobody
		blocked := func() (until int64) {
			read(t, db, func(tx *store.Tx) (err error) { until, err = tx.Blocked("slip", "1"); return err })
			return until
		}
		if blocked() == 0 {
			t.Error("the restart forgave")
		}
		now = now.Add(time.Hour)
		if blocked() != 0 {
			t.Error("still blocked after the window")
		}
		soft := store.Limit{Free: 2, Window: time.Hour, Longest: time.Minute}
		var waits []int64
		for range 12 {
			write(t, db, func(tx *store.Tx) error {
				until, err := tx.Fail("sign-in", "lan", soft)
				waits = append(waits, max(0, until-now.UnixMilli())/1000)
				return err
			})
		}
		if fmt.Sprint(waits) != "[0 0 1 2 4 8 16 32 60 60 60 60]" {
			t.Errorf("waits %v", waits)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
		o.Now = func() time.Time { return now }
		db := storetest.Open(t, o)
		token := []byte("0123456789abcdef")
		write(t, db, func(tx *store.Tx) error {
			if err := tx.AddUser(store.User{Name: "lan", Office: commune, Role: store.Officer, Hash: "x"}); err != nil {
				return err
			}
			if err := tx.AddUser(store.User{Name: "lan", Office: "1", Role: store.IT, Hash: "y"}); !errors.Is(err, store.ErrExists) {
				t.Errorf("second user of a name: %v", err)
			}
			return tx.PutSession(token, "lan")
		})
		find := func() error {
			return db.Read(context.Background(), func(tx *store.Tx) error { _, _, err := tx.FindSession(token); return err })
		}
		now = now.Add(29 * time.Minute)
		if err := find(); err != nil {
			t.Errorf("in use: %v", err)
		}
		now = now.Add(2 * time.Minute)
		if err := find(); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after idling: %v", err)
		}
	})
}

func TestDevicesAndPrefixes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		seen := map[string]bool{}
		for n := range byte(20) {
			write(t, db, func(tx *store.Tx) error {
				d, err := tx.AddDevice(store.Device{ID: id(n), Commune: commune, Book: id(n), PublicKey: make([]byte, 32)})
				if err != nil {
					return err
				}
				if seen[d.SlipPrefix] || len(d.SlipPrefix) != 5 {
					t.Errorf("prefix %q", d.SlipPrefix)
				}
				seen[d.SlipPrefix] = true
				if d, err = tx.GrantEpoch(d); d.Epoch != 2 || seen[d.SlipPrefix] {
					t.Errorf("second epoch %+v", d)
				}
				seen[d.SlipPrefix] = true
				return err
			})
		}
	})
}

func TestSlipIndexRefusesASecondDossier(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		slip, _ := dossier.NewSlip("12345", 7)
		write(t, db, func(tx *store.Tx) error {
			if err := tx.PutCase(commune, id(9), dossier.State{ID: id(1), Slip: slip, Procedure: "1.001193"}, store.Card{Applicant: "Lan"}); err != nil {
				return err
			}
			taken, err := tx.SlipTaken(commune, slip, id(2))
			if !taken {
				t.Error("the number is not seen as taken")
			}
			if taken, _ := tx.SlipTaken(commune, slip, id(1)); taken {
				t.Error("a dossier collides with itself")
			}
			return err
		})
		err := db.Write(context.Background(), func(tx *store.Tx) error {
			return tx.PutCase(commune, id(9), dossier.State{ID: id(2), Slip: slip}, store.Card{})
		})
		if err == nil {
			t.Error("two dossiers on one number")
		}
		read(t, db, func(tx *store.Tx) error {
			c, err := tx.FindCaseBySlip(commune, slip)
			if c.Card.Applicant != "Lan" || c.ID != id(1) {
				t.Errorf("case %+v", c)
			}
			if _, err := tx.FindCase("99999", id(1)); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("another commune sees it: %v", err)
			}
			all, err2 := tx.Cases("")
			if len(all) != 1 || all[0].Commune != commune {
				t.Errorf("all cases %+v", all)
			}
			return errors.Join(err, err2)
		})
	})
}

func TestRebuildFoldsOldCasesAgain(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		slip, _ := dossier.NewSlip("12345", 7)
		payload := dossier.SubmittedPayload{Procedure: "1.001193", Pack: "p", Slip: slip, Channel: dossier.ChannelKiosk, Handover: dossier.HandoverAtSubmit,
			Answers: []byte("{}"), Applicant: dossier.Person{FullName: "Lan", CitizenID: "086199000777"}, Components: []dossier.Component{}}
		e, err := dossier.Submit(payload, id(1), dossier.Meta{Event: id(5), At: 1})
		if err != nil {
			t.Fatal(err)
		}
		write(t, db, func(tx *store.Tx) error {
			if err := tx.PutEvent(commune, store.StoredEvent{Event: e, Author: dossier.Book(id(9)), ReceivedAt: tx.Now, State: store.StateFolded}); err != nil {
				return err
			}
			if err := tx.PutCase(commune, id(9), dossier.State{ID: id(1), Slip: slip, Procedure: "1.001193"}, store.Card{}); err != nil {
				return err
			}
			_, err := tx.Exec("UPDATE cases SET fold_version = 0")
			return err
		})
		for _, want := range []int{1, 0} {
			if n, err := db.Rebuild(context.Background()); err != nil || n != want {
				t.Errorf("rebuilt %d, %v, want %d", n, err, want)
			}
		}
		read(t, db, func(tx *store.Tx) error {
			c, err := tx.FindCase(commune, id(1))
			if c.State != string(dossier.Registered) || c.Card.Applicant != "Lan" {
				t.Errorf("case %+v", c)
			}
			return err
		})
	})
}

func TestJournalShowsTampering(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		db := storetest.Open(t, o)
		var wait sync.WaitGroup
		for range 6 {
			wait.Go(func() {
				if err := db.Write(context.Background(), func(tx *store.Tx) error { return tx.Note(commune, "lan", store.Viewed, id(1)) }); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		journal := func() (n int, err error) {
			err = db.Read(context.Background(), func(tx *store.Tx) error {
				lines, err := tx.Journal(commune)
				n = len(lines)
				return err
			})
			return n, err
		}
		if n, err := journal(); n != 6 || err != nil {
			t.Fatalf("%d lines, %v", n, err)
		}
		for _, harm := range []string{"UPDATE journal SET who = 'hoa' WHERE n = 4", "DELETE FROM journal WHERE n = 2"} {
			write(t, db, func(tx *store.Tx) error { _, err := tx.Exec(harm); return err })
			if _, err := journal(); !errors.Is(err, store.ErrJournal) {
				t.Errorf("%s: %v", harm, err)
			}
		}
	})
}
