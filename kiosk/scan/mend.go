package scan

import (
	"image"
	"math"

	"golang.org/x/image/draw"
)

// View is what the machine sees on a page, and what it proposes to do about it.
type View struct {
	Width, Height int
	Warnings      []string
	Corners       []Point // four in turn from the top left; empty: the whole picture is the page
	By            string  // what the corners follow: "edges" of a sheet or the "lines" on it
}

// Edit is how a person wants a page.
type Edit struct {
	Corners []Point // four in turn from the page's top left; empty: the whole picture
	Turn    int     // quarter turns clockwise, after the corners
}

const (
	leanPropose = 0.6   // degrees; less is not seen, and turning costs sharpness
	cropPropose = 0.96  // of the picture; a sheet that fills more is left as it is
	inset       = 0.004 // of the side: the rim of the table does not come along
)

// Look judges a stored picture and proposes its corners.
func Look(data []byte) (View, error) {
	p, err := picture(data)
	if err != nil {
		return View{}, err
	}
	v := View{Width: p.Rect.Dx(), Height: p.Rect.Dy(), Warnings: judged(Result{}, p).Warnings}
	s := sketchOf(p)
	if q, found := s.outline(); found {
		if q.area() < cropPropose || math.Abs(q.lean(s.w, s.h)) >= leanPropose {
			in := q.inset()
			v.Corners, v.By = in[:], "edges"
		}
		return v, nil
	}
	if a, sure := s.ink().lean(); sure && math.Abs(a) >= leanPropose {
		q := leaning(a, float64(s.w), float64(s.h))
		v.Corners, v.By = q[:], "lines"
	}
	return v, nil
}

func (q quad) area() float64 {
	sum := 0.0
	for i, a := range q {
		b := q[(i+1)%4]
		sum += a.X*b.Y - a.Y*b.X
	}
	return sum / 2
}

// inset moves the corners a little towards the middle.
func (q quad) inset() quad {
	mx, my := (q[0].X+q[1].X+q[2].X+q[3].X)/4, (q[0].Y+q[1].Y+q[2].Y+q[3].Y)/4
	for i := range q {
		q[i].X += (mx - q[i].X) * 2 * inset
		q[i].Y += (my - q[i].Y) * 2 * inset
	}
	return q
}

// leaning is the frame of a picture of w × h turned so that its upper edge follows lines that rise to
// the right by a degrees.
func leaning(a, w, h float64) (q quad) {
	sin, cos := math.Sincos(a * math.Pi / 180)
	for i, c := range [4][2]float64{{-1, -1}, {1, -1}, {1, 1}, {-1, 1}} {
		x, y := c[0]*w/2, c[1]*h/2
		q[i] = Point{(w/2 + x*cos + y*sin) / w, (h/2 - x*sin + y*cos) / h}
	}
	return q
}

// picture decodes a stored JPEG or PNG, upright.
func picture(data []byte) (*image.RGBA, error) {
	kind, err := admit(data)
	if err != nil {
		return nil, err
	}
	if kind != JPEG && kind != PNG {
		return nil, refuse("unknown_kind", "only a picture has corners")
	}
	img, err := decode(data)
	if err != nil {
		return nil, err
	}
	turn := 1
	if kind == JPEG {
		turn = orientation(data)
	}
	return straight(painted(img), turn), nil
}

// exifTurns are Exif's positions for quarter turns clockwise.
var exifTurns = [4]int{1, 6, 3, 8}

// Mend cuts a stored picture at its corners, straightens what leans or was seen from aside, and turns
// it. Nothing to do gives the same bytes. Corners that are no sheet are refused (bad_corners).
func Mend(data []byte, e Edit) (Result, error) {
	p, err := picture(data)
	if err != nil {
		return Result{}, err
	}
	if len(e.Corners) == 0 && e.Turn%4 == 0 {
		return judged(Result{Data: data, MIME: Kind(data), Was: len(data)}, p), nil
	}
	if len(e.Corners) > 0 {
		if len(e.Corners) != 4 || !quad(e.Corners).sound(p.Rect.Dx(), p.Rect.Dy()) {
			return Result{}, refuse("bad_corners", "the four corners are not those of a sheet")
		}
		p = flat(p, quad(e.Corners))
	}
	return finish(p, exifTurns[(e.Turn%4+4)%4], len(data))
}

// flat gives the sheet between four corners as a rectangle, no larger than a page may be.
func flat(p *image.RGBA, q quad) *image.RGBA {
	size := func() (w, h float64) {
		side := func(a, b Point) float64 {
			return math.Hypot((a.X-b.X)*float64(p.Rect.Dx()), (a.Y-b.Y)*float64(p.Rect.Dy()))
		}
		return max(side(q[0], q[1]), side(q[3], q[2])), max(side(q[0], q[3]), side(q[1], q[2]))
	}
	w, h := size()
	scale := min(1, longSide/max(w, h), shortSide/min(w, h))
	if scale < 0.8 { // sampling far apart would lose thin strokes
		small := image.NewRGBA(image.Rect(0, 0, max(1, int(float64(p.Rect.Dx())*scale)), max(1, int(float64(p.Rect.Dy())*scale))))
		draw.ApproxBiLinear.Scale(small, small.Rect, p, p.Rect, draw.Src, nil)
		p, scale = small, 1
		w, h = size()
	}
	return warp(p, q, max(1, int(w*scale+0.5)), max(1, int(h*scale+0.5)))
}

// warp draws the quad of a picture into a rectangle (Heckbert 1989, 2.2.3); what lies outside the
// picture is white paper.
func warp(p *image.RGBA, q quad, w, h int) *image.RGBA {
	var x, y [4]float64
	for i, c := range q {
		x[i], y[i] = c.X*float64(p.Rect.Dx()), c.Y*float64(p.Rect.Dy())
	}
	dx1, dx2, sx := x[1]-x[2], x[3]-x[2], x[0]-x[1]+x[2]-x[3]
	dy1, dy2, sy := y[1]-y[2], y[3]-y[2], y[0]-y[1]+y[2]-y[3]
	den := dx1*dy2 - dx2*dy1
	g, k := (sx*dy2-dx2*sy)/den, (dx1*sy-sx*dy1)/den
	a, b := x[1]-x[0]+g*x[1], x[3]-x[0]+k*x[3]
	d, e := y[1]-y[0]+g*y[1], y[3]-y[0]+k*y[3]
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	for row := range h {
		v := (float64(row) + 0.5) / float64(h)
		for col := range w {
			u := (float64(col) + 0.5) / float64(w)
			z := g*u + k*v + 1
			sample(out.Pix[row*out.Stride+4*col:], p, (a*u+b*v+x[0])/z-0.5, (d*u+e*v+y[0])/z-0.5)
		}
	}
	return out
}

// sample writes the colour at a place between four points.
func sample(to []uint8, p *image.RGBA, x, y float64) {
	to[3] = 255
	x0, y0 := math.Floor(x), math.Floor(y)
	if !(x0 >= 0 && y0 >= 0 && x0 < float64(p.Rect.Dx()-1) && y0 < float64(p.Rect.Dy()-1)) {
		if !(x >= -1 && y >= -1 && x <= float64(p.Rect.Dx()) && y <= float64(p.Rect.Dy())) {
			to[0], to[1], to[2] = 255, 255, 255
			return
		}
		cx, cy := min(max(int(x+0.5), 0), p.Rect.Dx()-1), min(max(int(y+0.5), 0), p.Rect.Dy()-1)
		copy(to[:3], p.Pix[cy*p.Stride+4*cx:])
		return
	}
	fx, fy := int((x-x0)*256), int((y-y0)*256)
	top := p.Pix[int(y0)*p.Stride+4*int(x0):]
	below := p.Pix[(int(y0)+1)*p.Stride+4*int(x0):]
	for c := range 3 {
		up := int(top[c])*(256-fx) + int(top[c+4])*fx
		down := int(below[c])*(256-fx) + int(below[c+4])*fx
		to[c] = uint8((up*(256-fy) + down*fy + 1<<15) >> 16)
	}
}
