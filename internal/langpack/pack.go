// Package langpack reads language packs (gói ngôn ngữ): the kiosk's words in one more language,
// as data that a province adds without a new program. A pack is a directory named after its
// language with pack.json in it and, if somebody recorded them, sound files.
//
// It promises that a pack it accepted holds plain text only, within stated sizes, in the pack's
// own language and never in Vietnamese or English, which belong to the program; that a sentence
// whose placeholders differ from the Vietnamese is left out, so that Vietnamese stands in its
// place; and that what it refuses it names together with the way to mend it. It refuses unknown
// fields, names given twice, direction marks that make a text read otherwise than it is written,
// and links that lead out of the pack.
//
// It only reads. A power cut leaves nothing of it; a pack copied in half is refused as a whole.
package langpack

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Sizes of a pack. The shipped words of all screens are about 60 kB in Khmer letters.
const (
	MaxPackBytes = 2 << 20
	MaxClipBytes = 512 << 10
	maxEntries   = 20_000
	maxText      = 4000 // bytes of one sentence
	maxFonts     = 4
)

// State says whether a translator answers for the words.
type State string

// A draft was written without a sworn or named translator; the screens say so, and show the
// Vietnamese beside whatever somebody agrees to.
const (
	Draft  State = "draft"
	Signed State = "signed"
)

// Clip is one recording. Says repeats the words that were recorded: when the sentence changes
// later, the recording no longer fits and is not played.
type Clip struct {
	File string `json:"file"`
	Says string `json:"says"`
}

// Pack is pack.json. Strings are by message key, in ICU message syntax; Texts are by the
// Vietnamese of what the server says (questions, errors, life events), word for word.
type Pack struct {
	Language   string            `json:"language"` // BCP 47, as km or stt
	Name       string            `json:"name"`     // in the language itself
	Start      string            `json:"start"`    // "begin", on the first screen
	Fonts      []string          `json:"fonts,omitempty"`
	State      State             `json:"state"`
	Translator string            `json:"translator,omitempty"`
	SignedOn   string            `json:"signed_on,omitempty"` // yyyy-mm-dd
	Note       string            `json:"note,omitempty"`
	Strings    map[string]string `json:"strings"`
	Texts      map[string]string `json:"texts,omitempty"`
	Clips      map[string]Clip   `json:"clips,omitempty"` // by message key, or by the Vietnamese of a text
}

var (
	codeShape = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$`)
	fontShape = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 -]{0,39}$`)
	keyShape  = regexp.MustCompile(`^[a-z][A-Za-z0-9_]*(\.[A-Za-z0-9_]+)+$`)
	dayShape  = regexp.MustCompile(`^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$`)
	fileShape = regexp.MustCompile(`^clips/[A-Za-z0-9][A-Za-z0-9._-]{0,79}\.(ogg|wav)$`)
)

// IsCode says whether a directory may be a pack: other folders beside packs are passed over.
func IsCode(name string) bool { return codeShape.MatchString(name) }

// Parse reads pack.json. The error names what is wrong and where, for whoever made the pack.
func Parse(data []byte) (*Pack, error) {
	if len(data) > MaxPackBytes {
		return nil, fmt.Errorf("pack.json has %d bytes; at most %d are read", len(data), MaxPackBytes)
	}
	if !utf8.Valid(data) {
		return nil, errors.New("pack.json is not UTF-8: save it as UTF-8 without a byte order mark")
	}
	if err := onceEach(data); err != nil {
		return nil, err
	}
	var p Pack
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p); err != nil {
		return nil, fmt.Errorf("reading pack.json: %w", err)
	}
	if err := errors.Join(p.checkHead(), p.checkTexts(), p.checkClips()); err != nil {
		return nil, err
	}
	return &p, nil
}

// onceEach refuses a name given twice in one object (a reader would see one, a reviewer the
// other), nesting deeper than a pack has, and anything behind the value.
func onceEach(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	var open []map[string]bool // nil for an array
	wantName := false
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading pack.json near byte %d: %w", dec.InputOffset(), err)
		}
		switch t := token.(type) {
		case json.Delim:
			switch t {
			case '{', '[':
				if len(open) == 4 {
					return errors.New("pack.json is nested deeper than a pack is")
				}
				var names map[string]bool
				if t == '{' {
					names = map[string]bool{}
				}
				open = append(open, names)
			default:
				open = open[:len(open)-1]
				if len(open) == 0 && len(bytes.TrimSpace(data[dec.InputOffset():])) > 0 {
					return errors.New("something follows the value in pack.json")
				}
			}
			wantName = len(open) > 0 && open[len(open)-1] != nil
			continue
		case string:
			if len(open) > 0 && open[len(open)-1] != nil && wantName {
				if open[len(open)-1][t] {
					return fmt.Errorf("pack.json gives %q twice in one place", t)
				}
				open[len(open)-1][t] = true
				wantName = false
				continue
			}
		}
		wantName = len(open) > 0 && open[len(open)-1] != nil
	}
}

func (p *Pack) checkHead() error {
	switch {
	case !codeShape.MatchString(p.Language):
		return fmt.Errorf("language %q is not a language code such as km", p.Language)
	case BuiltIn(p.Language):
		return fmt.Errorf("language %q belongs to the program; a pack cannot replace the words of the law or of the screens", p.Language)
	case p.State != Draft && p.State != Signed:
		return fmt.Errorf("state %q is neither draft nor signed", p.State)
	case p.State == Signed && (strings.TrimSpace(p.Translator) == "" || !dayShape.MatchString(p.SignedOn)):
		return errors.New("a signed pack names its translator and the day (signed_on, yyyy-mm-dd)")
	case p.State == Draft && p.SignedOn != "":
		return errors.New("a draft has no signed_on: set state to signed, or leave the day out")
	case len(p.Fonts) > maxFonts:
		return fmt.Errorf("%d fonts are named; at most %d are", len(p.Fonts), maxFonts)
	}
	for _, f := range p.Fonts {
		if !fontShape.MatchString(f) {
			return fmt.Errorf("font %q is not a plain font name", f)
		}
	}
	for _, head := range []struct {
		field, text string
		most        int
		needed      bool
	}{{"name", p.Name, 40, true}, {"start", p.Start, 40, true}, {"translator", p.Translator, 200, false}, {"note", p.Note, 1000, false}} {
		if head.needed && strings.TrimSpace(head.text) == "" {
			return fmt.Errorf("%s is missing: the first screen shows it", head.field)
		}
		if n := utf8.RuneCountInString(head.text); n > head.most {
			return fmt.Errorf("%s has %d letters; at most %d fit", head.field, n, head.most)
		}
		if err := plain(head.text); err != nil {
			return fmt.Errorf("%s %w", head.field, err)
		}
	}
	return nil
}

// BuiltIn says whether a language is the program's own.
func BuiltIn(language string) bool {
	l := strings.ToLower(language)
	return l == "vi" || l == "en" || strings.HasPrefix(l, "vi-") || strings.HasPrefix(l, "en-")
}

func (p *Pack) checkTexts() error {
	if len(p.Strings)+len(p.Texts) > maxEntries {
		return fmt.Errorf("%d sentences are given; at most %d are read", len(p.Strings)+len(p.Texts), maxEntries)
	}
	for key, text := range p.Strings {
		if !keyShape.MatchString(key) {
			return fmt.Errorf("strings: %q is not a message key such as k.home.title", key)
		}
		if err := sentence(text); err != nil {
			return fmt.Errorf("strings: %s %w", key, err)
		}
	}
	for vi, text := range p.Texts {
		if err := errors.Join(sentence(vi), sentence(text)); err != nil {
			return fmt.Errorf("texts: %.60q %w", vi, err)
		}
	}
	return nil
}

func (p *Pack) checkClips() error {
	if len(p.Clips) > maxEntries {
		return fmt.Errorf("%d clips are named; at most %d are read", len(p.Clips), maxEntries)
	}
	for key, clip := range p.Clips {
		if !fileShape.MatchString(clip.File) {
			return fmt.Errorf("clips: %.60q names the file %.100q; a clip lies in clips/ and ends in .ogg or .wav", key, clip.File)
		}
		if err := sentence(clip.Says); err != nil {
			return fmt.Errorf("clips: %.60q %w", key, err)
		}
	}
	return nil
}

func sentence(text string) error {
	if strings.TrimSpace(text) == "" {
		return errors.New("is empty: leave it out, and Vietnamese stands in its place")
	}
	if len(text) > maxText {
		return fmt.Errorf("has %d bytes; at most %d are read", len(text), maxText)
	}
	return plain(text)
}

var markup = regexp.MustCompile(`<[A-Za-z/!?]|&#|&[a-z]{2,8};`)

// plain refuses letters nobody sees: direction marks make a text read otherwise than it is
// written, and control characters have no place in a sentence. Word joiners and zero-width
// spaces stay: Khmer marks its words with them.
func plain(text string) error {
	for _, r := range text {
		switch {
		case r == 0x200B || r == 0x200C || r == 0x200D || r == 0x2060:
		case r == utf8.RuneError, unicode.Is(unicode.Cc, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r),
			unicode.Is(unicode.Noncharacter_Code_Point, r):
			return fmt.Errorf("holds the character U+%04X, which nobody sees or which turns the direction of reading: delete it", r)
		}
	}
	if m := markup.FindString(text); m != "" {
		return fmt.Errorf("holds %q: sentences are text, never markup", m)
	}
	return nil
}
