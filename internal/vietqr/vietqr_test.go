package vietqr

import (
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type vectors struct {
	Examples []struct {
		BIN     string  `json:"bin"`
		Account string  `json:"account"`
		Amount  *int64  `json:"amount"`
		Purpose *string `json:"purpose"`
		Why     string  `json:"why"`
		Payload string  `json:"payload"`
	} `json:"examples"`
	Refused []struct {
		Payload string `json:"payload"`
		Why     string `json:"why"`
		Error   string `json:"error"`
	} `json:"refused"`
	RefusedPurposes []string `json:"refused_purposes"`
}

func load(t testing.TB) (v vectors) {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Examples) < 7 || len(v.Refused) < 2 || len(v.RefusedPurposes) < 1 {
		t.Fatalf("only %d examples, %d refused payloads and %d refused purposes were found", len(v.Examples), len(v.Refused), len(v.RefusedPurposes))
	}
	return v
}

func TestVectorsAreWrittenAndRead(t *testing.T) {
	for _, e := range load(t).Examples {
		want := Transfer{To: Account{BIN: e.BIN, Number: e.Account}}
		if e.Amount != nil {
			want.Amount = *e.Amount
		}
		if e.Purpose != nil {
			want.Purpose = *e.Purpose
		}
		got, err := Encode(want)
		if err != nil || got != e.Payload {
			t.Errorf("%s: written as\n%s (%v), want\n%s", e.Why, got, err, e.Payload)
		}
		back, err := Parse(e.Payload)
		if err != nil || back != want {
			t.Errorf("%s: read as %+v (%v), want %+v", e.Why, back, err, want)
		}
	}
}

func TestNegativeVectorsAreRefused(t *testing.T) {
	v := load(t)
	kinds := map[string]error{"damaged": ErrDamaged}
	for _, r := range v.Refused {
		if got, err := Parse(r.Payload); !errors.Is(err, kinds[r.Error]) {
			t.Errorf("%s: read as %+v (%v), want %s", r.Why, got, err, r.Error)
		}
	}
	for _, p := range v.RefusedPurposes {
		if _, err := Encode(Transfer{To: Account{BIN: "970405", Number: "1"}, Purpose: p}); !errors.Is(err, ErrPurpose) {
			t.Errorf("purpose %q: %v, want ErrPurpose", p, err)
		}
	}
}

func TestCheckSumOfTheStandard(t *testing.T) {
	if got := checkSum("123456789"); got != "29B1" {
		t.Fatalf("%s, want 29B1", got)
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	good := Transfer{To: Account{BIN: "970405", Number: "1234567890123"}, Amount: 8000, Purpose: "PHI HS 00017482093316"}
	if _, err := Encode(good); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for name, c := range map[string]struct {
		spoil func(*Transfer)
		want  error
	}{
		"a bank of five digits":   {func(t *Transfer) { t.To.BIN = "97040" }, ErrAccount},
		"a bank with a letter":    {func(t *Transfer) { t.To.BIN = "97040A" }, ErrAccount},
		"no account":              {func(t *Transfer) { t.To.Number = "" }, ErrAccount},
		"an account of 20":        {func(t *Transfer) { t.To.Number = strings.Repeat("1", 20) }, ErrAccount},
		"an account with a space": {func(t *Transfer) { t.To.Number = "123 456" }, ErrAccount},
		"an amount below zero":    {func(t *Transfer) { t.Amount = -1 }, ErrAmount},
		"an amount too long":      {func(t *Transfer) { t.Amount = MaxAmount + 1 }, ErrAmount},
		"a mark in the purpose":   {func(t *Transfer) { t.Purpose = "LỆ PHÍ" }, ErrPurpose},
		"a purpose of 26":         {func(t *Transfer) { t.Purpose = strings.Repeat("A", 26) }, ErrPurpose},
		"a purpose that breaks":   {func(t *Transfer) { t.Purpose = "A\nB" }, ErrPurpose},
		"a space at its end":      {func(t *Transfer) { t.Purpose = "A " }, ErrPurpose},
	} {
		bad := good
		c.spoil(&bad)
		if got, err := Encode(bad); !errors.Is(err, c.want) {
			t.Errorf("%s: %q (%v), want %v", name, got, err, c.want)
		}
	}
}

// sealed gives a body its check sum, so that the refusal under test is not the check sum's.
func sealed(body string) string {
	body += tagCRC + "04"
	return body + checkSum(body)
}

func TestWhatCannotBeRead(t *testing.T) {
	const (
		head     = "000201010212"
		merchant = "38570010A00000072701270006970405011312345678901230208QRIBFTTA"
		tail     = "530370454048000" + "5802VN"
	)
	if _, err := Parse(sealed(head + merchant + tail)); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	for name, c := range map[string]struct {
		payload string
		want    error
	}{
		"nothing":                  {"", ErrForeign},
		"a slip's address":         {"https://tinh.example/t/abc", ErrForeign},
		"only a check sum":         {sealed(""), ErrForeign},
		"cut in the middle":        {sealed(head + merchant + tail)[:70], ErrForeign},
		"dollars":                  {sealed(head + merchant + "5303840" + "54048000" + "5802VN"), ErrForeign},
		"another country":          {sealed(head + merchant + "5303704" + "54048000" + "5802US"), ErrForeign},
		"another network":          {sealed(head + strings.Replace(merchant, napas, "A000000728", 1) + tail), ErrForeign},
		"another service":          {sealed(head + strings.Replace(merchant, toAccount, "QRPUSH00", 1) + tail), ErrForeign},
		"no payee":                 {sealed(head + tail), ErrForeign},
		"two payees":               {sealed(head + merchant + merchant + tail), ErrForeign},
		"the amount twice":         {sealed(head + merchant + tail + "54049000"), ErrForeign},
		"format not first":         {sealed("010212000201" + merchant + tail), ErrForeign},
		"dynamic without amount":   {sealed(head + merchant + "53037045802VN"), ErrAmount},
		"static with amount":       {sealed("000201010211" + merchant + tail), ErrAmount},
		"neither":                  {sealed("000201010213" + merchant + tail), ErrForeign},
		"a fraction":               {sealed(head + merchant + "5303704" + "54068000.5" + "5802VN"), ErrAmount},
		"zero":                     {sealed(head + merchant + "5303704" + "54010" + "5802VN"), ErrAmount},
		"a sign":                   {sealed(head + merchant + "5303704" + "5405-8000" + "5802VN"), ErrAmount},
		"leading zeros":            {sealed(head + merchant + "5303704" + "540608000" + "0" + "5802VN"), ErrAmount},
		"more than the field":      {sealed(head + merchant + "5303704" + "541410000000000000" + "5802VN"), ErrAmount},
		"a purpose too long":       {sealed(head + merchant + tail + "62300826" + strings.Repeat("A", 26)), ErrPurpose},
		"a length past the end":    {sealed(head + merchant + tail + "6299" + "0801A"), ErrForeign},
		"a field of no length":     {sealed(head + merchant + tail + "5900"), ErrForeign},
		"a check sum in lowercase": {strings.ToLower(sealed(head + merchant + tail)), ErrDamaged},
		"beyond the standard":      {sealed(head + merchant + tail + strings.Repeat("5999"+strings.Repeat("A", 99), 5)), ErrForeign},
		"not ASCII":                {sealed(head + merchant + tail + "5904XÃ"), ErrForeign},
	} {
		if got, err := Parse(c.payload); !errors.Is(err, c.want) {
			t.Errorf("%s: read as %+v (%v), want %v", name, got, err, c.want)
		}
	}
}

func TestAShopsNameIsReadPast(t *testing.T) {
	got, err := Parse(sealed("00020101021238570010A00000072701270006970405011312345678901230208QRIBFTTA" + "53037045404800058" + "02VN" + "5907UBND XA"))
	if err != nil || got.Amount != 8000 {
		t.Fatalf("%+v (%v)", got, err)
	}
}

func TestPurposeKeepsTheSlipNumber(t *testing.T) {
	for _, c := range []struct{ words, slip, want string }{
		{"Phí HS", "00017-4820-93316", "PHI HS 00017482093316"},
		{"Lệ phí đăng ký thường trú", "00017-4820-93316", "LE PHI 00017482093316"},
		{"Chứngthựcbảnsao", "00017-4820-93316", "00017482093316"},
		{"", "00017-4820-93316", "00017482093316"},
		{"Đ&đ/ơ", "1", "D D O 1"},
		{"phiếu ជូន", "12", "PHIEU 12"},
	} {
		if got, err := PurposeOf(c.words, c.slip); err != nil || got != c.want {
			t.Errorf("%q, %q: %q (%v), want %q", c.words, c.slip, got, err, c.want)
		}
	}
	for _, slip := range []string{"", "-- --", strings.Repeat("1", 26)} {
		if got, err := PurposeOf("PHI", slip); !errors.Is(err, ErrPurpose) {
			t.Errorf("slip %q: %q (%v), want ErrPurpose", slip, got, err)
		}
	}
}

func anyTransfer(t *rapid.T) Transfer {
	return Transfer{
		To: Account{BIN: rapid.StringMatching(`[0-9]{6}`).Draw(t, "bin"),
			Number: rapid.StringMatching(`[0-9A-Za-z]{1,19}`).Draw(t, "number"), Card: rapid.Bool().Draw(t, "card")},
		Amount:  rapid.Int64Range(0, MaxAmount).Draw(t, "amount"),
		Purpose: strings.TrimSpace(rapid.StringMatching(`[0-9A-Za-z .-]{0,25}`).Draw(t, "purpose")),
	}
}

func TestEveryTransferComesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := anyTransfer(t)
		payload, err := Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Parse(payload); err != nil || got != want {
			t.Fatalf("%+v came back as %+v (%v) from %s", want, got, err, payload)
		}
	})
}

// TestOneWrongCharacterIsSeen: the check sum sees every single wrong character, so that a misread
// code never sends money to somebody else.
func TestOneWrongCharacterIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload, err := Encode(anyTransfer(t))
		if err != nil {
			t.Fatal(err)
		}
		at := rapid.IntRange(0, len(payload)-1).Draw(t, "at")
		wrong := rapid.ByteRange(' ', '~').Filter(func(b byte) bool { return b != payload[at] }).Draw(t, "wrong")
		if got, err := Parse(payload[:at] + string(wrong) + payload[at+1:]); err == nil {
			t.Fatalf("position %d as %q was read as %+v", at, wrong, got)
		}
	})
}

// TestAnyWordsGiveAPurpose: whatever a procedure is called, its payment can be written.
func TestAnyWordsGiveAPurpose(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		slip := rapid.StringMatching(`[0-9]{5}-[0-9]{4}-[0-9]{5}`).Draw(t, "slip")
		purpose, err := PurposeOf(rapid.String().Draw(t, "words"), slip)
		if err != nil {
			t.Fatal(err)
		}
		if err := (Transfer{To: Account{BIN: "970405", Number: "1"}, Purpose: purpose}).Check(); err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(purpose, strings.ReplaceAll(slip, "-", "")) {
			t.Fatalf("%q lost the slip number %s", purpose, slip)
		}
	})
}

// FuzzParse: what is read can be written, and reads as the same again.
func FuzzParse(f *testing.F) {
	v := load(f)
	for _, e := range v.Examples {
		f.Add(e.Payload)
	}
	for _, r := range v.Refused {
		f.Add(r.Payload)
	}
	f.Add(sealed("00020101021138540010A00000072701240006970436011001234567890208QRIBFTTC53037045802VN"))
	f.Fuzz(func(t *testing.T, payload string) {
		got, err := Parse(payload)
		if err != nil {
			if got != (Transfer{}) {
				t.Fatalf("refused, and yet %+v", got)
			}
			return
		}
		again, err := Encode(got)
		if err != nil {
			t.Fatalf("%+v was read and cannot be written: %v", got, err)
		}
		if back, err := Parse(again); err != nil || back != got {
			t.Fatalf("%+v came back as %+v (%v)", got, back, err)
		}
	})
}
