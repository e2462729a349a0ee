package vietnam

import (
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"
)

// PersonName is a name as it stands on the card, in NFC. It prints as itself and logs as nothing.
type PersonName string

// CitizenID is a citizen number (số định danh cá nhân): 12 digits that passed ParseCitizenID.
type CitizenID string

// Phone is a Vietnamese telephone number in national form: 10 digits (mobile) or 11 (landline).
type Phone string

// hidden stands in the log for whatever would name a person.
var hidden = slog.StringValue("[hidden]")

// LogValue shows nothing. A struct that holds a name in a field must have a LogValue of its own:
// a JSON log handler prints fields without asking them.
func (PersonName) LogValue() slog.Value { return hidden }

// LogValue shows nothing.
func (CitizenID) LogValue() slog.Value { return hidden }

// LogValue shows nothing.
func (Phone) LogValue() slog.Value { return hidden }

// String returns the name itself, for screens and paper.
func (n PersonName) String() string { return string(n) }

// String returns the 12 digits, for screens and paper.
func (id CitizenID) String() string { return string(id) }

// String returns the digits without spaces; FormatPhone writes them for people.
func (p Phone) String() string { return string(p) }

// Sex as papers state it.
type Sex string

// The two values a card knows.
const (
	Male   Sex = "male"
	Female Sex = "female"
)

// Text returns the word in Vietnamese and English.
func (s Sex) Text() (vi, en string) {
	switch s {
	case Male:
		return "Nam", "male"
	case Female:
		return "Nữ", "female"
	}
	return "", ""
}

// Refusals of names.
var (
	ErrNameEmpty = &Problem{"name_empty", "Chưa có họ và tên.", "the name is missing"}
	ErrNameLong  = &Problem{"name_long", "Họ và tên dài quá 150 chữ. Xin kiểm tra lại.", "the name is longer than 150 letters; please check it"}
	ErrNameChars = &Problem{"name_chars",
		"Họ và tên có chữ số hoặc dấu lạ. Xin kiểm tra lại.",
		"the name holds digits or signs that names do not have; please check it"}
)

const maxNameLetters = 150

// ParseName brings a person's name over the border. It accepts letters of every script with their marks,
// spaces, apostrophes, hyphens and full stops: names of S'tiêng, M'nông, Khmer and foreign residents do
// not follow the Vietnamese syllable, so no list of syllables is consulted.
func ParseName(s string) (PersonName, error) {
	name, err := Normalize(s)
	if err != nil {
		return "", err
	}
	if name == "" {
		return "", ErrNameEmpty
	}
	if utf8.RuneCountInString(name) > maxNameLetters {
		return "", ErrNameLong
	}
	letters := false
	for _, r := range name {
		switch {
		case unicode.IsLetter(r):
			letters = true
		case unicode.IsMark(r), r == '\u200C', r == '\u200D', strings.ContainsRune(" '’‘ʼ-.,()", r):
		default:
			return "", ErrNameChars
		}
	}
	if !letters {
		return "", ErrNameChars
	}
	return PersonName(name), nil
}

// DisplayName writes a name for screens: one in capitals throughout, as on the card, becomes
// "Nguyễn Văn Mẫu"; any other is left as its owner wrote it. What is stored stays as on the card.
func DisplayName(name PersonName) string {
	s := string(name)
	if s != strings.ToUpper(s) || s == strings.ToLower(s) {
		return s
	}
	var b strings.Builder
	start := true
	for _, r := range s {
		if start {
			b.WriteRune(unicode.ToUpper(r))
		} else {
			b.WriteRune(unicode.ToLower(r))
		}
		// A new part begins after anything but a letter or its mark: "K'BRÊU" is "K'Brêu".
		start = !unicode.IsLetter(r) && !unicode.IsMark(r)
	}
	return b.String()
}

// Last4 returns the last four digits of a citizen number or a telephone number: the second fact by
// which a resident's slip is looked up. Spaces, dots and hyphens are passed over; anything else, or
// fewer than four digits, gives false.
func Last4(digits string) (string, bool) {
	d, ok := onlyDigits(strings.TrimPrefix(strings.TrimSpace(digits), "+"))
	if !ok || len(d) < 4 {
		return "", false
	}
	return d[len(d)-4:], true
}

// onlyDigits drops what people put between digits and tells whether nothing else was there.
func onlyDigits(s string) (string, bool) {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '.' || r == '-' || r == '(' || r == ')' || r == '\u2011' || r == '\u2013' || unicode.IsSpace(r):
		default:
			return "", false
		}
	}
	return b.String(), true
}
