package scan

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"

	"golang.org/x/image/tiff"
)

// What a file may cost before one of its points is decoded.
const (
	// maxMemory is what decoding may ask for: a page of A3 at 600 dpi as PNG with colour, four bytes
	// a point. It is more than a quarter of the memory of the smallest office PC.
	maxMemory = 320 << 20
	// maxScans bounds the time of a progressive JPEG: an encoder makes about ten scans, a bomb
	// makes thousands, each over the whole picture.
	maxScans = 100
	// tiffBuffer is what x/image/tiff may hold of a strip beside the picture, bytes a point.
	tiffBuffer = 8
	// pdfTail is where a whole PDF ends with %%EOF (ISO 32000-1, 7.5.5 and annex H: within the last
	// 1,024 bytes; scanners pad).
	pdfTail = 2 << 10
)

// Kind recognises a file by its first bytes, never by its name; "" if it is none of ours.
func Kind(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xff, 0xd8, 0xff}):
		return JPEG
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return PNG
	case bytes.HasPrefix(data, []byte("%PDF-")):
		return PDF
	case bytes.HasPrefix(data, []byte("II*\x00")), bytes.HasPrefix(data, []byte("MM\x00*")):
		return TIFF
	}
	return ""
}

// phonePicture knows the pictures phones make that neither we nor an officer's screen can show:
// HEIC and AVIF (ISO/IEC 14496-12: a box "ftyp" with a brand).
func phonePicture(data []byte) bool {
	if len(data) < 12 || string(data[4:8]) != "ftyp" {
		return false
	}
	switch string(data[8:12]) {
	case "heic", "heix", "hevc", "hevx", "heim", "heis", "mif1", "msf1", "avif", "avis":
		return true
	}
	return false
}

// admit refuses what must not be decoded: by its kind, its length, and what its head says that
// decoding would cost.
func admit(data []byte) (kind string, err error) {
	if len(data) == 0 {
		return "", refuse("empty", "the file has no bytes")
	}
	if len(data) > MaxBytes {
		return "", refuse("too_large", "%d bytes, at most %d", len(data), MaxBytes)
	}
	switch kind = Kind(data); {
	case phonePicture(data):
		return "", refuse("heic", "a phone's own format")
	case kind == "":
		return "", refuse("unknown_kind", "neither JPEG, PNG, TIFF nor PDF")
	case kind == PDF:
		return kind, wholePDF(data)
	case kind == TIFF:
		return kind, nil // each of its pages is admitted by itself
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return "", refuse("unreadable", "reading the picture's size: %w", err)
	}
	each := bytesPerPoint(c.ColorModel)
	if kind == JPEG {
		if each, err = jpegCost(data); err != nil {
			return "", err
		}
	}
	return kind, fits(c, each)
}

// fits compares a picture's claimed size with the bounds.
func fits(c image.Config, each int) error {
	if c.Width < 1 || c.Height < 1 {
		return refuse("unreadable", "%d × %d points", c.Width, c.Height)
	}
	if c.Width > maxPixels/c.Height || c.Width > maxMemory/each/c.Height {
		return refuse("too_many_pixels", "%d × %d points of %d bytes", c.Width, c.Height, each)
	}
	return nil
}

func wholePDF(data []byte) error {
	if !bytes.Contains(data[max(0, len(data)-pdfTail):], []byte("%%EOF")) {
		return refuse("unreadable", "the PDF has no end")
	}
	return nil
}

// bytesPerPoint is what a decoder stores for a point.
func bytesPerPoint(m color.Model) int {
	switch m {
	case color.GrayModel:
		return 1
	case color.Gray16Model:
		return 2
	case color.RGBA64Model, color.NRGBA64Model:
		return 8
	}
	if _, paletted := m.(color.Palette); paletted {
		return 1
	}
	return 4
}

// jpegCost says how many bytes a point of a JPEG takes at most while it is decoded: one for each
// component, and a progressive picture keeps four for each coefficient besides.
func jpegCost(data []byte) (each int, err error) {
	components, progressive := 3, false
	rest, err := segments(data, func(marker byte, segment []byte) {
		if marker >= markerSOF0 && marker <= markerSOF2 && len(segment) > 9 {
			components, progressive = max(1, int(segment[9])), marker == markerSOF2
		}
	})
	if err != nil {
		return 0, refuse("unreadable", "reading the picture's head: %w", err)
	}
	if !progressive {
		return components, nil
	}
	if n := bytes.Count(data[rest:], []byte{0xff, markerSOS}); n > maxScans {
		return 0, refuse("too_many_pixels", "%d scans, at most %d", n, maxScans)
	}
	return 5 * components, nil
}

// tiffPages finds the pages of a TIFF (TIFF 6.0, section 2): where the directory of each stands and
// how it must be turned. Small pictures of a page (NewSubfileType bit 0) are no pages.
func tiffPages(data []byte) ([]tiffPage, error) {
	if len(data) < 8 {
		return nil, refuse("unreadable", "a TIFF of %d bytes", len(data))
	}
	order := tiffOrder(data)
	var pages []tiffPage
	seen := map[uint32]bool{}
	for at := order.Uint32(data[4:]); at != 0; {
		if seen[at] || len(seen) > 2*maxPages || int64(at)+2 > int64(len(data)) {
			return nil, refuse("unreadable", "a TIFF whose pages lead nowhere")
		}
		seen[at] = true
		count := int64(order.Uint16(data[at:]))
		next := int64(at) + 2 + 12*count
		if next+4 > int64(len(data)) {
			return nil, refuse("unreadable", "a TIFF that is cut off")
		}
		if tiffTag(data, order, at, tagSubfile)&1 == 0 {
			pages = append(pages, tiffPage{data, at, int(tiffTag(data, order, at, tagOrientation))})
		}
		at = order.Uint32(data[next:])
	}
	switch {
	case len(pages) == 0:
		return nil, refuse("unreadable", "a TIFF without a page")
	case len(pages) > maxPages:
		return nil, refuse("too_many_pages", "%d pages, at most %d", len(pages), maxPages)
	}
	return pages, nil
}

func tiffOrder(data []byte) binary.ByteOrder {
	if data[0] == 'M' {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// tiffTag reads a short or long number of a directory, 0 when it is not there.
func tiffTag(data []byte, order binary.ByteOrder, at uint32, tag uint16) uint32 {
	count := int(order.Uint16(data[at:]))
	for i := range count {
		e := int(at) + 2 + 12*i
		if e+12 > len(data) {
			return 0
		}
		if order.Uint16(data[e:]) != tag {
			continue
		}
		if order.Uint16(data[e+2:]) == 3 { // SHORT
			return uint32(order.Uint16(data[e+8:]))
		}
		return order.Uint32(data[e+8:])
	}
	return 0
}

// tiffPage reads as a TIFF whose first page is this one: the decoder knows only the first.
type tiffPage struct {
	data []byte
	at   uint32
	turn int
}

// ReadAt gives the file with the head pointing to this page.
func (p tiffPage) ReadAt(b []byte, off int64) (int, error) {
	n, err := bytes.NewReader(p.data).ReadAt(b, off)
	var head [4]byte
	tiffOrder(p.data).PutUint32(head[:], p.at)
	for i := range head {
		if k := 4 + int64(i) - off; k >= 0 && k < int64(n) {
			b[k] = head[i]
		}
	}
	return n, err
}

// Read is never called: the decoder reads by place.
func (p tiffPage) Read([]byte) (int, error) { return 0, errShape }

func (p tiffPage) decode() (image.Image, error) {
	c, err := tiff.DecodeConfig(p)
	if err != nil {
		return nil, refuse("unreadable", "reading the page's size: %w", err)
	}
	if err := fits(c, tiffBuffer+bytesPerPoint(c.ColorModel)); err != nil {
		return nil, err
	}
	img, err := tiff.Decode(p)
	if err != nil {
		return nil, refuse("unreadable", "decoding the page: %w", err)
	}
	return img, nil
}
