package kiosk

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestTheScreensShowTheVersionThatIsRecorded: the page says which words were agreed to, and the desk takes
// no other. (Consent.test.ts holds each version to its words.)
func TestTheScreensShowTheVersionThatIsRecorded(t *testing.T) {
	page := must(os.ReadFile("../frontend/src/kiosk/screens/Consent.tsx"))(t)
	if want := "consentVersion = '" + ConsentVersion + "'"; !strings.Contains(string(page), want) {
		t.Fatalf("the screen of consent does not say %q", want)
	}
	d := openDesk(t)
	d.visit()
	id := d.typed(sample(t, aBirth))
	for _, version := range []string{"", "c0", "c999"} {
		d.refused(422, "consent_missing", "POST", "/api/drafts/"+id+"/submit",
			map[string]any{"consent": map[string]string{"version": version}, "as_is": true})
	}
}

// TestAStateSecretLeavesNoTrace: the book is as it was, no draft is the visit's, and the log names nothing.
func TestAStateSecretLeavesNoTrace(t *testing.T) {
	d := openDesk(t)
	d.visit()
	before := must(d.book.DataVersion(t.Context()))(t)
	files := sizes(t, d.dir)
	for range 3 {
		d.refused(422, "state_secret", "POST", "/api/drafts", map[string]any{"procedure": "1.000656", "language": "vi", "secret": true})
	}
	if after := must(d.book.DataVersion(t.Context()))(t); after != before {
		t.Errorf("the book changed: %d, then %d", before, after)
	}
	if after := sizes(t, d.dir); !slices.Equal(after, files) {
		t.Errorf("files before %v, after %v", files, after)
	}
	var draft draftView
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.000656", "language": "vi", "secret": false}, &draft)
	if after := must(d.book.DataVersion(t.Context()))(t); after == before {
		t.Error("a draft that was begun went unseen: the check proves nothing")
	}
}

// sizes names every file below dir with its size; the database's shared memory has no contents of its own.
func sizes(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(path, "-shm") {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			out = append(out, fmt.Sprintf("%s %d", path, info.Size()))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
