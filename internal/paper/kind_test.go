package paper

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

// A petition's slip is called what it is, promises no due date and prints no name that was left out.
func TestSlipOfAPetition(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC)
	s := Slip{Number: "00017-4820-93316", Office: "UBND xã Giao Long", Province: "Tỉnh Vĩnh Long", Procedure: "Phản ánh, kiến nghị",
		FiledAt: at, Petition: true, Code6: "123456", Doubt: true, Papers: []Component{{Name: "Ảnh kèm phản ánh", State: "provided", Pages: 2}},
		Acks: []Ack{{Label: "đã lưu tại xã", Done: true, At: at}, {Label: "đã rời xã"}}}
	for _, c := range []struct {
		name   string
		change func(*Slip)
		want   []string
		never  []string
	}{
		{"nameless", func(*Slip) {}, []string{"PHIẾU GỬI PHẢN ÁNH, KIẾN NGHỊ", "Gửi kèm", "Mã tra cứu: 123456", "Câu trả lời của cơ quan"}, []string{"Người gửi", "NỘP HỒ SƠ", "hạn trả lời"}},
		{"named, English", func(s *Slip) { s.Applicant, s.English = "Nguyễn Thị Én", true }, []string{"Người gửi / Sender", "Nguyễn Thị Én", "Petition slip"}, []string{"Người nộp đơn"}},
		{"practice", func(s *Slip) { s.Practice = true }, []string{"không ai trả lời"}, []string{"tự gửi lên tỉnh"}},
	} {
		one := s
		c.change(&one)
		var b bytes.Buffer
		if err := WriteSlip(&b, one); err != nil {
			t.Fatal(err)
		}
		shown := strings.Join(strings.Fields(pdftotext(t, b.Bytes())), " ")
		for _, w := range c.want {
			if !strings.Contains(shown, w) {
				t.Errorf("%s: %q is not on it: %s", c.name, w, shown)
			}
		}
		for _, n := range c.never {
			if strings.Contains(shown, n) {
				t.Errorf("%s: %q is on it", c.name, n)
			}
		}
	}
}

// So is a call-back request's: it names nobody, no number and no time.
func TestSlipOfACallBack(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 30, 0, 0, time.UTC)
	s := Slip{Number: "00017-4820-93316", Office: "UBND xã Giao Long", Province: "Tỉnh Vĩnh Long", Procedure: "Yêu cầu gọi lại (1022)",
		FiledAt: at, CallBack: true, Doubt: true, English: true, Acks: []Ack{{Label: "đã lưu tại xã", Done: true, At: at}, {Label: "đã rời xã"}}}
	for _, practice := range []bool{false, true} {
		s.Practice = practice
		var sheet, strip bytes.Buffer
		if err := WriteSlip(&sheet, s); err != nil {
			t.Fatal(err)
		}
		if err := RollSlip(&strip, s, PNG); err != nil {
			t.Fatal(err)
		}
		shown := strings.Join(strings.Fields(pdftotext(t, sheet.Bytes())), " ")
		want, never := "Cán bộ gọi vào số đã ghi", "không ai gọi lại"
		if practice {
			want, never = never, want
		}
		if !strings.Contains(shown, "PHIẾU YÊU CẦU GỌI LẠI") || !strings.Contains(shown, want) || strings.Contains(shown, never) ||
			strings.Contains(shown, "Người yêu cầu") || strings.Contains(shown, "hạn trả lời") {
			t.Errorf("practice %v: %s", practice, shown)
		}
	}
}
