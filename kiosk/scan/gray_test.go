package scan

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
)

func TestGray(t *testing.T) {
	big := image.NewRGBA(image.Rect(0, 0, 4800, 400))
	for y := range 400 {
		for x := range 2400 {
			big.Set(x, y, color.Black)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, big); err != nil {
		t.Fatal(err)
	}
	got, err := Gray(b.Bytes())
	if err != nil || got.Rect.Dx() != graySide || got.Rect.Dy() != 200 || got.GrayAt(100, 100).Y > 10 || got.GrayAt(2300, 100).Y < 245 {
		t.Fatalf("%v, %v", got.Rect, err) // the right half is transparent: paper
	}
	b.Reset()
	if err := jpeg.Encode(&b, big.SubImage(image.Rect(0, 0, 40, 30)), nil); err != nil {
		t.Fatal(err)
	}
	if got, err := Gray(b.Bytes()); err != nil || got.Rect.Dx() != 40 {
		t.Fatalf("a small one: %v, %v", got, err)
	}
	for name, data := range map[string][]byte{"empty": nil, "a PDF": []byte("%PDF-1.4"), "text": []byte("hello"), "cut": b.Bytes()[:200]} {
		if _, err := Gray(data); IsRefusal(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
