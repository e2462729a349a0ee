package packet

import (
	"math"
	"time"

	"bendo/internal/line"
)

// never is later than any line lives.
const never = time.Duration(math.MaxInt64)

// schedule is the cuts of a profile as a function of the time since they began to count.
type schedule struct{ p line.Profile }

// down says whether a scheduled cut holds at t. A cut holds at its first moment and no more at its last.
func (s schedule) down(t time.Duration) bool {
	for _, c := range s.p.Cuts {
		if t >= c.At && t < c.At+c.For {
			return true
		}
	}
	return s.p.CutEvery > 0 && t%s.p.CutEvery >= s.p.CutEvery-s.p.CutFor
}

// next is the first beginning or end of a cut after t.
func (s schedule) next(t time.Duration) time.Duration {
	edge := never
	for _, c := range s.p.Cuts {
		for _, e := range [2]time.Duration{c.At, c.At + c.For} {
			if e > t {
				edge = min(edge, e)
			}
		}
	}
	if s.p.CutEvery == 0 {
		return edge
	}
	turn := t - t%s.p.CutEvery
	if begin := turn + s.p.CutEvery - s.p.CutFor; begin > t {
		return min(edge, begin)
	}
	return min(edge, turn+s.p.CutEvery)
}
