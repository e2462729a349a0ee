package vietnam

import (
	"slices"
	"strings"
)

// Successor is what an address may have become. It is a suggestion: a person confirms it, and the
// address itself stays as it stands on the card.
type Successor struct {
	Province Province // the province of today
	Former   string   // the province of before 01/07/2025 that the address names; empty if it names today's only
	// Communes that may have taken over, the likeliest first: named in the address, of the former
	// province if that is known. Empty where the table does not know or nothing fits.
	Communes []Commune
}

// SuggestSuccessors reads an address of two levels ("Ấp 1, Xã Giao Long, Vĩnh Long") or of three, as older
// cards carry it ("Ấp 1, xã Tân Hào, huyện Giồng Trôm, Bến Tre"), and suggests the units of today. It gives
// nil when the last part names no province. A name that two provinces had or have gives both.
func SuggestSuccessors(address string) []Successor {
	parts := strings.Split(Fold(address), ",")
	last := len(parts) - 1
	for last >= 0 && strings.Trim(parts[last], " .") == "" {
		last--
	}
	if last < 0 {
		return nil
	}
	var out []Successor
	named := provinceKey(parts[last])
	for _, p := range tables().provinces {
		former, ok := provinceNamed(p, named)
		if !ok {
			continue
		}
		out = append(out, Successor{p, former, communesNamed(p.Code, former, parts[:last])})
	}
	return out
}

// provinceNamed tells whether p is, or took in, a province of that folded name. The former name is given
// only when it says more than today's: an address in "Vĩnh Long" may lie anywhere in the new province.
func provinceNamed(p Province, key string) (former string, ok bool) {
	for _, name := range append([]string{p.Name, p.FullName}, p.Aliases...) {
		if provinceKey(Fold(name)) == key {
			return "", true
		}
	}
	for _, f := range p.Former {
		if provinceKey(Fold(f.Name)) == key {
			return f.Name, true
		}
	}
	return "", false
}

// provinceKey reduces a folded name to what is compared: no kind, no hyphens ("Bà Rịa - Vũng Tàu").
func provinceKey(folded string) string {
	bare := cutKind(strings.Trim(folded, " ."))
	return strings.Join(strings.Fields(strings.ReplaceAll(bare, "-", " ")), " ")
}

// communesNamed looks for communes whose names stand in the parts before the province. The part nearest
// the front is the most particular: the hamlet rarely has a commune's name, the old commune often, the
// old district (whose seat gave its name to a new commune) comes last.
func communesNamed(province ProvinceCode, former string, parts []string) []Commune {
	t := tables()
	var out []Commune
	for _, part := range parts {
		whole := strings.TrimSpace(part)
		bare := cutKind(whole) // not the only reading: "Xà Phiên" folds as if "xa" were its kind
		for i, c := range t.communes {
			if c.Province == province && (t.folded[i] == bare || t.folded[i] == whole) &&
				(former == "" || c.FormerProvince == former) && !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}
