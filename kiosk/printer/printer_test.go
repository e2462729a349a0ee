package printer

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
	job, err := Queue{"desk", command}.Print(t.Context(), "phieu 00017-4820-93316", paper)
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
	if _, err := (Queue{"desk", command}).Print(t.Context(), "x", []byte("%PDF-")); err == nil || !strings.Contains(err.Error(), "does not exist") {
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
