package paper

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"pgregory.net/rapid"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
)

// rolled draws a paper as PNG, and keeps it where BENDO_PAPERS says.
func rolled(t *testing.T, draw func(io.Writer, Format) error) image.Image {
	t.Helper()
	var b bytes.Buffer
	if err := draw(&b, PNG); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("BENDO_PAPERS"); dir != "" {
		if err := os.WriteFile(filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".png"), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	img, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func rollOf(s Slip) func(io.Writer, Format) error {
	return func(w io.Writer, f Format) error { return RollSlip(w, s, f) }
}

// scannedRoll reads the code on a roll as a phone does: from its picture.
func scannedRoll(t *testing.T, draw func(io.Writer, Format) error) string {
	t.Helper()
	if _, err := exec.LookPath("zbarimg"); err != nil {
		t.Skip("LOUD: zbarimg (zbar-tools) is missing, so the printed code was not scanned; run make setup")
	}
	file := filepath.Join(t.TempDir(), "roll.png")
	var b bytes.Buffer
	if err := draw(&b, PNG); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	text, err := exec.Command("zbarimg", "-q", "--raw", file).Output()
	if err != nil {
		t.Fatalf("no code can be read from the roll: %v", err)
	}
	return strings.TrimSuffix(string(text), "\n")
}

func TestRollIsReadByAScanner(t *testing.T) {
	s := sample()
	if got := scannedRoll(t, rollOf(s)); got != s.Address {
		t.Errorf("a scanner reads %q, want %q", got, s.Address)
	}
	s.Practice, s.Reprint, s.English = true, 2, true
	if got := scannedRoll(t, rollOf(s)); got != s.Address {
		t.Errorf("with its marks a scanner reads %q", got)
	}
	f := aFee()
	if got := scannedRoll(t, func(w io.Writer, to Format) error { return RollFeeSlip(w, f, to) }); got != f.Transfer.Code {
		t.Errorf("from a fee slip a phone reads %q", got)
	}
}

// TestRollIsAsWideAsItsPaper: 576 dots of two colours, white at both edges, and something on it.
func TestRollIsAsWideAsItsPaper(t *testing.T) {
	s := sample()
	s.Reprint, s.Code6 = 1, "482913"
	img := rolled(t, rollOf(s))
	if img.Bounds().Dx() != rollDots {
		t.Fatalf("%d dots wide, want %d", img.Bounds().Dx(), rollDots)
	}
	if two, is := img.(*image.Paletted); !is || len(two.Palette) != 2 {
		t.Fatalf("a %T: a printer knows black and white", img)
	}
	ink := 0
	for y := range img.Bounds().Dy() {
		for _, x := range []int{0, 1, rollDots - 2, rollDots - 1} {
			if isBlack(img, x, y) {
				t.Fatalf("line %d prints into the edge at %d: something was cut", y, x)
			}
		}
		for x := range rollDots {
			if isBlack(img, x, y) {
				ink++
			}
		}
	}
	if share := float64(ink) / float64(rollDots*img.Bounds().Dy()); share < 0.03 || share > 0.4 {
		t.Fatalf("%.1f%% of the paper is black", share*100)
	}
}

func isBlack(img image.Image, x, y int) bool {
	return color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y < 128
}

// TestPrinterLanguageIsThePicture plays the printer: what the commands draw is the picture, dot by dot.
func TestPrinterLanguageIsThePicture(t *testing.T) {
	s := sample()
	want := rolled(t, rollOf(s))
	var b bytes.Buffer
	if err := RollSlip(&b, s, ESCPOS); err != nil {
		t.Fatal(err)
	}
	data, found := bytes.CutPrefix(b.Bytes(), []byte("\x1b@"))
	if !found {
		t.Fatal("the printer is not reset first")
	}
	y := 0
	for bytes.HasPrefix(data, []byte("\x1dv0\x00")) {
		width, lines := int(data[4])|int(data[5])<<8, int(data[6])|int(data[7])<<8
		if width != rollDots/8 || lines == 0 || lines > bandLines {
			t.Fatalf("a band of %d bytes by %d lines", width, lines)
		}
		for i := range lines {
			for x := range rollDots {
				if dot := data[8+i*width+x/8]&(0x80>>(x%8)) != 0; dot != isBlack(want, x, y+i) {
					t.Fatalf("dot %d of line %d is %v", x, y+i, dot)
				}
			}
		}
		data, y = data[8+lines*width:], y+lines
	}
	if y != want.Bounds().Dy() || string(data) != "\x1bd\x04\x1dVB\x00" {
		t.Fatalf("%d of %d lines, then %q", y, want.Bounds().Dy(), data)
	}
}

func TestSameRollSameBytes(t *testing.T) {
	bytesOf := func(s Slip) []byte {
		var b bytes.Buffer
		if err := RollSlip(&b, s, ESCPOS); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	again := sample()
	again.Reprint = 1
	if a := bytesOf(sample()); !bytes.Equal(a, bytesOf(sample())) || bytes.Equal(a, bytesOf(again)) {
		t.Fatal("two first prints differ, or a reprint does not")
	}
}

// TestRollHasEveryLetter: no letter a resident may read comes out as a box.
func TestRollHasEveryLetter(t *testing.T) {
	letters := "aăâeêioôơuưyAĂÂEÊIOÔƠUƯY"
	var all strings.Builder
	all.WriteString("đĐ0123456789.,:;/()-“”·…_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	for _, l := range letters {
		all.WriteString(string(l))
	}
	all.WriteString("áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ")
	all.WriteString(strings.ToUpper("áàảãạắằẳẵặấầẩẫậéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"))
	for name, ttf := range map[string][]byte{"regular": liberationsansregular.TTF, "bold": liberationsansbold.TTF} {
		f, err := opentype.Parse(ttf)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range all.String() {
			if i, err := f.GlyphIndex(&sfnt.Buffer{}, r); err != nil || i == 0 {
				t.Errorf("%s has no %q", name, r)
			}
		}
	}
}

// TestNothingIsLostWhenLinesBreak: every letter stands on some line, and every line fits.
func TestNothingIsLostWhenLinesBreak(t *testing.T) {
	r := newRoll()
	face := r.face(rollFace{true, bodyDots})
	rapid.Check(t, func(t *rapid.T) {
		words := strings.Join(rapid.SliceOfN(rapid.StringMatching(`[A-Za-zđĐạỆ0-9]{0,60}`), 0, 20).Draw(t, "words"), " ")
		lines := broken(face, words)
		if got := strings.Join(strings.Fields(strings.Join(lines, "")), ""); got != strings.Join(strings.Fields(words), "") {
			t.Fatalf("%q became %q", words, lines)
		}
		for _, l := range lines {
			if font.MeasureString(face, l).Ceil() > rollText {
				t.Fatalf("%q is wider than the paper", l)
			}
		}
	})
}

func TestEveryRollIsDrawn(t *testing.T) {
	for _, name := range []string{"NGUYỄN \U0001F600 AN", "\U00020BB7野", "a\x00\x01b", "\xff\xfe", strings.Repeat("W", 5000), strings.Repeat("Ệ ", 900)} {
		s := sample()
		s.Applicant, s.Submitter, s.Papers[0].Name, s.Papers[0].State = name, name, name, name
		if err := RollSlip(io.Discard, s, ESCPOS); err != nil {
			t.Errorf("applicant %.20q: %v", name, err)
		}
	}
	s := sample()
	for range 2000 {
		s.Papers = append(s.Papers, s.Papers[0])
	}
	if err := RollSlip(io.Discard, s, ESCPOS); err == nil {
		t.Error("a paper without end was drawn")
	}
	s = sample()
	s.Number = ""
	if err := RollSlip(io.Discard, s, ESCPOS); !errors.Is(err, ErrIncomplete) {
		t.Errorf("without a number: %v", err)
	}
}

// TestOtherRolls draws the two other papers a resident takes along.
func TestOtherRolls(t *testing.T) {
	d := DraftSlip{Number: "00017-4820-93316", Office: "UBND xã Giao Long", Province: "Tỉnh Vĩnh Long", Code: "1.001193", Procedure: "Thủ tục đăng ký khai sinh",
		SavedAt: time.Date(2026, 11, 23, 1, 32, 0, 0, time.UTC), Until: time.Date(2026, 12, 7, 1, 32, 0, 0, time.UTC), Second: "Cần thêm mã dưới đây.", Code6: "482913"}
	t.Run("draft", func(t *testing.T) { rolled(t, func(w io.Writer, f Format) error { return RollDraftSlip(w, d, f) }) })
	f := aFee()
	f.English, f.Practice = true, true
	t.Run("fee", func(t *testing.T) { rolled(t, func(w io.Writer, to Format) error { return RollFeeSlip(w, f, to) }) })
	d.Number, f.Amount = "", -1
	if err := errors.Join(RollDraftSlip(io.Discard, d, PNG), nil); !errors.Is(err, ErrIncomplete) {
		t.Errorf("a draft slip without a number: %v", err)
	}
	if err := RollFeeSlip(io.Discard, f, PNG); err == nil {
		t.Error("an amount below zero was drawn")
	}
}

func TestReprintsAreMarked(t *testing.T) {
	s := sample()
	if text := flat(pdftotext(t, render(t, s))); strings.Contains(text, "IN LẠI") || strings.Contains(text, "in lại") {
		t.Error("the first print is marked as a reprint")
	}
	s.Reprint, s.English = 2, true
	text := flat(pdftotext(t, render(t, s)))
	for _, want := range []string{"BẢN IN LẠI lần 2 / REPRINT no. 2", "in lại lần 2"} {
		if !strings.Contains(text, want) {
			t.Errorf("the second reprint does not say %q:\n%s", want, text)
		}
	}
}

func BenchmarkRoll(b *testing.B) {
	s := sample()
	for b.Loop() {
		if err := RollSlip(io.Discard, s, ESCPOS); err != nil {
			b.Fatal(err)
		}
	}
}
