package slipcheck

import (
	"encoding/base64"
	"strings"

	"bendo/internal/dossier"
)

// maxInput is more than any code on a slip holds; the longest address known has 260 characters.
const maxInput = 4096

// Why a text is no slip's code. The words are stable: screens compare them.
const (
	OtherEmpty    = "empty"
	OtherNumber   = "slip_number" // the number under the code: it proves nothing, but it finds a dossier
	OtherCard     = "card"        // a citizen card's code
	OtherTransfer = "transfer"    // a VietQR code
	OtherTyping   = "typing"      // an input method changed letters on the way from the scanner
	OtherText     = "other"
)

// errNotSlip carries why; see Other….
type errNotSlip string

func (e errNotSlip) Error() string { return "not the code of a slip: " + string(e) }

// token finds the token in what was scanned or typed: bare, or behind "/t/" in an address of any
// host, for a province may change its name on the net and its old slips stay good.
func token(text string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", errNotSlip(OtherEmpty)
	case len(text) > maxInput:
		return "", errNotSlip(OtherText)
	}
	if _, err := dossier.ParseSlip(text); err == nil {
		return "", errNotSlip(OtherNumber)
	}
	if _, after, found := strings.Cut(text, "/t/"); found {
		after, _, _ = strings.Cut(after, "#")
		after, _, _ = strings.Cut(after, "?")
		if letters(after) {
			return "", errNotSlip(OtherTyping)
		}
		return after, nil
	}
	switch {
	case strings.Count(text, "|") >= 5:
		return "", errNotSlip(OtherCard)
	case strings.HasPrefix(text, "000201"):
		return "", errNotSlip(OtherTransfer)
	case len(text) >= 60 && letters(text) && !strings.ContainsAny(text, " \t\n"):
		return "", errNotSlip(OtherTyping)
	}
	// A token of ours begins with the version byte 1.
	if raw, err := base64.RawURLEncoding.DecodeString(text); err == nil && len(raw) >= 24 && raw[0] == 1 {
		return text, nil
	}
	if len(text) >= 40 && strings.HasPrefix(text, "AQ") && !strings.ContainsAny(text, " \t\n") {
		return text, nil // one of ours with a letter lost: it is refused as damaged, not as foreign
	}
	return "", errNotSlip(OtherText)
}

// letters says whether text has letters that no code has but a Vietnamese input method makes.
func letters(text string) bool {
	for _, r := range text {
		if r > 0x7e {
			return true
		}
	}
	return false
}
