package packet

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// mtu is that of an ordinary line.
const mtu = 1500

// End is one side of a line: a network namespace with a loopback, one TUN device and nothing else.
type End struct {
	addr netip.Addr
	ns   *os.File
	tun  int // non-blocking; touched by the carrying thread, and by those that hold the line's lock
}

// newEnd makes the namespace and its device.
func newEnd(device string, addr netip.Addr) (*End, error) {
	e := &End{addr: addr, tun: -1}
	err := onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("%w: making a network namespace: %w", ErrUnavailable, err)
		}
		ns, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
		if err != nil {
			return err
		}
		e.ns = ns
		if e.tun, err = openTUN(device); err != nil {
			return fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		noIPv6()
		return errors.Join(raise("lo", netip.Addr{}), raise(device, addr))
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making one end of the line: %w", err), e.close())
	}
	return e, nil
}

func (e *End) close() (err error) {
	if e.tun >= 0 {
		err = unix.Close(e.tun)
		e.tun = -1
	}
	if e.ns != nil {
		err = errors.Join(err, e.ns.Close())
	}
	return err
}

// onThread runs f on an operating system thread that nobody else uses meanwhile, and puts the thread back into
// its own network namespace. A thread that does not come back is thrown away; never otherwise, because the
// programs it started with a parent's death signal would die with it.
func onThread(f func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		own, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
		if err != nil {
			runtime.UnlockOSThread()
			done <- err
			return
		}
		defer own.Close()
		err = f()
		if back := unix.Setns(int(own.Fd()), unix.CLONE_NEWNET); back == nil {
			runtime.UnlockOSThread()
		}
		done <- err
	}()
	return <-done
}

func openTUN(device string) (int, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return -1, fmt.Errorf("opening /dev/net/tun: %w", err)
	}
	req, err := unix.NewIfreq(device)
	if err == nil {
		req.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, req)
	}
	if err != nil {
		return -1, errors.Join(fmt.Errorf("making the TUN device %s: %w", device, err), unix.Close(fd))
	}
	return fd, nil
}

// noIPv6 keeps the kernel's own chatter off the line. Where a file is missing there is no IPv6.
func noIPv6() {
	for _, file := range []string{"all", "default"} {
		_ = os.WriteFile("/proc/sys/net/ipv6/conf/"+file+"/disable_ipv6", []byte("1"), 0o600)
	}
}

const congestion = "/proc/sys/net/ipv4/tcp_congestion_control"

// SetCongestion chooses the congestion control of sockets opened at this end from now on. A namespace may take
// only what the machine allows to everybody, so the name is added to that list first when it is not there:
// the only trace a line leaves outside.
func (e *End) SetCongestion(name string) error {
	const allowed = "/proc/sys/net/ipv4/tcp_allowed_congestion_control"
	have, err := os.ReadFile(allowed)
	if err == nil && !slices.Contains(strings.Fields(string(have)), name) {
		err = os.WriteFile(allowed, []byte(strings.TrimSpace(string(have))+" "+name), 0o600)
	}
	if err == nil {
		err = e.Do(func() error { return os.WriteFile(congestion, []byte(name), 0o600) })
	}
	if err != nil {
		return fmt.Errorf("choosing the congestion control %s: %w", name, err)
	}
	return nil
}

// Congestion is the congestion control TCP uses at this end.
func (e *End) Congestion() (name string, err error) {
	err = e.Do(func() error {
		b, err := os.ReadFile(congestion)
		name = strings.TrimSpace(string(b))
		return err
	})
	return name, err
}

// raise gives a device of the present namespace its address and switches it on.
func raise(device string, addr netip.Addr) error {
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("raising %s: %w", device, err)
	}
	defer unix.Close(s)
	set := func(request uint, fill func(*unix.Ifreq) error) error {
		req, err := unix.NewIfreq(device)
		if err == nil {
			err = fill(req)
		}
		if err == nil {
			err = unix.IoctlIfreq(s, request, req)
		}
		if err != nil {
			return fmt.Errorf("raising %s: %w", device, err)
		}
		return nil
	}
	if addr.IsValid() {
		err = errors.Join(
			set(unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr(addr.AsSlice()) }),
			set(unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr([]byte{255, 255, 255, 252}) }),
			set(unix.SIOCSIFMTU, func(r *unix.Ifreq) error { r.SetUint32(mtu); return nil }))
	}
	return errors.Join(err, set(unix.SIOCSIFFLAGS, func(r *unix.Ifreq) error { r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING); return nil }))
}

// Do runs f on a thread inside the namespace: sockets it opens belong there, goroutines it starts do not.
func (e *End) Do(f func() error) error {
	return onThread(func() error {
		if err := unix.Setns(int(e.ns.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("entering the line's namespace: %w", err)
		}
		return f()
	})
}

// Dial connects from this end; the address is a literal one.
func (e *End) Dial(ctx context.Context, network, address string) (c net.Conn, err error) {
	doErr := e.Do(func() error {
		var d net.Dialer
		c, err = d.DialContext(ctx, network, address)
		return nil
	})
	return c, errors.Join(doErr, err)
}

// Listen accepts connections at this end, for instance at "192.0.2.2:0" or, unseen by the line, "127.0.0.1:0".
func (e *End) Listen(ctx context.Context, network, address string) (l net.Listener, err error) {
	doErr := e.Do(func() error {
		var c net.ListenConfig
		l, err = c.Listen(ctx, network, address)
		return nil
	})
	return l, errors.Join(doErr, err)
}

// ListenPacket opens a UDP socket at this end.
func (e *End) ListenPacket(ctx context.Context, network, address string) (p net.PacketConn, err error) {
	doErr := e.Do(func() error {
		var c net.ListenConfig
		p, err = c.ListenPacket(ctx, network, address)
		return nil
	})
	return p, errors.Join(doErr, err)
}

// Enter is the beginning of a command line that starts a program inside the namespace, for as long as
// the line is open. The program replaces nsenter: its process id is the one that was started.
func (e *End) Enter() []string {
	return []string{"nsenter", "--net=/proc/" + strconv.Itoa(os.Getpid()) + "/fd/" + strconv.Itoa(int(e.ns.Fd())), "--"}
}

// Command is exec.CommandContext for a program inside the namespace.
func (e *End) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	enter := append(e.Enter(), name)
	return exec.CommandContext(ctx, enter[0], append(enter[1:], args...)...)
}
