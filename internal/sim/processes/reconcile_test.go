package processes

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/portal/store"
	"bendo/portal/store/storetest"
)

type sheet struct {
	Day    string
	Root   string
	Counts struct {
		Filed    int
		Left     int
		Complete int
	}
}

type differences struct {
	Differences []struct{ Slip, What string }
}

// TestSmokeReconcile compares a day at both ends: equal roots when everything arrived, every planted
// difference named by both.
func TestSmokeReconcile(t *testing.T) {
	t.Parallel() // it waits more than it works
	t.Run("sqlite", func(t *testing.T) { reconciled(t) })
	t.Run("postgres", func(t *testing.T) { reconciled(t, "--database", storetest.Postgres(t)) })
}

func reconciled(t *testing.T, database ...string) {
	l := newLab(t, database...)
	l.enrol(l.address)
	dir := filepath.Join(t.TempDir(), "odd")
	for _, f := range oddFolders() {
		f.write(t, dir)
	}
	filed := l.file(dir).Filed
	day := time.Now().UTC().Add(7 * time.Hour).Format(time.DateOnly)
	before := l.sheetOf("agent")
	if before.Counts.Filed != len(filed) || before.Counts.Left != 0 || before.Day != day {
		t.Fatalf("%d were filed, the sheet says %+v", len(filed), before)
	}
	l.sheetOf("portal")
	if d := l.against("agent", 1); len(d.Differences) != len(filed) || d.Differences[0].What != "only_here" {
		t.Fatalf("nothing was sent, and the differences are %+v", d)
	}
	l.sync()
	office, province := l.sheetOf("agent"), l.sheetOf("portal")
	if office.Root != province.Root || office.Counts != province.Counts || office.Counts.Complete != len(filed) || office.Root == before.Root {
		t.Fatalf("everything arrived; the office says %+v, the province %+v", office, province)
	}
	for _, program := range []string{"agent", "portal"} {
		if d := l.against(program, 0); len(d.Differences) != 0 {
			t.Fatalf("%s names differences where there are none: %+v", program, d)
		}
	}
	for _, file := range []string{"agent", "portal"} { // signed sheets by themselves
		r, err := l.run("", nil, "agent", "reconcile", "--check", filepath.Join(l.dir, file+".sheet"))
		l.check(err)
		if r.code != 0 {
			t.Fatalf("the sheet of %s: %v", file, r)
		}
	}
	// A dossier that the province loses is named by both sides.
	lost := l.loseOne()
	l.sheetOf("portal")
	if d := l.against("agent", 1); len(d.Differences) != 1 || d.Differences[0].Slip != lost || d.Differences[0].What != "only_here" {
		t.Fatalf("the province lost %s: %+v", lost, d)
	}
	l.sheetOf("agent")
	if d := l.against("portal", 1); len(d.Differences) != 1 || d.Differences[0].Slip != lost || d.Differences[0].What != "only_there" {
		t.Fatalf("the province lost %s: %+v", lost, d)
	}
}

// sheetOf keeps what a side prints as DIR/PROGRAM.sheet.
func (l *lab) sheetOf(program string) sheet {
	l.t.Helper()
	args := []string{"reconcile", "--json"}
	if program == "portal" {
		args = append(args, "--commune", commune)
	}
	var raw json.RawMessage
	l.must("", &raw, program, args...)
	l.check(os.WriteFile(filepath.Join(l.dir, program+".sheet"), raw, 0o600))
	var both struct {
		sheet
		Sheets []sheet
	}
	l.check(json.Unmarshal(raw, &both))
	if len(both.Sheets) == 1 {
		return both.Sheets[0]
	}
	return both.sheet
}

// against compares a side with the sheet the other one printed last.
func (l *lab) against(program string, code int) (d differences) {
	l.t.Helper()
	args := []string{"reconcile", "--json", "--against"}
	if program == "portal" {
		args = append(args, filepath.Join(l.dir, "agent.sheet"), "--commune", commune)
	} else {
		args = append(args, filepath.Join(l.dir, "portal.sheet"))
	}
	r, err := l.run("", nil, program, l.at(program, args...)...)
	l.check(err)
	if r.code != code || code == 1 && !strings.Contains(string(r.log), "differences between") {
		l.t.Fatalf("%s against the other side: %v", program, r)
	}
	l.check(oneValue(r.out, &d))
	return d
}

// loseOne takes a dossier out of the province's events behind its back.
func (l *lab) loseOne() (slip string) {
	l.t.Helper()
	ctx := context.Background()
	db, err := l.openStore(ctx)
	l.check(err)
	defer db.Close()
	l.check(db.Write(ctx, func(tx *store.Tx) error {
		cases, err := tx.Cases(commune)
		if err != nil {
			return err
		}
		slip = string(cases[0].Slip)
		_, err = tx.Exec("DELETE FROM events WHERE commune = ? AND dossier = ?", commune, cases[0].ID[:])
		return err
	}))
	return slip
}
