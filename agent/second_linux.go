package agent

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// otherDisk says why dir dies together with data: the same file system, another partition of the
// same disk, or memory. "" when neither is known to be so; a network folder is another disk.
func otherDisk(dir, data string) (why string, err error) {
	a, err := devOf(dir)
	if err != nil {
		return SecondGone, err
	}
	b, err := devOf(data)
	if err != nil {
		return SecondBroken, err
	}
	var fs unix.Statfs_t
	if unix.Statfs(dir, &fs) == nil && (int64(fs.Type) == unix.TMPFS_MAGIC || int64(fs.Type) == unix.RAMFS_MAGIC) {
		return SecondMemory, fmt.Errorf("%s lies in memory", dir)
	}
	if a == b || disk(a) != "" && disk(a) == disk(b) {
		return SecondSameDisk, fmt.Errorf("%s lies on the same disk as %s", dir, data)
	}
	return "", nil
}

// ownMount says whether dir lies on a file system that is not the machine's root.
func ownMount(dir string) bool {
	a, err1 := devOf(dir)
	b, err2 := devOf("/")
	return err1 == nil && err2 == nil && a != b
}

func devOf(path string) (uint64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, fmt.Errorf("the device of %s is not known", path)
	}
	return uint64(st.Dev), nil
}

// disk is the whole disk a device number belongs to, "" when the kernel does not say (network
// folders, stacked file systems).
func disk(dev uint64) string {
	path, err := filepath.EvalSymlinks(fmt.Sprintf("/sys/dev/block/%d:%d", unix.Major(dev), unix.Minor(dev)))
	if err != nil {
		return ""
	}
	if _, err := os.Stat(filepath.Join(path, "partition")); err == nil {
		path = filepath.Dir(path)
	}
	return path
}
