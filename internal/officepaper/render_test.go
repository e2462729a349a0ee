package officepaper

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func mustRender(t testing.TB, data Form) []byte {
	t.Helper()
	pdf, err := Render(template(t, data.Form()), data)
	if err != nil {
		t.Fatal(err)
	}
	return pdf
}

// TestSamePaperSameBytes: what is shown before printing is what is printed.
func TestSamePaperSameBytes(t *testing.T) {
	for name, data := range cases(t) {
		if !strings.HasSuffix(name, "-normal") && name != "receipt-extreme" {
			continue
		}
		if !bytes.Equal(drawnCase(t, name, data), mustRender(t, data)) {
			t.Errorf("%s: two prints differ", name)
		}
	}
	data := cases(t)["cash-normal"].(Cash)
	a := mustRender(t, data)
	data.Charges[0].Amount++
	if bytes.Equal(a, mustRender(t, data)) {
		t.Error("another amount gave the same paper")
	}
}

// TestTheTextIsCopied reads the papers back as a screen reader does.
func TestTheTextIsCopied(t *testing.T) {
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("LOUD: pdftotext (poppler-utils) is missing, so no form was read back; run make setup")
	}
	for name, data := range cases(t) {
		if !strings.HasSuffix(name, "-normal") {
			continue
		}
		cmd := exec.Command(tool, "-raw", "-", "-")
		cmd.Stdin = bytes.NewReader(drawnCase(t, name, data))
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		all := squeezed(string(out))
		for _, text := range given(data) {
			for _, word := range strings.Fields(text) {
				if !strings.Contains(all, word) && !brokenCode(word) {
					t.Errorf("%s: %q cannot be copied", name, word)
				}
			}
		}
	}
}

// brokenCode says that a word may stand on two lines between which another column is read.
func brokenCode(word string) bool { return strings.ContainsAny(word, "-/@") }

// TestTheImages compares what poppler draws with what was last looked at, block by block, so that
// another version's smoothing passes and a moved line does not.
func TestTheImages(t *testing.T) {
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("LOUD: pdftoppm (poppler-utils) is missing, so no form was drawn; run make setup")
	}
	for name, data := range cases(t) {
		if !strings.HasSuffix(name, "-normal") {
			continue
		}
		for i, got := range drawn(t, tool, drawnCase(t, name, data)) {
			file := filepath.Join("testdata/images", fmt.Sprintf("%s-%d.png", name, i+1))
			if *update {
				if err := errors.Join(os.MkdirAll("testdata/images", 0o755), os.WriteFile(file, got, 0o644)); err != nil {
					t.Fatal(err)
				}
				continue
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if n := worstBlock(t, want, got); n > 24 {
				t.Errorf("%s page %d looks otherwise than %s (block of %d)", name, i+1, file, n)
			}
		}
	}
}

// TestTheImagesSee: one word less is another picture.
func TestTheImagesSee(t *testing.T) {
	tool, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("LOUD: pdftoppm (poppler-utils) is missing, so no form was drawn; run make setup")
	}
	data := cases(t)["refusal-normal"].(Refusal)
	a := drawn(t, tool, mustRender(t, data))
	data.From.Name = "NGUYỄN VĂN AN"
	if b := drawn(t, tool, mustRender(t, data)); worstBlock(t, a[0], b[0]) <= 24 {
		t.Errorf("another name looks the same (%d)", worstBlock(t, a[0], b[0]))
	}
}

func drawn(t testing.TB, tool string, pdf []byte) (pages [][]byte) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command(tool, "-r", "50", "-gray", "-png", "-", filepath.Join(dir, "p"))
	cmd.Stdin = bytes.NewReader(pdf)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, data)
	}
	return pages
}

// worstBlock is the greatest difference of the mean grey of two pictures' blocks of 8×8.
func worstBlock(t testing.TB, a, b []byte) (worst int) {
	t.Helper()
	one, err := png.Decode(bytes.NewReader(a))
	if err != nil {
		t.Fatal(err)
	}
	two, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if one.Bounds() != two.Bounds() {
		return 255
	}
	r := one.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y += 8 {
		for x := r.Min.X; x < r.Max.X; x += 8 {
			block := image.Rect(x, y, x+8, y+8).Intersect(r)
			worst = max(worst, abs(mean(one, block)-mean(two, block)))
		}
	}
	return worst
}

func mean(img image.Image, r image.Rectangle) int {
	sum := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			g, _, _, _ := img.At(x, y).RGBA()
			sum += int(g >> 8)
		}
	}
	return sum / max(1, r.Dx()*r.Dy())
}

func abs(n int) int { return max(n, -n) }

func TestRefusals(t *testing.T) {
	good := Refusal{Head: Head{Agency: "UBND xã Giao Long"}}
	for name, c := range map[string]struct {
		form Form
		of   Name
		want error
	}{
		"no agency":   {Refusal{}, NameRefusal, ErrNoAgency},
		"only blanks": {Refusal{Head: Head{Agency: " \u200b "}}, NameRefusal, ErrNoAgency},
		"other form":  {good, NameReceipt, ErrNotForm},
		"long agency": {Refusal{Head: Head{Agency: strings.Repeat("Ệ", maxHead+1)}}, NameRefusal, ErrTooLong},
		"long text":   {Refusal{Head: good.Head, Content: strings.Repeat("a", maxText+1)}, NameRefusal, ErrTooLong},
		"long code":   {Refusal{Head: Head{Agency: "UBND", QR: strings.Repeat("a", 601)}}, NameRefusal, ErrTooLong},
		"wide report": {Report{Head: good.Head, Columns: make([]ReportColumn, 60)}, NameReport, ErrTooLong},
		"wide row":    {Report{Head: good.Head, Columns: make([]ReportColumn, 2), Rows: [][]string{{"a", "b", "c"}}}, NameReport, ErrTooLong},
		"high heads":  {Report{Head: good.Head, Columns: []ReportColumn{{Head: strings.Repeat("Ư", 80), Width: 1}, {Head: strings.Repeat("Ư", 80), Group: strings.Repeat("Ư", 80), Width: 29}}}, NameReport, ErrTooLong},
	} {
		if _, err := Render(template(t, c.of), c.form); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := Render(Template{Form: NameRefusal}, good); !errors.Is(err, ErrNotForm) {
		t.Errorf("a template nobody parsed: %v", err)
	}
}

func TestWords(t *testing.T) {
	for n, want := range map[int64]string{0: "Không đồng", 8000: "Tám nghìn đồng", 15_000: "Mười lăm nghìn đồng", 21_000: "Hai mươi mốt nghìn đồng",
		105_000: "Một trăm linh năm nghìn đồng", 1_000_005: "Một triệu không trăm linh năm đồng", 2_000_000_000: "Hai tỷ đồng", -1: ""} {
		if got := MoneyWords(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1.000", 200_000: "200.000", 1_234_567: "1.234.567", -5000: "-5.000"} {
		if got := Figures(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for _, c := range []struct{ place, at, want string }{
		{"Giao Long", "2026-11-23T01:00:00Z", "Giao Long, ngày 23 tháng 11 năm 2026"},
		{"Giao Long", "2027-01-31T18:00:00Z", "Giao Long, ngày 01 tháng 02 năm 2027"},
		{"", "2026-03-05T01:00:00Z", "Ngày 05 tháng 3 năm 2026"},
	} {
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := PlaceDate(c.place, at); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	at := time.Date(2026, 11, 23, 8, 35, 0, 0, time.UTC)
	if got := Moment(at); got != "15 giờ 35 phút, ngày 23/11/2026" || Day(at) != "23/11/2026" {
		t.Errorf("%q, %q", got, Day(at))
	}
}

// BenchmarkReceipt is one Mẫu 01.
func BenchmarkReceipt(b *testing.B) {
	data := cases(b)["receipt-normal"]
	tpl := template(b, NameReceipt)
	for b.Loop() {
		if _, err := Render(tpl, data); err != nil {
			b.Fatal(err)
		}
	}
}
