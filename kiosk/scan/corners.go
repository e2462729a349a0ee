package scan

import (
	"image"
	"math"
	"slices"
)

func cross(o, a, b image.Point) int { return (a.X-o.X)*(b.Y-o.Y) - (a.Y-o.Y)*(b.X-o.X) }

// hullOf is the convex hull of points (monotone chain), each corner once, in turn.
func hullOf(points []image.Point) []image.Point {
	slices.SortFunc(points, func(a, b image.Point) int {
		if a.X != b.X {
			return a.X - b.X
		}
		return a.Y - b.Y
	})
	points = slices.Compact(points)
	if len(points) < 3 {
		return points
	}
	half := func(list []image.Point) (out []image.Point) {
		for _, p := range list {
			for len(out) >= 2 && cross(out[len(out)-2], out[len(out)-1], p) <= 0 {
				out = out[:len(out)-1]
			}
			out = append(out, p)
		}
		return out[:len(out)-1]
	}
	lower := half(points)
	slices.Reverse(points)
	return append(lower, half(points)...)
}

// polygon is the area inside corners that stand in turn.
func polygon(p []image.Point) float64 {
	sum := 0
	for i, a := range p {
		b := p[(i+1)%len(p)]
		sum += a.X*b.Y - a.Y*b.X
	}
	return math.Abs(float64(sum)) / 2
}

func insideOf(p []image.Point, x, y int) bool {
	at, side := image.Pt(x, y), 0
	for i, a := range p {
		c := cross(a, p[(i+1)%len(p)], at)
		switch {
		case c == 0:
		case side == 0:
			side = c
		case (c > 0) != (side > 0):
			return false
		}
	}
	return true
}

// fourCorners gives the four corners of a hull that hold the most area: for each diagonal, the
// farthest corner on either side. A hull has some dozens of corners.
func fourCorners(hull []image.Point) (c [4]image.Point) {
	best := -1
	for i, a := range hull {
		for j := i + 2; j < len(hull); j++ {
			b := hull[j]
			left, right := i, i
			for k := range hull {
				switch d := cross(a, b, hull[k]); {
				case k > i && k < j && abs(d) > abs(cross(a, b, hull[left])):
					left = k
				case (k < i || k > j) && abs(d) > abs(cross(a, b, hull[right])):
					right = k
				}
			}
			if size := abs(cross(a, b, hull[left])) + abs(cross(a, b, hull[right])); left != i && right != i && size > best {
				best, c = size, [4]image.Point{a, hull[left], b, hull[right]}
			}
		}
	}
	return c
}

func abs(n int) int { return max(n, -n) }

// ordered puts corners in turn from the top left and gives them as shares of the picture.
func ordered(c [4]image.Point, w, h int) (q quad) {
	list := c[:]
	sum := 0
	for i, a := range list {
		b := list[(i+1)%4]
		sum += a.X*b.Y - a.Y*b.X
	}
	if sum < 0 {
		slices.Reverse(list)
	}
	first := 0
	for i, p := range list {
		if p.X+p.Y < list[first].X+list[first].Y {
			first = i
		}
	}
	for i := range q {
		p := list[(first+i)%4]
		q[i] = Point{float64(p.X) / float64(w), float64(p.Y) / float64(h)}
	}
	return q
}

// Bounds of corners somebody asks for, as shares of the picture: a sheet that leans has corners
// outside it.
const (
	cornerOut = 0.3
	cropLeast = 0.02 // of the area: a stamp on A4
)

// sound says whether four corners are a sheet seen from somewhere above: convex, in turn, no angle
// too sharp, not too small, none far outside.
func (q quad) sound(w, h int) bool {
	area := 0.0
	for i, a := range q {
		b, z := q[(i+1)%4], q[(i+3)%4]
		if !(a.X >= -cornerOut && a.X <= 1+cornerOut && a.Y >= -cornerOut && a.Y <= 1+cornerOut) { // NaN too
			return false
		}
		ux, uy := (b.X-a.X)*float64(w), (b.Y-a.Y)*float64(h)
		vx, vy := (z.X-a.X)*float64(w), (z.Y-a.Y)*float64(h)
		turn := math.Atan2(ux*vy-uy*vx, ux*vx+uy*vy) * 180 / math.Pi
		if turn < cornerLeast || turn > 180-cornerLeast {
			return false
		}
		area += a.X*b.Y - a.Y*b.X
	}
	return area/2 >= cropLeast
}
