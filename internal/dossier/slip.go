package dossier

import (
	"errors"
	"fmt"
	"strings"
)

// Slip is the provisional number on a resident's slip (số phiếu): 14 digits, of
// which 5 are the prefix the portal assigned to this epoch of the book, 8 are random
// and 1 is a Luhn digit. It is kept as bare digits and shown as 5-4-5.
type Slip string

// slipRandom is the number of different random parts: eight digits.
const slipRandom = 100_000_000

// NewSlip makes the number of prefix (five digits) and random, of which the last
// eight decimal digits count. The caller checks it against the book and draws again
// on a collision.
func NewSlip(prefix string, random uint64) (Slip, error) {
	if len(prefix) != 5 || !allDigits(prefix) {
		return "", fmt.Errorf("making a slip number: prefix %q is not five digits", prefix)
	}
	body := fmt.Sprintf("%s%08d", prefix, random%slipRandom)
	return Slip(body + string('0'+luhn(body))), nil
}

// ParseSlip reads what a person types or a scanner reads: spaces, dashes and dots
// are skipped, the check digit must be right.
func ParseSlip(text string) (Slip, error) {
	if len(text) > 64 {
		return "", errors.New("parsing slip number: too long")
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == ' ' || r == '-' || r == '.' || r == '\t' || r == '\u00a0' || r == '\u2013' || r == '\u2011':
		default:
			return "", fmt.Errorf("parsing slip number: %q is not a digit", r)
		}
	}
	s := Slip(b.String())
	if len(s) != 14 {
		return "", fmt.Errorf("parsing slip number: %d digits, want 14", len(s))
	}
	if !s.Valid() {
		return "", errors.New("parsing slip number: the check digit does not fit; one digit may be wrong")
	}
	return s, nil
}

// Valid says whether s is 14 bare digits with a right check digit.
func (s Slip) Valid() bool {
	return len(s) == 14 && allDigits(string(s)) && luhn(string(s[:13])) == s[13]-'0'
}

// String is the number as people read it: 12345-6789-01234.
func (s Slip) String() string {
	if len(s) != 14 {
		return string(s)
	}
	return string(s[:5] + "-" + s[5:9] + "-" + s[9:])
}

// Prefix is the part the portal assigned.
func (s Slip) Prefix() string {
	if len(s) < 5 {
		return ""
	}
	return string(s[:5])
}

// luhn is the check digit to append to digits (ISO/IEC 7812-1, annex B).
func luhn(digits string) byte {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 0 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return byte((10 - sum%10) % 10)
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
