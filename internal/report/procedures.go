package report

import (
	"cmp"
	"slices"
	"strings"
)

// Procedure is one procedure of the catalogue, as far as reports ask.
type Procedure struct {
	Code   string
	Name   Text
	Field  Text
	Levels []string // who decides: "Cấp xã", "Cấp tỉnh" …
	Online bool     // the catalogue states a way of filing it online
}

// LevelsOf reads the catalogue's statement of levels: "Cấp tỉnh, Cấp xã". There is always one.
func LevelsOf(text string) (levels []string) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part != "" {
			levels = append(levels, part)
		}
	}
	if levels == nil {
		return []string{"Chưa ghi cấp"}
	}
	return levels
}

// oneStop counts II.07b/VPCP/KSTT: procedures under the one-stop mechanism by level, and by field. One
// procedure may be decided at several levels; the sum counts it once.
func (t *Table) oneStop(in Input) {
	list := slices.Clone(in.Procedures)
	slices.SortFunc(list, func(a, b Procedure) int { return cmp.Compare(a.Code, b.Code) })
	list = slices.CompactFunc(list, func(a, b Procedure) bool { return a.Code == b.Code })
	t.Columns = []Column{{Key: "field", Title: say("Lĩnh vực", "Field"), Shape: Word, Width: 60}}
	all := Column{Key: "all", Title: say("Tổng số thủ tục", "All procedures"), Shape: Count, Width: 24}
	levels := levelsOf(list)
	for _, l := range levels {
		c := Column{Key: fieldKey(Text{VI: l}), Group: say("Trong đó, cấp giải quyết", "Of these, decided at"), Title: say(l, l), Shape: Count, Width: 24}
		all.Sum = append(all.Sum, c.Key)
		t.Columns = append(t.Columns, c)
	}
	t.Columns = slices.Insert(t.Columns, 1, all)
	g := newGrid(t)
	total := g.row(totalOfAll, say("Tổng số", "Total"))
	total.Total = true
	for i, p := range list {
		t.Members = append(t.Members, Member{Procedure: p.Code})
		for _, r := range []*Row{g.row(fieldKey(p.Field), fieldName(p.Field)), total} {
			g.add(r, "all", int32(i))
			for _, l := range p.Levels {
				g.add(r, fieldKey(Text{VI: l}), int32(i))
			}
		}
	}
	t.Rows = g.byTitle()
}

// levelsOf are the levels that occur, the commune first.
func levelsOf(list []Procedure) (levels []string) {
	for _, p := range list {
		for _, l := range p.Levels {
			if !slices.Contains(levels, l) {
				levels = append(levels, l)
			}
		}
	}
	slices.SortFunc(levels, func(a, b string) int {
		const commune = "Cấp xã"
		return cmp.Or(-cmp.Compare(btoi(a == commune), btoi(b == commune)), cmp.Compare(a, b))
	})
	return levels
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
