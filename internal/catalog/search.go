package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// Filter narrows a search to a life event (by id) or a field (by its Vietnamese name).
type Filter struct{ Event, Field string }

// Hit is one procedure found. Higher scores are better; the order is final.
type Hit struct {
	Procedure Procedure
	Score     int
}

// Fields lists the fields (lĩnh vực) of the pack in the order of the alphabet.
func (p *Pack) Fields() []FieldCount { return slices.Clone(p.index.fields) }

// Search finds procedures by what people type: without diacritics, as the South spells, words run
// together, a word still being typed, one slip of the finger in a word. The best comes first; equal
// ones keep the order of the life events. Words that fit nothing lower the score; a procedure none
// fits is not found. An empty query lists what the filter lets through: a life event in its own
// order, anything else by the alphabet.
func (p *Pack) Search(query string, f Filter) []Hit {
	hits, _ := p.Page(query, f, 0, len(p.Procedures))
	return hits
}

// Page is Search for one page: at most limit hits from offset on, and how many there are in all.
func (p *Pack) Page(query string, f Filter, offset, limit int) (hits []Hit, total int) {
	found := p.find(query, f)
	offset = min(max(offset, 0), len(found))
	for _, s := range found[offset:min(offset+max(limit, 0), len(found))] {
		hits = append(hits, Hit{p.Procedures[s.at], int(s.score)})
	}
	return hits, len(found)
}

// scored is a procedure, by its place, and how well it fits.
type scored struct{ at, score int32 }

// enough is the score of a hit that leaves little doubt.
const enough = 1200

func (p *Pack) find(query string, f Filter) []scored {
	words := wordsOf(query[:min(len(query), maxQueryBytes)])
	words = words[:min(len(words), maxQueryWords)]
	if len(words) == 0 {
		return p.list(f)
	}
	found := p.index.byCode(words)
	if found == nil {
		found = p.index.byWords(words, len(p.Procedures))
	}
	found = slices.DeleteFunc(found, func(s scored) bool { return !p.lets(f, s.at) })
	slices.SortFunc(found, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(p.index.rank[a.at], p.index.rank[b.at]))
	})
	// Far weaker hits only bury the one that was meant; beside a perfect one weak ones may still be it,
	// and a single word may become anything while it is being typed.
	weak := int32(3)
	switch {
	case len(words) == 1 && len(words[0]) < 4:
		return found
	case len(words) == 1:
		weak = 8
	}
	for i, s := range found {
		if s.score*weak < min(found[0].score, enough) {
			return found[:i]
		}
	}
	return found
}

// list is what a filter lets through, without words.
func (p *Pack) list(f Filter) []scored {
	places := p.index.alike
	if f.Event != "" {
		places = p.index.home[f.Event]
	}
	var out []scored
	for _, i := range places {
		if f.Field == "" || p.Procedures[i].Field.VI == f.Field {
			out = append(out, scored{i, 1})
		}
	}
	return out
}

func (p *Pack) lets(f Filter, at int32) bool {
	return (f.Field == "" || p.Procedures[at].Field.VI == f.Field) &&
		(f.Event == "" || slices.Contains(p.index.home[f.Event], at))
}

// byCode finds a procedure by its code when nothing but digits was typed, at least four: the whole
// code, its beginning or its end, else the codes one slip away. nil: this was no code.
func (x *index) byCode(words []string) []scored {
	typed := strings.Join(words, "")
	number := digits(typed)
	if len(number) < 4 || len(number) != len(strings.ReplaceAll(typed, ".", "")) {
		return nil
	}
	var out, near []scored
	for i, code := range x.codes {
		switch {
		case code == number:
			out = append(out, scored{int32(i), 1000})
		case strings.HasPrefix(code, number):
			out = append(out, scored{int32(i), 600})
		case strings.HasSuffix(code, number):
			out = append(out, scored{int32(i), 500})
		case oneSlip(number, code):
			near = append(near, scored{int32(i), 400})
		}
	}
	if out == nil {
		out = near
	}
	return out
}

// How well a typed word fits a known one, in thousandths.
const (
	fitWhole  = 1000
	fitKeyed  = 950 // the input method was off
	fitSound  = 850 // another spelling of the same southern sound
	fitBegun  = 800 // the last word, still being typed
	fitSlip   = 650
	fitBegins = 500 // a beginning in the middle of a query
	fitChance = 400 // one slip from another word, though this word exists itself
)

type fit struct{ word, how int32 }

// fits lists the known words a typed one may be, each once with its best reason.
func (x *index) fits(typed string, last bool) []fit {
	var out []fit
	whole, known := slices.BinarySearch(x.words, typed)
	if known {
		out = append(out, fit{int32(whole), fitWhole})
	}
	if !known {
		if plain := unkeyed(typed); plain != "" {
			if i, ok := slices.BinarySearch(x.words, plain); ok {
				out = append(out, fit{int32(i), fitKeyed})
			}
		}
	}
	for _, w := range x.bySound[soundKey(typed)] {
		out = append(out, fit{w, fitSound})
	}
	if begun := int32(fitBegins); len(typed) >= 2 && (last || len(typed) >= 3) {
		if last && !known {
			begun = fitBegun
		}
		for i := whole; i < len(x.words) && strings.HasPrefix(x.words[i], typed); i++ {
			out = append(out, fit{int32(i), begun})
		}
	}
	if len(typed) >= 3 {
		how := int32(fitSlip)
		if known {
			how = fitChance
		}
		// In words of three letters a slip makes just another word; only a missing letter is forgiven.
		for n := max(len(typed)-1, 4); n <= len(typed)+1 && n < len(x.byLen); n++ {
			for _, w := range x.byLen[n] {
				if oneSlip(typed, x.words[w]) {
					out = append(out, fit{w, how})
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b fit) int { return cmp.Or(cmp.Compare(a.word, b.word), cmp.Compare(b.how, a.how)) })
	return slices.CompactFunc(out, func(a, b fit) bool { return a.word == b.word })
}
