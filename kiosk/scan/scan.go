// Package scan makes a picture of a paper (bản chụp giấy tờ = scan) small enough for a thin
// line and honest enough for an officer.
//
// It promises that a page leaves with at most 200 dots per inch of an A4 page, as a colour
// JPEG (measured: 2.14 MB becomes 0.53 MB and text recognition stays at 99 %), upright, and
// without the camera's metadata (place, device, time); that the same bytes give the same
// bytes; and that a picture already small goes through without being encoded a second time. It finds
// the edges of a sheet on a table and the lean of its lines ([Look]), straightens and turns a page
// as a person has agreed ([Mend]), says what an officer may not be able to read (blank, blurred, cut,
// skewed, too dark, too small) and whether two pages are the same sheet ([Same]).
//
// What it says of a page is a warning: it never refuses a readable file for its looks. It refuses
// what it cannot show to an officer, pictures that claim more points or memory than an office PC has
// before it decodes one of them, and truncated files, each with a code and a sentence that says what
// to do. A hostile file costs at most the memory and the time of an allowed one. A TIFF of an old
// scanner is taken page by page; a PDF is kept as it came and not looked into.
//
// It is pure: no disk, no clock. A power cut leaves nothing.
package scan

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	_ "image/png" // papers photographed by phones arrive as PNG too

	"golang.org/x/image/draw"
)

// Limits, and where they come from.
const (
	MaxBytes  = 64 << 20 // one attachment, as the batch format allows
	maxPixels = 80 << 20 // an A3 page at 600 dpi has 70 million
	maxPages  = 50       // of one TIFF; a folder of a household has fewer
	longSide  = 2339     // A4 at 200 dpi: 1654 × 2339
	shortSide = 1654
	quality   = 75
	keepPerPx = 0.22 // bytes a pixel below which encoding again would only lose
	minSide   = 500  // fewer and small print cannot be read
)

// Kinds of file: the first three an officer's screen can show, the last becomes the first.
const (
	JPEG = "image/jpeg"
	PNG  = "image/png"
	PDF  = "application/pdf"
	TIFF = "image/tiff"
)

// Result is a page ready for the vault.
type Result struct {
	Data     []byte
	MIME     string
	Was      int      // length of what came in, bytes; of a TIFF's pages the first carries all
	Warnings []string // codes: blank, too_dark, too_small, blurred, cut, skewed, locked
	Print    []byte   // tells alike pages apart from others ([Alike]); empty: nothing on it to compare
}

// Refusal is why a file cannot be a scan; Code is stable, Error says it in English for the log.
type Refusal struct {
	Code string // empty, too_large, too_many_pixels, too_many_pages, unreadable, unknown_kind, heic, bad_corners
	Err  error
}

func (r *Refusal) Error() string { return fmt.Sprintf("scan refused (%s): %v", r.Code, r.Err) }

// Unwrap gives the cause.
func (r *Refusal) Unwrap() error { return r.Err }

func refuse(code, format string, args ...any) error {
	return &Refusal{Code: code, Err: fmt.Errorf(format, args...)}
}

// Reduce makes one page small. A PDF is kept as it is; a TIFF of several pages is refused
// (too_many_pages): [Pages] takes it.
func Reduce(data []byte) (Result, error) {
	pages, err := Pages(data)
	if err != nil {
		return Result{}, err
	}
	if len(pages) > 1 {
		return Result{}, refuse("too_many_pages", "%d pages in one file", len(pages))
	}
	return pages[0], nil
}

// Pages makes every page of a file small: one of a picture or a PDF, as many as it has of a TIFF.
func Pages(data []byte) ([]Result, error) {
	kind, err := admit(data)
	if err != nil {
		return nil, err
	}
	switch kind {
	case PDF:
		return []Result{{Data: data, MIME: PDF, Was: len(data), Warnings: lockedPDF(data)}}, nil
	case TIFF:
		return tiffResults(data)
	}
	img, err := decode(data)
	if err != nil {
		return nil, err
	}
	turn := 1
	if kind == JPEG {
		turn = orientation(data)
	}
	if kind == JPEG && turn == 1 && small(img, len(data)) {
		if bare, err := withoutMetadata(data); err == nil {
			return []Result{judged(Result{Data: bare, MIME: JPEG, Was: len(data)}, img)}, nil
		}
	}
	r, err := finish(img, turn, len(data))
	return []Result{r}, err
}

// Preview is the first page of a TIFF as a JPEG: a browser shows no TIFF.
func Preview(data []byte) ([]byte, error) {
	kind, err := admit(data)
	if err != nil {
		return nil, err
	}
	if kind != TIFF {
		return nil, refuse("unknown_kind", "only a TIFF needs a preview")
	}
	pages, err := tiffPages(data)
	if err != nil {
		return nil, err
	}
	img, err := pages[0].decode()
	if err != nil {
		return nil, err
	}
	return encode(straight(shrink(img), pages[0].turn))
}

func tiffResults(data []byte) (list []Result, err error) {
	pages, err := tiffPages(data)
	if err != nil {
		return nil, err
	}
	was := len(data)
	for _, p := range pages {
		img, err := p.decode()
		if err != nil {
			return nil, err // all or nothing: a paper without its third page looks whole
		}
		r, err := finish(img, p.turn, was)
		if err != nil {
			return nil, err
		}
		list, was = append(list, r), 0
	}
	return list, nil
}

// finish makes a decoded page small and upright, judges it and encodes it.
func finish(img image.Image, turn, was int) (Result, error) {
	page := straight(shrink(img), turn)
	out, err := encode(page)
	if err != nil {
		return Result{}, err
	}
	return judged(Result{Data: out, MIME: JPEG, Was: was}, page), nil
}

// lockedPDF warns of a file that asks for a password (ISO 32000-1, 7.6): an officer cannot open it.
func lockedPDF(data []byte) []string {
	if bytes.Contains(data, []byte("/Encrypt")) {
		return []string{"locked"}
	}
	return nil
}

func decode(data []byte) (image.Image, error) {
	img, _, err := image.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, refuse("unreadable", "decoding the picture: %w", err)
	}
	return img, nil
}

// small says whether the picture already has our size and about our quality.
func small(img image.Image, length int) bool {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	return max(w, h) <= longSide && min(w, h) <= shortSide && float64(length) <= keepPerPx*float64(w)*float64(h)
}

// shrink keeps the proportions. ApproxBiLinear was measured at a quarter of CatmullRom's time
// with the same text recognition.
func shrink(img image.Image) *image.RGBA {
	b := img.Bounds()
	long, short := max(b.Dx(), b.Dy()), min(b.Dx(), b.Dy())
	scale := min(1, longSide/float64(long), shortSide/float64(short))
	w, h := max(1, int(float64(b.Dx())*scale+0.5)), max(1, int(float64(b.Dy())*scale+0.5))
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	// Transparent parts of a PNG would turn black in a JPEG: paper is white.
	draw.Draw(out, out.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	draw.ApproxBiLinear.Scale(out, out.Bounds(), img, b, draw.Over, nil)
	return out
}

func encode(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encoding the scan: %w", err)
	}
	return b.Bytes(), nil
}

// IsRefusal gives the refusal's code, or "" for any other error.
func IsRefusal(err error) string {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	return ""
}
