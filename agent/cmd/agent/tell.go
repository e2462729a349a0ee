package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"bendo/agent"
)

// vietnam is the time zone people read; the country has one and no daylight saving.
var vietnam = time.FixedZone("GMT+7", 7*3600)

var lines = map[string]string{
	"offline":  "mất mạng",
	"probing":  "đang thử kết nối",
	"captive":  "có trang đăng nhập hoặc máy chủ lạ trả lời; hãy đăng nhập vào mạng",
	"clock":    "đồng hồ của máy sai; hãy chỉnh giờ",
	"refused":  "cổng của tỉnh không nhận máy này; hãy báo bộ phận công nghệ thông tin của tỉnh",
	"online":   "đã kết nối",
	"degraded": "đã kết nối, có trở ngại",
}

var clocks = map[string]string{
	"trusted": "giờ do tỉnh xác nhận", "unsure": "giờ của máy, chưa được xác nhận",
	"jumped": "giờ của máy vừa nhảy; hãy kiểm tra", "unknown": "không rõ",
}

// tell writes the status for people, in Vietnamese.
func tell(w io.Writer, s agent.Status) error {
	var b strings.Builder
	if !s.Enrolled {
		b.WriteString("Máy này chưa được ghi danh; chỉ có thể luyện tập. Hãy xin mã ghi danh của tỉnh và chạy: agent enrol\n")
	} else {
		fmt.Fprintf(&b, "Đơn vị: %s (%s)\nSổ: %s\n", s.Office, s.Commune, s.Book)
	}
	if !s.Running {
		b.WriteString("Dịch vụ chuyển hồ sơ (agent run): KHÔNG chạy\n")
	}
	fmt.Fprintf(&b, "Đường truyền: %s%s\n", lines[s.Line.State], measured(s.Line))
	if s.Line.Problem != "" {
		fmt.Fprintf(&b, "Trở ngại: %s/%s %s\n", s.Line.Problem, s.Line.Code, s.Line.Detail)
	}
	if s.Line.Frozen {
		b.WriteString("ĐÃ NGỪNG GỬI: sổ này và bản ở tỉnh khác nhau. Vẫn nhận hồ sơ được; hãy báo bộ phận công nghệ thông tin của tỉnh.\n")
	}
	if s.Line.NextTry > 0 {
		fmt.Fprintf(&b, "Thử lại lúc: %s\n", at(s.Line.NextTry))
	}
	fmt.Fprintf(&b, "Đồng hồ: %s, %s\n", at(s.Clock.Now), clocks[s.Clock.Quality])
	if s.Queue.Dossiers == 0 && s.Queue.Events == 0 && s.Queue.Blobs == 0 {
		b.WriteString("Tỉnh đã nhận đủ mọi hồ sơ.\n")
	} else {
		fmt.Fprintf(&b, "Chưa đủ ở tỉnh: %d hồ sơ, %d bản ghi, %d tệp, %d KB\n", s.Queue.Dossiers, s.Queue.Events, s.Queue.Blobs, (s.Queue.Bytes+1023)/1024)
	}
	if s.ScanIn.Overdue > 0 || s.ScanIn.Rejected > 0 {
		fmt.Fprintf(&b, "Thư mục máy quét: %d tệp nằm quá 10 phút, %d tệp bị để riêng (thư mục rejected)\n", s.ScanIn.Overdue, s.ScanIn.Rejected)
	}
	if s.Disk.Short {
		fmt.Fprintf(&b, "MÁY SẮP HẾT CHỖ LƯU (còn %d MB): tạm dừng nhận hồ sơ mới, hồ sơ đang làm dở vẫn nộp được; hãy báo bộ phận công nghệ thông tin của tỉnh.\n", s.Disk.Room>>20)
	}
	if s.Damaged > 0 {
		fmt.Fprintf(&b, "CÓ %d BẢN GHI HỎNG đã để riêng; hãy báo bộ phận công nghệ thông tin của tỉnh.\n", s.Damaged)
	}
	for _, d := range s.Dossiers {
		fmt.Fprintf(&b, "%s  %s  %s\n", d.Slip, d.Procedure, furthest(d))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func measured(l agent.LineStatus) string {
	if l.RateBPS == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d kbit/s, %d ms)", l.RateBPS/1000, l.RTTMS)
}

func at(ms int64) string { return time.UnixMilli(ms).In(vietnam).Format("15:04:05 02/01/2006") }

// furthest is the last acknowledgement that stands, in the words of the slip.
func furthest(d agent.DossierStatus) string {
	text := "chưa lưu"
	for _, step := range []struct{ code, text string }{
		{"saved_at_commune", "đã lưu tại xã"}, {"left_commune", "đã rời xã"},
		{"province_complete", "tỉnh đã nhận đủ"}, {"officer_took_in", "cán bộ đã tiếp nhận"},
	} {
		if t := d.Acks[step.code]; t != nil {
			text = step.text + " " + at(*t)
		}
	}
	return text
}
