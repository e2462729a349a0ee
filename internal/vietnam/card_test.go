package vietnam

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"bendo/internal/bounded"
)

// cardVectors is testdata/cards.json. "code" is the refusal that must come; "accepted" marks a line that
// stands among the negative examples and must be read after all.
type cardVectors struct {
	Examples []struct {
		Number  string
		Parsed  struct{ Sex, Serial string }
		OldCMND string `json:"old_cmnd"`
		Name    string
		DOB     string `json:"dob_ddmmyyyy"`
		Sex     string
		Address string
		Issue   string   `json:"issue_ddmmyyyy"`
		QR      string   `json:"qr_payload"`
		MRZ     []string `json:"mrz_td1"`
		Code    string
	}
	Negative []struct {
		Payload, Why, Code string
		Accepted           bool
	}
	BirthPlaces map[string]string `json:"birth_place_codes_seed"`
}

func TestCardVectors(t *testing.T) {
	var v cardVectors
	readJSON(t, "cards.json", &v)
	if len(v.Examples) < 5 || len(v.Negative) < 7 {
		t.Fatalf("vectors were lost: %d and %d", len(v.Examples), len(v.Negative))
	}
	for _, e := range v.Examples {
		c, err := ParseCardQR(e.QR)
		m, errMRZ := ParseMRZ(strings.Join(e.MRZ, "\n"))
		if e.Code != "" {
			if codeOf(t, err) != e.Code || codeOf(t, errMRZ) != e.Code {
				t.Errorf("%s: %v and %v, want %s", e.Number, err, errMRZ, e.Code)
			}
			continue
		}
		if err != nil || errMRZ != nil {
			t.Errorf("%s: %v, %v", e.Number, err, errMRZ)
			continue
		}
		sex, _ := c.Sex.Text()
		got := []string{string(c.Number), c.OldNumber, string(c.Name), compact(c.Birth), sex, c.Residence, compact(c.Issued)}
		want := []string{e.Number, e.OldCMND, e.Name, e.DOB, e.Sex, e.Address, e.Issue}
		if !slices.Equal(got, want) || c.Doubts != nil || c.Extra != nil {
			t.Errorf("card %q, want %q; doubts %v", got, want, c.Doubts)
		}
		if m.Number != c.Number || m.Birth != c.Birth || m.Sex != c.Sex || !SameName(m.Name, c.Name) || m.NameCut || m.Expires == (Date{}) {
			t.Errorf("zone and card disagree: %+v", m)
		}
	}
	for code, name := range v.BirthPlaces {
		if got, ok := CitizenID(code + "090999001").BirthProvince(); !ok || got != name {
			t.Errorf("birth place %s is %q, want %q", code, got, name)
		}
	}
}

func compact(d Date) string { return strings.ReplaceAll(FormatDate(d), "/", "") }

func TestNegativeCardVectors(t *testing.T) {
	var v cardVectors
	readJSON(t, "cards.json", &v)
	for _, n := range v.Negative {
		c, err := ParseCardQR(n.Payload)
		if n.Accepted {
			if err != nil || len(c.Extra) != 4 {
				t.Errorf("%s: %v, extra %q", n.Why, err, c.Extra)
			}
			continue
		}
		if code := codeOf(t, err); code != n.Code || code == "" {
			t.Errorf("%s: %v, want %q", n.Why, err, n.Code)
		}
	}
}

const goodCard = "083090999001|320999001|NGUYỄN VĂN MẪU|14031990|Nam|Ấp Giả Định 1, Xã Giao Long, Vĩnh Long|01072025"

// TestWhatScannersDo feeds the good card as scanners, keyboards and input methods deliver it.
func TestWhatScannersDo(t *testing.T) {
	female := "070185999002|285999002|THỊ MẪU|02091985|Nữ|Thôn Giả Định, Xã Bù Gia Mập, Đồng Nai|15082024"
	for _, c := range []struct{ what, payload, code string }{
		{"enter after the code", goodCard + "\r\n", ""},
		{"symbology mark before it", "]Q3" + goodCard, ""},
		{"byte-order mark", "\ufeff" + goodCard, ""},
		{"NFD", norm.NFD.String(goodCard), ""},
		{"spaces around the signs", strings.ReplaceAll(goodCard, "|", " | "), ""},
		{"names in small letters", strings.Replace(goodCard, "NGUYỄN VĂN MẪU", "Nguyễn Văn Mẫu", 1), ""},
		{"nothing", " \n", "card_empty"},
		{"UTF-8 read as Windows-1252", "083090999001||NGUYá»„N VÄ‚N MáºªU|14031990|Nam|áº¤p 1|01072025", "card_garbled"},
		{"UTF-8 read as Latin-1", latin1(goodCard), "card_garbled"},
		{"not UTF-8", "083090999001||NGUY\xcdN|14031990|Nam|x|01072025", "card_garbled"},
		{"letters lost for question marks", strings.NewReplacer("Ễ", "?", "Ă", "?", "Ẫ", "?").Replace(goodCard), "card_garbled"},
		{"letters lost for the replacement sign", strings.ReplaceAll(goodCard, "Ễ", "\ufffd"), "card_garbled"},
		{"Telex keys of Nữ", strings.Replace(female, "Nữ", "Nuwx", 1), "card_garbled"},
		{"VNI keys in the name", strings.Replace(goodCard, "NGUYỄN", "NGUYE64N", 1), "card_garbled"},
		{"Nữ dropped to N", strings.Replace(female, "Nữ", "N", 1), "card_garbled"},
		{"Caps Lock", "083090999001||nGUYỄN vĂN mẪU|14031990|nAM|ấP 1|01072025", "card_garbled"},
		{"Caps Lock in the name only", strings.Replace(goodCard, "NGUYỄN", "nGUYỄN", 1), "card_garbled"},
		{"Vietnamese keyboard layout", "đăêđôđ|âằđ|NGUYỄN|ăôđê|Nam|x|đăđô", "card_garbled"},
		{"another sign for |", strings.ReplaceAll(goodCard, "|", "~"), "card_garbled"},
		{"an accented letter for |", strings.ReplaceAll(goodCard, "|", "ù"), "card_garbled"},
		{"control characters between", strings.ReplaceAll(goodCard, "|", "\x1d"), "card_garbled"},
		{"scanned twice", goodCard + goodCard, "card_twice"},
		{"cut in the number", "0830909", "card_not_a_card"},
		{"cut after the number", "083090999001|", "card_truncated"},
		{"cut in the last date", goodCard[:len(goodCard)-3], "card_truncated"},
		{"no name", "083090999001|||14031990|Nam|x|01072025", "card_truncated"},
		{"no date", "083090999001||A|14031990|Nam|x|", "card_truncated"},
		{"a web address", "https://example.vn/a?b=c|d|e", "card_not_a_card"},
		{"another paper's number", "1234567", "card_not_a_card"},
		{"issued before birth", strings.Replace(goodCard, "01072025", "01071989", 1), "card_dates"},
		{"an unknown place", strings.Replace(goodCard, "083090", "099090", 1), "citizen_id_place"},
		{"another year of birth", strings.Replace(goodCard, "14031990", "14031991", 1), "birth_year_mismatch"},
		{"endless", strings.Repeat("|", 5000), "card_not_a_card"},
	} {
		_, err := ParseCardQR(c.payload)
		if code := codeOf(t, err); code != c.code {
			t.Errorf("%s: %v, want %q", c.what, err, c.code)
		}
	}
}

// latin1 delivers each byte of s as a character of its own.
func latin1(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteRune(rune(s[i]))
	}
	return b.String()
}

func TestDoubts(t *testing.T) {
	for _, c := range []struct {
		payload string
		want    []Doubt
	}{
		{"070185999002|285999002|THI MAU|02091985|Nu|Thon Gia Dinh, Xa Bu Gia Map, Dong Nai|15082024", []Doubt{DoubtDiacritics}},
		{"083090999001|AB123|NGUYỄN VĂN MẪU|14031990|Nam||01072025", []Doubt{DoubtOldNumber, DoubtResidence}},
		{"083090999001|083090999001|LE VAN AN|14031990|Nam|Ấp 1|01072025", nil},
	} {
		card, err := ParseCardQR(c.payload)
		if err != nil || !slices.Equal(card.Doubts, c.want) {
			t.Errorf("%q: %v %v", c.payload, card.Doubts, err)
		}
	}
}

// TestCardRoundTrip writes invented cards and reads them back.
func TestCardRoundTrip(t *testing.T) {
	provinces := tables().former
	var codes []string
	for code := range provinces {
		codes = append(codes, code)
	}
	slices.Sort(codes)
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.IntRange(1900, 2026).Draw(t, "year")
		female := rapid.IntRange(0, 1).Draw(t, "female")
		number := fmt.Sprintf("0%s%d%02d%06d", rapid.SampledFrom(codes).Draw(t, "place"), (year-1900)/100*2+female, year%100,
			rapid.IntRange(0, 999999).Draw(t, "serial"))
		name := rapid.SampledFrom([]string{"ĐIỂU", "THỊ MẪU", "H' HEN NIÊ", "Thạch Sô Phia"}).Draw(t, "name")
		birth := fmt.Sprintf("%02d%02d%d", rapid.IntRange(1, 28).Draw(t, "day"), rapid.IntRange(1, 12).Draw(t, "month"), year)
		f := []string{number, "", name, birth, []string{"Nam", "Nữ"}[female], "Ấp Thử, Xã Ba Tri", "01012027"}
		f = append(f, rapid.SliceOfN(rapid.StringMatching(`[A-Z ]{0,8}`), 0, 4).Draw(t, "extra")...)
		c, err := ParseCardQR(strings.Join(f, "|"))
		if err != nil {
			t.Fatalf("%q: %v", f, err)
		}
		if string(c.Number) != number || string(c.Name) != name || compact(c.Birth) != birth || len(c.Extra) != len(f)-7 {
			t.Fatalf("%q was read as %+v", f, c)
		}
	})
}

func goodZone() string {
	return "IDVNM0909990017083090999001<<4\n9003141M3003149VNM<<<<<<<<<<<0\nNGUYEN<<VAN<MAU<<<<<<<<<<<<<<<"
}

// TestMRZMisread changes each character of a good zone: no change that matters may pass.
func TestMRZMisread(t *testing.T) {
	good, err := ParseMRZ(goodZone())
	if err != nil {
		t.Fatal(err)
	}
	zone := strings.ReplaceAll(goodZone(), "\n", "")
	for i := range 60 { // the name line has no check digit
		for _, ch := range "0123456789ABMFVX<" {
			if byte(ch) == zone[i] {
				continue
			}
			m, err := ParseMRZ(zone[:i] + string(ch) + zone[i+1:])
			if codeOf(t, err) == "" && m != good {
				t.Errorf("position %d read as %c gave another person: %+v", i, ch, m)
			}
		}
	}
}

func TestMRZShapes(t *testing.T) {
	zone := goodZone()
	for _, c := range []struct{ what, zone, code string }{
		{"as it stands", zone, ""},
		{"one line", strings.ReplaceAll(zone, "\n", ""), ""},
		{"Windows line ends, small letters, a line more", strings.ToLower(strings.ReplaceAll(zone, "\n", "\r\n")) + "\r\n", ""},
		{"no end of validity", withChecks(strings.Replace(zone, "3003149", "<<<<<<0", 1)), ""},
		{"nothing", "", "mrz_shape"},
		{"two lines", zone[:61], "mrz_shape"},
		{"endless", strings.Repeat(zone, 5), "mrz_shape"},
		{"a passport", strings.Replace(zone, "IDVNM", "P<VNM", 1), "mrz_foreign"},
		{"another country", strings.Replace(zone, "VNM<<<", "LAO<<<", 1), "mrz_foreign"},
		{"an input method", strings.Replace(zone, "NGUYEN", "NGUYÊN", 1), "mrz_garbled"},
		{"a question mark", strings.Replace(zone, "NGUYEN", "NGUYE?", 1), "mrz_garbled"},
		{"a digit in the name", strings.Replace(zone, "NGUYEN", "N6UYEN", 1), "mrz_shape"},
		{"no name", strings.Replace(zone, "NGUYEN<<VAN<MAU", "<<<<<<<<<<<<<<<", 1), "mrz_shape"},
		{"O for 0", strings.Replace(zone, "9003141", "90O3141", 1), "mrz_check"},
		{"sex against the number", withChecks(strings.Replace(zone, "1M3", "1F3", 1)), "sex_mismatch"},
		{"an impossible day", withChecks(strings.Replace(zone, "900314", "900231", 1)), "date_impossible"},
		{"document against number", withChecks(strings.Replace(zone, "IDVNM090999001", "IDVNM090999002", 1)), "mrz_check"},
	} {
		if _, err := ParseMRZ(c.zone); codeOf(t, err) != c.code {
			t.Errorf("%s: %v, want %q", c.what, err, c.code)
		}
	}
	m, err := ParseMRZ(withChecks(strings.Replace(zone, "3003149", "<<<<<<0", 1)))
	if err != nil || m.Expires != (Date{}) {
		t.Errorf("no end of validity: %+v %v", m, err)
	}
}

// withChecks writes the check digits of a changed zone anew, so that only what was changed is wrong.
func withChecks(zone string) string {
	l := strings.Split(zone, "\n")
	digit := func(s string) string {
		for d := byte('0'); d <= '9'; d++ {
			if checked(s, d) {
				return string(d)
			}
		}
		return "?"
	}
	l1 := l[0][:14] + digit(l[0][5:14]) + l[0][15:29] + digit(l[0][15:29])
	l2 := l[1][:6] + digit(l[1][:6]) + l[1][7:14] + digit(l[1][8:14]) + l[1][15:29]
	return l1 + "\n" + l2 + digit(l1[5:]+l2[:7]+l2[8:15]+l2[18:29]) + "\n" + l[2]
}

func FuzzCardQR(f *testing.F) {
	var v cardVectors
	readJSON(f, "cards.json", &v)
	for _, e := range v.Examples {
		f.Add(e.QR)
	}
	for _, n := range v.Negative {
		f.Add(n.Payload)
	}
	f.Fuzz(func(t *testing.T, s string) {
		defer bounded.Input(t)()
		c, err := ParseCardQR(s)
		if err != nil {
			codeOf(t, err)
			return
		}
		sex, _ := c.Sex.Text()
		again, err := ParseCardQR(strings.Join([]string{string(c.Number), c.OldNumber, string(c.Name), compact(c.Birth), sex, c.Residence, compact(c.Issued)}, "|"))
		if err != nil || again.Number != c.Number || again.Name != c.Name || again.Residence != c.Residence {
			t.Errorf("%q: %+v %v", s, again, err)
		}
		if _, err := ParseCitizenID(string(c.Number)); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	})
}

func FuzzMRZ(f *testing.F) {
	var v cardVectors
	readJSON(f, "cards.json", &v)
	for _, e := range v.Examples {
		f.Add(strings.Join(e.MRZ, "\n"))
	}
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		defer bounded.Input(t)()
		m, err := ParseMRZ(s)
		if err != nil {
			codeOf(t, err)
			return
		}
		if err := m.Number.Agrees(m.Sex, m.Birth.Year); err != nil || m.Name == "" {
			t.Errorf("%q: %+v %v", s, m, err)
		}
	})
}
