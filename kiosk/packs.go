package kiosk

import (
	"errors"
	"net/http"
	"slices"

	"bendo/internal/langpack"
	"bendo/kiosk/voice"
)

// Vietnamese and English are part of the screens. Further languages are packs: data that is read
// when the desk starts and handed to the screens as it was judged. Nothing of a pack is ever put
// on a paper or into a dossier; forms stay in Vietnamese.

// languageView is one language as the first screen offers it.
type languageView struct {
	Code       string   `json:"code"`
	Name       string   `json:"name"`
	Start      string   `json:"start,omitempty"`
	State      string   `json:"state"` // "own" for the program's; draft or signed for packs
	Translator string   `json:"translator,omitempty"`
	SignedOn   string   `json:"signed_on,omitempty"`
	Fonts      []string `json:"fonts,omitempty"`
	Missing    int      `json:"missing"` // messages shown in Vietnamese
}

var ownLanguages = []languageView{
	{Code: "vi", Name: "Tiếng Việt", State: "own"},
	{Code: "en", Name: "English", State: "own"},
}

func viewPack(p langpack.Loaded) languageView {
	return languageView{Code: p.Language, Name: p.Name, Start: p.Start, State: string(p.State),
		Translator: p.Translator, SignedOn: p.SignedOn, Fonts: p.Fonts, Missing: p.Missing}
}

// languageCodes are all languages the screens offer; the first is the one of the law.
func (d *Desk) languageCodes() (codes []string) {
	for _, l := range ownLanguages {
		codes = append(codes, l.Code)
	}
	for _, p := range d.Languages {
		codes = append(codes, p.Language)
	}
	return codes
}

// missingStrings counts, for each pack, the messages that stand in Vietnamese.
func (d *Desk) missingStrings() map[string]int {
	out := map[string]int{}
	for _, p := range d.Languages {
		out[p.Language] = p.Missing
	}
	return out
}

func (d *Desk) languageList(w http.ResponseWriter, _ *http.Request) error {
	views := slices.Clone(ownLanguages)
	for _, p := range d.Languages {
		views = append(views, viewPack(p))
	}
	return ok(w, map[string]any{"languages": views, "voice": d.Voice.Able()})
}

var problemNoLanguage = Problem{Code: "unknown_language", Status: http.StatusNotFound,
	Message: say("Máy này chưa có tiếng đó.", "This machine does not have that language."),
	Next:    say("Xin chọn tiếng khác, hoặc gọi cán bộ.", "Choose another one, or call staff.")}

func (d *Desk) language(w http.ResponseWriter, r *http.Request) error {
	i := slices.IndexFunc(d.Languages, func(p langpack.Loaded) bool { return p.Language == r.PathValue("code") })
	if i < 0 {
		return problemNoLanguage.Because(errors.New("no pack of this language is loaded"))
	}
	p := d.Languages[i]
	return ok(w, map[string]any{"language": viewPack(p), "strings": p.Strings, "texts": p.Texts})
}

// speak answers with the sound of words on the screen. They travel in the body, because an address
// is written into logs. What falls back to Vietnamese or stays silent is counted by language.
func (d *Desk) speak(w http.ResponseWriter, r *http.Request) error {
	var ask struct {
		Language string `json:"language"`
		Text     string `json:"text"`
		VI       string `json:"vi"`       // the same in Vietnamese
		Personal bool   `json:"personal"` // somebody's own words are in it
	}
	if err := read(r, &ask); err != nil {
		return err
	}
	if ask.Text == "" || !slices.Contains(d.languageCodes(), ask.Language) {
		return problemBadRequest.Because(errors.New("words without a text, or in a language that is not offered"))
	}
	s, err := d.Voice.Speak(r.Context(), voice.Words{Language: ask.Language, Text: ask.Text, VI: ask.VI, Personal: ask.Personal})
	switch {
	case errors.Is(err, voice.ErrTooLong):
		return problemBadRequest.Because(err)
	case err != nil:
		w.WriteHeader(http.StatusNoContent) // silence is no fault of the resident; the counter says so
		return nil
	}
	w.Header().Set("Content-Type", s.Type)
	w.Header().Set("Content-Language", s.Language)
	_, _ = w.Write(s.Bytes) // a screen that went on needs no sound
	return nil
}
