package vietnam

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bendo/internal/bounded"
)

// TestLogsShowNothing writes everything personal to both kinds of log and looks for it.
func TestLogsShowNothing(t *testing.T) {
	card, err := ParseCardQR("083090999001|320999001|NGUYỄN VĂN MẪU|14031990|Nam|Ấp Giả Định 1, Xã Giao Long, Vĩnh Long|01072025")
	if err != nil {
		t.Fatal(err)
	}
	zone, err := ParseMRZ("IDVNM0909990017083090999001<<49003141M3003149VNM<<<<<<<<<<<0NGUYEN<<VAN<MAU<<<<<<<<<<<<<<<")
	if err != nil {
		t.Fatal(err)
	}
	_, mismatch := ParseCardQR("083090999001|320999001|NGUYỄN VĂN MẪU|14031990|Nữ|x|01072025")
	var out bytes.Buffer
	for _, h := range []slog.Handler{slog.NewJSONHandler(&out, nil), slog.NewTextHandler(&out, nil)} {
		slog.New(h).Info("read a card", "name", card.Name, "number", card.Number, "phone", Phone("0912345678"),
			"card", card, "zone", zone, "err", mismatch)
	}
	for _, secret := range []string{"NGUY", "MAU", "0830", "999001", "0912", "Giả", "1990"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("the log shows %q: %s", secret, out.String())
		}
	}
	if strings.Count(out.String(), "[hidden]") != 10 {
		t.Errorf("the log does not say that something was hidden: %s", out.String())
	}
	if card.Name.String() != "NGUYỄN VĂN MẪU" || card.Number.String() != "083090999001" {
		t.Error("screens and paper must see the values")
	}
}

func TestNames(t *testing.T) {
	for _, c := range []struct{ in, display, given, code string }{
		{"NGUYỄN VĂN MẪU", "Nguyễn Văn Mẫu", "MẪU", ""},
		{"Nguyễn Văn An", "Nguyễn Văn An", "An", ""},
		{"K'BRÊU", "K'Brêu", "K'BRÊU", ""},
		{"H’ HEN NIÊ", "H’ Hen Niê", "NIÊ", ""},
		{" Thạch  Sô-Phia ", "Thạch Sô-Phia", "Sô-Phia", ""},
		{"ĐIỂU", "Điểu", "ĐIỂU", ""},
		{"y Bhăm", "y Bhăm", "Bhăm", ""},
		{"សុខ", "សុខ", "សុខ", ""},
		{"Anna Maria O. (Smith), Jr.", "Anna Maria O. (Smith), Jr.", "Jr.", ""},
		{"", "", "", "name_empty"},
		{"  ", "", "", "name_empty"},
		{"Nguyễn Văn 2", "", "", "name_chars"},
		{"...", "", "", "name_chars"},
		{"a@b.vn", "", "", "name_chars"},
		{strings.Repeat("a", 151), "", "", "name_long"},
		{"A\x00", "", "", "text_control"},
	} {
		name, err := ParseName(c.in)
		if codeOf(t, err) != c.code || DisplayName(name) != c.display || GivenName(name) != c.given {
			t.Errorf("%q: display %q, given %q, %v", c.in, DisplayName(name), GivenName(name), err)
		}
	}
	if !SameName("NGUYỄN VĂN MẪU", "nguyen van mau") || SameName("Quy", "Qui") {
		t.Error("SameName")
	}
}

func TestCitizenID(t *testing.T) {
	for _, c := range []struct {
		in, code, place string
		sex             Sex
		year            int
	}{
		{"083090999001", "", "Bến Tre", Male, 1990},
		{" 070 185 999 002", "", "Bình Phước", Female, 1985},
		{"093.068.999.003", "", "Hậu Giang", Male, 1968},
		{"086220999005", "", "Vĩnh Long", Male, 2020},
		{"001399999999", "", "Hà Nội", Female, 2099},
		{"152090999001", "", "", Male, 1990}, // registered abroad
		{"083400999001", "", "Bến Tre", Male, 2100},
		{"83090999001", "citizen_id_length", "", "", 0},
		{"0830909990012", "citizen_id_length", "", "", 0},
		{"", "citizen_id_length", "", "", 0},
		{"320999001", "old_number", "", "", 0},
		{"08309099900O", "citizen_id_chars", "", "", 0},
		{"０８３０９０９９９００１", "citizen_id_chars", "", "", 0},
		{"000090999001", "citizen_id_place", "", "", 0},
		{"099090999001", "citizen_id_place", "", "", 0},
		{"003090999001", "citizen_id_place", "", "", 0},
	} {
		id, err := ParseCitizenID(c.in)
		place, _ := id.BirthProvince()
		if codeOf(t, err) != c.code || place != c.place || id.Sex() != c.sex || id.BirthYear() != c.year {
			t.Errorf("%q: %q %q %d %v", c.in, place, id.Sex(), id.BirthYear(), err)
		}
	}
	id := CitizenID("083090999001")
	for want, err := range map[string]error{
		"":                    id.Agrees(Male, 1990),
		"sex_mismatch":        id.Agrees(Female, 1990),
		"birth_year_mismatch": id.Agrees("", 1991),
	} {
		if codeOf(t, err) != want {
			t.Errorf("Agrees: %v, want %q", err, want)
		}
	}
	if err := id.Agrees("", 0); err != nil {
		t.Errorf("nothing declared: %v", err)
	}
	if got := FormatCitizenID(id); got != "083 090 999 001" {
		t.Error(got)
	}
}

func TestPhone(t *testing.T) {
	for _, c := range []struct{ in, want, code string }{
		{"0912345678", "0912 345 678", ""},
		{"+84 912 345 678", "0912 345 678", ""},
		{"+84 (0)912.345.678", "0912 345 678", ""},
		{"84912345678", "0912 345 678", ""},
		{"0084-912-345-678", "0912 345 678", ""},
		{" 0350 000 001 ", "0350 000 001", ""},
		{"02753822345", "0275 3822 345", ""},
		{"(0275) 3822 345", "0275 3822 345", ""},
		{"+842438251234", "024 3825 1234", ""},
		{"842838251234", "028 3825 1234", ""},
		{"091234567", "", "phone_length"},
		{"09123456789", "", "phone_length"},
		{"912345678", "", "phone_length"},
		{"0275382234", "", "phone_length"},
		{"", "", "phone_length"},
		{"1022", "", "phone_length"},
		{"0123456789", "", "phone_old"},
		{"01234567890", "", "phone_old"},
		{"0412345678", "", "phone_prefix"},
		{"9123456780", "", "phone_prefix"},
		{"+1 202 555 0100", "", "phone_foreign"},
		{"0085512345678", "", "phone_foreign"},
		{"0912 345 67a", "", "phone_chars"},
		{"0912345678; 0987654321", "", "phone_chars"},
	} {
		p, err := ParsePhone(c.in)
		if codeOf(t, err) != c.code || FormatPhone(p) != c.want {
			t.Errorf("%q: %q %v", c.in, FormatPhone(p), err)
		}
	}
	if !Phone("0912345678").Mobile() || Phone("02753822345").Mobile() {
		t.Error("Mobile")
	}
}

// TestPhoneRoundTrip: a number reads the same however it is written.
func TestPhoneRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Phone(rapid.StringMatching(`0(2[0-9]{9}|[35789][0-9]{8})`).Draw(t, "phone"))
		for _, written := range []string{string(want), FormatPhone(want), "+84" + string(want[1:]), "84" + string(want[1:]), "0084 " + string(want[1:])} {
			if got, err := ParsePhone(written); err != nil || got != want {
				t.Fatalf("%q: %q %v", written, got, err)
			}
		}
	})
}

func TestLast4(t *testing.T) {
	for in, want := range map[string]string{
		"083090999001": "9001", "0912 345 678": "5678", "+84 912-345-678": "5678", "1234": "1234",
		"123": "", "": "", "12a34": "", "１２３４": "",
	} {
		got, ok := Last4(in)
		if got != want || ok != (want != "") {
			t.Errorf("Last4(%q) = %q %v", in, got, ok)
		}
	}
}

func TestDates(t *testing.T) {
	for _, c := range []struct{ in, want, code string }{
		{"5/3/1990", "05/03/1990", ""},
		{" 05-03-1990 ", "05/03/1990", ""},
		{"05.03.1990", "05/03/1990", ""},
		{"05031990", "05/03/1990", ""},
		{"1990-03-05", "05/03/1990", ""},
		{"29/02/2024", "29/02/2024", ""},
		{"29/02/2023", "", "date_impossible"},
		{"31/11/2026", "", "date_impossible"},
		{"0/1/2026", "", "date_impossible"},
		{"1/13/2026", "", "date_impossible"},
		{"01/01/1799", "", "date_impossible"},
		{"5/3/90", "", "date_form"},
		{"5/3", "", "date_form"},
		{"", "", "date_form"},
		{"a/b/1990", "", "date_form"},
		{"+1/01/1990", "", "date_form"},
		{"1990/03/1991", "", "date_form"},
		{"ngày 5", "", "date_form"},
	} {
		d, err := ParseDate(c.in)
		if codeOf(t, err) != c.code || FormatDate(d) != c.want {
			t.Errorf("%q: %q %v", c.in, FormatDate(d), err)
		}
	}
	if got := FormatMoment(time.Date(2026, 11, 22, 7, 5, 0, 0, time.UTC)); got != "14 giờ 05 phút, ngày 22/11/2026" {
		t.Error(got)
	}
	if got := DateOf(time.Date(2026, 11, 22, 17, 30, 0, 0, time.UTC)); got != (Date{2026, 11, 23}) {
		t.Error(got)
	}
}

func TestDateJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := DateOf(time.Unix(rapid.Int64Range(-5e9, 3e10).Draw(t, "s"), 0))
		data, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var back Date
		if err := json.Unmarshal(data, &back); err != nil || back != d {
			t.Fatalf("%v: %s: %v %v", d, data, back, err)
		}
		if again, err := ParseDate(FormatDate(d)); err != nil || again != d {
			t.Fatalf("%v: %v %v", d, again, err)
		}
	})
	var d Date
	if err := json.Unmarshal([]byte(`""`), &d); err != nil || d != (Date{}) {
		t.Errorf("no date: %v %v", d, err)
	}
	for _, bad := range []string{`"2026-02-30"`, `"05/03/1990"`, `"0001-01-01"`} {
		if err := json.Unmarshal([]byte(bad), &d); err == nil {
			t.Errorf("%s was read as %v", bad, d)
		}
	}
}

func FuzzCitizenID(f *testing.F) {
	for _, s := range []string{"083090999001", "320999001", "000090999001", "08309099900a", "", "٠٨٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		defer bounded.Input(t)()
		id, err := ParseCitizenID(s)
		if err != nil {
			codeOf(t, err)
			return
		}
		if again, err := ParseCitizenID(FormatCitizenID(id)); err != nil || again != id {
			t.Errorf("%q: %q %v", s, again, err)
		}
		if err := id.Agrees(id.Sex(), id.BirthYear()); err != nil || id.BirthYear() < 1900 || id.BirthYear() > 2399 {
			t.Errorf("%q: %v", s, err)
		}
	})
}

func FuzzPhone(f *testing.F) {
	for _, s := range []string{"0912345678", "+84 (0)912", "0084", "84", "02438251234", "+", "(((", "00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		defer bounded.Input(t)()
		p, err := ParsePhone(s)
		if err != nil {
			codeOf(t, err)
			return
		}
		if again, err := ParsePhone(FormatPhone(p)); err != nil || again != p {
			t.Errorf("%q: %q %v", s, again, err)
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"05/03/1990", "05031990", "1990-03-05", "29022023", "///", "1 1 2000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		defer bounded.Input(t)()
		d, err := ParseDate(s)
		if err != nil {
			codeOf(t, err)
			return
		}
		if again, err := ParseDate(FormatDate(d)); err != nil || again != d {
			t.Errorf("%q: %v %v", s, again, err)
		}
	})
}
