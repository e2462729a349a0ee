package langpack

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// argument is one placeholder of a message: its kind and, where there is a choice, its branches.
type argument struct {
	kind     string // "", plural, select
	branches []string
}

// maxDepth bounds nested choices; a sentence on a screen has one, rarely two.
const maxDepth = 4

// arguments reads a message of the ICU syntax that the screens use (plain, plural and select) and
// says what is put into it. The same text is compiled by the screens.
func arguments(message string) (map[string]argument, error) {
	p := icu{rest: message, found: map[string]argument{}}
	if err := p.message(0); err != nil {
		return nil, err
	}
	if p.rest != "" {
		return nil, fmt.Errorf("a } closes nothing before %.20q", p.rest)
	}
	return p.found, nil
}

type icu struct {
	rest  string
	found map[string]argument
}

// message reads text and placeholders until the text ends or a } that is not its own.
func (p *icu) message(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("choices are nested deeper than %d", maxDepth)
	}
	for p.rest != "" {
		switch p.rest[0] {
		case '}':
			return nil
		case '{':
			p.rest = p.rest[1:]
			if err := p.placeholder(depth); err != nil {
				return err
			}
		case '\'':
			p.quoted()
		default:
			_, n := utf8.DecodeRuneInString(p.rest)
			p.rest = p.rest[n:]
		}
	}
	return nil
}

// quoted passes over an apostrophe: two are one letter; one before a brace or # begins a
// quotation up to the next; any other is a letter.
func (p *icu) quoted() {
	p.rest = p.rest[1:]
	if strings.HasPrefix(p.rest, "'") {
		p.rest = p.rest[1:]
		return
	}
	if p.rest == "" || !strings.ContainsRune("{}#<>|", rune(p.rest[0])) {
		return
	}
	for p.rest != "" {
		i := strings.IndexByte(p.rest, '\'')
		if i < 0 {
			p.rest = ""
			return
		}
		p.rest = p.rest[i+1:]
		if !strings.HasPrefix(p.rest, "'") {
			return
		}
		p.rest = p.rest[1:]
	}
}

func (p *icu) space() { p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace) }

func (p *icu) word() string {
	p.space()
	i := strings.IndexFunc(p.rest, func(r rune) bool {
		return !(r == '_' || r == '=' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z')
	})
	if i < 0 {
		i = len(p.rest)
	}
	word := p.rest[:i]
	p.rest = p.rest[i:]
	p.space()
	return word
}

func (p *icu) take(c byte) bool {
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

func (p *icu) placeholder(depth int) error {
	name := p.word()
	if name == "" || strings.Contains(name, "=") {
		return fmt.Errorf("a placeholder has no name before %.20q", p.rest)
	}
	if p.take('}') {
		return p.add(name, argument{})
	}
	if !p.take(',') {
		return fmt.Errorf("{%s is not closed", name)
	}
	kind := p.word()
	if kind != "plural" && kind != "select" {
		return fmt.Errorf("{%s, %s}: only plural and select are used here", name, kind)
	}
	if !p.take(',') {
		return fmt.Errorf("{%s, %s} has no branches", name, kind)
	}
	a := argument{kind: kind}
	for {
		branch := p.word()
		if branch == "" {
			break
		}
		if !p.take('{') {
			return fmt.Errorf("branch %s of {%s} has no text", branch, name)
		}
		if err := p.message(depth + 1); err != nil {
			return err
		}
		if !p.take('}') {
			return fmt.Errorf("branch %s of {%s} is not closed", branch, name)
		}
		if slices.Contains(a.branches, branch) {
			return fmt.Errorf("{%s} has the branch %s twice", name, branch)
		}
		a.branches = append(a.branches, branch)
	}
	if !p.take('}') {
		return fmt.Errorf("{%s, %s} is not closed", name, kind)
	}
	if err := a.sound(name); err != nil {
		return err
	}
	return p.add(name, a)
}

// categories are the plural forms that languages have.
var categories = []string{"zero", "one", "two", "few", "many", "other"}

func (a argument) sound(name string) error {
	if !slices.Contains(a.branches, "other") {
		return fmt.Errorf("{%s, %s} has no branch other", name, a.kind)
	}
	for _, b := range a.branches {
		exact := strings.HasPrefix(b, "=") && len(b) > 1 && strings.Trim(b[1:], "0123456789") == ""
		if a.kind == "plural" && !exact && !slices.Contains(categories, b) {
			return fmt.Errorf("{%s, plural} has the branch %s; known are =N, %s", name, b, strings.Join(categories, ", "))
		}
	}
	return nil
}

// add keeps the richest use of a name: {n} inside a branch of {n, plural} is the same thing.
func (p *icu) add(name string, a argument) error {
	before, known := p.found[name]
	if known && before.kind != "" && a.kind != "" && before.kind != a.kind {
		return fmt.Errorf("{%s} is both %s and %s", name, before.kind, a.kind)
	}
	if !known || before.kind == "" {
		p.found[name] = a
	}
	return nil
}

// sameShape says what keeps a translation from standing where the Vietnamese stands. The same
// values are put into both, so the names must agree. A plural stays a plural; where Vietnamese
// puts a plain value, a language may choose by it (names of months).
func sameShape(vietnamese, translation string) error {
	want, err := arguments(vietnamese)
	if err != nil {
		return fmt.Errorf("the Vietnamese itself: %w", err)
	}
	got, err := arguments(translation)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		a, there := got[name]
		if !there {
			return fmt.Errorf("{%s} of the Vietnamese is missing", name)
		}
		if want[name].kind != "" && a.kind != want[name].kind {
			return fmt.Errorf("{%s} is a %s in Vietnamese", name, want[name].kind)
		}
		for _, b := range want[name].branches {
			if !slices.Contains(a.branches, b) {
				return fmt.Errorf("{%s, %s} lacks the branch %s of the Vietnamese", name, a.kind, b)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		if _, there := want[name]; !there {
			return fmt.Errorf("{%s} is not in the Vietnamese", name)
		}
	}
	return nil
}

// Fixed says whether a message is always the same sentence, so that it can be recorded.
func Fixed(message string) bool {
	args, err := arguments(message)
	return err == nil && len(args) == 0
}
