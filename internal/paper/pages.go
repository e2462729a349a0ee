package paper

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Bounds of one PDF of pages; it lies in memory once.
const (
	MaxPagesBytes = 64 << 20 // of pictures together, as one attachment
	a4Short       = 210.0    // mm
	a4Long        = 297.0
	pageDPI       = 200.0 // pages are kept at 200 dpi of A4
)

// Pages are the pictures of one paper (tệp nhiều trang) in their order, each a JPEG as it was filed.
type Pages struct {
	Title string
	At    time.Time // when they were filed: the document knows no other time
	JPEGs [][]byte
}

// ErrNoPages says that there is nothing, something else than a JPEG, or more than fits.
var ErrNoPages = errors.New("not pages that fit into one document")

// WritePages writes one PDF with a page of A4 for each picture. The pictures stand in it byte by byte as
// they were filed, never encoded again, and the document's subject lists their SHA-256: whoever holds
// the receipt can check them. It is a copy made for reading and archives; what was signed for stays
// the pictures. The same pages give the same document: the same sheets in the same order and as many bytes.
// They are the same bytes, too, where no two pictures are equally wide: among such the drawing library
// numbers the picture objects in no fixed order, which no reader sees. So nobody compares two of these
// documents by their digest; the pages' own digests are for that. It fails with ErrNoPages.
func WritePages(w io.Writer, p Pages) error {
	if len(p.JPEGs) == 0 {
		return fmt.Errorf("no page: %w", ErrNoPages)
	}
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: a4Short, Ht: a4Long}})
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(p.At.UTC())
	pdf.SetModificationDate(p.At.UTC())
	pdf.SetProducer("Ben Do", false)
	pdf.SetTitle(plainText(p.Title), true)
	pdf.SetLang("vi")
	pdf.SetAutoPageBreak(false, 0)
	var digests []string
	total := 0
	for i, data := range p.JPEGs {
		if total += len(data); total > MaxPagesBytes {
			return fmt.Errorf("%d bytes up to page %d: %w", total, i+1, ErrNoPages)
		}
		sum := fmt.Sprintf("%x", sha256.Sum256(data))
		if err := onePage(pdf, sum, data); err != nil {
			return fmt.Errorf("page %d: %w", i+1, err)
		}
		digests = append(digests, sum)
	}
	pdf.SetSubject("SHA-256: "+strings.Join(digests, " "), false)
	if err := pdf.Output(w); err != nil {
		return fmt.Errorf("drawing %d pages: %w", len(p.JPEGs), err)
	}
	return nil
}

// onePage sets a picture in the middle of A4, upright or lying as the picture is: at its own size, or
// smaller where it would not fit.
func onePage(pdf *fpdf.Fpdf, name string, data []byte) error {
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil || c.Width < 1 || c.Height < 1 {
		return fmt.Errorf("not a JPEG (%w): %w", errors.Join(err), ErrNoPages)
	}
	pageW, pageH := a4Short, a4Long
	if c.Width > c.Height {
		pageW, pageH = a4Long, a4Short
	}
	w, h := float64(c.Width)*25.4/pageDPI, float64(c.Height)*25.4/pageDPI
	if scale := min(1, pageW/w, pageH/h); scale < 1 {
		w, h = w*scale, h*scale
	}
	pdf.AddPageFormat("P", fpdf.SizeType{Wd: pageW, Ht: pageH})
	pdf.RegisterImageOptionsReader(name, fpdf.ImageOptions{ImageType: "jpg"}, bytes.NewReader(data))
	pdf.ImageOptions(name, (pageW-w)/2, (pageH-h)/2, w, h, false, fpdf.ImageOptions{ImageType: "jpg"}, 0, "")
	if pdf.Err() {
		return fmt.Errorf("%w: %w", pdf.Error(), ErrNoPages)
	}
	return nil
}
