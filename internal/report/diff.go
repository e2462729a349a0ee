package report

import (
	"slices"
)

// Change is one cell that a later look at the same period shows otherwise: what a correction report says.
type Change struct {
	Cell    string   `json:"cell"` // "row:column"
	Row     Text     `json:"row"`
	Column  Text     `json:"column"`
	Was     Cell     `json:"was"`
	Now     Cell     `json:"now"`
	Delta   int      `json:"delta"`   // of a count
	Added   []Member `json:"added"`   // counted now and not before
	Removed []Member `json:"removed"` // counted before and not now
}

// Diff says what a later table of the same report and period shows otherwise, and nothing else. What an
// event behind the period's end changed is no difference. Applied to was, the changes make now.
func Diff(was, now *Table) (list []Change) {
	columns := map[string]int{}
	for i, c := range was.Columns {
		columns[c.Key] = i
	}
	old := map[string]Row{}
	for _, r := range was.Rows {
		old[r.Key] = r
	}
	for _, r := range now.Rows {
		before, had := old[r.Key]
		delete(old, r.Key)
		for i, c := range now.Columns {
			if c.Personal || c.Key == "no" { // the running number of a register moves with every line before it
				continue
			}
			var cell Cell
			if at, ok := columns[c.Key]; had && ok {
				cell = before.Cells[at]
			}
			list = appendChange(list, was, now, r, c, cell, r.Cells[i])
		}
	}
	for _, r := range was.Rows {
		if _, gone := old[r.Key]; !gone {
			continue
		}
		for i, c := range was.Columns {
			if !c.Personal && c.Key != "no" {
				list = appendChange(list, was, now, r, c, r.Cells[i], Cell{})
			}
		}
	}
	return list
}

func appendChange(list []Change, was, now *Table, r Row, c Column, before, after Cell) []Change {
	a, b := was.MembersOf(before), now.MembersOf(after)
	x := Change{Cell: r.Key + ":" + c.Key, Row: r.Title, Column: columnTitle(c), Was: before, Now: after,
		Added: without(b, a), Removed: without(a, b)}
	same := len(x.Added)+len(x.Removed) == 0 && before.Text == after.Text && before.At == after.At && equal(before.Value, after.Value)
	if same {
		return list
	}
	if c.Shape == Count {
		x.Delta = len(b) - len(a)
	}
	x.Was.Of, x.Now.Of = nil, nil // they point into two tables
	return append(list, x)
}

func columnTitle(c Column) Text {
	if c.Group.VI == "" {
		return c.Title
	}
	return say(c.Group.VI+" – "+c.Title.VI, c.Group.EN+": "+c.Title.EN)
}

func equal(a, b *float64) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// without lists what stands in a and not in b; both are in order.
func without(a, b []Member) (rest []Member) {
	for _, m := range a {
		if _, found := slices.BinarySearchFunc(b, m, Member.compare); !found {
			rest = append(rest, m)
		}
	}
	return rest
}
