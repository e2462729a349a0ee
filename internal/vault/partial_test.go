package vault

import (
	"bytes"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"bendo/internal/bounded"
	"bendo/internal/seal"
)

// upload sends content in pieces from the offset that the vault names, and completes it.
func upload(t testing.TB, v *Vault, key seal.Key, piece int) {
	t.Helper()
	off, complete, err := v.Offset(key, dossier, digest)
	for err == nil && !complete && off < int64(len(content)) {
		off, err = v.AppendAt(key, dossier, digest, off, content[off:min(off+int64(piece), int64(len(content)))])
	}
	if err != nil {
		t.Fatal(err)
	}
	complete1(t, v, key)
}

func complete1(t testing.TB, v *Vault, key seal.Key) {
	t.Helper()
	ref, err := v.Complete(t.Context(), key, dossier, digest, int64(len(content)))
	if err != nil || ref != (Ref{digest, int64(len(content)), v.names.Name(dossier, digest)}) {
		t.Fatalf("complete: %v %v", ref, err)
	}
	if err := v.Verify(t.Context(), key, dossier, digest, int64(len(content))); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Sweep(time.Now().Add(time.Hour), func(string) (bool, error) { return true, nil }); err != nil {
		t.Fatal(err) // a killed process may have left a temporary file
	}
	if got := files(t, v); len(got) != 1 {
		t.Errorf("files: %v", got)
	}
}

func TestUpload(t *testing.T) {
	for _, piece := range []int{5000, 64 << 10, len(content)} {
		v, key, _ := openNew(t)
		upload(t, v, key, piece)
		complete1(t, v, key) // again
		if off, complete, err := v.Offset(key, dossier, digest); off != int64(len(content)) || !complete || err != nil {
			t.Errorf("offset %d %v %v", off, complete, err)
		}
		// A late piece of an old session changes nothing and leaves nothing.
		if off, err := v.AppendAt(key, dossier, digest, 5, []byte("late")); off != int64(len(content)) || err != nil {
			t.Errorf("late piece: %d %v", off, err)
		}
		if got := files(t, v); len(got) != 1 {
			t.Errorf("files: %v", got)
		}
	}
}

func TestAppendCorrections(t *testing.T) {
	v, key, _ := openNew(t)
	tests := []struct {
		name      string
		off       int64
		data      []byte
		want      int64
		wantError error
	}{
		{"too early", 10, content[10:20], 0, nil},
		{"the first", 0, content[:100], 100, nil},
		{"again", 0, content[:100], 100, nil},
		{"overlapping", 50, content[50:150], 100, nil},
		{"a gap", 101, content[101:150], 100, nil},
		{"nothing", 100, nil, 100, nil},
		{"negative", -1, content[:5], 100, nil},
		{"the next", 100, content[100:150], 150, nil},
		{"too large a piece", 150, make([]byte, MaxPiece+1), 0, ErrTooLarge},
		{"too far", MaxBlob, []byte{1}, 0, ErrTooLarge},
		{"overflow", 1<<63 - 1, []byte{1}, 0, ErrTooLarge},
	}
	for _, tt := range tests {
		off, err := v.AppendAt(key, dossier, digest, tt.off, tt.data)
		if off != tt.want || !errors.Is(err, tt.wantError) {
			t.Errorf("%s: %d, %v; want %d, %v", tt.name, off, err, tt.want, tt.wantError)
		}
	}
	if _, err := v.AppendAt(seal.Key{}, dossier, digest, 0, []byte{1}); !errors.Is(err, seal.ErrErased) {
		t.Errorf("no key: %v", err)
	}
	if _, err := v.Complete(t.Context(), key, dossier, digest, int64(len(content))); !errors.Is(err, ErrIncomplete) {
		t.Errorf("complete too early: %v", err)
	}
	if off, complete, err := v.Offset(key, dossier, digest); off != 150 || complete || err != nil {
		t.Errorf("offset %d %v %v", off, complete, err)
	}
	upload(t, v, key, 64<<10)
}

func TestCompleteRefusals(t *testing.T) {
	v, key, _ := openNew(t)
	if _, err := v.Complete(t.Context(), key, dossier, digest, int64(len(content))); !errors.Is(err, ErrIncomplete) {
		t.Errorf("nothing arrived: %v", err)
	}
	wrong := bytes.Clone(content)
	wrong[100] ^= 1
	for what, p := range map[string][]byte{"another byte": wrong, "one more": append(bytes.Clone(content), 0)} {
		if off, err := v.AppendAt(key, dossier, digest, 0, p); off != int64(len(p)) || err != nil {
			t.Fatalf("%s: %d %v", what, off, err)
		}
		if _, err := v.Complete(t.Context(), key, dossier, digest, int64(len(content))); !errors.Is(err, ErrMismatch) {
			t.Errorf("%s: %v", what, err)
		}
		if off, _, err := v.Offset(key, dossier, digest); off != 0 || err != nil {
			t.Errorf("%s: stands at %d (%v), must begin again", what, off, err)
		}
	}
	upload(t, v, key, 64<<10)
}

func TestKilledUpload(t *testing.T) {
	for _, step := range []string{"half a piece", "piece written", "sealed", "named", "completed"} {
		t.Run(step, func(t *testing.T) {
			v, key, dir := openNew(t)
			const acked = 50_000
			if off, err := v.AppendAt(key, dossier, digest, 0, content[:acked]); off != acked || err != nil {
				t.Fatal(off, err)
			}
			role := "append"
			if step == "sealed" || step == "named" || step == "completed" {
				role = "complete"
				if out, err := respawn("append", dir, "").CombinedOutput(); err != nil {
					t.Fatalf("%v %s", err, out)
				}
			}
			if err := respawn(role, dir, step).Run(); err == nil {
				t.Fatal("the child was not killed: the step does not exist")
			}
			off, _, err := v.Offset(key, dossier, digest)
			if err != nil || off < acked || step == "half a piece" && off != acked {
				t.Errorf("stands at %d (%v), %d were acknowledged", off, err, acked)
			}
			upload(t, v, key, 64<<10)
		})
	}
}

// The file of an upload is cut at every length: what is left is the whole pieces before the cut.
func TestTornUpload(t *testing.T) {
	v, key, _ := openNew(t)
	for _, cut := range []int64{0, 100, 350} {
		if off, err := v.AppendAt(key, dossier, digest, cut, content[cut:min(cut*2+100, 400)]); err != nil {
			t.Fatal(off, err)
		}
	}
	v.AppendAt(key, dossier, digest, 300, content[300:350])
	ends := []int64{0, 100, 300, 350}
	path := v.partialPath(v.names.Name(dossier, digest))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if err := os.WriteFile(path, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		want, at := int64(0), 0
		for i, end := range ends[1:] {
			if at += recordHead + seal.Overhead + int(end-ends[i]); at <= n {
				want = end
			}
		}
		if off, _, err := v.Offset(key, dossier, digest); off != want || err != nil {
			t.Errorf("cut to %d bytes: stands at %d (%v), want %d", n, off, err, want)
		}
	}
	// A flipped bit in an earlier piece is found when all are read, and sent again from there.
	bad := bytes.Clone(whole)
	bad[recordHead+seal.Overhead+100+recordHead+20] ^= 1
	os.WriteFile(path, bad, 0o600)
	if _, err := v.Complete(t.Context(), key, dossier, digest, 350); !errors.Is(err, ErrIncomplete) {
		t.Errorf("damaged piece: %v", err)
	}
	if off, _, err := v.Offset(key, dossier, digest); off != 100 || err != nil {
		t.Errorf("stands at %d (%v), want 100", off, err)
	}
	upload(t, v, key, 64<<10)
}

// Pieces sealed with another key do not open; the upload begins again, and its offset is stable.
func TestUploadOfAnotherKey(t *testing.T) {
	v, key, _ := openNew(t)
	for off := range int64(3) {
		if _, err := v.AppendAt(seal.NewDossierKey(), dossier, digest, 0, content[:10]); err != nil {
			t.Fatal(off, err)
		}
	}
	path := v.partialPath(v.names.Name(dossier, digest))
	one, _ := os.ReadFile(path)
	os.WriteFile(path, append(bytes.Clone(one), one...), 0o600)
	for range 2 {
		if off, complete, err := v.Offset(key, dossier, digest); off != 0 || complete || err != nil {
			t.Errorf("stands at %d %v %v", off, complete, err)
		}
	}
	upload(t, v, key, 64<<10)
}

// Two sessions that both think they may append never mix their pieces.
func TestConcurrentAppends(t *testing.T) {
	v, key, dir := openNew(t)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if out, err := respawn("append", dir, "").CombinedOutput(); err != nil {
				t.Errorf("%v %s", err, out)
			}
		})
	}
	wg.Go(func() {
		for {
			off, done, err := v.Offset(key, dossier, digest)
			if err != nil {
				t.Error(err)
			}
			if err != nil || done || off == int64(len(content)) {
				return
			}
			v.AppendAt(key, dossier, digest, off, content[off:min(off+7_000, int64(len(content)))])
		}
	})
	wg.Wait()
	complete1(t, v, key)
}

func FuzzPartial(f *testing.F) {
	v, key, _ := openNew(f)
	name := v.partialPath(v.names.Name(dossier, digest))
	v.AppendAt(key, dossier, digest, 0, content[:10])
	one, _ := os.ReadFile(name)
	v.AppendAt(key, dossier, digest, 10, content[10:20])
	two, _ := os.ReadFile(name)
	for _, seed := range [][]byte{nil, one, two, two[:len(two)-1], {0, 0, 0, 0}, {255, 255, 255, 255, 1}, append(bytes.Clone(two), one...)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		defer bounded.Input(t)()
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
		off, complete, err := v.Offset(key, dossier, digest)
		if err != nil || complete || off < 0 || off > int64(len(b)) {
			t.Fatalf("%d %v %v", off, complete, err)
		}
		if after, err := v.AppendAt(key, dossier, digest, off, content[:7]); after != off+7 || err != nil {
			t.Fatalf("append at %d: %d %v", off, after, err)
		}
		if _, err := v.Complete(t.Context(), key, dossier, digest, int64(len(content))); err == nil {
			t.Fatal("completed")
		}
	})
}
