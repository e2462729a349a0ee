package report

import (
	"bytes"
	"slices"
	"strings"

	"bendo/syncproto"
)

// Shape is what stands in a column.
type Shape string

// The shapes.
const (
	Word   Shape = "text"
	Count  Shape = "count" // of dossiers or procedures, which the cell names
	Day    Shape = "date"  // unix ms, shown as day and hour of Viet Nam
	Share  Shape = "share" // 0 to 1
	Points Shape = "points"
)

// Column is one column of a report.
type Column struct {
	Key      string   `json:"key"`
	Title    Text     `json:"title"`
	Group    Text     `json:"group,omitzero"` // over several columns
	Shape    Shape    `json:"kind"`
	Sum      []string `json:"sum,omitempty"`      // the columns whose union it is
	Ours     bool     `json:"ours,omitempty"`     // not of the form: without it sums would not agree or a reader be misled
	Personal bool     `json:"personal,omitempty"` // never stored; filled in when it is shown
	Width    int      `json:"-"`                  // share of the paper's width
}

// Row is one line.
type Row struct {
	Key   string `json:"key"`
	Title Text   `json:"title"`
	Total bool   `json:"total,omitempty"` // the union of the rows above
	Cells []Cell `json:"cells"`
}

// Cell is one value. Which member is set follows from the column's shape; an empty cell of a count, a
// share or points means "not known here", never zero.
type Cell struct {
	Count *int     `json:"count,omitempty"`
	Text  string   `json:"text,omitempty"`
	At    int64    `json:"at,omitempty"` // unix ms
	Value *float64 `json:"value,omitempty"`
	Of    []int32  `json:"of,omitempty"` // places in Table.Members of what it counts, ascending
}

// Member is one thing that was counted: a dossier with the version of its chain, or a procedure.
type Member struct {
	Dossier   syncproto.DossierID `json:"dossier,omitzero"`
	Version   uint32              `json:"version,omitempty"`
	Slip      string              `json:"slip,omitempty"`
	Official  string              `json:"official,omitempty"`
	Procedure string              `json:"procedure,omitempty"`
}

func (m Member) compare(o Member) int {
	if c := bytes.Compare(m.Dossier[:], o.Dossier[:]); c != 0 || !m.Dossier.IsZero() {
		return c
	}
	return strings.Compare(m.Procedure, o.Procedure)
}

// CutOff says up to which moment events count and when the book was asked.
type CutOff struct {
	PeriodEnd int64  `json:"period_end"` // unix ms; events from here on do not count
	KnownAt   int64  `json:"known_at"`   // unix ms; what the book learnt later is not in it
	Clock     string `json:"clock"`      // quality of the clock that said so
}

// Note is a remark under the table with what it is about.
type Note struct {
	Text Text   `json:"text"`
	Key  string `json:"key"` // its cell is "note:"+Key
	Cell Cell   `json:"cell"`
}

// Table is one report over one period.
type Table struct {
	Report  Name     `json:"report"`
	Title   Text     `json:"title"`
	Number  string   `json:"number"` // of the form
	Legal   string   `json:"legal"`
	Period  Period   `json:"period"`
	Office  string   `json:"office"`
	CutOff  CutOff   `json:"cut_off"`
	Columns []Column `json:"columns"`
	Rows    []Row    `json:"rows"`
	Members []Member `json:"members"` // everything counted, in order
	Notes   []Note   `json:"notes"`
	Unsure  []Text   `json:"unsure"` // what no source at hand states: to be confirmed by the province
}

// noteRow is the row under which notes are addressed.
const noteRow = "note"

// Cell finds a cell by "row:column" (rows and columns by their keys), or a note's by "note:key".
func (t *Table) Cell(address string) (Cell, bool) {
	row, column, ok := strings.Cut(address, ":")
	if !ok {
		return Cell{}, false
	}
	if row == noteRow {
		i := slices.IndexFunc(t.Notes, func(n Note) bool { return n.Key == column })
		if i < 0 {
			return Cell{}, false
		}
		return t.Notes[i].Cell, true
	}
	r := slices.IndexFunc(t.Rows, func(r Row) bool { return r.Key == row })
	c := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Key == column })
	if r < 0 || c < 0 {
		return Cell{}, false
	}
	return t.Rows[r].Cells[c], true
}

// MembersOf lists what a cell counts.
func (t *Table) MembersOf(c Cell) []Member {
	list := make([]Member, 0, len(c.Of))
	for _, i := range c.Of {
		if int(i) < len(t.Members) {
			list = append(list, t.Members[i])
		}
	}
	return list
}

// Bare is the table without what is personal: what may be stored.
func (t Table) Bare() Table {
	rows := slices.Clone(t.Rows)
	for i := range rows {
		rows[i].Cells = slices.Clone(rows[i].Cells)
		for c := range rows[i].Cells {
			if t.Columns[c].Personal {
				rows[i].Cells[c].Text = ""
			}
		}
	}
	t.Rows = rows
	return t
}

// grid collects a table whose cells count members.
type grid struct {
	t    *Table
	at   map[string]int // column by key
	rows map[string]*Row
}

func newGrid(t *Table) *grid {
	g := &grid{t: t, at: map[string]int{}, rows: map[string]*Row{}}
	for i, c := range t.Columns {
		g.at[c.Key] = i
	}
	return g
}

// row gives the row of a key, with every count at zero.
func (g *grid) row(key string, title Text) *Row {
	r := g.rows[key]
	if r == nil {
		r = &Row{Key: key, Title: title, Cells: make([]Cell, len(g.t.Columns))}
		r.Cells[0].Text = title.VI
		for i, c := range g.t.Columns {
			if c.Shape == Count {
				r.Cells[i].Count = new(int)
			}
		}
		g.rows[key] = r
	}
	return r
}

// count adds member i to a column of a row and to every sum that has it as a part.
func (g *grid) count(r *Row, key string, i int32) {
	g.add(r, key, i)
	for _, c := range g.t.Columns {
		if slices.Contains(c.Sum, key) {
			g.add(r, c.Key, i)
		}
	}
}

// add adds once: members come in ascending order.
func (g *grid) add(r *Row, key string, i int32) {
	c := &r.Cells[g.at[key]]
	if n := len(c.Of); n == 0 || c.Of[n-1] != i {
		c.Of = append(c.Of, i)
		*c.Count = len(c.Of)
	}
}

func counted(of []int32) Cell {
	n := len(of)
	return Cell{Count: &n, Of: of}
}
