package durable

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A real full disk: a tmpfs of 4 MiB. Mounting needs root.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("NOT TESTED: a full disk; mounting a small tmpfs needs root: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	reserve := filepath.Join(dir, "reserve")
	if err := Reserve(reserve, 8<<20); !IsFull(err) {
		t.Fatalf("a reserve larger than the disk: %v", err)
	}
	if got := readDir(t, dir); len(got) != 0 {
		t.Fatalf("a refused reserve left %v", got)
	}
	if err := Reserve(reserve, 1<<20); err != nil {
		t.Fatal(err)
	}
	var st unix.Stat_t
	if err := unix.Stat(reserve, &st); err != nil || st.Blocks*512 < 1<<20 {
		t.Errorf("only %d bytes are really taken from the disk (%v)", st.Blocks*512, err)
	}
	old := filepath.Join(dir, "f")
	if err := WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 4<<20), 0o600); !IsFull(err) {
		t.Fatalf("filling the disk: %v", err)
	}
	if err := WriteFile(old, make([]byte, 64<<10), 0o600); !IsFull(err) {
		t.Fatalf("writing on a full disk: %v", err)
	}
	if b, err := os.ReadFile(old); err != nil || string(b) != "old" {
		t.Errorf("the old file is %q, %v", b, err)
	}
	if freed, err := ReleaseReserve(reserve); !freed || err != nil {
		t.Fatalf("release: %v %v", freed, err)
	}
	if err := WriteFile(old, make([]byte, 64<<10), 0o600); err != nil {
		t.Errorf("after the ballast went overboard: %v", err)
	}
}
