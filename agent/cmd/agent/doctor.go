package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"bendo/agent"
	"bendo/internal/ledger"
)

type doctorCommand struct {
	place
	Salvage bool `help:"Make a new book of everything that is whole; the damaged files are kept. Stop the kiosk and the agent first."`
	JSON    bool `help:"Print one JSON value."`
}

// errSick ends the command with status 1 after it has said what is wrong.
var errSick = errors.New("the book is not healthy; see above")

// Run examines the book and, when asked, makes it anew.
func (d *doctorCommand) Run(ctx context.Context, c *console) error {
	found, err := agent.Doctor(ctx, agent.Place{Data: d.Data, Keys: d.Keys, Credentials: os.Getenv("CREDENTIALS_DIRECTORY")}, d.Salvage, c.log)
	if err != nil {
		return err
	}
	if d.JSON {
		err = c.print(found)
	} else {
		err = tellDiagnosis(c.out, found)
	}
	if err == nil && !found.Healthy() {
		err = errSick
	}
	return err
}

// tellDiagnosis says it to the people who stand before the machine, then to IT.
func tellDiagnosis(w io.Writer, d agent.Diagnosis) error {
	var b strings.Builder
	if r := d.Rescue; r != nil {
		tellRescue(&b, r)
	}
	f := d.Findings
	switch {
	case d.Healthy():
		fmt.Fprintf(&b, "Sổ lành lặn: đã đọc lại %d bản ghi.\n(The book is sound: %d records were read again.)\n", f.Events, f.Events)
	case !d.Opens:
		fmt.Fprintf(&b, "KHÔNG MỞ ĐƯỢC SỔ: %s\nHãy dừng kiosk và agent rồi chạy: agent doctor --salvage\n(The book cannot be opened. Stop the kiosk and the agent, then run agent doctor --salvage.)\n", d.Problem)
	default:
		tellDamage(&b, d)
	}
	if f.Waiting > 0 {
		fmt.Fprintf(&b, "%d bản ghi đứng sau chỗ hỏng đang chờ lời của tỉnh; có mạng là gửi tiếp được.\n", f.Waiting)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func tellDamage(b *strings.Builder, d agent.Diagnosis) {
	f := d.Findings
	if d.Problem != "" {
		fmt.Fprintf(b, "KHÔNG ĐỌC HẾT ĐƯỢC SỔ: %s\n", d.Problem)
	}
	if len(f.Complaints) > 0 {
		fmt.Fprintf(b, "TỆP SỔ HỎNG: %d chỗ, chỗ đầu: %s\n", len(f.Complaints), f.Complaints[0])
	}
	for i, q := range f.Damaged {
		if i == 20 {
			fmt.Fprintf(b, "… và %d bản ghi khác\n", len(f.Damaged)-i)
			break
		}
		fmt.Fprintf(b, "BẢN GHI HỎNG: %s %s: %s\n", q.Table, q.ID, q.Reason)
	}
	if f.Unsent {
		fmt.Fprintf(b, "Từ bản ghi số %d trở đi CHƯA gửi được về tỉnh.\n", f.FirstBad)
	}
	b.WriteString("Hãy báo bộ phận công nghệ thông tin của tỉnh; dừng kiosk và agent rồi chạy: agent doctor --salvage\n" +
		"(The book is damaged. Tell provincial IT; stop the kiosk and the agent, then run agent doctor --salvage.)\n")
}

func tellRescue(b *strings.Builder, r *ledger.Rescue) {
	fmt.Fprintf(b, "ĐÃ LẬP SỔ MỚI từ %d bản ghi còn nguyên. Sổ hỏng được giữ ở %s; đừng xóa.\n(A new book was made of %d whole records; the damaged one is kept.)\n",
		r.Events, r.Kept, r.Events)
	back, gone := 0, 0
	for _, l := range r.Lost {
		if l.Acked {
			back++
			continue
		}
		gone++
		if gone <= 20 {
			fmt.Fprintf(b, "MẤT TRÊN MÁY NÀY, sổ không biết tỉnh đã có chưa: bản ghi số %d %s %s\n", l.Seq, l.Slip, l.Event)
		}
	}
	if back > 0 {
		fmt.Fprintf(b, "%d bản ghi tỉnh đã có, sẽ lấy về khi có mạng.\n", back)
	}
	if gone > 0 {
		fmt.Fprintf(b, "%d bản ghi mất trên máy này, sổ không biết tỉnh đã có chưa. Trước hết cho máy kết nối với tỉnh: những gì tỉnh có sẽ tự về. Còn thiếu: nếu có nơi lưu thứ hai hoặc thẻ USB thì đưa gói vào tỉnh (portal bundle in); nếu không, mời người dân có phiếu đến nộp lại.\n"+
			"(%d records are lost here; the book does not know whether the province has them. Connect first: what the province has comes back by itself. For what is still missing bring the second place's or the stick's bundle to the province, or ask the holders of those slips to come again.)\n", gone, gone)
	}
	if r.NoIdentity {
		b.WriteString("Danh tính của máy không còn đọc được: xin tỉnh mã ghi danh thay máy (portal enrol new --replaces) rồi chạy agent enrol.\n" +
			"(The machine's identity is gone: ask the province for a code that replaces this machine.)\n")
	}
}
