package fleet

import (
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

var day = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

func quiet() *slog.Logger { return slog.New(slog.NewTextHandler(io.Discard, nil)) }

func TestAuthorityKeepsItsPin(t *testing.T) {
	dir := t.TempDir()
	first, err := OpenAuthority(dir, day)
	if err != nil {
		t.Fatal(err)
	}
	second, err := OpenAuthority(dir, day.AddDate(3, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if first.Pin() != second.Pin() {
		t.Error("the pin changed between two starts")
	}
	// A crash between the key and the certificate: the pin stays.
	if err := os.Remove(filepath.Join(dir, "ca.crt")); err != nil {
		t.Fatal(err)
	}
	third, err := OpenAuthority(dir, day)
	if err != nil {
		t.Fatal(err)
	}
	if third.Pin() != first.Pin() {
		t.Error("the pin changed when the certificate was signed again")
	}
}

func TestServerCertificate(t *testing.T) {
	dir := t.TempDir()
	authority, err := OpenAuthority(dir, day)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(authority.Certificate)
	names, addresses := []string{"portal.bendo.invalid", "localhost"}, []net.IP{net.IPv4(127, 0, 0, 1)}
	first, err := authority.Server(day, names, addresses)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(first.Certificate[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Time{day, day.AddDate(-5, 0, 0), day.AddDate(1, 0, 0)} {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "portal.bendo.invalid", CurrentTime: at}); err != nil {
			t.Errorf("at %s: %v", at, err)
		}
	}
	same, _ := authority.Server(day.AddDate(0, 1, 0), names, addresses)
	if string(same.Certificate[0]) != string(first.Certificate[0]) {
		t.Error("a good certificate was thrown away")
	}
	renewed, _ := authority.Server(day.AddDate(0, 11, 0), names, addresses)
	if string(renewed.Certificate[0]) == string(first.Certificate[0]) {
		t.Error("an ending certificate was kept")
	}
	other, _ := authority.Server(day.AddDate(0, 11, 0), append(names, "portal.example"), addresses)
	if string(other.Certificate[0]) == string(renewed.Certificate[0]) {
		t.Error("a certificate without the asked name was kept")
	}
}

func TestTwoStartsAtOnceMakeOneSetOfKeys(t *testing.T) {
	dir := t.TempDir()
	var wait sync.WaitGroup
	var mu sync.Mutex
	found := map[string]int{}
	for range 8 {
		wait.Go(func() {
			authority, err := OpenAuthority(dir, day)
			if err != nil {
				t.Error(err)
				return
			}
			keys, err := OpenKeys(dir, quiet())
			if err != nil {
				t.Error(err)
				return
			}
			pin := authority.Pin()
			mu.Lock()
			found[string(pin[:])+string(keys.Receipt)+keys.Carry.String()+keys.RecoveryRecipient]++
			mu.Unlock()
		})
	}
	wait.Wait()
	if len(found) != 1 {
		t.Errorf("%d different sets of keys", len(found))
	}
}

func TestRecoveryKeyMayBeMovedAway(t *testing.T) {
	dir := t.TempDir()
	first, err := OpenKeys(dir, quiet())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "recovery.agekey")
	text, _ := os.ReadFile(path)
	if !strings.Contains(string(text), "AGE-SECRET-KEY-") {
		t.Fatal("no recovery identity was written")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	second, err := OpenKeys(dir, quiet())
	if err != nil {
		t.Fatal(err)
	}
	if second.RecoveryRecipient != first.RecoveryRecipient {
		t.Error("the recovery recipient changed after its identity went to the safe")
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a second recovery identity appeared")
	}
}
