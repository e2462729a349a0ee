package synchttp

import (
	"math"
	"net"
	"syscall"
	"time"

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

// gauge tells what the kernel has of a connection on the line and before it; false when it
// cannot. (The low-water mark of a socket alone does not bound what waits: it is looked at
// when a segment begins, and one of them takes up to 64 KB.)
func gauge(c net.Conn) (r reading, ok bool) {
	sc, is := c.(syscall.Conn)
	if !is {
		return r, false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return r, false
	}
	var i *unix.TCPInfo
	var infoErr error
	err = raw.Control(func(fd uintptr) { i, infoErr = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO) })
	if err != nil || infoErr != nil {
		return r, false
	}
	// Packets are counted as if each were full, which small ones are not; bytes count those
	// that arrived out of order. Both are too much, so the lesser is right.
	first := int(i.Bytes_sent) - int(i.Bytes_retrans) - int(i.Bytes_acked)
	if i.Bytes_sent == 0 { // a kernel before 4.19 counts none
		first = math.MaxInt
	}
	out := max(int(i.Unacked)-int(i.Sacked)-int(i.Lost)+int(i.Retrans), 0)
	return reading{
		under:     max(min((out+int(i.Lost))*int(i.Snd_mss), first), 0) + int(i.Notsent_bytes),
		unsent:    int(i.Notsent_bytes),
		delivered: int64(i.Delivered) * int64(i.Snd_mss),
		rtt:       time.Duration(i.Min_rtt) * time.Microsecond,
	}, true
}
