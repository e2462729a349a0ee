package sample

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math"
	"math/rand/v2"

	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/f64"
	"golang.org/x/image/math/fixed"

	xdraw "golang.org/x/image/draw"
)

// A drawn page is A4 at about 72 dots per inch: small, and still readable.
const (
	pageWidth  = 595
	pageHeight = 842
)

// Scan draws the paper as it would lie under a desk scanner (a little crooked,
// greyish, with a red stamp) and returns it as JPEG. quality is 1–100; the same
// paper and seed give the same bytes with the same Go release.
func Scan(p Paper, seed uint64, quality int) ([]byte, error) {
	page := image.NewRGBA(image.Rect(0, 0, pageWidth, pageHeight))
	draw.Draw(page, page.Bounds(), image.NewUniform(color.RGBA{250, 248, 241, 255}), image.Point{}, draw.Src)
	if err := write(page, p); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(seed, uint64(len(p.File))))
	stamp(page, 410+rng.IntN(40), 640+rng.IntN(60), 46)
	signature(page, rng, 400, 740)
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, crooked(page, (rng.Float64()-0.5)*0.05), &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encode scan %s: %w", p.File, err)
	}
	return buf.Bytes(), nil
}

var ink = image.NewUniform(color.RGBA{28, 28, 40, 255})

func write(page draw.Image, p Paper) error {
	parsed, err := opentype.Parse(liberationsansregular.TTF)
	if err != nil {
		return fmt.Errorf("read the font: %w", err)
	}
	line := func(size float64, x, y int, text string, centred bool) error {
		face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: size, DPI: 72, Hinting: font.HintingFull})
		if err != nil {
			return fmt.Errorf("size %.0f: %w", size, err)
		}
		d := font.Drawer{Dst: page, Src: ink, Face: face}
		if centred {
			x = (pageWidth - d.MeasureString(text).Round()) / 2
		}
		d.Dot.X, d.Dot.Y = fixed.I(x), fixed.I(y)
		d.DrawString(text)
		return face.Close()
	}
	texts := []struct {
		size    float64
		x, y    int
		text    string
		centred bool
	}{
		{12, 0, 70, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", true},
		{12, 0, 88, "Độc lập - Tự do - Hạnh phúc", true},
		{16, 0, 150, p.Title, true},
		{10, 0, 812, "Bản mẫu để thử máy, không có giá trị pháp lý", true},
	}
	y := 205
	for _, l := range p.Lines {
		for _, part := range wrap(l, 62) {
			texts = append(texts, struct {
				size    float64
				x, y    int
				text    string
				centred bool
			}{13, 70, y, part, false})
			y += 26
		}
	}
	for _, t := range texts {
		if err := line(t.size, t.x, t.y, t.text, t.centred); err != nil {
			return err
		}
	}
	for ; y < 600; y += 30 { // the dotted lines of a form nobody filled
		for x := 70; x < 520; x += 5 {
			page.Set(x, y, ink.C)
		}
	}
	return nil
}

// wrap breaks a line at spaces so that no part has more than width letters.
func wrap(s string, width int) []string {
	var out []string
	line := []rune{}
	for _, w := range bytes.Fields([]byte(s)) {
		word := []rune(string(w))
		if len(line) > 0 && len(line)+1+len(word) > width {
			out, line = append(out, string(line)), nil
		}
		if len(line) > 0 {
			line = append(line, ' ')
		}
		line = append(line, word...)
	}
	return append(out, string(line))
}

// stamp draws a round red seal with a star.
func stamp(page draw.Image, cx, cy, r int) {
	red := color.RGBA{196, 44, 48, 255}
	for y := -r; y <= r; y++ {
		for x := -r; x <= r; x++ {
			d := math.Hypot(float64(x), float64(y))
			star := d < float64(r)*0.32*(1+0.5*math.Cos(5*math.Atan2(float64(y), float64(x))+math.Pi/2))
			if d > float64(r)-3 && d <= float64(r) || d > float64(r)*0.7-1 && d <= float64(r)*0.7 || star {
				page.Set(cx+x, cy+y, red)
			}
		}
	}
}

// signature draws a blue stroke of a pen.
func signature(page draw.Image, rng *rand.Rand, x0, y0 int) {
	blue := color.RGBA{30, 50, 140, 255}
	a, b := 2+3*rng.Float64(), 5+4*rng.Float64()
	for t := 0.0; t < 6.2; t += 0.004 {
		x := x0 + int(18*t+6*math.Sin(b*t))
		y := y0 + int(14*math.Sin(a*t)*math.Cos(t/2))
		page.Set(x, y, blue)
		page.Set(x, y+1, blue)
	}
}

// crooked turns the page by the angle in radians on a grey glass.
func crooked(page *image.RGBA, angle float64) image.Image {
	out := image.NewRGBA(page.Bounds())
	draw.Draw(out, out.Bounds(), image.NewUniform(color.RGBA{206, 206, 203, 255}), image.Point{}, draw.Src)
	sin, cos := math.Sincos(angle)
	cx, cy := pageWidth/2.0, pageHeight/2.0
	m := f64.Aff3{cos, -sin, cx - cos*cx + sin*cy, sin, cos, cy - sin*cx - cos*cy}
	xdraw.BiLinear.Transform(out, m, page, page.Bounds(), xdraw.Over, nil)
	return out
}
