package printer

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bendo/internal/bounded"
)

// stand makes a program that stands in for CUPS's client: it keeps its words and the paper.
func stand(t *testing.T, script string) (command, dir string) {
	t.Helper()
	dir = t.TempDir()
	command = filepath.Join(dir, "lp")
	if err := os.WriteFile(command, []byte("#!/bin/sh\ncd "+dir+"\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return command, dir
}

func TestThePaperArrivesWhole(t *testing.T) {
	command, dir := stand(t, `printf '%s\n' "$@" >args; cat >paper; echo "request id is desk-7 (0 file(s))"`)
	paper := bytes.Repeat([]byte("%PDF-1.4 "), 20000)
	job, err := Queue{Name: "desk", Command: command}.Print(t.Context(), "phieu 00017-4820-93316", paper)
	if err != nil || job != "desk-7" {
		t.Fatalf("job %q, %v", job, err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "paper"))
	if err != nil || !bytes.Equal(got, paper) {
		t.Fatalf("%d of %d bytes arrived, %v", len(got), len(paper), err)
	}
	args, err := os.ReadFile(filepath.Join(dir, "args"))
	if err != nil || !strings.Contains(string(args), "-d\ndesk\n-t\nphieu 00017-4820-93316\n") {
		t.Fatalf("arguments %q, %v", args, err)
	}
}

func TestWhatThePrinterSaysIsNotLost(t *testing.T) {
	command, _ := stand(t, `cat >/dev/null; echo "lp: The printer or class does not exist." >&2; exit 1`)
	if _, err := (Queue{Name: "desk", Command: command}).Print(t.Context(), "x", []byte("%PDF-")); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Fatalf("%v", err)
	}
}

func TestRefusals(t *testing.T) {
	if _, err := (Queue{}).Print(t.Context(), "x", []byte("%PDF-")); !errors.Is(err, ErrNoPrinter) {
		t.Errorf("without a queue: %v", err)
	}
	for _, name := range []string{"-h", "a b", "a\x00"} {
		if _, err := (Queue{Name: name, Command: "false"}).Print(t.Context(), "x", []byte("%PDF-")); err == nil {
			t.Errorf("queue %q was taken", name)
		}
	}
	if _, err := (Queue{Name: "desk"}).Print(t.Context(), "x", nil); err == nil {
		t.Error("an empty paper was taken")
	}
}

// TestMedia: a roll gets the printer's own commands, a sheet its size.
func TestMedia(t *testing.T) {
	for media, want := range map[Media]string{"": "-o\nmedia=A5\n-o\nfit-to-page\n", A5: "media=A5", A4: "-o\nmedia=A4\n", Roll: "-o\nraw\n", RollPNG: "-o\nfit-to-page\n"} {
		command, dir := stand(t, `printf '%s\n' "$@" >args; cat >/dev/null; echo "request id is desk-7 (0 file(s))"`)
		if _, err := (Queue{Name: "desk", Command: command, Media: media}).Print(t.Context(), "x", []byte("x")); err != nil {
			t.Fatal(err)
		}
		args, err := os.ReadFile(filepath.Join(dir, "args"))
		if err != nil || !strings.Contains(string(args), want) || (media == Roll) != strings.Contains(string(args), "raw") {
			t.Errorf("%q: arguments %q, %v", media, args, err)
		}
	}
}

// TestARefusalIsToldFromADoubt: only a client that ended by itself has surely handed in nothing.
func TestARefusalIsToldFromADoubt(t *testing.T) {
	no, _ := stand(t, `cat >/dev/null; echo "lp: no such queue" >&2; exit 1`)
	cut, _ := stand(t, `cat >/dev/null; kill -9 $$`)
	for name, c := range map[string]struct {
		q       Queue
		refused bool
	}{
		"the client says no":          {Queue{Name: "desk", Command: no}, true},
		"there is no client":          {Queue{Name: "desk", Command: "no-such-client-of-cups"}, true},
		"the client was killed":       {Queue{Name: "desk", Command: cut}, false},
		"no queue":                    {Queue{}, true},
		"a name that looks an option": {Queue{Name: "-h"}, true},
	} {
		if _, err := c.q.Print(t.Context(), "x", []byte("%PDF-")); err == nil || errors.Is(err, ErrRefused) != c.refused {
			t.Errorf("%s: %v, refused should be %v", name, err, c.refused)
		}
	}
}

// listing is what the long listing of CUPS looks like.
const listing = `desk-6                  bendo            102400   Mon Nov 23 10:01:00 2026
	Alerts: job-completed-successfully
	queued for desk
desk-7                  bendo            102400   Mon Nov 23 10:02:00 2026
	Status: The printer is not responding.
	Alerts: aborted-by-system
	queued for desk
desk-71                 bendo              2048   Mon Nov 23 10:03:00 2026
	Alerts: job-printing
	queued for desk
desk-72                 bendo              2048   Mon Nov 23 10:03:01 2026
	Alerts: job-canceled-by-user job-completed-successfully
	queued for desk
desk-73                 bendo              2048   Mon Nov 23 10:03:02 2026
	Alerts: job-completed-with-errors
desk-74                 bendo              2048   Mon Nov 23 10:03:03 2026
	queued for desk
desk-75                 bendo              2048   Mon Nov 23 10:03:04 2026
	Alerts: job-completed-with-warnings
`

func TestOutcomes(t *testing.T) {
	ask, dir := stand(t, `printf '%s\n' "$@" >args; echo "$LC_ALL" >>args; cat listing`)
	if err := os.WriteFile(filepath.Join(dir, "listing"), []byte(listing), 0o600); err != nil {
		t.Fatal(err)
	}
	q := Queue{Name: "desk", Ask: ask}
	for job, want := range map[string]Outcome{
		"desk-6": {Printed, "job-completed-successfully"}, "desk-7": {Failed, "aborted-by-system"}, "desk-71": {Waiting, "job-printing"},
		"desk-72": {Failed, "job-canceled-by-user job-completed-successfully"}, "desk-73": {Failed, "job-completed-with-errors"},
		"desk-74": {Waiting, ""}, "desk-75": {Printed, "job-completed-with-warnings"}, "desk-8": {Gone, ""}, "": {Gone, ""},
	} {
		if got, err := q.Outcome(t.Context(), job); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", job, got, err, want)
		}
	}
	args, err := os.ReadFile(filepath.Join(dir, "args"))
	if err != nil || string(args) != "-l\n-W\nall\n-o\ndesk\nC\n" {
		t.Fatalf("asked %q, %v", args, err)
	}
	broken, _ := stand(t, `exit 1`)
	if _, err := (Queue{Name: "desk", Ask: broken}).Outcome(t.Context(), "desk-6"); err == nil {
		t.Fatal("no answer was taken for one")
	}
}

func FuzzOutcome(f *testing.F) {
	f.Add(listing, "desk-6")
	f.Add("\tAlerts: job-completed-successfully", "")
	f.Fuzz(func(t *testing.T, text, job string) {
		defer bounded.Input(t)()
		if o := readOutcome(text, job); o.State == Printed && !strings.Contains(text, "job-completed-") {
			t.Fatalf("%q is called printed", text)
		}
	})
}
