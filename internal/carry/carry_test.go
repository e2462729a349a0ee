package carry_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"filippo.io/age"

	"bendo/internal/carry"
	"bendo/internal/carry/carrytest"
	"bendo/syncproto"
)

var key = ed25519.NewKeyFromSeed(bytes.Repeat([]byte{3}, 32))

func part(t testing.TB, serial uint64, n uint32) []byte {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := syncproto.SealBundle(syncproto.BundleHeader{Purpose: syncproto.BundleUp, Device: syncproto.DeviceID{1}, Portal: syncproto.Digest{2}, Serial: serial, Part: n},
		[]syncproto.BundleRecord{{Kind: 99, Body: bytes.Repeat([]byte{byte(n)}, 5000)}}, key, id.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func parts(t testing.TB, s *carry.Stick) ([]carry.Part, []*carry.Problem) {
	t.Helper()
	list, refused, err := s.Parts(syncproto.DeviceID{1}, syncproto.BundleUp)
	if err != nil {
		t.Fatal(err)
	}
	return list, refused
}

// A stick pulled out at every single operation: what Store promised is there, nothing that is
// there is half, and the next run writes the rest.
func TestPulledOutAtEveryOperation(t *testing.T) {
	raws := [][]byte{part(t, 1, 1), part(t, 1, 2), part(t, 2, 1)}
	for n := 0; ; n++ {
		disk := carrytest.New(t, t.TempDir(), uint64(n))
		s := carry.On(disk)
		disk.PullAfter(n)
		promised := 0
		err := s.Prepare(syncproto.DeviceID{1}, syncproto.BundleUp)
		for _, raw := range raws {
			if err != nil {
				break
			}
			if _, err = s.Store(raw); err == nil {
				promised++
			}
		}
		if err != nil && carry.KindOf(err) != carry.Gone {
			t.Fatalf("operation %d: %v", n, err)
		}
		disk.Plug()
		list, refused := parts(t, s)
		if len(refused) > 0 || len(list) < promised {
			t.Fatalf("operation %d: %d promised, %d there, %v", n, promised, len(list), refused)
		}
		for i, p := range list {
			if raw, err := s.Load(p); err != nil || !bytes.Equal(raw, raws[i]) {
				t.Fatalf("operation %d, part %d: %v", n, i, err)
			}
		}
		if err := s.Prepare(syncproto.DeviceID{1}, syncproto.BundleUp); err != nil {
			t.Fatal(err)
		}
		for _, raw := range raws {
			if _, err := s.Store(raw); err != nil {
				t.Fatal(err)
			}
		}
		left, err := filepath.Glob(filepath.Join(disk.Dir, "bendo", "*", ".tmp-*"))
		if list, _ := parts(t, s); len(list) != 3 || len(left) > 0 || err != nil {
			t.Fatalf("operation %d: %d parts, left over %v", n, len(list), left)
		}
		if promised == 3 {
			t.Logf("pulled out at %d operations", n)
			return
		}
	}
}

func TestMediumProblems(t *testing.T) {
	disk := carrytest.New(t, t.TempDir(), 1)
	s := carry.On(disk)
	if err := s.Prepare(syncproto.DeviceID{1}, syncproto.BundleUp); err != nil {
		t.Fatal(err)
	}
	raw := part(t, 1, 1)
	disk.Fill(int64(len(raw)) / 2)
	if _, err := s.Store(raw); carry.KindOf(err) != carry.Full {
		t.Fatal(err)
	}
	if list, refused := parts(t, s); len(list)+len(refused) != 0 {
		t.Fatalf("half a part has a name: %v %v", list, refused)
	}
	disk.Plug()
	disk.Lock()
	if _, err := s.Store(raw); carry.KindOf(err) != carry.ReadOnly {
		t.Fatal(err)
	}
	if _, err := carry.Open(filepath.Join(disk.Dir, "not mounted")); carry.KindOf(err) != carry.Gone {
		t.Fatal(err)
	}
	for k, err := range map[carry.Kind]error{carry.Full: syscall.EDQUOT, carry.Gone: syscall.ENODEV, carry.ReadOnly: syscall.EACCES, carry.Broken: syscall.EINVAL} {
		if got := carry.Of("x", fmt.Errorf("writing: %w", err)); got.Kind != k || !errors.Is(got, err) {
			t.Errorf("%v is %s, want %s", err, got.Kind, k)
		}
	}
}

// Every way a stick can lie about its files is named, and the good ones are read all the same.
func TestHostileStick(t *testing.T) {
	dir := t.TempDir()
	s, err := carry.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Prepare(syncproto.DeviceID{1}, syncproto.BundleUp); err != nil {
		t.Fatal(err)
	}
	good, err := s.Store(part(t, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	office := filepath.Join(dir, "bendo", syncproto.DeviceID{1}.String())
	file := func(name string) string { return filepath.Join(office, name) }
	outside := filepath.Join(t.TempDir(), "secret")
	write := func(name string, raw []byte) {
		if err := os.WriteFile(name, raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(outside, part(t, 2, 1))
	for _, err := range []error{
		os.Symlink(outside, file("up-0000000000000002-0001.bendo")),
		os.Symlink(good.File, file("up-0000000000000003-0001.bendo")),
		syscall.Mkfifo(file("up-0000000000000004-0001.bendo"), 0o600),
		os.Mkdir(file("up-0000000000000005-0001.bendo"), 0o700),
		os.Symlink(t.TempDir(), filepath.Join(dir, "bendo", syncproto.DeviceID{9}.String())),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	huge, err := os.Create(file("up-0000000000000006-0001.bendo"))
	if err == nil {
		err = errors.Join(huge.Truncate(1<<40), huge.Close()) // a terabyte that takes no room
	}
	if err != nil {
		t.Fatal(err)
	}
	write(file("up-0000000000000007-0001.bendo"), part(t, 8, 1)) // another's name
	write(file("up-0000000000000009-0001.bendo"), part(t, 9, 1)[:3000])
	write(file("up-000000000000000A-0001.bendo"), part(t, 10, 1)) // capitals: not a name of ours
	write(file("up-../../x-0001.bendo.txt"[6:]), nil)
	list, refused := parts(t, s)
	if len(list) != 1 || list[0].File != good.File {
		t.Fatalf("%v", list)
	}
	got := ""
	for _, p := range refused {
		got += string(p.File[len(p.File)-12]) + string(p.Kind) + " "
		if vi, en := p.Kind.Text(); vi == "" || en == "" || vi == string(p.Kind) {
			t.Errorf("%s has no words", p.Kind)
		}
	}
	if want := "2not_a_file 3not_a_file 4not_a_file 5not_a_file 6too_large 7damaged 9damaged "; got != want {
		t.Fatalf("%s\nwant\n%s", got, want)
	}
	if ids, err := s.Devices(); err != nil || len(ids) != 1 {
		t.Fatalf("%v: a link passed for an office's folder: %v", err, ids)
	}
}

// Every kind has its two sentences, and an error shows both.
func TestEveryKindHasWords(t *testing.T) {
	for _, k := range []carry.Kind{carry.Gone, carry.ReadOnly, carry.Full, carry.Broken, carry.Damaged, carry.Signature, carry.WrongKey, carry.Version,
		carry.TooLarge, carry.TooMany, carry.NotAFile, carry.OtherProvince, carry.OtherOffice, carry.Unknown, carry.Revoked, carry.Replaced,
		carry.Suspended, carry.Gap, carry.Fork, carry.Stale, carry.Ahead, carry.Echo} {
		vi, en := k.Text()
		if vi == string(k) || en == string(k) {
			t.Errorf("%s has no words", k)
		}
		if text := carry.Refuse(k, "f", "x").Error(); !strings.Contains(text, vi) || !strings.Contains(text, en) {
			t.Error(text)
		}
	}
}

func TestIndexIsAHint(t *testing.T) {
	s, err := carry.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	d := syncproto.DeviceID{1}
	if i := s.GetIndex(d); i != (carry.Index{}) {
		t.Fatal(i)
	}
	if err := errors.Join(s.Prepare(d, syncproto.BundleUp), s.SetIndex(d, carry.Index{Office: "UBND", Files: 3})); err != nil {
		t.Fatal(err)
	}
	if i := s.GetIndex(d); i.Files != 3 || i.Note == "" {
		t.Fatalf("%+v", i)
	}
}
