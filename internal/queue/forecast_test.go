package queue

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// line makes a day's numbers: served calls of so many seconds one after the other at a counter, then
// people who wait. It ends with the last call.
type line struct {
	all []Ticket
	now int64
}

func (l *line) served(letter string, counter int, seconds ...float64) *line {
	for _, s := range seconds {
		from := l.now
		l.now += int64(s * 1000)
		l.all = append(l.all, Ticket{ID: int64(len(l.all) + 1), Letter: letter, State: Served, CalledAt: from, EndedAt: l.now, Counter: counter, Calls: 1})
	}
	return l
}

func (l *line) called(letter string, counter int) *line {
	l.all = append(l.all, Ticket{ID: int64(len(l.all) + 1), Letter: letter, State: Called, CalledAt: l.now, Counter: counter, Calls: 1})
	return l
}

func (l *line) waiting(letter string, n int) *line {
	for range n {
		l.all = append(l.all, Ticket{ID: int64(len(l.all) + 1), Letter: letter, State: Valid})
	}
	return l
}

func begun() *line { return &line{now: 1_000_000} }

func TestEstimate(t *testing.T) {
	const m = time.Minute
	ten := []float64{600, 600, 600, 600, 600, 600, 600, 600}
	for name, c := range map[string]struct {
		line      *line
		letter    string
		after     time.Duration // since the last call
		ahead     int
		known     bool
		low, high time.Duration
	}{
		"nobody came yet":                          {begun(), "A", 0, 0, false, 0, 0},
		"four calls are too few":                   {begun().served("A", 1, 600, 600, 600, 600).waiting("A", 2), "A", 0, 2, false, 0, 0},
		"nobody calls any more":                    {begun().served("A", 1, ten...).waiting("A", 2), "A", 2 * time.Hour, 2, false, 0, 0},
		"free counter, nobody before":              {begun().served("A", 1, ten...), "A", m, 0, true, 0, 5 * m},
		"busy counter, nobody before":              {begun().served("A", 1, ten...).called("A", 1), "A", m, 0, true, 5 * m, 15 * m},
		"two before at a free counter":             {begun().served("A", 1, ten...).waiting("A", 2), "A", m, 2, true, 10 * m, 30 * m},
		"two before and one there":                 {begun().served("A", 1, ten...).called("A", 1).waiting("A", 2), "A", m, 2, true, 20 * m, 40 * m},
		"two counters halve it":                    {begun().served("A", 1, ten...).served("A", 2, ten[:4]...).waiting("A", 4), "A", m, 4, true, 15 * m, 25 * m},
		"another letter's line does not count":     {begun().served("A", 1, ten...).served("B", 2, ten[:3]...).waiting("B", 9), "A", m, 0, true, 0, 5 * m},
		"but it does where one counter has both":   {begun().served("A", 1, ten...).served("B", 1, 600).waiting("B", 2), "A", m, 0, true, 10 * m, 30 * m},
		"slips of a finger and calls nobody ended": {begun().served("A", 1, 2, 3, 4, 600, 600, 600, 600, 3*3600), "A", m, 0, false, 0, 0},
		"what is not valid is not before anybody":  {&line{now: 5, all: []Ticket{{ID: 1, Letter: "A", State: Drawn}, {ID: 2, Letter: "A", State: Printing}, {ID: 3, Letter: "A", State: Void}}}, "A", 0, 0, false, 0, 0},
	} {
		got := Estimate(c.line.all, c.letter, 0, c.line.now+c.after.Milliseconds())
		want := Forecast{c.ahead, c.known, c.low, c.high}
		if got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
}

func TestWhoeverCameEarlierWaitsForFewer(t *testing.T) {
	l := begun().served("A", 1, 300, 300, 300, 300, 300, 300).waiting("A", 5)
	for i, want := range []int{0, 1, 2, 3, 4} {
		if got := Estimate(l.all, "A", int64(7+i), l.now); got.Ahead != want || !got.Known {
			t.Errorf("ticket %d: %+v, want %d before", 7+i, got, want)
		}
	}
}

// TestForecastKeepsItsShape: for any day, the range is in whole steps, not empty, and does not shrink
// when somebody joins the line in front.
func TestForecastKeepsItsShape(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := begun()
		for range rapid.IntRange(0, 30).Draw(rt, "calls") {
			l.served(rapid.SampledFrom([]string{"A", "B"}).Draw(rt, "letter"), rapid.IntRange(1, 3).Draw(rt, "counter"), rapid.Float64Range(1, 9000).Draw(rt, "seconds"))
		}
		l.waiting("A", rapid.IntRange(0, 40).Draw(rt, "waiting"))
		f := Estimate(l.all, "A", 0, l.now)
		if f.Known && (f.Low < 0 || f.High <= f.Low || f.Low%grain != 0 || f.High%grain != 0) || !f.Known && f.High != 0 {
			rt.Fatalf("%+v", f)
		}
		more := Estimate(l.waiting("A", 1).all, "A", 0, l.now)
		if more.Ahead != f.Ahead+1 || more.Known != f.Known || more.High < f.High {
			rt.Fatalf("%+v, and with one more %+v", f, more)
		}
	})
}

// TestFourInFiveWaitsLieInTheRange: days are played with calls of a plausible spread, and what was
// said is held against what came. The harness sees a guess without its spread.
func TestFourInFiveWaitsLieInTheRange(t *testing.T) {
	r := rand.New(rand.NewPCG(20261123, 7))
	call := func() float64 { return 90 + 420*math.Exp(0.6*r.NormFloat64()) } // a median of 8½ minutes, some half an hour
	in, inNarrow, n := 0, 0, 0
	for range 4000 {
		l := begun()
		for range 8 + r.IntN(12) {
			l.served("A", 1, call())
		}
		before := r.IntN(9)
		l.waiting("A", before)
		f := Estimate(l.all, "A", 0, l.now)
		wait := 0.0
		for range before {
			wait += call()
		}
		truth := time.Duration(wait * float64(time.Second))
		n++
		if f.Low <= truth && truth <= f.High {
			in++
		}
		if middle := (f.Low + f.High) / 2; middle-grain <= truth && truth <= middle+grain {
			inNarrow++
		}
	}
	if share := float64(in) / float64(n); share < 0.78 || share > 0.97 {
		t.Errorf("%.0f %% of the waits lay in the range; about 80 were promised, and far more would say nothing", share*100)
	}
	if share := float64(inNarrow) / float64(n); share > 0.7 {
		t.Errorf("a range without its spread would pass too: %.0f %%", share*100)
	}
}
