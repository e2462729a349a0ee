package kiosk

import (
	"net/http"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"

	"bendo/internal/dossier"
	"bendo/internal/vietnam"
)

// Levels of evidence. A resident's screen reads a card's code at most; that an officer compared or
// a chip was verified is nobody's to say there. A prepared file is staff's.
var (
	screenEvidence = []string{"typed", "qr"}
	staffEvidence  = []string{"typed", "qr", "compared", "chip"}
)

// birthDate is a day, or what is known of it: a month, a year.
var birthDate = []string{time.DateOnly, "2006-01", "2006"}

// normalPerson brings what was typed into its one spelling; what cannot be read stays as it
// was typed, for the judgement to name. levels are those of evidence that the caller may claim; any
// other counts as typed.
func normalPerson(p dossier.Person, levels []string) dossier.Person {
	if name, err := vietnam.ParseName(p.FullName); err == nil {
		p.FullName = string(name)
	}
	if id, err := vietnam.ParseCitizenID(p.CitizenID); err == nil {
		p.CitizenID = string(id)
	}
	if phone, err := vietnam.ParsePhone(p.Phone); err == nil {
		p.Phone = string(phone)
	}
	if day, err := vietnam.ParseDate(p.BirthDate); err == nil {
		p.BirthDate = day.String() // 13/2/1990, as people write it
	}
	if address, err := vietnam.Normalize(p.Address); err == nil {
		p.Address = address
	}
	if !slices.Contains(levels, p.Evidence) {
		p.Evidence = "typed"
	}
	return p
}

// told is a parser's problem as a person reads it; in English it is written as an error is, a part of a
// sentence.
func told(p *vietnam.Problem) Text {
	first, size := utf8.DecodeRuneInString(p.En)
	return say(p.Vi, string(unicode.ToUpper(first))+p.En[size:]+".")
}

// judgePerson lists what is wrong with a person's particulars. Without a citizen number and a
// phone a dossier still goes: the slip then carries a code.
func judgePerson(p dossier.Person, where, today string) []problemView {
	var out []problemView
	add := func(field, code string, t Text) {
		out = append(out, problemView{Where: where, Field: field, Code: code, Message: t})
	}
	check := func(field string, err error) {
		if q, is := vietnam.AsProblem(err); is {
			add(field, q.Code, told(q))
		}
	}
	if p.FullName == "" {
		add("full_name", "required", say("Chưa có họ tên.", "The full name is missing."))
	} else if _, err := vietnam.ParseName(p.FullName); err != nil {
		check("full_name", err)
	}
	if p.CitizenID != "" {
		_, err := vietnam.ParseCitizenID(p.CitizenID)
		check("citizen_id", err)
	}
	if p.Phone != "" {
		_, err := vietnam.ParsePhone(p.Phone)
		check("phone", err)
	}
	known := slices.ContainsFunc(birthDate, func(layout string) bool { _, err := time.Parse(layout, p.BirthDate); return err == nil })
	switch {
	case p.BirthDate == "":
	case !known:
		add("birth_date", "bad_date", say("Ngày sinh không đọc được. Ghi ngày, tháng, năm; không nhớ thì ghi năm.", "The date of birth cannot be read. Give day, month and year, or the year alone."))
	case p.BirthDate > today:
		add("birth_date", "in_future", say("Ngày sinh không thể ở sau hôm nay.", "The date of birth cannot be in the future."))
	}
	return out
}

// card reads the QR code of a citizen card as a scanner typed it. It stores nothing.
func (d *Desk) card(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Raw    string `json:"raw"`
		Person string `json:"person"`
	}
	if err := read(r, &in); err != nil {
		return err
	}
	c, err := vietnam.ParseCardQR(in.Raw)
	if err != nil {
		return unreadable(err)
	}
	return ok(w, viewCard(c))
}

// unreadable says why a text is no card, in the parser's own words.
func unreadable(err error) error {
	p := Problem{Code: "card_unreadable", Status: http.StatusUnprocessableEntity,
		Message: say("Không đọc được thẻ.", "The card could not be read."),
		Next:    say("Quét lại, hoặc nhập bằng tay.", "Scan again, or type the data.")}
	if q, is := vietnam.AsProblem(err); is {
		p.Code, p.Message = q.Code, told(q)
	}
	return p.Because(nil)
}

// viewCard is a card as the screens get it: a claim read from its code, with what to doubt in it and
// the fields of unknown meaning raw.
func viewCard(c vietnam.Card) map[string]any {
	return map[string]any{"kind": "qr", "number": c.Number.String(), "name": c.Name.String(), "birth_date": c.Birth.String(),
		"sex": string(c.Sex), "residence": c.Residence, "issue_date": c.Issued.String(), "doubts": c.Doubts, "extra": c.Extra}
}
