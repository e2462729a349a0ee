package paper

import (
	"fmt"
	"io"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
)

// The slip is A5 (148 × 210 mm): half the office's A4, and what the printers of a one-stop
// desk hold in their second tray. All lengths are millimetres, all type sizes points.
const (
	pageWidth  = 148.0
	pageHeight = 210.0
	margin     = 12.0
	textWidth  = pageWidth - 2*margin
	qrSide     = 36.0 // measured: an address of 193 characters reads from 33 mm
	face       = "sans"
)

type ink struct{ r, g, b int }

var (
	inkText  = ink{24, 32, 28}
	inkQuiet = ink{92, 102, 97}
	inkRiver = ink{14, 77, 62}
	inkLine  = ink{200, 206, 200}
	inkGold  = ink{166, 120, 24}
)

// WriteSlip writes s as a PDF. It may be called again for the same slip and gives the same bytes.
func WriteSlip(w io.Writer, s Slip) error {
	if err := s.Check(); err != nil {
		return err
	}
	p := newPage(printable(s))
	k := p.s.kind()
	p.head(k.title.VI, k.title.EN)
	p.reprint()
	p.number()
	p.parties()
	p.papers()
	p.acknowledgements()
	p.additions()
	p.afterwards()
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("drawing slip %s: %w", s.Number, err)
	}
	return nil
}

// page is one drawing in progress.
type page struct {
	pdf *fpdf.Fpdf
	s   Slip
}

func newPage(s Slip) *page {
	p := &page{pdf: newPDF("Phiếu nộp hồ sơ "+s.Number, s.FiledAt), s: s}
	p.pdf.SetFooterFunc(p.foot)
	p.pdf.AddPage()
	return p
}

// newPDF is an empty A5 document with the fonts; at is all it knows of time.
func newPDF(title string, at time.Time) *fpdf.Fpdf {
	pdf := fpdf.NewCustom(&fpdf.InitType{OrientationStr: "P", UnitStr: "mm", Size: fpdf.SizeType{Wd: pageWidth, Ht: pageHeight}})
	pdf.AddUTF8FontFromBytes(face, "", liberationsansregular.TTF)
	pdf.AddUTF8FontFromBytes(face, "B", liberationsansbold.TTF)
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(at.UTC())
	pdf.SetModificationDate(at.UTC())
	pdf.SetProducer("Ben Do", false)
	pdf.SetTitle(title, true)
	pdf.SetLang("vi")
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(true, 16)
	pdf.AliasNbPages("{tổng}")
	return pdf
}

// foot repeats the number on every page, so that a lost second sheet still finds its dossier.
func (p *page) foot() {
	p.pdf.SetY(-12)
	p.font("", 7.5, inkQuiet)
	left := "Số phiếu " + p.s.Number
	if p.s.Reprint > 0 {
		left += fmt.Sprintf(" · in lại lần %d", p.s.Reprint)
	}
	p.pdf.CellFormat(textWidth/2, 4, left, "", 0, "L", false, 0, "")
	p.pdf.CellFormat(textWidth/2, 4, fmt.Sprintf("Trang %d/{tổng}", p.pdf.PageNo()), "", 0, "R", false, 0, "")
	if p.s.Practice {
		p.watermark()
	}
}

func (p *page) watermark() { p.watermarkOn(pageWidth, pageHeight) }

// watermarkOn marks a page of this size as practice.
func (p *page) watermarkOn(width, height float64) {
	p.pdf.SetAlpha(0.18, "Normal")
	p.font("B", 48, inkGold)
	p.pdf.TransformBegin()
	p.pdf.TransformRotate(35, width/2, height/2)
	p.pdf.Text(width/2-52, height/2, "TẬP THỬ")
	p.pdf.TransformEnd()
	p.pdf.SetAlpha(1, "Normal")
}

func (p *page) font(style string, size float64, c ink) {
	p.pdf.SetFont(face, style, size)
	p.pdf.SetTextColor(c.r, c.g, c.b)
}

// line writes one paragraph over the whole width.
func (p *page) line(style string, size, height float64, c ink, text string) {
	p.font(style, size, c)
	p.pdf.MultiCell(textWidth, height, text, "", "L", false)
}

func (p *page) gap(h float64) { p.pdf.Ln(h) }

func (p *page) rule() {
	p.pdf.SetDrawColor(inkLine.r, inkLine.g, inkLine.b)
	p.pdf.SetLineWidth(0.2)
	y := p.pdf.GetY()
	p.pdf.Line(margin, y, pageWidth-margin, y)
	p.gap(2)
}

// head prints the office and what kind of paper this is.
func (p *page) head(vi, en string) {
	p.pdf.SetFillColor(inkRiver.r, inkRiver.g, inkRiver.b)
	p.pdf.Rect(0, 0, pageWidth, 3, "F")
	p.font("B", 9.5, inkRiver)
	p.pdf.MultiCell(textWidth-qrSide-4, 4.6, strings.ToUpper(p.s.Office), "", "L", false)
	p.font("", 8.5, inkQuiet)
	p.pdf.MultiCell(textWidth-qrSide-4, 4.2, p.s.Province, "", "L", false)
	p.gap(3)
	p.font("B", 16, inkText)
	p.pdf.MultiCell(textWidth-qrSide-4, 7, vi, "", "L", false)
	if p.s.English {
		p.font("", 9, inkQuiet)
		p.pdf.MultiCell(textWidth-qrSide-4, 4.2, en, "", "L", false)
	}
}

// reprint stands over the number, in a frame: a mark at the foot is overlooked.
func (p *page) reprint() {
	if p.s.Reprint <= 0 {
		return
	}
	p.gap(1)
	p.font("B", 10, inkText)
	p.pdf.SetDrawColor(inkText.r, inkText.g, inkText.b)
	p.pdf.SetLineWidth(0.4)
	text := reprintText(p.s)
	p.pdf.CellFormat(p.pdf.GetStringWidth(text)+6, 6.4, text, "1", 1, "C", false, 0, "")
}

// number prints the slip number as large as the width allows: people read it over the phone.
func (p *page) number() {
	if p.s.Address != "" {
		p.qr(pageWidth-margin-qrSide, margin-2)
	}
	p.gap(1)
	p.font("", 8.5, inkQuiet)
	p.pdf.MultiCell(textWidth-qrSide-4, 4, both("Số phiếu", "Slip number", p.s.English), "", "L", false)
	p.font("B", 19, inkRiver)
	p.pdf.MultiCell(textWidth-qrSide-4, 9, p.s.Number, "", "L", false)
	if y := margin + qrSide; p.pdf.GetY() < y {
		p.pdf.SetY(y)
	}
	p.gap(1)
	p.rule()
}

func (p *page) qr(x, y float64) {
	code, err := encodeQR(p.s.Address)
	if err != nil {
		p.pdf.SetError(err)
		return
	}
	module := qrSide / float64(code.Size+8)
	p.pdf.SetFillColor(0, 0, 0)
	eachRun(code, func(cx, cy, n int) {
		p.pdf.Rect(x+module*float64(cx+4), y+module*float64(cy+4), module*float64(n), module, "F")
	})
}

func (p *page) parties() {
	k := p.s.kind()
	p.pair(k.subject.VI, k.subject.EN, p.s.Procedure+code(p.s.Code))
	p.pair(k.person.VI, k.person.EN, p.s.Applicant)
	if p.s.Submitter != "" {
		p.pair("Người nộp thay", "Filed by", p.s.Submitter)
	}
	p.pair("Lưu tại xã lúc", "Saved at", savedText(p.s.FiledAt, p.s.Doubt, p.s.English))
	p.gap(1)
}

func code(c string) string {
	if c == "" {
		return ""
	}
	return " (" + c + ")"
}

// pair writes a label column of 32 mm and its value beside it.
func (p *page) pair(vi, en, value string) {
	if value == "" {
		return
	}
	const label = 32.0
	y := p.pdf.GetY()
	p.font("", 9, inkQuiet)
	p.pdf.MultiCell(label, 4.8, both(vi, en, p.s.English), "", "L", false)
	low := p.pdf.GetY()
	p.pdf.SetXY(margin+label, y)
	p.font("B", 10, inkText)
	p.pdf.MultiCell(textWidth-label, 4.8, value, "", "L", false)
	p.pdf.SetY(max(low, p.pdf.GetY()) + 0.6)
}

func (p *page) papers() {
	if len(p.s.Papers) == 0 {
		return
	}
	p.rule()
	p.line("B", 10, 5, inkText, both(p.s.kind().papers.VI, p.s.kind().papers.EN, p.s.English))
	for i, c := range p.s.Papers {
		vi, en := stateText(c.State, c.Pages)
		p.line("", 9.5, 4.6, inkText, fmt.Sprintf("%d. %s", i+1, c.Name))
		p.pdf.SetX(margin + 4)
		p.font("", 8.5, inkQuiet)
		p.pdf.MultiCell(textWidth-4, 4.2, both(vi, en, p.s.English), "", "L", false)
	}
	p.gap(1)
}

// acknowledgements prints the four facts with a drawn mark: fonts differ in their tick.
func (p *page) acknowledgements() {
	if len(p.s.Acks) == 0 {
		return
	}
	p.rule()
	p.line("B", 10, 5, inkText, both(p.s.kind().where.VI, p.s.kind().where.EN, p.s.English))
	p.facts(p.s.Acks)
}

// additions prints the four facts of every supplement: what was added later has its own.
func (p *page) additions() {
	for _, a := range p.s.Additions {
		title := fmt.Sprintf("Giấy tờ bổ sung lần %d, lưu lúc %s", a.N, savedText(a.At, a.Doubt, false))
		p.line("B", 10, 5, inkText, both(title, fmt.Sprintf("Supplement %d", a.N), p.s.English))
		p.facts(a.Acks)
	}
}

func (p *page) facts(acks []Ack) {
	for _, a := range acks {
		y := p.pdf.GetY()
		p.mark(margin+1, y+1, a.Done)
		p.pdf.SetXY(margin+6, y)
		text := a.Label + ": chưa"
		style, colour := "", inkQuiet
		if a.Done {
			text, style, colour = a.Label+": "+clockText(a.At), "B", inkText
		}
		p.font(style, 9.5, colour)
		p.pdf.MultiCell(textWidth-6, 5, text, "", "L", false)
	}
	p.gap(1)
}

func (p *page) mark(x, y float64, done bool) {
	p.pdf.SetDrawColor(inkRiver.r, inkRiver.g, inkRiver.b)
	p.pdf.SetLineWidth(0.3)
	p.pdf.Rect(x, y, 3, 3, "D")
	if !done {
		return
	}
	p.pdf.SetLineWidth(0.6)
	p.pdf.Line(x+0.6, y+1.6, x+1.3, y+2.4)
	p.pdf.Line(x+1.3, y+2.4, x+2.6, y+0.5)
}

// notMau01 is on every slip: it is no appointment receipt.
const notMau01 = "Phiếu này không phải Giấy tiếp nhận hồ sơ và hẹn trả kết quả (Mẫu 01). Mã trên phiếu có chữ ký số của máy."

// reprintText marks every paper behind the first: whoever holds two must see which one was handed out.
func reprintText(s Slip) string {
	return both(fmt.Sprintf("BẢN IN LẠI lần %d", s.Reprint), fmt.Sprintf("REPRINT no. %d", s.Reprint), s.English)
}

// nextLines is what happens next, in Vietnamese and English.
func nextLines(s Slip) (lines [][2]string) {
	if s.Practice {
		return [][2]string{{s.kind().practice.VI, s.kind().practice.EN}}
	}
	if s.Doubt && !s.Petition && !s.CallBack {
		lines = append(lines, [2]string{"Giờ của máy chưa được xác nhận nên phiếu không ghi hạn trả lời; cán bộ tính theo giờ tỉnh nhận được hồ sơ.",
			"This machine's clock is not confirmed, so no time is promised; officers go by the time the province received the dossier."})
	} else if !s.AnswerBy.IsZero() {
		lines = append(lines, [2]string{"Cán bộ trả lời trước " + clockText(s.AnswerBy) + ".", "An officer answers before " + clockText(s.AnswerBy) + "."})
	}
	travels := s.kind().travels
	return append(lines, [2]string{travels.VI, travels.EN}, [2]string{"Tra cứu tại máy này, hoặc quét mã trên phiếu. " + s.Second, "Look it up at this machine, or scan the code above."})
}

func (p *page) afterwards() {
	p.rule()
	p.line("B", 10, 5, inkText, both("Việc tiếp theo", "What happens next", p.s.English))
	style := ""
	if p.s.Practice {
		style = "B"
	}
	for _, one := range nextLines(p.s) {
		p.line(style, 9.5, 4.8, inkText, both(one[0], one[1], p.s.English))
	}
	if p.s.Practice {
		return
	}
	if p.s.Code6 != "" {
		p.line("B", 12, 6, inkRiver, both("Mã tra cứu: "+p.s.Code6, "Look-up code: "+p.s.Code6, p.s.English))
	}
	if p.s.Lookup != "" {
		p.line("", 8.5, 4.4, inkQuiet, p.s.Lookup)
	}
	p.gap(1)
	p.line("", 8, 4, inkQuiet, p.s.kind().end.VI)
}

func both(vi, en string, english bool) string {
	if !english {
		return vi
	}
	return vi + " / " + en
}
