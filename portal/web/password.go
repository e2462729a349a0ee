package web

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// Argon2id with 46 MiB and one pass: the OWASP recommendation for one lane. The
// parameters stand in every hash, so that raising them later leaves old hashes
// readable.
const (
	argonMemory = 46 << 10 // KiB
	argonPasses = 1
	argonLanes  = 1
	argonKey    = 32
	argonSalt   = 16
)

// hashing bounds how many hashes are computed at once: each takes 46 MiB, and a
// crowd at the door must not take the machine down.
var hashing = make(chan struct{}, 2)

// MinPassword is the least number of characters (NIST SP 800-63B asks for 8; 12
// because the page is reachable from outside).
const MinPassword = 12

// HashPassword makes the text form of a password's hash.
func HashPassword(password string) (string, error) {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return "", errors.New("the password is not UTF-8")
	case n < MinPassword:
		return "", fmt.Errorf("the password has %d characters: at least %d", n, MinPassword)
	case len(password) > 512:
		return "", errors.New("the password is longer than 512 bytes")
	}
	salt := make([]byte, argonSalt)
	if _, err := rand.Read(salt); err != nil {
		return "", err
	}
	key := derive(password, salt, argonPasses, argonMemory, argonLanes)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// nobody is a hash no password has: an unknown name costs as much time as a
// known one.
var nobody = fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonPasses, argonLanes,
	base64.RawStdEncoding.EncodeToString(make([]byte, argonSalt)), base64.RawStdEncoding.EncodeToString(make([]byte, argonKey)))

// checkPassword compares; a hash that cannot be read is a wrong password.
func checkPassword(hash, password string) bool {
	memory, passes, lanes, salt, want, err := parseHash(hash)
	if err != nil || len(password) > 512 {
		return false
	}
	return subtle.ConstantTimeCompare(derive(password, salt, passes, memory, lanes), want) == 1
}

func derive(password string, salt []byte, passes, memory uint32, lanes uint8) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, passes, memory, lanes, argonKey)
}

func parseHash(hash string) (memory, passes uint32, lanes uint8, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return 0, 0, 0, nil, nil, errors.New("not an argon2id hash")
	}
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &lanes); err != nil {
		return 0, 0, 0, nil, nil, err
	}
	if memory > 1<<20 || passes == 0 || passes > 16 || lanes == 0 {
		return 0, 0, 0, nil, nil, errors.New("argon2id parameters out of bounds")
	}
	if salt, err = base64.RawStdEncoding.DecodeString(parts[4]); err != nil {
		return 0, 0, 0, nil, nil, err
	}
	key, err = base64.RawStdEncoding.DecodeString(parts[5])
	if err == nil && len(key) != argonKey {
		err = errors.New("argon2id key of another length")
	}
	return memory, passes, lanes, salt, key, err
}

var userName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,39}$`)

// UserName is a sign-in name as it is kept: lower case.
func UserName(typed string) (string, error) {
	name := strings.ToLower(strings.TrimSpace(typed))
	if !userName.MatchString(name) {
		return "", errors.New("a sign-in name has 2 to 40 letters a–z, digits, dots, dashes")
	}
	return name, nil
}
