package dossier

import (
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"bendo/internal/bounded"
	"bendo/syncproto"
)

func TestSlip(t *testing.T) {
	// Luhn check digit of 7992739871 is 3 (ISO/IEC 7812-1 annex B, the usual example).
	if got := luhn("7992739871"); got != 3 {
		t.Fatalf("luhn is %d, want 3", got)
	}
	s := must(NewSlip("12345", 3_000_000_678)) // more than eight digits: the last eight count
	if s[:13] != "1234500000678" || s.String() != string(s[:5]+"-"+s[5:9]+"-"+s[9:]) || s.Prefix() != "12345" {
		t.Fatalf("slip %s", s)
	}
	for _, bad := range []string{"", "1234", "123456", "12a45"} {
		if _, err := NewSlip(bad, 1); err == nil {
			t.Errorf("prefix %q was accepted", bad)
		}
	}
}

func TestParseSlip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := must(NewSlip(rapid.StringMatching(`[0-9]{5}`).Draw(t, "prefix"), rapid.Uint64().Draw(t, "random")))
		for _, text := range []string{string(s), s.String(), " " + strings.ReplaceAll(s.String(), "-", " ") + " ", strings.ReplaceAll(s.String(), "-", "–")} {
			if got, err := ParseSlip(text); err != nil || got != s {
				t.Fatalf("ParseSlip(%q) = %s, %v", text, got, err)
			}
		}
		i := rapid.IntRange(0, 13).Draw(t, "position")
		wrong := []byte(s)
		wrong[i] = '0' + (wrong[i]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if _, err := ParseSlip(string(wrong)); err == nil {
			t.Fatalf("one wrong digit at %d was not seen", i)
		}
	})
}

func key(seed byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed([]byte(strings.Repeat(string(rune(seed)), 32)))
}

func TestSlipQR(t *testing.T) {
	q := SlipQR{Device: syncproto.DeviceID{1, 2}, Slip: must(NewSlip("12345", 678)), Procedure: "1.001193",
		At: 1_763_800_000_000, Manifest: HalfManifest(syncproto.Digest{9})}
	token := must(EncodeSlipQR(q, key('k')))
	if n := len("https://dichvucong.vinhlong.gov.vn/t/" + token); n != 193 {
		t.Errorf("the address has %d characters, want 193", n)
	}
	got, err := VerifySlipQR(token, key('k').Public().(ed25519.PublicKey))
	if err != nil || got != q {
		t.Fatalf("%+v %v", got, err)
	}
	if _, err := VerifySlipQR(token, key('x').Public().(ed25519.PublicKey)); !errors.Is(err, ErrSlipSignature) {
		t.Fatalf("another key: %v", err)
	}
	raw, _ := base64.RawURLEncoding.DecodeString(token)
	for i := range raw {
		bad := append([]byte(nil), raw...)
		bad[i] ^= 1
		if _, err := VerifySlipQR(base64.RawURLEncoding.EncodeToString(bad), key('k').Public().(ed25519.PublicKey)); err == nil {
			t.Fatalf("a flipped bit in byte %d was not seen", i)
		}
	}
}

func TestSecondFacts(t *testing.T) {
	p := filing(HandoverNever)
	p.Applicant.Phone = "0912 345 678"
	p.Submitter = &Person{CitizenID: "083190001234"}
	if got := strings.Join(p.SecondFacts(), ","); got != "1234,5678" {
		t.Errorf("facts %s", got)
	}
	p.Applicant, p.Submitter, p.Code6 = Person{FullName: "X"}, nil, NewCode6(42)
	if got := strings.Join(p.SecondFacts(), ","); got != "000042" {
		t.Errorf("facts %s", got)
	}
	for text, want := range map[string]string{"1234": "1234", " 12 34": "1234", "083190001234": "1234", "000042": "000042"} {
		if got, ok := NormalFact(text); !ok || got != want {
			t.Errorf("NormalFact(%q) = %q %v", text, got, ok)
		}
	}
	for _, bad := range []string{"", "123", "abc", "12345"} {
		if got, ok := NormalFact(bad); ok {
			t.Errorf("NormalFact(%q) = %q", bad, got)
		}
	}
	slip := p.Slip
	if SecondFactToken([]byte("a"), slip, "1234") == SecondFactToken([]byte("b"), slip, "1234") {
		t.Error("the token does not depend on the key")
	}
}

func FuzzParseSlip(f *testing.F) {
	f.Add("12345-0000-06784")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		defer bounded.Input(t)()
		if s, err := ParseSlip(text); err == nil && (!s.Valid() || len(s.String()) != 16) {
			t.Fatalf("ParseSlip(%q) = %q", text, s)
		}
	})
}

func FuzzReadSlipQR(f *testing.F) {
	f.Add(must(EncodeSlipQR(SlipQR{Slip: must(NewSlip("12345", 1)), Procedure: "1.001193"}, key('k'))))
	f.Fuzz(func(t *testing.T, token string) {
		defer bounded.Input(t)()
		q, err := ReadSlipQR(token)
		if err != nil {
			return
		}
		again := must(EncodeSlipQR(q, key('k')))
		if again[:20] != token[:20] || len(again) != len(token) {
			t.Fatalf("read and written again it is another: %s %s", token, again)
		}
	})
}
