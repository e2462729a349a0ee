// Package vietnam knows how Vietnamese text, names, numbers, cards and places are written.
// (căn cước = citizen card, số định danh = citizen number, xã/phường = commune, tỉnh = province.)
//
// It promises: text that passed Normalize is valid UTF-8 in NFC without control characters, so equal
// spellings are equal bytes; Fold and the sort keys are stable and may be stored as index columns
// until the version of golang.org/x/text changes; a card is read whole or refused with a code and a
// sentence that tells a resident what to do; nothing is corrected by guessing.
//
// It refuses: broken UTF-8, scanners that type through an input method, numbers that cannot be, zones
// whose check digits disagree. A refusal never repeats what was scanned: errors carry codes, not people.
//
// What a card says is a claim and no proof: neither its QR code nor its machine-readable zone is signed.
//
// It is pure: no I/O but the embedded tables, no clock, no randomness; everything may be used from many
// goroutines. A power cut leaves nothing of it, because it keeps nothing.
package vietnam

import "errors"

// Problem is a refusal: a code for programs and a sentence in each language for the person in front
// of the screen. The variables of this type are compared with errors.Is; none holds personal data.
type Problem struct {
	Code   string // stable, lower case with underscores
	Vi, En string // what is wrong and what to do
}

// Error says the problem in English; the code leads, for logs.
func (p *Problem) Error() string { return p.Code + ": " + p.En }

// AsProblem finds the Problem in a chain of errors.
func AsProblem(err error) (*Problem, bool) {
	var p *Problem
	ok := errors.As(err, &p)
	return p, ok
}
