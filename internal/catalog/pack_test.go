package catalog

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"bendo/internal/bounded"
)

// packFiles copies the first pack into memory so that a test can break it.
func packFiles(t testing.TB) fstest.MapFS {
	t.Helper()
	out := fstest.MapFS{}
	err := fs.WalkDir(first, "pack", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := first.ReadFile(path)
		out[strings.TrimPrefix(path, "pack/")] = &fstest.MapFile{Data: data}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

var (
	provinceKey = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	otherKey    = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{8}, ed25519.SeedSize))
)

// publish rewrites the manifest for the files as they are, and signs it.
func publish(t testing.TB, files fstest.MapFS, version Version, validFrom string) {
	t.Helper()
	var m Manifest
	if err := json.Unmarshal(files["manifest.json"].Data, &m); err != nil {
		t.Fatal(err)
	}
	m.Version, m.ValidFrom, m.Files = version, validFrom, nil
	for _, name := range sortedKeys(files) {
		if name == "manifest.json" || name == "manifest.sig" {
			continue
		}
		sum := sha256.Sum256(files[name].Data)
		m.Files = append(m.Files, FileInfo{name, hex.EncodeToString(sum[:]), int64(len(files[name].Data))})
	}
	raw, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	files["manifest.json"] = &fstest.MapFile{Data: raw}
	files["manifest.sig"] = &fstest.MapFile{Data: Sign(raw, provinceKey)}
}

func replace(files fstest.MapFS, name, from, to string) {
	data := strings.Replace(string(files[name].Data), from, to, 1)
	files[name] = &fstest.MapFile{Data: []byte(data)}
}

// TestPacksRefused: each row breaks one thing; re-signed says whether the
// province itself published it so.
func TestPacksRefused(t *testing.T) {
	key := provinceKey.Public().(ed25519.PublicKey)
	for name, c := range map[string]struct {
		breaks   func(fstest.MapFS)
		resigned bool
		key      ed25519.PublicKey
		says     string
	}{
		"another's signature":      {func(fstest.MapFS) {}, false, otherKey.Public().(ed25519.PublicKey), "signature"},
		"no signature":             {func(f fstest.MapFS) { delete(f, "manifest.sig") }, false, key, "signature"},
		"short signature":          {func(f fstest.MapFS) { f["manifest.sig"].Data = f["manifest.sig"].Data[:63] }, false, key, "signature"},
		"signature without domain": {func(f fstest.MapFS) { f["manifest.sig"].Data = ed25519.Sign(provinceKey, f["manifest.json"].Data) }, false, key, "signature"},
		"changed manifest":         {func(f fstest.MapFS) { replace(f, "manifest.json", "2027-01-01", "2026-01-01") }, false, key, "signature"},
		"changed file":             {func(f fstest.MapFS) { replace(f, "procedures.json", "Khai sinh", "Khai sanh") }, false, key, "not the one"},
		"missing file":             {func(f fstest.MapFS) { delete(f, "lists.json") }, false, key, "lists.json"},
		"no general form":          {func(f fstest.MapFS) { delete(f, "forms/general.json") }, true, key, "general"},
		"form of a procedure gone": {func(f fstest.MapFS) { delete(f, "forms/1.001193.json") }, true, key, "1.001193"},
		"unknown key":              {func(f fstest.MapFS) { replace(f, "procedures.json", `"desk"`, `"dsek"`) }, true, key, "dsek"},
		"unknown handover":         {func(f fstest.MapFS) { replace(f, "procedures.json", `"at_take_in"`, `"at_once"`) }, true, key, "at_once"},
		"a case leads nowhere": {func(f fstest.MapFS) {
			replace(f, "forms/1.000894.json", `"procedure": "1.000593"`, `"procedure": "1.000599"`)
		}, true, key, "1.000599"},
		"a case leads to itself": {func(f fstest.MapFS) {
			replace(f, "forms/1.000894.json", `"procedure": "1.000593"`, `"procedure": "1.000894"`)
		}, true, key, "1.000894"},
		"a brought form written": {func(f fstest.MapFS) {
			replace(f, "procedures.json", `"kind": "nop"`, `"kind": "nop", "written": true`)
			replace(f, "procedures.json", `"form": "1.001193"`, `"form": "general"`)
		}, true, key, "declaration"},
		"assisted for no reason": {func(f fstest.MapFS) { replace(f, "procedures.json", `"assisted": "dispute"`, `"assisted": "quarrel"`) }, true, key, "quarrel"},
		"never handed over":      {func(f fstest.MapFS) { replace(f, "procedures.json", `"at_take_in"`, `"never"`) }, true, key, "handed over"},
		"procedure twice":        {func(f fstest.MapFS) { replace(f, "procedures.json", `"1.000656"`, `"1.001193"`) }, true, key, "twice"},
		"event names nothing":    {func(f fstest.MapFS) { replace(f, "life-events.json", `"1.001193"`, `"9.999999"`) }, true, key, "9.999999"},
		"unexplained source":     {func(f fstest.MapFS) { replace(f, "sources.json", `"KS20"`, `"KS21"`) }, true, key, "KS20"},
		"a bad form":             {func(f fstest.MapFS) { replace(f, "forms/1.001193.json", `value <= today()`, `value <= now()`) }, true, key, "now"},
		"not JSON data":          {func(f fstest.MapFS) { f["run.sh"] = &fstest.MapFile{Data: []byte("x")} }, true, key, "run.sh"},
	} {
		t.Run(name, func(t *testing.T) {
			files := packFiles(t)
			publish(t, files, "2027-01-01", "2027-01-01")
			if _, err := OpenSigned(files, key); err != nil {
				t.Fatalf("before anything is broken: %v", err)
			}
			c.breaks(files)
			if c.resigned {
				publish(t, files, "2027-01-01", "2027-01-01")
			}
			p, err := OpenSigned(files, c.key)
			if err == nil || p != nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one that names %q", err, c.says)
			}
			if c.says == "signature" && !errors.Is(err, ErrSignature) {
				t.Errorf("%v is not ErrSignature", err)
			}
		})
	}
}

func at(day string) time.Time {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		panic(err)
	}
	return d
}

// TestShelf tells the life of two packs: published ahead, switched, regretted.
func TestShelf(t *testing.T) {
	p1 := first77(t)
	files := packFiles(t)
	replace(files, "procedures.json", `"Khai sinh"`, `"Khai sinh (mới)"`)
	publish(t, files, "2027-03-01", "2027-03-01")
	p2, err := OpenSigned(files, provinceKey.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	s := NewShelf(p1)
	if err := s.Switch(p2.Version); !errors.Is(err, ErrNotThere) {
		t.Errorf("switched to a pack that is not there: %v", err)
	}
	for range 2 { // the same pack twice is once
		if err := s.Add(p2); err != nil {
			t.Fatal(err)
		}
	}
	if s.Current(at("2027-06-01")) != p1 {
		t.Error("a pack is in force before anybody switched")
	}
	for range 2 {
		if err := s.Switch(p2.Version); err != nil {
			t.Fatal(err)
		}
	}
	for day, want := range map[string]*Pack{"2026-11-22": p1, "2027-02-28": p1, "2027-03-01": p2, "1999-01-01": p1} {
		if got := s.Current(at(day)); got != want {
			t.Errorf("%s: %s in force", day, got.Version)
		}
	}
	if got, ok := s.Get(p1.Version); !ok || got != p1 {
		t.Error("a dossier begun with the first pack lost it")
	}
	history := s.History()
	if back, err := s.Back(); err != nil || back != p1 || s.Current(at("2027-06-01")) != p1 {
		t.Errorf("going back: %v", err)
	}
	if _, err := s.Back(); !errors.Is(err, ErrFirst) {
		t.Errorf("went back past the first: %v", err)
	}
	if err := s.Restore(history); err != nil || s.Current(at("2027-06-01")) != p2 {
		t.Errorf("restoring the history: %v", err)
	}
	replace(files, "procedures.json", `(mới)`, `(khác)`)
	publish(t, files, "2027-03-01", "2027-03-01")
	p3, err := OpenSigned(files, provinceKey.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Add(p3); !errors.Is(err, ErrDifferent) {
		t.Errorf("other content under the same version: %v", err)
	}
}

// FuzzOpen: no manifest and no file makes the reader panic or trust what is not signed.
func FuzzOpen(f *testing.F) {
	files := packFiles(f)
	f.Add(files["manifest.json"].Data, files["life-events.json"].Data)
	f.Add([]byte(`{"version":"2026-11-22","valid_from":"2026-11-22","name":{"vi":"x"},"notice":{"vi":"x"},"name_en":"","files":[{"path":"../x.json","sha256":"","length":0}]}`), []byte("{}"))
	f.Fuzz(func(t *testing.T, manifest, data []byte) {
		defer bounded.Input(t)()
		fsys := fstest.MapFS{"manifest.json": {Data: manifest}, "manifest.sig": {Data: make([]byte, 64)}, "procedures.json": {Data: data}, "life-events.json": {Data: data}, "lists.json": {Data: data}, "sources.json": {Data: data}}
		if p, err := OpenSigned(fsys, provinceKey.Public().(ed25519.PublicKey)); err == nil || p != nil {
			t.Fatal("an unsigned pack opened")
		}
		if p, err := open(fsys, nil); err == nil && p.Version == "" {
			t.Fatal("a pack without a version opened")
		}
	})
}
