package dossier

import (
	"testing"

	"bendo/syncproto"
)

// TestEmptyFileIsNamedNotCarried: the header's list is what the road carries, and the road carries no
// empty file; a wrong length under another digest is not excused.
func TestEmptyFileIsNamedNotCarried(t *testing.T) {
	empty := EmptyBlob("rỗng.dat", "")
	full := Blob{Name: "a", SHA256: syncproto.Digest{1}, Length: 3}
	refs := blobsOf(&SubmittedPayload{Components: []Component{{ID: "p1", Blobs: []Blob{empty, full, empty}}}})
	if len(refs) != 1 || refs[0].SHA256 != full.SHA256 {
		t.Errorf("the header names %v, want only the file with bytes", refs)
	}
	for _, b := range []Blob{{SHA256: empty.SHA256, Length: 1}, {SHA256: full.SHA256}} {
		if b.Empty() {
			t.Errorf("%+v is not empty", b)
		}
	}
	if !empty.Empty() || empty.SHA256.String() != "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" {
		t.Errorf("an empty file has the digest %s", empty.SHA256)
	}
}
