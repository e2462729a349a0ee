package report

import (
	"slices"
)

// The quality index of QĐ 766/QĐ-TTg: 100 points in six groups. The items and how they are scored follow
// a system that was in use; what it does not state is not scored here.

// indicator is one item of the index.
type indicator struct {
	key    string
	group  Text
	title  Text
	max    float64 // points
	from   float64 // share from which all points are given; 0: points in proportion to the share
	apart  bool    // the source does not say to which group it belongs
	why    Text    // why the commune cannot know it; empty: it can
	unsure Text    // why it is reckoned and not scored
	count  func(q *counts) (part, whole []int32)
}

// Groups of the index; their points make 100.
var (
	groupOpen    = say("Công khai, minh bạch", "Openness")
	groupTime    = say("Tiến độ giải quyết", "Timeliness")
	groupOnline  = say("Cung cấp dịch vụ công trực tuyến", "Online services")
	groupPay     = say("Thanh toán trực tuyến", "Online payment")
	groupPleased = say("Mức độ hài lòng", "Satisfaction")
	groupDigital = say("Số hóa hồ sơ", "Digitisation")
	groupUnknown = say("Nguồn không ghi thuộc nhóm nào", "Group not stated by the source")
)

var (
	notOnlineHere  = say("Hồ sơ trực tuyến nộp trên Cổng Dịch vụ công quốc gia, không qua sổ của xã; tỉnh tính.", "Online dossiers are filed on the national portal and not in the commune's book; the province reckons this.")
	notPaidHere    = say("Sổ của xã chỉ biết đã hỏi thu, không biết tiền trực tuyến đã đến; tỉnh hoặc kho bạc đối chiếu rồi tính.", "The commune's book knows what was asked for, not what was paid online; the province reckons this.")
	notStated      = say("Nguồn không nêu cách tính phần này.", "The source does not state how this is reckoned.")
	notSyncHere    = say("Đồng bộ lên Cổng Dịch vụ công quốc gia do hệ thống của tỉnh làm; xã không thấy kết quả.", "The province's system hands over to the national portal; the commune does not see the outcome.")
	notScored      = say("Xã tính được tỷ lệ; cách đổi ra điểm chưa có trong nguồn.", "The commune knows the share; how it becomes points is not in the source.")
	notScoredBelow = say("Dưới ngưỡng: cách chấm chưa có trong nguồn.", "Below the threshold: how it is scored is not in the source.")
)

var indicators = []indicator{
	{key: "open", group: groupOpen, title: say("Cả nhóm", "The whole group"), max: 18, why: notStated},
	{key: "on_time", group: groupTime, title: say("Hồ sơ giải quyết trước và đúng hạn / hồ sơ đã giải quyết có hạn (kể cả rút)", "Settled early or on time / settled with a due date (withdrawn included)"), max: 20,
		count: func(q *counts) ([]int32, []int32) { return q.timely, q.dated }},
	{key: "online_offered", group: groupOnline, title: say("Thủ tục có hình thức nộp trực tuyến / tất cả thủ tục của danh mục tại xã (từ 80 %)", "Procedures that can be filed online / all of the commune's catalogue (from 80 %)"), max: 2, from: 0.8,
		count: func(q *counts) ([]int32, []int32) { return q.offered, q.procedures }},
	{key: "online_used", group: groupOnline, title: say("Thủ tục trực tuyến có phát sinh hồ sơ", "Online procedures with dossiers"), max: 4, why: notOnlineHere},
	{key: "online_filed", group: groupOnline, title: say("Hồ sơ nộp trực tuyến (từ 50 %)", "Dossiers filed online (from 50 %)"), max: 6, why: notOnlineHere},
	{key: "pay_offered", group: groupPay, title: say("Thủ tục thanh toán được trực tuyến (từ 50 %)", "Procedures payable online (from 50 %)"), max: 2, why: notPaidHere},
	{key: "pay_national", group: groupPay, title: say("Thanh toán được trên Cổng Dịch vụ công quốc gia", "Payable on the national portal"), max: 2, why: notPaidHere},
	{key: "pay_used", group: groupPay, title: say("Hồ sơ thanh toán trực tuyến (từ 30 %)", "Dossiers paid online (from 30 %)"), max: 6, why: notPaidHere},
	{key: "pleased", group: groupPleased, title: say("Hồ sơ được đánh giá hài lòng hoặc rất hài lòng / hồ sơ có đánh giá", "Rated satisfied or very satisfied / rated"), max: 18, unsure: notScored,
		count: func(q *counts) ([]int32, []int32) { return q.pleased, q.rated }},
	{key: "e_results", group: groupDigital, title: say("Đã giải quyết có tệp kết quả (hoặc thủ tục không có kết quả giấy) / đã giải quyết", "Settled with the result as a file (or without a paper) / settled"), max: 6,
		count: func(q *counts) ([]int32, []int32) { return q.filed, q.settled }},
	{key: "digitised", group: groupDigital, title: say("Hồ sơ có giấy tờ được số hóa / hồ sơ tiếp nhận trong kỳ (từ 80 %)", "Dossiers with a scanned paper / received in the period (from 80 %)"), max: 4, from: 0.8,
		count: func(q *counts) ([]int32, []int32) { return q.scanned, q.received }},
	{key: "reused", group: groupDigital, title: say("Hồ sơ dùng lại dữ liệu thay giấy tờ / hồ sơ tiếp nhận trong kỳ", "Dossiers with a paper replaced by data / received in the period"), max: 2, unsure: notScored,
		count: func(q *counts) ([]int32, []int32) { return q.reused, q.received }},
	{key: "digital_rest", group: groupDigital, title: say("Phần còn lại của nhóm", "The rest of the group"), max: 10, why: notStated},
	{key: "national_sync", group: groupUnknown, title: say("Tỷ lệ đồng bộ hồ sơ", "Share handed over to the national portal"), max: 6, apart: true, why: notSyncHere},
}

// counts are the sets of one period, as places in the table's members.
type counts struct {
	dated, timely, settled, filed, received, scanned, reused, rated, pleased, procedures, offered []int32
}

func qualityColumns() []Column {
	return []Column{
		{Key: "group", Title: say("Nhóm chỉ số", "Group"), Shape: Word, Width: 34},
		{Key: "title", Title: say("Chỉ số", "Indicator"), Shape: Word, Width: 80},
		{Key: "max", Title: say("Điểm tối đa", "Points at most"), Shape: Points, Width: 15},
		{Key: "part", Title: say("Số đạt", "Met by"), Shape: Count, Width: 15},
		{Key: "whole", Title: say("Trên tổng số", "Out of"), Shape: Count, Width: 15},
		{Key: "share", Title: say("Tỷ lệ", "Share"), Shape: Share, Width: 15},
		{Key: "points", Title: say("Điểm", "Points"), Shape: Points, Width: 15},
		{Key: "why", Title: say("Vì sao không có điểm", "Why there are no points"), Shape: Word, Width: 70},
	}
}

// quality reckons QĐ 766 as far as the commune's book knows the facts. The last line adds up the points
// that are known, beside the points those indicators have at most: it is no score of 100.
func (t *Table) quality(in Input) {
	t.Columns = qualityColumns()
	q := t.sets(in)
	points, reckoned := 0.0, 0.0
	for _, x := range indicators {
		r := Row{Key: x.key, Title: x.title, Cells: []Cell{{Text: x.group.VI}, {Text: x.title.VI}, value(x.max), {}, {}, {}, {}, {}}}
		if x.count == nil {
			r.Cells[7].Text = x.why.VI
		} else if got, known := x.reckon(q, r.Cells); known {
			points, reckoned = points+got, reckoned+x.max
		}
		t.Rows = append(t.Rows, r)
	}
	name := say("Cộng các chỉ số xã tính được điểm", "Sum of what the commune can score")
	t.Rows = append(t.Rows, Row{Key: totalOfAll, Title: name, Total: true,
		Cells: []Cell{{}, {Text: name.VI}, value(reckoned), {}, {}, {}, value(points), {Text: "không phải điểm trên thang 100"}}})
}

// reckon fills in an indicator's cells and gives its points, where they are known.
func (x indicator) reckon(q *counts, cells []Cell) (points float64, known bool) {
	part, whole := x.count(q)
	cells[3], cells[4] = counted(part), counted(whole)
	if len(whole) == 0 {
		cells[7].Text = "Trong kỳ không có hồ sơ để tính."
		return 0, false
	}
	share := float64(len(part)) / float64(len(whole))
	cells[5] = value(share)
	switch {
	case x.unsure.VI != "":
		cells[7].Text = x.unsure.VI
		return 0, false
	case x.from == 0:
		points = x.max * share
	case share >= x.from:
		points = x.max
	default:
		cells[7].Text = notScoredBelow.VI
		return 0, false
	}
	points = float64(int64(points*100+0.5)) / 100 // hundredths, as shown and added
	cells[6] = value(points)
	return points, true
}

func value(v float64) Cell { return Cell{Value: &v} }

// sets sorts the period's dossiers, the rated ones and the procedures into the sets of the index.
func (t *Table) sets(in Input) *counts {
	q := &counts{}
	from, end := in.Period.From, in.Period.To
	var list []*Case
	for i := range in.Cases {
		c := &in.Cases[i]
		belongs, _ := c.in(from, end)
		if belongs || c.ratedIn(from, end) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *Case) int { return slices.Compare(a.ID[:], b.ID[:]) })
	for i, c := range list {
		t.Members = append(t.Members, memberOf(c))
		q.add(int32(i), c, from, end)
	}
	procedures := slices.Clone(in.Procedures)
	slices.SortFunc(procedures, func(a, b Procedure) int { return Member{Procedure: a.Code}.compare(Member{Procedure: b.Code}) })
	for _, p := range procedures {
		n := int32(len(t.Members))
		t.Members = append(t.Members, Member{Procedure: p.Code})
		q.procedures = append(q.procedures, n)
		if p.Online {
			q.offered = append(q.offered, n)
		}
	}
	return q
}

func (c *Case) ratedIn(from, end int64) bool {
	return c.Score > 0 && c.ScoredAt >= from && c.ScoredAt < end
}

func (q *counts) add(n int32, c *Case, from, end int64) {
	put := func(set *[]int32, yes bool) bool {
		if yes {
			*set = append(*set, n)
		}
		return yes
	}
	if put(&q.rated, c.ratedIn(from, end)) {
		put(&q.pleased, c.Score >= 4) // 4 satisfied, 5 very satisfied
	}
	belongs, carried := c.in(from, end)
	if !belongs {
		return
	}
	if put(&q.received, !carried) {
		put(&q.scanned, c.Scanned)
		put(&q.reused, c.Reused)
	}
	at := c.settledAt(end)
	if put(&q.settled, at > 0) {
		put(&q.filed, c.ResultFile || c.NoResult)
	}
	if c.standing(end) == Withdrawn { // the index counts 7 with 9 and 10
		at = c.endedAt(end)
	}
	if due := c.due(end); put(&q.dated, at > 0 && due > 0) {
		put(&q.timely, at <= due)
	}
}

// endedAt is the last turn before end.
func (c *Case) endedAt(end int64) (at int64) {
	for _, t := range c.Turns {
		if t.At < end {
			at = t.At
		}
	}
	return at
}
