package store

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"bendo/internal/bounded"
	"bendo/internal/seal"
	"bendo/syncproto"
)

// FuzzBlobFile: a damaged file is an error or the right bytes, never other ones.
func FuzzBlobFile(f *testing.F) {
	key := seal.NewDossierKey()
	path := filepath.Join(f.TempDir(), "scan")
	whole := &blobFile{path: path, key: key, dossier: syncproto.DossierID{1}, sha: syncproto.Digest{2}}
	content := bytes.Repeat([]byte("0123456789"), 30)
	var size int64
	for off := 0; off < len(content); off += 100 {
		var err error
		if size, err = whole.append(size, int64(off), content[off:off+100]); err != nil {
			f.Fatal(err)
		}
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(0, byte(1), len(raw))
	f.Add(2, byte(255), len(raw))
	f.Add(150, byte(4), 200)
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, at int, flip byte, length int) {
		defer bounded.Input(t)()
		bent := bytes.Clone(raw)
		if length < 0 || length > len(bent) {
			length = len(bent)
		}
		bent = bent[:length]
		if at >= 0 && at < len(bent) {
			bent[at] ^= flip
		}
		one := *whole
		one.path = filepath.Join(dir, "bent")
		if err := os.WriteFile(one.path, bent, 0o600); err != nil {
			t.Fatal(err)
		}
		var back bytes.Buffer
		err := one.read(&back, size)
		if !bytes.HasPrefix(content, back.Bytes()) {
			t.Fatal("other bytes came out")
		}
		if err == nil && length == len(raw) && (at < 0 || at >= len(raw) || flip == 0) != bytes.Equal(back.Bytes(), content) {
			t.Fatal("a damaged file was read as whole, or a whole one as damaged")
		}
		p := make([]byte, 120)
		if n, err := one.readAt(p, 90, size); err == nil && !bytes.Equal(p[:n], content[90:90+n]) {
			t.Fatal("other bytes came out of the middle")
		}
	})
}

// FuzzCard and FuzzClean: what a device wrote fits a column on both engines.
func FuzzCard(f *testing.F) {
	f.Add("Nguyễn Thị Yến", "HS-1\x1f", "\xff\x00")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		defer bounded.Input(t)()
		got := decodeCard(Card{a, b, c}.encode())
		for _, s := range []string{got.Applicant, got.Reference, got.Source} {
			if !utf8.ValidString(s) || len(s) > 400 || bytes.ContainsRune([]byte(s), 0) {
				t.Errorf("%q does not fit", s)
			}
		}
		if again := decodeCard(got.encode()); again != got {
			t.Errorf("%+v became %+v", got, again)
		}
	})
}

func FuzzClean(f *testing.F) {
	f.Add("xã Giao Long", 5)
	f.Add("\xed\xa0\x80", 3)
	f.Fuzz(func(t *testing.T, s string, limit int) {
		defer bounded.Input(t)()
		if limit < 0 || limit > 1000 {
			return
		}
		if got := Clean(s, limit); !utf8.ValidString(got) || len(got) > limit {
			t.Errorf("%q", got)
		}
	})
}

// FuzzPromise: a damaged promise is an error or a list of scans, never more than the digests say.
func FuzzPromise(f *testing.F) {
	book := make([]byte, 16)
	digests := bytes.Repeat([]byte{7}, 64)
	good := appendPromise(appendPromise(book, syncproto.BlobRef{Length: 300, MIME: "image/jpeg", Role: "scan:tk"}), syncproto.BlobRef{})
	f.Add(digests, good)
	f.Add(digests[:32], good)
	f.Add([]byte{}, book)
	f.Add(digests, append(book, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f))
	f.Fuzz(func(t *testing.T, digests, promise []byte) {
		defer bounded.Input(t)()
		found, err := readPromise("28807", syncproto.DossierID{1}, digests, promise)
		if err != nil && !errors.Is(err, ErrDamaged) || len(found) > len(digests)/32 {
			t.Errorf("%d scans, %v", len(found), err)
		}
		for _, b := range found {
			if b.Ref.Length < 1 || b.Ref.Length > syncproto.MaxBlobLength {
				t.Errorf("%d bytes", b.Ref.Length)
			}
		}
	})
}

func TestVerifyFindsEveryFlip(t *testing.T) {
	key := seal.NewDossierKey()
	one := &blobFile{path: filepath.Join(t.TempDir(), "x", "scan"), key: key, sha: syncproto.Digest{1}}
	size, err := one.append(0, 0, []byte("short"))
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := os.ReadFile(one.path)
	for i := range raw {
		bent := bytes.Clone(raw)
		bent[i] ^= 0x10
		if err := os.WriteFile(one.path, bent, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := one.read(io.Discard, size); !errors.Is(err, ErrDamaged) {
			t.Errorf("byte %d: %v", i, err)
		}
	}
}

func TestOneTextForTwoEngines(t *testing.T) {
	for _, c := range []struct{ in, sqlite, postgres string }{
		{"SELECT a FROM b WHERE c = ? AND d = ?{lock}", "SELECT a FROM b WHERE c = ? AND d = ?", "SELECT a FROM b WHERE c = $1 AND d = $2 FOR UPDATE"},
		{"SELECT 1", "SELECT 1", "SELECT 1"},
	} {
		if got := sqliteEngine.text(c.in); got != c.sqlite {
			t.Errorf("sqlite: %s", got)
		}
		if got := postgresEngine.text(c.in); got != c.postgres {
			t.Errorf("postgres: %s", got)
		}
	}
}
