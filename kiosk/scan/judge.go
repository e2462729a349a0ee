package scan

import "image"

// Limits of the judgement, in grey levels 0…255, found on drawn A4 pages: a written page under
// office light has a mean above 120 and spreads by more than 10; an empty sheet spreads by less
// than 4; a page photographed under a table has a mean below 55. They only warn.
const (
	blankSpread = 4.0
	darkMean    = 55.0
)

// judge lists what a resident should look at again. It never refuses: an officer decides.
func judge(img image.Image) []string {
	var codes []string
	b := img.Bounds()
	if min(b.Dx(), b.Dy()) < minSide {
		codes = append(codes, "too_small")
	}
	mean, spread := greyness(img)
	switch {
	case mean < darkMean:
		codes = append(codes, "too_dark")
	case spread < blankSpread:
		codes = append(codes, "blank")
	}
	return codes
}

// greyness gives the mean and the mean absolute deviation of a grid of sample points.
func greyness(img image.Image) (mean, spread float64) {
	b := img.Bounds()
	stepX, stepY := max(1, b.Dx()/sampleGrid), max(1, b.Dy()/sampleGrid)
	var levels []float64
	for y := b.Min.Y; y < b.Max.Y; y += stepY {
		for x := b.Min.X; x < b.Max.X; x += stepX {
			r, g, bl, _ := img.At(x, y).RGBA()
			levels = append(levels, (0.299*float64(r)+0.587*float64(g)+0.114*float64(bl))/257)
		}
	}
	for _, v := range levels {
		mean += v
	}
	mean /= float64(len(levels))
	for _, v := range levels {
		spread += max(v-mean, mean-v)
	}
	return mean, spread / float64(len(levels))
}
