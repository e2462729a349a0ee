// Package vietqr writes and reads the text inside a VietQR code: what a bank's application on a
// phone needs to fill in a transfer (NAPAS 247 within EMVCo's merchant-presented mode).
//
// Glossary: mã VietQR = transfer code, nội dung chuyển khoản = purpose.
//
// The room promises that what Encode gives is read back by Parse as the same Transfer, byte for
// byte as other encoders write it (testdata/vectors.json); that the amount is whole đồng and
// never rounded; that the purpose is at most 25 plain ASCII characters, because banks drop marks
// and cut what is longer; and that PurposeOf never cuts the slip number, by which an officer finds
// the dossier a transfer was meant for.
//
// It refuses codes that are damaged, in another currency or for another network, accounts and
// banks that cannot exist, and fractions of a đồng. It knows no account of its own: whose account a
// fee goes to is configuration that the province signs.
//
// A code is a wish, never a proof of payment: nothing here knows, or can know, whether anybody paid.
// That a code was shown, scanned or printed says nothing about money.
//
// It is pure: no disk, no clock. A power cut leaves nothing.
package vietqr

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bendo/internal/vietnam"
)

// Limits. EMVCo's merchant-presented mode holds 13 characters of amount and 512 of payload; 25 of
// purpose is what every bank keeps.
const (
	MaxAmount  = 9_999_999_999_999
	MaxPurpose = 25

	maxAccount = 19
	maxPayload = 512
)

// Refusals. Each says what to do; errors.Is tells them apart.
var (
	ErrDamaged = errors.New("the transfer code is damaged: its check sum does not fit; scan it again or have it drawn again")
	ErrForeign = errors.New("this is no VietQR transfer in đồng; use the code on the office's screen or slip")
	ErrAccount = errors.New("the account is not usable: a bank number (BIN) of 6 digits and an account of 1 to 19 letters or digits are needed; correct the office's configuration")
	ErrAmount  = errors.New("the amount must be whole đồng, from 1 to 9999999999999; nothing at all where the payer types it")
	ErrPurpose = errors.New("the purpose must be at most 25 letters without marks, digits, spaces, dots or dashes; shorten it, never the slip number")
)

// Account is where the money shall go.
type Account struct {
	BIN    string // bank identification number, 6 digits
	Number string // of the account, or of the card; 1 to 19 letters or digits
	Card   bool   // Number is a card's
}

// Check says whether a can be written into a code: ErrAccount. That the account exists, and whose
// it is, nobody but its bank can say.
func (a Account) Check() error {
	if len(a.BIN) != 6 || !all(a.BIN, isDigit) {
		return fmt.Errorf("bank number %q: %w", a.BIN, ErrAccount)
	}
	if len(a.Number) == 0 || len(a.Number) > maxAccount || !all(a.Number, isAlphanumeric) {
		return fmt.Errorf("account %q: %w", a.Number, ErrAccount)
	}
	return nil
}

// Transfer is one wish for money.
type Transfer struct {
	To      Account
	Amount  int64  // đồng; 0: the payer types it (a static code)
	Purpose string // see PurposeOf; may be empty
}

// Check says whether t can be written: ErrAccount, ErrAmount, ErrPurpose.
func (t Transfer) Check() error {
	if err := t.To.Check(); err != nil {
		return err
	}
	if t.Amount < 0 || t.Amount > MaxAmount {
		return fmt.Errorf("amount %d: %w", t.Amount, ErrAmount)
	}
	if len(t.Purpose) > MaxPurpose || !all(t.Purpose, isPurpose) || strings.TrimSpace(t.Purpose) != t.Purpose {
		return fmt.Errorf("purpose %q: %w", t.Purpose, ErrPurpose)
	}
	return nil
}

// PurposeOf makes the purpose of a payment for the dossier with the slip number: words folded to
// capitals without marks, then the number's bare digits. Words give way when there is no room for
// both; the number never does. A number that is empty or longer than a purpose is ErrPurpose.
func PurposeOf(words, slip string) (string, error) {
	number := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, slip)
	if number == "" || len(number) > MaxPurpose {
		return "", fmt.Errorf("purpose for slip %q: %w", slip, ErrPurpose)
	}
	plain := strings.Map(func(r rune) rune {
		if r < 0x80 && isPurpose(byte(r)) {
			return r
		}
		return ' '
	}, strings.ToUpper(vietnam.Fold(words)))
	kept := ""
	for _, word := range strings.Fields(plain) {
		if next := strings.TrimSpace(kept + " " + word); len(next)+1+len(number) <= MaxPurpose {
			kept = next
			continue
		}
		break
	}
	return strings.TrimSpace(kept + " " + number), nil
}

// parseAmount reads the amount of a code: digits alone, no leading zero, no fraction.
func parseAmount(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || !all(text, isDigit) || text[0] == '0' || n < 1 || n > MaxAmount {
		return 0, fmt.Errorf("amount %q: %w", text, ErrAmount)
	}
	return n, nil
}

func all(s string, is func(byte) bool) bool {
	for i := range len(s) {
		if !is(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isAlphanumeric(c byte) bool {
	return isDigit(c) || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

func isPurpose(c byte) bool { return isAlphanumeric(c) || c == ' ' || c == '.' || c == '-' }
