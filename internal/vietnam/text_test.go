package vietnam

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"bendo/internal/bounded"
)

// textVectors is testdata/text.json.
type textVectors struct {
	SortWords  []string `json:"sort_words"`
	SortPeople []string `json:"sort_people_by_given_name"`
	ToneOrder  []string `json:"tone_order"`
	Fold       []struct{ Text, Folded string }
	MustMatch  [][]string `json:"must_match"`
	MustNot    [][]string `json:"must_not_match_by_fold_only"`
	SameFold   [][]string `json:"same_fold_different_people"`
	NFD        struct {
		NFC      string `json:"nfc"`
		NFCBytes int    `json:"nfc_bytes"`
		NFDBytes int    `json:"nfd_bytes"`
	} `json:"nfd_trap"`
}

func TestTextVectors(t *testing.T) {
	var v textVectors
	readJSON(t, "text.json", &v)
	for _, f := range v.Fold {
		if got := Fold(f.Text); got != f.Folded {
			t.Errorf("Fold(%q) = %q, want %q", f.Text, got, f.Folded)
		}
	}
	for _, group := range slices.Concat(v.MustMatch, v.SameFold) {
		for _, s := range group {
			if Fold(s) != Fold(group[0]) {
				t.Errorf("%q and %q must fold alike", s, group[0])
			}
		}
	}
	for _, pair := range v.MustNot {
		if Fold(pair[0]) == Fold(pair[1]) {
			t.Errorf("%q and %q must not fold alike", pair[0], pair[1])
		}
	}
	nfd := norm.NFD.String(v.NFD.NFC)
	if len(nfd) != v.NFD.NFDBytes || len(v.NFD.NFC) != v.NFD.NFCBytes {
		t.Fatalf("the trap is not set: %d and %d bytes", len(nfd), len(v.NFD.NFC))
	}
	if got, err := Normalize(nfd); err != nil || got != v.NFD.NFC {
		t.Errorf("Normalize of NFD: %q %v", got, err)
	}
}

// shuffled turns a list that is in order into one that is not, the same way each time.
func shuffled(list []string) []string {
	out := make([]string, 0, len(list))
	for i := range list {
		out = append(out, list[(i*7+3)%len(list)])
	}
	return out
}

func TestSortVectors(t *testing.T) {
	var v textVectors
	readJSON(t, "text.json", &v)
	for name, c := range map[string]struct {
		want []string
		key  func(string) []byte
	}{
		"words":  {v.SortWords, SortKey},
		"tones":  {v.ToneOrder, SortKey},
		"people": {v.SortPeople, func(s string) []byte { return NameSortKey(PersonName(s)) }},
	} {
		got := shuffled(c.want)
		if slices.Equal(got, c.want) || len(slices.Compact(slices.Sorted(slices.Values(got)))) != len(got) {
			t.Fatalf("%s: the list was not shuffled: %q", name, got)
		}
		slices.SortFunc(got, func(a, b string) int { return bytes.Compare(c.key(a), c.key(b)) })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", name, got)
		}
		// The planted bug: plain bytes must not give this order, else the vectors prove nothing.
		slices.Sort(got)
		if name != "tones" && slices.Equal(got, c.want) {
			t.Errorf("%s: sorting by bytes passes too", name)
		}
	}
}

func TestNormalize(t *testing.T) {
	for _, c := range []struct{ in, want, code string }{
		{"  Nguyễn \t Văn\u00a0An \r\n", "Nguyễn Văn An", ""},
		{"\ufeffLê\u200b Lợi\u2060", "Lê Lợi", ""},
		{"Ho\u0300a", "Hòa", ""},
		{"", "", ""},
		{"Điểu S'Rưi", "Điểu S'Rưi", ""},
		{"ភ្នំពេញ", "ភ្នំពេញ", ""},
		{"a\xffb", "", "text_not_utf8"},
		{"a\x00b", "", "text_control"},
		{"a\x1db", "", "text_control"},
		{"a\u009db", "", "text_control"},
		{"abc\u202ecba", "", "text_control"},
		{"Nguy\ufffdn", "", "text_damaged"},
		{"\ue001", "", "text_control"},
	} {
		got, err := Normalize(c.in)
		if got != c.want || codeOf(t, err) != c.code {
			t.Errorf("Normalize(%q) = %q, %v", c.in, got, err)
		}
	}
	got, err := NormalizeLines(" Thưa  ông,\r\n\r\n\r\n tôi\ttên\u2028là An \n\n")
	if want := "Thưa ông,\n\ntôi tên\nlà An"; got != want || err != nil {
		t.Errorf("NormalizeLines: %q %v", got, err)
	}
}

func TestFoldLetters(t *testing.T) {
	for in, want := range map[string]string{
		"ĐẶNG đặng ÐẶNG Ɖặng": "dang dang dang dang",
		"Krông Ƀuk, Čư M’gar": "krong buk, cu m'gar",
		"  Bù\u00a0 Đăng ":    "bu dang",
		"ＡＢＣ１２３":              "abc123",
		"Bà Rịa – Vũng Tàu":   "ba ria - vung tau",
		"ភ្នំពេញ":             "ភ្នំពេញ", // marks of Khmer are letters, not accents
		"Nguye\u0302\u0303n":  "nguyen",
	} {
		if got := Fold(in); got != want {
			t.Errorf("Fold(%q) = %q, want %q", in, got, want)
		}
	}
}

// vietnamese draws words of Vietnamese and minority letters, composed or decomposed.
func vietnamese() *rapid.Generator[string] {
	letters := []rune("aăâbcdđeêghiklmnoôơpqrstuưvxyàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệòỏõóọừửữứựỳỷỹýỵAĂÂĐÊÔƠƯŎĬŬƀč' -")
	return rapid.Custom(func(t *rapid.T) string {
		s := rapid.StringOfN(rapid.SampledFrom(letters), 0, 30, -1).Draw(t, "letters")
		if rapid.Bool().Draw(t, "decomposed") {
			return norm.NFD.String(s)
		}
		return s
	})
}

func TestTextProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.OneOf(vietnamese(), rapid.String()).Draw(t, "s")
		f := Fold(s)
		if again := Fold(f); again != f {
			t.Fatalf("Fold is not idempotent: %q, %q, %q", s, f, again)
		}
		if Fold(norm.NFC.String(s)) != f {
			t.Fatalf("Fold depends on the form of %q", s)
		}
		n, err := Normalize(s)
		if err != nil {
			return
		}
		if again, err := Normalize(n); err != nil || again != n {
			t.Fatalf("Normalize is not idempotent: %q, %q, %v", s, n, err)
		}
		if Fold(n) != f {
			t.Fatalf("Normalize changes what folds: %q", s)
		}
	})
}

// TestNameOrder: the key orders people by given name, then by full name, as two collations would.
func TestNameOrder(t *testing.T) {
	order := collate.New(language.Vietnamese)
	rapid.Check(t, func(t *rapid.T) {
		a, b := PersonName(vietnamese().Draw(t, "a")), PersonName(vietnamese().Draw(t, "b"))
		want := order.CompareString(GivenName(a), GivenName(b))
		if want == 0 {
			want = order.CompareString(string(a), string(b))
		}
		if got := bytes.Compare(NameSortKey(a), NameSortKey(b)); got != want {
			t.Fatalf("%q and %q: %d, want %d", a, b, got, want)
		}
	})
}

// TestSortKeyFromManyGoroutines runs under the race detector too.
func TestSortKeyFromManyGoroutines(t *testing.T) {
	words := []string{"Đặng Thị Đào", "Nguyễn Văn Ân", "Trần Thị Ánh", "Ơn", "Ưng"}
	want := make([][]byte, len(words))
	for i, w := range words {
		want[i] = SortKey(w)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 200 {
				if w := i % len(words); !bytes.Equal(SortKey(words[w]), want[w]) {
					t.Errorf("the key of %q changed", words[w])
				}
			}
		})
	}
	wg.Wait()
}

func FuzzNormalize(f *testing.F) {
	for _, s := range []string{"Nguyễn Thị Đượm", "Ho\u0300a", "a\x00", "\ufeff x", "a\r\n\u2028b", "\xff", strings.Repeat("\u0301", 70), "ភ្នំពេញ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		defer bounded.Input(t)()
		folded := Fold(s)
		if Fold(folded) != folded || !utf8.ValidString(folded) {
			t.Errorf("Fold(%q) = %q is not stable", s, folded)
		}
		for _, normalize := range []func(string) (string, error){Normalize, NormalizeLines} {
			n, err := normalize(s)
			if err != nil {
				codeOf(t, err)
				continue
			}
			if again, err := normalize(n); err != nil || again != n || !norm.NFC.IsNormalString(n) {
				t.Errorf("%q: %q is not stable: %q %v", s, n, again, err)
			}
		}
	})
}
