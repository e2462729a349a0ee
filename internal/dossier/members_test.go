package dossier

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"bendo/internal/bounded"
)

// tokenMembers is scanMembers over decoded tokens: slow and plainly right.
func tokenMembers(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	type level struct {
		object, key bool
		seen        map[string]bool
	}
	var stack []level
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		d, isDelim := tok.(json.Delim)
		switch {
		case isDelim && (d == '{' || d == '['):
			if len(stack) == maxDepth {
				return errors.New("deep")
			}
			stack = append(stack, level{d == '{', d == '{', map[string]bool{}})
			continue
		case isDelim:
			if stack = stack[:len(stack)-1]; len(stack) == 0 {
				if rest := bytes.TrimSpace(data[dec.InputOffset():]); len(rest) != 0 {
					return errors.New("trailing")
				}
				return nil
			}
		default:
			if top := &stack[len(stack)-1]; top.key {
				name := strings.ToLower(tok.(string))
				if top.seen[name] {
					return fmt.Errorf("twice: %q", tok)
				}
				top.seen[name], top.key = true, false
				continue
			}
		}
		if top := &stack[len(stack)-1]; top.object {
			top.key = true
		}
	}
}

// reads says whether encoding/json reads one whole object.
func reads(data []byte) bool {
	var v map[string]json.RawMessage
	return json.NewDecoder(bytes.NewReader(data)).Decode(&v) == nil
}

func FuzzMembers(f *testing.F) {
	many := "{"
	for i := range 40 {
		many += fmt.Sprintf(`"m%d":%d,`, i, i)
	}
	for _, seed := range []string{
		`{}`, ` {}`, `{"a":1} `, `{"a":1}x`, `{"a":1}{}`, `{"a":1,"A":2}`, `{"a":1,"\u0061":2}`, `{"a\"b":1,"a\"b":2}`, `{"É":1,"é":2}`,
		`{"a":{"a":[{"a":1},{"a":2,"a":3}]}}`, `{"a":"}","b":"]{\"a\":"}`, `{"a":["b","b"],"b":1}`, `{"a":1,}`, `{"a" 1}`, `{,}`, `{"a":}`,
		`{"a":]}`, `{"a"`, `{"a":"\`, `{]`, `{"a":1}` + "\u00a0", `{"ſ":1,"s":2}`, many + `"m3":1}`, many + `"last":1}`,
		`{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`, `{"a":` + strings.Repeat("[", 32) + strings.Repeat("]", 32) + `}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		defer bounded.Input(t)()
		if len(data) == 0 || data[0] != '{' || !utf8.Valid(data) {
			return
		}
		fast := scanMembers(string(data)) == nil && reads(data)
		slow := tokenMembers(data) == nil && reads(data)
		if fast != slow {
			t.Fatalf("%q: by tokens %v, by the walk %v (%v, %v)", data, slow, fast, tokenMembers(data), scanMembers(string(data)))
		}
	})
}
