package catalog

import (
	"cmp"
	"slices"
	"strings"

	"bendo/internal/vietnam"
)

// Filter narrows a search to a life event (by id) or a field (by its Vietnamese name).
type Filter struct{ Event, Field string }

// Hit is one procedure found. Higher scores are better; the order is final.
type Hit struct {
	Procedure Procedure
	Score     int
}

// Weights of what a phrase is. People's own words weigh more than official ones,
// because nobody types the official name.
const (
	weightPlain    = 5
	weightSynonym  = 5
	weightShort    = 4
	weightMisspelt = 3
	weightEvent    = 2
	weightOfficial = 2
)

// maxQueryWords bounds the work of one search; nobody types more.
const maxQueryWords = 12

type phrase struct {
	text   string // folded
	words  []string
	weight int
}

type entry struct {
	at      int // index in Procedures
	phrases []phrase
}

func buildIndex(p *Pack) []entry {
	index := make([]entry, len(p.Procedures))
	add := func(i, weight int, texts ...string) {
		for _, t := range texts {
			if f := vietnam.Fold(t); f != "" {
				index[i].phrases = append(index[i].phrases, phrase{f, strings.FieldsFunc(f, notWord), weight})
			}
		}
	}
	for i, pr := range p.Procedures {
		index[i].at = i
		add(i, weightShort, pr.Short.VI, pr.Short.EN)
		add(i, weightOfficial, pr.Name.VI, pr.Field.VI)
		add(i, weightPlain, pr.Code)
	}
	for _, e := range p.Events {
		for _, it := range e.Procedures {
			i := p.byCode[it.Code]
			add(i, weightPlain, it.Plain.VI)
			add(i, weightSynonym, it.Synonyms...)
			add(i, weightMisspelt, it.Misspellings...)
			add(i, weightEvent, e.Name.VI, e.Name.EN)
			add(i, weightEvent, e.Synonyms...)
			add(i, weightEvent, e.Misspellings...)
		}
	}
	return index
}

func notWord(r rune) bool { return strings.ContainsRune(" \t\n,;:()/-–'\"?!…", r) }

// Search finds procedures by words without diacritics, with one slip of the
// finger forgiven in a word of four letters or more. An empty query lists what
// the filter lets through in catalogue order. Words of the query that fit
// nothing lower the score; a procedure none fits is not found.
func (p *Pack) Search(query string, f Filter) []Hit {
	folded := vietnam.Fold(query)
	words := strings.FieldsFunc(folded, notWord)
	if len(words) > maxQueryWords {
		words = words[:maxQueryWords]
	}
	var hits []Hit
	for _, e := range p.index {
		pr := p.Procedures[e.at]
		if f.Field != "" && pr.Field.VI != f.Field || f.Event != "" && !slices.Contains(p.EventsOf(pr.Code), f.Event) {
			continue
		}
		score := 1
		if len(words) > 0 {
			score = e.score(strings.Join(words, " "), words)
		}
		if score > 0 {
			hits = append(hits, Hit{pr, score})
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	if len(words) == 0 || len(hits) == 0 {
		return hits
	}
	// Far weaker hits only bury the one that was meant.
	best := hits[0].Score
	return hits[:len(hits)-countWhere(hits, func(h Hit) bool { return h.Score*3 < best })]
}

func countWhere[T any](list []T, ok func(T) bool) int {
	n := 0
	for _, x := range list {
		if ok(x) {
			n++
		}
	}
	return n
}

// score adds, for every word of the query, its best fit in any phrase, and once
// the best phrase that holds the whole query.
func (e entry) score(query string, words []string) int {
	total := 0
	for _, w := range words {
		best := 0
		for _, ph := range e.phrases {
			for _, pw := range ph.words {
				if s := fit(w, pw) * ph.weight; s > best {
					best = s
				}
			}
		}
		total += best
	}
	bonus := 0
	for _, ph := range e.phrases {
		s := 0
		switch {
		case ph.text == query:
			s = 24 * ph.weight
		case within(ph.text, query):
			s = 12 * ph.weight
		}
		// Every word of a short phrase inside a longer query counts too: people
		// type "tôi muốn làm giấy khai sinh cho con".
		if len(ph.words) > 1 && within(query, ph.text) {
			s = max(s, 10*ph.weight)
		}
		bonus = max(bonus, s)
	}
	return total + bonus
}

// within reports whether sub stands in text at word borders.
func within(text, sub string) bool {
	return strings.Contains(" "+text+" ", " "+sub+" ") || strings.HasPrefix(text, sub) && len(sub) >= 4
}

// fit compares one typed word with one known word: 6 equal, 4 beginning, 3 one slip.
func fit(typed, known string) int {
	switch {
	case typed == known:
		return 6
	case len(typed) >= 2 && strings.HasPrefix(known, typed):
		return 4
	case len(typed) >= 4 && oneSlip(typed, known):
		return 3
	}
	return 0
}

// oneSlip: one letter wrong, missing, too many, or two neighbours swapped.
// Folded words are plain letters, so bytes are letters.
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
