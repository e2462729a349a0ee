package ledger

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"bendo/internal/seal"
	"bendo/internal/staff"
	"bendo/syncproto"
)

func TestANewerRosterStays(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	if file := get(o.RosterFile(ctx))(t); file != nil {
		t.Fatalf("a roster nobody sent: %q", file)
	}
	o.must(o.KeepRoster(ctx, 5, []byte("the fifth")))
	o.must(o.KeepRoster(ctx, 5, []byte("the fifth")))
	wantErr(t, o.KeepRoster(ctx, 4, []byte("the fourth")), staff.ErrOlder)
	o.must(o.KeepRoster(ctx, 6, []byte("the sixth, Canary")))
	o.reopen()
	if file := get(o.RosterFile(ctx))(t); string(file) != "the sixth, Canary" {
		t.Fatalf("%q", file)
	}
	if hits := grep(t, o.dir, []string{"Canary"}); len(hits) > 0 {
		t.Fatalf("a roster lies in the clear: %v", hits)
	}
	o.exec(`UPDATE roster SET version = 7`)
	_, err := o.RosterFile(ctx)
	wantErr(t, err, ErrDamaged)
}

func TestOfTwoKeepersTheNewerWins(t *testing.T) {
	o := openOffice(t)
	var work sync.WaitGroup
	for v := int64(1); v <= 8; v++ {
		work.Go(func() { _ = o.KeepRoster(t.Context(), v, fmt.Appendf(nil, "%d", v)) })
	}
	work.Wait()
	if file := get(o.RosterFile(t.Context()))(t); string(file) != "8" {
		t.Fatalf("%q is kept", file)
	}
}

func try(act StaffAct) StaffNote { return StaffNote{Act: act, Member: "m-1"} }

func TestGuessesAreCountedAndForgiven(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	want := func(login string, own, all int) {
		t.Helper()
		if f := get(o.Failures(ctx, login))(t); f != (staff.Failures{Own: own, All: all}) {
			t.Fatalf("%s: %+v, want %d and %d", login, f, own, all)
		}
	}
	want("a", 0, 0)
	for range 3 {
		get(o.BeginTry(ctx, "a", try(StaffTry)))(t)
	}
	get(o.BeginTry(ctx, "canary-login", StaffNote{Act: StaffTry}))(t)
	o.reopen()
	want("a", 3, 4)
	want("canary-login", 1, 4)
	o.now = o.now.AddDate(10, 0, 0) // no clock takes anything away
	want("a", 3, 4)
	o.must(o.EndTry(ctx, "a", try(StaffSignedIn)))
	want("a", 0, 0)
	want("canary-login", 1, 0) // somebody else's success is not his
	if hits := grep(t, o.dir, []string{"canary-login"}); len(hits) > 0 {
		t.Fatalf("what was typed lies in the clear: %v", hits)
	}
	o.exec(`WITH RECURSIVE s (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < ?)
		INSERT INTO staff_try (subject, failures, n) SELECT CAST('stranger ' || i AS BLOB), 1, 100 + i FROM s`, mostTries+5)
	get(o.BeginTry(ctx, "a", try(StaffTry)))(t)
	want("a", 1, 1)
	want("canary-login", 0, 1) // the longest untouched went
}

// A guess that was begun has counted even when every later write fails.
func TestAGuessCountsBeforeItIsLookedAt(t *testing.T) {
	o := openOffice(t)
	ctx := t.Context()
	for _, w := range []string{"insert staff_try", "insert staff_log"} {
		o.plant(w)
		if _, err := o.BeginTry(ctx, "a", try(StaffTry)); err == nil {
			t.Fatalf("%s not done, and the guess may be looked at", w)
		}
		o.exec(`DROP TRIGGER planted`)
	}
	get(o.BeginTry(ctx, "a", try(StaffTry)))(t)
	for _, w := range []string{"delete staff_try", "insert staff_log"} {
		o.plant(w)
		if err := o.EndTry(ctx, "a", try(StaffSignedIn)); err == nil {
			t.Fatalf("%s not done, and somebody is signed in", w)
		}
		o.exec(`DROP TRIGGER planted`)
		if f := get(o.Failures(ctx, "a"))(t); f.Own != 1 {
			t.Fatalf("%s: %+v", w, f)
		}
	}
}

func TestTheStaffsJournalIsAChain(t *testing.T) {
	for name, c := range map[string]struct{ tamper, finds string }{
		"as it is":          {``, ""},
		"a line is gone":    {`DELETE FROM staff_log WHERE n = 3`, "lines 3 to 3"},
		"the first is gone": {`DELETE FROM staff_log WHERE n = 1`, "lines 1 to 1"},
		"another time":      {`UPDATE staff_log SET at = at + 1 WHERE n = 2`, "line 2 of the staff's journal was changed"},
		"another entry":     {`UPDATE staff_log SET entry = (SELECT entry FROM staff_log WHERE n = 1) WHERE n = 4`, "line 4"},
		"a digest":          {`UPDATE staff_log SET digest = zeroblob(32) WHERE n = 5`, "line 5"},
	} {
		t.Run(name, func(t *testing.T) {
			o := openOffice(t)
			ctx := t.Context()
			o.must(o.NoteStaff(ctx, try(StaffSignedIn), try(StaffLocked), StaffNote{Act: StaffUnlocked, Member: "canary-member"}))
			o.reopen()
			o.must(o.NoteStaff(ctx, StaffNote{Act: StaffLooked, Member: "m-1", Dossier: syncproto.DossierID{9}}, try(StaffSignedOut)))
			wantErr(t, o.NoteStaff(ctx, StaffNote{Act: StaffEnded, Detail: strings.Repeat("x", maxStaffDetail+1)}), ErrUnfit)
			before := get(o.CheckStaffLog(ctx))(t)
			if before.Lines != 5 || before.Head.IsZero() || len(before.Problems) != 0 {
				t.Fatalf("%+v", before)
			}
			if c.tamper != "" {
				o.exec(c.tamper)
			}
			got := get(o.CheckStaffLog(ctx))(t)
			if found := strings.Join(got.Problems, "; "); !strings.Contains(found, c.finds) || (c.finds == "") != (found == "") {
				t.Errorf("found %q, want %q", found, c.finds)
			}
			if c.tamper != "" {
				return
			}
			list := get(o.StaffLog(ctx, 3, 10))(t)
			if len(list) != 2 || list[0].Dossier != (syncproto.DossierID{9}) || list[1].N != 5 || list[1].At != o.now.UnixMilli() {
				t.Fatalf("%+v", list)
			}
			if hits := grep(t, o.dir, []string{"canary-member"}); len(hits) > 0 {
				t.Fatalf("in the clear: %v", hits)
			}
		})
	}
}

// playGuesser guesses for ever and says each guess only when it is in the book.
func playGuesser(ctx context.Context, b *Book) error {
	for {
		f, err := b.BeginTry(ctx, "chi.lan", try(StaffTry))
		if err != nil {
			return err
		}
		fmt.Println("guess", f.Own)
	}
}

// A guesser who is killed again and again has every guess that was answered in the book, and the journal is whole.
func TestGuessesSurviveKills(t *testing.T) {
	dir := t.TempDir() + "/data"
	answered := 0
	for range 4 {
		p := exec.Command(os.Args[0])
		p.Env = append(os.Environ(), "BENDO_LEDGER_ROLE=guesser", "BENDO_LEDGER_DIR="+dir, "BENDO_LEDGER_FROM=0")
		out := get(p.StdoutPipe())(t)
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		for range 5 {
			if _, err := fmt.Fscanf(out, "guess %d\n", &answered); err != nil {
				t.Fatal(err)
			}
		}
		_ = p.Process.Kill()
		_ = p.Wait()
	}
	keys := get(seal.LoadOrCreate(seal.Options{DataDir: dir}))(t)
	b := get(Open(t.Context(), dir, keys, Options{}))(t)
	defer b.Close()
	f := get(b.Failures(t.Context(), "chi.lan"))(t)
	if f.Own < answered || f.Own < 20 || f.All != f.Own {
		t.Fatalf("%d guesses were answered, the book has %+v", answered, f)
	}
	c := get(b.CheckStaffLog(t.Context()))(t)
	if len(c.Problems) != 0 || c.Lines != int64(f.Own) {
		t.Fatalf("%+v with %d guesses", c, f.Own)
	}
}
