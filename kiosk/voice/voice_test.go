package voice

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"bendo/internal/langpack"
)

// fakeSource has recordings by "language text".
type fakeSource map[string]string

func (f fakeSource) Find(language, text string) (Sound, error) {
	if s, there := f[language+" "+text]; there {
		return Sound{Bytes: []byte(s), Type: "audio/ogg"}, nil
	}
	return Sound{}, fs.ErrNotExist
}

// brokenSource has clips on a disk that cannot be read.
type brokenSource struct{}

func (brokenSource) Find(string, string) (Sound, error) {
	return Sound{}, errors.New("input/output error")
}

// A clip that cannot be read is not the end of speaking.
func TestABrokenClipIsSpokenOtherwise(t *testing.T) {
	v := &Voice{Sources: []Source{brokenSource{}, fakeSource{"vi Chào": "clip vi"}}, Synth: &fakeSynth{knows: "vi"}}
	for text, want := range map[string]string{"Chào": "clip vi", "Khác": "spoken Khác"} {
		if s, err := v.Speak(t.Context(), Words{Language: "vi", Text: text}); err != nil || string(s.Bytes) != want {
			t.Errorf("%s: %q, %v; want %q", text, s.Bytes, err, want)
		}
	}
}

type fakeSynth struct {
	knows string
	calls []string
	fail  error
}

func (f *fakeSynth) Knows(l string) bool { return strings.Contains(f.knows, l) }
func (f *fakeSynth) Speak(_ context.Context, l, text string) (Sound, error) {
	f.calls = append(f.calls, l+" "+text)
	return Sound{Bytes: []byte("spoken " + text), Type: "audio/wav"}, f.fail
}

func TestWhoSpeaks(t *testing.T) {
	clips := fakeSource{"vi Chào": "clip vi", "km សួស្តី": "clip km"}
	for _, c := range []struct {
		name  string
		synth Synthesiser
		words Words
		want  string // language and bytes; empty: silent
		count Counts
	}{
		{"a recording", nil, Words{Language: "km", Text: "សួស្តី", VI: "Chào"}, "km clip km", Counts{Clips: 1}},
		{"no recording falls back to Vietnamese", nil, Words{Language: "km", Text: "ផ្សេង", VI: "Chào"}, "vi clip vi", Counts{Fallback: 1}},
		{"neither", nil, Words{Language: "km", Text: "ផ្សេង", VI: "Khác"}, "", Counts{Silent: 1}},
		{"Vietnamese has nothing behind it", nil, Words{Language: "vi", Text: "Khác"}, "", Counts{Silent: 1}},
		{"a recording before the machine", &fakeSynth{knows: "vi"}, Words{Language: "vi", Text: "Chào"}, "vi clip vi", Counts{Clips: 1}},
		{"the machine for what has no recording", &fakeSynth{knows: "vi"}, Words{Language: "vi", Text: "Còn 3"}, "vi spoken Còn 3", Counts{Synthesised: 1}},
		{"the machine speaks Vietnamese for Khmer", &fakeSynth{knows: "vi"}, Words{Language: "km", Text: "ផ្សេង", VI: "Còn 3"}, "vi spoken Còn 3", Counts{Fallback: 1}},
		{"own words are not looked up", &fakeSynth{knows: "vi"}, Words{Language: "vi", Text: "Chào", Personal: true}, "vi spoken Chào", Counts{Synthesised: 1}},
		{"a machine that fails is silence", &fakeSynth{knows: "vi", fail: errors.New("broken")}, Words{Language: "vi", Text: "Khác"}, "", Counts{Silent: 1}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := &Voice{Sources: []Source{clips}, Synth: c.synth}
			s, err := v.Speak(context.Background(), c.words)
			got := ""
			if err == nil {
				got = s.Language + " " + string(s.Bytes)
			} else if !errors.Is(err, ErrSilent) {
				t.Errorf("error %v is not silence", err)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
			if n := v.Counts()[c.words.Language]; n != c.count {
				t.Errorf("counted %+v, want %+v", n, c.count)
			}
		})
	}
}

// Somebody's own words leave no sound behind, not even in memory; others are synthesised once.
func TestOwnWordsAreNotKept(t *testing.T) {
	synth := &fakeSynth{knows: "vi"}
	v := &Voice{Synth: synth}
	for range 2 {
		for _, w := range []Words{{Language: "vi", Text: "Nguyễn Văn Mẫu", Personal: true}, {Language: "vi", Text: "Còn 3 giây"}} {
			if _, err := v.Speak(context.Background(), w); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(synth.calls) != 3 {
		t.Errorf("synthesised %q, want the own words twice and the others once", synth.calls)
	}
	if len(v.kept.sounds) != 1 {
		t.Errorf("%d sounds are kept, want 1", len(v.kept.sounds))
	}
	v.Forget()
	if len(v.kept.sounds) != 0 {
		t.Error("Forget left a sound")
	}
}

func TestTooLongIsRefused(t *testing.T) {
	v := &Voice{Synth: &fakeSynth{knows: "vi"}}
	if _, err := v.Speak(context.Background(), Words{Language: "vi", Text: strings.Repeat("a", MaxWords+1)}); !errors.Is(err, ErrTooLong) {
		t.Errorf("got %v", err)
	}
}

// What is remembered stays within its bytes, and inventing languages does not grow the counters.
func TestBounds(t *testing.T) {
	var c cache
	for i := range 200 {
		c.put(Name("vi", strings.Repeat("x", i)), Sound{Bytes: make([]byte, maxKept/20)})
	}
	if c.bytes > maxKept || len(c.sounds) != len(c.order) {
		t.Errorf("%d bytes in %d sounds, %d in order", c.bytes, len(c.sounds), len(c.order))
	}
	v := &Voice{}
	for i := range 100 {
		_, _ = v.Speak(context.Background(), Words{Language: strings.Repeat("x", i), Text: "a"})
	}
	if n := len(v.Counts()); n > maxCounted+1 {
		t.Errorf("%d languages are counted", n)
	}
}

func TestProse(t *testing.T) {
	for _, c := range []struct{ language, text, want string }{
		{"vi", "Số phiếu 66001-4827-19302", "Số phiếu 6 6 0 0 1, 4 8 2 7, 1 9 3 0 2"},
		{"vi", "Cán bộ trả lời trước 22/11/2026 09:05.", "Cán bộ trả lời trước ngày 22 tháng 11 năm 2026 9 giờ 5 phút."},
		{"en", "An officer answers before 22/11/2026 09:05.", "An officer answers before 22 November 2026 09:05."},
		{"vi", "lúc 14:00", "lúc 14 giờ"},
		{"vi", "Cần nộp 1.250.000 đ", "Cần nộp 1250000 đồng"},
		{"en", "To pay: 8.000 đ", "To pay: 8000 dong"},
		{"vi", "083 090 999 001", "0 8 3, 0 9 0, 9 9 9, 0 0 1"},
		{"vi", "0912345678", "0 9 1 2 3 4 5 6 7 8"},
		{"vi", "Mã thủ tục: 1.001193", "Mã thủ tục: 1, 0 0 1 1 9 3"},
		{"vi", "Còn 30 giây", "Còn 30 giây"},
		{"vi", "99/99/2026", "99/99/2026"},
		{"vi", "cho mẹ đi", "cho mẹ đi"},
	} {
		if got := Prose(c.language, c.text); got != c.want {
			t.Errorf("Prose(%s, %q) = %q, want %q", c.language, c.text, got, c.want)
		}
	}
}

// Orders to the synthesiser hidden in somebody's name stay words.
func TestHarmless(t *testing.T) {
	if got := harmless("Mẫu [[h@l'oU]]\x01200s <mark>"); strings.ContainsAny(got, "[]\x01") {
		t.Errorf("still holds an order: %q", got)
	}
}

func TestClipsOnDisk(t *testing.T) {
	broken := fstest.MapFS{"vi/" + Name("vi", "Chào") + ".ogg": {Data: []byte("OggS, cut")}}
	if _, err := (Clips{broken}).Find("vi", "Chào"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a clip cut in half: %v, want what is wrong with it", err)
	}
	if _, err := (Clips{broken}).Find("../vi", "Chào"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a way out of the folder: %v, want none", err)
	}
}

// The real program, where it is installed: sound of a sensible length, and nothing for a language
// it does not have.
func TestEspeak(t *testing.T) {
	e, err := FindEspeak(t.Context())
	if err != nil {
		t.Skipf("NOT TESTED: espeak-ng is not on this machine (make setup as root installs it): %v", err)
	}
	for _, c := range []struct{ language, text string }{{"vi", "Hôm nay bà con cần gì?"}, {"en", "What do you need today?"}, {"vi", "-f /etc/passwd"}} {
		s, err := e.Speak(t.Context(), c.language, c.text)
		if err != nil {
			t.Fatal(err)
		}
		long, err := langpack.Sound(s.Bytes)
		if err != nil || long < 300*time.Millisecond || long > 10*time.Second {
			t.Errorf("%q plays %s, %v", c.text, long, err)
		}
	}
	if e.Knows("km") {
		t.Error("espeak-ng has no Khmer; the pack would go unrecorded")
	}
	if _, err := e.Speak(t.Context(), "km", "សួស្តី"); err == nil {
		t.Error("spoke Khmer with another voice")
	}
}

func FuzzProse(f *testing.F) {
	f.Add("Cần nộp 1.250.000 đ trước 22/11/2026 09:05, phiếu 66001-4827-19302")
	f.Fuzz(func(t *testing.T, text string) {
		for _, l := range []string{"vi", "en"} {
			if got := Prose(l, text); len(got) > 20*len(text)+40 {
				t.Errorf("%d bytes became %d", len(text), len(got))
			}
		}
	})
}

// Clips are made once, found by their words, and go when no screen says them any more.
func TestStudio(t *testing.T) {
	studio, err := FindStudio(t.Context())
	if err != nil {
		t.Skipf("NOT TESTED: the voice cannot be built on this machine (make setup as root installs what it needs): %v", err)
	}
	dir := t.TempDir()
	make := func(texts ...string) Made {
		done, err := studio.Make(t.Context(), dir, map[string][]string{"vi": texts, "km": {"សួស្តី"}})
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	if done := make("Quay lại", "Tiếp tục"); done.Sentences != 2 || done.Made != 2 || done.Bytes == 0 {
		t.Errorf("first run: %+v", done)
	}
	if err := os.WriteFile(filepath.Join(dir, "vi", Name("vi", "x")+".ogg.part"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if done := make("Quay lại"); done.Made != 0 || done.Removed != 2 {
		t.Errorf("second run: %+v, want the clip no longer said and the half one removed", done)
	}
	s, err := Clips{os.DirFS(dir)}.Find("vi", "Quay lại")
	if err != nil {
		t.Fatal(err)
	}
	if long, err := langpack.Sound(s.Bytes); err != nil || long < 300*time.Millisecond || long > 4*time.Second {
		t.Errorf("plays %s, %v", long, err)
	}
	if _, err := (Clips{os.DirFS(dir)}).Find("vi", "Tiếp tục"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a clip no screen says: %v", err)
	}
}
