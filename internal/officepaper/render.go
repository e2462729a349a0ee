package officepaper

import (
	"bytes"
	"fmt"
	"strings"

	"codeberg.org/go-pdf/fpdf"
)

// Render draws a paper as a PDF; the same template and data give the same bytes. It fails with
// ErrNotForm, ErrNoAgency or ErrTooLong.
func Render(t Template, data Form) ([]byte, error) {
	pages, head, err := pagesOf(t, data)
	if err != nil {
		return nil, fmt.Errorf("drawing the form %s: %w", t.Form, err)
	}
	pdf := newPDF(t, head)
	for _, p := range pages {
		pdf.AddPage()
		for _, m := range p.marks {
			paint(pdf, m)
		}
	}
	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		return nil, fmt.Errorf("drawing the form %s: %w", t.Form, err)
	}
	return b.Bytes(), nil
}

func pagesOf(t Template, data Form) ([]page, Head, error) {
	if err := letters().err; err != nil {
		return nil, Head{}, err
	}
	if data.Form() != t.Form || len(t.Blocks) == 0 {
		return nil, Head{}, fmt.Errorf("data of %s: %w", data.Form(), ErrNotForm)
	}
	v := valuesOf(data)
	if err := v.check(); err != nil {
		return nil, Head{}, err
	}
	if err := checkCode(v.head.QR); err != nil {
		return nil, Head{}, err
	}
	if err := v.checkColumns(textWidth(t.Page)); err != nil {
		return nil, Head{}, err
	}
	pages, err := set(t, v)
	return pages, v.head, err
}

// newPDF is an empty document with the letters; the head's time is all it knows of time.
func newPDF(t Template, h Head) *fpdf.Fpdf {
	w, high := sizeOf(t.Page)
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: w, Ht: high}})
	for _, style := range []string{regular, bold, italic, boldItalic} {
		pdf.AddUTF8FontFromBytes(face, style, faces[style])
	}
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(h.Made.UTC())
	pdf.SetModificationDate(h.Made.UTC())
	pdf.SetProducer("Ben Do", false)
	pdf.SetTitle(strings.Join(append(t.Title, h.Code, h.Slip), " "), true)
	pdf.SetLang("vi")
	pdf.SetMargins(0, 0, 0)
	pdf.SetAutoPageBreak(false, 0)
	return pdf
}

const face = "serif"

// paint draws one mark. Watermarks are pale instead of transparent: old printers know no transparency,
// and they stand under the text because they are drawn before it.
func paint(pdf *fpdf.Fpdf, m mark) {
	switch m.kind {
	case "text":
		pdf.SetFont(face, m.t.style, m.t.size)
		pdf.SetTextColor(0, 0, 0)
		pdf.Text(m.x, m.y+m.t.baseline(), m.text)
	case "line":
		pdf.SetDrawColor(0, 0, 0)
		pdf.SetLineWidth(m.thick)
		pdf.Line(m.x, m.y, m.x+m.w, m.y+m.h)
	case "box":
		pdf.SetDrawColor(0, 0, 0)
		pdf.SetLineWidth(m.thick)
		pdf.Rect(m.x, m.y, m.w, m.h, "D")
	case "bar":
		pdf.SetFillColor(0, 0, 0)
		pdf.Rect(m.x, m.y, m.w, m.h, "F")
	case "water":
		pdf.SetFont(face, m.t.style, m.t.size)
		pdf.SetTextColor(226, 226, 226)
		pdf.TransformBegin()
		pdf.TransformRotate(35, m.x, m.y)
		pdf.Text(m.x-m.w/2, m.y+m.h/4, m.text)
		pdf.TransformEnd()
	}
}
