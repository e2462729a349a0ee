package catalog

import "slices"

// A query is compared with every phrase that shares a word with it: how much of the query the
// phrase holds (recall), how much of the phrase the query holds (precision), both weighed by how
// rare the words are, and how much of the order is kept. A procedure counts its best phrase, and a
// little what all its phrases hold together, because people mix words of several. All numbers are
// whole: the same query gives the same order on every machine.

// asked is one typed word: what it may be and what it is worth.
type asked struct {
	fits  []fit
	worth int32
}

// unknownWorth is what a word that fits nothing is worth beside a rare one: "cho tôi xin" must not
// drown what was meant, "xyzzy khai" must not pass for "khai".
const unknownWorth = 20

// tally gathers one query over all phrases and procedures; slices beside index.phrases or Procedures.
type tally struct {
	x      *index
	query  []asked
	worth  int32   // of the whole query
	holds  []int32 // per phrase: worth of the query's words in it
	filled []int32 // per phrase: rarity of its own words that were asked for
	best   []int32 // per phrase: for the word at hand
	own    []int32 // per phrase: rarity of the word that fitted best, for the word at hand
	at     []int32 // phrases touched, once each
	mixed  []int32 // per procedure: worth of the query's words in any phrase, times its weight
	most   []int32 // per procedure: for the word at hand
}

// byWords scores the words as they were typed and, where words seem run together or torn, as they
// may have been meant; the reading that fits better wins.
func (x *index) byWords(words []string, procedures int) []scored {
	typed := x.byTheseWords(words, procedures)
	meant := x.reread(words)
	if slices.Equal(meant, words) {
		return typed
	}
	if other := x.byTheseWords(meant, procedures); highest(other) > highest(typed) {
		return other
	}
	return typed
}

func highest(list []scored) (score int32) {
	for _, s := range list {
		score = max(score, s.score)
	}
	return score
}

func (x *index) byTheseWords(words []string, procedures int) []scored {
	t := tally{x: x, holds: make([]int32, len(x.phrases)), filled: make([]int32, len(x.phrases)), best: make([]int32, len(x.phrases)),
		own: make([]int32, len(x.phrases)), mixed: make([]int32, procedures), most: make([]int32, procedures)}
	for i, w := range words {
		if i > 0 && i == len(words)-1 && len(w) == 1 && !hasVowel(w) {
			break // the next word has only begun
		}
		q := asked{fits: x.fits(w, i == len(words)-1), worth: unknownWorth}
		for _, f := range q.fits {
			if f.how == fitWhole {
				q.worth = x.rare[f.word]
				break
			}
			q.worth = max(q.worth, x.rare[f.word]*f.how/1000)
		}
		if filler[w] {
			q.worth = min(q.worth, fillerWorth)
		}
		t.worth += q.worth
		t.query = append(t.query, q)
	}
	for _, q := range t.query {
		t.word(q)
	}
	return t.result(procedures)
}

// word adds one typed word to every phrase it may stand in.
func (t *tally) word(q asked) {
	var touched []int32
	for _, f := range q.fits {
		value := min(t.x.rare[f.word], q.worth) * f.how / 1000
		for _, ph := range t.x.of[f.word] {
			if t.best[ph] == 0 {
				touched = append(touched, ph)
			}
			if value > t.best[ph] {
				t.best[ph], t.own[ph] = value, t.x.rare[f.word]*f.how/1000
			}
		}
	}
	var met []int32
	for _, n := range touched {
		if t.holds[n] == 0 {
			t.at = append(t.at, n)
		}
		t.holds[n] += t.best[n]
		t.filled[n] += t.own[n]
		ph := &t.x.phrases[n]
		for _, i := range ph.owners {
			if v := t.best[n] * ph.weight; v > t.most[i] {
				if t.most[i] == 0 {
					met = append(met, i)
				}
				t.most[i] = v
			}
		}
		t.best[n] = 0
	}
	for _, i := range met {
		t.mixed[i] += t.most[i]
		t.most[i] = 0
	}
}

// result turns the sums into scores, from 1 to some thousands. What a procedure's own wordings and
// its life event's say together counts more than either: "đóng quán" is said of every shop, but it is
// the name of one procedure.
func (t *tally) result(procedures int) []scored {
	own, shared := make([]int32, procedures), make([]int32, procedures)
	var met []int32
	for _, n := range t.at {
		s, owners := max(t.phrase(n), 1), t.x.phrases[n].owners
		for k, i := range owners {
			if own[i] == 0 && shared[i] == 0 {
				met = append(met, i)
			}
			if len(owners) == 1 {
				own[i] = max(own[i], s)
			} else { // the words of a life event mean its first procedure before its second
				shared[i] = max(shared[i], s*int32(100-3*min(k, 10))/100, 1)
			}
		}
	}
	slices.Sort(met)
	out := make([]scored, 0, len(met))
	for _, i := range met {
		more, less := max(own[i], shared[i]), min(own[i], shared[i])
		out = append(out, scored{i, more + 3*(less*less/more)/4 + 2*t.mixed[i]/max(t.worth, 1)})
	}
	return out
}

// phrase scores one phrase: at most weight × 20 for its words, weight × 5 for their order, and as
// much again when query and phrase are the same but for a slip.
func (t *tally) phrase(n int32) int32 {
	ph := &t.x.phrases[n]
	recall := min(1000*t.holds[n]/max(t.worth, 1), 1000)
	precision := min(1000*t.filled[n]/max(ph.total, 1), 1000)
	s := ph.weight * (recall * recall / 1000) / 100 * (700 + precision) / 850
	together := int32(0)
	if len(ph.words) > 1 && len(t.query) > 1 && (recall >= 300 || precision > 900) {
		together = t.neighbours(ph)
	}
	// The whole of a wording within a longer query: "nhập khẩu vợ về nhà chồng".
	if precision > 900 && together == int32(len(ph.words)-1) {
		s += 8 * ph.weight * (precision - 900) / 100
	}
	if recall < 300 {
		return s
	}
	if pairs := int32(len(t.query) - 1); pairs > 0 {
		s += 5 * ph.weight * together / pairs
	}
	if same := min(recall, precision); same > 800 {
		s += (20*ph.weight + 500) * (same - 800) / 200
		if same >= 990 && len(ph.owners) == 1 {
			s += 800 // somebody has the very name before him
		}
	}
	return s
}

// neighbours counts the neighbouring words of the query that are neighbours in the phrase too.
func (t *tally) neighbours(ph *phrase) (n int32) {
	for i := range len(t.query) - 1 {
		for j := range len(ph.words) - 1 {
			if t.query[i].may(ph.words[j]) && t.query[i+1].may(ph.words[j+1]) {
				n++
				break
			}
		}
	}
	return n
}

func (q asked) may(word int32) bool {
	_, ok := slices.BinarySearchFunc(q.fits, word, func(f fit, w int32) int { return int(f.word - w) })
	return ok
}

// reread takes words run together ("hokhau") apart where every part is a word the catalogue knows,
// and joins torn ones ("ct 07"). What cannot be mended stays as it is.
func (x *index) reread(words []string) []string {
	var out []string
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case i+1 < len(words) && x.knows(w+words[i+1]):
			out = append(out, w+words[i+1])
			i++
		case x.knows(w) || len(w) < 4:
			out = append(out, w)
		default:
			if parts := x.parts(w); parts != nil {
				out = append(out, parts...)
			} else {
				out = append(out, w)
			}
		}
	}
	return out[:min(len(out), maxQueryWords)]
}

func (x *index) knows(word string) bool {
	_, known := slices.BinarySearch(x.words, word)
	return known
}

// parts finds the cut with the least cost: 20 for a part, 5 more for one known only by its sound, 30
// more for a single letter.
func (x *index) parts(w string) []string {
	const never = 1 << 30
	cost, from := make([]int, len(w)+1), make([]int, len(w)+1)
	for end := 1; end <= len(w); end++ {
		cost[end] = never
		for begin := max(0, end-7); begin < end; begin++ {
			if cost[begin] == never {
				continue
			}
			c, ok := x.partCost(w[begin:end])
			if ok && cost[begin]+c < cost[end] {
				cost[end], from[end] = cost[begin]+c, begin
			}
		}
	}
	if cost[len(w)] == never {
		return nil
	}
	var out []string
	for end := len(w); end > 0; end = from[end] {
		out = append(out, w[from[end]:end])
	}
	slices.Reverse(out)
	return out
}

func (x *index) partCost(part string) (int, bool) {
	c := 20
	if len(part) == 1 {
		c += 30
	}
	if x.knows(part) {
		return c, true
	}
	if len(part) > 2 && len(x.bySound[soundKey(part)]) > 0 {
		return c + 5, true
	}
	return 0, false
}
