package synchttp

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// tuneSocket sets what bounds a dead line and what keeps the kernel's queue short.
// An old kernel that knows neither still works: requests have their own deadlines.
func tuneSocket(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(userTimeout.Milliseconds()))
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, notSent)
	})
}
