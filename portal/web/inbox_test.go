package web

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bendo/internal/catalog"
	"bendo/internal/dossier"
	"bendo/portal/casework"
	"bendo/portal/store"
	"bendo/portal/store/storetest"
	"bendo/syncproto"
)

// manyCases puts cases straight into the store: how they got there is not looked at.
func manyCases(t testing.TB, db *store.DB, commune string, from, n int) {
	t.Helper()
	for n > 0 {
		some := min(n, 1000)
		err := db.Take(context.Background(), func(tx *store.Tx) error {
			sheaf, err := tx.OpenSheaf(commune, syncproto.BookID{1}, nil)
			if err != nil {
				return err
			}
			for i := from; i < from+some; i++ {
				slip, err := dossier.NewSlip("12345", uint64(i))
				if err != nil {
					return err
				}
				state := dossier.State{Slip: slip, Procedure: "1.001193", Business: dossier.Received, NationalCode: 1}
				binary.BigEndian.PutUint64(state.ID[8:], uint64(i)+1)
				sheaf.PutCase(state, store.Card{Applicant: fmt.Sprintf("Nguyễn Văn Thứ %d", i)})
			}
			return sheaf.Save()
		})
		if err != nil {
			t.Fatal(err)
		}
		from, n = from+some, n-some
	}
}

func inboxServer(t testing.TB, o store.Options) (*server, func(target string) string) {
	db := storetest.Open(t, o)
	h, err := New(Options{DB: db, Work: casework.New(db, casework.Options{})})
	if err != nil || h == nil {
		t.Fatal(err)
	}
	s := &server{db: db, names: newNames()}
	if s.pack, err = catalog.Embedded(); err != nil {
		t.Fatal(err)
	}
	return s, func(target string) string {
		w := httptest.NewRecorder()
		s.inbox(w, httptest.NewRequest("GET", target, nil), casework.Officer{Name: "a", Office: "28807", Role: store.Officer})
		if w.Code != 200 {
			t.Fatalf("%s: %d %s", target, w.Code, w.Body)
		}
		return w.Body.String()
	}
}

// The list is bounded, its counts are not; a search finds old ones, by name, by
// number, and forgets a name that changed.
func TestInboxOfMany(t *testing.T) {
	storetest.Each(t, func(t *testing.T, o store.Options) {
		s, get := inboxServer(t, o)
		manyCases(t, s.db, "28807", 0, 1200)
		manyCases(t, s.db, "28808", 5000, 3)
		if body := get("/api/inbox"); strings.Count(body, `"id"`) != maxRows || !strings.Contains(body, `"all":1200`) || !strings.Contains(body, `"more":true`) {
			t.Errorf("%d rows: %.200s", strings.Count(body, `"id"`), body)
		}
		for _, query := range []string{"thu+7", "THU+700", "khong+ai"} {
			body := get("/api/inbox?q=" + query)
			want := map[string]int{"thu+7": 111, "THU+700": 1, "khong+ai": 0}[query]
			if n := strings.Count(body, `"id"`); n != want {
				t.Errorf("%s: %d rows, want %d", query, n, want)
			}
		}
		slip, err := dossier.NewSlip("12345", 42)
		if err != nil {
			t.Fatal(err)
		}
		if body := get("/api/inbox?q=" + string(slip)); strings.Count(body, `"id"`) != 1 {
			t.Errorf("by number: %.300s", body)
		}
		if body := get("/api/inbox?q=thu+5001"); strings.Count(body, `"id"`) != 0 {
			t.Errorf("another office's: %.300s", body)
		}
		// A correction of the name: the remembered one does not answer for it.
		if err := s.db.Take(context.Background(), func(tx *store.Tx) error {
			var id syncproto.DossierID
			binary.BigEndian.PutUint64(id[8:], 701)
			c, err := tx.LockCase("28807", id)
			if err != nil {
				return err
			}
			return tx.PutCase("28807", c.Book, dossier.State{ID: id, Slip: c.Slip, Procedure: c.Procedure, Business: dossier.Received}, store.Card{Applicant: "Trần Thị Hoa"})
		}); err != nil {
			t.Fatal(err)
		}
		if body := get("/api/inbox?q=thu+700"); strings.Count(body, `"id"`) != 0 {
			t.Errorf("by the old name: %.300s", body)
		}
		if body := get("/api/inbox?q=hoa"); strings.Count(body, `"id"`) != 1 {
			t.Errorf("by the new name: %.300s", body)
		}
	})
}

func TestNamesAreBounded(t *testing.T) {
	n := newNames()
	n.most = 10
	for office := range 5 {
		var cases []store.Case
		for i := range 4 {
			cases = append(cases, store.Case{ID: syncproto.DossierID(bytes.Repeat([]byte{byte(office), byte(i)}, 8))})
		}
		n.learn(fmt.Sprint(office), cases)
	}
	if n.held > n.most || len(n.offices) != 2 || n.offices["4"] == nil || n.offices["3"] == nil {
		t.Errorf("%d names of %d offices", n.held, len(n.offices))
	}
}

// BenchmarkInbox100k: an office with 100,000 dossiers. The first search of a
// process opens every card, the next none.
func BenchmarkInbox100k(b *testing.B) {
	engines := map[string]func() store.Options{
		"sqlite": func() store.Options {
			return store.Options{Dir: b.TempDir(), Blobs: b.TempDir(), Keeper: storetest.Keeper(b)}
		},
		"postgres": func() store.Options {
			return store.Options{Database: storetest.Postgres(b), Blobs: b.TempDir(), Keeper: storetest.Keeper(b)}
		},
	}
	for name, options := range engines {
		b.Run(name, func(b *testing.B) {
			s, get := inboxServer(b, options())
			manyCases(b, s.db, "28807", 0, 100_000)
			began := time.Now()
			get("/api/inbox?q=thu+99999")
			first := time.Since(began)
			for what, target := range map[string]string{"list": "/api/inbox", "search": "/api/inbox?q=thu+4711"} {
				b.Run(what, func(b *testing.B) {
					for b.Loop() {
						get(target)
					}
					b.ReportMetric(float64(first.Milliseconds()), "first-search-ms")
				})
			}
		})
	}
}
