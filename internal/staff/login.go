package staff

import (
	"errors"
	"regexp"
	"strings"
)

var loginText = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,39}$`)

// ErrLogin is a sign-in name that cannot be one.
var ErrLogin = errors.New("a sign-in name has 2 to 40 letters a–z, digits, dots, dashes")

// ParseLogin is a sign-in name as it is kept: lower case, no space around it.
func ParseLogin(typed string) (string, error) {
	login := strings.ToLower(strings.TrimSpace(typed))
	if !loginText.MatchString(login) {
		return "", ErrLogin
	}
	return login, nil
}

// Why a PIN is not taken.
var (
	ErrPIN  = errors.New("a PIN has 4 to 8 digits")
	ErrWeak = errors.New("this PIN is among the first anybody would try")
)

// CheckPIN refuses what is no PIN (ErrPIN), and one digit repeated or digits in a row (ErrWeak). A PIN unlocks a
// screen within a shift; it protects no key.
func CheckPIN(pin string) error {
	if len(pin) < 4 || len(pin) > 8 || strings.ContainsFunc(pin, func(r rune) bool { return r < '0' || r > '9' }) {
		return ErrPIN
	}
	for _, step := range []int{0, 1, -1} {
		row := true
		for i := 1; i < len(pin); i++ {
			row = row && int(pin[i])-int(pin[i-1]) == step
		}
		if row {
			return ErrWeak
		}
	}
	return nil
}
