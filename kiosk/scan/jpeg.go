package scan

import (
	"encoding/binary"
	"errors"
	"image"
	"image/color"
)

// Markers of ITU-T T.81 (JPEG), table B.1, and the Exif tag for orientation (CIPA DC-008, 4.6.4).
const (
	markerSOS      = 0xda
	markerAPP0     = 0xe0
	markerAPP1     = 0xe1
	markerAPP2     = 0xe2
	markerAPP14    = 0xee
	markerAPP15    = 0xef
	markerCOM      = 0xfe
	tagOrientation = 0x0112
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

// withoutMetadata drops application data and comments (place, device, thumbnails) and keeps
// what decoding needs: JFIF, colour profile and Adobe's transform flag. The picture's own data
// is copied bit by bit.
func withoutMetadata(data []byte) ([]byte, error) {
	out := make([]byte, 0, len(data))
	out = append(out, data[:2]...)
	rest, err := segments(data, func(marker byte, segment []byte) {
		metadata := marker == markerCOM || (marker >= markerAPP0 && marker <= markerAPP15)
		if metadata && marker != markerAPP0 && marker != markerAPP2 && marker != markerAPP14 {
			return
		}
		out = append(out, segment...)
	})
	if err != nil {
		return nil, err
	}
	return append(out, data[rest:]...), nil
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

// turned shows an image in one of Exif's eight positions without copying its pixels.
type turned struct {
	image.Image
	how int
}

func upright(img image.Image, how int) image.Image {
	if how <= 1 || how > 8 {
		return img
	}
	return turned{img, how}
}

// Bounds swaps the sides for the four quarter turns.
func (t turned) Bounds() image.Rectangle {
	b := t.Image.Bounds()
	if t.how >= 5 {
		return image.Rect(0, 0, b.Dy(), b.Dx())
	}
	return image.Rect(0, 0, b.Dx(), b.Dy())
}

// At maps a point of the upright picture back to the stored one.
func (t turned) At(x, y int) color.Color {
	b := t.Image.Bounds()
	w, h := b.Dx()-1, b.Dy()-1
	switch t.how {
	case 2:
		x = w - x
	case 3:
		x, y = w-x, h-y
	case 4:
		y = h - y
	case 5:
		x, y = y, x
	case 6:
		x, y = y, h-x
	case 7:
		x, y = w-y, h-x
	case 8:
		x, y = w-y, x
	}
	return t.Image.At(b.Min.X+x, b.Min.Y+y)
}
