package synchttp

import (
	"context"
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDialTunesTheSocket reads the options back from the kernel.
func TestDialTunesTheSocket(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	c, err := Dial(context.Background(), "tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string][2]int{
		"user timeout, ms":    {unix.TCP_USER_TIMEOUT, 25_000},
		"unsent data, bytes":  {unix.TCP_NOTSENT_LOWAT, 4 << 10},
		"keep-alive idle, s":  {unix.TCP_KEEPIDLE, 20},
		"keep-alive every, s": {unix.TCP_KEEPINTVL, 5},
		"keep-alive count":    {unix.TCP_KEEPCNT, 3},
	} {
		var got int
		var gerr error
		if err := raw.Control(func(fd uintptr) { got, gerr = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, o[0]) }); err != nil || gerr != nil {
			t.Fatal(err, gerr)
		}
		if got != o[1] {
			t.Errorf("%s is %d, want %d", name, got, o[1])
		}
	}
}
