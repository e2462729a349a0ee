// Package codereader reads the square codes (mã QR = QR code) in a picture of the camera, with the
// machine's own reader, zbarimg.
//
// It promises that the reader sees nothing but plain grey dots that this program decoded itself, never
// the bytes that came from outside; that a picture passes through a pipe and never lies in a file; and
// that a reader that hangs is ended.
//
// It refuses pictures of more than eight million dots. It keeps nothing: a power cut leaves nothing.
package codereader

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"os/exec"
	"strings"
	"time"
)

// Zbar is the reader; the zero value is the zbarimg of the path.
type Zbar struct{ Command string }

const (
	patience = 10 * time.Second
	maxDots  = 8 << 20
	maxText  = 64 << 10
	maxCodes = 8
	nothing  = 4 // zbarimg's exit status for a picture without a code
)

// ErrNoReader says that zbarimg is not installed (Debian: zbar-tools).
var ErrNoReader = errors.New("no code reader is installed; install zbar-tools, or use a hand scanner")

// Find is the reader of this machine, or ErrNoReader.
func Find() (Zbar, error) {
	path, err := exec.LookPath("zbarimg")
	if err != nil {
		return Zbar{}, fmt.Errorf("%w: %w", ErrNoReader, err)
	}
	return Zbar{path}, nil
}

// Read gives the texts of the codes in a picture, none when there is no code.
func (z Zbar) Read(ctx context.Context, img *image.Gray) ([]string, error) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	if w <= 0 || h <= 0 || w > maxDots/h {
		return nil, fmt.Errorf("reading codes: a picture of %d × %d dots", w, h)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	command := z.Command
	if command == "" {
		command = "zbarimg"
	}
	cmd := exec.CommandContext(ctx, command, "--quiet", "--raw", "--nodbus", "-Sdisable", "-Sqrcode.enable", "pgm:-")
	cmd.Stdin = bytes.NewReader(pgm(img))
	cmd.WaitDelay = time.Second
	out := &bounded{most: maxText}
	cmd.Stdout = out
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.ExitCode() == nothing:
		return nil, nil
	case errors.Is(err, exec.ErrNotFound):
		return nil, fmt.Errorf("%w: %w", ErrNoReader, err)
	case err != nil:
		return nil, fmt.Errorf("reading codes: %w", err)
	}
	var codes []string
	for line := range strings.SplitSeq(out.kept.String(), "\n") {
		if line != "" && len(codes) < maxCodes {
			codes = append(codes, line)
		}
	}
	return codes, nil
}

// pgm is the plainest picture there is: a line of words, then one byte a dot.
func pgm(img *image.Gray) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := fmt.Appendf(make([]byte, 0, w*h+32), "P5\n%d %d\n255\n", w, h)
	for y := range h {
		at := img.PixOffset(img.Rect.Min.X, img.Rect.Min.Y+y)
		out = append(out, img.Pix[at:at+w]...)
	}
	return out
}

// bounded keeps the beginning of what a program says. The buffer is not embedded: its ReadFrom would
// take everything.
type bounded struct {
	most int
	kept bytes.Buffer
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.most - b.kept.Len(); room > 0 {
		b.kept.Write(p[:min(room, len(p))])
	}
	return len(p), nil
}
