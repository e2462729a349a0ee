package langpack

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Message is one message of the screens in the program's own languages.
type Message struct {
	VI string `json:"vi"`
	EN string `json:"en"`
}

// Messages are all of the kiosk's, by key; a build of the screens writes them to messages.json.
type Messages map[string]Message

// ReadMessages reads them from the built screens.
func ReadMessages(pages fs.FS) (Messages, error) {
	data, err := fs.ReadFile(pages, "messages.json")
	if err != nil {
		return nil, fmt.Errorf("reading the messages of the screens (make build writes them): %w", err)
	}
	var m Messages
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("reading the messages of the screens: %w", err)
	}
	if len(m) == 0 {
		return nil, errors.New("the screens were built without messages")
	}
	return m, nil
}

// Weight says what a finding means for the kiosk.
type Weight int

// A Fault keeps the sentence or the clip from being used and a pack from being shipped; a Gap is
// something that is not there yet, and in a signed pack a fault as well.
const (
	Gap Weight = iota
	Fault
)

// Finding is one thing a translator mends.
type Finding struct {
	Weight Weight
	Key    string // a message key, a Vietnamese text, or a clip's file
	What   string
}

func (f Finding) String() string {
	weight := "thiếu/missing"
	if f.Weight == Fault {
		weight = "sai/wrong"
	}
	return fmt.Sprintf("%s\t%s\t%s", weight, f.Key, f.What)
}

// Fit drops every sentence that cannot stand where the Vietnamese stands and says how many
// messages are shown in Vietnamese: those dropped and those the pack never had.
func (p *Pack) Fit(m Messages) (vietnamese int) {
	for key, text := range p.Strings {
		message, known := m[key]
		if known && sameShape(message.VI, text) != nil {
			delete(p.Strings, key)
		}
	}
	for key := range m {
		if _, there := p.Strings[key]; !there {
			vietnamese++
		}
	}
	return vietnamese
}

// Lint lists everything to mend in a pack, in a stable order: placeholders, length, completeness.
// Clips are looked at by LintClips.
func (p *Pack) Lint(m Messages) (out []Finding) {
	missing := Gap
	if p.State == Signed {
		missing = Fault
	}
	for _, key := range slices.Sorted(maps.Keys(m)) {
		text, there := p.Strings[key]
		switch {
		case !there:
			out = append(out, Finding{missing, key, "not translated: " + m[key].VI})
			continue
		case sameShape(m[key].VI, text) != nil:
			out = append(out, Finding{Fault, key, sameShape(m[key].VI, text).Error()})
		}
		if have, most := width(text), room(key, m[key].VI); have > most {
			out = append(out, Finding{Fault, key, fmt.Sprintf("is %d letters wide, %d fit where the Vietnamese stands (%s)", have, most, m[key].VI)})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(p.Strings)) {
		if _, known := m[key]; !known {
			out = append(out, Finding{Fault, key, "no screen of this build shows it: delete it, or look for a slip of the pen"})
		}
	}
	return out
}

// kinds are how much longer than the Vietnamese a sentence may be before it no longer fits, by
// where it stands: a tool in the header has one line of fixed height, a help text wraps.
var kinds = []struct {
	prefix string
	ratio  float64
	least  int // short words need more room than a ratio gives: Vietnamese "Có" is two letters
}{
	{"k.tool.", 1.7, 14},
	{"keys.", 2.0, 16}, {"pad.", 2.0, 18},
	{"ack.meaning.", 1.8, 40}, {"ack.", 1.9, 24},
	{"", 2.0, 24},
}

func room(key, vietnamese string) int {
	for _, k := range kinds {
		if strings.HasPrefix(key, k.prefix) {
			return max(k.least, int(k.ratio*float64(width(vietnamese))))
		}
	}
	return 0
}

// width counts the letters that take a place of their own: marks above and below a letter, the
// letters that Khmer writes below another (after coeng, U+17D2) and joiners take none.
func width(text string) (n int) {
	below := false
	for _, r := range text {
		switch {
		case r == 0x17D2:
			below = true
			continue
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r):
		case below && unicode.IsLetter(r):
		default:
			n++
		}
		below = false
	}
	return n
}

// Template is what a translator fills in: every key with an empty text, and the Vietnamese and the
// English beside it in a note of its own file. Values stay empty, so that what was not translated
// is refused as empty instead of standing on a screen in the wrong language.
func Template(m Messages) []TemplateRow {
	rows := make([]TemplateRow, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		rows = append(rows, TemplateRow{key, m[key].VI, m[key].EN, room(key, m[key].VI)})
	}
	return rows
}

// TemplateRow is one message to translate and how many letters fit.
type TemplateRow struct {
	Key, VI, EN string
	Letters     int
}
