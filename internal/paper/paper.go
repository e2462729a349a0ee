// Package paper turns a filed dossier into something a resident can hold.
//
// Glossary: phiếu = slip, phiếu hẹn (Mẫu 01) = appointment receipt, which is another paper
// and is not printed here: a slip shows no due date, because nobody has taken the dossier in.
//
// The room promises that the same Slip gives the same PDF bytes on every machine (fonts travel
// with the program, the document's dates come from the slip), that every Vietnamese letter is
// printed, that the text can be copied out of the PDF again, and that nothing is cut off: what
// does not fit on the first page continues on the next one with the slip number repeated.
//
// It refuses a slip without a number, an office or a procedure: such a paper would send a
// resident away with nothing that can be found again.
//
// It touches no disk and asks no clock. A power cut leaves nothing, since a slip is drawn
// from facts that are already in the book and can be drawn again at any time.
package paper

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Component is one paper of the dossier as the slip lists it.
type Component struct {
	Name  string // as the catalogue names it, Vietnamese
	State string // one of provided, replaced_by_data, to_be_looked_up, not_applicable, missing
	Pages int    // number of scans taken
}

// Ack is one of the four honest acknowledgements as it stood when the slip was printed.
type Ack struct {
	Label string    // in the words of the four acknowledgements
	Done  bool      // a receipt in the book says so
	At    time.Time // when; the zero time if not done
}

// Slip is everything a slip shows. All times are shown in the office's time zone, UTC+7.
type Slip struct {
	Number    string    // 14 digits shown 5-4-5
	Office    string    // who took the dossier into its book
	Province  string    // the province's name
	Code      string    // national procedure code
	Procedure string    // the procedure's name, Vietnamese
	Applicant string    // as on the citizen card
	Submitter string    // empty when the applicant filed in person
	FiledAt   time.Time // when the book recorded it
	AnswerBy  time.Time // an officer answers before; the zero time leaves the line out
	Papers    []Component
	Acks      []Ack
	Additions []Addition
	Second    string // which second fact opens the dossier, in words; never the fact itself
	Code6     string // the 6-digit code when there is neither a citizen number nor a phone
	Address   string // what the QR carries: the signed address
	Lookup    string // where to look up without a kiosk, in words
	Practice  bool   // a practice slip carries a watermark on every page
	Doubt     bool   // the machine's clock was not confirmed when this was filed: say so, promise no time
	Reprint   int    // 0 for the first print, else which reprint this is
	Petition  bool   // of a petition, which is called otherwise than a dossier
	CallBack  bool   // of a call-back request
	English   bool   // add an English line under the Vietnamese ones
}

// Addition is one supplement (giấy tờ bổ sung) with its own four acknowledgements.
type Addition struct {
	N     int
	At    time.Time
	Doubt bool // as of the slip
	Acks  []Ack
}

// ErrIncomplete says that a slip lacks what makes it findable.
var ErrIncomplete = errors.New("slip lacks its number, office or procedure; file the dossier again or call staff")

// Check says whether s can be printed.
func (s Slip) Check() error {
	if s.Number == "" || s.Office == "" || s.Procedure == "" {
		return ErrIncomplete
	}
	if s.FiledAt.IsZero() {
		return fmt.Errorf("slip %s has no filing time: %w", s.Number, ErrIncomplete)
	}
	return nil
}

// unprintable stands for a character that no slip can show.
const unprintable = '\u25a1'

// printable replaces what the fonts' tables cannot hold (pictures, rare ideographs, control
// characters): a slip with a box in a name can be held, a slip that is not drawn cannot.
func printable(s Slip) Slip {
	for _, text := range []*string{&s.Number, &s.Office, &s.Province, &s.Code, &s.Procedure, &s.Applicant,
		&s.Submitter, &s.Second, &s.Code6, &s.Lookup} {
		*text = plainText(*text)
	}
	s.Papers, s.Acks = slices.Clone(s.Papers), slices.Clone(s.Acks)
	for i := range s.Papers {
		s.Papers[i].Name, s.Papers[i].State = plainText(s.Papers[i].Name), plainText(s.Papers[i].State)
	}
	for i := range s.Acks {
		s.Acks[i].Label = plainText(s.Acks[i].Label)
	}
	return s
}

func plainText(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r > 0xffff || r == utf8.RuneError || unicode.IsControl(r):
			return unprintable
		}
		return r
	}, text)
}

// officeZone is Viet Nam's time, fixed: the country has had no daylight saving since 1975, and
// a machine without a zone database must print the same hour.
var officeZone = time.FixedZone("ICT", 7*60*60)

// clockText writes a time as Vietnamese offices do: hour and minute, then day/month/year.
func clockText(t time.Time) string {
	return t.In(officeZone).Format("15:04, 02/01/2006")
}

// savedText is a time the machine wrote by itself. One nobody confirmed says so: a resident must not
// be held to it, and an officer must not reckon from it.
func savedText(t time.Time, doubt, english bool) string {
	if !doubt {
		return clockText(t)
	}
	return clockText(t) + " " + both("(giờ máy chưa xác nhận)", "(clock not confirmed)", english)
}

// stateText is the sentence for a component's state; the codes are those of package dossier.
func stateText(state string, pages int) (vi, en string) {
	switch state {
	case "provided":
		if pages > 0 {
			return fmt.Sprintf("đã nộp, %d trang chụp", pages), fmt.Sprintf("handed in, %d page(s) scanned", pages)
		}
		return "đã nộp bản giấy", "handed in on paper"
	case "replaced_by_data":
		return "không cần nộp, cán bộ dùng dữ liệu có sẵn", "not needed, the officer uses existing data"
	case "to_be_looked_up":
		return "cán bộ sẽ tra cứu, bà con chưa phải nộp", "the officer will look it up, nothing to bring yet"
	case "not_applicable":
		return "không áp dụng", "does not apply"
	case "missing":
		return "chưa có, cán bộ sẽ hướng dẫn", "not yet there, an officer will advise"
	}
	return state, state
}
