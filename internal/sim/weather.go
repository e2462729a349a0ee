package sim

import (
	"math/rand/v2"
	"time"
)

// how a line is at a moment.
type sky uint8

const (
	clear   sky = iota // messages pass, but for losses
	silent             // packets vanish: only deadlines tell
	refusal            // the modem says at once that there is no network
	captive            // somebody else answers
)

func (s sky) String() string { return [...]string{"clear", "silent", "refusal", "captive"}[s] }

// spell is a time of one sky.
type spell struct {
	until time.Duration // since the beginning
	sky   sky
}

// weather is a line's history, drawn before the run; the last hours are clear, so that
// queues must have emptied at the end.
type weather struct {
	spells []spell
	last   int     // the spell that was looked at last
	rate   float64 // bytes/s upwards
	rtt    time.Duration
	loss   float64 // of a message, each way
	twice  float64 // of a request that arrives a second time, later
}

const clearAtEnd = 4 * time.Hour

func drawWeather(r *rand.Rand, length time.Duration, without Mishap) weather {
	w := weather{rate: float64(uint64(6000) << r.IntN(4)), rtt: time.Duration(300+r.IntN(500)) * time.Millisecond,
		loss: 0.01 + 0.04*r.Float64(), twice: 0.02 * r.Float64()}
	if without&Losses != 0 {
		w.loss = 0
	}
	if without&Doubles != 0 {
		w.twice = 0
	}
	if without&Weather != 0 {
		return w
	}
	for at := time.Duration(0); at < length-clearAtEnd; {
		up := time.Duration((0.5 + 5*r.ExpFloat64()) * float64(time.Hour))
		down := time.Duration((0.05 + 1.5*r.ExpFloat64()) * float64(time.Hour))
		flaps := 1
		if r.IntN(4) == 0 { // an evening of cuts: 30 s there, 15 s gone
			flaps, up, down = 20+r.IntN(60), 30*time.Second, 15*time.Second
		}
		bad := sky(1 + r.IntN(3))
		for range flaps {
			at += up
			w.spells = append(w.spells, spell{at, clear})
			at += down
			w.spells = append(w.spells, spell{at, bad})
		}
	}
	for i := range w.spells {
		w.spells[i].until = min(w.spells[i].until, length-clearAtEnd)
	}
	return w
}

// at gives the sky; times are asked in rising order or not, both are right.
func (w *weather) at(t time.Duration) sky {
	if i := w.last; i < len(w.spells) && t < w.spells[i].until && (i == 0 || w.spells[i-1].until <= t) {
		return w.spells[i].sky
	}
	lo, hi := 0, len(w.spells)
	for lo < hi {
		mid := (lo + hi) / 2
		if w.spells[mid].until > t {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	if w.last = lo; lo == len(w.spells) {
		return clear
	}
	return w.spells[lo].sky
}

// clearSince gives when the present clear spell began; t itself when it is not clear.
func (w *weather) clearSince(t time.Duration) (since time.Duration) {
	for _, s := range w.spells {
		switch {
		case s.until <= t:
			if s.sky != clear {
				since = s.until
			}
		case s.sky != clear:
			return t
		default:
			return since
		}
	}
	return since
}
