package vietnam

import (
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// ProvinceCode is the two-digit code of a province since 01/07/2025 (Quyết định 19/2025/QĐ-TTg). Seven
// of them (15 24 44 52 80 82 91) belonged to another province before: never read one without a date.
type ProvinceCode string

// CommuneCode is the five-digit code of a commune, for example 28807 for Xã Giao Long.
type CommuneCode string

// ErrCommuneCode refuses what cannot be a commune code.
var ErrCommuneCode = &Problem{"commune_code",
	"Mã xã, phường gồm 5 chữ số, ví dụ 28807.",
	"a commune code has 5 digits, for example 28807"}

// ParseCommuneCode reads a code of the right shape. That a commune is not in the embedded table
// (FindCommune) does not make its code wrong: the table knows three provinces.
func ParseCommuneCode(s string) (CommuneCode, error) {
	s = strings.TrimSpace(s)
	if len(s) != 5 || strings.Trim(s, "0123456789") != "" {
		return "", ErrCommuneCode
	}
	return CommuneCode(s), nil
}

// UnitKind is what a unit is called before its name.
type UnitKind string

// The kinds of units since 01/07/2025 (there are no districts any more).
const (
	KindTinh   UnitKind = "tinh"      // province
	KindCity   UnitKind = "thanh_pho" // city run by the central government
	KindXa     UnitKind = "xa"        // rural commune
	KindPhuong UnitKind = "phuong"    // ward
	KindDacKhu UnitKind = "dac_khu"   // island zone
)

var kindWords = map[UnitKind]string{
	KindTinh: "Tỉnh", KindCity: "Thành phố", KindXa: "Xã", KindPhuong: "Phường", KindDacKhu: "Đặc khu",
}

// FormerProvince is one of the 63 provinces of before 01/07/2025.
type FormerProvince struct {
	Name   string `json:"name"`
	Code   string `json:"code"`   // its old two-digit code; "0" before it is the birth place code of a CitizenID
	Agency string `json:"agency"` // its old agency code, H01 to H63
}

// Province is one of the 34 of today.
type Province struct {
	Code     ProvinceCode `json:"code"`
	Name     string       `json:"name"`
	FullName string       `json:"full_name"`
	Aliases  []string     `json:"aliases,omitempty"` // other spellings in official use
	Kind     UnitKind     `json:"kind"`
	Agency   string       `json:"agency"` // agency code (mã định danh), level 1
	// AgencyVerified: seen on a real dossier. Otherwise inferred from the province of the same name;
	// a province confirms it before use.
	AgencyVerified bool             `json:"agency_verified,omitempty"`
	CommuneCount   int              `json:"communes"`
	Former         []FormerProvince `json:"former"` // the provinces it was made of, itself first
}

// Commune is one commune-level unit. Its agency code is not here: provinces give them out, and a
// machine learns its own from the province.
type Commune struct {
	Code     CommuneCode  `json:"code"`
	Kind     UnitKind     `json:"kind"`
	Name     string       `json:"name"` // without its kind: "Giao Long"
	Province ProvinceCode `json:"province"`
	// FormerProvince is the name of the province the land belonged to before 01/07/2025.
	FormerProvince string `json:"former_province"`
}

// FullName is the name with its kind: "Xã Giao Long".
func (c Commune) FullName() string { return kindWords[c.Kind] + " " + c.Name }

// Provinces returns all 34 provinces by code.
func Provinces() []Province { return slices.Clone(tables().provinces) }

// FindProvince looks a province up by its present code.
func FindProvince(code ProvinceCode) (Province, bool) {
	for _, p := range tables().provinces {
		if p.Code == code {
			return p, true
		}
	}
	return Province{}, false
}

// FindCommune looks a commune up by its code.
func FindCommune(code CommuneCode) (Commune, bool) {
	t := tables()
	i, ok := slices.BinarySearchFunc(t.communes, code, func(c Commune, code CommuneCode) int {
		return strings.Compare(string(c.Code), string(code))
	})
	if !ok {
		return Commune{}, false
	}
	return t.communes[i], true
}

// Communes returns the communes of a province by code. The embedded table holds those of Đồng Nai (75),
// Vĩnh Long (86) and Cần Thơ (92); other provinces come with a pack and give nil here.
func Communes(province ProvinceCode) []Commune {
	var out []Commune
	for _, c := range tables().communes {
		if c.Province == province {
			out = append(out, c)
		}
	}
	return out
}

// SearchCommunes finds communes by what a person types, with or without diacritics, kind or case:
// whole names spelt exactly, then whole names folded alike, then names that begin so, then names that hold
// such words. At most limit results (0: all). An empty query finds nothing.
func SearchCommunes(query string, limit int) []Commune {
	plain := Fold(query)
	if plain == "" {
		return nil
	}
	t := tables()
	exact := strings.ToLower(strings.Join(strings.Fields(norm.NFC.String(query)), " "))
	ranks := make(map[CommuneCode]int)
	var out []Commune
	for i, c := range t.communes {
		// The kind belongs to the name as well as not: "xã giao long" and "giao long" both find it.
		rank := rankName(exact, plain, c.Name, t.folded[i])
		if full := rankName(exact, plain, c.FullName(), Fold(c.FullName())); full > 0 && (rank == 0 || full < rank) {
			rank = full
		}
		if rank > 0 {
			ranks[c.Code] = rank
			out = append(out, c)
		}
	}
	slices.SortStableFunc(out, func(a, b Commune) int { return ranks[a.Code] - ranks[b.Code] })
	if limit > 0 && len(out) > limit {
		out = out[:limit]
	}
	return out
}

// rankName: 1 spelt so, 2 folds so, 3 begins so, 4 holds such words, 0 nothing of it.
func rankName(exact, plain, name, folded string) int {
	switch {
	case folded == plain && strings.ToLower(name) == exact:
		return 1
	case folded == plain:
		return 2
	case strings.HasPrefix(folded, plain):
		return 3
	case strings.Contains(folded, " "+plain):
		return 4
	}
	return 0
}

// unitPrefixes in folded form, the longer before the shorter.
var unitPrefixes = []string{
	"thanh pho ", "thi tran ", "thi xa ", "dac khu ", "phuong ", "huyen ", "tinh ", "quan ", "xa ",
	"tp. ", "tp ", "tp.", "tt. ", "tx. ", "p. ", "p.", "x. ", "h. ", "h.", "q. ", "t. ",
}

// cutKind takes the kind off a folded name: "xa giao long" is "giao long".
func cutKind(folded string) string {
	for _, p := range unitPrefixes {
		if rest, ok := strings.CutPrefix(folded, p); ok && rest != "" {
			return strings.TrimSpace(rest)
		}
	}
	return folded
}
