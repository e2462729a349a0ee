package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The doctor names damage of the file, of a journal and of a scan, says what to do, and mends nothing.
func TestDoctor(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "d")
	place := []string{"--data", dir}
	p := start(t, append([]string{"--listen", "127.0.0.1:0", "--web", "127.0.0.1:0"}, place...)...)
	peer := enrol(t, p, t.Name(), place...)
	e, scan := file(t, peer, 7)
	if !send(t, peer, e, scan) {
		t.Fatal("sending")
	}
	p.kill()
	doctor := func() (string, error) {
		out, err := portal(t, "", append([]string{"doctor"}, place...)...)
		return string(out), err
	}
	if said, err := doctor(); err != nil || !strings.Contains(said, "1 scans were read again") {
		t.Fatalf("healthy data: %v\n%s", err, said)
	}
	sick := func(what, names string) {
		t.Helper()
		if said, err := doctor(); !errors.Is(err, errSick) || !strings.Contains(said, names) || !strings.Contains(said, "portal restore") {
			t.Errorf("%s: %v\n%s", what, err, said)
		}
	}
	var at string
	err := filepath.WalkDir(filepath.Join(dir, "blobs"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			at = path
		}
		return err
	})
	whole, err2 := os.ReadFile(at)
	if err = errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	whole[len(whole)/2] ^= 1
	rewrite(t, at, whole)
	sick("a bit of a scan was turned", "HỎNG: scan ")
	whole[len(whole)/2] ^= 1
	rewrite(t, at, whole)
	if said, err := doctor(); err != nil {
		t.Fatalf("with the scan put back: %v\n%s", err, said)
	}
	db := filepath.Join(dir, "portal.db")
	pages, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	for page := 1; page < len(pages)/4096; page += 7 {
		clear(pages[page*4096 : (page+1)*4096])
	}
	rewrite(t, db, pages)
	sick("pages are zeros", "H")

	// A wrong --data is told and never filled with an empty database.
	place = []string{"--data", t.TempDir()}
	said, err := doctor()
	if made, _ := os.ReadDir(place[1]); err == nil || errors.Is(err, errSick) || !strings.Contains(err.Error(), "--data") || len(made) > 0 {
		t.Errorf("a wrong --data: %v, made %v\n%s", err, made, said)
	}
}

func rewrite(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := errors.Join(os.Chmod(path, 0o600), os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
}
