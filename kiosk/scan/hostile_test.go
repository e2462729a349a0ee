package scan

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"slices"
	"testing"

	"golang.org/x/image/tiff"

	"bendo/internal/bounded"
)

// pngClaiming is a PNG whose head, with a good checksum, claims a size.
func pngClaiming(t testing.TB, w, h uint32, depth, colour byte) []byte {
	b := asPNG(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	binary.BigEndian.PutUint32(b[16:], w)
	binary.BigEndian.PutUint32(b[20:], h)
	b[24], b[25] = depth, colour
	binary.BigEndian.PutUint32(b[29:], crc32.ChecksumIEEE(b[12:29]))
	return b
}

// jpegClaiming is a JPEG whose frame claims a size.
func jpegClaiming(t testing.TB, base []byte, w, h uint16) []byte {
	b := bytes.Clone(base)
	for _, marker := range []byte{markerSOF0, markerSOF2} {
		if at := bytes.Index(b, []byte{0xff, marker}); at > 0 {
			binary.BigEndian.PutUint16(b[at+5:], h)
			binary.BigEndian.PutUint16(b[at+7:], w)
		}
	}
	return b
}

type byteOrder interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// tiffOf builds an uncompressed TIFF of grey pages, some of them small pictures of a page.
func tiffOf(order byteOrder, pages []*image.Gray, thumbs map[int]bool, turn uint16) []byte {
	b := []byte("II*\x00\x00\x00\x00\x00")
	if order.String() == binary.BigEndian.String() {
		b = []byte("MM\x00*\x00\x00\x00\x00")
	}
	link := 4
	for i, p := range pages {
		at := uint32(len(b))
		b = append(b, p.Pix...)
		order.PutUint32(b[link:], uint32(len(b)))
		sub := uint32(0)
		if thumbs[i] {
			sub = 1
		}
		entries := [][3]uint32{{tagSubfile, 4, sub}, {256, 4, uint32(p.Rect.Dx())}, {257, 4, uint32(p.Rect.Dy())}, {258, 3, 8}, {259, 3, 1},
			{262, 3, 1}, {273, 4, at}, {274, 3, uint32(turn)}, {277, 3, 1}, {278, 4, uint32(p.Rect.Dy())}, {279, 4, uint32(len(p.Pix))}}
		b = order.AppendUint16(b, uint16(len(entries)))
		for _, e := range entries {
			b = order.AppendUint16(b, uint16(e[0]))
			b = order.AppendUint16(b, uint16(e[1]))
			b = order.AppendUint32(b, 1)
			if e[1] == 3 {
				b = order.AppendUint16(b, uint16(e[2]))
				b = append(b, 0, 0)
			} else {
				b = order.AppendUint32(b, e[2])
			}
		}
		link = len(b)
		b = append(b, 0, 0, 0, 0)
	}
	return b
}

func greyPage(w, h int, level byte) *image.Gray {
	p := image.NewGray(image.Rect(0, 0, w, h))
	for i := range p.Pix {
		p.Pix[i] = level
	}
	return p
}

// TestAHostileFileCostsNothing: each is refused with its code, within a second and 64 MiB.
func TestAHostileFileCostsNothing(t *testing.T) {
	plain := asJPEG(t, page(60, 80), 60)
	many, err := base64.StdEncoding.DecodeString(progressive)
	if err != nil {
		t.Fatal(err)
	}
	sos := bytes.Index(many, []byte{0xff, markerSOS})
	bomb := bytes.Clone(many[:sos])
	for range 5000 { // a scan of nothing over the whole picture, again and again
		bomb = append(bomb, many[sos:bytes.Index(many[sos+2:], []byte{0xff})+sos+2]...)
	}
	loop := tiffOf(binary.LittleEndian, []*image.Gray{greyPage(8, 8, 9)}, nil, 1)
	binary.LittleEndian.PutUint32(loop[len(loop)-4:], binary.LittleEndian.Uint32(loop[4:]))
	wide := tiffOf(binary.BigEndian, []*image.Gray{greyPage(8, 8, 9)}, nil, 1)
	ifd := binary.BigEndian.Uint32(wide[4:])
	binary.BigEndian.PutUint32(wide[ifd+2+12+8:], 25000)
	binary.BigEndian.PutUint32(wide[ifd+2+24+8:], 20000)
	var crowd []*image.Gray
	for range maxPages + 1 {
		crowd = append(crowd, greyPage(2, 2, 1))
	}
	for _, c := range []struct {
		name, code string
		data       []byte
	}{
		{"500 megapixels of PNG", "too_many_pixels", pngClaiming(t, 25000, 20000, 8, 2)},
		{"60,000 × 60,000", "too_many_pixels", pngClaiming(t, 60000, 60000, 1, 0)},
		{"deep colour beyond memory", "too_many_pixels", pngClaiming(t, 8000, 8000, 16, 6)},
		{"a side of nothing", "unreadable", pngClaiming(t, 0, 5, 8, 2)},
		{"a giant JPEG", "too_many_pixels", jpegClaiming(t, plain, 65000, 65000)},
		{"a progressive JPEG beyond memory", "too_many_pixels", jpegClaiming(t, many, 9000, 9000)},
		{"five thousand scans", "too_many_pixels", append(bomb, 0xff, markerEOI)},
		{"a JPEG without a picture", "unreadable", []byte{0xff, 0xd8, 0xff, 0xd9}},
		{"TIFF pages in a ring", "unreadable", loop},
		{"a TIFF of 500 megapixels", "too_many_pixels", wide},
		{"a TIFF cut off", "unreadable", tiffOf(binary.LittleEndian, []*image.Gray{greyPage(40, 40, 9)}, nil, 1)[:900]},
		{"a TIFF of a head", "unreadable", []byte("II*\x00\xff\xff\xff\x7f")},
		{"a TIFF without pages", "unreadable", []byte("II*\x00\x00\x00\x00\x00")},
		{"too many pages", "too_many_pages", tiffOf(binary.LittleEndian, crowd, nil, 1)},
		{"a PDF cut off", "unreadable", []byte("%PDF-1.7\n1 0 obj\n<<")},
		{"a phone's picture", "heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00")},
		{"a film", "unknown_kind", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00")},
		{"a web page", "unknown_kind", []byte("<html><script>")},
		{"an archive", "unknown_kind", []byte("PK\x03\x04")},
		{"a GIF", "unknown_kind", []byte("GIF89a\x01\x00\x01\x00")},
	} {
		t.Run(c.name, func(t *testing.T) {
			defer bounded.Input(t)()
			_, err := Pages(c.data)
			if got := IsRefusal(err); got != c.code {
				t.Errorf("%q (%v), want %q", got, err, c.code)
			}
			for what, see := range map[string]func([]byte) error{
				"look": func(b []byte) error { _, err := Look(b); return err },
				"mend": func(b []byte) error { _, err := Mend(b, Edit{Turn: 1}); return err },
				"view": func(b []byte) error { _, err := Preview(b); return err },
				"gray": func(b []byte) error { _, err := Gray(b); return err },
			} {
				if IsRefusal(see(c.data)) == "" {
					t.Errorf("%s took it", what)
				}
			}
		})
	}
}

// TestAPolyglotLeavesAsAPicture: what else a file may be stays behind.
func TestAPolyglotLeavesAsAPicture(t *testing.T) {
	img := asJPEG(t, page(600, 800), 50)
	for name, tail := range map[string]string{
		"a web page": "<html><script>alert(1)</script>", "an archive": "PK\x03\x04 evil.exe PK\x05\x06", "a PDF": "%PDF-1.7 /OpenAction %%EOF",
	} {
		for how, data := range map[string][]byte{
			"behind":       append(bytes.Clone(img), tail...),
			"in a comment": slices.Concat(img[:2], []byte{0xff, markerCOM, 0, byte(len(tail) + 2)}, []byte(tail), img[2:]),
		} {
			r, err := Reduce(data)
			if err != nil || bytes.Contains(r.Data, []byte(tail)) || Kind(r.Data) != JPEG {
				t.Errorf("%s %s: %v", name, how, err)
			}
		}
		png := append(asPNG(t, page(600, 800)), tail...)
		if r, err := Reduce(png); err != nil || bytes.Contains(r.Data, []byte(tail)) || Kind(r.Data) != JPEG {
			t.Errorf("%s behind a PNG: %v", name, err)
		}
	}
}

// TestATIFFGivesAllItsPages: an old scanner puts a whole folder into one file.
func TestATIFFGivesAllItsPages(t *testing.T) {
	mark := greyPage(600, 800, 250)
	for y := range 100 {
		for x := range 100 {
			mark.SetGray(x, y, color.Gray{Y: 10}) // top left
		}
	}
	for _, order := range []byteOrder{binary.LittleEndian, binary.BigEndian} {
		data := tiffOf(order, []*image.Gray{mark, greyPage(60, 80, 3), greyPage(700, 900, 90), mark}, map[int]bool{1: true}, 3)
		pages, err := Pages(data)
		if err != nil || len(pages) != 3 {
			t.Fatalf("%s: %d pages, %v", order, len(pages), err)
		}
		if pages[0].Was != len(data) || pages[1].Was != 0 || pages[0].MIME != JPEG {
			t.Errorf("sizes before: %d and %d of %d", pages[0].Was, pages[1].Was, len(data))
		}
		p, err := picture(pages[2].Data)
		if err != nil || p.Rect.Dx() != 600 || p.RGBAAt(550, 750).R > 40 || p.RGBAAt(50, 50).R < 200 {
			t.Errorf("%s: the last page is not turned upright: %v", order, err)
		}
		if first, err := Preview(data); err != nil || Kind(first) != JPEG {
			t.Errorf("%s: no preview: %v", order, err)
		}
		if _, err := Reduce(data); IsRefusal(err) != "too_many_pages" {
			t.Errorf("one page of three passed for all: %v", err)
		}
	}
	var one bytes.Buffer
	if err := tiff.Encode(&one, page(600, 800), &tiff.Options{Compression: tiff.Deflate}); err != nil {
		t.Fatal(err)
	}
	if r, err := Reduce(one.Bytes()); err != nil || r.MIME != JPEG {
		t.Errorf("a deflated page: %v", err)
	}
	if g, err := Gray(one.Bytes()); err != nil || g.Rect.Dx() != 600 {
		t.Errorf("as grey dots: %v", err)
	}
}

func TestALockedPDFIsSaid(t *testing.T) {
	in := []byte("%PDF-1.6\ntrailer << /Encrypt 5 0 R >>\n%%EOF")
	if r, err := Reduce(in); err != nil || !slices.Equal(r.Warnings, []string{"locked"}) || !bytes.Equal(r.Data, in) {
		t.Errorf("%v, %v", r.Warnings, err)
	}
}

func FuzzPages(f *testing.F) {
	f.Add(tiffOf(binary.LittleEndian, []*image.Gray{greyPage(9, 9, 9), greyPage(8, 8, 200)}, nil, 6))
	f.Add(tiffOf(binary.BigEndian, []*image.Gray{greyPage(9, 9, 9)}, map[int]bool{0: true}, 1))
	f.Add(asJPEG(f, page(60, 40), 60))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer bounded.Input(t)()
		if len(data) > 1<<16 || tooWide(data) {
			return // large but allowed pictures only slow the search down
		}
		pages, err := Pages(data)
		if (err == nil) != (len(pages) > 0) || err != nil && IsRefusal(err) == "" {
			t.Fatalf("%d pages, %v", len(pages), err)
		}
		for _, p := range pages {
			if p.MIME == PDF {
				continue
			}
			if _, err := Look(p.Data); err != nil {
				t.Fatalf("what we made does not open: %v", err)
			}
		}
	})
}

// tooWide says whether a page claims more than a megapixel.
func tooWide(data []byte) bool {
	if Kind(data) == TIFF {
		pages, err := tiffPages(data)
		if err != nil {
			return false
		}
		for _, p := range pages {
			if c, err := tiff.DecodeConfig(p); err == nil && c.Width > 0 && c.Height > (1<<18)/c.Width {
				return true
			}
		}
		return len(pages) > 8
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	return err == nil && c.Width > 0 && c.Height > (1<<20)/c.Width
}

func FuzzMend(f *testing.F) {
	in := asJPEG(f, page(60, 80), 60)
	f.Add(0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1)
	f.Add(0.2, 0.1, 0.9, 0.2, 0.8, 0.9, 0.1, 0.8, 0)
	f.Add(-0.3, -0.3, 1.3, -0.3, 1.3, 1.3, -0.3, 1.3, -7)
	f.Fuzz(func(t *testing.T, ax, ay, bx, by, cx, cy, dx, dy float64, turn int) {
		defer bounded.Input(t)()
		r, err := Mend(in, Edit{Corners: []Point{{ax, ay}, {bx, by}, {cx, cy}, {dx, dy}}, Turn: turn})
		if err != nil {
			if IsRefusal(err) != "bad_corners" {
				t.Fatal(err)
			}
			return
		}
		if w, h := size(t, r.Data); w < 1 || h < 1 || max(w, h) > longSide {
			t.Fatalf("%d × %d", w, h)
		}
	})
}

func BenchmarkLookA4At200DPI(b *testing.B) {
	r, err := Reduce(asJPEG(b, document(b, 1), 90))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Look(r.Data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMendA4At200DPI(b *testing.B) {
	data := asJPEG(b, document(b, 1), quality)
	e := Edit{Corners: []Point{{0.02, 0.03}, {0.97, 0.01}, {0.99, 0.96}, {0.01, 0.98}}}
	for b.Loop() {
		if _, err := Mend(data, e); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSameA4At200DPI(b *testing.B) {
	one, other := asJPEG(b, filled(b, 1), quality), asJPEG(b, filled(b, 2), quality)
	for b.Loop() {
		if _, err := Same(one, other); err != nil {
			b.Fatal(err)
		}
	}
}
