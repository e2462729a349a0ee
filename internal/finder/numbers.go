package finder

import "strings"

// number is a text of up to 18 digits behind a leading 1, which keeps its zeros: "0912" is 10912. 0 is
// no number.
type number uint64

const maxDigits = 18

// digits reads the digits of s, whatever stands between them; 0 when there are none or too many.
func digits(s string) number {
	n, count := number(1), 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			continue
		}
		if count++; count > maxDigits {
			return 0
		}
		n = n*10 + number(s[i]-'0')
	}
	if count == 0 {
		return 0
	}
	return n
}

// length counts the digits.
func (n number) length() (count int) {
	for n > 9 {
		n /= 10
		count++
	}
	return count
}

func tenTo(n int) number {
	p := number(1)
	for range n {
		p *= 10
	}
	return p
}

// wanted is a number somebody typed, with what comparing it needs.
type wanted struct {
	n      number
	length int
	power  number // 10^length
}

func want(n number) wanted {
	l := n.length()
	return wanted{n, l, tenTo(l)}
}

// bare is the number without its leading 1.
func (w wanted) bare() number { return w.n - w.power }

// ends says whether have ends with the digits wanted and is longer.
func (w wanted) ends(have number) bool {
	return have > w.n && have >= w.power*10 && have%w.power == w.bare()
}

// begins says whether have begins with the digits wanted and is longer.
func (w wanted) begins(have number) bool {
	if have < w.power*10 {
		return false
	}
	for have >= w.power*2 { // the leading 1 comes down with it
		have /= 10
	}
	return have == w.n
}

// within says whether the digits wanted stand anywhere in have.
func (w wanted) within(have number) bool {
	for have >= w.power*10 {
		if have%w.power == w.bare() {
			return true
		}
		have /= 10
	}
	return have%w.power == w.bare() && have >= w.power
}

// slipped says whether have is what was wanted but for one wrong digit, or two neighbours exchanged:
// what happens when a number is read aloud.
func (w wanted) slipped(have number) bool {
	if have < w.power || have >= w.power*2 || have == w.n {
		return false
	}
	a, b := uint64(w.n), uint64(have)
	for a%10 == b%10 {
		a, b = a/10, b/10
	}
	if a/10 == b/10 {
		return true
	}
	return a/100 == b/100 && a%10 == b/10%10 && b%10 == a/10%10
}

// How a number fits, as ranks: what is typed whole comes first, then endings, which is how people quote
// numbers, then beginnings.
const (
	rankWhole   = 0
	rankEnd     = 20
	rankBegin   = 30
	rankWithin  = 40
	rankSlipped = 60
	noRank      = int32(1 << 20)
)

// The shortest parts by which a number is looked for.
const (
	minEnd    = 4 // the last four digits are what residents know (a slip's second fact)
	minBegin  = 6 // of a person's number: fewer are a province and a year
	minWithin = 4
	minFuzzy  = 9 // one wrong digit in a shorter one would fit too much
)

// fit ranks have against what was wanted; noRank when it does not fit.
func (w wanted) fit(have number, begin int, within bool) int32 {
	switch {
	case have == 0:
	case have == w.n:
		return rankWhole
	case w.length >= minEnd && w.ends(have):
		return rankEnd
	case w.length >= begin && w.begins(have):
		return rankBegin
	case within && w.length >= minWithin && w.within(have):
		return rankWithin
	case w.length >= minFuzzy && w.slipped(have):
		return rankSlipped
	}
	return noRank
}

// fitCode ranks one code against what was typed, both as letters and digits.
func fitCode(code, typed string) int32 {
	switch {
	case code == "" || len(typed) < minCode:
	case code == typed:
		return rankWhole
	case strings.HasSuffix(code, typed):
		return rankEnd
	case strings.HasPrefix(code, typed):
		return rankBegin
	case strings.Contains(code, typed):
		return rankWithin
	}
	return noRank
}

// minCode is the shortest part of a code that is looked for.
const minCode = 3
