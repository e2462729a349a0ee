package vietnam

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Refusals of text at the border.
var (
	ErrNotUTF8 = &Problem{"text_not_utf8",
		"Văn bản không đúng bảng mã Unicode (UTF-8). Xin nhập lại.",
		"the text is not UTF-8; please enter it again"}
	ErrControl = &Problem{"text_control",
		"Văn bản có ký tự điều khiển không đọc được. Xin nhập lại bằng tay.",
		"the text holds control characters; please type it again"}
	ErrDamaged = &Problem{"text_damaged",
		"Một số chữ đã bị hỏng (hiện thành ô vuông hoặc dấu hỏi). Xin nhập lại.",
		"some letters were already lost on the way; please enter the text again"}
)

// Normalize brings one line of text over the border: NFC, white space of any kind collapsed to single
// spaces and trimmed, invisible marks (byte-order mark, zero-width space) dropped. Line breaks are white
// space. Errors: ErrNotUTF8, ErrControl, ErrDamaged. Normalize of its own result is that result.
func Normalize(s string) (string, error) {
	clean, err := tidy(s)
	if err != nil {
		return "", err
	}
	return strings.Join(strings.Fields(clean), " "), nil
}

// NormalizeLines is Normalize for answers of several lines: line breaks are kept (as \n), at most one
// blank line in a row, none at the ends.
func NormalizeLines(s string) (string, error) {
	clean, err := tidy(s)
	if err != nil {
		return "", err
	}
	clean = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u2028", "\n", "\u2029", "\n\n").Replace(clean)
	var lines []string
	for line := range strings.SplitSeq(clean, "\n") {
		line = strings.Join(strings.Fields(line), " ")
		if line == "" && (len(lines) == 0 || lines[len(lines)-1] == "") {
			continue
		}
		lines = append(lines, line)
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n"), nil
}

// tidy refuses what may not pass, drops what nobody can see, and composes.
func tidy(s string) (string, error) {
	if !utf8.ValidString(s) {
		return "", ErrNotUTF8
	}
	clean := s
	for _, r := range s {
		if unicode.IsSpace(r) {
			continue
		}
		switch {
		case r == utf8.RuneError:
			return "", ErrDamaged
		case unicode.IsControl(r), isBidiControl(r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Noncharacter_Code_Point, r):
			return "", ErrControl
		case isInvisible(r):
			clean = ""
		}
	}
	if clean == "" {
		clean = strings.Map(func(r rune) rune {
			if isInvisible(r) {
				return -1
			}
			return r
		}, s)
	}
	return norm.NFC.String(clean), nil
}

// isInvisible: marks that change nothing a person sees, but make equal names unequal. The joiners
// U+200C and U+200D stay, Khmer writing needs them.
func isInvisible(r rune) bool {
	switch r {
	case '\uFEFF', '\u200B', '\u2060', '\u00AD':
		return true
	}
	return false
}

// isBidiControl: marks that reorder what is shown; in a name or an address they can only deceive.
func isBidiControl(r rune) bool {
	return r == '\u061C' || r == '\u200E' || r == '\u200F' || r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069'
}

// Fold reduces text to what people type when they search: lower case, no diacritics, đ as d, single
// spaces. "Hòa", "Hoà" and "HOA" fold alike; "Quy" and "Qui" do not. Letters of other scripts (Khmer)
// keep their marks. Fold of its own result is that result. It accepts any string.
func Fold(s string) string {
	decomposed := norm.NFKD.String(strings.ToValidUTF8(s, " "))
	var b strings.Builder
	b.Grow(len(decomposed))
	for _, r := range decomposed {
		switch {
		case r >= 0x0300 && r <= 0x036F, unicode.Is(unicode.Cf, r):
			// tone and vowel marks of Latin letters; formatting marks
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			b.WriteRune(foldRune(unicode.ToLower(r)))
		}
	}
	return strings.Join(strings.Fields(norm.NFC.String(b.String())), " ")
}

// foldRune replaces letters that Unicode does not decompose. Ð (eth) and Ɖ look like Đ and stand for it
// in text converted from old fonts; ƀ is a letter of M'nông and S'tiêng.
func foldRune(r rune) rune {
	switch r {
	case 'đ', 'ð', 'ɖ':
		return 'd'
	case 'ƀ':
		return 'b'
	case 'ı':
		return 'i'
	case '’', '‘', 'ʼ', '`', '´':
		return '\''
	case '–', '—', '‐', '‑':
		return '-'
	}
	return r
}

// SameName tells whether two spellings fold alike: a hint that they may be the same name, never a
// proof that they are the same person.
func SameName(a, b PersonName) bool { return Fold(string(a)) == Fold(string(b)) }
