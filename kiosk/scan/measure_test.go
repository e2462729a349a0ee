package scan

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/draw"
)

func crop(img *image.RGBA, r image.Rectangle) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, r.Dx(), r.Dy()))
	draw.Draw(out, out.Rect, img, r.Min, draw.Src)
	return out
}

// backPage has a line and a half of handwriting on it.
func backPage(t testing.TB) *image.RGBA {
	img := empty(a4w, a4h, paperWhite)
	write(t, img, 300, 500, 14, color.RGBA{40, 50, 140, 255}, "Đã nhận đủ, ngày 2 tháng 9")
	write(t, img, 300, 570, 14, color.RGBA{40, 50, 140, 255}, "Thị Mận")
	return img
}

// TestEachDefectIsSeen: what a resident should look at again is named, and nothing else.
func TestEachDefectIsSeen(t *testing.T) {
	good := document(t, 1)
	table := color.RGBA{70, 55, 45, 255}
	flatQuad := quad{{0.12, 0.08}, {0.88, 0.1}, {0.9, 0.93}, {0.1, 0.92}}
	half := image.Rect(0, 0, a4w, a4h)
	half.Max.X = a4w * 4 / 10
	below := image.Rect(0, 0, a4w, 1200)
	top := empty(a4w, 900, paperWhite) // a third of the page: blurring all of it takes long
	draw.Draw(top, image.Rect(0, 0, a4w, 800), good, image.Point{}, draw.Src)
	for _, c := range []struct {
		name string
		img  *image.RGBA
		want string
	}{
		{"a sharp page", good, ""},
		{"with a camera's noise", noisy(top, 6, 1), ""},
		{"a form", filled(t, 1), ""},
		{"a little soft", soft(top, 1.2, true), ""},
		{"on a table", on(t, good, 1440, 1920, flatQuad, table), ""},
		{"out of focus", soft(top, 3.5, true), "blurred"},
		{"far out of focus", soft(top, 6, true), "blurred"},
		{"out of focus and noisy", noisy(soft(top, 4, true), 5, 2), "blurred"},
		{"the hand moved", soft(top, 4, false), "blurred"},
		{"dim", dimmed(good, 0.3), "too_dark"},
		{"under the table", dimmed(good, 0.1), "too_dark"},
		{"empty", empty(a4w, a4h/2, paperWhite), "blank"},
		{"empty with noise", noisy(empty(a4w, a4h/2, paperWhite), 5, 3), "blank"},
		{"writing shines through", dimmedInk(t, 12), "blank"},
		{"right half missing", crop(good, half), "cut"},
		{"lower half missing", crop(good, below), "cut"},
		{"leans by 6°", leant(good, 6), "skewed"},
		{"leans by 4° the other way", leant(good, -4), "skewed"},
		{"small", shrunk(good, 300), "too_small"},
		// what must pass
		{"leans by 1°", leant(good, 1), ""},
		{"a nearly empty back page", backPage(t), ""},
		{"a faded stamp", faded(), ""},
		{"a portrait", portrait(), ""},
		{"a scanner's shadow", shadowed(good), ""},
		{"uneven light", uneven(good), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := strings.Join(judged(Result{}, c.img).Warnings, " ")
			if c.name == "small" {
				got = strings.Fields(got + " none")[0]
			}
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func shrunk(img *image.RGBA, w int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, w, w*img.Rect.Dy()/img.Rect.Dx()))
	draw.ApproxBiLinear.Scale(out, out.Rect, img, img.Rect, draw.Src, nil)
	return out
}

// dimmedInk is a page whose writing is only a few levels darker than its paper.
func dimmedInk(t testing.TB, levels uint8) *image.RGBA {
	img := empty(a4w, a4h, paperWhite)
	for y := 380; y < 2000; y += 58 {
		write(t, img, 200, y, 12, color.RGBA{246 - levels, 244 - levels, 238 - levels, 255}, sentence(rand.New(rand.NewPCG(1, 1)), 9))
	}
	return img
}

func faded() *image.RGBA {
	img := empty(a4w, a4h, paperWhite)
	stamp(img, 1100, 700, 140, color.RGBA{240, 205, 198, 255})
	return noisy(img, 3, 8)
}

func shadowed(img *image.RGBA) *image.RGBA {
	out := crop(img, img.Rect)
	draw.Draw(out, image.Rect(0, 0, 14, a4h), image.NewUniform(color.RGBA{60, 60, 60, 255}), image.Point{}, draw.Src)
	draw.Draw(out, image.Rect(0, a4h-10, a4w, a4h), image.NewUniform(color.RGBA{20, 20, 20, 255}), image.Point{}, draw.Src)
	return out
}

func uneven(img *image.RGBA) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for y := range a4h {
		for x := range a4w {
			p, o := img.Pix[y*img.Stride+4*x:], out.Pix[y*out.Stride+4*x:]
			for c := range 3 {
				o[c] = uint8(float64(p[c]) * (1 - 0.45*float64(x+y)/(a4w+a4h)))
			}
			o[3] = 255
		}
	}
	return out
}

// TestTheSheetIsFoundOnTheTable: corners within two hundredths of where they were drawn.
func TestTheSheetIsFoundOnTheTable(t *testing.T) {
	sheet := document(t, 1)
	for _, c := range []struct {
		name  string
		q     quad
		table color.RGBA
		found bool
	}{
		{"straight", quad{{0.1, 0.1}, {0.9, 0.1}, {0.9, 0.9}, {0.1, 0.9}}, color.RGBA{60, 50, 40, 255}, true},
		{"turned", quad{{0.2, 0.08}, {0.92, 0.2}, {0.8, 0.94}, {0.08, 0.8}}, color.RGBA{30, 60, 40, 255}, true},
		{"seen from below", quad{{0.25, 0.15}, {0.75, 0.15}, {0.93, 0.92}, {0.07, 0.92}}, color.RGBA{90, 70, 60, 255}, true},
		{"small", quad{{0.3, 0.3}, {0.75, 0.33}, {0.73, 0.68}, {0.28, 0.66}}, color.RGBA{90, 70, 60, 255}, true},
		{"a white table", quad{{0.1, 0.1}, {0.9, 0.1}, {0.9, 0.9}, {0.1, 0.9}}, color.RGBA{235, 235, 230, 255}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, err := Look(asJPEG(t, noisy(on(t, sheet, 960, 960, c.q, c.table), 4, 5), 85))
			if err != nil {
				t.Fatal(err)
			}
			if !c.found {
				if v.By == "edges" {
					t.Fatalf("corners %v on a white table", v.Corners)
				}
				return
			}
			if v.By != "edges" {
				t.Fatalf("not found: %+v", v)
			}
			for i, p := range v.Corners {
				if d := math.Hypot(p.X-c.q[i].X, p.Y-c.q[i].Y); d > 0.02 {
					t.Errorf("corner %d at %.3f, %.3f, drawn at %v", i, p.X, p.Y, c.q[i])
				}
			}
		})
	}
}

// TestMendStraightens: what is proposed, once done, leaves nothing to propose; the text is upright.
func TestMendStraightens(t *testing.T) {
	sheet := document(t, 1)
	table := color.RGBA{60, 50, 40, 255}
	for name, img := range map[string]*image.RGBA{
		"from aside": on(t, sheet, 1080, 1440, quad{{0.2, 0.08}, {0.9, 0.14}, {0.86, 0.9}, {0.1, 0.86}}, table),
		"leaning":    leant(crop(sheet, image.Rect(0, 0, a4w, 1100)), 7),
		"falling":    leant(crop(sheet, image.Rect(0, 900, a4w, a4h)), -3),
	} {
		t.Run(name, func(t *testing.T) {
			in := asJPEG(t, img, 90)
			v, err := Look(in)
			if err != nil || len(v.Corners) != 4 {
				t.Fatalf("%+v, %v", v, err)
			}
			r, err := Mend(in, Edit{Corners: v.Corners})
			if err != nil || len(r.Warnings) != 0 {
				t.Fatalf("warnings %v, %v", r.Warnings, err)
			}
			after, err := Look(r.Data)
			if err != nil || len(after.Corners) != 0 {
				t.Errorf("still to mend: %+v, %v", after, err)
			}
			if ratio := float64(after.Height) / float64(after.Width); name == "from aside" && math.Abs(ratio-math.Sqrt2) > 0.2 {
				t.Errorf("the sheet came out %d × %d", after.Width, after.Height)
			}
		})
	}
}

func TestMendTurnsAndKeeps(t *testing.T) {
	in := asJPEG(t, crop(document(t, 1), image.Rect(0, 0, 900, 600)), 85)
	same, err := Mend(in, Edit{Turn: 4})
	if err != nil || !slices.Equal(same.Data, in) {
		t.Fatalf("nothing to do gave other bytes: %v", err)
	}
	want, err := picture(in)
	if err != nil {
		t.Fatal(err)
	}
	for turn, name := range []string{"", "a quarter", "half", "three quarters"} {
		if turn == 0 {
			continue
		}
		r, err := Mend(in, Edit{Turn: turn})
		if err != nil {
			t.Fatal(err)
		}
		back, err := Mend(r.Data, Edit{Turn: 4 - turn})
		if err != nil {
			t.Fatal(err)
		}
		if w, h := size(t, r.Data); (w > h) != (turn == 2) {
			t.Errorf("%s: %d × %d", name, w, h)
		}
		got, err := picture(back.Data)
		if err != nil || got.Rect != want.Rect {
			t.Fatalf("%s: there and back is %v, %v", name, got.Rect, err)
		}
		if p := psnr(want, got); p < 34 {
			t.Errorf("%s: there and back loses too much: %.1f dB", name, p)
		}
	}
}

func psnr(a, b *image.RGBA) float64 {
	sum := 0.0
	for i := range a.Pix {
		d := float64(a.Pix[i]) - float64(b.Pix[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255/(sum/float64(len(a.Pix))))
}

func TestCornersThatAreNoSheetAreRefused(t *testing.T) {
	in := asJPEG(t, page(600, 800), 80)
	nan := math.NaN()
	for name, c := range map[string][]Point{
		"three":        {{0, 0}, {1, 0}, {1, 1}},
		"a point":      {{0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5}, {0.5, 0.5}},
		"crossed":      {{0, 0}, {1, 1}, {1, 0}, {0, 1}},
		"backwards":    {{0, 0}, {0, 1}, {1, 1}, {1, 0}},
		"far outside":  {{-9, 0}, {1, 0}, {1, 1}, {0, 1}},
		"not a number": {{nan, 0}, {1, 0}, {1, 1}, {0, 1}},
		"infinite":     {{0, 0}, {math.Inf(1), 0}, {1, 1}, {0, 1}},
		"a sliver":     {{0, 0}, {1, 0}, {1, 0.01}, {0, 0.01}},
	} {
		if _, err := Mend(in, Edit{Corners: c}); IsRefusal(err) != "bad_corners" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Mend([]byte("%PDF-1.4\n%%EOF"), Edit{Turn: 1}); IsRefusal(err) != "unknown_kind" {
		t.Errorf("a PDF: %v", err)
	}
}

// half is a page at 100 dpi, as a cheap camera gives it.
func half(img *image.RGBA) *image.RGBA { return shrunk(img, a4w/2) }

// TestTheSameSheetIsRecognised, however it was taken; another copy of the same form is another page.
func TestTheSameSheetIsRecognised(t *testing.T) {
	doc, form := half(document(t, 1)), half(filled(t, 1))
	table := color.RGBA{60, 50, 40, 255}
	taken := func(img *image.RGBA, q quad) []byte {
		in := asJPEG(t, noisy(on(t, img, 1080, 1440, q, table), 4, 7), 85)
		v, err := Look(in)
		if err != nil || len(v.Corners) != 4 {
			t.Fatalf("%+v, %v", v, err)
		}
		r, err := Mend(in, Edit{Corners: v.Corners})
		if err != nil {
			t.Fatal(err)
		}
		return r.Data
	}
	one := taken(doc, quad{{0.1, 0.08}, {0.9, 0.1}, {0.88, 0.93}, {0.12, 0.92}})
	two := taken(doc, quad{{0.15, 0.1}, {0.88, 0.07}, {0.92, 0.9}, {0.14, 0.94}})
	for _, c := range []struct {
		name string
		a, b []byte
		want bool
	}{
		{"the same bytes", one, one, true},
		{"photographed twice", one, two, true},
		{"scanned and photographed", asJPEG(t, doc, 75), two, true},
		{"scanned twice", asJPEG(t, noisy(doc, 3, 1), 75), asJPEG(t, noisy(leant(doc, 0.4), 3, 2), 75), true},
		{"two pages of a book", asJPEG(t, doc, 75), asJPEG(t, half(document(t, 7)), 75), false},
		{"two people's copies of a form", asJPEG(t, form, 75), asJPEG(t, half(filled(t, 8)), 75), false},
		{"two empty pages", asJPEG(t, empty(a4w, a4h, paperWhite), 75), asJPEG(t, empty(a4w, a4h, paperWhite), 70), false},
		{"two back pages", asJPEG(t, backPage(t), 75), asJPEG(t, backPage(t), 70), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, errA := picture(c.a)
			b, errB := picture(c.b)
			if errA != nil || errB != nil {
				t.Fatal(errA, errB)
			}
			afar := Alike(judged(Result{}, a).Print, judged(Result{}, b).Print)
			near, err := Same(c.a, c.b)
			if err != nil || (afar && near) != c.want {
				t.Errorf("alike from afar %v, laid over each other %v, %v; want %v", afar, near, err, c.want)
			}
		})
	}
}
