package scan

import (
	"math"
	"slices"
)

// The search for the lean of printed lines: the rows of a page differ most in their ink when it is
// upright (projection profile, Postl 1986).
const (
	leanMost   = 15.0 // degrees; whoever lays a page down worse than that turns it by hand
	leanPoints = 30_000
	leanLeast  = 1_500 // points of ink: a few lines
	// leanSure: how much the best angle must stand out from the middle one. Lines of print reach 3 and
	// more, a portrait or a lone stamp stays below 1.6 (see the tests).
	leanSure = 2.0
)

// lean is by how many degrees the lines rise to the right (negative: fall), and whether there are
// lines at all.
func (k ink) lean() (degrees float64, sure bool) {
	if k.n < leanLeast {
		return 0, false
	}
	points := make([][2]float64, 0, min(k.n, 2*leanPoints))
	every, seen := max(1, k.n/leanPoints), 0
	for i, on := range k.on {
		x, y := i%k.w, i/k.w
		// the outer edge holds shadows and the edges of a table
		if !on || x < k.w/25 || x >= k.w-k.w/25 || y < k.h/25 || y >= k.h-k.h/25 {
			continue
		}
		if seen++; seen%every == 0 {
			points = append(points, [2]float64{float64(x - k.w/2), float64(y - k.h/2)})
		}
	}
	if len(points) < leanLeast/2 {
		return 0, false
	}
	rows := make([]int, k.w+k.h+4)
	var scores []float64
	best, score := 0.0, -1.0
	for a := -leanMost; a <= leanMost; a++ {
		s := profile(points, rows, a)
		scores = append(scores, s)
		if s > score {
			best, score = a, s
		}
	}
	slices.Sort(scores)
	middle := scores[len(scores)/2]
	for a := best - 0.9; a <= best+0.9; a += 0.1 {
		if s := profile(points, rows, a); s > score {
			best, score = a, s
		}
	}
	return best, score >= leanSure*middle && math.Abs(best) < leanMost
}

// profile is how much neighbouring rows differ when the page is turned back by a degrees.
func profile(points [][2]float64, rows []int, a float64) float64 {
	clear(rows)
	sin, cos := math.Sincos(a * math.Pi / 180)
	middle := float64(len(rows) / 2)
	for _, p := range points {
		if i := int(p[1]*cos + p[0]*sin + middle); i >= 0 && i < len(rows) {
			rows[i]++
		}
	}
	sum := 0.0
	for i := 1; i < len(rows); i++ {
		d := float64(rows[i] - rows[i-1])
		sum += d * d
	}
	return sum
}
