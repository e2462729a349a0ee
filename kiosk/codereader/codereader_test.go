package codereader

import (
	"errors"
	"image"
	"image/color"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"rsc.io/qr"
)

// picture draws codes beside one another, with a white frame.
func picture(t *testing.T, texts ...string) *image.Gray {
	t.Helper()
	const dots = 5
	img := image.NewGray(image.Rect(0, 0, 40+500*max(len(texts), 1), 540))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for n, text := range texts {
		code, err := qr.Encode(text, qr.M)
		if err != nil {
			t.Fatal(err)
		}
		for y := range code.Size * dots {
			for x := range code.Size * dots {
				if code.Black(x/dots, y/dots) {
					img.SetGray(40+500*n+x, 40+y, color.Gray{})
				}
			}
		}
	}
	return img
}

func reader(t *testing.T) Zbar {
	t.Helper()
	z, err := Find()
	if err != nil {
		t.Skip("LOUD: zbarimg (zbar-tools) is missing, so no code was read from a picture; run make setup")
	}
	return z
}

func TestCodesAreRead(t *testing.T) {
	z := reader(t)
	got, err := z.Read(t.Context(), picture(t, "https://tinh.example/t/AQabc_-", "00020101"))
	slices.Sort(got)
	if err != nil || !slices.Equal(got, []string{"00020101", "https://tinh.example/t/AQabc_-"}) {
		t.Fatalf("%q, %v", got, err)
	}
	if got, err := z.Read(t.Context(), picture(t)); err != nil || len(got) != 0 {
		t.Fatalf("white paper: %q, %v", got, err)
	}
	part, _ := picture(t, "a part of a larger picture").SubImage(image.Rect(20, 20, 400, 400)).(*image.Gray)
	if got, err := z.Read(t.Context(), part); err != nil || len(got) != 1 {
		t.Fatalf("a part: %q, %v", got, err)
	}
}

func TestRefusals(t *testing.T) {
	if _, err := (Zbar{"no-such-reader-of-codes"}).Read(t.Context(), picture(t)); !errors.Is(err, ErrNoReader) {
		t.Errorf("without a reader: %v", err)
	}
	for _, r := range []image.Rectangle{{}, image.Rect(0, 0, 1, maxDots+1)} {
		if _, err := (Zbar{}).Read(t.Context(), &image.Gray{Rect: r}); err == nil {
			t.Errorf("a picture of %v was taken", r)
		}
	}
	loud := filepath.Join(t.TempDir(), "loud")
	if err := os.WriteFile(loud, []byte("#!/bin/sh\ncat >/dev/null; yes AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA | head -c 10000000\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got, err := (Zbar{loud}).Read(t.Context(), picture(t)); err != nil || len(got) > maxCodes {
		t.Errorf("a reader without end: %d codes, %v", len(got), err)
	}
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("#!/bin/sh\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := (Zbar{broken}).Read(t.Context(), picture(t)); err == nil {
		t.Error("a reader that failed was taken for white paper")
	}
}

func TestPictureIsReadBack(t *testing.T) {
	img := picture(t, "x")
	got, err := readPGM(pgm(img))
	if err != nil || got.Rect != img.Rect || !slices.Equal(got.Pix, img.Pix) {
		t.Fatalf("%v, %v", got.Rect, err)
	}
}

func FuzzReadPGM(f *testing.F) {
	f.Add([]byte("P5\n2 1\n255\nab"))
	f.Add([]byte("P5\n99999999 99999999\n255\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if img, err := readPGM(data); err == nil && len(img.Pix) != img.Rect.Dx()*img.Rect.Dy() {
			t.Fatalf("%v in %d bytes", img.Rect, len(img.Pix))
		}
	})
}
