package dossier

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// quick reads the payloads this program's own encoder writes: compact, members spelled
// exactly, sorted names where an object is taken as it stands, no escapes in what becomes
// a field. It is one walk without reflection over names, six times as fast as the strict
// reading, and a province reads thousands of payloads a second.
//
// It never refuses anything: where a byte is not what it expects it says so and the strict
// reading begins from the start. What it does accept, the strict reading accepts with the
// same value (FuzzQuick).
type quick struct {
	text string
	at   int
	// depth counts open objects and arrays.
	depth int
}

// plainText says that text is UTF-8 in NFC without control characters, as far as one look
// at each byte tells: ASCII, Latin (U+0080 to U+02FF) and the letters of Vietnamese (U+1E00 to
// U+1EFF), of which none composes with another or is composed differently (TestPlainText
// asks Unicode's own tables). Of any other text it says false.
func plainText(text string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c >= 0x20 && c < 0x80:
		case c >= 0xc2 && c <= 0xcb && i+1 < len(text) && text[i+1]&0xc0 == 0x80:
			i++
		case c == 0xe1 && i+2 < len(text) && text[i+1] >= 0xb8 && text[i+1] <= 0xbb && text[i+2]&0xc0 == 0x80:
			i += 2
		default:
			return false
		}
	}
	return true
}

// quickJSON reads plain text into the struct that v points to. When it says false, v may hold
// a part and the strict reading decides.
func quickJSON(text string, v reflect.Value) bool {
	q := quick{text: text}
	return q.value(v.Elem(), shapeOf(v.Type().Elem())) && q.at == len(text)
}

// shape is how values of one Go type are read.
type shape struct {
	kind shapeKind
	elem *shape
	// fields are of a struct, in the order in which the encoder writes them.
	fields []shapeField
	typ    reflect.Type
}

type shapeField struct {
	name  string
	index int
	shape *shape
}

type shapeKind uint8

const (
	strange shapeKind = iota // left to the strict reading
	textShape
	wholeShape
	boolShape
	rawShape
	idShape // reads its own text form
	structShape
	pointerShape
	sliceShape
	namesShape // map[string]string
)

// shapes are made once for each type; the key is its reflect.Type.
var shapes sync.Map

func shapeOf(t reflect.Type) *shape {
	if found, ok := shapes.Load(t); ok {
		return found.(*shape)
	}
	found, _ := shapes.LoadOrStore(t, makeShape(t))
	return found.(*shape)
}

var (
	rawType   = reflect.TypeFor[json.RawMessage]()
	namesType = reflect.TypeFor[map[string]string]()
	ownText   = reflect.TypeFor[encoding.TextUnmarshaler]()
	ownJSON   = reflect.TypeFor[json.Unmarshaler]()
)

// makeShape knows no types that contain themselves; the payloads have none.
func makeShape(t reflect.Type) *shape {
	s := &shape{typ: t}
	switch {
	case t == rawType:
		s.kind = rawShape
	case t == namesType:
		s.kind = namesShape
	case reflect.PointerTo(t).Implements(ownJSON):
	case reflect.PointerTo(t).Implements(ownText):
		s.kind = idShape
	case t.Kind() == reflect.String:
		s.kind = textShape
	case t.Kind() == reflect.Int || t.Kind() == reflect.Int64:
		s.kind = wholeShape
	case t.Kind() == reflect.Bool:
		s.kind = boolShape
	case t.Kind() == reflect.Pointer:
		s.kind, s.elem = pointerShape, makeShape(t.Elem())
	case t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8:
		s.kind, s.elem = sliceShape, makeShape(t.Elem())
	case t.Kind() == reflect.Struct:
		s.kind = structShape
		for i := range t.NumField() {
			f := t.Field(i)
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			if f.Anonymous || !f.IsExported() || name == "" || name == "-" || options != "" && options != "omitempty" && options != "omitzero" {
				return &shape{typ: t}
			}
			s.fields = append(s.fields, shapeField{name, i, makeShape(f.Type)})
		}
		if len(s.fields) > 64 {
			return &shape{typ: t}
		}
	}
	return s
}

func (q *quick) value(v reflect.Value, s *shape) bool {
	switch s.kind {
	case textShape:
		word, ok := q.word()
		v.SetString(word)
		return ok
	case wholeShape:
		n, ok := q.whole()
		v.SetInt(n)
		return ok
	case boolShape:
		v.SetBool(q.starts("true"))
		return q.literal("true") || q.literal("false")
	case rawShape:
		from := q.at
		ok := q.skip()
		v.SetBytes([]byte(q.text[from:q.at]))
		return ok
	case idShape:
		word, ok := q.word()
		return ok && v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(word)) == nil
	case pointerShape:
		if q.starts("null") {
			return false
		}
		v.Set(reflect.New(s.elem.typ))
		return q.value(v.Elem(), s.elem)
	case structShape:
		return q.fields(v, s)
	case sliceShape:
		return q.list(v, s)
	case namesShape:
		return q.names(v)
	}
	return false
}

// fields reads an object into a struct. Each member is known and stands once.
func (q *quick) fields(v reflect.Value, s *shape) bool {
	var seen uint64
	next := 0
	return q.object(func(name string) bool {
		for range s.fields {
			if next == len(s.fields) {
				next = 0
			}
			f := &s.fields[next]
			if f.name != name {
				next++
				continue
			}
			if seen&(1<<next) != 0 {
				return false
			}
			seen |= 1 << next
			next++
			return q.value(v.Field(f.index), f.shape)
		}
		return false
	})
}

func (q *quick) list(v reflect.Value, s *shape) bool {
	v.Set(reflect.MakeSlice(s.typ, 0, 4))
	return q.array(func() bool {
		n := v.Len()
		if n == v.Cap() {
			v.Grow(1)
		}
		v.SetLen(n + 1)
		v.Index(n).SetZero()
		return q.value(v.Index(n), s.elem)
	})
}

func (q *quick) names(v reflect.Value) bool {
	read := map[string]string{}
	v.Set(reflect.ValueOf(read))
	last := ""
	return q.object(func(name string) bool {
		word, ok := q.word()
		read[name] = word
		ok = ok && ascends(last, name)
		last = name
		return ok
	})
}

// skip steps over any value and judges what the strict reading judges of it.
func (q *quick) skip() bool {
	if q.at == len(q.text) {
		return false
	}
	switch q.text[q.at] {
	case '{':
		last := ""
		return q.object(func(name string) bool {
			ok := ascends(last, name)
			last = name
			return ok && q.skip()
		})
	case '[':
		return q.array(q.skip)
	case '"':
		return q.escaped()
	case 't':
		return q.literal("true")
	case 'f':
		return q.literal("false")
	case 'n':
		return q.literal("null")
	}
	_, ok := q.whole()
	return ok
}

// ascends says that name comes after last and that both are spelled in one case, so that
// no name of a sorted object stands twice. The empty name ascends from nothing.
func ascends(last, name string) bool {
	for i := range len(name) {
		if c := name[i]; c >= 'A' && c <= 'Z' || c >= 0x80 {
			return false
		}
	}
	return name > last
}

// object calls member behind the colon of each member.
func (q *quick) object(member func(name string) bool) bool {
	if !q.open('{') {
		return false
	}
	if q.close('}') {
		return true
	}
	for {
		name, ok := q.word()
		if !ok || !q.byte(':') || !member(name) {
			return false
		}
		if q.close('}') {
			return true
		}
		if !q.byte(',') {
			return false
		}
	}
}

func (q *quick) array(element func() bool) bool {
	if !q.open('[') {
		return false
	}
	if q.close(']') {
		return true
	}
	for {
		if !element() {
			return false
		}
		if q.close(']') {
			return true
		}
		if !q.byte(',') {
			return false
		}
	}
}

func (q *quick) open(c byte) bool {
	q.depth++
	return q.depth <= maxDepth && q.byte(c)
}

func (q *quick) close(c byte) bool {
	if !q.byte(c) {
		return false
	}
	q.depth--
	return true
}

func (q *quick) byte(c byte) bool {
	if q.at < len(q.text) && q.text[q.at] == c {
		q.at++
		return true
	}
	return false
}

func (q *quick) starts(word string) bool { return strings.HasPrefix(q.text[q.at:], word) }

func (q *quick) literal(word string) bool {
	if !q.starts(word) {
		return false
	}
	q.at += len(word)
	return true
}

// word reads a text without escapes.
func (q *quick) word() (string, bool) {
	if !q.byte('"') {
		return "", false
	}
	n := strings.IndexByte(q.text[q.at:], '"')
	if n < 0 {
		return "", false
	}
	word := q.text[q.at : q.at+n]
	q.at += n + 1
	return word, strings.IndexByte(word, '\\') < 0
}

// escaped steps over a text that may have the escapes of one character.
func (q *quick) escaped() bool {
	for q.at++; ; {
		n := strings.IndexByte(q.text[q.at:], '"')
		if n < 0 {
			return false
		}
		back := strings.IndexByte(q.text[q.at:q.at+n], '\\')
		if back < 0 {
			q.at += n + 1
			return true
		}
		if q.at += back + 1; strings.IndexByte(`"\/bfnrt`, q.text[q.at]) < 0 {
			return false
		}
		q.at++
	}
}

// whole reads a whole number of at most eighteen digits.
func (q *quick) whole() (n int64, ok bool) {
	negative := q.byte('-')
	from := q.at
	for ; q.at < len(q.text) && q.at-from < 19 && q.text[q.at] >= '0' && q.text[q.at] <= '9'; q.at++ {
		n = n*10 + int64(q.text[q.at]-'0')
	}
	digits := q.at - from
	if digits == 0 || digits > 18 || digits > 1 && q.text[from] == '0' {
		return 0, false
	}
	if q.at < len(q.text) && strings.IndexByte(",]}", q.text[q.at]) < 0 {
		return 0, false // a fraction, or no number at all
	}
	if negative {
		n = -n
	}
	return n, true
}
