package agent

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"bendo/internal/clock"
	"bendo/internal/journal"
	"bendo/internal/ledger"
	"bendo/internal/seal"
	"bendo/internal/sqlitedb"
	"bendo/syncproto"
)

// wrongOffice is an office on a machine whose clocks the test holds.
func wrongOffice(t *testing.T, r *clock.Reading) *Office {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "d")
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir, KeysDir: dir + ".k"})
	if err != nil {
		t.Fatal(err)
	}
	book, c, err := ledger.OpenClocked(t.Context(), dir, keys, ledger.Options{}, built, func() clock.Reading { return *r })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	return &Office{Dir: dir, Book: book, Keys: keys, Clock: c, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Version: "test"}
}

// I19: a machine that woke in 2036 or 1970 enrols, and knows the time afterwards.
func TestEnrolInAWrongYear(t *testing.T) {
	p := newProvince(t)
	for _, year := range []int{1970, 2036, 2100} {
		o := wrongOffice(t, &clock.Reading{WallMS: time.Date(year, 2, 7, 0, 0, 0, 0, time.UTC).UnixMilli(), MonoMS: 5, Boot: "a"})
		if _, err := o.Enrol(t.Context(), p.URL, p.code(t)); err != nil {
			t.Fatalf("%d: %v", year, err)
		}
		if now, q := o.Clock.Now(); q != clock.Trusted || time.Since(now).Abs() > time.Minute {
			t.Errorf("%d: the clock says %v (%s)", year, now, q)
		}
	}
}

// A jump of more than a day waits for its second answer, which the agent asks for by itself after
// an hour, and not before; meanwhile certificates are judged by it.
func TestSecondAnswer(t *testing.T) {
	p := newProvince(t)
	r := &clock.Reading{WallMS: time.Now().UnixMilli(), MonoMS: 5, Boot: "a"}
	o := wrongOffice(t, r)
	if _, err := o.Enrol(t.Context(), p.URL, p.code(t)); err != nil {
		t.Fatal(err)
	}
	*r = clock.Reading{WallMS: time.Date(2036, 2, 7, 0, 0, 0, 0, time.UTC).UnixMilli(), MonoMS: 5, Boot: "b"}
	if err := o.Clock.Tick(t.Context()); err != nil {
		t.Fatal(err)
	}
	signed := syncproto.TimeAnswer{At: time.Now().UnixMilli(), Serial: 1}
	if err := (timepiece{o.Clock, o.Log}).Observe(t.Context(), signed); err != nil {
		t.Fatalf("the road must go on at once: %v", err)
	}
	if off := time.Since(o.Clock.Handshake()).Abs(); off > time.Minute {
		t.Errorf("certificates are judged %s off", off)
	}
	for _, c := range []struct {
		waited  time.Duration
		quality clock.Quality
	}{{time.Minute, clock.Jumped}, {58 * time.Minute, clock.Jumped}, {2 * time.Minute, clock.Jumped}} {
		r.MonoMS += c.waited.Milliseconds()
		r.WallMS += c.waited.Milliseconds()
		if err := o.secondAnswer(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, q := o.Clock.Now(); q != c.quality {
			t.Errorf("%s later: %s", c.waited, q)
		}
	}
	// The portal's clock did not go on by that hour, so the two answers disagree by it: the first one
	// is replaced and waits anew. With an hour between them at both ends it is believed.
	if rep := o.Clock.Report(); rep.PendingMS == 0 {
		t.Fatalf("nothing waits: %+v", rep)
	}
	if err := o.Clock.ConfirmSigned(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, q := o.Clock.Now(); q != clock.Trusted {
		t.Errorf("after the tap: %s", q)
	}
	p.Close()
	r.MonoMS += 1000
	if err := o.secondAnswer(t.Context()); err != nil {
		t.Errorf("without a line: %v", err)
	}
}

// A journal that ends in the middle, because its writer failed, is not a journal.
func TestExportThatFails(t *testing.T) {
	p := newProvince(t)
	o := enrolled(t, p)
	file(t, o, 1)
	full := &short{left: 700}
	if err := o.Export(t.Context(), full, journal.Full); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a full disk: %v", err)
	}
	c, err := o.CheckBook(t.Context(), func(string) {})
	if err != nil || len(c.Problems) != 0 || c.Events != 1 || c.Unconfirmed != 1 || c.Read != 1 {
		t.Errorf("%+v %v", c, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.CheckBook(ended, func(string) {}); err == nil {
		t.Error("a check that was ended says all is well")
	}
}

// I26: an event that is gone from the middle of the present log is no event of a later epoch.
func TestVerifyMissesALostEvent(t *testing.T) {
	p := newProvince(t)
	o := enrolled(t, p)
	for i := range 3 {
		file(t, o, i+1)
	}
	book, err := sqlitedb.Open(t.Context(), filepath.Join(o.Dir, "book.db"), sqlitedb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close()
	if err := book.Write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), `DELETE FROM event WHERE seq = 2`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if c, err := o.CheckBook(t.Context(), func(string) {}); err != nil || len(c.Problems) == 0 {
		t.Errorf("a book that lost an event is whole: %+v %v", c, err)
	}
}

type short struct{ left int }

func (s *short) Write(p []byte) (int, error) {
	if s.left -= len(p); s.left < 0 {
		return 0, io.ErrShortWrite
	}
	return len(p), nil
}
