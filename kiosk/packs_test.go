package kiosk

import (
	"context"
	"strings"
	"testing"

	"bendo/internal/langpack"
	"bendo/kiosk/voice"
)

// speaker knows Vietnamese only and says what it was given.
type speaker struct{}

func (speaker) Knows(language string) bool { return language == "vi" }
func (speaker) Speak(_ context.Context, language, text string) (voice.Sound, error) {
	return voice.Sound{Bytes: []byte(language + ": " + text), Type: "audio/wav"}, nil
}

// A language of a pack is offered, handed out and counted; forms and papers do not change with it.
func TestFurtherLanguages(t *testing.T) {
	d := openDesk(t)
	packs, refused, err := langpack.Load(langpack.Shipped(), langpack.Messages{"k.home.title": {VI: "Hôm nay bà con cần gì?"}, "k.not.there": {VI: "x"}})
	if err != nil || len(refused) > 0 {
		t.Fatal(refused, err)
	}
	d.Languages, d.Voice = packs, &voice.Voice{Synth: speaker{}}
	var list struct {
		Languages []languageView `json:"languages"`
		Voice     bool           `json:"voice"`
	}
	d.want(200, "GET", "/api/languages", nil, &list)
	if len(list.Languages) != 3 || list.Languages[0].Code != "vi" || list.Languages[2].Code != "km" || list.Languages[2].State != "draft" || !list.Voice {
		t.Errorf("offered: %+v", list)
	}
	var pack struct {
		Strings map[string]string `json:"strings"`
		Texts   map[string]string `json:"texts"`
	}
	d.want(200, "GET", "/api/languages/km", nil, &pack)
	if pack.Strings["k.home.title"] == "" || pack.Texts["Sinh con"] == "" {
		t.Error("the pack came without its words")
	}
	d.want(404, "GET", "/api/languages/xx", nil, nil)
	d.want(404, "GET", "/api/languages/vi", nil, nil)

	var status struct {
		Languages []string                `json:"languages"`
		Missing   map[string]int          `json:"missing_strings"`
		Voice     map[string]voice.Counts `json:"voice"`
	}
	d.want(200, "GET", "/api/status", nil, &status)
	if strings.Join(status.Languages, " ") != "vi en km" || status.Missing["km"] != 1 {
		t.Errorf("status: %+v", status)
	}
	d.visit()
	var draft struct{ ID string }
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "language": "km", "secret": false}, &draft)
	d.want(200, "POST", "/api/drafts", map[string]any{"procedure": "1.001193", "language": "xx", "secret": false}, &draft)
}

// Words are heard in their language or in Vietnamese; what fell back is counted, without the words.
func TestWordsAreHeardOrCounted(t *testing.T) {
	d := openDesk(t)
	d.Voice = &voice.Voice{Synth: speaker{}}
	d.h = d.Handler()
	for _, c := range []struct {
		name, body string
		status     int
		heard      string
	}{
		{"Vietnamese", `{"language":"vi","text":"Quay lại"}`, 200, "vi: Quay lại"},
		{"English falls back", `{"language":"en","text":"Back","vi":"Quay lại"}`, 200, "vi: Quay lại"},
		{"nothing behind it", `{"language":"en","text":"Back"}`, 204, ""},
		{"a language nobody offers", `{"language":"km","text":"x","vi":"y"}`, 400, ""},
		{"no words", `{"language":"vi","text":""}`, 400, ""},
		{"a book", `{"language":"vi","text":"` + strings.Repeat("a", voice.MaxWords+1) + `"}`, 400, ""},
		{"something else", `{"language":"vi","text":"x","file":"/etc/passwd"}`, 400, ""},
	} {
		status, body := d.call("POST", "/api/voice", []byte(c.body))
		if status != c.status || status == 200 && string(body) != c.heard {
			t.Errorf("%s: %d %q, want %d %q", c.name, status, body, c.status, c.heard)
		}
	}
	status, body := d.call("GET", "/api/status", nil)
	if status != 200 || strings.Contains(string(body), "Quay lại") {
		t.Error("the status repeats what was spoken")
	}
	got := d.Voice.Counts()
	if got["vi"].Synthesised != 1 || got["en"].Fallback != 1 || got["en"].Silent != 1 {
		t.Errorf("counted %+v", got)
	}
}

// Every sentence that is always the same can be made before anybody needs it.
func TestSpokenTexts(t *testing.T) {
	m := langpack.Messages{"a.b": {VI: "Cố định", EN: "Fixed"}, "a.c": {VI: "Còn {n}", EN: "{n} left"}}
	screens, err := SpokenTexts(m, false)
	if err != nil {
		t.Fatal(err)
	}
	all, err := SpokenTexts(m, true)
	if err != nil {
		t.Fatal(err)
	}
	has := func(list []string, text string) bool {
		return strings.Contains("\n"+strings.Join(list, "\n")+"\n", "\n"+text+"\n")
	}
	if !has(screens["vi"], "Cố định") || !has(screens["en"], "Fixed") || has(screens["vi"], "Còn {n}") || !has(screens["vi"], "Sinh con") ||
		!has(screens["vi"], problemConsent.Message.VI) || !has(screens["en"], problemConsent.Next.EN) {
		t.Errorf("screens: %d sentences, one of the messages, events and errors is missing, or one with a value is in", len(screens["vi"]))
	}
	if len(all["vi"]) < len(screens["vi"])+200 {
		t.Errorf("with forms %d sentences, without %d", len(all["vi"]), len(screens["vi"]))
	}
	for _, text := range all["vi"] {
		if len([]rune(text)) > voice.MaxWords {
			t.Errorf("too long to be spoken: %.50s", text)
		}
	}
}
