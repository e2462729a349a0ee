package store

import (
	"strings"
	"unicode/utf8"
)

// Clean makes a text of a device fit for a column on both engines: valid UTF-8,
// no NUL (PostgreSQL refuses it), at most max bytes. What was signed is kept
// whole in the sealed event; this is only the copy that is searched.
func Clean(s string, max int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "�"), "\x00", "")
	for len(s) > max {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}
