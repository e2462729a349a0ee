package paper

import (
	"bytes"
	"fmt"

	"rsc.io/qr"
)

// qrLevel is medium error correction (15 %): a slip is folded into a pocket, and an address of
// about 193 characters still reads at 33 mm.
const qrLevel = qr.M

// QRSVG draws text as a scalable QR code with its quiet zone of four modules (ISO/IEC 18004).
// The picture has no inline style, so that a strict content policy shows it.
func QRSVG(text string) ([]byte, error) {
	code, err := encodeQR(text)
	if err != nil {
		return nil, err
	}
	const quiet = 4
	side := code.Size + 2*quiet
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" shape-rendering="crispEdges">`, side, side)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#fff"/><path fill="#000" d="`, side, side)
	eachRun(code, func(x, y, n int) {
		fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x+quiet, y+quiet, n, n)
	})
	b.WriteString(`"/></svg>`)
	return b.Bytes(), nil
}

func encodeQR(text string) (*qr.Code, error) {
	if text == "" {
		return nil, fmt.Errorf("drawing a QR code: nothing to encode")
	}
	code, err := qr.Encode(text, qrLevel)
	if err != nil {
		return nil, fmt.Errorf("drawing a QR code of %d characters: %w", len(text), err)
	}
	return code, nil
}

// eachRun calls draw for every horizontal run of black modules: fewer, larger rectangles print
// without hairlines between them.
func eachRun(code *qr.Code, draw func(x, y, n int)) {
	for y := range code.Size {
		for x := 0; x < code.Size; x++ {
			if !code.Black(x, y) {
				continue
			}
			n := 1
			for x+n < code.Size && code.Black(x+n, y) {
				n++
			}
			draw(x, y, n)
			x += n
		}
	}
}
