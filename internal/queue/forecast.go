package queue

import (
	"math"
	"time"
)

// Forecast is an honest guess how long somebody will wait.
type Forecast struct {
	Ahead int // valid numbers of the same letter that came before and were not called yet
	// Known says that today's calls allow a guess. Without it there is no number to show.
	Known bool
	// Low and High are whole multiples of five minutes, Low < High; about four in five waits lie between.
	Low, High time.Duration
}

// What a guess needs and what it ignores.
const (
	leastServed   = 5                // calls that ended today
	counterIsOpen = time.Hour        // since its last call, for a counter to count
	shortestCall  = 15 * time.Second // less is a slip of the finger
	longestCall   = 2 * time.Hour    // more is a call nobody ended
	grain         = 5 * time.Minute
	// sure is how many standard deviations lie on either side of the guess: 80 % of a normal distribution.
	sure = 1.28
)

// Estimate guesses the wait of whoever has ticket id, or of whoever came last (id 0), at a letter. all
// are the numbers of the series in the order of arrival, now is unix milliseconds by the clock that
// wrote their times. It reads no clock itself.
//
// The reckoning: counters that called within the hour, and all letters they call, share one line. Each
// person in it takes the mean of today's ended calls; the range grows with how much those differ, with
// how few there were, and with how many stand before.
func Estimate(all []Ticket, letter string, id, now int64) Forecast {
	shared, counters := sharing(all, letter, now)
	f := Forecast{}
	line, busy := 0, 0
	var took []float64 // seconds
	for _, t := range all {
		before := t.State == Valid && (id == 0 || t.ID < id)
		if before && t.Letter == letter {
			f.Ahead++
		}
		if !shared[t.Letter] {
			continue
		}
		if before {
			line++
		}
		if t.State == Called && counters[t.Counter] {
			busy++
		}
		d := time.Duration(t.EndedAt-t.CalledAt) * time.Millisecond
		if t.State == Served && d >= shortestCall && d <= longestCall {
			took = append(took, d.Seconds())
		}
	}
	if len(took) < leastServed || len(counters) == 0 {
		return f
	}
	if busy >= len(counters) {
		line++ // nobody is free now: one call has to end first
	}
	f.Known = true
	f.Low, f.High = spread(took, line, len(counters))
	return f
}

// sharing returns the letters that are served together with one, and the counters that serve them,
// from the calls of the last hour.
func sharing(all []Ticket, letter string, now int64) (letters map[string]bool, counters map[int]bool) {
	letters, counters = map[string]bool{letter: true}, map[int]bool{}
	for grew := true; grew; {
		grew = false
		for _, t := range all {
			age := time.Duration(now-t.CalledAt) * time.Millisecond
			if t.CalledAt == 0 || t.Counter == 0 || age < 0 || age > counterIsOpen {
				continue
			}
			if letters[t.Letter] != counters[t.Counter] {
				letters[t.Letter], counters[t.Counter] = true, true
				grew = true
			}
		}
	}
	return letters, counters
}

// spread is the range for n people served by c counters, from what earlier calls took.
func spread(took []float64, n, c int) (low, high time.Duration) {
	mean, k := 0.0, float64(len(took))
	for _, s := range took {
		mean += s / k
	}
	squares := 0.0
	for _, s := range took {
		squares += (s - mean) * (s - mean)
	}
	// A handful of equal calls is no promise that the next one is equal.
	deviation := max(math.Sqrt(squares/(k-1)), mean*0.3)
	people, desks := float64(n), float64(c)
	wait := people * mean / desks
	off := sure * deviation / desks * math.Sqrt(people+people*people/k)
	low = time.Duration(max(0, wait-off) * float64(time.Second)).Truncate(grain)
	high = (time.Duration((wait+off)*float64(time.Second)) + grain - 1).Truncate(grain)
	return low, max(high, low+grain)
}
