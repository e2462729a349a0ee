package codereader

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"os/exec"
	"strconv"
	"time"
)

// ErrNoPDF says that pdftoppm is not installed (Debian: poppler-utils).
var ErrNoPDF = errors.New("no program is installed that draws a PDF; install poppler-utils, or give a picture")

// What is drawn of a page: A3 at 200 dots an inch, and no more of one as large as a hall.
const (
	mostAcross = 2339
	mostDown   = 3307
)

// FirstPage draws the first page of a PDF in grey at 200 dots an inch.
func FirstPage(ctx context.Context, pdf []byte) (*image.Gray, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "pdftoppm", "-gray", "-r", "200",
		"-x", "0", "-y", "0", "-W", strconv.Itoa(mostAcross), "-H", strconv.Itoa(mostDown), "-singlefile", "-")
	cmd.Stdin = bytes.NewReader(pdf)
	cmd.WaitDelay = time.Second
	out := &bounded{most: mostAcross*mostDown + 64}
	cmd.Stdout = out
	err := cmd.Run()
	if errors.Is(err, exec.ErrNotFound) {
		return nil, fmt.Errorf("%w: %w", ErrNoPDF, err)
	}
	if err != nil {
		return nil, fmt.Errorf("drawing a page: %w", err)
	}
	return readPGM(out.kept.Bytes())
}

// readPGM reads the picture that pgm writes.
func readPGM(data []byte) (*image.Gray, error) {
	var w, h, most int
	rest := data
	for i, into := range []*int{nil, &w, &h, &most} {
		word, after, found := bytes.Cut(rest, []byte("\n"))
		if i == 1 { // "width height" stand on one line
			word, after, found = bytes.Cut(rest, []byte(" "))
		}
		if !found || len(word) > 8 || i == 0 && string(word) != "P5" {
			return nil, errors.New("reading a drawn page: not a grey picture")
		}
		rest = after
		if into == nil {
			continue
		}
		if _, err := fmt.Sscanf(string(word), "%d", into); err != nil {
			return nil, fmt.Errorf("reading a drawn page: %w", err)
		}
	}
	if w <= 0 || h <= 0 || most != 255 || w > maxDots/h || len(rest) != w*h {
		return nil, fmt.Errorf("reading a drawn page: %d × %d dots in %d bytes", w, h, len(rest))
	}
	return &image.Gray{Pix: rest, Stride: w, Rect: image.Rect(0, 0, w, h)}, nil
}
