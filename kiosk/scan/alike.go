package scan

import (
	"image"
	"math"
	"slices"

	"golang.org/x/image/draw"
)

// Two pages are compared in two steps. A print of 12 × 16 densities of ink, kept beside each page,
// finds pages that look alike from afar: cheap, and forms of one kind all do. Then the two pictures
// are laid over each other piece by piece: the same sheet, photographed twice, agrees nearly
// everywhere; another copy of the same form disagrees wherever it is filled in.
const (
	printWide, printHigh = 12, 16
	printInk             = 800 // points; a stamp or two lines on an empty back are no page to compare
	alikeFrom            = 0.70
	layWide, layHigh     = 384, 512 // the size of the ink's frame when two pages are laid over each other
	piece                = 32
	pieceShift           = 10   // 5 mm of A4: the two pictures are not cut at the same place
	pieceAgree           = 0.55 // correlation; pieces of other text reach 0.45 by chance
	piecesLeast          = 12
	sameFrom             = 0.85 // of the pieces
)

// print is the densities of ink over the frame that the ink fills; nil for too little of it.
func (k ink) print() []byte {
	f, ok := k.frame()
	if !ok {
		return nil
	}
	out := make([]byte, printWide*printHigh)
	for cy := range printHigh {
		for cx := range printWide {
			x0, x1 := f.Min.X+cx*f.Dx()/printWide, f.Min.X+(cx+1)*f.Dx()/printWide
			y0, y1 := f.Min.Y+cy*f.Dy()/printHigh, f.Min.Y+(cy+1)*f.Dy()/printHigh
			n := 0
			for y := y0; y < y1; y++ {
				for x := x0; x < x1; x++ {
					if k.on[y*k.w+x] {
						n++
					}
				}
			}
			out[cy*printWide+cx] = byte(min(255, 512*n/max(1, (x1-x0)*(y1-y0))))
		}
	}
	return out
}

// frame holds all the ink but the outermost half of a hundredth on each side: a speck of dust or the
// rim of a table does not move it.
func (k ink) frame() (image.Rectangle, bool) {
	if k.n < printInk {
		return image.Rectangle{}, false
	}
	rows, cols, n := make([]int, k.h), make([]int, k.w), 0
	for y := k.h / 50; y < k.h-k.h/50; y++ {
		for x := k.w / 50; x < k.w-k.w/50; x++ {
			if k.on[y*k.w+x] {
				rows[y]++
				cols[x]++
				n++
			}
		}
	}
	x0, x1 := span(cols, n)
	y0, y1 := span(rows, n)
	r := image.Rect(x0, y0, x1, y1)
	return r, r.Dx() >= 4*printWide && r.Dy() >= 4*printHigh
}

func span(counts []int, n int) (first, end int) {
	skip, sum := n/200, 0
	first = -1
	for i, c := range counts {
		sum += c
		if first < 0 && sum > skip {
			first = i
		}
		if sum >= n-skip {
			return max(first, 0), i + 1
		}
	}
	return max(first, 0), len(counts)
}

// Alike says whether two pages may be the same sheet, by their prints alone.
func Alike(a, b []byte) bool {
	if len(a) != printWide*printHigh || len(b) != len(a) {
		return false
	}
	x, y := make([]float64, len(a)), make([]float64, len(b))
	for i := range a {
		x[i], y[i] = float64(a[i]), float64(b[i])
	}
	return correlation(x, y) >= alikeFrom
}

func correlation(x, y []float64) float64 {
	var mx, my, xx, yy, xy float64
	for i := range x {
		mx += x[i]
		my += y[i]
	}
	mx, my = mx/float64(len(x)), my/float64(len(y))
	for i := range x {
		a, b := x[i]-mx, y[i]-my
		xx, yy, xy = xx+a*a, yy+b*b, xy+a*b
	}
	if xx == 0 || yy == 0 {
		return 0
	}
	return xy / math.Sqrt(xx*yy)
}

// Same lays two stored pictures over each other and says whether they show the same sheet.
func Same(a, b []byte) (bool, error) {
	pa, err := laid(a)
	if err != nil || pa == nil {
		return false, err
	}
	pb, err := laid(b)
	if err != nil || pb == nil {
		return false, err
	}
	pieces, agree := 0, 0
	for y := pieceShift; y+piece+pieceShift <= layHigh; y += piece {
		for x := pieceShift; x+piece+pieceShift <= layWide; x += piece {
			if !written(pa, x, y) && !written(pb, x, y) {
				continue
			}
			pieces++
			if agrees(pa, pb, x, y) {
				agree++
			}
		}
	}
	return pieces >= piecesLeast && float64(agree) >= sameFrom*float64(pieces), nil
}

// laid is the part of a picture that its ink fills, in one size for all; nil for too little ink.
func laid(data []byte) (*image.Gray, error) {
	p, err := picture(data)
	if err != nil {
		return nil, err
	}
	s := sketchOf(p)
	f, ok := s.ink().frame()
	if !ok {
		return nil, nil
	}
	from := &image.Gray{Pix: s.dark, Stride: s.w, Rect: image.Rect(0, 0, s.w, s.h)}
	out := image.NewGray(image.Rect(0, 0, layWide, layHigh))
	draw.ApproxBiLinear.Scale(out, out.Rect, from, f, draw.Src, nil)
	return out, nil
}

// written says whether a piece has strokes: its points differ from their row's mean.
func written(p *image.Gray, x, y int) bool {
	sum := 0.0
	for _, v := range strokes(p, x, y) {
		sum += v * v
	}
	return sum/float64(piece*piece) >= 100 // ten levels
}

// strokes is a piece without what all of a row shares: printed lines lie under each other on every
// page and would agree whatever they say.
func strokes(p *image.Gray, x, y int) []float64 {
	out := make([]float64, 0, piece*piece)
	for row := y; row < y+piece; row++ {
		line := p.Pix[row*p.Stride+x : row*p.Stride+x+piece]
		mean := 0.0
		for _, v := range line {
			mean += float64(v)
		}
		mean /= piece
		for _, v := range line {
			out = append(out, float64(v)-mean)
		}
	}
	return out
}

// shifts are the places to look for a piece, the nearest first.
var shifts = func() (list []image.Point) {
	for y := -pieceShift; y <= pieceShift; y++ {
		for x := -pieceShift; x <= pieceShift; x++ {
			list = append(list, image.Pt(x, y))
		}
	}
	slices.SortStableFunc(list, func(a, b image.Point) int { return a.X*a.X + a.Y*a.Y - b.X*b.X - b.Y*b.Y })
	return list
}()

// agrees looks for a piece of a near the same place in b.
func agrees(a, b *image.Gray, x, y int) bool {
	want, length := strokes(a, x, y), 0.0
	for _, v := range want {
		length += v * v
	}
	for _, d := range shifts {
		if fits, own := against(want, b, x+d.X, y+d.Y); fits > 0 && fits*fits >= pieceAgree*pieceAgree*length*own {
			return true
		}
	}
	return false
}

// against multiplies a piece's strokes with a place of b, and gives that place's own strokes squared.
// The rows of want sum to nothing, so b's need not be brought to that first.
func against(want []float64, b *image.Gray, x, y int) (product, own float64) {
	for row := range piece {
		line := b.Pix[(y+row)*b.Stride+x : (y+row)*b.Stride+x+piece]
		sum, squares := 0, 0
		for i, v := range line {
			product += want[row*piece+i] * float64(v)
			sum += int(v)
			squares += int(v) * int(v)
		}
		own += float64(squares) - float64(sum*sum)/piece
	}
	return product, own
}
