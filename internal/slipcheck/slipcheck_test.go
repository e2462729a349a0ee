package slipcheck

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"bendo/internal/bounded"
	"bendo/internal/dossier"
	"bendo/syncproto"
)

func keyOf(seed string) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(seed, 32)[:32]))
}

func public(k ed25519.PrivateKey) []byte { return k.Public().(ed25519.PublicKey) }

var (
	portal = keyOf("portal")
	kiosk  = keyOf("kiosk")
	other  = keyOf("other")
	device = syncproto.DeviceIDOf(public(kiosk))
	now    = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
)

func aMachine() Machine {
	return Machine{Device: device, Key: public(kiosk), Commune: "28807", Office: "UBND xã Giao Long", Status: Active}
}

func aList(machines ...Machine) List {
	return List{Issued: now.Add(-time.Hour).UnixMilli(), Machines: machines}
}

func slipOf(t testing.TB, by ed25519.PrivateKey, change func(*dossier.SlipQR)) string {
	t.Helper()
	number, err := dossier.NewSlip("66001", 48271930)
	if err != nil {
		t.Fatal(err)
	}
	q := dossier.SlipQR{Device: device, Slip: number, Procedure: "1.001193", At: now.Add(-24 * time.Hour).UnixMilli(), Manifest: [16]byte{9}}
	if change != nil {
		change(&q)
	}
	token, err := dossier.EncodeSlipQR(q, by)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestVerdicts(t *testing.T) {
	genuine := slipOf(t, kiosk, nil)
	revoked := aMachine()
	revoked.Status = Revoked
	later := aMachine()
	later.Status = "retired by a later portal"
	own := Keys{Own: aMachine()}
	listed := Keys{List: aList(aMachine())}
	for name, c := range map[string]struct {
		text string
		keys Keys
		code Code
	}{
		"by the list":                        {genuine, listed, Genuine},
		"by its own key, without any list":   {genuine, own, Genuine},
		"as an address":                      {"https://dichvucong.vinhlong.gov.vn/t/" + genuine, listed, Genuine},
		"as an address of another name":      {" https://cu.example/t/" + genuine + "?x=1#y\n", listed, Genuine},
		"another's signature":                {slipOf(t, other, nil), listed, Altered},
		"another's signature, own machine":   {slipOf(t, other, nil), own, Altered},
		"a machine nobody named":             {slipOf(t, other, func(q *dossier.SlipQR) { q.Device = syncproto.DeviceIDOf(public(other)) }), listed, Unchecked},
		"without any key":                    {genuine, Keys{}, Unchecked},
		"a revoked machine":                  {genuine, Keys{List: aList(revoked)}, Withdrawn},
		"a revoked machine about itself":     {genuine, Keys{Own: aMachine(), List: aList(revoked)}, Withdrawn},
		"a state of a later portal":          {genuine, Keys{List: aList(later)}, Withdrawn},
		"forged in a revoked machine's name": {slipOf(t, other, nil), Keys{List: aList(revoked)}, Altered},
		"a practice slip":                    {slipOf(t, other, func(q *dossier.SlipQR) { q.Device = syncproto.DeviceID{} }), listed, Practice},
		"half an address":                    {"https://x.example/t/" + genuine[:80], listed, Damaged},
		"half a token":                       {genuine[:100], listed, Damaged},
		"a letter lost":                      {genuine[:50] + genuine[51:], listed, Damaged},
	} {
		if got := Judge(c.text, c.keys, now); got.Code != c.code {
			t.Errorf("%s: %s, want %s", name, got.Code, c.code)
		} else if got.Signed != (c.code == Genuine || c.code == Withdrawn) {
			t.Errorf("%s: signed %v", name, got.Signed)
		}
	}
	v := Judge(genuine, listed, now)
	if v.Machine.Office != "UBND xã Giao Long" || v.Claim.Procedure != "1.001193" || v.Own || !Judge(genuine, own, now).Own {
		t.Fatalf("%+v", v)
	}
}

func TestWhatIsNoSlip(t *testing.T) {
	number, err := dossier.NewSlip("66001", 48271930)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"": OtherEmpty, "  \n": OtherEmpty,
		number.String(): OtherNumber, string(number): OtherNumber,
		"083190001234|281234567|Nguyễn Thị Mẫu|01011990|Nữ|Ấp 1|22112021":            OtherCard,
		"00020101021238560010A0000007270126":                                         OtherTransfer,
		"https://example.vn/":                                                        OtherText,
		"Giấy khai sinh":                                                             OtherText,
		"https://x.example/t/" + strings.Replace(slipOf(t, kiosk, nil), "Q", "ư", 1): OtherTyping,
		strings.Replace(slipOf(t, kiosk, nil), "A", "â", 1):                          OtherTyping,
		strings.Repeat("A", maxInput+1):                                              OtherText,
	} {
		if got := Judge(text, Keys{List: aList(aMachine())}, now); got.Code != NotSlip || got.Other != want {
			t.Errorf("%.40q: %s %s, want not_a_slip %s", text, got.Code, got.Other, want)
		}
	}
}

// TestOddTimes: a wrong clock is said, and changes nothing about the signature.
func TestOddTimes(t *testing.T) {
	for _, c := range []struct {
		at   time.Time
		want When
	}{
		{now.Add(-time.Hour), Plausible}, {now.Add(ahead - time.Second), Plausible}, {now.Add(ahead + time.Minute), Future},
		{now.AddDate(10, 0, 0), Future}, {time.Unix(0, 0), Absurd}, {time.Date(2024, 12, 31, 0, 0, 0, 0, time.UTC), Absurd},
	} {
		v := Judge(slipOf(t, kiosk, func(q *dossier.SlipQR) { q.At = c.at.UnixMilli() }), Keys{Own: aMachine()}, now)
		if v.Code != Genuine || v.When != c.want {
			t.Errorf("%s: %s %q, want genuine %q", c.at, v.Code, v.When, c.want)
		}
	}
}

// TestNoFlippedByteIsGenuine turns every bit of every byte, and every letter of the token.
func TestNoFlippedByteIsGenuine(t *testing.T) {
	whole := slipOf(t, kiosk, nil)
	keys := Keys{Own: aMachine(), List: aList(aMachine(), Machine{syncproto.DeviceIDOf(public(other)), public(other), "28810", "UBND phường Mẫu", Active})}
	if Judge(whole, keys, now).Code != Genuine {
		t.Fatal("the whole one is not genuine: the test proves nothing")
	}
	raw, err := base64.RawURLEncoding.DecodeString(whole)
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for bit := range 8 {
			bad := bytes.Clone(raw)
			bad[i] ^= 1 << bit
			if v := Judge(base64.RawURLEncoding.EncodeToString(bad), keys, now); v.Code == Genuine || v.Signed {
				t.Fatalf("bit %d of byte %d: %s", bit, i, v.Code)
			}
		}
	}
	for i := range whole {
		for _, c := range []byte("Aa0_-z=\n%") {
			bad := whole[:i] + string(c) + whole[i+1:]
			if bad != whole && Judge(bad, keys, now).Code == Genuine {
				t.Fatalf("letter %d as %q is genuine", i, c)
			}
		}
	}
}

func TestListIsReadBackOnlyWhenSigned(t *testing.T) {
	l := aList(aMachine(), Machine{syncproto.DeviceIDOf(public(other)), public(other), "28810", "Đà <b>", Revoked})
	file, err := SignList(l, portal)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := OpenList(file, public(portal)); err != nil || !got.SameMachines(l) || got.Issued != l.Issued {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := OpenList(file, public(other)); !errors.Is(err, ErrUnsigned) {
		t.Errorf("another province's key: %v", err)
	}
	if _, err := OpenList(file, nil); !errors.Is(err, ErrUnsigned) {
		t.Errorf("without a key: %v", err)
	}
	for i := range file {
		bad := bytes.Clone(file)
		bad[i] ^= 1
		if _, err := OpenList(bad, public(portal)); err == nil {
			t.Fatalf("a flipped bit in byte %d of the list was not seen", i)
		}
	}
	for n := range len(file) {
		if _, err := OpenList(file[:n], public(portal)); err == nil {
			t.Fatalf("a list cut at %d was taken", n)
		}
	}
	if _, err := OpenList(append(bytes.Clone(file), 'x'), public(portal)); err == nil {
		t.Fatal("something behind the list was taken")
	}
}

func TestUnfitListsAreNotSigned(t *testing.T) {
	twice := aMachine()
	for name, l := range map[string]List{
		"no time": {}, "a machine twice": aList(aMachine(), twice), "no id": aList(Machine{Key: public(kiosk), Status: Active}),
		"a short key": aList(Machine{Device: device, Key: []byte{1}, Status: Active}), "no status": aList(Machine{Device: device, Key: public(kiosk)}),
		"a name without end": aList(Machine{device, public(kiosk), "1", strings.Repeat("x", maxOffice+1), Active}),
	} {
		if _, err := SignList(l, portal); err == nil {
			t.Errorf("%s was signed", name)
		}
	}
}

func TestWithdrawingIsNews(t *testing.T) {
	revoked := aMachine()
	revoked.Status = Revoked
	before := aList(aMachine())
	if !aList(revoked).Withdraws(before) || !aList().Withdraws(before) || before.Withdraws(before) || before.Withdraws(aList(revoked)) || before.Withdraws(List{}) {
		t.Fatal("what takes back a word is not told from what gives one")
	}
}

// TestRandomTextsAreNeverGenuine: nothing but the machine's own bytes is.
func TestRandomTextsAreNeverGenuine(t *testing.T) {
	whole := slipOf(t, kiosk, nil)
	keys := Keys{Own: aMachine()}
	rapid.Check(t, func(t *rapid.T) {
		i, j := rapid.IntRange(0, len(whole)).Draw(t, "from"), rapid.IntRange(0, len(whole)).Draw(t, "to")
		text := whole[:min(i, j)] + rapid.StringMatching(`[A-Za-z0-9_\-]{0,12}`).Draw(t, "instead") + whole[max(i, j):]
		if v := Judge(text, keys, now); v.Code == Genuine && text != whole {
			t.Fatalf("%s is genuine", text)
		}
	})
}

// vector is a case of testdata/slips.json; other implementations check themselves against it.
type vector struct {
	Name, Text, Want string
	Other            string `json:",omitempty"`
}

// TestVectors: the file holds the list of machines as a province signs it, and texts with what they
// come to. BENDO_WRITE_VECTORS=1 writes it anew.
func TestVectors(t *testing.T) {
	revoked := Machine{syncproto.DeviceIDOf(public(other)), public(other), "28810", "UBND phường Mẫu", Revoked}
	file, err := SignList(aList(aMachine(), revoked), portal)
	if err != nil {
		t.Fatal(err)
	}
	genuine := slipOf(t, kiosk, nil)
	raw, err := base64.RawURLEncoding.DecodeString(genuine)
	if err != nil {
		t.Fatal(err)
	}
	exchanged := bytes.Clone(raw)
	exchanged[31]++ // the last digit of the procedure
	raw[len(raw)-1] ^= 1
	stranger := keyOf("stranger")
	want := struct {
		PortalKey []byte
		List      string
		Slips     []vector
	}{public(portal), string(file), []vector{
		{"genuine", genuine, "genuine", ""},
		{"genuine, as an address", "https://dichvucong.example/t/" + genuine, "genuine", ""},
		{"the signature's last bit", base64.RawURLEncoding.EncodeToString(raw), "altered", ""},
		{"another procedure under an old signature", base64.RawURLEncoding.EncodeToString(exchanged), "altered", ""},
		{"signed by another's key", slipOf(t, other, nil), "altered", ""},
		{"a machine nobody named", slipOf(t, stranger, func(q *dossier.SlipQR) { q.Device = syncproto.DeviceIDOf(public(stranger)) }), "unchecked", ""},
		{"a revoked machine", slipOf(t, other, func(q *dossier.SlipQR) { q.Device = revoked.Device }), "withdrawn", ""},
		{"cut", genuine[:120], "damaged", ""},
		{"a card", "083190001234||Nguyễn Thị Mẫu|01011990|Nữ|Ấp 1|22112021", "not_a_slip", OtherCard},
		{"only the number", "66001-4827-19308", "not_a_slip", OtherNumber},
	}}
	text, err := json.MarshalIndent(want, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, '\n')
	if os.Getenv("BENDO_WRITE_VECTORS") != "" {
		if err := os.WriteFile("testdata/slips.json", text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile("testdata/slips.json")
	if err != nil || !bytes.Equal(kept, text) {
		t.Fatalf("the vectors are not what this program signs (%v): a change of the format needs another version", err)
	}
	list, err := OpenList([]byte(want.List), want.PortalKey)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range want.Slips {
		if got := Judge(v.Text, Keys{List: list}, now); string(got.Code) != v.Want || got.Other != v.Other {
			t.Errorf("%s: %s %s, want %s %s", v.Name, got.Code, got.Other, v.Want, v.Other)
		}
	}
}

func FuzzJudge(f *testing.F) {
	genuine := slipOf(f, kiosk, nil)
	for _, s := range []string{genuine, "https://x/t/" + genuine, genuine[:99], "1|2|3|4|5|6", "000201", "66001-4827-19302", "\xff\xfe"} {
		f.Add(s)
	}
	keys := Keys{Own: aMachine()}
	f.Fuzz(func(t *testing.T, text string) {
		defer bounded.Input(t)()
		if v := Judge(text, keys, now); v.Code == Genuine && !strings.Contains(text, genuine) {
			t.Fatalf("%q is genuine", text)
		}
	})
}

func FuzzOpenList(f *testing.F) {
	file, err := SignList(aList(aMachine()), portal)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(file)
	f.Add([]byte(listFirst + "\n{}\n\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		defer bounded.Input(t)()
		if _, err := OpenList(data, public(portal)); err == nil && !bytes.Equal(data, file) {
			t.Fatalf("a list nobody signed was taken: %q", data)
		}
	})
}
