package seal

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"bendo/internal/bounded"
)

// The test binary runs itself again as a second process; what that one does is in these variables.
const (
	envDir  = "BENDO_SEAL_DIR"
	envStep = "BENDO_SEAL_STEP"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(envDir); dir != "" {
		step := os.Getenv(envStep)
		hook = func(s string) {
			if s == step {
				p, _ := os.FindProcess(os.Getpid())
				p.Kill()
				select {} // never a step further
			}
		}
		fmt.Print(fingerprint(dir))
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// fingerprint shows which keys a process ends with.
func fingerprint(dir string) string {
	k, err := LoadOrCreate(Options{DataDir: dir})
	if err != nil {
		return err.Error()
	}
	d, err := k.DeviceKey()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%x %x", k.KeyID(), d.Public())
}

func respawn(dir, step string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envDir+"="+dir, envStep+"="+step)
	return cmd
}

func TestProcessesAtOnceGetTheSameKeys(t *testing.T) {
	for range 10 {
		dir := filepath.Join(t.TempDir(), "data")
		outs := make([]string, 4)
		var wg sync.WaitGroup
		for i := range outs {
			wg.Go(func() {
				out, err := respawn(dir, "").CombinedOutput()
				if err != nil {
					t.Error(err)
				}
				outs[i] = string(out)
			})
		}
		wg.Wait()
		want := fingerprint(dir)
		for i, out := range outs {
			if out != want || len(out) != 16+1+64 {
				t.Errorf("process %d: %s, want %s", i, out, want)
			}
		}
	}
}

func TestKilledWhileMakingKeys(t *testing.T) {
	for _, step := range []string{"directory made", "office key named", "device key named"} {
		t.Run(step, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			if err := respawn(dir, step).Run(); err == nil {
				t.Fatal("the child was not killed: the step does not exist")
			}
			first := fingerprint(dir)
			if len(first) != 16+1+64 {
				t.Fatal(first)
			}
			if again := fingerprint(dir); again != first {
				t.Errorf("keys changed: %s, then %s", first, again)
			}
		})
	}
}

func TestWhereTheKeyComesFrom(t *testing.T) {
	base := t.TempDir()
	data := filepath.Join(base, "data")
	sibling, err := LoadOrCreate(Options{DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		if sibling.Source() != FromSibling || !strings.Contains(sibling.Warning(), "same disk") {
			t.Errorf("source %q, warning %q", sibling.Source(), sibling.Warning())
		}
		for path, want := range map[string]os.FileMode{data + ".keys": 0o700, data + ".keys/office.key": 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
				t.Errorf("%s: %v %v", path, info, err)
			}
		}
	}
	keys, err := LoadOrCreate(Options{DataDir: data, KeysDir: filepath.Join(base, "usb")})
	if err != nil {
		t.Fatal(err)
	}
	if keys.KeyID() == sibling.KeyID() || runtime.GOOS != "windows" && keys.Source() != FromKeysDir {
		t.Errorf("--keys: same key as the sibling, or source %q", keys.Source())
	}
	creds := filepath.Join(base, "creds")
	os.Mkdir(creds, 0o700)
	none, err := LoadOrCreate(Options{DataDir: data, CredentialsDir: creds})
	if err != nil || none.KeyID() != sibling.KeyID() {
		t.Errorf("credentials without ours: %v", err)
	}
	key := testKey(9)
	os.WriteFile(filepath.Join(creds, CredentialName), key.b[:], 0o400)
	given, err := LoadOrCreate(Options{DataDir: filepath.Join(base, "other"), CredentialsDir: creds})
	if err != nil || given.Source() != FromCredential || given.Warning() != "" || given.KeyID() != newKeeper(key, "", "").KeyID() {
		t.Errorf("credential: %v", err)
	}
	if _, err := os.Stat(filepath.Join(base, "other.keys", officeKeyFile)); err == nil {
		t.Error("the credential was written to the keys directory")
	}
	if _, err := given.DeviceKey(); err != nil {
		t.Errorf("device key under a credential: %v", err)
	}
	if _, err := LoadOrCreate(Options{DataDir: data, CredentialsDir: creds}); err == nil || !strings.Contains(err.Error(), "different office keys") {
		t.Errorf("two keys: %v", err)
	}
	os.Chmod(filepath.Join(creds, CredentialName), 0o600)
	os.WriteFile(filepath.Join(creds, CredentialName), []byte("short"), 0o600)
	if _, err := LoadOrCreate(Options{DataDir: filepath.Join(base, "third"), CredentialsDir: creds}); err == nil {
		t.Error("a short credential was taken")
	}
}

func TestKeysDirRefusals(t *testing.T) {
	base := t.TempDir()
	data := filepath.Join(base, "data")
	os.Mkdir(data, 0o700)
	os.Symlink(data, filepath.Join(base, "link"))
	open := filepath.Join(base, "open")
	os.Mkdir(open, 0o755)
	os.Chmod(open, 0o755)
	tests := []struct {
		name string
		opts Options
		want string
	}{
		{"no data directory", Options{}, "no data directory"},
		{"the data directory itself", Options{DataDir: data, KeysDir: data}, "lies in the data directory"},
		{"under it", Options{DataDir: data, KeysDir: data + "/run/../keys"}, "lies in the data directory"},
		{"under it through a link", Options{DataDir: data, KeysDir: base + "/link/keys"}, "lies in the data directory"},
		{"readable by others", Options{DataDir: data, KeysDir: open}, "chmod 700"},
		{"missing and not to be made", Options{DataDir: data, MustExist: true}, "the office key is missing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && strings.Contains(tt.want, "chmod") {
				t.Skip("NOT TESTED on Windows: access lists are the installer's")
			}
			if _, err := LoadOrCreate(tt.opts); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("err = %v, want %q", err, tt.want)
			}
		})
	}
	if _, err := os.Stat(data + ".keys"); err == nil {
		t.Error("a refusal made the keys directory")
	}
}

func TestDamagedKeyFiles(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	k, err := LoadOrCreate(Options{DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.DeviceKey(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(data+".keys", officeKeyFile)
	good, _ := os.ReadFile(path)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 2
		os.WriteFile(path, bad, 0o600)
		if got, err := LoadOrCreate(Options{DataDir: data}); err == nil && got.KeyID() != k.KeyID() {
			t.Errorf("byte %d flipped: another key was taken", i)
		}
		os.WriteFile(path, good[:i], 0o600)
		if _, err := LoadOrCreate(Options{DataDir: data}); err == nil {
			t.Errorf("cut to %d bytes: opened", i)
		}
	}
	os.WriteFile(path, good, 0o600)
	device := filepath.Join(data+".keys", deviceKeyFile)
	sealed, _ := os.ReadFile(device)
	if bytes.Contains(sealed, k.device.b[:8]) {
		t.Error("the device key's file holds a key")
	}
	os.WriteFile(device, sealed[:len(sealed)-1], 0o600)
	if _, err := k.DeviceKey(); !errors.Is(err, ErrTampered) {
		t.Errorf("damaged device key: %v", err)
	}
}

func TestWrap(t *testing.T) {
	k, other := newKeeper(testKey(1), "", ""), newKeeper(testKey(2), "", "")
	key := NewDossierKey()
	id := [16]byte{1}
	wrapped := k.Wrap(key, id)
	if got, err := k.Unwrap(wrapped, id); err != nil || got != key {
		t.Errorf("unwrapped another key: %v", err)
	}
	if _, err := k.Unwrap(wrapped, [16]byte{2}); !errors.Is(err, ErrTampered) {
		t.Errorf("another dossier's key: %v", err)
	}
	if _, err := other.Unwrap(wrapped, id); !errors.Is(err, ErrTampered) {
		t.Errorf("another office: %v", err)
	}
	if got, err := k.Unwrap(nil, id); !errors.Is(err, ErrErased) || !got.IsZero() {
		t.Errorf("erased: %v", err)
	}
}

// These values lie on disks: they never change.
func TestDerivedVectors(t *testing.T) {
	k := newKeeper(testKey(1), "", "")
	id := k.KeyID()
	for name, got := range map[string]string{
		"id":    hex.EncodeToString(id[:]),
		"index": hex.EncodeToString(k.Index("citizen_id", "001301000001")),
		"name":  k.Name([16]byte{1}, [32]byte{2}),
	} {
		if got != derivedVectors[name] {
			t.Errorf("%q: %q,", name, got)
		}
	}
	if bytes.Equal(k.Index("phone", "1"), k.Index("citizen_id", "1")) || bytes.Equal(k.Index("phone", "1"), k.Index("phone", "2")) {
		t.Error("indexes alike")
	}
}

func TestRecovery(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	k, err := LoadOrCreate(Options{DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	identity, recipient, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := k.WrapOfficeKeyTo(recipient)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(wrapped, k.office.b[:]) {
		t.Error("the wrapped key is not wrapped")
	}
	key, err := UnwrapOfficeKey(identity, wrapped)
	if err != nil {
		t.Fatal(err)
	}
	moved := Options{DataDir: filepath.Join(t.TempDir(), "new machine")}
	if err := errors.Join(RestoreOfficeKey(moved, key), RestoreOfficeKey(moved, key)); err != nil {
		t.Fatal(err)
	}
	moved.MustExist = true
	if got, err := LoadOrCreate(moved); err != nil || got.KeyID() != k.KeyID() {
		t.Errorf("restored: %v", err)
	}
	if err := RestoreOfficeKey(moved, testKey(1)); !errors.Is(err, ErrKeyPresent) {
		t.Errorf("over another key: %v", err)
	}
	if err := RestoreOfficeKey(moved, Key{}); err == nil {
		t.Error("restored no key")
	}
	stranger, _, _ := NewIdentity()
	if _, err := UnwrapOfficeKey(stranger, wrapped); err == nil {
		t.Error("a stranger unwrapped the key")
	}
	if _, err := UnwrapOfficeKey(identity, wrapped[:len(wrapped)-1]); err == nil {
		t.Error("a cut file unwrapped")
	}
	if _, err := UnwrapOfficeKey("AGE-SECRET", wrapped); err == nil || strings.Contains(err.Error(), "AGE-SECRET") {
		t.Errorf("a bad identity is repeated in the error: %v", err)
	}
	if _, err := k.WrapOfficeKeyTo("age1nonsense"); err == nil {
		t.Error("wrapped to nonsense")
	}
}

func FuzzKeyFile(f *testing.F) {
	good, _ := formatKeyFile(testKey(1))
	f.Add(good)
	f.Add([]byte("bendo-key 1 plain  \n"))
	f.Add([]byte("bendo-key 2 tpm 00 00\n"))
	f.Add([]byte(""))
	f.Fuzz(func(t *testing.T, b []byte) {
		defer bounded.Input(t)()
		key, _, err := parseKeyFile(b)
		if err == nil && key.IsZero() {
			t.Error("no key and no error")
		}
	})
}

// TestAnEnrolledMachineGetsNoNewKey: what a lost device key would be replaced by signs what
// nobody accepts.
func TestAnEnrolledMachineGetsNoNewKey(t *testing.T) {
	k, err := LoadOrCreate(Options{DataDir: filepath.Join(t.TempDir(), "data")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.EnrolledDeviceKey(); !errors.Is(err, ErrNoDeviceKey) {
		t.Fatalf("without a key: %v", err)
	}
	if _, err := os.Stat(filepath.Join(k.Dir(), deviceKeyFile)); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("asking made one: %v", err)
	}
	made, err := k.DeviceKey()
	if err != nil {
		t.Fatal(err)
	}
	if again, err := k.EnrolledDeviceKey(); err != nil || !again.Equal(made) {
		t.Fatalf("another key, or %v", err)
	}
	for range 2 { // the second time there is none
		if err := k.RetireDeviceKey(); err != nil {
			t.Fatal(err)
		}
	}
	if kept, _ := filepath.Glob(filepath.Join(k.Dir(), deviceKeyFile+".retired-*")); len(kept) != 1 {
		t.Fatalf("put aside: %q", kept)
	}
	if again, err := k.DeviceKey(); err != nil || again.Equal(made) {
		t.Fatalf("the same key after it was put aside, or %v", err)
	}
}
