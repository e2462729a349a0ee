package scan

import (
	"bytes"
	"encoding/base64"
	"image"
	"image/jpeg"
	"testing"

	"bendo/internal/bounded"
)

// progressive is a picture of 24 × 24 points in ten scans, with tables between them.
const progressive = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wgARCAAYABgDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAME/8QAFgEBAQEAAAAAAAAAAAAAAAAAAAUC/9oADAMBAAIQAxAAAAHAm3SomJivLA//xAAUEAEAAAAAAAAAAAAAAAAAAAAw/9oACAEBAAEFAh//xAAXEQEAAwAAAAAAAAAAAAAAAAAAARIT/9oACAEDAQE/Admy0rS//8QAFxEBAAMAAAAAAAAAAAAAAAAAAAESE//aAAgBAgEBPwHBgpCkP//EABQQAQAAAAAAAAAAAAAAAAAAADD/2gAIAQEABj8CH//EABUQAQEAAAAAAAAAAAAAAAAAAAAR/9oACAEBAAE/Iaqqqqqv/9oADAMBAAIAAwAAABAEEIL/xAAWEQEBAQAAAAAAAAAAAAAAAABxABD/2gAIAQMBAT8Qc9r/xAAWEQEBAQAAAAAAAAAAAAAAAAAAYXH/2gAIAQIBAT8Qyyii/8QAFBABAAAAAAAAAAAAAAAAAAAAMP/aAAgBAQABPxAf/wD/2Q=="

func decoded(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func samePoints(a, b image.Image) bool {
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return a.Bounds() == b.Bounds()
}

// TestNothingBehindThePictureLeaves: phones put a second picture or a film behind the first, each
// with its own place; a hostile file puts a page there.
func TestNothingBehindThePictureLeaves(t *testing.T) {
	many, err := base64.StdEncoding.DecodeString(progressive)
	if err != nil {
		t.Fatal(err)
	}
	secret := []byte("GPS 10.24N 106.37E <script>")
	segment := func(marker byte, body string) []byte {
		n := len(body) + 2
		return append([]byte{0xff, marker, byte(n >> 8), byte(n)}, body...)
	}
	for name, img := range map[string][]byte{"one scan": asJPEG(t, page(600, 800), 50), "ten scans": many} {
		last := bytes.LastIndex(img, []byte{0xff, markerSOS})
		for how, spoilt := range map[string][]byte{
			"behind the end":   append(bytes.Clone(img), secret...),
			"another picture":  append(append(bytes.Clone(img), img...), secret...),
			"before the scans": append(append([]byte{0xff, 0xd8}, segment(markerAPP0+2, "MPF\x00"+string(secret))...), img[2:]...),
			"small picture":    append(append([]byte{0xff, 0xd8}, segment(markerAPP0, "JFXX\x00"+string(secret))...), img[2:]...),
			"before the last":  append(append(bytes.Clone(img[:last]), segment(markerCOM, string(secret))...), img[last:]...),
		} {
			bare, err := withoutMetadata(spoilt)
			if err != nil {
				t.Errorf("%s, %s: %v", name, how, err)
				continue
			}
			if bytes.Contains(bare, []byte("GPS")) || len(bare) > len(img) {
				t.Errorf("%s, %s: %d bytes of %d leave", name, how, len(bare), len(img))
			}
			if !samePoints(decoded(t, bare), decoded(t, img)) {
				t.Errorf("%s, %s: it is another picture", name, how)
			}
		}
		for cut := 2; cut < len(img); cut += 1 + len(img)/300 {
			if bare, err := withoutMetadata(img[:cut]); err == nil {
				t.Fatalf("%s cut at %d passed as whole (%d bytes)", name, cut, len(bare))
			}
		}
	}
}

func FuzzWithoutMetadata(f *testing.F) {
	many, err := base64.StdEncoding.DecodeString(progressive)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(many)
	f.Add([]byte{0xff, 0xd8, 0xff, 0xda, 0, 2, 0xff, 0xd9})
	f.Fuzz(func(t *testing.T, data []byte) {
		defer bounded.Input(t)()
		if len(data) < 2 {
			return
		}
		bare, err := withoutMetadata(data)
		if err != nil {
			return
		}
		again, err := withoutMetadata(bare)
		if err != nil || !bytes.Equal(again, bare) {
			t.Fatalf("of %d bytes %d leave, of those %d (%v)", len(data), len(bare), len(again), err)
		}
	})
}
