package syncproto

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
)

// Pin is the first 80 bits of the SHA-256 of a CA's SubjectPublicKeyInfo (DER).
type Pin [10]byte

// PinOf pins a CA by its DER-encoded SubjectPublicKeyInfo.
func PinOf(spki []byte) Pin {
	h := sha256.Sum256(spki)
	return Pin(h[:10])
}

func (p Pin) String() string { return hex.EncodeToString(p[:]) }

// Code is an enrolment code (mã ghi danh = enrolment code): a 50-bit secret that
// works once, and the pin of the portal's CA, so that a machine that has never
// seen the portal cannot be talked into another one.
//
// Text form: seven groups of four out of 32 letters and digits (no I, L, O, U):
// 10 characters of secret, 16 of pin, 2 of check. The check is a Reed–Solomon
// pair over GF(32): every single wrong character and every two swapped ones are
// found, and a single one is located.
type Code struct {
	Secret uint64 // 50 bits
	Pin    Pin
}

const codeAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

const codeLen = 28

// ErrCode says what is wrong with a typed code, and in which group of four.
type ErrCode struct {
	Group int // 1–7 when known, else 0
	Why   string
}

func (e *ErrCode) Error() string {
	if e.Group > 0 {
		return fmt.Sprintf("enrolment code, group %d: %s", e.Group, e.Why)
	}
	return "enrolment code: " + e.Why
}

// NewCode draws a secret for a portal whose CA has this pin.
func NewCode(random io.Reader, pin Pin) (Code, error) {
	var b [8]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return Code{}, fmt.Errorf("drawing an enrolment secret: %w", err)
	}
	return Code{Secret: binary.BigEndian.Uint64(b[:]) >> 14, Pin: pin}, nil
}

// String is the form that is printed and typed: XXXX-XXXX-…, seven groups.
func (c Code) String() string {
	sym := c.symbols()
	var s strings.Builder
	for i, v := range sym {
		if i > 0 && i%4 == 0 {
			s.WriteByte('-')
		}
		s.WriteByte(codeAlphabet[v])
	}
	return s.String()
}

// symbols lays 130 bits into 26 symbols of five bits and adds the check pair.
func (c Code) symbols() (sym [codeLen]byte) {
	for i := 0; i < 10; i++ {
		sym[i] = byte(c.Secret>>(45-5*i)) & 31
	}
	for i := 0; i < 16; i++ {
		for bit := 5 * i; bit < 5*i+5; bit++ {
			sym[10+i] = sym[10+i]<<1 | c.Pin[bit/8]>>(7-bit%8)&1
		}
	}
	sym[26], sym[27] = checkPair(sym[:26])
	return sym
}

// ParseCode reads a typed code: any case, any spaces, dashes or dots between,
// O for 0, I and L for 1.
func ParseCode(s string) (Code, error) {
	var sym [codeLen]byte
	n := 0
	for _, r := range strings.ToUpper(s) {
		if strings.ContainsRune(" -–—._\t\r\n\u00a0", r) {
			continue
		}
		v, ok := codeSymbol(r)
		if !ok {
			return Code{}, &ErrCode{Group: min(n/4+1, 7), Why: fmt.Sprintf("%q is not used in codes", r)}
		}
		if n < codeLen {
			sym[n] = v
		}
		n++
	}
	if n != codeLen {
		return Code{}, &ErrCode{Why: fmt.Sprintf("it has %d characters, want 28 (seven groups of four)", n)}
	}
	if err := checkCode(sym); err != nil {
		return Code{}, err
	}
	return codeOf(sym), nil
}

func codeSymbol(r rune) (byte, bool) {
	switch r {
	case 'O':
		r = '0'
	case 'I', 'L':
		r = '1'
	}
	i := strings.IndexRune(codeAlphabet, r)
	return byte(i), i >= 0
}

func codeOf(sym [codeLen]byte) (c Code) {
	for i := 0; i < 10; i++ {
		c.Secret = c.Secret<<5 | uint64(sym[i])
	}
	for bit := 0; bit < 80; bit++ {
		c.Pin[bit/8] = c.Pin[bit/8]<<1 | sym[10+bit/5]>>(4-bit%5)&1
	}
	return c
}

// gfMul multiplies in GF(32) with x⁵+x²+1; α = 2 generates the field.
func gfMul(a, b byte) (p byte) {
	for ; b > 0; b >>= 1 {
		if b&1 != 0 {
			p ^= a
		}
		a <<= 1
		if a&32 != 0 {
			a ^= 0b100101
		}
	}
	return p
}

// syndromes evaluates the word at α and α²; both are zero for a right code.
func syndromes(sym []byte) (s1, s2 byte) {
	for _, v := range sym {
		s1 = gfMul(s1, 2) ^ v
		s2 = gfMul(s2, 4) ^ v
	}
	return s1, s2
}

// checkPair finds the two symbols that make both syndromes zero: with a, b the
// syndromes of the word shifted by two, αx+y = a and α²x+y = b.
func checkPair(sym []byte) (x, y byte) {
	a, b := syndromes(append(append([]byte(nil), sym...), 0, 0))
	// x = (a+b)/(α+α²), found by search: the field has 32 elements.
	for x = 0; x < 32; x++ {
		if gfMul(x, 6) == a^b { // 6 = α + α²
			break
		}
	}
	return x, a ^ gfMul(x, 2)
}

// checkCode tells whether the code is right and, for one wrong character, where.
func checkCode(sym [codeLen]byte) error {
	s1, s2 := syndromes(sym[:])
	if s1 == 0 && s2 == 0 {
		return nil
	}
	// One error e at power k gives s1 = e·αᵏ and s2 = e·α²ᵏ: s2 = s1·αᵏ.
	power := byte(1)
	for k := 0; k < codeLen && s1 != 0; k++ {
		if gfMul(s1, power) == s2 {
			return &ErrCode{Group: (codeLen-1-k)/4 + 1, Why: "a character looks wrong"}
		}
		power = gfMul(power, 2)
	}
	return &ErrCode{Why: "the check does not fit: please compare every group"}
}
