package paper

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
	"time"

	"bendo/internal/bounded"
)

func jpegOf(t testing.TB, w, h int, level byte) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range w * h {
		img.SetRGBA(i%w, i/w, color.RGBA{level, byte(i), 200, 255})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 75}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestPagesStandInThePDFAsTheyWereFiled: byte by byte, in their order, each with its digest.
func TestPagesStandInThePDFAsTheyWereFiled(t *testing.T) {
	p := Pages{Title: "Giấy chứng sinh", At: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		JPEGs: [][]byte{jpegOf(t, 330, 470, 10), jpegOf(t, 500, 300, 20), jpegOf(t, 2000, 3000, 30)}}
	var one, again bytes.Buffer
	if err := errors.Join(WritePages(&one, p), WritePages(&again, p)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(one.Bytes(), again.Bytes()) {
		t.Error("the same pages gave other bytes")
	}
	for i, data := range p.JPEGs {
		if bytes.Count(one.Bytes(), data) != 1 {
			t.Errorf("page %d does not stand in the document as it was filed", i+1)
		}
		if !bytes.Contains(one.Bytes(), fmt.Appendf(nil, "%x", sha256.Sum256(data))) {
			t.Errorf("page %d: its digest is not named", i+1)
		}
	}
	if n := bytes.Count(one.Bytes(), []byte("/Type /Page\n")); n != 3 {
		t.Errorf("%d pages", n)
	}
	if !bytes.Contains(one.Bytes(), []byte("[0 0 841.89 595.28]")) {
		t.Error("a lying picture stands on an upright page")
	}
	if one.Len() > len(p.JPEGs[0])+len(p.JPEGs[1])+len(p.JPEGs[2])+4096 {
		t.Errorf("%d bytes for the frame of three pages", one.Len())
	}
}

// TestEquallyWidePagesGiveTheSameDocument: the order of the objects inside is free, what is read is not.
func TestEquallyWidePagesGiveTheSameDocument(t *testing.T) {
	p := Pages{Title: "x", JPEGs: [][]byte{jpegOf(t, 330, 470, 10), jpegOf(t, 330, 470, 20), jpegOf(t, 330, 470, 30)}}
	var first bytes.Buffer
	if err := WritePages(&first, p); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		var again bytes.Buffer
		if err := WritePages(&again, p); err != nil {
			t.Fatal(err)
		}
		if again.Len() != first.Len() {
			t.Fatalf("%d bytes, then %d", first.Len(), again.Len())
		}
		for i, data := range p.JPEGs {
			if bytes.Count(again.Bytes(), data) != 1 {
				t.Fatalf("page %d is not there once", i+1)
			}
		}
	}
}

func TestWhatIsNoPageIsRefused(t *testing.T) {
	good := jpegOf(t, 30, 40, 1)
	for name, list := range map[string][][]byte{
		"nothing": nil, "a web page": {good, []byte("<html>")}, "empty": {{}}, "a head": {good[:20]}, "too much": {good, make([]byte, MaxPagesBytes)},
	} {
		if err := WritePages(&bytes.Buffer{}, Pages{JPEGs: list}); !errors.Is(err, ErrNoPages) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzWritePages(f *testing.F) {
	f.Add(jpegOf(f, 20, 30, 9), "Giấy")
	f.Add([]byte{0xff, 0xd8, 0xff, 0xc0, 0, 11, 8, 0xff, 0xff, 0xff, 0xff, 1, 1, 0x11, 0}, "\xff\x00")
	f.Fuzz(func(t *testing.T, data []byte, title string) {
		defer bounded.Input(t)()
		if len(data) > 1<<20 {
			return
		}
		var b bytes.Buffer
		switch err := WritePages(&b, Pages{Title: title, JPEGs: [][]byte{data, data}}); {
		case err == nil && !bytes.Contains(b.Bytes(), data):
			t.Fatal("the page is not in the document")
		case err != nil && !errors.Is(err, ErrNoPages):
			t.Fatal(err)
		}
	})
}

func BenchmarkWriteTenPages(b *testing.B) {
	p := Pages{Title: "x"}
	for i := range 10 {
		p.JPEGs = append(p.JPEGs, jpegOf(b, 1654, 2339, byte(i)))
	}
	for b.Loop() {
		if err := WritePages(&bytes.Buffer{}, p); err != nil {
			b.Fatal(err)
		}
	}
}
