package fleet

import (
	"fmt"
	"time"

	"bendo/portal/store"
	"bendo/syncproto"
)

// Wrong codes are counted where they come from and by what they begin with, so
// that somebody who guesses keeps himself out and nobody else: a commune that is
// enrolled today must not wait for an hour because of a stranger.
//
//	a source    30 an hour: a hall of people who mistype, not a machine that tries
//	a beginning 20 an hour: whoever saw half of a code does not find the rest
//	            (of an unknown source only the other two are counted)
//	everybody   20,000 an hour: beyond that only a source without a wrong code
//	            is heard, once. At this pace fifty bits last for millions of years.
var (
	guessSource    = store.Limit{Free: 30, Window: time.Hour, Hard: true}
	guessBeginning = store.Limit{Free: 20, Window: time.Hour, Hard: true}
	guessAll       = store.Limit{Free: 20_000, Window: time.Hour, Hard: true}
)

// guess is one try of a code.
type guess struct{ source, beginning string }

// newGuess: the first fifteen of the secret's fifty bits are its beginning.
func newGuess(source string, secret uint64) guess {
	return guess{source: source, beginning: fmt.Sprint(secret >> 35)}
}

// refused says that this try is not looked at.
func (g guess) refused(tx *store.Tx) (refusal, err error) {
	until, err := tx.Blocked("enrol-source", g.source)
	if err != nil {
		return nil, err
	}
	beginning, err := tx.Blocked("enrol-beginning", g.beginning)
	if err != nil {
		return nil, err
	}
	all, err := tx.Blocked("enrol", "all")
	if err != nil {
		return nil, err
	}
	if all > 0 {
		// Many are guessing. A source that has not guessed wrong is heard all the same.
		wrong, err := tx.Fails("enrol-source", g.source, guessSource)
		if err != nil {
			return nil, err
		}
		if wrong == 0 && g.source != "" {
			all = 0
		}
	}
	if until = max(until, beginning, all); until == 0 {
		return nil, nil
	}
	wait := max(1, (until-tx.Now)/1000)
	return &syncproto.Problem{Kind: syncproto.Limit, Code: syncproto.CodeRate, Detail: "too many wrong codes", RetryAfterS: uint32(wait)}, nil
}

// wrong counts a try that met no code.
func (g guess) wrong(tx *store.Tx) error {
	for _, count := range []struct {
		scope, who string
		limit      store.Limit
	}{{"enrol-source", g.source, guessSource}, {"enrol-beginning", g.beginning, guessBeginning}, {"enrol", "all", guessAll}} {
		if count.who == "" {
			continue
		}
		if _, err := tx.Fail(count.scope, count.who, count.limit); err != nil {
			return err
		}
	}
	return nil
}
