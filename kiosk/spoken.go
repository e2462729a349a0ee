package kiosk

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"

	"bendo/internal/catalog"
	"bendo/internal/langpack"
	"bendo/kiosk/voice"
)

// SpokenTexts lists, by language, the fixed sentences a resident may have read to her: the messages
// of the screens, the life events and the errors of the desk; with forms also every question and
// the short name of every procedure. Sentences with a value in them are not fixed.
func SpokenTexts(messages langpack.Messages, forms bool) (map[string][]string, error) {
	pack, err := catalog.Embedded()
	if err != nil {
		return nil, fmt.Errorf("opening the first pack: %w", err)
	}
	all := map[string]map[string]bool{"vi": {}, "en": {}}
	add := func(language, text string) {
		if n := utf8.RuneCountInString(text); n > 0 && n <= voice.MaxWords/2 {
			all[language][text] = true
		}
	}
	for _, m := range messages {
		if langpack.Fixed(m.VI) {
			add("vi", m.VI)
		}
		if langpack.Fixed(m.EN) {
			add("en", m.EN)
		}
	}
	told := []any{pack.Events, pack.Queue(), noForecast, spokenProblems}
	if forms {
		for _, p := range pack.Procedures {
			told = append(told, p.Short)
		}
		for _, code := range pack.FormCodes() {
			f, _ := pack.Form(code)
			told = append(told, f.Sections, f.Cases, f.Declarations)
		}
	}
	for _, one := range told {
		data, err := json.Marshal(one)
		if err != nil {
			return nil, fmt.Errorf("listing what is spoken: %w", err)
		}
		var tree any
		if err := json.Unmarshal(data, &tree); err != nil {
			return nil, fmt.Errorf("listing what is spoken: %w", err)
		}
		eachText(tree, add)
	}
	out := map[string][]string{}
	for language, texts := range all {
		out[language] = slices.Sorted(maps.Keys(texts))
	}
	return out, nil
}

// eachText finds every text in two languages inside a JSON value.
func eachText(tree any, add func(language, text string)) {
	switch t := tree.(type) {
	case map[string]any:
		vi, isText := t["vi"].(string)
		if en, _ := t["en"].(string); isText {
			add("vi", vi)
			add("en", en)
			return
		}
		if t["audience"] == "staff" {
			return
		}
		for _, one := range t {
			eachText(one, add)
		}
	case []any:
		for _, one := range t {
			eachText(one, add)
		}
	}
}

// spokenProblems are the errors a resident meets; those of a fault in the machine are spoken where
// there is a synthesiser.
var spokenProblems = []Problem{problemInternal, problemNoVisit, problemTooLarge, problemNotFound, problemTooMany, problemTooManyHere,
	problemNoPaper, problemNoProcedure, problemNoDraft, problemDigest, problemConsent, problemUnfinished, problemDiskFull,
	problemNoRoom, problemFiled, problemScan, problemTooMuchText, problemTooManyFiles, problemUnfit, problemScanLost,
	problemNoPrinter, problemPrinter, problemSecret, problemSecretUnsaid, problemElsewhere, problemTwice, problemNoLanguage,
	problemNoQueue, problemNoNumber, problemNoService, problemManyNumbers, problemGoneNumber, problemOver, problemPrintedOften}
