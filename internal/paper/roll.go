package paper

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-fonts/liberation/liberationsansbold"
	"github.com/go-fonts/liberation/liberationsansregular"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// A roll is 80 mm of thermal paper (giấy in nhiệt), of which the head prints 72 mm: 576 dots at 203
// dots an inch. The paper is drawn here dot by dot, so that every letter of Vietnamese comes out of
// every printer, whatever letters its own memory has.
const (
	rollDots   = 576
	rollMargin = 8
	rollText   = rollDots - 2*rollMargin
	// maxRoll bounds the length of one paper: 5 m. A longer one would be a mistake, not a slip.
	maxRoll = 40_000
	// Letters stand at the size of a newspaper's: 3 mm of height for what is read in the hand.
	bodyDots = 25
	noteDots = 21
	headDots = 32
)

// roll is one thermal paper in progress: black on white, one byte a dot until it is done.
type roll struct {
	img   *image.Gray
	y     int
	faces map[rollFace]font.Face
	err   error
}

type rollFace struct {
	bold bool
	size int
}

func newRoll() *roll {
	return &roll{img: image.NewGray(image.Rect(0, 0, rollDots, 0)), faces: map[rollFace]font.Face{}}
}

// face opens a letter size once; the drawing is of one goroutine.
func (r *roll) face(f rollFace) font.Face {
	if known, is := r.faces[f]; is {
		return known
	}
	ttf := liberationsansregular.TTF
	if f.bold {
		ttf = liberationsansbold.TTF
	}
	parsed, err := opentype.Parse(ttf)
	if err == nil {
		r.faces[f], err = opentype.NewFace(parsed, &opentype.FaceOptions{Size: float64(f.size), DPI: 72, Hinting: font.HintingFull})
	}
	if err != nil {
		r.err = errors.Join(r.err, fmt.Errorf("opening the roll's letters: %w", err))
		return nil
	}
	return r.faces[f]
}

// room gives h more white lines and returns where they begin; past the bound nothing is drawn and the
// paper fails as a whole.
func (r *roll) room(h int) (top int, ok bool) {
	top = r.y
	if r.err != nil || top+h > maxRoll {
		if r.err == nil {
			r.err = fmt.Errorf("drawing a roll: longer than %d dots", maxRoll)
		}
		return top, false
	}
	if need := top + h; need > r.img.Rect.Dy() {
		grown := image.NewGray(image.Rect(0, 0, rollDots, max(need, 2*r.img.Rect.Dy())))
		draw.Draw(grown, grown.Rect, image.White, image.Point{}, draw.Src)
		draw.Draw(grown, r.img.Rect, r.img, image.Point{}, draw.Src)
		r.img = grown
	}
	r.y += h
	return top, true
}

func (r *roll) gap(h int) { r.room(h) }

// rule draws a line over the whole width.
func (r *roll) rule() {
	r.gap(8)
	if top, ok := r.room(3); ok {
		draw.Draw(r.img, image.Rect(rollMargin, top, rollDots-rollMargin, top+2), image.Black, image.Point{}, draw.Src)
	}
	r.gap(8)
}

// text writes one paragraph, broken where it is too wide.
func (r *roll) text(size int, bold bool, words string) { r.write(size, bold, false, words) }

// centred is text in the middle.
func (r *roll) centred(size int, bold bool, words string) { r.write(size, bold, true, words) }

func (r *roll) write(size int, bold, middle bool, words string) {
	face := r.face(rollFace{bold, size})
	if face == nil || words == "" {
		return
	}
	for _, line := range broken(face, plainText(words)) {
		top, ok := r.room(size + size/3)
		if !ok {
			return
		}
		x := rollMargin
		if middle {
			x = (rollDots - font.MeasureString(face, line).Ceil()) / 2
		}
		d := font.Drawer{Dst: r.img, Src: image.Black, Face: face, Dot: fixed.P(max(x, rollMargin), top+size)}
		d.DrawString(line)
	}
}

// broken breaks a paragraph into lines that fit; a word wider than the paper is broken inside.
func broken(face font.Face, words string) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(words) {
		for {
			joined := strings.TrimSpace(line + " " + word)
			if fits(face, joined) {
				line = joined
				break
			}
			if line != "" {
				lines, line = append(lines, line), ""
				continue
			}
			head := longest(face, word)
			lines, word = append(lines, word[:head]), word[head:]
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

func fits(face font.Face, text string) bool {
	return len(text) <= 4*rollDots && font.MeasureString(face, text).Ceil() <= rollText
}

// longest is how many bytes of a word fit on a line; never less than one letter.
func longest(face font.Face, word string) int {
	end := 0
	for i, c := range word {
		next := i + utf8.RuneLen(c)
		if end > 0 && !fits(face, word[:next]) {
			break
		}
		end = next
	}
	return end
}

// boxed writes white on black: what must not be overlooked.
func (r *roll) boxed(size int, words string) {
	face := r.face(rollFace{true, size})
	if face == nil {
		return
	}
	for _, line := range broken(face, plainText(words)) {
		top, ok := r.room(size + size/2)
		if !ok {
			return
		}
		draw.Draw(r.img, image.Rect(rollMargin, top, rollDots-rollMargin, top+size+size/2), image.Black, image.Point{}, draw.Src)
		x := (rollDots - font.MeasureString(face, line).Ceil()) / 2
		d := font.Drawer{Dst: r.img, Src: image.White, Face: face, Dot: fixed.P(max(x, rollMargin), top+size+size/12)}
		d.DrawString(line)
	}
	r.gap(6)
}

// qr draws a code as large as the paper allows, in whole dots a module: an address of 193 characters
// has 57 modules and prints 65 mm wide.
func (r *roll) qr(text string) {
	code, err := encodeQR(text)
	if err != nil {
		r.err = errors.Join(r.err, err)
		return
	}
	module := max(min(rollDots/(code.Size+8), 8), 1)
	side := module * (code.Size + 8)
	if side > rollDots {
		r.err = errors.Join(r.err, fmt.Errorf("drawing a roll: a code of %d modules is wider than the paper", code.Size))
		return
	}
	top, ok := r.room(side)
	if !ok {
		return
	}
	left := (rollDots-side)/2 + 4*module
	top += 4 * module
	eachRun(code, func(x, y, n int) {
		draw.Draw(r.img, image.Rect(left+x*module, top+y*module, left+(x+n)*module, top+(y+1)*module), image.Black, image.Point{}, draw.Src)
	})
}

// mark draws a box, ticked or not, and the words beside it: fonts differ in their tick.
func (r *roll) mark(done bool, words string) {
	face := r.face(rollFace{done, noteDots})
	if face == nil {
		return
	}
	const box, indent = 18, 30
	for i, line := range broken(face, plainText(words)) {
		top, ok := r.room(noteDots + noteDots/3)
		if !ok {
			return
		}
		if i == 0 {
			r.box(rollMargin, top+4, box, done)
		}
		d := font.Drawer{Dst: r.img, Src: image.Black, Face: face, Dot: fixed.P(rollMargin+indent, top+noteDots)}
		d.DrawString(line)
	}
}

func (r *roll) box(x, y, side int, done bool) {
	draw.Draw(r.img, image.Rect(x, y, x+side, y+side), image.Black, image.Point{}, draw.Src)
	draw.Draw(r.img, image.Rect(x+2, y+2, x+side-2, y+side-2), image.White, image.Point{}, draw.Src)
	if !done {
		return
	}
	for w := range 4 { // a tick of strokes four dots thick: it survives a worn head
		for i := range 4 {
			r.img.SetGray(x+3+i, y+7+i+w, color.Gray{})
		}
		for i := range 9 {
			r.img.SetGray(x+6+i, y+11-i+w, color.Gray{})
		}
	}
}

// Format is how a roll leaves for the printer.
type Format int

// The formats. ESCPOS is the printers' own language (GS v 0, one bit a dot), which nearly every 80 mm
// printer takes without a driver; PNG is for a print queue that has one, and for tests.
const (
	ESCPOS Format = iota
	PNG
)

// output writes the finished paper; the same paper gives the same bytes.
func (r *roll) output(w io.Writer, f Format) error {
	r.gap(24)
	if r.err != nil {
		return r.err
	}
	page, _ := r.img.SubImage(image.Rect(0, 0, rollDots, r.y)).(*image.Gray)
	if f == PNG {
		return writePNG(w, page)
	}
	return writeESCPOS(w, page)
}

func black(page *image.Gray, x, y int) bool { return page.GrayAt(x, y).Y < 128 }

func writePNG(w io.Writer, page *image.Gray) error {
	two := image.NewPaletted(page.Rect, color.Palette{color.White, color.Black})
	for y := range page.Rect.Dy() {
		for x := range rollDots {
			if black(page, x, y) {
				two.SetColorIndex(x, y, 1)
			}
		}
	}
	if err := png.Encode(w, two); err != nil {
		return fmt.Errorf("writing a roll: %w", err)
	}
	return nil
}

// bandLines is how many lines travel in one command: printers' memories differ, all hold this many.
const bandLines = 128

func writeESCPOS(w io.Writer, page *image.Gray) error {
	const rowBytes = rollDots / 8
	var b bytes.Buffer
	b.WriteString("\x1b@") // as switched on: nothing of the paper before stays
	for top := 0; top < page.Rect.Dy(); top += bandLines {
		lines := min(bandLines, page.Rect.Dy()-top)
		b.Write([]byte{0x1d, 'v', '0', 0, rowBytes, 0, byte(lines), byte(lines >> 8)})
		for y := top; y < top+lines; y++ {
			for x := 0; x < rollDots; x += 8 {
				var dots byte
				for bit := range 8 {
					if black(page, x+bit, y) {
						dots |= 0x80 >> bit
					}
				}
				b.WriteByte(dots)
			}
		}
	}
	b.WriteString("\x1bd\x04\x1dVB\x00") // four lines on, cut
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("writing a roll: %w", err)
	}
	return nil
}
