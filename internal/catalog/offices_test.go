package catalog

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"bendo/internal/vietqr"
)

const anOffice = `{"offices": [{"commune": "28807", "payees": [
	{"desks": ["chung_thuc", "tu_phap_ho_tich"], "bank": "Ngân hàng Mẫu", "holder": "UBND XA GIAO LONG", "bin": "970405", "account": "1234567890123"},
	{"desks": ["cong_an_cap_xa"], "bank": "Ngân hàng Mẫu", "holder": "CONG AN XA GIAO LONG", "bin": "970436", "account": "9704360000000000", "card": true}]}]}`

func withOffices(t *testing.T, offices string) (*Pack, error) {
	t.Helper()
	files := packFiles(t)
	files[officesFile] = &fstest.MapFile{Data: []byte(offices)}
	publish(t, files, "2026-12-01", "2026-12-01")
	return OpenSigned(files, provinceKey.Public().(ed25519.PublicKey))
}

func TestPayeeOfADesk(t *testing.T) {
	pack, err := withOffices(t, anOffice)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		commune, desk string
		want          vietqr.Account
	}{
		{"28807", "chung_thuc", vietqr.Account{BIN: "970405", Number: "1234567890123"}},
		{"28807", "tu_phap_ho_tich", vietqr.Account{BIN: "970405", Number: "1234567890123"}},
		{"28807", "cong_an_cap_xa", vietqr.Account{BIN: "970436", Number: "9704360000000000", Card: true}},
		{"28807", "kinh_te_tai_chinh", vietqr.Account{}},
		{"28807", "", vietqr.Account{}},
		{"28808", "chung_thuc", vietqr.Account{}},
		{"", "chung_thuc", vietqr.Account{}},
	} {
		got, found := pack.Payee(c.commune, c.desk)
		if got.Account != c.want || found != (c.want != vietqr.Account{}) {
			t.Errorf("commune %q, desk %q: %+v (%v), want %+v", c.commune, c.desk, got, found, c.want)
		}
	}
}

// TestNoAccountIsInvented: a pack without the file, the compiled-in one too, names nobody.
func TestNoAccountIsInvented(t *testing.T) {
	pack, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pack.Procedures {
		if got, found := pack.Payee("28807", p.Desk); found {
			t.Fatalf("the first pack sends fees of %s to %+v", p.Code, got)
		}
	}
}

func TestOfficesRefused(t *testing.T) {
	for name, c := range map[string]struct{ from, to, says string }{
		"an account with a space":  {"1234567890123", "123 456", "the account is not usable"},
		"a bank number cut short":  {"970405", "97040", "the account is not usable"},
		"no holder":                {"UBND XA GIAO LONG", " ", "holder's name"},
		"no bank":                  {"Ngân hàng Mẫu", "", "its bank's name"},
		"no desks":                 {`["cong_an_cap_xa"]`, "[]", "needs its desks"},
		"a misspelt desk":          {`"chung_thuc"`, `"chungthuc"`, `no procedure has the desk "chungthuc"`},
		"one desk, two accounts":   {`["cong_an_cap_xa"]`, `["chung_thuc"]`, "two payees"},
		"no commune":               {`"28807"`, `""`, "has no code"},
		"the practice account":     {"970405", PracticePayee().Account.BIN, "practice account"},
		"an unknown key":           {`"card": true`, `"cards": true`, "unknown field"},
		"two offices of a commune": {`{"offices": [`, `{"offices": [{"commune": "28807", "payees": []},`, "stands twice"},
	} {
		text := strings.Replace(anOffice, c.from, c.to, 1)
		if text == anOffice {
			t.Fatalf("%s: nothing was broken", name)
		}
		if _, err := withOffices(t, text); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %q", name, err, c.says)
		}
	}
}

// TestAnAccountNeedsTheProvincesSignature: exchanging the account in a published pack is noticed.
func TestAnAccountNeedsTheProvincesSignature(t *testing.T) {
	files := packFiles(t)
	files[officesFile] = &fstest.MapFile{Data: []byte(anOffice)}
	publish(t, files, "2026-12-01", "2026-12-01")
	replace(files, officesFile, "1234567890123", "3210987654321")
	if _, err := OpenSigned(files, provinceKey.Public().(ed25519.PublicKey)); err == nil || !strings.Contains(err.Error(), "not the one the manifest names") {
		t.Errorf("another account in a signed pack: %v", err)
	}
	sig := files["manifest.sig"]
	publish(t, files, "2026-12-01", "2026-12-01")
	files["manifest.sig"] = sig
	if _, err := OpenSigned(files, provinceKey.Public().(ed25519.PublicKey)); !errors.Is(err, ErrSignature) {
		t.Errorf("another account with its own manifest and the old signature: %v, want ErrSignature", err)
	}
}

// TestFixedFeeIsOnlyWhatTheCatalogueSettles: a fee by page, one the council sets and one nobody
// stated must never become an amount to transfer.
func TestFixedFeeIsOnlyWhatTheCatalogueSettles(t *testing.T) {
	pack, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		code, channel string
		amount        int64
		fixed         bool
	}{
		{"1.001193", ChannelCounter, 0, true},     // free
		{"1.004222", ChannelCounter, 20000, true}, // permanent residence
		{"1.004222", ChannelOnline, 10000, true},  // cheaper online
		{"2.000815", ChannelCounter, 0, false},    // by page
		{"2.000884", ChannelCounter, 0, false},    // by case
		{"1.004873", ChannelCounter, 0, false},    // the council sets it, some are exempt
		{"1.001612", ChannelCounter, 0, false},    // stated, and the council sets it
		{"1.010028", ChannelCounter, 0, false},    // not stated
		{"1.003583", ChannelPostal, 0, false},     // no such channel
	} {
		p, ok := pack.Procedure(c.code)
		if !ok {
			t.Fatalf("no procedure %s", c.code)
		}
		if amount, fixed := p.FixedFee(c.channel); amount != c.amount || fixed != c.fixed {
			t.Errorf("%s by %s: %d (%v), want %d (%v)", c.code, c.channel, amount, fixed, c.amount, c.fixed)
		}
	}
	p, _ := pack.Procedure("1.004222")
	p.Confidence = map[string]string{"fee": "secondary source"}
	if amount, fixed := p.FixedFee(ChannelCounter); fixed {
		t.Errorf("an unverified fee of %d is settled", amount)
	}
}
