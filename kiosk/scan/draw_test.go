package scan

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/go-fonts/liberation/liberationserifregular"
	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

var serif = sync.OnceValues(func() (*opentype.Font, error) { return opentype.Parse(liberationserifregular.TTF) })

// What was drawn once; the tests of this room run one after another.
var (
	faces = map[float64]font.Face{}
	drawn = map[string]*image.RGBA{}
)

func once(name string, draw func() *image.RGBA) *image.RGBA {
	if drawn[name] == nil {
		drawn[name] = draw()
	}
	return drawn[name]
}

// A4 at 200 dpi.
const (
	a4w, a4h = 1654, 2339
	dpi      = 200
)

var (
	paperWhite = color.RGBA{246, 244, 238, 255}
	inkBlack   = color.RGBA{35, 33, 45, 255}
)

func empty(w, h int, c color.Color) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	draw.Draw(img, img.Rect, image.NewUniform(c), image.Point{}, draw.Src)
	return img
}

// write sets a line of text in points, its baseline at y.
func write(t testing.TB, img *image.RGBA, x, y int, size float64, c color.Color, text string) {
	t.Helper()
	face, known := faces[size]
	if !known {
		f, err := serif()
		if err != nil {
			t.Fatal(err)
		}
		if face, err = opentype.NewFace(f, &opentype.FaceOptions{Size: size, DPI: dpi}); err != nil {
			t.Fatal(err)
		}
		faces[size] = face
	}
	d := font.Drawer{Dst: img, Src: image.NewUniform(c), Face: face, Dot: fixed.P(x, y)}
	d.DrawString(text)
}

var words = strings.Fields("cộng hòa xã hội chủ nghĩa việt nam độc lập tự do hạnh phúc giấy khai sinh họ tên ngày tháng năm nơi quê quán dân tộc quốc tịch số định danh cá nhân người mẹ cha cư trú đăng ký ủy ban nhân dân phường tỉnh bến tre trà vinh long mỹ khánh thuận hòa an bình phú đông tây nam bắc")

func sentence(r *rand.Rand, n int) string {
	out := make([]string, n)
	for i := range out {
		out[i] = words[r.IntN(len(words))]
	}
	return strings.Join(out, " ")
}

// document is a written page: a title, lines of print at 12 points, a stamp.
func document(t testing.TB, seed uint64) *image.RGBA {
	return once(fmt.Sprint("document ", seed), func() *image.RGBA { return drawDocument(t, seed) })
}

func drawDocument(t testing.TB, seed uint64) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 1))
	img := empty(a4w, a4h, paperWhite)
	write(t, img, 420, 260, 18, inkBlack, strings.ToUpper(sentence(r, 5)))
	for y := 380; y < 2000; y += 58 {
		write(t, img, 200, y, 12, inkBlack, sentence(r, 8+r.IntN(4)))
	}
	stamp(img, 1200, 2060, 130, color.RGBA{200, 40, 50, 255})
	return img
}

// filled is a printed form whose answers differ by seed.
func filled(t testing.TB, seed uint64) *image.RGBA {
	form, r := rand.New(rand.NewPCG(1, 2)), rand.New(rand.NewPCG(seed, 3))
	img := empty(a4w, a4h, paperWhite)
	write(t, img, 520, 260, 18, inkBlack, "GIẤY CHỨNG NHẬN")
	for y := 420; y < 2000; y += 90 {
		write(t, img, 200, y, 12, inkBlack, sentence(form, 3)+":")
		write(t, img, 700, y, 13, color.RGBA{30, 40, 120, 255}, sentence(r, 4+r.IntN(2)))
	}
	stamp(img, 1200, 2060, 130, color.RGBA{200, 40, 50, 255})
	return img
}

// stamp is a ring with a star of rays, as seals are.
func stamp(img *image.RGBA, cx, cy, radius int, c color.RGBA) {
	for y := -radius; y <= radius; y++ {
		for x := -radius; x <= radius; x++ {
			d := math.Hypot(float64(x), float64(y))
			ray := math.Mod(math.Atan2(float64(y), float64(x))+math.Pi, math.Pi/9) < 0.14
			if d <= float64(radius) && (d > float64(radius)*0.94 || d > float64(radius)*0.55 && ray) {
				img.SetRGBA(cx+x, cy+y, c)
			}
		}
	}
}

// noisy adds what a sensor adds.
func noisy(img *image.RGBA, sigma float64, seed uint64) *image.RGBA {
	r := rand.New(rand.NewPCG(seed, 9))
	noise := make([]float64, 4096)
	for i := range noise {
		noise[i] = r.NormFloat64()
	}
	out := image.NewRGBA(img.Rect)
	for i := range img.Pix {
		out.Pix[i] = 255
		if i%4 != 3 {
			out.Pix[i] = uint8(min(255, max(0, float64(img.Pix[i])+noise[r.Uint32()%uint32(len(noise))]*sigma)))
		}
	}
	return out
}

// soft blurs by σ points, in both directions or along x only (a hand that moved).
func soft(img *image.RGBA, sigma float64, both bool) *image.RGBA {
	radius := int(3*sigma) + 1
	kernel, sum := make([]float64, 2*radius+1), 0.0
	for i := range kernel {
		d := float64(i - radius)
		kernel[i] = math.Exp(-d * d / (2 * sigma * sigma))
		sum += kernel[i]
	}
	pass := func(in *image.RGBA, step, n, next, lines int) *image.RGBA {
		out := image.NewRGBA(in.Rect)
		for l := range lines {
			for i := range n {
				var v [3]float64
				for k, weight := range kernel {
					p := in.Pix[l*next+min(max(i+k-radius, 0), n-1)*step:]
					v[0] += weight * float64(p[0])
					v[1] += weight * float64(p[1])
					v[2] += weight * float64(p[2])
				}
				o := out.Pix[l*next+i*step:]
				o[0], o[1], o[2], o[3] = uint8(v[0]/sum+0.5), uint8(v[1]/sum+0.5), uint8(v[2]/sum+0.5), 255
			}
		}
		return out
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := pass(img, 4, w, img.Stride, h)
	if both {
		out = pass(out, img.Stride, h, 4, w)
	}
	return out
}

// dimmed is the same page with less light.
func dimmed(img *image.RGBA, share float64) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for i, v := range img.Pix {
		out.Pix[i] = v
		if i%4 != 3 {
			out.Pix[i] = uint8(float64(v) * share)
		}
	}
	return out
}

// on lays a sheet with these corners (shares of the table) on a table.
func on(t testing.TB, sheet *image.RGBA, w, h int, corners quad, table color.RGBA) *image.RGBA {
	t.Helper()
	small := image.NewRGBA(image.Rect(0, 0, sheet.Rect.Dx()/2, sheet.Rect.Dy()/2))
	if w > 2000 {
		small = sheet
	} else {
		draw.ApproxBiLinear.Scale(small, small.Rect, sheet, sheet.Rect, draw.Src, nil)
	}
	out := empty(w, h, table)
	// the way back: for each point of the table, where on the sheet? Two triangles would bend, so solve.
	for y := range h {
		for x := range w {
			if u, v, in := corners.inside((float64(x)+0.5)/float64(w), (float64(y)+0.5)/float64(h)); in {
				sample(out.Pix[y*out.Stride+4*x:], small, u*float64(small.Rect.Dx())-0.5, v*float64(small.Rect.Dy())-0.5)
			}
		}
	}
	return out
}

// inside solves the projective map of the unit square onto the quad for one point.
func (q quad) inside(px, py float64) (u, v float64, in bool) {
	dx1, dx2, sx := q[1].X-q[2].X, q[3].X-q[2].X, q[0].X-q[1].X+q[2].X-q[3].X
	dy1, dy2, sy := q[1].Y-q[2].Y, q[3].Y-q[2].Y, q[0].Y-q[1].Y+q[2].Y-q[3].Y
	den := dx1*dy2 - dx2*dy1
	g, k := (sx*dy2-dx2*sy)/den, (dx1*sy-sx*dy1)/den
	a, b, c := q[1].X-q[0].X+g*q[1].X, q[3].X-q[0].X+k*q[3].X, q[0].X
	d, e, f := q[1].Y-q[0].Y+g*q[1].Y, q[3].Y-q[0].Y+k*q[3].Y, q[0].Y
	// (a-gx)u + (b-kx)v = x-c ; (d-gy)u + (e-ky)v = y-f
	a1, b1, c1 := a-g*px, b-k*px, px-c
	a2, b2, c2 := d-g*py, e-k*py, py-f
	det := a1*b2 - a2*b1
	u, v = (c1*b2-c2*b1)/det, (a1*c2-a2*c1)/det
	return u, v, u >= 0 && u < 1 && v >= 0 && v < 1
}

// leant turns a page by degrees (lines rise to the right) on white.
func leant(img *image.RGBA, degrees float64) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	return warp(img, leaning(-degrees, float64(w), float64(h)), w, h)
}

// portrait is a photo of a person: soft skin, dark hair, a shirt, nothing written.
func portrait() *image.RGBA {
	img := empty(900, 1200, color.RGBA{90, 130, 190, 255})
	for y := range 1200 {
		for x := range 900 {
			fx, fy := float64(x-450), float64(y-520)
			light := 1 - 0.25*fx/450
			switch {
			case fx*fx/(230*230)+fy*fy/(300*300) < 1 && fy > -160:
				img.SetRGBA(x, y, color.RGBA{uint8(205 * light), uint8(160 * light), uint8(135 * light), 255})
			case fx*fx/(270*270)+(fy+60)*(fy+60)/(330*330) < 1:
				img.SetRGBA(x, y, color.RGBA{25, 22, 24, 255})
			case fy > 300 && fx*fx/(430*430)+(fy-520)*(fy-520)/(300*300) < 1:
				img.SetRGBA(x, y, color.RGBA{uint8(235 * light), uint8(235 * light), uint8(230 * light), 255})
			}
		}
	}
	for _, eye := range []int{370, 530} {
		stamp(img, eye, 500, 26, color.RGBA{30, 20, 20, 255})
	}
	return noisy(soft(img, 1, true), 3, 4)
}
