package scan

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
)

// Markers of ITU-T T.81 (JPEG), table B.1, the Exif tag for orientation (CIPA DC-008, 4.6.4)
// and the TIFF tag for small pictures (TIFF 6.0, NewSubfileType).
const (
	markerSOF0     = 0xc0 // baseline
	markerSOF2     = 0xc2 // progressive
	markerSOS      = 0xda
	markerEOI      = 0xd9
	markerRST0     = 0xd0
	markerRST7     = 0xd7
	markerAPP0     = 0xe0
	markerAPP1     = 0xe1
	markerAPP2     = 0xe2
	markerAPP14    = 0xee
	markerAPP15    = 0xef
	markerCOM      = 0xfe
	tagOrientation = 0x0112
	tagSubfile     = 0x00fe
)

var errShape = errors.New("not a well-formed JPEG")

// segments calls each for every marker segment before the scan data and returns where that
// begins. A segment is the marker's two bytes, its length and its body.
func segments(data []byte, each func(marker byte, segment []byte)) (rest int, err error) {
	at := 2
	for {
		if at+4 > len(data) || data[at] != 0xff {
			return 0, errShape
		}
		marker := data[at+1]
		if marker == 0xff { // fill byte
			at++
			continue
		}
		if marker == markerSOS {
			return at, nil
		}
		n := int(binary.BigEndian.Uint16(data[at+2:]))
		if n < 2 || at+2+n > len(data) {
			return 0, errShape
		}
		each(marker, data[at:at+2+n])
		at += 2 + n
	}
}

// scans copies the compressed data from the first scan to the end of the image: a progressive
// picture has several, with tables between them. What a camera puts behind the end (a second
// picture with its own place and device, a film) is left out, and so is metadata between scans.
func scans(out, data []byte, at int) ([]byte, error) {
	from := at
	for at+1 < len(data) {
		marker := data[at+1]
		switch {
		case data[at] != 0xff || marker == 0 || marker >= markerRST0 && marker <= markerRST7:
			at++ // compressed data, a stuffed byte, a restart
			continue
		case marker == 0xff: // fill byte
			at++
			continue
		case marker == markerEOI:
			return append(out, data[from:at+2]...), nil
		}
		if at+4 > len(data) {
			return nil, errShape
		}
		end := at + 2 + int(binary.BigEndian.Uint16(data[at+2:]))
		if end < at+4 || end > len(data) {
			return nil, errShape
		}
		if metadata(marker, data[at:end]) {
			out, from = append(out, data[from:at]...), end
		}
		at = end
	}
	return nil, errShape
}

// metadata says whether a segment is dropped.
func metadata(marker byte, segment []byte) bool {
	switch marker {
	case markerCOM:
		return true
	case markerAPP0:
		return !bytes.HasPrefix(segment[4:], []byte("JFIF\x00")) // the other kind holds a small picture
	case markerAPP2:
		return !bytes.HasPrefix(segment[4:], []byte("ICC_PROFILE\x00"))
	case markerAPP14:
		return false
	}
	return marker >= markerAPP0 && marker <= markerAPP15
}

// withoutMetadata drops application data and comments (place, device, thumbnails) and keeps
// what decoding needs: JFIF, colour profile and Adobe's transform flag. The picture's own data
// is copied bit by bit.
func withoutMetadata(data []byte) ([]byte, error) {
	out := make([]byte, 0, len(data))
	out = append(out, data[:2]...)
	rest, err := segments(data, func(marker byte, segment []byte) {
		if !metadata(marker, segment) {
			out = append(out, segment...)
		}
	})
	if err != nil {
		return nil, err
	}
	return scans(out, data, rest)
}

// orientation reads Exif's orientation, 1 to 8; 1 when there is none or it cannot be read.
func orientation(data []byte) int {
	found := 1
	if _, err := segments(data, func(marker byte, segment []byte) {
		if marker == markerAPP1 && len(segment) > 10 && string(segment[4:10]) == "Exif\x00\x00" {
			if v := tiffOrientation(segment[10:]); v != 0 {
				found = v
			}
		}
	}); err != nil {
		return 1
	}
	return found
}

func tiffOrientation(t []byte) int {
	if len(t) < 8 {
		return 0
	}
	var order binary.ByteOrder = binary.LittleEndian
	if t[0] == 'M' {
		order = binary.BigEndian
	}
	ifd := int(order.Uint32(t[4:]))
	if ifd < 8 || ifd+2 > len(t) {
		return 0
	}
	count := int(order.Uint16(t[ifd:]))
	for i := range count {
		at := ifd + 2 + 12*i
		if at+12 > len(t) {
			return 0
		}
		if order.Uint16(t[at:]) == tagOrientation {
			if v := int(order.Uint16(t[at+8:])); v >= 1 && v <= 8 {
				return v
			}
		}
	}
	return 0
}

// straight turns a picture that was stored in one of Exif's eight positions.
func straight(p *image.RGBA, how int) *image.RGBA {
	if how <= 1 || how > 8 {
		return p
	}
	w, h := p.Rect.Dx(), p.Rect.Dy()
	if how >= 5 {
		w, h = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			sx, sy := stored(how, x, y, p.Rect.Dx()-1, p.Rect.Dy()-1)
			copy(out.Pix[y*out.Stride+4*x:y*out.Stride+4*x+4], p.Pix[sy*p.Stride+4*sx:])
		}
	}
	return out
}

// stored maps a point of the upright picture back to the stored one, whose last column is w and last
// row h.
func stored(how, x, y, w, h int) (int, int) {
	switch how {
	case 2:
		return w - x, y
	case 3:
		return w - x, h - y
	case 4:
		return x, h - y
	case 5:
		return y, x
	case 6:
		return y, h - x
	case 7:
		return w - y, h - x
	case 8:
		return w - y, x
	}
	return x, y
}
