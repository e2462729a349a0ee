package dossier

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"strings"
)

// Token is a keyed second fact: the first 16 bytes of
// HMAC-SHA256(key, "bendo second fact\x00" ‖ slip ‖ 0x00 ‖ digits). Four digits alone
// would fall to a table; the key stays with the office and with the portal, each
// its own.
type Token [16]byte

// SecondFactToken makes the token of digits for slip under key.
func SecondFactToken(key []byte, slip Slip, digits string) Token {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("bendo second fact\x00" + string(slip) + "\x00" + digits))
	return Token(mac.Sum(nil))
}

// SecondFacts lists what a resident may give besides the slip number: the last four
// digits of the applicant's or submitter's citizen number or phone, else the code on
// the slip. Both sides compute their tokens from these.
func (p *SubmittedPayload) SecondFacts() []string {
	people := []Person{p.Applicant}
	if p.Submitter != nil {
		people = append(people, *p.Submitter)
	}
	facts := FactsOf(people...)
	if len(facts) == 0 && p.Code6 != "" {
		facts = append(facts, p.Code6)
	}
	return facts
}

// FactsOf lists the last four digits of the citizen numbers and phones of people,
// without repetition. Empty means that a code must be printed on the slip.
func FactsOf(people ...Person) []string {
	var facts []string
	seen := map[string]bool{}
	for _, p := range people {
		for _, s := range []string{p.CitizenID, p.Phone} {
			if f, ok := lastFour(s); ok && !seen[f] {
				seen[f] = true
				facts = append(facts, f)
			}
		}
	}
	return facts
}

// NormalFact is a typed second fact as it is compared: digits only, four or six of
// them. A person who types the whole number means its last four digits.
func NormalFact(text string) (string, bool) {
	d := onlyDigits(text)
	switch {
	case len(d) == 4 || len(d) == 6:
		return d, true
	case len(d) >= 9 && len(d) <= 12:
		return d[len(d)-4:], true
	}
	return "", false
}

// NewCode6 is the six-digit code printed when there is no other second fact.
func NewCode6(random uint64) string { return fmt.Sprintf("%06d", random%1_000_000) }

func validCode6(s string) bool { return len(s) == 6 && allDigits(s) }

func lastFour(s string) (string, bool) {
	d := onlyDigits(s)
	if len(d) < 8 {
		return "", false
	}
	return d[len(d)-4:], true
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}
