package scan

import (
	"image"
	"math"
	"slices"
)

// Thresholds of the warnings, found on drawn pages of A4 (measure_test.go draws them: sharp, blurred,
// dim, empty, cut, leaning, and those that must pass: a nearly empty back page, a faded stamp, a
// portrait). No pictures of a commune's own papers were at hand; they only warn.
const (
	// darkPaper: the lightest tenth of a page is paper. Below this even white paper is so grey that
	// print of half its lightness is lost on an officer's screen.
	darkPaper = 90
	darkMean  = 55.0 // taken under a table
	// blankShare is the least ink: a line of handwriting 6 cm long covers about 0.06 % of A4.
	blankShare  = 0.0003
	blankMargin = 0.04
	// blurSlope is how much of an edge one point of the picture takes. A Gaussian blur of σ points
	// gives 0.4/σ; at 200 dpi strokes of 10-point print are 2 to 3 points wide and run together from
	// σ ≈ 2.2 on, which is 0.18.
	blurSlope    = 0.18
	blurWindow   = 24  // points: a letter and the gap beside it
	blurRange    = 40  // contrast a window must have to tell anything
	blurFaint    = 24  // … on a page that has no darker ink
	blurEvidence = 150 // windows; fewer are a stamp or a page number
	// skewWarn: lines that lean by more are felt while reading, and text recognition loses words.
	skewWarn = 3.0
	// cutStrip is the margin, as a share of the side, in which a page has no print: 2.5 mm of A4.
	cutStrip = 0.012
)

// judged adds what can be said about a page's looks to a result.
func judged(r Result, img image.Image) Result {
	p := painted(img)
	s := sketchOf(p)
	k := s.ink()
	if min(p.Rect.Dx(), p.Rect.Dy()) < minSide {
		r.Warnings = append(r.Warnings, "too_small")
	}
	switch {
	case s.tooDark():
		r.Warnings = append(r.Warnings, "too_dark")
	case float64(k.within(blankMargin)) < blankShare*float64(k.w*k.h):
		r.Warnings = append(r.Warnings, "blank")
		return r // nothing on it to judge or to compare
	}
	if blurred(p) {
		r.Warnings = append(r.Warnings, "blurred")
	}
	o, found := s.outline()
	if k.cut(s, o, found) {
		r.Warnings = append(r.Warnings, "cut")
	}
	lean, sure := k.lean()
	if found {
		lean, sure = o.lean(s.w, s.h), true
	}
	if sure && math.Abs(lean) >= skewWarn {
		r.Warnings = append(r.Warnings, "skewed")
	}
	r.Print = k.print()
	return r
}

func (s sketch) tooDark() bool {
	sum := 0
	for _, v := range s.luma {
		sum += int(v)
	}
	return float64(sum)/float64(len(s.luma)) < darkMean || level(s.luma, 0.9) < darkPaper
}

// blurred looks at the steepest tenth of the edges, across and down: movement blurs in one direction.
func blurred(p *image.RGBA) bool {
	w, h := p.Rect.Dx(), p.Rect.Dy()
	gray := make([]int16, w*h)
	for y := range h {
		for x := range w {
			c := p.Pix[y*p.Stride+4*x:]
			gray[y*w+x] = int16((299*int(c[0]) + 587*int(c[1]) + 114*int(c[2])) / 1000)
		}
	}
	across, ok1 := slope(gray, w, h, 1, w)
	down, ok2 := slope(gray, h, w, w, 1)
	return ok1 && across < blurSlope || ok2 && down < blurSlope
}

// slope gives the steepness of the steepest tenth of the edges along lines of n points that lie step
// apart; the next line is next further. Four lines are averaged: that halves a camera's noise.
func slope(gray []int16, n, lines, step, next int) (steep float64, enough bool) {
	var strong, faint []float64
	line := make([]int, n)
	for l := 0; l+4 <= lines; l += 4 {
		for i := range line {
			at := l*next + i*step
			line[i] = int(gray[at]) + int(gray[at+next]) + int(gray[at+2*next]) + int(gray[at+3*next])
		}
		for from := 0; from+blurWindow <= n; from += blurWindow {
			spread, rise := steepest(line[from : from+blurWindow])
			if spread >= 4*blurFaint {
				faint = append(faint, float64(rise)/float64(2*spread))
			}
			if spread >= 4*blurRange {
				strong = append(strong, float64(rise)/float64(2*spread))
			}
		}
	}
	list := strong
	if len(list) < blurEvidence {
		list = faint
	}
	if len(list) < blurEvidence {
		return 0, false
	}
	slices.Sort(list)
	return list[len(list)*9/10], true
}

// steepest gives the range of a window and the greatest rise over two points.
func steepest(p []int) (spread, rise int) {
	low, high := p[0], p[0]
	for i, v := range p {
		low, high = min(low, v), max(high, v)
		if i >= 2 {
			rise = max(rise, v-p[i-2], p[i-2]-v)
		}
	}
	return high - low, rise
}

// cut says that print runs into an edge of the picture: the page goes on outside. Where the edges of
// the sheet are seen inside the picture, what lies beside the sheet is a table, not print.
func (k ink) cut(s sketch, o quad, found bool) bool {
	for side := range 4 {
		if found && !o.touches(side) {
			continue
		}
		if k.printAt(side) {
			return true
		}
	}
	return false
}

// printAt looks for print in the outer strip of a side (0 top, 1 right, 2 bottom, 3 left): many short
// runs of ink, far apart. A scanner's shadow or a table's line is one long run.
func (k ink) printAt(side int) bool {
	along, deep, need := k.w, k.h, 10 // letters of a line
	if side%2 == 1 {
		along, deep, need = k.h, k.w, 6 // beginnings of lines
	}
	strip := max(4, int(cutStrip*float64(deep)))
	if strip > deep {
		return false
	}
	runs, first, last, length := 0, -1, -1, 0
	for i := 0; i <= along; i++ {
		if i < along && k.inked(side, i, strip) {
			length++
			continue
		}
		if length >= 2 && length <= along*6/100 {
			if first < 0 {
				first = i
			}
			last, runs = i, runs+1
		}
		length = 0
	}
	return runs >= need && last-first >= along/4
}

// inked says whether the strip of a side has ink at place i along it.
func (k ink) inked(side, i, strip int) bool {
	for d := range strip {
		x, y := i, d
		switch side {
		case 1:
			x, y = k.w-1-d, i
		case 2:
			y = k.h - 1 - d
		case 3:
			x, y = d, i
		}
		if k.on[y*k.w+x] {
			return true
		}
	}
	return false
}
