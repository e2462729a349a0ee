package officepaper

import (
	"fmt"
	"strings"
	"sync"
	"unicode"

	"github.com/go-fonts/liberation/liberationserifbold"
	"github.com/go-fonts/liberation/liberationserifbolditalic"
	"github.com/go-fonts/liberation/liberationserifitalic"
	"github.com/go-fonts/liberation/liberationserifregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// The four faces, by fpdf's names for them.
const (
	regular    = ""
	bold       = "B"
	italic     = "I"
	boldItalic = "BI"
)

// faces are the letters, of the metrics of Times New Roman, which decree 30/2020 asks for.
var faces = map[string][]byte{regular: liberationserifregular.TTF, bold: liberationserifbold.TTF,
	italic: liberationserifitalic.TTF, boldItalic: liberationserifbolditalic.TTF}

// mm is one point in millimetres.
const mm = 25.4 / 72

// alphabet knows how wide every letter of the basic plane is, in thousandths of the type size; a letter
// that is missing in one of the faces has none.
type alphabet struct {
	widths map[string][]uint16
	err    error
}

// noLetter stands for a missing one.
const noLetter = 0xffff

// letters opens the faces once; they travel with the program, so a fault is ours and fails every paper.
var letters = sync.OnceValue(func() *alphabet {
	a := &alphabet{widths: map[string][]uint16{}}
	for style, ttf := range faces {
		if a.widths[style], a.err = widthsOf(ttf); a.err != nil {
			a.err = fmt.Errorf("opening the letters %q: %w", style, a.err)
			break
		}
	}
	return a
})

func widthsOf(ttf []byte) ([]uint16, error) {
	f, err := sfnt.Parse(ttf)
	if err != nil {
		return nil, err
	}
	out := make([]uint16, 1<<16)
	var b sfnt.Buffer
	units := int(f.UnitsPerEm())
	for r := range out {
		out[r] = noLetter
		i, err := f.GlyphIndex(&b, rune(r))
		if err != nil || i == 0 {
			continue
		}
		wide, err := f.GlyphAdvance(&b, i, fixed.I(units), font.HintingNone)
		if err != nil {
			return nil, err
		}
		out[r] = uint16((wide.Round()*1000 + units/2) / units)
	}
	return out, nil
}

// has says whether every face shows r.
func (a *alphabet) has(r rune) bool {
	if r < 0 || r > 0xfffe {
		return false
	}
	for _, style := range []string{regular, bold, italic, boldItalic} {
		if w := a.widths[style]; w == nil || w[r] == noLetter {
			return false
		}
	}
	return true
}

// wide is the width of a letter in mm.
func (a *alphabet) wide(r rune, t type_) float64 {
	w := a.widths[t.style]
	if r < 0 || int(r) >= len(w) || w[r] == noLetter {
		return t.size * mm
	}
	return float64(w[r]) / 1000 * t.size * mm
}

// type_ is a face at a size in points.
type type_ struct {
	style string
	size  float64
}

func (t type_) height() float64   { return t.size * mm * 1.22 }
func (t type_) baseline() float64 { return t.size * mm * 0.97 } // of the line, from its top

func (t type_) width(text string) (w float64) {
	for _, r := range text {
		w += letters().wide(r, t)
	}
	return w
}

// run is a stretch of text of one face.
type run struct {
	text string
	t    type_
}

// line is what fits beside one another.
type line struct {
	runs   []run
	width  float64
	height float64
}

func (l *line) add(r rune, t type_, wide float64) {
	if n := len(l.runs); n > 0 && l.runs[n-1].t == t {
		l.runs[n-1].text += string(r)
	} else {
		l.runs = append(l.runs, run{string(r), t})
	}
	l.width += wide
	l.height = max(l.height, t.height())
}

// glyph is one letter on its way into a line.
type glyph struct {
	r    rune
	t    type_
	wide float64
}

// broken sets runs into lines of at most width mm: at blanks, else inside a word that is wider than a
// line, never before a mark that belongs to the letter before it. No letter is lost but blanks at an edge.
func broken(width float64, runs ...run) (out []line) {
	var word, now []glyph
	var used, wordWide float64
	emit := func() {
		out = append(out, lineOf(now, runs))
		now, used = nil, 0
	}
	place := func() {
		if used > 0 && used+wordWide > width {
			emit()
		}
		for i, part := range pieces(word, width) {
			if i > 0 {
				emit()
			}
			for _, g := range part {
				now, used = append(now, g), used+g.wide
			}
		}
		word, wordWide = nil, 0
	}
	for _, r := range runs {
		for _, c := range r.text {
			g := glyph{c, r.t, letters().wide(c, r.t)}
			switch c {
			case '\n':
				place()
				emit()
			case ' ':
				place()
				if len(now) > 0 && used+g.wide <= width {
					now, used = append(now, g), used+g.wide
				} else if len(now) > 0 {
					emit()
				}
			default:
				word, wordWide = append(word, g), wordWide+g.wide
			}
		}
	}
	place()
	if len(now) > 0 || len(out) == 0 {
		emit()
	}
	return out
}

// pieces cuts a word that is wider than a line: behind a stroke where there is one, for codes are read
// in groups; else behind the last letter that fits.
func pieces(word []glyph, width float64) (out [][]glyph) {
	for len(word) > 0 {
		n, used, stroke := 0, 0.0, 0
		for n < len(word) && (n == 0 || used+word[n].wide <= width || unicode.Is(unicode.Mn, word[n].r)) {
			used += word[n].wide
			n++
			if r := word[n-1].r; r == '-' || r == '/' || r == '@' {
				stroke = n
			}
		}
		if n < len(word) && stroke > 0 {
			n = stroke
		}
		out, word = append(out, word[:n]), word[n:]
	}
	return out
}

// balanced is the least width in which runs take no more lines than in width: no word is left alone.
func balanced(width float64, runs ...run) float64 {
	n, low := len(broken(width, runs...)), width/2
	for width-low > 0.5 {
		if mid := (low + width) / 2; len(broken(mid, runs...)) > n {
			low = mid
		} else {
			width = mid
		}
	}
	return width
}

// lineOf joins glyphs and drops the blanks behind the last one.
func lineOf(glyphs []glyph, runs []run) (l line) {
	for len(glyphs) > 0 && glyphs[len(glyphs)-1].r == ' ' {
		glyphs = glyphs[:len(glyphs)-1]
	}
	for _, g := range glyphs {
		l.add(g.r, g.t, g.wide)
	}
	if l.height == 0 && len(runs) > 0 {
		l.height = runs[0].t.height()
	}
	return l
}

// blank says whether nothing of a text would be seen.
func blank(text string) bool { return strings.TrimSpace(text) == "" }
