package staff

import (
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

// Params is what one guess costs: argon2id with so much memory (KiB), passes and lanes.
type Params struct {
	Memory uint32
	Passes uint32
	Lanes  uint8
}

// Strong is for passwords: 64 MiB and three passes, the second recommended option of RFC 9106 §4 with one
// lane; 0.27 s on one core of 2.5 GHz, once a shift. A roster may lie on a lost stick.
var Strong = Params{Memory: 64 << 10, Passes: 3, Lanes: 1}

// Least is the least the OWASP cheat sheet allows (19 MiB, two passes): 0.05 s. It is for PINs, which live in
// memory for one shift and end a session after few wrong tries. A roster with weaker ones is refused.
var Least = Params{Memory: 19 << 10, Passes: 2, Lanes: 1}

// Bounds of what a roster may ask an office's weak machine to do.
const (
	mostMemory = 256 << 10 // KiB
	mostPasses = 16
	mostLanes  = 4
	saltBytes  = 16
	keyBytes   = 32
)

// Salt is drawn for each verifier by the caller.
type Salt [saltBytes]byte

// Verifier is what a password or PIN is checked against, in the usual text form
// "$argon2id$v=19$m=65536,t=3,p=1$salt$key" (base64 without padding).
type Verifier string

// Passwords. NIST SP 800-63B asks for 8 characters at least; 12, because whoever holds a lost stick may guess
// in peace. What is typed is put into one Unicode form, so that two keyboards type the same.
const (
	MinPassword = 12
	maxPassword = 512 // bytes
)

// CheckPassword refuses a new password that is too short or too long.
func CheckPassword(password string) error {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return errors.New("the password is not UTF-8")
	case n < MinPassword:
		return fmt.Errorf("the password has %d characters: at least %d", n, MinPassword)
	case len(password) > maxPassword:
		return fmt.Errorf("the password is longer than %d bytes", maxPassword)
	}
	return nil
}

// NewVerifier makes the verifier of a secret. It takes as long as p says.
func NewVerifier(secret string, salt Salt, p Params) Verifier {
	key := derive(secret, salt[:], p)
	return Verifier(fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.Memory, p.Passes, p.Lanes,
		base64.RawStdEncoding.EncodeToString(salt[:]), base64.RawStdEncoding.EncodeToString(key)))
}

// Fits says whether secret is the one v was made of. A verifier that cannot be read fits nothing.
func (v Verifier) Fits(secret string) bool {
	p, salt, want, err := v.parse()
	if err != nil || len(secret) > maxPassword {
		return false
	}
	return subtle.ConstantTimeCompare(derive(secret, salt, p), want) == 1
}

// Nobody fits no secret and costs what a password costs: whoever tries a sign-in name that is on no roster
// waits as long as for a wrong password.
var Nobody = Verifier(fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, Strong.Memory, Strong.Passes, Strong.Lanes,
	base64.RawStdEncoding.EncodeToString(make([]byte, saltBytes)), base64.RawStdEncoding.EncodeToString(make([]byte, keyBytes))))

func derive(secret string, salt []byte, p Params) []byte {
	return argon2.IDKey([]byte(norm.NFC.String(secret)), salt, p.Passes, p.Memory, p.Lanes, keyBytes)
}

// check refuses a verifier that cannot be read, that costs a thief too little, or this machine too much.
func (v Verifier) check() error {
	_, _, _, err := v.parse()
	return err
}

var verifierText = regexp.MustCompile(`^\$argon2id\$v=19\$m=([1-9][0-9]{0,6}),t=([1-9][0-9]?),p=([1-9])\$([A-Za-z0-9+/]{22})\$([A-Za-z0-9+/]{43})$`)

func (v Verifier) parse() (p Params, salt, key []byte, err error) {
	parts := verifierText.FindStringSubmatch(string(v))
	if parts == nil {
		return p, nil, nil, errors.New("the verifier is no argon2id")
	}
	if _, err := fmt.Sscan(strings.Join(parts[1:4], " "), &p.Memory, &p.Passes, &p.Lanes); err != nil {
		return p, nil, nil, fmt.Errorf("reading a verifier: %w", err)
	}
	switch {
	case p.Memory > mostMemory || p.Passes > mostPasses || p.Lanes > mostLanes:
		return p, nil, nil, errors.New("the verifier asks too much of the machine")
	case p.Memory < Least.Memory || p.Passes < Least.Passes && p.Memory < 46<<10: // OWASP's other least option: 46 MiB, one pass
		return p, nil, nil, errors.New("the verifier is too weak")
	}
	if salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[4]); err != nil {
		return p, nil, nil, fmt.Errorf("reading a verifier: %w", err)
	}
	if key, err = base64.RawStdEncoding.Strict().DecodeString(parts[5]); err != nil {
		return p, nil, nil, fmt.Errorf("reading a verifier: %w", err)
	}
	return p, salt, key, nil
}
