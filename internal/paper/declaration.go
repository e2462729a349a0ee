package paper

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

// Question is one question of a declaration with its answer as people read it.
type Question struct{ Label, Answer string }

// QuestionGroup is one heading of a declaration.
type QuestionGroup struct {
	Title     string
	Questions []Question
}

// Signer is one place to sign. Name is printed below it when it is known.
type Signer struct{ Label, Name string }

// Declaration is a filled form (tờ khai) on A4, to be signed by hand. It is printed before anything is
// filed, from the answers as they stand: whoever signs reads on it what is filed. It says of itself that
// nobody has signed, and it is not the ministry's template.
type Declaration struct {
	Title      string // of the form
	Number     string // which official template it follows; empty: not stated
	To         string // the office
	Code       string // national procedure code
	Procedure  string
	Draft      string // number of the draft, to find it by
	Groups     []QuestionGroup
	Statements []string // what is declared by signing
	Signers    []Signer
	At         time.Time
	Doubt      bool // the machine's clock was not confirmed
	Practice   bool
}

// ErrNoDeclaration says that a declaration lacks its title, its office, an answer or somebody to sign it.
var ErrNoDeclaration = errors.New("the declaration has no title, office, answer or signer")

// What every declaration says of itself.
const (
	declarationIsNot = "Tờ này in từ máy để ký bằng tay. Khi chưa có chữ ký thì chưa có giá trị; máy không ghi nhận là đã ký. " +
		"Ký xong, chụp lại tại máy hoặc đưa bản giấy cho cán bộ."
	signHere = "(ký, ghi rõ họ tên)"
)

// A4 and its margins in mm.
const (
	leafMargin = 18.0
	leafText   = a4Short - 2*leafMargin
	signHeight = 42.0
)

// leaf is a declaration being drawn.
type leaf struct {
	pdf *fpdf.Fpdf
	d   Declaration
}

// WriteDeclaration writes d as a PDF of A4 pages; the same declaration gives the same bytes. It fails with
// ErrNoDeclaration.
func WriteDeclaration(w io.Writer, d Declaration) error {
	if d.Title == "" || d.To == "" || len(d.Groups) == 0 || len(d.Signers) == 0 {
		return ErrNoDeclaration
	}
	l := &leaf{pdf: newPDF(plainText(d.Title), d.At), d: d}
	l.pdf.SetMargins(leafMargin, 14, leafMargin)
	l.pdf.SetAutoPageBreak(true, 20)
	l.pdf.SetFooterFunc(l.foot)
	l.page()
	l.head()
	for _, g := range d.Groups {
		l.group(g)
	}
	l.declare()
	l.sign()
	if err := l.pdf.Output(w); err != nil {
		return fmt.Errorf("drawing a declaration: %w", err)
	}
	return nil
}

func (l *leaf) page() { l.pdf.AddPageFormat("P", fpdf.SizeType{Wd: a4Short, Ht: a4Long}) }

func (l *leaf) text(style string, size, height float64, c ink, align, text string) {
	l.pdf.SetFont(face, style, size)
	l.pdf.SetTextColor(c.r, c.g, c.b)
	l.pdf.MultiCell(leafText, height, plainText(text), "", align, false)
}

// keep begins a new page where less than so many millimetres are left.
func (l *leaf) keep(height float64) {
	if l.pdf.GetY() > a4Long-20-height {
		l.page()
	}
}

func (l *leaf) foot() {
	l.pdf.SetY(-15)
	l.pdf.SetFont(face, "", 8)
	l.pdf.SetTextColor(inkQuiet.r, inkQuiet.g, inkQuiet.b)
	practice := ""
	if l.d.Practice {
		practice = "TẬP THỬ, không dùng để nộp"
	}
	left := strings.Join(filled(practice, "Thủ tục "+l.d.Code, number("số phiếu nháp ", l.d.Draft), "in lúc "+savedText(l.d.At, l.d.Doubt, false)), " · ")
	l.pdf.CellFormat(leafText*4/5, 4, plainText(left), "", 0, "L", false, 0, "")
	l.pdf.CellFormat(leafText/5, 4, fmt.Sprintf("Trang %d/{tổng}", l.pdf.PageNo()), "", 0, "R", false, 0, "")
	if l.d.Practice {
		(&page{pdf: l.pdf}).watermarkOn(a4Short, a4Long)
	}
}

func number(before, n string) string {
	if n == "" {
		return ""
	}
	return before + n
}

func (l *leaf) head() {
	l.text("B", 11, 5.4, inkText, "C", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM")
	l.text("B", 11, 5.4, inkText, "C", "Độc lập - Tự do - Hạnh phúc")
	y := l.pdf.GetY() + 1
	l.pdf.SetDrawColor(inkText.r, inkText.g, inkText.b)
	l.pdf.SetLineWidth(0.3)
	l.pdf.Line(a4Short/2-26, y, a4Short/2+26, y)
	l.pdf.Ln(7)
	l.text("B", 14, 7, inkText, "C", strings.ToUpper(l.d.Title))
	if l.d.Number != "" {
		l.text("", 8.5, 4.2, inkQuiet, "C", "Theo "+firstWordLower(l.d.Number))
	}
	l.pdf.Ln(3)
	l.text("", 11, 5.6, inkText, "C", "Kính gửi: "+l.d.To)
	l.text("", 9.5, 4.8, inkQuiet, "C", "Thủ tục: "+l.d.Procedure)
	l.pdf.Ln(3)
}

// firstWordLower makes "Mẫu CT01 …" read on after "Theo".
func firstWordLower(s string) string {
	if rest, is := strings.CutPrefix(s, "Mẫu"); is {
		return "mẫu" + rest
	}
	return s
}

// group prints a heading and, in two columns, each question with its answer; what does not fit goes on on
// the next page with its question.
func (l *leaf) group(g QuestionGroup) {
	const label = 66.0
	l.keep(16)
	l.pdf.Ln(1.5)
	l.text("B", 11, 5.8, inkRiver, "L", g.Title)
	for _, q := range g.Questions {
		l.pdf.SetFont(face, "B", 10.5)
		high := float64(len(l.pdf.SplitText(plainText(q.Answer), leafText-label-2))) * 5.2
		l.pdf.SetFont(face, "", 9.5)
		high = max(high, float64(len(l.pdf.SplitText(plainText(q.Label), label-3)))*5.2)
		l.keep(min(high, 120) + 1)
		y := l.pdf.GetY()
		l.pdf.SetTextColor(inkQuiet.r, inkQuiet.g, inkQuiet.b)
		l.pdf.MultiCell(label-2, 5.2, plainText(q.Label), "", "L", false)
		low, at := l.pdf.GetY(), l.pdf.PageNo()
		l.pdf.SetXY(leafMargin+label, y)
		l.pdf.SetFont(face, "B", 10.5)
		l.pdf.SetTextColor(inkText.r, inkText.g, inkText.b)
		l.pdf.SetLeftMargin(leafMargin + label)
		l.pdf.MultiCell(leafText-label, 5.2, plainText(q.Answer), "", "L", false)
		l.pdf.SetLeftMargin(leafMargin)
		if l.pdf.PageNo() == at {
			l.pdf.SetY(max(low, l.pdf.GetY()) + 0.8)
		} else {
			l.pdf.SetY(l.pdf.GetY() + 0.8)
		}
	}
}

func (l *leaf) declare() {
	l.pdf.Ln(3)
	for _, s := range l.d.Statements {
		l.keep(12)
		l.text("", 10.5, 5.4, inkText, "L", s)
		l.pdf.Ln(1)
	}
}

// sign prints a place for each who signs, two beside each other; a place is never cut by the page's end.
func (l *leaf) sign() {
	l.keep(signHeight + 22)
	l.pdf.Ln(2)
	l.text("", 10.5, 5.4, inkText, "R", "........................, ngày ........ tháng ........ năm ............")
	l.pdf.Ln(2)
	width := leafText / 2
	for i := 0; i < len(l.d.Signers); i += 2 {
		l.keep(signHeight + 4)
		y := l.pdf.GetY()
		for k, s := range l.d.Signers[i:min(i+2, len(l.d.Signers))] {
			x := leafMargin + float64(k)*width
			if len(l.d.Signers) == 1 {
				x = leafMargin + width
			}
			l.place(x, y, width, s)
		}
		l.pdf.SetY(y + signHeight)
	}
	l.keep(14)
	l.pdf.Ln(1)
	l.text("", 8.5, 4.2, inkQuiet, "L", declarationIsNot)
}

func (l *leaf) place(x, y, width float64, s Signer) {
	put := func(at float64, style string, size float64, c ink, text string) {
		l.pdf.SetXY(x, at)
		l.pdf.SetFont(face, style, size)
		l.pdf.SetTextColor(c.r, c.g, c.b)
		l.pdf.MultiCell(width-4, 4.8, plainText(text), "", "C", false)
	}
	put(y, "B", 10.5, inkText, s.Label)
	put(l.pdf.GetY(), "", 9, inkQuiet, signHere)
	l.pdf.SetDashPattern([]float64{0.6, 1}, 0)
	l.pdf.Line(x+6, y+signHeight-10, x+width-10, y+signHeight-10)
	l.pdf.SetDashPattern(nil, 0)
	put(y+signHeight-9, "", 10, inkText, s.Name)
}
