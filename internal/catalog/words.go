package catalog

import (
	"strings"
	"unicode"

	"bendo/internal/vietnam"
)

// Limits of one question. The longest official name has about eighty words; a page that sends more
// than this is not a person typing.
const (
	maxQueryBytes = 1024
	maxQueryWords = 32
	maxWord       = 32 // longer ones are cut: no word of the catalogue comes near
)

// wordsOf folds a text and cuts it into words: letters and digits, a dot or a comma between digits
// (codes, amounts) kept. Any string is welcome.
func wordsOf(text string) []string {
	folded := vietnam.Fold(text)
	runes := []rune(folded)
	var out []string
	start := -1
	cut := func(end int) {
		if start >= 0 {
			out = append(out, string(runes[start:min(end, start+maxWord)]))
			start = -1
		}
	}
	for i, r := range runes {
		inside := unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) ||
			r == '.' && i > 0 && i+1 < len(runes) && unicode.IsDigit(runes[i-1]) && unicode.IsDigit(runes[i+1])
		if !inside {
			cut(i)
		} else if start < 0 {
			start = i
		}
	}
	cut(len(runes))
	return out
}

// filler are the words a wish is wrapped in ("tôi muốn xin làm giấy cho con"). They count, but little.
var filler = map[string]bool{"toi": true, "tui": true, "minh": true, "muon": true, "can": true, "xin": true, "nho": true, "giup": true, "dum": true,
	"cho": true, "de": true, "duoc": true, "thi": true, "va": true, "moi": true, "bi": true, "o": true, "la": true, "gi": true, "lam": true, "thu": true, "tuc": true, "giay": true}

const fillerWorth = 8

// onsets are beginnings that southern speech does not keep apart, longest first; what is written on
// the right stands for all of them. k/c/q and i/y are one sound everywhere.
var onsets = []struct{ from, to string }{
	{"ngh", "ng"}, {"gh", "g"}, {"tr", "ch"}, {"sh", "s"}, {"dz", "d"},
	{"x", "s"}, {"v", "d"}, {"z", "d"}, {"r", "r"}, {"k", "c"}, {"f", "ph"},
}

// rhymes are rhymes that are written alike by who hears them alike: sanh for sinh, nhơn for nhân,
// nuôi without its second vowel. They are looked up after the ending is made plain.
var rhymes = map[string]string{
	"uoi": "ui", "ieu": "iu", "iem": "im", "iep": "ip", "uou": "uu", "au": "ao", "oan": "on", "oat": "ot",
}

// dialect are words that the South says with another vowel. Folded, before the key is made.
var dialect = map[string]string{
	"sanh": "sinh", "xanh": "sinh", "chanh": "chinh", "nhon": "nhan", "hun": "hon", "nhut": "nhat", "bon": "ban",
	"thiet": "that", "phuoc": "phuc", "lanh": "linh", "tanh": "tinh", "kiem": "kem",
}

// soundKey gives folded words that are easily mistaken for each other in southern speech the same
// key: s/x, tr/ch, d/gi/v, n/ng/nh and t/c/ch at the end; tones are gone with the folding. A word
// that is not plain letters is its own key.
func soundKey(word string) string {
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return word
		}
	}
	if other, ok := dialect[word]; ok {
		word = other
	}
	onset, rhyme := splitOnset(word)
	rhyme = strings.ReplaceAll(rhyme, "y", "i")
	switch {
	case strings.HasSuffix(rhyme, "ng") || strings.HasSuffix(rhyme, "nh"):
		rhyme = rhyme[:len(rhyme)-1]
	case strings.HasSuffix(rhyme, "ch"):
		rhyme = rhyme[:len(rhyme)-2] + "t"
	case len(rhyme) > 1 && strings.HasSuffix(rhyme, "c"):
		rhyme = rhyme[:len(rhyme)-1] + "t"
	}
	if other, ok := rhymes[rhyme]; ok {
		rhyme = other
	}
	return onset + rhyme
}

// splitOnset cuts the consonants a word begins with. "gi" before a vowel is the sound of d; before a
// consonant ("gìn") its i is the vowel as well.
func splitOnset(word string) (onset, rhyme string) {
	if rest, ok := strings.CutPrefix(word, "gi"); ok {
		if rest != "" && strings.IndexByte("aeou", rest[0]) >= 0 {
			return "d", rest
		}
		return "d", "i" + rest
	}
	for _, o := range onsets {
		if rest, ok := strings.CutPrefix(word, o.from); ok && rest != "" {
			return o.to, rest
		}
	}
	n := 0
	for n < len(word) && strings.IndexByte("aeiouy", word[n]) < 0 {
		n++
	}
	return word[:n], word[n:]
}

// unkeyed undoes what a keyboard leaves when its input method is off: Telex letters ("giaays",
// "ddaats") and VNI digits ("so65"). It returns "" when there is nothing to undo. It is asked only
// about words nobody knows.
func unkeyed(word string) string {
	var b strings.Builder
	last := byte(0)
	for i := range len(word) {
		c := word[i]
		switch {
		case c >= '1' && c <= '9' && i > 0, c == 'w', c == 'j', i > 0 && (c == 'f' || c == 's' || c == 'r' || c == 'x') && hasVowel(b.String()):
			continue
		case c == last && (c == 'a' || c == 'e' || c == 'o' || c == 'd'):
			continue
		}
		b.WriteByte(c)
		last = c
	}
	if plain := b.String(); plain != word && len(plain) > 1 {
		return plain
	}
	return ""
}

func hasVowel(s string) bool { return strings.ContainsAny(s, "aeiouy") }

// oneSlip: one letter wrong, missing, too many, or two neighbours swapped.
// Folded words are nearly always plain letters, so bytes are letters.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) {
		return true
	}
	if a[i+1:] == b[i+1:] {
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
