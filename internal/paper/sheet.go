package paper

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Words is a text in Vietnamese, the text of record, and in English.
type Words struct{ VI, EN string }

// SheetAdvice is the kind of a paper that no catalogue asks for: it is good to have at hand when somebody is asked.
const SheetAdvice = "advice"

// SheetPaper is one paper to bring, as the catalogue states it.
type SheetPaper struct {
	Name      Words
	Kind      string // nop: handed in, trinh: shown, dulieu: looked up as data; SheetAdvice
	Originals int
	Copies    int
	Condition Words // empty: always
	ByData    Words // where the office may find it instead; empty: nowhere
	Written   bool  // the declaration, which is written at the machine
	Instead   Words // what stands for it in the chosen case; empty: itself
}

// Sheet is one procedure to take home (tờ hướng dẫn): what to bring, what it costs, how long it takes,
// who decides. It is about the procedure, never about a person. What the catalogue does not state is
// said to be not stated; an empty fact is left out.
type Sheet struct {
	Office, Province string
	Code             string // national procedure code
	Title            Words  // in people's words
	Official         Words  // as the catalogue names it
	Field            Words
	Case             Words // the situation chosen, if any
	Papers           []SheetPaper
	Time, Fee        Words
	Remarks          []Words // what else is to be known of time and fee: other channels, unsure values
	Authority        Words   // who decides
	Receiver         Words   // where it is handed in
	Results          []string
	Decision         string // the decision that announced the procedure
	Next             Words  // what to do next
	Verified         bool   // code and name were read in the national catalogue
	Unlisted         bool   // the pack does not hold it: Code is empty where even that is not known
	Pack             string // version of the pack this was read from
	At               time.Time
	Doubt            bool // the machine's clock was not confirmed
	Practice         bool
	English          bool // add English lines
}

// ErrNoSheet says that a sheet lacks what it is about.
var ErrNoSheet = errors.New("the sheet names no procedure or no office")

// WriteSheet writes s as a PDF; the same sheet gives the same bytes. It fails with ErrNoSheet.
func WriteSheet(w io.Writer, s Sheet) error {
	if s.Code == "" && !s.Unlisted || s.Title.VI == "" || s.Office == "" {
		return ErrNoSheet
	}
	p := &page{pdf: newPDF(s.name(), s.At), s: Slip{Office: plainText(s.Office), Province: plainText(s.Province), English: s.English, Practice: s.Practice}}
	p.pdf.SetFooterFunc(func() { p.sheetFoot(s) })
	p.pdf.AddPage()
	p.sheetHead(s)
	p.bring(s)
	p.know(s)
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("drawing the sheet of procedure %s: %w", s.Code, err)
	}
	return nil
}

// name is what the sheet is called where nobody reads its title.
func (s Sheet) name() string { return strings.TrimSpace("Thủ tục " + plainText(s.Code)) }

func (p *page) sheetFoot(s Sheet) {
	p.pdf.SetY(-12)
	p.font("", 7.5, inkQuiet)
	p.pdf.CellFormat(textWidth*3/4, 4, s.name()+" · danh mục "+plainText(s.Pack)+" · in lúc "+savedText(s.At, s.Doubt, false), "", 0, "L", false, 0, "")
	p.pdf.CellFormat(textWidth/4, 4, fmt.Sprintf("Trang %d/{tổng}", p.pdf.PageNo()), "", 0, "R", false, 0, "")
	if s.Practice {
		p.watermark()
	}
}

func (p *page) sheetHead(s Sheet) {
	p.pdf.SetFillColor(inkRiver.r, inkRiver.g, inkRiver.b)
	p.pdf.Rect(0, 0, pageWidth, 3, "F")
	p.line("B", 9.5, 4.6, inkRiver, strings.ToUpper(p.s.Office))
	p.line("", 8.5, 4.2, inkQuiet, p.s.Province)
	p.gap(2.5)
	p.line("", 9, 4.4, inkQuiet, both("TỜ HƯỚNG DẪN THỦ TỤC", "WHAT TO PREPARE", s.English))
	p.line("B", 16, 7, inkText, plainText(s.Title.VI))
	if s.English && s.Title.EN != "" {
		p.line("", 10, 5, inkQuiet, plainText(s.Title.EN))
	}
	official := s.Official.VI
	if official == s.Title.VI {
		official = ""
	}
	p.line("", 9, 4.4, inkQuiet, plainText(strings.Join(filled(official, s.code(), s.Field.VI), " · ")))
	if s.Case.VI != "" {
		p.gap(0.8)
		p.line("B", 9.5, 4.8, inkRiver, p.words("Trường hợp: ", s.Case))
	}
	p.gap(1.5)
	p.rule()
}

// code is the procedure's, and how far it is to be believed.
func (s Sheet) code() string {
	switch {
	case s.Code == "":
		return "mã thủ tục chưa ghi trong danh mục của máy này"
	case s.Unlisted:
		return "mã " + s.Code + ", chưa có trong danh mục của máy này"
	}
	return "mã " + s.Code
}

// bring lists the papers, each with a box to tick at home.
func (p *page) bring(s Sheet) {
	p.line("B", 11.5, 6, inkText, both("Cần mang theo", "What to bring", s.English))
	if len(s.Papers) == 0 {
		p.line("", 9.5, 4.8, inkText, both("Danh mục không ghi giấy tờ nào; xin hỏi cán bộ cho chắc.", "The catalogue lists no papers; please ask an officer to be sure.", s.English))
	}
	for _, x := range s.Papers {
		p.toBring(x)
	}
	p.gap(0.5)
}

func (p *page) toBring(x SheetPaper) {
	const indent = 6.0
	p.keep(20)
	y := p.pdf.GetY()
	p.mark(margin+0.5, y+0.9, false)
	say := func(style string, size, height float64, c ink, text string) {
		p.pdf.SetX(margin + indent)
		p.font(style, size, c)
		p.pdf.MultiCell(textWidth-indent, height, text, "", "L", false)
	}
	say("B", 9.5, 4.7, inkText, plainText(x.Name.VI))
	if p.s.English && x.Name.EN != "" {
		say("", 8.5, 4.2, inkQuiet, plainText(x.Name.EN))
	}
	if x.Kind != SheetAdvice {
		say("", 8.5, 4.2, inkText, how(x, p.s.English))
	}
	if x.Condition.VI != "" {
		say("", 8.5, 4.2, inkText, p.words(both("Khi nào cần: ", "When needed: ", p.s.English), x.Condition))
	}
	if x.ByData.VI != "" {
		say("", 8.5, 4.2, inkQuiet, p.words(both("Không phải mang nếu cán bộ tra được ở: ", "Not needed if found in: ", p.s.English), x.ByData))
	}
	if x.Instead.VI != "" {
		say("", 8.5, 4.2, inkText, p.words(both("Thay bằng: ", "Instead: ", p.s.English), x.Instead))
	}
	p.gap(1.1)
}

// keep begins a new page where less than so many millimetres are left: what belongs together stays so.
func (p *page) keep(height float64) {
	if p.pdf.GetY() > pageHeight-16-height {
		p.pdf.AddPage()
	}
}

// how says what is done with a paper and how many are needed.
func how(x SheetPaper, english bool) string {
	if x.Written {
		return both("Khai ngay tại máy, không phải mang", "filled in at the machine, nothing to bring", english)
	}
	var vi, en []string
	switch x.Kind {
	case "nop":
		vi, en = append(vi, "Nộp"), append(en, "hand in")
	case "trinh":
		vi, en = append(vi, "Đưa cán bộ xem rồi cầm về"), append(en, "show and take back")
	case "dulieu":
		vi, en = append(vi, "Cán bộ tra trong dữ liệu, không phải mang"), append(en, "looked up by the officer")
	}
	if x.Originals > 0 {
		vi, en = append(vi, fmt.Sprintf("%d bản chính", x.Originals)), append(en, fmt.Sprintf("originals: %d", x.Originals))
	}
	if x.Copies > 0 {
		vi, en = append(vi, fmt.Sprintf("%d bản sao", x.Copies)), append(en, fmt.Sprintf("copies: %d", x.Copies))
	}
	if x.Originals+x.Copies == 0 && x.Kind != "dulieu" {
		vi, en = append(vi, "số bản chưa ghi trong danh mục"), append(en, "number not stated")
	}
	return both(strings.Join(vi, " · "), strings.Join(en, ", "), english)
}

// know prints what else a resident wants to know, and what the paper is not.
func (p *page) know(s Sheet) {
	p.rule()
	ask := Words{"Danh mục chưa ghi, xin hỏi cán bộ", "Not stated, please ask an officer"}
	for _, f := range []struct {
		vi, en string
		value  Words
	}{
		{"Bao lâu", "How long", or(s.Time, ask)},
		{"Bao nhiêu tiền", "Cost", or(s.Fee, ask)},
		{"Ai giải quyết", "Who decides", or(s.Authority, ask)},
		{"Nộp ở đâu", "Where to file", or(s.Receiver, ask)},
		{"Nhận lại gì", "What you get", Words{VI: strings.Join(s.Results, "; ")}},
	} {
		p.keep(16)
		p.pair(f.vi, f.en, p.words("", f.value))
	}
	for _, r := range s.Remarks {
		p.line("", 8.5, 4.2, inkText, p.words("• ", r))
	}
	p.gap(1)
	p.keep(30)
	p.rule()
	p.line("B", 10, 5, inkText, both("Việc tiếp theo", "What happens next", s.English))
	p.line("", 9.5, 4.8, inkText, p.words("", s.Next))
	p.gap(1)
	basis := "Căn cứ công bố: danh mục không ghi số quyết định."
	if s.Decision != "" {
		basis = "Căn cứ công bố: Quyết định " + s.Decision + "."
	}
	switch {
	case s.Unlisted:
		basis = "Danh mục trên máy này chưa có thủ tục này: giấy tờ, thời hạn và lệ phí phải hỏi cán bộ."
	case !s.Verified:
		basis += " Mã và tên thủ tục này chưa được đối chiếu với danh mục quốc gia."
	}
	p.line("", 8, 4, inkQuiet, plainText(basis)+" Tờ này chỉ để chuẩn bị giấy tờ, không phải giấy hẹn và không thay lời hướng dẫn của cán bộ.")
}

// words is a text with its English beside it, when both are wanted and differ.
func (p *page) words(before string, w Words) string {
	if w.EN == w.VI {
		w.EN = ""
	}
	return plainText(before + both(w.VI, w.EN, p.s.English && w.EN != ""))
}

func or(w, otherwise Words) Words {
	if w.VI == "" {
		return otherwise
	}
	return w
}

func filled(texts ...string) (out []string) {
	for _, t := range texts {
		if t != "" {
			out = append(out, t)
		}
	}
	return out
}
