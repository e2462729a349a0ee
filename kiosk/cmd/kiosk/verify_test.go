package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bendo/internal/dossier"
	"bendo/internal/ledger"
	"bendo/internal/paper"
	"bendo/internal/seal"
	"bendo/internal/slipcheck"
	"bendo/kiosk"
	"bendo/kiosk/printer"
	"bendo/syncproto"
)

func seeded(b byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{b}, ed25519.SeedSize))
}

func publicKey(k ed25519.PrivateKey) ed25519.PublicKey { return k.Public().(ed25519.PublicKey) }

// enrolledOffice is a data directory with an identity and a device key.
func enrolledOffice(t *testing.T, portal ed25519.PrivateKey) (dir string, device syncproto.DeviceID, key ed25519.PrivateKey) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "office")
	keys, err := seal.LoadOrCreate(seal.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if key, err = keys.DeviceKey(); err != nil {
		t.Fatal(err)
	}
	book, err := ledger.Open(t.Context(), dir, keys, ledger.Options{})
	if err != nil {
		t.Fatal(err)
	}
	device = syncproto.DeviceIDOf(publicKey(key))
	err = book.SetIdentity(t.Context(), ledger.Identity{Device: device, Book: syncproto.BookID{2}, Epoch: 1, Prefix: "00017", CommuneCode: "28807",
		OfficeName: "UBND xã Giao Long", Portal: "https://tinh.example:8443", PortalKey: publicKey(portal)})
	if err != nil {
		t.Fatal(err)
	}
	if err := book.Close(); err != nil {
		t.Fatal(err)
	}
	return dir, device, key
}

func slipBy(t *testing.T, key ed25519.PrivateKey, device syncproto.DeviceID) string {
	t.Helper()
	number, err := dossier.NewSlip("66001", 48271930)
	if err != nil {
		t.Fatal(err)
	}
	token, err := dossier.EncodeSlipQR(dossier.SlipQR{Device: device, Slip: number, Procedure: "1.001193", At: time.Now().Add(-time.Hour).UnixMilli()}, key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// answers runs one command line with --json.
func answers(t *testing.T, want int, args ...string) (v kiosk.SlipVerdict) {
	t.Helper()
	var out, said bytes.Buffer
	if code := run(t.Context(), append(args, "--json"), &out, &said); code != want {
		t.Fatalf("%v: status %d, want %d: %s%s", args, code, want, out.String(), said.String())
	}
	if out.Len() > 0 {
		if err := json.Unmarshal(out.Bytes(), &v); err != nil {
			t.Fatalf("%v: %v in %s", args, err, out.String())
		}
	}
	return v
}

func TestVerifySlipOnAnOfficeMachine(t *testing.T) {
	portal, other := seeded(5), seeded(7)
	dir, device, key := enrolledOffice(t, portal)
	far := syncproto.DeviceIDOf(publicKey(other))
	own, neighbours := slipBy(t, key, device), slipBy(t, other, far)
	if v := answers(t, 0, "verify-slip", own, "--data", dir); v.Code != slipcheck.Genuine || !v.Own || v.Book != kiosk.BookAbsent {
		t.Fatalf("its own: %+v", v)
	}
	if v := answers(t, 1, "verify-slip", neighbours, "--data", dir); v.Code != slipcheck.Unchecked || v.Signed {
		t.Fatalf("a neighbour's: %+v", v)
	}
	if v := answers(t, 1, "verify-slip", slipBy(t, other, device), "--data", dir); v.Code != slipcheck.Altered {
		t.Fatalf("forged in its name: %+v", v)
	}
	list, err := slipcheck.SignList(slipcheck.List{Issued: time.Now().UnixMilli(),
		Machines: []slipcheck.Machine{{Device: far, Key: publicKey(other), Commune: "28810", Office: "UBND xã Láng Giềng", Status: slipcheck.Active}}}, portal)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "keys.txt")
	if err := os.WriteFile(file, list, 0o600); err != nil {
		t.Fatal(err)
	}
	if v := answers(t, 0, "verify-slip", neighbours, "--data", dir, "--keys", file); v.Code != slipcheck.Genuine || v.Office != "UBND xã Láng Giềng" {
		t.Fatalf("with a list in hand: %+v", v)
	}
	answers(t, 0, "fleet-keys", file, "--data", dir)
	if v := answers(t, 0, "verify-slip", "https://x.example/t/"+neighbours, "--data", dir); v.Code != slipcheck.Genuine || v.ListAt == 0 {
		t.Fatalf("with a list that was kept: %+v", v)
	}
	// a machine that is not enrolled at all
	if v := answers(t, 0, "verify-slip", neighbours, "--data", filepath.Join(dir, "none"), "--keys", file, "--portal-key", hex.EncodeToString(publicKey(portal))); v.Code != slipcheck.Genuine {
		t.Fatalf("on any machine: %+v", v)
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Fatal("verifying made a data directory")
	}
	answers(t, 1, "verify-slip", neighbours, "--data", filepath.Join(dir, "none"), "--keys", file)                                                           // whose list?
	answers(t, 1, "verify-slip", neighbours, "--data", filepath.Join(dir, "none"), "--keys", file, "--portal-key", hex.EncodeToString(publicKey(seeded(9)))) // not this province's
	if err := os.WriteFile(file, append(list, 'x'), 0o600); err != nil {
		t.Fatal(err)
	}
	answers(t, 1, "fleet-keys", file, "--data", dir)
}

func TestVerifySlipFromAPaper(t *testing.T) {
	for _, tool := range []string{"zbarimg", "pdftoppm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("LOUD: %s is missing (zbar-tools, poppler-utils), so no paper was verified; run make setup", tool)
		}
	}
	dir, device, key := enrolledOffice(t, seeded(5))
	s := paper.Slip{Number: "66001-4827-19303", Office: "UBND xã Giao Long", Procedure: "Khai sinh", FiledAt: time.Now(), Address: "https://tinh.example/t/" + slipBy(t, key, device)}
	var sheet, roll bytes.Buffer
	if err := paper.WriteSlip(&sheet, s); err != nil {
		t.Fatal(err)
	}
	if err := paper.RollSlip(&roll, s, paper.PNG); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"slip.pdf": sheet.Bytes(), "slip.png": roll.Bytes()} {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if v := answers(t, 0, "verify-slip", file, "--data", dir); v.Code != slipcheck.Genuine {
			t.Errorf("%s: %+v", name, v)
		}
	}
	bad := filepath.Join(t.TempDir(), "bad.png")
	if err := os.WriteFile(bad, roll.Bytes()[:200], 0o600); err != nil {
		t.Fatal(err)
	}
	answers(t, 1, "verify-slip", bad, "--data", dir)
}

// TestVerdictsInWords: a person at a terminal is told what to do, and an unchecked slip is never
// called a forgery.
func TestVerdictsInWords(t *testing.T) {
	for code, want := range map[slipcheck.Code]string{slipcheck.Genuine: "PHIẾU THẬT", slipcheck.Altered: "báo tỉnh", slipcheck.Unchecked: "CHƯA KIỂM ĐƯỢC",
		slipcheck.Withdrawn: "hỏi tỉnh", slipcheck.Practice: "TẬP THỬ", slipcheck.Damaged: "quét lại", slipcheck.NotSlip: "KHÔNG PHẢI MÃ", kiosk.CodeNone: "Chụp lại"} {
		if text := verdictText(kiosk.SlipVerdict{Code: code}); !strings.Contains(text, want) {
			t.Errorf("%s: %q", code, text)
		}
	}
	if text := verdictText(kiosk.SlipVerdict{Code: slipcheck.Unchecked}); strings.Contains(text, "KHÔNG NHẬN") || strings.Contains(text, "làm giả") {
		t.Error(text)
	}
}

func TestPrintersAreWired(t *testing.T) {
	desk := &kiosk.Desk{}
	if err := (printing{}).wire(desk); err != nil || desk.Print != nil || desk.Printing.Roll != nil || desk.Printing.Outcome != nil {
		t.Fatal("a desk without printers has one")
	}
	if err := (printing{Printer: "a", Roll: "a"}).wire(desk); err == nil {
		t.Fatal("one queue is a sheet and a roll")
	}
	if err := (printing{Printer: "desk", Paper: "a4", Roll: "roll", RollFormat: "png"}).wire(desk); err != nil || desk.Print == nil || desk.Printing.Roll == nil || desk.Printing.Format != paper.PNG {
		t.Fatalf("%v", err)
	}
	for _, job := range []string{"other-7", "desk", "desk-", "desk-x", ""} {
		if o, err := outcome(t.Context(), []printer.Queue{{Name: "desk", Ask: "no-such-program"}}, job); err != nil || o.State != printer.Gone {
			t.Errorf("%q: %+v %v", job, o, err)
		}
	}
	if _, err := outcome(t.Context(), []printer.Queue{{Name: "desk", Ask: "no-such-program"}}, "desk-7"); err == nil {
		t.Error("nobody was asked")
	}
}
