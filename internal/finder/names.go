package finder

import (
	"slices"
	"strings"
	"unicode/utf8"

	"bendo/internal/vietnam"
)

// What a typed word costs against a word of a name. The words decide, so the rest counts in ones.
const (
	costSame     = 0   // the spelling that was typed
	costPlain    = 10  // typed without marks, the name has some
	costMarks    = 40  // typed with other marks than the name has
	costStart    = 60  // the beginning of it, as typed
	costPlainBeg = 70  // the beginning of it without marks
	costMarksBeg = 90  // its beginning but for the marks
	costNear     = 140 // i for y, an apostrophe more or less
	costTelex    = 160 // an input method was switched off
	costSlip     = 200 // one slip of the finger

	costNotGiven  = 30 // no typed word is the given name
	costOther     = 50 // the submitter's name, not the applicant's
	costOrder     = 2  // another order than the name's
	costGivenLead = 1  // the given name first, the rest in order
	noCost        = uint8(255)
)

// typed is a word of a query with what comparing it needs.
type typed struct {
	spelled, folded, near, plain string // plain: as Telex would have made it
	marked                       bool   // it was typed with marks
}

func typedWord(w string) typed {
	f := vietnam.Fold(w)
	w = toneBehind(w)
	return typed{spelled: w, folded: f, near: nearOf(f), plain: untelex(f), marked: f != w}
}

// cost holds a typed word against one of the index. slips allows what only counts where nothing fits.
func (t typed) cost(w *word, slips bool) uint8 {
	switch {
	case w.spelled == t.spelled:
		return costSame
	case w.folded == t.folded && t.marked:
		return costMarks
	case w.folded == t.folded:
		return costPlain
	case strings.HasPrefix(w.spelled, t.spelled) && t.marked:
		return costStart
	case strings.HasPrefix(w.folded, t.folded):
		switch {
		case t.marked:
			return costMarksBeg
		case w.spelled == w.folded:
			return costStart
		}
		return costPlainBeg
	case w.near == t.near, partOf(w.folded, t.folded):
		return costNear
	case slips && w.folded == t.plain:
		return costTelex
	case slips && oneSlip(w.folded, t.folded):
		return costSlip
	}
	return noCost
}

// partOf says whether typed is what stands behind an apostrophe or a hyphen: Rang of K'Rang.
func partOf(name, typed string) bool {
	return len(typed) > 1 && len(name) > len(typed) && strings.HasSuffix(name, typed) &&
		strings.IndexByte("'-", name[len(name)-len(typed)-1]) >= 0
}

// findName looks for people. Where nothing fits what was typed, half of its words may be slips.
func (x *Index) findName(q query, limit int) Answer {
	for _, slips := range []bool{false, true} {
		s := x.nameSearch(q, slips)
		b := best{x: x, limit: limit}
		for i := range x.rows {
			r := &x.rows[i]
			if !r.used || len(r.words) == 0 {
				continue
			}
			if rank, ok := s.rank(r); ok {
				b.add(place{rank: rank, at: uint32(i), when: -r.filed})
			}
		}
		if b.seen > 0 {
			return x.answer(&b, func(int32) How { return ByName })
		}
	}
	return Answer{}
}

// nameSearch is a query held against every different word once.
type nameSearch struct {
	n      int
	costs  []uint8 // of word w against typed t at w*n+t
	masks  []uint8 // of word w: bit t when typed t fits it
	behind []wanted
	slips  int // how many typed words may be slips
}

func (x *Index) nameSearch(q query, slips bool) *nameSearch {
	s := &nameSearch{n: len(q.words)}
	if slips {
		s.slips = max(1, s.n/2)
	}
	for _, n := range q.behind {
		s.behind = append(s.behind, want(n))
	}
	s.costs = make([]uint8, len(x.words.list)*s.n)
	s.masks = make([]uint8, len(x.words.list))
	for t, w := range q.words {
		tw := typedWord(w)
		for i := range x.words.list {
			c := noCost
			if e := &x.words.list[i]; e.uses > 0 && tw.folded != "" {
				c = tw.cost(e, slips)
			}
			s.costs[i*s.n+t] = c
			if c != noCost {
				s.masks[i] |= 1 << t
			}
		}
	}
	return s
}

// rank holds the query against the people of a dossier; the better one counts.
func (s *nameSearch) rank(r *row) (int32, bool) {
	found := noRank
	for i, name := range [2][]uint32{r.words[:r.own], r.words[r.own:]} {
		mask := uint8(0)
		for _, w := range name {
			mask |= s.masks[w]
		}
		if bitsUpTo(s.n)&^mask != 0 || !s.behindFits(r, r.born[i]) {
			continue
		}
		a := assignment{s: s, name: name, best: noRank}
		a.try(0, 0)
		if a.best < noRank {
			found = min(found, a.best+int32(i)*costOther)
		}
	}
	return found, found < noRank
}

func bitsUpTo(n int) uint8 { return uint8(1<<n - 1) }

// behindFits holds the numbers typed behind a name against the year of birth and the dossier's numbers.
func (s *nameSearch) behindFits(r *row, born uint16) bool {
	for _, w := range s.behind {
		year := w.length == 4 && uint64(w.bare()) == uint64(born)
		if !year && w.fit(r.slip, minBegin, false) >= rankSlipped &&
			!slices.ContainsFunc(r.people, func(have number) bool { return w.fit(have, minBegin, false) < rankSlipped }) {
			return false
		}
	}
	return true
}

// assignment gives each typed word a word of the name of its own, in the cheapest way.
type assignment struct {
	s    *nameSearch
	name []uint32
	at   [maxQueryWords]int8
	used uint32 // bits of name
	slip int
	best int32
}

func (a *assignment) try(t int, cost int32) {
	if cost >= a.best {
		return
	}
	if t == a.s.n {
		a.best = min(a.best, cost+a.shape())
		return
	}
	for i, w := range a.name {
		c := a.s.costs[int(w)*a.s.n+t]
		if c == noCost || a.used&(1<<i) != 0 || c == costSlip && a.slip == a.s.slips {
			continue
		}
		if c == costSlip {
			a.slip++
		}
		a.used |= 1 << i
		a.at[t] = int8(i)
		a.try(t+1, cost+int32(c))
		a.used &^= 1 << i
		if c == costSlip {
			a.slip--
		}
	}
}

// shape is what the order of the words costs, and those of the name nobody typed.
func (a *assignment) shape() int32 {
	n, last := a.s.n, int8(len(a.name)-1)
	cost := min(int32(len(a.name)-n), costOrder-1)
	given, sorted, lead := false, true, n > 1 && a.at[0] == last
	for t := range n {
		given = given || a.at[t] == last
		if t > 0 && a.at[t] < a.at[t-1] {
			sorted = false
			lead = lead && t == 1
		}
	}
	if !given {
		cost += costNotGiven
	}
	switch {
	case sorted:
	case lead:
		cost += costGivenLead
	default:
		cost += costOrder
	}
	return cost
}

// oneSlip says whether two folded words differ by one letter more, less or other, or two neighbours
// exchanged. Of short words too many are neighbours.
func oneSlip(a, b string) bool {
	la, lb := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	if min(la, lb) < 3 || la+lb < 7 || la-lb > 1 || lb-la > 1 {
		return false
	}
	if a[0] != b[0] && (len(a) < 2 || len(b) < 2 || a[0] != b[1] || a[1] != b[0]) {
		return false // hardly anybody mistakes the first letter
	}
	if la < lb {
		a, b = b, a
	}
	for a != "" && b != "" {
		ra, na := utf8.DecodeRuneInString(a)
		rb, nb := utf8.DecodeRuneInString(b)
		if ra != rb {
			ra2, na2 := utf8.DecodeRuneInString(a[na:])
			rb2, nb2 := utf8.DecodeRuneInString(b[nb:])
			switch {
			case la != lb:
				return a[na:] == b
			case a[na:] == b[nb:]:
				return true
			}
			return ra == rb2 && rb == ra2 && a[na+na2:] == b[nb+nb2:]
		}
		a, b = a[na:], b[nb:]
	}
	return true // one letter more at the end
}
