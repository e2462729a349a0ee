package finder

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"bendo/internal/vietnam"
)

// words keeps every different word once. A commune's names are made of some hundreds.
type words struct {
	list []word
	free []uint32
	byIt map[string]uint32
}

// word is one spelling, in small letters.
type word struct {
	spelled string
	folded  string
	near    string // folded further, see nearOf
	uses    int    // 0: free, and the spelling is forgotten
}

// take gives the number of a spelling and counts one use.
func (w *words) take(spelled string) uint32 {
	if at, ok := w.byIt[spelled]; ok {
		w.list[at].uses++
		return at
	}
	if w.byIt == nil {
		w.byIt = map[string]uint32{}
	}
	spelled = strings.Clone(spelled) // a part of a name must not keep the whole of it
	folded := vietnam.Fold(spelled)
	fresh := word{spelled: spelled, folded: folded, near: nearOf(folded), uses: 1}
	at := uint32(len(w.list))
	if n := len(w.free); n > 0 {
		at, w.free = w.free[n-1], w.free[:n-1]
		w.list[at] = fresh
	} else {
		w.list = append(w.list, fresh)
	}
	w.byIt[spelled] = at
	return at
}

// release ends one use; the last one forgets the spelling.
func (w *words) release(at uint32) {
	e := &w.list[at]
	if e.uses--; e.uses > 0 {
		return
	}
	delete(w.byIt, e.spelled)
	*e = word{}
	w.free = append(w.free, at)
}

// find gives the number of a spelling that is used.
func (w *words) find(spelled string) (uint32, bool) {
	at, ok := w.byIt[spelled]
	return at, ok
}

// maxNameWords bounds a name; nobody has so many.
const maxNameWords = 24

// nameWords are the words of a name as they are compared: in small letters, the tone behind the word.
func nameWords(name string) []string {
	clean, err := vietnam.Normalize(name)
	if err != nil {
		clean = vietnam.Fold(name) // a book's names were normalised at the border; this one was not
	}
	list := strings.Fields(lower(clean))
	list = list[:min(len(list), maxNameWords)]
	for i, w := range list {
		list[i] = toneBehind(w)
	}
	return list
}

// tones are the five marks of Vietnamese tones: huyền, sắc, ngã, hỏi, nặng.
const tones = "\u0300\u0301\u0303\u0309\u0323"

// toneBehind writes the tone of a syllable behind it. Where over "oa", "oe" and "uy" the tone stands is
// a matter of school ("hòa", "hoà"), and nobody means another name by it.
func toneBehind(w string) string {
	var letters, tone strings.Builder
	for _, r := range norm.NFD.String(w) {
		if strings.ContainsRune(tones, r) {
			tone.WriteRune(r)
		} else {
			letters.WriteRune(r)
		}
	}
	return norm.NFC.String(letters.String()) + tone.String()
}

func lower(s string) string { return strings.Map(unicode.ToLower, s) }

// nearOf makes equal what people write one way or the other: y and i, and the apostrophes and hyphens
// of names of the hill peoples (K'Rang, K-rang, Krang).
func nearOf(folded string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'y':
			return 'i'
		case '\'', '-', '.':
			return -1
		}
		return r
	}, folded)
}

// untelex takes away what an input method would have taken away, had it been on: Telex writes "đ" as dd,
// "ê" as ee, "ư" as w and the tones as s f r x j behind a vowel, letters with which no Vietnamese syllable
// ends. The result is folded.
func untelex(folded string) string {
	var b strings.Builder
	vowel := false
	last := rune(0)
	for _, r := range folded {
		switch {
		case r == 'w', vowel && strings.ContainsRune("sfrxj", r):
			continue
		case r == last && strings.ContainsRune("dae", r), r == 'o' && last == 'o':
			continue
		}
		vowel = vowel || strings.ContainsRune("aeiouy", r)
		b.WriteRune(r)
		last = r
	}
	return b.String()
}
