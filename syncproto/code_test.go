package syncproto

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func drawCode(t *rapid.T) Code {
	c := Code{Secret: rapid.Uint64Max(1<<50-1).Draw(t, "secret")}
	copy(c.Pin[:], rapid.SliceOfN(rapid.Byte(), 10, 10).Draw(t, "pin"))
	return c
}

func TestCodeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCode(t)
		s := c.String()
		if len(s) != 34 || strings.Count(s, "-") != 6 {
			t.Fatalf("%q is not seven groups of four", s)
		}
		for _, typed := range []string{s, strings.ToLower(s), strings.ReplaceAll(s, "-", ""), strings.ReplaceAll(s, "-", "  "),
			strings.ReplaceAll(s, "0", "o"), strings.ReplaceAll(s, "1", "l"), strings.ReplaceAll(s, "-", "–"), "\n" + s + " "} {
			if got, err := ParseCode(typed); err != nil || got != c {
				t.Fatalf("%q: %v", typed, err)
			}
		}
	})
}

// TestCodeFindsTypingErrors: each single wrong character is found and placed in
// its group; each swap of two is found.
func TestCodeFindsTypingErrors(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCode(t)
		s := []byte(strings.ReplaceAll(c.String(), "-", ""))
		i := rapid.IntRange(0, len(s)-1).Draw(t, "at")
		wrong := bytes.Clone(s)
		wrong[i] = codeAlphabet[rapid.IntRange(0, 31).Draw(t, "to")]
		if wrong[i] != s[i] {
			var e *ErrCode
			if _, err := ParseCode(string(wrong)); !errors.As(err, &e) || e.Group != i/4+1 {
				t.Fatalf("a wrong character in group %d: %v", i/4+1, err)
			}
		}
		j := rapid.IntRange(0, len(s)-1).Draw(t, "with")
		s[i], s[j] = s[j], s[i]
		if s[i] != s[j] {
			if _, err := ParseCode(string(s)); err == nil {
				t.Fatal("two swapped characters were not found")
			}
		}
	})
}

func TestParseCodeSaysWhatIsWrong(t *testing.T) {
	good := Code{Secret: 5, Pin: Pin{1, 2, 3}}.String()
	for typed, want := range map[string]string{
		"":                   "0 characters",
		good[:33]:            "27 characters",
		good + "A":           "29 characters",
		"U" + good[1:]:       `group 1: 'U'`,
		good[:5] + "?" + "X": `group 2: '?'`,
	} {
		if _, err := ParseCode(typed); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", typed, err, want)
		}
	}
	if _, err := NewCode(bytes.NewReader(nil), Pin{}); err == nil {
		t.Error("a code without randomness")
	}
	c, err := NewCode(bytes.NewReader(bytes.Repeat([]byte{0xff}, 8)), Pin{})
	if err != nil || c.Secret != 1<<50-1 {
		t.Errorf("%x %v", c.Secret, err)
	}
}
