package powercut

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bendo/internal/durable"
)

// mounted puts a disk under a new directory. Tests of this file touch its files from this very
// process, but never map them into memory.
func mounted(t *testing.T, d *Disk) string {
	t.Helper()
	if err := SweepMounts(); err != nil {
		t.Log(err)
	}
	dir := t.TempDir()
	m, err := d.Mount(dir)
	if errors.Is(err, ErrNoFUSE) {
		t.Skipf("NOT TESTED: power cuts. %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		d.Release()
		if err := m.Unmount(); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func check(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// read gives a file of a disk at rest.
func (d *Disk) read(path string) (string, bool) {
	n := d.find(path)
	if n == nil {
		return "", false
	}
	b := make([]byte, n.now.size)
	n.now.read(0, b)
	return string(b), true
}

func writeFile(t *testing.T, path string, data []byte, sync bool) {
	t.Helper()
	f, err := os.Create(path)
	check(t, err)
	_, err = f.Write(data)
	check(t, err)
	if sync {
		check(t, f.Sync())
	}
	check(t, f.Close())
}

func TestFlushedStaysAndTheRestIsTorn(t *testing.T) {
	for _, order := range []Order{Ext4, Strict} {
		t.Run(order.String(), func(t *testing.T) {
			d := NewDisk(order)
			dir := mounted(t, d)
			flushed, loose := bytes.Repeat([]byte("F"), 5000), bytes.Repeat([]byte("l"), 9000)
			writeFile(t, filepath.Join(dir, "flushed"), flushed, true)
			check(t, durable.SyncDir(dir))
			writeFile(t, filepath.Join(dir, "named"), loose, false)
			check(t, durable.SyncDir(dir))
			writeFile(t, filepath.Join(dir, "loose"), loose, false)
			d.Freeze()
			seen := map[string]int{}
			random := rand.New(rand.NewPCG(1, uint64(order)))
			for range 300 {
				image := d.Cut(random)
				if got, _ := image.read("flushed"); got != string(flushed) {
					t.Fatalf("a flushed file holds %d bytes", len(got))
				}
				got, there := image.read("named")
				if !there {
					t.Fatal("a name whose directory was flushed is gone")
				}
				switch {
				case got == string(loose):
					seen["whole"]++
				case strings.Trim(got, "\x00") == "":
					seen["gone"]++
				case strings.Contains(got, "\x00") || len(got) < len(loose):
					seen["torn"]++
				}
				if _, there := image.read("loose"); there {
					seen["name"]++
				} else {
					seen["no name"]++
				}
			}
			for _, what := range []string{"whole", "gone", "torn", "name", "no name"} {
				if seen[what] == 0 {
					t.Errorf("in 300 cuts never %s: %v", what, seen)
				}
			}
		})
	}
}

// A name needs its directory's flush on a strict disk, and any flush on ext4.
func TestNamesNeedTheirDirectory(t *testing.T) {
	for _, tt := range []struct {
		order Order
		stays bool
	}{{Ext4, true}, {Strict, false}} {
		d := NewDisk(tt.order)
		dir := mounted(t, d)
		check(t, os.Mkdir(filepath.Join(dir, "sub"), 0o700))
		check(t, durable.SyncDir(dir))
		writeFile(t, filepath.Join(dir, "sub", "tmp"), []byte("x"), true)
		check(t, os.Rename(filepath.Join(dir, "sub", "tmp"), filepath.Join(dir, "sub", "name")))
		writeFile(t, filepath.Join(dir, "other"), []byte("y"), true)
		d.Freeze()
		random, missing := rand.New(rand.NewPCG(2, 2)), 0
		for range 100 {
			image := d.Cut(random)
			if _, there := image.read("sub/name"); !there {
				missing++
			}
		}
		if tt.stays != (missing == 0) {
			t.Errorf("%v: the renamed file is missing in %d of 100 cuts", tt.order, missing)
		}
	}
}

// The write order of internal/durable holds at every step, in both orders: the old content or the
// new. The same with a disk that lies about flushing must be caught.
func TestDurableHoldsAtEveryStep(t *testing.T) {
	old, fresh := bytes.Repeat([]byte("o"), 3000), bytes.Repeat([]byte("n"), 3000)
	for _, order := range []Order{Ext4, Strict} {
		for _, lying := range []bool{false, true} {
			torn, lost := 0, 0
			random := rand.New(rand.NewPCG(3, uint64(order)))
			for step := int64(1); step <= 9; step++ {
				d := NewDisk(order)
				dir := mounted(t, d)
				name := filepath.Join(dir, "f")
				check(t, durable.WriteFile(name, old, 0o600))
				if lying {
					d.Inject(Fault{Ops: OpFlush, Lose: true})
				}
				done := make(chan error, 1)
				sprung := d.Trap(step)
				go func() { done <- durable.WriteFile(name, fresh, 0o600) }()
				var err error
				select {
				case <-sprung:
					err = errors.New("the power went")
				case err = <-done:
					d.Freeze()
					done <- nil
				}
				for range 60 {
					got, _ := d.Cut(random).read("f")
					if got != string(old) && got != string(fresh) {
						torn++
					}
					if err == nil && got != string(fresh) {
						lost++
					}
				}
				d.Release()
				<-done
			}
			if bad := torn + lost; lying != (bad > 0) {
				t.Errorf("%v, lying %v: %d torn, %d lost", order, lying, torn, lost)
			}
		}
	}
}

func TestFaults(t *testing.T) {
	d := NewDisk(Ext4)
	dir := mounted(t, d)
	name := filepath.Join(dir, "f")
	check(t, durable.WriteFile(name, []byte("old"), 0o600))
	isF := func(p string) bool { return strings.HasPrefix(p, "/.f") || p == "/f" }
	d.Inject(Fault{Ops: OpFlush, Match: isF, Errno: syscall.EIO, Lose: true, Times: 1})
	if err := durable.WriteFile(name, []byte("new"), 0o600); !errors.Is(err, syscall.EIO) {
		t.Errorf("a failing flush: %v", err)
	}
	check(t, durable.WriteFile(name, []byte("new"), 0o600))
	d.Inject(Fault{Ops: OpWrite, Match: isF, Short: true, Times: 1})
	check(t, durable.WriteFile(name, []byte("abcdef"), 0o600)) // a short write is continued
	if got, _ := d.read("f"); got != "abcdef" {
		t.Errorf("after a short write: %q", got)
	}
	d.Inject(Fault{Ops: OpRename, After: 1, Errno: syscall.EIO})
	check(t, durable.WriteFile(name, []byte("1"), 0o600))
	if err := durable.WriteFile(name, []byte("2"), 0o600); !errors.Is(err, syscall.EIO) {
		t.Errorf("a failing rename: %v", err)
	}
	if n := d.Heal(); n != 3 {
		t.Errorf("%d faults struck, want 3", n)
	}
}

// The failed flush of Linux: what was dirty then never reaches the disk, though it can be read and a
// later flush says yes.
func TestAFailedFlushLosesForGood(t *testing.T) {
	d := NewDisk(Ext4)
	dir := mounted(t, d)
	f, err := os.Create(filepath.Join(dir, "f"))
	check(t, err)
	defer f.Close()
	_, err = f.WriteAt(bytes.Repeat([]byte("a"), 512), 0)
	check(t, err)
	d.Inject(Fault{Ops: OpFlush, Errno: syscall.EIO, Lose: true, Times: 1})
	if err := f.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatalf("flush: %v", err)
	}
	_, err = f.WriteAt(bytes.Repeat([]byte("b"), 512), 512)
	check(t, err, f.Sync())
	if got, _ := d.read("f"); !strings.HasPrefix(got, "aaa") {
		t.Error("what the failed flush lost can no longer be read")
	}
	d.Freeze()
	if got, _ := d.Cut(rand.New(rand.NewPCG(1, 1))).read("f"); !strings.HasPrefix(got, "\x00") || !strings.HasSuffix(got, "b") {
		t.Errorf("after the cut: %.5q … %d bytes", got, len(got))
	}
}

func TestQuota(t *testing.T) {
	d := NewDisk(Ext4)
	dir := mounted(t, d)
	d.SetQuota(4 << 20)
	reserve := filepath.Join(dir, "reserve")
	if err := durable.Reserve(reserve, 8<<20); !durable.IsFull(err) {
		t.Fatalf("a reserve larger than the disk: %v", err)
	}
	check(t, durable.Reserve(reserve, 1<<20))
	if free, err := durable.Free(dir); err != nil || free > 3<<20 || free < 3<<20-64<<10 {
		t.Errorf("free: %d, %v", free, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "filler"), make([]byte, 4<<20), 0o600); !durable.IsFull(err) {
		t.Fatalf("filling the disk: %v", err)
	}
	if err := durable.WriteFile(filepath.Join(dir, "f"), make([]byte, 200<<10), 0o600); !durable.IsFull(err) {
		t.Fatalf("writing on a full disk: %v", err)
	}
	if freed, err := durable.ReleaseReserve(reserve); !freed || err != nil {
		t.Fatalf("release: %v %v", freed, err)
	}
	check(t, durable.WriteFile(filepath.Join(dir, "f"), make([]byte, 200<<10), 0o600), os.Remove(filepath.Join(dir, "filler")))
	if used := d.Used(); used != 200<<10 {
		t.Errorf("%d bytes are taken", used)
	}
}

func TestExportIsTheDisk(t *testing.T) {
	d := NewDisk(Strict)
	dir := mounted(t, d)
	check(t, os.MkdirAll(filepath.Join(dir, "a", "b"), 0o700))
	data := bytes.Repeat([]byte("0123456789"), 3000)
	writeFile(t, filepath.Join(dir, "a", "b", "f"), data, false)
	check(t, os.Truncate(filepath.Join(dir, "a", "b", "f"), 20001))
	out := t.TempDir()
	for i, one := range []*Disk{d, d.Copy()} {
		to := filepath.Join(out, string(rune('0'+i)))
		check(t, one.Export("/a", to))
		got, err := os.ReadFile(filepath.Join(to, "b", "f"))
		if err != nil || !bytes.Equal(got, data[:20001]) {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	}
	entries, err := os.ReadDir(filepath.Join(dir, "a"))
	if err != nil || len(entries) != 1 || entries[0].Name() != "b" {
		t.Errorf("%v %v", entries, err)
	}
}
