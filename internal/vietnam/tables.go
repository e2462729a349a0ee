package vietnam

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// The 34 provinces and the 63 they were made of (Nghị quyết 202/2025/QH15, Quyết định 19/2025/QĐ-TTg,
// Nghị quyết 30/2026/QH16), and the communes of three of them, as of 25/07/2026.
var (
	//go:embed data/provinces.json
	provincesFile []byte
	//go:embed data/communes.tsv
	communesFile string
)

// unitTables is what the embedded files say, read once.
type unitTables struct {
	provinces []Province
	former    map[string]FormerProvince // by old two-digit code
	communes  []Commune                 // by code
	folded    []string                  // Fold of the names of communes, same order
}

var tables = sync.OnceValue(func() *unitTables {
	t, err := readTables(provincesFile, communesFile)
	if err != nil {
		panic("vietnam: the embedded tables are broken: " + err.Error())
	}
	return t
})

func readTables(provinces []byte, communes string) (*unitTables, error) {
	t := &unitTables{former: map[string]FormerProvince{}}
	if err := json.Unmarshal(provinces, &t.provinces); err != nil {
		return nil, fmt.Errorf("reading provinces: %w", err)
	}
	known := map[ProvinceCode]Province{}
	for _, p := range t.provinces {
		known[p.Code] = p
		for _, f := range p.Former {
			if _, twice := t.former[f.Code]; twice {
				return nil, fmt.Errorf("former province %s stands twice", f.Code)
			}
			t.former[f.Code] = f
		}
	}
	for line := range strings.Lines(communes) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		c, err := readCommune(line, known)
		if err != nil {
			return nil, err
		}
		if n := len(t.communes); n > 0 && t.communes[n-1].Code >= c.Code {
			return nil, fmt.Errorf("commune %s is out of order", c.Code)
		}
		t.communes = append(t.communes, c)
		t.folded = append(t.folded, Fold(c.Name))
	}
	return t, nil
}

// readCommune reads one line: code, kind, name, province, former province, separated by tabs.
func readCommune(line string, known map[ProvinceCode]Province) (Commune, error) {
	f := strings.Split(line, "\t")
	if len(f) != 5 {
		return Commune{}, fmt.Errorf("commune line %q has %d fields", line, len(f))
	}
	code, err := ParseCommuneCode(f[0])
	if err != nil {
		return Commune{}, fmt.Errorf("commune line %q: %w", line, err)
	}
	c := Commune{Code: code, Kind: UnitKind(f[1]), Name: f[2], Province: ProvinceCode(f[3]), FormerProvince: f[4]}
	if kindWords[c.Kind] == "" {
		return Commune{}, fmt.Errorf("commune %s: kind %q", code, c.Kind)
	}
	for _, former := range known[c.Province].Former {
		if former.Name == c.FormerProvince {
			return c, nil
		}
	}
	return Commune{}, fmt.Errorf("commune %s: province %s was not made of %q", code, c.Province, c.FormerProvince)
}
