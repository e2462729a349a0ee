package vietnam

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// collator and its buffer; a Collator keeps state between calls, so each goroutine borrows one.
type collator struct {
	order *collate.Collator
	buf   collate.Buffer
}

var collators = sync.Pool{New: func() any {
	return &collator{order: collate.New(language.Vietnamese)}
}}

// SortKey returns bytes whose order (bytes.Compare, or a BLOB column) is the Vietnamese alphabet:
// a ă â b c d đ e ê …, tones in the order none, huyền, hỏi, ngã, sắc, nặng.
func SortKey(s string) []byte {
	c := collators.Get().(*collator)
	defer collators.Put(c)
	defer c.buf.Reset()
	return slices.Clone(c.order.KeyFromString(&c.buf, s))
}

// NameSortKey orders people as Vietnamese lists do: by given name (the last word), then by the whole
// name.
func NameSortKey(name PersonName) []byte {
	// Four zero bytes sort below anything a key holds, so that "An" comes before every "Anh".
	return slices.Concat(SortKey(GivenName(name)), []byte{0, 0, 0, 0}, SortKey(string(name)))
}

// GivenName returns the last word of a name; the whole of a one-word name.
func GivenName(name PersonName) string {
	words := strings.Fields(string(name))
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}
