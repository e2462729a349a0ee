package report

import (
	"cmp"
	"slices"

	"bendo/syncproto"
)

// Person is what the register says of whoever a dossier belongs to.
type Person struct {
	Name, Address, Phone string
}

// The register's personal columns.
const (
	ownerColumn   = "owner"
	addressColumn = "address"
	phoneColumn   = "phone"
)

// registerColumns are those of Mẫu 07, as lists in use have them: number, code, content, sets, owner,
// address, phone, handling office; days of receipt, appointment and result; hand-over; note.
func registerColumns() []Column {
	who := say("Cá nhân, tổ chức", "Person or organisation")
	days := say("Ngày, giờ", "Day and hour")
	return []Column{
		{Key: "no", Title: say("STT", "No."), Shape: Word, Width: 9},
		{Key: "code", Title: say("Mã hồ sơ", "Code"), Shape: Word, Width: 30},
		{Key: "content", Title: say("Thủ tục hành chính", "Procedure"), Shape: Word, Width: 44},
		{Key: "sets", Title: say("Số bộ", "Sets"), Shape: Word, Width: 9},
		{Key: ownerColumn, Group: who, Title: say("Tên", "Name"), Shape: Word, Personal: true, Width: 30},
		{Key: addressColumn, Group: who, Title: say("Địa chỉ", "Address"), Shape: Word, Personal: true, Width: 34},
		{Key: phoneColumn, Group: who, Title: say("Điện thoại", "Phone"), Shape: Word, Personal: true, Width: 20},
		{Key: "office", Title: say("Cơ quan giải quyết", "Handling office"), Shape: Word, Width: 24},
		{Key: "received", Group: days, Title: say("Nhận hồ sơ", "Received"), Shape: Day, Width: 20},
		{Key: "due", Group: days, Title: say("Hẹn trả", "Appointment"), Shape: Day, Width: 20},
		{Key: "result", Group: days, Title: say("Có kết quả", "Result there"), Shape: Day, Width: 20},
		{Key: "returned", Group: days, Title: say("Trả kết quả", "Handed out"), Shape: Day, Width: 20},
		{Key: "signed", Title: say("Ký nhận", "Signature"), Shape: Word, Width: 16},
		{Key: "note", Title: say("Ghi chú", "Note"), Shape: Word, Width: 30},
	}
}

// register lists what was received in the period and what was carried over into it, by day of receipt:
// as many lines as 06/VPCP/KSTT counts received. What is personal stays empty: see [Table.Fill].
func (t *Table) register(in Input) {
	t.Columns = registerColumns()
	cases, carried := belonging(in)
	order := make([]int, len(cases))
	for i, c := range cases {
		t.Members, order[i] = append(t.Members, memberOf(c)), i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(cases[a].Received, cases[b].Received), cmp.Compare(a, b))
	})
	var doubt []int32
	for n, i := range order {
		t.Rows = append(t.Rows, registerRow(n+1, int32(i), cases[i], carried[i], in.Period.To))
		if cases[i].Doubtful {
			doubt = append(doubt, int32(i))
		}
	}
	slices.Sort(doubt)
	t.noteDoubt(doubt)
}

func registerRow(no int, member int32, c *Case, carried bool, end int64) Row {
	code := c.Official
	if code == "" {
		code = "số tạm " + ShownSlip(c.Slip)
	}
	_, note := c.remark(end, carried)
	cells := []Cell{
		{Text: itoa(no), Of: []int32{member}}, {Text: code}, {Text: c.Name.VI}, {Text: "1"}, {}, {}, {}, {Text: c.Office},
		{At: c.Received}, {At: c.promised(end)}, {At: c.settledAt(end)}, {At: c.returnedAt(end)}, {}, {Text: note},
	}
	return Row{Key: "d-" + c.ID.String(), Title: c.Name, Cells: cells}
}

// remark is what the register notes: where a dossier without a result stands, and whence it came.
func (c *Case) remark(end int64, carried bool) (Standing, string) {
	s := c.standing(end)
	text := map[Standing]string{Waiting: "chờ bổ sung", Paying: "chờ nộp phí", Withdrawn: "đã rút", Stopped: "đã dừng", Refused: "bị từ chối"}[s]
	add := func(more string) {
		if text != "" {
			text += "; "
		}
		text += more
	}
	if due, promised := c.due(end), c.promised(end); promised != due {
		add("đã xin lỗi, hẹn lại (hạn đầu " + dayText(due) + ")")
	}
	if due, at := c.due(end), c.settledAt(end); due > 0 && at > due {
		add("quá hạn")
	}
	if carried {
		add("kỳ trước chuyển sang")
	}
	if c.Doubtful {
		add("giờ máy chưa xác nhận")
	}
	return s, text
}

// Fill is the register with what it says of people. Whoever is not found, because what he filed was
// erased when its time was over, is shown as such.
func (t Table) Fill(find func(syncproto.DossierID) (Person, bool)) Table {
	rows := slices.Clone(t.Rows)
	for i := range rows {
		rows[i].Cells = slices.Clone(rows[i].Cells)
		var p Person
		found := false
		if of := t.MembersOf(rows[i].Cells[0]); len(of) == 1 {
			p, found = find(of[0].Dossier)
		}
		if !found {
			p = Person{Name: "(đã xóa theo thời hạn lưu)"}
		}
		for c, col := range t.Columns {
			switch col.Key {
			case ownerColumn:
				rows[i].Cells[c].Text = p.Name
			case addressColumn:
				rows[i].Cells[c].Text = p.Address
			case phoneColumn:
				rows[i].Cells[c].Text = p.Phone
			}
		}
	}
	t.Rows = rows
	return t
}

// IsPersonal says whether a table has columns that [Table.Fill] fills.
func (t *Table) IsPersonal() bool {
	return slices.ContainsFunc(t.Columns, func(c Column) bool { return c.Personal })
}
