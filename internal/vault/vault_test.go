package vault

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bendo/internal/seal"
)

// The test binary runs itself again as a second process; what that one does is in these variables.
const (
	envRole = "BENDO_VAULT_ROLE"
	envDir  = "BENDO_VAULT_DIR"
	envStep = "BENDO_VAULT_STEP"
)

var (
	dossier = [16]byte{7}
	content = testContent(3*seal.ChunkSize + 5)
	digest  = sha256.Sum256(content)
)

func testContent(n int) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{1})
	rng.Read(b)
	return b
}

func TestMain(m *testing.M) {
	if role := os.Getenv(envRole); role != "" {
		if err := child(context.Background(), role, os.Getenv(envDir), os.Getenv(envStep)); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(ctx context.Context, role, dir, step string) error {
	v, key, err := open(dir)
	if err != nil {
		return err
	}
	hook = func(s string) {
		if s == step {
			p, _ := os.FindProcess(os.Getpid())
			p.Kill()
			select {} // never a step further
		}
	}
	switch role {
	case "put":
		_, err = v.Put(ctx, key, dossier, bytes.NewReader(content), 0)
	case "append":
		var off int64
		for off < int64(len(content)) && err == nil {
			var complete bool
			if off, complete, err = v.Offset(key, dossier, digest); complete || err != nil {
				break
			}
			off, err = v.AppendAt(key, dossier, digest, off, content[off:min(off+20_000, int64(len(content)))])
		}
	case "complete":
		_, err = v.Complete(ctx, key, dossier, digest, int64(len(content)))
	}
	return err
}

// open opens the vault of dir and the key of the dossier, kept wrapped beside it.
func open(dir string) (*Vault, seal.Key, error) {
	k, err := seal.LoadOrCreate(seal.Options{DataDir: dir})
	if err != nil {
		return nil, seal.Key{}, err
	}
	v, err := Open(filepath.Join(dir, "vault"), k)
	if err != nil {
		return nil, seal.Key{}, err
	}
	wrappedPath := filepath.Join(dir, "wrapped")
	wrapped, err := os.ReadFile(wrappedPath)
	if errors.Is(err, fs.ErrNotExist) {
		wrapped = k.Wrap(seal.NewDossierKey(), dossier)
		err = os.WriteFile(wrappedPath, wrapped, 0o600)
	}
	if err != nil {
		return nil, seal.Key{}, err
	}
	key, err := k.Unwrap(wrapped, dossier)
	return v, key, err
}

func openNew(t testing.TB) (*Vault, seal.Key, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	v, key, err := open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return v, key, dir
}

func respawn(role, dir, step string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envRole+"="+role, envDir+"="+dir, envStep+"="+step)
	return cmd
}

// files lists what lies in the vault, without the empty directories and the lock.
func files(t testing.TB, v *Vault) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(v.dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() != ".lock" {
			rel, _ := filepath.Rel(v.dir, path)
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestPutAndOpen(t *testing.T) {
	v, key, _ := openNew(t)
	for _, n := range []int{0, 1, 31, 32, seal.ChunkSize - 32, seal.ChunkSize, seal.ChunkSize + 1, len(content)} {
		plain := content[:n]
		for range 2 { // the second time nothing changes
			ref, err := v.Put(t.Context(), key, dossier, bytes.NewReader(plain), 0)
			if err != nil {
				t.Fatal(err)
			}
			if want := (Ref{sha256.Sum256(plain), int64(n), v.names.Name(dossier, sha256.Sum256(plain))}); ref != want {
				t.Errorf("%d bytes: %v, want %v", n, ref, want)
			}
			b, err := v.Open(key, dossier, ref.SHA256)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(b)
			if err != nil || !bytes.Equal(got, plain) || b.Size() != int64(n) {
				t.Errorf("%d bytes: read %d, %v", n, len(got), err)
			}
			if err := b.Close(); err != nil {
				t.Error(err)
			}
			if err := v.Verify(t.Context(), key, dossier, ref.SHA256, int64(n)); err != nil {
				t.Error(err)
			}
		}
	}
	if got := files(t, v); len(got) != 8 {
		t.Errorf("files: %v", got)
	}
	err := v.Verify(t.Context(), key, dossier, digest, int64(len(content))+1)
	if !errors.Is(err, ErrMismatch) {
		t.Errorf("another length: %v", err)
	}
}

func TestRanges(t *testing.T) {
	v, key, _ := openNew(t)
	if _, err := v.Put(t.Context(), key, dossier, bytes.NewReader(content), 0); err != nil {
		t.Fatal(err)
	}
	b, err := v.Open(key, dossier, digest)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	rapid.Check(t, func(t *rapid.T) {
		off := rapid.IntRange(0, len(content)).Draw(t, "off")
		p := make([]byte, rapid.IntRange(0, 100_000).Draw(t, "len"))
		n, err := b.ReadAt(p, int64(off))
		want := content[off:min(off+len(p), len(content))]
		ended := n < len(p) || len(p) == 0 && off == len(content) // reading nothing at the end may say either
		if !bytes.Equal(p[:n], want) || n < len(p) && err == nil || err != nil && (err != io.EOF || !ended) {
			t.Errorf("%d bytes at %d: %d, %v; want %d", len(p), off, n, err, len(want))
		}
	})
}

func TestPutRefusals(t *testing.T) {
	v, key, _ := openNew(t)
	if _, err := v.Put(t.Context(), key, dossier, bytes.NewReader(content), int64(len(content))); err != nil {
		t.Errorf("exactly the limit: %v", err)
	}
	before := files(t, v)
	boom := errors.New("boom")
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	tests := []struct {
		name  string
		ctx   context.Context
		key   seal.Key
		r     io.Reader
		limit int64
		want  error
	}{
		{"too large", t.Context(), key, bytes.NewReader(content), int64(len(content)) - 1, ErrTooLarge},
		{"reader breaks", t.Context(), key, io.MultiReader(bytes.NewReader(content), errReader{boom}), 0, boom},
		{"cancelled", cancelled, key, bytes.NewReader(content), 0, context.Canceled},
		{"no key", t.Context(), seal.Key{}, bytes.NewReader(content), 0, seal.ErrErased},
		{"endless", t.Context(), key, zeros{}, 0, ErrTooLarge},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := v.Put(tt.ctx, tt.key, dossier, tt.r, tt.limit); !errors.Is(err, tt.want) {
				t.Errorf("err = %v, want %v", err, tt.want)
			}
			if got := files(t, v); !slices.Equal(got, before) {
				t.Errorf("files: %v, want %v", got, before)
			}
		})
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func TestOpenRefuses(t *testing.T) {
	v, key, _ := openNew(t)
	other := testContent(100)
	otherDigest := sha256.Sum256(other)
	otherDossier := [16]byte{8}
	put := func(d [16]byte, p []byte) string {
		ref, err := v.Put(t.Context(), key, d, bytes.NewReader(p), 0)
		if err != nil {
			t.Fatal(err)
		}
		return v.path(ref.Name)
	}
	path, otherPath := put(dossier, content), put(dossier, other)
	good, _ := os.ReadFile(path)
	otherGood, _ := os.ReadFile(otherPath)
	check := func(what string, want error) {
		t.Helper()
		if err := v.Verify(t.Context(), key, dossier, digest, int64(len(content))); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	for _, at := range []int{0, 5, 40, len(good) / 2, len(good) - 1} {
		bad := bytes.Clone(good)
		bad[at] ^= 1
		os.WriteFile(path, bad, 0o600)
		if err := v.Verify(t.Context(), key, dossier, digest, int64(len(content))); err == nil {
			t.Errorf("byte %d flipped: not seen", at)
		}
	}
	for _, n := range []int{0, 1, 36, 100, len(good) - 1, 36 + seal.ChunkSize + 16} {
		os.WriteFile(path, good[:n], 0o600)
		check(fmt.Sprintf("cut to %d", n), seal.ErrTampered)
	}
	os.WriteFile(path, otherGood, 0o600)
	check("another scan of the same dossier under its name", seal.ErrTampered)
	// Put repairs what is damaged.
	put(dossier, content)
	check("repaired", nil)
	put(otherDossier, content)
	if err := v.Verify(t.Context(), key, otherDossier, digest, int64(len(content))); err != nil {
		t.Error(err)
	}
	os.Rename(v.path(v.names.Name(otherDossier, digest)), path)
	check("the same scan of another dossier", seal.ErrTampered)
	for range 2 {
		if err := v.Remove(dossier, digest); err != nil {
			t.Fatal(err)
		}
	}
	check("removed", fs.ErrNotExist)
	if has, err := v.Has(dossier, digest); has || err != nil {
		t.Errorf("Has = %v, %v", has, err)
	}
	if has, err := v.Has(dossier, otherDigest); !has || err != nil {
		t.Errorf("Has = %v, %v", has, err)
	}
}

func TestNoPlaintextOnDisk(t *testing.T) {
	v, key, dir := openNew(t)
	canary := []byte("Nguyễn Thị Chim Hoàng Yến 001301000001")
	plain := bytes.Repeat(canary, 5000)
	ref, err := v.Put(t.Context(), key, dossier, bytes.NewReader(plain), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.AppendAt(key, [16]byte{9}, ref.SHA256, 0, plain[:50_000]); err != nil {
		t.Fatal(err)
	}
	seen := 0
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		seen++
		b, err := os.ReadFile(path)
		if bytes.Contains(b, canary) || strings.Contains(path, fmt.Sprintf("%x", ref.SHA256[:4])) {
			t.Errorf("%s shows what it holds", path)
		}
		return err
	})
	if seen < 3 {
		t.Errorf("only %d files looked at", seen)
	}
}

func TestKilledPut(t *testing.T) {
	for _, step := range []string{"sealed", "named"} {
		t.Run(step, func(t *testing.T) {
			v, key, dir := openNew(t)
			if err := respawn("put", dir, step).Run(); err == nil {
				t.Fatal("the child was not killed: the step does not exist")
			}
			has, err := v.Has(dossier, digest)
			if err != nil || has != (step == "named") {
				t.Errorf("Has = %v, %v", has, err)
			}
			if out, err := respawn("put", dir, "").CombinedOutput(); err != nil {
				t.Fatalf("again: %v %s", err, out)
			}
			if err := v.Verify(t.Context(), key, dossier, digest, int64(len(content))); err != nil {
				t.Error(err)
			}
			n, err := v.Sweep(time.Now().Add(time.Hour), func(string) (bool, error) { return true, nil })
			if err != nil || len(files(t, v)) != 1 || (n == 1) != (step == "sealed") {
				t.Errorf("swept %d, left %v, %v", n, files(t, v), err)
			}
		})
	}
}

// Killed at random moments, a Put leaves no file under the name or a sound one.
func TestKilledPutAnywhere(t *testing.T) {
	v, key, dir := openNew(t)
	for i := range 20 {
		cmd := respawn("put", dir, "")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(i%20) * time.Millisecond)
		cmd.Process.Kill()
		cmd.Wait()
		err := v.Verify(t.Context(), key, dossier, digest, int64(len(content)))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			t.Fatalf("kill %d: %v", i, err)
		}
		if err := v.Remove(dossier, digest); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSweep(t *testing.T) {
	v, key, _ := openNew(t)
	put := func(n int) Ref {
		ref, err := v.Put(t.Context(), key, dossier, bytes.NewReader(content[:n]), 0)
		if err != nil {
			t.Fatal(err)
		}
		return ref
	}
	claimed, orphan, young := put(1), put(2), put(3)
	upload := sha256.Sum256([]byte("upload"))
	if _, err := v.AppendAt(key, dossier, upload, 0, []byte("up")); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-48 * time.Hour)
	for _, path := range []string{v.path(claimed.Name), v.path(orphan.Name), v.partialPath(v.names.Name(dossier, upload))} {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	known := func(name string) (bool, error) { return name == claimed.Name, nil }
	boom := errors.New("boom")
	cutoff := time.Now().Add(-24 * time.Hour)
	if _, err := v.Sweep(cutoff, func(string) (bool, error) { return false, boom }); !errors.Is(err, boom) {
		t.Errorf("err = %v: whoever cannot ask must not remove", err)
	}
	if n, err := v.Sweep(cutoff, known); n != 2 || err != nil {
		t.Errorf("swept %d, %v; want 2", n, err)
	}
	want := []string{claimed.Name[:2] + "/" + claimed.Name, young.Name[:2] + "/" + young.Name}
	slices.Sort(want)
	if got := files(t, v); !slices.Equal(got, want) {
		t.Errorf("left %v, want %v", got, want)
	}
}

// An orphan that is put again is about to get its row: Sweep must not take it away.
func TestPutMakesAnOrphanYoung(t *testing.T) {
	v, key, _ := openNew(t)
	ref, err := v.Put(t.Context(), key, dossier, bytes.NewReader(content), 0)
	if err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-48 * time.Hour)
	os.Chtimes(v.path(ref.Name), old, old)
	asked := func(string) (bool, error) { // the row is not there yet, and now somebody puts it again
		_, err := v.Put(t.Context(), key, dossier, bytes.NewReader(content), 0)
		return false, err
	}
	if n, err := v.Sweep(time.Now().Add(-24*time.Hour), asked); n != 0 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if err := v.Verify(t.Context(), key, dossier, digest, int64(len(content))); err != nil {
		t.Error(err)
	}
}

func TestConcurrentPuts(t *testing.T) {
	v, key, dir := openNew(t)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := v.Put(t.Context(), key, dossier, bytes.NewReader(content), 0); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if out, err := respawn("put", dir, "").CombinedOutput(); err != nil {
				t.Errorf("%v %s", err, out)
			}
		})
	}
	wg.Wait()
	if got := files(t, v); len(got) != 1 {
		t.Errorf("files: %v", got)
	}
	if err := v.Verify(t.Context(), key, dossier, digest, int64(len(content))); err != nil {
		t.Error(err)
	}
}
