package catalog

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"bendo/internal/bounded"
	"bendo/internal/form"
	"bendo/internal/vietnam"
)

// typo makes one slip in the longest word of a text, as a finger does.
func typo(t *rapid.T, text string) string {
	words := strings.Fields(text)
	longest := 0
	for i, w := range words {
		if len([]rune(w)) > len([]rune(words[longest])) {
			longest = i
		}
	}
	w := []rune(words[longest])
	i := rapid.IntRange(0, len(w)-2).Draw(t, "where")
	letter := rapid.RuneFrom([]rune("abcdeghiklmnopqrstuvxy")).Draw(t, "letter")
	switch rapid.SampledFrom([]string{"missing", "more", "wrong", "swapped"}).Draw(t, "slip") {
	case "missing":
		w = append(w[:i:i], w[i+1:]...)
	case "more":
		w = append(append(w[:i:i], letter), w[i:]...)
	case "wrong":
		w[i] = letter
	case "swapped":
		w[i], w[i+1] = w[i+1], w[i]
	}
	words[longest] = string(w)
	return strings.Join(words, " ")
}

// foundBy is what a procedure must be found by, as a person has it before her: on a paper, on a list.
func foundBy(pr Procedure) map[string]string {
	return map[string]string{"name": pr.Name.VI, "short name": pr.Short.VI, "name without marks": vietnam.Fold(pr.Name.VI),
		"short name without marks": vietnam.Fold(pr.Short.VI), "capitals": strings.ToUpper(pr.Short.VI), "code": pr.Code, "code without dot": strings.ReplaceAll(pr.Code, ".", "")}
}

func TestEveryProcedureIsFoundByItsOwnNames(t *testing.T) {
	p := first77(t)
	for _, pr := range p.Procedures {
		for how, query := range foundBy(pr) {
			want := 3
			if strings.HasPrefix(how, "code") {
				want = 1
			}
			if at := place(p.Search(query, Filter{}), pr.Code); at == 0 || at > want {
				t.Errorf("%s by its %s, %q: place %d%s", pr.Code, how, query, at, head(p.Search(query, Filter{})))
			}
		}
	}
}

func TestOneSlipHidesNoProcedure(t *testing.T) {
	p := first77(t)
	rapid.Check(t, func(t *rapid.T) {
		pr := p.Procedures[rapid.IntRange(0, len(p.Procedures)-1).Draw(t, "procedure")]
		name := rapid.SampledFrom([]string{pr.Name.VI, pr.Short.VI, vietnam.Fold(pr.Name.VI), vietnam.Fold(pr.Short.VI)}).Draw(t, "name")
		query := typo(t, name)
		if at := place(p.Search(query, Filter{}), pr.Code); at == 0 || at > 5 {
			t.Fatalf("%s by %q: place %d%s", pr.Code, query, at, head(p.Search(query, Filter{})))
		}
	})
}

// TestATypedWordIsFoundFromItsBeginning types the short name letter by letter: from the first whole
// word on it is always among what is shown.
func TestATypedWordNeverLosesIt(t *testing.T) {
	p := first77(t)
	rapid.Check(t, func(t *rapid.T) {
		pr := p.Procedures[rapid.IntRange(0, len(p.Procedures)-1).Draw(t, "procedure")]
		name := []rune(vietnam.Fold(pr.Short.VI))
		n := rapid.IntRange(min(len(name), 2), len(name)).Draw(t, "letters")
		if place(p.Search(string(name[:n]), Filter{}), pr.Code) == 0 {
			t.Fatalf("%q loses %s", string(name[:n]), pr.Code)
		}
	})
}

func TestTheSameQueryGivesTheSameOrder(t *testing.T) {
	p := first77(t)
	again, err := open(packFiles(t), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range wishes(t) {
		one, other := p.Search(w.query, Filter{}), again.Search(w.query, Filter{})
		if fmt.Sprint(codesOf(one)) != fmt.Sprint(codesOf(other)) {
			t.Fatalf("%q: %v and %v", w.query, codesOf(one), codesOf(other))
		}
	}
}

func codesOf(hits []Hit) (codes []string) {
	for _, h := range hits {
		codes = append(codes, h.Procedure.Code)
	}
	return codes
}

// TestPages: the pages together are the whole list, nothing twice and nothing lost.
func TestPages(t *testing.T) {
	p := first77(t)
	for _, query := range []string{"", "đăng ký", "giấy"} {
		want := p.Search(query, Filter{})
		var got []Hit
		for at := 0; ; at += 7 {
			page, total := p.Page(query, Filter{}, at, 7)
			if total != len(want) || len(page) > 7 {
				t.Fatalf("%q from %d: %d of %d, want %d", query, at, len(page), total, len(want))
			}
			if got = append(got, page...); len(page) == 0 {
				break
			}
		}
		if fmt.Sprint(codesOf(got)) != fmt.Sprint(codesOf(want)) {
			t.Errorf("%q: the pages are not the list", query)
		}
	}
	for _, odd := range [][2]int{{-5, 3}, {1 << 40, 3}, {0, -1}, {77, 1}} {
		if hits, total := p.Page("", Filter{}, odd[0], odd[1]); len(hits) > 3 || total != 77 {
			t.Errorf("%v: %d of %d", odd, len(hits), total)
		}
	}
}

// TestOrderWithoutWords: a life event in its own order, a field by the Vietnamese alphabet (Đ after D,
// tones in their order), the fields themselves too, and their counts right.
func TestOrderWithoutWords(t *testing.T) {
	p := first77(t)
	for _, e := range p.Events {
		var want []string
		for _, it := range e.Procedures {
			want = append(want, it.Code)
		}
		want = append(want, e.Also...)
		if got := codesOf(p.Search("", Filter{Event: e.ID})); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", e.ID, got, want)
		}
	}
	sum, before := 0, ""
	for _, f := range p.Fields() {
		hits := p.Search("", Filter{Field: f.Name.VI})
		if len(hits) != f.Procedures {
			t.Errorf("%s: %d listed, %d counted", f.Name.VI, len(hits), f.Procedures)
		}
		for i := 1; i < len(hits); i++ {
			one, next := p.PlainName(hits[i-1].Procedure.Code).VI, p.PlainName(hits[i].Procedure.Code).VI
			if string(vietnam.SortKey(one)) > string(vietnam.SortKey(next)) {
				t.Errorf("%s: %q before %q", f.Name.VI, one, next)
			}
		}
		if before != "" && string(vietnam.SortKey(before)) > string(vietnam.SortKey(f.Name.VI)) {
			t.Errorf("%q before %q", before, f.Name.VI)
		}
		sum, before = sum+f.Procedures, f.Name.VI
	}
	if sum != 77 || len(p.Fields()) != 17 {
		t.Errorf("%d procedures in %d fields", sum, len(p.Fields()))
	}
}

// TestSoundKey: what the South does not keep apart, and what it does.
func TestSoundKey(t *testing.T) {
	for _, pair := range []string{"xinh sinh", "tru chu", "giay day", "ve de", "van dan", "vang van", "hon hong", "thuc thut", "cuoc cuot",
		"sinh sin", "li ly", "ki ky", "sanh sinh", "chanh chinh", "nhon nhan", "nui nuoi", "sau sao", "gin din", "ngheo ngeo", "gheo geo", "shinh sinh"} {
		a, b, _ := strings.Cut(pair, " ")
		if soundKey(a) != soundKey(b) {
			t.Errorf("%s is %s, %s is %s", a, soundKey(a), b, soundKey(b))
		}
	}
	for _, pair := range []string{"sinh tinh", "tam tan", "lam nam", "ca cha", "gi ghi", "khai hai", "ba pa", "1.001 1.002", "ម ន"} {
		a, b, _ := strings.Cut(pair, " ")
		if soundKey(a) == soundKey(b) {
			t.Errorf("%s and %s have the same key %s", a, b, soundKey(a))
		}
	}
}

func TestUnkeyed(t *testing.T) {
	for typed, want := range map[string]string{"giaays": "giay", "ddaats": "dat", "tamj": "tam", "trus": "tru", "so65": "so", "d9a61t": "dat", "khai": "", "75": "", "s": ""} {
		if got := unkeyed(typed); got != want {
			t.Errorf("%s: %q, want %q", typed, got, want)
		}
	}
}

// FuzzSearch: nothing anybody types or pastes makes the search panic, take long, or answer what is
// not in the pack; a page is never longer than asked.
func FuzzSearch(f *testing.F) {
	p := first77(f)
	for _, w := range wishes(f) {
		f.Add(w.query, "", "")
	}
	for _, odd := range []string{"", " ", "\xff\xfe", "សំបុត្រកំណើត", strings.Repeat("khaisinh", 4000), strings.Repeat("a ", 900), "…“”!?", "1.", ".1", "9999999999999999", "Đ\u0300\u0301\u0309", "\U0010ffff", "a\x00b"} {
		f.Add(odd, "birth", "Hộ tịch")
	}
	f.Fuzz(func(t *testing.T, query, event, field string) {
		defer bounded.Input(t)()
		seen := map[string]bool{}
		hits := p.Search(query, Filter{Event: event, Field: field})
		for i, h := range hits {
			if _, known := p.Procedure(h.Procedure.Code); !known || seen[h.Procedure.Code] || h.Score <= 0 {
				t.Fatalf("%q: %s at %d, score %d", query, h.Procedure.Code, i, h.Score)
			}
			if i > 0 && hits[i-1].Score < h.Score {
				t.Fatalf("%q: %d stands before %d", query, hits[i-1].Score, h.Score)
			}
			seen[h.Procedure.Code] = true
		}
		near := p.Near(query)
		if len(near.Procedures) > 3 || len(near.Events) == 0 || len(near.Events) > 6 {
			t.Fatalf("%q: near are %d procedures and %d life events", query, len(near.Procedures), len(near.Events))
		}
		if utf8.ValidString(query) && len(query) < 200 && len(hits) == 0 && len(wordsOf(query)) == 0 && event == "" && field == "" {
			t.Fatalf("%q asks nothing and gets nothing", query)
		}
	})
}

// TestNear: what nobody can find still leads somewhere.
func TestNear(t *testing.T) {
	p := first77(t)
	for query, want := range map[string]string{"khhaii siihn": "1.001193", "kket hhoonn": "1.000894", "tammtrruu": "1.004194"} {
		near := p.Near(query)
		found := false
		for _, h := range near.Procedures {
			found = found || h.Procedure.Code == want
		}
		if !found {
			t.Errorf("%q: near are %v, want %s", query, codesOf(near.Procedures), want)
		}
	}
	near := p.Near("xyzzy qwrt")
	if len(near.Procedures) != 0 || len(near.Events) != 6 || near.Events[0].ID != "birth" {
		t.Errorf("nonsense: %v and %d events", codesOf(near.Procedures), len(near.Events))
	}
}

// bigPack is a pack of the national catalogue's size, made of the real one: the same words in other
// combinations, with places and trades added, so that lengths and frequencies are true to life. It
// serves sizes and times only; nothing of it is law.
func bigPack(t testing.TB, n int) *Pack {
	t.Helper()
	real := first77(t)
	big := &Pack{Manifest: real.Manifest, Events: real.Events, Filters: real.Filters, byCode: map[string]int{}, forms: real.forms}
	verbs := strings.Fields("cấp gia_hạn thu_hồi điều_chỉnh công_nhận thẩm_định phê_duyệt thông_báo xác_nhận hủy_bỏ")
	things := strings.Fields("giấy_phép chứng_chỉ hành_nghề khai_thác vận_tải nuôi_trồng thủy_sản khoáng_sản nước_thải quảng_cáo dược_phẩm giáo_dục mầm_non thể_thao lễ_hội di_tích viễn_thông điện_lực phóng_xạ đê_điều lâm_nghiệp chăn_nuôi thú_y phân_bón lao_động nước_ngoài hợp_tác_xã xuất_khẩu")
	for i := range n {
		pr := real.Procedures[i%len(real.Procedures)]
		if i >= len(real.Procedures) {
			k := i / len(real.Procedures)
			what := strings.ReplaceAll(verbs[k%len(verbs)]+" "+things[(i*7+k)%len(things)]+" "+things[(i*3+k*5)%len(things)], "_", " ")
			pr.Code = fmt.Sprintf("%d.%06d", 1+i%3, 200000+i*37)
			pr.Name.VI, pr.Short.VI = what+" đối với "+pr.Name.VI, what+" ("+pr.Short.VI+")"
			pr.Field = form.Text{VI: fmt.Sprintf("%s %d", pr.Field.VI, k%9), EN: pr.Field.EN}
		}
		big.byCode[pr.Code] = len(big.Procedures)
		big.Procedures = append(big.Procedures, pr)
	}
	if len(big.byCode) != n {
		t.Fatalf("%d codes for %d procedures", len(big.byCode), n)
	}
	big.index = buildIndex(big)
	return big
}

// TestPeoplesWordsInABigPack: two and a half thousand official names more, and people still find
// theirs; and every one of the many is found by its own name.
func TestPeoplesWordsInABigPack(t *testing.T) {
	p := bigPack(t, 2750)
	for _, w := range wishes(t) {
		hits, _ := p.Page(w.query, Filter{}, 0, w.within+2)
		if place(hits, w.code) == 0 {
			t.Errorf("%q: %s is no longer found%s", w.query, w.code, head(hits))
		}
	}
	for i := 0; i < len(p.Procedures); i += 61 {
		for how, query := range foundBy(p.Procedures[i]) {
			hits, _ := p.Page(query, Filter{}, 0, 5)
			if place(hits, p.Procedures[i].Code) == 0 {
				t.Errorf("%s is not found by its %s, %q%s", p.Procedures[i].Code, how, query, head(hits))
			}
		}
	}
}

// BenchmarkSearch asks a pack of the national catalogue's size what people ask, letter by letter as
// the screen does, and reports the median and the slowest twentieth.
func BenchmarkSearch(b *testing.B) {
	p := bigPack(b, 2750)
	var queries []string
	for _, w := range wishes(b) {
		letters := []rune(w.query)
		for n := 2; n <= len(letters); n++ {
			queries = append(queries, string(letters[:n]))
		}
	}
	var took []time.Duration
	for n := 0; b.Loop(); n++ {
		begun := time.Now()
		p.Page(queries[n%len(queries)], Filter{}, 0, 6)
		took = append(took, time.Since(begun))
	}
	slices.Sort(took)
	at := func(q float64) float64 { return float64(took[int(q*float64(len(took)-1))].Microseconds()) / 1000 }
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.95), "p95-ms")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkIndex makes the index of such a pack and reports what it keeps in memory.
func BenchmarkIndex(b *testing.B) {
	p := bigPack(b, 2750)
	p.index = nil
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	p.index = buildIndex(p)
	kept := heap() - before
	b.ReportMetric(float64(len(p.index.words)), "words")
	for b.Loop() {
		p.index = buildIndex(p)
	}
	b.ReportMetric(float64(kept)/(1<<20), "MiB-kept")
}
