package catalog

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestSearchFilters: nothing, everything, and what a filter lets through.
func TestSearchFilters(t *testing.T) {
	p := first77(t)
	if hits := p.Search("xyzzy qwrt", Filter{}); len(hits) != 0 {
		t.Errorf("nonsense finds %d procedures", len(hits))
	}
	if n := len(p.Search("", Filter{})); n != 77 {
		t.Errorf("an empty query lists %d", n)
	}
	for _, h := range p.Search("", Filter{Event: "birth"}) {
		if !slices.Contains(p.EventsOf(h.Procedure.Code), "birth") {
			t.Errorf("%s does not stand under birth", h.Procedure.Code)
		}
	}
	for _, h := range p.Search("", Filter{Field: "Hộ tịch"}) {
		if h.Procedure.Field.VI != "Hộ tịch" {
			t.Errorf("%s is of %s", h.Procedure.Code, h.Procedure.Field.VI)
		}
	}
}

// TestOneSlip: a word with one slip is the word; two words that need more are not.
func TestOneSlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[a-z]{4,9}`).Draw(t, "word")
		i := rapid.IntRange(0, len(word)-2).Draw(t, "at")
		letter := rapid.StringMatching(`[a-z]`).Draw(t, "letter")
		for _, typed := range []string{word[:i] + word[i+1:], word[:i] + letter + word[i:], word[:i] + letter + word[i+1:], word[:i] + word[i+1:i+2] + word[i:i+1] + word[i+2:]} {
			if !oneSlip(typed, word) && typed != word || !oneSlip(word, typed) && typed != word {
				t.Fatalf("%q is one slip from %q", typed, word)
			}
		}
	})
	for _, c := range [][2]string{{"khai", "khuya"}, {"sinh", "sihhn"}, {"abcd", "abcdef"}, {"tam", "muoi"}} {
		if oneSlip(c[0], c[1]) {
			t.Errorf("%q and %q are more than one slip apart", c[0], c[1])
		}
	}
}

func TestExpect(t *testing.T) {
	p := first77(t)
	for _, c := range []struct {
		procedure, kase, channel string
		papers                   int
		time, fee                string
	}{
		{"1.001193", "", "kiosk", 6, "Trong ngày; nhận sau 15 giờ thì trả ngày làm việc tiếp theo", "Không mất phí"},
		{"1.001193", "authorised", "kiosk", 6, "Trong ngày; nhận sau 15 giờ thì trả ngày làm việc tiếp theo", "Không mất phí"},
		{"1.004194", "list", "online", 4, "3 ngày làm việc", "7.000 đồng"},
		{"1.004194", "", "desk", 3, "3 ngày làm việc", "10.000 đồng"},
		{"1.012812", "", "postal", 2, "30 ngày", "Không mất phí"},
		{"2.000884", "", "counter", 2, "Cán bộ sẽ cho biết thời hạn", "10.000 đồng/trường hợp"},
	} {
		e, err := p.Expect(c.procedure, c.kase, c.channel)
		if err != nil {
			t.Fatal(err)
		}
		if len(e.Papers) != c.papers || e.Time.VI != c.time || e.Fee.VI != c.fee {
			t.Errorf("%s %s %s: %d papers, %q, %q", c.procedure, c.kase, c.channel, len(e.Papers), e.Time.VI, e.Fee.VI)
		}
	}
	e, err := p.Expect("1.001193", "no_notice", "counter")
	if err != nil || e.Papers[0].Swap == nil {
		t.Errorf("without a birth notice nothing stands for it: %v", err)
	}
	for id, always := range map[string]bool{"p1": true, "p2": true, "p3": false} {
		e, err := p.Expect("1.001193", "abandoned", "counter")
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range e.Papers {
			if x.ID == id && x.Always != always {
				t.Errorf("abandoned child: %s always %v", id, x.Always)
			}
		}
	}
	if _, err := p.Expect("1.001193", "twins", "counter"); err == nil {
		t.Error("an unknown case has an expectation")
	}
	if _, err := p.Expect("9.999999", "", "counter"); err == nil {
		t.Error("an unknown procedure has an expectation")
	}
}
