package catalog

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"bendo/internal/form"
	"bendo/internal/vietnam"
)

// Weights of what a phrase is. People's own words weigh more than official ones, because nobody
// types the official name.
const (
	weightPlain    = 50
	weightSynonym  = 50
	weightShort    = 45
	weightMisspelt = 40
	weightEvent    = 26
	weightOfficial = 24
	weightField    = 8
)

// phrase is one wording of one or, for the words of a life event, several procedures.
type phrase struct {
	owners []int32 // places in Procedures
	words  []int32 // places in index.words, in order
	total  int32   // rarity of its words together
	weight int32
}

// index is what a search reads: made once when a pack is opened and never changed after, so that
// any number of goroutines may ask. Searching makes no other copy of the catalogue's texts.
type index struct {
	words   []string           // every known word once, in order of its bytes
	rare    []int32            // beside words: how telling a word is; common ones are near 0
	bySound map[string][]int32 // words by soundKey
	byLen   [][]int32          // words by length in bytes
	phrases []phrase
	of      [][]int32 // beside words: the phrases it stands in, ascending
	rank    []int32   // beside Procedures: which comes first when they fit equally
	alike   []int32   // Procedures in the order of the Vietnamese alphabet
	fields  []FieldCount
	home    map[string][]int32 // life event id: its procedures, in the order shown
	codes   []string           // beside Procedures: digits of the code only
	plain   []form.Text        // beside Procedures: the name in people's words, if any
}

// FieldCount is a field (lĩnh vực) and how many procedures the pack has in it.
type FieldCount struct {
	Name       form.Text
	Procedures int
}

// indexer collects while an index is made.
type indexer struct {
	*index
	p     *Pack
	known map[string]int32
}

func buildIndex(p *Pack) *index {
	b := indexer{&index{home: map[string][]int32{}, plain: make([]form.Text, len(p.Procedures))}, p, map[string]int32{}}
	for i, pr := range p.Procedures {
		b.procedure(int32(i), pr)
	}
	for _, e := range p.Events {
		b.event(e)
	}
	b.vocabulary()
	b.rarity()
	b.order()
	return b.index
}

func (b *indexer) procedure(i int32, pr Procedure) {
	b.codes = append(b.codes, digits(pr.Code))
	only := []int32{i}
	b.add(only, weightShort, pr.Short.VI, pr.Short.EN)
	b.add(only, weightOfficial, pr.Name.VI, pr.Name.EN)
	b.add(only, weightField, pr.Field.VI)
}

// event adds the words of a life event to what is at home there and, last, to what belongs to it too.
func (b *indexer) event(e LifeEvent) {
	var owners []int32
	for _, it := range e.Procedures {
		i := int32(b.p.byCode[it.Code])
		owners = append(owners, i)
		b.plain[i] = it.Plain
		only := []int32{i}
		b.add(only, weightPlain, it.Plain.VI, it.Plain.EN)
		b.add(only, weightSynonym, it.Synonyms...)
		b.add(only, weightMisspelt, it.Misspellings...)
	}
	for _, c := range e.Also {
		owners = append(owners, int32(b.p.byCode[c]))
	}
	b.home[e.ID] = owners
	b.add(owners, weightEvent, e.Name.VI, e.Name.EN)
	b.add(owners, weightEvent, e.Synonyms...)
	b.add(owners, weightEvent, e.Misspellings...)
}

func (b *indexer) add(owners []int32, weight int32, texts ...string) {
	for _, text := range texts {
		// What stands in brackets at the end explains; the wording is whole without it.
		if bare, _, ok := strings.Cut(text, " ("); ok && strings.HasSuffix(text, ")") {
			b.add(owners, weight, bare)
		}
		words := wordsOf(text)
		if len(words) == 0 || len(owners) == 0 {
			continue
		}
		ph := phrase{owners: owners, weight: weight}
		for _, w := range words {
			id, ok := b.known[w]
			if !ok {
				id = int32(len(b.known))
				b.known[w] = id
			}
			ph.words = append(ph.words, id)
		}
		b.phrases = append(b.phrases, ph)
	}
}

// vocabulary puts the words in order, so that a beginning is a range of them.
func (b *indexer) vocabulary() {
	b.words = sortedKeys(b.known)
	now := make([]int32, len(b.words))
	for i, w := range b.words {
		now[b.known[w]] = int32(i)
	}
	b.of = make([][]int32, len(b.words))
	b.bySound = map[string][]int32{}
	for n := range b.phrases {
		for i, old := range b.phrases[n].words {
			w := now[old]
			b.phrases[n].words[i] = w
			if at := b.of[w]; len(at) == 0 || at[len(at)-1] != int32(n) {
				b.of[w] = append(at, int32(n))
			}
		}
	}
	for i, w := range b.words {
		key := soundKey(w)
		b.bySound[key] = append(b.bySound[key], int32(i))
		for len(b.byLen) <= len(w) {
			b.byLen = append(b.byLen, nil)
		}
		b.byLen[len(w)] = append(b.byLen[len(w)], int32(i))
	}
}

// rarity weighs a word by how few procedures it stands at, in sixteenths of a power of e: "đăng ký"
// says little, "chôn cất" nearly everything.
func (b *indexer) rarity() {
	b.rare = make([]int32, len(b.words))
	seen := make([]int32, len(b.p.Procedures)) // the last word counted there, from 1
	for w := range b.words {
		n := 0
		for _, ph := range b.of[w] {
			for _, i := range b.phrases[ph].owners {
				if seen[i] != int32(w+1) {
					seen[i], n = int32(w+1), n+1
				}
			}
		}
		b.rare[w] = int32(4 + 16*math.Log(float64(len(seen)+n)/float64(n)))
		if filler[b.words[w]] {
			b.rare[w] = min(b.rare[w], fillerWorth)
		}
	}
	for n := range b.phrases {
		for _, w := range b.phrases[n].words {
			b.phrases[n].total += b.rare[w]
		}
	}
}

// order settles what comes first among equals, the alphabet, and the fields.
func (b *indexer) order() {
	n := len(b.p.Procedures)
	b.rank = make([]int32, n)
	for i := range b.rank {
		b.rank[i] = int32(1000*1000 + i) // what no life event is home to comes last
	}
	for at, e := range b.p.Events {
		for i, it := range e.Procedures {
			b.rank[b.p.byCode[it.Code]] = int32(1000*i + at) // the first of every event before the second of any
		}
	}
	keys := make([][]byte, n)
	for i, pr := range b.p.Procedures {
		b.alike = append(b.alike, int32(i))
		shown := pr.Short.VI
		if b.plain[i].VI != "" {
			shown = b.plain[i].VI // the alphabet of what a list shows
		}
		keys[i] = vietnam.SortKey(shown)
	}
	slices.SortFunc(b.alike, func(x, y int32) int {
		return cmp.Or(slices.Compare(keys[x], keys[y]), cmp.Compare(b.p.Procedures[x].Code, b.p.Procedures[y].Code))
	})
	count := map[string]int{}
	for _, pr := range b.p.Procedures {
		if count[pr.Field.VI]++; count[pr.Field.VI] == 1 {
			b.fields = append(b.fields, FieldCount{Name: pr.Field})
		}
	}
	for i := range b.fields {
		b.fields[i].Procedures = count[b.fields[i].Name.VI]
	}
	slices.SortFunc(b.fields, func(x, y FieldCount) int {
		return slices.Compare(vietnam.SortKey(x.Name.VI), vietnam.SortKey(y.Name.VI))
	})
}

func digits(s string) string {
	var out []byte
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			out = append(out, s[i])
		}
	}
	return string(out)
}
