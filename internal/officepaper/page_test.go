package officepaper

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write testdata/layout and testdata/images anew")

// laid is a paper's pages; a fault ends the test.
func laid(t testing.TB, tpl Template, data Form) []page {
	t.Helper()
	pages, _, err := pagesOf(tpl, data)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

// seen is all the text of the pages without blanks: a word broken over two lines is one word again.
// Columns are read one after another only inside a row, so texts are sought mark by mark, see hasText.
func squeezed(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// lanes joins what stands below one another at the same left edge or in the same middle, and what
// follows one another as it was set: a text is whole in one of the two.
func lanes(pages []page) string {
	var set strings.Builder
	left, middle := map[int]string{}, map[int]string{}
	for _, p := range pages {
		for _, m := range p.marks {
			if m.kind != "text" {
				continue
			}
			set.WriteString(m.text)
			left[int(m.x*10+0.5)] += m.text
			middle[int(m.x*5+m.w*2.5+0.5)] += m.text
		}
	}
	return squeezed(set.String() + "\x00" + strings.Join(slices.Collect(maps.Values(left)), "\x00") + "\x00" + strings.Join(slices.Collect(maps.Values(middle)), "\x00"))
}

// given are all texts of a paper.
func given(data Form) (out []string) {
	v := valuesOf(data)
	add := func(texts ...string) {
		for _, text := range texts {
			if !blank(text) {
				out = append(out, text)
			}
		}
	}
	add(v.head.Superior, upper(v.head.Agency), v.head.Number, v.head.PlaceDate, v.head.Code, v.head.Slip)
	for name, text := range v.texts {
		if name == "title" || name == "signer.position" {
			text = upper(text)
		}
		add(text)
	}
	for _, s := range v.signers {
		add(upper(s.Position), s.Name)
	}
	for _, list := range v.lists {
		add(list...)
	}
	for _, t := range v.tables {
		for _, row := range t.cells {
			add(row...)
		}
	}
	return out
}

// lost are the given words that stand nowhere on the pages. A cell that goes on on another page is
// joined in its lane; words are sought one by one where the whole is not found.
func lost(pages []page, data Form) (out []string) {
	all := lanes(pages)
	for _, text := range given(data) {
		if strings.Contains(all, squeezed(text)) {
			continue
		}
		for _, word := range strings.Fields(text) {
			if !strings.Contains(all, word) {
				out = append(out, word)
			}
		}
	}
	return out
}

// faults are marks outside the paper's edges and texts upon one another.
func faults(tpl Template, pages []page) (out []string) {
	w, h := sizeOf(tpl.Page)
	e := edgesOf(tpl.Page)
	for n, p := range pages {
		var texts []mark
		for _, m := range p.marks {
			if m.kind == "water" {
				continue
			}
			foot := h - 4.0 // the page's foot stands below the text
			if m.x < e.left-0.3 || m.x+m.w > w-e.right+0.3 || m.y < e.top-0.3 || m.y+m.h > foot {
				out = append(out, fmt.Sprintf("page %d: %s %q at %.1f,%.1f of %.1f×%.1f is over the edge", n+1, m.kind, m.text, m.x, m.y, m.w, m.h))
			}
			if m.kind == "text" && !blank(m.text) {
				texts = append(texts, m)
			}
		}
		slices.SortFunc(texts, func(a, b mark) int { return int((a.y - b.y) * 1000) })
		for i, a := range texts {
			for _, b := range texts[i+1:] {
				if b.y >= a.y+a.h-0.3 {
					break
				}
				if a.x < b.x+b.w-0.3 && b.x < a.x+a.w-0.3 {
					out = append(out, fmt.Sprintf("page %d: %q stands upon %q", n+1, b.text, a.text))
				}
			}
		}
	}
	return out
}

// TestNothingIsLostOrOverlaps holds every case to the room's promise: all texts, inside the edges, none
// upon another.
func TestNothingIsLostOrOverlaps(t *testing.T) {
	for name, data := range cases(t) {
		tpl := template(t, data.Form())
		pages := laid(t, tpl, data)
		for _, fault := range faults(tpl, pages) {
			t.Errorf("%s: %s", name, fault)
		}
		if words := lost(pages, data); len(words) > 0 {
			t.Errorf("%s: not on the paper: %q", name, words)
		}
	}
}

// TestTheEyesSee plants what the checks above must find.
func TestTheEyesSee(t *testing.T) {
	data := cases(t)["receipt-normal"].(Receipt)
	tpl := template(t, NameReceipt)
	pages := laid(t, tpl, data)
	other := data
	other.Where = "ở nơi không có trên giấy Xyz"
	if len(lost(pages, other)) == 0 {
		t.Error("a text that is not on the paper was found on it")
	}
	p := &pages[0]
	first := slices.IndexFunc(p.marks, func(m mark) bool { return m.kind == "text" && m.text != "" })
	upon := p.marks[first]
	p.marks = append(p.marks, upon)
	if len(faults(tpl, pages)) == 0 {
		t.Error("two texts upon one another were not seen")
	}
	p.marks[len(p.marks)-1] = mark{kind: "text", x: 200, y: 100, w: 20, h: 4, text: "over"}
	if len(faults(tpl, pages)) == 0 {
		t.Error("a text over the edge was not seen")
	}
}

// described is a page's marks as lines a person can read and compare.
func described(pages []page) string {
	var b strings.Builder
	for n, p := range pages {
		bars := 0
		for _, m := range p.marks {
			switch m.kind {
			case "bar":
				bars++
			case "text":
				fmt.Fprintf(&b, "%d %6.1f %6.1f %-2s%g %q\n", n+1, m.x, m.y, m.t.style, m.t.size, m.text)
			case "water":
				fmt.Fprintf(&b, "%d across %q\n", n+1, m.text)
			default:
				fmt.Fprintf(&b, "%d %6.1f %6.1f %s %.1f×%.1f\n", n+1, m.x, m.y, m.kind, m.w, m.h)
			}
		}
		if bars > 0 {
			fmt.Fprintf(&b, "%d code of %d bars\n", n+1, bars)
		}
	}
	return b.String()
}

// TestLayoutGolden holds the normal and the minimal papers to where everything stood when they were
// last looked at. After a wanted change: -update, and look at every form (BENDO_PAPERS=DIR).
func TestLayoutGolden(t *testing.T) {
	for name, data := range cases(t) {
		if strings.HasSuffix(name, "-extreme") {
			continue
		}
		got := described(laid(t, template(t, data.Form()), data))
		file := filepath.Join("testdata/layout", name+".txt")
		if *update {
			if err := errors.Join(os.MkdirAll("testdata/layout", 0o755), os.WriteFile(file, []byte(got), 0o644)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s stands otherwise than in %s:\n%s", name, file, firstDifference(string(want), got))
		}
	}
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(a), len(b)) {
		if i >= len(a) || i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("line %d: was %q, is %q", i+1, strings.Join(a[min(i, len(a)):min(i+1, len(a))], ""), strings.Join(b[min(i, len(b)):min(i+1, len(b))], ""))
		}
	}
	return "nothing"
}

// TestAnyTextIsPrintedWhole: whatever is given to any form stands on it, inside its edges.
func TestAnyTextIsPrintedWhole(t *testing.T) {
	letter := rapid.SampledFrom([]rune("aăâbcđeêghiklmnoôơpqrstuưvxyẶẾỢŨỹÝŏĭŭčƀÑ0123456789 \n   ,;:()/-'’\"€□中ម\U0001F600\u202e\u0323\ufeff"))
	text := rapid.Custom(func(t *rapid.T) string {
		n := rapid.SampledFrom([]int{0, 1, 8, 30, 200, 900}).Draw(t, "length")
		return string(rapid.SliceOfN(letter, n, n).Draw(t, "text"))
	})
	rapid.Check(t, func(t *rapid.T) {
		empty := rapid.SampledFrom(forms).Draw(t, "form")
		data := randomForm(t, empty, text)
		shelf, err := Builtin()
		if err != nil {
			t.Fatal(err)
		}
		tpl, err := shelf.On(empty.Form(), today)
		if err != nil {
			t.Fatal(err)
		}
		pages, _, err := pagesOf(tpl, data)
		if errors.Is(err, ErrTooLong) || errors.Is(err, ErrNoAgency) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if bad := faults(tpl, pages); len(bad) > 0 {
			t.Fatalf("%s", strings.Join(bad, "\n"))
		}
		if words := lostLetters(tpl, pages, data); words != "" {
			t.Fatalf("not on the paper: %s", words)
		}
	})
}
