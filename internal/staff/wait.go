package staff

import "time"

// Failures is what is written down of wrong guesses: those for one sign-in name since it last went well, and
// those at this office, for any name, since anybody signed in.
type Failures struct {
	Own int
	All int
}

// What guessing costs. Three slips of the finger are free. An office signs in every morning, so the count of
// all never grows far by honest mistakes; it is for somebody who tries one password on every name. There is no
// lasting lock-out: a stranger must not be able to keep the office from its work.
const (
	freeOwn = 3
	mostOwn = 5 * time.Minute
	freeAll = 15
	mostAll = time.Minute
)

// Left is how long nobody may try again: 1 s, 2 s, 4 s … up to five minutes behind the last failure of this name;
// up to one minute behind the last of any. sinceOwn and sinceAll say how long ago those were, measured on a
// clock that nobody can set; below 0 counts as 0. A program that has started since does not know, and gives the
// time since its start: switching off shortens nothing. More failures never make it shorter.
func (f Failures) Left(sinceOwn, sinceAll time.Duration) time.Duration {
	own := doubling(f.Own-freeOwn, mostOwn) - max(sinceOwn, 0)
	all := doubling(f.All-freeAll, mostAll) - max(sinceAll, 0)
	return max(own, all, 0)
}

// doubling is 1 s for the first, twice as much for each further one, at most most.
func doubling(n int, most time.Duration) time.Duration {
	if n <= 0 {
		return 0
	}
	if n > 20 {
		return most
	}
	return min(time.Second<<(n-1), most)
}
