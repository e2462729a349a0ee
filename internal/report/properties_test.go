package report

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bendo/internal/dossier"
)

const hour = 3_600_000

// wild lets a dossier live: every step is one the law allows, at times that only rise.
func wild(t *rapid.T, tb testing.TB, n int, from int64) *life {
	at := from + int64(rapid.IntRange(-60*24, 40*24).Draw(t, "filed"))*hour
	l := file(tb, n, at)
	for range rapid.IntRange(0, 9).Draw(t, "steps") {
		at += int64(rapid.IntRange(0, 15*24).Draw(t, "hours"))*hour + int64(rapid.IntRange(0, 2).Draw(t, "ms"))
		due := int64(0)
		if rapid.IntRange(0, 4).Draw(t, "dated") > 0 {
			due = at + int64(rapid.IntRange(1, 20*24).Draw(t, "due"))*hour
		}
		wildStep(t, l, at, due)
	}
	return l
}

func wildStep(t *rapid.T, l *life, at, due int64) {
	s := l.state()
	legal := slices.DeleteFunc(dossier.LegalSteps(s, book), func(e string) bool {
		return !slices.Contains([]string{dossier.TakenIn, dossier.SupplementRequested, dossier.Processing, dossier.FeeRequested, dossier.Decided,
			dossier.Refused, dossier.Stopped, dossier.Withdrawn, dossier.ResultReady, dossier.Returned, dossier.Apology}, e)
	})
	if s.OpenSupplement != nil && rapid.Bool().Draw(t, "delivers") {
		l.supplement(at, at, due)
		return
	}
	if len(legal) == 0 {
		return
	}
	switch e := rapid.SampledFrom(legal).Draw(t, "step"); e {
	case dossier.TakenIn:
		l.takeIn(at, due)
	case dossier.SupplementRequested:
		l.askPapers(at)
	case dossier.Processing:
		l.reopen(at)
	case dossier.FeeRequested:
		l.step(at, e, &dossier.FeeRequestedPayload{Amount: 8000})
	case dossier.Decided:
		l.decide(at)
	case dossier.ResultReady:
		l.step(at, e, &dossier.ResultReadyPayload{Where: "một cửa"})
	case dossier.Returned:
		l.step(at, e, &dossier.ReturnedPayload{})
	case dossier.Apology:
		if due > 0 {
			l.step(at, e, &dossier.ApologyPayload{NewDue: due, Reason: "đông"})
		}
	default:
		l.step(at, e, &dossier.ReasonPayload{Reason: "x"})
	}
}

// before is the dossier as its events before a moment make it: the fold itself, not what reports read of it.
func (l *life) before(end int64) dossier.State {
	var some []dossier.Entry
	for _, e := range l.entries {
		if e.Event.Header.At < end {
			some = append(some, e)
		}
	}
	return dossier.Fold(some)
}

func openCode(s dossier.State) bool {
	return s.TakenIn != nil && slices.Contains([]uint8{2, 4, 5, 6}, s.NationalCode)
}

// expected says by the events alone in which columns of 06/VPCP/KSTT a dossier stands: the national code
// of the dossier as it was at each moment.
func (l *life) expected(p Period, knownAt int64) (columns []string) {
	end := l.before(p.To)
	if end.TakenIn == nil {
		return nil
	}
	came := inDirect
	if end.TakenIn.At < p.From {
		open := openCode(l.before(p.From))
		for _, e := range l.entries {
			if at := e.Event.Header.At; at >= p.From && at < p.To {
				open = open || openCode(l.before(at+1))
			}
		}
		if !open {
			return nil
		}
		came = inCarried
	}
	due := int64(0)
	for _, d := range end.Dues {
		if d.Why != dossier.Apology {
			due = d.Due
		}
	}
	done := int64(0) // the first moment of the last stretch in 9 or 10
	for _, e := range l.entries {
		if at := e.Event.Header.At; at < p.To {
			if code := l.before(at + 1).NationalCode; code != 9 && code != 10 {
				done = 0
			} else if done == 0 {
				done = at
			}
		}
	}
	const day = 24 * hour
	went := leftOtherwise
	switch code := end.NationalCode; {
	case code >= 9 && due == 0:
		went = outUndated
	case code >= 9 && done > due:
		went = outLate
	case code >= 9 && (done+7*hour)/day < (due+7*hour)/day:
		went = outEarly
	case code >= 9:
		went = outOnTime
	case code == 5 || code == 6:
		went = waitsForResident
	case (code == 2 || code == 4) && due == 0:
		went = nowUndated
	case (code == 2 || code == 4) && due < min(p.To-1, knownAt):
		went = nowOver
	case code == 2 || code == 4:
		went = nowWithin
	}
	return []string{came, went}
}

// agree compares every number of a table with the brute-force count and looks whether sums agree.
func agree(table *Table, lives []*life, p Period, knownAt int64) error {
	want := map[string][]int{}
	for i, l := range lives {
		for _, col := range l.expected(p, knownAt) {
			want[col] = append(want[col], i)
		}
	}
	for r, row := range table.Rows {
		for c, col := range table.Columns {
			if col.Shape != Count {
				continue
			}
			cell := row.Cells[c]
			if *cell.Count != len(cell.Of) || !slices.IsSorted(cell.Of) {
				return fmt.Errorf("%s:%s says %d and lists %v", row.Key, col.Key, *cell.Count, cell.Of)
			}
			if row.Total && len(col.Sum) == 0 {
				var got []int
				for _, m := range table.MembersOf(cell) {
					got = append(got, slices.IndexFunc(lives, func(l *life) bool { return l.id == m.Dossier }))
				}
				slices.Sort(got)
				if !slices.Equal(got, want[col.Key]) {
					return fmt.Errorf("%s counts %v, the events say %v", col.Key, got, want[col.Key])
				}
			}
			if err := sumsAgree(table, r, c); err != nil {
				return err
			}
		}
	}
	total := table.Rows[len(table.Rows)-1].Cells
	if *total[1].Count != *total[5].Count+*total[10].Count+*total[14].Count+*total[15].Count || *total[1].Count != len(table.Members) {
		return fmt.Errorf("received is not settled, in progress, waiting and gone together")
	}
	return nil
}

// sumsAgree: a column of parts is their union, disjoint; the last line is the union of the lines above.
func sumsAgree(table *Table, r, c int) error {
	cell := table.Rows[r].Cells[c]
	if parts := table.Columns[c].Sum; len(parts) > 0 {
		var of []int32
		for i, col := range table.Columns {
			if slices.Contains(parts, col.Key) {
				of = append(of, table.Rows[r].Cells[i].Of...)
			}
		}
		slices.Sort(of)
		if !slices.Equal(of, cell.Of) {
			return fmt.Errorf("%s:%s is not the sum of %v", table.Rows[r].Key, table.Columns[c].Key, parts)
		}
	}
	if table.Rows[r].Total {
		var of []int32
		for _, row := range table.Rows[:r] {
			of = append(of, row.Cells[c].Of...)
		}
		slices.Sort(of)
		if !slices.Equal(of, cell.Of) {
			return fmt.Errorf("the last line of %s is not the sum of the lines", table.Columns[c].Key)
		}
	}
	return nil
}

func casesOf(lives []*life) (list []Case) {
	for i, l := range lives {
		c := l.makeCase()
		c.Field = []Text{say("Hộ tịch", ""), say("Đất đai", ""), {}}[i%3]
		list = append(list, c)
	}
	return list
}

// Every number of 06/VPCP/KSTT equals a count over the events, rows and columns add up, the register has
// a line for each dossier that was received, and the order of the cases changes nothing.
func TestNumbersEqualTheEvents(t *testing.T) {
	p := periodOf(t, "2026-11")
	rapid.Check(t, func(rt *rapid.T) {
		var lives []*life
		for n := range rapid.IntRange(0, 3).Draw(rt, "dossiers") {
			lives = append(lives, wild(rt, t, n, p.From))
		}
		cases := casesOf(lives)
		knownAt := p.From + int64(rapid.IntRange(1, 60*24).Draw(rt, "asked"))*hour
		in := Input{Cases: cases, Period: p, KnownAt: knownAt}
		table := makeTable(t, Handled06, in)
		if err := agree(table, lives, p, knownAt); err != nil {
			rt.Fatal(err)
		}
		in.Cases = rapid.Permutation(cases).Draw(rt, "order")
		if again := makeTable(t, Handled06, in); !reflect.DeepEqual(again, table) {
			rt.Fatal("another order of cases gives another table")
		}
		register := makeTable(t, Register, in)
		if len(register.Rows) != len(table.Members) {
			rt.Fatalf("the register has %d lines, 06 counts %d", len(register.Rows), len(table.Members))
		}
		quality := makeTable(t, Quality, in)
		for _, r := range quality.Rows {
			if r.Cells[3].Count != nil && len(without(quality.MembersOf(r.Cells[3]), quality.MembersOf(r.Cells[4]))) > 0 {
				rt.Fatalf("%s: the part is not a part of the whole", r.Key)
			}
		}
	})
}

// The harness sees a wrong figure: each planted mistake of the cases makes it object.
func TestThePropertySeesAWrongFigure(t *testing.T) {
	p := periodOf(t, "2026-11")
	at := p.From + 10*24*hour
	for name, spoil := range map[string]func(*Case){
		"a turn forgotten":   func(c *Case) { c.Turns = c.Turns[:len(c.Turns)-1] },
		"another due date":   func(c *Case) { c.Dues[0].Due = at + hour },
		"received otherwise": func(c *Case) { c.Received = p.To },
		"another dossier":    func(c *Case) { c.ID = idOf(5) },
		"came online":        func(c *Case) { c.Channel = Online },
	} {
		l := file(t, 0, at).takeIn(at, at+5*24*hour).decide(at + 24*hour)
		c := l.makeCase()
		in := Input{Cases: []Case{c}, Period: p, KnownAt: p.To}
		if err := agree(makeTable(t, Handled06, in), []*life{l}, p, p.To); err != nil {
			t.Fatalf("nothing is wrong, and yet: %v", err)
		}
		spoil(&in.Cases[0])
		if agree(makeTable(t, Handled06, in), []*life{l}, p, p.To) == nil {
			t.Errorf("%s: nobody noticed", name)
		}
	}
}

// Report and corrections make together what the same book would report late: in numbers and in dossiers.
func TestReportAndCorrectionsMakeTheLateReport(t *testing.T) {
	p := periodOf(t, "2026-11")
	rapid.Check(t, func(rt *rapid.T) {
		var lives []*life
		for n := range rapid.IntRange(1, 4).Draw(rt, "dossiers") {
			lives = append(lives, wild(rt, t, n, p.From))
		}
		name := rapid.SampledFrom([]Name{Handled06, Register, Quality}).Draw(rt, "report")
		late := casesOf(lives)
		var tables []*Table
		for _, known := range []int{rapid.IntRange(0, len(late)).Draw(rt, "known"), len(late)} { // some arrive after it was sent
			tables = append(tables, makeTable(t, name, Input{Cases: late[:known], Period: p, KnownAt: p.To + int64(len(tables))*hour}))
		}
		sums := map[string]int{}
		for _, x := range Diff(tables[0], tables[1]) {
			if x.Delta != len(x.Added)-len(x.Removed) && len(x.Added)+len(x.Removed) > 0 && x.Now.Count != nil {
				rt.Fatalf("%s: delta %d, %d added, %d removed", x.Cell, x.Delta, len(x.Added), len(x.Removed))
			}
			sums[x.Cell] = x.Delta
		}
		for _, r := range tables[1].Rows {
			for i, c := range tables[1].Columns {
				if c.Shape != Count || r.Cells[i].Count == nil {
					continue
				}
				was := 0
				if cell, ok := tables[0].Cell(r.Key + ":" + c.Key); ok {
					was = *cell.Count
				}
				if got := was + sums[r.Key+":"+c.Key]; got != *r.Cells[i].Count {
					rt.Fatalf("%s:%s was %d, is %d after the correction and %d late", r.Key, c.Key, was, got, *r.Cells[i].Count)
				}
			}
		}
	})
}

// BenchmarkHundredThousand: what a whole office ever had, reported for one month and for the year.
func BenchmarkHundredThousand(b *testing.B) {
	cases := manyCases(100_000)
	for _, id := range []string{"2026-11", "2026"} {
		p := periodOf(b, id)
		for _, name := range []Name{Handled06, Register, Quality} {
			b.Run(fmt.Sprintf("%s-%s", name, id), func(b *testing.B) {
				for b.Loop() {
					table := makeTable(b, name, Input{Cases: cases, Period: p, KnownAt: p.To})
					if len(table.Members) == 0 {
						b.Fatal("nothing was counted")
					}
				}
			})
		}
	}
}

// manyCases is a book of five years, spread evenly, most of it settled.
func manyCases(n int) []Case {
	r := rand.New(rand.NewPCG(5, 7))
	fields := slices.Sorted(maps.Keys(map[string]bool{"Hộ tịch": true, "Chứng thực": true, "Đất đai": true, "Cư trú": true, "Bảo trợ xã hội": true}))
	end, _ := ParsePeriod("2026")
	span := int64(5 * 365 * 24 * hour)
	list := make([]Case, n)
	for i := range list {
		at := end.To - span + int64(float64(span)*float64(i)/float64(n))
		due := at + int64(r.IntN(20*24))*hour
		c := Case{ID: idOf(r.Int()), Version: 4, Slip: fmt.Sprintf("%014d", i), Procedure: "1.001193", Name: say("Đăng ký khai sinh", ""),
			Field: say(fields[i%len(fields)], ""), Channel: Counter, Filed: at - hour, Received: at,
			Turns: []Turn{{at - hour, Arrived}, {at, Open}}, Dues: []DueDate{{at, due, DueTakenIn}}, Scanned: i%5 > 0}
		if r.IntN(20) > 0 {
			done := at + int64(r.IntN(22*24))*hour
			c.Turns = append(c.Turns, Turn{done, Settled}, Turn{done + 24*hour, Returned})
		}
		list[i] = c
	}
	return list
}
