package scan

import (
	"image"
	"math"
	"slices"
)

// When a light shape on a darker ground is taken for a sheet of paper. A wrong guess costs a touch:
// a person accepts the corners or moves them.
const (
	sheetContrast = 40   // between the mean of the sheet and the mean of the table, of 255
	sheetLeast    = 0.12 // of the picture: a citizen card under a camera that sees A4
	sheetMost     = 0.97
	sheetFull     = 0.90 // of the shape lies between its four corners: no fan, no plate
	tableClean    = 0.80 // of what lies outside is darker than paper
	cornerLeast   = 55.0 // degrees: seen from aside, not from the edge
	edgeTouch     = 0.004
)

// Point is a place in a picture as shares of its width and height, from the top left.
type Point struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
}

// quad is four corners in turn: top left, top right, bottom right, bottom left.
type quad [4]Point

// touches says whether the quad reaches an edge of the picture (0 top, 1 right, 2 bottom, 3 left).
func (q quad) touches(side int) bool {
	a, b := q[side], q[(side+1)%4]
	switch side {
	case 0:
		return min(a.Y, b.Y) <= edgeTouch
	case 1:
		return max(a.X, b.X) >= 1-edgeTouch
	case 2:
		return max(a.Y, b.Y) >= 1-edgeTouch
	}
	return min(a.X, b.X) <= edgeTouch
}

// lean is by how many degrees the upper and lower edges rise to the right in a picture of w × h.
func (q quad) lean(w, h int) float64 {
	up := func(a, b Point) float64 { return math.Atan2((a.Y-b.Y)*float64(h), (b.X-a.X)*float64(w)) }
	return (up(q[0], q[1]) + up(q[3], q[2])) / 2 * 180 / math.Pi
}

// outline finds the sheet: the largest light shape, when it has four corners on a darker table.
func (s sketch) outline() (quad, bool) {
	t, contrast := otsu(s.luma)
	if contrast < sheetContrast {
		return quad{}, false
	}
	shape, inside := s.largest(t)
	area := float64(s.w * s.h)
	if float64(inside) < sheetLeast/2*area {
		return quad{}, false
	}
	hull := hullOf(shape)
	if len(hull) < 4 {
		return quad{}, false
	}
	corners := fourCorners(hull)
	size := polygon(corners[:])
	if size < sheetLeast*area || size > sheetMost*area || size < sheetFull*polygon(hull) {
		return quad{}, false
	}
	if !s.tableAround(corners, t) {
		return quad{}, false
	}
	q := ordered(corners, s.w, s.h)
	return q, q.sound(s.w, s.h)
}

// otsu is the level that parts light from dark best (Otsu 1979), and how far their means are apart.
func otsu(p []uint8) (threshold int, contrast float64) {
	var counts [256]float64
	total, sum := float64(len(p)), 0.0
	for _, v := range p {
		counts[v]++
		sum += float64(v)
	}
	best, n, part := 0.0, 0.0, 0.0
	for v := range 255 {
		n += counts[v]
		part += float64(v) * counts[v]
		if n == 0 || n == total {
			continue
		}
		low, high := part/n, (sum-part)/(total-n)
		if between := n * (total - n) * (high - low) * (high - low); between > best {
			best, threshold, contrast = between, v, high-low
		}
	}
	return threshold, contrast
}

// largest gives the outer points of the largest connected light shape, row by row, and its size.
func (s sketch) largest(t int) (edge []image.Point, size int) {
	label := make([]int32, s.w*s.h)
	var stack []int32
	best, bestSize, next := int32(0), 0, int32(0)
	for i, v := range s.luma {
		if int(v) <= t || label[i] != 0 {
			continue
		}
		next++
		label[i], stack = next, append(stack[:0], int32(i))
		n := 0
		for len(stack) > 0 {
			at := int(stack[len(stack)-1])
			stack = stack[:len(stack)-1]
			n++
			for _, to := range s.around(at) {
				if to >= 0 && int(s.luma[to]) > t && label[to] == 0 {
					label[to], stack = next, append(stack, int32(to))
				}
			}
		}
		if n > bestSize {
			best, bestSize = next, n
		}
	}
	for y := range s.h {
		row := label[y*s.w : (y+1)*s.w]
		if first := slices.Index(row, best); first >= 0 && best > 0 {
			last := first
			for x := first; x < s.w; x++ {
				if row[x] == best {
					last = x
				}
			}
			edge = append(edge, image.Pt(first, y), image.Pt(last+1, y), image.Pt(first, y+1), image.Pt(last+1, y+1))
		}
	}
	return edge, bestSize
}

// around is the four neighbours of a point, -1 for none.
func (s sketch) around(at int) [4]int {
	to := [4]int{at - s.w, at + 1, at + s.w, at - 1}
	if at%s.w == s.w-1 {
		to[1] = -1
	}
	if at%s.w == 0 {
		to[3] = -1
	}
	if to[2] >= len(s.luma) {
		to[2] = -1
	}
	return to
}

// tableAround says whether what lies outside the corners is dark: a window or a second sheet is not.
func (s sketch) tableAround(c [4]image.Point, t int) bool {
	outside, dark := 0, 0
	for y := 0; y < s.h; y += 2 {
		for x := 0; x < s.w; x += 2 {
			if insideOf(c[:], x, y) {
				continue
			}
			if outside++; int(s.luma[y*s.w+x]) <= t {
				dark++
			}
		}
	}
	return float64(dark) >= tableClean*float64(outside)
}
