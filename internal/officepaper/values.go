package officepaper

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"bendo/internal/form"
)

// Mark is what a paper is worth.
type Mark string

// The marks; each is written across every page.
const (
	Valid    Mark = ""
	Draft    Mark = "draft"    // BẢN NHÁP
	Practice Mark = "practice" // TẬP THỬ
)

// Head is what stands over the title of every paper.
type Head struct {
	Superior  string    // the authority above, may be empty
	Agency    string    // whose paper it is
	Number    string    // of the paper, "15/HDHS"; empty: none was given
	PlaceDate string    // "Giao Long, ngày 23 tháng 11 năm 2026", see PlaceDate
	Code      string    // the dossier's official code (mã hồ sơ)
	Slip      string    // its provisional number (số phiếu)
	QR        string    // what the code on the paper says: the look-up address
	Mark      Mark      // draft, practice
	Stamp     string    // more words across every page: "TẠM TÍNH"
	Reprint   int       // 0 for the first print, else which reprint this is
	Made      time.Time // what the document says of its making; no other time is known here
}

// Heading gives the head of the struct it stands in.
func (h Head) Heading() Head { return h }

// What is refused.
var (
	ErrNoAgency = errors.New("the paper names no agency: the office's name is missing")
	ErrTooLong  = errors.New("a text or list is longer than a paper takes")
	ErrNotForm  = errors.New("the template is of another form")
)

const (
	maxHead = 200    // letters of one text of the head
	maxText = 20_000 // letters of one text: more than an event carries
	maxRows = 20_000 // of one table
)

// values are the texts of a paper by the names a template uses. Making them checks nothing; see check.
type values struct {
	head    Head
	texts   map[string]string
	lists   map[string][]string
	tables  map[string]rows
	columns []ReportColumn // of a report, with its bold rows and signers
	bold    []int
	signers []Signer
}

type rows struct {
	columns []string // nil: the data brings its own, see values.columns
	cells   [][]string
}

func valuesOf(f Form) *values {
	v := &values{head: f.Heading(), texts: map[string]string{}, lists: map[string][]string{}, tables: map[string]rows{}}
	h := &v.head
	for _, text := range []*string{&h.Superior, &h.Agency, &h.Number, &h.PlaceDate, &h.Code, &h.Slip, &h.Stamp} {
		*text = plain(*text)
	}
	f.fill(v)
	return v
}

func (v *values) text(name, text string) { v.texts[name] = plain(text) }

func (v *values) all(texts map[string]string) {
	for name, text := range texts {
		v.text(name, text)
	}
}

func (v *values) list(name string, list []string) {
	out := make([]string, 0, len(list))
	for _, one := range list {
		if one = plain(one); strings.TrimSpace(one) != "" {
			out = append(out, one)
		}
	}
	v.lists[name] = out
}

func (v *values) table(name string, columns []string, cells [][]string) {
	out := make([][]string, 0, len(cells))
	for _, row := range cells {
		clean := make([]string, len(row))
		for i, text := range row {
			clean[i] = plain(text)
		}
		out = append(out, clean)
	}
	v.tables[name] = rows{columns, out}
}

// money sets the sum and its words.
func (v *values) money(sum int64, known bool) {
	total, words := "", ""
	if known {
		total, words = Figures(sum), MoneyWords(sum)
	}
	v.text("total", total)
	v.text("words", words)
}

// check refuses what no paper takes, before a page is drawn.
func (v *values) check() error {
	if strings.TrimSpace(v.head.Agency) == "" {
		return ErrNoAgency
	}
	long := func(name, text string, most int) error {
		if utf8.RuneCountInString(text) > most {
			return fmt.Errorf("%s has more than %d letters: %w", name, most, ErrTooLong)
		}
		return nil
	}
	var err error
	for _, text := range []string{v.head.Superior, v.head.Agency, v.head.Number, v.head.PlaceDate, v.head.Code, v.head.Slip, v.head.Stamp} {
		err = errors.Join(err, long("the head", text, maxHead))
	}
	for name, text := range v.texts {
		err = errors.Join(err, long(name, text, maxText))
	}
	for name, list := range v.lists {
		err = errors.Join(err, long(name, strings.Join(list, ""), maxText))
	}
	for _, s := range v.signers {
		err = errors.Join(err, long("who signs", s.Position+s.Name, 2*maxHead))
	}
	if len(v.signers) > 3 {
		err = errors.Join(err, fmt.Errorf("%d sign: %w", len(v.signers), ErrTooLong))
	}
	for name, t := range v.tables {
		if len(t.cells) > maxRows {
			err = errors.Join(err, fmt.Errorf("%s has %d rows: %w", name, len(t.cells), ErrTooLong))
			continue
		}
		for _, row := range t.cells {
			for _, text := range row {
				err = errors.Join(err, long(name, text, maxText))
			}
		}
	}
	return err
}

// checkColumns looks at the columns a report brings.
func (v *values) checkColumns(width float64) error {
	if len(v.columns) > int(width/narrowest) {
		return fmt.Errorf("%d columns on %.0f mm: %w", len(v.columns), width, ErrTooLong)
	}
	for _, c := range v.columns {
		if c.Width < 0 || c.Width > 1000 || len(c.Align) > 1 || max(utf8.RuneCountInString(c.Head), utf8.RuneCountInString(c.Group)) > maxLabel {
			return fmt.Errorf("column %.40q is not one: %w", c.Head, ErrTooLong)
		}
	}
	for i, row := range v.tables["rows"].cells {
		if v.columns != nil && len(row) > len(v.columns) {
			return fmt.Errorf("row %d has %d cells in %d columns: %w", i+1, len(row), len(v.columns), ErrTooLong)
		}
	}
	return nil
}

// plain makes a text printable: composed letters, one kind of blank, no marks that steer the direction
// of writing. What the letters of this room cannot show becomes a box: a name with a box can be held in
// a hand, a paper that is not drawn cannot.
func plain(text string) string {
	text = norm.NFC.String(strings.ToValidUTF8(text, "\u25a1"))
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r):
			return -1
		case !letters().has(r):
			return '\u25a1'
		}
		return r
	}, text)
}

// upper writes in capitals, as far as the letters have them.
func upper(text string) string { return plain(strings.ToUpper(text)) }

// officeZone is Viet Nam's time, fixed: a machine without a zone database must print the same hour.
var officeZone = time.FixedZone("ICT", 7*60*60)

// Moment writes a time as the forms do: "08 giờ 32 phút, ngày 23/11/2026".
func Moment(t time.Time) string {
	return t.In(officeZone).Format("15 giờ 04 phút, ngày 02/01/2006")
}

// Day writes a day: "23/11/2026".
func Day(t time.Time) string { return t.In(officeZone).Format("02/01/2006") }

// PlaceDate writes where and when a paper was made, as decree 30/2020 has it: days below ten and the
// first two months with a zero before them.
func PlaceDate(place string, t time.Time) string {
	t = t.In(officeZone)
	month := fmt.Sprintf("%d", int(t.Month()))
	if t.Month() <= time.February {
		month = "0" + month
	}
	date := fmt.Sprintf("ngày %02d tháng %s năm %d", t.Day(), month, t.Year())
	if place = strings.TrimSpace(place); place == "" {
		return "Ngày" + strings.TrimPrefix(date, "ngày")
	}
	return place + ", " + date
}

// Figures writes an amount with a point between thousands; 0 is written, for "nothing" is an answer.
func Figures(n int64) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	digits := fmt.Sprint(uint64(n))
	out := ""
	for len(digits) > 3 {
		out = "." + digits[len(digits)-3:] + out
		digits = digits[:len(digits)-3]
	}
	return sign + digits + out
}

// MoneyWords reads an amount of đồng aloud, as receipts have it; "" for what nobody pays (below zero,
// or from a thousand trillion on).
func MoneyWords(dong int64) string {
	words := form.NumberWords(dong)
	if words == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(words)
	return string(unicode.ToUpper(first)) + words[size:] + " đồng"
}
