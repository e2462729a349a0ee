//go:build unix

package langpack

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A stick's folder may hold more than files: a pipe nobody writes into, links to what lies elsewhere.
// None of it stops the start, and nothing from outside is read.
func TestFolderRefusesPipesAndLinksThatLeadOut(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	put := func(path, text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	put(filepath.Join(outside, "brx", "pack.json"), strings.Replace(whole, `"km"`, `"brx"`, 1))
	clips := with(`"state"`, `"clips":{"Chào":{"file":"clips/a.wav","says":"សួស្តី"}},"state"`)
	put(filepath.Join(outside, "a.wav"), string(wav(time.Second)))
	put(filepath.Join(dir, "km", "pack.json"), clips)
	put(filepath.Join(dir, "jra", "plain.json"), strings.Replace(whole, `"km"`, `"jra"`, 1))
	for _, name := range []string{"brx", "stt", "km/clips"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{
		syscall.Mkfifo(filepath.Join(dir, "stt", "pack.json"), 0o600),
		os.Symlink(filepath.Join(outside, "brx", "pack.json"), filepath.Join(dir, "brx", "pack.json")),
		os.Symlink("plain.json", filepath.Join(dir, "jra", "pack.json")), // within the pack: harmless
		os.Symlink(filepath.Join(outside, "a.wav"), filepath.Join(dir, "km", "clips", "a.wav")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := Folder(dir)
	if err != nil {
		t.Fatal(err)
	}
	packs, refused, err := Load(root, nil) // a pipe that is opened waits here for ever
	if err != nil || len(packs) != 2 || packs[0].Language != "jra" || packs[1].Language != "km" {
		t.Fatalf("%+v, refused %v, %v", packs, refused, err)
	}
	if len(refused) != 2 || refused[0].Dir != "brx" || refused[1].Dir != "stt" {
		t.Errorf("refused %v", refused)
	}
	if _, _, err := packs[1].Recording("សួស្តី"); err == nil {
		t.Error("a recording from outside is played")
	}
	if _, err := Folder(filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder that is not there: %v", err)
	}
}
