package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// Near is what to offer to somebody who found nothing: up to three procedures that are written a
// little like it, and up to six life events, theirs first and then those of the first page.
type Near struct {
	Procedures []Hit
	Events     []LifeEvent
}

// nearEnough is how many thousandths of their letter pairs two texts must share.
const nearEnough = 450

// Near suggests by letters where Search, by words, finds nothing.
func (p *Pack) Near(query string) Near {
	var out Near
	for _, s := range p.index.likeLetters(query[:min(len(query), maxQueryBytes)], len(p.Procedures)) {
		if len(out.Procedures) == 3 {
			break
		}
		out.Procedures = append(out.Procedures, Hit{p.Procedures[s.at], int(s.score)})
	}
	add := func(e LifeEvent) {
		if len(out.Events) < 6 && !slices.ContainsFunc(out.Events, func(o LifeEvent) bool { return o.ID == e.ID }) {
			out.Events = append(out.Events, e)
		}
	}
	for _, h := range out.Procedures {
		for _, e := range p.Events {
			if slices.Contains(p.index.home[e.ID], int32(p.byCode[h.Procedure.Code])) {
				add(e)
				break
			}
		}
	}
	for _, first := range []bool{true, false} {
		for _, e := range p.Events {
			if e.FirstPage == first {
				add(e)
			}
		}
	}
	return out
}

// likeLetters compares the letter pairs of the query with those of every wording of people's own.
func (x *index) likeLetters(query string, procedures int) []scored {
	letters := strings.Join(wordsOf(query), "")
	letters = letters[:min(len(letters), 64)]
	if len(letters) < 4 {
		return nil
	}
	want := map[[2]byte]int32{}
	for i := range len(letters) - 1 {
		want[[2]byte{letters[i], letters[i+1]}]++
	}
	best := make([]int32, procedures)
	have := map[[2]byte]int32{}
	var text []byte
	for _, ph := range x.phrases {
		if ph.weight < weightMisspelt || len(ph.owners) > 1 {
			continue
		}
		text = text[:0]
		for _, w := range ph.words {
			text = append(text, x.words[w]...)
		}
		shared := int32(0)
		clear(have)
		for i := range len(text) - 1 {
			pair := [2]byte{text[i], text[i+1]}
			if have[pair] < want[pair] {
				have[pair]++
				shared++
			}
		}
		s := 2000 * shared / int32(max(len(letters)+len(text)-2, 1))
		best[ph.owners[0]] = max(best[ph.owners[0]], s)
	}
	var out []scored
	for i, s := range best {
		if s >= nearEnough {
			out = append(out, scored{int32(i), s})
		}
	}
	slices.SortFunc(out, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(x.rank[a.at], x.rank[b.at]))
	})
	return out
}
