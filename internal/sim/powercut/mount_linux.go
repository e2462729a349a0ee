package powercut

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// ErrNoFUSE means that this machine or this user cannot mount such a disk.
var ErrNoFUSE = errors.New("a disk that loses its power needs /dev/fuse and root")

// source begins the name a mount has in /proc/mounts; the process that serves it follows.
const source = "powercut-"

// Mounted is a disk under a directory.
type Mounted struct {
	dir    string
	served chan struct{}
}

// Mount puts a disk under a directory. End it with Unmount.
func (d *Disk) Mount(dir string) (*Mounted, error) {
	f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0) // closed in children, so that no program keeps the disk
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoFUSE, err)
	}
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	f.Close()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoFUSE, err)
	}
	options := fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other,default_permissions", fd)
	if err := unix.Mount(fmt.Sprintf("%s%d", source, os.Getpid()), dir, "fuse.powercut", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("%w: %w", ErrNoFUSE, err)
	}
	quiet := log.New(os.Stderr, "powercut: ", 0)
	server, err := fuse.NewServer(newServed(d), fmt.Sprintf("/dev/fd/%d", fd), &fuse.MountOptions{
		Name: "powercut", DisableReadDirPlus: true, DisableSplice: true, Logger: quiet})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("serving a disk: %w", err), unix.Unmount(dir, unix.MNT_DETACH))
	}
	m := &Mounted{dir: dir, served: make(chan struct{})}
	go func() { // until Unmount, which waits for it
		defer close(m.served)
		server.Serve()
	}()
	if err := d.refusePoll(dir); err != nil {
		return nil, errors.Join(fmt.Errorf("serving a disk: %w", err), m.Unmount())
	}
	return m, nil
}

// refusePoll lets the kernel learn that files of this disk cannot be polled. Otherwise it asks when
// the first file is opened, and when this very process opens it, its runtime waits for itself.
func (d *Disk) refusePoll(dir string) error {
	d.mu.Lock()
	journal, changes := len(d.journal), d.changes
	d.mu.Unlock()
	name := filepath.Join(dir, ".poll")
	fd, err := unix.Open(name, unix.O_CREAT|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	_, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
	err = errors.Join(err, unix.Close(fd), unix.Unlink(name))
	d.mu.Lock()
	defer d.mu.Unlock()
	d.journal, d.changes = d.journal[:journal], changes
	return err
}

// Unmount takes the disk away; the programs that used it have ended. It does not wait for ever: a
// kernel that still holds a file ends the service when it lets go.
func (m *Mounted) Unmount() error {
	if err := unix.Unmount(m.dir, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("unmounting %s: %w", m.dir, err)
	}
	select {
	case <-m.served:
	case <-time.After(10 * time.Second):
		return fmt.Errorf("unmounting %s: somebody still uses it", m.dir)
	}
	return nil
}

// SweepMounts takes away disks whose process is gone: what a killed test left.
func SweepMounts() error {
	list, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return err
	}
	var errs []error
	for line := range strings.Lines(string(list)) {
		f := strings.Fields(line)
		if len(f) < 3 || f[2] != "fuse.powercut" {
			continue
		}
		if _, err := os.Stat("/proc/" + strings.TrimPrefix(f[0], source)); errors.Is(err, os.ErrNotExist) {
			errs = append(errs, unix.Unmount(f[1], unix.MNT_DETACH))
		}
	}
	return errors.Join(errs...)
}
