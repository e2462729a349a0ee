package paper

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"
)

func sampleSheet() Sheet {
	return Sheet{
		Office: "UBND xã Giao Long", Province: "Tỉnh Vĩnh Long", Code: "1.004194",
		Title: Words{"Đăng ký tạm trú", "Register temporary residence"}, Official: Words{VI: "Thủ tục đăng ký tạm trú"}, Field: Words{VI: "Đăng ký, quản lý cư trú"},
		Papers: []SheetPaper{
			{Name: Words{"Tờ khai thay đổi thông tin cư trú (Mẫu CT01)", "Form CT01"}, Kind: "nop", Originals: 1},
			{Name: Words{"Giấy tờ chứng minh chỗ ở hợp pháp", "Proof of lawful dwelling"}, Kind: "nop", Originals: 1, Copies: 2, Condition: Words{"không khai thác được từ dữ liệu", "it cannot be read from data"}, ByData: Words{"CSDL quốc gia về dân cư", "population database"}},
			{Name: Words{"Thẻ căn cước", "Identity card"}, Kind: "trinh"},
			{Name: Words{"Đơn đề nghị", "Request"}, Kind: "nop", Originals: 1, Written: true},
		},
		Time: Words{"3 ngày làm việc", "3 working days"}, Authority: Words{"Công an cấp xã", "Commune police"},
		Remarks: []Words{{"Nộp qua mạng: 7.000 đồng.", "Online: 7.000 đồng."}}, Results: []string{"Thông báo kết quả đăng ký tạm trú"},
		Decision: "9354/QĐ-BCA-C06", Next: Words{"Mang giấy tờ tới máy này.", "Bring the papers to this machine."}, Verified: true, Pack: "2026-11-22",
		At: time.Date(2026, 11, 23, 1, 32, 0, 0, time.UTC),
	}
}

func renderSheet(t *testing.T, s Sheet) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSheet(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// squeeze makes the text of a page comparable: how wide its gaps are is the reader's business.
func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// TestTheSheetSaysAll reads the paper back in the order a person reads it.
func TestTheSheetSaysAll(t *testing.T) {
	text := squeeze(pdftotext(t, renderSheet(t, sampleSheet())))
	at := 0
	for _, want := range []string{"UBND XÃ GIAO LONG", "TỜ HƯỚNG DẪN THỦ TỤC", "Đăng ký tạm trú", "mã 1.004194", "Cần mang theo",
		"Tờ khai thay đổi thông tin cư trú (Mẫu CT01)", "Nộp · 1 bản chính", "1 bản chính · 2 bản sao", "Khi nào cần: không khai thác được", "Không phải mang nếu cán bộ tra được ở: CSDL",
		"Đưa cán bộ xem rồi cầm về · số bản chưa ghi", "Đơn đề nghị Khai ngay tại máy, không phải mang", "3 ngày làm việc", "Danh mục chưa ghi, xin hỏi cán bộ", "Công an cấp xã", "Thông báo kết quả đăng ký tạm trú",
		"Nộp qua mạng: 7.000 đồng", "Mang giấy tờ tới máy này", "Quyết định 9354/QĐ-BCA-C06", "không phải giấy hẹn", "in lúc 08:32, 23/11/2026", "Trang 1/1"} {
		i := strings.Index(text[at:], want)
		if i < 0 {
			t.Fatalf("%q is not there, or not in its place, in:\n%s", want, text)
		}
		at += i
	}
	for _, no := range []string{"Form CT01", "When needed", "TẬP THỬ", "chưa được đối chiếu", "giờ máy"} {
		if strings.Contains(text, no) {
			t.Errorf("the sheet says %q", no)
		}
	}
}

func TestASheetInEnglishKeepsTheVietnamese(t *testing.T) {
	s := sampleSheet()
	s.English, s.Verified, s.Doubt, s.Decision = true, false, true, ""
	text := squeeze(pdftotext(t, renderSheet(t, s)))
	for _, want := range []string{"Đăng ký tạm trú", "Register temporary residence", "Form CT01", "3 ngày làm việc / 3 working days", "Not stated, please ask an officer",
		"chưa được đối chiếu", "danh mục không ghi số quyết định", "giờ máy chưa xác nhận"} {
		if !strings.Contains(text, want) {
			t.Errorf("the sheet does not say %q:\n%s", want, text)
		}
	}
}

// TestALongSheetLosesNothing: no paper is cut off, every page says which procedure it is of.
func TestALongSheetLosesNothing(t *testing.T) {
	s := sampleSheet()
	for range 30 {
		s.Papers = append(s.Papers, s.Papers[1])
	}
	text := squeeze(pdftotext(t, renderSheet(t, s)))
	if n := strings.Count(text, "1 bản chính · 2 bản sao"); n != 31 {
		t.Errorf("%d of 31 papers were printed", n)
	}
	if pages := strings.Count(text, "Thủ tục 1.004194 · danh mục 2026-11-22"); pages < 4 || !strings.Contains(text, "Việc tiếp theo") {
		t.Errorf("%d pages say what they are of", pages)
	}
}

// TestAFactIsNotTornApart: a label and its value stand on one page, wherever the page ends.
func TestAFactIsNotTornApart(t *testing.T) {
	for n := range 10 {
		s := sampleSheet()
		for range n {
			s.Papers = append(s.Papers, s.Papers[0])
		}
		for _, page := range strings.Split(pdftotext(t, renderSheet(t, s)), "\f") {
			for label, value := range map[string]string{"Bao lâu": "3 ngày làm việc", "Ai giải quyết": "Công an cấp xã", "Nhận lại gì": "Thông báo kết quả", "Việc tiếp theo": "Mang giấy tờ"} {
				if strings.Contains(page, label) != strings.Contains(page, value) {
					t.Errorf("with %d papers more, %q and %q stand on different pages", n, label, value)
				}
			}
		}
	}
}

func TestSheets(t *testing.T) {
	if !bytes.Equal(renderSheet(t, sampleSheet()), renderSheet(t, sampleSheet())) {
		t.Error("two prints of one sheet differ")
	}
	for _, spoil := range []func(*Sheet){func(s *Sheet) { s.Code = "" }, func(s *Sheet) { s.Title.VI = "" }, func(s *Sheet) { s.Office = "" }} {
		s := sampleSheet()
		spoil(&s)
		if err := WriteSheet(&bytes.Buffer{}, s); !errors.Is(err, ErrNoSheet) {
			t.Errorf("%v, want ErrNoSheet", err)
		}
	}
	for _, odd := range []string{"\U0001F600", "\xff\xfe", "a\x00b", strings.Repeat("W", 4000), "{tổng}"} {
		s := sampleSheet()
		s.Title.VI, s.Papers[0].Name.VI, s.Time.VI, s.Results = odd, odd, odd, []string{odd}
		if err := WriteSheet(&bytes.Buffer{}, s); err != nil {
			t.Errorf("%.20q: %v", odd, err)
		}
	}
	s := sampleSheet()
	s.Practice = true
	if bytes.Equal(renderSheet(t, s), renderSheet(t, sampleSheet())) {
		t.Error("a practice sheet carries no watermark")
	}
}

// TestASheetOfWhatThePackDoesNotHold promises nothing: no paper is demanded, no time, no fee, no decision.
func TestASheetOfWhatThePackDoesNotHold(t *testing.T) {
	s := sampleSheet()
	s.Title, s.Official, s.Field, s.Authority, s.Time = Words{VI: "Kết hôn có yếu tố nước ngoài"}, Words{}, Words{}, Words{}, Words{}
	s.Unlisted, s.Verified, s.Decision, s.Results, s.Remarks = true, false, "", nil, nil
	s.Papers = []SheetPaper{{Name: Words{VI: "Giấy tờ đang có"}, Kind: SheetAdvice}}
	for code, want := range map[string]string{"2.000806": "mã 2.000806, chưa có trong danh mục của máy này", "": "mã thủ tục chưa ghi"} {
		s.Code = code
		text := squeeze(pdftotext(t, renderSheet(t, s)))
		for _, want := range []string{want, "Giấy tờ đang có", "Danh mục chưa ghi, xin hỏi cán bộ", "chưa có thủ tục này: giấy tờ, thời hạn và lệ phí phải hỏi cán bộ"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q: %q is not in\n%s", code, want, text)
			}
		}
		for _, no := range []string{"bản chính", "số bản", "số quyết định", "Nộp ·"} {
			if strings.Contains(text, no) {
				t.Errorf("%q: it says %q", code, no)
			}
		}
	}
}
