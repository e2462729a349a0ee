package agent

import (
	"bytes"
	"crypto/sha256"
	"os"
	"path/filepath"
	"testing"

	"pgregory.net/rapid"

	"bendo/syncproto"
)

// However the pieces of an object come, in whatever order of crashes: its name is there only
// with its bytes, and other bytes leave nothing.
func TestObjectShelf(t *testing.T) {
	base := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		s := objectShelf{filepath.Join(base, "objects", string(rune('a'+n%26)), filepath.Base(base), string(rune('0'+n/26%10)))}
		_ = os.RemoveAll(s.dir)
		data := rapid.SliceOfN(rapid.Byte(), 1, 500).Draw(t, "data")
		ref := syncproto.ObjectRef{SHA256: sha256.Sum256(data), Length: int64(len(data))}
		sent := bytes.Clone(data)
		if rapid.Bool().Draw(t, "changed on the way") {
			sent[rapid.IntRange(0, len(sent)-1).Draw(t, "at")] ^= 1
		}
		for range 100 {
			off, whole, err := s.State(ref)
			if err != nil {
				t.Fatal(err)
			}
			if whole {
				break
			}
			if rapid.IntRange(0, 9).Draw(t, "a crash loses") == 0 && off > 0 {
				if err := os.Truncate(s.name(ref.SHA256)+".part", off-1); err != nil {
					t.Fatal(err)
				}
				continue
			}
			end := min(off+int64(rapid.IntRange(1, 200).Draw(t, "piece")), ref.Length)
			if off == end {
				off = 0 // a whole part that was never named
			}
			if _, err := s.Append(ref, off, sent[off:end]); err != nil {
				p := syncproto.ProblemOf(err)
				if bytes.Equal(sent, data) || p == nil || p.Kind != syncproto.Fork {
					t.Fatal(err)
				}
				if off, _, _ := s.State(ref); off != 0 {
					t.Fatalf("%d wrong bytes are left", off)
				}
				return
			}
		}
		got, err := os.ReadFile(s.name(ref.SHA256))
		if err != nil || !bytes.Equal(got, data) {
			t.Fatalf("the shelf gives %d bytes, %v", len(got), err)
		}
	})
}
