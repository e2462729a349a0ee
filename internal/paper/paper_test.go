package paper

import (
	"bytes"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func sample() Slip {
	at := time.Date(2026, 11, 23, 1, 32, 0, 0, time.UTC)
	return Slip{
		Number: "00017-4820-93316", Office: "UBND xã Giao Long", Province: "Tỉnh Vĩnh Long",
		Code: "1.001193", Procedure: "Thủ tục đăng ký khai sinh",
		Applicant: "NGUYỄN THỊ ĐƯỢM", Submitter: "THẠCH THỊ SÔ PHIA",
		FiledAt: at, AnswerBy: at.Add(26 * time.Hour),
		Papers: []Component{
			{Name: "Giấy chứng sinh; không có thì văn bản của người làm chứng về việc sinh", State: "provided", Pages: 2},
			{Name: "Giấy tờ chứng minh nơi cư trú", State: "to_be_looked_up"},
		},
		Acks: []Ack{
			{Label: "đã lưu tại xã", Done: true, At: at}, {Label: "đã rời xã"},
			{Label: "tỉnh đã nhận đủ"}, {Label: "cán bộ đã tiếp nhận"},
		},
		Second:  "Cần thêm 4 số cuối căn cước hoặc điện thoại.",
		Address: "https://hoso.example.vn/t/" + strings.Repeat("Aa0_", 42),
	}
}

func render(t *testing.T, s Slip) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSlip(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestSameSlipSameBytes(t *testing.T) {
	a, b := render(t, sample()), render(t, sample())
	if !bytes.Equal(a, b) {
		t.Fatal("two prints of one slip differ")
	}
	other := sample()
	other.Number = "00017-4820-93324"
	if bytes.Equal(a, render(t, other)) {
		t.Fatal("another number gave the same paper")
	}
}

func TestSlipWithoutNumberIsRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Slip){
		"number":    func(s *Slip) { s.Number = "" },
		"office":    func(s *Slip) { s.Office = "" },
		"procedure": func(s *Slip) { s.Procedure = "" },
		"time":      func(s *Slip) { s.FiledAt = time.Time{} },
	} {
		s := sample()
		spoil(&s)
		if err := WriteSlip(&bytes.Buffer{}, s); !errors.Is(err, ErrIncomplete) {
			t.Errorf("without %s: %v, want ErrIncomplete", name, err)
		}
	}
}

// TestTextCanBeCopied reads the paper back the way a screen reader or a clerk would.
func TestTextCanBeCopied(t *testing.T) {
	text := pdftotext(t, render(t, sample()))
	for _, want := range []string{"00017-4820-93316", "NGUYỄN THỊ ĐƯỢM", "Thủ tục đăng ký khai sinh",
		"08:32, 23/11/2026", "đã rời xã: chưa", "cán bộ sẽ tra cứu", "Cán bộ trả lời trước 10:32, 24/11/2026"} {
		if !strings.Contains(text, want) {
			t.Errorf("the slip does not say %q", want)
		}
	}
	if strings.Contains(text, "Filing slip") {
		t.Error("an English line stands on a Vietnamese slip")
	}
}

func TestLongSlipContinuesOnASecondPage(t *testing.T) {
	s := sample()
	for range 24 {
		s.Papers = append(s.Papers, Component{Name: "Giấy tờ chứng minh quyền sử dụng đất", State: "provided", Pages: 1})
	}
	text := pdftotext(t, render(t, s))
	if n := strings.Count(text, "Số phiếu 00017-4820-93316"); n < 2 {
		t.Fatalf("the number stands on %d pages, want each of at least 2", n)
	}
	if !strings.Contains(text, "Việc tiếp theo") {
		t.Fatal("the end of the slip was cut off")
	}
}

func pdftotext(t *testing.T, pdf []byte) string {
	t.Helper()
	tool, err := exec.LookPath("pdftotext")
	if err != nil {
		t.Skip("LOUD: pdftotext (poppler-utils) is missing, so the printed text was not read back; run make setup")
	}
	file := filepath.Join(t.TempDir(), "slip.pdf")
	if err := os.WriteFile(file, pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tool, "-layout", file, "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestQRPictureIsWellFormed(t *testing.T) {
	svg, err := QRSVG("https://hoso.example.vn/t/abc")
	if err != nil {
		t.Fatal(err)
	}
	if err := xml.Unmarshal(svg, new(struct{ XMLName xml.Name })); err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(svg, []byte("style=")) {
		t.Fatal("inline style would be blocked by the content policy")
	}
	if _, err := QRSVG(""); err == nil {
		t.Fatal("an empty code was drawn")
	}
}

func BenchmarkSlip(b *testing.B) {
	s := sample()
	for b.Loop() {
		if err := WriteSlip(&bytes.Buffer{}, s); err != nil {
			b.Fatal(err)
		}
	}
}

// TestEverySlipIsDrawn gives names no form would let pass: a dossier is filed before its slip is
// drawn, so a slip that fails would leave a resident with nothing to hold.
func TestEverySlipIsDrawn(t *testing.T) {
	for _, name := range []string{"NGUYỄN \U0001F600 AN", "\U00020BB7野", "\U0010ffff", "a\x00\x01b", "a\nb\tc", "\xff\xfe", strings.Repeat("W", 5000), "{tổng}"} {
		s := sample()
		s.Applicant, s.Submitter, s.Papers[0].Name, s.Papers[0].State = name, name, name, name
		if err := WriteSlip(&bytes.Buffer{}, s); err != nil {
			t.Errorf("applicant %.20q: %v", name, err)
		}
	}
	s := sample()
	s.Applicant = "NGUYỄN \U0001F600 AN"
	if text := pdftotext(t, render(t, s)); !strings.Contains(text, "NGUYỄN □ AN") {
		t.Errorf("the slip does not say what it could not show:\n%s", text)
	}
}

// TestAPracticeSlipPromisesNothing: nobody answers, and nothing travels.
func TestAPracticeSlipPromisesNothing(t *testing.T) {
	s := sample()
	s.Practice = true
	text := pdftotext(t, render(t, s))
	for _, promise := range []string{"trả lời trước", "tự gửi lên tỉnh"} {
		if strings.Contains(text, promise) {
			t.Errorf("a practice slip promises %q", promise)
		}
	}
	if !strings.Contains(text, "phiếu tập thử") {
		t.Error("it does not say what it is")
	}
}

func TestADoubtfulClockPromisesNothing(t *testing.T) {
	s := sample()
	s.AnswerBy, s.Doubt = s.FiledAt.Add(24*time.Hour), true
	text := pdftotext(t, render(t, s))
	for _, want := range []string{"giờ máy chưa xác nhận", "không ghi hạn trả lời"} {
		if !strings.Contains(text, want) {
			t.Errorf("the slip does not say %q: %s", want, text)
		}
	}
	if strings.Contains(text, "Cán bộ trả lời trước") {
		t.Errorf("the slip promises a time: %s", text)
	}
}
