package report

import (
	"reflect"
	"slices"
	"testing"

	"bendo/internal/dossier"
	"bendo/syncproto"
)

// NĐ 09/2019/NĐ-CP Điều 12 as the reference states it: month and quarter close on the 14th, half a year
// 15/12–14/6, nine months 15/12–14/9, a year 15/12–14/12.
func TestPeriods(t *testing.T) {
	for id, want := range map[string][2]string{
		"2026-11": {"2026-10-15", "2026-11-15"}, "2026-01": {"2025-12-15", "2026-01-15"}, "2026-03": {"2026-02-15", "2026-03-15"},
		"2026-Q1": {"2025-12-15", "2026-03-15"}, "2026-Q4": {"2026-09-15", "2026-12-15"},
		"2026-H1": {"2025-12-15", "2026-06-15"}, "2026-9M": {"2025-12-15", "2026-09-15"}, "2026": {"2025-12-15", "2026-12-15"},
		"2026-11-23": {"2026-11-23", "2026-11-24"},
	} {
		p := periodOf(t, id)
		if p.From != ms(t, want[0]+" 00:00") || p.To != ms(t, want[1]+" 00:00") {
			t.Errorf("%s is %s", id, p.Title.VI)
		}
	}
	for _, bad := range []string{"", "2026-13", "2026-00", "2026-Q5", "2026-H2", "26-11", "2026-11-31", "2026-", "2026-1", "2026-11-23x", "abcd"} {
		if p, err := ParsePeriod(bad); err == nil {
			t.Errorf("%q was read as %+v", bad, p)
		}
	}
}

// Months meet without a gap, and every moment lies in the month that MonthOf names.
func TestMonthsMeet(t *testing.T) {
	for _, c := range []struct{ at, month string }{
		{"2026-11-14 23:59", "2026-11"}, {"2026-11-15 00:00", "2026-12"}, {"2026-12-15 00:00", "2027-01"}, {"2026-01-31 12:00", "2026-02"},
	} {
		if p := MonthOf(ms(t, c.at)); p.ID != c.month || ms(t, c.at) < p.From || ms(t, c.at) >= p.To {
			t.Errorf("%s lies in %s, want %s", c.at, p.ID, c.month)
		}
	}
	list := Periods(ms(t, "2026-11-23 09:00"))
	ids := map[string]bool{}
	for _, p := range list {
		if ids[p.ID] {
			t.Errorf("%s is offered twice", p.ID)
		}
		ids[p.ID] = true
	}
	for _, want := range []string{"2026-12", "2026-11", "2025-12", "2026-Q4", "2026-Q3", "2026-H1", "2026-9M", "2026", "2025"} {
		if !ids[want] {
			t.Errorf("%s is not offered", want)
		}
	}
}

func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"2026-11", "2026-Q4", "2026-H1", "2026-9M", "2026", "2026-11-23", "2026-Q0", "9999-12"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := ParsePeriod(s)
		if err == nil && (p.ID != s || p.From >= p.To || p.Title.VI == "") {
			t.Fatalf("%q is %+v", s, p)
		}
	})
}

// Each line is one dossier and the columns of 06/VPCP/KSTT it must stand in, in the month 15/10–14/11.
func TestWhereADossierIsCounted(t *testing.T) {
	at := func(text string) int64 { return ms(t, text) }
	taken, due := at("2026-10-20 09:00"), at("2026-10-26 16:00")
	filed := func() *life { return file(t, 1, at("2026-10-20 08:00")) }
	for name, c := range map[string]struct {
		life *life
		want []string
	}{
		"nobody took it in":            {filed(), nil},
		"taken in behind the end":      {filed().takeIn(at("2026-11-15 00:00"), due), nil},
		"the last minute of the 14th":  {filed().takeIn(at("2026-11-14 23:59"), at("2026-11-20 16:00")), []string{inDirect, nowWithin}},
		"within time":                  {filed().takeIn(taken, at("2026-11-20 16:00")), []string{inDirect, nowWithin}},
		"over time":                    {filed().takeIn(taken, due), []string{inDirect, nowOver}},
		"no due date":                  {filed().takeIn(taken, 0), []string{inDirect, nowUndated}},
		"early":                        {filed().takeIn(taken, due).decide(at("2026-10-25 23:59")), []string{inDirect, outEarly}},
		"on the day":                   {filed().takeIn(taken, due).decide(at("2026-10-26 07:30")), []string{inDirect, outOnTime}},
		"to the minute":                {filed().takeIn(taken, due).decide(due), []string{inDirect, outOnTime}},
		"an hour late":                 {filed().takeIn(taken, due).decide(at("2026-10-26 17:00")), []string{inDirect, outLate}},
		"settled without a due date":   {filed().takeIn(taken, 0).decide(at("2026-10-26 17:00")), []string{inDirect, outUndated}},
		"fetched late, settled early":  {filed().takeIn(taken, due).decide(at("2026-10-23 09:00")).giveBack(at("2026-11-02 09:00")), []string{inDirect, outEarly}},
		"settled behind the end":       {filed().takeIn(taken, due).decide(at("2026-11-16 09:00")), []string{inDirect, nowOver}},
		"waits for papers":             {filed().takeIn(taken, due).askPapers(at("2026-10-22 09:00")), []string{inDirect, waitsForResident}},
		"moved by a pause, on time":    {filed().takeIn(taken, due).askPapers(at("2026-10-22 09:00")).supplement(at("2026-11-02 09:00"), at("2026-11-02 10:00"), at("2026-11-06 16:00")).decide(at("2026-11-06 15:00")), []string{inDirect, outOnTime}},
		"an apology does not excuse":   {filed().takeIn(taken, due).step(at("2026-10-26 10:00"), dossier.Apology, &dossier.ApologyPayload{NewDue: at("2026-11-10 16:00"), OriginalDue: due, Reason: "đông"}).decide(at("2026-11-05 15:00")), []string{inDirect, outLate}},
		"stopped":                      {filed().takeIn(taken, due).step(at("2026-10-23 09:00"), dossier.Stopped, &dossier.ReasonPayload{Reason: "x"}), []string{inDirect, leftOtherwise}},
		"withdrawn":                    {filed().takeIn(taken, due).step(at("2026-10-23 09:00"), dossier.Withdrawn, &dossier.ReasonPayload{Reason: "x"}), []string{inDirect, leftOtherwise}},
		"refused without receipt":      {filed().step(at("2026-10-23 09:00"), dossier.Refused, &dossier.ReasonPayload{Reason: "x"}), nil},
		"asked for papers, not in":     {filed().askPapers(at("2026-10-21 09:00")), nil},
		"waits for a fee":              {filed().takeIn(taken, due).step(at("2026-10-21 09:00"), dossier.FeeRequested, &dossier.FeeRequestedPayload{Amount: 8000}), []string{inDirect, waitsForResident}},
		"carried over":                 {file(t, 1, at("2026-10-01 08:00")).takeIn(at("2026-10-01 09:00"), due).decide(at("2026-10-20 09:00")), []string{inCarried, outEarly}},
		"carried over, waiting":        {file(t, 1, at("2026-10-01 08:00")).takeIn(at("2026-10-01 09:00"), due).askPapers(at("2026-10-05 09:00")), []string{inCarried, waitsForResident}},
		"settled before, of no matter": {file(t, 1, at("2026-10-01 08:00")).takeIn(at("2026-10-01 09:00"), due).decide(at("2026-10-14 23:59")), nil},
		"fetched only in the period":   {file(t, 1, at("2026-10-01 08:00")).takeIn(at("2026-10-01 09:00"), due).decide(at("2026-10-10 09:00")).giveBack(at("2026-10-20 09:00")), nil},
		"reopened in the period":       {file(t, 1, at("2026-10-01 08:00")).takeIn(at("2026-10-01 09:00"), due).decide(at("2026-10-10 09:00")).reopen(at("2026-10-20 09:00")).decide(at("2026-10-30 09:00")), []string{inCarried, outLate}},
		"stopped, gone on with":        {filed().takeIn(taken, at("2026-11-30 16:00")).step(at("2026-10-23 09:00"), dossier.Stopped, &dossier.ReasonPayload{Reason: "x"}).reopen(at("2026-10-24 09:00")), []string{inDirect, nowWithin}},
	} {
		t.Run(name, func(t *testing.T) {
			table := makeTable(t, Handled06, Input{Cases: []Case{c.life.makeCase()}, Period: periodOf(t, "2026-11"), KnownAt: at("2026-11-17 09:00")})
			var got []string
			for _, col := range table.Columns[1:] {
				if len(col.Sum) == 0 && count(t, table, "total:"+col.Key) > 0 {
					got = append(got, col.Key)
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("counted in %v, want %v", got, c.want)
			}
			if len(c.want) > 0 && count(t, table, "f-ho-tich:in_total") != 1 {
				t.Error("its field does not count it")
			}
		})
	}
}

// §14.1: the report of month M is sent on the 15th; the offline dossier of the 13th arrives on the 17th.
// The report that was sent stays as it is, and the correction shows +1.
func TestReportSentOnThe15thOfflineDossierArrivesOnThe17th(t *testing.T) {
	november := periodOf(t, "2026-11")
	known := []Case{
		file(t, 1, ms(t, "2026-10-20 08:00")).takeIn(ms(t, "2026-10-20 09:00"), ms(t, "2026-10-26 16:00")).decide(ms(t, "2026-10-23 09:00")).makeCase(),
		file(t, 2, ms(t, "2026-11-12 08:00")).takeIn(ms(t, "2026-11-12 09:00"), ms(t, "2026-11-19 16:00")).makeCase(),
	}
	sent := makeTable(t, Handled06, Input{Cases: known, Period: november, KnownAt: ms(t, "2026-11-15 08:00")})
	before := clone(sent)
	if count(t, sent, "total:in_total") != 2 {
		t.Fatal("the sent report does not count two")
	}
	late := file(t, 3, ms(t, "2026-11-13 08:00")).takeIn(ms(t, "2026-11-13 09:00"), ms(t, "2026-11-20 16:00")).makeCase()
	// Meanwhile life goes on: what happened behind the 14th changes nothing of month M.
	known[1] = file(t, 2, ms(t, "2026-11-12 08:00")).takeIn(ms(t, "2026-11-12 09:00"), ms(t, "2026-11-19 16:00")).decide(ms(t, "2026-11-16 09:00")).makeCase()
	now := makeTable(t, Handled06, Input{Cases: append(known, late), Period: november, KnownAt: ms(t, "2026-11-17 08:00")})
	if !reflect.DeepEqual(before, *sent) {
		t.Error("the sent report changed")
	}
	found := map[string]int{}
	for _, x := range Diff(sent, now) {
		if len(x.Added) != 1 || x.Added[0].Dossier != late.ID || len(x.Removed) != 0 {
			t.Errorf("%s adds %v and removes %v", x.Cell, x.Added, x.Removed)
		}
		found[x.Cell] = x.Delta
	}
	want := map[string]int{}
	for _, row := range []string{"total", "f-ho-tich"} {
		for _, col := range []string{"in_total", inDirect, "now_total", nowWithin} {
			want[row+":"+col] = 1
		}
	}
	if !reflect.DeepEqual(found, want) {
		t.Errorf("the correction says %v, want %v", found, want)
	}
	if again := Diff(now, now); len(again) != 0 {
		t.Errorf("a table differs from itself: %v", again)
	}
}

func clone(t *Table) Table {
	c := *t
	c.Rows = slices.Clone(t.Rows)
	for i := range c.Rows {
		c.Rows[i].Cells = slices.Clone(c.Rows[i].Cells)
	}
	return c
}

// A step whose clock lies before the step it follows counts from that one: no dossier is settled before
// it was received.
func TestAClockThatWentBack(t *testing.T) {
	c := file(t, 1, ms(t, "2026-11-10 08:00")).takeIn(ms(t, "2026-11-03 08:00"), ms(t, "2026-11-12 16:00")).decide(ms(t, "2026-11-01 08:00")).makeCase()
	if c.Received != ms(t, "2026-11-10 08:00") || c.settledAt(ms(t, "2026-11-15 00:00")) != c.Received {
		t.Errorf("received %s, settled %s", clockText(c.Received), clockText(c.settledAt(ms(t, "2026-11-15 00:00"))))
	}
}

func TestRegister(t *testing.T) {
	due := ms(t, "2026-10-26 16:00")
	first := file(t, 7, ms(t, "2026-10-20 08:00")).takeIn(ms(t, "2026-10-20 09:00"), due).decide(ms(t, "2026-10-23 09:00")).giveBack(ms(t, "2026-10-24 10:00")).makeCase()
	first.Official = "H61.12-261020-0001"
	second := file(t, 2, ms(t, "2026-10-01 08:00")).takeIn(ms(t, "2026-10-01 09:00"), due).askPapers(ms(t, "2026-10-05 09:00")).makeCase()
	second.Doubtful = true
	table := makeTable(t, Register, Input{Cases: []Case{first, second}, Period: periodOf(t, "2026-11"), KnownAt: ms(t, "2026-11-17 09:00")})
	var lines [][]string
	for _, r := range table.Fill(func(id syncproto.DossierID) (Person, bool) {
		return Person{"Nguyễn Thị Đượm", "Ấp 1, xã Giao Long", "0900000000"}, id == first.ID
	}).Rows {
		var line []string
		for i, c := range r.Cells {
			line = append(line, table.Shown(i, c))
		}
		lines = append(lines, line)
	}
	slip := ShownSlip(second.Slip)
	want := [][]string{
		{"1", "số tạm " + slip, "Đăng ký khai sinh", "1", "(đã xóa theo thời hạn lưu)", "", "", "UBND xã Giao Long", "09:00 01/10/2026", "16:00 26/10/2026", "", "", "", "chờ bổ sung; kỳ trước chuyển sang; giờ máy chưa xác nhận"},
		{"2", "H61.12-261020-0001", "Đăng ký khai sinh", "1", "Nguyễn Thị Đượm", "Ấp 1, xã Giao Long", "0900000000", "UBND xã Giao Long", "09:00 20/10/2026", "16:00 26/10/2026", "09:00 23/10/2026", "10:00 24/10/2026", "", ""},
	}
	if !reflect.DeepEqual(lines, want) {
		t.Errorf("the register is\n%q\nwant\n%q", lines, want)
	}
	if !table.IsPersonal() || !reflect.DeepEqual(table.Bare(), *table) {
		t.Error("a register holds something personal before it is filled")
	}
	if note, ok := table.Cell("note:doubt"); !ok || *note.Count != 1 || table.MembersOf(note)[0].Dossier != second.ID {
		t.Error("the note does not open to the dossier with the doubtful clock")
	}
}

func TestOneStop(t *testing.T) {
	list := []Procedure{
		{Code: "1", Field: say("Hộ tịch", ""), Levels: LevelsOf("Cấp xã")},
		{Code: "2", Field: say("Hộ tịch", ""), Levels: LevelsOf("Cấp tỉnh, Cấp xã")},
		{Code: "3", Field: say("Đất đai", ""), Levels: LevelsOf("")},
		{Code: "3", Field: say("Đất đai", ""), Levels: LevelsOf("")}, // once
	}
	table := makeTable(t, OneStop07b, Input{Procedures: list, Period: periodOf(t, "2026-11")})
	for address, want := range map[string]int{"total:all": 3, "f-ho-tich:all": 2, "f-ho-tich:f-cap-xa": 2, "f-ho-tich:f-cap-tinh": 1,
		"total:f-cap-xa": 2, "f-dat-dai:f-chua-ghi-cap": 1} {
		if got := count(t, table, address); got != want {
			t.Errorf("%s: %d, want %d", address, got, want)
		}
	}
}

// The groups of QĐ 766 make 100 points; items without a known way of reckoning give no number.
func TestQuality(t *testing.T) {
	sum := 0.0
	for _, x := range indicators {
		if !x.apart {
			sum += x.max
		}
		if (x.count == nil) != (x.why.VI != "") {
			t.Errorf("%s is neither reckoned nor explained, or both", x.key)
		}
	}
	if sum != 100 {
		t.Errorf("the groups make %v points", sum)
	}
	due := ms(t, "2026-10-26 16:00")
	taken := ms(t, "2026-10-20 09:00")
	cases := []Case{
		file(t, 1, taken).takeIn(taken, due).decide(due).makeCase(),
		file(t, 2, taken).takeIn(taken, due).decide(due + 1).makeCase(),
		file(t, 3, taken).takeIn(taken, due).step(taken+1000, dossier.Withdrawn, &dossier.ReasonPayload{}).makeCase(),
		file(t, 4, taken).takeIn(taken, 0).decide(due).makeCase(), // no due date: neither
	}
	cases[0].Scanned, cases[1].Scanned, cases[2].Scanned, cases[3].Scanned = true, true, true, true
	cases[0].ResultFile, cases[1].NoResult = true, true
	cases[0].Score, cases[0].ScoredAt, cases[1].Score, cases[1].ScoredAt = 5, due, 3, due
	in := Input{Cases: cases, Period: periodOf(t, "2026-11"), Procedures: []Procedure{{Code: "1", Online: true}, {Code: "2"}}}
	table := makeTable(t, Quality, in)
	for row, want := range map[string][2]int{"on_time": {2, 3}, "digitised": {4, 4}, "e_results": {2, 3}, "pleased": {1, 2}, "online_offered": {1, 2}, "reused": {0, 4}} {
		if part, whole := count(t, table, row+":part"), count(t, table, row+":whole"); part != want[0] || whole != want[1] {
			t.Errorf("%s: %d of %d, want %v", row, part, whole, want)
		}
	}
	for row, want := range map[string]float64{"on_time": 13.33, "digitised": 4, "e_results": 4, "total": 21.33} {
		if c, _ := table.Cell(row + ":points"); c.Value == nil || *c.Value != want {
			t.Errorf("%s gives %v points, want %v", row, c.Value, want)
		}
	}
	for _, row := range []string{"open", "pay_used", "online_filed", "national_sync", "pleased", "online_offered", "reused"} {
		points, _ := table.Cell(row + ":points")
		why, _ := table.Cell(row + ":why")
		if points.Value != nil || why.Text == "" {
			t.Errorf("%s gives points nobody can know, or does not say why not", row)
		}
	}
	if c, _ := table.Cell("total:max"); *c.Value != 30 {
		t.Errorf("the sum is out of %v, want 30", *c.Value)
	}
}

func TestUnknownReport(t *testing.T) {
	if _, err := Make("09", Input{}); err == nil {
		t.Error("a report that does not exist was made")
	}
	for _, f := range Forms() {
		if got, ok := FormOf(f.Name); !ok || got.Number == "" || got.Title.VI == "" || got.Legal == "" || len(got.Unsure) == 0 {
			t.Errorf("%s is not whole", f.Name)
		}
	}
}
