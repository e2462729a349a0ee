package paper

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

func aFee() FeeSlip {
	return FeeSlip{Number: "00017-4820-93316", Office: "UBND xã Giao Long", Province: "Tỉnh Vĩnh Long",
		Code: "1.004222", Procedure: "Đăng ký thường trú", At: time.Date(2026, 11, 23, 1, 32, 0, 0, time.UTC),
		Amount: 20000, Why: [2]string{"Mức ghi trong danh mục thủ tục.", "As the catalogue states."},
		Transfer: &FeeTransfer{Bank: "Ngân hàng Mẫu", Holder: "UBND XA GIAO LONG", Account: "112233445566", Purpose: "PHI HS 00017482093316",
			Code: "00020101021238560010A0000007270126000697041501121122334455660208QRIBFTTA5303704540520000" + "5802VN62250821PHI HS 000174820933166304ABCD"}}
}

func renderFee(t *testing.T, s FeeSlip) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteFeeSlip(&b, s); err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("BENDO_PAPERS"); dir != "" {
		if err := os.WriteFile(dir+"/"+t.Name()+".pdf", b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// flat joins the lines a narrow page breaks, so that a sentence is found wherever it wraps.
func flat(text string) string { return strings.Join(strings.Fields(text), " ") }

func TestFeeSlipSaysWhatIsDueAndThatNothingIsPaid(t *testing.T) {
	text := flat(pdftotext(t, renderFee(t, aFee())))
	for _, want := range []string{"KHÔNG PHẢI BIÊN LAI", "00017-4820-93316", "20.000 đồng", "hai mươi nghìn đồng", "Ngân hàng Mẫu", "UBND XA GIAO LONG",
		"112233445566", "PHI HS 00017482093316", NotPaid, "tiền mặt tại quầy", "không phải biên lai", "Chỉ nộp một lần"} {
		if !strings.Contains(text, want) {
			t.Errorf("the fee slip does not say %q:\n%s", want, text)
		}
	}
	for _, lie := range []string{"đã thanh toán", "ĐÃ NỘP TIỀN", "Pay in cash"} {
		if strings.Contains(text, lie) {
			t.Errorf("the fee slip says %q", lie)
		}
	}
}

func TestCashSlipWithoutAccountOrAmount(t *testing.T) {
	s := aFee()
	s.Amount, s.Transfer, s.English = 0, nil, true
	s.Why = [2]string{"Phí tính theo số trang, cán bộ đếm rồi cho biết.", "The fee goes by pages; an officer counts them."}
	text := flat(pdftotext(t, renderFee(t, s)))
	for _, want := range []string{"Cán bộ cho biết / An officer will tell you", s.Why[0], s.Why[1], "Nộp tiền mặt tại quầy / Pay in cash at the desk"} {
		if !strings.Contains(text, want) {
			t.Errorf("the cash slip does not say %q:\n%s", want, text)
		}
	}
	for _, wrong := range []string{"0 đồng", "Chuyển khoản", "quét mã", "Cách 2"} {
		if strings.Contains(text, wrong) {
			t.Errorf("the cash slip says %q", wrong)
		}
	}
}

func TestPracticeFeeSlipIsMarked(t *testing.T) {
	s := aFee()
	s.Practice, s.Doubt = true, true
	text := flat(pdftotext(t, renderFee(t, s)))
	for _, want := range []string{"không nộp tiền theo phiếu này", "giờ máy chưa xác nhận"} {
		if !strings.Contains(text, want) {
			t.Errorf("the practice slip does not say %q", want)
		}
	}
}

func TestFeeSlipIsTheSameEveryTimeAndRefusesHalves(t *testing.T) {
	if !bytes.Equal(renderFee(t, aFee()), renderFee(t, aFee())) {
		t.Fatal("two prints of one fee slip differ")
	}
	s := aFee()
	s.Number = ""
	if err := WriteFeeSlip(&bytes.Buffer{}, s); !errors.Is(err, ErrIncomplete) {
		t.Errorf("without a number: %v, want ErrIncomplete", err)
	}
	s = aFee()
	s.Amount = -1
	if err := WriteFeeSlip(&bytes.Buffer{}, s); err == nil {
		t.Error("an amount below zero was printed")
	}
}
