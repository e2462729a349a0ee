package scan

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"

	"bendo/internal/bounded"
)

// page draws a sheet with lines of "text": enough structure to be judged as written.
func page(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{246, 244, 238, 255}
			if y%40 < 14 && x > w/10 && x < w*9/10 && (x*7+y*3)%11 < 6 {
				c = color.RGBA{30, 30, 60, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image, q int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: q}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func size(t *testing.T, data []byte) (w, h int) {
	t.Helper()
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return c.Width, c.Height
}

func TestALargePageLeavesAtTwoHundredDPI(t *testing.T) {
	r, err := Reduce(asJPEG(t, page(2480, 3508), 90)) // A4 at 300 dpi
	if err != nil {
		t.Fatal(err)
	}
	if w, h := size(t, r.Data); w != 1654 || h > 2340 || h < 2338 {
		t.Fatalf("%d × %d, want 1654 × 2339", w, h)
	}
	if r.MIME != JPEG || len(r.Data) >= r.Was || len(r.Warnings) != 0 {
		t.Fatalf("%s, %d of %d bytes, warnings %v", r.MIME, len(r.Data), r.Was, r.Warnings)
	}
	again, err := Reduce(asJPEG(t, page(2480, 3508), 90))
	if err != nil || !bytes.Equal(again.Data, r.Data) {
		t.Fatalf("the same bytes gave other bytes: %v", err)
	}
}

func TestASmallPageIsNotEncodedTwice(t *testing.T) {
	flat := image.NewRGBA(image.Rect(0, 0, 1200, 1600))
	for i := range flat.Pix {
		flat.Pix[i] = 250
	}
	in := asJPEG(t, flat, 70)
	r, err := Reduce(in)
	if err != nil || !bytes.Equal(r.Data, in) {
		t.Fatalf("a small scan was changed: %v", err)
	}
}

// exif wraps a JPEG with an orientation and a place that must not leave the office.
func exif(t *testing.T, img []byte, turn uint16) []byte {
	t.Helper()
	body := []byte("Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00")
	body = binary.LittleEndian.AppendUint16(body, tagOrientation)
	body = append(body, 3, 0, 1, 0, 0, 0)
	body = binary.LittleEndian.AppendUint16(body, turn)
	body = append(body, 0, 0)
	body = append(body, "GPS 10.24N 106.37E"...)
	out := append([]byte{0xff, 0xd8, 0xff, markerAPP1}, byte((len(body)+2)>>8), byte(len(body)+2))
	out = append(out, body...)
	return append(out, img[2:]...)
}

func TestTheCamerasPlaceStaysHere(t *testing.T) {
	for _, turn := range []uint16{1, 6} {
		r, err := Reduce(exif(t, asJPEG(t, page(600, 800), 50), turn))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(r.Data, []byte("GPS")) || bytes.Contains(r.Data, []byte("Exif")) {
			t.Fatalf("orientation %d: metadata left with the scan", turn)
		}
	}
}

// TestUpright puts a red mark in the top left corner of the upright picture and stores the
// picture in each of Exif's eight positions.
func TestUpright(t *testing.T) {
	const w, h = 3, 2
	upright0 := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range upright0.Pix {
		upright0.Pix[i] = byte(i * 9)
	}
	// store[how] says where the upright point (x, y) is stored.
	store := map[int]func(x, y int) (int, int){
		1: func(x, y int) (int, int) { return x, y },
		2: func(x, y int) (int, int) { return w - 1 - x, y },
		3: func(x, y int) (int, int) { return w - 1 - x, h - 1 - y },
		4: func(x, y int) (int, int) { return x, h - 1 - y },
		5: func(x, y int) (int, int) { return y, x },
		6: func(x, y int) (int, int) { return y, w - 1 - x },
		7: func(x, y int) (int, int) { return h - 1 - y, w - 1 - x },
		8: func(x, y int) (int, int) { return h - 1 - y, x },
	}
	for how, where := range store {
		sw, sh := w, h
		if how >= 5 {
			sw, sh = h, w
		}
		stored := image.NewRGBA(image.Rect(0, 0, sw, sh))
		for y := range h {
			for x := range w {
				sx, sy := where(x, y)
				stored.Set(sx, sy, upright0.At(x, y))
			}
		}
		got := straight(stored, how)
		if got.Bounds().Dx() != w || got.Bounds().Dy() != h {
			t.Fatalf("orientation %d: size %v", how, got.Bounds())
		}
		for y := range h {
			for x := range w {
				if got.At(x, y) != upright0.At(x, y) {
					t.Fatalf("orientation %d: point %d,%d is wrong", how, x, y)
				}
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	whole := asJPEG(t, page(600, 800), 80)
	huge := asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	binary.BigEndian.PutUint32(huge[16:], 60000) // the header claims 60 000 × 60 000 pixels
	binary.BigEndian.PutUint32(huge[20:], 60000)
	for _, c := range []struct {
		name, code string
		data       []byte
	}{
		{"nothing", "empty", nil},
		{"a program", "unknown_kind", []byte("MZ\x90\x00")},
		{"cut in the middle", "unreadable", whole[:len(whole)/2]},
		{"only a beginning", "unreadable", whole[:3]},
		{"a bomb", "unreadable", huge},
		{"too long", "too_large", make([]byte, MaxBytes+1)},
	} {
		_, err := Reduce(c.data)
		got := IsRefusal(err)
		if c.name == "a bomb" && got == "too_many_pixels" {
			continue // a PNG reader that skips the header's checksum sees the size first
		}
		if got != c.code {
			t.Errorf("%s: %q (%v), want %q", c.name, got, err, c.code)
		}
	}
}

func TestWarnings(t *testing.T) {
	grey := func(level byte, w, h int) image.Image {
		img := image.NewGray(image.Rect(0, 0, w, h))
		for i := range img.Pix {
			img.Pix[i] = level
		}
		return img
	}
	for _, c := range []struct {
		name string
		img  image.Image
		want []string
	}{
		{"written", page(900, 1200), nil},
		{"empty sheet", grey(240, 900, 1200), []string{"blank"}},
		{"under the table", grey(20, 900, 1200), []string{"too_dark"}},
		{"a stamp", page(300, 300), []string{"too_small"}},
	} {
		r, err := Reduce(asPNG(t, c.img))
		if err != nil || !slices.Equal(r.Warnings, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.name, r.Warnings, err, c.want)
		}
	}
}

func TestAPDFIsKept(t *testing.T) {
	in := []byte("%PDF-1.4\n%%EOF")
	if r, err := Reduce(in); err != nil || !bytes.Equal(r.Data, in) || r.MIME != PDF {
		t.Fatalf("%v %v", r, err)
	}
}

func FuzzReduce(f *testing.F) {
	f.Add(asJPEG(f, page(40, 60), 60))
	f.Add(asPNG(f, page(40, 60)))
	f.Add([]byte("%PDF-1.7"))
	f.Add([]byte{0xff, 0xd8, 0xff, 0xe1, 0, 4, 'E', 'x'})
	f.Fuzz(func(t *testing.T, data []byte) {
		defer bounded.Input(t)()
		if c, _, err := image.DecodeConfig(bytes.NewReader(data)); err == nil && c.Width > 0 && c.Height > 1<<20/c.Width {
			return // large but allowed pictures only slow the search down
		}
		r, err := Reduce(data)
		if err != nil {
			if IsRefusal(err) == "" {
				t.Fatalf("an error without a code: %v", err)
			}
			return
		}
		if r.MIME != PDF && Kind(r.Data) != JPEG {
			t.Fatalf("left as %q", Kind(r.Data))
		}
	})
}

func BenchmarkReduceA4At300DPI(b *testing.B) {
	data := asJPEG(b, page(2480, 3508), 90)
	for b.Loop() {
		if _, err := Reduce(data); err != nil {
			b.Fatal(err)
		}
	}
}
