package finder

import (
	"strings"

	"bendo/internal/vietnam"
)

// How says by what a dossier was found.
type How string

// The ways.
const (
	ByName    How = "name"
	BySlip    How = "slip"
	ByCode    How = "code" // the official code
	ByCitizen How = "citizen"
	ByPhone   How = "phone"
	ByOld     How = "old" // a number in another system or in the back-log
)

// ways in the order in which they win when several fit equally well.
var ways = [...]How{BySlip, ByCode, ByCitizen, ByPhone, ByOld}

// Answer is what a search found.
type Answer struct {
	IDs  []ID // the best first
	More bool // there is more than was asked for
	How  How  // how the first was found; "" when nothing was
}

// MaxLimit is how many dossiers an answer has at most.
const MaxLimit = 100

// Find looks for what somebody typed: a name or some words of it in any order, with or without marks,
// and with a year of birth or the last digits of a number behind it; a slip number or a part of it,
// with or without its dashes; the whole or the last four digits of a citizen id or phone; an official
// or older code. Anything may be typed; what is too short to mean anything finds nothing.
func (x *Index) Find(text string, limit int) Answer {
	q := read(text)
	limit = min(max(limit, 1), MaxLimit)
	switch {
	case len(q.words) > 0:
		if a := x.findName(q, limit); len(a.IDs) > 0 {
			return a
		}
		return x.findNumber(query{code: q.code}, limit) // a code of letters alone
	case q.number != 0 || q.code != "":
		return x.findNumber(q, limit)
	}
	return Answer{}
}

// query is what was typed, read.
type query struct {
	words  []string // of a name, in small letters as typed; empty when it is a number or a code
	behind []number // numbers typed behind a name
	number number   // digits alone
	phone  number   // the same as a phone is dialled at home, where it can be one
	code   string   // letters and digits, as codes are compared
}

// Limits of a query.
const (
	maxQuery      = 200 // letters
	maxQueryWords = 8
)

func read(text string) query {
	if runes := []rune(text); len(runes) > maxQuery {
		text = string(runes[:maxQuery])
	}
	clean, err := vietnam.Normalize(text)
	if err != nil {
		clean = vietnam.Fold(text)
	}
	q := query{code: plainCode(clean)}
	letters, mixed := false, false
	var words []string
	for _, w := range strings.Fields(lower(clean)) {
		has, hasNot := strings.ContainsAny(w, "0123456789"), strings.Trim(w, "0123456789.-+()/") != ""
		switch {
		case has && hasNot:
			mixed = true
		case has:
			q.behind = append(q.behind, digits(w))
		case hasNot:
			letters = true
			words = append(words, w)
		}
	}
	switch {
	case mixed: // letters and digits in one word: a code
		q.behind = nil
	case letters:
		q.words = words[:min(len(words), maxQueryWords)]
	default:
		q.number, q.behind = digits(clean), nil
		if p, err := vietnam.ParsePhone(clean); err == nil {
			q.phone = digits(string(p))
		}
	}
	return q
}

// findNumber looks for a number or a code.
func (x *Index) findNumber(q query, limit int) Answer {
	if q.number == 0 && len(q.code) < minCode {
		return Answer{}
	}
	n, phone := want(1), want(1)
	if q.number != 0 {
		n, phone = want(q.number), want(q.number)
	}
	if q.phone != 0 {
		phone = want(q.phone)
	}
	b := best{x: x, limit: limit}
	for i := range x.rows {
		r := &x.rows[i]
		if !r.used {
			continue
		}
		if rank := r.fits(n, phone, q.code); rank < noRank {
			b.add(place{rank: rank, at: uint32(i), when: -r.filed})
		}
	}
	return x.answer(&b, func(rank int32) How { return ways[rank%10] })
}

// fits ranks a row against a number (want(1) is none) and a code. The way breaks ties, so that what was
// typed whole as a slip number is that slip before it is anything else.
func (r *row) fits(n, phone wanted, code string) int32 {
	rank := noRank
	better := func(way int, fit int32) {
		if fit < noRank {
			rank = min(rank, fit+int32(way))
		}
	}
	if n.length > 0 {
		better(0, n.fit(r.slip, minBegin, true))
		for i, have := range r.people {
			if r.kinds&(1<<i) != 0 {
				better(3, phone.fit(have, minBegin, false))
			} else {
				better(2, n.fit(have, minBegin, false))
			}
		}
	}
	official, older, more := strings.Cut(r.codes, "\n")
	better(1, fitCode(official, code))
	for more {
		var old string
		old, older, more = strings.Cut(older, "\n")
		better(4, fitCode(old, code))
	}
	return rank
}

// answer gives what b kept. A rank of numbers ends in the way; names have one way only.
func (x *Index) answer(b *best, how func(rank int32) How) Answer {
	a := Answer{More: b.seen > b.limit}
	for i, p := range b.sorted() {
		if i == 0 {
			a.How = how(p.rank)
		}
		a.IDs = append(a.IDs, x.rows[p.at].id)
	}
	return a
}
