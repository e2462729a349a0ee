package queue

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bendo/internal/clock"
	"bendo/internal/sqlitedb"
)

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func openAt(t testing.TB, path string) *Queue {
	t.Helper()
	q, err := Open(context.Background(), path, quiet)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = q.Close() })
	return q
}

func opened(t testing.TB) *Queue { return openAt(t, filepath.Join(t.TempDir(), "queue.db")) }

// at is a moment of the office: 23 November 2026 at hour:minute, and so many days later.
func at(days, hour, minute int, q clock.Quality) Moment {
	office := time.Date(2026, 11, 23+days, hour, minute, 0, 0, officeZone)
	return Moment{At: office, Quality: q, Machine: office}
}

var morning = at(0, 8, 0, clock.Trusted)

func (q *Queue) must(t testing.TB, key, letter string, m Moment) Ticket {
	t.Helper()
	one, err := q.Draw(context.Background(), Request{Key: key, Service: "s_" + letter, Letter: letter}, m)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

// printed draws a number and lets the printer say yes.
func (q *Queue) printed(t testing.TB, key, letter string, m Moment) Ticket {
	t.Helper()
	one := q.must(t, key, letter, m)
	if _, err := q.HandToPrinter(context.Background(), one.ID, 0); err != nil {
		t.Fatal(err)
	}
	one, err := q.Printed(context.Background(), one.ID, m)
	if err != nil || one.State != Valid {
		t.Fatalf("%+v, %v", one, err)
	}
	return one
}

func TestNumbersRunByLetterAndOnceAKey(t *testing.T) {
	q := opened(t)
	for _, c := range []struct{ key, letter, want string }{
		{"k1", "A", "A001"}, {"k2", "A", "A002"}, {"k3", "B", "B001"}, {"k2", "A", "A002"}, {"k4", "A", "A003"}, {"k3", "B", "B001"},
	} {
		if got := q.must(t, c.key, c.letter, morning); got.Label() != c.want || got.State != Drawn || got.Prints != 0 {
			t.Errorf("%s: %s %s, want %s drawn", c.key, got.Label(), got.State, c.want)
		}
	}
	for _, bad := range []Request{{}, {Key: "k", Service: "s"}, {Service: "s", Letter: "A"}, {Key: "k", Letter: "A"}, {Key: "k", Service: "s", Letter: "AB"}} {
		if _, err := q.Draw(t.Context(), bad, morning); err == nil {
			t.Errorf("%+v gave a number", bad)
		}
	}
	if got := (Ticket{Letter: "B", Number: 1204}).Label(); got != "B1204" {
		t.Errorf("a long number is shown as %s", got)
	}
}

// TestAStepOnlyFromWhereItIsAllowed is the table of states: every step from every state.
func TestAStepOnlyFromWhereItIsAllowed(t *testing.T) {
	ctx := t.Context()
	papers := func(q *Queue) int {
		one, err := q.Find(ctx, "k")
		if err != nil {
			t.Fatal(err)
		}
		return one.Prints
	}
	steps := map[string]func(q *Queue, id int64) (Ticket, error){
		"hand":       func(q *Queue, id int64) (Ticket, error) { return q.HandToPrinter(ctx, id, 0) },
		"hand again": func(q *Queue, id int64) (Ticket, error) { return q.HandToPrinter(ctx, id, papers(q)) },
		"printed":    func(q *Queue, id int64) (Ticket, error) { return q.Printed(ctx, id, morning) },
		"not":        func(q *Queue, id int64) (Ticket, error) { return q.NotPrinted(ctx, id, papers(q)) },
		"confirm":    func(q *Queue, id int64) (Ticket, error) { return q.Confirm(ctx, id, morning) },
		"give up":    func(q *Queue, id int64) (Ticket, error) { return q.GiveUp(ctx, id, morning) },
		"call":       func(q *Queue, id int64) (Ticket, error) { return q.Next(ctx, Call{Counter: 9, Ticket: id}, morning) },
		"recall":     func(q *Queue, id int64) (Ticket, error) { return q.Recall(ctx, id) },
		"served":     func(q *Queue, id int64) (Ticket, error) { return q.End(ctx, id, Served, morning) },
		"absent":     func(q *Queue, id int64) (Ticket, error) { return q.End(ctx, id, Absent, morning) },
	}
	ways := map[State][]string{Drawn: {}, Printing: {"hand"}, Valid: {"confirm"}, Void: {"give up"},
		Called: {"confirm", "call"}, Served: {"confirm", "call", "served"}, Absent: {"confirm", "call", "absent"}}
	const refused = State("refused")
	for _, row := range []struct {
		step string
		to   map[State]State
	}{
		{"hand", map[State]State{Drawn: Printing}},
		{"hand again", map[State]State{Drawn: Printing, Printing: Printing}},
		{"printed", map[State]State{Drawn: Valid, Printing: Valid, Valid: Valid, Void: Void, Called: Called, Served: Served, Absent: Absent}},
		{"not", map[State]State{Drawn: Drawn, Printing: Drawn, Valid: Valid, Void: Void, Called: Called, Served: Served, Absent: Absent}},
		{"confirm", map[State]State{Drawn: Valid, Printing: Valid, Valid: Valid, Called: Called, Served: Served, Absent: Absent}},
		{"give up", map[State]State{Drawn: Void, Printing: Void, Valid: Void, Void: Void}},
		{"call", map[State]State{Valid: Called}},
		{"recall", map[State]State{Called: Called}},
		{"served", map[State]State{Called: Served, Served: Served}},
		{"absent", map[State]State{Called: Absent, Absent: Absent}},
	} {
		for from, way := range ways {
			q := opened(t)
			id := q.must(t, "k", "A", morning).ID
			for _, s := range way {
				if _, err := steps[s](q, id); err != nil {
					t.Fatalf("on the way to %s: %s: %v", from, s, err)
				}
			}
			want, allowed := row.to[from]
			if !allowed {
				want = refused
			}
			_, err := steps[row.step](q, id)
			got, findErr := q.Find(ctx, "k")
			if findErr != nil {
				t.Fatal(findErr)
			}
			switch {
			case want == refused && row.step == "call" && from == Called: // the counter has it already
				fallthrough
			case want == refused:
				if !errors.Is(err, ErrMoved) || got.State != from {
					t.Errorf("%s from %s: %v, and it is %s; want it refused", row.step, from, err, got.State)
				}
			case err != nil || got.State != want:
				t.Errorf("%s from %s: %s, %v; want %s", row.step, from, got.State, err, want)
			}
			_ = q.Close()
		}
	}
}

// TestTheWordOnAnEarlierPaperChangesNothing: a second paper is at the printer when the print system says
// that the first failed.
func TestTheWordOnAnEarlierPaperChangesNothing(t *testing.T) {
	q, ctx := opened(t), t.Context()
	id := q.must(t, "k", "A", morning).ID
	for papers := range 2 {
		if _, err := q.HandToPrinter(ctx, id, papers); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := q.HandToPrinter(ctx, id, 1); !errors.Is(err, ErrMoved) {
		t.Fatalf("two taps gave two papers: %v", err)
	}
	if got, err := q.NotPrinted(ctx, id, 1); err != nil || got.State != Printing {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err := q.Handed(ctx, id, 1, "old-1"); err != nil || got.Job != "" {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err := q.NotPrinted(ctx, id, 2); err != nil || got.State != Drawn {
		t.Fatalf("%+v, %v", got, err)
	}
}

func TestOnlyPrinterOrStaffMakeItValid(t *testing.T) {
	q := opened(t)
	one := q.must(t, "k", "A", morning)
	if one.By != "" || one.ValidAt != 0 {
		t.Fatalf("drawn: %+v", one)
	}
	if _, err := q.HandToPrinter(t.Context(), one.ID, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := q.HandToPrinter(t.Context(), one.ID, 0); !errors.Is(err, ErrMoved) {
		t.Fatalf("two callers print one number: %v", err)
	}
	if _, err := q.NotPrinted(t.Context(), one.ID, 1); err != nil {
		t.Fatal(err)
	}
	got, err := q.Confirm(t.Context(), one.ID, at(0, 8, 5, clock.Trusted))
	if err != nil || got.By != ByStaff || got.ValidAt != at(0, 8, 5, 0).At.UnixMilli() || got.Prints != 1 {
		t.Fatalf("%+v, %v", got, err)
	}
	if got, err = q.Printed(t.Context(), one.ID, morning); err != nil || got.By != ByStaff {
		t.Fatalf("the printer's late answer changed who made it valid: %+v, %v", got, err)
	}
	if _, err := q.Confirm(t.Context(), 99, morning); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a number nobody drew: %v", err)
	}
	next := q.must(t, "n", "A", at(1, 8, 0, clock.Trusted))
	old := q.must(t, "k", "A", at(1, 8, 0, clock.Trusted))
	if next.Label() != "A001" || old.Series == next.Series {
		t.Fatalf("%+v, %+v", next, old)
	}
}

func TestYesterdaysNumberIsNotConfirmed(t *testing.T) {
	q := opened(t)
	old := q.must(t, "k", "A", morning)
	q.must(t, "n", "A", at(1, 8, 0, clock.Trusted))
	if _, err := q.Confirm(t.Context(), old.ID, at(1, 8, 0, clock.Trusted)); !errors.Is(err, ErrOver) {
		t.Fatalf("confirmed a day later: %v", err)
	}
	if s, all, err := q.Today(t.Context(), at(2, 7, 0, clock.Trusted)); err != nil || s.ID != 0 || len(all) != 0 {
		t.Fatalf("the third morning, before the first number: %+v, %v, %v", s, all, err)
	}
	if _, err := q.Next(t.Context(), Call{Counter: 1}, at(2, 7, 0, clock.Trusted)); !errors.Is(err, ErrNobody) {
		t.Fatalf("somebody of yesterday was called: %v", err)
	}
	if _, err := q.Find(t.Context(), "x"); !errors.Is(err, ErrNotFound) {
		t.Fatalf("an unknown key: %v", err)
	}
	if s, all, err := q.Today(t.Context(), at(1, 9, 0, clock.Trusted)); err != nil || s.Day != "2026-11-24" || len(all) != 1 {
		t.Fatalf("%+v, %v, %v", s, all, err)
	}
}

func TestCallingInOrderAndOutOfTurn(t *testing.T) {
	q := opened(t)
	ids := map[string]int64{}
	for i, letter := range []string{"A", "B", "A", "B", "A"} {
		one := q.printed(t, fmt.Sprint(i), letter, morning)
		ids[one.Label()] = one.ID
	}
	ids["A004"] = q.must(t, "not printed", "A", morning).ID
	call := func(want string, c Call) {
		t.Helper()
		got, err := q.Next(t.Context(), c, morning)
		if err != nil || got.Label() != want || got.State != Called || got.Counter != c.Counter {
			t.Fatalf("called %s (%+v), %v; want %s", got.Label(), got, err, want)
		}
	}
	refuse := func(want error, c Call) {
		t.Helper()
		if got, err := q.Next(t.Context(), c, morning); !errors.Is(err, want) {
			t.Fatalf("%+v: %s, %v; want %v", c, got.Label(), err, want)
		}
	}
	call("A001", Call{Counter: 1})
	refuse(ErrMoved, Call{Counter: 1})                                      // the second tap of a double tap
	call("B001", Call{Counter: 2, Letters: []string{"B"}})                  // another counter is free
	call("B002", Call{Counter: 1, After: ids["A001"], Ticket: ids["B002"]}) // the officer's choice
	refuse(ErrMoved, Call{Counter: 2, After: ids["B001"], Ticket: ids["B002"]})
	refuse(ErrMoved, Call{Counter: 2, After: ids["B001"], Ticket: ids["A004"]}) // not valid yet
	refuse(ErrNobody, Call{Counter: 2, After: ids["B001"], Letters: []string{"B"}})
	refuse(ErrNotFound, Call{Counter: 2, After: ids["B001"], Ticket: 99})
	if _, err := q.Next(t.Context(), Call{}, morning); err == nil {
		t.Fatal("counter 0 called somebody")
	}
	if one, _ := q.Find(t.Context(), "0"); one.State != Served || one.EndedAt == 0 {
		t.Fatalf("who was there before the next call: %+v", one)
	}
	if one, _ := q.Find(t.Context(), "1"); one.State != Called {
		t.Fatalf("a refused call ended somebody's turn: %+v", one)
	}
	again, err := q.Recall(t.Context(), ids["B002"])
	if err != nil || again.Calls != 2 {
		t.Fatalf("%+v, %v", again, err)
	}
	if _, err := q.End(t.Context(), ids["B002"], Valid, morning); err == nil {
		t.Fatal("a call ended as valid")
	}
	if _, err := q.End(t.Context(), ids["B002"], Absent, morning); err != nil {
		t.Fatal(err)
	}
	call("A002", Call{Counter: 1})
}

func TestSchemaAndForeignFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "queue.db")
	other, err := sqlitedb.Open(t.Context(), path, sqlitedb.Options{ApplicationID: 7})
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Migrate(t.Context(), os.DirFS(writtenSchema(t))); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, quiet); !errors.Is(err, sqlitedb.ErrForeign) {
		t.Fatalf("another room's file: %v", err)
	}
}

func writtenSchema(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "0001_a.sql"), []byte("CREATE TABLE a (b INTEGER) STRICT;"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
