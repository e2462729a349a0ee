package paper

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bendo/internal/bounded"
)

func sampleDeclaration() Declaration {
	return Declaration{Title: "Tờ khai đăng ký kết hôn", Number: "Mẫu Tờ khai đăng ký kết hôn, TT 04/2020/TT-BTP", To: "UBND xã Giao Long", Code: "1.000894", Procedure: "Đăng ký kết hôn",
		Draft:      "12345 6789 01234",
		Groups:     []QuestionGroup{{"Bên nữ", []Question{{"Họ, chữ đệm, tên", "H'Hen Niê Thử"}, {"Ngày sinh", "14/03/2000"}}}, {"Bên nam", []Question{{"Họ, chữ đệm, tên", "Kim Sà Phép"}}}},
		Statements: []string{"Chúng tôi cam đoan những lời khai trên đây là đúng sự thật."},
		Signers:    []Signer{{"Bên nữ", "H'Hen Niê Thử"}, {"Bên nam", "Kim Sà Phép"}}, At: time.Date(2026, 11, 23, 1, 32, 0, 0, time.UTC)}
}

func drawDeclaration(t testing.TB, d Declaration) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteDeclaration(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestADeclarationHasAPlaceForEachWhoSigns: all that was answered is on it, each signer has a place, and
// nothing on it claims a signature.
func TestADeclarationHasAPlaceForEachWhoSigns(t *testing.T) {
	d := sampleDeclaration()
	pdf := drawDeclaration(t, d)
	if !bytes.Equal(pdf, drawDeclaration(t, d)) {
		t.Error("the same declaration gave other bytes")
	}
	text := squeeze(pdftotext(t, pdf))
	for _, want := range []string{"CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "TỜ KHAI ĐĂNG KÝ KẾT HÔN", "Kính gửi: UBND xã Giao Long", "H'Hen Niê Thử", "14/03/2000", "Kim Sà Phép",
		"cam đoan", "12345 6789 01234", "in lúc 08:32, 23/11/2026", "chưa có chữ ký thì chưa có giá trị", "Trang 1/1"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if n := strings.Count(text, signHere); n != 2 {
		t.Errorf("%d places to sign", n)
	}
	for _, no := range []string{"đã ký", "TẬP THỬ"} {
		if strings.Contains(strings.ReplaceAll(text, "không ghi nhận là đã ký", ""), no) {
			t.Errorf("it says %q", no)
		}
	}
	d.Practice = true
	if practice := squeeze(pdftotext(t, drawDeclaration(t, d))); !strings.Contains(practice, "TẬP THỬ") {
		t.Error("practice is not marked")
	}
}

// TestNothingOfALongDeclarationIsLost: answers of many pages, an answer longer than a page, eight signers.
func TestNothingOfALongDeclarationIsLost(t *testing.T) {
	d := sampleDeclaration()
	d.Groups, d.Signers = nil, nil
	for g := range 12 {
		group := QuestionGroup{Title: fmt.Sprintf("Phần %d", g)}
		for q := range 9 {
			group.Questions = append(group.Questions, Question{fmt.Sprintf("Câu hỏi thứ %d của phần %d có lời dài cho hai dòng", q, g), fmt.Sprintf("trảlời%dx%d", g, q)})
		}
		d.Groups = append(d.Groups, group)
	}
	d.Groups = append(d.Groups, QuestionGroup{"Trình bày", []Question{{"Nội dung", strings.Repeat("ranh đất từ năm chín mươi ", 300) + "HẾTLỜI"}}})
	for i := range 8 {
		d.Signers = append(d.Signers, Signer{fmt.Sprintf("Người ký %d", i), fmt.Sprintf("TênNgườiKý%d", i)})
	}
	d.Practice = true
	pdf := drawDeclaration(t, d)
	text := squeeze(pdftotext(t, pdf))
	for g := range 12 {
		for q := range 9 {
			if want := fmt.Sprintf("trảlời%dx%d", g, q); strings.Count(text, want) != 1 {
				t.Fatalf("%s stands %d times", want, strings.Count(text, want))
			}
		}
	}
	if strings.Count(text, "ranh đất từ") != 300 || !strings.Contains(text, "HẾTLỜI") || strings.Count(text, "TênNgườiKý") != 8 {
		t.Error("a long answer or a signer is cut")
	}
	pages := bytes.Count(pdf, []byte("/Type /Page\n"))
	if marks := strings.Count(text, "TẬP THỬ"); pages < 3 || marks != pages {
		t.Errorf("%d pages, %d of them marked as practice", pages, marks)
	}
}

func TestDeclarationsThatAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Declaration){
		"no title":  func(d *Declaration) { d.Title = "" },
		"no office": func(d *Declaration) { d.To = "" },
		"nothing":   func(d *Declaration) { d.Groups = nil },
		"nobody":    func(d *Declaration) { d.Signers = nil },
	} {
		d := sampleDeclaration()
		spoil(&d)
		if err := WriteDeclaration(&bytes.Buffer{}, d); !errors.Is(err, ErrNoDeclaration) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzWriteDeclaration(f *testing.F) {
	f.Add("Họ tên", "Nguyễn Thị Én", "Người khai")
	f.Add("\xff\x00{tổng}", strings.Repeat("dài ", 3000), "ở\n\n")
	f.Fuzz(func(t *testing.T, label, answer, signer string) {
		defer bounded.Input(t)()
		if len(label)+len(answer)+len(signer) > 20_000 {
			return
		}
		d := sampleDeclaration()
		d.Groups[0].Questions = []Question{{label, answer}}
		d.Signers[0] = Signer{signer, answer}
		if err := WriteDeclaration(&bytes.Buffer{}, d); err != nil {
			t.Fatal(err)
		}
	})
}
