package scan

import (
	"image"

	"golang.org/x/image/draw"
)

// graySide is enough for the code of a slip on a scanned A4 page: five dots a module.
const graySide = 2400

// Gray decodes a picture of the camera as grey dots, at most 2,400 on the long side, for a reader of
// codes. It refuses what Reduce refuses, and PDF files.
func Gray(data []byte) (*image.Gray, error) {
	kind, err := admit(data)
	if err != nil {
		return nil, err
	}
	if kind == PDF {
		return nil, refuse("unknown_kind", "a PDF file has no picture to look at")
	}
	img, err := first(kind, data)
	if err != nil {
		return nil, err
	}
	b := img.Bounds()
	scale := min(1, graySide/float64(max(b.Dx(), b.Dy())))
	out := image.NewGray(image.Rect(0, 0, max(1, int(float64(b.Dx())*scale+0.5)), max(1, int(float64(b.Dy())*scale+0.5))))
	for i := range out.Pix {
		out.Pix[i] = 255 // transparent parts are paper
	}
	draw.ApproxBiLinear.Scale(out, out.Rect, img, b, draw.Over, nil)
	return out, nil
}

// first decodes a picture, or the first page of a TIFF.
func first(kind string, data []byte) (image.Image, error) {
	if kind != TIFF {
		return decode(data)
	}
	pages, err := tiffPages(data)
	if err != nil {
		return nil, err
	}
	return pages[0].decode()
}
