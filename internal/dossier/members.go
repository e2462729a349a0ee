package dossier

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// memberScan walks the structure of a payload once, without reading its values:
// a province reads thousands of payloads a second, and a walk over decoded tokens
// took twice as long as the reading itself. It judges nesting, repeated members
// and what follows the value; whether the text is JSON at all is the decoder's to
// say, so on other text it only has to end.
type memberScan struct {
	text  string
	at    int
	stack []nest
}

// nest is one open object or array.
type nest struct {
	object bool
	key    bool // the next string is a member's name
	seen   []string
	many   map[string]bool // instead of seen where there are more than few
}

// few names are compared one by one.
const few = 16

// scanMembers refuses repeated members (also such that differ in case only, which
// encoding/json would merge), nesting deeper than maxDepth, and bytes after the
// value. text begins with '{'.
func scanMembers(text string) error {
	s := memberScan{text: text}
	for ; s.at < len(text); s.at++ {
		if err := s.byte(text[s.at]); err != nil {
			return err
		}
		if len(s.stack) == 0 {
			if rest := strings.TrimSpace(text[s.at+1:]); rest != "" {
				return fmt.Errorf("%d bytes after the value", len(rest))
			}
			return nil
		}
	}
	return errors.New("reading JSON: it ends before its end")
}

func (s *memberScan) byte(c byte) error {
	switch c {
	case '{', '[':
		if len(s.stack) == maxDepth {
			return fmt.Errorf("nested deeper than %d", maxDepth)
		}
		s.stack = append(s.stack, nest{object: c == '{', key: c == '{'})
	case '}', ']':
		s.stack = s.stack[:len(s.stack)-1]
	case ',':
		top := &s.stack[len(s.stack)-1]
		top.key = top.object
	case '"':
		word, err := s.string()
		if err != nil {
			return err
		}
		if top := &s.stack[len(s.stack)-1]; top.key {
			top.key = false
			return top.name(word)
		}
	}
	return nil
}

// string steps to the closing quote and returns what stands before it, as written.
func (s *memberScan) string() (string, error) {
	from := s.at + 1
	for s.at = from; s.at < len(s.text); s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '"':
			return s.text[from:s.at], nil
		}
	}
	return "", errors.New("reading JSON: a text without its end")
}

// name notes a member's name, written with or without escapes.
func (n *nest) name(word string) error {
	if strings.Contains(word, `\`) {
		var plain string
		if err := json.Unmarshal([]byte(`"`+word+`"`), &plain); err != nil {
			return fmt.Errorf("reading JSON: %w", err)
		}
		word = plain
	}
	name := strings.ToLower(word)
	if n.has(name) {
		return fmt.Errorf("member %q stands twice", word)
	}
	if n.many != nil {
		n.many[name] = true
		return nil
	}
	if n.seen = append(n.seen, name); len(n.seen) > few {
		n.many = make(map[string]bool, 4*few)
		for _, earlier := range n.seen {
			n.many[earlier] = true
		}
	}
	return nil
}

func (n *nest) has(name string) bool {
	if n.many != nil {
		return n.many[name]
	}
	for _, earlier := range n.seen {
		if earlier == name {
			return true
		}
	}
	return false
}
