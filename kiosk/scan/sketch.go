package scan

import (
	"image"

	"golang.org/x/image/draw"
)

// sketchSide is the long side of the small copy that most measures look at: on A4 about 2.7 points a
// millimetre, so a written line is two points thick and a camera's noise is averaged away.
const sketchSide = 800

// inkDepth is how much darker than the paper around it a point of ink is, of 255. A fresh stamp is
// darker by more than 60, a faded one by 25 to 40; writing that shines through from the other side
// stays below 15 (drawn pages, see the tests).
const inkDepth = 22

// inkTile is the side of the squares whose paper is taken to be equally light: shadows are wider.
const inkTile = 16

// sketch is a small copy of a page: how light each point is, and its darkest channel, in which red
// stamps and blue ink are dark.
type sketch struct {
	w, h       int
	luma, dark []uint8
}

// painted gives an upright picture as RGBA, without a copy where it is that already.
func painted(img image.Image) *image.RGBA {
	if p, ok := img.(*image.RGBA); ok && p.Rect.Min == (image.Point{}) {
		return p
	}
	b := img.Bounds()
	out := image.NewRGBA(image.Rect(0, 0, b.Dx(), b.Dy()))
	draw.Draw(out, out.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(out, out.Rect, img, b.Min, draw.Over)
	return out
}

func sketchOf(p *image.RGBA) sketch {
	k := max(1, (max(p.Rect.Dx(), p.Rect.Dy())+sketchSide-1)/sketchSide)
	s := sketch{w: max(1, p.Rect.Dx()/k), h: max(1, p.Rect.Dy()/k)}
	s.luma, s.dark = make([]uint8, s.w*s.h), make([]uint8, s.w*s.h)
	kx, ky := min(k, p.Rect.Dx()), min(k, p.Rect.Dy())
	n := uint32(kx * ky)
	for y := range s.h {
		for x := range s.w {
			var r, g, b uint32
			for dy := range ky {
				at := (y*ky+dy)*p.Stride + x*kx*4
				c := p.Pix[at : at+4*kx]
				for i := 0; i < len(c); i += 4 {
					r, g, b = r+uint32(c[i]), g+uint32(c[i+1]), b+uint32(c[i+2])
				}
			}
			s.luma[y*s.w+x] = uint8((299*r + 587*g + 114*b) / (1000 * n))
			s.dark[y*s.w+x] = uint8(min(r, g, b) / n)
		}
	}
	return s
}

// level is the value below which this share of the points lies.
func level(p []uint8, share float64) int {
	var counts [256]int
	for _, v := range p {
		counts[v]++
	}
	want := int(share * float64(len(p)))
	for v, n := range counts {
		if want -= n; want < 0 {
			return v
		}
	}
	return 255
}

// ink is which points of a sketch are written on.
type ink struct {
	w, h int
	on   []bool
	n    int
}

func (s sketch) ink() ink {
	k := ink{w: s.w, h: s.h, on: make([]bool, s.w*s.h)}
	tile := make([]uint8, 0, inkTile*inkTile)
	for top := 0; top < s.h; top += inkTile {
		for left := 0; left < s.w; left += inkTile {
			right, bottom := min(left+inkTile, s.w), min(top+inkTile, s.h)
			tile = tile[:0]
			for y := top; y < bottom; y++ {
				tile = append(tile, s.dark[y*s.w+left:y*s.w+right]...)
			}
			paper := level(tile, 0.85) // a seventh of blank paper is left in the densest print
			for y := top; y < bottom; y++ {
				for x := left; x < right; x++ {
					if paper-int(s.dark[y*s.w+x]) >= inkDepth {
						k.on[y*s.w+x] = true
						k.n++
					}
				}
			}
		}
	}
	return k
}

// within counts the ink that is not in the outer share of the page, where scanners draw shadows.
func (k ink) within(margin float64) (n int) {
	mx, my := int(margin*float64(k.w)), int(margin*float64(k.h))
	for y := my; y < k.h-my; y++ {
		for x := mx; x < k.w-mx; x++ {
			if k.on[y*k.w+x] {
				n++
			}
		}
	}
	return n
}
