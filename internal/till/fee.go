package till

import "bendo/internal/catalog"

// maxUnits bounds a count somebody types: pages of a copy, copies, cases.
const maxUnits = 100_000

// CopyFee is what a formula by pages asks for copies of one original of so many pages: the first two
// pages at one price, the others at another, each copy up to a cap. ok is false where the formula has no
// such prices, or the counts make no sense.
func CopyFee(f catalog.FeeFormula, pages, copies int) (amount int64, ok bool) {
	if f.FirstTwo <= 0 || pages < 1 || copies < 1 || pages > maxUnits || copies > maxUnits {
		return 0, false
	}
	one := f.FirstTwo*int64(min(pages, 2)) + f.FromThird*int64(max(pages-2, 0))
	if f.Cap > 0 {
		one = min(one, f.Cap)
	}
	return one * int64(copies), true
}

// UnitFee is what a formula by unit asks for so many.
func UnitFee(f catalog.FeeFormula, units int) (amount int64, ok bool) {
	if f.Each <= 0 || units < 1 || units > maxUnits {
		return 0, false
	}
	return f.Each * int64(units), true
}
