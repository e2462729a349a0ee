package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bendo/internal/vietnam"
)

// Input is everything a report is made of.
type Input struct {
	Cases      []Case // in any order, each dossier once; those of other periods are passed over
	Procedures []Procedure
	Period     Period
	Office     string
	KnownAt    int64  // unix ms: when Cases were read
	Clock      string // quality of the clock KnownAt comes from
}

// Make makes a report. It fails only for a name there is not.
func Make(name Name, in Input) (Table, error) {
	form, ok := FormOf(name)
	if !ok {
		return Table{}, fmt.Errorf("there is no report %q", name)
	}
	t := Table{Report: name, Title: form.Title, Number: form.Number, Legal: form.Legal, Unsure: form.Unsure, Period: in.Period,
		Office: in.Office, CutOff: CutOff{PeriodEnd: in.Period.To, KnownAt: in.KnownAt, Clock: in.Clock}}
	switch name {
	case Register:
		t.register(in)
	case Handled06, Handled06a:
		t.handled(in)
	case OneStop07b:
		t.oneStop(in)
	case Quality:
		t.quality(in)
	}
	for _, r := range t.Rows {
		for _, c := range r.Cells {
			slices.Sort(c.Of)
		}
	}
	return t, nil
}

// belonging are the cases of the period, by id, with what was carried over into it.
func belonging(in Input) (list []*Case, carried []bool) {
	for i := range in.Cases {
		if belongs, _ := in.Cases[i].in(in.Period.From, in.Period.To); belongs {
			list = append(list, &in.Cases[i])
		}
	}
	slices.SortFunc(list, func(a, b *Case) int { return slices.Compare(a.ID[:], b.ID[:]) })
	for _, c := range list {
		_, was := c.in(in.Period.From, in.Period.To)
		carried = append(carried, was)
	}
	return list, carried
}

func memberOf(c *Case) Member {
	return Member{Dossier: c.ID, Version: c.Version, Slip: c.Slip, Official: c.Official, Procedure: c.Procedure}
}

// The columns of 06/VPCP/KSTT and II.06a/VPCP/KSTT, keys of their parts.
const (
	inOnline, inDirect, inCarried               = "in_online", "in_direct", "in_carried"
	outEarly, outOnTime, outLate, outUndated    = "out_early", "out_on_time", "out_late", "out_undated"
	nowWithin, nowOver, nowUndated              = "now_within", "now_over", "now_undated"
	waitsForResident, leftOtherwise, totalOfAll = "waiting", "left", "total"
)

func handledColumns() []Column {
	received := say("Số hồ sơ tiếp nhận", "Received")
	settled := say("Số hồ sơ đã giải quyết", "Settled")
	now := say("Số hồ sơ đang giải quyết", "In progress")
	apart := say("Để riêng *", "Apart *")
	return []Column{
		{Key: "field", Title: say("Lĩnh vực giải quyết", "Field of work"), Shape: Word, Width: 40},
		{Key: "in_total", Group: received, Title: say("Tổng số", "Total"), Shape: Count, Sum: []string{inOnline, inDirect, inCarried}, Width: 14},
		{Key: inOnline, Group: received, Title: say("Trực tuyến", "Online"), Shape: Count, Width: 14},
		{Key: inDirect, Group: received, Title: say("Trực tiếp, bưu chính", "Counter, postal"), Shape: Count, Width: 16},
		{Key: inCarried, Group: received, Title: say("Từ kỳ trước", "From before"), Shape: Count, Width: 14},
		{Key: "out_total", Group: settled, Title: say("Tổng số", "Total"), Shape: Count, Sum: []string{outEarly, outOnTime, outLate, outUndated}, Width: 14},
		{Key: outEarly, Group: settled, Title: say("Trước hạn", "Early"), Shape: Count, Width: 14},
		{Key: outOnTime, Group: settled, Title: say("Đúng hạn", "On time"), Shape: Count, Width: 14},
		{Key: outLate, Group: settled, Title: say("Quá hạn", "Late"), Shape: Count, Width: 14},
		{Key: outUndated, Group: settled, Title: say("Không ghi hạn *", "No due date *"), Shape: Count, Ours: true, Width: 14},
		{Key: "now_total", Group: now, Title: say("Tổng số", "Total"), Shape: Count, Sum: []string{nowWithin, nowOver, nowUndated}, Width: 14},
		{Key: nowWithin, Group: now, Title: say("Trong hạn", "Within time"), Shape: Count, Width: 14},
		{Key: nowOver, Group: now, Title: say("Quá hạn", "Over time"), Shape: Count, Width: 14},
		{Key: nowUndated, Group: now, Title: say("Không ghi hạn *", "No due date *"), Shape: Count, Ours: true, Width: 14},
		{Key: waitsForResident, Group: apart, Title: say("Chờ bổ sung, nộp phí *", "Waiting for the resident *"), Shape: Count, Ours: true, Width: 16},
		{Key: leftOtherwise, Group: apart, Title: say("Rút, dừng *", "Withdrawn, stopped *"), Shape: Count, Ours: true, Width: 14},
	}
}

// handled counts 06/VPCP/KSTT: a line for each field of work, and the sum.
func (t *Table) handled(in Input) {
	t.Columns = handledColumns()
	g := newGrid(t)
	total := g.row(totalOfAll, say("Tổng số", "Total"))
	total.Total = true
	cases, carried := belonging(in)
	var doubt []int32
	for i, c := range cases {
		n := int32(i)
		t.Members = append(t.Members, memberOf(c))
		came, went := arrival(c, carried[i]), departure(c, in)
		for _, r := range []*Row{g.row(fieldKey(c.Field), fieldName(c.Field)), total} {
			g.count(r, came, n)
			g.count(r, went, n)
		}
		if c.Doubtful {
			doubt = append(doubt, n)
		}
	}
	t.Rows = g.byTitle()
	t.noteDoubt(doubt)
}

// arrival is the column a case came in by.
func arrival(c *Case, carried bool) string {
	switch {
	case carried:
		return inCarried
	case c.Channel == Online:
		return inOnline
	}
	return inDirect
}

// departure is the column a case stands in at the end of the period; of a running one, now.
func departure(c *Case, in Input) string {
	end := in.Period.To
	due := c.due(end)
	switch s := c.standing(end); {
	case s.settled():
		switch at := c.settledAt(end); {
		case due == 0:
			return outUndated
		case at > due:
			return outLate
		case dayBefore(at, due):
			return outEarly
		}
		return outOnTime
	case s == Waiting || s == Paying:
		return waitsForResident
	case s != Open:
		return leftOtherwise
	case due == 0:
		return nowUndated
	case min(end-1, in.KnownAt) > due:
		return nowOver
	}
	return nowWithin
}

func (t *Table) noteDoubt(of []int32) {
	if len(of) > 0 {
		t.Notes = append(t.Notes, Note{Key: "doubt", Cell: counted(of), Text: say(
			fmt.Sprintf("%d hồ sơ được tiếp nhận lúc đồng hồ máy chưa xác nhận; cần đối chiếu ngày tiếp nhận trước khi gửi báo cáo.", len(of)),
			fmt.Sprintf("%d dossiers were received while the machine's clock was in doubt; check their day of receipt before the report is sent.", len(of)))})
	}
}

// byTitle gives the rows in the order of the Vietnamese alphabet, the sum last.
func (g *grid) byTitle() []Row {
	list := make([]Row, 0, len(g.rows))
	for _, r := range g.rows {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b Row) int {
		if a.Total != b.Total {
			if a.Total {
				return 1
			}
			return -1
		}
		return cmp.Or(slices.Compare(vietnam.SortKey(a.Title.VI), vietnam.SortKey(b.Title.VI)), cmp.Compare(a.Key, b.Key))
	})
	return list
}

func fieldName(f Text) Text {
	if f.VI == "" {
		return say("Chưa rõ lĩnh vực", "Field not known")
	}
	return f
}

// fieldKey names a field's row: letters and digits of the folded name. Two fields that fold alike are
// one line.
func fieldKey(f Text) string {
	return "f-" + strings.Join(strings.FieldsFunc(vietnam.Fold(fieldName(f).VI), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	}), "-")
}
